r"""The abstract does not say it. For $c \to \infty$ at a fixed $\epsilon$ the limit of $\hat{\theta}$ becomes that of
the minimum-norm interpolator $\theta(\mathbf{y})$ of Lemma 1 of Xing, Song and Cheng (2021): up to terms that vanish
faster than any power of $c$ every residual is 0 and $\|\hat{\theta}\|^2$ is
$\|\theta_0\|^2 / c + \sigma^2 / (c - 1)$.
"""

import math

import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.formula import Formula
from checks.javanmard2020 import PAPER, saddle
from checks.javanmard2020.settings import Setting
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from theory import notation as sym
from theory.derivations import proportional as derivations
from theory.derivations.derivation import decide
from theory.interpolation import SQUARED_NORM_MEAN
from theory.proportional import proportional_limit

rho, sigma, c = sym.true_size, sym.noise_std, sym.aspect_ratio
FORMULA = Formula(
    rho**2 / c + sigma**2 / (c - 1), r"\|\theta(\mathbf{y})\|^2",
    lambda case: case.limit.alignment**2 + case.limit.orthogonal**2,
)  # fmt: skip
CLOSENESS = arb(2) ** -60  # at cutoffs of 15 and more, beyond which the Gaussian tail weighs less than 1e-50
ROUNDING = saddle.ROUNDING
RATIOS = (257.0, 1025.0, 4097.0)


def limits(formula: Formula, budget: Budget) -> Evidence:
    """Lemma 1's exact mean at d = cn as n grows; and the saddle point where α and e have their limits for μ → 0."""
    finite = sp.limit(SQUARED_NORM_MEAN.subs(sym.dimension, c * sym.sample_size), sym.sample_size, sp.oo)
    chains = (derivations.displacement_in_many_dimensions(), derivations.square_displacement_in_many_dimensions())
    mean, square = (chain.result for chain in chains)
    variance = sp.Symbol("S", positive=True)
    along = rho * mean / c
    rest = variance * square / c
    (found,) = sp.solve(variance - (rho - along) ** 2 - rest - sigma**2, variance)
    saddle_length = (along**2 + rest).subs(variance, found)
    gaps = [sp.simplify(side - formula.expression) for side in (finite, saddle_length)]
    decided = all(decide(step) == "decided" for chain in chains for step in chain.steps)
    outcome = Outcome.FAILS if any(gaps) else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    steps = (
        Step("Lemma 1's mean for d = cn, as n grows", rf"\to {sp.latex(finite)}", "SymPy"),
        Step("α and e as μ falls to 0", rf"\to {sp.latex(mean)},\ {sp.latex(square)}", "SymPy"),
        Step("a² + b² with a = ρα/c, b² = es²/c and s² = (ρ - a)² + b² + σ²", sp.latex(saddle_length), "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "the limit μ → 0; how fast it is approached is left to the other checks",
        "The mean over samples, in the limit, and the saddle point without residuals.", {"steps": float(len(steps))},
        f"a difference of {next(gap for gap in gaps if gap)}" if any(gaps) else None, steps,
    )  # fmt: skip


def enclosed(formula: Formula, budget: Budget) -> Evidence:
    """a² + b² at saddle points with a cutoff of 15 and more, against the formula."""
    wrong, widest = [], 0.0
    for ratio in RATIOS:
        for noise, radius in ((0.5, 1.0), (1.0, 0.5), (2.0, 0.25)):
            setting = Setting(1.0, noise, radius, ratio)
            point = saddle.saddle_point(setting)
            if point is None:
                return _evidence(Outcome.INCONCLUSIVE, f"no box contracts at {setting}", {})
            with ctx.workprec(saddle.PRECISION):
                gap = abs((point[saddle.a] ** 2 + point[saddle.b] ** 2) / formula.enclose(setting.scalars) - 1)
                widest = max(widest, float(gap.upper()))
                if not gap < CLOSENESS:
                    wrong.append(f"{setting}: a relative difference of {gap.str(5)}")
    numbers = {"settings": 3.0 * len(RATIOS), "largest relative difference": widest, "allowed": float(CLOSENESS)}
    text = f"of {3 * len(RATIOS)} settings {len(wrong)} differ by a relative 2^-60 or more."
    return _evidence(Outcome.FAILS if wrong else Outcome.HOLDS, text, numbers, wrong[0] if wrong else None)


def _evidence(outcome: Outcome, text: str, numbers: dict[str, float], counterexample: str | None = None) -> Evidence:
    claim = f"‖θ‖² at saddle points against that of the interpolator: {text}"
    scope = "c = 257, 1025 and 4097, ε from 1/4 to 1, σ from 1/2 to 2"
    return Evidence(Kind.CERTIFIED, outcome, scope, claim, numbers, counterexample, charts=(chart(),))


def chart() -> Chart:
    """How the share of residuals that are not 0, and the training loss over ε²‖θ(y)‖², approach 0 and 1."""
    ratios = tuple(1 + 10 ** (x / 12) for x in range(-6, 14))
    found = [proportional_limit(1.0, 0.5, 1.0, ratio) for ratio in ratios]
    lengths = [1 / ratio + 0.25 / (ratio - 1) for ratio in ratios]
    series = (
        Series("share of residuals other than 0", ratios, tuple(1 - x.zero_residual_fraction for x in found)),
        Series("training loss over that of θ(y)", ratios,
               tuple(x.training_loss / length for x, length in zip(found, lengths, strict=True))),
    )  # fmt: skip
    return Chart("Towards interpolation, ε = 1, σ = 1/2, ‖θ₀‖ = 1", "d/n", "share, ratio", series, x_log=True)


@st.composite
def cases(draw: domains.Draw) -> Setting:
    """c from 2 to 1e6, and radii at which the cutoff, at least (c - 1)/(ε√c), is 9 or more."""
    ratio = 10.0 ** draw(domains.numbers(0.31, 6.0))
    signal, noise = draw(st.sampled_from([(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (1.0, 2.0)]))
    return Setting(signal, noise, (ratio - 1) / math.sqrt(ratio) / draw(domains.numbers(9.0, 1e4)), ratio)


def interpolation_gap(formula: Formula, setting: Setting) -> float:
    """Relative distance of the computed ‖θ̂‖² from the stated one; and the residuals that are left."""
    found = setting.limit
    stated = float(formula.enclose(setting.scalars).mid())
    gap = abs((found.alignment**2 + found.orthogonal**2) / stated - 1)
    return max(gap, 1 - found.zero_residual_fraction)


CLAIM = Claim(
    id="javanmard2020.many_dimensions_leave_the_interpolator",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, size of the data"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("limits", Kind.SYMBOLIC, limits),
        Check("enclosure", Kind.CERTIFIED, enclosed),
        sampled.search(
            "computed", cases(), interpolation_gap, ROUNDING, "The computed ‖θ̂‖² against that of the interpolator, and "
            "the share of residuals that are left", scope="c from 2 to 1e6, cutoffs from 9",
        ),
    ),
    mutants=(
        Mutant("noise_over_the_ratio", FORMULA.mutate((rho**2 + sigma**2) / c)),
        Mutant("five_percent_more_noise", FORMULA.mutate(rho**2 / c + sigma**2 * sp.Rational(105, 100) / (c - 1))),
        Mutant("signal_over_the_gap", FORMULA.mutate((rho**2 + sigma**2) / (c - 1))),
    ),
    uses=("javanmard2020.saddle_point_solves_three_equations", "xing2021.interpolator_norm_has_exact_mean"),
)  # fmt: skip
