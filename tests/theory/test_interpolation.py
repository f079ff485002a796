"""The interpolator's law: its quadrature against exact moments and limits; thresholds against brute force."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import beta

from theory.interpolation import InterpolatorLaw, empirical_null_threshold, interpolation_threshold
from theory.population import EPS
from theory.validation import FloatArray

LAWS = [
    InterpolatorLaw(1, 9, 1.0, 0.5),
    InterpolatorLaw(2, 20, 1.0, 1.0),
    InterpolatorLaw(20, 1000, math.sqrt(10), 1.0),
    InterpolatorLaw(200, 10**6, 0.1, 3.0),
    InterpolatorLaw(5, 30, 2.0, 0.0),
    InterpolatorLaw(5, 30, 0.0, 2.0),
]


@pytest.mark.parametrize(("true_size", "noise_std", "nodes"), [(1.0, 0.5, 8**3), (1.0, 0.0, 8), (0.0, 0.5, 8)])
def test_a_variable_that_is_multiplied_by_zero_gets_a_single_node(
    true_size: float, noise_std: float, nodes: int
) -> None:
    assert all(part.shape == (nodes,) for part in InterpolatorLaw(5, 30, true_size, noise_std).variables(8))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_weights_sum_to_one_and_nodes_lie_in_their_ranges(law: InterpolatorLaw) -> None:
    share, ratio, cosine, weights = law.variables()
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=64 * EPS)
    assert share.min() >= 0
    assert share.max() <= 1
    assert ratio.min() >= 0
    assert np.abs(cosine).max() <= 1


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_quadrature_has_the_exact_moments(law: InterpolatorLaw) -> None:
    # At d = 10^6 the angles are near 1e-2 and the densities, of power 10^6, lose six digits of them.
    tolerance = 1e-9
    mean = float(law.mean(lambda norm, error: norm))
    assert mean == pytest.approx(law.squared_norm_mean, rel=tolerance)
    assert float(law.mean(lambda norm, error: error)) == pytest.approx(law.squared_error_mean, rel=tolerance)
    spread = float(law.mean(lambda norm, error: (norm - mean) ** 2))
    assert spread == pytest.approx(law.squared_norm_variance, rel=tolerance)


def test_figure_three_has_the_known_moments() -> None:
    law = InterpolatorLaw(20, 1000, math.sqrt(10), 1.0)
    assert law.squared_norm_mean == pytest.approx(0.22042901, abs=5e-9)  # the digits that are known
    assert law.squared_norm_variance == pytest.approx(4.772010e-3, abs=1e-9)


def test_mean_of_several_functions_at_once_has_their_shape() -> None:
    law = LAWS[0]
    both = law.mean(lambda norm, error: np.stack([norm, error]))
    assert both == pytest.approx([law.squared_norm_mean, law.squared_error_mean], rel=1e-12)


def test_share_has_the_beta_law() -> None:
    law = InterpolatorLaw(6, 20, 1.0, 0.0)
    expected, _ = quad(lambda b: np.exp(b) * beta(3, 7).pdf(b), 0, 1)
    assert float(law.mean(lambda norm, error: np.exp(norm))) == pytest.approx(expected, rel=1e-9)


def test_moments_that_do_not_exist_are_infinite() -> None:
    assert InterpolatorLaw(5, 6, 1.0, 1.0).squared_norm_mean == math.inf
    assert InterpolatorLaw(5, 6, 1.0, 1.0).squared_error_mean == math.inf
    assert InterpolatorLaw(5, 8, 1.0, 1.0).squared_norm_variance == math.inf
    assert math.isfinite(InterpolatorLaw(5, 9, 1.0, 1.0).squared_norm_variance)
    assert InterpolatorLaw(5, 6, 1.0, 0.0).squared_norm_mean == pytest.approx(5 / 6, rel=4 * EPS)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_risk_without_attack_is_the_error_and_the_noise(law: InterpolatorLaw) -> None:
    assert law.risk_mean(0.0) == pytest.approx(law.squared_error_mean + law.noise_std**2, rel=1e-9)


@pytest.mark.parametrize(("law", "tolerance"), [(LAWS[0], 1e-5), (LAWS[1], 1e-6), (LAWS[2], 1e-12), (LAWS[3], 1e-11)])
def test_more_nodes_change_the_risk_as_little_as_announced(law: InterpolatorLaw, tolerance: float) -> None:
    assert law.risk_mean(0.5) == pytest.approx(law.risk_mean(0.5, nodes=128), rel=tolerance)


def test_smoothing_lowers_the_risk_and_vanishing_smoothing_does_not() -> None:
    law = LAWS[2]
    risks = [law.risk_mean(0.5, smoothing) for smoothing in (0.0, 1e-9, 0.1, 10.0)]
    assert risks[0] == pytest.approx(risks[1], rel=1e-8)
    assert risks[1] > risks[2] > risks[3] > law.risk_mean(0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5, 1.0, 1.0), "n must be at least 1, got 0"),
        ((5, 5, 1.0, 1.0), "d must be larger than n = 5, got 5"),
        ((1.5, 5, 1.0, 1.0), "n must be an integer, got 1.5"),
        ((1, 5.0, 1.0, 1.0), "d must be an integer, got 5.0"),
        ((1, 5, -1.0, 1.0), "true_size must be non-negative, got -1.0"),
        ((1, 5, 1.0, math.nan), "noise_std must be finite, got nan"),
    ],
)
def test_a_law_refuses_bad_input(arguments: tuple[int, int, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InterpolatorLaw(*arguments)


def test_a_law_refuses_a_negative_radius_and_smoothing() -> None:
    with pytest.raises(ValueError, match="radius must be non-negative"):
        LAWS[0].risk_mean(-1.0)
    with pytest.raises(ValueError, match="smoothing must be non-negative"):
        LAWS[0].risk_mean(1.0, -1.0)


def loss(X: FloatArray, y: FloatArray, radius: float, coefficients: FloatArray) -> float:
    moved = radius * np.sqrt(coefficients @ coefficients)
    return float(np.mean((np.abs(X @ coefficients - y) + moved) ** 2))


def sample(n: int, d: int, seed: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n,))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_brute_force_finds_a_lower_loss_only_beyond_the_interpolation_threshold(factor: float, seed: int) -> None:
    X, y = sample(2, 3, seed)
    interpolator = np.linalg.pinv(X) @ y
    radius = factor * interpolation_threshold(X, y)
    here = loss(X, y, radius, interpolator)
    starts = interpolator + 0.1 * np.random.default_rng(9).normal(size=(20, 3))
    options = {"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000, "maxfev": 4000}
    found = min(
        minimize(lambda t: loss(X, y, radius, t), start, method="Nelder-Mead", options=options).fun for start in starts
    )
    # Nelder-Mead stalls at the kinks, never below the minimum: only the rounding of the loss is left there.
    assert (found < here * (1 - 1e-6)) == (factor > 1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_step_from_zero_lowers_the_loss_only_below_the_null_threshold(factor: float, seed: int) -> None:
    X, y = sample(5, 3, seed)
    radius = factor * empirical_null_threshold(X, y)
    directions = np.vstack([X.T @ y, np.random.default_rng(1).normal(size=(200, 3))])
    falls = [loss(X, y, radius, 1e-6 * u / np.sqrt(u @ u)) < loss(X, y, radius, 0 * u) for u in directions]
    assert any(falls) == (factor < 1)


@pytest.mark.parametrize("threshold", [interpolation_threshold, empirical_null_threshold])
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_thresholds_scale_with_the_data(threshold: object, scale: float) -> None:
    assert callable(threshold)
    X, y = sample(3, 5, 0)
    assert threshold(scale * X, y / scale) == pytest.approx(scale * threshold(X, y), rel=64 * EPS)


def test_thresholds_without_responses() -> None:
    X, _ = sample(3, 5, 0)
    assert interpolation_threshold(X, np.zeros(3)) == math.inf
    assert empirical_null_threshold(X, np.zeros(3)) == 0


@pytest.mark.parametrize("threshold", [interpolation_threshold, empirical_null_threshold])
def test_thresholds_refuse_bad_input(threshold: object) -> None:
    assert callable(threshold)
    with pytest.raises(ValueError, match=r"X must have shape \(n, d\) with n >= 1 and d >= 1, got shape \(0, 3\)"):
        threshold(np.empty((0, 3)), np.empty(0))
    with pytest.raises(ValueError, match=r"y must have shape \(2,\), got shape \(3,\)"):
        threshold(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="X must be finite, got nan"):
        threshold(np.full((1, 2), np.nan), np.ones(1))
    with pytest.raises(ValueError, match="y must be finite, got inf"):
        threshold(np.ones((1, 2)), np.full(1, np.inf))


@pytest.mark.parametrize("X", [np.ones((2, 3)), np.zeros((1, 2)), np.eye(3)[:, :2]])
def test_interpolation_needs_full_row_rank(X: FloatArray) -> None:
    with pytest.raises(ValueError, match="X must have full row rank"):
        interpolation_threshold(X, np.ones(len(X)))
