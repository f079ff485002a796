"""What evidence shows beside its sentence: derivations, charts, tables, and the record it was computed from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a derivation, and what it rests on."""

    name: str
    latex: str
    basis: str


@dataclass(frozen=True)
class Series:
    """One curve, or one set of points, of a chart; `low` and `high` bound it where they are known."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    points: bool = False


@dataclass(frozen=True)
class Boxes:
    """Raw values in groups, drawn as a box with its points: `values[i]` belong to `groups[i]`, at x = i + 1."""

    label: str
    groups: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A heat map: `values[i][j]` belongs to `y[i]` and `x[j]`; `labels` names the values of a categorical map."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture of an evidence: curves over a common axis, boxes over common groups, or a heat map."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...] = ()
    grid: Grid | None = None
    x_log: bool = False
    y_log: bool = False
    boxes: tuple[Boxes, ...] = ()


@dataclass(frozen=True)
class Distribution:
    """How many of the cases of a search lie in each bin of a quantity, and where its worst case lies.

    Bin i holds the values from `low[i]` to `high[i]`, a single one where both are equal; bins are in order. `worst` is
    the value that the worst case has.
    """

    quantity: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]
    worst: float | None = None


@dataclass(frozen=True)
class Tested:
    """A number that was estimated, with its standard error and degrees of freedom (Student), and what is claimed of it.

    It is claimed to lie from `low` to `high`, which may be equal, and refuted when it is more than `margin` standard
    errors beyond; a true value `reach` standard errors beyond is caught with probability 0.99.
    """

    estimate: float
    standard_error: float
    degrees: float
    low: float
    high: float
    margin: float
    reach: float


@dataclass(frozen=True)
class Table:
    """Figures side by side, as a reader wants them; the first entry of a row names it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Recording:
    """The record that an evidence is computed from: its name, the command that makes it, and facts about it.

    `settings` is what the paper leaves open and we chose; `cost` says what making the record takes, where that was
    estimated; `flags` are what a reader should mind, such as "stale". `lacks` says why the record decides nothing: it
    is missing, damaged or too small; None when the evidence rests on it. A `live` one is made by the check itself.
    """

    name: str
    command: str
    facts: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()
    lacks: str | None = None
    live: bool = False
    cost: str = ""
    settings: str = ""


@dataclass(frozen=True)
class Symbol:
    """A letter of the formulas, as LaTeX, what it means, and the claims in whose formulas it stands."""

    latex: str
    meaning: str
    claims: tuple[str, ...] = ()
