"""What a run could miss: the smallest error that each evidence would catch, and what each verdict takes for granted."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from checks.result import CheckResult, ClaimResult, Evidence, Kind, Outcome, Run, Verdict
from reports.wording import number

CITED = "cited: "


class Tier(Enum):
    """What a verdict rests on, the weakest first: a name, and what could be wrong although every check did its work."""

    NOTHING = ("Nothing decides yet", "Any error: a check could not tell, did not report, or waits for a record.")
    HOLE = ("A wrong formula passes", "An error like the one that no check rejects.")
    STATISTICS = (
        "Statistics alone",
        "An error smaller than the stated one, which is told 99 times in 100; a false alarm of the stated probability.",
    )
    CASES = (
        "Exact, where it was tried",
        "An error outside what was covered, or smaller than the stated one at every case in it.",
    )
    GIVEN = ("Proved, given other claims", "An error in a claim that the proof uses and that is not itself proved.")
    REFUTED = ("Refuted", "That the authors meant something else. A counterexample stands, as strong as the row says.")
    PROVED = (
        "Proved",
        "A definition that is not the paper’s, or an error that SymPy or the ball arithmetic shares with the code: "
        "no part of the domain is left out.",
    )

    def __init__(self, title: str, sentence: str) -> None:
        self.title, self.sentence = title, sentence


@dataclass(frozen=True)
class Size:
    """The smallest error that an evidence would have caught, and at how many places; words where no figure is known."""

    words: str
    error: float = math.inf
    count: str = ""


@dataclass(frozen=True)
class Row:
    """A claim: what could slip through, what each check would catch and where, what it rests on besides."""

    claim: ClaimResult
    tier: Tier
    caught: dict[str, list[tuple[str, Size]]]  # by scope, the names of checks with their sizes
    slips: tuple[str, ...]
    mutants: str
    unproved: tuple[str, ...]
    granted: tuple[str, ...]
    alarm: float

    @property
    def rank(self) -> tuple[float, float]:
        """The weakest first: by the error that would be caught, then by how few mutants are rejected."""
        share = self.claim.mutants_rejected / max(len(self.claim.mutants), 1)
        errors = [size.error for found in self.caught.values() for _, size in found]
        return -min(errors, default=math.inf), share


def missed(run: Run) -> list[tuple[Tier, list[Row]]]:
    """The claims of a run by what their verdicts rest on; the weakest tier, and in it the weakest claim, first."""
    verdicts = {claim.id: claim.verdict for claim in run.claims}
    rows = [row(claim, verdicts, run.budget.get("error_rate")) for claim in run.claims]
    tiers = {tier: sorted((r for r in rows if r.tier is tier), key=lambda r: r.rank) for tier in Tier}
    return [(tier, found) for tier, found in tiers.items() if found]


def row(claim: ClaimResult, verdicts: dict[str, Verdict], error_rate: object = None) -> Row:
    """What could be wrong with one claim; statistical evidence that states no rate has `error_rate`."""
    place = tier(claim)
    caught: dict[str, list[tuple[str, Size]]] = {}
    for check in claim.checks:
        caught.setdefault(check.evidence.scope if check.evidence else "", []).append((_name(check), size(check)))
    unproved = tuple(name for name in claim.uses if verdicts.get(name) is not Verdict.PROVED)
    rates = [rate for check in claim.checks if (rate := _rate(check, error_rate))]
    return Row(
        claim, place, caught, tuple(SLIPS[place](claim)), mutants(claim), unproved, tuple(granted(claim)),
        math.fsum(rates),
    )  # fmt: skip


def tier(claim: ClaimResult) -> Tier:
    """What the verdict of a claim rests on."""
    if claim.verdict is Verdict.OPEN:
        return Tier.NOTHING
    if claim.has_hole:
        return Tier.HOLE
    if claim.verdict is Verdict.REFUTED:
        return Tier.REFUTED
    if claim.verdict is Verdict.PROVED:
        return Tier.GIVEN if claim.given else Tier.PROVED
    exact = any(not found.kind.statistical for found in _holding(claim))
    return Tier.CASES if exact else Tier.STATISTICS


def size(check: CheckResult) -> Size:
    """The smallest error that a check would have caught, as its evidence states it."""
    found = check.evidence
    if found is None or check.problem:
        return Size("did not report")
    if found.outcome is Outcome.INCONCLUSIVE:
        return Size("decides nothing")
    if found.outcome is Outcome.FAILS:
        return Size("found a counterexample", math.inf if found.kind.statistical else 0)
    if found.proves:
        return Size("any error", 0)
    for name, worded in STATED:
        value = found.numbers.get(name)
        if value is not None and math.isfinite(value):
            return worded(value, found)
    exact = found.kind in {Kind.SYMBOLIC, Kind.CERTIFIED}
    return Size("any error in its scope", 0) if exact else Size("no size stated")


def _bits(bits: float, found: Evidence) -> Size:
    return _share(2.0 ** (1 - bits), found)  # two balls that do not touch are two radii apart


def _share(error: float, found: Evidence) -> Size:
    return Size(f"{_short(100 * error)} %", error, _count(found))


def _spread(error: float, found: Evidence) -> Size:
    return _plain(error, found) if error else Size("no size: all runs agree")  # no spread is no sensitivity


def _rarer(share: float, found: Evidence) -> Size:
    return Size(f"no size: all seeds agree, {_short(100 * share)} % may not")


def _plain(error: float, found: Evidence) -> Size:
    return Size(_short(error), error, _count(found))


def _short(value: float) -> str:
    return number(float(f"{value:.2g}"))


def _count(found: Evidence) -> str:
    unit = next((name for name in ("cases", "configurations", "points") if name in found.numbers), None)
    if unit is None:
        return ""
    count = found.numbers[unit]
    return f"{number(count)} {unit if count != 1 else unit[:-1]}"


STATED: tuple[tuple[str, Callable[[float, Evidence], Size]], ...] = (  # the names that evidence gives them
    ("narrowest common bits", _bits),
    ("detectable relative difference", _share),
    ("detectable relative gap", _share),
    ("detectable difference", _spread),
    ("detectable excess", _spread),
    ("share of seeds that may differ", _rarer),
    ("tolerance", _plain),
)


def mutants(claim: ClaimResult) -> str:
    """How many wrong formulas were rejected, and how many of them hang on one check alone."""
    alone: dict[str, int] = {}
    for mutant in claim.mutants:
        by = [_name(check) for check in claim.checks if any(r.mutant == mutant and r.rejected for r in check.mutants)]
        if len(by) == 1 < len(claim.checks):
            alone[by[0]] = alone.get(by[0], 0) + 1
    words = "".join(f", {count} by {name} alone" for name, count in alone.items())
    return f"{claim.mutants_rejected} of {len(claim.mutants)}{words}"


def granted(claim: ClaimResult) -> Iterable[str]:
    """What a claim takes for granted besides other claims: assumptions by name, and steps that are cited."""
    if claim.assumptions:
        yield "assumes " + ", ".join(name.replace("_", " ") for name, _ in claim.assumptions)
    steps = [step.basis for check in claim.checks if check.evidence for step in check.evidence.steps]
    yield from dict.fromkeys(basis for basis in steps if basis.startswith(CITED))


def _rate(check: CheckResult, error_rate: object) -> float:
    found = check.evidence
    if found is None or found.outcome is Outcome.INCONCLUSIVE:
        return 0.0
    fallback = error_rate if isinstance(error_rate, float) and check.kind.statistical else 0.0
    return found.numbers.get("error rate", fallback)


def _name(check: CheckResult) -> str:
    return check.name.replace("_", " ")


def _holding(claim: ClaimResult) -> list[Evidence]:
    found = [check.evidence for check in claim.checks if check.evidence]
    return [item for item in found if item.outcome is Outcome.HOLDS]


def _undecided(claim: ClaimResult) -> Iterable[str]:
    lacking = [check.evidence.record.lacks for check in claim.checks if check.evidence and check.evidence.record]
    yield from dict.fromkeys(lacks for lacks in lacking if lacks)
    for check in claim.checks:
        if check.evidence is None:
            yield f"{_name(check)} did not report"
        elif check.evidence.outcome is Outcome.INCONCLUSIVE and not check.evidence.awaits_record:
            yield f"{_name(check)} could not tell"


def _surviving(claim: ClaimResult) -> Iterable[str]:
    rejected = {run.mutant for check in claim.checks for run in check.mutants if run.rejected}
    return (mutant for mutant in claim.mutants if mutant not in rejected)


def _unused_proof(claim: ClaimResult) -> Iterable[str]:
    return ["a proof, but of a refuted claim’s consequence"] if any(item.proves for item in _holding(claim)) else []


def _strength(claim: ClaimResult) -> Iterable[str]:
    return [claim.strength] if claim.strength else []


SLIPS: dict[Tier, Callable[[ClaimResult], Iterable[str]]] = {
    Tier.NOTHING: _undecided,
    Tier.HOLE: _surviving,
    Tier.STATISTICS: _unused_proof,
    Tier.CASES: _unused_proof,
    Tier.GIVEN: lambda claim: (),
    Tier.REFUTED: _strength,
    Tier.PROVED: lambda claim: (),
}
