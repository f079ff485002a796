"""When training from zero meets the stopping level of Theorem 5: leading order, and first order in the attack."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import c0, dimension, radius, sample_size, step_size


@cache
def stopping_time() -> Derivation:
    """η T for XXᵀ = dI without attack: every residual shrinks by 1 - 2ηd/n a step, until its square by 1/log n."""
    n, d, eta = sample_size, dimension, step_size
    steps = sp.log(1 / sp.log(n)) / (2 * sp.log(1 - 2 * eta * d / n))
    links = (Link("limit of small steps", n * sp.log(sp.log(n)) / (4 * d), _evaluating),)
    return derive(sp.Limit(eta * steps, eta, 0, "+"), links, "XXᵀ = dI, small steps")


@cache
def attack_delay() -> Derivation:
    """What the attack adds to 4ηd T/n, to first order in δ = ε c₀ √(n/d), in the limit of small steps and smoothing.

    With c the share of the response not yet fitted, N = ‖θ‖ = (1 - c) v √(n/d) and Gaussian residuals of size c v, the
    attack adds εN to every |e|, which shrinks c by εN E|e|/(c v²) = δ (1 - c) a unit of time, and pulls θ to zero at
    the rate ε Σ|e + sign(e) εN|/(dN), which raises c by (1 - c) times ε c₀ c v n/(dN) = δ c to first order. So time
    runs as -dc/(c + δ (1 - c) - δ c), 4ηdT/n is twice as much, and c ends at 1/√(log n).
    """
    n, d = sample_size, dimension
    c, delta = sp.Symbol("c", positive=True), sp.Symbol("delta", positive=True)
    speed = c + delta * (1 - c) - delta * c
    end = 1 / sp.sqrt(sp.log(n))
    size = radius * c0 * sp.sqrt(n / d)
    first_order = size * sp.diff(2 / speed, delta).subs(delta, 0)
    value = -2 * size * (sp.sqrt(sp.log(n)) - 1 - sp.log(sp.log(n)))
    links = (Link("integrate", value, _evaluating),)
    return derive(sp.Integral(first_order, (c, end, 1)), links, "XXᵀ = dI, first order in ε√(n/d)")


def _evaluating(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(sp.expand_log(expression.doit(), force=True))
