r"""Assume the attack strength $\epsilon > 0$ and the data generation follows (4). The adversarial loss $R_L$ is
differentiable w.r.t. $\theta$ if and only if (1) $\sigma^2 > 0$ and $\theta \neq 0$, or (2) $\sigma = 0$, $\theta
\neq 0$, and $\theta \neq \theta_0$.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.kinks import RESOLUTION, Line, judge, jump_ratio, lines, printed_regimes
from checks.problem import Problem
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER

Predicate = Callable[[bool, bool, bool], bool]


def differentiable(noisy: bool, at_zero: bool, at_truth: bool) -> bool:
    """The printed condition."""
    return (noisy and not at_zero) or (not noisy and not at_zero and not at_truth)


def truth_forgotten(noisy: bool, at_zero: bool, at_truth: bool) -> bool:
    """θ ≠ 0 alone."""
    return not at_zero


def zero_forgotten(noisy: bool, at_zero: bool, at_truth: bool) -> bool:
    """Noise alone smooths everything."""
    return noisy or not (at_zero or at_truth)


def noise_forgotten(noisy: bool, at_zero: bool, at_truth: bool) -> bool:
    """θ ≠ 0 and θ ≠ θ₀, with noise too."""
    return not at_zero and not at_truth


def zero_smooth_without_noise(noisy: bool, at_zero: bool, at_truth: bool) -> bool:
    """The two kinks confused: without noise only θ₀ counts."""
    return not at_zero if noisy else not at_truth


def slopes(predicate: Predicate, budget: Budget) -> Evidence:
    """What the derived slopes in every regime say about the predicate."""
    return judge(predicate, printed_regimes())


def gradient_gap(predicate: Predicate, line: Line) -> float:
    """The measured jump where there should be none, and what is missing of it where there should be one."""
    problem = line.problem
    population, theta = problem.population, problem.coefficients
    at_truth = bool(np.array_equal(theta, population.true_coefficients))
    ratio = jump_ratio(line)
    return ratio if predicate(population.noise_std > 0, not theta.any(), at_truth) else 1 - ratio


@st.composite
def points(draw: domains.Draw) -> Problem:
    """Problems with Σ invertible, v > 0 and a positive radius; θ is 0, θ₀, close to either, between, or anywhere."""
    noise = draw(st.one_of(st.just(0.0), domains.numbers(0.05, 2.0)))
    truths = domains.nonzero_vectors if noise == 0 else domains.vectors
    population = draw(domains.populations(4, domains.invertible_covariances, st.just(noise), truths))
    truth, other = population.true_coefficients, draw(domains.vectors(population.d))
    theta = draw(st.sampled_from([0 * truth, truth, 1e-7 * other, truth + 1e-7 * other, truth / 2, other]))
    return Problem(population, theta, draw(domains.radii(smallest=1e-3)))


CLAIM: Claim[Predicate] = Claim(
    id="xing2021.risk_is_differentiable_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    formula=differentiable,
    checks=(
        Check("slopes", Kind.SYMBOLIC, slopes),
        sampled.search(
            "gradient_jump", lines(points()), gradient_gap, RESOLUTION,
            "The jump of the gradient's computed value across a point, 1 at a kink and 0 elsewhere",
            scope="d = 1 to 4, ε from 0.001 to 4",
        ),
    ),
    mutants=(
        Mutant("truth_forgotten", truth_forgotten),
        Mutant("zero_forgotten", zero_forgotten),
        Mutant("noise_forgotten", noise_forgotten),
        Mutant("zero_smooth_without_noise", zero_smooth_without_noise),
    ),
    assumptions=(
        Assumption("the response is not constant", r"$v > 0$", lambda line: line.problem.population.total_std > 0),
        Assumption(
            "the covariance is invertible", r"$\Sigma$ is invertible",
            lambda line: bool(line.problem.population.spectrum[0].all()),
        ),
    ),
    uses=("xing2021.risk_has_closed_form",),
)  # fmt: skip
