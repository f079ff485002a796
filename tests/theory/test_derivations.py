"""Every derivation chains from its definition, every step is decided or cited, and a wrong step is noticed."""

import dataclasses
import importlib
import pkgutil

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.derivations
from theory import notation
from theory.derivations.danskin import by_sign_of_the_residual
from theory.derivations.derivation import Derivation, Link, Step, decide, derive
from theory.derivations.extremum import Maximum, at_endpoints, projecting_out
from theory.derivations.integration import folding, merging
from theory.population import LinearGaussian
from theory.risk import adversarial_risk

HOELDER = "Hölder's inequality and its case of equality"
BESSEL = "DLMF 10.32.9: K_ν(z) = ∫₀^∞ exp(-z cosh t) cosh(νt) dt"
CITED = {
    "attack.worst_case_loss_lp": {HOELDER},
    "threshold.null_threshold_linf": {HOELDER},
    "surrogate.cross_part": {BESSEL},
}


def _all_derivations() -> dict[str, Derivation]:
    found = {}
    for info in pkgutil.iter_modules(theory.derivations.__path__):
        module = importlib.import_module(f"theory.derivations.{info.name}")
        for name, value in vars(module).items():
            if hasattr(value, "cache_info") and value.__module__ == module.__name__:
                found[f"{info.name}.{name}"] = value()
    return found


DERIVATIONS = _all_derivations()
STEPS = {
    f"{name}-{number}": step
    for name, derivation in DERIVATIONS.items()
    for number, step in enumerate(derivation.steps, 1)
}
OWN_STEPS = {name: step for name, step in STEPS.items() if step.cited is None}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_derivation_starts_from_an_unevaluated_definition_and_ends_without_one(name: str) -> None:
    derivation = DERIVATIONS[name]
    assert derivation.definition.has(sp.Integral, sp.Limit, sp.Max, Maximum)
    assert derivation.steps[0].left == derivation.definition
    assert derivation.scope
    if name != "frozen.frozen_field_curl":  # its last form is the integral that shows the sign
        assert not derivation.result.has(sp.Integral, sp.Limit, sp.Derivative, sp.Subs, Maximum)


@pytest.mark.parametrize("name", OWN_STEPS)
def test_every_step_that_is_not_cited_is_decided(name: str) -> None:
    assert decide(OWN_STEPS[name]) == "decided"


def test_the_cited_steps_are_the_known_ones_and_are_never_decided() -> None:
    own = {name: {step.cited for step in derivation.steps if step.cited} for name, derivation in DERIVATIONS.items()}
    assert {name: cited for name, cited in own.items() if cited} == CITED
    assert all(decide(step) == "undecided" for step in STEPS.values() if step.cited)


def test_a_derivation_inherits_the_citations_of_its_lemmas() -> None:
    assert {step.cited for step in DERIVATIONS["expansion.field_gap"].cited} == {BESSEL}
    assert DERIVATIONS["risk.adversarial_risk"].cited == ()


@pytest.mark.parametrize("name", OWN_STEPS)
def test_a_wrong_constant_is_not_decided(name: str) -> None:
    step = OWN_STEPS[name]
    assert decide(dataclasses.replace(step, right=step.right * sp.Rational(21, 20))) == "undecided"


@pytest.mark.parametrize("name", [name for name in DERIVATIONS if DERIVATIONS[name].steps[-1].cited is None])
def test_a_wrong_sign_in_the_result_is_not_decided(name: str) -> None:
    step = DERIVATIONS[name].steps[-1]
    first, *rest = sp.Add.make_args(step.right)
    assert decide(dataclasses.replace(step, right=sp.Add(-first, *rest))) == "undecided"


POINT = {
    notation.residual_std: sp.Rational(6, 5),
    notation.coefficient_norm: sp.Rational(7, 10),
    notation.radius: sp.Rational(9, 10),
    notation.smoothing: sp.Rational(2, 5),
    notation.shape: sp.Rational(3, 10),
    notation.residual: sp.Rational(1, 3),
    notation.error_std: sp.Rational(4, 5),
    notation.noise_std: sp.Rational(1, 2),
    notation.direction_product: sp.Rational(-3, 7),
    notation.direction_error: sp.Rational(5, 8),
}


@pytest.mark.parametrize(
    "name",
    [
        "risk.residual_density",
        "risk.adversarial_risk",
        "surrogate.cross_part",
        "surrogate.square_part",
        "surrogate.surrogate_risk",
    ],
)
def test_quadrature_of_the_definition_gives_the_result(name: str) -> None:
    derivation = DERIVATIONS[name]
    point = {symbol: POINT[symbol] for symbol in derivation.definition.free_symbols}
    integral = derivation.definition.xreplace(point)
    variable, *_ = integral.limits[0]
    integrand = sp.lambdify(variable, integral.function, "mpmath")
    with mpmath.workdps(20):
        value = mpmath.quad(integrand, [-mpmath.inf, -1, 0, 1, mpmath.inf])
        expected = mpmath.mpf(sp.N(derivation.result.xreplace(point), 20))
        # Ten digits is what twenty-digit tanh-sinh quadrature is asked for on smooth pieces.
        assert abs(value / expected - 1) < mpmath.mpf(10) ** -10


@pytest.mark.parametrize("name", ["square_loss", "cross_loss", "field_gap"])
def test_a_limit_without_smoothing_is_approached(name: str) -> None:
    """SymPy's limits of Bessel functions can be wrong, so their values are compared with evaluation nearby."""
    derivation = DERIVATIONS[f"expansion.{name}"]
    limit, near = derivation.steps[0].right, mpmath.mpf(10) ** -100
    falling = limit.args[1]
    point = {symbol: value for symbol, value in POINT.items() if symbol != falling}
    quotient = sp.lambdify(falling, limit.args[0].xreplace(point), "mpmath")
    expected = sp.N(derivation.result.xreplace(point), 20)
    with mpmath.workdps(500):
        # What is left out is smaller by a factor 1/log(1/ξ) or 1/log(1/k), 1/230, times constants of order one.
        assert abs(quotient(near) / mpmath.mpf(expected) - 1) < 5 / -mpmath.log(near)


def test_every_symbol_in_a_one_dimensional_formula_has_a_meaning() -> None:
    explicit = {"attack.worst_case_loss_linf", "risk.residual_moment"}  # coordinates of vectors
    for name in DERIVATIONS.keys() - explicit:
        used = DERIVATIONS[name].definition.free_symbols | DERIVATIONS[name].result.free_symbols
        assert used <= notation.MEANING.keys(), name


def test_a_gap_in_the_chain_is_refused() -> None:
    x = notation.residual
    first, second = Step("one", sp.Integral(x, x), x**2 / 2), Step("two", x**3, x**4)
    with pytest.raises(ValueError, match="step 'two' must start from"):
        Derivation(first.left, (first, second), "d = 1")
    with pytest.raises(ValueError, match="step 'one' must start from"):
        Derivation(x, (first,), "d = 1")
    with pytest.raises(ValueError, match="must have steps"):
        Derivation(x, (), "d = 1")


def test_a_step_that_claims_nothing_is_refused() -> None:
    x = notation.residual
    with pytest.raises(ValueError, match="must change its expression"):
        Step("nothing", x, x)
    with pytest.raises(ValueError, match="must have a name"):
        Step("", x, x + 1)
    with pytest.raises(ValueError, match="a cited step must have no method"):
        Step("both", x, x + 1, method=sp.simplify, cited="a theorem")


def test_a_non_convex_function_is_not_maximised_at_the_ends() -> None:
    x = notation.attack_product
    largest = Maximum(1 - x**2, (x,), (1 - x**2,))
    assert decide(Step("ends", largest, sp.S.Zero, at_endpoints(x))) == "undecided"


def test_a_variable_that_helps_is_not_projected_out() -> None:
    x, w = notation.attack_product, notation.attack_orthogonal
    ball = 1 - x**2 - w**2
    smaller = Maximum(x**2, (x,), (1 - x**2 - 1,))
    assert decide(Step("w = 1", Maximum(x**2, (x, w), (ball,)), smaller, projecting_out(w, sp.S.One))) == "undecided"
    depends = Maximum(x**2 + w, (x, w), (ball,))
    line = Maximum(x**2, (x,), (1 - x**2,))
    assert decide(Step("w matters", depends, line, projecting_out(w, sp.S.Zero))) == "undecided"


@pytest.mark.parametrize("rest", [-1, 1, 3])
def test_merging_integrals_keeps_their_value(rest: int) -> None:
    """An integrand that cancels what stands outside the integral must not do so: ∫₀² 1 dx - 1 is 1."""
    x, y, a = sp.Symbol("x", positive=True), sp.Symbol("y", positive=True), notation.radius
    expression = rest * a + sp.Integral(a, (x, 0, 2)) - 2 * sp.Integral(a * sp.exp(-y), (y, 0, 2))
    merged = merging(expression)
    assert sp.simplify(merged.doit() - (rest * a + 2 * a * sp.exp(-2))) == 0
    assert len(merged.atoms(sp.Integral)) == 1


def test_merging_decides_what_integrands_of_one_range_add_up_to_alone() -> None:
    x, y = sp.Symbol("x", positive=True), sp.Symbol("y", positive=True)
    assert merging(sp.Integral(x * sp.exp(-x), (x, 0, sp.oo)) - sp.Integral(y * sp.exp(-y), (y, 0, sp.oo))) == 0
    assert merging(sp.Integral(x, (x, 0, 1)) - sp.Integral(y, (y, 0, 2))) != 0


def test_folding_a_line_keeps_the_value() -> None:
    x = sp.Symbol("x", real=True)
    value = folding(sp.Integral((x + 1) ** 2 * sp.exp(-(x**2)), (x, -sp.oo, sp.oo))).doit()
    assert sp.simplify(value - sp.Rational(3, 2) * sp.sqrt(sp.pi)) == 0


def test_a_difference_at_one_sign_of_the_residual_is_one() -> None:
    sign = abs(notation.residual) / notation.residual
    assert by_sign_of_the_residual(sign - 1) == by_sign_of_the_residual(-sign - 1) == -2
    assert by_sign_of_the_residual(1 - sign) == 2
    assert by_sign_of_the_residual(sign**2 - 1) == 0


def test_the_cited_maximum_over_the_lp_ball_is_the_largest_value_of_its_definition() -> None:
    """What a cited step starts from no method looks at: the square on a grid over the constraints."""
    derivation = DERIVATIONS["attack.worst_case_loss_lp"]
    values = {notation.residual: sp.Rational(-1, 2), notation.radius: 2, notation.coefficient_norm: 3}
    function, variables, constraints = derivation.definition.xreplace(values).args
    a, w = np.meshgrid(np.linspace(-12, 12, 401), np.linspace(-3, 3, 601))
    allowed = [sp.lambdify(tuple(variables), constraint)(a, w) >= -1e-9 for constraint in constraints]
    largest = sp.lambdify(tuple(variables), function)(a, w)[np.logical_and.reduce(allowed)].max()
    assert largest == pytest.approx(float(derivation.result.xreplace(values)), rel=1e-12)


def test_the_null_threshold_starts_from_means_over_a_finite_sample() -> None:
    """Terms that vanish in the limit are seen by no step after it: n = 4, d = 8 by a simulation of 200,000 samples."""
    rng, n, d, truth, noise = np.random.default_rng(11), 4, 8, np.array([0.6] + 7 * [0.0]), 0.8
    X = rng.standard_normal((200_000, n, d))
    y = X @ truth + noise * rng.standard_normal((200_000, n))
    squares = ((y[:, None] @ X)[:, 0] ** 2).sum(axis=-1)
    quotient = DERIVATIONS["proportional.null_threshold"].definition.args[0]
    setting = {
        notation.sample_size: n,
        notation.aspect_ratio: sp.Rational(d, n),
        notation.true_size: sp.Rational(3, 5),
        notation.total_std: 1,
    }
    found = float(quotient.subs(setting).doit())
    error = squares.std() / squares.mean() / np.sqrt(len(squares))
    expected = np.sqrt(squares.mean()) / np.abs(y).sum(axis=-1).mean()
    assert found == pytest.approx(expected, rel=6 * error)  # half of it for the root, and as much for the mean of |y|


SIGMA = np.array([[2.0, 0.5, 0.3], [0.5, 1.0, -0.2], [0.3, -0.2, 0.7]])
TRUTH, ALONG, EPSILON, STEP = np.array([1.0, -0.5, 0.25]), np.array([0.3, 0.8, -0.4]), 0.6, 0.35
LINES = {  # θ, u, σ and the attack's norm of each derivation about a line θ + tu, and whether both directions are in it
    "slope_at_zero": (np.zeros(3), ALONG, 0.5, 2, (1,)),
    "kink_at_zero": (np.zeros(3), ALONG, 0.5, 2, (1, -1)),
    "kink_at_truth": (TRUTH, ALONG, 0.0, 2, (1, -1)),
    "kink_at_zero_coordinate": (np.array([0.4, 0.0, -0.7]), np.array([0.0, 1.0, 0.0]), 0.5, np.inf, (1, -1)),
}


@pytest.mark.parametrize("name", LINES)
def test_what_a_slope_is_the_limit_of_is_the_risk_on_a_line(name: str) -> None:
    """Terms that vanish with t are seen by no step: the difference quotients at t = 0.35."""
    theta, u, noise, norm, sides = LINES[name]
    population = LinearGaussian(TRUTH, SIGMA, noise)
    away = SIGMA @ (theta - TRUTH)
    values = {
        notation.total_std: population.total_std,
        notation.residual_std: float(population.residual_std(theta)),
        notation.true_size: np.linalg.norm(TRUTH),
        notation.coefficient_norm_1: np.abs(theta).sum(),
        notation.direction_signal: u @ SIGMA @ TRUTH,
        notation.direction_error: u @ away,
        notation.direction_product: u @ TRUTH,
        notation.direction_size: np.linalg.norm(u),
        notation.direction_std: np.sqrt(u @ SIGMA @ u),
        notation.radius: EPSILON,
        notation.line_parameter: STEP,
    }
    integrated = DERIVATIONS[f"kink.{name}"].steps[0].right
    quotients = [float(limit.args[0].subs(values)) for limit in integrated.atoms(sp.Limit)]
    risks = adversarial_risk(np.stack([theta, *(theta + side * STEP * u for side in sides)]), population, EPSILON, norm)
    assert len(quotients) == len(sides)
    assert sum(quotients) == pytest.approx(((risks[1:] - risks[0]) / STEP).sum(), rel=1e-12)


def test_derive_fills_in_the_left_hand_sides() -> None:
    x = notation.residual
    links = (Link("one", x + 1), Link("two", x + 2))
    derivation = derive(sp.Integral(x, (x, 0, 1)), links, "d = 1")
    assert [step.left for step in derivation.steps] == [derivation.definition, x + 1]
    assert derivation.result == x + 2
