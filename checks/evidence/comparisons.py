"""Statements about trained networks as formulas: which means over seeds are compared, and where they must lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

Case = tuple[tuple[str, float], ...]
"""What varies besides the arm: (("n", 10.0),), or () where nothing does."""

CLEAN, ROBUST = "clean", "robust"
"""Accuracies on test images: without attack, and under the attack of whichever check reads them."""
TRAIN_CLEAN, TRAIN_ROBUST, ATTACK_DIFFERENCE = "train_clean", "train_robust", "attack_difference"

NAMES = {
    CLEAN: "standard accuracy",
    ROBUST: "accuracy under attack",
    TRAIN_CLEAN: "training accuracy",
    TRAIN_ROBUST: "training accuracy under attack",
    ATTACK_DIFFERENCE: "attack difference",
}
ARMS = {
    "lasso": "LASSO", "none": "no penalty", "smoothed": "smoothed", "plain": "not smoothed",
    "smoothed-init": "smoothed, initialised", "plain-init": "not smoothed, initialised",
}  # fmt: skip
SYMBOLS = {
    CLEAN: r"a_{\mathrm{std}}",
    ROBUST: r"a_{\mathrm{adv}}",
    TRAIN_CLEAN: r"a_{\mathrm{std}}^{\mathrm{train}}",
    TRAIN_ROBUST: r"a_{\mathrm{adv}}^{\mathrm{train}}",
    ATTACK_DIFFERENCE: r"\Delta",
}


@dataclass(frozen=True)
class Term:
    """`weight` times a quantity of the networks that one arm trains in one case."""

    weight: float
    arm: str
    quantity: str
    case: Case


@dataclass(frozen=True)
class Contrast:
    """A sum over arms and cases whose mean over seeds is claimed to lie strictly between `low` and `high`."""

    name: str
    terms: tuple[Term, ...]
    low: float = -math.inf
    high: float = math.inf

    @property
    def ends(self) -> int:
        """How many ends it can be beyond."""
        return math.isfinite(self.low) + math.isfinite(self.high)


class Statement(Protocol):
    """What a claim about trained networks says."""

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """Everything that must lie where it says, over the `cases` of an experiment."""
        ...


@dataclass(frozen=True)
class Comparison:
    """In every case, and for each of `quantities`, the mean of `treated` less that of `control` exceeds `margin`.

    A negative margin says that `treated` is not worse by more than that. `control_quantity` replaces what is read off
    the control.
    """

    treated: str
    control: str
    quantities: tuple[str, ...]
    margin: float = 0.0
    control_quantity: str | None = None

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One difference for each case and quantity."""
        return tuple(
            Contrast(
                _name(f"{named(self.treated)} − {named(self.control)}", quantity, case),
                (
                    Term(1, self.treated, quantity, case),
                    Term(-1, self.control, self.control_quantity or quantity, case),
                ),
                low=self.margin,
            )
            for case in cases
            for quantity in self.quantities
        )

    @property
    def latex(self) -> str:
        """The comparison as LaTeX."""
        parts = [
            f"{_mean(self.treated, quantity)} - {_mean(self.control, self.control_quantity or quantity)}"
            for quantity in self.quantities
        ]
        return r",\qquad ".join(f"{part} > {self.margin:g}" for part in parts)


@dataclass(frozen=True)
class Equivalence:
    """In every case, and for each of `quantities`, the means of the two arms differ by less than `margin`."""

    treated: str
    control: str
    quantities: tuple[str, ...]
    margin: float
    control_quantity: str | None = None

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One difference for each case and quantity, bounded on both sides."""
        one_sided = Comparison(self.treated, self.control, self.quantities, -self.margin, self.control_quantity)
        return tuple(replace(contrast, high=self.margin) for contrast in one_sided.contrasts(cases))

    @property
    def latex(self) -> str:
        """The bounds as LaTeX."""
        arms = (self.treated, self.control)
        parts = [" - ".join(_mean(arm, quantity) for arm in arms) for quantity in self.quantities]
        return r",\qquad ".join(f"|{part}| < {self.margin:g}" for part in parts)


@dataclass(frozen=True)
class Gain:
    """What `treated` gains over `control` in the quantity `more` exceeds what it gains in `less`, in every case."""

    treated: str
    control: str
    more: str
    less: str

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One difference of differences for each case."""
        signs = ((1, self.treated, 1), (-1, self.control, 1), (-1, self.treated, -1), (1, self.control, -1))
        return tuple(
            Contrast(
                _name(f"{named(self.treated)} − {named(self.control)}, {NAMES[self.more]} less that", self.less, case),
                tuple(Term(weight, arm, self.more if kind > 0 else self.less, case) for weight, arm, kind in signs),
                low=0.0,
            )
            for case in cases
        )

    @property
    def latex(self) -> str:
        """The comparison of gains as LaTeX."""
        more, less = (
            f"{_mean(self.treated, quantity)} - {_mean(self.control, quantity)}" for quantity in (self.more, self.less)
        )
        return f"{more} > {less}"


@dataclass(frozen=True)
class Level:
    """The mean of each of `quantities` lies between `low` and `high`, for every one of `arms`.

    In every case, or only in the one that `place` counts (-1: the largest).
    """

    arms: tuple[str, ...]
    quantities: tuple[str, ...]
    low: float = -math.inf
    high: float = math.inf
    place: int | None = None

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One mean for each arm, case and quantity."""
        chosen = cases if self.place is None else [sorted(cases)[self.place]]
        return tuple(
            Contrast(_name(named(arm), quantity, case), (Term(1, arm, quantity, case),), self.low, self.high)
            for case in chosen
            for arm in self.arms
            for quantity in self.quantities
        )

    @property
    def latex(self) -> str:
        """The bounds as LaTeX."""
        low = f"{self.low:g} < " if math.isfinite(self.low) else ""
        high = f" < {self.high:g}" if math.isfinite(self.high) else ""
        return r",\qquad ".join(f"{low}{_mean(arm, q)}{high}" for arm in self.arms for q in self.quantities)


@dataclass(frozen=True)
class Row:
    """A row of a printed table: the arm's mean accuracies are the stated ones, to within `margin`."""

    arm: str
    stated: tuple[tuple[str, float], ...]
    margin: float

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One mean for each stated figure."""
        return tuple(
            Contrast(
                _name(named(self.arm), q, case), (Term(1, self.arm, q, case),), value - self.margin, value + self.margin
            )
            for case in cases
            for q, value in self.stated
        )

    @property
    def latex(self) -> str:
        """The stated figures as LaTeX."""
        return r",\qquad ".join(f"|{_mean(self.arm, q)} - {value:g}| < {self.margin:g}" for q, value in self.stated)


@dataclass(frozen=True)
class Growth:
    """The mean of an arm's quantity rises from each case to the one `step` places on, in increasing order of the cases.

    With a `step` of -1 it falls, with 0 each case exceeds itself.
    """

    arm: str
    quantity: str
    step: int = 1

    def contrasts(self, cases: Sequence[Case]) -> tuple[Contrast, ...]:
        """One difference for each two neighbouring cases."""
        return tuple(
            Contrast(
                _name(f"{named(self.arm)}, {label(more)} − {label(less)}", self.quantity, ()),
                (Term(1, self.arm, self.quantity, more), Term(-1, self.arm, self.quantity, less)),
                low=0.0,
            )
            for less, more in self._pairs(sorted(cases))
        )

    def _pairs(self, cases: Sequence[Case]) -> list[tuple[Case, Case]]:
        if not self.step:
            return [(case, case) for case in cases]
        return [pair if self.step > 0 else pair[::-1] for pair in pairwise(cases)]

    @property
    def latex(self) -> str:
        """The monotonicity as LaTeX."""
        sign = ">" if self.step > 0 else "<"
        return rf"\mathrm{{E}}\,{SYMBOLS[self.quantity]}(\epsilon_{{k+1}}) {sign} " + _mean("", self.quantity, "k")


def named(arm: str) -> str:
    """What the page calls an arm."""
    return ARMS.get(arm, arm)


def label(case: Case) -> str:
    """A case in words: "n = 10", and nothing for the only case of an experiment."""
    return ", ".join(f"{name} = {value:g}" for name, value in case)


def _name(arms: str, quantity: str, case: Case) -> str:
    return ", ".join(part for part in (f"{arms}: {NAMES[quantity]}", label(case)) if part)


def _mean(arm: str, quantity: str, index: str = "") -> str:
    of = rf"\epsilon_{{{index}}}" if index else rf"\text{{{named(arm)}}}"
    return rf"\mathrm{{E}}\,{SYMBOLS[quantity]}({of})"
