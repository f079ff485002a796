r"""Theorem 3 is about how networks are trained, not about what they can represent: $R^*$ is no lower bound of the
risk of a network (6), however wide. Let $d = 1$, $\Sigma = 1$, $\theta_0 = 1$, $\sigma = 0$ and $\epsilon = 1.3$, so
that $R^* = 1$. With $\phi = \tanh$, $h = 6400$, $a_j = 1$ and $\theta_j = 1/7$ for 4000 neurons, and $a_j = -1$ and
$\theta_j = 5/21$ for the other 2400, $f_\theta(x) = 50 \tanh(x/7) - 30 \tanh(5x/21)$ has an adversarial risk
between 0.992 and 0.994. (The paper has none.)
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from flint import arb, fmpq
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled
from checks.evidence.sampled import EPS
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.attacked_functions import POPULATION, brute_force, risk_by_cells
from models.two_layer import TwoLayerNetwork, activation
from theory.optimum import robust_minimizer
from theory.two_layer import whole_network
from theory.validation import FloatArray

RADIUS = 1.3
PERTURBATIONS = 41
ROUNDING = 6400 * EPS
"""A sum of 6400 terms, relative to the sum of their sizes."""
Fraction = tuple[int, int]


@dataclass(frozen=True)
class Network:
    """Counts of neurons with a_j = 1 and -1, their θ_j as fractions, the power of 1/h, and bounds of the risk."""

    counts: tuple[int, int] = (4000, 2400)
    vectors: tuple[Fraction, Fraction] = ((1, 7), (5, 21))
    power: float = 0.5
    bounds: tuple[float, float] = (0.992, 0.994)

    @property
    def weights(self) -> tuple[float, float]:
        """What tanh(xθ_j) is multiplied by in f, for either kind."""
        return self.counts[0] / sum(self.counts) ** self.power, -self.counts[1] / sum(self.counts) ** self.power

    def function(self, x: FloatArray) -> FloatArray:
        """f as the statement writes it, in float64."""
        parts = [w * np.tanh(x * p / q) for w, (p, q) in zip(self.weights, self.vectors, strict=True)]
        return np.asarray(sum(parts), dtype=np.float64)

    def enclose(self, x: Ball) -> Ball:
        """f as the statement writes it, in ball arithmetic."""
        parts = (w * (x * arb(fmpq(*u))).tanh() for w, u in zip(self.weights, self.vectors, strict=True))
        return sum(parts, arb(0))

    @property
    def increases(self) -> bool:
        """Whether f' = Σ wθ sech²(θx) >= 0 for sure: the smaller θ, whose term falls more slowly, weighs no less."""
        (p, q), (r, s) = self.vectors
        slopes = [fmpq(n * u, v) for n, (u, v) in zip(self.counts, self.vectors, strict=True)]
        return bool(fmpq(p, q) <= fmpq(r, s) and slopes[0] >= slopes[1])

    @property
    def latex(self) -> str:
        """f as LaTeX."""
        (first, second), ((p, q), (r, s)) = self.weights, self.vectors
        return rf"f_\theta(x) = {first:g} \tanh(\tfrac{{{p}}}{{{q}}} x) - {-second:g} \tanh(\tfrac{{{r}}}{{{s}}} x)"


@lru_cache(maxsize=16)
def neurons(network: Network) -> TwoLayerNetwork:
    """The network with all its neurons."""
    output = np.repeat([1.0, -1.0], network.counts)
    vectors = np.repeat([p / q for p, q in network.vectors], network.counts)
    return TwoLayerNetwork(whole_network(output), vectors[:, None], activation("tanh"))


def loss_gap(network: Network, x: float) -> float:
    """Distance of the worse loss at δ = ±ε, f as stated, to the largest over 41 δ of the 6400 neurons."""
    place, model = np.array([x]), neurons(network)
    with torch.no_grad():
        found = brute_force(lambda v: np.asarray(model(torch.from_numpy(v))[0])[:, None], place, RADIUS, PERTURBATIONS)
    claimed = brute_force(network.function, place, RADIUS, 2)
    return float(np.abs(found - claimed)[0] / (sum(network.counts) ** 0.5 + abs(x)) ** 2)


@lru_cache(maxsize=16)
def risk(network: Network) -> Ball:
    """The adversarial risk, enclosed, where f increases."""
    return risk_by_cells(network.enclose, RADIUS, float(sum(map(abs, network.weights))))


def certify(network: Network, budget: Budget) -> Evidence:
    """The risk by cells against its bounds, and the upper one against R*."""
    optimum = robust_minimizer(POPULATION, RADIUS)
    found, (low, high) = risk(replace(network, bounds=(0.0, 0.0))), network.bounds
    right = bool(low < found < high) and high < optimum.risk * (1 - max(optimum.gap, 4 * EPS))
    wrong = bool(found > high or found < low) or not high < optimum.risk
    decided = network.increases and (right or wrong)
    outcome = Outcome.INCONCLUSIVE if not decided else Outcome.HOLDS if right else Outcome.FAILS
    text = f"risk {found.str(5)}, bounds {low} and {high}, R* = {optimum.risk:.6g}"
    return Evidence(
        Kind.CERTIFIED, outcome, "the one network",
        f"f increases, so the worst loss is at δ = ±ε; its mean, over cells of width 2^-11: {text}.",
        {"risk": float(found.mid()), "half-width": float(found.rad()), "linear optimum": optimum.risk},
        text if outcome is Outcome.FAILS else None, charts=(_chart(network),),
    )  # fmt: skip


def _chart(network: Network) -> Chart:
    grid = np.linspace(-4.0, 4.0, 49)
    x = tuple(grid.tolist())
    return Chart(
        "A network (6) with less risk than any linear function: y = x, ε = 1.3", "x", "f(x)",
        (Series("network", x, tuple(network.function(grid).tolist())), Series("linear optimum", x, (0.0,) * len(x)),
         Series("y = x", x, x)),
    )  # fmt: skip


FORMULA = Network()

CLAIM = Claim(
    id="xing2021.wide_network_can_beat_linear_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("cells", Kind.CERTIFIED, certify),
        sampled.search(
            "full_network", st.one_of(st.just(0.0), domains.numbers(-8.0, 8.0)), loss_gap, ROUNDING,
            "The worse loss of f at δ = ±ε against the largest of 41 losses of the 6400 neurons", "inputs up to 8",
            most=200,
        ),
    ),
    mutants=(
        Mutant("first_vectors_five_percent_longer", replace(FORMULA, vectors=((3, 20), (5, 21)))),
        Mutant("fewer_negative_neurons", Network((4200, 2200))),
        Mutant("bounds_five_percent_lower", replace(FORMULA, bounds=(0.942, 0.944))),
        Mutant("bounds_a_place_higher", replace(FORMULA, bounds=(0.994, 0.996))),
        Mutant("normalised_by_the_width", replace(FORMULA, power=1.0)),
        Mutant("power_of_the_width_five_percent_off", replace(FORMULA, power=0.525)),
    ),
)  # fmt: skip
