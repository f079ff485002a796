"""The limit d/n → c: a direct min-max, many digits, every closed form it must join, units, and what it refuses."""

import dataclasses
import math

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from theory.proportional import (
    ProportionalLimit,
    potential,
    proportional_limit,
    proportional_null_threshold,
    proportional_recovery_threshold,
)
from theory.risk import C0

NODES, WEIGHTS = np.polynomial.legendre.leggauss(100)
ROUNDING = 1e-12
NUMBERS = ("training_loss", "risk", "clean_risk", "zero_residual_fraction", "alignment", "orthogonal")


def least_cost(s: float, t: float, mu: float) -> float:
    """Mean over |Z| of the least (μ/2)(s|Z| - u)² + (u + t)², by quadrature on both sides of the kink."""
    kink = min(2 * t / (mu * s), 12.0)
    total = 0.0
    for low, high in ((0.0, kink), (kink, kink + 12.0)):
        size = low + (high - low) * (NODES + 1) / 2
        u = np.maximum((mu * s * size - 2 * t) / (mu + 2), 0.0)
        cost = mu / 2 * (s * size - u) ** 2 + (u + t) ** 2
        total += (high - low) / 2 * float(cost * np.exp(-(size**2) / 2) @ WEIGHTS)
    return total * math.sqrt(2 / math.pi)


def largest(rho: float, sigma: float, radius: float, c: float, a: float, b: float) -> float:
    """The objective at lengths a and b, maximised over the multiplier."""
    s, t = math.sqrt((rho - a) ** 2 + b**2 + sigma**2), radius * math.hypot(a, b)

    def negative(log_mu: float) -> float:
        mu = math.exp(log_mu)
        return mu * c * b**2 / 2 - least_cost(s, t, mu)

    return -float(minimize_scalar(negative, bounds=(-12, 12), method="bounded", options={"xatol": 1e-9}).fun)


@pytest.mark.parametrize(
    "setting", [(1.0, 0.5, 0.5, 1.0), (1.0, 1.0, 0.8, 0.3), (0.5, 1.0, 1.2, 3.0), (0.0, 1.0, 0.4, 0.5)]
)
def test_a_direct_search_for_the_least_largest_value_finds_the_same(setting: tuple[float, ...]) -> None:
    found = proportional_limit(*setting)
    assert largest(*setting, found.alignment, found.orthogonal) == pytest.approx(found.training_loss, rel=1e-10)
    direct = minimize(
        lambda x: largest(*setting, x[0], math.exp(x[1])), [0.3, -0.5], method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-14, "maxiter": 400},
    )  # fmt: skip
    assert direct.fun == pytest.approx(found.training_loss, rel=1e-10)
    # The value is flat at its minimum: it is known to 1e-14, the lengths to the root of that.
    assert direct.x[0] == pytest.approx(found.alignment, abs=1e-5)
    assert math.exp(direct.x[1]) == pytest.approx(found.orthogonal, abs=1e-5)


def many_digits(rho: float, sigma: float, radius: float, c: float) -> dict[str, mpmath.mpf]:
    """The saddle point in 50 digits: roots of the three slopes in a, log b and log μ, integrated by parts."""
    found = proportional_limit(rho, sigma, radius, c)
    rho, sigma, radius, c = map(mpmath.mpf, (rho, sigma, radius, c))

    def parts(a, log_b, log_mu):  # noqa: ANN001, ANN202
        b, mu = mpmath.exp(log_b), mpmath.exp(log_mu)
        s, size = mpmath.sqrt((rho - a) ** 2 + b**2 + sigma**2), mpmath.sqrt(a**2 + b**2)
        t = radius * size
        z = 2 * t / (mu * s)
        density, tail = mpmath.npdf(z), mpmath.erfc(z / mpmath.sqrt(2)) / 2
        beyond = 2 * (z * density + tail)
        kept = s**2 * beyond + 4 * s * t * density + 2 * t**2 * tail
        std = mu * (1 - beyond) + 2 * mu / (mu + 2) * (beyond + 2 * t * density / s)
        attack = 2 * (1 - 2 * tail) + 4 * mu / (mu + 2) * (s * density / t + tail)
        return s, t, b, mu, tail, beyond, kept, std, attack

    def slopes(a, log_b, log_mu):  # noqa: ANN001, ANN202
        s, _, b, mu, _, beyond, kept, std, attack = parts(a, log_b, log_mu)
        return [
            (s**2 * (1 - beyond) + 4 * kept / (mu + 2) ** 2) / (c * b**2) - 1,
            ((rho - a) * std - radius**2 * a * attack) / (std * (rho + sigma)),
            (std + radius**2 * attack) / (mu * c) - 1,
        ]

    size = math.hypot(found.alignment, found.orthogonal)
    if found.zero_residual_fraction < 1 - 1e-9:
        kink = math.sqrt(2) * float(mpmath.erfinv(found.zero_residual_fraction))
        mu = 2 * radius * size / (kink * math.sqrt(found.clean_risk))
    else:
        mu = 2 * radius**2 / (c - 1)
    a, log_b, log_mu = mpmath.findroot(
        slopes, (found.alignment, mpmath.log(found.orthogonal), mpmath.log(mu)), tol=1e-40
    )
    s, t, b, mu, tail, beyond, kept, _, _ = parts(a, log_b, log_mu)
    loss = mu * s**2 * (1 - beyond) / 2 + t**2 * (1 - 2 * tail) + mu / (mu + 2) * kept - mu * c * b**2 / 2
    risk = s**2 + t**2 + 2 * mpmath.sqrt(2 / mpmath.pi) * s * t
    return dict(zip(NUMBERS, (loss, risk, s**2, 1 - 2 * tail, a, b), strict=True))


@pytest.mark.parametrize(
    ("setting", "of_the_null_threshold"),
    [
        ((1.0, 0.5, 1.0), 0.3), ((1.0, 0.5, 1e-6), 0.5), ((1.0, 0.5, 1e6), 1e-4), ((1.0, 0.5, 1e6), 0.5),
        ((1.0, 0.5, 1.0), 1e-6), ((1.0, 0.5, 1 - 1e-9), 1e-5), ((1.0, 0.5, 1 + 1e-9), 1e-5),
        ((1.0, 1e-8, 0.1), 0.2), ((1.0, 1e-8, 0.1), 0.9), ((1e-8, 1.0, 0.5), 0.5), ((1.0, 0.5, 0.5), 1e-9),
        ((3e5, 1e5, 2.0), 0.7), ((1.0, 0.5, 0.5), 0.999), ((1.0, 0.5, 0.5), 1e-20),
        ((1.0, 1e-8, 1 - 1e-9), 1e-6),
    ],
)  # fmt: skip
def test_every_number_has_nine_digits_and_more(setting: tuple[float, ...], of_the_null_threshold: float) -> None:
    rho, sigma, c = setting
    radius = of_the_null_threshold * proportional_null_threshold(rho, sigma, c)
    found = proportional_limit(rho, sigma, radius, c)
    # Lengths and the share vanish at the null threshold: their condition is the inverse of the distance to it.
    tolerance = ROUNDING / (1 - of_the_null_threshold)
    with mpmath.workdps(50):
        for name, exact in many_digits(rho, sigma, radius, c).items():
            assert abs(mpmath.mpf(getattr(found, name)) / exact - 1) < tolerance, name


def test_the_reference_value() -> None:
    found = proportional_limit(1.0, 0.5, 0.5, 1.0)
    assert found.risk == pytest.approx(1.43853089, abs=5e-9)
    assert found.training_loss == pytest.approx(0.41792297, abs=5e-9)
    assert found.zero_residual_fraction == pytest.approx(0.38322700, abs=5e-9)


@pytest.mark.parametrize("c", [1e-6, 0.3, 1 - 1e-9])
def test_without_attack_it_is_least_squares(c: float) -> None:
    found = proportional_limit(2.0, 0.5, 0.0, c)
    assert found.clean_risk == found.risk == pytest.approx(0.25 / (1 - c), rel=ROUNDING)
    assert found.training_loss == pytest.approx(0.25 * (1 - c), rel=ROUNDING)
    assert (found.alignment, found.zero_residual_fraction) == (2.0, 0.0)
    assert found.orthogonal == pytest.approx(0.5 * math.sqrt(c / (1 - c)), rel=ROUNDING)


@pytest.mark.parametrize("c", [1 + 1e-9, 2.0, 1e6])
def test_without_attack_and_with_more_coordinates_it_is_the_interpolator_of_least_norm(c: float) -> None:
    found = proportional_limit(2.0, 0.5, 0.0, c)
    assert found.clean_risk == found.risk == pytest.approx(4 * (1 - 1 / c) + 0.25 * c / (c - 1), rel=ROUNDING)
    assert (found.training_loss, found.zero_residual_fraction) == (0.0, 1.0)
    assert found.alignment**2 + found.orthogonal**2 == pytest.approx(4 / c + 0.25 / (c - 1), rel=ROUNDING)


@pytest.mark.parametrize("c", [1e-6, 0.5, 2.0, 1e6])
def test_weak_attacks_join_the_limit_without_attack(c: float) -> None:
    plain, weak, least = (proportional_limit(1.0, 0.5, radius, c) for radius in (0.0, 1e-13, 1e-139))
    for name in NUMBERS:
        assert getattr(weak, name) == pytest.approx(getattr(plain, name), rel=1e-10, abs=1e-12)
        assert getattr(least, name) == pytest.approx(getattr(plain, name), rel=ROUNDING, abs=1e-100)


def test_with_as_many_coordinates_as_samples_risks_without_attack_are_infinite_and_fall_with_one() -> None:
    assert proportional_limit(1.0, 0.5, 0.0, 1.0).risk == math.inf
    risks = [proportional_limit(1.0, 0.5, radius, 1.0).clean_risk for radius in (1e-12, 1e-9, 1e-6, 1e-3)]
    assert risks == sorted(risks, reverse=True)
    assert proportional_limit(1.0, 0.0, 0.0, 1.0).clean_risk == 0


@pytest.mark.parametrize("c", [1e-6, 0.5, 1.0, 4.0, 1e6])
@pytest.mark.parametrize(("rho", "sigma"), [(1.0, 0.5), (1.0, 0.0), (0.0, 1.0)])
def test_the_null_model_stands_exactly_from_its_threshold_on(rho: float, sigma: float, c: float) -> None:
    threshold = proportional_null_threshold(rho, sigma, c)
    null, almost = proportional_limit(rho, sigma, threshold, c), proportional_limit(rho, sigma, 0.9999 * threshold, c)
    v2 = rho**2 + sigma**2
    loss = pytest.approx(v2, rel=ROUNDING)
    assert null == ProportionalLimit(loss, loss, loss, 0.0, 0.0, 0.0, True)
    assert proportional_limit(rho, sigma, 1e3 * threshold, c) == null
    assert not almost.is_null
    assert 0 < v2 - almost.training_loss < 1e-4 * v2
    assert 0 < math.hypot(almost.alignment, almost.orthogonal) < 1e-2 * (1 + 1 / c)


def test_null_thresholds_depend_on_the_share_of_the_signal_and_the_aspect_ratio_alone() -> None:
    assert proportional_null_threshold(7.0, 0.0, 3.0) == pytest.approx(2 / C0, rel=ROUNDING)
    assert proportional_null_threshold(0.0, 1e-9, 4.0) == pytest.approx(2 / C0, rel=ROUNDING)
    assert proportional_null_threshold(3e200, 4e200, 0.64) == pytest.approx(1 / C0, rel=ROUNDING)


@pytest.mark.parametrize("c", [1e-6, 0.1, 0.5, 0.99])
def test_without_noise_the_truth_is_recovered_exactly_up_to_its_threshold(c: float) -> None:
    threshold = proportional_recovery_threshold(c)
    found, beyond = (proportional_limit(2.0, 0.0, x * threshold, c) for x in (1.0, 1.001))
    loss = (threshold * 2.0) ** 2
    assert found == ProportionalLimit(
        pytest.approx(loss, rel=ROUNDING), pytest.approx(loss, rel=ROUNDING), 0.0, 1.0, 2.0, 0.0, False
    )
    assert 0 < beyond.clean_risk < 1e-4
    assert beyond.zero_residual_fraction == pytest.approx(c, rel=0.05)
    assert beyond.alignment < 2


def test_recovery_thresholds_fall_from_c0_to_nothing() -> None:
    values = [proportional_recovery_threshold(c) for c in (1e-100, 1e-6, 0.1, 0.5, 0.9, 1 - 1e-12, 1.0, 5.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(C0, rel=ROUNDING)
    assert values[-2:] == [0.0, 0.0]


@pytest.mark.parametrize("c", [1e-3, 0.7, 1.0, 20.0])
@pytest.mark.parametrize(("rho", "sigma"), [(1.0, 0.5), (1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("radius", [0.0, 0.1, 0.7, 3.0])
def test_lengths_scale_with_the_units_of_y_and_losses_with_their_squares(
    rho: float, sigma: float, radius: float, c: float
) -> None:
    plain = proportional_limit(rho, sigma, radius, c)
    for unit in (2.0**100, 2.0**-100, 3.0):
        scaled = proportional_limit(rho * unit, sigma * unit, radius, c)
        powers = dict(zip(NUMBERS, (2, 2, 2, 0, 1, 1), strict=True))
        for name, power in powers.items():
            expected = getattr(plain, name) * unit**power
            assert getattr(scaled, name) == (pytest.approx(expected, rel=ROUNDING) if unit == 3.0 else expected)
        assert scaled.is_null is plain.is_null


def test_nothing_to_learn_and_nothing_to_fit() -> None:
    assert proportional_limit(0.0, 0.0, 0.5, 0.5) == ProportionalLimit(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, True)
    noise = proportional_limit(0.0, 1.0, 0.5, 0.5)
    assert noise.alignment == 0 < noise.orthogonal
    assert noise.training_loss < 1 < noise.risk
    assert proportional_null_threshold(0.0, 0.0, 0.5) == 0


def test_no_number_is_lost_at_the_ends_of_the_domain() -> None:
    for c in (1e-100, 1e-6, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1e6, 1e100):
        for rho, sigma in ((1.0, 1e-300), (1e-300, 1.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
            for share in (1e-300, 1e-139, 1e-20, 1e-8, 0.5, 1 - 1e-8, 1 - 2.0**-53):
                found = proportional_limit(rho, sigma, share * proportional_null_threshold(rho, sigma, c), c)
                assert all(not math.isnan(getattr(found, name)) for name in NUMBERS)
                assert found.training_loss <= found.risk * (1 + ROUNDING)
                assert 0 <= found.zero_residual_fraction <= 1


def test_the_potential_is_the_mean_least_cost() -> None:
    for s, t, mu in ((1.0, 0.5, 2.0), (2.0, 0.0, 0.3), (0.5, 3.0, 0.1), (1.0, 1e-3, 1e3)):
        assert potential(s, t, mu) == pytest.approx(least_cost(s, t, mu), rel=ROUNDING)


def test_the_record_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        proportional_limit(1.0, 0.5, 0.5, 1.0).risk = 0.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 0.5, 0.5, 1.0), "signal_norm must be non-negative, got -1.0"),
        ((1.0, math.nan, 0.5, 1.0), "noise_std must be finite, got nan"),
        ((1.0, 0.5, math.inf, 1.0), "radius must be finite, got inf"),
        ((1.0, 0.5, 0.5, 0.0), "aspect_ratio must lie between 1e-100 and 1e+100, got 0.0"),
        ((1.0, 0.5, 0.5, 1e101), "aspect_ratio must lie between 1e-100 and 1e+100, got 1e+101"),
        ((1.0, 0.5, 0.5, "1"), "aspect_ratio must be a real number, got '1'"),
        ((1.0, 0.5, [0.5], 1.0), "radius must be a single number"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("+", r"\+").replace("[", r"\[")):
        proportional_limit(*arguments)  # type: ignore[arg-type]


def test_the_potential_refuses_what_has_no_cutoff() -> None:
    with pytest.raises(ValueError, match="multiplier must be positive, got 0"):
        potential(1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="residual_std must be positive, got 0"):
        potential(0.0, 1.0, 1.0)
