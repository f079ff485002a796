r"""Without attack, $\epsilon = 0$, the training that Theorem 5 compares with is linear: given $\mathbf{X}$, the
residual of Algorithm 1 from zero is $\mathbf{X}\theta^{(t)} - \mathbf{y} = -(I -
\frac{2\eta}{n}\mathbf{X}\mathbf{X}^\top)^t
\mathbf{y}$, as its loss is a mean over samples, so the loss at every step and the stopping time $T$ are exact functions
of the eigenvalues of $\mathbf{X}\mathbf{X}^\top$ and the coordinates of $\mathbf{y}$. (The paper has none; its proof
rests on the comparison.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Sample, samples
from theory import notation as sym
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.early_stopping import linear_residuals
from theory.validation import FloatArray

STEPS = 60
n, eta, lam = sym.sample_size, sym.step_size, sym.gram_eigenvalue


@dataclass(frozen=True)
class Path:
    """What one step multiplies a residual by, along an eigenvector; RMS residuals after given steps by users' code.

    A mutant has no implementation: its residuals come from its multiplier.
    """

    multiplier: sp.Expr
    implementation: Callable[[Sample, FloatArray], FloatArray] | None = None

    def residuals(self, case: Sample, times: FloatArray) -> FloatArray:
        """RMS residual after each of `times` steps."""
        if self.implementation is not None:
            return self.implementation(case, times)
        values, along = case.spectrum
        kept = sp.lambdify((n, eta, lam), self.multiplier)(case.n, case.step_size(THEOREM_5), values)
        path: FloatArray = np.sqrt(np.mean((kept ** times[:, None] * along) ** 2, axis=1))
        return path

    @property
    def latex(self) -> str:
        """The multiplier as LaTeX."""
        return rf"1 - \frac{{2\eta\lambda}}{{n}} = {sp.latex(self.multiplier)}"


LINEAR = Path(1 - 2 * eta * lam / n, lambda case, times: linear_residuals(*case.data, case.step_size(THEOREM_5), times))


def one_step(formula: Path, budget: Budget) -> Evidence:
    """The residual r = √λ c - z along a singular vector after a step of c against the mean loss's slope in c."""
    c, z = sp.symbols("c z", real=True)
    residual = sp.sqrt(lam) * c - z
    loss = residual**2 / n
    after = residual.subs(c, c - eta * sp.Derivative(loss, c))
    step = Equality("one step along a singular vector", after, formula.multiplier * residual, _evaluate)
    holds = decide(step) == "decided"
    left, right = (sp.latex(side, order="none") for side in (step.left, step.right))
    return Evidence(
        Kind.SYMBOLIC,
        Outcome.HOLDS if holds else Outcome.FAILS,
        "along each singular vector of X",
        "A step of gradient descent on the mean loss, which splits along singular vectors, multiplies each residual by "
        f"{'the' if holds else 'something else than the'} stated multiplier.",
        {},
        None if holds else f"the difference is {_evaluate(step.left - step.right)}",
        (Step(step.name, f"{left} = {right}", "SymPy" if holds else "open"),),
    )


def _evaluate(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(expression.doit())


def residual_gap(formula: Path, case: Sample) -> float:
    """Largest distance of the trained RMS residuals from the stated ones, over the first one."""
    trained = case.without_attack().record_residuals(STEPS)
    stated = formula.residuals(case, np.arange(STEPS + 1.0))
    return float(np.abs(trained - stated).max() / trained[0])


def time_gap(formula: Path, case: Sample) -> float:
    """Steps between the trained stopping time and the first stated residual below the level."""
    trained = case.without_attack().train(THEOREM_5)
    stated = formula.residuals(case, np.arange(case.patience(THEOREM_5) + 1.0))
    below = np.flatnonzero(stated[1:] < THEOREM_5.level(case.total_std, case.n))
    if trained is None or not below.size:
        return 0.0 if trained is None and not below.size else np.inf
    return float(abs(int(trained.steps_taken) - below[0] - 1))


ROUNDING = 64 * STEPS * sampled.EPS  # 60 steps, each a few products of 12 numbers, none of which grows an error
CLAIM = Claim(
    id="xing2021.training_without_attack_is_linear",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    ours=True,
    formula=LINEAR,
    checks=(
        Check("one_step", Kind.SYMBOLIC, one_step),
        sampled.search(
            "residuals",
            samples(),
            residual_gap,
            ROUNDING,
            f"Training without attack for {STEPS} steps",
            scope="n up to 12, d up to 8192",
        ),
        sampled.search(
            "stopping_time",
            samples(),
            time_gap,
            0.0,
            "The step at which training without attack stops, exactly",
            scope="n up to 12, d up to 8192",
        ),
    ),
    mutants=(
        Mutant("loss_summed_over_samples", Path(1 - 2 * eta * lam)),
        Mutant("loss_halved", Path(1 - eta * lam / n)),
        Mutant("step_five_percent_larger", Path(1 - sp.Rational(21, 10) * eta * lam / n)),
        Mutant("gradient_flow", Path(sp.exp(-2 * eta * lam / n))),
    ),
)
