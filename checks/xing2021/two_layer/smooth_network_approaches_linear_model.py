r"""The paper has no rate in $h$. Let $\phi'''$ be bounded, $\phi'(0) \neq 0$ and $\phi(0) = 0$, start the network at 0
and train it with $\xi > 0$ and $\eta = \eta_{linear} h / (\phi'(0)^2 \|a\|^2)$, beside a linear model
$x^\top \theta$ trained with $\eta_{linear}$ and the same $\xi$, data and number $T$ of steps; the $a_j$ take finitely
many values, each for a fixed share of the neurons. As $h \to \infty$, the linear part
$\beta = \phi'(0) \Theta a / \sqrt{h}$ of the network and its function satisfy
$\beta^{(T)} - \theta^{(T)} = \kappa D + O(1/h)$ and
$f(x) - x^\top \theta^{(T)} = \kappa \, (x^\top D + (x^\top \theta^{(T)})^2 / 2) + O(1/h)$ with
$\kappa = \phi''(0) \sqrt{h} \sum_j a_j^3 / (\phi'(0)^2 \|a\|^4)$,
where $D$ is the derivative at $\kappa = 0$ of what training makes of the model
$x^\top \beta + \kappa (x^\top \beta)^2 / 2$: it depends on data and schedule, not on the network. So the network
approaches the linear model at the rate $1/\sqrt{h}$, and at the rate $1/h$ if $\phi''(0) \sum_j a_j^3 = 0$: with tanh
and the logistic sigmoid always, with softplus and SiLU not because $\sum_j a_j = 0$ or $\|a^+\| = \|a^-\|$.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.smooth_networks import FAMILIES, TILTING, Family, Lesson
from theory.derivations import lazy_network as derivations
from theory.notation import activation_curvature, activation_slope, output_weight, weights_mean_square
from theory.validation import FloatArray


@dataclass(frozen=True)
class Approach:
    """A neuron's share of κ√h, and the exponents of h where κ is not 0 and where it is."""

    share: sp.Expr
    bent: float = -0.5
    straight: float = -1.0

    def bend(self, family: Family) -> float:
        """κ√h, exactly 0 where it is 0."""
        return float(family.mean(self.share))

    def exponent(self, family: Family) -> float:
        """The claimed exponent of h."""
        return self.bent if self.bend(family) else self.straight

    @property
    def latex(self) -> str:
        """The share as LaTeX."""
        return rf"\kappa \sqrt{{h}} = \frac1h \sum_j {sp.latex(self.share)}"


class Found(NamedTuple):
    """β - θ and f - xᵀθ at the samples, (widths, d + n); their rounding; and the derivative D and xᵀD + (xᵀθ)²/2."""

    distances: FloatArray
    rounding: float
    tilt: FloatArray


LESSON = Lesson(40, 3, 60)
WIDTHS = 12 * 10 ** np.arange(7)
SETS = 8
SCOPE = f"nine networks, Σ = I, n = {LESSON.n}, d = {LESSON.d}, {LESSON.steps} steps, h = 12 to 1.2e7, by collapse"


def measured(budget: Budget) -> Iterator[tuple[Family, Found]]:
    """What was found for every network on one data set, at the full budget on eight."""
    children = np.random.SeedSequence(budget.seed).spawn(SETS if budget.name == "full" else 1)
    for seed in (int(child.generate_state(1)[0]) for child in children):
        linear, tilt, rounding = LESSON.bent(0.0, seed), LESSON.tilt(seed), LESSON.rounding(seed)
        for family in FAMILIES:
            runs = [LESSON.network(family, int(width), seed) for width in WIDTHS]
            rows = [np.r_[run.path[-1] - linear.path[-1], run.outputs - linear.outputs] for run in runs]
            yield family, Found(np.array(rows), rounding, np.r_[tilt.path[-1], tilt.outputs])


def collapse(formula: Approach, budget: Budget) -> Evidence:
    """The exponent of h over the last decade of widths, against the claimed one.

    Slopes approach their limit in powers of 1/√h, so that what is left is less than half the last change.
    """
    wrong, worst = [], 0.0
    for family, found in measured(budget):
        sizes = np.linalg.norm(found.distances, axis=1)
        before, last = (np.log10(b / a) for a, b in list(pairwise(sizes))[-2:])
        excess = abs(last - formula.exponent(family)) / (abs(last - before) + found.rounding / sizes[-1])
        worst = max(worst, float(excess))
        if excess > 1:
            wrong.append(f"{family}: exponent {last:.5f}, claimed {formula.exponent(family):.5g}")
    text = "Exponents of h from 1.2e6 to 1.2e7 in the distance of networks from the linear model: the largest distance "
    text += "from the claimed ones is"
    return _evidence(text, wrong, worst, (_chart(formula, budget),))


def bent_model(formula: Approach, budget: Budget) -> Evidence:
    """√h times the distance, less its part of order 1/√h by two widths, against κ√h D by a recursion of its own.

    What is left is of order 1/h, a tenth of it from one decade to the next, and so at most the last change.
    """
    wrong, worst = [], 0.0
    for family, found in measured(budget):
        scaled = np.sqrt(WIDTHS)[:, None] * found.distances
        before, last = ((np.sqrt(10) * b - a) / (np.sqrt(10) - 1) for a, b in list(pairwise(scaled))[-2:])
        rounding = 4 * np.sqrt(WIDTHS[-1]) * found.rounding + TILTING * np.linalg.norm(found.tilt)
        claimed = formula.bend(family) * found.tilt
        excess = float(np.linalg.norm(last - claimed) / (np.linalg.norm(last - before) + rounding))
        worst = max(worst, excess)
        if excess > 1:
            wrong.append(f"{family}: √h (β - θ) tends to {_shown(last)}, claimed {_shown(claimed)}")
    text = (
        "Limits of √h (β - θ) and √h (f - xᵀθ) against κ√h times the derivative of the bent linear model: the largest "
    )
    text += "distance is"
    return _evidence(text, wrong, worst)


def _evidence(text: str, wrong: list[str], worst: float, charts: tuple[Chart, ...] = ()) -> Evidence:
    return Evidence(
        Kind.TREND, Outcome.FAILS if wrong else Outcome.HOLDS, SCOPE,
        f"{text} {worst:.2g} of what the change from the decade before and rounding allow.",
        {"networks": float(len(FAMILIES)), "wrong": float(len(wrong)), "largest distance over the one allowed": worst},
        wrong[0] if wrong else None, charts=charts,
    )  # fmt: skip


def _shown(vector: FloatArray) -> str:
    return "(" + ", ".join(f"{value:.6f}" for value in vector[: LESSON.d]) + ")"


def _chart(formula: Approach, budget: Budget) -> Chart:
    series, x = [], tuple(map(float, WIDTHS))
    for family, found in list(measured(budget))[1 : len(FAMILIES) : 2]:
        sizes = np.linalg.norm(found.distances, axis=1)
        line = sizes[-1] * (WIDTHS / WIDTHS[-1]) ** formula.exponent(family)
        for label, values, points in ((str(family), sizes, True), (f"{family}, claimed slope", line, False)):
            series.append(Series(label, x, tuple(values.tolist()), points=points))
    return Chart("Distance of networks from the linear model", "h", "distance", tuple(series), x_log=True, y_log=True)


a, m, slope, curvature = output_weight, weights_mean_square, activation_slope, activation_curvature
LAW = Approach(curvature * a**3 / (slope**2 * m**2))
FASTER = replace(LAW, bent=-0.525, straight=-1.05)

CLAIM = Claim(
    id="xing2021.smooth_network_approaches_linear_model",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    ours=True,
    formula=LAW,
    checks=(
        symbolic.derivation(
            "bend_of_value", derivations.bend_of_value, lambda f: f.share,
            "A neuron's share of the first term of f beyond its linear part", scope="one neuron's share",
        ),
        symbolic.derivation(
            "bend_of_update", derivations.bend_of_update, lambda f: f.share,
            "A neuron's share of the first term that changes the speed of training", scope="one neuron's share",
        ),
        Check("collapse", Kind.TREND, collapse),
        Check("bent_model", Kind.TREND, bent_model),
    ),
    mutants=(
        Mutant("sum_of_the_weights", replace(LAW, share=curvature * a / (slope**2 * m))),
        Mutant("balance_of_the_norms", replace(LAW, share=curvature * a * sp.Abs(a) / (slope**2 * m))),
        Mutant("curvature_alone", replace(LAW, share=curvature * sp.Abs(a) ** 3 / (slope**2 * m**2))),
        Mutant("always_one_over_h", replace(LAW, share=sp.S.Zero)),
        Mutant("slope_not_squared", replace(LAW, share=curvature * a**3 / (slope * m**2))),
        Mutant("bend_five_percent_more", replace(LAW, share=LAW.share * 21 / 20)),
        Mutant("exponent_five_percent_more", FASTER),
    ),
)  # fmt: skip
