"""What a wide smooth network that was trained from zero is, beyond its linear part: one quadratic term.

With t = 1/√h neuron j has come to θ_j = t a_j V + t² a_j² W + ..., the same V and W for all, since its update is in
proportion to a_j φ'(x̃ᵀθ_j). The linear part of f is β = φ'(0) t Σ a_j θ_j: xᵀβ = b + O(t) with b = φ'(0) m_a xᵀV.
Both f - xᵀβ and the speed of β, relative to a linear model's and less 1, are means over the neurons, and

    f = xᵀβ + κ b²/2 + O(t²),    speed = 1 + κ b + O(t²).

A neuron's share of κ/t is derived here. Taylor's remainders are R u³ and R u² with a bounded R: |R| <= sup|φ'''|/2.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import (
    activation_curvature,
    activation_slope,
    dimension,
    neuron_input,
    neuron_input_rest,
    output_weight,
    start_exponent,
    taylor_remainder,
    weights_mean_square,
    width,
)

SCOPE = "every neuron of a network that starts at zero, φ with a bounded third derivative"

_t = sp.Symbol("t", positive=True)
_v, _w, _R = neuron_input, neuron_input_rest, taylor_remainder
_a, _m, _slope, _bend = output_weight, weights_mean_square, activation_slope, activation_curvature
_inner = _t * _a * _v + _t**2 * _a**2 * _w
"""xᵀθ_j, with v = xᵀV and w = xᵀW."""


@cache
def bend_of_value() -> Derivation:
    """Neuron's share of κ/t in the value: (a_j φ(u)/t - φ'(0) a_j u/t) over t b²/2, u = xᵀθ_j."""
    excess = _a * (_slope * _inner + _bend * _inner**2 / 2 + _R * _inner**3) / _t - _slope * _a * _inner / _t
    return _share(excess / (_t * (_slope * _m * _v) ** 2 / 2))


@cache
def bend_of_update() -> Derivation:
    """Neuron's share of κ/t in the speed: (φ'(0) a_j² φ'(u) over φ'(0)² m_a, less a_j²/m_a) over t b."""
    speed = _slope * _a**2 * (_slope + _bend * _inner + _R * _inner**2) / (_slope**2 * _m)
    return _share((speed - _a**2 / _m) / (_t * _slope * _m * _v))


@cache
def start_size() -> Derivation:
    """Neuron's share of E‖β(0)‖², β(0) = φ'(0) Σ a_j θ_j/√h, when θ_j ~ N(0, I/(d h^(1+δ))) are independent."""
    h, d = width, dimension
    std = 1 / sp.sqrt(d * h ** (1 + start_exponent))
    density = sp.exp(-(_v**2) / (2 * std**2)) / (std * sp.sqrt(2 * sp.pi))
    moment = sp.Integral((_slope * _a * _v) ** 2 / h * density, (_v, -sp.oo, sp.oo))
    links = (Link("second moment of a normal variable", _slope**2 * _a**2 / h ** (2 + start_exponent), _evaluating),)
    return derive(d * moment, links, "every width, δ and d")


def _share(quotient: sp.Expr) -> Derivation:
    leading = _bend * _a**3 / (_slope**2 * _m**2)
    expanded = sp.Limit(sp.expand(quotient), _t, 0, "+")
    links = (
        Link("what is left of Taylor's formula", expanded, _expanding),
        Link("limit of infinite width", leading, _evaluating),
    )
    return derive(sp.Limit(quotient, _t, 0, "+"), links, SCOPE)


def _expanding(difference: sp.Expr) -> sp.Expr:
    return difference.replace(sp.Limit, lambda function, *rest: sp.Limit(sp.expand(function), *rest))


def _evaluating(difference: sp.Expr) -> sp.Expr:
    return sp.simplify(difference.doit())
