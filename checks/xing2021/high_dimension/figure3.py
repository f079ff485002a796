"""What the claims on Figure 3 share: its experiment exactly as printed, and its curves."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from checks.result import Chart, Series
from models.linear.training import Training, adversarial_training
from theory.early_stopping import linear_residuals
from theory.population import LinearGaussian
from theory.validation import FloatArray

SHOWN = 100  # steps on a chart; the paper's text does not say how many its figure has


@dataclass(frozen=True)
class Experiment:
    """Figure 3: "n = 20, d = 1000, σ² = 1, all-zero except for its first 10 elements being 1", 100 replications.

    `steps` are enough for the slowest residual, which shrinks by 0.93 a step, to reach rounding.
    """

    n: int = 20
    d: int = 1000
    nonzero: int = 10
    noise_std: float = 1.0
    radii: tuple[float, ...] = (0.0, 0.01, 0.1)
    step_size: float = 0.001
    smoothing: float = 0.5
    replications: int = 100
    steps: int = 600

    @cached_property
    def population(self) -> LinearGaussian:
        """The data model in the axes of a data set: n + 1 of them, θ₀'s direction the first."""
        truth = np.zeros(self.n + 1)
        truth[0] = np.sqrt(self.nonzero)
        return LinearGaussian(truth, np.eye(self.n + 1), self.noise_std)

    def draw(self, replications: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Data sets X, shape (B, n, d), and y, shape (B, n)."""
        X = rng.standard_normal((replications, self.n, self.d))
        noise = self.noise_std * rng.standard_normal((replications, self.n))
        return X, X[..., : self.nonzero].sum(axis=-1) + noise

    def in_axes(self, X: FloatArray) -> FloatArray:
        """X in n + 1 orthonormal axes of its own, in which training and every loss are the same: shape (B, n, n + 1).

        The first is θ₀'s direction; the others span what the samples have besides, and X there is the triangular factor
        of their inner products.
        """
        along = X[..., : self.nonzero].sum(axis=-1) / np.sqrt(self.nonzero)
        factor = np.linalg.cholesky(X @ X.mT - along[..., :, None] * along[..., None, :])
        axes: FloatArray = np.concatenate([along[..., None], factor], axis=-1)
        return axes

    def train(self, X: FloatArray, y: FloatArray, radius: float, record: tuple[str, ...]) -> Training:
        """Algorithm 1 from zero on every data set, every step recorded."""
        return adversarial_training(
            self.in_axes(X), y, radius, self.smoothing, step_size=self.step_size, steps=self.steps, record=record,
            population=self.population,
        )  # fmt: skip

    def curves(self, seed: int, record: tuple[str, ...]) -> dict[str, FloatArray]:
        """Curves of all trainings on the same data sets, (radii, replications, steps + 1), and "linear" without attack.

        "linear" is the mean of squared residuals at radius 0 from the eigenvalues of XXᵀ, shape (replications, SHOWN).
        """
        X, y = self.draw(self.replications, np.random.default_rng(seed))
        runs = [self.train(X, y, radius, record).curves for radius in self.radii]
        found = {name: np.stack([run[name] for run in runs]) for name in record}
        return found | {"linear": linear_residuals(X, y, self.step_size, np.arange(SHOWN + 1)) ** 2}

    def change(self, **what: object) -> "Experiment":
        """Another experiment, for a mutant."""
        return replace(self, **what)  # type: ignore[arg-type]


FIGURE_3 = Experiment()


def panel(title: str, label: str, radii: tuple[float, ...], curves: FloatArray, *predicted: Series) -> Chart:
    """Mean and one standard deviation of every radius's curves, shape (radii, replications, steps + 1)."""
    shown = curves[..., : SHOWN + 1]
    steps = tuple(float(t) for t in range(shown.shape[-1]))
    bands = tuple(
        Series(f"ε = {radius}", steps, _row(mean), _row(mean - std), _row(mean + std))
        for radius, mean, std in zip(radii, shown.mean(axis=1), shown.std(axis=1, ddof=1), strict=True)
    )
    return Chart(title, "step", label, (*bands, *predicted))


def linear_prediction(curves: FloatArray) -> Series:
    """The mean that linear dynamics predicts without attack."""
    return Series("predicted, ε = 0", tuple(float(t) for t in range(curves.shape[-1])), _row(curves.mean(axis=0)))


def _row(values: FloatArray) -> tuple[float, ...]:
    return tuple(values.tolist())
