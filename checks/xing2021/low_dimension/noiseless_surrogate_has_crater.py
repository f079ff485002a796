r"""Without noise, $\sigma = 0$, $R_{L, \xi}(\theta_0, \epsilon) = 0$ for every $\xi > 0$: $\theta_0$ is a global
minimiser of the surrogate risk, while $R^*(\epsilon) > 0$ as soon as $\epsilon > 0$ and $v > 0$. So the smallest
surrogate risk does not approach $R^*$, however small $\xi$ is. (The paper has none; section 2.1 allows $\sigma =
0$.)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import (
    PUBLISHED,
    Line,
    SmoothedRisk,
    e,
    eps,
    n,
    risk_by_definition,
    xi,
)
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import RISK, adversarial_risk
from theory.surrogate import surrogate_risk

SMOOTHINGS = (1.0, 2.0**-6, 2.0**-12)
TAIL = 1e-80  # the quadrature encloses 0 up to its bound on the Gaussian tail, 1e-88


def prove(formula: SmoothedRisk, budget: Budget) -> Evidence:
    """The attacked loss vanishes with the residual and is never negative; the risk itself is at least s² + ε²n²."""
    loss = (e + eps * n * formula.share) ** 2
    crater = sp.simplify(loss.subs(e, 0))
    if crater != 0:
        text = f"at a zero residual the attacked loss is {crater}"
        return Evidence(Kind.SYMBOLIC, Outcome.FAILS, WHOLE_DOMAIN, f"There is no crater: {text}.", {}, text)
    floor = RISK - RISK.subs(eps, 0) - eps**2 * n**2
    steps = (
        _step("the attacked loss at a zero residual", sp.Subs(loss, e, 0), sp.S.Zero, lambda x: sp.simplify(x.doit())),
    )
    holds = all(step.basis == "SymPy" for step in steps) and bool(floor.is_nonnegative)
    summary = (
        "At θ₀ without noise every residual is 0 and so is every attacked loss, a square; R_L >= s² + ε²‖θ‖² is "
        "positive "
        "everywhere, as θ = 0 leaves s = v."
    )
    outcome = Outcome.HOLDS if holds else Outcome.INCONCLUSIVE
    return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, summary, {"steps": float(len(steps))}, None, steps)


def _step(name: str, left: sp.Expr, right: sp.Expr, method: object) -> Step:
    decided = decide(Equality(name, left, right, method)) == "decided"  # type: ignore[arg-type]
    return Step(name, f"{sp.latex(left)} = {sp.latex(right)}", "SymPy" if decided else "open")


def certify(formula: SmoothedRisk, budget: Budget) -> Evidence:
    """At d = 1, Σ = 1, θ₀ = 1 and ε = 1, where R* = (1 + c₀)/2: R at θ₀, and the rim of the crater within ξ of it."""
    best = (1 + (2 / arb.pi()).sqrt()) / 2
    bottoms = [_surrogate(formula.share, smoothing, 1.0) for smoothing in SMOOTHINGS]
    around = [_surrogate(formula.share, xi_, 1 + side * xi_ / 64) for xi_ in SMOOTHINGS for side in (-1, 1)]
    holds = all(abs(ball) < TAIL for ball in bottoms) and all(ball < best for ball in around)
    fails = any(ball > 0 for ball in bottoms)
    outcome = Outcome.FAILS if fails else Outcome.HOLDS if holds else Outcome.INCONCLUSIVE
    text = f"R at θ₀ is {max(bottoms, key=float).str(6)} and R* = {best.str(6)}"
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "d = 1, three smoothings",
        f"From the definition, for ξ down to 2^-12: {text}; at θ₀ ± ξ/64 R is at most "
        f"{max(float(ball) for ball in around):.3g}.",
        {"R*": float(best), "largest around": max(float(ball) for ball in around)},
        text if fails else None,
        charts=(_chart(),) if holds else (),
    )


@lru_cache(maxsize=64)
def _surrogate(share: sp.Expr, smoothing: float, at: float) -> Ball:
    return risk_by_definition(share, Line(1.0, 0.0, 1.0, smoothing), at)


@st.composite
def craters(draw: domains.Draw) -> Problem:
    """θ₀ itself, other than 0, in a noiseless population with an invertible covariance, under any attack and
    smoothing.
    """
    found = draw(domains.regular_populations())
    population = LinearGaussian(found.true_coefficients, found.covariance, 0.0)
    return Problem(population, population.true_coefficients, draw(domains.radii(1e-3)), draw(domains.smoothings()))


def crater_gap(formula: SmoothedRisk, case: Problem) -> float:
    """R_{L,ξ}(θ₀) over the optimal risk R*; infinite should R* be 0 or exceed R_L(θ₀)."""
    best = robust_minimizer(case.population, case.radius).risk
    here = float(adversarial_risk(case.coefficients, case.population, case.radius))
    sound = 0 < best <= here * (1 + 64 * sampled.EPS)
    return formula(case) / best if sound else np.inf


def _chart() -> Chart:
    x, problem = np.linspace(0.0, 1.5, 151), Line(1.0, 0.0, 1.0, 1.0).problem(1.0)

    def curve(smoothing: float) -> Series:
        y = surrogate_risk(x[:, None], problem.population, 1.0, smoothing)
        return Series(f"ξ = {smoothing}", tuple(x.tolist()), tuple(y.tolist()))

    return Chart(
        title="The crater at θ₀ = 1 (d = 1, σ = 0, ε = 1)",
        x_label="θ",
        y_label="risk",
        series=tuple(curve(smoothing) for smoothing in (0.0, 0.015625, 0.25, 1.0)),
    )


CLAIM = Claim(
    id="xing2021.noiseless_surrogate_has_crater",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=PUBLISHED,
    checks=(
        Check("vanishing_loss", Kind.SYMBOLIC, prove),
        Check("enclosure", Kind.CERTIFIED, certify),
        sampled.search(
            "risk_at_the_truth",
            craters(),
            crater_gap,
            0.0,
            "The surrogate risk at θ₀ is exactly 0 and the optimal risk is not",
            scope="invertible covariances, d up to 5",
        ),
    ),
    mutants=(
        Mutant("no_smoothing", PUBLISHED.change(RISK, sp.S.One)),
        Mutant("shrinkage_without_the_residual", PUBLISHED.change(RISK.subs(eps, eps / (1 + xi)), 1 / (1 + xi))),
    ),
    uses=("xing2021.risk_has_closed_form",),
)
