"""What one training step does to a small residual at the minimum-norm interpolator."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import (
    displacement,
    displacement_bend,
    displacement_bow,
    eigenvector_entry,
    gram_eigenvalue,
    interpolator_size,
    radius,
    residual,
    response,
    sample_size,
    smoothing,
    step_size,
)

_square = sp.Symbol("N", real=True)


def _attacked(e: sp.Expr, square: sp.Expr) -> sp.Expr:
    """Residual under A_{ε,ξ}, from the residual e and N = ‖θ‖²: e + θᵀA with A = 2εeθ/√(4e²N + ξ²)."""
    return e + radius * square * 2 * e / sp.sqrt(4 * e**2 * square + smoothing**2)


def _frozen(e: sp.Expr, square: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Weights of xᵢ and of θ in a sample's part of the direction, w (xᵢ + A) with w the attacked residual."""
    attack = 2 * radius * e / sp.sqrt(4 * e**2 * square + smoothing**2)
    attacked = _attacked(e, square)
    return attacked, attacked * attack


def _full(e: sp.Expr, square: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The same for half the gradient of w², as e moves with xᵢ and ‖θ‖² with 2θ."""
    attacked = _attacked(residual, _square)
    weights = (attacked * sp.diff(attacked, residual), 2 * attacked * sp.diff(attacked, _square))
    return weights[0].subs({residual: e, _square: square}), weights[1].subs({residual: e, _square: square})


def _multiplier(parts: tuple[sp.Expr, sp.Expr], amplified: sp.Expr, what: str) -> Derivation:
    """Residuals h q along a unit eigenvector q of XXᵀ, at size h → 0, over h: after one step, over before.

    One entry q > 0 of the eigenvector stands for all: the first weights of the samples are to first order that same
    multiple of the residual, and XXᵀ multiplies by λ; the second ones add up to o(h) and move Xθ = y + hq. ‖θ‖² is
    any quadratic n_y² + bh + wh².
    """
    first, second = parts
    pulled = (
        gram_eigenvalue * first / eigenvector_entry
        + (response + displacement * eigenvector_entry) * second / eigenvector_entry
    )
    after = displacement - 2 * step_size / sample_size * pulled
    definition = sp.Limit(after / displacement, displacement, 0)
    value = 1 - 2 * step_size * gram_eigenvalue / sample_size * amplified
    links = (Link(f"linearise the {what} step", value, lambda x: sp.simplify(x.doit())),)
    return derive(definition, links, "every n <= d, every eigenvalue of XXᵀ")


def _next_to_interpolation() -> tuple[sp.Expr, sp.Expr]:
    return (
        displacement * eigenvector_entry,
        interpolator_size**2 + displacement_bend * displacement + displacement_bow * displacement**2,
    )


_AMPLIFIED = 1 + 2 * radius * interpolator_size**2 / smoothing


@cache
def frozen_multiplier() -> Derivation:
    """1 - (2ηλ/n)(1 + 2ε‖θ(y)‖²/ξ)."""
    return _multiplier(_frozen(*_next_to_interpolation()), _AMPLIFIED, "frozen")


@cache
def full_multiplier() -> Derivation:
    """1 - (2ηλ/n)(1 + 2ε‖θ(y)‖²/ξ)²."""
    return _multiplier(_full(*_next_to_interpolation()), _AMPLIFIED**2, "full")
