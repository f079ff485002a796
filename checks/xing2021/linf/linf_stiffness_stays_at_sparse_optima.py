r"""The paper has none; ours, and what makes training under $\mathcal{L}_\infty$ attack more difficult: let $\theta \neq
0$ have a coordinate $\theta_j = 0$ and $s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2 > 0$. As $\xi \to 0$, the
second derivative of the surrogate risk along that coordinate grows like $1/\xi$ under $\mathcal{L}_\infty$, $\xi\,
\partial_j^2 R^\infty_{L, \xi}(\theta, \epsilon) \to 8 \epsilon s (s + \epsilon c_0 \|\theta\|_1)$, and stays bounded
under $\mathcal{L}_2$. So at a sparse minimiser other than 0 the largest stable learning rate is of the order of $\xi$
under $\mathcal{L}_\infty$, and away from 0 under $\mathcal{L}_2$, where small steps are needed near the origin alone.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.optimize import brentq

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, symbolic
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.linf import stable_steps
from models.linear.population import ExpectedUpdate
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.risk import evaluating, normal_density
from theory.population import LinearGaussian
from theory.surrogate import surrogate_risk_hessian
from theory.validation import FloatArray

eps, xi, s, m = sym.radius, sym.smoothing, sym.residual_std, sym.coefficient_norm_1
r, t = sp.symbols("r t", positive=True)  # |e|; the coefficient that is 0
STIFFNESS = 8 * eps * s * (s + eps * sym.c0 * m)
HESSIAN_ERROR = 1e-9  # ten times the relative error that `theory.surrogate` announces for the linf gradient
C0 = float(np.sqrt(2 / np.pi))


@dataclass(frozen=True)
class Stiffness:
    """The limit of ξ times the second derivative along a zero coordinate, for each norm."""

    linf: sp.Expr
    l2: sp.Expr = sp.S.Zero

    @property
    def latex(self) -> str:
        """Both limits."""
        limits = (rf"\xi\, \partial_j^2 R_{{L, \xi}} \to {sp.latex(value)}" for value in (self.linf, self.l2))
        return r" \text{ (linf)}, \quad ".join(limits) + r" \text{ (l2)}"

    def of(self, norm: float, values: dict[sp.Symbol, float]) -> float:
        """The limit for the attack's norm."""
        return float(enclose(self.l2 if norm == 2 else self.linf, values).mid())


@cache
def second_derivative() -> Derivation:
    """ξ times that of the smoothed loss along a coordinate at 0, beside one other coefficient of size m, as ξ -> 0.

    The residual's own change along the coordinate adds a bounded term, which ξ removes.
    """
    other = r + eps * m * (2 * r * m) / (2 * r * m + xi)
    here = eps * t * (2 * r * t) / (2 * r * t + xi)
    quotient = 2 * ((other + here) ** 2 - other**2) / t**2
    curved = xi * sp.factor(sp.limit(quotient, t, 0))
    pointwise = sp.expand(sp.limit(curved, xi, 0))
    links = (
        Link("the second derivative of one loss", sp.Limit(_half_mean(curved), xi, 0), _limiting),
        Link("exchange limit and mean", _half_mean(pointwise), cited="dominated convergence: at most 8ε|e|(|e| + εm)"),
        Link("integrate over |e|, e ~ N(0, s²)", sp.expand(STIFFNESS), evaluating),
    )
    start = sp.Limit(_half_mean(xi * sp.Limit(quotient, t, 0)), xi, 0)
    return derive(start, links, "one other nonzero coefficient")


def _half_mean(value: sp.Expr) -> sp.Expr:
    """Unevaluated mean over r = |e| > 0."""
    return sp.Integral(2 * value * normal_density(r, s), (r, 0, sp.oo))


def _limiting(expression: sp.Expr) -> sp.Expr:
    """Evaluate the limits t -> 0, and leave the limit of the mean alone."""

    def limit(function: sp.Expr, variable: sp.Symbol, *at: sp.Expr) -> sp.Expr:
        return sp.factor(sp.limit(function, variable, *at)) if variable == t else sp.Limit(function, variable, *at)

    return expression.replace(sp.Limit, limit)


def bounded_part(case: Problem, axis: int) -> float:
    """A bound on |∂_j² R - limit/ξ| under linf and on |∂_j² R| under l2, at θ_j = 0, for every ξ.

    With q = ε‖θ‖₁/s under linf: the curvature of the residual adds at most 2Σ_jj (1 + q)² + 6Σ_jj q (c₀ + q), as z
    times the slope of the attacked residual is at most z + q; and c₀ - k <= E z²/(z + k) <= c₀ adds 4ε² for each
    nonzero coefficient. Under l2 with g = ε‖θ‖₂/s, from the moments M - δM <= 2c₀, M - δ²M <= 4c₀ and the others at
    most 1/4: 2Σ_jj (1 + 2c₀g + g²) + 2ε (2c₀ ε/g + 2ε) + 4Σ_jj g (2c₀ + g).
    """
    theta, variance = case.coefficients, float(case.population.covariance[axis, axis])
    spread = float(case.population.residual_std(theta))
    if case.norm == 2:
        g = case.radius * float(np.sqrt(theta @ theta)) / spread
        plain = 2 * variance * (1 + 2 * C0 * g + g**2) + 4 * variance * g * (2 * C0 + g)
        return plain + 2 * case.radius**2 * (2 * C0 / g + 2)
    q = case.radius * float(np.abs(theta).sum()) / spread
    plain = 2 * variance * (1 + q) ** 2 + 6 * variance * q * (C0 + q)
    return plain + 4 * case.radius**2 * np.count_nonzero(theta)


@st.composite
def sparse_problems(draw: domains.Draw) -> Problem:
    """Noisy populations with d = 2 to 5, θ ≠ 0 with at least one coordinate at 0, and any radius; ξ is drawn later."""
    population = draw(domains.noisy_populations().filter(lambda p: p.d > 1))
    theta = draw(domains.nonzero_vectors(population.d - 1))
    return Problem(
        population, np.append(theta, 0.0), draw(domains.radii(1e-3)), float(2 ** -draw(domains.numbers(4, 30)))
    )


def hessian_gap(formula: Stiffness, case: Problem) -> float:
    """By how much ξ times the second derivative is further from its limit than ξ times the bounded part, relatively.

    ξ is a small share (the case's) of the limit under linf over the bounded part.
    """
    axis, gaps = case.population.d - 1, []
    for norm in (2.0, np.inf):
        scale = float(enclose(STIFFNESS, case.scalars).mid())
        bound = bounded_part(Problem(case.population, case.coefficients, case.radius, norm=norm), axis)
        smoothing = case.smoothing * scale / bound
        found = surrogate_risk_hessian(case.coefficients, case.population, case.radius, smoothing, norm)[axis, axis]
        gaps.append((abs(smoothing * found - formula.of(norm, case.scalars)) - smoothing * bound) / scale)
    return float(max(gaps))


POPULATION = LinearGaussian(np.array([1.0, 0.0]), np.eye(2), 0.5)
RADIUS = 0.5
SMOOTHINGS = tuple(2.0**-k for k in range(2, 17, 2))


@lru_cache(maxsize=1)
def measured() -> tuple[tuple[Problem, float], ...]:
    """Stationary points with θ_2 = 0, and the largest stable step along θ_2 there, for every ξ, under l2 and linf."""
    return tuple(_measured(smoothing, norm) for norm in (2.0, np.inf) for smoothing in SMOOTHINGS)


def _measured(smoothing: float, norm: float) -> tuple[Problem, float]:
    field = ExpectedUpdate(POPULATION, RADIUS, smoothing, norm, "full")
    centre = np.array([float(brentq(lambda x: field(np.array([x, 0.0]))[0], 0.1, 0.999, xtol=1e-15)), 0.0])

    def train(start: FloatArray, step_size: float, steps: int) -> FloatArray:
        for _ in range(steps):
            start = start - step_size * field(start)
        return start

    deviation = np.array([0.0, stable_steps.CLOSE * smoothing])
    step = stable_steps.measured_step(train, centre, deviation, 2.0)
    return Problem(POPULATION, centre, RADIUS, smoothing, norm), step


def training(formula: Stiffness, budget: Budget) -> Evidence:
    """Training on the population from beside a sparse stationary point: 2ξ over the largest stable step, as ξ -> 0."""
    excess, texts = [], []
    for case, step in measured():
        stiffness, limit = 2 * case.smoothing / step, formula.of(case.norm, case.scalars)
        allowed = case.smoothing * bounded_part(case, 1) + stable_steps.ACCURACY * stiffness
        excess.append(abs(stiffness - limit) / allowed)
        texts.append(f"{case}: largest stable step {step:.6g}, 2ξ over it {stiffness:.6g}, limit claimed {limit:.6g}")
    worst = int(np.argmax(excess))
    failed = excess[worst] > 1
    ratio = np.array([step for _, step in measured()]).reshape(2, -1)
    fall = ratio[:, -1] / ratio[:, 0]
    return Evidence(
        Kind.TRAINED, Outcome.FAILS if failed else Outcome.HOLDS,
        "d = 2, Σ = I, θ₀ = (1, 0), σ = ε = 1/2, ξ = 2^-2 to 2^-16",
        f"2ξ over the largest stable step at the stationary point with θ_2 = 0 is as near to its limit as the bounded "
        f"part allows under both attacks ({max(excess):.2g} of it at the most); from ξ = 2^-2 to 2^-16 the largest "
        f"stable step falls to {fall[1]:.2g} of itself under linf, and to {fall[0]:.2g} under l2.",
        {"trainings": float(len(excess)), "worst distance over what is allowed": float(max(excess)),
         "detectable relative difference": float(allowed / stiffness)},
        texts[worst] if failed else None, charts=(_chart(ratio),),
    )  # fmt: skip


def _chart(steps: FloatArray) -> Chart:
    limits = tuple(
        2 * case.smoothing / float(enclose(STIFFNESS, case.scalars).mid()) for case, _ in measured()[len(SMOOTHINGS) :]
    )
    return Chart(
        "Largest stable step at a sparse stationary point", "ξ", "step size",
        (
            Series("l2", SMOOTHINGS, tuple(steps[0].tolist()), points=True),
            Series("linf", SMOOTHINGS, tuple(steps[1].tolist()), points=True),
            Series("linf: 2ξ over the limit", SMOOTHINGS, limits),
        ),
        x_log=True, y_log=True,
    )  # fmt: skip


CLAIM = Claim(
    id="xing2021.linf_stiffness_stays_at_sparse_optima",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    ours=True,
    formula=Stiffness(STIFFNESS),
    checks=(
        symbolic.derivation(
            "derivation", second_derivative, lambda f: f.linf, "ξ times the second derivative along a zero coordinate",
            scope="linf, one other nonzero coefficient",
        ),
        sampled.search(
            "hessian", sparse_problems(), hessian_gap, HESSIAN_ERROR,
            "Distance of ξ ∂_j² R from its limit, less ξ times the bound on the rest",
            scope="noisy populations, d = 2 to 5, ξ → 0",
        ),
        Check("training", Kind.TRAINED, training),
    ),
    mutants=(
        Mutant("attack_held_fixed", Stiffness(STIFFNESS / 2)),
        Mutant("without_the_other_coordinates", Stiffness(8 * eps * s**2)),
        Mutant("as_stiff_under_l2", Stiffness(STIFFNESS, STIFFNESS)),
        Mutant("c0_inverted", Stiffness(8 * eps * s * (s + eps * m / sym.c0))),
        Mutant("five_percent_off", Stiffness(STIFFNESS * sp.Rational(21, 20))),
    ),
)  # fmt: skip
