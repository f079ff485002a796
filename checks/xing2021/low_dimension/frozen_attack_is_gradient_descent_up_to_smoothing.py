r"""Modified so, Algorithm 1 with the attack held fixed follows the gradient of the surrogate loss only up to the
smoothing. In expectation, with $F$ the update held fixed, $s^2 = \mathbb{E} (\theta^\top x - y)^2 > 0$,
$n = \|\theta\| > 0$ and $k = \xi / (2 s n)$: $F = \nabla R_L$ for $\xi = 0$, and for $\xi > 0$
$F - \nabla R_{L, \xi} = -\sqrt{\pi/8}\, \epsilon^2 \xi (\frac{n}{s^3} \Sigma (\theta - \theta_0)
+ \frac{1}{n s} \theta) + r$
with $\|r\| \le 2 \epsilon k^2 (c_0 \operatorname{arsinh}(1/k) + \frac13 + \epsilon \frac{n}{s})
(\frac{n}{s} \|\Sigma (\theta - \theta_0)\| + \frac{s}{n} \|\theta\|)$, which is $O(\xi^2 \log(1/\xi))$. (This
corrects the identity with $\nabla R_{L, \xi}$ that Algorithm 1 takes over when $A_\epsilon$ is replaced by
$A_{\epsilon, \xi}$.)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, sampled, symbolic
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, GRADIENT, Field, b, eps, n, pull, s, xi
from checks.xing2021.low_dimension.smoothed_attack import Line
from theory.derivations.expansion import field_gap
from theory.population import LinearGaussian
from theory.risk import C0

SMOOTHINGS = (2.0**-4, 2.0**-8, 2.0**-12)
LINES = ((Line(1.0, 0.0, 1.0, 1.0), 0.25), (Line(1.0, 1.0, 0.5, 1.0), 0.75))
"""Two problems with d = 1, each with its θ; the smoothings are those above."""

ROUNDING = 64 * EPS  # of each field, relative to its terms: sums of about ten products of up to six factors


def remainder(case: Problem) -> float:
    """The stated bound on the remainder.

    By F - ∇R = k (2εM' + ε²(n/s) H')((n/s) Σ(θ - θ₀) + (s/n) θ), -M' = k E[Z²/(Z² + k²)^{3/2}] <= k (c₀ arsinh(1/k) +
    1/3) and 0 <= H' + √(π/2) <= 2k (as E (1 - e^{-Z²/2})-weighted integrals of 1/Z² are at most 1).
    """
    std, size = case.scalars[s], case.scalars[n]
    shape = case.smoothing / (2 * std * size)
    if shape == 0:
        return 0.0
    spread = size / std * oracles.l2(pull(case)) + std
    return float(2 * case.radius * shape**2 * (C0 * np.arcsinh(1 / shape) + 1 / 3 + case.radius * size / std) * spread)


def remainder_gap(formula: Field, case: Problem) -> float:
    """By how much F - ∇R less ξ times the stated vector exceeds the bound on the remainder, over the fields' size."""
    difference = FROZEN(case) - GRADIENT(case) - case.smoothing * formula(case)
    allowed = remainder(case)
    scale = update.rounding_scale(case) + allowed
    return (oracles.l2(difference) - allowed) / scale if scale else oracles.l2(difference)


@st.composite
def problems(draw: domains.Draw) -> Problem:
    """θ ≠ 0, σ >= 0.05, and a smoothing of 0, or k from 1e-9 to 1e3."""
    population = draw(domains.populations(4, noise=domains.numbers(0.05, 2.0)))
    theta = draw(domains.nonzero_vectors(population.d))
    size = oracles.residual_variance(population, theta) ** 0.5 * oracles.l2(theta)
    shape = draw(
        st.one_of(
            st.just(0.0), domains.smoothings(1e-9, 1e3), domains.numbers(-5.0, -3.0).map(lambda x: float(10.0**x))
        )
    )
    return Problem(population, theta, draw(domains.radii()), 2 * size * shape)


def certify(formula: Field, budget: Budget) -> Evidence:
    """Enclose (F - ∇R)/ξ from the definition, with its distance to the stated limit and the bound on that distance."""
    found = [(line, *_difference(line), formula.enclose(_scalars(line))) for line in _lines()]
    outside = [line for line, ratio, allowed, stated in found if abs(ratio - stated) > allowed]
    within = all(abs(ratio - stated) <= allowed for _, ratio, allowed, stated in found)
    outcome = Outcome.FAILS if outside else Outcome.HOLDS if within else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "two problems with d = 1",
        f"(F - ∇R)/ξ, enclosed by quadrature from the definition at {len(found)} points with ξ down to "
        f"{min(SMOOTHINGS):.2g}, is {'' if not outside else 'not '}within the stated distance of its limit"
        + (f" (beyond it at {len(outside)})." if outside else " at all of them."),
        {"points": float(len(found)), "beyond the bound": float(len(outside))},
        str(outside[0]) if outside else None,
        charts=(_chart(),),
    )


def _lines() -> list[tuple[Line, float]]:
    return [(line._replace(smoothing=smoothing), theta) for line, theta in LINES for smoothing in SMOOTHINGS]


def _scalars(at: tuple[Line, float]) -> dict[sp.Symbol, Ball]:
    return update.on_line(*at)


@lru_cache(maxsize=16)
def _difference(at: tuple[Line, float]) -> tuple[Ball, Ball]:
    """(F - ∇R)/ξ and the bound on its distance to the limit, in ball arithmetic."""
    with ctx.workprec(certified.PRECISION):
        values = _scalars(at)
        gap = update.mean_slope(update.frozen_slope(), values) - update.mean_slope(update.exact_slope(), values)
        ratio, shape = values[n] / values[s], values[xi] / (2 * values[s] * values[n])
        factor = (2 / arb.pi()).sqrt() * (1 / shape).asinh() + arb(1) / 3 + values[eps] * ratio
        allowed = 2 * values[eps] * shape**2 * factor * (ratio * abs(values[b]) + values[s])
        return gap / values[xi], allowed / values[xi]


@lru_cache(maxsize=1)
def _chart() -> Chart:
    population = LinearGaussian(np.array([1.0, 0.5]), np.diag([1.0, 0.25]), 0.5)
    cases = [Problem(population, np.array([0.5, 0.5]), 0.5, float(x)) for x in np.geomspace(1e-6, 10, 141)]
    gradients = [oracles.l2(GRADIENT(case)) for case in cases]
    found = [oracles.l2(FROZEN(case) - GRADIENT(case)) / size for case, size in zip(cases, gradients, strict=True)]
    stated = [case.smoothing * oracles.l2(BIAS(case)) / size for case, size in zip(cases, gradients, strict=True)]
    x = tuple(case.smoothing for case in cases)
    return Chart(
        title="What holding the smoothed attack fixed does to the gradient",
        x_label="smoothing ξ",
        y_label="‖F - ∇R‖ / ‖∇R‖",
        series=(Series("difference", x, tuple(found)), Series("its first order in ξ", x, tuple(stated))),
        x_log=True,
        y_log=True,
    )


def mutate(factor: sp.Expr, error: sp.Expr = n / s**3, theta: sp.Expr = 1 / (n * s)) -> Field:
    """Another first order in ξ."""
    bias = -sp.sqrt(sp.pi / 8) * eps**2 * factor
    return Field(bias * error, bias * theta)


BIAS = mutate(sp.S.One)

CLAIM = Claim(
    id="xing2021.frozen_attack_is_gradient_descent_up_to_smoothing",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    formula=BIAS,
    checks=(
        symbolic.derivation(
            "derivation", field_gap, lambda f: f.projection, "The limit of uᵀ(F - ∇R)/ξ as ξ falls to 0",
            scope="the first order in ξ",
        ),
        Check("enclosures", Kind.CERTIFIED, certify),
        sampled.search(
            "remainder", problems(), remainder_gap, ROUNDING,
            "The difference of the two fields less its first order, against the bound on the remainder",
            scope="σ ≥ 0.05, d = 1 to 4, k = 0 and from 1e-9 to 1e3",
        ),
    ),
    mutants=(
        Mutant("no_difference", mutate(sp.S.Zero)),
        Mutant("sign_reversed", mutate(-sp.S.One)),
        Mutant("five_percent_off", mutate(sp.Rational(105, 100))),
        Mutant("error_part_without_its_norm", mutate(sp.S.One, error=1 / s**3)),
        Mutant("theta_part_alone", mutate(sp.S.One, error=0 * s)),
        Mutant("gradient_of_the_risks_gap", mutate(-sp.S.One, error=-n / s**3)),
    ),
    assumptions=(
        Assumption(
            "away from the kinks", r"$\theta \neq 0$ and $s > 0$",
            lambda case: min(case.scalars[n], case.scalars[s]) > 0
        ),
    ),
    uses=("xing2021.frozen_attack_is_gradient_descent", "xing2021.frozen_attack_field_has_closed_form"),
    amends="xing2021.smoothed_frozen_attack_is_gradient_descent",
)  # fmt: skip
