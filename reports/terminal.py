"""A run as text: a table that fits 80 columns, and what differs from the ledger."""

from checks.result import ClaimResult, Kind, MutantRun, Outcome, Run

SIGNS = {Outcome.HOLDS: "+", Outcome.FAILS: "-", Outcome.INCONCLUSIVE: "?"}
SHORT = {
    Kind.SYMBOLIC: "sym",
    Kind.CERTIFIED: "cert",
    Kind.SAMPLED: "samp",
    Kind.MONTE_CARLO: "mc",
    Kind.TREND: "trend",
    Kind.TRAINED: "train",
}
NAME_WIDTH = 36


def table(run: Run) -> str:
    """One row a claim: name, verdict, evidence (+ holds, - fails, ? inconclusive, ! missing), mutants, time.

    In the place of the mutants, "wait" says that the claim decides nothing for want of a record.
    """
    lines = [f"{'claim':<{NAME_WIDTH}} {'verdict':<10} {'evidence':<18} {'mutants':>7} {'time':>5}"]
    place = None
    for claim in run.claims:
        if claim.locator != place:
            place = claim.locator
            lines.append(f"{place}")
        lines.append(_row(claim, seconds(run, claim)))
    return "\n".join([*lines, "", totals(run)])


def totals(run: Run) -> str:
    """Claims by verdict, checks, the run's false-alarm probability, budget, workers and time."""
    found = [claim.verdict.value for claim in run.claims]
    waiting = sum(claim.awaits_record for claim in run.claims)
    waits = f"{waiting} wait for a record; " if waiting else ""
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in dict.fromkeys(found))
    return (
        f"{len(found)} claims: {counts}\n"
        f"{waits}false-alarm probability {run.false_alarm_probability:.1g}, "
        f"of recorded trainings {run.recorded_false_alarm_probability:.1g}\n"
        f"budget {run.budget['name']}, {run.workers} workers, {run.seconds:.0f} s"
    )


def seconds(run: Run, claim: ClaimResult) -> float:
    """The time that a claim's checks and mutants took."""
    return sum(time for key, time in run.times.items() if key.startswith(claim.id + "-"))


def differences(run: Run) -> list[str]:
    """One sentence for every verdict that is not the expected one, every problem and every surviving mutant."""
    return [line for claim in run.claims for line in _differences(claim)]


def verdict_differences(claim: ClaimResult) -> list[str]:
    """One sentence when the claim's verdict is not the one that the ledger expects."""
    if claim.expected is None:
        return [f"{claim.id}: {claim.verdict.value}, not in the ledger; advtheory accept {claim.id} --reason TEXT"]
    if not claim.as_expected:
        return [f"{claim.id}: {claim.verdict.value}, the ledger expects {claim.expected.value}"]
    return []


def _differences(claim: ClaimResult) -> list[str]:
    lines = verdict_differences(claim)
    if claim.problem:
        lines.append(f"{claim.id}: {claim.problem}")
    ran = [mutant for mutant in claim.mutants if any(_ran(check.mutants, mutant) for check in claim.checks)]
    rejected = {run.mutant for check in claim.checks for run in check.mutants if run.rejected}
    if claim.undecided:
        return lines
    lines.extend(f"{claim.id}: the mutant {mutant} survives every check" for mutant in ran if mutant not in rejected)
    return lines


def _ran(runs: tuple[MutantRun, ...], mutant: str) -> bool:
    return any(run.mutant == mutant and run.outcome is not None for run in runs)


def _row(claim: ClaimResult, time: float) -> str:
    name = claim.id.split(".", 1)[1]
    shown = name if len(name) <= NAME_WIDTH - 2 else name[: NAME_WIDTH - 3] + "…"
    evidence = " ".join(
        SHORT[check.kind] + (SIGNS[check.evidence.outcome] if check.evidence else "!") for check in claim.checks
    )
    mutants = "wait" if claim.awaits_record else f"{claim.mutants_rejected}/{len(claim.mutants)}"
    return f"  {shown:<{NAME_WIDTH - 2}} {claim.verdict.value:<10} {evidence:<20} {mutants:>5} {time:5.1f}"
