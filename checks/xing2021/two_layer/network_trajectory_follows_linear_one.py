r"""Remark 2. The proof of Theorem 3 is similar to Ba et al. (2020): as the number of hidden nodes $h$ grows, the
trajectories of optimization using linear network (with zero initialization) and nonlinear network (with vanishing
initialization) are slightly different, while the convergence result of the former one can be simply extended from
linear models. (We read off, for bounded $\phi'''$ and the linear parts $\beta = \phi'(0) \Theta a / \sqrt{h}$:
$\max_{t \leq T} \|\beta^{(t)} - \theta^{(t)}\| / v \rightarrow 0$ for every fixed $T$. We add the rate. From zero it is
$h^{-1/2}$, and $h^{-1}$ if $\phi''(0) \sum_j a_j^3 = 0$. From the vanishing initialisation it is the slower one of that
and $h^{-(1+\delta)/2}$, the size of $\beta^{(0)}$, since $E\|\beta^{(0)}\|^2 = \phi'(0)^2 \|a\|^2 / h^{2+\delta}$.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import symbolic, trend
from checks.evidence.trend import Limit, Sweep
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import smooth_network_approaches_linear_model as approach
from checks.xing2021.two_layer.smooth_networks import FAMILIES, Family, Lesson
from models.two_layer import network_training
from models.two_layer.activations import IDENTITY, SOFTPLUS, TANH
from theory.derivations import lazy_network as derivations
from theory.notation import activation_slope, output_weight, start_exponent, width
from theory.two_layer import Reduction, collapse, whole_network
from theory.validation import FloatArray


@dataclass(frozen=True)
class Trajectories:
    """How networks from zero approach the linear model, and a neuron's share of E‖β(0)‖² from a vanishing start."""

    from_zero: approach.Approach
    start: sp.Expr

    def exponent(self, family: Family, delta: float | None = None) -> float:
        """The exponent of h in max ‖β - θ‖, from zero, or from the vanishing start with that δ."""
        slow = self.from_zero.exponent(family)
        if delta is None:
            return slow
        degree = sp.simplify(width * sp.diff(sp.log(self.start), width)).subs(start_exponent, delta)
        return max(slow, float(degree + 1) / 2)

    @property
    def latex(self) -> str:
        """The share of the start as LaTeX."""
        return rf"E\|\beta^{{(0)}}\|^2 = \sum_j {sp.latex(self.start)}"


LESSON, SMALL = Lesson(40, 3, 60), Lesson(16, 2, 30, linear_step=0.2)
WIDTHS = 12 * 10 ** np.arange(7)
SIZES = (16, 32, 64, 128, 256, 512)
"""Widths h; slopes are taken from h to 4h."""


def collapsed(formula: Trajectories, budget: Budget) -> Evidence:
    """The exponent of h from zero over the last decade of widths, against the claimed one.

    Slopes approach their limit in powers of 1/√h, so that what is left is less than half the last change.
    """
    wrong, worst, drawn = [], 0.0, []
    rounding, linear = LESSON.rounding(budget.seed), LESSON.bent(0.0, budget.seed).path
    for family in FAMILIES:
        runs = [LESSON.network(family, int(h), budget.seed) for h in WIDTHS]
        sizes = np.array([np.linalg.norm(run.path - linear, axis=1).max() for run in runs])
        before, last = (np.log10(b / a) for a, b in list(pairwise(sizes))[-2:])
        excess = abs(last - formula.exponent(family)) / (abs(last - before) + rounding / sizes[-1])
        worst = max(worst, float(excess))
        if excess > 1:
            wrong.append(f"{family}: exponent {last:.5f}, claimed {formula.exponent(family):.5g}")
        drawn.append(Series(str(family), tuple(map(float, WIDTHS)), tuple(sizes.tolist()), points=True))
    return Evidence(
        Kind.TREND, Outcome.FAILS if wrong else Outcome.HOLDS,
        f"nine networks from zero, Σ = I, n = {LESSON.n}, d = {LESSON.d}, {LESSON.steps} steps, h = 12 to 1.2e7",
        "Exponents of h from 1.2e6 to 1.2e7 in the largest distance of trajectories from the linear one: the largest "
        f"distance from the claimed ones is {worst:.2g} of what the change from the decade before and rounding allow.",
        {"networks": float(len(FAMILIES)), "wrong": float(len(wrong)), "largest distance over the one allowed": worst},
        wrong[0] if wrong else None,
        charts=(Chart("Largest distance on the way", "h", "max ‖β - θ‖", tuple(drawn[::2]), x_log=True, y_log=True),),
    )  # fmt: skip


def slopes(family: Family, delta: float) -> Callable[[int, int, np.random.Generator], FloatArray]:
    """Measure log₄ of max ‖β - θ‖ at 4h over that at h, of full networks from vanishing starts, (replicates,).

    Both networks of a replicate see the same data and, but for its size, have the same β(0).
    """

    def measure(h: int, replicates: int, rng: np.random.Generator) -> FloatArray:
        X, y = SMALL.population.sample(replicates * SMALL.n, rng)
        data = X.reshape(replicates, SMALL.n, SMALL.d), y.reshape(replicates, SMALL.n)
        linear = _path(data, collapse([1.0], [1]), Family(IDENTITY, (1,)), None)
        common = rng.standard_normal((replicates, SMALL.d))
        sizes = []
        for hidden in (h, 4 * h):
            network = whole_network(np.resize(np.array(family.weights, dtype=float), hidden))
            path = _path(data, network, family, _start(network, delta, common, rng))
            sizes.append(np.linalg.norm(path - linear, axis=-1).max(axis=-1))
        slope: FloatArray = np.log(sizes[1] / sizes[0]) / np.log(4)
        return slope

    return measure


def _start(network: Reduction, delta: float, common: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Independent θ_j ~ N(0, I/(d h^(1+δ))), drawn so that Σ a_j θ_j is in proportion to `common`, (B, d)."""
    unit = network.speeds / np.linalg.norm(network.speeds)
    free = rng.standard_normal((len(common), len(unit), common.shape[1]))
    tied = free + unit[:, None] * (common - np.einsum("j,bjd->bd", unit, free))[:, None]
    start: FloatArray = tied / np.sqrt(common.shape[1] * float(len(unit)) ** (1 + delta))
    return start


def _path(
    data: tuple[FloatArray, FloatArray], network: Reduction, family: Family, start: FloatArray | None
) -> FloatArray:
    """β after 0, 1, ... steps, (B, steps + 1, d)."""
    trained = network_training(
        *data, network, family.activation, SMALL.radius, SMALL.smoothing, init=start, record=("vectors",),
        step_size=network.step_size(SMALL.linear_step, family.activation.slope), steps=SMALL.steps,
    )  # fmt: skip
    return network.linear_part(trained.curves["vectors"], family.activation.slope)


def full(name: str, family: Family, delta: float, effort: float) -> Check[Trajectories]:
    """A check of the exponent of full networks, whose slopes have corrections of order 1/√h and 1/h."""
    sweep = Sweep(SIZES, 5, float, "h", lambda h: effort / 10 if h == SIZES[-1] else effort)
    return trend.limit(
        name, sweep, slopes(family, delta), lambda formula: Limit(formula.exponent(family, delta), (0.5, 1.0)),
        1.0, 0.45, f"The exponent of h in max ‖β - θ‖ of full networks, {family}, δ = {delta:g}",
        f"Σ = I, n = {SMALL.n}, d = {SMALL.d}, {SMALL.steps} steps; h = 16 to 1024, at the full budget to 2048",
    )  # fmt: skip


START = activation_slope**2 * output_weight**2 / width ** (2 + start_exponent)
LAW = Trajectories(approach.LAW, START)

CLAIM = Claim(
    id="xing2021.network_trajectory_follows_linear_one",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 2"),
    formula=LAW,
    checks=(
        symbolic.derivation(
            "start_size", derivations.start_size, lambda f: f.start,
            "A neuron's share of the size of the start", scope="the start; every width, δ and d",
        ),
        Check("collapse", Kind.TREND, collapsed),
        full("full_tanh_half", Family(TANH, (3, -3)), 0.5, 2.5),
        full("full_tanh_one", Family(TANH, (1, -1)), 1.0, 1.0),
        full("full_softplus_one", Family(SOFTPLUS, (1,)), 1.0, 5.0),
    ),
    mutants=(
        Mutant("starts_that_add_up", replace(LAW, start=START * width)),
        Mutant("start_five_percent_larger", replace(LAW, start=START * 21 / 20)),
        Mutant("always_one_over_h", replace(LAW, from_zero=replace(approach.LAW, share=sp.S.Zero))),
        Mutant("exponent_five_percent_more", replace(LAW, from_zero=approach.FASTER)),
        Mutant("distance_that_stays", replace(LAW, from_zero=replace(approach.LAW, bent=0.0, straight=0.0))),
    ),
    uses=("xing2021.smooth_network_approaches_linear_model",),
    reading="“Slightly different” is read as a largest distance over a fixed number of steps that tends to 0.",
)  # fmt: skip
