"""The steps of derivations as a page shows them: each formula once."""

from dataclasses import dataclass

from checks.result import ClaimResult, Run, Step


@dataclass(frozen=True)
class Shown:
    """A step, the LaTeX to set, and where it stands in full when another derivation has shown it: a claim and a check.

    A step that goes on from what the last one ended with begins with its relation sign.
    """

    step: Step
    latex: str
    elsewhere: tuple[ClaimResult, str] | None = None


def shown_steps(run: Run) -> dict[tuple[str, str], list[Shown]]:
    """The steps of every derivation of `run`, by claim and check, in the order of the page."""
    first: dict[tuple[str, str], tuple[ClaimResult, str]] = {}
    shown: dict[tuple[str, str], list[Shown]] = {}
    for claim in run.claims:
        for check in claim.checks:
            row, last = shown.setdefault((claim.id, check.name), []), ""
            for step in check.evidence.steps if check.evidence else ():
                place = first.setdefault((step.name, step.latex), (claim, check.name))
                own = place == (claim, check.name)
                row.append(Shown(step, _going_on(last, step.latex), None if own else place))
                last = step.latex if own else ""
    return shown


def _going_on(last: str, latex: str) -> str:
    """`latex` without its left side where that is a right side of `last`."""
    start = last.find(" = ")
    while start >= 0:
        right = last[start + len(" = ") :]
        if latex.startswith(f"{right} = "):
            return latex[len(right) + 1 :]
        start = last.find(" = ", start + 1)
    return latex
