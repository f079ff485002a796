"""checks.evidence.certified_line, and the curves of the refuted claims: other code finds what they enclose."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from scipy.integrate import quad
from scipy.special import betainc, gammainc
from scipy.stats import chi2, norm

from checks import catalogue
from checks.claim import BUDGETS, Check, Claim
from checks.enclosure import Ball
from checks.evidence import certified_line
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.runner import run_check
from checks.xing2021.high_dimension import gaussianity_is_not_needed_for_interpolation as interpolation
from checks.xing2021.lasso import lasso_error_is_of_penalty_order as lasso
from checks.xing2021.lasso.sparsity_growth import gap
from checks.xing2021.linf.averaging_example import SQUARED, Point, literal_attack
from checks.xing2021.low_dimension import smoothed_frozen_attack_is_gradient_descent as frozen
from checks.xing2021.low_dimension import surrogate_loss_decreases as descent
from checks.xing2021.low_dimension import surrogate_risk_is_convex as convex
from checks.xing2021.low_dimension.smoothed_attack import SHARE, risk_by_definition
from checks.xing2021.two_layer import gaussianity_is_not_needed_for_relu_networks as slopes
from checks.xing2021.two_layer import network_smoothing_vanishes_slower as speeds
from checks.xing2021.two_layer import relu_network_interpolates as relu
from checks.xing2021.two_layer import smooth_network_interpolates as unreached
from checks.xing2021.two_layer import smooth_network_reaches_linear_optimum as exploding
from checks.xing2021.two_layer.literal_rates import CURVATURE
from checks.xing2021.two_layer.relu_training import GAUSSIAN_LINE
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.schedules import low_dimensional_schedule, network_schedule, stopping_level
from theory.surrogate import frozen_attack_field, surrogate_risk

QUICK = BUDGETS["quick"]
NOISELESS = LinearGaussian(np.array([1.0]), np.eye(1), 0.0)
each_refuted_claim = pytest.mark.parametrize(
    "claim", [pytest.param(claim, id=claim.id) for claim in catalogue.claims() if claim.erratum]
)


@cache
def picture(name: str) -> Chart:
    """The chart with the counterexample in a claim's exact evidence."""
    claim = catalogue.claim(name)
    exact = [check for check in claim.checks if check.kind in {Kind.SYMBOLIC, Kind.CERTIFIED}]
    charts = [chart for check in exact for chart in run_check(claim, check, QUICK).charts]
    (found,) = [chart for chart in charts if any(series.label == certified_line.MARK for series in chart.series)]
    return found


def parts(chart: Chart) -> tuple[Series, list[Series]]:
    """The mark and the certified curves."""
    (mark,) = [series for series in chart.series if series.label == certified_line.MARK]
    return mark, [series for series in chart.series if series.low and series is not mark]


@each_refuted_claim
def test_a_refuted_claim_shows_its_counterexample_on_a_certified_curve(claim: Claim[Any]) -> None:
    mark, curves = parts(picture(claim.id))
    assert mark.points
    assert len(mark.x) == 1
    at = [(curve.low[i], curve.high[i]) for curve in curves for i, x in enumerate(curve.x) if x == mark.x[0]]
    assert any(low <= mark.high[0] and mark.low[0] <= high for low, high in at)


@each_refuted_claim
def test_a_curve_has_an_interval_around_each_of_many_places_in_order(claim: Claim[Any]) -> None:
    mark, curves = parts(picture(claim.id))
    assert len(curves[0].x) >= 30
    for curve in (mark, *curves):
        assert list(curve.x) == sorted(set(curve.x))
        assert all(low <= y <= high for low, y, high in zip(curve.low, curve.y, curve.high, strict=True))


DEFINITIONS: list[tuple[str, int, Callable[[float], Ball], tuple[float, ...]]] = [
    ("smoothed_frozen_attack_is_gradient_descent", 0,
     lambda x: frozen._mean(frozen.frozen_slope, SHARE, frozen.SHOWN[0], x), (0.25, 1.0)),
    ("smoothed_frozen_attack_is_gradient_descent", 1,
     lambda x: frozen._mean(frozen.exact_slope, SHARE, frozen.SHOWN[0], x), (0.25, 1.0)),
    ("surrogate_risk_is_convex", 0, lambda x: risk_by_definition(SHARE, convex.DRAWN[0], x), (2.0, 2.975, 3.5)),
    ("surrogate_loss_decreases", 0,
     lambda x: descent.first_step(descent.PRINTED, descent.LINE, x)[1], (12 / 512, 0.125)),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "series", "definition", "places"), DEFINITIONS)
def test_a_curve_by_a_closed_form_meets_the_quadrature_of_the_definition(
    claim: str, series: int, definition: Callable[[float], Ball], places: tuple[float, ...]
) -> None:
    curve = parts(picture(f"xing2021.{claim}"))[1][series]
    for place in places:
        low, high = certified_line.interval(definition(place))
        at = curve.x.index(place)
        assert curve.low[at] <= high
        assert low <= curve.high[at]


def robust_risk(t: float) -> float:
    return float(adversarial_risk([t], NOISELESS, 0.5))


def crater(theta: float, smoothing: float) -> float:
    least = robust_minimizer(NOISELESS, 0.5).risk
    return float(surrogate_risk(np.array([theta]), NOISELESS, 0.5, smoothing) - least)


def way(share: float) -> float:
    line, best = slopes.FORMULA.line, np.array(slopes.best_slopes(slopes.FORMULA))
    theta, least = line.linear_minimum()
    return (line.risk(theta + share * (best - theta)) - least) / line.variance


def trained(first_slope: float) -> float:
    found = GAUSSIAN_LINE.train(np.array([0.5, 0.5]), first_slope, 1.0, 10) if first_slope else np.zeros(2)
    return (GAUSSIAN_LINE.risk(found) - GAUSSIAN_LINE.linear_minimum()[1]) / GAUSSIAN_LINE.variance


def log_integrand(share: float) -> float:
    budget = QUICK.derive("xing2021.smooth_network_reaches_linear_optimum", "enclosure")
    n, h = exploding.SIZES[exploding.QUICK - 1]
    u = exploding.train(exploding.FORMULA, n, h, budget.seed)
    x = share / u**2
    return (2 * (math.log(math.sqrt(h) * u * x) + (u * x) ** 4) - x**2 / 2) / math.log(10)


def smoothing(size: float, schedule: Callable[[int, int], Any]) -> float:
    n = round(math.exp(size))
    return math.log(schedule(n, speeds.CLAIM.formula.dimension(n)).smoothing)


def below_the_level(n: float) -> float:
    least = n * (math.hypot(unreached.TRUE_SIZE, unreached.NOISE_STD) / unreached.NOISE_STD) ** 2
    return chi2.cdf(least * stopping_level(1.0, int(n)) ** 2, int(n) - unreached.PRINTED.at(int(n)))


def not_recovered(n: float) -> float:
    return min(1.0, 1 / n**2 + (n**2 - 1) * betainc(n / 2, 0.5, 0.5) + gammainc(n / 2, 0.5))


@dataclass(frozen=True)
class Oracle:
    """What float64 code of another kind finds for a curve at some places, and its own error there, absolute."""

    claim: str
    value: Callable[[float], float]
    places: tuple[float, ...]
    error: float
    series: int = 0

    def __str__(self) -> str:
        return f"{self.claim} {self.series}"


LEAST_OF_GOLDEN_SECTIONS, ROUNDING = slopes.BEATEN, 1e-12
"""ROUNDING: of values of order 1 and a condition of at most 1000."""
ORACLES = [
    Oracle("robustness_always_costs_accuracy", robust_risk, (0.0, 0.5, 1.0, 1.5), ROUNDING),
    Oracle("surrogate_risk_reaches_optimum", lambda x: crater(x, 1 / 8), (0.5, 0.75, 1.0, 1.5), ROUNDING),
    Oracle("surrogate_risk_reaches_optimum", lambda x: crater(x, 1 / 64), (0.5, 0.75, 1.0, 1.5), ROUNDING, 1),
    Oracle("trained_coefficients_reach_optimum",
           lambda x: float(frozen_attack_field(np.array([x]), NOISELESS, 1.0, 1 / 64)[0]),
           (0.25, 0.5, 1 - 2**-5, 1.0, 1 + 2**-10), ROUNDING),
    Oracle("gaussianity_is_not_needed", lambda b: quad(lambda x: 2 * x**2 / (np.pi * (1 + x**2)), 0, b)[0],
           (1.0, 8.0, 64.0), 1e-7),
    Oracle("gaussianity_is_not_needed", lambda b: quad(lambda x: 2 * x**2 * norm.pdf(x), 0, b)[0],
           (1.0, 8.0), 1e-7, 1),
    Oracle("gaussianity_is_not_needed_for_relu_networks", way, (-0.25, 0.0, 0.5, 1.0), LEAST_OF_GOLDEN_SECTIONS),
    Oracle("smooth_network_reaches_linear_optimum", log_integrand, (0.25, 0.5, 1.0), 1.0),
    Oracle("network_risk_converges_slower", lambda constant: 2 * CURVATURE / constant, (2.0, 8.0, 12.0), 1e-8),
    Oracle("network_smoothing_vanishes_slower",
           lambda size: smoothing(size, lambda n, d: low_dimensional_schedule(1.0, n, d, 1.0)), (100.0,), 1e-10),
    Oracle("network_smoothing_vanishes_slower",
           lambda size: smoothing(size, lambda n, d: network_schedule(1.0, n, d, 1.0, reading="theorem 3")),
           (100.0,), 1e-10, 1),
    Oracle("relu_network_reaches_linear_optimum", trained, (0.0, 0.025, 0.5, 1.0), LEAST_OF_GOLDEN_SECTIONS),
    Oracle("smooth_network_interpolates", below_the_level, (10.0, 40.0, 159.0), ROUNDING),
    Oracle("lasso_risk_is_consistent", lambda n: gap(), (1000.0, 1e6), ROUNDING),
    Oracle("lasso_is_harmless_with_its_own_penalty", lambda n: gap(), (1e4, 1e6), ROUNDING),
    Oracle("linf_surrogate_attack_example", lambda e: float(literal_attack(SQUARED, Point(1, 1.0, e))[0]),
           (0.5, 1.0, 3.0), ROUNDING),
    Oracle("linf_minimizer_loses_everything", not_recovered, (4.0, 16.0, 256.0), ROUNDING),
]  # fmt: skip


@pytest.mark.parametrize("oracle", ORACLES, ids=str)
def test_a_curve_encloses_what_other_code_finds(oracle: Oracle) -> None:
    curve = parts(picture(f"xing2021.{oracle.claim}"))[1][oracle.series]
    for place in oracle.places:
        at = curve.x.index(place)
        assert curve.low[at] - oracle.error <= oracle.value(place) <= curve.high[at] + oracle.error


def test_the_ratio_of_the_penalised_optimum_is_the_predicted_one_where_s_is_an_integer() -> None:
    growth = lasso.PRINTED.growth
    for n in (10**4, 20**4):
        ratio, predicted = lasso.enclosed_ratio(growth, float(n)), growth.setting(n).predicted_shift
        assert abs(float(ratio.mid()) - predicted) <= float(ratio.rad()) + 1e-9 * predicted


def test_the_noise_part_lies_in_its_interval_as_often_as_is_said() -> None:
    n, rng = 60, np.random.default_rng(0)
    d, draws = n**2, 2000
    weight = np.where(rng.random((draws, n)) < 0.5, 1.0, n / d)
    part = (rng.standard_normal((draws, n)) ** 2 / weight**2).sum(1) / rng.chisquare(d - n + 1, draws)
    low, high = certified_line.interval(interpolation.over_rate(interpolation.FORMULA.expression, 0.9, n))
    inside = np.mean((low <= part * d / n) & (part * d / n <= high))
    assert inside >= 0.9
    assert part.mean() * d / n == pytest.approx((low + high) / 2, rel=0.05)  # seven standard errors


def test_two_orthogonal_samples_train_as_sixty_do() -> None:
    whole = relu.exact_run(Fraction(1))
    pair = islice(relu.trained(Fraction(1), 2), len(whole))
    assert [state.mean_square for state in pair] == [state.mean_square for state in whole]


@pytest.mark.parametrize("precision", [53, 128])
def test_an_interval_is_the_narrowest_between_float64_numbers(precision: int) -> None:
    with ctx.workprec(precision):
        for ball in (arb(1) / 3, -arb(1) / 3, arb(2).sqrt() * 1e-300, arb(7) / 5 + arb(0, 1e-3), arb(0, 1e-9)):
            low, high = certified_line.interval(ball)
            assert arb(low) <= ball.lower() < arb(math.nextafter(low, math.inf))
            assert arb(math.nextafter(high, -math.inf)) < ball.upper() <= arb(high)


def test_an_interval_of_a_float64_number_is_that_number() -> None:
    assert certified_line.interval(arb(0.1)) == (0.1, 0.1)
    assert [math.copysign(1, end) for end in certified_line.interval(arb(0))] == [1, 1]


@pytest.mark.parametrize("ball", [arb("nan"), arb.pos_inf()])
def test_a_ball_without_finite_ends_is_refused(ball: Ball) -> None:
    with pytest.raises(ValueError, match="ball must be finite, got"):
        certified_line.interval(ball)


class TestRefuting:
    def check(self, outcome: Outcome) -> Check[str]:
        evidence = Evidence(Kind.CERTIFIED, outcome, "nothing", "nothing", {}, charts=(Chart("own", "x", "y"),))
        bare = Check("name", Kind.CERTIFIED, lambda formula, budget: evidence)
        return certified_line.refuting(bare, "formula", lambda: Chart("refutation", "x", "y"))

    def titles(self, outcome: Outcome, formula: str) -> list[str]:
        return [chart.title for chart in self.check(outcome).run(formula, QUICK).charts]

    def test_a_refutation_shows_the_chart_after_the_checks_own(self) -> None:
        assert self.titles(Outcome.FAILS, "formula") == ["own", "refutation"]

    @pytest.mark.parametrize("outcome", [Outcome.HOLDS, Outcome.INCONCLUSIVE])
    def test_what_does_not_refute_shows_none(self, outcome: Outcome) -> None:
        assert self.titles(outcome, "formula") == ["own"]

    def test_a_mutant_shows_none(self) -> None:
        assert self.titles(Outcome.FAILS, "mutant") == ["own"]
