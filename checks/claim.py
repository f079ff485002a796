"""A claim, what it is checked with, and how much effort a check may spend."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from checks.notebook import Shown
from checks.result import Evidence, Kind

Formula = TypeVar("Formula")


@dataclass(frozen=True)
class Budget:
    """How much effort each check may spend: the one knob of a run.

    `examples` generated cases per search, `samples` draws per simulated configuration, `replicates` data sets per
    point of a sweep; `error_rate` is the false-alarm probability of one statistical check, `seed` the origin of
    every random number, and `shrink` whether a search reduces its counterexample to the smallest one.
    """

    name: str
    examples: int
    samples: int
    replicates: int
    error_rate: float = 1e-6
    seed: int = 20210413
    shrink: bool = True

    def derive(self, *names: str) -> "Budget":
        """The same effort with the seed of the check called `names`, so that no check depends on another."""
        digest = hashlib.sha256("/".join((str(self.seed), *names)).encode()).digest()
        return replace(self, seed=int.from_bytes(digest[:8], "big"))

    def without_shrinking(self) -> "Budget":
        """The same effort for a mutant, whose counterexample nobody reads."""
        return replace(self, shrink=False)

    def rng(self) -> np.random.Generator:
        """A fresh generator for this check; the same one each time it is asked for."""
        return np.random.default_rng(self.seed)


BUDGETS = {
    "quick": Budget("quick", examples=60, samples=100_000, replicates=20),
    "full": Budget("full", examples=1000, samples=10_000_000, replicates=200),
}
CALIBRATION = Budget("quick", examples=5, samples=500, replicates=4, error_rate=0.05, shrink=False)
"""Small samples, on the sweeps of the quick budget, and a false-alarm probability that a thousand seeds can measure."""


@dataclass(frozen=True)
class Paper:
    """A paper; `locators` lists its checkable places in reading order, which is the order of the report."""

    id: str
    title: str
    authors: tuple[str, ...]
    venue: str
    locators: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """Where a statement stands: one of the paper's `locators`, and the section around it."""

    paper: Paper
    locator: str

    def __post_init__(self) -> None:
        """Refuse a place that the paper does not list."""
        if self.locator not in self.paper.locators:
            raise ValueError(f"locator must be one of {self.paper.id}'s locators, got {self.locator!r}")

    @property
    def position(self) -> int:
        """The place's rank in the paper's order."""
        return self.paper.locators.index(self.locator)


@dataclass(frozen=True)
class Assumption:
    """A hypothesis of a claim, in words and as a test of a generated case."""

    name: str
    sentence: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Mutant(Generic[Formula]):
    """A wrong formula that models a mistake someone could make; `name` says which."""

    name: str
    formula: Formula


@dataclass(frozen=True)
class Check(Generic[Formula]):
    """One attack on a claim, named after its method."""

    name: str
    kind: Kind
    run: Callable[[Formula, Budget], Evidence]


@dataclass(frozen=True)
class Claim(Shown, Generic[Formula]):
    """A statement that can be checked.

    `statement` is the docstring of the claim's module: the paper's words. `erratum` says why the printed statement
    is expected to be refuted, `reading` under which convention it is stated, and `amends` which printed claim this
    one corrects. `uses` names the claims it takes for granted. `ours` marks a statement that the paper does not make,
    `empirical` one about trained networks, which nothing exact decides: its checks evaluate the same trainings in
    different ways.
    """

    id: str
    statement: str
    reference: Reference
    formula: Formula
    checks: tuple[Check[Formula], ...]
    mutants: tuple[Mutant[Formula], ...]
    assumptions: tuple[Assumption, ...] = ()
    uses: tuple[str, ...] = ()
    erratum: str | None = None
    reading: str | None = None
    amends: str | None = None
    ours: bool = False
    empirical: bool = False

    def check(self, name: str) -> Check[Formula]:
        """The check called `name`; ValueError when there is none."""
        for check in self.checks:
            if check.name == name:
                return check
        raise ValueError(f"check must be one of {', '.join(c.name for c in self.checks)}, got {name!r}")

    def mutant(self, name: str) -> Mutant[Formula]:
        """The mutant called `name`; ValueError when there is none."""
        for mutant in self.mutants:
            if mutant.name == name:
                return mutant
        raise ValueError(f"mutant must be one of {', '.join(m.name for m in self.mutants)}, got {name!r}")
