"""Exact minimisers of the adversarial training loss on drawn samples, over what the limit d/n → c says of them."""

from dataclasses import dataclass

import numpy as np

from checks.claim import Check
from checks.evidence import trend
from checks.javanmard2020.settings import Setting, Value
from models.linear import adversarial_minimizer
from theory.risk import risk_of
from theory.validation import FloatArray

GAP = 1e-11  # relative duality gap of every minimiser; zero residuals are then below 1e-7, and all others above
ZERO = 1e-6

SETTINGS = (
    Setting(1.0, 0.5, 0.5, 0.5),
    Setting(1.0, 0.5, 0.5, 1.0),
    Setting(1.0, 0.5, 1.0, 1.0),
    Setting(1.0, 0.5, 0.5, 2.0),
)
"""Fewer coordinates than samples, as many, and more; two radii."""


@dataclass(frozen=True, eq=False)
class Minimisers:
    """Of each sample's minimiser, shape (replicates,): the training loss, ‖θ̂ - θ₀‖, ‖θ̂‖, and the share of residuals
    that are 0."""

    training_loss: FloatArray
    error: FloatArray
    size: FloatArray
    zero_residual_fraction: FloatArray
    setting: Setting

    @property
    def clean_risk(self) -> FloatArray:
        """‖θ̂ - θ₀‖² + σ²."""
        return self.error**2 + self.setting.noise_std**2

    @property
    def risk(self) -> FloatArray:
        """The risk under an attack of the training's radius."""
        return risk_of(np.sqrt(self.clean_risk), self.setting.radius * self.size)


def minimise(setting: Setting, n: int, replicates: int, rng: np.random.Generator) -> Minimisers:
    """Minimisers on samples of n pairs in cn dimensions, θ₀ along the first; ArithmeticError without certificate."""
    d = round(setting.aspect_ratio * n)
    truth = np.eye(d)[0] * setting.signal_norm
    X = rng.standard_normal((replicates, n, d))
    y = X @ truth + setting.noise_std * rng.standard_normal((replicates, n))
    found = adversarial_minimizer(X, y, setting.radius, tol=GAP)
    if not found.converged.all():
        raise ArithmeticError(f"minimiser must have a relative gap of {GAP}, got {found.gap}")
    theta = found.coefficients
    residual = np.abs((X @ theta[..., None])[..., 0] - y)
    error, size = (np.sqrt(np.sum(vector**2, axis=-1)) for vector in (theta - truth, theta))
    return Minimisers(found.objective, error, size, np.mean(residual < ZERO, axis=-1), setting)


SWEEP = trend.Sweep((20, 40, 80, 160), 3, float, "n", effort=lambda n: 120 / n)


def minimisers(name: str, quantity: str, resolution: float, claim: str) -> Check[Value]:
    """A check that a `quantity` of exact minimisers, over the computed limit, tends to a formula's value over that.

    The mean over `SETTINGS` is measured, with a correction of order 1/n.
    """

    def ratios(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
        drawn = (minimise(setting, n, replicates, rng) for setting in SETTINGS)
        parts = [getattr(found, quantity) / getattr(found.setting.limit, quantity) for found in drawn]
        ratio: FloatArray = np.mean(parts, axis=0)
        return ratio

    def claimed(formula: Value) -> trend.Limit:
        parts = [formula(setting) / getattr(setting.limit, quantity) for setting in SETTINGS]
        return trend.Limit(float(np.mean(parts)), (1.0,))

    scope = "d/n = 1/2, 1, 1 and 2, ε = 1/2, 1/2, 1 and 1/2, ‖θ₀‖ = 1, σ = 1/2, n from 20"
    return trend.limit(name, SWEEP, ratios, claimed, 1.0, resolution, f"{claim}, over the computed limit", scope)
