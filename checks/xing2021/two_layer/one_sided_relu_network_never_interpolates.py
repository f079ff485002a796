r"""A ReLU network without negative output weights, $a^- = 0$, is nowhere negative. So on every data set and at every
step, whatever its derivative at 0, its step size and the attack, $\|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2^2/n
\geq \frac{1}{n}\sum_i \min(y_i, 0)^2$, of which the mean is $v^2/2$: the stopping level $v/\sqrt{\log n}$ of Theorem 7
is never reached, $T = \infty$ with probability tending to 1, and training in high dimension ends at that bound. (The
paper asks for $\|a^+\|/\|a^-\| = 1$ and has no such statement.)
"""

from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, symbolic, trend
from checks.evidence.certified import PRECISION, power_of_two_above
from checks.evidence.sampled import EPS
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from models.two_layer import network_training, relu
from theory.derivations.one_sided import negative_square
from theory.two_layer import relu_reduction, whole_network
from theory.validation import FloatArray

FLOOR = Formula(sp.Rational(1, 2), r"\lim \|\mathbf{f}_\theta - \mathbf{y}\|_2^2/(n v^2)")
SIZES = (25, 50, 100, 200, 400, 800)
RARE, LEAST = 1e-6, 2.0**-100
STEPS, LONG = 30, 12.0  # a long training shrinks the residuals that it can shrink e^-12-fold
ROUNDING = 64 * EPS
SWEEP = trend.Sweep(
    (Setting(20, 400), Setting(50, 5000), Setting(100, 40_000)), 2, lambda setting: setting.n, "n",
    lambda setting: {20: 5.0, 50: 2.0, 100: 0.25}[setting.n],
)  # fmt: skip


def below(size: int, share: Ball) -> Ball:
    """P(Σ min(yᵢ, 0)²/(n v²) < 2 share/log n): of k negative responses, a binomial number, the sum is χ²_k."""
    bound = size / arb(size).log() * share
    parts = (comb(size, k) * (bound.gamma_lower(arb(k) / 2, 1) if k else arb(1)) for k in range(size + 1))
    return sum(parts, arb(0)) / arb(2) ** size


def certificate(formula: Formula, budget: Budget) -> Evidence:
    """The exact probability that the bound, scaled so that its mean is the stated one, lies below the level."""
    with ctx.workprec(8 * PRECISION):
        # the bound's mean is v²/2: stated as s v², it lies below v²/log n where Σ min(y, 0)²/(n v²) < 1/(2 s log n)
        share = formula.enclose({})
        balls = [below(size, 1 / (4 * share)) if share > 0 else arb(1) for size in SIZES]
        most = [max(power_of_two_above(float(ball.upper())), LEAST) for ball in balls]
    vanishing = all(late <= early for early, late in pairwise(most)) and most[-1] < RARE
    certain = all(ball > 1 - RARE for ball in balls)
    outcome = Outcome.HOLDS if vanishing else Outcome.FAILS if certain else Outcome.INCONCLUSIVE
    text = ", ".join(f"{bound:.1g} at n = {size}" for size, bound in zip(SIZES, most, strict=True))
    return Evidence(
        Kind.CERTIFIED, outcome, f"n up to {SIZES[-1]}",
        f"The probability that the least residual of a function that is never negative lies below the level is at most "
        f"{text}.",
        {"largest n": float(SIZES[-1]), "probability there, at most": most[-1]},
        "the level is reached" if outcome is Outcome.FAILS else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A data set, a whole network with positive output weights, and how it is trained."""

    n: int
    d: int
    weights: tuple[float, ...]
    slope: float
    radius: float
    pace: float
    seed: int


def cases() -> st.SearchStrategy[Case]:
    """Up to 12 samples in up to 200 dimensions, 1 to 6 positive weights, any derivative at 0."""
    weights = st.lists(st.sampled_from((0.5, 1.0, 3.0)), min_size=1, max_size=6)
    return st.builds(
        Case, st.integers(1, 12), st.integers(1, 200), weights.map(tuple), st.sampled_from((0.0, 0.5, 1.0)),
        st.sampled_from((0.0, 0.5)), st.floats(0.1, 1.5),
        st.integers(0, 2**32 - 1),
    )  # fmt: skip


def bound_gap(formula: Formula, case: Case) -> float:
    """By how much, relatively, a mean squared residual of a training falls below the bound, as its mean is stated."""
    rng = np.random.default_rng(case.seed)
    X, y = rng.standard_normal((case.n, case.d)), rng.standard_normal(case.n)
    network = whole_network(case.weights)
    trained = network_training(
        X, y, network, relu(case.slope), case.radius, 0.1, record=("residual",), steps=STEPS,
        step_size=network.step_size(case.pace * case.n / float(np.linalg.norm(X, 2)) ** 2),
    )  # fmt: skip
    least = 2 * float(formula(Setting(3, 5))) * float(np.mean(np.minimum(y, 0.0) ** 2))
    found = float(trained.curves["residual"].min()) ** 2
    return (least - found) / float(np.mean(y**2))


def final_residuals(point: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Mean squared residual over v² of long trainings, less Σ min(yᵢ, 0)²/(n v²), plus the mean of that, ½."""
    X, y = draw(point, replicates, rng)
    step = point.step_size * 2
    steps = round(LONG * point.n / (2 * step * point.d))
    trained = network_training(
        X, y, relu_reduction(1.0, 0.0, 1), relu(1.0), 0.0, step_size=step, steps=steps, record=("residual",),
        record_every=steps,
    )  # fmt: skip
    total = point.true_size**2 + point.noise_std**2
    left = trained.curves["residual"][:, -1] ** 2 - np.mean(np.minimum(y, 0.0) ** 2, axis=1)
    controlled: FloatArray = left / total + 0.5
    return controlled


def allowed(formula: Formula, point: Setting) -> tuple[float, float]:
    """The bound, up to (n/d)^(3/2): positive responses smaller than v√(n/d) may stay unfitted too."""
    small = (point.n / point.d) ** 1.5
    return formula(point) - small, formula(point) + small


CLAIM = Claim(
    id="xing2021.one_sided_relu_network_never_interpolates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    ours=True,
    formula=FLOOR,
    checks=(
        symbolic.derivation(
            "negative_half", negative_square, lambda f: f.expression,
            "The mean square of the negative part of y over v²", scope="Gaussian responses",
        ),
        Check("certificate", Kind.CERTIFIED, certificate),
        sampled.search(
            "lower_bound", cases(), bound_gap, ROUNDING,
            "No step of a training of a whole network brings the residual below the bound",
            scope="n up to 12, d up to 200, 30 steps, relu'(0) = 0, 1/2 and 1",
        ),
        trend.bounds(
            "long_training", SWEEP, final_residuals, allowed,
            "The mean squared residual that long training ends at, over v²",
            scope="Σ = I, no attack; n = 20 and 50, at the full budget 100",
        ),
    ),
    mutants=(
        Mutant("five_percent_high", FLOOR.mutate(sp.Rational(21, 40))),
        Mutant("half_of_that", FLOOR.mutate(sp.Rational(1, 4))),
        Mutant("interpolates", FLOOR.mutate(sp.S.Zero)),
        Mutant("never_moves", FLOOR.mutate(sp.S.One)),
    ),
)  # fmt: skip
