r"""Ours, in the place of the printed statement for the minimiser $\hat\theta$ of the $\mathcal{L}_\infty$ adversarial
training loss: let $\Sigma = I$, $\sigma = 0$, and let $\theta_0$ be sparse with support $S$. If $\alpha = X_S (X_S^\top
X_S)^{-1} \mathrm{sign}(\theta_{0, S})$ has $|x_j^\top \alpha| < 1$ for every column $j \notin S$ and $n \epsilon
\|\alpha\|_\infty \leq 1$, then $\hat\theta = \theta_0$, and its population adversarial loss is $R^\infty = \epsilon^2
\|\theta_0\|_1^2$. If $\theta_0$ has one nonzero coordinate and $\epsilon \leq 1/n$, that happens with probability at
least $1 - (d + 1)\, 2^{-n/2}$. So with $\epsilon = 1/\sqrt{d}$, $d \geq n^2$, $n \rightarrow \infty$ and $\log d =
o(n)$ the minimal training loss and the population loss both converge to zero, and interpolation does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import acb, arb, arb_mat, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.linf.interpolators import Size
from models.linear.minimizer import adversarial_minimizer
from theory import notation as sym
from theory.validation import FloatArray

n, d = sym.sample_size, sym.dimension
LOSS = sym.radius**2 * sym.coefficient_norm_1**2
FAILURE = (d + 1) * 2 ** (-sp.Rational(1, 2) * n)
PRECISION = 128
SAMPLE_SIZES = (2, 4, 8, 16, 32, 64, 128)  # n, with d = n² and n² 2^(n/4): the bound is of use for both from n = 32 on
DESIGNS = (Size(48, 48**2, 1, 0.0), Size(64, 1024, 2, 0.0), Size(100, 4000, 3, 0.0))
REPLICATES = {"quick": 4, "full": 20}  # data sets of each size; each is exact
SOLVED = 1e-9  # relative duality gap asked of the minimiser
# A gap γ moves the minimiser by about γ‖θ₀‖₁ over the slack of the certificate, and a distance δ from θ₀ adds
# 2c₀εδ‖θ₀‖₁ to the risk: γ/(ε slack) of it, below 1e4 γ for a slack of at least 1/100 and ε >= 1/64.
RISK_ERROR = 1e4 * SOLVED


@dataclass(frozen=True)
class Recovery:
    """The population loss when θ₀ is found, and a bound on the probability that one nonzero coordinate is not."""

    loss: sp.Expr
    failure: sp.Expr = FAILURE

    @property
    def latex(self) -> str:
        """Both."""
        return rf"R^\infty = {sp.latex(self.loss)}, \quad P(\hat\theta \neq \theta_0) \leq {sp.latex(self.failure)}"


def failure_probability(samples: int, dimension: Ball) -> Ball:
    """A bound on the probability that the certificate α = x₁/‖x₁‖² fails, for θ₀ along the first axis and ε <= 1/n.

    Given x₁, x_jᵀx₁/‖x₁‖ is a standard Gaussian Z, and |Z| >= ‖x₁‖ has the probability I_½(n/2, 1/2) as Z² and ‖x₁‖²
    are independent χ² with 1 and n degrees of freedom: one such term for each of d - 1 columns. And n ε‖α‖_∞ is at most
    ‖x₁‖_∞/‖x₁‖² <= 1/‖x₁‖, which exceeds 1 only where χ²_n < 1.
    """
    half = arb(samples) / 2
    off_support = acb(arb(1) / 2).beta_lower(half, arb(1) / 2, regularized=1).real
    return (dimension - 1) * off_support + acb(arb(1) / 2).gamma_lower(half, regularized=1).real


def probability(formula: Recovery, budget: Budget) -> Evidence:
    """The failure probability of the certificate, from the laws of its parts, against the stated bound."""
    wrong, rows = [], []
    with ctx.workprec(PRECISION):
        for samples in SAMPLE_SIZES:
            for dimension in (samples**2, samples**2 * 2 ** (samples // 4)):
                found = failure_probability(samples, arb(dimension))
                stated = enclose(formula.failure, {n: arb(samples), d: arb(dimension)})
                rows.append((samples, dimension, found, stated))
                if not found <= stated:
                    wrong.append(f"n = {samples}, d = {dimension}: {found.str(8)}, and not at most {stated.str(8)}")
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS, "n from 2 to 128, d = n² and n² 2^(n/4)",
        f"At {len(rows)} sizes the probability that the certificate fails, enclosed, exceeds the stated bound "
        f"{len(wrong)} times; at n = 128, d = n² it is below {float(rows[-2][2].upper()):.2g}.",
        {"sizes": float(len(rows)), "wrong": float(len(wrong))}, wrong[0] if wrong else None,
        charts=(_chart([(row[0], float(row[2].mid()), float(row[3].mid())) for row in rows if row[1] == row[0] ** 2]),),
    )  # fmt: skip


def _chart(rows: Sequence[tuple[int, float, float]]) -> Chart:
    samples = tuple(float(row[0]) for row in rows)
    series = (Series("enclosed", samples, tuple(row[1] for row in rows), points=True),
              Series("stated bound", samples, tuple(row[2] for row in rows)))  # fmt: skip
    return Chart("Probability that θ₀ is not found, d = n²", "n", "probability", series, x_log=True, y_log=True)


@dataclass(frozen=True, eq=False)
class Design:
    """A drawn data set without noise, what its certificate leaves, and the risk of the computed minimiser."""

    size: Size
    slack: Ball
    enclosed: Ball
    fitted: float
    gap: float


@lru_cache(maxsize=4)
def designs(budget: Budget) -> tuple[Design, ...]:
    """Data sets of every size, the largest at the full budget only, each certified and solved once."""
    sizes = DESIGNS if budget.name == "full" else DESIGNS[:2]
    seeds = np.random.SeedSequence(budget.seed).spawn(len(sizes))
    return tuple(
        _design(size, X, y)
        for size, seed in zip(sizes, seeds, strict=True)
        for batch in size.samples(REPLICATES[budget.name], np.random.default_rng(seed))
        for X, y in zip(*batch, strict=True)
    )


def _design(size: Size, X: FloatArray, y: FloatArray) -> Design:
    found = adversarial_minimizer(X, y, size.radius, np.inf, tol=SOLVED)
    gap = float(found.gap) if found.gap is not None else np.inf
    truth = [arb(x) for x in size.true_coefficients[: size.support]]
    loss = arb(size.radius) ** 2 * sum((abs(x) for x in truth), arb(0)) ** 2  # (9) at θ₀, where s = 0
    with ctx.workprec(PRECISION):
        return Design(size, _slack(size, X), loss, float(size.risk(found.coefficients)) * size.total_variance, gap)


def _slack(size: Size, X: FloatArray) -> Ball:
    """1 less the larger of n ε‖α‖_∞ and max |x_jᵀα| off the support, enclosed; positive, it certifies θ₀."""
    on = arb_mat(X[:, : size.support].tolist())
    signs = arb_mat([[1.0]] * size.support)
    alpha = on * (on.transpose() * on).solve(signs)
    off = arb_mat(X[:, size.support :].T.tolist()) * alpha
    largest = max(abs(x).upper() for x in off.entries())
    return 1 - largest.max(size.n * arb(size.radius) * max(abs(x).upper() for x in alpha.entries()))


def certificate(formula: Recovery, budget: Budget) -> Evidence:
    """Dual certificates of θ₀ in ball arithmetic for drawn designs, and the risk there against the stated one."""
    found = designs(budget.without_shrinking())
    missing = [design for design in found if not design.slack > 0]
    wrong = [
        design for design in found if design.slack > 0 and not design.enclosed.overlaps(_stated(formula, design.size))
    ]
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if missing else Outcome.HOLDS
    text = (
        wrong and f"{wrong[0].size}: risk {wrong[0].enclosed.str(12)}, stated {_stated(formula, wrong[0].size).str(12)}"
    )
    return Evidence(
        Kind.CERTIFIED, outcome, _scope(budget),
        f"{len(found) - len(missing)} of {len(found)} drawn designs have a certificate, so that θ₀ is the minimiser; "
        f"the enclosed risk differs from the stated one on {len(wrong)}.",
        {"designs": float(len(found)), "without certificate": float(len(missing)), "wrong": float(len(wrong)),
         "least slack": min(float(design.slack.lower()) for design in found)}, text or None,
    )  # fmt: skip


def minimizers(formula: Recovery, budget: Budget) -> Evidence:
    """The risk of the computed minimiser of the training loss against the stated one."""
    found = designs(budget.without_shrinking())
    gaps = [abs(design.fitted / float(_stated(formula, design.size).mid()) - 1) for design in found]
    worst, solved = int(np.argmax(gaps)), all(design.gap <= SOLVED for design in found)
    failed = gaps[worst] > RISK_ERROR
    outcome = Outcome.INCONCLUSIVE if not solved else Outcome.FAILS if failed else Outcome.HOLDS
    return Evidence(
        Kind.TRAINED, outcome, _scope(budget),
        f"The population loss of the computed minimiser is within {gaps[worst]:.2g} of the stated one, relatively.",
        {"data sets": float(len(found)), "worst gap": gaps[worst], "tolerance": RISK_ERROR,
         "largest duality gap": max(design.gap for design in found)},
        f"{found[worst].size}: risk {found[worst].fitted!r}" if failed else None,
    )  # fmt: skip


def _scope(budget: Budget) -> str:
    sizes = DESIGNS if budget.name == "full" else DESIGNS[:2]
    return "drawn designs, " + "; ".join(f"n = {size.n}, d = {size.d}, s = {size.support}" for size in sizes)


def _stated(formula: Recovery, size: Size) -> Ball:
    norm = sum((abs(arb(x)) for x in size.true_coefficients[: size.support]), arb(0))
    values = {
        sym.radius: arb(size.radius),
        sym.coefficient_norm_1: norm,
        sym.coefficient_norm: arb(1),
        sym.total_std: arb(1),
    }
    return enclose(formula.loss, values)


FORMULA = Recovery(LOSS)

CLAIM = Claim(
    id="xing2021.sparse_linf_minimizer_is_consistent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, effect of interpolation"),
    formula=FORMULA,
    checks=(
        Check("probability", Kind.CERTIFIED, probability),
        Check("certificate", Kind.CERTIFIED, certificate),
        Check("minimizers", Kind.TRAINED, minimizers),
    ),
    mutants=(
        Mutant("nothing_is_learnt", Recovery(sym.total_std**2)),
        Mutant("l2_norm_of_the_truth", Recovery(sym.radius**2 * sym.coefficient_norm**2)),
        Mutant("loss_five_percent_off", Recovery(LOSS * sp.Rational(21, 20))),
        Mutant("fails_twice_as_fast", Recovery(LOSS, (d + 1) * 2 ** (-n))),
        Mutant("one_column", Recovery(LOSS, 2 ** (-sp.Rational(1, 2) * n))),
    ),
    amends="xing2021.linf_minimizer_loses_everything",
)  # fmt: skip
