r"""Theorem 4 leaves $\phi'(0)$ open. We amend: let $\phi$ be the ReLU function with a derivative $c > 0$ at 0, zero
initialization, no bias, and a ratio $\|a^+\|/\|a^-\|$ bounded away from 0 and $\infty$. At every width the network is
$f(x) = (p^\top x)_+ - (-q^\top x)_+$, with $p$ and $q$ learning at speeds $\|a^+\|^2/h$ and $\|a^-\|^2/h$. Trained to
rest with $\xi \rightarrow 0$, (7) holds; in $d = 1$, $n (R_N(\theta_\xi^{(T)}, \epsilon) - R^*)$ has a limiting mean
$\tfrac{1}{2} \mathrm{tr}(H J^{-1} V J^{-\top})$ that the ratio does not enter, with $H$ the Hessian of the risk in
$(p, q)$ at $(\theta^*, \theta^*)$, $J$ the derivative of the expected update there and $V$ its covariance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.montecarlo import compare, margins
from checks.evidence.sampled import EPS
from checks.evidence.trend import Limit, Sweep
from checks.result import Chart, Evidence, Kind, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import full_relu_networks, population_slopes, relu_training
from checks.xing2021.two_layer.full_relu_networks import Network
from checks.xing2021.two_layer.population_slopes import Balance
from checks.xing2021.two_layer.relu_training import GAUSSIAN_LINE, RADIUS, Setting
from models.two_layer import network_training, relu
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.two_layer import Reduction, relu_reduction_of
from theory.validation import FloatArray


@dataclass(frozen=True)
class Approach:
    """What a network is equal to, the θ* of a population that its p and q tend to, and the share of tr(HJ⁻¹VJ⁻ᵀ)/n."""

    model: Callable[[FloatArray], Reduction] = relu_reduction_of
    optimum: Callable[[LinearGaussian, float], FloatArray] = lambda population, radius: optimum_at(population, radius)
    share: float = 0.5


def optimum_at(population: LinearGaussian, radius: float) -> FloatArray:
    """The minimiser of the adversarial risk over linear functions."""
    return robust_minimizer(population, radius).coefficients


def speeds_not_squared(weights: FloatArray) -> Reduction:
    """Mistake: ‖a⁺‖ and ‖a⁻‖ over √h for the speeds."""
    true = relu_reduction_of(weights)
    return replace(true, speeds=np.sign(true.speeds) * np.sqrt(np.abs(true.speeds)))


def speeds_equal(weights: FloatArray) -> Reduction:
    """Mistake: half of ‖a‖²/h for both."""
    true = relu_reduction_of(weights)
    return replace(true, speeds=true.mean_square / 2 * true.output_weights)


STEPS = 5
REDUCTION_ROUNDING = 4**STEPS * 64 * EPS
"""64 roundings, and five steps that multiply an error by at most 1 + 2η(‖x‖ + ε)²‖a‖²/h each, below 4."""
LINE_SWEEP: Sweep[Setting] = Sweep(
    (Setting(400), Setting(400, 1.5), Setting(400, 3.0), Setting(1600), Setting(1600, 1.5), Setting(1600, 3.0)),
    3, lambda setting: setting.n, "n", lambda setting: 6000 / setting.n,
)  # fmt: skip
SWEEP: Sweep[Setting] = Sweep(
    tuple(Setting(n, 1.0, 5) for n in (200, 400, 800, 1600, 6400, 25_600)),
    4, lambda setting: setting.n, "n", lambda setting: max(0.5, 3200 / setting.n),
)  # fmt: skip
FIVE, ONE = SWEEP.points[0].population, LINE_SWEEP.points[0].population


def reduction_gap(formula: Approach, case: Network) -> float:
    """Largest difference of the network and its model over samples and their opposites, over 1 + |y|."""
    model = formula.model(case.weights)
    reduced = network_training(
        case.X, case.y, model, relu(case.slope), case.radius, case.smoothing,
        step_size=case.step_size, steps=case.steps,
    ).vectors[0]  # fmt: skip
    points = np.concatenate([case.X, -case.X])
    whole = full_relu_networks.values(case, full_relu_networks.train(case), points)
    short = np.maximum(points @ reduced.T, 0.0) @ model.output_weights
    return float(np.abs(whole - short).max() / (1 + np.abs(case.y).max()))


def population_gap(formula: Approach, case: Balance) -> float:
    """Largest distance of p and q to the claimed limit, over ‖θ₀‖ = 1."""
    return float(np.abs(population_slopes.trained(case) - formula.optimum(case.population, case.line.radius)).max())


def line_excess(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n times the excess risk in d = 1."""
    return relu_training.line_excess(GAUSSIAN_LINE, setting.n, setting.ratio, replicates, rng)


def expected_on_line(formula: Approach, setting: Setting) -> float:
    """The share of tr(HJ⁻¹VJ⁻ᵀ), and n times the excess of the claimed limit itself."""
    theta = float(formula.optimum(ONE, RADIUS)[0])
    at = np.array([theta, theta])
    return 2 * formula.share * _per_sample() + setting.n * (GAUSSIAN_LINE.risk(at) - GAUSSIAN_LINE.linear_minimum()[1])


@lru_cache(maxsize=1)
def _per_sample() -> float:
    theta, _ = GAUSSIAN_LINE.linear_minimum()
    return GAUSSIAN_LINE.excess_per_sample(GAUSSIAN_LINE.rest(np.array([theta, theta])))


OBSERVED = trend.observer(LINE_SWEEP, line_excess)


def on_line(formula: Approach, budget: Budget) -> Evidence:
    """n times the excess risk in d = 1 at every size and ratio against the claimed mean."""
    claimed = [expected_on_line(formula, setting) for setting in LINE_SWEEP.chosen(budget)]
    return compare(
        OBSERVED(budget), claimed, LINE_SWEEP.chosen(budget), budget, 0.6,
        "n times the excess risk of trained networks in d = 1 against ½ tr(HJ⁻¹VJ⁻ᵀ)",
        "d = 1, σ = ε = 0.5, ‖a⁺‖/‖a⁻‖ = 1, 1.5 and 3, n = 400, at the full budget 1600",
        Kind.TREND, (_chart(formula, budget),),
    )  # fmt: skip


def _chart(formula: Approach, budget: Budget) -> Chart:
    found, points = OBSERVED(budget), LINE_SWEEP.chosen(budget)
    half = margins(found, budget.error_rate) * np.array([mean.standard_error for mean in found])
    series = []
    for ratio, aside in ((1.0, 0.95), (1.5, 1.0), (3.0, 1.05)):
        rows = [(s.n, m.mean / s.n, h / s.n) for s, m, h in zip(points, found, half, strict=True) if s.ratio == ratio]
        x, y = tuple(aside * n for n, _, _ in rows), tuple(mean for _, mean, _ in rows)
        low, high = (tuple(max(mean + side * h, mean / 10) for _, mean, h in rows) for side in (-1, 1))
        series.append(Series(f"ratio {ratio:g}", x, y, low, high, points=True))
    sizes = tuple(sorted({float(s.n) for s in LINE_SWEEP.points}))
    line = tuple(expected_on_line(formula, Setting(int(n))) / n for n in sizes)
    series.append(Series("claimed, any ratio", sizes, line))
    return Chart("Excess risk in d = 1", "n", "R - R*", tuple(series), x_log=True, y_log=True)


CLAIM: Claim[Approach] = Claim(
    id="xing2021.relu_network_reaches_linear_optimum_with_slope_at_zero",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    formula=Approach(),
    checks=(
        sampled.search(
            "full_networks", full_relu_networks.networks(STEPS), reduction_gap, REDUCTION_ROUNDING,
            "Networks differentiated by PyTorch against two slopes trained at the claimed speeds",
            scope="up to 8 neurons, 8 samples, 3 dimensions and 5 steps, relu'(0) = 1/2 and 1", most=300,
        ),
        sampled.search(
            "population", population_slopes.balances(), population_gap, population_slopes.UNSETTLED,
            "Where p and q end, trained on the population, against the exact minimiser",
            scope="d = 1, ‖a⁺‖/‖a⁻‖ from 1/3 to 3, relu'(0) = 1/2 and 1, no smoothing", most=population_slopes.MOST,
        ),
        Check("line", Kind.TREND, on_line),
        trend.limit(
            "growing_samples", SWEEP, relu_training.excess,
            lambda formula: Limit(relu_training.gap_of(formula.optimum(FIVE, RADIUS), FIVE), (1.0, 1.5)), 1.0, 0.02,
            "(R_N - R*)/v² of trained networks, R* by the exact minimiser",
            scope="d = 5, Σ = I, ‖θ₀‖ = 1, σ = ε = 0.5, ‖a⁺‖ = ‖a⁻‖, n = 200 to 1600, at the full budget to 25,600",
        ),
    ),
    mutants=(
        Mutant("speeds_not_squared", Approach(model=speeds_not_squared)),
        Mutant("speeds_equal", Approach(model=speeds_equal)),
        Mutant("stronger_by_five_percent", Approach(optimum=lambda p, radius: optimum_at(p, 1.05 * radius))),
        Mutant("no_attack", Approach(optimum=lambda p, radius: p.true_coefficients)),
        Mutant("twice_the_excess", Approach(share=1.0)),
    ),
    uses=("xing2021.two_slopes_do_not_beat_linear_for_symmetric_laws",),
    reading=(
        "Training to rest is one of the schedules of which the paper says that its results hold for a wide range; the "
        "printed T, -log √((d² log n)/n), is 4 steps at d = 5 and n = 10^6. The smoothing is ξ = v²/n."
    ),
    amends="xing2021.relu_network_reaches_linear_optimum",
)  # fmt: skip
