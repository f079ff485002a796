r"""For $\theta \neq 0$, $s > 0$ and $\epsilon > 0$ the surrogate loss $R_{L, \xi}(\theta, \epsilon)$ falls strictly as
$\xi$ grows, from $R_L(\theta, \epsilon)$ as $\xi \to 0$ to $s^2$ as $\xi \to \infty$. More precisely
$R_L - \xi (\epsilon/2 + \sqrt{\pi/8} \, \epsilon^2 n/s) \leq R_{L, \xi} < R_L$ and
$s^2 < R_{L, \xi} \leq s^2 (1 + 2 \epsilon n^2/\xi)^2$, with $s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2$ and
$n = \|\theta\|$. Where $\theta = 0$, $s = 0$ or $\epsilon = 0$, $R_{L, \xi} = s^2$ for every $\xi > 0$, which differs
from $R_L$ only if $s = 0$ while $\epsilon n > 0$. (The paper has none.)
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import sympy as sp

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import certified, sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import PUBLISHED, SHARE, SmoothedRisk
from theory import notation as sym
from theory.derivations import surrogate as derivations
from theory.population import LinearGaussian
from theory.risk import RISK, adversarial_risk
from theory.surrogate import SURROGATE_RISK, surrogate_risk

n, s, eps, xi = sym.coefficient_norm, sym.residual_std, sym.radius, sym.smoothing
size = sp.Symbol("e", positive=True)  # |e|, as the attack is odd in the residual; e = 0 has probability 0

UNSMOOTHED = Formula(
    RISK, r"R_L(\theta, \epsilon)", lambda case: adversarial_risk(case.coefficients, case.population, case.radius)
)
LOWEST_RATE, HIGHEST_RATE = eps / 2, sp.sqrt(sp.pi / 8) * eps**2 * n / s  # they add up to a bound on (R - R_ξ)/ξ
UPPER = s**2 * (1 + 2 * eps * n**2 / xi) ** 2
TOLERANCE = 64 * sampled.EPS
"""Some dozen rounded operations on either risk, relative to its terms before they cancel."""


@dataclass(frozen=True)
class Smoothing:
    """The risk under the smoothed attack, and the one that it is said to stay below and to approach."""

    smoothed: SmoothedRisk
    unsmoothed: Formula

    @property
    def latex(self) -> str:
        """The smoothed risk, as it is checked."""
        return self.smoothed.latex


FORMULA = Smoothing(PUBLISHED, UNSMOOTHED)


@lru_cache(maxsize=16)
def margins_of_share(share: sp.Expr) -> tuple[tuple[str, sp.Expr, bool], ...]:
    """What makes the inequalities true at one residual: a name, what is not negative, and whether it is positive."""
    slope = 2 * size * n  # of the loss in x
    peak = sp.sqrt(2 / sp.pi) / s  # of the density of |e|
    return (
        ("the attack's share r is positive: s² < R_ξ", share, True),
        ("r < 1: R_ξ < R", 1 - share**2, True),
        ("r falls as ξ grows", -sp.diff(share, xi), True),
        ("r < 2|e|n/ξ: R_ξ is less than E e²(1 + 2εn²/ξ)²", (slope / xi) ** 2 - share**2, True),
        (
            "2|e|n (1 - r) <= 2|e|n (1 - r²) <= ξ/2, so the cross term loses at most εξ/2",
            xi / 2 - slope * (1 - share**2),
            False,
        ),
        (
            "ε²n² E(1 - r²), with the density at its peak, bounds what the square loses",
            HIGHEST_RATE * xi - eps**2 * n**2 * peak * sp.integrate(1 - share**2, (size, 0, sp.oo)),
            False,
        ),
    )


def compare_residual_by_residual(formula: Smoothing, budget: Budget) -> Evidence:
    """The sign of each inequality between the attacks at one residual; their means follow."""
    margins = margins_of_share(formula.smoothed.share.subs(sym.residual, size))
    signs = [_sign(margin, strict) for _, margin, strict in margins]
    steps = tuple(
        Step(name, f"{sp.latex(margin)} {'>' if strict else chr(92) + 'ge'} 0", "SymPy" if sign else "open")
        for (name, margin, strict), sign in zip(margins, signs, strict=True)
    )
    wrong = [step.name for step, sign in zip(steps, signs, strict=True) if sign is False]
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if all(signs) else Outcome.INCONCLUSIVE
    text = f"false: “{wrong[0]}”." if wrong else f"SymPy decides {signs.count(True)} of {len(signs)} inequalities."
    numbers = {"inequalities": float(len(signs)), "decided": float(len(signs) - signs.count(None))}
    counterexample = wrong[0] if wrong else None
    summary = f"The two attacks on one residual: {text}"
    return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, summary, numbers, counterexample, steps)


@lru_cache(maxsize=256)
def _sign(margin: sp.Expr, strict: bool) -> bool | None:
    """Whether the margin is positive (not negative), where SymPy or a rational point decides it."""
    factored = sp.factor(sp.simplify(margin))
    decided = factored.is_positive if strict else factored.is_nonnegative
    if decided is not None:
        return bool(decided)
    grid = [sp.Rational(1, 8), sp.Integer(1), sp.Integer(8)]
    symbols = sorted(factored.free_symbols, key=str)
    points = ({symbol: grid[i // 3**j % 3] for j, symbol in enumerate(symbols)} for i in range(3 ** len(symbols)))
    return False if any(factored.subs(point).is_negative for point in points) else None


def certify(formula: Smoothing, budget: Budget) -> Evidence:
    """Enclose the slope in ξ and the distances to all four bounds at exact rationals."""
    smoothed, unsmoothed = formula.smoothed.expression, formula.unsmoothed.expression
    margins = {
        "-dR_ξ/dξ": -sp.diff(smoothed, xi),
        "R - R_ξ": unsmoothed - smoothed,
        "R_ξ - s²": smoothed - s**2,
        "the loss allowed minus R - R_ξ": xi * (LOWEST_RATE + HIGHEST_RATE) - (unsmoothed - smoothed),
        "s²(1 + 2εn²/ξ)² - R_ξ": UPPER - smoothed,
    }
    places = points(budget)
    found = [(name, point, enclose(margin, point)) for name, margin in margins.items() for point in places]
    wrong = [(name, point, ball) for name, point, ball in found if ball <= 0]
    decided = sum(bool(ball > 0) for _, _, ball in found) + len(wrong)
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if decided == len(found) else Outcome.INCONCLUSIVE
    summary = (
        f"Enclosures of the slope in ξ and of the distances to the bounds: {decided} of {len(found)} signs certain, "
        f"{len(wrong)} of them wrong."
    )
    numbers = {"signs": float(len(found)), "certain": float(decided), "wrong": float(len(wrong))}
    counterexample = None
    if wrong:
        name, point, ball = wrong[0]
        counterexample = f"{name} = {ball.str(8)} at {certified.describe(point)}"
    scope = f"{len(places)} rational points, k from 5e-11 to 5e5"
    return Evidence(Kind.CERTIFIED, outcome, scope, summary, numbers, counterexample)


def points(budget: Budget) -> list[certified.Point]:
    """Random rationals: the shape k runs from 5e-11 to 5e5."""
    domain = {s: (0.1, 10.0), n: (0.1, 10.0), eps: (0.01, 10.0), xi: (1e-8, 1e4)}
    return certified.random_points(domain, 24, budget.rng())


def rise(formula: Smoothing, case: Problem) -> float:
    """By how much the float64 risk rises from ξ to 2ξ, or leaves the bounds, relative to the terms of the risk."""
    std, norm, radius = case.scalars[s], case.scalars[n], case.radius
    here = formula.smoothed(case)
    further = formula.smoothed(replace(case, smoothing=2 * case.smoothing))
    unsmoothed = formula.unsmoothed(case)
    upper = min(unsmoothed, (std * (1 + 2 * radius * norm**2 / case.smoothing)) ** 2)
    lost = radius / 2 + np.sqrt(np.pi / 8) * radius**2 * norm / std if std > 0 else np.inf
    lower = max(std**2, unsmoothed - case.smoothing * lost)
    worst = max(further - here, here - upper, lower - here)
    scale = oracles.rounding_scale(case)
    return float(worst / scale) if scale else worst


SEARCH = sampled.search(
    "bounds", domains.problems(smoothing=domains.smoothings()), rise, TOLERANCE,
    "The risk at ξ against the risk at 2ξ and its four bounds",
)  # fmt: skip


def search_bounds(formula: Smoothing, budget: Budget) -> Evidence:
    """The search, with pictures of the claim's own formula."""
    evidence = SEARCH.run(formula, budget)
    return replace(evidence, charts=charts()) if formula is FORMULA else evidence


POPULATION, RADIUS = LinearGaussian(np.array([1.0]), np.eye(1), 0.5), 1.0


@lru_cache(maxsize=1)
def charts() -> tuple[Chart, Chart]:
    """The risk along θ for several ξ, and its fall below the adversarial risk over ξ, at d = 1."""
    along = np.linspace(-0.5, 1.5, 161)
    curves = tuple(
        Series(f"ξ = {smoothing:g}", tuple(along.tolist()), _values(along, smoothing))
        for smoothing in (0.0, 0.1, 0.5, 2.0, 10.0)
    )
    grid = np.geomspace(1e-6, 1e4, 101)
    problem = Problem(POPULATION, np.array([0.5]), RADIUS)
    std, norm, top = problem.scalars[s], problem.scalars[n], UNSMOOTHED(problem)
    falls = tuple(top - PUBLISHED(replace(problem, smoothing=float(x))) for x in grid)
    allowed = grid * (RADIUS / 2 + np.sqrt(np.pi / 8) * RADIUS**2 * norm / std)
    places = tuple(grid.tolist())
    return (
        Chart(
            "Smoothing lowers the risk: θ₀ = 1, Σ = 1, σ = 0.5, ε = 1", "θ", "risk under the smoothed attack", curves
        ),
        Chart(
            "How far the risk falls: θ = 0.5",
            "smoothing ξ",
            "R - R_ξ",
            (Series("R - R_ξ", places, falls), Series("its bound", places, tuple(allowed.tolist()))),
            x_log=True,
            y_log=True,
        ),
    )


def _values(places: np.ndarray, smoothing: float) -> tuple[float, ...]:
    found: list[float] = surrogate_risk(places[:, None], POPULATION, RADIUS, smoothing).tolist()
    return tuple(found)


REST = xi / sp.sqrt((2 * sym.residual * n) ** 2 + xi**2)
K = xi / (2 * s * n)
REST_RISK = (
    s**2 + 2 * eps * n * s * K * sp.exp(K**2 / 2) * sp.erfc(K / sp.sqrt(2))
    + eps**2 * n**2 * sp.sqrt(sp.pi / 2) * K * sp.exp(K**2 / 2) * sp.erfc(K / sp.sqrt(2))
)  # fmt: skip
"""E(|e| + εn r)² for r = ξ/√(4e²n² + ξ²), by the integrals of z e^{-z²/2}/√(z² + k²) and e^{-z²/2}/(z² + k²)."""

MORE = sp.Rational(105, 100)


def smoothed_differently(expression: sp.Expr, share: sp.Expr) -> Smoothing:
    """The claim about another smoothed attack."""
    return Smoothing(PUBLISHED.change(expression, share), UNSMOOTHED)


CLAIM = Claim(
    id="xing2021.smoothing_lowers_risk",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("residual_by_residual", Kind.SYMBOLIC, compare_residual_by_residual),
        symbolic.derivation(
            "limit",
            derivations.surrogate_without_smoothing,
            lambda formula: formula.unsmoothed.expression,
            "The limit as ξ falls to 0",
        ),
        Check("enclosure", Kind.CERTIFIED, certify),
        Check("bounds", SEARCH.kind, search_bounds),
    ),
    mutants=(
        Mutant("share_and_rest_swapped", smoothed_differently(REST_RISK, REST)),
        Mutant(
            "attack_five_percent_stronger", smoothed_differently(SURROGATE_RISK.subs(eps, MORE * eps), MORE * SHARE)
        ),
        Mutant(
            "smoothing_five_percent_more",
            smoothed_differently(SURROGATE_RISK.subs(xi, MORE * xi), SHARE.subs(xi, MORE * xi)),
        ),
        Mutant("smoothing_ignored", smoothed_differently(RISK, sp.S.One)),
        Mutant(
            "unsmoothed_c0_five_percent_less",
            Smoothing(PUBLISHED, UNSMOOTHED.mutate(RISK.subs(sym.c0, sym.c0 * 95 / 100))),
        ),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form", "xing2021.risk_has_closed_form"),
)
