"""The ledger: the verdict that each claim is expected to have, and why; committed, so that a change shows."""

import json
from collections.abc import Mapping
from pathlib import Path

from checks.result import ClaimResult, Expectation, Verdict, decode, encode, read_json

MAX_BYTES = 2**22  # a few hundred claims have 0.1 MiB
LEDGER = Path(__file__).with_name("ledger.json")


def load(path: Path = LEDGER) -> dict[str, Expectation]:
    """Every claim's expectation; ValueError when the file is missing or damaged."""
    data = read_json(path, "ledger", MAX_BYTES)
    expectations: dict[str, Expectation] = decode(dict[str, Expectation], data, "ledger")
    return expectations


def save(expectations: Mapping[str, Expectation], path: Path = LEDGER) -> None:
    """Write the ledger, sorted by claim, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(encode(dict(sorted(expectations.items()))), indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def accept(claim: ClaimResult, reason: str, command: str | None = None) -> Expectation:
    """The expectation that a claim's found verdict becomes.

    An open claim that waits for a record is closed by the command that makes it, unless another `command` is named.
    ValueError without a reason, for an OPEN without the command that closes it, and for a claim whose checks
    contradict each other or did not all report.
    """
    command = command or claim.closed_by
    if not reason.strip():
        raise ValueError("reason must say why the verdict is accepted, got an empty text")
    if claim.problem is not None:
        raise ValueError(f"{claim.id} must have a verdict to accept, got a problem: {claim.problem}")
    if claim.verdict is Verdict.OPEN and not command:
        raise ValueError(f"{claim.id} is open: accepting that needs the command that would close it, got none")
    return Expectation(claim.verdict, claim.digest, reason.strip(), command)
