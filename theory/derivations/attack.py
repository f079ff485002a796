"""The worst case of the squared loss over a ball of perturbations of the input."""

from functools import cache
from itertools import product

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.extremum import Maximum, at_endpoints, by_signs, projecting_out
from theory.notation import attack_coordinate, coefficient, radius, residual
from theory.notation import attack_orthogonal as w
from theory.notation import attack_product as a
from theory.notation import attack_rest as rest
from theory.notation import coefficient_norm as n


@cache
def worst_case_loss() -> Derivation:
    """max over ‖z‖₂ ≤ ε of (e + θᵀz)², with z = (a/n²) θ + (a part of length w orthogonal to θ).

    The orthogonal part only uses up the radius; the rest is a convex parabola on an interval. The maximum is
    attained at a = ±εn with the sign of e, that is at z = ε sign(e) θ/‖θ‖.
    """
    ball = radius**2 - a**2 / n**2 - w**2
    line = Maximum(_LOSS, (a,), (ball.subs(w, 0),))
    name = "Pythagoras: the part orthogonal to θ only uses up the radius"
    links = (Link(name, line, projecting_out(w, sp.S.Zero)), *_on_a_line())
    return derive(Maximum(_LOSS, (a, w), (ball,)), links, "every dimension, θ ≠ 0")


@cache
def worst_case_loss_linf() -> Derivation:
    """max over |z₁|, |z₂| ≤ ε of (e + θᵀz)², attained at z = ε sign(e) sign(θ)."""
    theta = sp.symbols("theta_1:3", real=True)
    z = sp.symbols("z_1:3", real=True)
    loss = (residual + theta[0] * z[0] + theta[1] * z[1]) ** 2
    ends = product((-radius, radius), repeat=2)
    corners = sp.Max(*(loss.xreplace(dict(zip(z, corner, strict=True))) for corner in ends))
    links = (
        Link("a function convex in each coordinate is largest at a corner", corners, at_endpoints(*z)),
        Link("the corner with the signs of eθ", _worst(sum(map(abs, theta))), by_signs(residual, *theta)),
    )
    return derive(Maximum(loss, z, tuple(radius**2 - x**2 for x in z)), links, "d = 2")


@cache
def worst_case_loss_linf_coordinate() -> Derivation:
    """One more coordinate of the linf attack: max over |z| ≤ ε of (|e + θ_i z| + r)² = (|e| + ε|θ_i| + r)².

    The maximum over a box may be taken over one coordinate after another. By induction r is ε times the sum of
    |θ_j| over the coordinates treated before, 0 at the start, and (|x| + r)² is the larger of (x ± r)².
    """
    theta, z = coefficient, attack_coordinate
    loss = sp.Max((residual + theta * z - rest) ** 2, (residual + theta * z + rest) ** 2)
    corners = sp.Max(*((residual + x * theta + y) ** 2 for x in (-radius, radius) for y in (-rest, rest)))
    value = (abs(residual) + radius * abs(theta) + rest) ** 2
    links = (
        Link("a convex function is largest at an end of the interval", corners, at_endpoints(z)),
        Link("the end with the sign of e θ_i", value, by_signs(residual, theta)),
    )
    return derive(Maximum(loss, (z,), (radius**2 - z**2,)), links, "every dimension, by induction")


@cache
def worst_case_loss_lp() -> Derivation:
    """max over ‖z‖_p ≤ ε of (e + θᵀz)², where n is the dual norm of θ, a is θᵀz and w is ‖z‖_p."""
    definition = Maximum(_LOSS, (a, w), (radius - w, n**2 * w**2 - a**2, w))
    line = Maximum(_LOSS, (a,), (radius**2 - a**2 / n**2,))
    name = "θᵀz takes exactly the values up to the radius times the dual norm"
    links = (Link(name, line, cited="Hölder's inequality and its case of equality"), *_on_a_line())
    return derive(definition, links, "every dimension and every p in [1, ∞], θ ≠ 0")


_LOSS = (residual + a) ** 2


def _worst(size: sp.Expr) -> sp.Expr:
    return (abs(residual) + radius * size) ** 2


def _on_a_line() -> tuple[Link, Link]:
    """From the maximum over an interval to the closed form."""
    ends = sp.Max((residual - radius * n) ** 2, (residual + radius * n) ** 2)
    return (
        Link("a convex parabola is largest at an end of the interval", ends, at_endpoints(a)),
        Link("the end with the sign of the residual is the larger", _worst(n), by_signs(residual)),
    )
