r"""The paper has none; ours: the computed minimiser of $R_L^\infty(\theta, \epsilon)$ has a risk within a relative
$10^{-9}$ of a lower bound on the risk of every $\theta$, so that it is optimal.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TypeAlias

import numpy as np
from flint import ctx
from hypothesis import strategies as st
from scipy.optimize import minimize

from checks import domains, exact_risk, trained_populations
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, trained
from checks.oracles import toeplitz
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from theory.optimum import Minimizer, robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.validation import FloatArray

Solver: TypeAlias = Callable[[LinearGaussian, float], Minimizer[float]]

ANNOUNCED = 1e-9  # the relative duality gap that the minimiser announces
SCALES = np.geomspace(1, 1e-6, 7)  # the risk is convex: a better point at any distance shows near the minimiser too


def linf_minimizer(population: LinearGaussian, radius: float) -> Minimizer[float]:
    """The minimiser that `theory.optimum` computes, with its duality gap."""
    return robust_minimizer(population, radius, np.inf)


def l2_minimizer(population: LinearGaussian, radius: float) -> Minimizer[float]:
    """Mistake: the minimiser under the l2 attack."""
    return robust_minimizer(population, radius)


def stronger_by_five_percent(population: LinearGaussian, radius: float) -> Minimizer[float]:
    """Mistake: the minimiser for another radius."""
    return robust_minimizer(population, 1.05 * radius, np.inf)


def soft_threshold(population: LinearGaussian, radius: float) -> Minimizer[float]:
    """Mistake: every entry of θ₀ moved towards 0 by the radius."""
    truth = population.true_coefficients
    theta = np.sign(truth) * np.maximum(np.abs(truth) - radius, 0.0)
    return replace(linf_minimizer(population, radius), coefficients=theta)


def over_optimistic(population: LinearGaussian, radius: float) -> Minimizer[float]:
    """Mistake: the right point with a risk 5 % too low, so that the lower bound it announces is wrong or missing."""
    found = linf_minimizer(population, radius)
    return replace(found, risk=0.95 * found.risk)


CASES = tuple(
    Problem(LinearGaussian(np.array(truth), covariance, noise), np.zeros(len(truth)), radius, norm=np.inf)
    for truth, covariance, noise, radius in (
        ([2.0, 1.0], np.eye(2), 1.0, 0.5),
        ([2.0, 0.25], np.eye(2), 0.5, 0.75),
        ([1.0, -1.0, 0.5], toeplitz(3, 0.5), 0.25, 0.5),
        ([1.0, 0.0, -2.0], np.diag([4.0, 1.0, 0.25]), 1.0, 0.25),
        ([1.0, 1.0], np.eye(2), 0.0, 0.25),
        ([1.0, 3.0], toeplitz(2, -0.5), 0.0, 1.0),
        ([0.5, -0.25, 1.0], toeplitz(3, 0.75), 1.0, 1.25),
        ([1.0], np.eye(1), 1.0, 2.0),
    )
)


@lru_cache(maxsize=1)
def rivals() -> tuple[FloatArray, ...]:
    """For each case the best θ that a general-purpose optimiser finds from the definition, θ = p - q with p, q >= 0."""
    return tuple(_rival(case) for case in CASES)


def _rival(case: Problem) -> FloatArray:
    d, population = case.population.d, case.population

    def risk(parts: FloatArray) -> float:
        error = parts[:d] - parts[d:] - population.true_coefficients
        s = np.sqrt(error @ population.covariance @ error + population.noise_std**2)
        t = case.radius * parts.sum()
        return float(s**2 + t**2 + 2 * np.sqrt(2 / np.pi) * s * t)

    start = np.full(2 * d, 0.5)
    found = minimize(risk, start, bounds=[(0, None)] * (2 * d), method="L-BFGS-B", options={"ftol": 1e-15})
    return np.asarray(found.x[:d] - found.x[d:], dtype=np.float64)


def certify(formula: Solver, budget: Budget) -> Evidence:
    """Lower bounds on the risk of every θ, and of rivals, in ball arithmetic, against that of the computed point."""
    with ctx.workprec(exact_risk.PRECISION):
        verdicts = [_compare(formula, case, rival) for case, rival in zip(CASES, rivals(), strict=True)]
    beaten = [text for _, text in verdicts if text]
    worst = max(gap for gap, _ in verdicts)
    outcome = Outcome.FAILS if beaten else Outcome.HOLDS if worst <= ANNOUNCED else Outcome.INCONCLUSIVE
    numbers = {
        "problems": float(len(CASES)),
        "beaten": float(len(beaten)),
        "largest gap": worst,
        "tolerance": ANNOUNCED,
    }
    text = f"{len(beaten)} of {len(CASES)} computed minimisers are beaten; the largest certified gap is {worst:.2g}."
    return Evidence(
        Kind.CERTIFIED, outcome, "eight problems, d = 1 to 3, noiseless ones too",
        f"Risk against a lower bound for every θ: {text}", numbers, beaten[0] if beaten else None,
    )  # fmt: skip


def _compare(formula: Solver, case: Problem, rival: FloatArray) -> tuple[float, str | None]:
    """The certified relative gap of the computed point, and in words the rival that beats what it announces."""
    found = formula(case.population, case.radius)
    risk = exact_risk.risk(case, exact_risk.balls(found.coefficients))
    gap = 1 - exact_risk.lower_bound(case, _direction(case, found.coefficients)) / risk
    best = exact_risk.risk(case, exact_risk.balls(rival))
    overstated = found.risk < best.min(risk) * (1 - ANNOUNCED)
    announced = not overstated and abs(risk - found.risk) < risk * ANNOUNCED
    if best < risk * (1 - ANNOUNCED) or not announced:
        text = f"{case}, computed {found.coefficients.tolist()} with risk {risk.str(15)} (announced {found.risk!r})"
        return float(gap.upper()), f"{text}, but {rival.tolist()} has {best.str(15)}"
    return float(gap.upper()), None


def _direction(case: Problem, theta: FloatArray) -> list[Ball]:
    """θ - θ₀; where nothing is left of it, the direction from which the path reaches θ₀."""
    error = theta - case.population.true_coefficients
    if not error.any() and case.population.noise_std == 0:
        error = np.asarray(-np.linalg.solve(case.population.covariance, np.sign(theta)), dtype=np.float64)
    return exact_risk.balls(error)


def probe_gap(formula: Solver, case: Problem) -> float:
    """The announced gap, or by how much a probe falls below the announced risk, relative to that risk."""
    found = formula(case.population, case.radius)
    if found.risk == 0:
        return 0.0
    d, centre, truth = case.population.d, found.coefficients, case.population.true_coefficients
    ways = np.array(list(product((-1.0, 0.0, 1.0), repeat=d))) * (np.abs(centre).max() + np.abs(truth).max())
    ways = np.vstack([ways, truth - centre, -centre])
    probes = np.vstack([*(scale * ways for scale in SCALES), np.zeros(d)])
    risks = adversarial_risk(centre + probes, case.population, case.radius, np.inf)
    return float(max(found.gap, np.max(found.risk - risks) / found.risk, abs(risks[-1] - found.risk) / found.risk))


def trained_gap(formula: Solver, case: Problem) -> trained.Trained:
    """How far the trained model is from the computed minimiser, and the risk it meets from the announced one."""
    model = trained_populations.train(case)
    found = formula(case.population, case.radius)
    return trained.Trained(trained_populations.distance(model, found, case), model.stationarity)


SAMPLED = tuple(
    (case, np.eye(case.population.d)[0])
    for case in (
        Problem(LinearGaussian(np.array([1.0, -0.5, 2.0]), toeplitz(3, -0.3), 1.0), np.zeros(3), 0.25, norm=np.inf),
        Problem(LinearGaussian(np.array([1.0, 2.0]), np.diag([2.0, 0.5]), 0.5), np.zeros(2), 0.2, norm=np.inf),
    )
)

CLAIM: Claim[Solver] = Claim(
    id="xing2021.linf_optimum_has_certificate",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    ours=True,
    formula=linf_minimizer,
    checks=(
        Check("certificate", Kind.CERTIFIED, certify),
        sampled.search(
            "probes", domains.problems(domains.regular_populations(), norm=np.inf), probe_gap, ANNOUNCED,
            "The announced duality gap, and the risk at 7 · 3^d probes around the computed minimiser",
            scope="invertible Σ, d <= 5",
        ),
        trained.search(
            "training",
            trained_populations.attacked(st.just(0.0) | domains.numbers(1e-3, 1.5), np.inf),
            trained_gap,
            trained_populations.TOLERANCE,
            trained_populations.STATIONARY,
            "Distance, in coefficients and in risk, of models trained on the population to the computed minimiser",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, ε up to 1.5 null thresholds",
        ),
        trained.seeds(
            "samples", SAMPLED, trained_populations.samples_of(),
            lambda f, case: float(f(case[0].population, case[0].radius).coefficients @ case[1]),
            0.15, trained_populations.STATIONARY_ON_SAMPLES,
            "The first coefficient trained on samples of 4000, without its bias of order 1/n",
            scope="two populations, d = 2 and 3, with no zero coefficient",
        ),
    ),
    mutants=(
        Mutant("l2_minimizer", l2_minimizer),
        Mutant("stronger_by_five_percent", stronger_by_five_percent),
        Mutant("soft_threshold", soft_threshold),
        Mutant("over_optimistic", over_optimistic),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)  # fmt: skip
