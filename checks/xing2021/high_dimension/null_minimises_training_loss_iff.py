r"""The paper has it for the population only (Proposition 1). On any sample with $\mathbf{X}^\top \mathbf{y} \ne 0$,
$\theta = 0$ minimises $\hat{R}_L(\cdot, \epsilon)$ over all $\theta$ if and only if
$\epsilon \ge \|\mathbf{X}^\top \mathbf{y}\|_2 / \|\mathbf{y}\|_1$.
"""

import numpy as np
import sympy as sp
from flint import arb

from checks.claim import Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.formula import Formula
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.exact_samples import ExactSample, Threshold, length
from checks.xing2021.high_dimension.optimality import minimised, proof
from theory.derivations.derivation import Step
from theory.interpolation import EMPIRICAL_NULL_THRESHOLD, empirical_null_threshold
from theory.notation import correlation_size as g
from theory.notation import radius as eps
from theory.notation import response_size as y_1
from theory.notation import sample_size as n
from theory.validation import FloatArray

FORMULA = Formula(
    EMPIRICAL_NULL_THRESHOLD,
    r"\hat{\epsilon}_0",
    lambda sample: empirical_null_threshold(sample.design, sample.responses),
)

size, residual, response, step = sp.symbols("t r y tau", positive=True)
product = sp.Symbol("a", real=True)
SLOPE = 2 * (eps * y_1 - g) / n
STEPS = (
    Step(
        "each sample's loss, with r = |xᵀθ - y|, t = ‖θ‖ and |y| as y: a square and a linear part",
        (residual + eps * size) ** 2 - response**2,
        (residual + eps * size - response) ** 2 + 2 * response * (residual + eps * size - response),
    ),
    Step(
        "without the squares, r|y| ≥ y² - y xᵀθ, so that the sum is at least 2(ε‖y‖₁t - (Xᵀy)ᵀθ)/n (Cauchy-Schwarz)",
        2 * (eps * y_1 * size - g * size) / n,
        SLOPE * size,
    ),
    Step(
        "conversely, along a unit vector the loss of a sample with y ≠ 0 has this slope, a = sign(y)xᵀu; their mean "
        "is the bound for u along Xᵀy, as a sample with y = 0 has slope 0",
        sp.Limit(((response - step * product + eps * step) ** 2 - response**2) / step, step, 0),
        2 * response * (eps - product),
        lambda difference: sp.simplify(difference.doit()),
    ),
)  # fmt: skip


def least_slope(sample: ExactSample, radius: Ball) -> Ball:
    """The slope at 0 along Xᵀy, per unit of length; the steepest by the inequality of Cauchy and Schwarz."""
    along = [arb(int(c)) for c in sample.correlations]
    return sample.slope([arb(0)] * len(along), along, radius) / length(along)


def threshold(formula: Formula, X: FloatArray, y: FloatArray) -> float:
    """The stated threshold of a data set."""
    if formula.implementation is not None:
        return empirical_null_threshold(X, y)
    along = X.T @ y
    values = {n: len(y), g: float(np.sqrt(along @ along)), y_1: float(np.abs(y).sum())}
    return float(formula.enclose(values).mid())


def null(X: FloatArray, y: FloatArray) -> FloatArray:
    """Zero coefficients."""
    return np.zeros(X.shape[1])


BOUNDARY = Threshold(least_slope, lambda sample: sample.response_scalars, 1)

CLAIM = Claim(
    id="xing2021.null_minimises_training_loss_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        proof(
            "proof", STEPS, SLOPE, 1,
            "The training loss exceeds that of 0 by squares and at least ‖θ‖ times a slope, which is attained along "
            "Xᵀy: both are 2(ε‖y‖₁ - ‖Xᵀy‖)/n.",
        ),
        BOUNDARY.certified("slopes", "The least slope of the loss at 0"),
        BOUNDARY.sampled("both_sides", False, "Signs of the least slope of the loss at 0 beside the threshold"),
        minimised(
            "minimiser", False, null, threshold, 1,
            "Loss at 0 against the certified least loss, on both sides of the threshold",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", FORMULA.mutate(EMPIRICAL_NULL_THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(EMPIRICAL_NULL_THRESHOLD * 105 / 100)),
        Mutant("mean_for_sum", FORMULA.mutate(g * n / y_1)),
        Mutant("inverted", FORMULA.mutate(y_1 / g)),
    ),
)  # fmt: skip
