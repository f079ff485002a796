r"""Theorem 7 with a derivative $c > 0$ of the ReLU at 0 and with the growth condition and small steps of Theorem 5: for
the two-layer neural network (6) with zero initialization and no bias, $\|a^+\|/\|a^-\|$ bounded away from $0$ and
$\infty$, $\eta = \eta_{\text{linear}} h/\|a\|^2$ and $(\log n)\sqrt{n/d} \rightarrow 0$, denote $T := \min\{t \in
\mathbb{Z}^+ : \|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$; then for any
$\xi > 0$, with probability tending to 1, we have $T < \infty$.
"""

from functools import lru_cache

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.formula import Undefined
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopping_bounds import Rule
from checks.xing2021.two_layer.stopped_relu_networks import (
    SWEEP,
    THEOREM_7,
    Orthogonal,
    Point,
    ReluRule,
    orthogonals,
    stop_networks,
)
from models.two_layer.training import Divergence

TRAININGS = 20  # of every setting: one that does not stop is enough
RATIOS = (1.0, 1.5)
TIE = 1e-9  # relative; rounding errors of a training of a thousand steps are far smaller


def orthogonal_gap(formula: ReluRule, case: Orthogonal) -> float:
    """By how many steps a whole network stops earlier or later than it should.

    The residual of a sample with response y_i > 0 is -y_i (1 - cρ⁺)(1 - ρ⁺)^(t-1) with ρ⁺ = (2ηd/n)‖a⁺‖²/h, and with
    ρ⁻ for y_i < 0: neurons of the other sign leave the sample with the first step.
    """
    level = formula.stop.level(case.total_std, case.n)
    trained, y = case.train(formula), np.array(case.y)
    if trained is None and _residual(case, y, THEOREM_7.slope, case.patience) > level:
        raise Undefined
    if trained is None:
        return np.inf
    before, after = (_residual(case, y, formula.slope, t) for t in (trained - 1, trained))
    if min(abs(before / level - 1), abs(after / level - 1)) < TIE:
        raise Undefined
    late = trained > 1 and before < level
    return float(late or after > level)


def _residual(case: Orthogonal, y: np.ndarray, slope: float, steps: int) -> float:
    pace = case.pace * np.where(y > 0, *case.shares())
    return float(np.sqrt(np.mean((y * (1 - slope * pace) * (1 - pace) ** (steps - 1)) ** 2)))


@lru_cache(maxsize=16)
def measure(formula: ReluRule, budget: Budget) -> tuple[tuple[Point, float, float, bool], ...]:
    """Point, ratio, mean T and whether all trainings stopped, along the sweep, up to an endless one."""
    found: list[tuple[Point, float, float, bool]] = []
    rng = np.random.default_rng(budget.seed)
    for point in SWEEP.chosen(budget):
        for ratio in RATIOS:
            rule = formula.change(ratio=formula.ratio * ratio)
            try:
                stopped = stop_networks(point, TRAININGS, rng, rule)
            except Divergence:
                return (*found, (point, rule.ratio, np.inf, False))
            found.append((point, rule.ratio, float(stopped.steps.mean()), stopped.finished))
            if not stopped.finished:
                return tuple(found)
    return tuple(found)


def sweep(formula: ReluRule, budget: Budget) -> Evidence:
    """Whether every training of the sweep stops."""
    found = measure(formula, Budget(budget.name, 0, 0, budget.replicates, seed=budget.seed))
    endless = [f"{point}, ratio {ratio:g}" for point, ratio, _, finished in found if not finished]
    return Evidence(
        Kind.TREND,
        Outcome.FAILS if endless else Outcome.HOLDS,
        "Σ = I, ε = 0.5, ξ = 1e-12, c = 1 and 1/2, ratios 1 and 1.5; n = 20 to 50, at the full budget to 200",
        f"Training on data drawn along the sweep, up to 10 times the time that is predicted: of {len(found)} settings, "
        f"{len(endless)} have a training that does not stop.",
        {"settings": float(len(found)), "with an endless training": float(len(endless))},
        endless[0] if endless else None,
        charts=(_chart(found),),
    )


def _chart(found: tuple[tuple[Point, float, float, bool], ...]) -> Chart:
    series = []
    for ratio in dict.fromkeys(ratio for _, ratio, _, _ in found):
        rows = [(float(p.n), time * p.setting.step_size) for p, r, time, _ in found if r == ratio and p.slope == 1]
        x, y = zip(*rows, strict=True)
        series.append(Series(f"ratio {ratio:g}", x, y, points=True))
    return Chart("Where training stops", "n", "η T", tuple(series), x_log=True)


CLAIM = Claim(
    id="xing2021.relu_network_interpolates_with_slope_at_zero",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    reading="relu'(0) is 1 (torch.clamp) or 1/2 (torch.maximum). Theorem 7 names no step size; η is Theorem 6's.",
    formula=THEOREM_7,
    checks=(
        sampled.search(
            "orthogonal_samples",
            orthogonals(),
            orthogonal_gap,
            0.0,
            "Steps by which whole networks stop off the time of two geometric decays",
            scope="XXᵀ = dI without attack, n up to 40, 2 to 12 neurons of both signs",
        ),
        Check("sweep", Kind.TREND, sweep),
    ),
    mutants=(
        Mutant("no_slope_at_zero", ReluRule(slope=0.0)),
        Mutant("no_negative_weights", ReluRule(ratio=np.inf)),
        Mutant("step_five_percent_beyond_stability", ReluRule(stop=Rule(faster=lambda n: 4.2 * n))),
        Mutant("level_below_the_floor", ReluRule(stop=Rule(level=lambda v, n: 1e-6 * v))),
    ),
    amends="xing2021.relu_network_interpolates",
)
