"""What a training records as it goes: empirical losses, and population risks in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.linear.coordinates import Coordinates, times
from models.linear.gradients import Settings
from theory.population import LinearGaussian
from theory.risk import risk_of
from theory.surrogate import surrogate_risk_from_moments
from theory.surrogate_linf import linf_surrogate_risk
from theory.validation import FloatArray

EMPIRICAL = ("train", "adversarial_train", "residual")
OF_POPULATION = ("population", "surrogate", "standard")


@dataclass(eq=False)
class Recorder:
    """Curves of a batch, under the names of `adversarial_training`, gathered every `every` steps.

    `settings` are in the units of `at`, in which rows are noted; `curves` are not.
    """

    names: Sequence[str]
    every: int
    at: Coordinates
    settings: Settings
    population: LinearGaussian | None = None
    steps: list[int] = field(default_factory=list)
    rows: dict[str, list[FloatArray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of_population = self.population is not None and bool(set(self.names) & set(OF_POPULATION))
        smoothed = bool(np.any(self.settings.smoothing))
        self._by_quadrature = "surrogate" in self.names and self.settings.norm != 2 and smoothed

    @cached_property
    def _error_map(self) -> tuple[FloatArray, FloatArray, float]:
        if self.population is None:
            raise ValueError("population must be given to record a population risk, got None")
        noise_std = math.ldexp(self.population.noise_std, -self.at.units.responses)
        return *self.at.error_map(self.population), noise_std

    def add(self, step: int, c: FloatArray, residuals: FloatArray, attacked: FloatArray) -> None:
        """Note the state after `step` steps."""
        self.steps.append(step)
        size = _length(c) if self.settings.norm == 2 else np.abs(c).sum(axis=-1)
        self._note("size", size)
        if "train" in self.names:
            self._note("train", mean_square(attacked))
        if "adversarial_train" in self.names:
            self._note("adversarial_train", mean_square(np.abs(residuals) + self.settings.radius * size[:, None]))
        if "penalty" in self.names:
            self._note("penalty", self.settings.l1[:, 0] * np.abs(c).sum(axis=-1))
        if "residual" in self.names:
            self._note("residual", np.sqrt(mean_square(residuals)))
        if self._of_population:
            matrix, target, noise_std = self._error_map
            self._note("error", np.hypot(_length(times(matrix, c) - target), noise_std))
        if self._by_quadrature:
            self._note("surrogate", self._smoothed_linf_risk(c))

    def curves(self) -> dict[str, FloatArray]:
        """The curves recorded, by name, each of shape (B, K)."""
        found = {name: np.stack(rows, axis=-1) for name, rows in self.rows.items()}
        size, error = found.pop("size"), found.pop("error", None)
        if error is not None:
            found = self._risks(error, size) | found
        unit = self.at.units.responses
        with np.errstate(over="ignore"):
            return {name: np.ldexp(found[name], unit if name == "residual" else 2 * unit) for name in self.names}

    def _risks(self, error: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
        radius, smoothing = self.settings.radius, self.settings.smoothing
        risks = {"standard": error**2, "population": risk_of(error, radius * size)}
        if "surrogate" in self.names:
            of_norm = self.settings.norm == 2
            risks["surrogate"] = (
                surrogate_risk_from_moments(error, size, radius, smoothing) if of_norm else risks["population"]
            )
        return risks

    def _smoothed_linf_risk(self, c: FloatArray) -> FloatArray:
        """The surrogate risk under the linf attack: a quadrature for every attack in the batch."""
        risk = np.empty(len(c))
        attacks = np.concatenate([self.settings.radius, self.settings.smoothing], axis=-1)
        error = self.rows["error"][-1]
        for radius, smoothing in np.unique(attacks, axis=0):
            here = np.all(attacks == (radius, smoothing), axis=-1)
            theta, std = c[here], error[here]
            if smoothing > 0:
                risk[here] = linf_surrogate_risk(theta, std, radius, smoothing)
            else:
                risk[here] = risk_of(std, radius * np.abs(theta).sum(axis=-1))
        return risk

    def _note(self, name: str, values: FloatArray) -> None:
        self.rows.setdefault(name, []).append(values)


def mean_square(vectors: FloatArray) -> FloatArray:
    """The mean of the squares over the last axis, shape (B,)."""
    mean: FloatArray = np.einsum("bi,bi->b", vectors, vectors) / vectors.shape[-1]
    return mean


def _length(vectors: FloatArray) -> FloatArray:
    length: FloatArray = np.sqrt(np.einsum("bi,bi->b", vectors, vectors))
    return length
