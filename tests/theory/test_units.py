"""Neither the units of the data nor nearly equal numbers cost digits: each case here once lost most of them."""

import math

import flint
import numpy as np
import pytest

from theory import smoothed_moments
from theory.interpolation import interpolation_threshold
from theory.interpolation_stability import Interpolation
from theory.norms import complement
from theory.optimum import exact_recovery_threshold
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_hessian
from theory.surrogate import surrogate_risk_hessian

EPS = float(np.finfo(np.float64).eps)
ROUNDING = 64 * EPS
COVARIANCE = np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
TRUTH, THETA = np.array([1.0, -2.0, 0.5]), np.array([0.75, -1.0, 3.0])
UNITS = np.array([2.0**90, 1.0, 2.0**-110])


def in_units(units: np.ndarray, noise_std: float = 0.5) -> LinearGaussian:
    return LinearGaussian(TRUTH / units, COVARIANCE * np.outer(units, units), noise_std)


def test_residual_std_does_not_depend_on_the_units_of_the_coordinates() -> None:
    assert in_units(UNITS).residual_std(THETA / UNITS) == pytest.approx(
        in_units(np.ones(3)).residual_std(THETA), rel=ROUNDING
    )


def test_covariance_given_the_residual_scales_with_the_units_and_keeps_its_digits() -> None:
    plain = in_units(np.ones(3))
    left = plain.covariance_given_residual(THETA)
    pull = COVARIANCE @ (THETA - TRUTH) / plain.residual_std(THETA)
    np.testing.assert_allclose(left, COVARIANCE - np.outer(pull, pull), rtol=0, atol=ROUNDING)
    scaled = in_units(UNITS).covariance_given_residual(THETA / UNITS)
    np.testing.assert_allclose(scaled / np.outer(UNITS, UNITS), left, rtol=ROUNDING, atol=ROUNDING)
    alone = LinearGaussian(np.zeros(1), np.eye(1), 1e-9)
    assert alone.covariance_given_residual([1.0])[0, 0] == pytest.approx(1e-18, rel=ROUNDING)


def test_covariance_given_no_residual_is_the_covariance() -> None:
    population = in_units(np.ones(3), noise_std=0.0)
    np.testing.assert_allclose(population.covariance_given_residual(TRUTH), COVARIANCE, rtol=ROUNDING)
    batch = population.covariance_given_residual(np.stack([TRUTH, THETA]))
    np.testing.assert_allclose(batch[1], population.covariance_given_residual(THETA), rtol=ROUNDING, atol=ROUNDING)


def test_complement_of_a_unit_vector_close_to_an_axis_keeps_its_digits() -> None:
    small = 1e-9
    found = complement(np.array([math.sqrt(1 - small**2), small]))
    np.testing.assert_allclose(found, [[small**2, -small], [-small, 1.0]], rtol=ROUNDING)
    np.testing.assert_array_equal(complement(np.zeros(2)), np.zeros((2, 2)))


def test_hessians_next_to_zero_in_one_dimension_have_no_curvature_of_the_norm() -> None:
    # For d = 1, σ = 1 and Σ = 1 the risk is s² + 2εc₀|θ|s + ε²θ² with s² = (θ - 1)² + 1.
    population, radius, theta = LinearGaussian(np.ones(1), np.eye(1), 1.0), 0.5, 1e-12
    s = math.sqrt(2.0)
    slope = -1 / s
    expected = 2 + 2 * radius * math.sqrt(2 / math.pi) * 2 * slope + 2 * radius**2
    assert adversarial_risk_hessian([theta], population, radius)[0, 0] == pytest.approx(expected, rel=1e-10)
    smoothed = surrogate_risk_hessian([theta], population, radius, 1e-26)[0, 0]
    assert smoothed == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [1e-150, 1e-40, 1e-3, 0.2, 0.499, 0.5, 1.0, 3.0, 40.0, 1e6])
def test_the_moment_that_changes_sign_is_accurate_to_the_size_of_its_terms(shape: float) -> None:
    # E[2k⁴Z²/D^(5/2)] and E[k²Z⁴/D^(5/2)] by Tricomi's U.
    with flint.ctx.workprec(256):
        k = flint.arb(shape)
        half, z = flint.arb(1) / 2, k * k / 2
        scale = k**2 / (2 * flint.arb.pi()).sqrt()
        parts = [2 * (3 * half).gamma() * z.hypgeom_u(3 * half, 0), (5 * half).gamma() * z.hypgeom_u(5 * half, 1)]
        exact, size = scale * (parts[0] - parts[1]), scale * (parts[0] + parts[1])
        error = abs(flint.arb(float(smoothed_moments.cross_turn(shape))) - exact) / size
    assert float(error.upper()) < 16 * EPS


def test_the_moment_that_changes_sign_is_0_at_both_ends() -> None:
    assert smoothed_moments.cross_turn(0.0) == smoothed_moments.cross_turn(math.inf) == 0
    assert smoothed_moments.cross_turn.scaled(math.inf) == pytest.approx(2, rel=ROUNDING)


@pytest.mark.parametrize("share", [1e-12, 1e-3, 0.5, 1 - 2.0**-20])
def test_stable_smoothing_keeps_its_digits_for_short_steps_and_next_to_the_longest(share: float) -> None:
    at = Interpolation(4, 3.0, np.array([1.0, 8.0]))
    slack = (1 - share) / share
    frozen, full = (at.stable_smoothing(0.25, share / 2, update) for update in ("frozen", "full"))
    assert frozen == pytest.approx(4.5 / slack, rel=ROUNDING)
    assert full == pytest.approx(4.5 / slack * (1 + math.sqrt(1 / share)), rel=ROUNDING)
    assert at.stable_smoothing(0.25, 0.0, "full") == 0


def test_exact_recovery_threshold_scales_with_the_units_of_all_and_is_accurate_with_units_of_each() -> None:
    variances = np.array([2.0**180, 1.0, 2.0**-220])
    found = exact_recovery_threshold(LinearGaussian(TRUTH, np.diag(variances), 0.0))
    expected = math.sqrt(2 / math.pi) * np.linalg.norm(TRUTH) / math.hypot(*(TRUTH / np.sqrt(variances)))
    assert found == pytest.approx(expected, rel=ROUNDING)


def test_interpolation_threshold_keeps_its_digits_when_a_sample_is_tiny() -> None:
    # Orthogonal samples: α_i = y_i/‖x_i‖², θ(y) the sum of the x_i α_i.
    X, y = np.diag([1.0, 1e-9, 1e-3]), np.array([1.0, 1e-9, 2e-3])
    X[:2, :2] = X[:2, :2] @ np.array([[0.6, 0.8], [-0.8, 0.6]])
    expected = math.sqrt(1 + 1 + 4) / (3 * 1e9)
    assert interpolation_threshold(X, y) == pytest.approx(expected, rel=ROUNDING)
