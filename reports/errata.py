"""What is wrong: every refuted statement in the order of the run, why, and what holds in its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.result import ClaimResult, Outcome, Verdict

# The end of a sentence, outside formulas, code and brackets: before white space and no small letter.
END = re.compile(r"\$[^$]*\$|`[^`]*`|\([^()]*\)|([.!?]\s+)(?![a-z])")
SHORTEST, LONGEST = 120, 400  # characters of a reason: "It is false." is none, and a page of it would not be read


@dataclass(frozen=True)
class Erratum:
    """A refuted claim: the reason in a sentence, what more there is to say, and the claims that amend it."""

    claim: ClaimResult
    reason: str
    more: str
    amendments: tuple[str, ...]


def errata(claims: Sequence[ClaimResult]) -> list[Erratum]:
    """The refuted ones of `claims`, with the reason that each gives, or else the counterexample that was found."""
    amended: dict[str | None, tuple[str, ...]] = {}
    for claim in claims:
        amended[claim.amends] = (*amended.get(claim.amends, ()), claim.id)
    refuted = [claim for claim in claims if claim.verdict is Verdict.REFUTED]
    return [Erratum(claim, *divided(claim.erratum or _found(claim)), amended.get(claim.id, ())) for claim in refuted]


def divided(text: str) -> tuple[str, str]:
    """As few sentences of `text` as give a reason, none when that takes more than 400 characters, and the rest."""
    ends = [match.end() for match in END.finditer(text) if match[1]] + [len(text)]
    end = next((end for end in ends if end >= SHORTEST), len(text))
    return (text[:end].strip(), text[end:]) if end <= LONGEST else ("", text)


def _found(claim: ClaimResult) -> str:
    """What the first check that failed says; a results file need not hold one."""
    failed = (check.evidence for check in claim.checks if check.evidence and check.evidence.outcome is Outcome.FAILS)
    return next((found.counterexample or found.summary for found in failed), "No check of this run says why.")
