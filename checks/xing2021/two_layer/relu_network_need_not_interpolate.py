r"""A ReLU network trained from zero, with any derivative $c > 0$ at 0 and any number of neurons of both signs, need not
interpolate, though $d \geq n$: with $x_1 = (1, 0)$, $y_1 = 1/10$, $x_2 = (-1/2, 1)$ and $y_2 = 1$ every neuron comes to
be inactive at $x_1$ and stays so, $f(x_1) = 0$, and the residual $-y_1$ is left for ever. (The paper has none; it stops
training at a level.)
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.exact_relu_networks import ROOT_WIDTH, WEIGHTS, State, states
from models.two_layer import network_training, relu
from theory.two_layer import whole_network
from theory.validation import FloatArray

STEP, ROUNDS = Fraction(1, 2), 60
SLOPES = (Fraction(1), Fraction(1, 2))
FITTED = 1e-6  # mean squared residual, of that of y, at which a training is on its way to interpolation
NETWORKS, WIDTH, STEPS = 4, 12, 600
ROUNDING = 1e-12  # of a residual after so many steps, each of a few EPS


@dataclass(frozen=True)
class DataSet:
    """Two samples in the plane, x₂ = (overlap, 1), with responses y₁ and 1."""

    response: Fraction = Fraction(1, 10)
    overlap: Fraction = Fraction(-1, 2)

    @property
    def inputs(self) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
        """The samples."""
        return (Fraction(1), Fraction(0)), (self.overlap, Fraction(1))

    @property
    def y(self) -> tuple[Fraction, Fraction]:
        """The responses."""
        return self.response, Fraction(1)

    @property
    def latex(self) -> str:
        """The data as LaTeX."""
        return rf"x_1 = (1, 0),\ y_1 = {self.response},\ x_2 = ({self.overlap}, 1),\ y_2 = 1"


@lru_cache(maxsize=32)
def exact_run(data: DataSet, slope: Fraction) -> tuple[State, ...]:
    """Exact training of four neurons."""
    return tuple(islice(states(data.inputs, data.y, slope, STEP), ROUNDS))


def settled(data: DataSet, state: State) -> bool:
    """Whether x₁ is inactive for ever from here on.

    All neurons are below 0 at x₁, those of negative weight at x₂ too, so that they rest. Those of positive weight move
    along x₂ while f(x₂) < y₂, and x₁ᵀx₂ < 0 lowers them at x₁; a step takes less than all of the residual at x₂.
    """
    contraction = STEP * 2 * sum(a * a for a in WEIGHTS if a > 0) * (data.overlap**2 + 1)
    contraction /= len(data.y) * ROOT_WIDTH**2
    pairs = tuple(zip(WEIGHTS, state.products[1], strict=True))
    resting = all(u < 0 for a, u in pairs if a < 0) and all(u > 0 for a, u in pairs if a > 0)
    return state.inactive(0) and resting and state.residuals[1] < 0 and data.overlap < 0 and contraction < 1


def exact_training(formula: DataSet, budget: Budget) -> Evidence:
    """Training four neurons in rational arithmetic until x₁ is certainly left for ever, or fitted."""
    runs = [exact_run(formula, slope) for slope in SLOPES]
    when = [next((t for t, state in enumerate(run) if settled(formula, state)), None) for run in runs]
    fitted = [run[-1].mean_square < FITTED * run[0].mean_square for run in runs]
    outcome = Outcome.HOLDS if None not in when else Outcome.FAILS if any(fitted) else Outcome.INCONCLUSIVE
    ends = ", ".join(f"{float(-run[-1].residuals[0]):.6g}" for run in runs)
    return Evidence(
        Kind.CERTIFIED, outcome, "h = 4, a = ±1, η = 1/2, no attack, relu'(0) = 1 and 1/2",
        f"In exact arithmetic y₁ - f(x₁) is {ends} after {ROUNDS - 1} steps, with y₁ = {formula.response}; x₁ is "
        f"certainly left for ever from step {', '.join(map(str, when))} on.",
        {"steps": float(ROUNDS - 1), "left in": float(sum(t is not None for t in when))},
        f"y₁ = {formula.response}: mean squared residual {float(runs[0][-1].mean_square):.3g}"
        if outcome is Outcome.FAILS
        else None,
        charts=(_chart(runs[0]),),
    )  # fmt: skip


def _chart(run: tuple[State, ...]) -> Chart:
    steps = tuple(float(t) for t in range(len(run)))
    parts = (tuple(float(abs(state.residuals[i])) for state in run) for i in (0, 1))
    series = tuple(Series(f"sample {i + 1}", steps, values) for i, values in enumerate(parts))
    return Chart("Residuals of the two samples", "step", "|f(x) - y|", series, y_log=True)


@lru_cache(maxsize=32)
def final_residuals(data: DataSet, seed: int) -> FloatArray:
    """Residuals at x₁ and x₂ of whole networks with weights of either sign after long training, (networks, 2)."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(NETWORKS):
        a = rng.uniform(0.5, 2.0, WIDTH) * np.where(np.arange(WIDTH) < WIDTH // 2, 1, -1)
        X, y = (np.array([[float(v) for v in row] for row in data.inputs]), np.array([float(v) for v in data.y]))
        network = whole_network(a)
        trained = network_training(
            X, y, network, relu(float(SLOPES[number % 2])), 0.0, step_size=network.step_size(0.2), steps=STEPS
        )
        f = np.maximum(X @ trained.vectors[0].T, 0) @ network.output_weights
        found.append(f - y)
    return np.array(found)


def whole_networks(formula: DataSet, budget: Budget) -> Evidence:
    """Whether networks of twelve neurons with random weights leave the residual -y₁."""
    residuals = final_residuals(formula, budget.seed)
    target = np.array([-float(formula.response), 0.0])
    kept, fitted = (np.abs(residuals - at).max(axis=1) < ROUNDING for at in (target, np.zeros(2)))
    outcome = Outcome.HOLDS if kept.all() else Outcome.FAILS if fitted.any() else Outcome.INCONCLUSIVE
    text = f"{int(kept.sum())} of {NETWORKS} networks end with the residuals -y₁ and 0, {int(fitted.sum())} interpolate"
    return Evidence(
        Kind.TRAINED, outcome, f"h = {WIDTH}, |a_j| from 0.5 to 2, relu'(0) = 1 and 1/2, {STEPS} steps",
        f"With y₁ = {formula.response}: {text}.", {"networks": float(NETWORKS), "interpolating": float(fitted.sum())},
        text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


CLAIM = Claim(
    id="xing2021.relu_network_need_not_interpolate",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    ours=True,
    formula=DataSet(),
    checks=(
        Check("exact_training", Kind.CERTIFIED, exact_training),
        Check("whole_networks", Kind.TRAINED, whole_networks),
    ),
    mutants=(
        Mutant("five_percent_beyond_one_half", DataSet(response=Fraction(21, 40))),
        Mutant("orthogonal_samples", DataSet(overlap=Fraction(0))),
        Mutant("samples_at_an_acute_angle", DataSet(overlap=Fraction(1, 2))),
    ),
)
