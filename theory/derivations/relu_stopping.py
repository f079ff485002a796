"""When a ReLU network with ‖a⁺‖ = ‖a⁻‖, trained from zero, meets the stopping level of Theorem 7.

η is that of a linear model, η h/‖a‖² of the network. p learns from the samples on which it is positive, those with
y_i > 0 after the first step, q from the others, each at half of the linear model's speed.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import c0, dimension, radius, sample_size, step_size


@cache
def stopping_time() -> Derivation:
    """η T for XXᵀ = dI without attack: every residual shrinks by 1 - ηd/n a step, until its square by 1/log n."""
    n, d, eta = sample_size, dimension, step_size
    steps = sp.log(1 / sp.log(n)) / (2 * sp.log(1 - eta * d / n))
    links = (Link("limit of small steps", n * sp.log(sp.log(n)) / (2 * d), _evaluating),)
    return derive(sp.Limit(eta * steps, eta, 0, "+"), links, "XXᵀ = dI, small steps")


@cache
def attack_delay() -> Derivation:
    """What the attack adds to 2ηd T/n, to first order in δ = ε c₀ √(n/(2d)), in the limit of small steps and smoothing.

    With c the share of every response not yet fitted, p fits n/2 samples: N = ‖p‖ = (1 - c) v √(n/(2d)), and so does q;
    at a sample the gradient of f is p or q. The attack adds εN to every |e|, which shrinks c by εN E|e|/(c v²) =
    δ (1 - c) a unit of time, and pulls p to zero at the rate ε Σ|e|/(dN) over its samples, which raises c by
    (1 - c) ε c₀ c v n/(2dN) = δ c. So time runs as -dc/(c + δ (1 - c) - δ c), 2ηdT/n is twice as much, and c ends at
    1/√(log n).
    """
    n, d = sample_size, dimension
    c, delta = sp.Symbol("c", positive=True), sp.Symbol("delta", positive=True)
    speed = c + delta * (1 - c) - delta * c
    end = 1 / sp.sqrt(sp.log(n))
    size = radius * c0 * sp.sqrt(n / (2 * d))
    first_order = size * sp.diff(2 / speed, delta).subs(delta, 0)
    value = -2 * size * (sp.sqrt(sp.log(n)) - 1 - sp.log(sp.log(n)))
    links = (Link("integrate", value, _evaluating),)
    return derive(sp.Integral(first_order, (c, end, 1)), links, "XXᵀ = dI, first order in ε√(n/d)")


def _evaluating(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(sp.expand_log(expression.doit(), force=True))
