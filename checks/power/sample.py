"""Which mutants are judged: all of them, or as many as are asked for, some from every module and family."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

from checks.power.sites import Mutant, Site, rank


def drawn(sites: Sequence[Site], size: int, seed: int) -> list[Mutant]:
    """A sample of at most `size` sites, one mutant of each.

    Every stratum (file and family) has one place, as far as they reach, the others go by its number of sites. Sites
    and mutants are taken in the order of `rank`, so that an edit leaves most of a sample as it was.
    """
    strata: dict[tuple[str, str], list[Site]] = defaultdict(list)
    for site in sorted(sites, key=lambda site: rank(seed, site.name)):
        strata[site.file, site.family].append(site)
    places = shares({stratum: len(members) for stratum, members in strata.items()}, size)
    found: list[Mutant] = []
    for stratum, members in sorted(strata.items()):
        mutants = (mutant for site in members if (mutant := one(site, seed)))
        found += islice(mutants, places[stratum])
    return found


def every(sites: Sequence[Site]) -> list[Mutant]:
    """All mutants of all sites."""
    return [mutant for site in sites for way in site.ways if (mutant := site.mutant(*way))]


def one(site: Site, seed: int) -> Mutant | None:
    """One of a site's mutants at random, None when none is Python; the draw rests on the seed and the site's name."""
    places = sorted(range(len(site.ways)), key=lambda place: rank(seed, site.name, str(place)))
    return next((mutant for place in places if (mutant := site.mutant(*site.ways[place]))), None)


def shares(sizes: dict[tuple[str, str], int], total: int) -> dict[tuple[str, str], int]:
    """How many of `total` places each stratum has: one, and of the rest its share by size, largest remainders first.

    None has more places than members; where there are more strata than places, the largest have one each.
    """
    total = min(total, sum(sizes.values()))
    ordered = sorted(sizes, key=lambda stratum: (-sizes[stratum], stratum))
    given = {stratum: int(place < total) for place, stratum in enumerate(ordered)}
    room = {stratum: sizes[stratum] - given[stratum] for stratum in sizes}
    left, members = total - sum(given.values()), sum(room.values())
    quotas = {stratum: Fraction(left * room[stratum], members or 1) for stratum in sizes}
    for stratum in sizes:
        given[stratum] += int(quotas[stratum])
    over = total - sum(given.values())
    for stratum in sorted(sizes, key=lambda stratum: (int(quotas[stratum]) - quotas[stratum], stratum))[:over]:
        given[stratum] += 1
    return given
