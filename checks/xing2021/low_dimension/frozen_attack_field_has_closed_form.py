r"""The paper states no formula for the expected update of Algorithm 1 with the smoothed attack held fixed. With
$e = \theta^\top x - y$, $s^2 = \mathbb{E} e^2$, $n = \|\theta\|$, $k = \xi / (2 s n)$ and $M$, $H$ as in the surrogate
loss, $F(\theta) = \mathbb{E}\, 2 (e + \theta^\top A_{\epsilon, \xi})(x + A_{\epsilon, \xi})
= \alpha \Sigma (\theta - \theta_0) + \beta \theta$ for $\xi > 0$, where $\alpha = 2 (1 + \epsilon (n / s) M(k))$ and
$\beta = 2 \epsilon (s / n) M(k) + 2 \epsilon^2 H(k)$. (At $\theta = 0$ and at $s = 0$ the attack vanishes almost surely
and $F = 2 \Sigma (\theta - \theta_0)$.)
"""

from functools import lru_cache

import numpy as np

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, montecarlo, sampled, symbolic
from checks.problem import Problem
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, GRADIENT, Field, eps, n, s
from theory import notation as sym
from theory.derivations.frozen import frozen_field
from theory.surrogate import CROSS_MOMENT, FROZEN_ALPHA, FROZEN_BETA, SQUARE_MOMENT
from theory.validation import FloatArray

TOLERANCE = 32 * sampled.EPS  # about ten products of up to six factors, M and H to a few EPS, two inner products

Direction = tuple[Problem, FloatArray]


def certify(formula: Field, budget: Budget) -> Evidence:
    """Enclose E 2 (e + θᵀA)(uᵀx + uᵀA) at rational values of its six scalars, uᵀθ and uᵀΣ(θ - θ₀) of both signs."""
    measured = _definitions(budget.without_shrinking())
    triples = [(point, ball, formula.enclose(point)) for point, ball in measured]
    return certified.compare(triples, "The expected update from its definition", "k from 1e-6 to 1e6")


@lru_cache(maxsize=4)
def _definitions(budget: Budget) -> tuple[tuple[certified.Point, Ball], ...]:
    wide, narrow = (0.1, 10.0), (0.01, 10.0)
    domain = {s: wide, n: wide, eps: narrow, update.xi: (1e-4, 1e4), update.a: narrow, update.b: narrow}
    rng = budget.rng()
    drawn = certified.random_points(domain, 12, rng)
    points = [
        {**point, update.b: float(sign) * point[update.b]} for point, sign in zip(drawn, (1, -1) * 6, strict=True)
    ]
    return tuple((point, update.mean_slope(update.frozen_slope(), point)) for point in points)


def quadrature_gap(formula: Field, case: Problem) -> float:
    """Distance to the definition by certified quadrature, over the size of the terms before they cancel."""
    return update.relative(formula(case) - update.field_by_definition(update.frozen_slope(), case), case)


def updates(case: Direction, count: int, rng: np.random.Generator) -> montecarlo.Draws:
    """uᵀ of the gradients 2 (x̃ᵀθ - y) x̃ of drawn pairs, x̃ = x + A with the smoothed attack as it is defined."""
    problem, direction = case
    theta = problem.coefficients
    X, y = problem.population.sample(count, rng)
    residual = X @ theta - y
    slope = 2 * np.abs(residual) * oracles.l2(theta)
    shrinkage = slope / np.sqrt(slope**2 + problem.smoothing**2)
    attacked = X + (problem.radius * shrinkage * np.sign(residual))[:, None] * theta / oracles.l2(theta)
    drawn: montecarlo.Draws = 2 * (attacked @ theta - y) * (attacked @ direction)
    return drawn


def simulated() -> list[Direction]:
    """The shared configurations with two directions each: of θ, and of Σ(θ - θ₀)."""
    return [
        (case, vector / oracles.l2(vector))
        for case in oracles.CONFIGURATIONS
        for vector in (case.coefficients, update.pull(case))
    ]


M, H = (moment.subs(sym.shape, update.xi / (2 * s * n)) for moment in (CROSS_MOMENT, SQUARE_MOMENT))

CLAIM = Claim(
    id="xing2021.frozen_attack_field_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FROZEN,
    checks=(
        symbolic.derivation(
            "derivation", frozen_field, lambda f: f.projection, "Integrating the update with the attack held fixed",
            scope="θ ≠ 0, s > 0",
        ),
        Check("enclosure", Kind.CERTIFIED, certify),
        sampled.search(
            "quadrature", domains.problems(smoothing=domains.smoothings()), quadrature_gap, TOLERANCE,
            "Certified quadrature of the definition", most=300,
        ),
        montecarlo.means(
            "simulation", simulated(), updates, lambda f, case: float(f(case[0]) @ case[1]), 0.2,
            "Drawing (x, y), attacking each and averaging its gradient with the attack held fixed",
            scope="four populations, d = 1 to 10, two directions each",
        ),
    ),
    mutants=(
        Mutant("gradient_of_the_surrogate_risk", Field(GRADIENT.alpha, GRADIENT.beta)),
        Mutant("error_part_without_the_attack", Field(2 + 0 * n, FROZEN_BETA)),
        Mutant("cross_moment_five_percent_off", Field(2 * (1 + eps * n / s * M * 105 / 100), FROZEN_BETA)),
        Mutant("square_moment_without_smoothing", Field(FROZEN_ALPHA, 2 * eps * s / n * M + 2 * eps**2)),
        Mutant("square_moment_once", Field(FROZEN_ALPHA, 2 * eps * s / n * M + eps**2 * H)),
        Mutant("ratio_inverted", Field(2 * (1 + eps * s / n * M), FROZEN_BETA)),
    ),
    uses=("xing2021.surrogate_attack_shrinks",),
)  # fmt: skip
