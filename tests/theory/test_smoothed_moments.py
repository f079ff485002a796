"""The moments of the smoothed attack agree with ball arithmetic on their defining integrals."""

import itertools
import math

import flint
import numpy as np
import pytest
import sympy as sp

from theory import smoothed_moments
from theory.smoothed_moments import Moment, attack_shape, damped_ratio

EPS = float(np.finfo(np.float64).eps)

# Special functions within 2 EPS, amplified five times by the closed forms just below a join, a few roundings.
MOMENT_TOLERANCE = 16 * EPS

z, k, root = sp.symbols("z k root", positive=True)

JOINS = [
    float(f(join))
    for join in (0.5, 1.0, 2.0, 4.0, 8.0)
    for f in (lambda x: np.nextafter(x, 0), lambda x: x, lambda x: np.nextafter(x, np.inf))
]
SHAPES = sorted([*np.geomspace(1e-12, 1e6, 37).tolist(), *np.linspace(0.3, 1.0, 36).tolist(), *JOINS])


def delta(term: sp.Expr) -> sp.Expr:
    """k d/dk of a polynomial in k and root = (z² + k²)^(-1/2)."""
    return sp.expand(k * (sp.diff(term, k) - k * root**3 * sp.diff(term, root)))


M = z**2 * root
H = z**2 * root**2
DEFINITIONS = {
    "cross_moment": M,
    "cross_slope": M - delta(M),
    "cross_bend": M - delta(delta(M)),
    "square_moment": H,
    "square_slope": -delta(H) / 2,
    "square_bend_s": -(delta(delta(H)) + 2 * delta(H)) / 8,
    "square_bend_n": (delta(delta(H)) - 2 * delta(H)) / 8,
}


def gaussian_mean(term: sp.Expr, shape: float) -> flint.arb:
    """Enclose E[term(Z, shape)]; beyond |Z| = 16 there is less than exp(-120) of any of these moments."""
    function = sp.lambdify((z, k, root), term, modules=[])
    at = flint.acb(shape)

    def integrand(x: flint.acb, analytic: bool) -> flint.acb:
        inverse = 1 / (x * x + at * at).sqrt(analytic=analytic)
        return function(x, at, inverse) * (-x * x / 2).exp()

    breaks = sorted({0.0, *(b for b in (shape, 8 * shape) if b < 1), 1.0, 4.0, 16.0})
    parts = [
        flint.acb.integral(integrand, a, b, rel_tol=flint.arb(2) ** -90, abs_tol=flint.arb(2) ** -300)
        for a, b in itertools.pairwise(breaks)
    ]
    return 2 * sum(parts, flint.acb(0)).real / (2 * flint.arb.pi()).sqrt()


@pytest.mark.parametrize("name", DEFINITIONS)
def test_moment_is_accurate_to_a_few_units_in_the_last_place(name: str) -> None:
    moment: Moment = getattr(smoothed_moments, name)
    values = moment.scaled(np.array(SHAPES))
    worst = 0.0
    with flint.ctx.workprec(300):
        for shape, value in zip(SHAPES, values, strict=True):
            exact = gaussian_mean(DEFINITIONS[name], shape) * flint.arb(max(1.0, shape)) ** moment.power
            error = abs(flint.arb(float(value)) / exact - 1)
            assert error.rad() < EPS / 1000, (shape, exact)
            worst = max(worst, float(error.abs_upper()))
    assert worst <= MOMENT_TOLERANCE, worst / EPS


def test_moments_at_the_ends_take_their_limits() -> None:
    # E|Z|, E Z², E Z⁴ and E Z² / 2 in turn: leading terms of the integrands as k -> 0 and as k -> inf.
    limits = {
        "cross_moment": (math.sqrt(2 / math.pi), 1.0),
        "cross_slope": (math.sqrt(2 / math.pi), 2.0),
        "cross_bend": (math.sqrt(2 / math.pi), 12.0),
        "square_moment": (1.0, 1.0),
        "square_slope": (0.0, 1.0),
        "square_bend_s": (0.0, 3.0),
        "square_bend_n": (0.0, 1.0),
    }
    for name, (at_zero, at_infinity) in limits.items():
        moment: Moment = getattr(smoothed_moments, name)
        for shape in (0.0, 5e-324, 1e-160):
            assert moment.scaled(shape) == pytest.approx(at_zero, rel=MOMENT_TOLERANCE, abs=1e-159)
        for shape in (1e20, 1e308, np.inf):
            assert moment.scaled(shape) == pytest.approx(at_infinity, rel=MOMENT_TOLERANCE)
            assert np.isfinite(moment(shape))


def test_small_shapes_keep_their_relative_accuracy() -> None:
    # As k -> 0 the three vanishing moments are a k (1 + O(k)): E over z = k u of their integrands.
    for name, slope in {"square_slope": 1 / 2, "square_bend_s": 3 / 8, "square_bend_n": 1 / 8}.items():
        moment: Moment = getattr(smoothed_moments, name)
        value = moment(np.array([1e-300, 1e-100, 1e-18])) / np.array([1e-300, 1e-100, 1e-18])
        np.testing.assert_allclose(value, slope * math.sqrt(math.pi / 2), rtol=MOMENT_TOLERANCE)


def test_moment_keeps_the_shape_of_its_argument() -> None:
    grid = np.array([[0.0, 0.2, 0.7], [1.5, 30.0, np.inf]])
    values = smoothed_moments.cross_moment(grid)
    assert values.shape == grid.shape
    assert np.ndim(smoothed_moments.cross_moment(0.3)) == 0
    # Blocks of nodes are summed in an order that depends on the size of the batch.
    single = [[smoothed_moments.cross_moment(float(shape)) for shape in row] for row in grid]
    np.testing.assert_allclose(values, single, rtol=MOMENT_TOLERANCE, atol=0)


@pytest.mark.parametrize("shape", [-1.0, float("nan"), [0.5, -1e-300]])
def test_moment_refuses_a_shape_outside_its_domain(shape: float) -> None:
    with pytest.raises(ValueError, match=r"shape must lie in \[0, inf\], got"):
        smoothed_moments.cross_moment(shape)


def test_attack_shape_survives_products_out_of_range() -> None:
    assert attack_shape(1e-200, 1e-200, 1e-300) == pytest.approx(5e99, rel=4 * EPS)
    assert attack_shape(1e200, 1e200, 1e300) == pytest.approx(5e-101, rel=4 * EPS)
    assert attack_shape(1e-150, 1e-150, 1e308) == np.inf
    assert attack_shape(0.0, 1.0, 1e-300) == np.inf
    assert attack_shape(0.0, 0.0, 0.0) == 0.0


def test_damped_ratio_is_the_smaller_of_its_two_forms() -> None:
    a, b = np.array([3.0, 3.0, 0.0, 3.0, 0.0]), np.array([2.0, 1e-9, 1.0, 0.0, 0.0])
    ratio = damped_ratio(a, b, attack_shape(a, b, 0.5), 0.5)
    np.testing.assert_allclose(ratio, [1.5, 36.0, 0.0, 36.0, 0.0], rtol=4 * EPS)
