"""The limit d/n → c: one root of one equation against general solvers on the saddle point as one writes it down."""

import math
import warnings

import numpy as np
from scipy.optimize import minimize, minimize_scalar, root
from scipy.special import erfc

from benchmarks.timing import Row, in_turn
from theory.proportional import potential, proportional_limit, proportional_null_threshold

SIGNAL, NOISE = 1.0, 0.5
RATIOS = (1e-6, 1e-3, 0.1, 0.5, 0.999, 1.0, 1.001, 2.0, 10.0, 1e3, 1e6)
FRACTIONS = (1e-3, 0.1, 0.5, 0.9)
SETTINGS = [(f * proportional_null_threshold(SIGNAL, NOISE, ratio), ratio) for ratio in RATIOS for f in FRACTIONS]
FEW = [(0.5, 0.5), (0.5, 1.0), (1.0, 2.0)]
RIGHT = 1e-9  # relative accuracy of ‖θ‖ at which a peer has solved a setting


def lengths(a: float, b: float, radius: float) -> tuple[float, float]:
    """s and t."""
    return math.sqrt((SIGNAL - a) ** 2 + b**2 + NOISE**2), radius * math.hypot(a, b)


def conditions(unknowns: np.ndarray, radius: float, ratio: float) -> list[float]:
    """The derivatives of the saddle function in μ, a and b, by hand; unknowns a, log b and log μ."""
    a, b, mu = float(unknowns[0]), np.exp(unknowns[1]), np.exp(unknowns[2])
    s, t = lengths(a, b, radius)
    z = 2 * t / (mu * s)
    density, tail = np.exp(-z * z / 2) / math.sqrt(2 * math.pi), float(erfc(z / math.sqrt(2))) / 2
    beyond = 2 * (z * density + tail)
    kept = s**2 * beyond + 4 * s * t * density + 2 * t**2 * tail
    std = mu * (1 - beyond) + 2 * mu / (mu + 2) * (beyond + 2 * t * density / s)
    attack = 2 * (1 - 2 * tail) + 4 * mu / (mu + 2) * (s * density / t + tail)
    return [
        (s**2 * (1 - beyond) + 4 * kept / (mu + 2) ** 2) / (ratio * b**2) - 1,
        (SIGNAL - a) * std - radius**2 * a * attack,
        (std + radius**2 * attack) / (mu * ratio) - 1,
    ]


def by_roots(radius: float, ratio: float) -> float:
    """‖θ‖ by SciPy's hybrid method from least squares' a, b = √c and μ = 1; NaN where it says that it failed."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = root(conditions, [1.0, math.log(ratio) / 2, 0.0], args=(radius, ratio), tol=1e-12)
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan
        return math.hypot(float(found.x[0]), float(np.exp(found.x[1]))) if found.success else math.nan


def by_search(radius: float, ratio: float) -> float:
    """‖θ‖ by the simplex method over a and log b, of a bounded search over log μ."""

    def largest(unknowns: np.ndarray) -> float:
        a, b = float(unknowns[0]), math.exp(unknowns[1])
        s, t = lengths(a, b, radius)
        found = minimize_scalar(
            lambda x: math.exp(x) * ratio * b**2 / 2 - potential(s, t, math.exp(x)), bounds=(-12, 12), method="bounded",
            options={"xatol": 1e-10},
        )  # fmt: skip
        return -float(found.fun)

    found = minimize(largest, [0.5, -0.5], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-15})
    return math.hypot(float(found.x[0]), math.exp(found.x[1]))


def error(size: float, radius: float, ratio: float) -> float:
    """Relative distance of ‖θ‖ from ours."""
    exact = proportional_limit(SIGNAL, NOISE, radius, ratio)
    return abs(size / math.hypot(exact.alignment, exact.orthogonal) - 1)


def rows() -> list[Row]:
    """Seconds a limit, and how often or how well each peer solves it."""
    found = []
    for settings, peer, name, goal in (
        (SETTINGS, by_roots, "scipy.optimize.root on the three derivatives", 1),
        (FEW, by_search, "nested minimize and minimize_scalar", 100),
    ):
        errors = [error(peer(*setting), *setting) for setting in settings]
        right = sum(e <= RIGHT for e in errors)
        ours, theirs = in_turn(
            lambda settings=settings: [proportional_limit(SIGNAL, NOISE, *setting) for setting in settings],
            lambda settings=settings, peer=peer: [peer(*setting) for setting in settings],
        )
        note = f"the peer has nine digits in {right} of {len(errors)}, at worst off by {np.nanmax(errors):.1g}"
        label = f"proportional_limit, {len(settings)} settings, each"
        found.append(Row(label, ours / len(settings), theirs / len(settings), name, goal, note))
    return found
