r"""Figure 3 with $\xi = 0$, and no attack at $\theta = 0$: the adversarial training loss does not tend to 0. As long as
$\theta(\mathbf{y}) = \mathbf{X}^\top(\mathbf{X}\mathbf{X}^\top)^{-1}\mathbf{y}$ minimises it, which it does at the
figure's radii, the loss is at least $\epsilon^2\|\theta(\mathbf{y})\|^2$ at every step. Next to $\theta(\mathbf{y})$
each step overshoots: residuals change sign at every step and the loss becomes
$(2/(2-h))^2\,\epsilon^2\|\theta(\mathbf{y})\|^2$, with $h$ an average of $2\eta\lambda/n$ over the eigenvalues
$\lambda$ of $\mathbf{X}\mathbf{X}^\top$. (The paper has none: it announces experiments with "$\xi = 0$ (with a change
when $\theta = 0$)" in an appendix that was not at hand; the change made here, and the statement, are ours.)
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.figure3 import FIGURE_3, panel
from checks.xing2021.high_dimension.settling import Case
from models.linear.interpolator import minimum_norm_interpolator
from models.linear.training import adversarial_training
from theory.interpolation import interpolation_threshold
from theory.validation import FloatArray

h = sp.Symbol("h", positive=True)
RADII = (0.01, 0.1)  # those of the figure that attack
TAIL = 300  # of 600 steps: the fluctuation is reached after 100 or so
STEPS = 100
ROUNDING = 64 * sampled.EPS  # of a mean of 12 squares of sums of a few terms


@dataclass(frozen=True)
class Fluctuation:
    """The loss over ε²‖θ(y)‖²: at least `floor`, and `level` in the end, of the share h of a residual a step takes."""

    floor: float
    level: sp.Expr

    @property
    def latex(self) -> str:
        """The level as LaTeX."""
        return rf"\hat{{R}}_L / (\epsilon^2 \|\theta(\mathbf{{y}})\|^2) \to {sp.latex(self.level)}"


def orbit(formula: Fluctuation, budget: Budget) -> Evidence:
    """The residual e > 0, in units of ε‖θ(y)‖, that a step turns into -e; the attack makes it e + 1."""
    e = sp.Symbol("e", positive=True)
    solution = sp.solve(sp.Eq(e - h * (e + 1), -e), e)[0]
    found = sp.simplify((solution + 1) ** 2 - formula.level)
    text = f"a step of share h turns e = {solution} into -e; its loss less the stated one is {found}"
    return Evidence(
        Kind.SYMBOLIC,
        Outcome.HOLDS if found == 0 else Outcome.FAILS,
        "all eigenvalues equal, ‖θ‖ at ‖θ(y)‖",
        f"In units of ε‖θ(y)‖, {text}.",
        {},
        text if found != 0 else None,
    )


def floor_gap(formula: Fluctuation, drawn: tuple[Case, float]) -> float:
    """By how much, relatively, the loss falls short of its floor in training at a share of the largest such radius."""
    case, share = drawn
    X, y = case.data
    radius = share * interpolation_threshold(X, y)
    trained = adversarial_training(
        X, y, radius, 0.0, step_size=case.step_size, steps=STEPS, record=("adversarial_train",)
    )
    floor = formula.floor * (radius * case.at.size) ** 2
    return float(floor / trained.curves["adversarial_train"].min() - 1)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Case, float]:
    """Data sets of 1 to 12 samples, radii up to the threshold, steps from 1/100 to 1/5 of n/λ_max.

    The threshold is at most √λ_max, and such an attack makes the curvature up to four times that of λ_max."""
    n, d = draw(st.integers(1, 12)), draw(st.sampled_from((16, 64, 256)))
    case = Case(n, d, 1.0, draw(st.floats(0.01, 0.2)), 1.0, draw(st.integers(0, 2**32 - 1)))
    return case, draw(st.one_of(st.just(1.0), st.floats(0.01, 1.0)))


@lru_cache(maxsize=2)
def measure(seed: int) -> tuple[FloatArray, FloatArray]:
    """Losses over ε²‖θ(y)‖², shape (radii, data sets, steps + 1), and h of the eigenvalues, (data sets, n)."""
    experiment = FIGURE_3.change(radii=RADII, smoothing=0.0)
    X, y = experiment.draw(experiment.replications, np.random.default_rng(seed))
    size = np.sum(minimum_norm_interpolator(X, y) ** 2, axis=-1)[:, None]
    losses = [
        experiment.train(X, y, r, ("adversarial_train",)).curves["adversarial_train"] / (r**2 * size) for r in RADII
    ]
    shares = 2 * experiment.step_size / experiment.n * np.asarray(np.linalg.eigvalsh(X @ X.mT), np.float64)
    return np.stack(losses), shares


def as_printed(formula: Fluctuation, budget: Budget) -> Evidence:
    """Figure 3 without smoothing: the floor at every step, and the mean of the last half, data set by data set."""
    losses, shares = measure(budget.seed)
    level = sp.lambdify(h, formula.level)
    low, high = level(shares[:, 0]) * np.ones(len(shares)), level(shares[:, -1]) * np.ones(len(shares))
    settled = losses[..., -TAIL:].mean(axis=-1)
    outside = int(np.sum((settled < low) | (settled > high)))
    above = bool(losses.min() >= formula.floor)
    text = (
        f"the loss over ε²‖θ(y)‖² is at least {losses.min():.4f} and in the last half {settled.min():.4f} to "
        f"{settled.max():.4f}; on {outside} of {settled.size} trainings outside of what the extreme eigenvalues say"
    )
    holds = above and outside == 0
    return Evidence(
        Kind.TRAINED,
        Outcome.HOLDS if holds else Outcome.FAILS,
        "Figure 3 with ξ = 0, ε = 0.01 and 0.1, 100 data sets",
        f"With ξ = 0, {text}.",
        {"least loss": float(losses.min()), "outside": float(outside), "mean share h": float(shares.mean())},
        None if holds else text,
        charts=(panel("Without smoothing", "loss / (ε² ‖θ(y)‖²)", RADII, np.minimum(losses, _HEIGHT)),),
    )


_HEIGHT = 10.0  # the chart's: the loss starts at thousands of its floor
FLUCTUATION = Fluctuation(1.0, (2 / (2 - h)) ** 2)

CLAIM = Claim(
    id="xing2021.training_without_smoothing_fluctuates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 3"),
    ours=True,
    formula=FLUCTUATION,
    checks=(
        Check("orbit", Kind.SYMBOLIC, orbit),
        sampled.search(
            "floor",
            drawn(),
            floor_gap,
            ROUNDING,
            f"The training loss in {STEPS} steps is never below ε²‖θ(y)‖², at radii up to the threshold",
            scope="n up to 12, d up to 256",
        ),
        Check("as_printed", Kind.TRAINED, as_printed),
    ),
    mutants=(
        Mutant("tends_to_zero", Fluctuation(0.0, sp.S.Zero)),
        Mutant("tends_to_the_floor", Fluctuation(1.0, sp.S.One)),
        Mutant("floor_five_percent_high", Fluctuation(1.05, (2 / (2 - h)) ** 2)),
        Mutant("level_five_percent_high", Fluctuation(1.0, (2 / (2 - h)) ** 2 * 105 / 100)),
        Mutant("no_overshoot_in_the_residual", Fluctuation(1.0, (1 + h) ** 2)),
    ),
)
