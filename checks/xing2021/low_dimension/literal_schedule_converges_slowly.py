r"""The paper has no rate. Let $\sigma > 0$ and let $\epsilon > 0$ lie below the null threshold. The schedule of
Theorem 2 has $\eta T = (\log\log n)/L$ exactly, so training follows the gradient flow of $R_L$ for a time that grows
like $\log\log n$, and $\|\theta_\xi^{(T)} - \theta^*\|$ falls only like $(\log n)^{-\mu/L}$, with $\mu$ the smallest
eigenvalue of $\nabla^2 R_L(\theta^*)$ (from a start with a part along its eigenvector); smoothing, step size and
sampling add terms that are smaller by powers of $n$. For $\Sigma = I$, $\|\theta_0\| = \sigma = 1$, $\epsilon = 1/2$
this is $\mu = 2.108$, while stability at 0 asks for $L > 4 \epsilon$ (attack differentiated) or $L > 2 \epsilon$
(attack held fixed).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from flint import arb, ctx
from scipy.integrate import solve_ivp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, trend
from checks.evidence.sampled import EPS
from checks.evidence.trend import Sweep
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.frozen_fixed_point_is_not_the_minimizer import LIMIT
from checks.xing2021.low_dimension.limits_of_training import radial, zero_on_ray
from checks.xing2021.low_dimension.scheduled_training import Setting, population_run, trained_coefficients
from checks.xing2021.low_dimension.smoothed_attack import Line
from theory.norms import lp_norm
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_gradient, adversarial_risk_hessian
from theory.validation import FloatArray

Curvature = Callable[[LinearGaussian, float], float]


def slowest(population: LinearGaussian, radius: float) -> float:
    """The smallest eigenvalue of the risk's Hessian at θ*."""
    return float(_eigenvalues(population, radius)[0])


def fastest(population: LinearGaussian, radius: float) -> float:
    """The largest one."""
    return float(_eigenvalues(population, radius)[-1])


def without_attack(population: LinearGaussian, radius: float) -> float:
    """The smallest eigenvalue of the Hessian of the risk without attack."""
    return 2 * float(population.spectrum[0][-1]) ** 2


def _eigenvalues(population: LinearGaussian, radius: float) -> FloatArray:
    best = robust_minimizer(population, radius).coefficients
    return np.linalg.eigvalsh(adversarial_risk_hessian(best, population, radius)).astype(np.float64)


@dataclass(frozen=True)
class Rate:
    """The claimed exponent of log n: the `curvature` at θ* over L, times a `factor` that a mistake would put there."""

    curvature: Curvature = slowest
    factor: float = 1.0

    def exponent(self, setting: Setting) -> float:
        """μ/L."""
        return self.factor * self.curvature(setting.population, setting.radius) / setting.smoothness


EXAMPLE, LINE = Setting(10**6), Line(1.0, 1.0, 0.5, 1.0)
DISTANCES = (10, 30)  # powers of 1/2
LOG_SIZES = 10.0 ** np.arange(1, 11)
SOLVER = 1e-11  # relative error asked of the integration, which a slope over one decade of log n divides by 2.3
FLOWS = (EXAMPLE, Setting(10**6, 2, noise_std=0.5, correlation=0.5), Setting(10**6, 3, 2.0, 0.5, -0.3, 1.0, 4.0))

FULL_SWEEP = Sweep(
    (
        Setting(1000, 1, update="full"),
        Setting(4000, 2, correlation=0.5, update="full"),
        Setting(16_000, 2, correlation=0.5, update="full"),
        Setting(64_000, 3, correlation=-0.3, update="full"),
    ),
    3, lambda setting: setting.n, "n", lambda setting: 16_000 / setting.n + 1,
)  # fmt: skip
FROZEN_SWEEP = Sweep(
    (Setting(1000, 1, smoothness=8.0), Setting(4000, 2, correlation=0.5, smoothness=4.0),
     Setting(16_000, 1, smoothness=4.0), Setting(64_000, 3, correlation=-0.3, smoothness=4.0)),
    3, lambda setting: setting.n, "n", lambda setting: 16_000 / setting.n + 1,
)  # fmt: skip


def certify(rate: Rate, budget: Budget) -> Evidence:
    """The slope of log|θ - θ*| in log log n along the limiting flow in d = 1, at two small distances from θ*.

    d|θ - θ*|/dτ = -F and τ = log log n / L. The slope is μ/L at θ* and differs from it in proportion to the distance:
    from 2^-10 to 2^-30 it has changed by all of that difference but a part in 2^20.
    """
    with ctx.workprec(certified.PRECISION):
        best = zero_on_ray(LIMIT, LINE)
        far, near = (_slope(best, arb(2) ** -j) / EXAMPLE.smoothness for j in DISTANCES)
        allowed = 4 * abs(far - near) * arb(2) ** (DISTANCES[0] - DISTANCES[1]) + 64 * EPS * near
        distance = abs(near - arb(rate.exponent(EXAMPLE)))
    outcome = Outcome.HOLDS if distance < allowed else Outcome.FAILS if distance > allowed else Outcome.INCONCLUSIVE
    text = f"{LINE}, L = {EXAMPLE.smoothness}: at a distance of 2^-30 from θ* the flow's exponent of log n is "
    text += f"{near.str(10, radius=False)}, claimed {rate.exponent(EXAMPLE):.10g}"
    return Evidence(
        Kind.CERTIFIED, outcome, "the limiting flow in one problem, d = 1", f"{text}.",
        {"exponent": float(near), "claimed": rate.exponent(EXAMPLE), "allowed": float(allowed.mid())},
        text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


def _slope(best: Ball, distance: Ball) -> Ball:
    return radial(LIMIT, LINE, best - distance) / -distance


@lru_cache(maxsize=8)
def flow_errors(setting: Setting) -> FloatArray:
    """‖θ - θ*‖ at log n = 10, ..., 10^10: the flow of R_L from near 0 for a time log log n / L.

    The smoothing of the schedule is below 1e-20 from log n = 100 on. At log n = 10 it is not, and is left out.
    """
    population, radius = setting.population, setting.radius
    times = np.log(LOG_SIZES) / setting.smoothness
    start = 2.0**-20 * population.true_coefficients
    found = solve_ivp(
        lambda _, theta: -adversarial_risk_gradient(theta, population, radius), (0.0, times[-1]), start,
        "DOP853", times, rtol=SOLVER, atol=EPS,
    )  # fmt: skip
    return lp_norm(found.y.T - robust_minimizer(population, radius).coefficients, 2.0)


def astronomic_sizes(rate: Rate, budget: Budget) -> Evidence:
    """Slopes of the error between log n = 10^9 and 10^10 against the claimed exponents.

    What is left to the limit falls at least by half from decade to decade, so it is at most the last change.
    """
    wrong, worst = [], 0.0
    for setting in FLOWS:
        errors = flow_errors(setting)
        before, last = (np.log(a / b) / np.log(10) for a, b in list(pairwise(errors))[-2:])
        excess = abs(last - rate.exponent(setting)) / (2 * abs(last - before) + SOLVER * len(LOG_SIZES) * 100)
        worst = max(worst, float(excess))
        if excess > 1:
            wrong.append(f"{setting}: exponent {last:.6f}, claimed {rate.exponent(setting):.6f}")
    return Evidence(
        Kind.TREND, Outcome.FAILS if wrong else Outcome.HOLDS, "three problems, d = 1 to 3, log n up to 10^10",
        f"Exponents of log n between log n = 10^9 and 10^10 in {len(FLOWS)} flows: the largest distance from the "
        f"claimed ones is {worst:.2g} of what the change from the decade before allows.",
        {"flows": float(len(FLOWS)), "largest distance over the one allowed": worst},
        wrong[0] if wrong else None, charts=(_chart(rate),),
    )  # fmt: skip


def _chart(rate: Rate) -> Chart:
    series = []
    for setting in FLOWS:
        errors, label = flow_errors(setting), f"d = {setting.d}, L = {setting.smoothness}"
        line = errors[-1] * (LOG_SIZES / LOG_SIZES[-1]) ** -rate.exponent(setting)
        for name, values, points in ((label, errors, True), (f"{label}, claimed", line, False)):
            series.append(Series(name, tuple(LOG_SIZES.tolist()), tuple(values.tolist()), points=points))
    return Chart("The error of the literal schedule", "log n", "‖θ - θ*‖", tuple(series), x_log=True, y_log=True)


def along_truth(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The trained coefficients along θ₀, over ‖θ₀‖."""
    truth = setting.population.true_coefficients
    shares: FloatArray = trained_coefficients(setting, replicates, rng) @ truth / (truth @ truth)
    return shares


def expected_along_truth(rate: Rate, setting: Setting) -> float:
    """The same for the expected update, if training decays at the claimed exponent: its time is then that over μ.

    The mean over data sets differs from it by a part of order d/n.
    """
    pace = rate.exponent(setting) / Rate().exponent(setting)
    truth = setting.population.true_coefficients
    return float(_at_pace(setting, pace) @ truth / (truth @ truth))


@lru_cache(maxsize=128)
def _at_pace(setting: Setting, pace: float) -> FloatArray:
    last: FloatArray = population_run(setting, pace)[-1]
    return last


TRAINED = tuple(
    trend.finite_size(
        name, sweep, along_truth, expected_along_truth, 0.05,
        f"The coefficient along θ₀ at T, {sweep.points[0].update} update",
        "ε = 1/2, d = 1 to 3, Toeplitz Σ, the literal ξ, η and T from θ(0) = 0",
    )
    for name, sweep in (("trained_full", FULL_SWEEP), ("trained_frozen", FROZEN_SWEEP))
)  # fmt: skip

CLAIM = Claim(
    id="xing2021.literal_schedule_converges_slowly",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    ours=True,
    formula=Rate(),
    checks=(
        Check("limiting_flow", Kind.CERTIFIED, certify),
        Check("astronomic_sizes", Kind.TREND, astronomic_sizes),
        *TRAINED,
    ),
    mutants=(
        Mutant("fastest_direction", Rate(fastest)),
        Mutant("attack_forgotten", Rate(without_attack)),
        Mutant("exponent_of_the_risk", Rate(factor=2.0)),
        Mutant("exponent_five_percent_more", Rate(factor=1.05)),
        Mutant("exponent_a_fifth_less", Rate(factor=0.8)),
    ),
    uses=("xing2021.risk_hessian_has_closed_form", "xing2021.frozen_attack_field_has_closed_form"),
)
