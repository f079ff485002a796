r"""Under the same assumptions as in Lemma 1, when $(\log n)\sqrt{n/d} \rightarrow 0$, take $\eta$ small enough such
that the largest eigenvalue of $\eta \mathbf{X}^\top \mathbf{X}$ is smaller than 1. Use zero initialization, and denote
$T := \min\{t \in \mathbb{Z}^+ : \|\mathbf{X}\theta_\xi^{(t)} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, then
with probability tending to 1, for any $\xi > 0$, we have $T < \infty$.
"""

from functools import lru_cache

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.formula import Undefined
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import SWEEP, Setting, train
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Rule, Sample, samples
from models.linear.training import Divergence

SMOOTHINGS = (1e-12, 1e-3, 1.0)
TRAININGS = 20  # of every setting: one that does not stop is enough


def certificate_gap(formula: Rule, case: Sample) -> float:
    """By how much, relatively, training stops later than the bound that the eigenvalues of XXᵀ give."""
    latest, trained = case.latest_stop(formula), case.train(formula)
    if trained is None:
        return np.inf
    if latest == np.inf:
        raise Undefined
    return float(trained.steps_taken / latest - 1)


@lru_cache(maxsize=16)
def measure(formula: Rule, budget: Budget) -> tuple[tuple[Setting, float, bool], ...]:
    """Setting, mean T and whether all trainings stopped, along the sweep at every smoothing, up to an endless one."""
    found: list[tuple[Setting, float, bool]] = []
    for point in SWEEP.chosen(budget):
        rng = np.random.default_rng(budget.seed)
        for smoothing in SMOOTHINGS:
            faster = point.share * formula.faster(point.n)
            setting = Setting(point.n, point.d, smoothing=smoothing, share=faster)
            found.append((setting, *_times(formula, setting, rng)))
            if not found[-1][-1]:
                return tuple(found)
    return tuple(found)


def _times(formula: Rule, setting: Setting, rng: np.random.Generator) -> tuple[float, bool]:
    level = formula.level(np.hypot(setting.true_size, setting.noise_std), setting.n)
    try:
        stopped = train(setting, TRAININGS, rng, level)
    except Divergence:
        return np.inf, False
    return float(stopped.steps.mean()), stopped.finished


def sweep(formula: Rule, budget: Budget) -> Evidence:
    """Whether every training of the sweep stops."""
    found = measure(formula, Budget(budget.name, 0, 0, budget.replicates, seed=budget.seed))
    endless = [setting for setting, _, finished in found if not finished]
    text = f"of {len(found)} settings, {len(endless)} have a training that does not stop"
    return Evidence(
        Kind.TREND,
        Outcome.FAILS if endless else Outcome.HOLDS,
        "Σ = I, ε = 0.5, ηλ_max about 1/2, three smoothings; n = 20 to 50, at the full budget to 200",
        f"Training on data drawn along the sweep, up to 20 times the time that is predicted: {text}.",
        {"settings": float(len(found)), "with an endless training": float(len(endless))},
        str(endless[0]) if endless else None,
        charts=(_chart(found),),
    )


def _chart(found: tuple[tuple[Setting, float, bool], ...]) -> Chart:
    def curve(smoothing: float) -> Series:
        rows = [(float(s.n), time * s.step_size) for s, time, _ in found if s.smoothing == smoothing]
        return Series(f"ξ = {smoothing:g}", tuple(x for x, _ in rows), tuple(y for _, y in rows), points=True)

    return Chart("Where training stops", "n", "η T", tuple(map(curve, SMOOTHINGS)), x_log=True)


CLAIM = Claim(
    id="xing2021.training_reaches_stopping_level",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    reading="The step size is that of Algorithm 1, whose loss is a mean over samples. For a sum over samples the "
    "theorem's condition allows steps n times larger, up to the largest that training without attack survives; half "
    "of that range is searched too.",
    formula=THEOREM_5,
    checks=(
        sampled.search(
            "certificate",
            samples(),
            certificate_gap,
            0.0,
            "Training stops no later than a bound from the eigenvalues of XXᵀ in which the smoothing does not occur",
            scope="n up to 12, d up to 8192, where the bound is finite",
        ),
        Check("sweep", Kind.TREND, sweep),
    ),
    mutants=(
        Mutant("step_five_percent_beyond_stability", Rule(faster=lambda n: 2.1 * n)),
        Mutant("level_below_the_fluctuations", Rule(level=lambda v, n: 1e-6 * v)),
    ),
)
