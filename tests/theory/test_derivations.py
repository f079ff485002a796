"""Every derivation chains from its definition, every step is decided or cited, and a wrong step is noticed."""

import dataclasses
import importlib
import pkgutil

import mpmath
import pytest
import sympy as sp

import theory.derivations
from theory import notation
from theory.derivations.derivation import Derivation, Link, Step, decide, derive
from theory.derivations.extremum import Maximum, at_endpoints, projecting_out

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


def test_derive_fills_in_the_left_hand_sides() -> None:
    x = notation.residual
    links = (Link("one", x + 1), Link("two", x + 2))
    derivation = derive(sp.Integral(x, (x, 0, 1)), links, "d = 1")
    assert [step.left for step in derivation.steps] == [derivation.definition, x + 1]
    assert derivation.result == x + 2
