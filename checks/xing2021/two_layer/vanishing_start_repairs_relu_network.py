r"""Theorem 4 starts at zero, where a ReLU network with $\phi'(0) = 0$ stays. We amend: with the vanishing start of
Theorem 3, $\theta_j^{(0)} \sim N(0, I_d/(d h^{1+\delta}))$, and a ratio $\|a^+\|/\|a^-\|$ bounded away from 0 and
$\infty$, (7) holds for $\phi'(0) = 0$ too as $n$ and $h$ diverge, for training to rest with $\xi \rightarrow 0$. Half
of a symmetric law of $x$ lies on either side of $\theta_j^{(0)}$, so that $E\, \phi'(x^\top \theta_j^{(0)}) y x =
\tfrac{1}{2} E y x$ for every $\theta_j^{(0)}$: the first update is that of $\phi'(0) = 1/2$ from zero.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trend
from checks.evidence.trend import Limit, Sweep
from checks.result import Chart, Evidence, Kind, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import full_relu_networks, relu_training
from checks.xing2021.two_layer.full_relu_networks import Network
from checks.xing2021.two_layer.relu_starts import Start
from checks.xing2021.two_layer.relu_training import RADIUS, Setting
from theory.derivations.two_slopes import signal_on_one_side
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True)
class Repair:
    """The derivative at 0 that a random start acts as, and the θ* whose risk training reaches."""

    slope: sp.Expr
    optimum: Callable[[LinearGaussian], FloatArray]

    @property
    def latex(self) -> str:
        """The mean of φ'(xᵀθ_j⁽⁰⁾) y x over that of y x."""
        return str(sp.latex(self.slope))


def robust(population: LinearGaussian) -> FloatArray:
    """The minimiser of the adversarial risk over linear functions."""
    return robust_minimizer(population, RADIUS).coefficients


def stronger_by_half(population: LinearGaussian) -> FloatArray:
    """Mistake: the minimiser for another radius."""
    return robust_minimizer(population, 1.5 * RADIUS).coefficients


START = Start(0.0, 3.0)
SWEEP: Sweep[int] = Sweep((200, 400, 800, 1600, 6400), 4, float, "n", lambda n: max(1.0, 1600 / n))
WIDTH, WIDTHS, SHOWN = 16, (16, 128, 1024), 400


@st.composite
def mirrored(draw: domains.Draw) -> Network:
    """Networks whose data are as many pairs (x, y) as (-x, -y), one step with torch.relu from a start of size 1e-12."""
    case: Network = draw(full_relu_networks.networks(most_steps=1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    start = 1e-12 * rng.standard_normal((len(case.weights), case.X.shape[1]))
    X, y = np.concatenate([case.X, -case.X]), np.concatenate([case.y, -case.y])
    return replace(case, X=X, y=y, slope=0.0, start=start)


NEGLIGIBLE = 1e-9
"""The start moves outputs by some 1e-11 and, with ξ >= 1/4, the attacked inputs by 1e-10 at most."""


def update_gap(formula: Repair, case: Network) -> float:
    """Largest distance of the neurons after one step to 2η a_j c Σ y_i x_i/(n√h), over 1 + |y|."""
    mean = (case.y[:, None] * case.X).mean(axis=0)
    scaled = case.weights / np.sqrt(len(case.weights))
    claimed = 2 * case.step_size * float(formula.slope) * np.outer(scaled, mean)
    return float(np.abs(full_relu_networks.train(case) - claimed).max() / (1 + np.abs(case.y).max()))


def excess(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_N - R*)/v² of whole networks in d = 2."""
    return START.excess(n, WIDTH, replicates, rng)


def limit_of(formula: Repair) -> Limit:
    """(R(θ) - R*)/v² of the claimed limit."""
    population = Setting(1, d=2).population
    return Limit(relu_training.gap_of(formula.optimum(population), population), (1.0, 1.5))


GROWING: Check[Repair] = trend.limit(
    "growing_samples", SWEEP, excess, limit_of, 1.0, 0.03,
    f"(R_N - R*)/v² of whole networks, h = {WIDTH}, relu'(0) = 0, θ_j ~ N(0, I/(2h⁴)) at the start",
    scope="d = 2, Σ = I, ‖θ₀‖ = 1, σ = ε = 0.5, a = ±1 and ±1/2, n = 200 to 1600, at the full budget to 6400",
)  # fmt: skip


def growing_samples(formula: Repair, budget: Budget) -> Evidence:
    """The limit, and beside it widths up to 1024 step by step in d = 1, against φ'(0) = 1/2 from zero."""
    evidence = GROWING.run(formula, budget)
    return replace(evidence, charts=(*evidence.charts, _widths(budget))) if formula is CLAIM.formula else evidence


def _widths(budget: Budget) -> Chart:
    arms = [(f"h = {h}, random start", START, h) for h in WIDTHS] + [("relu'(0) = 1/2 from zero", Start(0.5), 4)]
    series = []
    for label, arm, width in arms:
        path = arm.path(SHOWN, width, budget.rng())
        series.append(Series(label, tuple(float(t) for t in range(len(path))), tuple(path.tolist())))
    return Chart(f"Random starts (d = 1, n = {SHOWN})", "steps", "(R - R*)/v²", tuple(series), y_log=True)


CLAIM: Claim[Repair] = Claim(
    id="xing2021.vanishing_start_repairs_relu_network",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    formula=Repair(sp.Rational(1, 2), robust),
    checks=(
        symbolic.derivation(
            "derivation", signal_on_one_side, lambda f: f.slope,
            "The signal on one side of a hyperplane, over all of it", scope="Gaussian x, every Σ and start",
        ),
        sampled.search(
            "mirrored_data", mirrored(), update_gap, NEGLIGIBLE,
            "The first update by torch.relu from a tiny start, on data that are their own mirror image",
            scope="up to 8 neurons, 16 samples and 3 dimensions", most=300,
        ),
        Check("growing_samples", Kind.TREND, growing_samples),
    ),
    mutants=(
        Mutant("derivative_stays_zero", Repair(sp.S.Zero, lambda p: np.zeros(p.d))),
        Mutant("derivative_one", Repair(sp.S.One, robust)),
        Mutant("five_percent_more", Repair(sp.Rational(105, 200), robust)),
        Mutant("stronger_by_half", Repair(sp.Rational(1, 2), stronger_by_half)),
        Mutant("no_attack", Repair(sp.Rational(1, 2), lambda p: p.true_coefficients)),
    ),
    uses=("xing2021.two_slopes_do_not_beat_linear_for_symmetric_laws",),
    amends="xing2021.relu_network_reaches_linear_optimum",
)  # fmt: skip
