"""Adversarial risk: quadrature, finite differences with error bars, and convexity as an oracle at the kinks."""

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize

from theory import notation
from theory.norms import dual_norm, dual_perturbation
from theory.population import EPS, LinearGaussian
from theory.risk import RISK, adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian
from theory.validation import FloatArray

FUNCTIONS = [adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian]
TWO_NORMS = [2, math.inf]


def population(noise_std: float = 0.5, d: int = 4, rank: int | None = None, seed: int = 0) -> LinearGaussian:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, rank or d))
    return LinearGaussian(rng.normal(size=d), root @ root.T, noise_std)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("coefficients", [1.0, [1.0], np.ones((4, 3)), [1, 1, 1, math.nan], [1, 1, 1, "x"]])
def test_wrong_coefficients_are_refused(function: Callable[..., object], coefficients: object) -> None:
    with pytest.raises(ValueError, match=r"coefficients must .*got"):
        function(coefficients, population(), 1.0)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf, "a", [1.0], None])
def test_a_wrong_radius_is_refused(function: Callable[..., object], radius: float) -> None:
    with pytest.raises(ValueError, match=r"radius must .*got"):
        function(np.ones(4), population(), radius)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("norm", [0.5, math.nan, "2", -2, None])
def test_a_wrong_norm_is_refused(function: Callable[..., object], norm: float) -> None:
    with pytest.raises(ValueError, match=r"norm must .*got"):
        function(np.ones(4), population(), 1.0, norm)


@pytest.mark.parametrize("function", FUNCTIONS[1:])
def test_derivatives_refuse_other_norms(function: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"norm must be 2 or inf, got 3"):
        function(np.ones(4), population(), 1.0, 3)


@pytest.mark.parametrize("norm", [1, 1.5, 2, 4, math.inf])
@pytest.mark.parametrize("radius", [0.0, 0.3, 5.0])
def test_the_risk_is_the_expected_square_of_the_attacked_residual(norm: float, radius: float) -> None:
    model, theta = population(), np.array([0.4, -1.0, 0.0, 2.0])
    s, shift = float(model.residual_std(theta)), float(theta @ dual_perturbation(theta, norm, radius))
    with mpmath.workdps(30):
        exact = 2 * mpmath.quad(lambda g: mpmath.npdf(g) * (s * g + shift) ** 2, [0, 2, 8, mpmath.inf])
    assert adversarial_risk(theta, model, radius, norm) == pytest.approx(float(exact), rel=32 * EPS)


def test_the_published_expression_is_what_the_function_computes() -> None:
    model, theta = population(), np.array([0.4, -1.0, 0.0, 2.0])
    for norm in (2, math.inf):
        values = {
            notation.residual_std: model.residual_std(theta),
            notation.coefficient_norm: dual_norm(theta, norm),
            notation.radius: 0.7,
        }
        assert adversarial_risk(theta, model, 0.7, norm) == pytest.approx(float(RISK.subs(values)), rel=16 * EPS)


@pytest.mark.parametrize("scale", [1e-150, 1e-70, 1e70, 1e150])
def test_the_risk_scales_as_a_square(scale: float) -> None:
    small, large = LinearGaussian([1.0], [[1.0]], 1.0), LinearGaussian([scale], [[1.0]], scale)
    unit = adversarial_risk([0.5], small, 2.0)
    assert adversarial_risk([0.5 * scale], large, 2.0) / scale / scale == pytest.approx(unit, rel=16 * EPS)


def test_an_overflow_is_inf_and_silent() -> None:
    model = LinearGaussian([1.0], [[1.0]], 1.0)
    assert adversarial_risk([1e300], model, 1.0) == np.inf
    assert adversarial_risk([1e10], model, 1e300) == np.inf
    assert adversarial_risk([0.0], model, 1e300) == pytest.approx(2.0)


def finite_difference(
    function: Callable[[FloatArray], FloatArray], theta: FloatArray, step: float
) -> tuple[FloatArray, float]:
    """Central differences along each axis, and a bound on their error: Richardson's plus rounding."""
    axes = np.eye(len(theta))

    def central(h: float) -> FloatArray:
        return np.stack([(function(theta + h * a) - function(theta - h * a)) / (2 * h) for a in axes])

    coarse, fine = central(2 * step), central(step)
    rounding = 64 * EPS * (np.abs(function(theta)).max() + 1) / step
    return (4 * fine - coarse) / 3, np.abs(fine - coarse).max() + rounding


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("noise_std", [0.0, 0.5])
@pytest.mark.parametrize("radius", [0.0, 0.7, 4.0])
def test_derivatives_agree_with_finite_differences(norm: float, noise_std: float, radius: float) -> None:
    model = population(noise_std)
    rng = np.random.default_rng(5)
    for _ in range(5):
        theta = rng.choice([-1, 1], 4) * rng.uniform(0.5, 2, 4)
        difference, error = finite_difference(lambda t: adversarial_risk(t, model, radius, norm), theta, 1e-4)
        gradient = adversarial_risk_gradient(theta, model, radius, norm)
        assert np.abs(gradient - difference).max() <= error
        difference, error = finite_difference(lambda t: adversarial_risk_gradient(t, model, radius, norm), theta, 1e-4)
        hessian = adversarial_risk_hessian(theta, model, radius, norm)
        assert np.abs(hessian - difference).max() <= error
        # The test has power only where its own error is small beside what it measures.
        assert error < 1e-4 * np.abs(hessian).max()


def kinks() -> list[tuple[LinearGaussian, FloatArray, float]]:
    zero_coordinate = np.array([0.4, 0.0, -1.0, 0.0])
    sparse = LinearGaussian(zero_coordinate, population().covariance, 0.0)
    sparse_singular = LinearGaussian(zero_coordinate, population(rank=2).covariance, 0.0)
    clean, noisy = population(0.0), population()
    return [
        (noisy, np.zeros(4), 2),
        (clean, np.zeros(4), 2),
        (noisy, np.zeros(4), math.inf),
        (noisy, zero_coordinate, math.inf),
        (clean, clean.true_coefficients, 2),
        (clean, clean.true_coefficients, math.inf),
        (sparse, zero_coordinate, 2),
        (sparse, zero_coordinate, math.inf),
        (sparse_singular, zero_coordinate, 2),
        (sparse_singular, zero_coordinate, math.inf),
    ]


@pytest.mark.parametrize(("model", "theta", "norm"), kinks())
@pytest.mark.parametrize("radius", [0.05, 0.5, 1.0, 3.0])
def test_at_a_kink_the_gradient_is_a_subgradient_and_the_least_one(
    model: LinearGaussian, theta: FloatArray, norm: float, radius: float
) -> None:
    gradient = adversarial_risk_gradient(theta, model, radius, norm)
    value = adversarial_risk(theta, model, radius, norm)
    points = theta + np.random.default_rng(1).normal(size=(2000, 4)) * np.logspace(-6, 1, 2000)[:, None]
    gain = adversarial_risk(points, model, radius, norm) - value - (points - theta) @ gradient
    assert gain.min() >= -256 * EPS * adversarial_risk(points, model, radius, norm).max()
    # The one-sided slope along -g/‖g‖ is -‖g‖ for the least subgradient g, and closer to 0 or positive for any other.
    size = np.linalg.norm(gradient)
    if size > 1e-8:
        step = 1e-7
        slope = (adversarial_risk(theta - step * gradient / size, model, radius, norm) - value) / step
        curvature = 2 * (np.linalg.norm(model.covariance, 2) + 4 * radius**2) * 10
        assert slope == pytest.approx(-size, abs=step * curvature + 16 * EPS * value / step)
    assert np.isnan(adversarial_risk_hessian(theta, model, radius, norm)).all()


@pytest.mark.parametrize("norm", TWO_NORMS)
def test_the_least_subgradient_where_all_kinks_meet_agrees_with_a_general_optimiser(norm: float) -> None:
    model, theta, _ = kinks()[7]
    zero, radius, c0 = theta == 0, 0.9, math.sqrt(2 / math.pi)
    unit = theta / np.linalg.norm(theta) if norm == 2 else np.sign(theta)

    def element(x: FloatArray) -> FloatArray:
        box = np.where(zero & (norm != 2), x[4:], unit)
        return 2 * radius * dual_norm(theta, norm) * (radius * box + c0 * model.covariance_sqrt @ x[:4])

    found = minimize(
        lambda x: element(x) @ element(x),
        np.full(8, 0.1),
        bounds=[(-1, 1)] * 8,
        constraints={"type": "ineq", "fun": lambda x: 1 - x[:4] @ x[:4]},
        options={"ftol": 1e-14, "maxiter": 1000},
        method="SLSQP",
    )
    ours = np.linalg.norm(adversarial_risk_gradient(theta, model, radius, norm))
    # ftol bounds the optimiser's squared norm; the comparison of norms takes its square root.
    assert ours == pytest.approx(math.sqrt(found.fun), abs=1e-6)
    assert ours > 0.1


def test_without_attack_there_is_no_kink() -> None:
    model = population(0.0)
    for theta in (np.zeros(4), model.true_coefficients):
        np.testing.assert_array_equal(adversarial_risk_hessian(theta, model, 0.0), 2 * model.covariance)
    assert not adversarial_risk_gradient(model.true_coefficients, model, 0.0).any()


def test_nothing_to_predict_means_no_slope_at_zero() -> None:
    model = LinearGaussian(np.zeros(3), np.eye(3), 0.0)
    for norm in TWO_NORMS:
        assert not adversarial_risk_gradient(np.zeros(3), model, 1.0, norm).any()


@pytest.mark.parametrize("norm", TWO_NORMS)
def test_batches_mix_smooth_points_and_kinks(norm: float) -> None:
    model = population(0.0)
    theta = np.stack([np.zeros(4), model.true_coefficients, np.ones(4), -np.ones(4)]).reshape(2, 2, 4)
    gradient = adversarial_risk_gradient(theta, model, 0.4, norm)
    hessian = adversarial_risk_hessian(theta, model, 0.4, norm)
    assert gradient.shape == (2, 2, 4)
    assert hessian.shape == (2, 2, 4, 4)
    assert np.isnan(hessian[0]).all()
    assert np.isfinite(hessian[1]).all()
    for index in np.ndindex(2, 2):
        single = adversarial_risk_gradient(theta[index], model, 0.4, norm)
        np.testing.assert_allclose(gradient[index], single, rtol=0, atol=64 * EPS * np.abs(gradient).max())


def test_gradient_at_the_exact_recovery_threshold_is_the_least_subgradient() -> None:
    model = LinearGaussian([3.0, 0.2], np.diag([3.31, 3.16]), 0.0)
    gradient = adversarial_risk_gradient(model.true_coefficients, model, 1.451471304290202)
    assert np.abs(gradient).max() <= 64 * np.finfo(np.float64).eps * adversarial_risk(
        model.true_coefficients, model, 1.451471304290202
    )
