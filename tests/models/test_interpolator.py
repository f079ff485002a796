"""The interpolator of minimum norm: exact arithmetic, optimality, scaling, and refusals."""

import numpy as np
import pytest
import sympy

from models.linear.interpolator import minimum_norm_interpolator
from theory.population import EPS


def test_it_agrees_with_rational_arithmetic() -> None:
    X = np.array([[3.0, -1.0, 2.0, 0.5], [1.0, 4.0, 0.0, -2.0], [-2.0, 1.0, 1.0, 7.0]])
    y = np.array([1.0, -2.0, 0.25])
    rows, right = (
        sympy.Matrix(X.tolist()).applyfunc(sympy.nsimplify),
        sympy.Matrix(y.tolist()).applyfunc(sympy.nsimplify),
    )
    exact = np.array((rows.T * (rows * rows.T).inv() * right).evalf(30).tolist(), dtype=float).ravel()
    np.testing.assert_allclose(minimum_norm_interpolator(X, y), exact, rtol=64 * EPS)


def test_it_interpolates_and_lies_in_the_row_space() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((7, 15, 40)), rng.standard_normal((7, 15))
    theta = minimum_norm_interpolator(X, y)
    singular = np.linalg.svd(X, compute_uv=False)
    tolerance = 16 * EPS * singular.max() / singular.min() * np.abs(y).max()
    np.testing.assert_allclose((X @ theta[..., None])[..., 0], y, atol=40 * tolerance)
    for samples, coefficients in zip(X, theta, strict=True):
        null_space = np.linalg.qr(samples.T, mode="complete")[0][:, 15:]
        np.testing.assert_allclose(null_space.T @ coefficients, 0, atol=tolerance)


def test_scaling_a_sample_with_its_response_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((4, 6)), rng.standard_normal(4)
    scale = np.array([1e-150, 1.0, 1e150, 1e-5])
    expected = minimum_norm_interpolator(X, y)
    # A solution of a linear system is accurate relative to its length, not entry by entry, on any processor's kernels.
    rounding = 16 * EPS * np.linalg.cond(X / np.linalg.norm(X, axis=1, keepdims=True)) * np.linalg.norm(expected)
    found = minimum_norm_interpolator(scale[:, None] * X, scale * y)
    np.testing.assert_allclose(found, expected, rtol=0, atol=rounding)


def test_as_many_samples_as_features_give_the_solution_of_the_system() -> None:
    X, theta = np.array([[2.0, 1.0], [1.0, -3.0]]), np.array([0.5, 4.0])
    np.testing.assert_allclose(minimum_norm_interpolator(X, X @ theta), theta, rtol=64 * EPS)
    assert minimum_norm_interpolator([[2.0]], [3.0]) == 1.5


@pytest.mark.parametrize("samples", [np.zeros((2, 3)), np.ones((2, 3)), np.array([[1.0, 1, 0], [1, 1, 1e-17]])])
def test_dependent_samples_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="X must have linearly independent samples, got a smallest singular value"):
        minimum_norm_interpolator(samples, np.ones(2))


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((3, 2)), np.ones(3), r"X must have at most as many samples as features, got shape \(3, 2\)"),
        (np.ones((0, 2)), np.ones(0), r"X must have shape \(\.\.\., n, d\) with n >= 1 and d >= 1, got shape \(0, 2\)"),
        (np.ones(2), np.ones(()), r"X must have shape"),
        (np.ones((1, 2)), np.ones(2), r"y must have shape \(1,\) to match X, got shape \(2,\)"),
        ([[1.0, np.nan]], [1.0], r"X must be finite, got nan at index \(0, 1\)"),
        ([[1.0, 0.0]], [np.inf], r"y must be finite, got inf at index \(0,\)"),
    ],
)
def test_wrong_data_are_refused(X: object, y: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        minimum_norm_interpolator(X, y)
