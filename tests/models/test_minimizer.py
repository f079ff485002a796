"""Minimisers of the training objective: brute force, another solver, exact arithmetic, and cases at the edge."""

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from models.attacks import linear_attack
from models.linear import minimizer
from models.linear.duality import Problem, certified_gap, enclosed_product, lower_bound, rounded_residuals, upper_bound
from models.linear.interpolator import minimum_norm_interpolator
from models.linear.minimizer import AdversarialMinimum, adversarial_minimizer
from theory.norms import dual_norm, dual_perturbation
from theory.population import EPS
from theory.validation import FloatArray

TOL = 1e-9
TWO_NORMS = [2, math.inf]
SIZES = [(40, 6), (12, 30), (1, 1), (1, 5), (5, 1), (20, 20)]


def data(n: int, d: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng([seed, n, d])
    X = rng.standard_normal((n, d))
    return X, X[:, 0] + rng.standard_normal(n)


def objective(X: FloatArray, y: FloatArray, theta: FloatArray, radius: float, norm: float, l1: float) -> float:
    """The mean of the larger square that the two worst perturbations of a sample reach, and the penalty."""
    push = theta @ dual_perturbation(theta, norm, radius)
    residuals = X @ theta - y
    return float(np.mean(np.maximum((residuals + push) ** 2, (residuals - push) ** 2)) + l1 * np.abs(theta).sum())


def surrogate(
    X: FloatArray, y: FloatArray, theta: FloatArray, radius: float, norm: float, l1: float, xi: float
) -> float:
    moved = X + linear_attack(X, y, theta, radius, norm, xi)
    return float(np.mean((moved @ theta - y) ** 2) + l1 * np.abs(theta).sum())


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
@pytest.mark.parametrize("radius", [0.0, 0.03, 0.4])
@pytest.mark.parametrize(("n", "d"), SIZES)
def test_no_other_coefficients_do_better(n: int, d: int, radius: float, l1: float, norm: float) -> None:
    X, y = data(n, d)
    found = adversarial_minimizer(X, y, radius, norm, l1)
    assert found.converged
    assert found.gap is not None
    assert found.gap <= TOL
    value = objective(X, y, found.coefficients, radius, norm, l1)
    # Residuals of rounding size enter multiplied by the attack: a relative error of d EPS at most, or its square.
    assert found.objective == pytest.approx(value, rel=1e-11, abs=(1e3 * EPS) ** 2)
    rng = np.random.default_rng(n)
    for scale in np.logspace(-8, 0, 60):
        other = found.coefficients + scale * rng.standard_normal(d) * rng.integers(0, 2, size=d)
        assert objective(X, y, other, radius, norm, l1) >= value * (1 - TOL) - (1e3 * EPS) ** 2


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.05])
@pytest.mark.parametrize(("n", "d", "radius"), [(40, 6, 0.2), (10, 25, 0.05), (10, 25, 0.3), (30, 30, 0.02)])
def test_a_general_purpose_solver_finds_the_same_minimum(n: int, d: int, radius: float, l1: float, norm: float) -> None:
    cvxpy = pytest.importorskip("cvxpy", reason="cvxpy, a development dependency, is the other solver")
    X, y = data(n, d, seed=1)
    theta = cvxpy.Variable(d)
    attacked = cvxpy.abs(y - X @ theta) + radius * cvxpy.norm(theta, 2 if norm == 2 else 1)
    peer = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(attacked) / n + l1 * cvxpy.norm1(theta)))
    peer.solve(solver="CLARABEL")
    # Clarabel's default tolerances are 1e-8, on a problem of order 1.
    assert adversarial_minimizer(X, y, radius, norm, l1).objective == pytest.approx(peer.value, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.3])
def test_multipliers_bound_every_coefficient_vector_from_below(norm: float, l1: float) -> None:
    rng = np.random.default_rng(2)
    for radius, (n, d) in itertools.product([0.0, 1e-8, 0.2, 5.0], [(3, 2), (2, 4), (1, 1)]):
        X, y = rng.uniform(-1, 1, (1, n, d)), rng.uniform(-1, 1, (1, n))
        problem = Problem(X, y, np.array([radius]), np.array([l1]), norm)
        bounds = [lower_bound(problem, scale * rng.standard_normal((1, n)))[0] for scale in np.logspace(-3, 1, 30)]
        for scale in np.logspace(-4, 1, 200):
            theta = scale * rng.standard_normal(d)
            assert max(bounds) <= objective(X[0], y[0], theta, radius, norm, l1)


def test_rounding_never_flatters_the_certificate() -> None:
    rng = np.random.default_rng(3)
    n, d, radius, l1 = 5, 40, 0.25, 0.125
    X, theta = rng.uniform(-1, 1, (1, n, d)), rng.standard_normal((1, d))
    y = (X @ theta[..., None])[..., 0]
    y *= 1 + 4 * EPS * rng.standard_normal(y.shape)
    exact = [sum(Fraction(a) * Fraction(b) for a, b in zip(row, theta[0], strict=True)) for row in X[0]]
    product, error = enclosed_product(X, theta)
    assert all(abs(Fraction(p) - e) <= Fraction(b) for p, e, b in zip(product[0], exact, error[0], strict=True))
    size = sum(abs(Fraction(t)) for t in theta[0])
    push = Fraction(radius) * size
    value = sum((abs(Fraction(r) - e) + push) ** 2 for r, e in zip(y[0], exact, strict=True)) / n + Fraction(l1) * size
    upper = upper_bound(Problem(X, y, np.array([radius]), np.array([l1]), math.inf), theta)[0]
    assert value <= Fraction(upper) <= value * (1 + Fraction(1e-12))


def test_rounded_residuals_are_exact_but_for_one_rounding() -> None:
    rng = np.random.default_rng(5)
    X, theta = rng.standard_normal((6, 30)), 10.0 ** rng.uniform(-8, 8, 30)
    y = X @ theta
    exact = [
        Fraction(t) - sum(Fraction(a) * Fraction(b) for a, b in zip(row, theta, strict=True))
        for row, t in zip(X, y, strict=True)
    ]
    assert rounded_residuals(X, y, theta).tolist() == [float(value) for value in exact]


@pytest.mark.parametrize("l1", [0.0, 0.125])
def test_rounding_never_flatters_the_tight_certificate(l1: float) -> None:
    # Interpolation under a weak linf attack: rounding errors of the residuals matter.
    X, y = data(6, 20, seed=6)
    X, y = X / 8, y / 8
    found = adversarial_minimizer(X, y, 1e-6, math.inf, l1 * 1e-6)
    residuals = [
        Fraction(t) - sum(Fraction(a) * Fraction(b) for a, b in zip(row, found.coefficients, strict=True))
        for row, t in zip(X, y, strict=True)
    ]
    size = sum(abs(Fraction(t)) for t in found.coefficients)
    value = sum((abs(r) + Fraction(1e-6) * size) ** 2 for r in residuals) / 6 + Fraction(l1 * 1e-6) * size
    problem = Problem(X[None], y[None], np.array([1e-6]), np.array([l1 * 1e-6]), math.inf)
    tight, plain = (upper_bound(problem, found.coefficients[None], way)[0] for way in (True, False))
    assert value <= Fraction(tight) <= value * (1 + Fraction(1e-12))
    assert tight < plain
    basis = linprog(np.ones(40), A_eq=np.hstack([X, -X]), b_eq=y)
    alpha = np.append(basis.eqlin.marginals, 0.0)[None, :6] * 2e-12 * float(size)
    assert 0 < lower_bound(problem, alpha)[0] <= lower_bound(problem, alpha, tight=True)[0] <= value


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_coefficients_a_percent_off_are_not_certified(norm: float, l1: float) -> None:
    X, y = data(30, 5)
    X, y = X / 8, y / 8
    problem = Problem(X[None], y[None], np.array([0.02]), np.array([l1 / 64]), norm)
    theta = adversarial_minimizer(X, y, 0.02, norm, l1 / 64).coefficients
    best = objective(X, y, theta, 0.02, norm, l1 / 64)
    worse = objective(X, y, 1.01 * theta, 0.02, norm, l1 / 64)
    residuals = y - X @ theta
    alpha = 2 / 30 * (np.abs(residuals) + 0.02 * dual_norm(theta, norm)) * np.sign(residuals)
    gap = certified_gap(problem, 1.01 * theta[None], alpha[None])[0]
    assert gap >= (worse - best) / worse > 10 * TOL


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_the_null_vector_is_found_exactly_and_only_beyond_its_threshold(norm: float, l1: float) -> None:
    X, y = data(25, 7)
    slope = np.maximum(np.abs(2 / 25 * X.T @ y) - l1, 0.0)
    threshold = (np.sqrt(slope @ slope) if norm == 2 else slope.max()) / (2 * np.abs(y).mean())
    for factor in (0.9, 0.999, 1 - 1e-6, 1 + 1e-12, 1.001, 10.0):
        found = adversarial_minimizer(X, y, factor * threshold, norm, l1)
        assert found.converged
        assert (np.abs(found.coefficients).max() > 0) == (factor < 1)


def test_a_weak_l2_attack_leaves_the_minimum_norm_interpolator() -> None:
    X, y = data(8, 30)
    interpolator = minimum_norm_interpolator(X, y)
    dual = np.linalg.solve(X @ X.T, y)
    weakest = float(dual_norm(interpolator, 2) / (8 * np.abs(dual).max()))
    below = adversarial_minimizer(X, y, 0.99 * weakest)
    np.testing.assert_allclose(below.coefficients, interpolator, atol=1e-8)
    above = adversarial_minimizer(X, y, 1.01 * weakest)
    assert np.abs(above.coefficients - interpolator).max() > 1e-5


def test_a_weak_linf_attack_leaves_the_interpolator_of_least_l1_norm() -> None:
    X, y = data(8, 30)
    basis = linprog(np.ones(60), A_eq=np.hstack([X, -X]), b_eq=y)
    found = adversarial_minimizer(X, y, 1e-3, math.inf)
    assert np.abs(found.coefficients).sum() == pytest.approx(basis.fun, rel=1e-9)
    assert np.count_nonzero(found.coefficients) == 8


def test_without_attack_it_is_least_squares_or_lasso() -> None:
    X, y = data(30, 6)
    np.testing.assert_allclose(adversarial_minimizer(X, y, 0).coefficients, np.linalg.lstsq(X, y)[0], rtol=1e-10)
    X, y = data(20, 50)
    theta = adversarial_minimizer(X, y, 0, l1=0.3).coefficients
    slope = 2 / 20 * X.T @ (y - X @ theta)
    np.testing.assert_allclose(slope[theta != 0], 0.3 * np.sign(theta[theta != 0]), rtol=1e-10)
    assert np.abs(slope[theta == 0]).max() < 0.3
    short = adversarial_minimizer(*data(5, 9), 0)
    np.testing.assert_allclose(short.coefficients, minimum_norm_interpolator(*data(5, 9)), rtol=1e-10)
    assert short.converged


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_units_change_nothing(norm: float, l1: float, smoothing: float) -> None:
    X, y = data(20, 4)
    plain = adversarial_minimizer(X, y, 0.2, norm, l1, smoothing)
    for a, b in ((2.0**500, 2.0**300), (2.0**-500, 2.0**-300), (2.0**-300, 2.0**300)):
        scaled = adversarial_minimizer(a * X, b * y, a * 0.2, norm, l1 * b * a, smoothing * b / a * b)
        np.testing.assert_array_equal(scaled.coefficients * (a / b), plain.coefficients)
        assert scaled.converged
        assert scaled.objective / b / b == plain.objective


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_degenerate_data_are_solved(norm: float, l1: float) -> None:
    X, y = data(15, 4)
    cases: list[tuple[FloatArray, FloatArray]] = [
        (np.hstack([X, X]), y),
        (np.vstack([X, X]), np.concatenate([y, y])),
        (np.vstack([X[:2], X[:2]]), np.concatenate([y[:2], y[:2] + 1])),
        (0 * X, y),
        (X, 0 * y),
        (X, X @ np.ones(4)),
        (X * 10.0 ** -np.arange(0, 12, 3), y),
        (np.column_stack([X, np.zeros(15)]), y),
    ]
    for samples, responses in cases:
        for radius in (1e-3, 0.01, 0.5):
            found = adversarial_minimizer(samples, responses, radius, norm, l1)
            assert found.converged, (samples.shape, radius, found.gap)


def test_beside_the_radius_at_which_interpolation_ends_nothing_cycles() -> None:
    # At 65/64 predictor-corrector steps that may raise the complementarity cycle.
    X = np.array([[1.0, 3, -2, -2, 1], [-1, 2, -2, 1, 2], [0, 3, 3, 2, 3]])
    y = np.array([9.0, 14, 8])
    largest = 19 / 29  # of the multipliers of the least l1 norm, (-6, 19, -1)/29
    for share in (1 / 4, 63 / 64, 1.0, 65 / 64, 33 / 32, 11 / 8):
        radius = share / (3 * largest)
        found = adversarial_minimizer(X, y, radius, math.inf, tol=1e-10)
        twice = adversarial_minimizer(np.vstack([X, X]), np.concatenate([y, y]), radius, math.inf, tol=1e-10)
        assert found.converged
        assert twice.converged
        assert twice.objective == pytest.approx(float(found.objective), rel=1e-9)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("condition", [1e2, 1e3])
@pytest.mark.parametrize(("n", "d"), [(3, 3), (4, 4), (3, 5), (5, 3)])
def test_ill_conditioned_samples_are_solved(n: int, d: int, condition: float, norm: float) -> None:
    rng = np.random.default_rng([7, n, d])
    for _ in range(2):
        left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0][:, : min(n, d)] for size in (n, d))
        X = left * np.geomspace(1, 1 / condition, min(n, d)) @ right.T
        for y in (rng.standard_normal(n), X @ rng.standard_normal(d)):
            for radius in (1e-6, 1e-5, 3e-4, 1e-2, 0.3):
                found = adversarial_minimizer(X, y, radius, norm)
                assert found.converged, (radius, found.gap)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.05])
def test_ties_at_every_radius_are_solved(norm: float, l1: float) -> None:
    rng = np.random.default_rng(8)
    for _ in range(15):
        n, d = rng.integers(1, 7), rng.integers(1, 9)
        X = rng.integers(-3, 4, (n, d)).astype(float)
        y = X @ rng.integers(-2, 3, d) if rng.random() < 0.5 else rng.integers(-5, 6, n).astype(float)
        if rng.random() < 0.5:
            X, y = np.vstack([X, X]), np.concatenate([y, y])
        if rng.random() < 0.5:
            X = np.hstack([X, -X])
        for radius in (1e-5, 1e-3, 0.05, 1.0, 10.0):
            found = adversarial_minimizer(X, y, radius, norm, l1)
            assert found.converged, (X.tolist(), y.tolist(), radius, found.gap)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.05])
def test_a_batch_gives_what_its_replicates_give(
    norm: float, smoothing: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((2, 3, 10, 4)), rng.standard_normal((2, 3, 10))
    radius, l1 = rng.uniform(0, 0.3, (2, 3)), np.array([0.0, 0.05, 0.1])
    batch = adversarial_minimizer(X, y, radius, norm, l1, smoothing)
    for index in np.ndindex(2, 3):
        alone = adversarial_minimizer(X[index], y[index], radius[index], norm, l1[index[1]], smoothing)
        np.testing.assert_allclose(batch.coefficients[index], alone.coefficients, atol=1e-5)
        assert batch.objective[index] == pytest.approx(float(alone.objective), rel=2 * TOL)
    assert batch.converged.shape == batch.iterations.shape == (2, 3)
    stored = np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", dtype=float, shape=X.shape)
    stored[:] = X
    monkeypatch.setattr(minimizer, "CHUNK", 2 * 40)
    chunked = adversarial_minimizer(stored, y, radius, norm, l1, smoothing)
    np.testing.assert_allclose(chunked.objective, batch.objective, rtol=2 * TOL)


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.05])
def test_it_says_so_when_it_did_not_converge(norm: float, l1: float) -> None:
    X, y = data(60, 8)
    early, full = (adversarial_minimizer(X, y, 0.2, norm, l1, tol=1e-13, max_iterations=m) for m in (1, 100))
    assert not early.converged
    assert early.gap is not None
    assert early.gap >= (early.objective - full.objective) / early.objective
    rough = adversarial_minimizer(X, y, 0.2, norm, l1, smoothing=0.01, max_iterations=1)
    assert not rough.converged
    assert rough.gap is None


@pytest.mark.parametrize("norm", TWO_NORMS)
@pytest.mark.parametrize("l1", [0.0, 0.1])
@pytest.mark.parametrize("smoothing", [0.02, 1.0, 50.0])
@pytest.mark.parametrize(("n", "d"), [(40, 6), (15, 30)])
def test_the_smoothed_objective_is_stationary(n: int, d: int, smoothing: float, l1: float, norm: float) -> None:
    X, y = data(n, d)
    found = adversarial_minimizer(X, y, 0.3, norm, l1, smoothing)
    theta = found.coefficients
    assert found.gap is None
    assert found.stationarity is not None
    assert found.converged
    assert found.stationarity <= TOL
    assert found.objective == pytest.approx(surrogate(X, y, theta, 0.3, norm, l1, smoothing), rel=1e-11, abs=1e-25)
    unsmoothed = adversarial_minimizer(X, y, 0.3, norm, l1).coefficients
    for other in (unsmoothed, np.zeros(d)):
        assert found.objective <= surrogate(X, y, other, 0.3, norm, l1, smoothing)
    # Central differences err by the square of the step and by EPS over it.
    step, slope = EPS ** (1 / 3), 2 / n * np.abs(X.T @ y).max()
    for j in range(d):
        ahead, behind = (
            surrogate(X, y, theta + sign * step * np.eye(d)[j], 0.3, norm, 0.0, smoothing) for sign in (1, -1)
        )
        derivative = (ahead - behind) / (2 * step)
        if theta[j] == 0:
            assert abs(derivative) <= l1 + 1e-4 * slope
        else:
            assert derivative == pytest.approx(-l1 * np.sign(theta[j]), abs=1e-4 * slope)


def test_with_fewer_samples_than_features_smoothing_lets_the_loss_vanish() -> None:
    X, y = data(8, 30)
    for norm in TWO_NORMS:
        found = adversarial_minimizer(X, y, 0.5, norm, smoothing=0.1)
        assert found.converged
        assert found.objective <= (1e3 * EPS) ** 2
        np.testing.assert_allclose(found.coefficients, minimum_norm_interpolator(X, y), rtol=1e-9)


def minimise(**changes: object) -> AdversarialMinimum:
    arguments: dict[str, Any] = {"X": np.ones((3, 2)), "y": np.ones(3), "radius": 0.1} | changes
    return adversarial_minimizer(**arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": np.ones((3, 0))}, r"X must have shape \(\.\.\., n, d\) with n >= 1 and d >= 1, got shape \(3, 0\)"),
        ({"X": np.ones((0, 2)), "y": []}, r"X must have shape .* got shape \(0, 2\)"),
        ({"X": np.ones((0, 3, 2)), "y": np.ones((0, 3))}, r"X must have shape .* got shape \(0, 3, 2\)"),
        ({"X": [1.0, 2.0]}, r"X must have shape .* got shape \(2,\)"),
        ({"X": np.array([["a", "b"]] * 3)}, r"X must be an array of real numbers, got"),
        ({"X": np.full((3, 2), np.nan)}, r"X must be finite, got nan at index \(0, 0\)"),
        ({"y": np.ones(2)}, r"y must have shape \(3,\) to match X, got shape \(2,\)"),
        ({"y": [1.0, np.inf, 0.0]}, r"y must be finite, got inf at index \(1,\)"),
        ({"radius": -1.0}, r"radius must be non-negative, got -1\.0"),
        ({"radius": np.nan}, r"radius must be finite, got nan"),
        ({"radius": [0.1, 0.2]}, r"radius must be a number or of shape \(\) to match X, got shape \(2,\)"),
        ({"l1": -0.5}, r"l1 must be non-negative, got -0\.5"),
        ({"smoothing": -2.0}, r"smoothing must be non-negative, got -2\.0"),
        ({"tol": -1.0}, r"tol must be non-negative, got -1\.0"),
        ({"norm": 3}, r"norm must be 2 or inf, got 3"),
        ({"max_iterations": 0}, r"max_iterations must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        minimise(**changes)
