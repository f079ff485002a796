r"""For the two-layer neural network (6), under the same conditions on $\phi$ as in Theorem 3,
$(\log n)\sqrt{d/n} \rightarrow \infty$, take zero/vanishing initialization and $\eta = \eta_{\text{linear}}h/\|a\|^2$.
Assume $\|a\|_\infty = O(1)$, $(d\log n)\|a\|_\infty v/\sqrt{h} \rightarrow 0$, $\max|a_j|/(\min|a_j|) = \Theta(1)$,
$\sqrt{dn}(\log n)^2\|a\|_\infty v\sqrt{h}/\|a\|^2 \rightarrow 0$, $\sqrt{d\log n}(1 + v^2\eta\|a\|^3/(h^{3/2}\xi) +
L\eta v)^T/h^{\delta/2} \rightarrow 0$. Denote $T := \min\{t \in \mathbb{Z}^+ : \|\mathbf{f}_{\theta_\xi^{(t)}} -
\mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, then with probability tending to 1, for any $\xi > 0$, we have
$T < \infty$ and $\frac{\hat{R}_{N,\xi}(\theta_\xi^{(T)}, \epsilon)}{v^2} \rightarrow 0$, and
$\frac{R_{N,\xi}(\theta_\xi^{(T)}, \epsilon)}{v^2} \rightarrow 1$.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp
from flint import arb, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified_line
from checks.evidence.certified import PRECISION, power_of_two_above
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.smooth_networks import Family
from checks.xing2021.two_layer.stopped_networks import SOFTPLUS_ONE, TANH_PAIR, WIDTH
from models.two_layer import network_training
from theory.notation import sample_size as n
from theory.schedules import stopping_level
from theory.validation import FloatArray

ERRATUM = (
    "The condition (log n)√(d/n) → ∞ alone admits d = n/log n. Then d < n, and as h → ∞ the network is a linear "
    "function of d coordinates, whose RMS residual is at least that of least squares, about σ√(1 - d/n), far above the "
    "level v/√(log n): T = ∞ for σ > 0. What excludes it is the standing assumption d/n → ∞ of Section 3; the "
    "consistent reading is Theorem 5's condition (log n)√(n/d) → 0, of which the printed one is the inverse. As in "
    "Theorem 3, φ lacks a growth condition too: u exp(u⁴) has infinite risk."
)

TRUE_SIZE = NOISE_STD = 1.0
SIZES = (100, 300, 1000, 3000, 10_000, 100_000)
TRAINED_SIZES = {"quick": (100, 200), "full": (100, 200, 400)}
STEPS, PACE, SMOOTHING, RADIUS = 3000, 0.45, 1e-3, 0.1
RARE, LEAST = 1e-6, 2.0**-100  # smaller probabilities are not told apart
PLACES = tuple(float(round(10 * 40 ** (i / 40))) for i in range(41))  # n = 10 to 400


@dataclass(frozen=True)
class Growth:
    """How d grows with n."""

    dimension: sp.Expr

    def at(self, size: int) -> int:
        """d at that n, the nearest integer."""
        return max(1, round(float(self.dimension.subs(n, size))))

    @property
    def latex(self) -> str:
        """d as LaTeX."""
        return rf"d = {sp.latex(self.dimension)}"


def limits(formula: Growth, budget: Budget) -> Evidence:
    """The printed condition, and the mean square of the least-squares residual, σ²(1 - d/n), over the level's."""
    share = formula.dimension / n
    grows = sp.limit(sp.log(n) ** 2 * share, n, sp.oo)
    most = sp.limit(share, n, sp.oo)
    floor = sp.limit(sp.log(n) * (1 - share), n, sp.oo) if most < 1 else sp.S.Zero
    admitted, refuted = grows == sp.oo, floor == sp.oo
    outcome = Outcome.INCONCLUSIVE if not admitted else Outcome.FAILS if refuted else Outcome.HOLDS
    steps = (
        Step("the printed condition, squared", rf"(\log n)^2 d/n \to {sp.latex(grows)}", "SymPy"),
        Step("samples against coordinates", rf"d/n \to {sp.latex(most)}", "SymPy"),
        Step("floor over the level, σ = v", rf"\log n\,(1 - d/n)_+ \to {sp.latex(floor)}", "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "Gaussian x of full rank, least squares",
        f"(log n)²d/n tends to {_named(grows)}, and log n times the mean square (1 - d/n)₊ of least-squares residuals "
        f"over σ² to {_named(floor)}: linear functions stay {'above' if refuted else 'not above'} the level.",
        {"steps": 3.0}, f"d = {formula.dimension}, σ > 0" if outcome is Outcome.FAILS else None, steps,
    )  # fmt: skip


def _named(limit: sp.Expr) -> str:
    return "infinity" if limit == sp.oo else str(limit)


def reaching(formula: Growth, size: int) -> Ball:
    """P(some linear function of x has a residual below the level): P(σ²χ²_{n-d} < n v²/log n); 1 for d >= n."""
    freedom = size - formula.at(size)
    if freedom <= 0:
        return arb(1)
    with ctx.workprec(PRECISION):
        bound = arb(size) / arb(size).log() * (TRUE_SIZE**2 + NOISE_STD**2) / NOISE_STD**2
        return (bound / 2).gamma_lower(arb(freedom) / 2, 1)


def certificate(formula: Growth, budget: Budget) -> Evidence:
    """The exact probability that least squares gets below the level, for growing n; the limit of networks is linear."""
    balls = [reaching(formula, size) for size in SIZES]
    most = [max(power_of_two_above(float(ball.upper())), LEAST) for ball in balls]
    falling = all(late <= early for early, late in pairwise(most))
    refuted, held = falling and most[-1] < RARE, all(ball > 1 - RARE for ball in balls)
    outcome = Outcome.FAILS if refuted else Outcome.HOLDS if held else Outcome.INCONCLUSIVE
    text = ", ".join(f"{bound:.1g} at n = {size}" for size, bound in zip(SIZES, most, strict=True))
    return Evidence(
        Kind.CERTIFIED, outcome, "linear functions, ‖θ₀‖ = σ, n up to 100,000",
        f"The probability that any linear function has a residual below the level is at most {text}.",
        {"largest n": float(SIZES[-1]), "probability there, at most": most[-1]},
        f"d = n/log n, ‖θ₀‖ = σ: T < ∞ with a probability of at most {text}" if refuted else None,
    )  # fmt: skip


def _chart() -> Chart:
    """The probability over n; smaller ones than LEAST are not told apart."""
    at_most = {size: reaching(PRINTED, int(size)).upper().max(arb(LEAST)) for size in PLACES}
    failing = next(size for size, bound in at_most.items() if bound < RARE)
    return Chart(
        "Training never gets below the level: d = n/log n, ‖θ₀‖ = σ",
        "n",
        "probability of T < ∞",
        (
            certified_line.curve("at most, for every linear function", at_most.__getitem__, PLACES),
            certified_line.stated("1, to which it is said to tend", 1.0, PLACES),
            certified_line.counterexample(at_most.__getitem__, failing),
        ),
        x_log=True,
    )


@dataclass(frozen=True)
class Run:
    """The least RMS residual of a training, the floor of least squares, and the level, all over v; the curve."""

    least: float
    floor: float
    level: float
    steps: FloatArray
    curve: FloatArray


@lru_cache(maxsize=64)
def train(d: int, size: int, family: Family, seed: int) -> Run:
    """A network of width 1e8 on one data set of model (4), trained long."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((size, d))
    y = TRUE_SIZE * X[:, 0] + NOISE_STD * rng.standard_normal(size)
    axes, stds, _ = np.linalg.svd(X, full_matrices=False)
    reduction, v = family.reduction(WIDTH), float(np.hypot(TRUE_SIZE, NOISE_STD))
    trained = network_training(
        axes * stds, y, reduction, family.activation, RADIUS, SMOOTHING, steps=STEPS, record=("residual",),
        step_size=reduction.step_size(PACE * size / float(stds[0]) ** 2, family.activation.slope),
        stop_residual=stopping_level(v, size), record_every=1,
    )  # fmt: skip
    residuals = trained.curves["residual"][0] / v
    floor = float(np.linalg.norm(y - axes @ (axes.T @ y)) / np.sqrt(size) / v)
    kept = np.unique(np.geomspace(1, len(residuals), 30).astype(int)) - 1
    return Run(float(residuals.min()), floor, stopping_level(1.0, size), kept + 1.0, residuals[kept])


def collapse(formula: Growth, budget: Budget) -> Evidence:
    """Whether networks of width 1e8 reach the level in 3000 steps; what they stay above is the floor."""
    families, sizes = (TANH_PAIR, SOFTPLUS_ONE), TRAINED_SIZES[budget.name]
    runs = [train(formula.at(size), size, family, budget.seed) for size in sizes for family in families]
    endless = sum(run.least >= run.level for run in runs)
    blocked = all(run.floor > run.level for run in runs)
    outcome = Outcome.HOLDS if endless == 0 else Outcome.FAILS if endless == len(runs) and blocked else None
    closest = min(run.least / run.floor if run.floor > 0 else np.inf for run in runs)
    series = tuple(
        Series(f"n = {size}, {family.activation.name}", tuple(run.steps.tolist()), tuple(run.curve.tolist()))
        for run, (size, family) in zip(runs, [(s, f) for s in sizes for f in families], strict=True)
    )
    text = f"{endless} of {len(runs)} trainings never get below the level"
    return Evidence(
        Kind.TRAINED, outcome or Outcome.INCONCLUSIVE,
        f"‖θ₀‖ = σ, ε = 0.1, ξ = 1e-3, h = 1e8, tanh and softplus, n up to {sizes[-1]}, one data set each",
        f"In {STEPS} steps, {text}; the least residual is {closest:.3f} times that of least squares.",
        {"trainings": float(len(runs)), "above the level": float(endless), "least over least squares": closest},
        text if outcome is Outcome.FAILS else None, charts=(Chart("RMS residual over v", "step", "residual", series,
        x_log=True),),
    )  # fmt: skip


PRINTED = Growth(n / sp.log(n))

CLAIM = Claim(
    id="xing2021.smooth_network_interpolates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 6"),
    formula=PRINTED,
    checks=(
        Check("limits", Kind.SYMBOLIC, limits),
        certified_line.refuting(Check("certificate", Kind.CERTIFIED, certificate), PRINTED, _chart),
        Check("collapse", Kind.TRAINED, collapse),
    ),
    mutants=(
        Mutant("more_coordinates_by_a_logarithm", Growth(n * sp.log(n))),
        Mutant("more_coordinates_by_a_squared_logarithm", Growth(n * sp.log(n) ** 2)),
        Mutant("power_of_three_halves", Growth(n ** sp.Rational(3, 2))),
    ),
    erratum=ERRATUM,
    reading="The growth condition is taken as it is printed, without the assumption d/n → ∞ that opens Section 3.",
)
