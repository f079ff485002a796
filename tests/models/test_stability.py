"""Step sizes: the measured limit against the exact ones that are known, and the proven one against its own theorem."""

import math

import numpy as np
import pytest

from models.linear.interpolator import minimum_norm_interpolator
from models.linear.stability import _bracket, largest_stable_step, sufficient_step
from models.linear.training import adversarial_training
from theory.population import EPS
from theory.validation import FloatArray

NORMS = [2, math.inf]


def data(n: int = 10, d: int = 4, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] + rng.normal(size=n)


def curvature(X: FloatArray) -> float:
    """λ_max(XᵀX)/n: least squares by gradient descent is stable for steps up to its inverse."""
    return float(np.linalg.eigvalsh(X.T @ X / len(X))[-1])


@pytest.mark.parametrize(("n", "d"), [(10, 4), (4, 10)])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("update", ["frozen", "full"])
def test_without_an_attack_the_limit_is_that_of_least_squares(n: int, d: int, norm: float, update: str) -> None:
    X, y = data(n, d)
    steps = 1000
    found = largest_stable_step(X, y, 0.0, 0.5, norm, steps=steps, update=update, tol=1e-3) * curvature(X)
    # A step (1 + δ)/curvature multiplies the top component by 1 + 2δ, and 1/EPS in the loss takes half its logarithm.
    # The start has this component to at least a hundredth.
    slow = math.log(100 / math.sqrt(EPS)) / (2 * steps)
    assert 1 - 1e-3 <= found <= (1 + slow) * (1 + 1e-3)


def test_descent_without_an_attack_has_the_limit_of_least_squares() -> None:
    X, y = data()
    found = largest_stable_step(X, y, 0.0, steps=2000, criterion="descent", update="full", tol=1e-3) * curvature(X)
    assert 1 - 1e-3 <= found <= 1 + 2e-3


@pytest.mark.parametrize("update", ["frozen", "full"])
@pytest.mark.parametrize("smoothing", [0.05, 0.5])
def test_the_interpolator_repels_beyond_its_own_limit(update: str, smoothing: float) -> None:
    X, y = data(5, 60)
    interpolator = minimum_norm_interpolator(X, y)
    # Near zero residuals the attacked residual is (1 + g) e, and the full gradient has this factor twice.
    amplified = 1 + 2 * 0.3 * float(interpolator @ interpolator) / smoothing
    limit = 1 / (curvature(X) * amplified ** (2 if update == "full" else 1))
    rng = np.random.default_rng(1)
    init = interpolator + 1e-8 * rng.normal(size=60) @ np.linalg.pinv(X) @ X
    near, far = adversarial_training(
        X,
        y,
        0.3,
        smoothing,
        step_size=[0.97 * limit, 1.03 * limit],
        steps=2000,
        init=init,
        update=update,
        record=("residual",),
    ).curves["residual"]
    assert near[-1] < 1e-3 * near[0]
    assert far.max() > 1e3 * far[0]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("criterion", ["bounded", "descent"])
def test_the_limit_lies_between_a_stable_step_and_an_unstable_one(norm: float, criterion: str) -> None:
    X, y = data()
    found = largest_stable_step(X, y, 0.1, 0.5, norm, steps=300, update="full", criterion=criterion, tol=0.01)

    def stable(step_size: float) -> bool:
        try:
            run = adversarial_training(
                X, y, 0.1, 0.5, norm, step_size=step_size, steps=300, update="full", record=("train",)
            )
        except ValueError:
            return False
        loss = run.curves["train"]
        return criterion == "bounded" or bool(np.all(np.diff(loss) <= 1e3 * EPS * loss[0]))

    assert stable(found)
    assert not stable(1.0101 * found)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("radius", [0.0, 0.3, 3.0])
@pytest.mark.parametrize(("n", "d"), [(10, 4), (4, 10), (1, 1)])
def test_the_sufficient_step_keeps_the_bound_it_promises(
    n: int, d: int, radius: float, smoothing: float, norm: float
) -> None:
    X, y = data(n, d)
    step, steps = sufficient_step(X, radius, norm), 400
    init = np.random.default_rng(5).normal(size=(20, d))
    run = adversarial_training(X, y, radius, smoothing, norm, step_size=step, steps=steps, init=init, record=("train",))
    mean = run.curves["train"][:, :-1].mean(axis=-1)
    dual = 2 if norm == 2 else 1
    for point in (np.zeros(d), np.ones(d), np.linalg.lstsq(X, y)[0]):
        loss = np.mean((np.abs(X @ point - y) + radius * np.linalg.norm(point, dual)) ** 2)
        bound = 2 * loss + np.sum((init - point) ** 2, axis=-1) / (step * steps)
        assert np.all(mean <= bound * (1 + 64 * EPS))


@pytest.mark.parametrize("norm", NORMS)
def test_the_sufficient_step_is_not_idle(norm: float) -> None:
    X, y = data()
    ratio = largest_stable_step(X, y, 0.1, norm=norm, steps=1000) / sufficient_step(X, 0.1, norm)
    assert 1 <= ratio <= 8


def test_the_sufficient_step_without_an_attack_is_a_quarter_of_the_limit() -> None:
    X, _ = data()
    assert sufficient_step(X, 0.0) == pytest.approx(0.25 / curvature(X), rel=256 * EPS)


@pytest.mark.parametrize("criterion", ["bounded", "descent"])
@pytest.mark.parametrize(("a", "b"), [(-400, 0), (400, 0), (0, -400), (0, 400)])
def test_units_change_nothing(criterion: str, a: int, b: int) -> None:
    X, y = data()
    here = largest_stable_step(X, y, 0.1, 0.5, steps=300, criterion=criterion)
    scaled = (np.ldexp(X, a), np.ldexp(y, b), math.ldexp(0.1, a), math.ldexp(0.5, 2 * b - a))
    there = largest_stable_step(*scaled, steps=300, criterion=criterion)
    assert there == math.ldexp(here, -2 * a)
    sufficient = math.ldexp(sufficient_step(X, 0.1), -2 * a)
    assert sufficient_step(np.ldexp(X, a), math.ldexp(0.1, a)) == pytest.approx(sufficient, rel=64 * EPS)


def test_without_samples_to_move_along_every_step_is_stable() -> None:
    assert math.isinf(sufficient_step(np.zeros((3, 2)), 0.0))
    assert math.isinf(largest_stable_step(np.zeros((3, 2)), np.ones(3), 0.0, steps=10))
    assert math.isinf(largest_stable_step(np.zeros((3, 2)), np.ones(3), 1.0, steps=10))


def test_no_step_descends_where_the_start_is_a_kink_that_is_the_minimiser() -> None:
    X, y = data()
    found = largest_stable_step(X, y, 100.0, steps=1, criterion="descent")
    # The loss rises at the rate 2 * 100 mean|y| times the length of the step, 2 |X'y|/n times its size, less what least
    # squares gains, by far less; only a rise within the rounding that the criterion grants passes (256 EPS of it).
    rate = 100 * np.mean(np.abs(y)) * np.linalg.norm(2 * X.T @ y / len(y))
    assert found * rate < 256 * EPS * np.mean(y**2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"criterion": "safe"}, "criterion must be one of .* got 'safe'"),
        ({"tol": 0.0}, "tol must be positive, got 0.0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"radius": -1.0}, "radius must be non-negative, got -1.0"),
        ({"radius": [1.0, 2.0]}, "X must be a single data set"),
        ({"X": np.ones((2, 10, 4))}, "X must be a single data set"),
        ({"X": np.ones((0, 4))}, "X must have shape"),
        ({"X": np.full((10, 4), math.nan)}, "X must be finite"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    X, y = data()
    arguments: dict[str, object] = {"X": X, "y": y, "radius": 0.1, "steps": 10}
    with pytest.raises(ValueError, match=message):
        largest_stable_step(**(arguments | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("X", "radius", "message"),
    [
        (np.ones(3), 0.1, "X must have shape"),
        (np.ones((2, 3, 3)), 0.1, r"X must have shape \(n, d\)"),
        (np.full((2, 2), math.inf), 0.1, "X must be finite"),
        (np.ones((2, 2)), -0.1, "radius must be non-negative"),
    ],
)
def test_wrong_arguments_of_the_sufficient_step_are_refused(X: FloatArray, radius: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sufficient_step(X, radius)


@pytest.mark.parametrize("limit", [1e-30, 1 / 200, 0.3, 0.5, 1.0, 3.0, 200.0, 1e30])
def test_the_bracket_is_next_to_the_limit_on_either_side_of_the_start(limit: float) -> None:
    low, high = _bracket(lambda steps: steps <= limit, 1.0)
    assert low <= limit < high <= 2 * low


@pytest.mark.parametrize(("stable", "low", "high"), [(True, 1.0, math.inf), (False, 0.0, 1.0)])
def test_the_bracket_is_open_where_no_step_is_the_limit(stable: bool, low: float, high: float) -> None:
    found = _bracket(lambda steps: np.full(len(steps), stable), 1.0)
    assert found[0] >= low
    assert found[1] <= high
    assert (found[1] == math.inf) is stable
