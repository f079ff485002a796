"""Minimisers: certificates, brute force, both sides of each threshold, singular covariances."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from theory import notation
from theory.kinks import nearest_subgradient
from theory.norms import dual_norm
from theory.optimum import (
    NULL_THRESHOLD,
    SHRINKAGE_EQUATION,
    exact_recovery_threshold,
    minimizer_path,
    null_threshold,
    robust_minimizer,
    standard_risk_cost,
)
from theory.population import EPS, LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient
from theory.validation import FloatArray

TWO_NORMS = [2, math.inf]
# The gap is a difference of two numbers near 1, each from sums of d terms in the axes of Σ.
GAP = 1e-12
FRACTIONS = np.array([0, 1e-10, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1 - 1e-10, 1, 1.1])


def covariances(d: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    root, low = rng.normal(size=(d, d)), rng.normal(size=(d, max(1, d // 2)))
    axes = np.linalg.qr(root)[0]
    near = (axes * np.logspace(-10, 0, d)) @ axes.T
    return {
        "identity": np.eye(d),
        "diagonal": np.diag(np.logspace(-3, 3, d)),
        "toeplitz": 0.9 ** np.abs(np.subtract.outer(range(d), range(d))),
        "steep toeplitz": 0.999999 ** np.abs(np.subtract.outer(range(d), range(d))),
        "equicorrelated": 0.5 * np.eye(d) + 0.5,
        "block": np.kron(np.eye((d + 1) // 2), [[1, 0.5], [0.5, 1]])[:d, :d],
        "random": root @ root.T,
        "nearly singular": near / 2 + near.T / 2,
        "singular": low @ low.T,
        "rank one": np.ones((d, d)),
        "null": np.zeros((d, d)),
    }


def truths(d: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    return {
        "ones": np.ones(d),
        "normal": rng.normal(size=d),
        "sparse": rng.normal(size=d) * (np.arange(d) % 3 == 0),
        "integer": rng.integers(-2, 3, d).astype(float),
        "spread": np.logspace(-8, 3, d),
        "zero": np.zeros(d),
    }


def population(noise_std: float = 0.5, d: int = 4, seed: int = 0) -> LinearGaussian:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    return LinearGaussian(rng.normal(size=d), root @ root.T, noise_std)


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf, "a", [1.0]])
@pytest.mark.parametrize("function", [robust_minimizer, standard_risk_cost])
def test_a_wrong_radius_is_refused(function: Callable[..., object], radius: float) -> None:
    with pytest.raises(ValueError, match=r"radius must .*got"):
        function(population(), radius)


@pytest.mark.parametrize("radii", [1.0, [[1.0]], [1.0, -1.0], [math.nan], [math.inf], ["a"]])
def test_wrong_radii_are_refused(radii: object) -> None:
    with pytest.raises(ValueError, match=r"radii must .*got"):
        minimizer_path(population(), radii)


@pytest.mark.parametrize("norm", [3, 1, math.nan, "2", None])
def test_minimisers_refuse_other_norms(norm: float) -> None:
    for call in (lambda: robust_minimizer(population(), 1.0, norm), lambda: minimizer_path(population(), [1.0], norm)):
        with pytest.raises(ValueError, match=r"norm must .*got"):
            call()


@pytest.mark.parametrize("norm", [0.5, math.nan, "2", None])
def test_the_threshold_refuses_a_norm_below_one(norm: float) -> None:
    with pytest.raises(ValueError, match=r"norm must .*got"):
        null_threshold(population(), norm)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("kind", list(covariances(1, np.random.default_rng(0))))
@pytest.mark.parametrize("d", [1, 2, 7, 20])
def test_every_minimiser_is_certified(kind: str, d: int, norm: float) -> None:
    rng = np.random.default_rng(d)
    covariance = covariances(d, rng)[kind]
    for truth in truths(d, rng).values():
        for noise_std in (0.0, 1e-6, 0.5, 10.0):
            model = LinearGaussian(truth, covariance, noise_std)
            path = minimizer_path(model, null_threshold(model, norm) * FRACTIONS, norm)
            assert np.abs(path.gap).max() <= GAP


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("noise_std", [0.0, 0.5])
def test_the_certificate_rejects_what_is_not_a_minimiser(norm: float, noise_std: float) -> None:
    """The gap is computed against the exact path; the risk a little away from it must exceed the bound it proves."""
    model = population(noise_std)
    best = robust_minimizer(model, 1.0, norm)
    bound = best.risk * (1 - best.gap)
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-1, 1.0):
        assert adversarial_risk(best.coefficients + size * rng.normal(size=(50, 4)), model, 1.0, norm).min() > bound


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("noise_std", [0.0, 1.0])
@pytest.mark.parametrize("radius", [0.1, 0.8, 1.5, 4.0])
def test_a_general_optimiser_does_no_better(norm: float, noise_std: float, radius: float) -> None:
    model = population(noise_std, d=3, seed=4)
    best = robust_minimizer(model, radius, norm)
    starts = (np.zeros(3), model.true_coefficients, best.coefficients + 0.1)
    found = min(
        minimize(
            adversarial_risk,
            x,
            (model, radius, norm),
            method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000},
        ).fun
        for x in starts
    )
    assert best.risk <= found * (1 + 8 * EPS)
    # Nelder-Mead stalls at kinks; it must come near all the same, or it is no oracle.
    assert found <= best.risk * (1 + 1e-3)


@pytest.mark.parametrize("noise_std", [0.0, 0.3])
@pytest.mark.parametrize("radius", [0.2, 0.75, 0.9, 1.2, 2.0])
def test_one_dimension_agrees_with_a_scalar_search(noise_std: float, radius: float) -> None:
    model = LinearGaussian([2.0], [[1.5]], noise_std)
    found = minimize_scalar(
        lambda t: adversarial_risk([t], model, radius), bounds=(-3, 3), method="bounded", options={"xatol": 1e-12}
    )
    for norm in TWO_NORMS:
        best = robust_minimizer(model, radius, norm)
        # A parabola is flat to rounding within the square root of EPS of its bottom.
        assert best.coefficients[0] == pytest.approx(found.x, abs=1e-6)
        assert best.risk <= found.fun * (1 + 8 * EPS)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("noise_std", [0.0, 0.5])
def test_the_null_threshold_is_sharp(norm: float, noise_std: float) -> None:
    model = population(noise_std)
    threshold = null_threshold(model, norm)
    # Bounds of how near the arithmetic resolves: the threshold itself is rounded.
    assert robust_minimizer(model, threshold * (1 - 16 * EPS), norm).coefficients.any()
    beyond = robust_minimizer(model, threshold * (1 + 16 * EPS), norm)
    assert not beyond.coefficients.any()
    assert beyond.stationarity == 0
    assert beyond.risk == pytest.approx(model.total_std**2, rel=8 * EPS)
    assert beyond.shrinkage == (math.inf if norm == 2 else None)
    assert not adversarial_risk_gradient(np.zeros(4), model, threshold * (1 + 16 * EPS), norm).any()
    assert adversarial_risk_gradient(np.zeros(4), model, threshold * (1 - 1e-12), norm).any()


@pytest.mark.parametrize("norm", [1, 1.5, 3])
def test_the_null_threshold_of_other_norms_is_where_zero_stops_being_best(norm: float) -> None:
    model = population()
    threshold = null_threshold(model, norm)
    points = 1e-4 * np.random.default_rng(0).normal(size=(20000, 4))
    null = adversarial_risk(np.zeros(4), model, threshold, norm)
    assert adversarial_risk(points, model, threshold, norm).min() >= null
    # The best direction is the one that attains ‖Σθ₀‖_p; random ones come near it in four dimensions.
    assert adversarial_risk(points, model, 0.9 * threshold, norm).min() < null


def test_exact_recovery_is_sharp() -> None:
    model = population(0.0)
    threshold = exact_recovery_threshold(model)
    below, above = minimizer_path(model, [threshold * (1 - 16 * EPS), threshold * (1 + 1e-9)]).shrinkage
    assert below == 0
    assert 0 < above < 1e-6
    np.testing.assert_array_equal(robust_minimizer(model, threshold / 2).coefficients, model.true_coefficients)
    assert standard_risk_cost(model, threshold) == 0
    assert standard_risk_cost(model, threshold * (1 + 1e-9)) > 0


def test_noise_rules_out_exact_recovery() -> None:
    assert exact_recovery_threshold(population(1e-100)) == 0
    assert standard_risk_cost(population(0.5), 1e-3) > 0


def test_a_part_of_the_truth_that_no_data_show_is_ignored() -> None:
    whole = LinearGaussian([1.0, 2.0], np.diag([1.0, 4.0]), 0.0)
    hidden = LinearGaussian([1.0, 2.0, 7.0], np.diag([1.0, 4.0, 0.0]), 0.0)
    assert exact_recovery_threshold(hidden) == pytest.approx(exact_recovery_threshold(whole), rel=8 * EPS)
    for norm in TWO_NORMS:
        best = robust_minimizer(hidden, 0.3, norm)
        assert best.coefficients[2] == 0
        assert best.risk == pytest.approx(robust_minimizer(whole, 0.3, norm).risk, rel=8 * EPS)
        assert best.stationarity <= 64 * EPS


def test_a_dense_null_space_does_not_hide_recovery() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 2))
    model = LinearGaussian(rng.normal(size=5), root @ root.T, 0.0)
    best = robust_minimizer(model, 0.5 * exact_recovery_threshold(model))
    assert best.shrinkage == 0
    assert best.stationarity <= 64 * EPS
    assert np.linalg.norm(best.coefficients) < np.linalg.norm(model.true_coefficients)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("noise_std", [0.0, 1.0])
def test_no_signal_means_the_null_model_at_every_radius(norm: float, noise_std: float) -> None:
    models = [
        LinearGaussian(np.zeros(2), np.eye(2), noise_std),
        LinearGaussian(np.ones(2), np.zeros((2, 2)), noise_std),
        LinearGaussian([1.0, -1.0], np.ones((2, 2)), noise_std),
    ]
    for model in models:
        assert null_threshold(model, norm) == 0
        assert exact_recovery_threshold(model) == math.inf
        path = minimizer_path(model, [0.0, 1e-300, 1.0], norm)
        assert not path.coefficients.any()
        assert not path.gap.any()
        assert not path.stationarity.any()
        assert standard_risk_cost(model, 1.0) == 0


def test_the_cost_of_robustness_runs_from_zero_to_all_that_can_be_explained() -> None:
    model = population()
    radii = null_threshold(model) * np.linspace(0, 1.2, 40)
    cost = np.array([standard_risk_cost(model, radius) for radius in radii])
    excess = model.clean_risk(minimizer_path(model, radii).coefficients) - model.noise_std**2
    np.testing.assert_allclose(cost * model.total_std**2, excess, rtol=0, atol=64 * EPS * model.total_std**2)
    assert cost[0] == 0
    assert np.all(np.diff(cost[radii <= null_threshold(model)]) > 0)
    assert cost[-1] == cost[-2] == pytest.approx(1 - (model.noise_std / model.total_std) ** 2, rel=16 * EPS)


def test_a_tiny_cost_keeps_its_digits() -> None:
    model = population()
    # At small radii κ is proportional to the radius, hence the cost to its square, up to a relative O(radius).
    ratio = standard_risk_cost(model, 2e-12) / standard_risk_cost(model, 1e-12)
    assert ratio == pytest.approx(4, rel=1e-10)


def test_published_constants_hold_at_the_minimiser() -> None:
    model = population()
    best = robust_minimizer(model, 0.7)
    values = {
        notation.residual_std: model.residual_std(best.coefficients),
        notation.coefficient_norm: dual_norm(best.coefficients, 2),
        notation.radius: 0.7,
        notation.shrinkage: best.shrinkage,
    }
    assert abs(float(SHRINKAGE_EQUATION.subs(values))) <= 64 * EPS * (1 + best.shrinkage)
    signal = float(np.linalg.norm(model.covariance @ model.true_coefficients))
    stated = NULL_THRESHOLD.subs({notation.signal_size: signal, notation.total_std: model.total_std})
    assert null_threshold(model) == pytest.approx(float(stated), rel=8 * EPS)


@pytest.mark.parametrize("norm", TWO_NORMS)
def test_a_path_is_its_minimisers_in_the_order_given(norm: float) -> None:
    model = population(d=6)
    radii = null_threshold(model, norm) * np.array([0.9, 0.0, 2.0, 0.1])
    path = minimizer_path(model, radii, norm)
    assert path.coefficients.shape == (4, 6)
    assert path.risk.shape == path.gap.shape == path.stationarity.shape == (4,)
    for i, radius in enumerate(radii):
        single = robust_minimizer(model, radius, norm)
        np.testing.assert_allclose(path.coefficients[i], single.coefficients, rtol=0, atol=1e-12)
        assert isinstance(single.risk, float)
    assert minimizer_path(model, [], norm).coefficients.shape == (0, 6)


@pytest.mark.parametrize("scale", [1e-100, 1e100])
@pytest.mark.parametrize("norm", TWO_NORMS)
def test_the_minimiser_scales_with_the_response(scale: float, norm: float) -> None:
    model = population()
    large = LinearGaussian(scale * model.true_coefficients, model.covariance, scale * model.noise_std)
    np.testing.assert_allclose(
        robust_minimizer(large, 0.6, norm).coefficients / scale,
        robust_minimizer(model, 0.6, norm).coefficients,
        rtol=1e-12,
    )


def test_linf_minimisers_are_sparse_along_the_path() -> None:
    model = population(d=12)
    path = minimizer_path(model, null_threshold(model, math.inf) * np.linspace(0, 1, 50), math.inf)
    sizes = np.count_nonzero(path.coefficients, axis=1)
    assert sizes[0] == 12
    assert sizes[-1] == 0
    assert np.unique(sizes).size > 5
    # Away from rounding, Proposition 8's form is not that of linf minimisers, so no κ is given.
    assert path.shrinkage is None


def test_a_path_is_closer_to_stationary_than_a_general_optimiser() -> None:
    d = 60
    model = LinearGaussian(
        np.random.default_rng(0).normal(size=d), 0.5 ** np.abs(np.subtract.outer(range(d), range(d))), 1.0
    )
    radii = null_threshold(model) * np.linspace(0.01, 0.99, 5)
    path = minimizer_path(model, radii)
    found = [
        minimize(adversarial_risk, model.true_coefficients, (model, radius), jac=adversarial_risk_gradient)
        for radius in radii
    ]
    gradients = [adversarial_risk_gradient(f.x, model, r) for f, r in zip(found, radii, strict=True)]
    scale = 2 * np.linalg.norm(model.covariance @ model.true_coefficients)
    assert path.stationarity.max() < np.linalg.norm(gradients, axis=1).max() / scale


@pytest.mark.parametrize("radius", [5e-324, 1e-307, 1e-200, 1e-100])
@pytest.mark.parametrize("noise_std", [0.0, 0.5])
def test_a_radius_of_any_smallness_has_a_linf_minimiser(radius: float, noise_std: float) -> None:
    model = LinearGaussian([1.0, -2.0], [[1.0, 0.3], [0.3, 1.0]], noise_std)
    best = robust_minimizer(model, radius, np.inf)
    np.testing.assert_allclose(best.coefficients, [1.0, -2.0], rtol=4 * EPS)
    assert best.gap <= 4 * EPS


@pytest.mark.parametrize("seed", range(8))
def test_the_least_subgradient_at_zero_coordinates_is_the_least_over_box_and_ellipsoid(seed: int) -> None:
    """linf attack: b is free in the box at the zero coordinates, w in the ball. Any b and w bound it from above, and,
    for the least element r, every other element g has rᵀg >= rᵀr."""
    rng = np.random.default_rng(seed)
    d, c0 = 6, math.sqrt(2 / math.pi)
    theta = np.where(np.arange(d) < rng.integers(1, 5), rng.normal(size=d), 0.0)
    factor, radius = rng.normal(size=(d, d)) / 3, 0.4
    found = nearest_subgradient(theta, factor, radius, c0, math.inf)
    least_in_ellipsoid = -np.linalg.norm(c0 * factor.T @ found)
    least_in_box = radius * (np.sign(theta) @ found - np.abs(found[theta == 0]).sum())
    assert least_in_ellipsoid + least_in_box == pytest.approx(found @ found, rel=1e-9)
