r"""The paper has none; this carries $\Sigma = I$ to every $\Sigma$. Let $\mathbf{X} = \mathbf{Z} \Sigma^{1/2}$ have
full row rank and let $\tilde\theta(\mathbf{y}) = \mathbf{Z}^\top (\mathbf{Z} \mathbf{Z}^\top)^{-1} \mathbf{y}$ be the
interpolator of the white data. Then $\|\tilde\theta(\mathbf{y})\|^2 / \lambda_{\max}(\Sigma) \le
\|\theta(\mathbf{y})\|^2 \le \|\tilde\theta(\mathbf{y})\|^2 / \lambda_{\min}(\Sigma)$, and
$\tilde\theta(\mathbf{y})$ has the law of $\Sigma = I$ with $\|\theta_0\|_\Sigma$ in the place of $\|\theta_0\|$.
"""

from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, trend
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import (
    CORRELATION,
    SWEEP,
    Setting,
    correlated,
    draw_lengths,
    total_variance,
)
from models.linear.interpolator import minimum_norm_interpolator
from theory.population import LinearGaussian
from theory.validation import FloatArray

smallest, largest = sp.symbols("lambda_min lambda_max", positive=True)


@dataclass(frozen=True)
class Bracket:
    """What the squared length of the white data's interpolator is multiplied by, from below and from above."""

    low: sp.Expr
    high: sp.Expr

    def at(self, least: float, most: float) -> tuple[float, float]:
        """The two factors for a spectrum between `least` and `most`."""
        values = {smallest: least, largest: most}
        low, high = (float(enclose(side, values).mid()) for side in (self.low, self.high))
        return low, high


@dataclass(frozen=True, eq=False)
class Data:
    """White data, a population to colour them with, and responses."""

    Z: FloatArray
    population: LinearGaussian
    y: FloatArray

    def __str__(self) -> str:
        """The case with every digit."""
        return f"Z={self.Z.tolist()}, covariance={self.population.covariance.tolist()}, y={self.y.tolist()}"


@st.composite
def data(draw: domains.Draw) -> Data:
    """Gaussian Z with n <= d <= 5, every kind of invertible Σ, and any responses."""
    population = draw(domains.regular_populations())
    n = draw(st.integers(1, population.d))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return Data(rng.normal(size=(n, population.d)), population, rng.normal(size=(n,)))


def bracket_gap(formula: Bracket, case: Data) -> float:
    """How far the squared length leaves the bracket, relative to its upper end and the condition number of X."""
    X = case.Z @ case.population.covariance_sqrt
    found, white = (minimum_norm_interpolator(rows, case.y) for rows in (X, case.Z))
    variances = case.population.spectrum[0] ** 2
    low, high = formula.at(float(variances[-1]), float(variances[0]))
    size, reference = found @ found, white @ white
    excess = max(float(low * reference - size), float(size - high * reference))
    return excess / max(float(size), float(high * reference)) / float(np.linalg.cond(X) + np.linalg.cond(case.Z))


def scaled_length(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
    """‖θ(y)‖² of correlated data over the exact mean for white data of the same v²."""
    signal = np.sqrt(total_variance(law, correlated) - law.noise_std**2)
    white = Setting(law.n, law.d, float(signal), law.noise_std)
    scaled: FloatArray = draw_lengths(law, count, rng, correlated).norm / white.squared_norm_mean
    return scaled


EDGE = (1 + CORRELATION) / (1 - CORRELATION)  # all eigenvalues of Σ_ij = r^|i-j| lie between its inverse and this

FORMULA = Bracket(1 / largest, 1 / smallest)

CLAIM = Claim(
    id="xing2021.interpolator_norm_is_bracketed",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        sampled.search(
            "bracket", data(), bracket_gap, 64 * sampled.EPS,
            "Squared lengths for Z and ZΣ^(1/2), relative to the condition numbers (two least-squares solves)",
            scope="d up to 5, invertible Σ, condition number up to about 1e4",
        ),
        trend.bounds(
            "correlated", SWEEP, scaled_length, lambda f, law: f.at(1 / EDGE, EDGE),
            "Mean of ‖θ(y)‖² over that for Σ = I", "Σ_ij = 2^-|i-j|, d = 2n²",
        ),
    ),
    mutants=(
        Mutant("ends_exchanged", Bracket(1 / smallest, 1 / largest)),
        Mutant("not_inverted", Bracket(largest, smallest)),
        Mutant("upper_end_at_the_middle", Bracket(1 / largest, 2 / (smallest + largest))),
        Mutant("lower_end_at_the_middle", Bracket(2 / (smallest + largest), 1 / smallest)),
    ),
)  # fmt: skip
