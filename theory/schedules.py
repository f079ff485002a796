"""Smoothing, step size, stopping and penalty as the theorems of Xing, Song, Cheng (AISTATS 2021) prescribe them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.validation import choice, integer, nonnegative, positive, real, within_range

READINGS = {"theorem 3": 1.0, "theorem 4": 0.5}
"""The power of n under d √(log n), in the logarithm of ξ for two-layer networks, as either theorem prints it."""


@dataclass(frozen=True)
class Schedule:
    """How Algorithm 1 is run: the attack's smoothing ξ, the step size η, and the time T, a real number of steps.

    `steps` is the number of steps to take, the first integer that is not below `time`.
    """

    smoothing: float
    step_size: float
    time: float

    @property
    def steps(self) -> int:
        """⌈T⌉, at least one step as T > 0."""
        return math.ceil(self.time)


@within_range
def low_dimensional_schedule(total_std: float, n: int, d: int, smoothness: float) -> Schedule:
    """Return ξ = v² (d/√n) log n, η = ξ/(v² L) and T = v² log log n / ξ, so that η T = log log n / L; Theorem 2.

    `total_std` is v, `smoothness` the theorem's "large constant" L. ξ is read as v² times (d/√n) log n, which tends to
    0 exactly under the theorem's growth condition log n √(d²/n) → 0. Raises ValueError for an n below 3, where
    log log n is not positive, a d below 1, and a total_std or smoothness that is not positive and finite.
    """
    count, dimension = integer("n", n, 3), integer("d", d, 1)
    variance, constant = positive("total_std", total_std) ** 2, positive("smoothness", smoothness)
    share = dimension / math.sqrt(count) * math.log(count)
    return Schedule(variance * share, share / constant, math.log(math.log(count)) / share)


@within_range
def network_schedule(
    total_std: float,
    n: int,
    d: int,
    smoothness: float,
    *,
    width: float = math.inf,
    largest_weight: float = 1.0,
    mean_square: float = 1.0,
    reading: str = "theorem 3",
) -> Schedule:
    """Return ξ, η and T for a two-layer network, η T ‖a‖²/h = log log n / L; Theorems 3 and 4.

    ξ/v² = -log log n / log(√(d² log n)/n) ∨ (d log n) ‖a‖_∞/√h, η = ξ h/(v² L ‖a‖²) and T = v² log log n / ξ. With
    `reading` "theorem 4" the logarithm is that of √((d² log n)/n). `width` is h, whose term vanishes for h = inf and
    is not in Theorem 4; `largest_weight` is ‖a‖_∞ and `mean_square` ‖a‖²/h.

    Raises ValueError for an n below 3, a d below 1, arguments that are not positive, unknown readings, and where the
    logarithm is not negative, which makes ξ negative or infinite: d² log n >= n², or >= n for Theorem 4's.
    """
    count, dimension = integer("n", n, 3), integer("d", d, 1)
    variance, constant = positive("total_std", total_std) ** 2, positive("smoothness", smoothness)
    choice("reading", reading, READINGS)
    if not real("width", width) >= 1:
        raise ValueError(f"width must be at least 1, got {width!r}")
    twice = math.log(math.log(count))
    logarithm = math.log(dimension) + twice / 2 - READINGS[reading] * math.log(count)
    if logarithm >= 0:
        raise ValueError(f"d must be smaller for ξ to be positive at n = {count} ({reading}), got {d}")
    narrow = dimension * math.log(count) * positive("largest_weight", largest_weight) / math.sqrt(width)
    share = max(-twice / logarithm, narrow)
    return Schedule(variance * share, share / (constant * positive("mean_square", mean_square)), twice / share)


@within_range
def stopping_level(total_std: float, n: int) -> float:
    """Return v/√(log n): training stops when the residual ‖Xθ - y‖₂/√n first falls below it; Theorem 5.

    Raises ValueError for an n below 2, where log n is 0, and a total_std that is negative or not finite.
    """
    return nonnegative("total_std", total_std) / math.sqrt(math.log(integer("n", n, 2)))


@within_range
def lasso_penalty(total_std: float, n: int, d: int, sparsity: int, constant: float) -> float:
    """Return λ = c v √(s log d / n), the least penalty on ‖θ‖₁ (but for its ξ aₙ/v part) that Theorem 9 allows.

    `sparsity` is s, the number of nonzero coefficients of the robust optimum, `constant` the theorem's "large
    constant" c. Raises ValueError for n or d below 1, a sparsity outside 0 to d, and a total_std or constant that is
    negative or not finite.
    """
    count, dimension, active = integer("n", n, 1), integer("d", d, 1), integer("sparsity", sparsity, 0)
    if active > dimension:
        raise ValueError(f"sparsity must be at most d = {dimension}, got {sparsity!r}")
    scale = nonnegative("constant", constant) * nonnegative("total_std", total_std)
    return scale * math.sqrt(active * math.log(dimension) / count)
