"""Algorithm 1: against autograd step by step, the span of the samples, batches, curves, stopping, and bad input."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from models.attacks import linear_attack
from models.linear import batch as batches
from models.linear.training import Training, adversarial_training
from theory.population import EPS, LinearGaussian
from theory.risk import adversarial_risk
from theory.surrogate import surrogate_risk
from theory.validation import FloatArray

NORMS = [2, math.inf]
CURVES = ("train", "adversarial_train", "residual", "population", "surrogate", "standard")

# Fifty steps, each with a relative error of a few dozen roundings that a stable iteration does not amplify.
ROUNDING = 50 * 64 * EPS


def data(n: int = 8, d: int = 4, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] + rng.normal(size=n)


def by_autograd(
    X: FloatArray,
    y: FloatArray,
    radius: float,
    smoothing: float,
    norm: float,
    update: str,
    step_size: float,
    steps: int,
    init: FloatArray,
    l1: float = 0.0,
) -> FloatArray:
    """Algorithm 1 as printed: perturbed samples, then a step on their mean squared error."""
    samples, responses, theta = (torch.from_numpy(array) for array in (X, y, init))
    for _ in range(steps):
        theta = theta.detach().requires_grad_()
        attack = linear_attack(samples, responses, theta, radius, norm, smoothing)
        if update == "frozen":
            attack = attack.detach()
        (gradient,) = torch.autograd.grad(torch.mean(((samples + attack) @ theta - responses) ** 2), theta)
        theta = torch.nn.functional.softshrink((theta - step_size * gradient).detach(), step_size * l1)
    return theta.detach().numpy()


@pytest.mark.parametrize(("n", "d"), [(8, 4), (4, 12), (1, 1), (5, 6)])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 1.0])
@pytest.mark.parametrize("update", ["frozen", "full"])
@pytest.mark.parametrize("l1", [0.0, 0.1])
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_every_step_is_that_of_autograd(
    n: int, d: int, norm: float, smoothing: float, update: str, l1: float, start: float
) -> None:
    X, y = data(n, d)
    init = start * np.random.default_rng(1).normal(size=d)
    trained = adversarial_training(
        X, y, 0.1, smoothing, norm, step_size=0.02, steps=50, init=init, update=update, l1=l1
    )
    expected = by_autograd(X, y, 0.1, smoothing, norm, update, 0.02, 50, init, l1)
    np.testing.assert_allclose(trained.coefficients, expected, atol=ROUNDING * np.abs(expected).max())


@pytest.mark.parametrize("start", [None, 0.1])
def test_the_span_of_the_samples_gives_the_iterates_of_the_whole_space(start: float | None) -> None:
    X, y = data(20, 400)
    init = None if start is None else np.full(400, start)
    arguments = (X, y, 0.1, 0.5)
    within = adversarial_training(*arguments, step_size=0.005, steps=200, init=init).coefficients
    # A penalty far below rounding is not zero: it forces the whole space.
    whole = adversarial_training(*arguments, step_size=0.005, steps=200, init=init, l1=1e-300).coefficients
    np.testing.assert_allclose(within, whole, atol=4 * ROUNDING * np.abs(whole).max())


def test_dependent_samples_have_a_span_too() -> None:
    X, y = data(3, 10)
    X, y = np.concatenate([X, X, 0 * X]), np.concatenate([y, -y / 2, y])
    trained = adversarial_training(X, y, 0.1, 0.5, step_size=0.05, steps=50).coefficients
    expected = by_autograd(X, y, 0.1, 0.5, 2, "frozen", 0.05, 50, np.zeros(10))
    np.testing.assert_allclose(trained, expected, atol=ROUNDING * np.abs(expected).max())


def many(n: int, d: int, norm: float) -> tuple[dict[str, object], list[dict[str, object]]]:
    """A batch of six with everything its own, and its members."""
    rng = np.random.default_rng(2)
    own = {
        "X": rng.normal(size=(6, n, d)),
        "y": rng.normal(size=(6, n)),
        "radius": np.array([0, 0.1, 0.2, 0, 0.1, 0.2]),
        "smoothing": np.array([0, 0, 0, 0.5, 0.5, 1.0]),
        "step_size": np.linspace(0.01, 0.03, 6),
        "stop_residual": np.array([0, 0.7, 0.8, 0.3, 0.6, 1e9]),
        "init": 0.1 * rng.normal(size=(6, d)),
        "l1": np.zeros(6) if norm == 2 else np.linspace(0, 0.1, 6),
    }
    shared = {"norm": norm, "steps": 60, "record": CURVES, "population": LinearGaussian(np.ones(d), np.eye(d), 1.0)}
    return own | shared, [{name: value[i] for name, value in own.items()} | shared for i in range(6)]


def train(arguments: dict[str, object]) -> Training:
    return adversarial_training(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("n", "d"), [(8, 4), (4, 12)])
@pytest.mark.parametrize("working_bytes", [1, 2000, 2**28])
def test_a_batch_is_its_members_however_it_is_cut(
    n: int, d: int, norm: float, working_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, members = many(n, d, norm)
    expected = [train(member) for member in members]
    monkeypatch.setattr(batches, "WORKING_BYTES", working_bytes)
    trained = train(together)
    assert trained.steps_taken.tolist() == [int(member.steps_taken) for member in expected]
    assert trained.stopped.tolist() == [bool(member.stopped) for member in expected]
    for i, member in enumerate(expected):
        np.testing.assert_allclose(trained.coefficients[i], member.coefficients, atol=ROUNDING)
        for name in CURVES:
            length = len(member.recorded_steps)
            np.testing.assert_allclose(trained.curves[name][i, :length], member.curves[name], rtol=1e-10, atol=ROUNDING)
            assert np.all(trained.curves[name][i, length:] == trained.curves[name][i, length - 1])


def test_data_shared_by_a_batch_need_not_be_repeated() -> None:
    X, y = data(4, 12)
    radius = np.array([0.0, 0.1, 0.2])
    shared = adversarial_training(X, y, radius, 0.5, step_size=0.02, steps=50, init=np.ones((3, 12)))
    repeated = adversarial_training([X] * 3, [y] * 3, radius, 0.5, step_size=0.02, steps=50, init=np.ones(12))
    np.testing.assert_allclose(shared.coefficients, repeated.coefficients, atol=ROUNDING)


def test_samples_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(3).normal(size=(5, 4, 30))
    mapped = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    y = X[..., 0]
    expected = adversarial_training(X, y, 0.1, 0.5, step_size=0.02, steps=20).coefficients
    monkeypatch.setattr(batches, "WORKING_BYTES", 8 * 4 * 30)
    found = adversarial_training(mapped, y, 0.1, 0.5, step_size=0.02, steps=20).coefficients
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize(("n", "d"), [(12, 4), (4, 12)])
def test_curves_are_losses_and_risks_of_the_iterates(
    n: int, d: int, norm: float, smoothing: float, diagonal: bool
) -> None:
    root = np.random.default_rng(4).normal(size=(d, d - 1))
    covariance = np.diag(np.arange(float(d))) if diagonal else root @ root.T
    population = LinearGaussian(np.ones(d), covariance, 0.5)
    X, y = data(n, d)
    options = {"step_size": 0.01, "population": population, "record": CURVES, "record_every": 3}
    run = adversarial_training(X, y, 0.3, smoothing, norm, steps=7, **options)  # type: ignore[arg-type]
    assert run.recorded_steps.tolist() == [0, 3, 6, 7]
    for k, steps in enumerate(run.recorded_steps):
        theta = adversarial_training(X, y, 0.3, smoothing, norm, steps=int(steps), step_size=0.01).coefficients
        e = X @ theta - y
        expected = {
            "train": np.mean((e + linear_attack(X, y, theta, 0.3, norm, smoothing) @ theta) ** 2),
            "adversarial_train": np.mean((e + linear_attack(X, y, theta, 0.3, norm) @ theta) ** 2),
            "residual": math.sqrt(np.mean(e**2)),
            "population": adversarial_risk(theta, population, 0.3, norm),
            "surrogate": surrogate_risk(theta, population, 0.3, smoothing, norm),
            "standard": population.clean_risk(theta),
        }
        for name, value in expected.items():
            # The quadrature behind the linf surrogate risk is accurate to 1e-13.
            np.testing.assert_allclose(run.curves[name][k], value, rtol=1e-12)


def test_a_replicate_stops_at_the_first_step_below_the_level() -> None:
    X, y = data(6, 30)
    full = adversarial_training(X, y, 0.1, 0.5, step_size=0.02, steps=200, record=("residual",))
    level = 0.5 * (full.curves["residual"][36] + full.curves["residual"][37])
    run = adversarial_training(
        X, y, 0.1, 0.5, step_size=0.02, steps=200, stop_residual=level, record=("residual",), record_every=10
    )
    assert bool(run.stopped)
    assert int(run.steps_taken) == 37
    assert run.recorded_steps.tolist() == [0, 10, 20, 30, 40]
    assert run.curves["residual"][-1] == pytest.approx(full.curves["residual"][37], rel=ROUNDING)


def test_the_start_never_stops_a_run() -> None:
    X, y = data()
    run = adversarial_training(X, y, 0.1, step_size=0.01, steps=5, stop_residual=1e9)
    assert (int(run.steps_taken), bool(run.stopped)) == (1, True)


def test_no_steps_return_the_start() -> None:
    X, y = data(3, 8)
    init = np.arange(8.0)
    run = adversarial_training(X, y, 0.1, step_size=0.01, steps=0, init=init, stop_residual=1e9, record=("train",))
    np.testing.assert_allclose(run.coefficients, init, atol=64 * EPS * 8)
    assert (int(run.steps_taken), bool(run.stopped), run.curves["train"].shape) == (0, False, (1,))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("n", "d"), [(8, 4), (4, 12)])
@pytest.mark.parametrize(("a", "b"), [(500, 400), (-500, -400), (300, -200), (-300, 300)])
def test_units_change_nothing(n: int, d: int, norm: float, a: int, b: int) -> None:
    X, y = data(n, d)
    here = adversarial_training(X, y, 0.1, 0.5, norm, step_size=0.01, steps=20, record=("train",))
    there = adversarial_training(
        np.ldexp(X, a),
        np.ldexp(y, b),
        math.ldexp(0.1, a),
        math.ldexp(0.5, 2 * b - a),
        norm,
        step_size=math.ldexp(0.01, -2 * a),
        steps=20,
        record=("train",),
    )
    np.testing.assert_array_equal(there.coefficients, np.ldexp(here.coefficients, b - a))
    np.testing.assert_array_equal(there.curves["train"], np.ldexp(here.curves["train"], 2 * b))


def test_zero_data_stay_at_zero() -> None:
    run = adversarial_training(np.zeros((3, 5)), np.zeros(3), 0.1, step_size=1.0, steps=10, record=("train",))
    assert not run.coefficients.any()
    assert not run.curves["train"].any()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("step_size", [3.0, 1e9, 1e300])
def test_a_step_that_diverges_is_named_with_the_largest_stable_one(norm: float, step_size: float) -> None:
    X, y = data(20, 4)
    with pytest.raises(ValueError, match=r"step_size must be at most about .* got ") as refusal:
        adversarial_training(X, y, 0.1, 0.5, norm, step_size=step_size, steps=500)
    words = str(refusal.value).split()
    stable = float(words[words.index("about") + 1])
    assert float(words[-1]) == step_size
    adversarial_training(X, y, 0.1, 0.5, norm, step_size=0.99 * stable, steps=500)
    with pytest.raises(ValueError, match="step_size"):
        adversarial_training(X, y, 0.1, 0.5, norm, step_size=1.1 * stable, steps=2000)


def test_a_run_diverges_when_its_loss_has_grown_by_the_inverse_of_rounding() -> None:
    # θ - 1 is multiplied by 1 - 2η = -10: after seven steps the loss is 1e14, after eight 1e16 > 1/EPS = 4.5e15.
    options = {"X": [[1.0]], "y": [1.0], "radius": 0.0, "step_size": 5.5}
    assert train(options | {"steps": 7}).coefficients == pytest.approx(1 + 1e7)
    with pytest.raises(ValueError, match="step_size must be at most about"):
        train(options | {"steps": 8})


def test_one_diverging_replicate_of_a_batch_is_named() -> None:
    X, y = data(20, 4)
    with pytest.raises(ValueError, match=r"step_size must be .* got 7.0 in replicate 1"):
        adversarial_training(X, y, 0.1, step_size=[0.01, 7.0, 0.02], steps=10_000)


WRONG: list[tuple[dict[str, object], str]] = [
    ({"X": np.ones((0, 4))}, "X must have shape"),
    ({"X": np.ones((8, 0))}, "X must have shape"),
    ({"X": []}, "X must have shape"),
    ({"X": np.ones((2, 2, 8, 4))}, "X must have shape"),
    ({"X": [["a"]]}, "X must be an array of real numbers"),
    ({"X": np.array([["a"]])}, "X must be an array of real numbers"),
    ({"X": [[1.0], [1.0, 2.0]]}, "X must be a rectangular array"),
    ({"X": np.full((8, 4), math.nan)}, r"X must be finite, got nan at index \(0, 0\)"),
    ({"X": np.stack([np.ones((8, 4)), np.full((8, 4), math.inf)])}, r"X\[1\] must be finite, got inf"),
    ({"y": np.ones(7)}, r"y must have shape \(8,\) or \(B, 8\) to match X, got shape \(7,\)"),
    ({"y": np.full(8, math.nan)}, "y must be finite"),
    ({"init": np.ones(3)}, "init must have shape"),
    ({"init": np.full(4, math.inf)}, "init must be finite"),
    ({"radius": -1.0}, "radius must be non-negative, got -1.0"),
    ({"radius": math.nan}, "radius must be finite"),
    ({"radius": [[1.0]]}, "radius must be a number or have shape"),
    ({"smoothing": -1.0}, "smoothing must be non-negative, got -1.0"),
    ({"l1": -1.0}, "l1 must be non-negative, got -1.0"),
    ({"stop_residual": -1.0}, "stop_residual must be non-negative, got -1.0"),
    ({"step_size": 0.0}, "step_size must be positive, got 0.0"),
    ({"step_size": []}, "step_size must be a number or have shape"),
    ({"radius": [1.0, 2.0], "l1": [0.0] * 3}, "the batch must have one size, got radius: 2, l1: 3"),
    ({"norm": 1}, "norm must be 2 or inf, got 1"),
    ({"update": "exact"}, "update must be one of .* got 'exact'"),
    ({"steps": -1}, "steps must be at least 0, got -1"),
    ({"steps": 2.5}, "steps must be an integer, got 2.5"),
    ({"record_every": 0}, "record_every must be at least 1, got 0"),
    ({"record": ("loss",)}, "record must hold names among .* got 'loss'"),
    ({"record": "train"}, "record must hold names among"),
    ({"record": ("population",)}, "population must be given to record 'population', got None"),
    ({"population": LinearGaussian(np.ones(1), np.eye(1), 1.0)}, "population must have d = 4 to match X, got d = 1"),
]


@pytest.mark.parametrize(
    ("change", "message"), WRONG, ids=[f"{message[:20]}{i}" for i, (_, message) in enumerate(WRONG)]
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    X, y = data()
    arguments: dict[str, object] = {"X": X, "y": y, "radius": 0.1, "step_size": 0.01, "steps": 10}
    with pytest.raises(ValueError, match=message):
        train(arguments | change)
