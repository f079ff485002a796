"""Every public function refuses bad input with one clear ValueError, or copes: the same draws in every run."""

import contextlib
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings

from models.attacks.exact import linear_maximum
from models.attacks.threat import Threat
from models.linear import adversarial_minimizer, adversarial_training, largest_stable_step, sufficient_step
from models.linear.active_set import _saddle_solver
from models.linear.population import ExpectedUpdate
from tests.fuzz import hostile, surface
from tests.fuzz.arguments import NoStrategy, Sizes, valid
from tests.fuzz.functions import fuzzed
from tests.fuzz.known import FROZEN, reason
from tests.fuzz.oracle import DEFECT, limited, outcome
from tests.fuzz.surface import Parameter, Target
from theory.early_stopping import StoppedTraining, linear_residuals
from theory.interpolation import InterpolatorLaw
from theory.interpolation_stability import Interpolation
from theory.lasso import least_penalty_constant, penalised_optimum
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.sampling import minimizer_covariance
from theory.schedules import lasso_penalty, low_dimensional_schedule, network_schedule
from theory.surrogate import surrogate_risk_from_moments
from theory.two_layer import Reduction, relu_reduction_of, whole_network

EXAMPLES = 15
TARGETS, LEFT_OUT = surface.everything()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_public_function_returns_or_refuses(target: Target) -> None:
    tally = fuzzed(target, EXAMPLES, None)
    assert tally.calls
    for (kind, detail), arguments in tally.defects.items():
        assert reason(target.name, kind), f"{target.name}({arguments}): {kind}: {detail}"


def test_what_readers_are_shown_is_fuzzed() -> None:
    names = {target.name for target in TARGETS}
    assert {
        "theory.optimum.robust_minimizer", "theory.population.LinearGaussian", "theory.risk.adversarial_risk",
        "theory.population.LinearGaussian.sample", "models.linear.training.adversarial_training",
        "models.linear.minimizer.adversarial_minimizer", "models.attacks.pgd.pgd", "models.datasets.load",
    } <= names  # fmt: skip


def test_every_exclusion_is_of_something() -> None:
    assert all(any(name.startswith(f"{entry}.") or name == entry for name in LEFT_OUT) for entry in surface.EXCLUDED)
    assert all(LEFT_OUT.values())
    assert FROZEN


def broken(function: object, **parameters: Parameter) -> Target:
    return Target("ours.broken", function, parameters, "", surface)  # type: ignore[arg-type]


@dataclass
class Unheard:
    x: int


def test_an_annotation_without_a_strategy_fails() -> None:
    with pytest.raises(NoStrategy, match="takes what: Unheard"):
        valid(broken(Unheard, what=Parameter("Unheard")), "what", Parameter("Unheard"), Sizes(1, 1, "mild"))


def _returns_nan(radius: float) -> float:
    return radius * float("nan")


def _divides(radius: float) -> float:
    return 1 / radius


def _warns(radius: float) -> float:
    return float(np.float64(1e308) * 10 * np.float64(radius))


def _writes(X: np.ndarray) -> None:
    X[...] = 7.0


def _says_nothing(radius: float) -> None:
    raise ValueError("bad input")


def _spins(radius: float) -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("function", "arguments", "kind"),
    [
        (_returns_nan, {"radius": 1.0}, "NaN"),
        (_divides, {"radius": 0.0}, "ZeroDivisionError"),
        (_divides, {"radius": "a"}, "TypeError"),
        (_warns, {"radius": 1.0}, "warning"),
        (_writes, {"X": np.zeros(2)}, "mutation"),
        (_says_nothing, {"radius": 0.0}, "message"),
        (_spins, {"radius": 0.0}, "hang"),
        (np.linalg.inv, {"a": np.zeros((2, 2))}, "LinAlgError"),
    ],
)
def test_each_kind_of_defect_is_seen(
    function: object, arguments: dict[str, object], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.oracle.PATIENCE", 0.2)
    found = outcome(broken(function, **{name: Parameter("Any") for name in arguments}), arguments)
    assert (found.status, found.kind) == (DEFECT, kind)


def test_the_draws_reach_every_kind_of_bad_input() -> None:
    seen: set[str] = set()

    @settings(max_examples=1500, database=None, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(hostile.arrays(np.ones((2, 2))), hostile.integers(False))
    def look(X: object, n: object) -> None:
        seen.update({f"X {type(X).__name__}", f"n {type(n).__name__}"})
        if isinstance(X, np.ndarray):
            seen.update({f"dtype {X.dtype.kind}", f"ndim {X.ndim}"} | ({"empty"} if X.size == 0 else set()))
            seen.update({"locked"} if not X.flags.writeable else set())
            if X.dtype.kind == "f":
                seen.update(
                    str(value)
                    for value in (np.nan, np.inf)
                    if (value == X).any() or (np.isnan(value) and np.isnan(X).any())
                )
        seen.update({"huge"} if isinstance(n, int) and n == 2**70 else set())

    look()
    wanted = {"X NoneType", "X str", "X list", "dtype O", "dtype c", "dtype b", "dtype U", "ndim 0", "ndim 3", "empty"}
    assert {*wanted, "nan", "inf", "locked", "huge", "n float", "n str", "n NoneType"} <= seen


HUGE = LinearGaussian([1e160], [[1.0]], 1.0)
AT = InterpolatorLaw(2, 4, 1.0, 0.5)
TINY, FLAT = LinearGaussian([1024.0], [[1.0]], 5e-324), LinearGaussian([1.0, 1.0], np.diag([0.0, 1.0]), 1.0)
ONE = Reduction(np.ones(1), np.ones(1), 1)
X, Y = np.eye(2), np.ones(2)


# Each was found by the draws above; the input is the smallest that showed it.
@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: InterpolatorLaw(3, 7, 1e160, 0.0).squared_norm_mean, "self must keep"),
        (lambda: AT.mean(lambda norm, error: norm, nodes=0), "nodes must be at least 1, got 0"),
        (lambda: AT.variables({}), "nodes must be an integer, got {}"),
        (lambda: LinearGaussian([1.0], [[1.0]], 1.0).sample(2**70, np.random.default_rng(0)), "n must be at most"),
        (lambda: StoppedTraining(3.5, 9, 1.0, 1.0, 0.1), "n must be an integer, got 3.5"),
        (lambda: StoppedTraining(3, 9, 1.0, 1.0, None), "step_size must be a real number, got None"),
        (lambda: StoppedTraining(3, 5, 0.0, 0.0, 0.1).time(0.0), "must not both be 0"),
        (lambda: StoppedTraining(3, 9, 1.0, 1.0, 0.1).risk(np.nan), "radius must be finite, got nan"),
        (lambda: StoppedTraining(3, 9, 1.0, 1.0, 0.1).risk(1.0, None), "smoothing must be a real number, got None"),
        (lambda: linear_residuals(False, Y, 0.1, [1]), "X must have shape"),
        (lambda: linear_residuals(X, [1.0], 0.1, [1]), "y must have shape"),
        (lambda: linear_residuals(X, Y, 0.1, [0.5]), "times must be whole numbers"),
        (lambda: Interpolation.of([1.0], [1.0]), r"X must have shape \(n, d\)"),
        (lambda: Interpolation.of([[0.0, 0.0]], [1.0]), "X must have full row rank"),
        (lambda: Interpolation.of(X, Y).multipliers(1.0, 0.0, 0.1, "full"), "smoothing must be positive, got 0.0"),
        (lambda: Interpolation.of(X, Y).multipliers(1.0, 1.0, 0.1, "all"), "update must be one of .*, got 'all'"),
        (lambda: least_penalty_constant(TINY, 0.0), "population, radius must keep"),
        (lambda: minimizer_covariance([0.0, 1.0], FLAT, 0.0), "must have a nonsingular Hessian"),
        (lambda: lasso_penalty(1e308, 4, 1, 1, 1e308), "must keep lasso_penalty within the range"),
        (lambda: low_dimensional_schedule(1.0, 10**400, 1, 1.0), "must keep low_dimensional_schedule within the"),
        (lambda: network_schedule(1.0, 9, 1, 1.0, width="9"), "width must be a real number, got '9'"),
        (lambda: network_schedule(1.0, 9, 1, 1.0, reading=[]), r"reading must be one of .*, got \[\]"),
        (lambda: relu_reduction_of([1e-308]), "weights must have squares"),
        (lambda: whole_network([1e-200]).step_size(1.0), "must keep step_size within the range"),
        (lambda: ONE.linear_part([[1.0]], "1"), "slope must be a real number, got '1'"),
        (lambda: adversarial_minimizer(X, Y, 0.1, max_iterations=range(3)), "max_iterations must be an integer"),
        (lambda: largest_stable_step(X, Y, 0.1, steps=2, tol=None), "tol must be a real number, got None"),
        (lambda: largest_stable_step(X, Y, 0.1, steps=2, l1=None), "l1 must be a number .*, got None"),
        (lambda: adversarial_training(X, Y, 0.1, step_size=None, steps=1), "step_size must be a number .*, got None"),
        (lambda: sufficient_step(X, None), "radius must be a number .*, got None"),
        (lambda: sufficient_step([[1.0], [1.0, 2.0]], 0.1), "X must be a rectangular array"),
        (lambda: ExpectedUpdate(HUGE, 1.0, update=np.array(["full", "x"])), "update must be one of"),
    ],
)  # fmt: skip
def test_found_input_is_refused(call: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()  # type: ignore[operator]


def test_where_the_expansion_of_the_length_is_negative_there_is_none() -> None:
    at = StoppedTraining(3, 9, 1.0, 1.0, 0.1)
    assert at.coefficient_norm < 0
    assert at.training_loss(1.0, 0.5) == pytest.approx(at.training_std**2)
    assert at.risk(1.0) == pytest.approx(at.residual_std**2)


def test_a_tolerance_below_rounding_ends() -> None:
    assert largest_stable_step(X, Y, 0.1, steps=2, tol=5e-324) > 0


def test_a_saddle_point_without_a_free_coordinate_is_found() -> None:
    step, _ = _saddle_solver(np.zeros((2, 0)))(np.zeros((0, 0)), np.zeros(0), np.zeros(2))
    assert step.size == 0


def test_a_tiny_signal_has_a_penalised_optimum() -> None:
    assert penalised_optimum(LinearGaussian([-9.9e-84], [[1.0]], 1.7), 0.0, 0.0) == pytest.approx(-9.9e-84)


def test_a_minimiser_whose_curvature_overflows_is_not_sought_for_ever() -> None:
    with limited(5), contextlib.suppress(ValueError):
        adversarial_minimizer([[2.7e-77], [0.0]], [-2.4, 1.0], 2.4, smoothing=1.9, tol=1.0, max_iterations=1)


@pytest.mark.parametrize("radius", [1e200, 1.7e308])
def test_a_ball_may_be_larger_than_the_root_of_float64(radius: float) -> None:
    x = torch.zeros(1, 2, dtype=torch.float64)
    moved = linear_maximum(torch.tensor([[1.0, -2.0]]), x, Threat(2, radius))
    assert moved.tolist() == [[1.0, -0.0]]


def test_a_negative_zero_is_zero() -> None:
    assert surrogate_risk_from_moments(1.0, -0.0, 0.0, 1e-285) == 1.0


def test_what_is_larger_than_float64_is_infinite_where_that_is_said() -> None:
    assert adversarial_risk([1e200], LinearGaussian([1.0], [[1.0]], 1.0), 1.0) == np.inf
    subnormal = LinearGaussian([-0.15, 1.4e-45], [[7.4, 0.8], [0.8, 0.09]], 1.4e-45)
    assert np.isfinite(robust_minimizer(subnormal, 2.0, np.inf).risk)
