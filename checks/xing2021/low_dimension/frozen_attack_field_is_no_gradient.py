r"""The paper has no such statement. For $d \ge 2$, $\xi > 0$, $\epsilon > 0$ and $\Sigma \theta_0 \neq 0$ the expected
update $F = \alpha \Sigma (\theta - \theta_0) + \beta \theta$ with the smoothed attack held fixed is not the gradient of
any function: with $s^2 = \mathbb{E} (\theta^\top x - y)^2$, $n = \|\theta\|$ and $k = \xi / (2 s n)$,
$\partial \alpha / \partial n^2 - \partial \beta / \partial s^2 = \epsilon^2 k H'(k) / s^2 < 0$, so that its Jacobian is
not symmetric wherever $\theta$ and $\Sigma (\theta - \theta_0)$ are linearly independent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import encloser
from checks.evidence import sampled, symbolic
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.frozen_update import eps, n, pull, s, xi
from theory import notation as sym
from theory.derivations.derivation import Derivation, Step
from theory.derivations.frozen import frozen_field_curl
from theory.population import LinearGaussian
from theory.surrogate import SQUARE_MOMENT, frozen_attack_field, surrogate_risk_gradient
from theory.validation import FloatArray

k = sym.shape
INVERSE, REMAINDER = sp.symbols("h t", positive=True)
MOST_PARTS = 4000
ANGLES, RINGS = 32, 12  # all is analytic on a disc four times as large: the rules err by 4^-32 and 13^-24 or less
TOLERANCE = 256 * EPS  # a field of about ten roundings, times the condition of s, which the strategy keeps below 20

Batch = Callable[[FloatArray, Problem], FloatArray]


@dataclass(frozen=True)
class Curl:
    """∂α/∂n² - ∂β/∂s² of the field over the coefficients that `field(thetas, case)` evaluates, shape (..., d)."""

    expression: sp.Expr
    field: Batch

    @property
    def in_shape(self) -> sp.Expr:
        """The curl over k where ε = s = n = 1; the published one is that times ε² k/s²."""
        return sp.expand(sp.simplify(self.expression.subs(xi, 2 * s * n * k).subs({eps: 1, s: 1, n: 1}) / k))

    @property
    def latex(self) -> str:
        """The curl as LaTeX."""
        left = r"\frac{\partial \alpha}{\partial n^2} - \frac{\partial \beta}{\partial s^2}"
        return f"{left} = {sp.latex(self.expression)}"


def frozen(thetas: FloatArray, case: Problem) -> FloatArray:
    """The expected update with the attack held fixed."""
    return frozen_attack_field(thetas, case.population, case.radius, case.smoothing)


def exact(thetas: FloatArray, case: Problem) -> FloatArray:
    """The gradient of the surrogate risk."""
    return surrogate_risk_gradient(thetas, case.population, case.radius, case.smoothing)


@cache
def curl_in_closed_form() -> Derivation:
    """The derivation of the curl, with its positive form evaluated: every step, the sign included, must be decided."""
    chain = frozen_field_curl()
    signed = chain.steps[-1]
    back = Step("evaluate that form again", signed.right, signed.left, signed.method)
    return Derivation(chain.definition, (*chain.steps, back), chain.scope, chain.lemmas)


def stated(formula: Curl) -> sp.Expr:
    """The curl as a function of S = s² and N = n²."""
    return formula.expression.subs({s: sp.sqrt(sym.residual_variance), n: sp.sqrt(sym.coefficient_square)})


def certify_sign(formula: Curl, budget: Budget) -> Evidence:
    """Show that the curl is negative for every k, by subdividing (0, 4] and h = 1/k in (0, 1/4].

    For k >= 4, e^{k²/2} erfc(k/√2) = √(2/π) h (1 - h² + 3h⁴ - 15 t h⁶) with a t in [0, 1], as the remainder of this
    series is smaller than the first term left out and has its sign (DLMF 7.12.1).
    """
    near, tail = formula.in_shape, in_inverse_shape(formula.in_shape)
    positive = [at for at in (0.125, 0.5, 1.0, 2.0, 4.0) if not encloser(near)({k: arb(at)}) < 0]
    parts = [] if positive else [_negative_parts(near, k, 4.0), _negative_parts(tail, INVERSE, 0.25)]
    decided = bool(parts) and min(parts) > 0
    outcome = Outcome.FAILS if positive else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "the sign, for every k > 0",
        f"The curl is not negative at k = {positive}."
        if positive
        else f"The curl is certainly negative on each of {sum(parts)} intervals that cover all k > 0.",
        {"intervals": float(sum(parts))},
        f"k = {positive[0]}" if positive else None,
    )


def in_inverse_shape(curl: sp.Expr) -> sp.Expr:
    """The curl as a function of h = 1/k in (0, 1/4] and of t in [0, 1], over the power of h that it starts with."""
    h = INVERSE
    series = sp.sqrt(2 / sp.pi) * h * (1 - h**2 + 3 * h**4 - 15 * REMAINDER * h**6)
    value = sp.expand(curl.replace(sp.erfc, lambda x: series * sp.exp(-(x**2))).subs(k, 1 / h))
    powers = [sp.degree(term * h**20, h) - 20 for term in sp.Add.make_args(value)]
    return sp.expand(value / h ** min(powers))


def _negative_parts(expression: sp.Expr, symbol: sp.Symbol, end: float) -> int:
    """The number of intervals with negative enclosures into which (0, end] was cut; 0 if too many are needed."""
    evaluate, waiting, parts = encloser(expression), [(0.0, end)], 0
    while waiting and len(waiting) + parts < MOST_PARTS:
        low, high = waiting.pop()
        ball = arb((low + high) / 2, (high - low) / 2)
        if evaluate({symbol: ball, REMAINDER: arb(0.5, 0.5)}) < 0:
            parts += 1
        else:
            waiting += [(low, (low + high) / 2), ((low + high) / 2, high)]
    return 0 if waiting else parts


@st.composite
def problems(draw: domains.Draw) -> Problem:
    """d = 2 to 4 and Σ(θ - θ₀) = cθ + (a vector of length 1/2 to 2 across θ), so that θ₀ follows."""
    d = draw(st.integers(2, 4))
    covariance, theta, axis = (
        draw(domains.invertible_covariances(d)),
        draw(domains.nonzero_vectors(d)),
        draw(st.integers(0, d - 1)),
    )
    unit = theta / oracles.l2(theta)
    across = max((row - row @ unit * unit for row in np.roll(np.eye(d), axis, axis=0)[:2]), key=oracles.l2)
    pull = draw(domains.numbers(0.5, 2.0)) * across / oracles.l2(across) + draw(domains.numbers(-1.0, 1.0)) * theta
    population = LinearGaussian(theta - np.linalg.solve(covariance, pull), covariance, draw(domains.numbers(0.25, 2.0)))
    size = oracles.residual_variance(population, theta) ** 0.5 * oracles.l2(theta)
    return Problem(population, theta, draw(domains.radii(0.125)), 2 * size * draw(domains.smoothings(0.03, 10.0)))


def circulation_gap(formula: Curl, case: Problem) -> float:
    """The circulation of the field around a circle less the integral of its curl over the disc, over their sizes.

    Up to a symmetric part the Jacobian of F is 2 (∂α/∂n² - ∂β/∂s²) p θᵀ with p = Σ(θ - θ₀); so Green's theorem.
    """
    u, w = _plane(case)
    angle, radius = 2 * np.pi * np.arange(ANGLES)[:, None] / ANGLES, _disc_radius(case)
    circle, tangent = np.cos(angle) * u + np.sin(angle) * w, np.cos(angle) * w - np.sin(angle) * u
    field = formula.field(case.coefficients + radius * circle, case)
    nodes, weights = np.polynomial.legendre.leggauss(RINGS)
    rings = radius * (nodes + 1) / 2
    inside = case.coefficients + rings[:, None, None] * circle
    p = (inside - case.population.true_coefficients) @ case.population.covariance
    area = (inside @ u) * (p @ w) - (inside @ w) * (p @ u)
    mean = (2 * _values(formula.expression, inside, case) * area).mean(axis=1)
    surface = 2 * np.pi * float(mean @ (rings * weights * radius / 2))
    around = 2 * np.pi * radius * float((field * tangent).sum(axis=1).mean())
    return abs(around - surface) / (2 * np.pi * radius * float(np.sqrt((field**2).sum(axis=1)).mean()))


def _values(curl: sp.Expr, thetas: FloatArray, case: Problem) -> FloatArray:
    """The curl at an array of coefficients, in ball arithmetic."""
    evaluate, known = encloser(curl), {eps: arb(case.radius), xi: arb(case.smoothing)}
    with ctx.workprec(128):
        found = [
            float(
                evaluate(
                    {**known, s: arb(oracles.residual_variance(case.population, row)).sqrt(), n: arb(oracles.l2(row))}
                ).mid()
            )
            for row in thetas.reshape(-1, thetas.shape[-1])
        ]
    return np.array(found).reshape(thetas.shape[:-1])


def _plane(case: Problem) -> tuple[FloatArray, FloatArray]:
    """Orthonormal vectors that span θ and Σ(θ - θ₀)."""
    (u, w) = np.linalg.qr(np.stack([case.coefficients, pull(case)], axis=1))[0].T
    return u, w


def _disc_radius(case: Problem) -> float:
    """A quarter of the distance to where θ = 0 or, at the nearest, s = 0, for complex coefficients too.

    A step of length r changes s² by at most 2 ‖Σ(θ - θ₀)‖ r + λ r², λ the largest eigenvalue of Σ.
    """
    slope, largest = oracles.l2(pull(case)), float(np.linalg.eigvalsh(case.population.covariance)[-1])
    variance = oracles.residual_variance(case.population, case.coefficients)
    nearest = variance / (slope + np.sqrt(slope**2 + largest * variance))
    return float(min(oracles.l2(case.coefficients), nearest)) / 4


CURL = sp.simplify(eps**2 * k * sp.diff(SQUARE_MOMENT, k) / s**2).subs(k, xi / (2 * s * n))
FORMULA = Curl(CURL, frozen)

CLAIM = Claim(
    id="xing2021.frozen_attack_field_is_no_gradient",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation("derivation", curl_in_closed_form, stated, "Differentiating the coefficients of the field"),
        Check("sign", Kind.CERTIFIED, certify_sign),
        sampled.search(
            "circulation", problems(), circulation_gap, TOLERANCE,
            "The circulation of the field around a circle against the integral of its curl over the disc",
            scope="d = 2 to 4, Σ invertible, σ > 0",
        ),
    ),
    mutants=(
        Mutant("a_gradient", Curl(0 * s, frozen)),
        Mutant("gradient_of_the_surrogate_risk", Curl(CURL, exact)),
        Mutant("sign_reversed", Curl(-CURL, frozen)),
        Mutant("five_percent_off", Curl(CURL * 105 / 100, frozen)),
        Mutant("over_the_other_square", Curl(CURL * s**2 / n**2, frozen)),
    ),
    assumptions=(
        Assumption("more than one coordinate", r"$d \ge 2$", lambda case: case.population.d >= 2),
        Assumption(
            "a smoothed attack on a signal", r"$\epsilon > 0$, $\xi > 0$, $\Sigma \theta_0 \neq 0$",
            lambda case: case.radius > 0 and case.smoothing > 0 and case.scalars[sym.signal_size] > 0,
        ),
    ),
    uses=("xing2021.frozen_attack_field_has_closed_form",),
)  # fmt: skip
