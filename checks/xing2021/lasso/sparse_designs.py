"""The LASSO on Gaussian designs of many columns, which are drawn only as far as the minimiser looks at them.

Given the responses and the columns seen so far, every other column is independent of them. A minimiser over the columns
seen is the minimiser over all as soon as no other column's product with the multipliers exceeds λ; so only these
products are drawn, and then the few columns whose product does. The law of the minimiser is that on the whole design.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from checks.evidence.sampled import EPS
from models.linear.minimizer import adversarial_minimizer
from theory.lasso import penalised_optimum
from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian, risk_of
from theory.sampling import sampling_excess
from theory.schedules import lasso_penalty
from theory.validation import FloatArray

NOISE_STD = RADIUS = 0.5
GAP = 1e-9  # relative duality gap of every minimiser; coefficients are then off by its root at most, 3e-5


@dataclass(frozen=True)
class Setting:
    """n samples of d covariates, Σ = I, σ = ε = 1/2, and ‖θ₀‖₂ = 1 with nonzero entries in the ratios `signal`.

    The penalty is λ = c v sqrt(s log d/n) with s = `penalised`, the number of nonzero entries unless said otherwise.
    """

    n: int
    d: int
    signal: tuple[float, ...]
    constant: float = 1.0
    penalised: int | None = None

    def __str__(self) -> str:
        """The setting in one line."""
        return f"n={self.n}, d={self.d}, s={self.s}, signal={set(self.signal)}, l1={self.l1!r}"

    @property
    def s(self) -> int:
        """Number of nonzero entries of θ₀."""
        return len(self.signal)

    @cached_property
    def population(self) -> LinearGaussian:
        """The active covariates and the response: the others are noise to them."""
        return active_population(self.signal)

    @cached_property
    def l1(self) -> float:
        """λ."""
        s = self.s if self.penalised is None else self.penalised
        return lasso_penalty(self.population.total_std, self.n, self.d, s, self.constant)

    @cached_property
    def predicted(self) -> FloatArray:
        """θ_λ, the minimiser of the penalised population risk, on the active covariates."""
        return penalised_optimum(self.population, RADIUS, self.l1)

    @property
    def predicted_excess(self) -> float:
        """(R_L(θ_λ) - R*)/v², and the leading term of what sampling adds on the support."""
        optimum = unpenalised_optimum(self.signal)
        excess = adversarial_risk(self.predicted, self.population, RADIUS) - optimum.risk
        noise = sampling_excess(self.predicted, self.population, RADIUS, self.n) if self.predicted.any() else 0.0
        return float(excess + noise) / self.population.total_std**2

    @property
    def predicted_shift(self) -> float:
        """‖θ_λ - θ*‖₁/λ."""
        return float(np.abs(self.predicted - unpenalised_optimum(self.signal).coefficients).sum()) / self.l1


@dataclass(frozen=True, eq=False)
class Optimum:
    """θ* on the active covariates, and R*."""

    coefficients: FloatArray
    risk: float


@lru_cache(maxsize=64)
def active_population(signal: tuple[float, ...]) -> LinearGaussian:
    """Σ = I, σ = 1/2 and θ₀ of length 1 along `signal`."""
    entries = np.array(signal)
    return LinearGaussian(entries / np.sqrt(entries @ entries), np.eye(len(entries)), NOISE_STD)


@lru_cache(maxsize=64)
def unpenalised_optimum(signal: tuple[float, ...]) -> Optimum:
    """The robust optimum of the active covariates."""
    population = active_population(signal)
    found = penalised_optimum(population, RADIUS, 0.0)
    return Optimum(found, float(adversarial_risk(found, population, RADIUS)))


@dataclass(eq=False)
class Columns:
    """The columns seen, X (n, k), and for the others their coordinates along the multipliers tried so far."""

    X: FloatArray
    unseen: FloatArray
    axes: FloatArray

    def products(self, multipliers: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Xᵀα of the unseen columns: normal given their coordinates along the axes, which get one more."""
        along = self.axes.T @ multipliers
        rest = multipliers - self.axes @ along
        again = self.axes.T @ rest  # once more, so that rounding leaves nothing along the axes
        rest, along = rest - self.axes @ again, along + again
        length = np.sqrt(rest @ rest)
        if length > len(rest) * EPS * np.sqrt(multipliers @ multipliers):
            self.axes = np.c_[self.axes, rest / length]
            self.unseen = np.c_[self.unseen, rng.standard_normal(len(self.unseen))]
            along = np.r_[along, length]
        products: FloatArray = self.unseen @ along
        return products

    def reveal(self, chosen: NDArray[np.bool_], rng: np.random.Generator) -> None:
        """Draw the `chosen` unseen columns from their law given their coordinates, and move them to X."""
        free = rng.standard_normal((len(self.axes), int(chosen.sum())))
        drawn = self.axes @ self.unseen[chosen].T + free - self.axes @ (self.axes.T @ free)
        self.X, self.unseen = np.c_[self.X, drawn], self.unseen[~chosen]


def draw_minimizer(setting: Setting, rng: np.random.Generator) -> tuple[FloatArray, Columns, FloatArray]:
    """Draw a sample; return its LASSO minimiser on the columns seen (the active ones first), the columns, and y."""
    theta, columns, y, alpha = draw_multipliers(setting, rng)
    while (chosen := np.abs(columns.products(alpha, rng)) > setting.l1).any():
        columns.reveal(chosen, rng)
        theta = _minimised(columns.X, y, setting.l1)
        alpha = multipliers(columns.X, y, theta, setting.l1)
    return theta, columns, y


def draw_multipliers(setting: Setting, rng: np.random.Generator) -> tuple[FloatArray, Columns, FloatArray, FloatArray]:
    """Draw the active columns and y; return the minimiser over them, the columns, y, and the multipliers."""
    n, truth = setting.n, setting.population.true_coefficients
    columns = Columns(rng.standard_normal((n, setting.s)), np.empty((setting.d - setting.s, 0)), np.empty((n, 0)))
    y = columns.X @ truth + NOISE_STD * rng.standard_normal(n)
    theta = _minimised(columns.X, y, setting.l1)
    return theta, columns, y, multipliers(columns.X, y, theta, setting.l1)


def _minimised(X: FloatArray, y: FloatArray, l1: float) -> FloatArray:
    found = adversarial_minimizer(X, y, RADIUS, l1=l1, tol=GAP)
    if not found.converged:
        raise ArithmeticError(f"minimiser must have a relative gap of {GAP}, got {found.gap}")
    return found.coefficients


def multipliers(X: FloatArray, y: FloatArray, theta: FloatArray, l1: float) -> FloatArray:
    """α with Xᵀα in the subdifferential of β‖θ‖₂ + λ‖θ‖₁ at the minimiser: 2(|r| + ε‖θ‖) sign(r)/n where r != 0.

    Where r is 0 they solve the equations of the nonzero coefficients. At θ = 0 they are 2y/n: a column that is within
    λ there leaves 0 optimal if it was.
    """
    n, size, active = len(y), np.sqrt(theta @ theta), theta != 0
    residual = y - X @ theta
    attacked = 2 / n * (np.abs(residual) + RADIUS * size)
    zero = np.abs(residual) <= np.sqrt(EPS) * np.abs(y).max()  # n sqrt(EPS) residuals are that small by chance
    alpha = np.where(zero, 0.0, attacked * np.sign(residual))
    if active.any() and zero.any():
        goal = RADIUS * attacked.sum() * theta[active] / size + l1 * np.sign(theta[active])
        alpha[zero] = np.linalg.lstsq(X[zero][:, active].T, goal - X[:, active].T @ alpha, rcond=None)[0]
    return alpha


@dataclass(frozen=True, eq=False)
class Draws:
    """One number a replicate: (R_L(θ̂) - R*)/v² and ‖θ̂ - θ*‖₁/λ, less what the sample is known to add to them.

    That part is linear in the sample for the second, and linear and quadratic for the first; its mean is exactly 0.
    Subtracting it leaves the mean as it is and removes most of the spread. `known_excess` and `known_shift` are it.
    """

    excess: FloatArray
    shift: FloatArray
    known_excess: FloatArray
    known_shift: FloatArray


def draw(setting: Setting, replicates: int, rng: np.random.Generator) -> Draws:
    """`replicates` samples of `setting` and their minimisers."""
    rows = np.array([_measure(setting, *draw_minimizer(setting, rng)) for _ in range(replicates)])
    return Draws(*rows.T)


def _measure(setting: Setting, theta: FloatArray, columns: Columns, y: FloatArray) -> tuple[float, ...]:
    population, optimum, s = setting.population, unpenalised_optimum(setting.signal), setting.s
    shift = np.abs(theta[:s] - optimum.coefficients).sum() + np.abs(theta[s:]).sum()
    excess = isotropic_risk(theta, np.r_[population.true_coefficients, np.zeros(len(theta) - s)]) - optimum.risk
    known_excess, known_shift = known_parts(setting, columns.X[:, :s], y)
    return excess / population.total_std**2 - known_excess, shift / setting.l1 - known_shift, known_excess, known_shift


def isotropic_risk(coefficients: FloatArray, truth: FloatArray) -> float:
    """R_L for Σ = I, without a matrix of d columns."""
    error = np.hypot(lp_norm(coefficients - truth, 2.0), NOISE_STD)
    return float(risk_of(error, RADIUS * lp_norm(coefficients, 2.0)))


def known_parts(setting: Setting, X: FloatArray, y: FloatArray) -> tuple[float, float]:
    """What the sample adds to the excess and to the shift to leading order, of mean 0: equal entries.

    θ̂ - θ_λ is to first order δ = -H⁻¹(∇R̂ - ∇R), with mean 0 and E δᵀHδ = tr(H⁻¹C)/n: the excess gains ∇Rᵀδ and
    δᵀHδ/2, less tr(H⁻¹C)/(2n), and the shift -sign(θ_λ)ᵀδ/λ. Nothing where θ_λ = 0.
    """
    theta, population = setting.predicted, setting.population
    if not theta.any():
        return 0.0, 0.0
    residual, size = X @ theta - y, np.sqrt(theta @ theta)
    attacked = 2 * (np.abs(residual) + RADIUS * size)
    gradient = (attacked * np.sign(residual)) @ X / len(y) + RADIUS * attacked.mean() * theta / size
    slope, hessian = (f(theta, population, RADIUS) for f in (adversarial_risk_gradient, adversarial_risk_hessian))
    moved = -np.linalg.solve(hessian, gradient - slope)
    square = moved @ hessian @ moved / 2 - sampling_excess(theta, population, RADIUS, setting.n)
    return float(slope @ moved + square) / population.total_std**2, float(-np.sign(theta) @ moved) / setting.l1
