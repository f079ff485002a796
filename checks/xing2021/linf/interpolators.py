"""What the claims on interpolation under linf attack share: the sizes, the data, and the losses over v²."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from theory.risk import risk_of
from theory.validation import FloatArray

ENTRIES = 2**22  # of the data held at once, 32 MiB


class Size(NamedTuple):
    """One point of a sweep: Σ = I, θ₀ with its first `support` entries equal, σ, and the radius C/√d."""

    n: int
    d: int
    support: int = 1
    noise_std: float = 0.5
    constant: float = 1.0

    @property
    def radius(self) -> float:
        """ε = C/√d."""
        return float(self.constant / np.sqrt(self.d))

    @property
    def true_coefficients(self) -> FloatArray:
        """θ₀, of length 1."""
        truth = np.zeros(self.d)
        truth[: self.support] = self.support**-0.5
        return truth

    @property
    def total_variance(self) -> float:
        """v² = 1 + σ²."""
        return 1 + self.noise_std**2

    def samples(self, replicates: int, rng: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Batches of data sets X (B, n, d), y (B, n) from the model, `replicates` in all."""
        batch = max(1, ENTRIES // (self.n * self.d))
        for start in range(0, replicates, batch):
            shape = (min(batch, replicates - start), self.n)
            X = rng.standard_normal((*shape, self.d))
            yield X, X @ self.true_coefficients + self.noise_std * rng.standard_normal(shape)

    def risk(self, coefficients: FloatArray) -> FloatArray:
        """R^∞(θ, ε)/v², (9) with Σ = I, for coefficients (..., d): no d × d matrix is formed."""
        error = np.sum((coefficients - self.true_coefficients) ** 2, axis=-1)
        attack = self.radius * np.abs(coefficients).sum(axis=-1)
        return risk_of(np.sqrt(error + self.noise_std**2), attack) / self.total_variance

    def training_loss(self, X: FloatArray, y: FloatArray, coefficients: FloatArray) -> FloatArray:
        """(1/n) Σ (|rᵢ| + ε‖θ‖₁)²/v² for X (..., n, d)."""
        residuals = np.abs(np.einsum("...ij,...j->...i", X, coefficients) - y)
        attacked = residuals + self.radius * np.abs(coefficients).sum(axis=-1, keepdims=True)
        loss: FloatArray = np.mean(attacked**2, axis=-1) / self.total_variance
        return loss
