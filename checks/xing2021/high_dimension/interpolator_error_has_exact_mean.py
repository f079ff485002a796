r"""The paper has none; it says that $\theta(\mathbf{y})$ is inconsistent. For $\Sigma = I$, $n \ge 2$ and $d > n + 1$,
$E\|\theta(\mathbf{y}) - \theta_0\|^2 = \|\theta_0\|^2 (1 - \frac{n}{d}) + \sigma^2 \frac{n}{d - n - 1}$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trend
from checks.formula import Formula
from checks.result import Kind
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import SAMPLES, Setting, draw_lengths, settings
from theory.derivations import interpolation as derivations
from theory.interpolation import SQUARED_ERROR_MEAN
from theory.notation import dimension as d
from theory.notation import noise_std as sigma
from theory.notation import sample_size as n
from theory.notation import true_size as rho
from theory.validation import FloatArray

FORMULA = Formula(
    SQUARED_ERROR_MEAN, r"E \|\theta(\mathbf{y}) - \theta_0\|^2", lambda setting: setting.squared_error_mean
)

QUADRATURE = 1e-9  # the heaviest tail, d = n + 4, loses this much of the mean beyond the range of the quadrature


def squared_errors(setting: Setting, count: int, rng: np.random.Generator) -> FloatArray:
    """‖θ(y) - θ₀‖² of drawn samples."""
    return draw_lengths(setting, count, rng).error


def quadrature_gap(formula: Formula, setting: Setting) -> float:
    """Relative distance to the mean over the joint law, by quadrature."""
    expected = float(setting.mean(lambda norm, error: error))
    return abs(formula(setting) / expected - 1)


CLAIM = Claim(
    id="xing2021.interpolator_error_has_exact_mean",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.squared_error_mean, lambda f: f.expression, "Integrating over the joint law"
        ),
        sampled.search(
            "quadrature", settings(4), quadrature_gap, QUADRATURE, "Quadrature over the joint law",
            scope="n from 2 to 300, d - n from 4 to 100,000",
        ),
        trend.finite_size(
            "simulation", SAMPLES, squared_errors, Formula.__call__, 0.05, "Drawing X and y",
            "five settings, n = 1 to 20", Kind.MONTE_CARLO,
        ),
    ),
    mutants=(
        Mutant("gap_without_the_one", FORMULA.mutate(rho**2 * (1 - n / d) + sigma**2 * n / (d - n))),
        Mutant("signal_kept_whole", FORMULA.mutate(rho**2 + sigma**2 * n / (d - n - 1))),
        Mutant("five_percent_higher", FORMULA.mutate(SQUARED_ERROR_MEAN * 105 / 100)),
        Mutant("consistent", FORMULA.mutate(sigma**2 * n / (d - n - 1))),
    ),
    uses=("xing2021.interpolator_lengths_have_exact_law",),
)  # fmt: skip
