r"""The abstract names no threshold. As $n \to \infty$ with $d / n \to c$, adversarial training returns
$\hat{\theta} = 0$ with probability tending to 1 for
$\epsilon > \sqrt{\pi / 2} \sqrt{\|\theta_0\|^2 / v^2 + c}$, $v^2 = \|\theta_0\|^2 + \sigma^2$, and to 0 below. For
$c \to 0$ it is the threshold of the population.
"""

import math
from dataclasses import replace

import numpy as np
import sympy as sp
from flint import arb
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, sampled, symbolic, trained, trend
from checks.formula import Formula
from checks.javanmard2020 import PAPER
from checks.javanmard2020.settings import Setting
from checks.result import Evidence, Kind
from models.linear import adversarial_minimizer
from theory import notation as sym
from theory.derivations import proportional as derivations
from theory.proportional import NULL_THRESHOLD, potential, proportional_null_threshold
from theory.validation import FloatArray

rho, v, c = sym.true_size, sym.total_std, sym.aspect_ratio
FORMULA = Formula(
    NULL_THRESHOLD, r"\epsilon_0",
    lambda case: proportional_null_threshold(case.signal_norm, case.noise_std, case.aspect_ratio),
)  # fmt: skip

STEP = 1e-4  # length of θ over v: what is of second order in it is a hundred times below a slope of MARGIN
MARGIN = 1e-2  # relative distance of the radii tried from the threshold
SAMPLES = 200  # ‖Xᵀy‖/‖y‖₁ then has a standard deviation of about 6 %
FACTORS = (0.5, 1.6)  # at eight standard deviations and more: the wrong side has a probability below 1e-14
SWEEP = trend.Sweep((20, 40, 80, 160, 320), 3, float, "n", effort=lambda n: 1200 / n)
RATIOS = (0.1, 1.0, 4.0)
GAP = 1e-9


def points(budget: Budget) -> list[certified.Point]:
    """Random rational ‖θ₀‖ below v, and c."""
    drawn = certified.random_points({rho: (1e-2, 0.99), v: (1.0, 1.0), c: (1e-2, 1e2)}, 12, budget.rng())
    return [{**point, v: 1.0} for point in drawn]


def slope(radius: Ball, point: certified.Point) -> Ball:
    """Half the slope of the limit of the training loss at 0 per unit of ‖θ‖, along the steepest direction.

    ε E|y| less √((E x₁y)² + c E x_⊥²y²), by quadrature: with θ₀ along the first axis y is vZ and E x₁y = ρ E Z².
    """
    size = certified.half_gaussian_mean(lambda z, analytic: z, growth=(arb(0), arb(1)))
    square = certified.half_gaussian_mean(lambda z, analytic: z * z, growth=(arb(0), arb(20)))
    pull = (arb(point[rho]) * square) ** 2 + arb(point[c]) * arb(point[v]) ** 2 * square
    return radius * arb(point[v]) * size - pull.sqrt()


def value(setting: Setting, angle: float) -> float:
    """The saddle value over v² - 1, at the θ of length `STEP` v and with that angle to θ₀, maximised over μ."""
    size = STEP * math.sqrt(setting.scale)
    a, b = size * math.cos(angle), size * math.sin(angle)
    std = math.sqrt((setting.signal_norm - a) ** 2 + b**2 + setting.noise_std**2)

    def negative(log_mu: float) -> float:
        mu = math.exp(log_mu)
        return mu * setting.aspect_ratio * b * b / 2 - potential(std, setting.radius * size, mu)

    found = minimize_scalar(negative, bounds=(-5, 40), method="bounded", options={"xatol": 1e-10})
    return float(-found.fun / setting.scale - 1)


def value_gap(formula: Formula, setting: Setting) -> float:
    """Whether the value falls along the steepest direction below the threshold and in none beyond, over STEP.

    1 where the code's minimiser is null and should not be, or the other way round.
    """
    limit = formula(setting)
    below, beyond = (replace(setting, radius=limit * (1 + side * MARGIN)) for side in (-1, 1))
    steepest = math.atan2(math.sqrt(setting.aspect_ratio * setting.scale), setting.signal_norm)
    falls = value(below, steepest)
    rises = min(value(beyond, angle) for angle in (steepest, *np.linspace(0.02, math.pi / 2, 12)))
    wrong = below.limit.is_null or not beyond.limit.is_null
    return max(falls, -rises, float(wrong))


@st.composite
def cases(draw: domains.Draw) -> Setting:
    """c from 1/100 to 100, and every division of v² = 1 between signal and noise."""
    share = draw(domains.numbers(0.0, 1.0))
    return Setting(math.sqrt(share), math.sqrt(1 - share), 1.0, 10.0 ** draw(domains.numbers(-2.0, 2.0)))


def drawn(setting: Setting, n: int, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """X and y of as many samples."""
    X = rng.standard_normal((replicates, n, round(setting.aspect_ratio * n)))
    return X, setting.signal_norm * X[..., 0] + setting.noise_std * rng.standard_normal((replicates, n))


def thresholds(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """‖Xᵀy‖/‖y‖₁ over the computed limit, the mean over three c, for each replicate."""
    found = []
    for ratio in RATIOS:
        X, y = drawn(Setting(1.0, 0.5, 0.0, ratio), n, replicates, rng)
        length = np.sqrt((np.einsum("bnd,bn->bd", X, y) ** 2).sum(axis=-1))
        found.append(length / np.abs(y).sum(axis=-1) / proportional_null_threshold(1.0, 0.5, ratio))
    mean: FloatArray = np.mean(found, axis=0)
    return mean


def claimed(formula: Formula) -> trend.Limit:
    """What the formula makes of these means."""
    settings = [Setting(1.0, 0.5, 0.0, ratio) for ratio in RATIOS]
    values = [formula(x) / proportional_null_threshold(1.0, 0.5, x.aspect_ratio) for x in settings]
    return trend.Limit(float(np.mean(values)), (1.0,))


def minimised(formula: Formula, case: tuple[Setting, int, float]) -> trained.Trained:
    """1 where the exact minimiser on a drawn sample is on the wrong side."""
    setting, seed, factor = case
    X, y = drawn(setting, SAMPLES, 1, np.random.default_rng(seed))
    found = adversarial_minimizer(X[0], y[0], factor * formula(setting), tol=GAP)
    wrong = bool(found.coefficients.any()) is (factor > 1)
    return trained.Trained(float(wrong), float(found.gap) if found.gap is not None else math.inf)


def on_both_sides(formula: Formula, budget: Budget) -> Evidence:
    """Exact minimisers on drawn samples, a third of the budget's examples."""
    check = trained.search(
        "minimisers", SIDES, minimised, 0.0, GAP, "Whether exact minimisers on 200 samples are 0, at 0.5 and 1.6 times "
        "the threshold", "d/n = 0.05, 0.5 and 1",
    )  # fmt: skip
    return check.run(formula, replace(budget, examples=budget.examples // 3))


SIDES = st.tuples(
    st.sampled_from([Setting(1.0, 0.5, 0.0, 0.05), Setting(1.0, 1.0, 0.0, 0.5), Setting(0.5, 1.0, 0.0, 1.0)]),
    st.integers(0, 2**32 - 1), st.sampled_from(FACTORS),
)  # fmt: skip

CLAIM = Claim(
    id="javanmard2020.training_is_null_beyond_threshold",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.null_threshold, lambda f: f.expression,
            "The limit of ‖Xᵀy‖/‖y‖₁", "means of ‖Xᵀy‖² and ‖y‖₁; that they are close to them, and a sample's "
            "threshold, are the law of large numbers and another claim",
        ),
        certified.sign_change(
            "slopes", points, slope, (1, -1), "The least slope of the limit of the training loss at 0",
            "‖θ₀‖/v from 1/100 to 1, c from 1/100 to 100",
        ),
        sampled.search(
            "both_sides", cases(), value_gap, 0.0, "The saddle value next to 0, and the computed limit, 1 % from the "
            "threshold on both sides", scope="c from 1/100 to 100, every ‖θ₀‖/v", most=100,
        ),
        trend.limit(
            "samples", SWEEP, thresholds, claimed, 1.0, 0.04, "The threshold of drawn samples over the computed one",
            "d/n = 0.1, 1 and 4, σ = ‖θ₀‖/2",
        ),
        Check("minimisers", Kind.TRAINED, on_both_sides),
    ),
    mutants=(
        Mutant("population_threshold", FORMULA.mutate(sp.sqrt(sp.pi / 2) * rho / v)),
        Mutant("five_percent_lower", FORMULA.mutate(NULL_THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(NULL_THRESHOLD * 105 / 100)),
        Mutant("coordinates_outside_the_root", FORMULA.mutate(sp.sqrt(sp.pi / 2) * (rho / v + c))),
    ),
    uses=("xing2021.null_minimises_training_loss_iff",),
)  # fmt: skip
