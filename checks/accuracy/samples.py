"""Thresholds of a sample (X, y), as closed forms to be measured."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from flint import arb

from checks.accuracy import references as ref
from checks.accuracy.form import Form, Point, log_uniform
from checks.accuracy.populations import listed
from checks.enclosure import Ball
from theory.interpolation import empirical_null_threshold, interpolation_threshold
from theory.lasso import null_radius, smoothed_null_penalty

GROUP = "Thresholds of a sample"
LARGEST_N, LARGEST_D = 3, 5
DOMAIN = "n ≤ 3, 3 ≤ d ≤ 5, entries from 0.01 to 10"


def sample_points(*more: tuple[float, float]) -> Callable[[np.random.Generator, int], Iterator[Point]]:
    """Points (n, d, X by rows, y) with more scalars at the end, log-uniform in the given ranges."""

    def draw(rng: np.random.Generator, count: int) -> Iterator[Point]:
        for _ in range(count):
            n, d = int(rng.integers(1, LARGEST_N + 1)), int(rng.integers(LARGEST_N, LARGEST_D + 1))
            entries = [float(rng.choice([-1.0, 1.0])) * log_uniform(rng, 1e-2, 10) for _ in range(n * d + n)]
            yield (n, d, *entries, *(log_uniform(rng, low, high) for low, high in more))

    return draw


def sample(point: Sequence[Any]) -> tuple[list[list[Any]], list[Any], list[Any]]:
    """X, y and the other scalars of a point, floats or balls."""
    n, d = int(float(point[0])), int(float(point[1]))
    rows = [list(point[2 + i * d : 2 + (i + 1) * d]) for i in range(n)]
    return rows, list(point[2 + n * d : 2 + n * d + n]), list(point[2 + n * d + n :])


def describe_sample(*names: str) -> Callable[[Point], str]:
    """A sample with every digit."""

    def text(point: Point) -> str:
        rows, response, rest = sample(point)
        parts = [f"X = {' '.join(map(listed, rows))}", f"y = {listed(response)}"]
        return ", ".join([*parts, *(f"{name} = {x!r}" for name, x in zip(names, rest, strict=True))])

    return text


def interpolates(balls: Sequence[Ball]) -> list[Ball]:
    """‖θ(y)‖/(n‖α‖_∞) with α = (XXᵀ)⁻¹y."""
    rows, response, _ = sample(balls)
    multipliers = ref.solved([[ref.product(a, b) for b in rows] for a in rows], response)
    return [ref.product(response, multipliers).sqrt() / (len(rows) * ref.length(multipliers, np.inf))]


def empirical_null(balls: Sequence[Ball]) -> list[Ball]:
    """‖Xᵀy‖₂/‖y‖₁."""
    rows, response, _ = sample(balls)
    return [ref.length(_correlations(rows, response)) / ref.length(response, 1)]


def penalised_null(balls: Sequence[Ball]) -> list[Ball]:
    """‖S_λ(2Xᵀy/n)‖₂ / (2 mean|y|)."""
    rows, response, (l1,) = sample(balls)
    slopes = [2 * abs(x) / len(rows) for x in _correlations(rows, response)]
    return [ref.length([(x - l1).max(arb(0)) for x in slopes]) * len(rows) / (2 * ref.length(response, 1))]


def largest_slope(balls: Sequence[Ball]) -> list[Ball]:
    """‖2Xᵀy/n‖_∞."""
    rows, response, _ = sample(balls)
    return [2 * ref.length(_correlations(rows, response), np.inf) / len(rows)]


def _correlations(rows: list[list[Ball]], response: list[Ball]) -> list[Ball]:
    return [ref.product(column, response) for column in zip(*rows, strict=True)]


def _form(name: str, code: str, function: Any, exact: Any, claim: str | None, *l1: tuple[float, float]) -> Form:
    return Form(
        name=name,
        group=GROUP,
        code=code,
        domain=f"{DOMAIN}{'; λ from 0.001 to 1' if l1 else ''}",
        draw=sample_points(*l1),
        value=lambda point: function(*sample(point)[:2], *sample(point)[2]),
        exact=exact,
        describe=describe_sample(*(["λ"] if l1 else [])),
        integers=2,
        claim=claim,
    )


FORMS = (
    _form(
        "Interpolation threshold",
        "theory.interpolation.interpolation_threshold",
        interpolation_threshold,
        interpolates,
        "xing2021.interpolator_minimises_training_loss_iff",
    ),
    _form(
        "Null threshold of a sample",
        "theory.interpolation.empirical_null_threshold",
        empirical_null_threshold,
        empirical_null,
        "xing2021.null_minimises_training_loss_iff",
    ),
    _form(
        "Null threshold under a lasso penalty",
        "theory.lasso.null_radius",
        null_radius,
        penalised_null,
        "xing2021.unsmoothed_lasso_is_null_iff",
        (1e-3, 1.0),
    ),
    _form(
        "Null penalty of the smoothed loss",
        "theory.lasso.smoothed_null_penalty",
        smoothed_null_penalty,
        largest_slope,
        "xing2021.smoothed_lasso_is_null_iff",
    ),
)
