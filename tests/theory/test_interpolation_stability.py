"""Thresholds and multipliers agree with their expressions and with each other, up to the ends of their range."""

import numpy as np
import pytest

from theory import interpolation_stability as stability
from theory import notation
from theory.interpolation_stability import Interpolation, Update

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((5, 40)), RNG.standard_normal(5)
AT = Interpolation.of(X, Y)
STEP = 0.3 * 5 / AT.eigenvalues[-1]
EXPRESSIONS: dict[Update, tuple[object, object]] = {
    "frozen": (stability.FROZEN_STABLE_SMOOTHING, stability.FROZEN_MULTIPLIER),
    "full": (stability.FULL_STABLE_SMOOTHING, stability.FULL_MULTIPLIER),
}
both = pytest.mark.parametrize("update", EXPRESSIONS)


def test_the_data_are_seen_through_the_interpolator_and_the_eigenvalues() -> None:
    assert AT.size == pytest.approx(np.linalg.norm(np.linalg.pinv(X) @ Y), rel=1e-12)
    np.testing.assert_allclose(AT.eigenvalues, np.linalg.eigvalsh(X @ X.T), rtol=1e-12)


@both
def test_a_value_is_that_of_its_expression(update: Update) -> None:
    values = {
        notation.sample_size: 5,
        notation.step_size: STEP,
        notation.gram_eigenvalue: AT.eigenvalues[-1],
        notation.radius: 0.4,
        notation.smoothing: 0.2,
        notation.interpolator_size: AT.size,
    }
    threshold, multiplier = (float(e.subs(values)) for e in EXPRESSIONS[update])  # type: ignore[attr-defined]
    assert AT.stable_smoothing(0.4, STEP, update) == pytest.approx(threshold, rel=1e-12)
    assert AT.multipliers(0.4, 0.2, STEP, update)[-1] == pytest.approx(multiplier, rel=1e-12)


@both
def test_at_the_threshold_the_fastest_residual_is_turned_over(update: Update) -> None:
    threshold = AT.stable_smoothing(0.4, STEP, update)
    assert AT.multipliers(0.4, threshold, STEP, update)[-1] == pytest.approx(-1.0, abs=1e-12)


@both
def test_every_smoothing_is_stable_without_attack_and_none_for_a_step_that_diverges(update: Update) -> None:
    assert AT.stable_smoothing(0.0, STEP, update) == 0.0
    assert AT.stable_smoothing(0.4, 5 / AT.eigenvalues[-1], update) == np.inf
    assert AT.stable_smoothing(0.4, 0.0, update) == 0.0


@pytest.mark.parametrize(
    ("radius", "step_size", "name"), [(-0.1, STEP, "radius"), (0.4, -STEP, "step_size"), (np.nan, STEP, "radius")]
)
def test_bad_arguments_are_refused(radius: float, step_size: float, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        AT.stable_smoothing(radius, step_size, "full")


def test_data_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="y must be finite"):
        Interpolation.of(X, np.full(5, np.inf))


def test_a_sample_of_zeros_has_no_interpolator() -> None:
    with pytest.raises(ValueError, match="X must have full row rank"):
        Interpolation.of([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0]], [1.0, 1.0])
