r"""Accordingly, Algorithm 1 is modified by replacing $A_\epsilon$ with $A_{\epsilon, \xi}$. (So modified, equation (3)
of Algorithm 1 reads $\theta^{(t)} = \theta^{(t-1)} - \eta \nabla_\theta \widehat{R}_{L, \xi}(\theta^{(t-1)}, \epsilon)
= \theta^{(t-1)} - \eta \nabla_\theta [\frac{1}{n} \sum_{i=1}^n l(f_{\theta^{(t-1)}}(\tilde{x}_i^{(t-1)}), y_i)]$ with
$\tilde{x}_i^{(t-1)} = x_i + A_{\epsilon, \xi}(f_{\theta^{(t-1)}}, x_i, y_i)$ held fixed: for $\xi > 0$ the update with
the smoothed attack held fixed is the gradient of the surrogate loss.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import sympy as sp
from scipy.stats import norm as normal

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified_line, montecarlo, sampled
from checks.evidence.sampled import EPS
from checks.formula import Undefined
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, GRADIENT, Field, exact_slope, frozen_slope
from checks.xing2021.low_dimension.limits_of_training import radial
from checks.xing2021.low_dimension.smoothed_attack import SHARE, Line
from theory.validation import FloatArray

COUNTEREXAMPLES = (
    (Line(1.0, 0.0, 1.0, 1.0), 0.25),
    (Line(1.0, 1.0, 1.0, 1.0), 0.5),
    (Line(1.0, 1.0, 1.0, 0.0625), 0.5),
)
"""Noiseless, noisy, and with little smoothing: problem with d = 1, and θ."""

SHOWN = COUNTEREXAMPLES[1]  # with noise the two agree nowhere on the line
PLACES = tuple(i / 40 for i in range(1, 41))

TOLERANCE = 64 * EPS  # both fields are sums of about ten products of up to six factors
SAMPLE_ROUNDING = 64 * EPS  # of one update and one derivative, relative to their size
COMPLEX_STEP = 1e-30  # its square vanishes beside 1: the derivative of an analytic function to rounding
RESOLUTION = 0.05  # a difference of a twentieth of the update's typical size must be detectable


@dataclass(frozen=True)
class Training:
    """A training step: the smoothing it uses (a factor of ξ), and whether it differentiates through the attack.

    `slope` is its update of one pair, `update` the expected update and `gradient` that of the expected surrogate loss.
    """

    slope: Callable[[sp.Expr], sp.Expr]
    update: Field
    gradient: Field
    smoothing: float = 1.0
    through_attack: bool = False

    @property
    def share(self) -> sp.Expr:
        """What is left of the attack for e > 0."""
        return SHARE if self.smoothing else sp.S.One

    def at(self, case: Problem) -> Problem:
        """The case with this training's own smoothing."""
        return replace(case, smoothing=self.smoothing * case.smoothing)

    @property
    def latex(self) -> str:
        """The update of one pair."""
        attack = r"A_{\epsilon, \xi}"
        return rf"2 (e + \theta^\top {attack})(x + {attack}) = \nabla_\theta (e + \theta^\top {attack})^2"


def certify(formula: Training, budget: Budget) -> Evidence:
    """Enclose the expected update and the expected derivative of the surrogate loss, both from the definition."""
    pairs = [
        (_mean(formula.slope, formula.share, *case), _mean(exact_slope, formula.share, *case))
        for case in COUNTEREXAMPLES
    ]
    apart = [i for i, (left, right) in enumerate(pairs) if not left.overlaps(right)]
    equal = all((left - right).rad() < 2.0**-60 for left, right in pairs)
    outcome = Outcome.FAILS if apart else Outcome.HOLDS if equal else Outcome.INCONCLUSIVE
    lines = [
        f"{line}, θ = {at}: update {pairs[i][0].str(8)}, gradient {pairs[i][1].str(8)}"
        for i, (line, at) in enumerate(COUNTEREXAMPLES)
    ]
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "three problems with d = 1",
        f"The expected update and the gradient of the surrogate loss, enclosed by quadrature from the definition, are "
        f"certainly different at {len(apart)} of {len(pairs)} points.",
        {
            "points": float(len(pairs)),
            "disjoint": float(len(apart)),
            "largest difference": max(float(abs(left - right).mid()) for left, right in pairs),
        },
        "; ".join(lines[i] for i in apart) or None,
    )


@lru_cache(maxsize=64)
def _mean(slope: Callable[[sp.Expr], sp.Expr], share: sp.Expr, line: Line, at: float) -> Ball:
    return update.mean_slope(slope(share), update.on_line(line, at))


def _chart() -> Chart:
    """Both fields along θ by their closed forms, and the counterexample from the definition."""
    line, at = SHOWN
    return Chart(
        f"The printed update is not the gradient: {line}",
        "θ",
        "expected update",
        (
            certified_line.curve("update, attack held fixed", lambda x: radial(FROZEN, line, x), PLACES),
            certified_line.curve("gradient, said to be the same", lambda x: radial(GRADIENT, line, x), PLACES),
            certified_line.counterexample(lambda x: _mean(frozen_slope, SHARE, line, x), at),
        ),
    )


def field_gap(formula: Training, case: Problem) -> float:
    """Distance of the expected update to the gradient of the surrogate risk, over the size of their terms."""
    own = formula.at(case)
    if not (own.smoothing or _is_smooth(own)):
        raise Undefined
    return update.relative(formula.update(own) - formula.gradient(own), own)


def _is_smooth(case: Problem) -> bool:
    return case.scalars[update.s] > 0 and case.scalars[update.n] > 0


def simulate(formula: Training, budget: Budget) -> Evidence:
    """Draw pairs, and average the update of each less the derivative of its own surrogate loss, along θ."""
    found, typical = _differences(formula.smoothing, formula.through_attack, budget.samples, budget.seed)
    margin = float(normal.isf(budget.error_rate / (2 * len(found))))
    widths = [margin * gap.standard_error + SAMPLE_ROUNDING * size for gap, size in zip(found, typical, strict=True)]
    worst = int(np.argmax([abs(gap.mean) / width for gap, width in zip(found, widths, strict=True)]))
    detectable = max(
        (margin + float(normal.ppf(montecarlo.POWER))) * gap.standard_error / size
        for gap, size in zip(found, typical, strict=True)
    )
    failed = abs(found[worst].mean) > widths[worst]
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if detectable <= RESOLUTION else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.MONTE_CARLO,
        outcome,
        "four populations, d = 1 to 10",
        f"Over {budget.samples} drawn pairs the mean update differs from the derivative of the same pairs' surrogate "
        f"loss by {found[worst].mean:.4g} ± {widths[worst]:.2g} where it differs most; a difference of "
        f"{detectable:.2g} of the update's size would have been seen.",
        {
            "samples": float(budget.samples),
            "largest difference": found[worst].mean,
            "margin": widths[worst],
            "detectable relative difference": detectable,
            "resolution": RESOLUTION,
            "error rate": budget.error_rate,
        },
        str(oracles.CONFIGURATIONS[worst]) if failed else None,
    )


@lru_cache(maxsize=8)
def _differences(
    smoothing: float, through_attack: bool, samples: int, seed: int
) -> tuple[tuple[montecarlo.Mean, ...], tuple[float, ...]]:
    """The mean difference for every configuration, and the mean size of the update."""
    children = np.random.SeedSequence(seed).spawn(len(oracles.CONFIGURATIONS))
    gaps, sizes = [], []
    for case, child in zip(oracles.CONFIGURATIONS, children, strict=True):
        own = replace(case, smoothing=smoothing * case.smoothing)

        def size(count: int, rng: np.random.Generator, case: Problem = own) -> FloatArray:
            return np.abs(update_of_each(case, *case.population.sample(count, rng)))

        def gap(count: int, rng: np.random.Generator, case: Problem = own) -> FloatArray:
            X, y = case.population.sample(count, rng)
            derivative = derivative_of_each(case, X, y)
            return (
                derivative_of_each(case, X, y, 1e-20) if through_attack else update_of_each(case, X, y)
            ) - derivative

        gaps.append(montecarlo.average(gap, samples, np.random.default_rng(child)))
        sizes.append(montecarlo.average(size, min(samples, montecarlo.CHUNK), np.random.default_rng(child)).mean)
    return tuple(gaps), tuple(sizes)


def update_of_each(case: Problem, X: FloatArray, y: FloatArray) -> FloatArray:
    """uᵀ of 2 (x̃ᵀθ - y) x̃ for u = θ/‖θ‖ and x̃ = x + A with the smoothed attack as it is printed."""
    theta = case.coefficients
    residual, size = X @ theta - y, oracles.l2(theta)
    slope = 2 * np.abs(residual) * size
    attack = (case.radius * np.sign(residual) * slope / np.sqrt(slope**2 + case.smoothing**2))[:, None] * theta / size
    found: FloatArray = 2 * ((X + attack) @ theta - y) * ((X + attack) @ theta) / size
    return found


def derivative_of_each(case: Problem, X: FloatArray, y: FloatArray, step: float = COMPLEX_STEP) -> FloatArray:
    """Derivative along θ/‖θ‖ of the loss (e + θᵀA)² of each pair, in which the attack moves, by a complex step."""
    size = oracles.l2(case.coefficients)
    theta = case.coefficients * (1 + 1j * step / size)
    residual, square = X @ theta - y, theta @ theta
    product = 2 * case.radius * residual * square / np.sqrt(4 * residual**2 * square + case.smoothing**2)
    found: FloatArray = ((residual + product) ** 2).imag / step
    return found


PRINTED = Training(frozen_slope, FROZEN, GRADIENT)

CLAIM = Claim(
    id="xing2021.smoothed_frozen_attack_is_gradient_descent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("enclosures", Kind.CERTIFIED, certify), PRINTED, _chart),
        sampled.search(
            "fields", domains.problems(radius=domains.radii(0.125), smoothing=domains.smoothings(1e-3, 1e3)), field_gap,
            TOLERANCE, "The expected update against the gradient of the surrogate risk",
            scope="ε from 1/8 to 4, ξ from 1e-3 to 1e3",
        ),
        Check("simulation", Kind.MONTE_CARLO, simulate),
    ),
    mutants=(
        Mutant("no_smoothing", replace(PRINTED, smoothing=0.0)),
        Mutant(
            "through_the_attack",
            Training(exact_slope, Field(GRADIENT.alpha, GRADIENT.beta), GRADIENT, through_attack=True),
        ),
    ),
    erratum=(
        "False for every ξ > 0 and ε > 0 but for exceptional θ: A_{ε,ξ} does not maximise the loss, so its own "
        "derivative does not drop out (Danskin's theorem needs a maximiser). At d = 1, Σ = 1, θ₀ = 1, σ = 0, ε = 1, "
        "ξ = 1, θ = 1/4 the expected update and the gradient have been enclosed apart. (At θ = 1/2 they agree: they do "
        "exactly where ‖θ‖²Σ(θ - θ₀) + s²θ = 0.) It is true for ξ = 0, and for the update that differentiates through "
        "the attack."
    ),
)  # fmt: skip
