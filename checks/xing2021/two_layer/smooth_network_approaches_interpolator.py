r"""Let a network of width $h$ with a smooth activation be trained from zero until it interpolates, with $d > n$, under
any attack that lets it. Its linear part $\beta_h$ tends to $\theta(\mathbf{y})$; with $m_k$ the mean of $a_j^k$ and
powers of $\mathbf{y}$ by entries, $\beta_h = \theta(\mathbf{y}) - \frac{\phi''(0)\,m_3}{2\,\phi'(0)^2 m_2^2}
\mathbf{X}^\top(\mathbf{X}\mathbf{X}^\top)^{-1}\mathbf{y}^2\,h^{-1/2} + O(1/h)$, and if $\phi''(0) = 0$ it is $\beta_h =
\theta(\mathbf{y}) - \frac{\phi'''(0)\,m_4}{6\,\phi'(0)^3 m_2^3}\mathbf{X}^\top(\mathbf{X}\mathbf{X}^\top)^{-1}
\mathbf{y}^3\,h^{-1} + O(h^{-3/2})$. So the distance falls like $1/\sqrt{h}$, and like $1/h$ exactly if
$\phi''(0) \sum_j a_j^3 = 0$. (The paper has no rate.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import symbolic, trained
from checks.evidence.sampled import EPS
from checks.formula import Undefined
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from checks.xing2021.two_layer.smooth_networks import FAMILIES, Family
from models.two_layer import network_training
from theory import notation as sym
from theory.derivations import lazy_interpolation, lazy_network
from theory.validation import FloatArray

a, m = sym.output_weight, sym.weights_mean_square
slope, curvature, third = sym.activation_slope, sym.activation_curvature, sym.activation_third

WIDTHS = tuple(60 * 10**k for k in range(3, 8))  # multiples of every family's number of weights, below 1e9
TRIPLE = (60_000, 600_000, 6_000_000)
STEPS, SMOOTHING = 120, 0.5
PACE = 0.35  # ηλ_max/n: a step leaves 0.3 of the fastest part of the residual, and at most 0.8 of the slowest
STATIONARY = 1e-12
ROUNDING = 256 * EPS  # of coefficients with 12 products each, multiplied by the condition of XXᵀ, which is below 16


@dataclass(frozen=True)
class Expansion:
    """Neuron's shares of κ√h and of κ₃h, and whether the distance to θ(y) falls like h^-1 or like h^-1/2."""

    bend: sp.Expr = curvature * a**3 / (slope**2 * m**2)
    bow: sp.Expr = third * a**4 / (slope**3 * m**3)
    fast: Callable[[Family], bool] = lambda family: not family.activation.curvature or _power_sum(family, 3) == 0
    rates: tuple[float, float] = (0.5, 1.0)

    def rate(self, family: Family) -> float:
        """The exponent of 1/h."""
        return self.rates[self.fast(family)]

    def displacement(self, family: Family, data: "Interpolation", width: int) -> FloatArray:
        """β_h - θ(y) to first order; Undefined where φ''(0) Σ a³ = 0 but φ''(0) is not 0."""
        activation = family.activation
        if activation.curvature:
            share = float(family.mean(self.bend))
            if share == 0:
                raise Undefined
            return -share / 2 / float(np.sqrt(width)) * data.interpolate(data.y**2)
        share = float(family.mean(self.bow.subs(third, sp.Rational(activation.third))))
        cubic: FloatArray = -share / 6 / width * data.interpolate(data.y**3)
        return cubic

    @property
    def latex(self) -> str:
        """A neuron's shares of the coefficients as LaTeX."""
        return rf"{sp.latex(self.bend)}\ (h^{{-1/2}}), \quad {sp.latex(self.bow)}\ (h^{{-1}})"


def _power_sum(family: Family, power: int) -> int:
    return sum(weight**power for weight in family.weights)


@dataclass(frozen=True)
class Interpolation:
    """A data set of model (4), ‖θ₀‖ = σ = 1 and Σ = I, on which networks are trained until they interpolate."""

    n: int
    d: int
    radius: float
    seed: int

    @property
    def y(self) -> FloatArray:
        """Responses, shape (n,)."""
        return _data(self)[1]

    def interpolate(self, values: FloatArray) -> FloatArray:
        """Xᵀ(XXᵀ)⁻¹ times `values`."""
        X, _ = _data(self)
        inverse: FloatArray = X.T @ np.linalg.solve(X @ X.T, values)
        return inverse

    def train(self, family: Family, width: int) -> tuple[FloatArray, float]:
        """β_h - θ(y), and the RMS residual that is left, over v."""
        return _trained(self, family, width)


@lru_cache(maxsize=256)
def _data(data: Interpolation) -> tuple[FloatArray, FloatArray]:
    X, y = draw(Setting(data.n, data.d), 1, np.random.default_rng(data.seed))
    return X[0], y[0]


@lru_cache(maxsize=4096)
def _trained(data: Interpolation, family: Family, width: int) -> tuple[FloatArray, float]:
    X, y = _data(data)
    reduction, activation = family.reduction(width), family.activation
    pace = PACE * data.n / float(np.linalg.eigvalsh(X @ X.T)[-1])
    trained = network_training(
        X, y, reduction, activation, data.radius, SMOOTHING, step_size=reduction.step_size(pace, activation.slope),
        steps=STEPS, record=("residual",), record_every=STEPS,
    )  # fmt: skip
    residual = float(trained.curves["residual"][0, -1]) / np.sqrt(2)
    return trained.linear_part[0] - data.interpolate(y), residual


def widths(formula: Expansion, budget: Budget) -> Evidence:
    """Slopes of log ‖β_h - θ(y)‖ in log h over the last decade, on one data set, against the claimed rates.

    Corrections are powers of h^-1/2 at least: what is left to the limit is at most 1/(√10 - 1) of the last change.
    """
    data, wrong, worst = Interpolation(20, 1000, 0.5, budget.seed), [], 0.0
    size, left, logs = float(np.linalg.norm(data.interpolate(data.y))), 0.0, []
    for family in FAMILIES:
        runs = [data.train(family, width) for width in WIDTHS]
        left = max(left, *(residual for _, residual in runs))
        distances = np.array([np.linalg.norm(beta) / size for beta, _ in runs])
        logs.append(Series(str(family), tuple(map(float, WIDTHS)), tuple(distances.tolist()), points=True))
        before, last = -np.diff(np.log10(distances))[-2:]
        allowed = abs(last - before) + 2 * ROUNDING / distances[-1]
        excess = abs(last - formula.rate(family)) / allowed
        worst = max(worst, float(excess))
        if excess > 1:
            wrong.append(f"{family}: rate {last:.8f}, claimed {formula.rate(family):g}")
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS
    return Evidence(
        Kind.TREND, outcome if left <= STATIONARY else Outcome.INCONCLUSIVE,
        f"one data set, n = 20, d = 1000, ε = 0.5, ξ = 0.5; nine networks, h up to {WIDTHS[-1]:.0e}",
        f"Rates over the last decade of the width in {len(FAMILIES)} networks: the largest distance from the claimed "
        f"ones is {worst:.2g} of what the change from the decade before allows; residuals are at most {left:.1g} v.",
        {"networks": float(len(FAMILIES)), "largest distance over the one allowed": worst, "largest residual": left},
        wrong[0] if wrong else None,
        charts=(Chart("Distance to θ(y)", "width h", "‖β - θ(y)‖/‖θ(y)‖", tuple(logs), x_log=True, y_log=True),),
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A data set and a network."""

    data: Interpolation
    family: Family

    def __str__(self) -> str:
        """The data set's numbers, the activation and the weights."""
        return f"{self.data}, {self.family}"


def cases() -> st.SearchStrategy[Case]:
    """Up to 8 samples in 256 to 4096 dimensions, radius 0 to 0.5, and networks whose first order has a closed form."""
    closed = [family for family in FAMILIES if not family.activation.curvature or _power_sum(family, 3)]
    radii = st.sampled_from((0.0, 0.1, 0.5))
    data = st.builds(
        Interpolation, st.integers(1, 8), st.sampled_from((256, 1024, 4096)), radii, st.integers(0, 2**32 - 1)
    )
    return st.builds(Case, data, st.sampled_from(closed))


def remainder(formula: Expansion, case: Case) -> trained.Trained:
    """By how much the relative distance from the first order at the last width exceeds what the two others allow.

    It is |A + Bt| t but for higher powers of t = h^-1/2 (of t² for odd φ), and the last |A + Bt| is at most 1.63 times
    the larger one of the first two, by linear extrapolation: twice that is allowed.
    """
    runs = [case.data.train(case.family, width) for width in TRIPLE]
    claimed = [formula.displacement(case.family, case.data, width) for width in TRIPLE]
    distances = [np.linalg.norm(beta - c) / np.linalg.norm(c) for (beta, _), c in zip(runs, claimed, strict=True)]
    powers = [np.sqrt(width / TRIPLE[-1]) for width in TRIPLE]
    allowed = 2 * max(distance * power for distance, power in zip(distances[:2], powers[:2], strict=True))
    rounding = ROUNDING * np.linalg.norm(case.data.interpolate(case.data.y)) / np.linalg.norm(claimed[-1])
    return trained.Trained(float(distances[-1] - allowed - rounding), max(residual for _, residual in runs))


FORMULA = Expansion()

CLAIM = Claim(
    id="xing2021.smooth_network_approaches_interpolator",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 6"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "quadratic_term", lazy_network.bend_of_value, lambda f: f.bend,
            "A neuron's share of κ√h, with which f = xᵀβ + κ(xᵀβ)²/2, so that f = y puts κ y²/2 into Xβ",
            scope="every smooth network that starts at zero",
        ),
        symbolic.derivation(
            "cubic_term", lazy_interpolation.bow_of_value, lambda f: f.bow,
            "A neuron's share of κ₃h, with which f = xᵀβ + κ₃(xᵀβ)³/6", scope="φ''(0) = 0",
        ),
        Check("widths", Kind.TREND, widths),
        trained.search(
            "first_order", cases(), remainder, 0.0, STATIONARY,
            "Distance of trained networks of widths 6e4, 6e5 and 6e6 from the first order",
            "n up to 8, d = 256 to 4096, ε = 0 to 0.5, ξ = 0.5, six networks",
        ),
    ),
    mutants=(
        Mutant("rates_five_percent_higher", Expansion(rates=(0.525, 1.05))),
        Mutant("weights_sum_to_zero", Expansion(fast=lambda f: not f.activation.curvature or _power_sum(f, 1) == 0)),
        Mutant("never_fast", Expansion(fast=lambda f: False)),
        Mutant("bend_five_percent_larger", Expansion(bend=FORMULA.bend * sp.Rational(105, 100))),
        Mutant("weights_squared", Expansion(bend=curvature * a**2 / (slope**2 * m**2))),
        Mutant("bow_five_percent_larger", Expansion(bow=FORMULA.bow * sp.Rational(105, 100))),
        Mutant("slope_not_cubed", Expansion(bow=third * a**4 / (slope * m**3))),
    ),
)  # fmt: skip
