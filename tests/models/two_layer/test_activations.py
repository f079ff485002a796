"""Activations: values and derivatives against autograd and SymPy, certified bounds, conventions at 0, bad input."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb, ctx

from checks.enclosure import encloser
from models.two_layer.activations import IDENTITY, SILU, SMOOTH, Activation, activation, relu, softplus_backward

EPS = float(np.finfo(np.float64).eps)
U = sp.Symbol("u", real=True)
SIGMA = 1 / (1 + sp.exp(-U))
EXPRESSIONS = {
    "tanh": sp.tanh(U),
    "softplus": sp.log(1 + sp.exp(U)) - sp.log(2),
    "sigmoid": SIGMA - sp.Rational(1, 2),
    "silu": U * SIGMA,
}
POINTS = torch.tensor([-700, -40, -3, -1, -1e-8, -1e-300, 0, 1e-300, 1e-8, 0.3, 1, 3, 40, 700], dtype=torch.float64)


@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_derivatives_are_those_of_the_expression(name: str) -> None:
    phi = SMOOTH[name]
    for order, function in enumerate((phi.value, phi.derivative, phi.second)):
        evaluate = encloser(sp.diff(EXPRESSIONS[name], U, order))
        with ctx.workprec(2300):  # e^700 beside 1
            expected = [float(evaluate({U: arb(float(point))}).mid()) for point in POINTS]
        np.testing.assert_allclose(function(POINTS), expected, rtol=32 * EPS, atol=32 * EPS)


@pytest.mark.parametrize("name", SMOOTH)
def test_small_arguments_keep_their_digits(name: str) -> None:
    tiny = torch.tensor([1e-300, -1e-200, 1e-20], dtype=torch.float64)
    np.testing.assert_allclose(SMOOTH[name].value(tiny), SMOOTH[name].slope * tiny, rtol=4 * EPS)


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_at_zero_are_as_stated(name: str) -> None:
    phi = SMOOTH[name]
    at_zero = [float(sp.diff(EXPRESSIONS[name], U, order).subs(U, 0)) for order in range(4)]
    assert at_zero == [0.0, phi.slope, phi.curvature, phi.third]


T = sp.Symbol("t", real=True)


@pytest.mark.parametrize(
    ("name", "inner", "low"), [("tanh", sp.tanh(U), -1), ("softplus", SIGMA, 0), ("sigmoid", SIGMA, 0)]
)
def test_the_largest_third_derivative_is_the_bound(name: str, inner: sp.Expr, low: int) -> None:
    # In t = tanh u, whose derivative is 1 - t², or t = σ(u), whose derivative is t (1 - t) and integral softplus.
    rule, polynomial = 1 - T**2 if name == "tanh" else T * (1 - T), T
    for _ in range(2 if name == "softplus" else 3):
        polynomial = rule * sp.diff(polynomial, T)
    assert sp.simplify((sp.diff(EXPRESSIONS[name], U, 3) - polynomial.subs(T, inner)).rewrite(sp.exp)) == 0
    places = [root for root in sp.solve(sp.diff(polynomial, T), T) if low <= root <= 1]
    largest = max(abs(float(polynomial.subs(T, place))) for place in [*places, low, 1])
    assert largest == pytest.approx(SMOOTH[name].third_bound, rel=4 * EPS)


def test_the_third_derivative_of_silu_is_certainly_within_its_bound() -> None:
    third, half = encloser(sp.diff(EXPRESSIONS["silu"], U, 3)), 2.0**-10
    balls = (abs(third({U: arb((2 * i + 1) * half, half)})) for i in range(-10 * 2**9, 10 * 2**9))
    assert all(ball < arb(SILU.third_bound) for ball in balls)
    # It is u times the third derivative of σ plus thrice the second, none above exp(-|u|); beyond 10 the sum falls.
    assert (10 + 3) * math.exp(-10) < SILU.third_bound


def test_the_derivative_of_relu_at_zero_is_the_frameworks() -> None:
    functions = {
        0.0: [torch.relu, torch.nn.functional.relu],
        0.5: [lambda u: torch.maximum(u, torch.zeros_like(u))],
        1.0: [lambda u: torch.clamp(u, min=0)],
    }
    for c, theirs in functions.items():
        for function in theirs:
            at = torch.tensor([-1.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
            value = function(at)
            (slope,) = torch.autograd.grad(value.sum(), at)
            ours = relu(c)(at)
            (ours_slope,) = torch.autograd.grad(ours.sum(), at)
            assert torch.equal(ours, value)
            assert torch.equal(slope, ours_slope)
            assert torch.equal(slope, relu(c).derivative(at))
            assert relu(c).slope == c


def test_softplus_is_used_backward_only() -> None:
    at = torch.linspace(-1, 1, 5, dtype=torch.float64, requires_grad=True)
    phi = softplus_backward(10.0)
    (slope,) = torch.autograd.grad(phi(at).sum(), at)
    assert torch.equal(phi(at), torch.relu(at))
    (expected,) = torch.autograd.grad(torch.nn.functional.softplus(at, beta=10.0).sum(), at)
    np.testing.assert_allclose(slope, expected, rtol=8 * EPS)


@pytest.mark.parametrize("phi", [*SMOOTH.values(), IDENTITY], ids=lambda phi: phi.name)
def test_a_call_is_the_value_and_differentiates_into_the_derivative(phi: Activation) -> None:
    at = POINTS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(phi(at).sum(), at)
    assert torch.equal(phi(at), phi.value(at))
    assert torch.equal(slope, phi.derivative(at))
    assert phi.smooth
    assert not phi.rectifier


def test_relu_is_a_rectifier_and_not_smooth() -> None:
    for phi in (relu(), softplus_backward()):
        assert phi.rectifier
        assert not phi.smooth


@pytest.mark.parametrize("c", [-1.0, 0.25, 2.0, math.nan])
def test_other_derivatives_at_zero_are_refused(c: float) -> None:
    with pytest.raises(ValueError, match="derivative_at_zero must be 0, 1/2 or 1"):
        relu(c)


@pytest.mark.parametrize("sharpness", [0.0, -1.0, math.inf, math.nan])
def test_other_sharpness_is_refused(sharpness: float) -> None:
    with pytest.raises(ValueError, match="sharpness"):
        softplus_backward(sharpness)


def test_an_unknown_activation_is_refused() -> None:
    assert activation("silu") is SILU
    with pytest.raises(ValueError, match="tanh, softplus, silu, sigmoid, got 'gelu'"):
        activation("gelu")
