"""How far from linear a wide network without curvature at 0 is: one cubic term.

With t = 1/√h and φ''(0) = 0 neuron j has come to θ_j = t a_j V + t³ W_j, the same V for all, since its update is in
proportion to a_j φ'(x̃ᵀθ_j) and φ' changes in second order. The linear part of f is β = φ'(0) t Σ a_j θ_j:
xᵀβ = b + O(t²) with b = φ'(0) m_a xᵀV. Then f - xᵀβ = κ₃ t² b³/6 + O(t³), a mean over the neurons, of which a
neuron's share of κ₃ is derived here. Taylor's remainder is R u⁴ with a bounded R.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import (
    activation_slope,
    activation_third,
    neuron_input,
    neuron_input_rest,
    output_weight,
    taylor_remainder,
    weights_mean_square,
)

SCOPE = "every neuron of a network that starts at zero, φ''(0) = 0 and φ with a bounded fourth derivative"

_t = sp.Symbol("t", positive=True)
_v, _w, _R = neuron_input, neuron_input_rest, taylor_remainder


@cache
def bow_of_value() -> Derivation:
    """Neuron's share of κ₃: (a_j φ(u)/t - φ'(0) a_j u/t) over t² b³/6, u = xᵀθ_j."""
    a, m, slope, third = output_weight, weights_mean_square, activation_slope, activation_third
    inner = _t * a * _v + _t**3 * _w
    excess = a * (slope * inner + third * inner**3 / 6 + _R * inner**4) / _t - slope * a * inner / _t
    quotient = excess / (_t**2 * (slope * m * _v) ** 3 / 6)
    links = (
        Link("what is left of Taylor's formula", sp.Limit(sp.expand(quotient), _t, 0, "+"), _expanding),
        Link("limit of infinite width", third * a**4 / (slope**3 * m**3), _evaluating),
    )
    return derive(sp.Limit(quotient, _t, 0, "+"), links, SCOPE)


def _expanding(difference: sp.Expr) -> sp.Expr:
    return difference.replace(sp.Limit, lambda function, *rest: sp.Limit(sp.expand(function), *rest))


def _evaluating(difference: sp.Expr) -> sp.Expr:
    return sp.simplify(difference.doit())
