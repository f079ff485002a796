r"""Theorem 6 with the growth condition of Theorem 5: for the two-layer neural network (6) with a smooth activation of
bounded curvature, zero or vanishing initialization, $\eta = \eta_{\text{linear}} h / (\|a\|^2 \phi'(0)^2)$, a width
that grows as the theorem asks, and $(\log n)\sqrt{n/d} \rightarrow 0$, denote $T := \min\{t \in \mathbb{Z}^+ :
\|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$; then with probability tending to 1,
for any $\xi > 0$, we have $T < \infty$.
"""

from functools import lru_cache

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.formula import Undefined
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from checks.xing2021.high_dimension.stopping_bounds import Rule
from checks.xing2021.two_layer.smooth_networks import Family
from checks.xing2021.two_layer.stopped_networks import (
    SOFTPLUS_ONE,
    SWEEP,
    TANH_PAIR,
    THEOREM_6,
    NetworkRule,
    NetworkSample,
    Point,
    network_samples,
    step_without_square,
    step_without_width,
    stop_networks,
)
from models.two_layer import network_training, vanishing_init
from models.two_layer.training import Divergence
from theory.two_layer import whole_network
from theory.validation import FloatArray

ROOM = 1e-3
TRAININGS = 20  # of every setting: one that does not stop is enough
FULL, FULL_FAMILIES = Setting(20, 400), (TANH_PAIR, SOFTPLUS_ONE)
FULL_WIDTH, FULL_TRAININGS, EXPONENT = (
    120,
    4,
    1.0,
)  # a multiple of every family's number of weights; δ of the vanishing initialization


def certificate_gap(formula: NetworkRule, case: NetworkSample) -> float:
    """By how much, relatively, training stops later than a bound for linear models from the eigenvalues of XXᵀ.

    From width 1e10 on its residuals are within 1e-4 of a linear model's; the bound is for a level 1e-3 lower.
    """
    lower = Rule(lambda v, n: (1 - ROOM) * formula.stop.level(v, n), formula.stop.faster)
    latest, trained = case.data.latest_stop(lower), case.train(formula)
    if trained is None:
        return np.inf
    if latest == np.inf:
        raise Undefined
    return float(trained.steps_taken[0] / latest - 1)


@lru_cache(maxsize=16)
def measure(formula: NetworkRule, budget: Budget) -> tuple[tuple[Point, float, bool], ...]:
    """Point, mean T and whether all trainings stopped, along the sweep, up to an endless one."""
    found: list[tuple[Point, float, bool]] = []
    rng = np.random.default_rng(budget.seed)
    for point in SWEEP.chosen(budget):
        try:
            stopped = stop_networks(point, TRAININGS, rng, formula)
        except Divergence:
            return (*found, (point, np.inf, False))
        found.append((point, float(stopped.steps.mean()), stopped.finished))
        if not stopped.finished:
            break
    return tuple(found)


def sweep(formula: NetworkRule, budget: Budget) -> Evidence:
    """Whether every training of the sweep stops."""
    found = measure(formula, Budget(budget.name, 0, 0, budget.replicates, seed=budget.seed))
    endless = [point for point, _, finished in found if not finished]
    return Evidence(
        Kind.TREND,
        Outcome.FAILS if endless else Outcome.HOLDS,
        "Σ = I, ε = 0.5, ξ = 1e-12, h = 1e8, tanh and softplus; n = 20 to 50, at the full budget to 200",
        f"Training on data drawn along the sweep, up to 20 times the time that is predicted for linear models: of "
        f"{len(found)} points, {len(endless)} have a training that does not stop.",
        {"points": float(len(found)), "with an endless training": float(len(endless))},
        str(endless[0]) if endless else None,
        charts=(_chart(found),),
    )


def _chart(found: tuple[tuple[Point, float, bool], ...]) -> Chart:
    series = []
    for family in dict.fromkeys(point.family for point, _, _ in found):
        rows = [(float(p.n), time * p.setting.step_size) for p, time, _ in found if p.family == family]
        x, y = zip(*rows, strict=True)
        series.append(Series(str(family), x, y, points=True))
    return Chart("Where training stops", "n", "η T", tuple(series), x_log=True)


def full_networks(formula: NetworkRule, budget: Budget) -> Evidence:
    """Whether networks with all their neurons, and a vanishing initialization, stop too."""
    endless = [family for family in FULL_FAMILIES if not _stops(formula, family, budget)]
    return Evidence(
        Kind.TRAINED,
        Outcome.FAILS if endless else Outcome.HOLDS,
        f"n = {FULL.n}, d = {FULL.d}, ε = 0.5, ξ = 1e-12, h = {FULL_WIDTH}, δ = {EXPONENT:g}, tanh and softplus",
        f"Training whole networks from a vanishing initialization: {len(endless)} of {len(FULL_FAMILIES)} kinds "
        f"have one of {FULL_TRAININGS} trainings that does not stop.",
        {"kinds": float(len(FULL_FAMILIES)), "with an endless training": float(len(endless))},
        str(endless[0]) if endless else None,
    )


@lru_cache(maxsize=64)
def _stops(formula: NetworkRule, family: Family, budget: Budget) -> bool:
    rng = budget.rng()
    X, y = draw(FULL, FULL_TRAININGS, rng)
    network = whole_network(np.tile(family.weights, FULL_WIDTH // len(family.weights)))
    try:
        trained = network_training(
            X, y, network, family.activation, FULL.radius, FULL.smoothing, steps=100, init=_init(X, rng),
            step_size=formula.step(FULL.step_size * formula.stop.faster(FULL.n), network, family.activation.slope),
            stop_residual=formula.stop.level(np.hypot(FULL.true_size, FULL.noise_std), FULL.n),
        )  # fmt: skip
    except Divergence:
        return False
    return bool(trained.stopped.all())


def _init(X: FloatArray, rng: np.random.Generator) -> FloatArray:
    """N(0, I/(d h^(1+δ))) in the coordinates in which X has n + 1 columns: what is orthogonal to them has no part."""
    count, _, columns = X.shape
    return float(np.sqrt(columns / FULL.d)) * vanishing_init(FULL_WIDTH, columns, EXPONENT, rng, count)


CLAIM = Claim(
    id="xing2021.smooth_network_interpolates_in_high_dimension",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 6"),
    reading="The growth condition is Theorem 5's, and the step size that of a linear model whose coefficients are the "
    "network's linear part: φ'(0)² is taken out of it. Theorem 6 does so only for φ'(0) = 1; for another one its "
    "step is one of those that a smaller or larger η_linear allows.",
    formula=THEOREM_6,
    checks=(
        sampled.search(
            "certificate",
            network_samples(),
            certificate_gap,
            0.0,
            "Training stops no later than a bound for linear models and any smoothing, from the eigenvalues of XXᵀ",
            scope="n up to 12, d up to 8192, four activations, h = 1e10 to 1e15, where the bound is finite",
            most=300,
        ),
        Check("sweep", Kind.TREND, sweep),
        Check("full_networks", Kind.TRAINED, full_networks),
    ),
    mutants=(
        Mutant("step_five_percent_beyond_stability", NetworkRule(Rule(faster=lambda n: 2.1 * n))),
        Mutant("level_below_the_fluctuations", NetworkRule(Rule(level=lambda v, n: 1e-6 * v))),
        Mutant("norm_of_weights_not_squared", NetworkRule(step=step_without_square)),
        Mutant("width_forgotten", NetworkRule(step=step_without_width)),
    ),
    amends="xing2021.smooth_network_interpolates",
)
