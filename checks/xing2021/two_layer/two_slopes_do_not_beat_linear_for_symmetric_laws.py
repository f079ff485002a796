r"""When $(x, y)$ and $(-x, -y)$ have one law, as under model (4), no function $f_{p,q}(x) = (p^\top x)_+ -
(-q^\top x)_+$, which is what a ReLU network trained from zero is, beats the linear ones:
$R(f_{p,q}, \epsilon) \geq R(m^\top x, \epsilon) \geq R^*$ with $m = (p + q)/2$. For $f_{p,q}(-x) = -f_{q,p}(x)$ gives
$f_{p,q}$ and $f_{q,p}$ the same risk, their mean is $m^\top x$, and the largest loss over a ball is convex in the
function. More exactly, $R(f_{p,q}, \epsilon) - R(m^\top x, \epsilon) \geq E(|p^\top \tilde{x}| -
|q^\top \tilde{x}|)^2/4$, with $\tilde{x}$ the input attacked against $m^\top x$; without attack both are equal. (The
paper leaves out why Theorem 4 has the $R^*$ of linear functions.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.special import ndtr

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic
from checks.evidence.sampled import EPS
from checks.xing2021 import PAPER
from models.two_layer import two_slope_range
from models.two_layer.ranges import expected_worst_loss
from theory.derivations.two_slopes import loss_of_two_slopes
from theory.norms import dual_perturbation
from theory.notation import product_above as a
from theory.notation import product_below as b
from theory.validation import FloatArray


@dataclass(frozen=True)
class Loss:
    """What two slopes lose at an attacked input at least, and whether x has a symmetric law."""

    expression: sp.Expr
    symmetric: bool = True

    @property
    def latex(self) -> str:
        """The loss at one input, with a_p and a_q for pᵀx̃ and qᵀx̃."""
        return str(sp.latex(self.expression))


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes p, q and θ₀ (d,), points X (k, d) with their masses, σ and ε."""

    p: FloatArray
    q: FloatArray
    truth: FloatArray
    X: FloatArray
    masses: FloatArray
    noise_std: float
    radius: float

    def __str__(self) -> str:
        """The case with every digit."""
        parts = {"p": self.p, "q": self.q, "θ₀": self.truth, "X": self.X, "masses": self.masses}
        arrays = ", ".join(f"{name}={value.tolist()}" for name, value in parts.items())
        return f"{arrays}, σ={self.noise_std!r}, ε={self.radius!r}"


ROUNDING = 64 * EPS
"""Of the risks: sums of squares over at most eight points, of ranges exact to a few EPS; masses sum to 1 to 4 EPS."""


@lru_cache(maxsize=16)
def numeric(expression: sp.Expr) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """The expression as a function of arrays pᵀx and qᵀx."""
    function: Callable[[FloatArray, FloatArray], FloatArray] = sp.lambdify((a, b), expression, "numpy")
    return function


@st.composite
def slopes(draw: domains.Draw) -> Slopes:
    """Laws on up to four points in up to three dimensions, slopes that are equal, opposite, zero or any, all attacks.

    Entries are Gaussian, so that no ball only just touches a slope's edge.
    """
    d, count = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    p, other, truth = rng.standard_normal((3, d))
    q = draw(st.sampled_from([other, p, -p, 0 * p, 2 * p, 0.9 * p + 0.1 * other]))
    masses = rng.dirichlet(np.ones(count)) if draw(st.booleans()) else np.full(count, 1 / count)
    noise_std, radius = draw(st.sampled_from([0.05, 0.5, 2.0])), draw(st.sampled_from([0.0, 0.05, 0.5, 2.0]))
    return Slopes(p, q, truth, rng.standard_normal((count, d)), masses, noise_std, radius)


def shortfall(formula: Loss, case: Slopes) -> float:
    """By how much R(f_{p,q}) - R(mᵀx) is below the mean of the claimed loss at x̃, over the larger risk."""
    X, masses = case.X, case.masses
    if formula.symmetric:
        X, masses = np.concatenate([X, -X]), np.concatenate([masses, masses]) / 2
    middle, signal = (case.p + case.q) / 2, X @ case.truth
    ends = two_slope_range(X, case.p, case.q, case.radius)
    two = float(masses @ expected_worst_loss(ends.low, ends.high, signal, case.noise_std))
    reach = case.radius * float(np.sqrt(middle @ middle))
    one = float(masses @ expected_worst_loss(X @ middle - reach, X @ middle + reach, signal, case.noise_std))
    above = ndtr((X @ middle - signal) / case.noise_std)
    shift = dual_perturbation(middle, 2, case.radius)
    loss = numeric(formula.expression)
    moved = [(weight, X + sign * shift) for sign, weight in ((1, above), (-1, 1 - above))]
    least = sum(float((masses * weight) @ loss(at @ case.p, at @ case.q)) for weight, at in moved)
    return (least - (two - one)) / max(two, one)


LOSS = (sp.Abs(a) - sp.Abs(b)) ** 2 / 4

CLAIM: Claim[Loss] = Claim(
    id="xing2021.two_slopes_do_not_beat_linear_for_symmetric_laws",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    ours=True,
    formula=Loss(LOSS),
    checks=(
        symbolic.derivation(
            "derivation", loss_of_two_slopes, lambda f: f.expression,
            "The mean loss of f_{p,q} and its mirror image at one input, less that of the linear function between",
        ),
        sampled.search(
            "finite_laws", slopes(), shortfall, ROUNDING,
            "What the risk of two slopes falls below that of their mean and the claimed loss",
            scope="symmetric laws on up to eight points, d = 1 to 3",
        ),
    ),
    mutants=(
        Mutant("five_percent_more", Loss(LOSS * 105 / 100)),
        Mutant("parallelogram_law_without_halves", Loss(2 * LOSS)),
        Mutant("asymmetric_law", Loss(LOSS, symmetric=False)),
        Mutant("squares_not_sizes", Loss((a**2 - b**2) ** 2 / 4)),
    ),
)  # fmt: skip
