"""What is calibrated: every statistical check of every claim, and the rule that recorded runs are judged by."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from checks import catalogue
from checks.calibration import synthetic
from checks.calibration.sources import fingerprint
from checks.claim import Budget, Claim
from checks.result import Evidence
from checks.runner import run_check


@dataclass(frozen=True)
class Subject:
    """A check to calibrate. `refuted` says that its claim is false, so that no failure of it is a false alarm."""

    claim: str
    check: str
    kind: str
    refuted: bool
    module: str

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.claim}/{self.check}"

    @property
    def code(self) -> str:
        """A fingerprint of the code that decides what it finds."""
        return fingerprint(self.module)

    def run(self, budget: Budget) -> Evidence:
        """What the check finds of its claim under a budget."""
        return _runs()[self.claim, self.check](budget)


def subjects(text: str = "") -> list[Subject]:
    """All statistical checks whose name holds `text`, in the order of the paper, then the synthetic ones."""
    found = [
        Subject(claim.id, check.name, check.kind.value, claim.erratum is not None, _module(claim))
        for claim in catalogue.claims()
        for check in claim.checks
        if check.kind.statistical and text in f"{claim.id}/{check.name}"
    ]
    rules = [Subject(synthetic.CLAIM, name, "trained", False, synthetic.__name__) for name in synthetic.WORLDS]
    return found + [rule for rule in rules if text in rule.name]


@cache
def _runs() -> dict[tuple[str, str], Callable[[Budget], Evidence]]:
    found: dict[tuple[str, str], Callable[[Budget], Evidence]] = {
        (claim.id, check.name): partial(run_check, claim, check)
        for claim in catalogue.claims()
        for check in claim.checks
    }
    return found | {(synthetic.CLAIM, name): world.run for name, world in synthetic.WORLDS.items()}


def _module(claim: Claim[Any]) -> str:
    """The module that defines a claim."""
    return next(name for name, module in sys.modules.items() if getattr(module, "CLAIM", None) is claim)
