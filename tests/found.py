"""What each check found in this process, and what the ledger expects: both are asked for more than once."""

from functools import cache

from checks import catalogue
from checks.claim import Budget
from checks.result import Evidence, Verdict
from checks.runner import run_check
from reports import ledger


@cache
def found(claim: str, check: str, budget: Budget) -> Evidence:
    """The evidence of a claim's check on its own formula."""
    item = catalogue.claim(claim)
    return run_check(item, item.check(check), budget)


@cache
def expected_open(claim: str) -> bool:
    """Whether the ledger expects the claim to be open, and names the command that closes it."""
    entry = ledger.load().get(claim)
    return entry is not None and entry.verdict is Verdict.OPEN and bool(entry.command)
