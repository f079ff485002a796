r"""The paper has none; ours: for $\theta \ne 0$ and $s > 0$ the risk $R_{L, \xi}^\infty$ under the smoothed attack
$A_{\epsilon, \xi}^\infty$ is at most $R_L^\infty$, decreases as $\xi$ grows, and tends to $R_L^\infty$ as $\xi \to 0$:
$R_L^\infty - R_{L, \xi}^\infty \le \epsilon \sqrt{\xi / (2s)} \sum_i \sqrt{|\theta_i|} \, (s \, \mathbb{E}|g|^{1/2}
+ \epsilon \|\theta\|_1 \, \mathbb{E}|g|^{-1/2})$, $g$ standard Gaussian. The computed value has a relative error of
at most $10^{-10}$.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from flint import arb, ctx

from checks import domains, exact_risk
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, montecarlo, sampled
from checks.oracles import toeplitz
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from theory.norms import dual_perturbation
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.surrogate import surrogate_risk

Risk: TypeAlias = Callable[[Problem], float]

ANNOUNCED = 1e-10  # the relative error that `theory.surrogate` announces for the linf attack
ROOT_MOMENT = 2**0.25 * math.gamma(0.75) / math.sqrt(math.pi)  # E|g|^(1/2)
INVERSE_ROOT_MOMENT = math.gamma(0.25) / (2**0.25 * math.sqrt(math.pi))  # E|g|^(-1/2)


def linf_surrogate(case: Problem) -> float:
    """The risk under the smoothed linf attack, as `theory.surrogate` computes it."""
    return float(surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing, np.inf))


def l2_surrogate(case: Problem) -> float:
    """Mistake: the risk under the smoothed l2 attack."""
    return float(surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing))


def without_smoothing(case: Problem) -> float:
    """Mistake: the adversarial risk itself."""
    return float(adversarial_risk(case.coefficients, case.population, case.radius, np.inf))


def smoothing_five_percent_off(case: Problem) -> float:
    """Mistake: another smoothing."""
    return linf_surrogate(replace(case, smoothing=1.05 * case.smoothing))


def smoothing_upside_down(case: Problem) -> float:
    """Mistake: the inverse of the smoothing."""
    return linf_surrogate(replace(case, smoothing=1 / case.smoothing))


def off_by_a_billionth(case: Problem) -> float:
    """Mistake: ten times the announced error."""
    return (1 + 10 * ANNOUNCED) * linf_surrogate(case)


def _case(
    truth: list[float], covariance: Any, noise: float, theta: list[float], radius: float, smoothing: float
) -> Problem:
    return Problem(LinearGaussian(np.array(truth), covariance, noise), np.array(theta), radius, smoothing, np.inf)


CASES = (
    _case([1.0], np.eye(1), 0.5, [0.5], 1.0, 0.25),
    _case([1.0, -2.0], np.diag([1.0, 0.25]), 0.0, [1.5, 0.5], 2.0, 1.0),
    _case([0.5, 0.0, 1.0], toeplitz(3, 0.5), 2.0, [-1.0, 0.0, 0.25], 0.5, 4.0),
    _case([1.0, 1.0], np.eye(2), 1.0, [1.0, 2.0**-20], 1.0, 2.0**-10),
    _case([1.0, 0.0], np.eye(2), 0.25, [0.5, -0.5], 4.0, 2.0**-30),
    _case([3.0, 1.0], np.eye(2), 0.5, [1.0, 1.0], 1.0, 2.0**20),
    _case([1.0] * 6, np.eye(6), 1.0, [0.25] * 6, 0.5, 0.0625),
)


@lru_cache(maxsize=1)
def defined() -> tuple[Ball, ...]:
    """E (|e| + ε Σ|θ_i| |g_i|/(|g_i| + ξ))² with g_i = 2eθ_i, in ball arithmetic."""
    with ctx.workprec(certified.PRECISION):
        return tuple(_definition(case) for case in CASES)


def _definition(case: Problem) -> Ball:
    theta = exact_risk.balls(case.coefficients)
    s, strength, smoothing = exact_risk.residual_std(case, theta), arb(case.radius), arb(case.smoothing)
    sizes = [abs(x) for x in theta if x != 0]

    def loss(z: Any, analytic: bool) -> Any:
        gradients = [2 * s * z * size for size in sizes]
        return (s * z + strength * sum(x * g / (g + smoothing) for x, g in zip(sizes, gradients, strict=True))) ** 2

    return certified.half_gaussian_mean(loss, growth=(strength * sum(sizes, arb(0)), s))


def enclosures(formula: Risk, budget: Budget) -> Evidence:
    """The computed value against the definition, within the announced error."""
    errors = [float(abs(arb(formula(case)) / ball - 1).mid()) for case, ball in zip(CASES, defined(), strict=True)]
    width = max(float(ball.rad() / ball.mid()) for ball in defined())
    worst = int(np.argmax(errors))
    failed, decided = errors[worst] > ANNOUNCED + width, errors[worst] + width <= ANNOUNCED
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    numbers = {
        "problems": float(len(CASES)),
        "worst relative error": errors[worst],
        "tolerance": ANNOUNCED,
        "widest ball at most": certified.power_of_two_above(width),
    }
    text = f"the worst of {len(CASES)} relative errors is {errors[worst]:.2g} ({ANNOUNCED:.0e} is announced)."
    counterexample = (
        f"{CASES[worst]}: defined {defined()[worst].str(15)}, stated {formula(CASES[worst])!r}" if failed else None
    )
    return Evidence(
        Kind.CERTIFIED, outcome, "seven problems, d = 1 to 6, ξ from 2^-30 to 2^20",
        f"The expectation over the residual in ball arithmetic: {text}", numbers, counterexample, charts=(_chart(),),
    )  # fmt: skip


def _chart() -> Chart:
    smoothings = np.geomspace(1e-6, 1e3, 60)
    values = [linf_surrogate(replace(CASES[0], smoothing=float(x))) for x in smoothings]
    limit = without_smoothing(CASES[0])
    return Chart(
        "Risk under the smoothed attack, d = 1", "ξ", "risk",
        (
            Series("smoothed attack", tuple(smoothings.tolist()), tuple(values)),
            Series("full attack", (1e-6, 1e3), (limit, limit)),
        ),
        x_log=True,
    )  # fmt: skip


def order_gap(formula: Risk, case: Problem) -> float:
    """By how much R_ξ exceeds R, falls below R minus its bound, or exceeds its value at a third of ξ; relative to R."""
    population, sizes = case.population, np.abs(case.coefficients)
    s = float(population.residual_std(case.coefficients))
    limit, value, less_smooth = (
        without_smoothing(case),
        formula(case),
        formula(replace(case, smoothing=case.smoothing / 3)),
    )
    moments = s * ROOT_MOMENT + case.radius * sizes.sum() * INVERSE_ROOT_MOMENT
    bound = case.radius * np.sqrt(case.smoothing / (2 * s)) * np.sqrt(sizes).sum() * moments
    return float(max(value - limit, limit - bound - value, value - less_smooth) / limit)


def attacked_losses(case: Problem, n: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Losses of n drawn pairs under the literal attack: each entry of A_ε times |g_i|/(|g_i| + ξ), g = ∂l/∂x."""
    X, y = case.population.sample(n, rng)
    gradient = 2 * (X @ case.coefficients - y)[:, None] * case.coefficients
    attack = dual_perturbation(gradient, np.inf, case.radius) * np.abs(gradient) / (np.abs(gradient) + case.smoothing)
    losses: montecarlo.Draws = ((X + attack) @ case.coefficients - y) ** 2
    return losses


CLAIM: Claim[Risk] = Claim(
    id="xing2021.linf_surrogate_risk_increases_to_risk",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    ours=True,
    formula=linf_surrogate,
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosures),
        sampled.search(
            "order", domains.problems(domains.noisy_populations(), smoothing=domains.smoothings(), norm=np.inf),
            order_gap, ANNOUNCED, "R_ξ below R, above R less its bound, and below R_ξ/3", scope="σ >= 0.05, d <= 5",
        ),
        montecarlo.means(
            "simulation", CASES[:4], attacked_losses, lambda f, case: f(case), 0.05,
            "Drawing (x, y) and applying the smoothed attack to each sample", scope="four problems, d = 1 to 3",
        ),
    ),
    mutants=(
        Mutant("l2_surrogate", l2_surrogate),
        Mutant("without_smoothing", without_smoothing),
        Mutant("smoothing_five_percent_off", smoothing_five_percent_off),
        Mutant("smoothing_upside_down", smoothing_upside_down),
        Mutant("off_by_a_billionth", off_by_a_billionth),
    ),
    assumptions=(
        Assumption(
            "some_residual",
            "s > 0. At s = 0 the smoothed attack is 0 for every ξ > 0, so that R_ξ = 0 does not tend to R = ε²‖θ‖₁².",
            lambda case: float(case.population.residual_std(case.coefficients)) > 0,
        ),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)  # fmt: skip
