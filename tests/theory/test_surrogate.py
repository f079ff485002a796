"""The surrogate risk, its derivatives and the frozen field agree with the definitions they are computed from."""

import itertools
import math
from collections.abc import Callable

import flint
import numpy as np
import pytest
import sympy as sp

from theory import notation, surrogate
from theory.population import LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian
from theory.surrogate import (
    frozen_attack_field,
    surrogate_risk,
    surrogate_risk_from_moments,
    surrogate_risk_gradient,
    surrogate_risk_hessian,
)

EPS = float(np.finfo(np.float64).eps)
FLOAT_MAX = float(np.finfo(np.float64).max)
FLOAT_TINY = float(np.finfo(np.float64).tiny)

# The promises of the docstrings.
CLOSED_FORM_TOLERANCE = 1e-13
QUADRATURE_TOLERANCE = 1e-13
LINF_DERIVATIVE_TOLERANCE = 1e-10

RNG = np.random.default_rng(20210413)
CORRELATED = LinearGaussian([1.0, -0.5, 0.25], [[1.0, 0.3, 0.0], [0.3, 2.0, -0.4], [0.0, -0.4, 0.5]], 0.7)
NOISELESS = LinearGaussian([1.0, -0.5, 0.25], CORRELATED.covariance, 0.0)
BATCH = np.vstack([RNG.normal(size=(4, 3)), [1e-6, -2e-6, 3e-7], [1.0, -0.5, 0.25 + 1e-7]])
SMOOTHINGS = [1e-3, 0.1, 1.0, 30.0]


def half_line_mean(integrand: Callable[[flint.acb, bool], flint.acb], breaks: list[float]) -> flint.arb:
    """Enclose E integrand(|Z|); at most exp(-120) of these polynomially bounded integrands lies beyond 16."""
    ends = sorted({0.0, 1.0, 4.0, 16.0, *(b for b in breaks if 0 < b < 1)})
    parts = [
        flint.acb.integral(
            lambda z, analytic: integrand(z, analytic) * (-z * z / 2).exp(),
            a,
            b,
            rel_tol=flint.arb(2) ** -80,
            abs_tol=flint.arb(2) ** -12000,
        )
        for a, b in itertools.pairwise(ends)
    ]
    return (sum(parts, flint.acb(0)) * (2 / flint.arb.pi()).sqrt()).real


def l2_definition(s: float, n: float, radius: float, smoothing: float) -> flint.arb:
    """E(e + θᵀA)² with A the paper's smoothed attack: ‖g‖/√(‖g‖² + ξ²) times ε θ/‖θ‖, for e > 0 by symmetry."""
    s_, n_, radius_, xi = (flint.acb(x) for x in (s, n, radius, smoothing))

    def integrand(z: flint.acb, analytic: bool) -> flint.acb:
        size = 2 * s_ * z * n_
        share = size / (size * size + xi * xi).sqrt(analytic=analytic) if smoothing > 0 else flint.acb(1)
        return (s_ * z + radius_ * n_ * share) ** 2

    layer = flint.arb(smoothing) / (2 * flint.arb(s) * flint.arb(n))
    return half_line_mean(integrand, [float(layer), 8 * float(layer)])


def linf_definition(s: float, theta: np.ndarray, radius: float, smoothing: float) -> flint.arb:
    """E(|e| + Σ |θᵢ| |Aᵢ|)² with |Aᵢ| = ε |gᵢ|/(|gᵢ| + ξ), gᵢ = 2 e θᵢ."""
    s_, sizes = flint.acb(s), [flint.acb(abs(x)) for x in theta if x != 0]

    def integrand(z: flint.acb, analytic: bool) -> flint.acb:
        slopes = [(size, 2 * s_ * z * size) for size in sizes]
        moved = sum((size * g / (g + flint.acb(smoothing)) for size, g in slopes), flint.acb(0))
        return (s_ * z + flint.acb(radius) * moved) ** 2

    layers = [smoothing / (2 * s * abs(x)) for x in theta if x != 0]
    return half_line_mean(integrand, [c * layer for layer in layers for c in (1, 8)])


def relative_error(value: float, exact: flint.arb) -> float:
    error = abs(flint.arb(float(value)) / exact - 1)
    assert error.rad() < EPS / 100
    return float(error.abs_upper())


L2_CASES = [
    *itertools.product([1e-150, 1.0, 1e150], [1e-150, 1.0, 1e150], [1.0], [0.0, 5e-324, 1e-3, 1.0, 1e308]),
    *itertools.product([1e-3, 2.0], [1e-4, 3.0], [1e-20, 0.5, 1e20], [0.0, 1e-9, 0.1, 5.0, 12.0, 1e6]),
    # Terms that over- or underflow one by one while the risk does not.
    (1e-150, 1e-150, 1e300, 1e-300),
    (1e-150, 1e150, 1e-300, 1e10),
    (1e-150, 1e150, 1e150, 1e308),
    (1e150, 1e-150, 1e300, 1e-150),
]


@pytest.mark.parametrize(("s", "n", "radius", "smoothing"), L2_CASES)
def test_l2_risk_is_accurate_at_every_magnitude(s: float, n: float, radius: float, smoothing: float) -> None:
    value = float(surrogate_risk_from_moments(s, n, radius, smoothing))
    with flint.ctx.workprec(200):
        exact = l2_definition(s, n, radius, smoothing)
        if exact > flint.arb(FLOAT_MAX):
            assert value == math.inf
        elif exact < flint.arb(FLOAT_TINY):
            # Below the normal range a float is accurate to half of the smallest one.
            assert abs(flint.arb(value) - exact) < flint.arb(5e-324)
        else:
            assert relative_error(value, exact) <= CLOSED_FORM_TOLERANCE


def test_l2_risk_is_infinite_only_beyond_the_largest_float() -> None:
    root = math.sqrt(FLOAT_MAX)
    assert np.isfinite(surrogate_risk_from_moments(root * (1 - 4 * EPS), 0.0, 1.0, 1.0))
    assert surrogate_risk_from_moments(root * (1 + 4 * EPS), 0.0, 1.0, 1.0) == np.inf
    assert surrogate_risk_from_moments(1.0, 1e200, 1e-200, 0.0) < 4
    # A factor of 0 silences the others, however large, with and without smoothing.
    for smoothing in (0.0, 1e-300):
        assert surrogate_risk_from_moments(0.5, 0.0, 1e300, smoothing) == 0.25
        assert surrogate_risk_from_moments(0.5, 1e300, 0.0, smoothing) == 0.25
    assert surrogate_risk_from_moments(0.0, 2.0**-500, 0.5, 0.0) == 2.0**-1002
    assert surrogate_risk_from_moments(0.0, 1e200, 1e100, 1e-300) == 0


def test_l2_risk_broadcasts_its_moments() -> None:
    s, n = np.array([[0.5], [2.0]]), np.array([0.0, 1.0, 3.0])
    risks = surrogate_risk_from_moments(s, n, 0.5, 0.1)
    assert risks.shape == (2, 3)
    single = [[surrogate_risk_from_moments(a, b, 0.5, 0.1) for b in n] for a in s[:, 0]]
    np.testing.assert_allclose(risks, single, rtol=16 * EPS)


@pytest.mark.parametrize("norm", [2, math.inf])
def test_risk_at_the_boundary(norm: float) -> None:
    zero, truth = np.zeros(3), NOISELESS.true_coefficients
    assert surrogate_risk(zero, CORRELATED, 0.5, 0.1, norm) == pytest.approx(CORRELATED.total_std**2, rel=8 * EPS)
    assert surrogate_risk(truth, NOISELESS, 0.5, 0.1, norm) == 0
    attacked = adversarial_risk(truth, NOISELESS, 0.5, norm)
    assert attacked > 0
    assert surrogate_risk(truth, NOISELESS, 0.5, 0.0, norm) == pytest.approx(attacked, rel=8 * EPS)


LINF_THETAS = [[1.0], [0.7, -0.7, 0.7], [1.0, 1e-3, -1e-6, 1e-9], [1e5, -1e-12, 0.0, 2.0], [1e-8, 1e-8]]
LINF_SMOOTHINGS = [1e-30, 1e-14, 1e-7, 1e-2, 1.0, 1e3, 1e12]


@pytest.mark.parametrize("theta", LINF_THETAS)
@pytest.mark.parametrize("radius", [1e-3, 1.0, 1e4])
def test_linf_risk_is_accurate_across_its_boundary_layers(theta: list[float], radius: float) -> None:
    population = LinearGaussian(np.zeros(len(theta)), 1e-4 * np.eye(len(theta)), 0.9)
    s = float(population.residual_std(theta))
    for smoothing in LINF_SMOOTHINGS:
        value = float(surrogate_risk(theta, population, radius, smoothing, math.inf))
        with flint.ctx.workprec(200):
            exact = linf_definition(s, np.array(theta), radius, smoothing)
            assert relative_error(value, exact) <= QUADRATURE_TOLERANCE


def test_linf_risk_of_tiny_and_huge_arguments_is_scaled() -> None:
    unit = surrogate_risk([1.0, -2.0], LinearGaussian([0.5, 0.5], np.eye(2), 0.3), 0.5, 0.1, math.inf)
    for scale in (1e-140, 1e140):
        population = LinearGaussian([0.5 * scale, 0.5 * scale], np.eye(2), 0.3 * scale)
        theta = [scale, -2 * scale]
        # The attack keeps its shape if ξ scales like θ times the residual.
        risk = surrogate_risk(theta, population, 0.5, 0.1 * scale * scale, math.inf)
        assert risk / scale / scale == pytest.approx(unit, rel=QUADRATURE_TOLERANCE)
    overflowing = surrogate_risk([[1e200], [1.0]], LinearGaussian([0.0], [[0.0]], 1.0), 1e200, 0.1, math.inf)
    np.testing.assert_array_equal(overflowing, np.inf)


def central_difference(f: Callable[[np.ndarray], np.ndarray], theta: np.ndarray, step: float) -> np.ndarray:
    shifts = step * np.eye(theta.shape[-1])
    return (f(theta[..., None, :] + shifts) - f(theta[..., None, :] - shifts)) / (2 * step)


def assert_is_derivative(
    derivative: np.ndarray, f: Callable[[np.ndarray], np.ndarray], theta: np.ndarray, step: float
) -> None:
    """Compare with fourth-order differences; the error bar is their distance to a doubled step, and rounding."""
    one, two, four = (central_difference(f, theta, h) for h in (step, 2 * step, 4 * step))
    fine, coarse = (4 * one - two) / 3, (4 * two - four) / 3
    rounding = 256 * EPS * np.abs(f(theta)).max() / step
    assert np.all(np.abs(derivative - fine) <= 2 * np.abs(fine - coarse) + rounding)
    # The bar must be worth something: a wrong constant of one per cent would show.
    assert np.max(2 * np.abs(fine - coarse) + rounding) < 1e-2 * np.max(np.abs(derivative))


@pytest.mark.parametrize("population", [CORRELATED, NOISELESS])
@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("norm", [2, math.inf])
def test_derivatives_agree_with_differences(norm: float, smoothing: float, population: LinearGaussian) -> None:
    for theta in BATCH[:4]:
        # Away from its boundary layer the risk varies on the scale of θ, which is of order one.
        step = 2e-4
        gradient = surrogate_risk_gradient(theta, population, 0.8, smoothing, norm)
        hessian = surrogate_risk_hessian(theta, population, 0.8, smoothing, norm)
        assert_is_derivative(gradient, lambda t: surrogate_risk(t, population, 0.8, smoothing, norm), theta, step)
        assert_is_derivative(
            hessian, lambda t: surrogate_risk_gradient(t, population, 0.8, smoothing, norm), theta, step
        )


@pytest.mark.parametrize("norm", [2, math.inf])
@pytest.mark.parametrize(("population", "centre"), [(CORRELATED, np.zeros(3)), (NOISELESS, BATCH[5])])
def test_derivatives_agree_with_differences_inside_the_boundary_layers(
    norm: float, population: LinearGaussian, centre: np.ndarray
) -> None:
    direction = np.array([0.6, -0.3, 0.5])
    for distance in (1e-3, 0.03):
        theta, step = centre + distance * direction, distance / 200
        gradient = surrogate_risk_gradient(theta, population, 0.8, 0.02, norm)
        hessian = surrogate_risk_hessian(theta, population, 0.8, 0.02, norm)
        assert_is_derivative(gradient, lambda t: surrogate_risk(t, population, 0.8, 0.02, norm), theta, step)
        assert_is_derivative(hessian, lambda t: surrogate_risk_gradient(t, population, 0.8, 0.02, norm), theta, step)


# What one coordinate of unit radius adds to the residual e > 0, |θᵢ| |g|/(|g| + ξ) with g = 2 e θᵢ, and its slopes.
_e, _x, _xi = sp.symbols("e x xi", positive=True)
_moved = _x * (2 * _e * _x) / (2 * _e * _x + _xi)
MOVED = [sp.lambdify((_e, _x, _xi), sp.factor(sp.diff(_moved, _x, i)), modules=[]) for i in range(3)]


def test_linf_derivatives_agree_with_adaptive_quadrature() -> None:
    theta, radius = np.array([1.0, 1e-3, -1e-6]), 0.5
    population = LinearGaussian(np.zeros(3), np.zeros((3, 3)), 0.9)  # s = 0.9 whatever θ is
    s = flint.acb(0.9)
    for smoothing in (1e-7, 0.1):
        gradient = surrogate_risk_gradient(theta, population, radius, smoothing, math.inf)
        hessian = surrogate_risk_hessian(theta, population, radius, smoothing, math.inf)
        scale = np.abs(hessian).max(axis=-1)

        def terms(z: flint.acb, xi: float = smoothing) -> tuple[flint.acb, list[flint.acb], list[flint.acb]]:
            value, slopes, bends = ([f(s * z, flint.acb(abs(x)), flint.acb(xi)) * radius for x in theta] for f in MOVED)
            return s * z + sum(value, flint.acb(0)), slopes, bends

        layers = [smoothing / (1.8 * abs(x)) for x in theta]
        breaks = [c * layer for layer in layers for c in (1, 8)]
        with flint.ctx.workprec(200):
            for i in range(3):
                first = half_line_mean(lambda z, _, i=i: 2 * terms(z)[0] * terms(z)[1][i], breaks)
                second = half_line_mean(
                    lambda z, _, i=i: 2 * (terms(z)[1][i] ** 2 + terms(z)[0] * terms(z)[2][i]), breaks
                )
                assert abs(gradient[i] / np.sign(theta[i]) - float(first)) <= LINF_DERIVATIVE_TOLERANCE * abs(
                    float(first)
                )
                assert abs(hessian[i, i] - float(second)) <= LINF_DERIVATIVE_TOLERANCE * scale[i]


@pytest.mark.parametrize("norm", [2, math.inf])
def test_derivatives_exist_where_the_risk_has_kinks(norm: float) -> None:
    zero, truth = np.zeros(3), NOISELESS.true_coefficients
    signal = CORRELATED.covariance @ CORRELATED.true_coefficients
    for smoothing in (5e-324, 1e-300, 1e-3, 1e300):
        gradient = surrogate_risk_gradient(zero, CORRELATED, 0.5, smoothing, norm)
        np.testing.assert_allclose(gradient, -2 * signal, rtol=8 * EPS)
        assert np.all(surrogate_risk_gradient(truth, NOISELESS, 0.5, smoothing, norm) == 0)
    for theta, population in ((zero, CORRELATED), (truth, NOISELESS)):
        hessian = surrogate_risk_hessian(theta, population, 0.5, 1e-3, norm)
        # The layers are ξ/(2v) wide in θ and ξ/(2‖θ‖) in s; both numbers are below 2 here.
        step, layer = 1e-9, 1e-3 / 4

        def field(t: np.ndarray, population: LinearGaussian = population) -> np.ndarray:
            return surrogate_risk_gradient(t, population, 0.5, 1e-3, norm)

        # The linf gradient is differentiable but no more: its differences converge at first order.
        difference = central_difference(field, theta, step)
        tolerance = 16 * step / layer * np.abs(hessian).max()
        np.testing.assert_allclose(difference, hessian, rtol=0, atol=tolerance)


def test_l2_hessian_at_the_origin_has_the_slope_of_the_attack() -> None:
    v, radius, smoothing = CORRELATED.total_std, 0.5, 1e-3
    tilt = surrogate_risk_hessian(np.zeros(3), CORRELATED, radius, smoothing) - 2 * CORRELATED.covariance
    np.testing.assert_allclose(tilt, 8 * radius * v**2 / smoothing * np.eye(3), rtol=16 * EPS)


@pytest.mark.parametrize("norm", [2, math.inf])
def test_without_smoothing_the_surrogate_is_the_risk(norm: float) -> None:
    for theta in (BATCH, np.zeros(3)):
        arguments = (theta, CORRELATED, 0.5)
        np.testing.assert_allclose(
            surrogate_risk(*arguments, 0.0, norm), adversarial_risk(*arguments, norm), rtol=16 * EPS
        )
        np.testing.assert_array_equal(
            surrogate_risk_gradient(*arguments, 0.0, norm), adversarial_risk_gradient(*arguments, norm)
        )
        np.testing.assert_array_equal(
            surrogate_risk_hessian(*arguments, 0.0, norm), adversarial_risk_hessian(*arguments, norm)
        )
        # The distance to the risk is of first order in ξ, which is far below rounding here.
        np.testing.assert_allclose(
            surrogate_risk(*arguments, 1e-200, norm), adversarial_risk(*arguments, norm), rtol=QUADRATURE_TOLERANCE
        )


def test_frozen_field_is_the_expectation_over_inputs_and_noise() -> None:
    population = LinearGaussian([0.8, -0.4], [[1.0, 0.6], [0.6, 0.5]], 0.5)
    theta, radius, smoothing = np.array([0.3, 0.9]), 0.7, 2.0
    # The smoothed attack is analytic; the trapezoidal rule over three standard normals converges geometrically.
    grid = np.arange(-36, 37) / 4
    mesh = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    weights = np.exp(-np.sum(mesh**2, axis=-1) / 2) / 4**3 / (2 * np.pi) ** 1.5
    X = mesh[:, :2] @ np.linalg.cholesky(population.covariance).T
    y = X @ population.true_coefficients + population.noise_std * mesh[:, 2]
    g = 2 * (X @ theta - y)[:, None] * theta
    attacked = X + radius * g / np.sqrt(np.sum(g**2, axis=-1, keepdims=True) + smoothing**2)
    residual = attacked @ theta - y
    expected = np.sum(weights[:, None] * 2 * residual[:, None] * attacked, axis=0)
    np.testing.assert_allclose(frozen_attack_field(theta, population, radius, smoothing), expected, rtol=1e-11)
    risk = float(np.sum(weights * residual**2))
    assert surrogate_risk(theta, population, radius, smoothing) == pytest.approx(risk, rel=1e-11)


def test_frozen_field_without_smoothing_and_at_its_singular_points() -> None:
    zero, truth = np.zeros(3), NOISELESS.true_coefficients
    gradient = adversarial_risk_gradient(BATCH, CORRELATED, 0.5)
    scale = 64 * EPS * np.abs(gradient).max()
    np.testing.assert_allclose(frozen_attack_field(BATCH, CORRELATED, 0.5, 0.0), gradient, rtol=0, atol=scale)
    signal = CORRELATED.covariance @ CORRELATED.true_coefficients
    for smoothing in (0.0, 5e-324, 0.1):
        field = frozen_attack_field(zero, CORRELATED, 0.5, smoothing)
        np.testing.assert_allclose(field, -2 * signal, rtol=8 * EPS)
    np.testing.assert_allclose(frozen_attack_field(truth, NOISELESS, 0.5, 0.0), 2 * 0.25 * truth, rtol=8 * EPS)
    assert np.all(frozen_attack_field(truth, NOISELESS, 0.5, 0.1) == 0)


@pytest.mark.parametrize("norm", [2, math.inf])
def test_a_batch_is_its_rows(norm: float) -> None:
    batch = np.stack([BATCH, -BATCH])
    for function, shape in (
        (surrogate_risk, (2, 6)),
        (surrogate_risk_gradient, (2, 6, 3)),
        (surrogate_risk_hessian, (2, 6, 3, 3)),
    ):
        values = function(batch, CORRELATED, 0.5, 0.1, norm)
        assert values.shape == shape
        rows = [[function(theta, CORRELATED, 0.5, 0.1, norm) for theta in half] for half in batch]
        np.testing.assert_allclose(values, rows, rtol=1e-12, atol=1e-12 * np.abs(values).max())
    assert frozen_attack_field(batch, CORRELATED, 0.5, 0.1).shape == (2, 6, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coefficients": [1.0, 2.0]}, r"coefficients must have shape \(\.\.\., 3\), got shape \(2,\)"),
        ({"coefficients": [1.0, 2.0, math.nan]}, "coefficients must be finite, got nan"),
        ({"radius": -1.0}, "radius must be non-negative, got -1.0"),
        ({"smoothing": -0.5}, "smoothing must be non-negative, got -0.5"),
        ({"smoothing": math.inf}, "smoothing must be finite, got inf"),
        ({"norm": 1}, "norm must be 2 or inf, got 1"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    arguments = {"coefficients": np.ones(3), "population": CORRELATED, "radius": 0.5, "smoothing": 0.1} | change
    functions = [surrogate_risk, surrogate_risk_gradient, surrogate_risk_hessian]
    for function in functions if "norm" in change else [*functions, frozen_attack_field]:
        with pytest.raises(ValueError, match=message):
            function(**arguments)


@pytest.mark.parametrize("name", ["residual_std", "coefficient_norm", "radius", "smoothing"])
def test_moments_must_be_nonnegative_numbers(name: str) -> None:
    arguments = dict.fromkeys(["residual_std", "coefficient_norm", "radius", "smoothing"], 1.0)
    with pytest.raises(ValueError, match=f"{name} must be non-negative, got -2.0"):
        surrogate_risk_from_moments(**arguments | {name: [1.0, -2.0]})
    with pytest.raises(ValueError, match=f"{name} must be finite, got inf"):
        surrogate_risk_from_moments(**arguments | {name: math.inf})


VALUES = [(0.7, 1.3, 0.5, 0.1), (2.0, 0.1, 3.0, 0.9), (0.4, 0.8, 1.0, 4.0)]


@pytest.mark.parametrize("values", VALUES)
def test_published_expressions_are_what_the_functions_compute(values: tuple[float, ...]) -> None:
    symbols = (notation.residual_std, notation.coefficient_norm, notation.radius, notation.smoothing)
    at = {symbol: sp.Rational(str(value)) for symbol, value in zip(symbols, values, strict=True)}
    s, n, radius, smoothing = values
    risk = float(surrogate.SURROGATE_RISK.subs(at).evalf(40))
    assert surrogate_risk_from_moments(s, n, radius, smoothing) == pytest.approx(risk, rel=16 * EPS)
    # Σ = I with θ along one axis and θ - θ₀ along another reads α and β off the field.
    population = LinearGaussian([n, -0.3], np.eye(2), math.sqrt(s**2 - 0.09))
    field = frozen_attack_field([n, 0.0], population, radius, smoothing)
    alpha, beta = (float(e.subs(at).evalf(40)) for e in (surrogate.FROZEN_ALPHA, surrogate.FROZEN_BETA))
    np.testing.assert_allclose(field, [beta * n, alpha * 0.3], rtol=32 * EPS)


def test_smoothing_bias_is_the_leading_term() -> None:
    symbols = (notation.residual_std, notation.coefficient_norm, notation.radius)
    at = dict(zip(symbols, (sp.Rational(7, 10), sp.Rational(13, 10), sp.Rational(1, 2)), strict=True))
    for exponent in (6, 12, 18):
        xi = sp.Rational(1, 10**exponent)
        smoothed = surrogate.SURROGATE_RISK.subs(at).subs(notation.smoothing, xi).evalf(80)
        plain = (notation.residual_std**2 + notation.radius**2 * notation.coefficient_norm**2).subs(at)
        cross = (2 * notation.radius * notation.c0 * notation.coefficient_norm * notation.residual_std).subs(at)
        bias = surrogate.SMOOTHING_BIAS.subs(at).subs(notation.smoothing, xi)
        remainder = abs(((plain + cross - smoothed) / bias - 1).evalf(50))
        # O(ξ log 1/ξ), with a constant of order one at arguments of order one.
        assert remainder < 3 * xi * sp.log(1 / xi)
