r"""Theorem 9 shows the effectiveness of LASSO in sparse linear model and it performs better than the case without
LASSO.
"""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparse_designs import NOISE_STD, RADIUS, Setting, draw, isotropic_risk, unpenalised_optimum
from models.linear.minimizer import adversarial_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.validation import FloatArray

# The projection on the row space is off by EPS times the condition number of X, d at least twice n: below 1e3 here.
ROUNDING = 1e4 * sampled.EPS


@dataclass(frozen=True)
class Advantage:
    """What is said of the two arms.

    Without a penalty the minimiser lies in the row space of X, so that its risk is at least that of predicting with
    s² = σ² + ‖(I - P)θ₀‖² and no attack at all: `floor` times v² - ‖Pθ₀‖², P the projection on the row space. With
    the penalty the excess is below the mean of what that leaves, where the penalty's factor is `penalty`.
    """

    floor: float = 1.0
    penalty: float = 1.0

    def least_risk(self, population: LinearGaussian, kept: float) -> float:
        """The floor of the risk without a penalty, where the row space keeps ‖Pθ₀‖² = `kept` of the signal."""
        return self.floor * (population.total_std**2 - kept)

    def least_excess(self, setting: Setting) -> float:
        """The mean floor of the excess risk, over v²: E‖Pθ₀‖² = n/d."""
        variance = setting.population.total_std**2
        return (
            self.least_risk(setting.population, setting.n / setting.d) - unpenalised_optimum(setting.signal).risk
        ) / variance


@dataclass(frozen=True, eq=False)
class Wide:
    """A sample with d at least 2n, its population and the radius."""

    X: FloatArray
    y: FloatArray
    population: LinearGaussian
    radius: float

    def __str__(self) -> str:
        """The case with every digit."""
        truth, noise = self.population.true_coefficients.tolist(), self.population.noise_std
        return f"X={self.X.tolist()}, y={self.y.tolist()}, truth={truth}, noise_std={noise!r}, radius={self.radius!r}"


@st.composite
def wide_samples(draw: domains.Draw) -> Wide:
    """Gaussian samples, n up to 4 and d from 2n to 3n; without noise, and without attack, too."""
    n = draw(st.integers(1, 4))
    d = draw(st.integers(2 * n, 3 * n))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    X, truth = rng.standard_normal((n, d)), rng.standard_normal((d,))
    noise_std = draw(st.sampled_from([0.0, 0.5]))
    y = X @ truth + noise_std * rng.standard_normal((n,))
    return Wide(X, y, LinearGaussian(truth, np.eye(d), noise_std), draw(st.sampled_from([0.0, 1e-6, 0.05, 0.5])))


def below_floor(claim: Advantage, case: Wide) -> float:
    """How far the risk of the minimiser without a penalty falls below the floor, over v²."""
    found = adversarial_minimizer(case.X, case.y, case.radius).coefficients
    rows = np.linalg.qr(case.X.T)[0]
    kept = float(np.sum((rows.T @ case.population.true_coefficients) ** 2))
    risk = float(adversarial_risk(found, case.population, case.radius))
    return (claim.least_risk(case.population, kept) - risk) / case.population.total_std**2


def without_penalty(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_L(θ̂) - R*)/v² of minimisers without a penalty, on whole designs."""
    truth, variance = np.zeros(setting.d), setting.population.total_std**2
    truth[: setting.s] = setting.population.true_coefficients
    found = np.empty(replicates)
    for i in range(replicates):
        X = rng.standard_normal((setting.n, setting.d))
        y = X @ truth + NOISE_STD * rng.standard_normal(setting.n)
        found[i] = isotropic_risk(adversarial_minimizer(X, y, RADIUS).coefficients, truth)
    return (found - unpenalised_optimum(setting.signal).risk) / variance


def with_penalty(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_L(θ̂) - R*)/v² of the LASSO."""
    return draw(setting, replicates, rng).excess


SIGNAL = (1.0,) * 5
WIDE = tuple(Setting(n, round(n**1.5), SIGNAL) for n in (50, 100, 200))
NARROW = tuple(Setting(n, round(n**1.5), SIGNAL) for n in (400, 1600, 3200))
CLAIM = Claim(
    id="xing2021.lasso_beats_no_penalty",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 3"),
    formula=Advantage(),
    checks=(
        sampled.search(
            "row_space", wide_samples(), below_floor, ROUNDING,
            "Risk of the minimiser without a penalty below v² - ‖Pθ₀‖²",
            scope="Gaussian samples, n <= 4, d from 2n to 3n",
        ),
        trend.bounds(
            "without_penalty",
            trend.Sweep(WIDE, 2, lambda point: point.n, "n", lambda point: min(1.0, 100 / point.n)),
            without_penalty,
            lambda formula, point: (formula.least_excess(point), np.inf),
            "Mean excess risk without a penalty, above the mean of its floor",
            "s = 5, d = n^(3/2), n from 50 to 200, σ = ε = 1/2",
        ),
        trend.bounds(
            "with_penalty", trend.Sweep(NARROW, 2, lambda point: point.n, "n"), with_penalty,
            lambda formula, point: (-np.inf, formula.penalty * formula.least_excess(point)),
            "Mean excess risk of the LASSO, below the floor without a penalty",
            "s = 5, d = n^(3/2), n from 400 to 3200, σ = ε = 1/2, c = 1",
        ),
    ),
    mutants=(
        Mutant("floor_five_percent_higher", Advantage(floor=1.05)),
        Mutant("floor_twice_as_high", Advantage(floor=2.0)),
        Mutant("thirty_times_better", Advantage(penalty=1 / 30)),
    ),
    reading=(
        "Better means a smaller adversarial risk, with the same radius and at the same n and d = n^(3/2), for the "
        "minimisers of the training loss with ξ = 0."
    ),
)  # fmt: skip
