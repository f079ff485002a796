r"""At the stopping time of Theorem 5, training has only just begun to interpolate: with $\Sigma = I$,
$\log n\,\hat{R}_{L,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 1$. At finite size, for Gaussian residuals of the
size $s$ at which training stops, $s^2 = \frac{v^2}{\log n}(1 - \frac{2\eta d}{n})$ as the last step overshoots the
level by half a step on average, and $N = (1 - \frac{1}{4n} - \frac{1}{\sqrt{\log n}})\sqrt{\|\theta_0\|^2 n/d +
\sigma^2 n/(d-n-1)}$, it is $\hat{R}_{L,\xi} \approx s^2 + 2\epsilon c_0 N s + \epsilon^2 N^2$ for $\xi \rightarrow 0$,
with $c_0 = \sqrt{2/\pi}$. (The paper has none; it says that the loss tends to 0, not how slowly.)
"""

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trend
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import SWEEP, Setting, train
from theory import notation as sym
from theory.early_stopping import STOPPED_NORM, STOPPED_TRAINING_STD
from theory.risk import RISK
from theory.validation import FloatArray

n, d, eta, total = sym.sample_size, sym.dimension, sym.step_size, sym.true_size**2 + sym.noise_std**2
LOSS = Formula(
    RISK.subs({sym.residual_std: STOPPED_TRAINING_STD, sym.coefficient_norm: STOPPED_NORM}) / total,
    r"\hat{R}_{L,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2",
    lambda point: point.theory.training_loss(point.radius, point.smoothing) / _total(point),
)


def _total(point: Setting) -> float:
    return point.true_size**2 + point.noise_std**2


def limit(formula: Formula, budget: Budget) -> Evidence:
    """The limit of log n times the loss along d = n (log n)²/w², where (log n)√(n/d) is w, and ηd = h; 1/n is u.

    Every term in u is a power of it times powers of log n: u = 0 may be put first, where the expression is continuous.
    """
    logarithm, w, step, u = sp.symbols("ell w h u", positive=True)
    product = logarithm * formula.expression.subs(eta, step / d)
    product = product.subs(sp.log(n), logarithm).subs(d, n * logarithm**2 / w**2).subs(n, 1 / u)
    found = sp.limit(product.replace(_is_inverse_sum, lambda x: 1 / sp.factor(x.base)).subs(u, 0), logarithm, sp.oo)
    text = f"the limit of log n times the stated loss over v² is {found}"
    return Evidence(
        Kind.SYMBOLIC,
        Outcome.HOLDS if sp.simplify(found - 1) == 0 else Outcome.FAILS,
        "the closed form, (log n)√(n/d) bounded",
        f"With SymPy, {text}.",
        {},
        text if sp.simplify(found - 1) != 0 else None,
    )


def _is_inverse_sum(expression: sp.Expr) -> bool:
    return isinstance(expression, sp.Pow) and expression.exp == -1 and expression.base.is_Add


def losses(point: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """log n times the surrogate training loss at T over v², for every data set."""
    losses: FloatArray = train(point, replicates, rng).training_loss / _total(point) * np.log(point.n)
    return losses


def allowed(formula: Formula, point: Setting) -> tuple[float, float]:
    """The stated value, up to a relative error of what it leaves out, 1/n + n/d."""
    expected = formula(point) * np.log(point.n)
    return expected * (1 - point.remainder), expected * (1 + point.remainder)


s, N, share = sym.residual_std, sym.coefficient_norm, sp.sqrt(n / (d - n - 1))

CLAIM = Claim(
    id="xing2021.stopped_training_loss_is_logarithmic",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    ours=True,
    formula=LOSS,
    checks=(
        Check("limit", Kind.SYMBOLIC, limit),
        trend.bounds(
            "sweep",
            SWEEP,
            losses,
            allowed,
            "The mean of log n times the surrogate loss at T over v²",
            scope="Σ = I, ε = 0.5, ξ = 1e-12; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("five_percent_high", LOSS.mutate(LOSS.expression * 105 / 100)),
        Mutant("level_without_the_root", LOSS.mutate(LOSS.expression / sp.log(n))),
        Mutant("attack_left_out", LOSS.mutate(STOPPED_TRAINING_STD**2 / total)),
        Mutant(
            "interpolated_already", LOSS.mutate(RISK.subs({s: STOPPED_TRAINING_STD, N: sp.sqrt(total) * share}) / total)
        ),
    ),
)
