r"""The paper prints $\exp(-t \|x\|^2) < \infty$. We amend: for uniform, two-point-like, truncated Gaussian and skewed
$x$, whose $E \exp(t \|x\|^2)$ is finite, training converges to the minimiser of the population adversarial risk of that
design, which is not the Gaussian one: with $H$ the Hessian of the risk there and $V$ the covariance of the loss's
gradient, $n \, (R_L(\theta^{(T)}, \epsilon) - R^*) \to \chi$ in law with $E \chi = \tfrac{1}{2} \mathrm{tr}(H^{-1} V)$.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx

from checks import trained_populations
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trained, trend
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import designs
from checks.xing2021.low_dimension.designs import DESIGNS, RADIUS, TRUTHS, Design
from checks.xing2021.low_dimension.gaussianity_is_not_needed_with_exponential_moments import compact_laws, risk
from theory.validation import FloatArray


@dataclass(frozen=True)
class Prediction:
    """What training comes to: a minimiser for a design and d, and the share of tr(H⁻¹V)/n that remains of the risk."""

    minimizer: Callable[[Design, int], FloatArray]
    share: float = 0.5


NEARNESS, PRECISION = 1e-6, 192  # risks differ by about the square of the nearness, and ε = 0.6 is known to 1e-16
STEP = 0.1
"""η, of a loss whose curvature is at most 2 λ (1 + ε c₀ n/s) + 2ε² + 2ε c₀ s/n, below 8 for these designs."""
SWEEP: trend.Sweep[int] = trend.Sweep((500, 1000, 4000), 2, float, "n", lambda n: 8000 / n)


def design_minimizer(design: Design, d: int) -> FloatArray:
    """The minimiser of the design's own risk, by quadrature."""
    return designs.minimizer(design, d)


def gaussian_minimizer(design: Design, d: int) -> FloatArray:
    """Mistake: the minimiser for Gaussian x of the same variance."""
    return designs.minimizer(designs.gaussian_like(design), d)


def stronger_by_five_percent(design: Design, d: int) -> FloatArray:
    """Mistake: the minimiser for another radius."""
    return designs.minimizer(design, d, 1.05 * RADIUS)


def no_attack(design: Design, d: int) -> FloatArray:
    """Mistake: the minimiser without attack, θ₀."""
    return TRUTHS[d]


@lru_cache(maxsize=64)
def bracketed(law: int, theta: float) -> tuple[bool, bool]:
    """Whether the risk in d = 1 certainly rises from θ to θ (1 + δ) and to θ (1 - δ), and whether one certainly falls.

    The risk is convex, so that its minimiser lies between where both rise.
    """
    with ctx.workprec(PRECISION):
        here, *aside = (risk(compact_laws()[law], arb(theta) * (1 + arb(side))) for side in (0, NEARNESS, -NEARNESS))
    return all(value > here for value in aside), any(value < here for value in aside)


def enclosure(formula: Prediction, budget: Budget) -> Evidence:
    """The risk of each design in d = 1, enclosed at the predicted minimiser and on both sides of it."""
    places = [float(formula.minimizer(design, 1)[0]) for design in DESIGNS]
    found = [bracketed(law, theta) for law, theta in enumerate(places)]
    wrong = [f"{design}: {theta!r}" for design, theta, (_, falls) in zip(DESIGNS, places, found, strict=True) if falls]
    holds = all(rises for rises, _ in found)
    return Evidence(
        kind=Kind.CERTIFIED,
        outcome=Outcome.FAILS if wrong else Outcome.HOLDS if holds else Outcome.INCONCLUSIVE,
        scope="four designs in d = 1, θ₀ = 1, σ = 0.5, ε = 0.6",
        summary=(
            f"{len(wrong)} of {len(found)} predicted minimisers, {', '.join(f'{theta:.9f}' for theta in places)}, are "
            f"more than {NEARNESS:g} of themselves away from the minimiser of the enclosed risk."
        ),
        numbers={"designs": float(len(found)), "wrong": float(len(wrong)), "nearness": NEARNESS},
        counterexample=wrong[0] if wrong else None,
    )


def recipe(design: Design) -> trained_populations.Recipe:
    """Training on a design, its updates measured in 2‖Σθ₀‖."""
    x, w = design.line
    return trained_populations.Recipe(RADIUS, STEP, 2 * float(w @ x**2) * float(np.linalg.norm(TRUTHS[2])))


def first_coefficient(design: Design, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """The first coefficient trained on samples of 4000, without its bias of order 1/n, and its stationarity."""
    n = trained_populations.SAMPLE
    estimate, residuals = trained_populations.unbiased(*design.sample(replicates * n, 2, rng), n, recipe(design))
    return estimate[:, 0], residuals


def excess(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n times the excess risk over its least value, averaged over the designs."""
    found: FloatArray = np.mean([_excess(design, n, replicates, rng) for design in DESIGNS], axis=0)
    return found


def _excess(design: Design, n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    coefficients, _ = recipe(design).train(*design.sample(replicates * n, 2, rng), n)
    least = designs.local(design, designs.minimizer(design, 2), RADIUS).risk
    return n * np.array([designs.local(design, theta, RADIUS).risk - least for theta in coefficients])


def expected(formula: Prediction, n: int) -> float:
    """The share of tr(H⁻¹V), and n times the excess of the predicted minimiser itself, averaged over the designs."""
    return float(np.mean([_expected(formula, design, n) for design in DESIGNS]))


def _expected(formula: Prediction, design: Design, n: int) -> float:
    best, there = (
        designs.local(design, at, RADIUS) for at in (designs.minimizer(design, 2), formula.minimizer(design, 2))
    )
    remaining = formula.share * float(np.trace(np.linalg.solve(there.hessian, there.spread)))
    return remaining + n * (there.risk - best.risk)


CLAIM: Claim[Prediction] = Claim(
    id="xing2021.training_converges_without_gaussianity",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=Prediction(design_minimizer),
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosure),
        trained.seeds(
            "samples",
            DESIGNS,
            first_coefficient,
            lambda formula, design: float(formula.minimizer(design, 2)[0]),
            0.1,
            trained_populations.STATIONARY_ON_SAMPLES,
            "The first coefficient trained on samples of 4000, without its bias of order 1/n",
            scope="four designs in d = 2, θ₀ = (1, 1/2), σ = 0.5, ε = 0.6",
        ),
        trend.finite_size(
            "growing_samples",
            SWEEP,
            excess,
            expected,
            0.5,
            "n times the excess risk of trained models over R*, averaged over four designs, against ½ tr(H⁻¹V)",
            scope="four designs in d = 2, θ₀ = (1, 1/2), σ = 0.5, ε = 0.6, n from 500 to 4000",
            kind=Kind.TRAINED,
        ),
    ),
    mutants=(
        Mutant("gaussian_minimizer", Prediction(gaussian_minimizer)),
        Mutant("stronger_by_five_percent", Prediction(stronger_by_five_percent)),
        Mutant("no_attack", Prediction(no_attack)),
        Mutant("twice_the_excess", Prediction(design_minimizer, share=1.0)),
    ),
    uses=("xing2021.gaussianity_is_not_needed_with_exponential_moments",),
    amends="xing2021.gaussianity_is_not_needed",
)
