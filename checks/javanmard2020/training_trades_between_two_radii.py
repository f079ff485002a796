r"""The abstract speaks of "the corresponding tradeoff achieved by a contemporary mini-max adversarial training
approach". Let $d / n \to 1/2$, $\|\theta_0\| = 1$, $\sigma = 1/2$ and the attack be of radius 1/2. As the radius
$\epsilon$ of training grows from 0 to the null threshold, the standard risk falls up to $\epsilon = 0.3109$ and rises
from there on, and the robust risk falls up to $\epsilon = 0.7273$ and rises from there on: between the two, and only
there, robustness costs accuracy. Training with the attack's own radius leaves 3.4 % more robust risk than the best
radius does.
"""

import math
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, trend
from checks.javanmard2020 import PAPER, saddle
from checks.javanmard2020.replicates import minimise
from checks.javanmard2020.settings import Setting
from checks.result import Chart, Evidence, Kind, Outcome, Series
from theory.proportional import proportional_limit, proportional_null_threshold
from theory.risk import risk_of
from theory.validation import FloatArray

SIGNAL, NOISE, RATIO, ATTACK = 1.0, 0.5, 0.5, 0.5
NULL = proportional_null_threshold(SIGNAL, NOISE, RATIO)
HALF_UNIT = 0.0005  # of the last digit stated of the price; the radii have one digit more
BEST, SAMPLES, RADII = 0.7273, 80, (0.02, 0.15, 0.3109, 0.5, 0.7273, 1.0, 1.2)
SWEEP = trend.Sweep((80, 160), 1, float, "n", effort=lambda n: 500 / n)


@dataclass(frozen=True)
class Turns:
    """The radii of training at which the standard and the robust risk are least, and the attack's own radius' price."""

    standard: float
    robust: float
    price: float

    @property
    def latex(self) -> str:
        """The three as LaTeX."""
        price = rf"R(1/2) / R(\epsilon_1) = {1 + self.price:g}"
        return rf"\epsilon_0 = {self.standard:g},\qquad \epsilon_1 = {self.robust:g},\qquad {price}"


def at(radius: float) -> Setting:
    """The setting, trained with a radius."""
    return Setting(SIGNAL, NOISE, radius, RATIO)


def risks(radius: float, ratio: float = RATIO) -> tuple[float, float]:
    """Standard risk of training with a radius, and that under the attack of radius 1/2, in the limit."""
    limit = proportional_limit(SIGNAL, NOISE, radius, ratio)
    size = math.hypot(limit.alignment, limit.orthogonal)
    return limit.clean_risk, float(risk_of(np.sqrt([limit.clean_risk]), np.array([ATTACK * size]))[0])


@cache
def enclosed(radius: float) -> tuple[Ball, Ball]:
    """The two, enclosed; ArithmeticError where no box contracts."""
    point = saddle.saddle_point(at(radius))
    if point is None:
        raise ArithmeticError(f"radius must have an enclosed saddle point, got {radius}")
    with ctx.workprec(saddle.PRECISION):
        std, size = point[saddle.s], (point[saddle.a] ** 2 + point[saddle.b] ** 2).sqrt()
        return std**2, std**2 + (size * ATTACK) ** 2 + 2 * (2 / arb.pi()).sqrt() * std * size * ATTACK


def turning(formula: Turns, budget: Budget) -> Evidence:
    """Each risk at its stated radius against those 0.0005 away on both sides; and the price."""
    wrong = []
    with ctx.workprec(saddle.PRECISION):
        for i, turn in enumerate((formula.standard, formula.robust)):
            least, *beside = (enclosed(turn + side * HALF_UNIT)[i] for side in (0, -1, 1))
            if not all(other > least for other in beside):
                wrong.append(f"risk {least.str(9)} at {turn}, {' and '.join(x.str(9) for x in beside)} beside it")
        price = enclosed(ATTACK)[1] / enclosed(formula.robust)[1] - 1
        if not abs(price - formula.price) < HALF_UNIT:
            wrong.append(f"a price of {price.str(6)}")
    text = f"Least risks within 0.0005 of the stated radii, and the price of the attack's own: {len(wrong)} are wrong."
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS, "next to the two radii and at 1/2", text,
        {"radii": 7.0, "distance": HALF_UNIT}, wrong[0] if wrong else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two radii on one side of a turning point, as fractions of that side, and which risk."""

    risk: int
    above: bool
    near: float
    far: float


pairs = st.builds(Pair, st.integers(0, 1), st.booleans(), domains.numbers(0.0, 1.0), domains.numbers(0.0, 1.0))


def order_gap(formula: Turns, pair: Pair) -> float:
    """By how much the radius further from the turning point has the lower risk, relative to it."""
    turn = (formula.standard, formula.robust)[pair.risk]
    start, end = (turn + HALF_UNIT, NULL) if pair.above else (turn - HALF_UNIT, 0.001)
    near, far = (start + x * (end - start) for x in sorted((pair.near, pair.far)))
    return 1 - risks(far)[pair.risk] / risks(near)[pair.risk]


def attacked(radius: float, n: int, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Standard risk of exact minimisers, and that under the attack of radius 1/2."""
    found = minimise(at(radius), n, replicates, rng)
    return found.clean_risk, risk_of(np.sqrt(found.clean_risk), ATTACK * found.size)


def differences(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Robust risk of training with the best radius less that with the attack's own, on the same samples."""
    seed = int(rng.integers(2**32))
    best, own = (attacked(radius, n, replicates, np.random.default_rng(seed))[1] for radius in (BEST, ATTACK))
    return best - own


def allowed(formula: Turns, n: int) -> tuple[float, float]:
    """Below 0 where the stated radius of least robust risk is closer to the best one than to the attack's own."""
    return (-math.inf, 0.0) if formula.robust > (BEST + ATTACK) / 2 else (0.0, math.inf)


PAIRED = trend.bounds(
    "minimisers", SWEEP, differences, allowed, "Robust risk of exact minimisers at the radius 0.7273 less that at the "
    "attack's own radius 1/2, on the same samples", "d = n/2, n = 80 and 160",
)  # fmt: skip


def minimised(formula: Turns, budget: Budget) -> Evidence:
    """The paired differences, and the curve of pairs of risks that they are points of."""
    evidence = PAIRED.run(formula, budget)
    return replace(evidence, charts=(curve(budget.replicates, budget.seed), *evidence.charts))


@lru_cache(maxsize=2)
def curve(replicates: int, seed: int) -> Chart:
    """Standard and robust risk as the radius of training grows, in the limit and of exact minimisers at n = 80."""

    def points(label: str, found: list[tuple[float, float]], marked: bool = False) -> Series:
        standard, robust = zip(*found, strict=True)
        return Series(label, standard, robust, points=marked)

    series = []
    for ratio, name in ((1e-9, "d/n → 0"), (0.1, "d/n = 0.1"), (RATIO, "d/n = 0.5"), (1.0, "d/n = 1")):
        null = proportional_null_threshold(SIGNAL, NOISE, ratio)
        start = 0.2 if ratio == 1 else 0.001  # without attack the risks at d = n are infinite
        series.append(points(name, [risks(null * x, ratio) for x in np.linspace(start, 1.0, 60)]))
    drawn = [attacked(x, SAMPLES, replicates, np.random.default_rng([seed, i])) for i, x in enumerate(RADII)]
    means = [(float(standard.mean()), float(robust.mean())) for standard, robust in drawn]
    series.append(points(f"exact minimisers, n = {SAMPLES}, d = {SAMPLES // 2}", means, True))
    return Chart(
        "Risks of training with radii from 0 to the null threshold (σ = 1/2, ‖θ₀‖ = 1)",
        "standard risk", "risk under an attack of radius 1/2", tuple(series),
    )  # fmt: skip


FORMULA = Turns(0.3109, 0.7273, 0.034)

CLAIM = Claim(
    id="javanmard2020.training_trades_between_two_radii",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, corresponding tradeoff"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("turning_points", Kind.CERTIFIED, turning),
        sampled.search(
            "order", pairs, order_gap, saddle.ROUNDING, "Computed risks at two radii on one side of a turning point: "
            "the nearer one has the lower risk", scope="radii from 0.001 to the null threshold",
        ),
        Check("minimisers", PAIRED.kind, minimised),
    ),
    mutants=(
        Mutant("own_radius_is_best", Turns(FORMULA.standard, ATTACK, 0.0)),
        Mutant("no_attack_is_best_without_one", Turns(0.05, FORMULA.robust, FORMULA.price)),
        Mutant("radii_five_percent_off", Turns(1.05 * FORMULA.standard, 1.05 * FORMULA.robust, FORMULA.price)),
        Mutant("price_five_percent_off", Turns(FORMULA.standard, FORMULA.robust, 1.05 * FORMULA.price)),
    ),
    uses=("javanmard2020.robust_risk_has_proportional_limit", "javanmard2020.standard_risk_has_proportional_limit"),
)  # fmt: skip
