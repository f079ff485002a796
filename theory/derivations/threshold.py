"""The attack strength from which on the null model is optimal: no direction leads downhill from θ = 0.

The risk is convex (Proposition 1), so that θ* = 0 exactly when every one-sided slope at 0 is non-negative. The slope
is affine in the attack strength: its rate, found below, does not depend on it. So the slope along u is non-negative
from the strength on that is minus the slope without attack over the rate, and the threshold is the largest of these.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.extremum import Maximum, at_endpoints, projecting_out
from theory.derivations.kink import slope_at_zero
from theory.notation import c0, radius, signal_size, signal_size_inf
from theory.notation import direction_norm as w
from theory.notation import direction_signal as h
from theory.notation import direction_size as p
from theory.notation import direction_std as q
from theory.notation import total_std as v


@cache
def null_threshold() -> Derivation:
    """Largest strength, over directions with ‖u‖₂ = 1, from which on the slope along u is non-negative.

    With h = uᵀΣθ₀, the part of u orthogonal to Σθ₀ has squared length 1 - h²/‖Σθ₀‖² (Pythagoras).
    """
    orthogonal = (1 - h**2 / signal_size**2,)
    links = (*_without_spread(orthogonal, (h,)), _linear_end(signal_size))
    definition = Maximum(_strength(), (h, q), orthogonal)
    return derive(definition, links, "every dimension, l2 attack, v > 0", (slope_at_zero(),))


@cache
def null_threshold_linf() -> Derivation:
    """The same over directions with ‖u‖₁ = w = 1."""
    sphere = (1 - w, w - 1, signal_size_inf**2 * w**2 - h**2)
    line = Maximum(h / (c0 * v), (h,), (1 - h**2 / signal_size_inf**2,))
    name = "uᵀΣθ₀ takes exactly the values up to ‖Σθ₀‖_∞ in absolute value"
    hoelder = Link(name, line, cited="Hölder's inequality and its case of equality")
    links = (*_without_spread(sphere, (h, w)), hoelder, _linear_end(signal_size_inf))
    definition = Maximum(_strength(), (h, w, q), sphere)
    return derive(definition, links, "every dimension, linf attack, v > 0", (slope_at_zero(),))


_UNIT = {p: sp.S.One}
_STILL = {radius: sp.S.Zero}


def _strength() -> sp.Expr:
    """Minus the slope without attack over the rate at which the slope grows with the strength; ‖u‖ = 1."""
    slope = slope_at_zero().definition.xreplace(_UNIT)
    return -slope.xreplace(_STILL) / sp.Derivative(slope, radius)


def _without_spread(constraints: tuple[sp.Expr, ...], variables: tuple[sp.Symbol, ...]) -> tuple[Link, Link]:
    """Evaluate the slopes; then ‖u‖_Σ, which has dropped out, is no variable any more."""
    strength = h / (c0 * v)
    slopes = using(slope_at_zero(), lambda expression: expression.doit(), _UNIT, {**_UNIT, **_STILL})
    return (
        Link("one-sided slopes at θ = 0", Maximum(strength, (*variables, q), constraints), slopes),
        Link("‖u‖_Σ has dropped out", Maximum(strength, variables, constraints), projecting_out(q, sp.S.One)),
    )


def _linear_end(size: sp.Symbol) -> Link:
    return Link("a linear function is largest at an end of the interval", size / (c0 * v), at_endpoints(h))
