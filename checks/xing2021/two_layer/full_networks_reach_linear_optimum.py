r"""The paper leaves its experiments on Theorems 3 and 4 to an appendix. Ours: whole networks, every neuron trained, at
$d = 5$, $\Sigma = I$, $\|\theta_0\| = 1$, $\sigma = \epsilon = 1/2$, $n = 100$ to $1600$ and $h = 64$ to $1024$. With
tanh, softplus, SiLU and the logistic function, from a vanishing start, the mean excess risk at $h = 1024$ falls with
$n$ as that of the linear model does, $R_N \approx R^* + \frac{1}{2n} \mathrm{tr}(H^{-1} V)$, and at $n = 1600$ the
distance to the linear model trained on the same data vanishes as $h$ grows. ReLU networks with unequal output weights
and a derivative $c > 0$ at 0 are, trained from zero, the two slopes that they reduce to.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trend
from checks.evidence.sampled import EPS
from checks.evidence.trend import Limit, Sweep
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import smooth_network_reaches_linear_optimum_with_bounded_growth as collapsed
from checks.xing2021.two_layer.smooth_network_reaches_linear_optimum_with_bounded_growth import (
    DELTA,
    DRAWS,
    NETWORKS,
    POPULATION,
    RADIUS,
    STEP,
    STEPS,
    D,
    Optimum,
    draw,
    smoothing,
    stronger_by_five_percent,
    without_attack,
)
from checks.xing2021.two_layer.smooth_networks import Family
from models.linear.training import adversarial_training
from models.two_layer import TwoLayerNetwork, network_risk, network_training, relu, vanishing_init
from theory.risk import adversarial_risk
from theory.two_layer import Reduction, relu_reduction, relu_reduction_of, whole_network
from theory.validation import FloatArray


@dataclass(frozen=True)
class Networks:
    """What smooth networks come to, and the model that a ReLU network with given output weights is equal to."""

    smooth: Optimum = field(default_factory=Optimum)
    relu: Callable[[FloatArray], Reduction] = relu_reduction_of


def equal_speeds(weights: FloatArray) -> Reduction:
    """Mistake: both slopes learn at the speed of their mean."""
    half = float(weights @ weights) / 2
    return relu_reduction(half, half, weights.size)


def speeds_of_counts(weights: FloatArray) -> Reduction:
    """Mistake: speeds that count the neurons of a sign and forget their sizes."""
    return relu_reduction(float((weights > 0).sum()), float((weights < 0).sum()), weights.size)


WIDEST, MOST = 1024, 1600
SIZES = Sweep((100, 400, 800, MOST), 2, float, "n", lambda n: {100: 0.5, 400: 0.8}.get(n, 0.15))
WIDTHS = (64, 128, 256, 512, WIDEST)
BY_WIDTH = {
    "quick": (100, Sweep(WIDTHS, 4, float, "h", lambda h: 0.8)),
    "full": (MOST, Sweep(WIDTHS, 5, float, "h", lambda h: 0.15)),
}
"""The samples and the widths of each budget. The full one has 30 replicates, and more where they cost little."""
RELU = ((100, 64, 1.0), (400, 256, 0.5), (MOST, WIDEST, 1.0), (MOST, WIDEST, 0.5))
"""(n, h, c); the first two at the quick budget."""
PATTERN = np.array([1.0, -2.0, 0.5, -0.25])


def full_risks(h: int, X: FloatArray, y: FloatArray, rng: np.random.Generator) -> FloatArray:
    """R_N of full smooth networks of width h, one a data set, the four activations in turn; shape (replicates,)."""
    turns = [NETWORKS[i % len(NETWORKS)] for i in range(len(X))]
    return np.array([_full_risk(family, h, X[i], y[i], rng) for i, family in enumerate(turns)])


def _full_risk(family: Family, h: int, X: FloatArray, y: FloatArray, rng: np.random.Generator) -> float:
    network = whole_network(np.resize(np.array(family.weights, dtype=float), h))
    trained = network_training(
        X, y, network, family.activation, RADIUS, smoothing(len(X)), init=vanishing_init(h, D, DELTA, rng),
        step_size=network.step_size(STEP, family.activation.slope), steps=STEPS,
    )  # fmt: skip
    one = TwoLayerNetwork(network, trained.vectors, family.activation)
    return float(network_risk(one, POPULATION, RADIUS, DRAWS, rng).middle[0])


def risks_by_size(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """R_N/v² at the largest width."""
    X, y = draw(n, replicates, rng)
    risks: FloatArray = full_risks(WIDEST, X, y, rng) / POPULATION.total_std**2
    return risks


def distances_by_width(h: int, replicates: int, rng: np.random.Generator, n: int) -> FloatArray:
    """(R_N - R_L)/v² on n samples, the linear model trained on the same ones."""
    X, y = draw(n, replicates, rng)
    linear = adversarial_training(X, y, RADIUS, smoothing(n), step_size=STEP, steps=STEPS).coefficients
    apart = full_risks(h, X, y, rng) - adversarial_risk(linear, POPULATION, RADIUS)
    return np.asarray(apart / POPULATION.total_std**2)


def claimed_distance(formula: Networks) -> Limit:
    """The claimed limit less R*, over v²; corrections are of order 1/√h and 1/h."""
    return collapsed.claimed_difference(formula.smooth)


def by_width(formula: Networks, budget: Budget) -> Evidence:
    """The distance to the linear model, at the samples that the budget pays for."""
    return WIDTH_CHECKS[budget.name].run(formula, budget)


def _width_check(n: int, sweep: Sweep[int]) -> Check[Networks]:
    """The check on n samples."""
    return trend.limit(
        "widths", sweep, lambda h, count, rng: distances_by_width(h, count, rng, n), claimed_distance, 1.0, 0.03,
        "(R_N - R_L)/v² of full networks and the linear model on the same data, four activations in turn",
        "h = 64 to 1024 at n = 1600; at the quick budget to 512 at n = 100",
    )  # fmt: skip


WIDTH_CHECKS = {name: _width_check(n, sweep) for name, (n, sweep) in BY_WIDTH.items()}


@lru_cache(maxsize=8)
def trained_relu(n: int, h: int, slope: float, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A data set, and the values of a full ReLU network trained on it at its samples and their opposites."""
    X, y = (array[0] for array in draw(n, 1, np.random.default_rng([seed, n, h])))
    network = whole_network(np.resize(PATTERN, h))
    trained = network_training(
        X, y, network, relu(slope), RADIUS, smoothing(n), step_size=network.step_size(2 * STEP), steps=STEPS
    )
    return X, y, trained.network(torch.from_numpy(np.concatenate([X, -X]))).detach().numpy()[0]


def reduction_gap(formula: Networks, n: int, h: int, slope: float, seed: int) -> float:
    """The largest difference of network and claimed model at the samples and their opposites, over 1 + max|y|."""
    X, y, whole = trained_relu(n, h, slope, seed)
    model = formula.relu(np.resize(PATTERN, h))
    step_size = whole_network(np.resize(PATTERN, h)).step_size(2 * STEP)
    reduced = network_training(X, y, model, relu(slope), RADIUS, smoothing(n), step_size=step_size, steps=STEPS)
    short = reduced.network(torch.from_numpy(np.concatenate([X, -X]))).detach().numpy()[0]
    return float(np.abs(whole - short).max() / (1 + np.abs(y).max()))


def relu_networks(formula: Networks, budget: Budget) -> Evidence:
    """Full ReLU networks against their reduction, at full size.

    A step adds n products of h terms, and training, which comes to rest, does not amplify what earlier steps rounded.
    """
    cases = RELU if budget.name == "full" else RELU[:2]
    gaps = [reduction_gap(formula, *case, budget.seed) for case in cases]
    excess = [gap / (STEPS * (n + h) * EPS) for gap, (n, h, _) in zip(gaps, cases, strict=True)]
    worst = int(np.argmax(excess))
    n, h, slope = cases[worst]
    where = f"n = {n}, h = {h}, relu'(0) = {slope:g}: the functions differ by {gaps[worst]:.3g}"
    return Evidence(
        Kind.SAMPLED, Outcome.FAILS if excess[worst] > 1 else Outcome.HOLDS,
        f"{len(cases)} networks, d = 5, up to n = {max(c[0] for c in cases)} and h = {max(c[1] for c in cases)}, "
        "a_j in {1, -2, 1/2, -1/4}",
        f"Trained networks against the claimed two slopes, over 1 + max|y|: the largest difference is "
        f"{max(gaps):.3g}, {excess[worst]:.2g} of what rounding allows.",
        {"networks": float(len(cases)), "largest difference": max(gaps), "over what rounding allows": excess[worst]},
        where if excess[worst] > 1 else None,
    )  # fmt: skip


CLAIM = Claim(
    id="xing2021.full_networks_reach_linear_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    ours=True,
    formula=Networks(),
    checks=(
        Check("relu_networks", Kind.SAMPLED, relu_networks),
        trend.finite_size(
            "samples", SIZES, risks_by_size, lambda formula, n: collapsed.expected_risk(formula.smooth, n), 0.2,
            "R_N/v² of full networks of width 1024, four activations in turn, against the linear prediction",
            "n = 100 to 1600, at the quick budget 100 and 400",
        ),
        Check("widths", Kind.TREND, by_width),
    ),
    mutants=(
        Mutant("without_attack", Networks(Optimum(without_attack))),
        Mutant("stronger_by_five_percent", Networks(Optimum(stronger_by_five_percent))),
        Mutant("attack_and_speeds_forgotten", Networks(Optimum(without_attack), equal_speeds)),
        Mutant("equal_speeds", Networks(relu=equal_speeds)),
        Mutant("speeds_of_counts", Networks(relu=speeds_of_counts)),
    ),
    uses=("xing2021.smooth_network_reaches_linear_optimum_with_bounded_growth",),
    reading=(
        "The paper's settings are in an appendix that is not at hand: these are ours. Training runs until it rests; "
        "the risk is that under the strongest attack."
    ),
)  # fmt: skip
