"""static/closed_forms.js in Chromium against theory/: the pictures one can move show the formulas that are checked."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import erfcx, k0e, k1e

from tests.reports import chromium
from theory import smoothed_moments
from theory.optimum import exact_recovery_threshold, minimizer_path, null_threshold, standard_risk_cost
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.surrogate import surrogate_risk, surrogate_risk_from_moments, surrogate_risk_hessian

pytestmark = chromium.NEEDED
EPS = float(np.finfo(np.float64).eps)
CLOSE = 1e-9  # of the natural scale; what is seen is some EPS

DIRECTION = np.array([2.0, -1.0, 2.0]) / 3  # of length 1: everything depends on θ₀ through its length
SIZES = (1e-3, 0.1, 1.0, 5.0, 1e3)
NOISES = (0.0, 1e-25, 1e-8, 0.1, 0.5, 3.0, 1e4)
RADII = (0.0, 1e-6, 0.1, 0.5, 0.79, 0.81, 1.0, 1.25, 2.0, 30.0)
SMOOTHINGS = (0.0, 1e-8, 1e-3, 0.1, 1.0, 10.0, 1e8)
PLACES = (-0.25, 0.0, 1e-9, 1e-3, 0.3, 0.729, 1 - 1e-9, 1.0, 1.25)
SHAPES = np.concatenate([
    [0.0, 1e-300, 1e-160, 1e160, 1e300, math.inf],
    np.logspace(-8, 8, 400),
    np.linspace(0.4, 2.2, 181),  # both joins, and where the steps of the rule double
])  # fmt: skip
MOMENTS = {
    "crossMoment": smoothed_moments.cross_moment,
    "crossSlope": smoothed_moments.cross_slope,
    "crossBend": smoothed_moments.cross_bend,
    "squareMoment": smoothed_moments.square_moment,
    "squareSlope": smoothed_moments.square_slope,
    "squareBendS": smoothed_moments.square_bend_s,
    "squareBendN": smoothed_moments.square_bend_n,
}


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with chromium.launched() as browser:
        yield chromium.scripted(browser, "smoothed_moments", "closed_forms")


def populations(size: float, noise: float) -> LinearGaussian:
    return LinearGaussian(size * DIRECTION, np.eye(3), noise)


def setting(size: float, noise: float, radius: float, smoothing: float = 0.0) -> dict[str, float]:
    return {"size": size, "noise": noise, "radius": radius, "smoothing": smoothing}


def computed(page: Any, name: str, cases: list[tuple[dict[str, float], float]]) -> NDArray[np.float64]:
    """What the function of this name in the page says of each (setting, t)."""
    return numbers(page.evaluate(f"cases => cases.map(([setting, t]) => closedForms.{name}(setting, t))", cases))


def numbers(values: object) -> NDArray[np.float64]:
    """As floats: Playwright hands over a whole number as an int, however large."""
    return np.array(values, dtype=np.float64)


def assert_close(found: NDArray[np.float64], expected: NDArray[np.float64], limit: NDArray[np.float64]) -> None:
    gaps = np.abs(found - expected)
    wrong = ~(gaps <= limit)
    assert not wrong.any(), f"off by {gaps[wrong]} where {limit[wrong]} is allowed, at {np.flatnonzero(wrong)}"


def test_scaled_bessel_functions_and_erfc_have_the_values_of_scipy(page: Any) -> None:
    q, x = np.logspace(-300, math.log10(0.25), 300), np.linspace(0.0, 1.0, 200)
    bessel = numbers(page.evaluate("q => q.map(smoothedMoments.scaledBessel)", q.tolist()))
    np.testing.assert_allclose(bessel, np.column_stack([k0e(q), k1e(q)]), rtol=16 * EPS)
    found = page.evaluate("x => x.map(smoothedMoments.scaledErfc)", x.tolist())
    np.testing.assert_allclose(found, erfcx(x), rtol=32 * EPS)


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_have_full_accuracy_at_every_shape(page: Any, name: str) -> None:
    shapes = SHAPES.tolist()
    scaled = page.evaluate(f"k => k.map(smoothedMoments.{name}.scaled)", shapes)
    np.testing.assert_allclose(scaled, MOMENTS[name].scaled(SHAPES), rtol=32 * EPS)
    moderate = SHAPES[SHAPES < 1e8]
    plain = page.evaluate(f"k => k.map(smoothedMoments.{name}.at)", moderate.tolist())
    np.testing.assert_allclose(plain, MOMENTS[name](moderate), rtol=64 * EPS)


def test_risks_along_the_ray_are_those_of_the_theory(page: Any) -> None:
    for size, noise, radius in itertools.product(SIZES, NOISES, RADII):
        population = populations(size, noise)
        theta = np.outer(PLACES, population.true_coefficients)
        limit = np.full(len(PLACES), CLOSE * ((1 + radius) * 2 * size + noise) ** 2)
        cases = [(setting(size, noise, radius), t) for t in PLACES]
        assert_close(computed(page, "risk", cases), adversarial_risk(theta, population, radius), limit)
        assert_close(computed(page, "cleanRisk", cases), adversarial_risk(theta, population, 0.0), limit)


def test_smoothed_risks_along_the_ray_are_those_of_the_theory(page: Any) -> None:
    for size, noise, radius in itertools.product(SIZES, NOISES, RADII):
        population = populations(size, noise)
        theta = np.outer(PLACES, population.true_coefficients)
        n, s = np.abs(PLACES) * size, population.residual_std(theta)
        # Rounding of tθ₀ moves s by some EPS ‖θ₀‖, and ∂R/∂s is at most 2s (1 + εn/s)²: much in a crater at s = 0.
        rounding = 16 * EPS * size * (s + radius * n) ** 2 / np.where(s > 0, s, math.inf)
        limit = CLOSE * ((1 + radius) * 2 * size + noise) ** 2 + rounding
        cases = [(setting(size, noise, radius, smoothing), t) for smoothing in SMOOTHINGS for t in PLACES]
        found = computed(page, "surrogateRisk", cases).reshape(len(SMOOTHINGS), -1)
        for smoothing, risks in zip(SMOOTHINGS, found, strict=True):
            assert_close(risks, surrogate_risk(theta, population, radius, smoothing), limit)


def test_surrogate_risk_keeps_its_relative_accuracy(page: Any) -> None:
    sizes = (0.0, 1e-8, 1e-3, 0.3, 1.0, 7.0, 1e8)
    cases = list(itertools.product(sizes, sizes, (0.0, 1e-6, 0.5, 40.0), (0.0, 1e-8, 0.02, 1.0, 1e8)))
    found = numbers(page.evaluate("cases => cases.map((c) => closedForms.surrogateOf(...c))", cases))
    np.testing.assert_allclose(found, surrogate_risk_from_moments(*np.array(cases).T), rtol=256 * EPS)


def curvature_scale(t: float, noise: float, radius: float, smoothing: float) -> float:
    """The size of the terms of R'' for ‖θ₀‖ = 1: (1 + g)² and ε (ε + l), with g and l damped as in the theory."""
    s, n = math.hypot(t - 1, noise), abs(t)
    gain, loss = (radius * min(a / b if b else math.inf, 2 * a * a / smoothing) for a, b in ((n, s), (s, n)))
    return 8 * ((1 + gain) ** 2 + radius * radius + loss)


def test_curvature_is_the_second_derivative_along_the_ray(page: Any) -> None:
    places = (-0.25, 0.0, 1e-6, 1e-3, 0.0625, 0.3, 0.729, 1 - 1e-6, 1.0, 1.25)
    for noise, radius, smoothing in itertools.product(NOISES, RADII, SMOOTHINGS[1:]):
        population = LinearGaussian([1.0], [[1.0]], noise)  # of length 1: t - 1 is θ - θ₀ without rounding
        expected = surrogate_risk_hessian(np.array(places)[:, None], population, radius, smoothing)[:, 0, 0]
        found = computed(page, "curvature", [(setting(1.0, noise, radius, smoothing), t) for t in places])
        scales = [curvature_scale(t, noise, radius, smoothing) for t in places]
        assert_close(found, expected, CLOSE * np.array(scales))


def test_curvature_without_smoothing_is_that_of_the_risk_and_none_at_its_kinks(page: Any) -> None:
    for size, noise, radius in itertools.product((0.1, 1.0, 5.0), (0.0, 0.5), (0.0, 0.4, 2.0)):
        population = populations(size, noise)
        theta = np.outer((-0.25, 0.0, 0.3, 0.729, 1.25), population.true_coefficients)
        expected = DIRECTION @ surrogate_risk_hessian(theta, population, radius, 0.0) @ DIRECTION
        cases = [(setting(size, noise, radius), t) for t in (-0.25, 0.0, 0.3, 0.729, 1.25)]
        np.testing.assert_allclose(computed(page, "curvature", cases), expected, rtol=CLOSE)


def shares(threshold: float) -> list[float]:
    """Radii on both sides of a threshold, some of them next to it."""
    return [threshold * (1 + side * gap) for gap in (1e-12, 1e-8, 1e-3, 0.3) for side in (-1, 1)]


def test_minimisers_are_those_of_the_theory_on_both_sides_of_the_thresholds(page: Any) -> None:
    for size, noise in itertools.product(SIZES, NOISES):
        population = populations(size, noise)
        null, recovery = null_threshold(population), exact_recovery_threshold(population)
        radii = [*RADII, *shares(null), *(shares(recovery) if recovery else ())]
        found = page.evaluate("s => s.map(closedForms.minimizer)", [setting(size, noise, r) for r in radii])
        path = minimizer_path(population, radii)
        kept, risk, cost, kappa = (numbers([item[k] for item in found]) for k in ("kept", "risk", "cost", "kappa"))
        limit = np.full(len(radii), CLOSE)
        assert_close(kept, path.coefficients @ DIRECTION / size, limit)
        assert_close(risk, path.risk, limit * population.total_std**2)
        assert_close(cost, numbers([standard_risk_cost(population, r) for r in radii]), limit)
        assert path.shrinkage is not None
        inside = np.isfinite(path.shrinkage) & (path.shrinkage > 0)
        assert np.array_equal(kappa[~inside], path.shrinkage[~inside])
        # The logarithm whose root log κ is has a slope of about min(κ, 1/κ): its rounding moves κ by so many EPS.
        expected = path.shrinkage[inside]
        assert_close(kappa[inside] / expected, np.ones(inside.sum()), CLOSE + 64 * EPS * (expected + 1 / expected))


def test_thresholds_are_those_of_the_theory(page: Any) -> None:
    for size, noise in itertools.product((0.0, *SIZES), NOISES):
        population, case = populations(size, noise), setting(size, noise, 1.0)
        found = page.evaluate("s => [closedForms.nullThreshold(s), closedForms.recoveryThreshold(s)]", case)
        expected = [null_threshold(population), exact_recovery_threshold(population)]
        np.testing.assert_allclose(found, expected, rtol=16 * EPS)


def test_no_place_of_the_ray_has_less_smoothed_risk_than_the_marked_one(page: Any) -> None:
    near = np.logspace(-15, -1, 400)
    places = np.concatenate([np.linspace(-0.5, 1.5, 2001), near, 1 - near])
    two_basins = (1.0, 0.0082, 2.117, 0.0252)  # the lower one is narrow and next to 0
    grid = itertools.product((0.1, 1.0, 5.0), (0.0, 0.01, 0.5, 3.0), (0.0, 0.5, 1.0, 2.0), (0.0, 1e-4, 0.02, 1.0, 10.0))
    for size, noise, radius, smoothing in [two_basins, *grid]:
        population = populations(size, noise)
        least = page.evaluate("s => closedForms.surrogateMinimizer(s)", setting(size, noise, radius, smoothing))
        values = surrogate_risk(np.outer(places, population.true_coefficients), population, radius, smoothing)
        assert 0 <= least["t"] <= 1
        assert least["risk"] <= values.min() + CLOSE * population.total_std**2
        there = surrogate_risk(least["t"] * population.true_coefficients, population, radius, smoothing)
        assert abs(least["risk"] - float(there)) <= CLOSE * population.total_std**2


def test_spans_of_smoothing_that_cost_convexity_have_the_sign_of_the_second_derivative(page: Any) -> None:
    low, high, seen = 1e-4, 10.0, set()
    smoothings = np.logspace(-4, 1, 201)
    for noise, radius, t in itertools.product((0.0, 0.3, 1.0), (0.5, 2.0), (-0.25, 0.001, 0.02, 0.3, 0.56, 0.98)):
        call = f"s => closedForms.concaveSpans(s, {t}, {low}, {high}, 30)"
        spans = page.evaluate(call, setting(1.0, noise, radius))
        population = LinearGaussian([1.0], [[1.0]], noise)
        ends = [end for span in spans for end in span]
        for smoothing in smoothings:
            if any(abs(math.log(smoothing / end)) < 0.01 for end in ends):
                continue
            bends = float(surrogate_risk_hessian([t], population, radius, float(smoothing))[0, 0])
            inside = any(start < smoothing < end for start, end in spans)
            assert inside == (bends < 0), (noise, radius, t, smoothing, spans, bends)
            seen.add(inside)
    assert seen == {True, False}
