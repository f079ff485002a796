r"""The abstract prints no equation. With $z = 2 t / (\mu s)$, $p = \mu / (\mu + 2)$, and $Q$,
$J = \mathbb{E} (Z - z)_+$ and $K = \mathbb{E} (Z - z)_+^2$ for a standard normal $Z$ of tail $Q$ at $z$, let
$\alpha = 1 - 2 p Q$, $\gamma = \frac{2}{\mu} (1 + 2 p s J / t)$ and $e = 1 - 4 p Q + 2 p^2 K$. Then
$\Phi(\mu, s, t) - \mu c b^2 / 2$ with $s^2 = (\|\theta_0\| - a)^2 + b^2 + \sigma^2$ and
$t^2 = \epsilon^2 (a^2 + b^2)$ has no slope in $a$, $b > 0$ and $\mu$ if and only if $\alpha + \epsilon^2 \gamma = c$,
$a = \|\theta_0\| \alpha / c$ and $e s^2 = c b^2$.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import sympy as sp
from flint import acb, arb, ctx
from scipy.optimize import brentq

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, encloser
from checks.evidence import certified, sampled, symbolic
from checks.javanmard2020 import PAPER
from checks.javanmard2020.settings import Setting, abbreviated, settings
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome
from theory import notation as sym
from theory.derivations import proportional as derivations
from theory.derivations.derivation import Derivation
from theory.proportional import ATTACK_PULL, MEAN_DISPLACEMENT, SQUARE_DISPLACEMENT

mu, s, t, z = sym.multiplier, sym.residual_std, sym.attack_size, sym.cutoff
TOLERANCE = (
    1e-10  # some hundred EPS of the code, times the condition of μ in the first equation, some 1e2 next to c = 1
)
FARTHEST = 30.0


@dataclass(frozen=True)
class Slopes:
    """α, γ and e: the slopes of Φ in s, t and μ over μs, μt and s²/2, at the cutoff z."""

    mean: sp.Expr
    pull: sp.Expr
    square: sp.Expr

    @property
    def latex(self) -> str:
        """The three as LaTeX."""
        names = (r"\alpha", r"\gamma", "e")
        parts = (getattr(self, field.name) for field in fields(self))
        return r",\qquad ".join(f"{name} = {abbreviated(part)}" for name, part in zip(names, parts, strict=True))

    @property
    def at_cutoff(self) -> "Slopes":
        """The same with z = 2t/(μs)."""
        return Slopes(*(getattr(self, field.name).subs(z, 2 * t / (mu * s)) for field in fields(self)))


FORMULA = Slopes(MEAN_DISPLACEMENT, ATTACK_PULL, SQUARE_DISPLACEMENT)
PARTS: tuple[tuple[str, Callable[[], Derivation], sp.Expr], ...] = (
    ("mean", derivations.slope_in_std, mu * s),
    ("pull", derivations.slope_in_attack, mu * t),
    ("square", derivations.slope_in_multiplier, s**2 / 2),
)


def differentiated(formula: Slopes, budget: Budget) -> Evidence:
    """The slopes of the potential's definition in s, t and μ, one derivation each; the rest is the chain rule."""
    at = formula.at_cutoff
    found = [
        symbolic.derivation(name, derive, lambda _, name=name, unit=unit: unit * getattr(at, name), name).run(  # type: ignore[misc]
            formula, budget
        )
        for name, derive, unit in PARTS
    ]
    outcomes = [item.outcome for item in found]
    worst = next(o for o in (Outcome.FAILS, Outcome.INCONCLUSIVE, Outcome.HOLDS) if o in outcomes)
    reason = "; ".join(item.summary for item in found if item.outcome is worst) if worst is not Outcome.HOLDS else ""
    steps = tuple(dict.fromkeys(step for item in found for step in item.steps))
    text = f"The slopes of the potential in s, t and μ, from its definition, in {len(steps)} steps. {reason}".strip()
    counterexample = next((item.counterexample for item in found if item.counterexample), None)
    scope = WHOLE_DOMAIN if all(item.proves for item in found) else "not every slope"
    return Evidence(Kind.SYMBOLIC, worst, scope, text, {"steps": float(len(steps))}, counterexample, steps)


@lru_cache(maxsize=4)
def _slopes(budget: Budget) -> tuple[tuple[certified.Point, tuple[Ball, Ball, Ball]], ...]:
    """Random points, and α, γ and e there as expectations over the best u, by certified quadrature."""
    points = certified.random_points({mu: (0.1, 10.0), s: (0.1, 10.0), t: (0.1, 10.0)}, 12, budget.rng())
    return tuple((point, _means(*(arb(point[x]) for x in (mu, s, t)))) for point in points)


def _means(multiplier: Ball, std: Ball, attack: Ball) -> tuple[Ball, Ball, Ball]:
    with ctx.workprec(certified.PRECISION):
        cutoff, scale = 2 * attack / (multiplier * std), (2 / arb.pi()).sqrt()

        def mean(function: Callable[[Ball, Ball], Ball], growth: tuple[Ball, Ball]) -> Ball:
            def beyond(x: Ball, analytic: bool = False) -> Ball:
                return function(x, (multiplier * std * x - 2 * attack) / (multiplier + 2))

            def surplus(x: Ball, analytic: bool = False) -> Ball:
                return (function(x, acb(0)) - beyond(x)) * (-x * x / 2).exp()

            within = acb.integral(surplus, acb(0), acb(cutoff)).real
            return certified.half_gaussian_mean(beyond, growth) + scale * within

        # Beyond the cutoff u lies between 0 and sZ, so that 0 <= Z - u/s <= Z; its mean over t grows like Z.
        one, none = arb(1), arb(0)
        return (
            mean(lambda x, u: x * (x - u / std), (none, one)),
            mean(
                lambda x, u: 2 / multiplier * (1 + u / attack),
                ((2 / multiplier).sqrt(), (std / attack / multiplier).sqrt()),
            ),
            mean(lambda x, u: (x - u / std) ** 2, (none, one)),
        )


def enclosed(formula: Slopes, budget: Budget) -> Evidence:
    """The three, each under the expectation at the best u, against the stated expressions at random rationals."""
    at = formula.at_cutoff
    balls = [
        (point, mean, enclose(getattr(at, field.name), point))
        for point, means in _slopes(budget.without_shrinking())
        for field, mean in zip(fields(at), means, strict=True)
    ]
    return certified.compare(balls, "α, γ and e as expectations", "μ, s and t in [0.1, 10]")


def condition_gap(formula: Slopes, setting: Setting) -> float:
    """What is left of the other two equations at the code's a and b, at the μ that satisfies the first."""
    found, (rho, c) = setting.limit, (setting.signal_norm, setting.aspect_ratio)
    a, b, std = found.alignment, found.orthogonal, math.sqrt(found.clean_risk)
    attack = setting.radius * math.hypot(a, b)

    def values(log_mu: float) -> list[float]:
        multiplier = math.exp(log_mu)
        point = {mu: arb(multiplier), s: arb(std), t: arb(attack), z: arb(2 * attack / (multiplier * std))}
        with ctx.workprec(certified.PRECISION):
            return [float(encloser(getattr(formula, field.name))(point).mid()) for field in fields(formula)]

    def surplus(log_mu: float) -> float:
        mean, pull, _ = values(log_mu)
        return (mean + setting.radius**2 * pull - c) / (mean + setting.radius**2 * pull + c)

    if surplus(-FARTHEST) * surplus(FARTHEST) > 0:
        return math.inf
    mean, _, square = values(brentq(surplus, -FARTHEST, FARTHEST, xtol=1e-15))
    along = abs(rho * mean / c - a) / rho if rho else a
    return max(abs(square * found.clean_risk / (c * b * b) - 1), along)


CLAIM = Claim(
    id="javanmard2020.saddle_point_solves_three_equations",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("derivations", Kind.SYMBOLIC, differentiated),
        Check("enclosure", Kind.CERTIFIED, enclosed),
        sampled.search(
            "solutions", settings(), condition_gap, TOLERANCE, "What the computed limits leave of the three equations",
            scope="c from 1/100 to 100, σ from 1/100 to 2 beside ρ = 1, ρ = 0 too", most=200,
        ),
    ),
    mutants=(
        Mutant("mean_displacement_five_percent_off", replace(FORMULA, mean=MEAN_DISPLACEMENT * 105 / 100)),
        Mutant("pull_without_residuals", replace(FORMULA, pull=2 / mu)),
        Mutant("pull_five_percent_off", replace(FORMULA, pull=ATTACK_PULL * 95 / 100)),
        Mutant("square_of_the_mean", replace(FORMULA, square=MEAN_DISPLACEMENT**2)),
    ),
    uses=("javanmard2020.training_potential_has_closed_form",),
)  # fmt: skip
