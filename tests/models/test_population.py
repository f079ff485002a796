"""Training on the population: its expected update is an average over samples, and it ends where nothing moves it."""

import numpy as np
import pytest

from models.attacks import linear_attack
from models.linear.population import ExpectedUpdate, population_training
from theory.population import LinearGaussian

POPULATION = LinearGaussian(
    np.array([1.0, -0.5, 2.0]), np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]]), 0.7
)
THETA = np.array([0.4, 0.3, -1.0])
ATTACKS = [(0.6, 0.0, 2), (0.6, 0.5, 2), (0.6, 0.0, np.inf), (0.6, 0.5, np.inf)]
SAMPLES = 200_000


@pytest.mark.parametrize(("radius", "smoothing", "norm"), ATTACKS)
def test_the_frozen_update_is_the_mean_over_attacked_samples(radius: float, smoothing: float, norm: float) -> None:
    X, y = POPULATION.sample(SAMPLES, np.random.default_rng(0))
    attacked = X + linear_attack(X, y, THETA, radius, norm, smoothing)
    draws = 2 * (attacked @ THETA - y)[:, None] * attacked
    error = draws.std(axis=0) / np.sqrt(SAMPLES)
    update = ExpectedUpdate(POPULATION, radius, smoothing, norm)(THETA)
    assert np.all(np.abs(update - draws.mean(axis=0)) < 5 * error)


@pytest.mark.parametrize(("radius", "smoothing", "norm"), ATTACKS)
def test_the_risk_is_the_mean_over_attacked_samples(radius: float, smoothing: float, norm: float) -> None:
    X, y = POPULATION.sample(SAMPLES, np.random.default_rng(1))
    losses = ((X + linear_attack(X, y, THETA, radius, norm, smoothing)) @ THETA - y) ** 2
    risk = ExpectedUpdate(POPULATION, radius, smoothing, norm).risk(THETA)
    assert abs(risk - losses.mean()) < 5 * losses.std() / np.sqrt(SAMPLES)


@pytest.mark.parametrize(("radius", "smoothing", "norm"), ATTACKS)
def test_the_full_update_is_the_gradient_of_the_risk(radius: float, smoothing: float, norm: float) -> None:
    field = ExpectedUpdate(POPULATION, radius, smoothing, norm, "full")
    step = 1e-5  # central differences: an error of order 1e-10 from the third derivative and from rounding
    slopes = [(field.risk(THETA + step * e) - field.risk(THETA - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(field(THETA), slopes, rtol=1e-8)


def test_frozen_and_full_updates_differ_under_a_smoothed_attack() -> None:
    frozen, full = (ExpectedUpdate(POPULATION, 0.6, 0.5, 2, update)(THETA) for update in ("frozen", "full"))
    assert np.abs(frozen - full).max() > 0.01


@pytest.mark.parametrize("norm", [2, np.inf])
def test_training_without_attack_finds_the_true_coefficients(norm: float) -> None:
    trained = population_training(POPULATION, 0.0, norm=norm, step_size=0.2, steps=2000)
    np.testing.assert_allclose(trained.coefficients, POPULATION.true_coefficients, rtol=1e-11)
    assert trained.stationarity <= 1e-13


@pytest.mark.parametrize("norm", [2, np.inf])
def test_a_strong_attack_stops_training_at_zero(norm: float) -> None:
    trained = population_training(POPULATION, 5.0, norm=norm, step_size=0.02, steps=2000, init=np.ones(3))
    assert not trained.coefficients.any()
    assert trained.stationarity == 0


def test_training_settles_on_a_zero_coordinate() -> None:
    population = LinearGaussian(np.array([2.0, 0.1]), np.eye(2), 1.0)
    trained = population_training(population, 0.4, norm=np.inf, step_size=0.1, steps=2000)
    assert trained.coefficients[0] > 0
    assert trained.coefficients[1] == 0
    assert trained.stationarity <= 1e-13


def test_training_without_noise_settles_on_the_true_coefficients_and_knows_it() -> None:
    population = LinearGaussian(np.array([1.0, -2.0]), np.diag([1.0, 0.5]), 0.0)
    trained = population_training(population, 0.3, step_size=0.2, steps=5000)
    np.testing.assert_allclose(trained.coefficients, population.true_coefficients, rtol=1e-11)
    assert trained.stationarity <= 1e-12


def test_training_cut_short_is_not_stationary() -> None:
    assert population_training(POPULATION, 0.5, step_size=0.01, steps=5).stationarity > 0.01


def test_training_ends_where_the_update_is_within_the_tolerance() -> None:
    exact, loose = (population_training(POPULATION, 0.4, step_size=0.1, steps=5000, tolerance=t) for t in (0.0, 1e-3))
    assert 0 < loose.steps_taken < exact.steps_taken / 2
    assert 1e-9 < np.abs(loose.coefficients - exact.coefficients).max() < 1e-2


def test_without_a_signal_training_rests_at_zero() -> None:
    found = population_training(LinearGaussian(np.zeros(3), np.eye(3), 0.5), 0.4, step_size=0.1, steps=50)
    assert (found.steps_taken, found.stationarity) == (1, 0.0)
    assert not found.coefficients.any()


def test_without_residual_nothing_moves() -> None:
    population = LinearGaussian(np.array([1.0]), np.eye(1), 0.0)
    assert ExpectedUpdate(population, 1.0)(np.array([1.0])) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step_size": 0.0}, "step_size must be positive, got 0.0"),
        ({"step_size": -1.0}, "step_size must be non-negative, got -1.0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"radius": -1.0}, "radius must be non-negative, got -1.0"),
        ({"smoothing": np.nan}, "smoothing must be finite, got nan"),
        ({"norm": 3}, "norm must be 2 or inf, got 3"),
        ({"update": "half"}, "update must be one of frozen, full, got 'half'"),
        ({"init": np.zeros(2)}, r"init must have shape \(3,\), got shape \(2,\)"),
        ({"init": np.zeros((1, 3))}, r"init must have shape \(3,\), got shape \(1, 3\)"),
    ],
)
def test_bad_input_is_refused(arguments: dict[str, object], message: str) -> None:
    good = {"population": POPULATION, "radius": 1.0, "step_size": 0.1, "steps": 1}
    with pytest.raises(ValueError, match=message):
        population_training(**(good | arguments))  # type: ignore[arg-type]
