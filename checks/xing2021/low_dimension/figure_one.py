"""Figure 1: what is trained, on data sets drawn anew, and the same training on the population along the ray of θ₀."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp
from flint import arb, ctx
from scipy.optimize import brentq

from checks.enclosure import Ball, encloser
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, Field, eps, n, s, xi
from models.linear.training import Training, adversarial_training
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import RISK
from theory.surrogate import SURROGATE_RISK, frozen_attack_field
from theory.validation import FloatArray

POPULATION = LinearGaussian(np.ones(10), np.eye(10), 1.0)
N, RADIUS, SMOOTHING = 1000, 3.0, 0.05
LEAST_RISK = robust_minimizer(POPULATION, RADIUS).risk
"""R* = v² = 11: the null threshold is 1.19499, so that θ* = 0."""

ARRIVAL = 0.16
"""Time, in units of η steps, by which gradient descent from θ₀ has come to 0: the field is at least 16 there, and 3.2
is ‖θ₀‖ (its part 20 ‖θ‖ only speeds it up); the last fifth and more is spent at rest or around the kink."""
NEGLIGIBLE = arb(2) ** -64
PRECISION = 192
ROUNDING = 256 * float(np.finfo(np.float64).eps)
"""Of a loss: a mean of a thousand squares."""


@dataclass(frozen=True)
class Arm:
    """One training of the figure: its attack's radius and smoothing, and a largest step size in units of 1/λ.

    1/λ = `steady_step()` belongs to the figure's radius and smoothing, whatever those of the arm.
    """

    smoothing: float
    radius: float = RADIUS
    largest_step: float = 1.0


@lru_cache(maxsize=1)
def steady_step() -> float:
    """1/λ for the slope λ of the expected frozen update along θ₀ where it vanishes, at the figure's smoothing."""

    def along(t: float) -> float:
        return float(frozen_attack_field(np.full(10, t), POPULATION, RADIUS, SMOOTHING)[0])

    rest = brentq(along, 1e-6, 1.0, xtol=1e-17)
    return float(2e-5 * rest / (along(rest * (1 + 1e-5)) - along(rest * (1 - 1e-5))))


@lru_cache(maxsize=32)
def train(smoothing: float, radius: float, step_size: float, steps: int, replicates: int, seed: int) -> Training:
    """Algorithm 1 from θ₀ on data sets that depend on the seed alone: the same for every smoothing and step size."""
    X, y = data(replicates, seed)
    return adversarial_training(
        X, y, radius, smoothing, step_size=step_size, steps=steps, init=POPULATION.true_coefficients,
        record=("train", "population"), population=POPULATION,
    )  # fmt: skip


@lru_cache(maxsize=4)
def data(replicates: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """That many data sets of the figure, (B, 1000, 10) and (B, 1000)."""
    X, y = POPULATION.sample(N * replicates, np.random.default_rng(seed))
    return X.reshape(replicates, N, 10), y.reshape(replicates, N)


def largest_rises(curves: FloatArray) -> FloatArray:
    """The largest rise in one step of each curve (..., K) beyond the rounding of the loss; 0 where there is none."""
    before, after = curves[..., :-1], curves[..., 1:]
    rises: FloatArray = np.maximum(after - before - ROUNDING * after, 0.0).max(axis=-1)
    return rises


def ray(arm: Arm, step_size: float) -> Iterator[tuple[Ball, Ball]]:
    """The arm's surrogate risk, and its risk without smoothing, along the population's training from θ₀, enclosed.

    At tθ₀ the expected update is (α(t - 1) + βt) θ₀, so that training stays on the ray. Every t is rounded to
    192 bits, as training in that arithmetic would do; it ends where a step is shorter than 2^-64 ‖θ₀‖.
    """
    field, risks = _LAWS[arm.smoothing > 0]
    step, t = arb(step_size), arb(1)
    for _ in range(round(ARRIVAL / step_size)):
        at = _on_ray(arm, t)
        yield risks(at), _RISK(at)
        change = step * field(at)
        if abs(change) < NEGLIGIBLE:
            return
        t = (t - change).mid()


@lru_cache(maxsize=64)
def descends(arm: Arm, step_size: float) -> bool | None:
    """Whether both risks fall in every step of `ray`; False where one certainly rises, None if undecided."""
    decided = True
    with ctx.workprec(PRECISION):
        for first, second in pairwise(ray(arm, step_size)):
            changes = [after - before for before, after in zip(first, second, strict=True)]
            if any(change > 0 for change in changes):
                return False
            decided &= all(change < 0 for change in changes)
    return True if decided else None


def _on_ray(arm: Arm, t: Ball) -> dict[sp.Symbol, Ball]:
    size = arb(10).sqrt() * abs(t)
    std = (10 * (t - 1) ** 2 + 1).sqrt()
    return {s: std, n: size, eps: arb(arm.radius), xi: arb(arm.smoothing), update.a: t, update.b: t - 1}


_RISK = encloser(RISK)
_LAWS = (
    (encloser(Field(sp.diff(RISK, s) / s, sp.diff(RISK, n) / n).projection), _RISK),
    (encloser(FROZEN.projection), encloser(SURROGATE_RISK)),
)
"""The expected update along the ray and the risk trained on, without smoothing and with it."""
