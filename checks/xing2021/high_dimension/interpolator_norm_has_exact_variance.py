r"""The paper has none. For $\Sigma = I$, $n \ge 2$ and $d > n + 3$, with $\rho = \|\theta_0\|$,
$\operatorname{Var} \|\theta(\mathbf{y})\|^2 = \frac{2 \rho^4 n (d - n)}{d^2 (d + 2)}
+ \frac{2 \sigma^4 n (d - 1)}{(d - n - 1)^2 (d - n - 3)} + \frac{4 \rho^2 \sigma^2 n}{d (d - n - 1)}$. So
$\|\theta(\mathbf{y})\|^2$ is within a factor that tends to 1 of its mean as $n$ and $d/n$ tend to infinity.
"""

import numpy as np
import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trend
from checks.formula import Formula
from checks.result import Kind
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import SPREADS, Setting, draw_lengths, settings
from theory.derivations import interpolation as derivations
from theory.interpolation import SQUARED_NORM_VARIANCE
from theory.notation import dimension as d
from theory.notation import noise_std as sigma
from theory.notation import sample_size as n
from theory.notation import true_size as rho
from theory.validation import FloatArray

FORMULA = Formula(
    SQUARED_NORM_VARIANCE, r"\operatorname{Var} \|\theta(\mathbf{y})\|^2", lambda setting: setting.squared_norm_variance
)
CROSS = 4 * rho**2 * sigma**2 * n / (d * (d - n - 1))

# The heaviest tail, d = n + 12, loses this much of the variance beyond the range of the quadrature, and deviations from
# the mean lose as much to cancellation at n = 300.
QUADRATURE = 1e-9


def squared_deviations(setting: Setting, count: int, rng: np.random.Generator) -> FloatArray:
    """Squared deviations of ‖θ(y)‖² from the mean of the drawn samples, scaled so that their mean is unbiased."""
    norm = draw_lengths(setting, count, rng).norm
    deviations: FloatArray = (norm - norm.mean()) ** 2 * count / (count - 1)
    return deviations


def quadrature_gap(formula: Formula, setting: Setting) -> float:
    """Relative distance to the variance under the joint law, by quadrature."""
    mean = float(setting.mean(lambda norm, error: norm))
    expected = float(setting.mean(lambda norm, error: (norm - mean) ** 2))
    return abs(formula(setting) / expected - 1)


CLAIM = Claim(
    id="xing2021.interpolator_norm_has_exact_variance",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.squared_norm_variance, lambda f: f.expression, "Integrating over the joint law"
        ),
        sampled.search(
            "quadrature", settings(12), quadrature_gap, QUADRATURE, "Quadrature over the joint law",
            scope="n from 2 to 300, d - n from 12 to 100,000",
        ),
        trend.finite_size(
            "simulation", SPREADS, squared_deviations, Formula.__call__, 0.15, "Drawing X and y",
            "three settings, n = 5 to 20", Kind.MONTE_CARLO,
        ),
    ),
    mutants=(
        Mutant("cross_term_halved", FORMULA.mutate(SQUARED_NORM_VARIANCE - CROSS / 2)),
        Mutant("without_the_cross_term", FORMULA.mutate(SQUARED_NORM_VARIANCE - CROSS)),
        Mutant("five_percent_higher", FORMULA.mutate(SQUARED_NORM_VARIANCE * 105 / 100)),
        Mutant("five_percent_lower", FORMULA.mutate(SQUARED_NORM_VARIANCE * 95 / 100)),
        Mutant("standard_deviation", FORMULA.mutate(sp.sqrt(SQUARED_NORM_VARIANCE))),
    ),
    uses=("xing2021.interpolator_lengths_have_exact_law",),
)  # fmt: skip
