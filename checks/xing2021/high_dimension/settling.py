"""What the claims on training beyond the stopping time share: trainings that start next to θ(y), or from zero."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks.claim import Budget, Check
from checks.evidence import sampled
from checks.formula import Formula
from checks.result import Chart, Evidence, Kind, Outcome, Series
from models.linear.interpolator import minimum_norm_interpolator
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.derivations.derivation import Derivation, decide
from theory.interpolation_stability import Interpolation, Update
from theory.validation import FloatArray

START = 1e-6  # residual of the start, over ξ/(2‖θ(y)‖), from where on the smoothed attack is no longer linear in it
LINEAR = 100 * START  # a step is linear up to a few times START, relative to its own multiplier
STEPS, SIDE = 20, 1e-3  # steps taken next to the threshold, and how near: relative to it, above and below
FACTORS = (0.5, 0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.25, 2.0)  # of the threshold, for trainings from zero
FROM_ZERO = 2000  # steps: 2 per cent above the threshold a residual shrinks by at least 0.98 a step, to 1e-17
SETTLED = 1e-9  # over ‖y‖; a training that does not settle fluctuates at 1e-3 or more of it
CONFIGURATIONS = ((10, 100, 0.2), (10, 100, 0.5), (20, 400, 0.5))  # n, d and ηλ_max/n of the trainings from zero
RADIUS = 0.3


@dataclass(frozen=True)
class Settling:
    """A threshold for ξ, and the multiplier of a small residual along an eigenvector, for one kind of update."""

    update: Update
    threshold: Formula
    multiplier: Formula

    @property
    def latex(self) -> str:
        """The threshold as LaTeX."""
        return self.threshold.latex

    def change(self, threshold: sp.Expr, multiplier: sp.Expr) -> "Settling":
        """Another threshold and multiplier, for a mutant."""
        changed = (Formula(threshold, self.threshold.symbol), Formula(multiplier, self.multiplier.symbol))
        return replace(self, threshold=changed[0], multiplier=changed[1])


@dataclass(frozen=True)
class Case:
    """A data set of model (4), ten coefficients of 1 and noise of variance 1, with a training on it.

    `share` is ηλ_max/n, at 1 the largest step that does not diverge without attack; `relative` is ξ/(2ε‖θ(y)‖²).
    """

    n: int
    d: int
    radius: float
    share: float
    relative: float
    seed: int
    largest: bool = True

    @cached_property
    def data(self) -> tuple[FloatArray, FloatArray]:
        """X, shape (n, d), and y, shape (n,)."""
        rng = np.random.default_rng(self.seed)
        X = rng.standard_normal((self.n, self.d))
        return X, X[:, :10].sum(axis=1) + rng.standard_normal(self.n)

    @cached_property
    def at(self) -> Interpolation:
        """What θ(y) sees of the data."""
        return Interpolation.of(*self.data)

    @property
    def step_size(self) -> float:
        """η."""
        return float(self.share * self.n / self.at.eigenvalues[-1])

    @property
    def smoothing(self) -> float:
        """ξ."""
        return self.relative * 2 * self.radius * self.at.size**2

    @property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the symbols that the threshold and the multiplier are written in."""
        return {
            sym.sample_size: self.n,
            sym.interpolator_size: self.at.size,
            sym.gram_eigenvalue: float(self.at.eigenvalues[-1 if self.largest else 0]),
            sym.step_size: self.step_size,
            sym.radius: self.radius,
            sym.smoothing: self.smoothing,
        }

    def residuals(self, update: Update, smoothing: float, steps: int) -> FloatArray:
        """‖Xθ - y‖/√n before and after each step of a training that starts off θ(y) along one eigenvector of XXᵀ."""
        X, y = self.data
        _, stds, directions = np.linalg.svd(X, full_matrices=False)
        i = 0 if self.largest else -1
        off = START * smoothing / (2 * self.at.size) / stds[i] * directions[i]
        trained = adversarial_training(
            X, y, self.radius, smoothing, step_size=self.step_size, steps=steps, update=update,
            init=minimum_norm_interpolator(X, y) + off, record=("residual",),
        )  # fmt: skip
        return trained.curves["residual"]


def cases() -> st.SearchStrategy[Case]:
    """Data sets of 1 to 12 samples, radii over two orders of magnitude, steps from 1/20 of the largest to 9/10."""
    return st.builds(
        Case,
        n=st.integers(1, 12),
        d=st.sampled_from((16, 64, 256)),
        radius=st.floats(0.05, 4.0),
        share=st.floats(0.05, 0.9),
        relative=st.floats(-1.0, 1.0).map(lambda power: float(10**power)),
        seed=st.integers(0, 2**32 - 1),
        largest=st.booleans(),
    )


def production(update: Update) -> tuple[Callable[[Case], float], Callable[[Case], float]]:
    """The threshold and the multiplier of a case by the code that users call."""

    def threshold(case: Case) -> float:
        return case.at.stable_smoothing(case.radius, case.step_size, update)

    def multiplier(case: Case) -> float:
        found = case.at.multipliers(case.radius, case.smoothing, case.step_size, update)
        return float(found[-1 if case.largest else 0])

    return threshold, multiplier


def linearisation(derive: Callable[[], Derivation]) -> Check[Settling]:
    """A check that the derived multiplier is the stated one, -1 at the stated threshold, and increasing in ξ.

    A step that SymPy does not decide leaves it open.
    """

    def run(formula: Settling, budget: Budget) -> Evidence:
        chain = derive()
        wrong = sp.simplify(chain.result - formula.multiplier.expression)
        at_threshold = sp.simplify(chain.result.subs(sym.smoothing, formula.threshold.expression) + 1)
        slope = sp.factor(sp.diff(chain.result, sym.smoothing))
        agrees = wrong == 0 and at_threshold == 0 and bool(slope.is_nonnegative)
        undecided = [step.name for step in chain.steps if decide(step) == "undecided"]
        text = f"the derived multiplier less the stated one is {wrong}; at the stated threshold, plus 1, {at_threshold}"
        return Evidence(
            Kind.SYMBOLIC,
            Outcome.FAILS if not agrees else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS,
            "the linearisation: every n <= d, no word on how near is near",
            f"Linearising one step at θ(y): {text}; its derivative in ξ is {slope}.",
            {"steps": float(len(chain.steps)), "undecided steps": float(len(undecided))},
            None if agrees else text,
        )

    return Check("linearisation", Kind.SYMBOLIC, run)


def sides_gap(formula: Settling, case: Case) -> float:
    """By how much, per step, a residual grows just above the threshold or shrinks just below it."""
    here = replace(case, largest=True)
    threshold = formula.threshold(here)
    rates = []
    for side in (1, -1):
        residuals = here.residuals(formula.update, threshold * (1 + side * SIDE), STEPS)
        rates.append(side * ((residuals[-1] / residuals[0]) ** (1 / STEPS) - 1))
    return float(max(rates))


def rate_gap(formula: Settling, case: Case) -> float:
    """Relative distance between what one step multiplies a small residual by and the stated multiplier."""
    residuals = case.residuals(formula.update, case.smoothing, 1)
    stated = abs(formula.multiplier(case))
    return float(abs(residuals[1] / residuals[0] - stated) / (1 + stated))


def from_zero(update: Update) -> Check[Settling]:
    """A check that trainings from zero end at θ(y) exactly when ξ is above the threshold of their data set."""

    @lru_cache(maxsize=2)
    def measure(replicates: int, seed: int) -> tuple[tuple[Case, float, bool], ...]:
        rng = np.random.default_rng(seed)
        return tuple(
            end
            for n, d, share in CONFIGURATIONS
            for end in _ends(
                [Case(n, d, RADIUS, share, 1.0, int(s)) for s in rng.integers(2**32, size=replicates)], update
            )
        )

    def run(formula: Settling, budget: Budget) -> Evidence:
        return _agreement(formula, measure(budget.replicates, budget.seed))

    return Check("from_zero", Kind.TRAINED, run)


def _ends(cases: list[Case], update: Update) -> list[tuple[Case, float, bool]]:
    """For every case and factor: ξ, the factor times the threshold, and whether the training ended at θ(y)."""
    threshold, _ = production(update)
    X, y = (
        np.repeat(np.stack(part), len(FACTORS), axis=0) for part in zip(*(case.data for case in cases), strict=True)
    )
    smoothing = np.concatenate([threshold(case) * np.array(FACTORS) for case in cases])
    trained = adversarial_training(
        X, y, RADIUS, smoothing, step_size=np.repeat([case.step_size for case in cases], len(FACTORS)),
        steps=FROM_ZERO, update=update, record=("residual",), record_every=FROM_ZERO,
    )  # fmt: skip
    start, end = trained.curves["residual"][:, 0], trained.curves["residual"][:, -1]
    owners = [case for case in cases for _ in FACTORS]
    return list(zip(owners, smoothing.tolist(), (end <= SETTLED * start).tolist(), strict=True))


def _agreement(formula: Settling, ends: tuple[tuple[Case, float, bool], ...]) -> Evidence:
    wrong = [(case, xi) for case, xi, settled in ends if settled != (xi > formula.threshold(case))]
    shares = [float(np.mean([settled for _, _, settled in ends[i :: len(FACTORS)]])) for i in range(len(FACTORS))]
    text = f"of {len(ends)} trainings from zero, at {FACTORS[0]} to {FACTORS[-1]} times the threshold, {len(wrong)} end"
    return Evidence(
        Kind.TRAINED,
        Outcome.FAILS if wrong else Outcome.HOLDS,
        f"ε = {RADIUS}, three sizes and steps, ξ at least 2 % away from the threshold",
        f"Training to the end, {FROM_ZERO} steps: {text} on the side that the threshold does not say.",
        {"trainings": float(len(ends)), "on the wrong side": float(len(wrong)), "nearest factor": 1.02},
        f"{wrong[0][0]} at ξ = {wrong[0][1]!r}" if wrong else None,
        charts=(_chart(shares),),
    )


def _chart(shares: list[float]) -> Chart:
    return Chart(
        title="Trainings from zero that end at θ(y)",
        x_label="ξ over the threshold of the data set",
        y_label="share",
        series=(
            Series("measured", FACTORS, tuple(shares), points=True),
            Series("claimed", (FACTORS[0], 1.0, 1.0, FACTORS[-1]), (0.0, 0.0, 1.0, 1.0)),
        ),
        x_log=True,
    )


def checks_of(update: Update, derive: Callable[[], Derivation]) -> tuple[Check[Settling], ...]:
    """The four checks of a threshold."""
    return (
        linearisation(derive),
        sampled.search(
            "both_sides",
            cases(),
            sides_gap,
            0.0,
            f"From next to θ(y), {STEPS} steps: the residual shrinks {SIDE:g} above the threshold and grows below",
            scope="n up to 12, d up to 256",
        ),
        sampled.search(
            "rate",
            cases(),
            rate_gap,
            LINEAR,
            "One step from next to θ(y) along the eigenvector with the largest or the smallest eigenvalue",
            scope="n up to 12, d up to 256, ξ within a factor 10 of 2ε‖θ(y)‖²",
        ),
        from_zero(update),
    )
