r"""For $\xi > 0$ the surrogate loss $R^\infty_{L, \xi}(\theta, \epsilon)$ is twice continuously differentiable in every
$\theta$, also where coordinates are zero and where $s = 0$. It is not smooth: for $\epsilon > 0$ and $s > 0$ its third
derivative along a zero coordinate jumps there by $-96 \, \epsilon \, E[e^2 G]/\xi^2$, with the attacked residual
$G = |e| + \epsilon \sum_i 2|e| \theta_i^2/(2|e||\theta_i| + \xi)$ of size at least $|e|$. (The paper has none.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import montecarlo, sampled
from checks.probe import Probe
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.surrogate import surrogate_risk_gradient, surrogate_risk_hessian
from theory.validation import FloatArray

Field = Callable[[Problem], FloatArray]

eps, xi, t = sym.radius, sym.smoothing, sym.line_parameter
e, x, slope = (sp.Symbol(name, positive=True) for name in ("e", "x", "g"))
SHARE = slope / (slope + xi)
"""|g|/(|g| + ξ): how much of the worst entry the smoothed attack keeps where the loss has the slope g = 2eθᵢ."""

QUADRATURE = 1e-10
"""The relative error that `theory.surrogate` promises for its quadrature; the oracle's own is far below."""


@dataclass(frozen=True)
class Derivatives:
    """The gradient and the Hessian of the risk, and the share of the worst attack that the risk is defined with."""

    gradient: Field
    hessian: Field
    share: sp.Expr = SHARE


def gradient(case: Problem) -> FloatArray:
    """The gradient by the code that users call."""
    return surrogate_risk_gradient(case.coefficients, case.population, case.radius, case.smoothing, np.inf)


def hessian(case: Problem) -> FloatArray:
    """The Hessian by the code that users call."""
    return surrogate_risk_hessian(case.coefficients, case.population, case.radius, case.smoothing, np.inf)


FORMULA = Derivatives(gradient, hessian)


def differentiate_at_zero(formula: Derivatives, budget: Budget) -> Evidence:
    """One-sided derivatives of what one coordinate adds to |e|, |θᵢ| share(2|e||θᵢ|), at θᵢ = 0."""
    gain = x * formula.share.subs(slope, 2 * e * x)
    right = [sp.limit(sp.diff(gain, x, order), x, 0, "+") for order in range(4)]
    left = [(-1) ** order * value for order, value in enumerate(right)]  # the gain is even in θᵢ
    agree = [value.is_finite and sp.simplify(a - value) == 0 for a, value in zip(left, right, strict=True)]
    jump = right[3] - left[3]
    ok = all(agree[:3]) and sp.simplify(jump + 48 * e**2 / xi**2) == 0
    steps = tuple(
        Step(
            f"derivative {order} on the right and on the left",
            f"{sp.latex(a)} {'=' if same else chr(92) + 'ne'} {sp.latex(b)}",
            "SymPy",
        )
        for order, (a, b, same) in enumerate(zip(right, left, agree, strict=True))
    )
    first = next((order for order, same in enumerate(agree) if not same), 4)
    summary = (
        f"What a coordinate adds to |e|: its one-sided derivatives at 0 first differ at order {first}. The second is "
        "at most 4|e|/ξ, so the mean follows; its third derivative jumps by 2ε E[G · jump]."
    )
    outcome, counterexample = (Outcome.HOLDS, None) if ok else (Outcome.FAILS, f"order {first}")
    numbers = {"first order that jumps": float(first)}
    scope = "one coordinate at one residual"
    return Evidence(Kind.SYMBOLIC, outcome, scope, summary, numbers, counterexample, steps)


PANEL, WEIGHT = np.polynomial.legendre.leggauss(20)
EDGES = np.r_[12.0 * 2.0 ** -np.arange(60, 3, -1.0), np.linspace(1.5, 12.0, 15)]
"""Panels that double in width up to 1.5, then of width 3/4: the poles of the integrand lie at z <= 0, so that on each
panel 20 nodes leave about 5.8^-40 of it; below 1e-17 it weighs nothing, beyond 12 the density is below 1e-31."""

HALF = np.diff(EDGES)[:, None] / 2
NODES = (EDGES[:-1, None] + HALF * (1 + PANEL)).ravel()
WEIGHTS = (HALF * WEIGHT).ravel() * np.exp(-(NODES**2) / 2) * np.sqrt(2 / np.pi)


@lru_cache(maxsize=1)
def jet() -> Callable[..., Any]:
    """Value and two derivatives at t = 0 of one coordinate's gain, of (z, s, s', s'', σθᵢ, σuᵢ, ε, ξ), σ its sign."""
    first, second, third, size, turn, z = sp.symbols("s_0 s_1 s_2 x_0 x_1 z", real=True)
    moving, norm = z * (first + t * second + t**2 * third / 2), size + t * turn
    gain = eps * 2 * moving * norm**2 / (2 * moving * norm + xi)
    orders = [sp.simplify(gain.diff(t, order).subs(t, 0)) for order in range(3)]
    found: Callable[..., Any] = sp.lambdify((z, first, second, third, size, turn, eps, xi), orders, "numpy", cse=True)
    return found


def one_sided(case: Probe, direction: FloatArray) -> tuple[float, float]:
    """First and second derivative of the risk at t = 0+ along θ + tu, from the definition under the integral."""
    std, theta = moving_std(case, direction), case.coefficients
    sign = np.where(theta == 0, np.sign(direction), np.sign(theta))
    z = NODES[:, None]
    gains = jet()(z, *std, sign * theta, sign * direction, case.radius, case.smoothing)
    total = [
        s * NODES + np.sum(np.broadcast_to(g, (len(NODES), len(theta))), axis=1)
        for s, g in zip(std, gains, strict=True)
    ]
    value, first, second = total
    return float(WEIGHTS @ (2 * value * first)), float(WEIGHTS @ (2 * (first**2 + value * second)))


def moving_std(case: Probe, direction: FloatArray) -> tuple[float, float, float]:
    """s, s' and s'' at t = 0+; where s = 0 it grows as t ‖u‖_Σ."""
    sigma, error = case.population.covariance, case.coefficients - case.population.true_coefficients
    square, product = float(direction @ sigma @ direction), float(direction @ sigma @ error)
    std = float(np.sqrt(oracles.residual_variance(case.population, case.coefficients)))
    if std == 0:
        return 0.0, float(np.sqrt(square)), 0.0
    return std, product / std, (square - (product / std) ** 2) / std


def gap(formula: Derivatives, case: Probe) -> float:
    """How far uᵀ∇R and uᵀ∇²Ru are from the derivatives to the right and to the left, relative to the terms they sum."""
    u = case.direction
    first, second = u @ formula.gradient(case), u @ formula.hessian(case) @ u
    right, left = one_sided(case, u), one_sided(case, -u)
    values = case.scalars
    eigenvalues = np.linalg.eigvalsh(case.population.covariance)
    condition = eigenvalues[-1] / eigenvalues[0]
    std, push = values[sym.residual_std], values[sym.coefficient_norm_1] * case.radius
    # G is at most s(1 + gain) for z = 1, and its derivative multiplies that of s by no more than 1 + gain.
    most = float(2 * case.radius * (case.coefficients @ case.coefficients) / case.smoothing)
    gain = min(float(push / std), most) if std > 0 else most
    turn = np.sqrt(eigenvalues[-1] * (u @ u)) * (1 + gain) + 2 * case.radius * np.abs(u).sum()
    # The second derivative of a coordinate's gain is at most 4|e|/ξ; the loss multiplies it by G.
    bend = 4 * case.radius * std * (u @ u) / case.smoothing
    in_first = condition * 2 * std * (1 + gain) * turn + np.finfo(np.float64).tiny
    in_second = condition * 2 * (turn**2 + std * (1 + gain) * bend)
    worst_first = max(abs(first - right[0]), abs(first + left[0])) / in_first
    worst_second = max(abs(second - right[1]), abs(second - left[1])) / in_second
    return float(max(worst_first, worst_second))


@st.composite
def kinks(draw: domains.Draw) -> Probe:
    """Probes at and near zero coordinates and s = 0: d up to 4, invertible Σ, noise 0 or more, ξ from 1e-3 to 1e3."""
    noise = st.one_of(st.just(0.0), domains.numbers(0.05, 2.0))
    population = draw(domains.populations(4, domains.invertible_covariances, noise))
    away = draw(domains.vectors(population.d))
    theta = draw(st.sampled_from([population.true_coefficients, away, 1e-7 * away, 0 * away]))
    if population.noise_std == 0 and not np.array_equal(theta, population.true_coefficients):
        theta = population.true_coefficients + np.where(theta == 0, 0.5, theta)
    return Probe(
        population,
        theta,
        draw(domains.radii()),
        draw(domains.smoothings(1e-3, 1e3)),
        np.inf,
        draw(domains.nonzero_vectors(population.d)),
    )


SMOOTHING = 4.0  # of the order of the loss: for less, single pairs with a small residual dominate the mean
CONFIGURATIONS = (
    Probe(oracles.CONFIGURATIONS[1].population, np.array([0.0, 0.5]), 2.0, SMOOTHING, np.inf, np.array([1.0, 0.5])),
    Probe(oracles.CONFIGURATIONS[2].population, np.zeros(3), 0.5, SMOOTHING, np.inf, np.array([0.0, 1.0, -1.0])),
    Probe(oracles.CONFIGURATIONS[3].population, np.array([2.0]), 1.0, SMOOTHING, np.inf, np.ones(1)),
)


def pathwise(case: Probe, count: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Second derivatives along u of the losses of drawn pairs; e = 0 adds nothing to their mean, as G² is C² in e."""
    X, y = case.population.sample(count, rng)
    u, theta = case.direction, case.coefficients
    residual = X @ theta - y
    sign = np.where(theta == 0, np.sign(u), np.sign(theta))
    value, first, second = np.abs(residual), np.sign(residual) * (X @ u), np.zeros(count)
    columns = (value[:, None], first[:, None], second[:, None])
    gains = jet()(1.0, *columns, sign * theta, sign * u, case.radius, case.smoothing)
    value, first, second = (part + g.sum(axis=1) for part, g in zip((value, first, second), gains, strict=True))
    bends: montecarlo.Draws = 2 * (first**2 + value * second)
    return bends


STEP = 2.0**-12
"""Extrapolation from STEP and STEP/2 leaves O(STEP²) of the jump, and rounding 1e-11 of it: both far below STEP."""


def measure_jump(formula: Derivatives, budget: Budget) -> Evidence:
    """Extrapolated second differences of the Hessian across a zero coordinate against -96 ε E[e²G]/ξ²."""
    ratios = [jump_ratio(formula, case) for case in CONFIGURATIONS[:2]]
    worst = max(abs(ratio - 1) for ratio in ratios)
    return Evidence(
        Kind.SAMPLED,
        Outcome.HOLDS if worst <= STEP else Outcome.FAILS,
        "two populations, d = 2 and 3, at ξ = 4",
        "The jump of the third derivative along a zero coordinate, from the Hessian on both sides of it: off by "
        f"{worst:.2g} of itself; anything above {STEP:.2g} would have failed.",
        {"relative distance": worst, "tolerance": STEP},
        None if worst <= STEP else f"ratios of the measured to the stated jump: {ratios}",
    )


def jump_ratio(formula: Derivatives, case: Probe) -> float:
    """The measured over the stated jump along the first coordinate, which is zero."""
    std, sizes = moving_std(case, case.direction)[0], np.abs(case.coefficients)
    residual = std * NODES
    damped = 2 * residual[:, None] * sizes**2 / (2 * residual[:, None] * sizes + case.smoothing)
    mean = WEIGHTS @ (residual**2 * (residual + case.radius * damped.sum(axis=1)))
    axis = np.eye(len(sizes))[0]

    def entry(step: float) -> float:
        return float(formula.hessian(replace(case, coefficients=case.coefficients + step * axis))[0, 0])

    far, near = ((entry(h) - 2 * entry(0.0) + entry(-h)) / h for h in (STEP, STEP / 2))
    return float((2 * near - far) / (-96 * case.radius * mean / case.smoothing**2))


def l2_hessian(case: Problem) -> FloatArray:
    """The Hessian under the l2 attack, which is another function."""
    return surrogate_risk_hessian(case.coefficients, case.population, case.radius, case.smoothing, 2)


def without_zero_coordinates(case: Problem) -> FloatArray:
    """The Hessian with nothing from the attack on coordinates that are zero, as if they had none."""
    plain = surrogate_risk_hessian(case.coefficients, case.population, 0.0, case.smoothing, np.inf)
    zero = case.coefficients == 0
    return np.where(zero[:, None] & zero, plain, hessian(case))


def changed(gradient_: Field = gradient, hessian_: Field = hessian, share: sp.Expr = SHARE) -> Derivatives:
    """The claim with one of its parts replaced."""
    return Derivatives(gradient_, hessian_, share)


CLAIM = Claim(
    id="xing2021.linf_surrogate_is_twice_differentiable",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("one_coordinate", Kind.SYMBOLIC, differentiate_at_zero),
        sampled.search(
            "both_sides",
            kinks(),
            gap,
            QUADRATURE,
            "Gradient and Hessian along a direction against one-sided derivatives of the definition under the integral",
            scope="d up to 4, invertible Σ, σ = 0 or more, zero coordinates, ξ from 1e-3 to 1e3",
        ),
        Check("jump_of_the_third_derivative", Kind.SAMPLED, measure_jump),
        montecarlo.means(
            "simulation",
            CONFIGURATIONS,
            pathwise,
            lambda formula, case: float(case.direction @ formula.hessian(case) @ case.direction),
            0.2,
            "Differentiating each drawn pair's loss twice",
            scope="three populations, two of them with zero coordinates",
        ),
    ),
    mutants=(
        Mutant("zero_coordinates_left_out", changed(hessian_=without_zero_coordinates)),
        Mutant("hessian_of_the_l2_attack", changed(hessian_=l2_hessian)),
        Mutant("hessian_one_percent_off", changed(hessian_=lambda case: 1.01 * hessian(case))),
        Mutant("gradient_one_percent_off", changed(gradient_=lambda case: 1.01 * gradient(case))),
        Mutant("no_smoothing", changed(share=sp.S.One)),
        Mutant("square_root_of_the_share", changed(share=sp.sqrt(SHARE))),
        Mutant("share_of_the_l2_attack", changed(share=slope / sp.sqrt(slope**2 + xi**2))),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)
