"""The bound on the risk of every θ, against its dual norm by brute force and against risks of many θ."""

from itertools import product

import numpy as np
import pytest

from theory.duality import duality_gap
from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import C0, adversarial_risk
from theory.validation import FloatArray

POPULATION = LinearGaussian(
    np.array([1.0, -0.5, 0.25]), np.array([[4.0, 0.4, 0.0], [0.4, 1.0, -0.3], [0.0, -0.3, 0.25]]), 0.7
)
DIRECTIONS = np.array([[-0.1, 0.2, 0.05], [-2.0, 0.5, -0.1], [-0.01, 0.0, 0.0], [-9.0, 3.0, -2.0]])
SETTINGS = list(product((2.0, np.inf), (0.05, 0.4, 3.0)))


def _bound(direction: FloatArray, radius: float, norm: float) -> float:
    """The lower bound on sqrt(R): the dual objective over N°, by 200,001 angles of the quadrant on which N is 1."""
    length = np.hypot(lp_norm(direction, 2.0), POPULATION.noise_std)
    u, u_noise = direction / length, POPULATION.noise_std / length
    stds, axes = POPULATION.spectrum
    value = -(axes @ (stds * u)) @ POPULATION.true_coefficients + u_noise * POPULATION.noise_std
    a, b = 1.0, lp_norm(axes @ (stds * u), norm)  # ‖(u, u_noise)‖₂ is 1
    angle = np.linspace(0, np.pi / 2, 200_001)
    s, m = np.cos(angle), np.sin(angle)
    size = np.sqrt(s**2 + 2 * radius * C0 * s * m + radius**2 * m**2)
    return float(max(value, 0.0) / ((a * s + b * m) / size).max())


@pytest.mark.parametrize(("norm", "radius"), SETTINGS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_gap_is_that_of_the_dual_objective_over_the_dual_norm(
    direction: FloatArray, norm: float, radius: float
) -> None:
    risk = 3.0 * _bound(direction, radius, norm) ** 2 + 0.5
    found = _gap(risk, direction, radius, norm)
    # The maximum over angles is at most (π/400,000)² below that over the quadrant, relative to its curvature.
    assert found == pytest.approx(1 - _bound(direction, radius, norm) ** 2 / risk, rel=1e-6)


@pytest.mark.parametrize(("norm", "radius"), SETTINGS)
def test_no_risk_is_below_the_bound_of_any_direction(norm: float, radius: float) -> None:
    rng = np.random.default_rng(5)
    scales = rng.uniform(-0.2, 1.2, (2000, 1))
    thetas = POPULATION.true_coefficients * scales + 0.2 * rng.standard_normal((2000, 3))
    risks = adversarial_risk(thetas, POPULATION, radius, norm=norm)
    least, best = float(risks.min()), thetas[risks.argmin()]
    stds, axes = POPULATION.spectrum
    nearly_optimal = stds * ((best - POPULATION.true_coefficients) @ axes)
    bounds = [least * (1 - _gap(least, direction, radius, norm)) for direction in (*DIRECTIONS, nearly_optimal)]
    assert 0.7 * least < max(bounds) <= least


def test_a_risk_of_zero_has_no_gap() -> None:
    noiseless = LinearGaussian(np.array([1.0, 0.0]), np.eye(2), 0.0)
    assert duality_gap(np.zeros(1), np.zeros((1, 2)), noiseless, np.array([0.1]), 2.0) == 0.0


def _gap(risk: float, direction: FloatArray, radius: float, norm: float) -> float:
    return float(duality_gap(np.array([risk]), direction[None], POPULATION, np.array([radius]), norm)[0])
