r"""In high-dimensional case, adversarial training still suffers from data interpolation: when $\epsilon =
O(1/\sqrt{d})$ and $d/n \rightarrow \infty$, the minimal adversarial training loss converges to zero, while the
population adversarial loss converges to $v^2$ (recall that $v^2 = \|\theta_0\|^2 + \sigma^2$).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trend
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import Kind
from checks.xing2021 import PAPER
from checks.xing2021.linf.interpolators import Size
from models.linear.interpolator import minimum_norm_interpolator
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.risk import evaluating, expectation
from theory.interpolation import InterpolatorLaw
from theory.risk import adversarial_risk
from theory.validation import FloatArray

m, r = sp.symbols("m r", positive=True)  # the dimension of a sphere; a radius
MEAN_L1 = m * sp.gamma(m / 2) / (sp.sqrt(sp.pi) * sp.gamma((m + 1) / 2))
MEAN_SQUARED_L1 = 1 + (m - 1) * 2 / sp.pi
SIZES = tuple(Size(10, d) for d in (100, 200, 400, 800, 1600, 3200, 6400))
SWEEP = trend.Sweep(SIZES, 5, lambda size: size.d / size.n, "d/n", lambda _: 10.0)
TRAINED = trend.Sweep(
    tuple(Size(10, d) for d in (1600, 3200, 6400)), 2, lambda size: size.d / size.n, "d/n", lambda _: 6.0
)


@dataclass(frozen=True)
class Losses:
    """What E‖u‖₁ and E‖u‖₁² of a uniform unit vector in m dimensions are, and the stated limits, all over v²."""

    mean_l1: sp.Expr
    mean_squared_l1: sp.Expr
    population_limit: float = 1.0
    training_limit: float = 0.0

    @property
    def latex(self) -> str:
        """The stated limits, and the moments behind the exact values at finite size."""
        moments = rf"E\|u\|_1 = {sp.latex(self.mean_l1)}, \quad E\|u\|_1^2 = {sp.latex(self.mean_squared_l1)}"
        limits = rf"R^\infty/v^2 \to {self.population_limit:g}, \quad \hat R^\infty/v^2 \to {self.training_limit:g}"
        return rf"{limits}; \quad {moments}"

    def training(self, size: Size) -> float:
        """Exact mean of ε²‖θ(y)‖₁²/v², the training loss at θ(y), for θ₀ along one axis."""
        return self._mean(size, lambda along, across, error: self._squared(size, along, across))

    def population(self, size: Size) -> float:
        """Exact mean of R^∞(θ(y), ε)/v²: s² + ε²‖θ‖₁² + 2εc₀‖θ‖₁s, for θ₀ along one axis."""
        first = _at(self.mean_l1, size)

        def risk(along: FloatArray, across: FloatArray, error: FloatArray) -> FloatArray:
            s = np.sqrt(error + size.noise_std**2)
            length = np.abs(along) + first * across
            cross: FloatArray = 2 * size.radius * np.sqrt(2 / np.pi) * s * length
            return s**2 + cross + self._squared(size, along, across)

        return self._mean(size, risk)

    def _squared(self, size: Size, along: FloatArray, across: FloatArray) -> FloatArray:
        first, second = _at(self.mean_l1, size), _at(self.mean_squared_l1, size)
        mean: FloatArray = along**2 + 2 * np.abs(along) * across * first + across**2 * second
        return size.radius**2 * mean

    def _mean(self, size: Size, value: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]) -> float:
        """E f(a, b, ‖θ(y) - θ₀‖²)/v² for θ(y) = aθ₀ + bu: given a and b, u is uniform on the sphere across θ₀.

        For the law of the samples does not change when space is turned about θ₀. The law of a and b is that of Lemma 1.
        """

        def parts(norm: FloatArray, error: FloatArray) -> FloatArray:
            along = (norm + 1 - error) / 2
            return value(along, np.sqrt(np.maximum(norm - along**2, 0.0)), error)

        return float(InterpolatorLaw(size.n, size.d, 1.0, size.noise_std).mean(parts)) / size.total_variance


@cache
def _at(moment: sp.Expr, size: Size) -> float:
    return float(moment.subs(m, size.d - 1).evalf())


@cache
def mean_l1() -> Derivation:
    """E‖u‖₁ = m E|g|/E‖g‖ for a standard Gaussian vector g = ‖g‖ u, whose length and direction are independent."""
    g = sym.standard_residual
    definition = m * expectation(abs(g), sp.S.One, g) * _radial(0) / _radial(1)
    return derive(definition, (Link("evaluate the integrals", MEAN_L1, _with_gamma),), "every dimension")


@cache
def mean_squared_l1() -> Derivation:
    """E‖u‖₁² = (m E g² + m (m - 1) (E|g|)²)/E‖g‖², likewise."""
    g = sym.standard_residual
    absolute, square = expectation(abs(g), sp.S.One, g), expectation(g**2, sp.S.One, g)
    definition = (m * square + m * (m - 1) * absolute**2) * _radial(0) / _radial(2)
    return derive(definition, (Link("evaluate the integrals", MEAN_SQUARED_L1, _with_gamma),), "every dimension")


def _radial(power: int) -> sp.Expr:
    """Unevaluated integral of r^power over the law of the length of g, up to its constant."""
    return sp.Integral(r ** (m - 1 + power) * sp.exp(-(r**2) / 2), (r, 0, sp.oo))


def _with_gamma(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(sp.gammasimp(evaluating(expression)))


def bracket_gap(formula: Losses, case: Problem) -> float:
    """By how much R^∞/v² at radius 1/√d is further from the stated limit than the bracket of its proof allows.

    (v - ‖θ‖)² <= R^∞ <= (v + (1 + C)‖θ‖)²: s is the length of (θ - θ₀, σ), so |s - v| <= ‖θ‖, and √R^∞ lies between s
    and s + ε‖θ‖₁ <= s + C‖θ‖. So every estimator that tends to 0 has the stated limit, and E‖θ(y)‖² does by Lemma 1.
    The training loss of an interpolator, ε²‖θ‖₁², is between 0 and C²‖θ‖², and bounds the minimal training loss.
    """
    population, theta = case.population, case.coefficients
    v, length = population.total_std, float(np.sqrt(theta @ theta))
    radius = case.radius / np.sqrt(population.d)
    found = float(adversarial_risk(theta, population, radius, np.inf)) / v**2
    high = (1 + (1 + case.radius) * length / v) ** 2
    low = max(1 - length / v, 0.0) ** 2
    training = (radius * float(np.abs(theta).sum()) / v) ** 2
    gaps = [found - formula.population_limit * high, formula.population_limit * low - found]
    gaps.append(abs(training - formula.training_limit) - (case.radius * length / v) ** 2)
    return float(max(gaps) / high)


@st.composite
def near_null(draw: domains.Draw) -> Problem:
    """Σ = I, any θ₀ and σ other than both 0, θ from far away to 1e-9 of v, and C (as the radius) from 0 to 4."""
    population = draw(domains.populations(covariance=lambda d: st.just(np.eye(d)), truth=domains.nonzero_vectors))
    theta = 10.0 ** draw(domains.numbers(-9.0, 1.0)) * draw(domains.vectors(population.d))
    return Problem(population, theta, draw(domains.radii()), norm=np.inf)


def interpolated(loss: str, size: Size, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The training or the population loss of θ(y), over v², for drawn data sets."""
    found = []
    for X, y in size.samples(replicates, rng):
        theta = minimum_norm_interpolator(X, y)
        found.append(size.risk(theta) if loss == "population" else size.training_loss(X, y, theta))
    return np.concatenate(found)


def trained(size: Size, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Population loss over v² of Algorithm 1 from 0 with ξ = 1/d, run until the residuals are at rounding."""
    found = []
    for X, y in size.samples(replicates, rng):
        model = adversarial_training(
            X, y, size.radius, 1 / size.d, np.inf, step_size=size.n / (4 * size.d), steps=400, stop_residual=1e-8
        )
        found.append(np.where(model.stopped, size.risk(model.coefficients), np.nan))
    return np.concatenate(found)


def near_interpolator(formula: Losses, size: Size) -> tuple[float, float]:
    """The exact mean at θ(y), give or take 4n/d.

    The attack turns the descent out of the samples' span, by a share of its length of the order of n/d.
    """
    value, share = formula.population(size), size.n / size.d
    return value - 4 * share, value + 4 * share


FORMULA = Losses(MEAN_L1, MEAN_SQUARED_L1)
ROUNDING = 64 * EPS  # of a risk of some ten terms, over the upper end of the bracket, which bounds each of them

CLAIM = Claim(
    id="xing2021.linf_interpolation_loses_everything",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, effect of interpolation"),
    formula=FORMULA,
    checks=(
        symbolic.derivation("mean_l1", mean_l1, lambda f: f.mean_l1, "E‖u‖₁ on the sphere", scope="the law of θ(y)"),
        symbolic.derivation(
            "mean_squared_l1", mean_squared_l1, lambda f: f.mean_squared_l1, "E‖u‖₁² on the sphere",
            scope="the law of θ(y)",
        ),
        sampled.search(
            "bracket", near_null(), bracket_gap, ROUNDING,
            "Both losses within their brackets around the limits, for any estimator with ‖θ‖ → 0",
            scope="Σ = I, d <= 5, C <= 4",
        ),
        trend.finite_size(
            "population_at_interpolator", SWEEP, partial(interpolated, "population"),
            lambda f, size: f.population(size),
            0.05, "Population loss of θ(y) over v²", "n = 10, d to 6400 (1600 at the quick budget), θ₀ = e₁, C = 1",
        ),
        trend.finite_size(
            "training_at_interpolator", SWEEP, partial(interpolated, "training"), lambda f, size: f.training(size),
            0.3, "Adversarial training loss of θ(y) over v², which bounds the minimal one",
            "n = 10, d to 6400 (1600 at the quick budget), θ₀ = e₁, C = 1",
        ),
        trend.limit(
            "population_limit", SWEEP, partial(interpolated, "population"),
            lambda f: trend.Limit(f.population_limit, (0.5, 1.0, 1.5)), 1.0, 0.2,
            "Population loss of θ(y) over v²", "n = 10, d to 6400 (1600 at the quick budget)",
        ),
        trend.bounds(
            "gradient_descent", TRAINED, trained, near_interpolator, "Population loss over v² of Algorithm 1 from 0",
            "n = 10, ξ = 1/d, step n/(4d), d/n from 160 to 640 (320 at the quick budget)", Kind.TRAINED,
        ),
    ),
    mutants=(
        Mutant("half_is_lost", Losses(MEAN_L1, MEAN_SQUARED_L1, population_limit=0.5)),
        Mutant("limit_five_percent_off", Losses(MEAN_L1, MEAN_SQUARED_L1, population_limit=1.05)),
        Mutant("training_loss_stays", Losses(MEAN_L1, MEAN_SQUARED_L1, training_limit=0.05)),
        Mutant("l1_norm_is_the_largest_possible", Losses(sp.sqrt(m), m)),
        Mutant("mean_l1_five_percent_off", Losses(MEAN_L1 * sp.Rational(21, 20), MEAN_SQUARED_L1)),
        Mutant("squared_mean_for_mean_square", Losses(MEAN_L1, MEAN_L1**2)),
    ),
    reading=(
        "The text names no estimator. Here it is the interpolator of least l2 norm, θ(y) = Xᵀ(XXᵀ)⁻¹y, as in Lemma 1, "
        "near which gradient descent from 0 ends when ξ is not far below 1/d. For the minimiser of the linf training "
        "loss, see the other reading."
    ),
)  # fmt: skip
