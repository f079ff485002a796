r"""Remark 1 extends Theorem 4 beyond Gaussian $x$. We amend: (7) holds, for ReLU networks with a positive derivative at
0 that are trained to rest with $\xi \rightarrow 0$, when $x$ is symmetric about 0 (and $E \exp(t \|x\|^2) < \infty$),
as for uniform, two-point-like and truncated Gaussian $x$, and for a skewed $x$ with a random sign. In $d = 1$, $p$ and
$q$ tend to the minimiser $\theta^*$ of the design's own linear risk, and $n (R_N(\theta_\xi^{(T)}, \epsilon) -
R^*)$ has the limiting mean $\tfrac{1}{2} \mathrm{tr}(H J^{-1} V J^{-\top})$ of that design.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trend
from checks.evidence.trend import Sweep
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import designs
from checks.xing2021.low_dimension.gaussianity_is_not_needed_with_exponential_moments import compact_laws
from checks.xing2021.two_layer import enclosed_slopes, relu_training
from checks.xing2021.two_layer.gaussianity_is_not_needed_for_relu_networks import (
    MIRRORED,
    NOISE_STD,
    RADIUS,
    Law,
    law_of,
    mirrored_risk,
)
from checks.xing2021.two_layer.two_slopes import SYMMETRIC, Line
from theory.validation import FloatArray


@dataclass(frozen=True)
class Prediction:
    """Where p and q end over a line, and the share of tr(HJ⁻¹VJ⁻ᵀ)/n that remains of the risk."""

    slope: Callable[[Line], float]
    share: float = 0.5


LAWS = (*(law_of(*pair) for pair in zip(SYMMETRIC, compact_laws()[:3], strict=True)), Law(MIRRORED, mirrored_risk))
NEARNESS = 1e-6
"""Of θ*, by which the claimed slopes are moved: the risk then rises by some 1e-12."""
SWEEP: Sweep[int] = Sweep((400, 1600, 6400), 2, float, "n", lambda n: 6000 / n)


def own_minimizer(line: Line) -> float:
    """The minimiser of the design's own linear risk."""
    return line.linear_minimum()[0]


def stronger_by_five_percent(line: Line) -> float:
    """Mistake: the minimiser for another radius."""
    return Line(line.design, line.truth, line.noise_std, 1.05 * line.radius).linear_minimum()[0]


def gaussian_minimizer(line: Line) -> float:
    """Mistake: the minimiser for Gaussian x of the same variance."""
    return float(designs.minimizer(designs.gaussian_like(line.design), 1, line.radius)[0])


def no_attack(line: Line) -> float:
    """Mistake: the minimiser without attack, θ₀."""
    return line.truth


@lru_cache(maxsize=64)
def surrounded(law: Law, slope: float) -> tuple[bool, bool]:
    """Whether the risk of two slopes certainly rises from (slope, slope) to all points around it; and falls to one.

    The eight points are the corners and the middles of the sides of a square. As f(x + δ) is linear in p, q >= 0, the
    risk is convex there.
    """
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    with ctx.workprec(enclosed_slopes.PRECISION):
        at, step = arb(slope), arb(NEARNESS) * arb(slope)
        here = law.enclosed((at, at))
        values = [law.enclosed((at + i * step, at + j * step)) for i, j in around]
    return all(value > here for value in values), any(value < here for value in values)


def enclosure(formula: Prediction, budget: Budget) -> Evidence:
    """The risk of two slopes at the claimed ones and around them."""
    places = [formula.slope(law.line) for law in LAWS]
    found = [surrounded(law, slope) for law, slope in zip(LAWS, places, strict=True)]
    wrong = [f"{law.line}: {slope!r}" for law, slope, (_, falls) in zip(LAWS, places, found, strict=True) if falls]
    holds = all(rises for rises, _ in found)
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS if holds else Outcome.INCONCLUSIVE,
        "four symmetric designs in d = 1, θ₀ = 1, σ = 0.5, ε = 0.6",
        f"From {len(found) - len(wrong)} of {len(found)} claimed ends p = q the enclosed risk rises in all of eight "
        f"directions, by {NEARNESS:g}: {', '.join(f'{slope:.9f}' for slope in places)}.",
        {"designs": float(len(found)), "wrong": float(len(wrong)), "nearness": NEARNESS},
        wrong[0] if wrong else None,
    )  # fmt: skip


def excess(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n times the excess risk of trained networks over R*, averaged over the designs; shape (replicates,)."""
    found: FloatArray = np.mean([relu_training.line_excess(law.line, n, 1.0, replicates, rng) for law in LAWS], axis=0)
    return found


def expected(formula: Prediction, n: int) -> float:
    """The share of tr(HJ⁻¹VJ⁻ᵀ), and n times the excess of the claimed end itself, averaged over the designs."""
    return float(np.mean([_expected(formula, law.line, n) for law in LAWS]))


def _expected(formula: Prediction, line: Line, n: int) -> float:
    slope = formula.slope(line)
    theta, least = line.linear_minimum()
    return 2 * formula.share * _per_sample(line, theta) + n * (line.risk(np.array([slope, slope])) - least)


@lru_cache(maxsize=16)
def _per_sample(line: Line, theta: float) -> float:
    return line.excess_per_sample(line.rest(np.array([theta, theta])))


CLAIM: Claim[Prediction] = Claim(
    id="xing2021.relu_networks_need_symmetry_only",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=Prediction(own_minimizer),
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosure),
        trend.finite_size(
            "growing_samples", SWEEP, excess, expected, 0.6,
            "n times the excess risk of trained networks over R*, averaged over four designs, against ½ tr(HJ⁻¹VJ⁻ᵀ)",
            scope=f"four symmetric designs in d = 1, σ = {NOISE_STD}, ε = {RADIUS}, n up to 6400",
            kind=Kind.TRAINED,
        ),
    ),
    mutants=(
        Mutant("gaussian_minimizer", Prediction(gaussian_minimizer)),
        Mutant("stronger_by_five_percent", Prediction(stronger_by_five_percent)),
        Mutant("no_attack", Prediction(no_attack)),
        Mutant("twice_the_excess", Prediction(own_minimizer, share=1.0)),
    ),
    uses=("xing2021.two_slopes_do_not_beat_linear_for_symmetric_laws",),
    amends="xing2021.gaussianity_is_not_needed_for_relu_networks",
)  # fmt: skip
