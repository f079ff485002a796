"""Numerical mutants: by how little a constant may be wrong before a claim's evidence shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from checks.power.session import Judged, Session
from checks.power.sites import Mutant, Site, rank

GRID = tuple(10.0**power for power in range(-12, 1))
"""Relative errors of a constant, the smallest first."""


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


def smallest(session: Session, sites: Sequence[Site]) -> list[Constant]:
    """The smallest relative error that is noticed in each constant.

    First the smallest of the grid; constants of which it is not noticed are given errors from the largest downwards,
    until one passes. What is noticed at an error is taken to be noticed at any larger one.
    """
    caught: dict[Site, tuple[float, Judged]] = {}
    left = _noticed(session, sites, GRID[0])
    caught |= {site: (GRID[0], judged) for site, judged in left.items()}
    going = [site for site in sites if site not in caught]
    for error in reversed(GRID[1:]):
        noticed = _noticed(session, going, error)
        caught |= {site: (error, judged) for site, judged in noticed.items()}
        going = list(noticed)
    return [_constant(site, caught.get(site)) for site in sites]


def _noticed(session: Session, sites: Sequence[Site], error: float) -> dict[Site, Judged]:
    """The constants of which an error of either sign is noticed, each with the finding about the positive one."""
    found = {sign: _judged(session, sites, 1 + sign * error) for sign in (1, -1)}
    return {s: found[1][s] for s in sites if found[1].get(s) and found[-1].get(s)}


def _judged(session: Session, sites: Sequence[Site], factor: float) -> dict[Site, Judged]:
    """The constants of which a factor is noticed."""
    mutants: dict[Site, Mutant] = {site: mutant for site in sites if (mutant := site.scaled(factor))}
    judged = session.judge(list(mutants.values()))
    return {site: result for site, result in zip(mutants, judged, strict=True) if result.noticed}


def _constant(site: Site, caught: tuple[float, Judged] | None) -> Constant:
    source = site.text.splitlines()[site.line - 1].strip()
    place = (site.file, site.function, site.line, source, site.token)
    if caught is None:
        return Constant(*place, None)
    error, judged = caught
    return Constant(*place, error, judged.claim, judged.check, judged.fate)


def _is_operand(site: Site) -> bool:
    return site.family == "constant" and (site.operand or "." in site.token) and complex(site.token) != 0
