"""The data model: what it refuses, singular covariances, scaling, sampling."""

import dataclasses

import mpmath
import numpy as np
import pytest

from theory.population import EPS, LinearGaussian

NAN, INF = float("nan"), float("inf")


def population(noise_std: float = 0.5, d: int = 3, seed: int = 0) -> LinearGaussian:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    return LinearGaussian(rng.normal(size=d), root @ root.T, noise_std)


@pytest.mark.parametrize(
    ("truth", "covariance", "noise_std", "message"),
    [
        ([], np.zeros((0, 0)), 1.0, "d >= 1, got shape"),
        ([[1.0]], [[1.0]], 1.0, r"true_coefficients must have shape \(d,\).*\(1, 1\)"),
        (1.0, [[1.0]], 1.0, "true_coefficients must have shape"),
        ([NAN], [[1.0]], 1.0, "true_coefficients must be finite, got nan"),
        ([1, "a"], np.eye(2), 1.0, "true_coefficients must be an array of real numbers"),
        ([1j], [[1.0]], 1.0, "true_coefficients must be an array of real numbers"),
        ([1.0], [[1.0, 0.0]], 1.0, r"covariance must have shape \(1, 1\), got shape \(1, 2\)"),
        ([1.0], [[INF]], 1.0, r"covariance must be finite, got inf at index \(0, 0\)"),
        ([1, 1], [[1, 0.1], [0, 1]], 1.0, "covariance must be symmetric, got 0.1"),
        ([1, 1], [[0, 1e-9], [0, 1]], 1.0, "covariance must be symmetric"),
        ([1, 1], [[1, 2], [2, 1]], 1.0, "positive semidefinite, got eigenvalue"),
        ([1, 1], [[1, 0], [0, -1]], 1.0, "positive semidefinite, got variance -1"),
        ([1, 1], [[1, 0.5], [0.5, 0]], 1.0, "positive semidefinite, got covariance"),
        ([1.0], [[1.0]], -1.0, "noise_std must be non-negative, got -1.0"),
        ([1.0], [[1.0]], NAN, "noise_std must be finite, got nan"),
        ([1.0], [[1.0]], INF, "noise_std must be finite, got inf"),
        ([1.0], [[1.0]], [1.0], "noise_std must be a single number"),
        ([1.0], [[1.0]], "a", "noise_std must be a real number"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_value(
    truth: object, covariance: object, noise_std: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        LinearGaussian(truth, covariance, noise_std)


@pytest.mark.parametrize("method", ["clean_risk", "residual_std", "standardized_error"])
@pytest.mark.parametrize("bad", [1.0, [1.0, 2.0], [[1.0], [2.0], [3.0]], [1.0, 2.0, NAN], [1.0, 2.0, "x"]])
def test_wrong_coefficients_are_refused(method: str, bad: object) -> None:
    with pytest.raises(ValueError, match="coefficients must"):
        getattr(population(), method)(bad)


@pytest.mark.parametrize("n", [0, -1, 1.5, "a", None])
def test_a_wrong_sample_size_is_refused(n: object) -> None:
    with pytest.raises(ValueError, match=r"n must be .*got"):
        population().sample(n, np.random.default_rng(0))


def test_a_seed_in_place_of_a_generator_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator, got 3"):
        population().sample(2, 3)


def test_fields_are_read_only_copies() -> None:
    truth, covariance = np.ones(2), np.eye(2)
    model = LinearGaussian(truth, covariance, 1)
    truth[0] = covariance[0, 0] = 9
    assert model.true_coefficients[0] == 1
    assert model.covariance[0, 0] == 1
    for array in (model.true_coefficients, model.covariance, model.covariance_sqrt, *model.spectrum):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.noise_std = 2.0


def test_rounding_asymmetry_is_accepted_and_removed() -> None:
    covariance = np.array([[1.0, 0.3], [0.3 + 2 * EPS, 1.0]])
    model = LinearGaussian([1.0, 1.0], covariance, 0.0)
    assert np.array_equal(model.covariance, model.covariance.T)


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_low_rank_products_are_accepted_with_their_rank(rank: int) -> None:
    for seed in range(20):
        root = np.random.default_rng(seed).normal(size=(8, rank))
        model = LinearGaussian(np.ones(8), root @ root.T, 0.0)
        assert np.count_nonzero(model.spectrum[0]) == rank


def test_rank_does_not_depend_on_units() -> None:
    model = LinearGaussian(np.ones(3), np.diag([1e-200, 1.0, 1e200]), 0.0)
    assert np.count_nonzero(model.spectrum[0]) == 3


def test_the_square_root_squares_to_the_covariance() -> None:
    model = population(d=6)
    root = model.covariance_sqrt
    # A few EPS for each of the 6 terms, relative to the largest entry.
    np.testing.assert_allclose(root @ root, model.covariance, rtol=0, atol=64 * EPS * np.abs(model.covariance).max())
    assert np.linalg.eigvalsh(root).min() >= 0


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1.0, 1e30, 1e150])
def test_residual_std_has_no_overflow_or_underflow(scale: float) -> None:
    model = LinearGaussian([3 * scale, 0.0], np.eye(2), 4 * scale)
    assert model.total_std == pytest.approx(5 * scale, rel=4 * EPS)
    assert model.residual_std([3 * scale, 0.0]) == 4 * scale


def test_clean_risk_overflows_to_inf_without_a_warning() -> None:
    assert LinearGaussian([1e200], [[1.0]], 0.0).clean_risk([0.0]) == np.inf


@pytest.mark.parametrize("distance", [1e-12, 1e-8, 1e-2, 1.0])
def test_residual_std_is_accurate_near_the_truth(distance: float) -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    model = LinearGaussian(rng.normal(size=4), root @ root.T, 0.0)
    theta = model.true_coefficients + distance * rng.normal(size=4)
    with mpmath.workdps(60):
        error = mpmath.matrix(
            [mpmath.mpf(a) - mpmath.mpf(b) for a, b in zip(theta, model.true_coefficients, strict=True)]
        )
        exact = float(mpmath.sqrt((error.T * mpmath.matrix(model.covariance.tolist()) * error)[0]))
        size = float(mpmath.norm(error))
    condition = np.linalg.norm(model.covariance, 2) * size**2 / exact**2
    assert model.residual_std(theta) == pytest.approx(exact, rel=64 * EPS * condition)


def test_a_null_direction_of_a_singular_covariance_costs_nothing() -> None:
    model = LinearGaussian([1.0, 2.0, 3.0], np.diag([1.0, 0.0, 4.0]), 0.0)
    assert model.residual_std([1.0, 99.0, 3.0]) == 0


def test_batches_agree_with_rows_and_keep_their_shape() -> None:
    model = population()
    theta = np.random.default_rng(2).normal(size=(2, 5, 3))
    assert model.clean_risk(theta).shape == (2, 5)
    assert model.clean_risk(np.zeros((0, 3))).shape == (0,)
    # One matrix product may round differently from another.
    assert model.clean_risk(theta)[1, 2] == pytest.approx(model.clean_risk(theta[1, 2]), rel=16 * EPS)


@pytest.mark.parametrize("rank", [1, 3])
def test_samples_have_the_stated_second_moments(rank: int) -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(3, rank))
    model = LinearGaussian([1.0, -2.0, 0.5], root @ root.T, 0.7)
    n = 40_000
    X, y = model.sample(n, rng)
    assert X.shape == (n, 3)
    assert y.shape == (n,)
    joint = np.column_stack([X, y])
    cross = model.covariance @ model.true_coefficients
    exact = np.block([[model.covariance, cross[:, None]], [cross[None, :], np.array([[model.total_std**2]])]])
    # The standard error of a second moment of Gaussians is at most sqrt(2 / n) times the product of the scales; with 10
    # of them, 6 standard errors are a false alarm less often than once in 10^8 runs.
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert np.all(np.abs(joint.T @ joint / n - exact) <= 6 * np.sqrt(2 / n) * scale)


def test_sampling_a_singular_covariance_stays_in_its_range() -> None:
    model = LinearGaussian([1.0, 1.0], np.ones((2, 2)), 0.0)
    X, y = model.sample(100, np.random.default_rng(0))
    np.testing.assert_allclose(X[:, 0], X[:, 1], rtol=64 * EPS)
    np.testing.assert_allclose(y, 2 * X[:, 0], rtol=64 * EPS)
