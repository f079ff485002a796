"""Adversarial training of a linear model when d/n tends to a constant c: what the exact minimiser tends to.

θ̂ = argmin (1/n) Σ (|yᵢ - xᵢᵀθ| + ε‖θ‖₂)² on n samples of model (4) with Σ = I. `theory.derivations.proportional` shows,
by the convex Gaussian min-max theorem, that its lengths a along θ₀ and b orthogonal to it tend to the saddle point of

    Φ(μ, s, t) - μ c b²/2,    Φ = E min over u of (μ/2)(sZ - u)² + (|u| + t)²,    Z ~ N(0, 1),

minimal in a and b, maximal in μ, with s² = (ρ - a)² + b² + σ² and t = ε √(a² + b²). With z = 2t/(μs), the density φ and
the tail Q of Z at z, p = μ/(μ + 2) and q = 2/μ, training moves residuals from sZ to u = ps (|Z| - z)₊ sign Z, and

    α = E Z (Z - u/s) = 1 - 2pQ,    e = E (Z - u/s)² = 1 - 4pQ + 2p² E(Z - z)₊²,    γ = q (1 + E|u|/t):
    α + ε²γ = c,    a = ρα/c,    c b² = e s².

The regime of Javanmard, Soltanolkotabi, Hassani, "Precise Tradeoffs in Adversarial Training for Linear Regression".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import sympy as sp
from scipy.optimize import brentq
from scipy.special import erfcinv, erfcx, erfinv, gammainc

from theory import notation
from theory.population import EPS
from theory.risk import C0
from theory.validation import nonnegative, positive, within_range

_mu, _s, _t, _z, _c = (
    notation.multiplier, notation.residual_std, notation.attack_size, notation.cutoff, notation.aspect_ratio,
)  # fmt: skip
_density = sp.exp(-(_z**2) / 2) / sp.sqrt(2 * sp.pi)

TAIL = sp.erfc(_z / sp.sqrt(2)) / 2
"""Q, the probability of Z > z."""

EXCESS = _density - _z * TAIL
"""E(Z - z)₊."""

EXCESS_SQUARE = (1 + _z**2) * TAIL - _z * _density
"""E(Z - z)₊²."""

KEPT = _mu / (_mu + 2)
"""p, the share of a residual's excess over the cutoff that training keeps."""

MEAN_DISPLACEMENT = 1 - 2 * KEPT * TAIL
"""α = ∂Φ/∂s / (μs), at z = 2t/(μs)."""

SQUARE_DISPLACEMENT = 1 - 4 * KEPT * TAIL + 2 * KEPT**2 * EXCESS_SQUARE
"""e = 2 ∂Φ/∂μ / s²."""

ATTACK_PULL = 2 / _mu * (1 + 2 * _s * KEPT * EXCESS / _t)
"""γ = ∂Φ/∂t / (μt)."""

POTENTIAL = (
    _mu * _s**2 * SQUARE_DISPLACEMENT / 2 + _t**2 + 4 * _s * _t * KEPT * EXCESS + 2 * _s**2 * KEPT**2 * EXCESS_SQUARE
)
"""Φ(μ, s, t), at z = 2t/(μs)."""

NULL_THRESHOLD = sp.sqrt(sp.pi / 2) * sp.sqrt(notation.true_size**2 / notation.total_std**2 + _c)
"""Radius from which on the limit of θ̂ is 0."""

RECOVERY_THRESHOLD = sp.sqrt(2 * _c * EXCESS / _z)
"""Largest radius at which θ̂ = θ₀ without noise, where z has 1 - 2Q = c < 1."""

NEGLIGIBLE = 1e-140  # radii below count as 0: what they change is far below rounding, and their square underflows
LEAST_RATIO, LARGEST_RATIO = 1e-100, 1e100  # beyond, squares of lengths over the signal's underflow
SIZES = 10  # a logarithm up to 2⁹: its exponential, times a radius or an aspect ratio, is finite
ROOT_2 = math.sqrt(2)
LAST_TAIL = 38.0  # from here on the Gaussian tail is below the smallest positive float


@dataclass(frozen=True)
class ProportionalLimit:
    """What n → ∞ with d/n → c makes of adversarial training at a radius ε; all in probability.

    - `training_loss`: limit of the least mean of (|yᵢ - xᵢᵀθ| + ε‖θ‖)².
    - `risk`, `clean_risk`: of the risk of θ̂ under an attack of the same radius, and without attack.
    - `zero_residual_fraction`: of the share of samples with yᵢ = xᵢᵀθ̂ exactly.
    - `alignment`, `orthogonal`: of θ₀ᵀθ̂/‖θ₀‖, and of the length of the rest of θ̂.
    - `is_null`: whether both lengths are 0.
    """

    training_loss: float
    risk: float
    clean_risk: float
    zero_residual_fraction: float
    alignment: float
    orthogonal: float
    is_null: bool


@within_range
def proportional_limit(signal_norm: float, noise_std: float, radius: float, aspect_ratio: float) -> ProportionalLimit:
    """Return the limit of the minimiser of the adversarial training loss as n → ∞, d/n → c; Σ = I, l2 attack.

    `signal_norm` is ρ = ‖θ₀‖, `noise_std` σ, `radius` ε, `aspect_ratio` c; ρ and σ scale the lengths, and their squares
    the losses. The saddle point of the module is the root of one equation in one unknown. There are closed
    forms from the null threshold on; without noise up to the recovery threshold; and without attack: least squares for
    c < 1, the minimum-norm interpolator for c >= 1, whose risk with noise is infinite at c = 1.

    Accurate to some hundred EPS times the condition of the problem, which is large only close to the null threshold
    (for a and b, which vanish there), without noise close to the recovery threshold (for the clean risk), and without
    attack close to c = 1. Raises ValueError for a negative number, one that is not finite, and an aspect
    ratio outside [1e-100, 1e100].
    """
    rho, sigma = nonnegative("signal_norm", signal_norm), nonnegative("noise_std", noise_std)
    strength, ratio = nonnegative("radius", radius), _aspect_ratio(aspect_ratio)
    scale = max(rho, sigma)
    if scale == 0:
        return ProportionalLimit(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, True)
    rho, sigma = rho / scale, sigma / scale
    if strength >= proportional_null_threshold(rho, sigma, ratio):
        return _limit(0.0, 0.0, math.hypot(rho, sigma), 0.0, 1.0, strength, scale)
    if sigma == 0 and strength <= proportional_recovery_threshold(ratio):
        return _limit(rho, 0.0, 0.0, math.inf, 0.0, strength, scale)
    if strength < NEGLIGIBLE:
        return _without_attack(rho, sigma, ratio, scale)
    return _saddle_point(rho, sigma, strength, ratio, scale)


@within_range
def proportional_null_threshold(signal_norm: float, noise_std: float, aspect_ratio: float) -> float:
    """Return the radius from which on the limit of θ̂ is 0: √(π/2) √(ρ²/v² + c), v² = ρ² + σ²; 0 where v = 0.

    The limit of ‖Xᵀy‖/‖y‖₁, see `theory.interpolation.empirical_null_threshold`. Arguments and errors are those of
    `proportional_limit`.
    """
    rho, sigma = nonnegative("signal_norm", signal_norm), nonnegative("noise_std", noise_std)
    ratio = _aspect_ratio(aspect_ratio)
    scale = max(rho, sigma)
    if scale == 0:
        return 0.0
    share = rho / scale / math.hypot(rho / scale, sigma / scale)
    return math.hypot(share, math.sqrt(ratio)) / C0


@within_range
def proportional_recovery_threshold(aspect_ratio: float) -> float:
    """Return the largest radius at which θ̂ = θ₀ in the limit, without noise and for θ₀ other than 0.

    √(2c E(Z - z)₊/z) with 1 - 2Q(z) = c for c < 1, and 0 for c >= 1; c₀ in the limit c → 0. With noise there is none.
    Raises ValueError as `proportional_limit` does.
    """
    ratio = _aspect_ratio(aspect_ratio)
    if ratio >= 1:
        return 0.0
    z = _cutoff(ratio, 1 - ratio)
    return math.sqrt(2 * ratio * _tails(z).excess / z)


@within_range
def potential(residual_std: float, attack_size: float, multiplier: float) -> float:
    """Return Φ(μ, s, t) = E min over u of (μ/2)(sZ - u)² + (|u| + t)² for a standard normal Z.

    `multiplier` is μ > 0, `residual_std` s > 0, `attack_size` t >= 0. Raises ValueError otherwise.
    """
    s, t = positive("residual_std", residual_std), nonnegative("attack_size", attack_size)
    mu = positive("multiplier", multiplier)
    z, kept, lost = 2 * t / (mu * s), mu / (mu + 2), 2 / (mu + 2)
    return mu * s * s * _square_displacement(z, kept, lost, _tails(z)) / 2 + _least_loss(s, t, z, kept)


class _Tails(NamedTuple):
    """Of a standard normal Z beyond z: density, probability, E(Z - z)₊ and E(Z - z)₊²."""

    density: float
    tail: float
    excess: float
    excess_square: float


def _tails(z: float) -> _Tails:
    if z >= LAST_TAIL:
        return _Tails(0.0, 0.0, 0.0, 0.0)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    mills = math.sqrt(math.pi / 2) * float(erfcx(z / ROOT_2))
    return _Tails(density, density * mills, density * (1 - z * mills), density * ((1 + z * z) * mills - z))


def _square_displacement(z: float, kept: float, lost: float, at: _Tails) -> float:
    """e = E (Z - u/s)², a sum of positive terms: within z all is displaced, beyond it (2|Z| + μz)/(μ + 2)."""
    within = float(gammainc(1.5, z * z / 2))
    return (
        within
        + 2 * lost * lost * at.tail
        + 2 * z * lost * (1 + kept) * at.density
        + (2 * (kept * z) * (kept * z) * at.tail if at.tail else 0.0)
    )


def _least_loss(s: float, t: float, z: float, kept: float) -> float:
    """E (|u| + t)²; no part of s where nothing of it is kept, s infinite included."""
    at, moved = _tails(z), kept * s if kept else 0.0
    return t * t + 4 * moved * t * at.excess + 2 * moved * moved * at.excess_square


def _cutoff(mass: float, rest: float) -> float:
    """The z with P(|Z| < z) = `mass` = 1 - `rest`."""
    return ROOT_2 * float(erfinv(mass) if mass < 0.5 else erfcinv(rest))


class _Trial(NamedTuple):
    """A point of the curve α + ε²γ = c: the cutoff z, p, ‖θ‖/s, α, ε²γ, e, and c - e."""

    cutoff: float
    kept: float
    ratio: float
    mean: float
    pull: float
    square: float
    rest: float


def _trial(position: float, radius: float, c: float) -> _Trial:
    """The point at `position`, the logarithm of z for c > 1, else of the odds of P(|Z| < z) against c.

    In r = εq the curve is (1 + 2E(Z - z)₊/z) r² + (ε + (1 - c)/ε) r = c - P(|Z| < z), with one positive root. The right
    side, α and c - e are sums of positive terms, so that nothing cancels.
    """
    if c > 1:
        z = math.exp(position)
        lack = c - 1 + math.erfc(z / ROOT_2)
    else:
        lack = c / (1 + math.exp(position))
        z = _cutoff(c / (1 + math.exp(-position)), 1 - c + lack)
    at = _tails(z)
    curve, line = 1 + 2 * at.excess / z, radius + (1 - c) / radius
    length = math.hypot(line, 2 * math.sqrt(curve * lack))
    r = 2 * lack / (line + length) if line > 0 else (length - line) / (2 * curve)
    kept, lost = radius / (radius + r), r / (radius + r)
    mean = math.erf(z / ROOT_2) + 2 * lost * at.tail
    pull = radius * r * (1 + 2 * lost * at.excess / z)
    rest = pull + 2 * kept * (z * at.excess + lost * at.excess_square)
    return _Trial(z, kept, z / r if r else math.inf, mean, pull, _square_displacement(z, kept, lost, at), rest)


def _saddle_point(rho: float, sigma: float, radius: float, c: float, scale: float) -> ProportionalLimit:
    """The limit where a or b, and s, are positive: the one point of the curve at which a² + b² is ‖θ‖²."""

    def surplus(position: float) -> float:
        """(1 - w)/(1 + w) with w = (a² + b²)/‖θ‖²: a/s and b/s follow from α, γ and e, ‖θ‖/s is known."""
        at = _trial(position, radius, c)
        signal = rho * (at.mean / c) / (math.hypot(rho * (at.pull / c), sigma) * at.ratio)
        w = at.square / c / at.ratio / at.ratio + signal * signal * (at.rest / c)
        return (1 - w) / (1 + w) if w < math.inf else -1.0

    low, high = _first(lambda size: surplus(-size) < 0), _first(lambda size: surplus(size) > 0)
    if low is None:  # within rounding of the null threshold
        return _limit(0.0, 0.0, math.hypot(rho, sigma), 0.0, 1.0, radius, scale)
    if high is None:  # without noise within rounding of the recovery threshold
        return _limit(rho, 0.0, 0.0, math.inf, 0.0, radius, scale)
    at = _trial(brentq(surplus, -low, high, xtol=EPS, rtol=4 * EPS), radius, c)
    s = math.hypot(rho * at.pull / c, sigma) / math.sqrt(at.rest / c)
    return _limit(rho * at.mean / c, s * math.sqrt(at.square / c), s, at.cutoff, at.kept, radius, scale)


def _first(holds: Callable[[float], bool]) -> float | None:
    """The first of 1, 2, 4, … at which `holds`, as far as the exponential and its products stay finite."""
    return next((2.0**k for k in range(SIZES) if holds(2.0**k)), None)


def _without_attack(rho: float, sigma: float, c: float, scale: float) -> ProportionalLimit:
    """Least squares for c < 1; for c >= 1 the interpolator of least norm, which leaves no residual."""
    if c < 1:
        s = sigma / math.sqrt(1 - c)
        return _limit(rho, s * math.sqrt(c), s, 0.0, 1 - c, 0.0, scale)
    rest = (c - 1) / c
    s = math.hypot(rho * math.sqrt(rest), sigma / math.sqrt(rest)) if c > 1 else math.inf
    return _limit(rho / c, s / math.sqrt(c), s, math.inf, 0.0, 0.0, scale)


def _limit(
    alignment: float, orthogonal: float, s: float, cutoff: float, kept: float, radius: float, scale: float
) -> ProportionalLimit:
    """The record of lengths in units of `scale`; the residuals' standard deviation s and moments say the rest."""
    t = radius * math.hypot(alignment, orthogonal) if radius else 0.0
    losses = (_least_loss(s, t, cutoff, kept), s * s + (t + 2 * C0 * s) * t if t else s * s, s * s)
    training_loss, risk, clean_risk = (loss * scale * scale for loss in losses)
    zero = math.erf(cutoff / ROOT_2)
    null = alignment == orthogonal == 0
    return ProportionalLimit(training_loss, risk, clean_risk, zero, alignment * scale, orthogonal * scale, null)


def _aspect_ratio(value: float) -> float:
    number = nonnegative("aspect_ratio", value)
    if not LEAST_RATIO <= number <= LARGEST_RATIO:
        raise ValueError(f"aspect_ratio must lie between {LEAST_RATIO} and {LARGEST_RATIO}, got {value!r}")
    return number
