"""What each check found in this process: a claim's matrix starts from the evidence that its own test has collected."""

from functools import cache

from checks import catalogue
from checks.claim import Budget
from checks.result import Evidence
from checks.runner import run_check


@cache
def found(claim: str, check: str, budget: Budget) -> Evidence:
    """The evidence of a claim's check on its own formula."""
    item = catalogue.claim(claim)
    return run_check(item, item.check(check), budget)
