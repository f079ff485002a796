"""The risks of a linear model, plain and smoothed, with their derivatives, as closed forms to be measured."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from flint import arb

from checks.accuracy import references as ref
from checks.accuracy.form import Form, Variable, from_expression, log_uniform, named, ranges, scalars
from checks.accuracy.populations import DOMAIN, Row, describe, problems, radius
from checks.enclosure import Ball
from theory import notation as sym
from theory import smoothed_moments
from theory.risk import RISK, adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian, risk_of
from theory.surrogate import (
    frozen_attack_field,
    surrogate_risk,
    surrogate_risk_from_moments,
    surrogate_risk_gradient,
    surrogate_risk_hessian,
)

PLAIN, MOMENTS, SMOOTHED = "Adversarial risk", "Moments of the smoothed attack", "Smoothed risk"
SIZES = (Variable("s", special=(0.0,)), Variable("b", special=(0.0,)))
FOUR = tuple(map(Variable, ("s", "n", "ε", "ξ")))
SHAPE = (Variable("k", special=(0.25, 0.49999999, 0.5, 0.99999999, 2.0, 4.0)),)
TITLES = {
    "cross_moment": "M",
    "cross_slope": "M − kM′",
    "cross_bend": "M − δ²M",
    "cross_turn": "δ²M − δM",
    "square_moment": "H",
    "square_slope": "−δH/2",
    "square_bend_s": "−(δ²H + 2δH)/8",
    "square_bend_n": "(δ²H − 2δH)/8",
}

Vector = list[Ball]
Matrix = list[Vector]


def plain_risk(norm: float, balls: Sequence[Ball]) -> Vector:
    """s² + ε²m² + 2εc₀ms."""
    row = Row.of(balls, True, 1)
    s, moved = row.residual_std, row.rest[0] * _dual(row, norm)
    return [s * s + moved * moved + 2 * ref.c0() * s * moved]


def plain_gradient(norm: float, balls: Sequence[Ball]) -> Vector:
    """2 (1 + εc₀m/s) Σ(θ - θ₀) + 2ε (εm + c₀s) ∂m."""
    row, (eps,) = Row.of(balls, True, 1), balls[-1:]
    s, m = row.residual_std, _dual(row, norm)
    pull, push = 2 * (1 + eps * ref.c0() * m / s), 2 * eps * (eps * m + ref.c0() * s)
    return [pull * x + push * g for x, g in zip(row.pull, _slope(row, norm), strict=True)]


def plain_hessian(norm: float, balls: Sequence[Ball]) -> Vector:
    """The second derivative of s² + ε²m² + 2εc₀ms in (s, m) along θ."""
    row, (eps,) = Row.of(balls, True, 1), balls[-1:]
    s, m = row.residual_std, _dual(row, norm)
    slopes = (2 * s + 2 * eps * ref.c0() * m, 2 * eps**2 * m + 2 * eps * ref.c0() * s)
    bends = (arb(2), 2 * eps * ref.c0(), 2 * eps**2)
    return curved(row, norm, slopes, bends)


def smoothed_scalars(s: Ball, n: Ball, eps: Ball, xi: Ball) -> Ball:
    """s² + 2εns M(k) + ε²n² H(k)."""
    k = xi / (2 * s * n)
    cross, square = ref.moment("cross_moment", k), ref.moment("square_moment", k)
    return s * s + 2 * eps * n * s * cross + (eps * n) ** 2 * square


def smoothed_risk(balls: Sequence[Ball]) -> Vector:
    """R_{L,ξ}."""
    row = Row.of(balls, True, 2)
    return [smoothed_scalars(row.residual_std, _dual(row, 2), *row.rest)]


def smoothed_slopes(s: Ball, n: Ball, eps: Ball, xi: Ball) -> tuple[Ball, Ball]:
    """The derivatives of R_{L,ξ} in s and in n; s ∂k/∂s = n ∂k/∂n = -k."""
    k = xi / (2 * s * n)
    p, q, h = (ref.moment(name, k) for name in ("cross_slope", "square_slope", "square_moment"))
    return 2 * s + 2 * eps * n * p + 2 * (eps * n) ** 2 * q / s, 2 * eps * s * p + 2 * eps**2 * n * (h + q)


def smoothed_gradient(balls: Sequence[Ball]) -> Vector:
    """∇R_{L,ξ} = R_s Σ(θ - θ₀)/s + R_n θ/n."""
    row = Row.of(balls, True, 2)
    s, n = row.residual_std, _dual(row, 2)
    in_s, in_n = smoothed_slopes(s, n, *row.rest)
    return [in_s * x / s + in_n * t / n for x, t in zip(row.pull, row.coefficients, strict=True)]


def smoothed_hessian(balls: Sequence[Ball]) -> Vector:
    """The second derivative of R_{L,ξ} in (s, n) along θ."""
    row = Row.of(balls, True, 2)
    s, n, (eps, xi) = row.residual_std, _dual(row, 2), row.rest
    k, ratio = xi / (2 * s * n), n / s
    names = ("cross_slope", "cross_bend", "square_moment", "square_bend_s", "square_bend_n")
    p, bend, h, in_s, in_n = (ref.moment(name, k) for name in names)
    bends = (
        2 + 2 * eps * ratio * (p - bend) + 2 * (eps * ratio) ** 2 * (in_n - 3 * in_s),
        2 * eps * (2 * p - bend) + 8 * eps**2 * ratio * in_n,
        2 * eps * (p - bend) / ratio + 2 * eps**2 * (h + in_s + 5 * in_n),
    )
    return curved(row, 2, smoothed_slopes(s, n, eps, xi), bends)


def field(balls: Sequence[Ball]) -> Vector:
    """α Σ(θ - θ₀) + β θ."""
    row = Row.of(balls, True, 2)
    s, n, (eps, xi) = row.residual_std, _dual(row, 2), row.rest
    k = xi / (2 * s * n)
    cross, square = ref.moment("cross_moment", k), ref.moment("square_moment", k)
    alpha, beta = 2 * (1 + eps * n / s * cross), 2 * eps * (s / n * cross + eps * square)
    return [alpha * x + beta * t for x, t in zip(row.pull, row.coefficients, strict=True)]


def curved(row: Row, norm: float, slopes: Sequence[Ball], bends: Sequence[Ball]) -> Vector:
    """The Hessian in θ of a function of s and m from its first and second derivatives in them, row by row."""
    s, m = row.residual_std, _dual(row, norm)
    u, g = [x / s for x in row.pull], _slope(row, norm)
    entries = []
    for i, j in np.ndindex(len(u), len(u)):
        of_m = ((1 if i == j else 0) - g[i] * g[j]) / m if norm == 2 else arb(0)
        first = slopes[0] * (row.covariance[i][j] - u[i] * u[j]) / s + slopes[1] * of_m
        mixed = u[i] * g[j] + g[i] * u[j]
        entries.append(first + bends[0] * u[i] * u[j] + bends[1] * mixed + bends[2] * g[i] * g[j])
    return entries


def _dual(row: Row, norm: float) -> Ball:
    return ref.length(row.coefficients, 2 if norm == 2 else 1)


def _slope(row: Row, norm: float) -> Vector:
    m = _dual(row, norm)
    return [x / m for x in row.coefficients] if norm == 2 else ref.signs(row.coefficients)


def _attacked(function: Any, norm: float, point: Sequence[float]) -> Any:
    row = Row.of(point, True, 1)
    return function(row.coefficients, row.population, row.rest[0], norm)


def _smoothed(function: Any, point: Sequence[float]) -> Any:
    row = Row.of(point, True, 2)
    return function(row.coefficients, row.population, *row.rest)


def _plain_forms(norm: float, name: str) -> list[Form]:
    claims = "risk_{}has_closed_form" if norm == 2 else "linf_risk_{}has_closed_form"
    parts = (
        ("", "Risk", adversarial_risk, plain_risk),
        ("gradient_", "Gradient", adversarial_risk_gradient, plain_gradient),
        ("hessian_", "Hessian", adversarial_risk_hessian, plain_hessian),
    )
    return [
        Form(
            name=f"{title}, {name}",
            group=PLAIN,
            code=f"theory.risk.{code.__name__}",
            domain=f"{DOMAIN}; ε from 1e-9 to 10",
            draw=problems(lambda rng: (radius(rng),)),
            value=partial(_attacked, code, norm),
            exact=partial(exact, norm),
            describe=describe(("ε",)),
            claim=f"xing2021.{claims.format(part)}",
        )
        for part, title, code, exact in parts
    ]


def _smoothed_forms() -> list[Form]:
    parts = (
        ("surrogate_risk_has_closed_form", "Smoothed risk", surrogate_risk, smoothed_risk),
        (
            "surrogate_gradient_has_closed_form",
            "Gradient of the smoothed risk",
            surrogate_risk_gradient,
            smoothed_gradient,
        ),
        ("surrogate_hessian_has_closed_form", "Hessian of the smoothed risk", surrogate_risk_hessian, smoothed_hessian),
        ("frozen_attack_field_has_closed_form", "Frozen-attack field", frozen_attack_field, field),
    )
    return [
        Form(
            name=title,
            group=SMOOTHED,
            code=f"theory.surrogate.{code.__name__}",
            domain=f"{DOMAIN}; ε from 1e-9 to 10, ξ from 1e-9 to 1e9",
            draw=problems(lambda rng: (radius(rng), log_uniform(rng, 1e-9, 1e9))),
            value=partial(_smoothed, code),
            exact=exact,
            describe=describe(("ε", "ξ")),
            claim=f"xing2021.{claim}",
        )
        for claim, title, code, exact in parts
    ]


def _moment_form(name: str, title: str) -> Form:
    return Form(
        name=title,
        group=MOMENTS,
        code=f"theory.smoothed_moments.{name}",
        domain=ranges(SHAPE),
        draw=scalars(SHAPE),
        value=lambda point: getattr(smoothed_moments, name)(point[0]),
        exact=lambda balls: [ref.moment(name, balls[0])],
        describe=named(SHAPE),
        claim="xing2021.surrogate_risk_has_closed_form" if name.endswith("moment") else None,
    )


FORMS = (
    Form(
        name="Risk of s and b = εn",
        group=PLAIN,
        code="theory.risk.risk_of",
        domain=f"{ranges(SIZES)}, and 0",
        draw=scalars(SIZES),
        value=lambda point: risk_of(np.array(point[0]), np.array(point[1])),
        exact=from_expression(RISK.subs(sym.radius, 1), (sym.residual_std, sym.coefficient_norm)),
        describe=named(SIZES),
        claim="xing2021.risk_has_closed_form",
    ),
    *_plain_forms(2, "ℓ₂"),
    *_plain_forms(np.inf, "ℓ∞"),
    *(_moment_form(name, title) for name, title in TITLES.items()),
    Form(
        name="Smoothed risk of s, n, ε, ξ",
        group=SMOOTHED,
        code="theory.surrogate.surrogate_risk_from_moments",
        domain=ranges(FOUR),
        draw=scalars(FOUR),
        value=lambda point: surrogate_risk_from_moments(*point),
        exact=lambda balls: [smoothed_scalars(*balls)],
        describe=named(FOUR),
        claim="xing2021.surrogate_risk_has_closed_form",
    ),
    *_smoothed_forms(),
)
