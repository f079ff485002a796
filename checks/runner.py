"""The only way a check runs, whoever asks: pytest, the command line or a cluster."""

from typing import TypeVar

from checks.claim import Budget, Check, Claim, Mutant
from checks.result import Evidence, Outcome

Formula = TypeVar("Formula")


def run_check(claim: Claim[Formula], check: Check[Formula], budget: Budget) -> Evidence:
    """Judge the claim's own formula by `check`."""
    return check.run(claim.formula, budget.derive(claim.id, check.name))


def run_mutant(claim: Claim[Formula], check: Check[Formula], mutant: Mutant[Formula], budget: Budget) -> Outcome:
    """Judge a mutant of the claim by `check`, with the very draws that its own formula is judged by."""
    derived = budget.derive(claim.id, check.name)
    return check.run(mutant.formula, derived.without_shrinking()).outcome


def rejects(outcome: Outcome, own: Outcome) -> bool:
    """Whether `outcome` on a mutant differs decisively from the `own` outcome on the claim's formula."""
    return outcome is not Outcome.INCONCLUSIVE and outcome is not own
