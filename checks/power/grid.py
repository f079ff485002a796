"""Numerical mutants: by how little a constant may be wrong before a claim's evidence shows it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.power.session import Judged, Session
from checks.power.sites import Mutant, Site, rank

GRID = tuple(10.0**power for power in range(-12, 1))
"""Relative errors of a constant, the smallest first."""
GROUP = 4  # constants for each job that are searched for side by side: one that is slow holds up the others


@dataclass(frozen=True)
class Constant:
    """A constant of a formula, and the smallest relative error of the grid that is noticed whatever its sign.

    `caught` is None when none is, not even the largest. `claim` and `check` noticed it, and `fate` says how.
    """

    file: str
    function: str
    line: int
    source: str
    token: str
    caught: float | None
    claim: str = ""
    check: str = ""
    fate: str = ""


def constants(sites: Sequence[Site], folder: str, size: int | None, seed: int) -> list[Site]:
    """Operands of arithmetic under `folder` that are numbers, not 0, `size` of them at random or all."""
    found = [site for site in sites if site.file.startswith(folder) and _is_operand(site)]
    found.sort(key=lambda site: rank(seed, site.name))
    return found[:size]


def smallest(session: Session, sites: Sequence[Site], until: float = math.inf) -> list[Constant]:
    """The smallest relative error that is noticed in each constant, of as many as the time `until` allows.

    First the smallest of the grid, then the largest, then halves of what is left between one that passes and one that
    is noticed: what is noticed at an error is taken to be noticed at any larger one. Constants come in groups, so that
    those done when the time is up are done with.
    """
    found: list[Constant] = []
    for group in _groups(sites, GROUP * session.jobs):
        try:
            caught = _caught(session, group, until)
        except TimeoutError:
            break
        found += [_constant(site, caught.get(site)) for site in group]
    return found


def _caught(session: Session, sites: Sequence[Site], until: float) -> dict[Site, tuple[float, Judged]]:
    caught: dict[Site, tuple[float, Judged]] = {}
    bounds = {site: (-1, len(GRID)) for site in sites}  # places in the grid: what passes, and what is noticed
    while going := {site: _between(*ends) for site, ends in bounds.items() if ends[1] - ends[0] > 1}:
        noticed = _noticed(session, {site: GRID[place] for site, place in going.items()}, until)
        for site, place in going.items():
            low, high = bounds[site]
            bounds[site] = (low, place) if site in noticed else (place, high)
        caught |= {site: (GRID[going[site]], judged) for site, judged in noticed.items()}
    return caught


def _between(low: int, high: int) -> int:
    """The place in the grid to be asked for next."""
    return 0 if low < 0 else len(GRID) - 1 if high == len(GRID) else (low + high) // 2


def _noticed(session: Session, errors: Mapping[Site, float], until: float) -> dict[Site, Judged]:
    """The constants of which an error of either sign is noticed, each with the finding about the positive one."""
    more = _judged(session, {site: 1 + error for site, error in errors.items()}, until)
    less = _judged(session, {site: 1 - errors[site] for site in more}, until)
    return {site: more[site] for site in less}


def _judged(session: Session, factors: Mapping[Site, float], until: float) -> dict[Site, Judged]:
    """The constants of which a factor is noticed; TimeoutError when there was no time for all."""
    mutants: dict[Site, Mutant] = {s: mutant for s, factor in factors.items() if (mutant := s.scaled(factor))}
    judged = session.judge(list(mutants.values()), until)
    if len(judged) < len(mutants):
        raise TimeoutError
    return {site: judged[mutant] for site, mutant in mutants.items() if judged[mutant].noticed}


def _constant(site: Site, caught: tuple[float, Judged] | None) -> Constant:
    source = site.text.splitlines()[site.line - 1].strip()
    place = (site.file, site.function, site.line, source, site.token)
    if caught is None:
        return Constant(*place, None)
    error, judged = caught
    return Constant(*place, error, judged.claim, judged.check, judged.fate)


def _is_operand(site: Site) -> bool:
    return site.family == "constant" and (site.operand or "." in site.token) and complex(site.token) != 0


def _groups(sites: Sequence[Site], size: int) -> Iterator[Sequence[Site]]:
    return (sites[first : first + size] for first in range(0, len(sites), size))
