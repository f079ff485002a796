"""The exact range of any ReLU network of two inputs over discs: it is linear on each of its angular sectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.two_layer.ranges import Range
from theory.norms import lp_norm
from theory.validation import FloatArray, finite, nonnegative, real_array

Candidates = tuple[FloatArray, NDArray[np.bool_]]

BLOCK = 2**18
"""Entries of a (B, samples, 2K) array held at once."""


def relu_range(X: ArrayLike, vectors: ArrayLike, weights: ArrayLike, radius: float) -> Range:
    """Return the exact range of f(x) = Σ_k w_k (xᵀu_k)₊, d = 2, over discs of l2 radius ε around samples.

    The lines u_kᵀx = 0 cut the plane into at most 2K sectors, on each of which f is linear. Its extremes over a sector
    within the disc are at x ± ε g/‖g‖, g the sector's gradient, where that lies in the sector, and otherwise on one of
    its two rays: where the ray meets the circle, or at the origin. Exact to some K EPS of Σ|w_k| ‖u_k‖ (‖x‖ + ε).

    `X` has shape (n, 2), shared by all networks, or (B, n, 2), `vectors` (B, K, 2) or (K, 2), `weights` (K,); the
    result's arrays (B, n), or (n,) for vectors (K, 2). Raises ValueError for d other than 2, shapes that do not fit,
    entries that are not finite and a negative radius.
    """
    samples, u, w = _checked(X, vectors, weights)
    epsilon = nonnegative("radius", radius)
    fan = _Fan.of(u if u.ndim == 3 else u[None], w)
    size = max(1, BLOCK // fan.gradients[..., 0].size)
    ends = [_ends(fan, samples[..., first : first + size, :], epsilon) for first in range(0, samples.shape[-2], size)]
    low, high = (np.concatenate(part, axis=-1) for part in zip(*ends, strict=True))
    if u.ndim == 2 and samples.ndim == 2:
        low, high = low[0], high[0]
    return Range(low, high, low, high)


@dataclass(frozen=True, eq=False)
class _Fan:
    """The sectors of B networks: unit vectors along the rays, in order of their angles, and what f is there.

    Sector i lies between ray i and the next. `rays`, `middles` and `gradients` have shape (B, R, 2), `slopes`, which
    are f at the rays, (B, R). As rays come in opposite pairs, no sector is wider than a half plane.
    """

    rays: FloatArray
    middles: FloatArray
    gradients: FloatArray
    slopes: FloatArray
    vectors: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray, weights: FloatArray) -> _Fan:
        """The sectors of f = Σ_k w_k (xᵀu_k)₊ for vectors (B, K, 2); a zero vector adds rays that change nothing."""
        normals = np.arctan2(vectors[..., 1], vectors[..., 0])
        angles = np.sort(np.concatenate([normals - np.pi / 2, normals + np.pi / 2], axis=-1) % (2 * np.pi), axis=-1)
        following = np.concatenate([angles[:, 1:], angles[:, :1] + 2 * np.pi], axis=-1)
        rays, middles = (np.stack([np.cos(t), np.sin(t)], axis=-1) for t in (angles, (angles + following) / 2))
        active = np.einsum("brd,bkd->brk", middles, vectors) > 0
        gradients = np.einsum("brk,k,bkd->brd", active, weights, vectors)
        slopes = np.maximum(np.einsum("brd,bkd->brk", rays, vectors), 0.0) @ weights
        return cls(rays, middles, gradients, slopes, vectors, weights)


def _ends(fan: _Fan, X: FloatArray, radius: float) -> tuple[FloatArray, FloatArray]:
    """min and max f over the discs; (B, n)."""
    centre = np.maximum(X @ fan.vectors.mT, 0.0) @ fan.weights
    inside = lp_norm(X, 2.0) <= radius  # the origin, where f = 0, is in the disc
    low, high = (np.where(inside, end(centre, 0.0), centre) for end in (np.minimum, np.maximum))
    for value, valid in (*_on_rays(fan, X, radius), *_in_sectors(fan, X, radius)):
        low = np.minimum(low, np.where(valid, value, np.inf).min(-1))
        high = np.maximum(high, np.where(valid, value, -np.inf).max(-1))
    return low, high


def _on_rays(fan: _Fan, X: FloatArray, radius: float) -> Iterator[Candidates]:
    """f where rays leave and enter the discs, (B, n, R), and whether they do."""
    along = X @ fan.rays.mT
    across = _cross(X, fan.rays)
    square = (radius - across) * (radius + across)
    half = np.sqrt(np.maximum(square, 0.0))
    for distance in (along + half, along - half):
        yield distance * fan.slopes[:, None], (square >= 0) & (distance >= 0)


def _in_sectors(fan: _Fan, X: FloatArray, radius: float) -> Iterator[Candidates]:
    """f at x ± ε g/‖g‖, and whether that lies in the sector of g; (B, n, R). For g of 0 it is f(x)."""
    size = lp_norm(fan.gradients, 2.0)
    unit = np.divide(fan.gradients, size[..., None], out=np.zeros_like(fan.gradients), where=size[..., None] > 0)
    following = np.roll(fan.rays, -1, axis=1)
    centre = X @ fan.gradients.mT
    # The middle tells a sector from its opposite where it has no width, or is a half plane.
    sides = ((_cross(X, fan.rays), _crosses(unit, fan.rays)), (-_cross(X, following), -_crosses(unit, following)),
             (X @ fan.middles.mT, (unit * fan.middles).sum(-1)))  # fmt: skip
    for step in (radius, -radius):
        valid = np.logical_and.reduce([at + step * moved[:, None] >= 0 for at, moved in sides])
        yield centre + step * size[:, None], valid


def _cross(X: FloatArray, rays: FloatArray) -> FloatArray:
    """ray × x, positive for x to the left of the ray: X (..., n, 2) and rays (B, R, 2) give (B, n, R)."""
    turned = np.stack([-rays[..., 1], rays[..., 0]], axis=-1)
    product: FloatArray = X @ turned.mT
    return product


def _crosses(vectors: FloatArray, rays: FloatArray) -> FloatArray:
    product: FloatArray = rays[..., 0] * vectors[..., 1] - rays[..., 1] * vectors[..., 0]
    return product


def _checked(X: ArrayLike, vectors: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    samples, u, w = (
        finite(name, real_array(name, value)) for name, value in (("X", X), ("vectors", vectors), ("weights", weights))
    )
    if u.ndim not in (2, 3) or w.ndim != 1 or w.size == 0 or u.shape[-2] != w.size:
        raise ValueError(f"vectors and weights must have shapes (B, K, 2) and (K,), got {u.shape} and {w.shape}")
    if u.shape[-1] != 2:
        raise ValueError(f"d must be 2, anything else is too large for the exact attack, got {u.shape[-1]}")
    if samples.ndim not in (2, 3) or samples.shape[-1] != 2 or (samples.ndim == 3 and samples.shape[0] != len(u)):
        raise ValueError(f"X must have shape (n, 2) or (B, n, 2) to match vectors {u.shape}, got shape {samples.shape}")
    return samples, u, w
