"""A run as one HTML file that needs no network and no script."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from checks.result import WHOLE_DOMAIN, CheckResult, ClaimResult, Kind, Outcome, Recording, Run, Verdict
from reports.accuracy import Accuracy, percent, place
from reports.accuracy import load as load_accuracy
from reports.calibration import Calibration, place_rate
from reports.calibration import load as load_calibration
from reports.chart_data import packed
from reports.charts import Drawing, draw
from reports.comparison import claim_seconds
from reports.conformance import Conformance
from reports.conformance import load as load_conformance
from reports.derivations import Shown, shown_steps
from reports.distributions import bars
from reports.errata import errata
from reports.explore import closed_forms
from reports.formulas import formula, inline, paragraphs
from reports.gallery import chart_name, gallery
from reports.history import History
from reports.map import claim_map, coordinate, status
from reports.missed import missed
from reports.notation import meaning
from reports.power import Power
from reports.power import load as load_power
from reports.styles import compacted, masks, minified
from reports.wording import duration, exactly, number, title, unturned

HERE = Path(__file__).parent


@dataclass(frozen=True)
class View:
    """A run as the templates ask for it: who is linked to whom, what took how long, what to draw."""

    run: Run

    def __post_init__(self) -> None:
        """Refuse two claims of one name: a link would lead to the wrong one."""
        twice = [name for name, count in Counter(claim.id for claim in self.run.claims).items() if count > 1]
        if twice:
            raise ValueError(f"claim ids must be unique, got {twice[0]!r} twice")

    @property
    def known(self) -> frozenset[str]:
        """The ids that a link can lead to."""
        return frozenset(claim.id for claim in self.run.claims)

    @property
    def papers(self) -> list[tuple[str, list[ClaimResult]]]:
        """The claims under their papers, in the order of the run."""
        groups = itertools.groupby(self.run.claims, key=lambda claim: claim.paper)
        return [(paper, list(claims)) for paper, claims in groups]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many claims have each verdict, none left out."""
        found = Counter(claim.verdict for claim in self.run.claims)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def budget(self) -> list[tuple[str, str]]:
        """The budget's settings in words; a seed stays as one types it."""
        texts = {
            key: value if isinstance(value, str) else f"{value:.0f}" if key == "seed" else number(value)
            for key, value in self.run.budget.items()
        }
        return [("Budget" if key == "name" else key.replace("_", " ").capitalize(), texts[key]) for key in texts]

    @property
    def surprises(self) -> list[ClaimResult]:
        """The claims that the ledger knows and whose verdict it does not expect."""
        return [claim for claim in self.run.claims if claim.expected and not claim.as_expected]

    @property
    def unknown(self) -> list[ClaimResult]:
        """The claims that the ledger does not know."""
        return [claim for claim in self.run.claims if claim.expected is None]

    @property
    def holes(self) -> list[ClaimResult]:
        """The claims with a mutant that no check rejects."""
        return [claim for claim in self.run.claims if claim.has_hole]

    @property
    def waiting(self) -> list[ClaimResult]:
        """The claims that decide nothing for want of a record."""
        return [claim for claim in self.run.claims if claim.awaits_record]

    @property
    def problems(self) -> list[ClaimResult]:
        """The claims that something went wrong with."""
        return [c for c in self.run.claims if c.problem or any(check.problem for check in c.checks)]

    def users(self, claim: ClaimResult) -> list[str]:
        """The claims that take `claim` for granted."""
        return [other.id for other in self.run.claims if claim.id in other.uses]

    def amendments(self, claim: ClaimResult) -> list[str]:
        """The claims that correct `claim`."""
        return [other.id for other in self.run.claims if other.amends == claim.id]

    def seconds(self, claim: ClaimResult) -> float | None:
        """What all checks of `claim` took, on its formula and on its mutants; None when nothing was timed."""
        return claim_seconds(self.run, claim)

    def check_seconds(self, claim: ClaimResult, check: CheckResult) -> float | None:
        """What `check` took on the formula of `claim`."""
        return self.run.times.get(f"{claim.id}-{check.name}")

    @cached_property
    def _steps(self) -> dict[tuple[str, str], list[Shown]]:
        return shown_steps(self.run)

    def steps(self, claim: ClaimResult, check: CheckResult) -> list[Shown]:
        """The steps of the derivation that `check` is, each formula set where it is met first."""
        return self._steps[claim.id, check.name]

    @cached_property
    def _drawings(self) -> dict[tuple[str, str], list[tuple[str, str, Drawing]]]:
        pairs = ((claim, check) for claim in self.run.claims for check in claim.checks)
        return {(claim.id, check.name): list(_drawn(claim, check)) for claim, check in pairs}

    def drawings(self, claim: ClaimResult, check: CheckResult) -> list[tuple[str, str, Drawing]]:
        """The charts of `check`: a name, unique in the page, the title and the drawing."""
        return self._drawings[claim.id, check.name]

    @property
    def chart_data(self) -> str:
        """What every chart shows, by its name, for scripts; empty without charts."""
        shown = {name: drawing.data for found in self._drawings.values() for name, _, drawing in found}
        return packed(shown) if shown else ""


def _drawn(claim: ClaimResult, check: CheckResult) -> Iterator[tuple[str, str, Drawing]]:
    for index, chart in enumerate(check.evidence.charts if check.evidence else (), start=1):
        name = chart_name(claim, check, index)
        yield name, chart.title, draw(chart, name)


def write_site(run: Run, site: Path, earlier: Sequence[Run] = ()) -> Path:
    """Write the page of `run`, and of the committed records, into the folder `site`; returns its path.

    Runs `earlier` than it, oldest first, add a history. Raises ValueError when the run contradicts itself (two claims
    of one id, columns of different lengths), and when `site` is a file.
    """
    if site.is_file():
        raise ValueError(f"site must be a folder, got the file {site}")
    text = minified(render(run, earlier=earlier))
    site.mkdir(parents=True, exist_ok=True)
    path = site / "index.html"
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def render(
    run: Run,
    conformance: Conformance | None = None,
    earlier: Sequence[Run] = (),
    accuracy: Accuracy | None = None,
    calibration: Calibration | None = None,
    power: Power | None = None,
) -> str:
    """The page of `run`, of attacks' `conformance`, closed forms' `accuracy`, the checks' `calibration` and `power`.

    The committed ones are taken unless they are given.

    Runs `earlier` than it, oldest first, add a history.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    style, script = (_joined(suffix) for suffix in ("css", "js"))
    style = Markup("\n").join([style, Markup(masks((HERE / "templates" / "icons.html").read_text(encoding="utf-8")))])
    names = {"Kind": Kind, "Outcome": Outcome, "Verdict": Verdict, "WHOLE_DOMAIN": WHOLE_DOMAIN}
    history = History((*earlier, run)) if earlier else None
    about = {"view": View(run), "run": run, "history": history}
    about |= {"conformance": conformance or load_conformance(), "accuracy": accuracy or load_accuracy()}
    about |= {"calibration": calibration or load_calibration(), "power": power or load_power()}
    page = environment.get_template("page.html").render(style=style, script=script, **about, **names)
    return compacted(unturned(page))


def _joined(suffix: str) -> Markup:
    """The files of this suffix in the folder `static`, one after the other, the page's own first."""
    files = sorted((HERE / "static").glob(f"*.{suffix}"), key=lambda path: (path.stem != "page", path.stem))
    return Markup("\n").join(Markup(path.read_text(encoding="utf-8").strip()) for path in files)


def kind_cell(claim: ClaimResult, kind: Kind) -> list[tuple[str, int]]:
    """What the checks of one kind found: words with how often, an outcome or `problem`."""
    found = Counter(_word(check) for check in claim.checks if check.kind is kind)
    return sorted(found.items(), key=lambda item: WORDS.index(item[0]))


WORDS = ("fails", "problem", "inconclusive", "holds")  # the worst first


def _word(check: CheckResult) -> str:
    return "problem" if check.problem or check.evidence is None else check.evidence.outcome.value


def matrix(claim: ClaimResult) -> list[tuple[str, list[str], int]]:
    """The mutant matrix: for every mutant what each check said of it, and how many checks rejected it."""
    rows = []
    for mutant in claim.mutants:
        words = [_cell(check, mutant) for check in claim.checks]
        rows.append((mutant, words, words.count("rejected")))
    return rows


def waiting(claim: ClaimResult) -> str | None:
    """What a claim waits for that decides nothing for want of a record; None when it waits for nothing."""
    records = [check.evidence.record for check in claim.checks if check.evidence and check.evidence.record]
    return next((waiting_for(record) for record in records if record.lacks), None)


def waiting_for(record: Recording) -> str:
    """What a record that decides nothing is."""
    return "record too small" if record.facts else "no record yet"


def settings(claim: ClaimResult) -> str:
    """What the paper leaves open of a claim's trainings, and we chose."""
    records = [check.evidence.record for check in claim.checks if check.evidence and check.evidence.record]
    return next((record.settings for record in records), "")


def record_flags(claim: ClaimResult) -> list[str]:
    """What a reader should mind about the records of a claim, each once, by its first words."""
    records = [check.evidence.record for check in claim.checks if check.evidence and check.evidence.record]
    return list(dict.fromkeys(flag.partition(":")[0] for record in records for flag in record.flags))


def _cell(check: CheckResult, mutant: str) -> str:
    run = next((run for run in check.mutants if run.mutant == mutant), None)
    if run is None:
        return "not run"
    if run.rejected:
        return "rejected"
    if run.outcome is None:
        return "no outcome"
    if check.evidence and check.evidence.record and check.evidence.record.lacks:
        return waiting_for(check.evidence.record)
    return "inconclusive" if run.outcome is Outcome.INCONCLUSIVE else "not rejected"


def fragment(claim_id: str) -> str:
    """The link to an id of this page."""
    return "#" + quote(claim_id.encode(errors="replace"), safe="")


FILTERS: dict[str, Callable[..., object]] = {
    "bars": bars,
    "closed_forms": closed_forms,
    "claim_map": claim_map,
    "coordinate": coordinate,
    "duration": duration,
    "errata": errata,
    "exactly": exactly,
    "formula": formula,
    "fragment": fragment,
    "gallery": gallery,
    "inline": inline,
    "kind_cell": kind_cell,
    "matrix": matrix,
    "meaning": meaning,
    "missed": missed,
    "number": number,
    "paragraphs": paragraphs,
    "percent": percent,
    "place": place,
    "place_rate": place_rate,
    "record_flags": record_flags,
    "settings": settings,
    "status": status,
    "title_of": title,
    "waiting": waiting,
    "waiting_for": waiting_for,
}
