"""Moments of the interpolator, stable steps, schedules and stopped training, as closed forms to be measured."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from checks.accuracy.form import Form, Point, Variable, from_expression, log_uniform, named, ranges, scalars
from checks.enclosure import Ball
from theory import early_stopping as stopping
from theory import interpolation_stability as stability
from theory import notation as sym
from theory.interpolation import SQUARED_ERROR_MEAN, SQUARED_NORM_MEAN, SQUARED_NORM_VARIANCE, InterpolatorLaw
from theory.interpolation_stability import Interpolation, Update
from theory.schedules import lasso_penalty, low_dimensional_schedule, network_schedule, stopping_level

INTERPOLATION, SCHEDULES, STOPPED = "The interpolator", "Schedules", "Stopped training"
n, d, rho, sigma = sym.sample_size, sym.dimension, sym.true_size, sym.noise_std
LARGE = 1e9  # of a count of samples or coordinates
SIZE = (1e-70, 1e70)  # its fourth power is a float64


def counted(
    gap: int, least: int, *sizes: Variable
) -> tuple[Callable[[np.random.Generator, int], Iterator[Point]], Callable[[Point], str]]:
    """Points (n, d, sizes) with d >= n + gap, and such a point as text."""
    variables = (Variable("n", least, LARGE, integer=True), Variable("d − n", gap, LARGE, integer=True), *sizes)
    counts = (Variable("n", integer=True), Variable("d", integer=True), *sizes)

    def draw(rng: np.random.Generator, count: int) -> Iterator[Point]:
        for samples, beyond, *rest in scalars(variables)(rng, count):
            yield (samples, samples + beyond, *rest)

    return draw, named(counts)


def _law_form(name: str, attribute: str, expression: sp.Expr, gap: int, claim: str) -> Form:
    draw, describe = counted(gap, 1, Variable("‖θ₀‖", *SIZE), Variable("σ", *SIZE))
    return Form(
        name=name,
        group=INTERPOLATION,
        code=f"theory.interpolation.InterpolatorLaw.{attribute}",
        domain=f"n ≤ 1e9, d − n from {gap} to 1e9; ‖θ₀‖, σ from 1e-70 to 1e70",
        draw=draw,
        value=lambda point: getattr(InterpolatorLaw(int(point[0]), int(point[1]), *point[2:]), attribute),
        exact=from_expression(expression, (n, d, rho, sigma)),
        describe=describe,
        integers=2,
        claim=claim,
    )


STABLE = (
    Variable("n", 1, LARGE, integer=True),
    Variable("λ", 1e-100, 1e100),
    Variable("‖θ(y)‖", 1e-60, 1e60),
    Variable("ε", 1e-60, 1e60),
    Variable("ξ", 1e-60, 1e60),
    Variable("ηλ/n", 1e-12, 0.999999),
)


def _steps(rng: np.random.Generator, count: int) -> Iterator[Point]:
    """(n, λ, ‖θ(y)‖, ε, ξ, η) with ηλ < n, without which no smoothing is stable."""
    for samples, largest, size, eps, xi, share in scalars(STABLE)(rng, 2 * count):
        eta = float(f"{share * samples / largest:.6g}")
        if eta * largest < 0.9999999 * samples and eta > 0:
            yield (samples, largest, size, eps, xi, eta)


def _at(point: Point) -> Interpolation:
    return Interpolation(int(point[0]), point[2], np.array([point[1]]))


def _stable_forms(update: Update, threshold: sp.Expr, multiplier: sp.Expr) -> list[Form]:
    symbols = (n, sym.gram_eigenvalue, sym.interpolator_size, sym.radius, sym.smoothing, sym.step_size)
    values: dict[str, tuple[sp.Expr, Callable[[Point], Any]]] = {
        "multipliers": (multiplier, lambda p: _at(p).multipliers(p[3], p[4], p[5], update)),
        "stable_smoothing": (threshold, lambda p: _at(p).stable_smoothing(p[3], p[5], update)),
    }
    words = {"multipliers": "Multiplier of a residual", "stable_smoothing": "Least stable smoothing"}
    return [
        Form(
            name=f"{words[attribute]}, {update} update",
            group=INTERPOLATION,
            code=f"theory.interpolation_stability.Interpolation.{attribute}",
            domain="n ≤ 1e9, ηλ < n; λ from 1e-100 to 1e100; ‖θ(y)‖, ε, ξ from 1e-60 to 1e60",
            draw=lambda rng, count: islice(_steps(rng, count), count),
            value=value,
            exact=from_expression(expression, symbols),
            describe=named((*STABLE[:5], Variable("η"))),
            integers=1,
            claim=f"xing2021.{update}_training_settles_iff",
        )
        for attribute, (expression, value) in values.items()
    ]


def _scheduled(name: str, code: str, variables: Sequence[Variable], value: Any, exact: Any, claim: str | None) -> Form:
    integers = sum(variable.integer for variable in variables)
    return Form(
        name=name,
        group=SCHEDULES,
        code=f"theory.schedules.{code}",
        domain=ranges(variables),
        draw=scalars(variables),
        value=lambda point: value(*map(int, point[:integers]), *point[integers:]),
        exact=exact,
        describe=named(variables),
        integers=integers,
        claim=claim,
    )


SAMPLES, COORDINATES = Variable("n", 3, 1e15, (4.0,), True), Variable("d", 1, 1e15, integer=True)
TOTAL, STEEP = Variable("v", 1e-100, 1e100), Variable("L", 1e-100, 1e100)


def planned(balls: Sequence[Ball], part: int) -> list[Ball]:
    """ξ, η or T of Theorem 2: v²(d/√n) log n, ξ/(v²L) and v² log log n/ξ."""
    samples, coordinates, total, steep = balls
    share = coordinates / samples.sqrt() * samples.log()
    return [(total**2 * share, share / steep, samples.log().log() / share)[part]]


def narrow(balls: Sequence[Ball]) -> list[Ball]:
    """ξ of Theorem 3 for a network of any width: -v² log log n / log(√(d² log n)/n)."""
    samples, total = balls
    return [-(total**2) * samples.log().log() / ((samples.log()).sqrt() / samples).log()]


def _training(point: Point) -> stopping.StoppedTraining:
    return stopping.StoppedTraining(int(point[0]), int(point[1]), point[2], point[3], point[4])


def _trainings(rng: np.random.Generator, count: int) -> Iterator[Point]:
    """(n, d, ‖θ₀‖, σ, η, ε) with d > n + 1 and η < n/(2d)."""
    for _ in range(count):
        samples = round(log_uniform(rng, 3, 1e6))
        coordinates = samples + 2 + round(log_uniform(rng, 1, 1e9))
        step = log_uniform(rng, 1e-9, 0.99) * samples / (2 * coordinates)
        sizes = (log_uniform(rng, 1e-50, 1e50), log_uniform(rng, 1e-50, 1e50))
        yield (samples, coordinates, *sizes, step, log_uniform(rng, 1e-6, 1e3))


def _stopped(name: str, value: Callable[[stopping.StoppedTraining, float], float], expression: sp.Expr) -> Form:
    symbols = (n, d, rho, sigma, sym.step_size, sym.radius)
    counts = (Variable("n", integer=True), Variable("d", integer=True))
    return Form(
        name=name,
        group=STOPPED,
        code="theory.early_stopping.StoppedTraining",
        domain="n from 3 to 1e6, d − n from 3 to 1e9, η < n/(2d); ‖θ₀‖, σ from 1e-50 to 1e50; ε from 1e-6 to 1000",
        draw=_trainings,
        value=lambda point: value(_training(point), point[5]),
        exact=from_expression(expression, symbols),
        describe=named((*counts, *map(Variable, ("‖θ₀‖", "σ", "η", "ε")))),
        integers=2,
        claim="xing2021.stopping_time_is_logarithmic",
    )


FORMS = (
    _law_form(
        "Mean of ‖θ(y)‖²", "squared_norm_mean", SQUARED_NORM_MEAN, 2, "xing2021.interpolator_norm_has_exact_mean"
    ),
    _law_form(
        "Variance of ‖θ(y)‖²",
        "squared_norm_variance",
        SQUARED_NORM_VARIANCE,
        4,
        "xing2021.interpolator_norm_has_exact_variance",
    ),
    _law_form(
        "Mean of ‖θ(y) − θ₀‖²",
        "squared_error_mean",
        SQUARED_ERROR_MEAN,
        2,
        "xing2021.interpolator_error_has_exact_mean",
    ),
    *_stable_forms("frozen", stability.FROZEN_STABLE_SMOOTHING, stability.FROZEN_MULTIPLIER),
    *_stable_forms("full", stability.FULL_STABLE_SMOOTHING, stability.FULL_MULTIPLIER),
    *(
        _scheduled(
            name,
            "low_dimensional_schedule",
            (SAMPLES, COORDINATES, TOTAL, STEEP),
            lambda samples, coordinates, v, steep, part=part: getattr(
                low_dimensional_schedule(v, samples, coordinates, steep), ("smoothing", "step_size", "time")[part]
            ),
            lambda balls, part=part: planned(balls, part),
            None,
        )
        for part, name in enumerate(("Smoothing of Theorem 2", "Step size of Theorem 2", "Time of Theorem 2"))
    ),
    _scheduled(
        "Smoothing of Theorem 3, wide network",
        "network_schedule",
        (SAMPLES, TOTAL),
        lambda samples, v: network_schedule(v, samples, 1, 1.0).smoothing,
        narrow,
        None,
    ),
    _scheduled(
        "Stopping level of Theorem 5",
        "stopping_level",
        (Variable("n", 2, 1e15, (3.0,), True), Variable("v", 1e-300, 1e300)),
        lambda samples, v: stopping_level(v, samples),
        lambda balls: [balls[1] / balls[0].log().sqrt()],
        "xing2021.training_reaches_stopping_level",
    ),
    _scheduled(
        "Penalty of Theorem 9",
        "lasso_penalty",
        (
            Variable("n", 1, 1e15, integer=True),
            Variable("d", 2, 1e15, integer=True),
            TOTAL,
            Variable("c", 1e-100, 1e100),
        ),
        lambda samples, coordinates, v, constant: lasso_penalty(v, samples, coordinates, 2, constant),
        lambda balls: [balls[3] * balls[2] * (arb(2) * balls[1].log() / balls[0]).sqrt()],
        "xing2021.lasso_constant_has_threshold",
    ),
    _stopped("Stopping time", lambda training, radius: training.time(radius), stopping.STOPPING_TIME_MEAN),
    _stopped("Share of the interpolator", lambda training, radius: training.fitted_share, stopping.FITTED_SHARE),
    _stopped("Residual on the sample", lambda training, radius: training.training_std, stopping.STOPPED_TRAINING_STD),
    _stopped("Length of the coefficients", lambda training, radius: training.coefficient_norm, stopping.STOPPED_NORM),
    _stopped("Residual of a new sample", lambda training, radius: training.residual_std, stopping.STOPPED_STD),
)
