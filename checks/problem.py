"""One case of the linear theory: a population, coefficients, an attack, and the numbers its formulas depend on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from theory import notation
from theory.norms import dual_norm, lp_norm
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True, eq=False)
class Problem:
    """A population (θ₀, Σ, σ), coefficients θ, and the attack's radius ε, smoothing ξ and norm (2 or inf)."""

    population: LinearGaussian
    coefficients: FloatArray
    radius: float
    smoothing: float = 0.0
    norm: float = 2

    @cached_property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the symbols that closed forms are written in."""
        signal = self.population.covariance @ self.population.true_coefficients
        return {
            notation.residual_std: float(self.population.residual_std(self.coefficients)),
            notation.coefficient_norm: float(dual_norm(self.coefficients, 2)),
            notation.coefficient_norm_1: float(dual_norm(self.coefficients, np.inf)),
            notation.total_std: self.population.total_std,
            notation.noise_std: self.population.noise_std,
            notation.signal_size: float(lp_norm(signal, 2)),
            notation.signal_size_inf: float(lp_norm(signal, np.inf)),
            notation.radius: self.radius,
            notation.smoothing: self.smoothing,
        }

    def __str__(self) -> str:
        """The case with every digit, as a reader would write it down."""
        population = self.population
        return (
            f"true_coefficients={population.true_coefficients.tolist()}, covariance={population.covariance.tolist()}, "
            f"noise_std={population.noise_std!r}, coefficients={self.coefficients.tolist()}, "
            f"radius={self.radius!r}, smoothing={self.smoothing!r}, norm={float(self.norm)!r}"
        )
