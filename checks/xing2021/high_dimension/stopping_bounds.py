"""What Theorem 5 says of every data set: bounds from the eigenvalues of XXᵀ that no smoothing enters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import strategies as st
from scipy.linalg import matmul_toeplitz
from scipy.signal import lfilter

from models.linear.training import Divergence, Training, adversarial_training
from theory.schedules import stopping_level
from theory.validation import FloatArray

PATIENCE = 40  # a training is given up after that many times the time that the leading order predicts, and 100 steps


@dataclass(frozen=True)
class Rule:
    """When to stop: at which RMS residual, given v and n; and by what the step sizes of a sweep are multiplied."""

    level: Callable[[float, int], float] = stopping_level
    faster: Callable[[int], float] = lambda n: 1.0


THEOREM_5 = Rule()


@dataclass(frozen=True)
class Sample:
    """A data set with AR(1) rows and θ₀ spread evenly, and a training on it with ηλ_max(XXᵀ) = `share`."""

    n: int
    d: int
    correlation: float
    true_size: float
    noise_std: float
    radius: float
    smoothing: float
    share: float
    seed: int

    @cached_property
    def data(self) -> tuple[FloatArray, FloatArray]:
        """X, shape (n, d), and y, shape (n,)."""
        rng = np.random.default_rng(self.seed)
        shocks = rng.standard_normal((self.n, self.d))
        shocks[:, 1:] *= np.sqrt(1 - self.correlation**2)
        X = lfilter([1.0], [1.0, -self.correlation], shocks, axis=1)
        return X, X @ self.truth + self.noise_std * rng.standard_normal(self.n)

    @cached_property
    def truth(self) -> FloatArray:
        """θ₀, shape (d,)."""
        return np.full(self.d, self.true_size / np.sqrt(self.d))

    @cached_property
    def spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues of XXᵀ, decreasing, and the coordinates of y along its eigenvectors."""
        axes, stds, _ = np.linalg.svd(self.data[0], full_matrices=False)
        return stds**2, axes.T @ self.data[1]

    def step_size(self, rule: Rule) -> float:
        """η."""
        return float(self.share * rule.faster(self.n) / self.spectrum[0][0])

    def covariance_times(self, vector: FloatArray) -> FloatArray:
        """Σ times a vector; Σ has entries correlation^|i - j|."""
        product: FloatArray = matmul_toeplitz(self.correlation ** np.arange(self.d), vector)
        return product

    @property
    def covariance_norm(self) -> float:
        """An upper bound on the largest eigenvalue of Σ, the maximum of the spectral density."""
        return (1 + abs(self.correlation)) / (1 - abs(self.correlation))

    @cached_property
    def total_std(self) -> float:
        """v."""
        return float(np.sqrt(self.truth @ self.covariance_times(self.truth) + self.noise_std**2))

    def patience(self, rule: Rule) -> int:
        """Steps after which a training is given up."""
        eta = self.step_size(rule)
        return 100 + round(float(PATIENCE * self.n / (4 * eta * self.spectrum[0][-1])))

    def train(self, rule: Rule) -> Training | None:
        """Algorithm 1 from zero until the rule stops it; None where it does not stop."""
        X, y = self.data
        try:
            trained = adversarial_training(
                X, y, self.radius, self.smoothing, step_size=self.step_size(rule), steps=self.patience(rule),
                stop_residual=rule.level(self.total_std, self.n), record=("train",), record_every=self.patience(rule),
            )  # fmt: skip
        except Divergence:
            return None
        return trained if trained.stopped else None

    def without_attack(self) -> "Sample":
        """The same data, not attacked."""
        return replace(self, radius=0.0)

    def record_residuals(self, steps: int) -> FloatArray:
        """RMS residual before and after each of that many steps."""
        X, y = self.data
        trained = adversarial_training(
            X, y, self.radius, self.smoothing, step_size=self.step_size(THEOREM_5), steps=steps, record=("residual",)
        )
        return trained.curves["residual"]

    def norm_bound(self, level: float) -> float:
        """‖θ‖ <= ‖Xθ‖/√λ_min <= (‖y‖ + √n level)/√λ_min in the samples' span, for an RMS residual up to `level`."""
        values, response = self.spectrum
        return float((np.linalg.norm(response) + np.sqrt(self.n) * level) / np.sqrt(values[-1]))

    def latest_stop(self, rule: Rule) -> float:
        """A bound on T that holds for every smoothing, inf where there is none.

        With e the residuals, N = ‖θ‖ and K = XXᵀ, one step is e - (2η/n)Ke, as without attack, less a part of length at
        most (2η/n) ε (λ_max √n N + √λ_max (√n‖e‖ + nεN)): the attack moves every residual by at most εN and every
        sample by at most ε along θ. So the distance from training without attack, which is known, obeys a recursion.
        """
        values, response = self.spectrum
        eta, n, radius, top = self.step_size(rule), self.n, self.radius, values[0]
        level = rule.level(self.total_std, n) * np.sqrt(n)
        kept, distance, left = 1 - 2 * eta / n * values, 0.0, -response
        rate = float(np.abs(kept).max())
        for t in range(1, self.patience(rule) + 1):
            error = np.linalg.norm(left) + distance
            size = (np.linalg.norm(left + response) + distance) / np.sqrt(values[-1])
            pushed = top * np.sqrt(n) * size + np.sqrt(top) * (np.sqrt(n) * error + n * radius * size)
            distance = rate * distance + 2 * eta / n * radius * pushed
            left = kept * left
            if np.linalg.norm(left) + distance < level:
                return float(t)
        return np.inf


def samples() -> st.SearchStrategy[Sample]:
    """Data sets of 3 to 12 samples and d/n from 5 to 2,700, correlated or not, radius and noise 0, tiny smoothings.

    ηλ_max is below 1, the theorem's condition read for Algorithm 1's mean loss, or below n/2, half of it for the sum.
    """
    n = st.integers(3, 12)
    return n.flatmap(
        lambda n: st.builds(
            Sample,
            n=st.just(n),
            d=st.sampled_from((64, 1024, 8192)),
            correlation=st.sampled_from((0.0, 0.5, -0.3)),
            true_size=st.sampled_from((1.0, 0.5, 3.0)),
            noise_std=st.sampled_from((1.0, 0.0, 0.3)),
            radius=st.one_of(st.just(0.0), st.floats(0.0, 0.5)),
            smoothing=st.floats(-300.0, 3.0).map(lambda power: float(10**power)),
            share=st.one_of(st.floats(0.05, 0.999), st.floats(0.05, 0.5).map(lambda part: part * n)),
            seed=st.integers(0, 2**32 - 1),
        )
    )
