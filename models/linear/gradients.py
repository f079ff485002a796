"""The gradient of Algorithm 1 for linear models in closed form, the attack held fixed or differentiated through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.linear.coordinates import Coordinates, Units
from theory.validation import FloatArray

# Entries of a (B, samples, d) block of the smoothed linf attack: it and two more of its size stay in a cache.
BLOCK_SIZE = 2**17


@dataclass(frozen=True, eq=False)
class Settings:
    """What is minimised and how: radius, smoothing, l1 and step_size of shape (B, 1), the attack's norm, the update."""

    radius: FloatArray
    smoothing: FloatArray
    l1: FloatArray
    step_size: FloatArray
    norm: float
    full: bool

    def in_units(self, units: Units) -> Settings:
        """The same settings for data in these units."""
        a, b = units
        with np.errstate(over="ignore", under="ignore"):
            return replace(
                self,
                radius=np.ldexp(self.radius, -a),
                smoothing=np.ldexp(self.smoothing, a - 2 * b),
                l1=np.ldexp(self.l1, -a - b),
                step_size=np.ldexp(self.step_size, 2 * a),
            )

    def replicate(self, index: int) -> Settings:
        """The settings of one replicate."""
        row = slice(index, index + 1)
        columns = {name: getattr(self, name)[row] for name in ("radius", "smoothing", "l1", "step_size")}
        return Settings(norm=self.norm, full=self.full, **columns)

    def with_steps(self, step_sizes: FloatArray) -> Settings:
        """The settings of one replicate for a batch of step sizes, shape (B,)."""
        shape = (len(step_sizes), 1)
        columns = {name: np.broadcast_to(getattr(self, name), shape) for name in ("radius", "smoothing", "l1")}
        return Settings(step_size=step_sizes[:, None], norm=self.norm, full=self.full, **columns)


class Slope(NamedTuple):
    """Attacked residuals w, shape (B, n), and the gradient of mean(w²), shape (B, r)."""

    attacked: FloatArray
    gradient: FloatArray


def slope(at: Coordinates, c: FloatArray, residuals: FloatArray, settings: Settings) -> Slope:
    """Return the attacked residuals e + θᵀA_{ε,ξ} and the update direction of Algorithm 1, modified as in section 2.1.

    Frozen: (2/n) Σ wᵢ (xᵢ + Aᵢ). Full: the gradient of (1/n) Σ wᵢ², which adds (2/n) Σ wᵢ (∂Aᵢ/∂θ)ᵀ θ.
    """
    if settings.norm == 2:
        return _l2_slope(at, c, residuals, settings)
    if np.any(settings.smoothing):
        return _smoothed_linf_slope(at, c, residuals, settings)
    return _linf_slope(at, c, residuals, settings)


def _l2_slope(at: Coordinates, c: FloatArray, e: FloatArray, settings: Settings) -> Slope:
    """A = a θ, a = 2 ε e/D, D = √(4 e² m² + ξ²), m = ‖θ‖: ∂(θᵀA)/∂e = ρ 2 ε m²/D, and along θ it is (1 + ρ) a.

    ρ = (ξ/D)² is the share of the smoothing; at D = 0 there is no attack.
    """
    m2 = np.einsum("bj,bj->b", c, c)[:, None]
    size = np.sqrt(4 * m2 * e * e + settings.smoothing**2)
    size += size == 0  # then e or m is zero, and so is the attack
    inverse = 2 * settings.radius / size
    along = e * inverse
    w = e + m2 * along
    weights, drag = w, w * along
    if settings.full:
        share = (settings.smoothing / size) ** 2
        weights, drag = w * (1 + share * m2 * inverse), drag * (1 + share)
    gradient: FloatArray = (2 / at.n) * (at.pull(weights) + drag.sum(axis=-1, keepdims=True) * c)
    return Slope(w, gradient)


def _linf_slope(at: Coordinates, c: FloatArray, e: FloatArray, settings: Settings) -> Slope:
    """A = ε sign(e) sign(θ): no derivative of A but at the kinks, so that both updates agree."""
    sign = np.sign(e)
    w = e + settings.radius * np.abs(c).sum(axis=-1, keepdims=True) * sign
    drag = settings.radius * np.sum(w * sign, axis=-1, keepdims=True)
    return Slope(w, (2 / at.n) * (at.pull(w) + drag * np.sign(c)))


def _smoothed_linf_slope(at: Coordinates, c: FloatArray, e: FloatArray, settings: Settings) -> Slope:
    """Aⱼ = ε t sign(e θⱼ), t = g/(g + ξ), g = 2|e θⱼ|, a block of samples at a time; with u = 1 - t

    ∂(θᵀA)/∂e = ε Σⱼ 2 θⱼ² u/(g + ξ) and ∂(θᵀA)/∂θⱼ = ε t (1 + u) sign(e θⱼ).
    """
    w, weights, drag = np.empty_like(e), np.empty_like(e), np.zeros_like(c)
    magnitude = np.abs(c)[:, None, :]
    block = max(1, BLOCK_SIZE // c.size)
    for part in (slice(i, i + block) for i in range(0, e.shape[-1], block)):
        error = np.abs(e[:, part])[..., None]
        g = 2 * error * magnitude
        size = g + settings.smoothing[..., None]
        t = np.divide(g, size, out=np.zeros_like(g), where=size > 0)
        attacked = error + settings.radius[..., None] * (t @ magnitude.mT)
        amplified = attacked
        if settings.full:
            rest = np.divide(settings.smoothing[..., None], size, out=np.zeros_like(g), where=size > 0)
            rate = np.divide(rest, size, out=np.zeros_like(g), where=size > 0) * magnitude
            amplified = attacked * (1 + 2 * settings.radius[..., None] * (rate @ magnitude.mT))
            t *= 1 + rest
        sign = np.sign(e[:, part])
        w[:, part], weights[:, part] = sign * attacked[..., 0], sign * amplified[..., 0]
        drag += settings.radius * (attacked.mT @ t)[:, 0]
    return Slope(w, (2 / at.n) * (at.pull(weights) + drag * np.sign(c)))
