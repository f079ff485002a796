"""Dual norms and the perturbations that attain them: oracles are brute force, mpmath and numpy at ordinary scales."""

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from theory.norms import conjugate_exponent, dual_norm, dual_perturbation, lp_norm

EPS = np.finfo(float).eps
NORMS = [1, 1.0001, 1.5, 2, 3, 50, 1e17, math.inf]


@pytest.mark.parametrize("norm", [0.5, -1, math.nan, "2", None, [2], 0.999999])
@pytest.mark.parametrize(
    "call",
    [conjugate_exponent, lambda p: dual_norm([1.0], p), lambda p: dual_perturbation([1.0], p)],
    ids=["conjugate_exponent", "dual_norm", "dual_perturbation"],
)
def test_a_norm_outside_the_range_is_refused(call: Callable[..., object], norm: float) -> None:
    with pytest.raises(ValueError, match=r"norm must .*got"):
        call(norm)


@pytest.mark.parametrize("coefficients", [1.0, [], np.zeros((2, 0)), [math.nan], [math.inf], ["x"], [1j]])
@pytest.mark.parametrize("function", [dual_norm, dual_perturbation])
def test_wrong_coefficients_are_refused(function: Callable[..., object], coefficients: object) -> None:
    with pytest.raises(ValueError, match=r"coefficients must .*got"):
        function(coefficients, 2)


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf, "a", [1.0]])
def test_a_wrong_radius_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match=r"radius must .*got"):
        dual_perturbation([1.0], 2, radius)


@pytest.mark.parametrize("norm", NORMS)
def test_conjugation_is_an_involution(norm: float) -> None:
    q = conjugate_exponent(norm)
    assert q >= 1
    # 1/p loses what 1/q holds when p is near 1, hence the comparison of inverses.
    assert 1 / norm + 1 / q == pytest.approx(1, abs=4 * EPS)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e-150, 1.0, 1e150, 1e300])
@pytest.mark.parametrize("norm", NORMS)
def test_dual_norms_hold_their_accuracy_at_every_scale(norm: float, scale: float) -> None:
    theta = scale * np.array([3.0, -4.0, 0.0, 1.0])
    q = conjugate_exponent(norm)
    with mpmath.workdps(50):
        entries = [abs(mpmath.mpf(float(t))) for t in theta]
        exact = max(entries) if math.isinf(q) else sum(t ** mpmath.mpf(q) for t in entries) ** (1 / mpmath.mpf(q))
        exact = float(exact)
    # The smallest floats are 5e-324 apart: below 1e-308 that spacing, not EPS, is the rounding.
    assert dual_norm(theta, norm) == pytest.approx(exact, rel=16 * EPS, abs=5e-324)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_perturbation_lies_in_the_ball_and_attains_the_dual_norm(norm: float, scale: float) -> None:
    theta = np.random.default_rng(0).normal(size=(20, 5))
    z = dual_perturbation(scale * theta, norm, 0.7)
    assert z.shape == theta.shape
    np.testing.assert_allclose(lp_norm(z, float(norm)), 0.7, rtol=32 * EPS)
    np.testing.assert_allclose((theta * z).sum(axis=-1), 0.7 * dual_norm(theta, norm), rtol=64 * EPS)


@pytest.mark.parametrize("norm", NORMS)
def test_no_point_of_the_sphere_does_better(norm: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 5001)
    sphere = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    sphere /= lp_norm(sphere, float(norm))[:, None]
    theta = np.array([0.3, -1.1])
    assert (sphere @ theta).max() <= dual_norm(theta, norm) * (1 + 8 * EPS)


@pytest.mark.parametrize("norm", NORMS)
def test_zero_coefficients_are_not_perturbed(norm: float) -> None:
    assert not dual_perturbation(np.zeros((2, 3)), norm, 1.0).any()
    assert not dual_norm(np.zeros((2, 3)), norm).any()


def test_the_documented_choices_between_maximisers() -> None:
    assert dual_perturbation([2.0, 0.0, -1.0], math.inf).tolist() == [1.0, 0.0, -1.0]
    assert dual_perturbation([-2.0, 2.0], 1).tolist() == [-1.0, 0.0]


def test_a_zero_radius_gives_no_perturbation() -> None:
    assert not dual_perturbation([1.0, 2.0], 3, 0).any()
