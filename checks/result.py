"""What a run found: evidence, verdicts and the results file; a report needs no more than this module."""

import json
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from checks.codec import decode as decode
from checks.codec import encode as encode
from checks.exhibits import Boxes as Boxes
from checks.exhibits import Chart as Chart
from checks.exhibits import Distribution as Distribution
from checks.exhibits import Grid as Grid
from checks.exhibits import Recording as Recording
from checks.exhibits import Series as Series
from checks.exhibits import Step as Step
from checks.exhibits import Symbol as Symbol
from checks.exhibits import Table as Table
from checks.exhibits import Tested as Tested
from checks.notebook import Shown
from models.untrusted import read_bytes as read_bytes
from models.untrusted import read_json as read_json

SCHEMA = 2
MAX_BYTES = 64 * 2**20  # a results file of a few hundred claims has 1 to 5 MiB
WHOLE_DOMAIN = "the claim's whole domain"


class Kind(Enum):
    """The kind of evidence: what its conclusion rests on."""

    SYMBOLIC = "symbolic"
    CERTIFIED = "certified"
    SAMPLED = "sampled"
    MONTE_CARLO = "Monte Carlo"
    TREND = "trend"
    TRAINED = "trained"

    @property
    def statistical(self) -> bool:
        """Whether a check of this kind raises a false alarm with probability `error_rate`."""
        return self in {Kind.MONTE_CARLO, Kind.TREND, Kind.TRAINED}


class Outcome(Enum):
    """What one check found about one formula."""

    HOLDS = "holds"
    FAILS = "fails"
    INCONCLUSIVE = "inconclusive"


class Verdict(Enum):
    """What all the evidence together says about a claim."""

    PROVED = "proved"
    SUPPORTED = "supported"
    REFUTED = "refuted"
    OPEN = "open"


class Contradiction(Exception):
    """A proof stands beside a counterexample: the suite itself is wrong."""


@dataclass(frozen=True)
class Evidence(Shown):
    """What one check found: its outcome, what it covered, one sentence, and the figures behind it."""

    kind: Kind
    outcome: Outcome
    scope: str
    summary: str
    numbers: dict[str, float]
    counterexample: str | None = None
    steps: tuple[Step, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    record: Recording | None = None
    distributions: tuple[Distribution, ...] = ()
    tested: tuple[Tested, ...] = ()

    @property
    def awaits_record(self) -> bool:
        """Whether this evidence decides nothing for want of a record."""
        return self.record is not None and self.record.lacks is not None

    @property
    def proves(self) -> bool:
        """Whether this evidence alone proves its claim."""
        exact = self.kind in {Kind.SYMBOLIC, Kind.CERTIFIED}
        return exact and self.outcome is Outcome.HOLDS and self.scope == WHOLE_DOMAIN


@dataclass(frozen=True)
class MutantRun:
    """What one check found on one mutant; `outcome` is None when the check crashed or never reported."""

    mutant: str
    outcome: Outcome | None
    rejected: bool


@dataclass(frozen=True)
class CheckResult(Shown):
    """One check of a claim: its evidence, or why there is none, and its row of the mutant matrix."""

    name: str
    kind: Kind
    evidence: Evidence | None
    problem: str | None
    reproduce: str
    mutants: tuple[MutantRun, ...]


@dataclass(frozen=True)
class ClaimResult(Shown):
    """A claim with everything a page says about it."""

    id: str
    paper: str
    locator: str
    statement: str
    formula: str | None
    assumptions: tuple[tuple[str, str], ...]
    uses: tuple[str, ...]
    erratum: str | None
    reading: str | None
    amends: str | None
    ours: bool
    digest: str
    mutants: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    verdict: Verdict
    given: tuple[str, ...]
    strength: str | None
    problem: str | None
    expected: Verdict | None
    expected_reason: str | None
    edited: bool
    closing_command: str | None = None

    @property
    def awaits_record(self) -> bool:
        """Whether a check decides nothing for want of a record."""
        return any(check.evidence.awaits_record for check in self.checks if check.evidence)

    @property
    def undecided(self) -> bool:
        """Whether recorded runs are missing or too few for a check to decide: it then rejects no mutant either."""
        found = [check.evidence for check in self.checks if check.evidence]
        return any(item.record is not None and item.outcome is Outcome.INCONCLUSIVE for item in found)

    @property
    def closed_by(self) -> str | None:
        """The command that closes an open claim: the ledger's, else the one that makes its record."""
        records = [check.evidence.record for check in self.checks if check.evidence and check.evidence.record]
        command = self.closing_command or next((record.command for record in records), None)
        return command if self.verdict is Verdict.OPEN else None

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the ledger expects."""
        return self.verdict is self.expected

    @property
    def mutants_rejected(self) -> int:
        """How many mutants at least one check rejected."""
        rejected = {run.mutant for check in self.checks for run in check.mutants if run.rejected}
        return len(rejected)

    @property
    def has_hole(self) -> bool:
        """Whether a mutant is rejected by no check, although the checks could decide."""
        return self.mutants_rejected < len(self.mutants) and not self.undecided


@dataclass(frozen=True)
class Expectation:
    """What the ledger expects of a claim: its verdict, the fingerprint it was accepted with, and why.

    `command` closes an expected OPEN.
    """

    verdict: Verdict
    digest: str
    reason: str
    command: str | None = None


@dataclass(frozen=True)
class Run(Shown):
    """A results file: what was run, where, with which packages and seed, and what it found.

    The false-alarm probabilities are sums over its checks: of those that draw anew with every budget, and of those that
    rest on recorded runs or on seeds fixed once. `notation` explains the letters of the formulas.
    """

    schema: int
    project: str
    budget: dict[str, float | str]
    packages: dict[str, str]
    revision: str
    platform: str
    started: str
    seconds: float
    workers: int
    false_alarm_probability: float
    claims: tuple[ClaimResult, ...]
    times: dict[str, float]
    recorded_false_alarm_probability: float = 0.0
    notation: tuple[Symbol, ...] = ()


def decide(evidence: Sequence[Evidence], planned: int) -> Verdict:
    """The verdict that `evidence` supports when `planned` checks were to report.

    A failure refutes, a proof proves, and a claim is supported when every check holds; anything else is open.
    Raises Contradiction when one evidence proves what another one refutes.
    """
    if len(evidence) < planned or not evidence:
        return Verdict.OPEN
    outcomes = {item.outcome for item in evidence}
    proved = any(item.proves for item in evidence)
    if Outcome.FAILS in outcomes:
        if proved:
            raise Contradiction("one check proves the claim and another one refutes it")
        return Verdict.REFUTED
    if proved:
        return Verdict.PROVED
    return Verdict.SUPPORTED if outcomes == {Outcome.HOLDS} else Verdict.OPEN


def refutation_strength(evidence: Iterable[Evidence]) -> str | None:
    """How strongly the failures among `evidence` refute: certified, exact to rounding, or statistical."""
    kinds = {item.kind for item in evidence if item.outcome is Outcome.FAILS}
    if kinds & {Kind.SYMBOLIC, Kind.CERTIFIED}:
        return "certified"
    if Kind.SAMPLED in kinds:
        return "exact to rounding"
    return "statistical" if kinds else None


def settle(
    verdicts: Mapping[str, Verdict], uses: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
    """Every verdict in the light of the claims it takes for granted.

    A proof that uses unproved claims is conditional: the second entry names them. One that uses a refuted claim
    proves nothing about the printed world, so it only supports.
    """
    return {claim: _settle_one(claim, verdicts, uses) for claim in verdicts}


def _settle_one(
    claim: str, verdicts: Mapping[str, Verdict], uses: Mapping[str, Sequence[str]]
) -> tuple[Verdict, tuple[str, ...]]:
    verdict = verdicts[claim]
    if verdict is not Verdict.PROVED:
        return verdict, ()
    needed = _ancestors(claim, uses)
    if any(verdicts.get(name) is Verdict.REFUTED for name in needed):
        return Verdict.SUPPORTED, ()
    return verdict, tuple(name for name in needed if verdicts.get(name) is not Verdict.PROVED)


def _ancestors(claim: str, uses: Mapping[str, Sequence[str]]) -> list[str]:
    found: list[str] = []
    waiting = list(uses.get(claim, ()))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting.extend(uses.get(name, ()))
    return found


def save(run: Run, path: Path) -> None:
    """Write `run` to `path` as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(encode(run), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(path)


def load(path: Path) -> Run:
    """The results file at `path`; ValueError when it is missing, too large, truncated or of another schema."""
    data = read_json(path, "results file", MAX_BYTES)
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"results file must have schema {SCHEMA}, got schema {schema!r}: {path}")
    return typing.cast(Run, decode(Run, data))
