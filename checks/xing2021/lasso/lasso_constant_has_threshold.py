r"""The paper asks for "some large constant $c$" in Theorem 9; ours is the least one. Let $s$ be fixed, $\xi = 0$ and
$\lambda = c v \sqrt{(s \log d)/n}$. The minimiser over the active coefficients leaves each inactive one outside unless
the product of its column with the multipliers exceeds $\lambda$, and the mean number of those that enter is
$(d - s)\, \mathrm{erfc}\big(\frac{c v}{2} \sqrt{(s \log d)/(2 R^*)}\big)$ to leading order: with $d$ it tends to $0$
for $c > c^*$ and to $\infty$ for $c < c^*$, $c^* = \sqrt{8 R^*/(s v^2)}$.
"""

import math
from collections.abc import Callable

import numpy as np
from flint import arb, ctx
from scipy.special import erfc

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import certified, trend
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparse_designs import RADIUS, Setting, draw_multipliers, unpenalised_optimum
from theory.lasso import least_penalty_constant
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.validation import FloatArray

Constant = Callable[[LinearGaussian, float], float]

SIGNALS = ((1.0,), (1.0,) * 5, (3.0, 2.0, 1.0))
BESIDE = 0.01  # relative distance of the two constants tried from the stated one
LOG_D = 100_000
LEVEL = 1e-6
SWEEP = trend.Sweep(
    tuple(Setting(n, round(n**1.5), (1.0,) * 5, 0.7) for n in (400, 800, 1600, 3200)), 3, lambda point: point.n, "n"
)


def entering(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Inactive columns whose product with the multipliers of the active ones exceeds λ, over their predicted number."""
    found = np.empty(replicates)
    for i in range(replicates):
        _, columns, _, alpha = draw_multipliers(setting, rng)
        found[i] = np.count_nonzero(np.abs(columns.products(alpha, rng)) > setting.l1)
    return found / predicted(least_penalty_constant, setting)


def predicted(constant: Constant, setting: Setting) -> float:
    """The number to leading order, with R_L at the penalised optimum in the place of R*."""
    risk = float(adversarial_risk(setting.predicted, setting.population, RADIUS))
    share = setting.constant / constant(setting.population, RADIUS)
    ratio = unpenalised_optimum(setting.signal).risk / risk
    return (setting.d - setting.s) * float(erfc(share * math.sqrt(ratio * math.log(setting.d))))


def claimed(constant: Constant) -> trend.Limit:
    """The limit of the measured number over the predicted one; the number's standard error decides at finite n."""
    last = SWEEP.points[-1]
    return trend.Limit(predicted(constant, last) / predicted(least_penalty_constant, last), (1.0,))


def both_sides(constant: Constant, budget: Budget) -> Evidence:
    """Whether d erfc(x/√2), x = cv sqrt(s log d/R*)/2, is beyond 1e6 and below 1e-6, 1 % below and above the constant,
    at log d = 10⁵."""
    wrong, logs = [], []
    for signal in SIGNALS:
        population = Setting(1, len(signal), signal).population
        value = constant(population, RADIUS)
        low, high = (_log_count(population, signal, value * (1 + side * BESIDE)) for side in (-1, 1))
        logs += [float(low), float(high)]
        if low < arb(LEVEL).log() * -1 or high > arb(LEVEL).log():
            wrong.append(f"signal {signal}: c = {value:.6g}, logarithms {low.str(6)} and {high.str(6)}")
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS
    text = (
        f"Number of entering columns 1 % below and above the constant, for {len(SIGNALS)} signals: {len(wrong)} wrong."
    )
    numbers = {
        "signals": float(len(SIGNALS)),
        "least logarithm below": min(logs[::2]),
        "largest above": max(logs[1::2]),
    }
    scope = f"three signals, σ = ε = 1/2, log d = {LOG_D}"
    return Evidence(Kind.CERTIFIED, outcome, scope, text, numbers, wrong[0] if wrong else None)


def _log_count(population: LinearGaussian, signal: tuple[float, ...], constant: float) -> arb:
    with ctx.workprec(certified.PRECISION):
        s, risk = len(signal), arb(unpenalised_optimum(signal).risk)
        x = arb(constant) * arb(population.total_std) * (s * arb(LOG_D) / risk).sqrt() / 2
        return arb(LOG_D) + (x / arb(2).sqrt()).erfc().log()


CLAIM: Claim[Constant] = Claim(
    id="xing2021.lasso_constant_has_threshold",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    ours=True,
    formula=least_penalty_constant,
    checks=(
        Check("both_sides", Kind.CERTIFIED, both_sides),
        trend.limit(
            "entering", SWEEP, entering, claimed, 1.0, 0.5,
            "Number of inactive columns that enter, over the predicted one",
            "s = 5 equal entries, d = n^(3/2), n from 400 to 3200, c = 0.7, σ = ε = 1/2",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", lambda population, radius: 0.95 * least_penalty_constant(population, radius)),
        Mutant("five_percent_higher", lambda population, radius: 1.05 * least_penalty_constant(population, radius)),
        Mutant("without_attack", lambda population, radius: least_penalty_constant(population, 0.0)),
        Mutant("half", lambda population, radius: 0.5 * least_penalty_constant(population, radius)),
    ),
)  # fmt: skip
