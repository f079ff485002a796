r"""The paper has none: Lemma 1 says that the training loss of $\theta(\mathbf{y})$ is small, not that it is least. For
every $\mathbf{X}$ of full row rank and $\mathbf{y} \ne 0$, $\theta(\mathbf{y})$ minimises $\hat{R}_L(\cdot, \epsilon)$
over all $\theta$ if and only if $\epsilon \le \|\theta(\mathbf{y})\| / (n \|\alpha\|_\infty)$ with
$\alpha = (\mathbf{X} \mathbf{X}^\top)^{-1} \mathbf{y}$.
"""

import numpy as np
import sympy as sp
from flint import arb

from checks.claim import Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.formula import Formula
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.exact_samples import ExactSample, Threshold
from checks.xing2021.high_dimension.optimality import minimised, proof
from models.linear.interpolator import minimum_norm_interpolator
from theory.derivations.derivation import Step
from theory.interpolation import INTERPOLATION_THRESHOLD, interpolation_threshold
from theory.notation import interpolator_size as m
from theory.notation import multiplier_size as alpha
from theory.notation import radius as eps
from theory.notation import sample_size as n
from theory.validation import FloatArray

FORMULA = Formula(
    INTERPOLATION_THRESHOLD,
    r"\epsilon_{\mathrm{int}}",
    lambda sample: interpolation_threshold(sample.design, sample.responses),
)

size, residual, total, step, bend = sp.symbols("t r R tau g", positive=True)
SLOPE = 2 * eps * (m / n - eps * alpha)
LONGER = sp.sqrt(m**2 - 2 * step * alpha + step**2 * bend)
STEPS = (
    Step(
        "each sample's loss, with r = |xᵀθ - y|, t = ‖θ‖ and m = ‖θ(y)‖: a square and a linear part",
        (residual + eps * size) ** 2 - eps**2 * m**2,
        (residual + eps * size - eps * m) ** 2 + 2 * eps * m * (residual + eps * (size - m)),
    ),
    Step(
        "without the squares, R = ‖y - Xθ‖₁; tm ≥ θᵀθ(y) = m² - αᵀ(y - Xθ) ≥ m² - ‖α‖_∞R (Cauchy-Schwarz, Hölder)",
        (2 * eps * m * (total / n + eps * (size - m))).subs(size, m - alpha * total / m),
        SLOPE * total,
    ),
    Step(
        "conversely, leave a residual τ in the sample where |α| is largest: ‖θ‖² = m² - 2τ‖α‖_∞ + O(τ²)",
        sp.Limit((((step + eps * LONGER) ** 2 + (n - 1) * eps**2 * LONGER**2) / n - eps**2 * m**2) / step, step, 0),
        SLOPE,
        lambda difference: sp.simplify(difference.doit()),
    ),
)  # fmt: skip


def least_slope(sample: ExactSample, radius: Ball) -> Ball:
    """The least slope at θ(y) per unit of residual, over residuals in one sample and of either sign.

    The slope is convex and homogeneous in the residual, so that no other residual has a smaller one; directions that
    leave no residual are orthogonal to θ(y).
    """
    columns = [[arb(entry) for entry in sample.pseudo_inverse.table()[j]] for j in range(len(sample.rows[0]))]
    directions = [[sign * row[i] for row in columns] for i in range(sample.n) for sign in (1, -1)]
    return min((sample.slope(sample.interpolator, direction, radius) for direction in directions), key=float)


def threshold(formula: Formula, X: FloatArray, y: FloatArray) -> float:
    """The stated threshold of a data set."""
    if formula.implementation is not None:
        return interpolation_threshold(X, y)
    multipliers = np.linalg.solve(X @ X.T, y)
    values = {n: len(y), m: float(np.sqrt(y @ multipliers)), alpha: float(np.abs(multipliers).max())}
    return float(formula.enclose(values).mid())


BOUNDARY = Threshold(least_slope, lambda sample: sample.scalars, -1)

CLAIM = Claim(
    id="xing2021.interpolator_minimises_training_loss_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        proof(
            "proof", STEPS, SLOPE, -1,
            "The training loss exceeds that of θ(y) by squares and at least R times a slope, which is attained: both "
            "the bound and the slope of the worst residual are 2ε(‖θ(y)‖/n - ε‖α‖_∞).",
        ),
        BOUNDARY.certified("slopes", "The least slope of the loss at θ(y)"),
        BOUNDARY.sampled("both_sides", True, "Signs of the least slope of the loss at θ(y) beside the threshold"),
        minimised(
            "minimiser", True, minimum_norm_interpolator, threshold, -1,
            "Loss at θ(y) against the certified least loss, on both sides of the threshold",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", FORMULA.mutate(INTERPOLATION_THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(INTERPOLATION_THRESHOLD * 105 / 100)),
        Mutant("without_the_sample_size", FORMULA.mutate(m / alpha)),
        Mutant("root_of_the_sample_size", FORMULA.mutate(m / (sp.sqrt(n) * alpha))),
        Mutant("squared_length", FORMULA.mutate(m**2 / (n * alpha))),
    ),
)  # fmt: skip
