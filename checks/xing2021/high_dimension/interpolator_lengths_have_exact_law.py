r"""The paper has none. For $\Sigma = I$ and $d > n$ there are independent $B \sim \mathrm{Beta}(n/2, (d-n)/2)$,
$F = \chi^2_n / \chi^2_{d-n+1}$ (the ratio of independent variables, not of their means) and $C$, a coordinate of a
uniform point of the unit sphere in $n$ dimensions, with which, jointly and with $\rho = \|\theta_0\|$,
$\|\theta(\mathbf{y})\|^2 = \rho^2 B + \sigma^2 F + 2 \rho \sigma \sqrt{B F}\, C$ and
$\|\theta(\mathbf{y}) - \theta_0\|^2 = \rho^2 (1 - B) + \sigma^2 F$.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.evidence.montecarlo import Mean, compare
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import Setting, draw_lengths
from models.linear.interpolator import minimum_norm_interpolator
from theory.interpolation import InterpolatorLaw
from theory.validation import FloatArray

Variables = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
Lengths = tuple[FloatArray, FloatArray]
Combine = Callable[[Setting, FloatArray, FloatArray, FloatArray], Lengths]


@dataclass(frozen=True)
class JointLaw:
    """How the two lengths are made of B, F and C, and nodes and weights of the law of these three."""

    lengths: Combine
    variables: Callable[[Setting], Variables]


@dataclass(frozen=True, eq=False)
class Sample:
    """Any X of full row rank, with noise z of standard deviation 1."""

    X: FloatArray
    truth: FloatArray
    z: FloatArray
    noise_std: float

    def __str__(self) -> str:
        """The case with every digit."""
        rows, truth, noise = self.X.tolist(), self.truth.tolist(), self.z.tolist()
        return f"X={rows}, true_coefficients={truth}, z={noise}, noise_std={self.noise_std!r}"


@st.composite
def samples(draw: domains.Draw) -> Sample:
    """X with rows of any length and correlation, θ₀ any, in or orthogonal to its row space, with and without noise."""
    n = draw(st.integers(1, 5))
    d = n + draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    axes = np.linalg.qr(rng.standard_normal((d, d)))[0]
    X = np.geomspace(1, draw(domains.numbers(0.01, 1.0)), n)[:, None] * axes[:n]
    truth = draw(st.sampled_from([draw(domains.nonzero_vectors(d)), axes[0], axes[-1]]))
    noise_std = draw(st.sampled_from([0.0, 0.5, 2.0]))
    return Sample(rng.normal(size=(n, n)) @ X, truth, rng.normal(size=(n,)), noise_std)


# A backward stable QR of at most 5 x 10 entries moves θ by some n d EPS times the condition number, which the gap
# divides by; there are two such solutions and a few products.
TOLERANCE = 4 * 50 * sampled.EPS


def identity_gap(formula: JointLaw, case: Sample) -> float:
    """Distance of both lengths to those of θ(y), where B, F and C are measured on the projection and on the noise."""
    n, d = case.X.shape
    setting = Setting(n, d, float(np.sqrt(case.truth @ case.truth)), case.noise_std)
    found = minimum_norm_interpolator(case.X, case.X @ case.truth + case.noise_std * case.z)
    axes = np.linalg.svd(case.X, full_matrices=False)[2]
    signal, noise = axes.T @ (axes @ case.truth), np.linalg.pinv(case.X) @ case.z
    share, ratio = signal @ signal / setting.true_size**2, noise @ noise
    product = np.sqrt(signal @ signal * ratio)
    cosine = signal @ noise / product if product > 0 else 0.0
    norm, error = formula.lengths(setting, *(np.array([value]) for value in (share, ratio, cosine)))
    gap = max(abs(norm[0] - found @ found), abs(error[0] - (found - case.truth) @ (found - case.truth)))
    scale = (setting.true_size + setting.noise_std * np.sqrt(ratio)) ** 2
    return float(gap / scale / np.linalg.cond(case.X))


SETTINGS = (Setting(1, 9, 1.0, 0.5), Setting(3, 12, 1.0, 1.0), Setting(6, 20, 1.0, 2.0), Setting(10, 40, 2.0, 1.0))
FREQUENCIES = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1))
SHARE_OF_SAMPLES = 4  # a draw of the largest setting is 400 entries of X


def test_functions(setting: Setting) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """1 + cos and 1 + sin of combinations of the standardised lengths, shape (10, k): they determine the joint law."""
    centres = (setting.squared_norm_mean, setting.squared_error_mean)
    widths = [float(np.sqrt(setting.mean(lambda *pair, i=i: (pair[i] - centres[i]) ** 2))) for i in (0, 1)]

    def evaluate(norm: FloatArray, error: FloatArray) -> FloatArray:
        a, b = ((values - c) / w for values, c, w in zip((norm, error), centres, widths, strict=True))
        angles = [p * a + q * b for p, q in FREQUENCIES]
        return 1 + np.array([wave(angle) for angle in angles for wave in (np.cos, np.sin)])

    return evaluate


@lru_cache(maxsize=4)
def measure(samples: int, seed: int) -> tuple[Mean, ...]:
    """The means of all test functions over drawn samples, for every setting."""
    found = []
    for setting, child in zip(SETTINGS, np.random.SeedSequence(seed).spawn(len(SETTINGS)), strict=True):
        drawn = draw_lengths(setting, samples // SHARE_OF_SAMPLES, np.random.default_rng(child))
        for values in test_functions(setting)(drawn.norm, drawn.error):
            found.append(Mean.of(values))
    return tuple(found)


def simulation(formula: JointLaw, budget: Budget) -> Evidence:
    """The joint characteristic function at five frequencies: drawn X and y against the stated law."""
    claimed, cases = [], []
    for setting in SETTINGS:
        *variables, weights = formula.variables(setting)
        claimed += (test_functions(setting)(*formula.lengths(setting, *variables)) @ weights).tolist()
        cases += [f"{setting}, frequencies {pair}, {wave}" for pair in FREQUENCIES for wave in ("cos", "sin")]
    found = measure(budget.samples, budget.seed)
    return compare(
        found, claimed, cases, budget, 0.1,
        "The characteristic function of the standardised lengths", "n = 1 to 10, d = 9 to 40, five frequencies",
    )  # fmt: skip


def shifted(setting: Setting) -> Variables:
    """The variables of one dimension more."""
    return Setting(setting.n, setting.d + 1, setting.true_size, setting.noise_std).variables()


def scaled(setting: Setting) -> Variables:
    """F as the ratio of means, Fisher's F."""
    share, ratio, cosine, weights = setting.variables()
    return share, ratio * (setting.d - setting.n + 1) / setting.n, cosine, weights


def without_cosine(setting: Setting, *parts: FloatArray) -> Lengths:
    """As if the two parts of θ(y) were orthogonal."""
    share, ratio, cosine = parts
    return setting.lengths(share, ratio, 0 * cosine)


def with_the_whole_signal(setting: Setting, *parts: FloatArray) -> Lengths:
    """The error as if nothing of θ₀ were seen."""
    share, ratio, cosine = parts
    return setting.lengths(*parts)[0], setting.lengths(0 * share, ratio, cosine)[1]


def with_cosine_in_the_error(setting: Setting, *parts: FloatArray) -> Lengths:
    """The error as if the noise were correlated with what is missed of θ₀."""
    share, ratio, cosine = parts
    norm, error = setting.lengths(*parts)
    return norm, error + 2 * setting.true_size * setting.noise_std * np.sqrt(share * ratio) * cosine


FORMULA = JointLaw(InterpolatorLaw.lengths, InterpolatorLaw.variables)

CLAIM = Claim(
    id="xing2021.interpolator_lengths_have_exact_law",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        sampled.search(
            "identity", samples(), identity_gap, TOLERANCE,
            "Lengths of θ(y) and of its parts in the row space, relative to the condition number of X",
            scope="the two equations, for every X of full row rank; n up to 5, d up to 10",
        ),
        Check("simulation", Kind.MONTE_CARLO, simulation),
    ),
    mutants=(
        Mutant("no_cosine", JointLaw(without_cosine, InterpolatorLaw.variables)),
        Mutant("error_keeps_the_signal", JointLaw(with_the_whole_signal, InterpolatorLaw.variables)),
        Mutant("cosine_in_the_error", JointLaw(with_cosine_in_the_error, InterpolatorLaw.variables)),
        Mutant("one_dimension_more", JointLaw(InterpolatorLaw.lengths, shifted)),
        Mutant("ratio_of_means", JointLaw(InterpolatorLaw.lengths, scaled)),
    ),
)  # fmt: skip
