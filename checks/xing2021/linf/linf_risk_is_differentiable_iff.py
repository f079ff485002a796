r"""From (9), $R_L^\infty$ is not differentiable when some element in $\theta$ is zero. [The paper has no converse;
ours: for $\epsilon > 0$ and $v > 0$ it is differentiable at $\theta$ if and only if no element of $\theta$ is zero and
$\|\theta - \theta_0\|_\Sigma^2 + \sigma^2 > 0$. The partial derivative along axis $j$ jumps by
$4 \epsilon (\epsilon \|\theta\|_1 + c_0 s)$ where $\theta_j = 0$, and by another
$4 \epsilon c_0 \|\theta\|_1 \sqrt{\Sigma_{jj}}$ where $s = 0$.]
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import exact_risk
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.evidence import certified, sampled, symbolic
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import kink as derivations
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_gradient
from theory.validation import FloatArray

m, s, q, eps = sym.coefficient_norm_1, sym.residual_std, sym.direction_std, sym.radius
NARROW = 2.0**-100  # an enclosure of a jump this narrow tells it from every other multiple of the data here
ROUNDING = 64 * EPS  # some thirty roundings in each of two gradients of d <= 4 terms
STEP = 2.0**-30  # exact to add to quarters; the jump between the two sides is then known to about 1e-6


@dataclass(frozen=True)
class Jump:
    """By how much a partial derivative jumps where θ_j = 0, and in addition where the residual vanishes."""

    at_zero_coordinate: sp.Expr
    at_zero_residual: sp.Expr

    def __call__(self, case: Problem, axis: int) -> Ball:
        """A ball around the jump of the partial derivative along `axis`; zero where there is none."""
        theta = exact_risk.balls(case.coefficients)
        std = exact_risk.residual_std(case, theta)
        values = {s: std, m: exact_risk.dual_norm(theta, np.inf), eps: arb(case.radius)}
        values[q] = arb(float(case.population.covariance[axis, axis])).sqrt()
        total = arb(0)
        if case.coefficients[axis] == 0:
            total += enclose(self.at_zero_coordinate, values)
        if std == 0:
            total += enclose(self.at_zero_residual, values)
        return total

    @property
    def latex(self) -> str:
        """Both jumps as LaTeX."""
        return rf"{sp.latex(self.at_zero_coordinate)}, \quad {sp.latex(self.at_zero_residual)}"


JUMP = Jump(4 * eps * (eps * m + sym.c0 * s), 4 * eps * sym.c0 * m * q)


def lattice() -> list[Problem]:
    """Every kind of point in d = 2: zero coordinates or none, θ = 0, s = 0 with and without them, a singular Σ."""
    thetas = ((0.0, 0.0), (0.0, 1.0), (-0.5, 0.0), (1.0, -0.5))
    truths = ((1.0, -0.5), (0.0, 1.0), (1.0, 2.0))
    covariances = (
        [[1.0, 0.0], [0.0, 1.0]],
        [[1.0, 0.5], [0.5, 0.25]],
        [[2.0, 0.5], [0.5, 1.0]],
        [[0.0, 0.0], [0.0, 1.0]],
    )
    noises, radii = (0.0, 0.5), (0.25, 2.0)
    cases = (
        Problem(LinearGaussian(np.array(truth), np.array(covariance), noise), np.array(theta), radius, norm=np.inf)
        for theta, truth, covariance, noise, radius in product(thetas, truths, covariances, noises, radii)
    )
    return [case for case in cases if case.population.total_std > 0]


@lru_cache(maxsize=1)
def measured_jumps() -> tuple[tuple[Problem, int, Ball], ...]:
    """Jumps on the lattice: the sums of the slopes in both directions of an axis, enclosed."""
    with ctx.workprec(exact_risk.PRECISION):
        return tuple((case, axis, _jump(case, axis)) for case in lattice() for axis in range(2))


def _jump(case: Problem, axis: int) -> Ball:
    theta = exact_risk.balls(case.coefficients)
    return exact_risk.slope(case, theta, axis, 1) + exact_risk.slope(case, theta, axis, -1)


def enclosed_jumps(formula: Jump, budget: Budget) -> Evidence:
    """Compare the stated jumps with difference quotients over 2^-200.

    The risk is convex, and a convex function is differentiable wherever all its partial derivatives exist.
    """
    with ctx.workprec(exact_risk.PRECISION):
        stated = [formula(case, axis) for case, axis, _ in measured_jumps()]
    compared = list(zip(measured_jumps(), stated, strict=True))
    wrong = [(case, axis, ball, claim) for (case, axis, ball), claim in compared if not ball.overlaps(claim)]
    widest = certified.power_of_two_above(max(float(ball.rad()) for _, _, ball in measured_jumps()))
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if widest < NARROW else Outcome.INCONCLUSIVE
    smooth = sum(bool(claim == 0) for claim in stated)
    text = f"{len(wrong)} of {len(stated)} stated jumps lie outside the enclosures, at most {widest:.1g} wide."
    counterexample = None
    if wrong:
        case, axis, ball, claim = wrong[0]
        counterexample = f"{case}, axis {axis}: jump {ball.str(12)}, stated {claim.str(12)}"
    numbers = {"axes": float(len(stated)), "axes without a jump": float(smooth), "widest enclosure": widest}
    return Evidence(
        Kind.CERTIFIED, outcome, "d = 2, a lattice of points of every kind",
        f"Jumps of the partial derivatives by difference quotients over 2^-200: {text}", numbers, counterexample,
    )  # fmt: skip


def quarters(d: int, low: int = -8) -> st.SearchStrategy[FloatArray]:
    """Vectors of multiples of 1/4 up to 2 in size."""
    return st.lists(st.integers(low, 8), min_size=d, max_size=d).map(lambda xs: np.array(xs) / 4)


@st.composite
def kinked_problems(draw: Any) -> Problem:
    """Quarters as coefficients, diagonal or block covariances of quarters, so that s is exactly 0 or above 0.1."""
    d = draw(st.integers(1, 4))
    diagonal = draw(quarters(d, 0)) if draw(st.booleans()) else np.ones(d)
    covariance = np.diag(diagonal)
    if d > 1 and draw(st.booleans()):
        covariance[:2, :2] = [[1.0, 0.5], [0.5, 1.0]]
    truth, noise = draw(quarters(d)), draw(st.sampled_from([0.0, 0.5, 2.0]))
    theta = draw(st.one_of(st.just(truth), quarters(d)))
    population = LinearGaussian(truth, covariance, noise)
    if population.total_std == 0:
        population = replace(population, noise_std=0.5)
    return Problem(population, theta, draw(st.sampled_from([0.25, 1.0, 2.0])), norm=np.inf)


def gradient_gap(formula: Jump, case: Problem) -> float:
    """By how much the jump of the production gradient across θ_j misses the stated one, beyond its own slope."""
    worst = -np.inf
    for axis, unit in enumerate(np.eye(case.population.d)):
        sides = np.stack([case.coefficients + STEP * unit, case.coefficients - STEP * unit])
        after, before = adversarial_risk_gradient(sides, case.population, case.radius, np.inf)[:, axis]
        with ctx.workprec(exact_risk.PRECISION):
            stated = float(formula(case, axis).mid())
        scale = 1 + abs(after) + abs(before)
        worst = max(worst, (abs(after - before - stated) - 2 * STEP * _curvature(case, axis)) / scale)
    return float(worst)


def _curvature(case: Problem, axis: int) -> float:
    """Bound on the second derivative along the axis within one step, away from the point itself."""
    std, spread = (
        float(case.population.residual_std(case.coefficients)),
        np.sqrt(case.population.covariance[axis, axis]),
    )
    size = np.abs(case.coefficients).sum() + STEP
    steep = size / (std - STEP * spread) if std > 0 else 0.0
    return float(2 * spread**2 * (1 + case.radius * steep) + 4 * case.radius * spread + 2 * case.radius**2)


CLAIM = Claim(
    id="xing2021.linf_risk_is_differentiable_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=JUMP,
    checks=(
        symbolic.derivation(
            "derivation", derivations.kink_at_zero_coordinate, lambda f: f.at_zero_coordinate,
            "The slopes in both directions of a zero coordinate", scope="θ ≠ 0, s > 0",
        ),
        Check("quotients", Kind.CERTIFIED, enclosed_jumps),
        sampled.search(
            "gradients", kinked_problems(), gradient_gap, ROUNDING, scope="d up to 4, multiples of 1/4",
            claim="The gradient on both sides of a point, 2^-30 apart",
        ),
    ),
    mutants=(
        Mutant("smooth_at_zero_coordinates", Jump(sp.S.Zero, JUMP.at_zero_residual)),
        Mutant("without_the_square_of_the_norm", Jump(4 * eps * sym.c0 * s, JUMP.at_zero_residual)),
        Mutant("c0_five_percent_off", Jump(4 * eps * (eps * m + sym.c0 * s * 105 / 100), JUMP.at_zero_residual)),
        Mutant("smooth_where_the_residual_vanishes", Jump(JUMP.at_zero_coordinate, sp.S.Zero)),
        Mutant("one_sided_at_the_truth", Jump(JUMP.at_zero_coordinate, JUMP.at_zero_residual / 2)),
    ),
    assumptions=(
        Assumption("attacked", "The attack is not null: ε > 0.", lambda case: case.radius > 0),
        Assumption(
            "some_variance",
            "v > 0, as section 2.1 assumes. Without it (σ = 0 and Σθ₀ = 0) the printed sentence fails: the risk is "
            "homogeneous of degree two and differentiable at θ = 0.",
            lambda case: case.population.total_std > 0,
        ),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)  # fmt: skip
