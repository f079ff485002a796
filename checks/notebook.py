"""Records as a notebook shows them: small HTML that needs no style sheet and reads on light and on dark."""

import html
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

# A bar is a shape, for which these colours have contrast enough on white and on black; words keep the notebook's.
BARS = {
    "proved": "#2e9e5b", "supported": "#3f83d1", "refuted": "#d4503e", "open": "#b3862b",
    "holds": "#2e9e5b", "fails": "#d4503e", "inconclusive": "#b3862b", "none": "#808080",
}  # fmt: skip
MARKS = {"holds": "+", "fails": "−", "inconclusive": "?", "none": "!"}
QUIET = "opacity:.75"
ROW = "white-space:nowrap"
CELL = "text-align:left;vertical-align:top;padding:.2em 1.2em .2em 0;border:0"
FRAME = "border-left:4px solid {};padding:.2em 0 .2em .9em;margin:.5em 0;line-height:1.5;max-width:60em"
PRE = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.3em 0;padding:.4em .7em;border:1px solid #8888"
CODE = re.compile(r"`([^`]+)`")
LATEX = re.compile(r"(?<!\\)\\[()\[\]]")  # what begins and ends a formula


class Shown:
    """A record that a notebook shows as HTML."""

    def _repr_html_(self) -> str:
        return WRITERS[type(self).__name__](self)


def claim(item: Any) -> str:
    """A claim before anything was checked: statement, terms, and what it is checked with."""
    checks = ", ".join(f"{check.name} ({check.kind.value})" for check in item.checks)
    terms = [
        ("reading", item.reading), ("erratum", item.erratum), ("amends", item.amends), ("uses", ", ".join(item.uses)),
        *(("assumes", f"{assumption.name}: {assumption.sentence}") for assumption in item.assumptions),
        ("checks", checks), ("mutants", ", ".join(mutant.name for mutant in item.mutants)),
    ]  # fmt: skip
    place = f"{item.reference.paper.title}, {item.reference.locator}"
    body = _statement(item.statement, getattr(item.formula, "latex", None)) + _table(terms)
    return _frame(BARS["none"], f"{_head(item.id)} <span style='{QUIET}'>{_text(place)}</span>", body)


def claim_result(item: Any) -> str:
    """A claim with its verdict, and its evidence folded."""
    verdict = item.verdict.value + (f", given {', '.join(item.given)}" if item.given else "")
    surprise = "" if item.as_expected else f"; expected: {item.expected.value if item.expected else 'nothing yet'}"
    head = (
        f"{_head(item.id)} <b>{_text(verdict)}</b>{_text(surprise)} <span style='{QUIET}'>{_text(item.locator)}</span>"
    )
    terms = [("problem", item.problem), ("reading", item.reading), ("erratum", item.erratum), ("amends", item.amends)]
    folded = "".join(_folded(_check_title(check), _evidence_of(check)) for check in item.checks)
    mutants = f"<div style='{QUIET}'>{item.mutants_rejected} of {len(item.mutants)} mutants rejected</div>"
    body = _statement(item.statement, item.formula) + _table(terms) + folded + mutants
    return _frame(BARS[item.verdict.value], head, body)


def check_result(item: Any) -> str:
    """A check: its evidence, or why there is none, and what it says of the mutants."""
    rejected = [run.mutant for run in item.mutants if run.rejected]
    terms = [("rejects", ", ".join(rejected)), ("again", item.reproduce)]
    return _frame(BARS[_outcome(item)], f"<b>{_check_title(item)}</b>", _evidence_of(item) + _table(terms))


def evidence(item: Any) -> str:
    """What one check found."""
    head = f"<b>{_text(item.kind.value)}: {_text(item.outcome.value)}</b>"
    return _frame(BARS[item.outcome.value], head, _finding(item))


def run(item: Any) -> str:
    """A run: counts, how it was made, and one row a claim."""
    counts = Counter(found.verdict.value for found in item.claims)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "no claims"
    facts = f"budget {item.budget.get('name', '-')}, {item.seconds:.0f} s, revision {item.revision}"
    rows = "".join(_row(found) for found in item.claims)
    heads = "".join(f"<th scope='col' style='{CELL}'>{name}</th>" for name in ("claim", "place", "verdict", "checks"))
    table = f"<table style='border-collapse:collapse'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    scroll = f"<div tabindex='0' style='max-height:28em;overflow:auto'>{table}</div>"
    return _frame(BARS["none"], f"<b>{len(item.claims)} claims: {said}</b>", f"<div>{_text(facts)}</div>{scroll}")


# By name: the records are in checks.result and checks.claim, which import this module.
WRITERS: dict[str, Callable[[Any], str]] = {
    "Claim": claim,
    "ClaimResult": claim_result,
    "CheckResult": check_result,
    "Evidence": evidence,
    "Run": run,
}


def _row(item: Any) -> str:
    marks = " ".join(check.kind.value + MARKS[_outcome(check)] for check in item.checks)
    surprise = "" if item.as_expected else " (not expected)"
    bar = f"border-left:4px solid {BARS[item.verdict.value]};padding-left:.6em"
    verdict = f"<span style='{bar}'>{item.verdict.value}{surprise}</span>"
    cells = (
        f"<code>{_plain(item.id)}</code>",
        _text(item.locator),
        verdict,
        f"<span style='{ROW}'>{_text(marks)}</span>",
    )
    return f"<tr>{''.join(f'<td style={chr(39)}{CELL}{chr(39)}>{cell}</td>' for cell in cells)}</tr>"


def _finding(item: Any) -> str:
    parts = [f"<div>{_text(item.summary)}</div>", f"<div style='{QUIET}'>Covers {_text(item.scope)}.</div>"]
    if item.counterexample:
        parts.append(f"<div>Counterexample</div><pre style='{PRE}'>{_plain(item.counterexample)}</pre>")
    parts.append(_table((name, _number(value)) for name, value in item.numbers.items()))
    if item.steps:
        steps = "".join(f"<li>{_text(step.name)} {_formula(step.latex)}</li>" for step in item.steps)
        parts.append(_folded(f"{len(item.steps)} steps of the derivation", f"<ol>{steps}</ol>"))
    return "".join(parts)


def _evidence_of(check: Any) -> str:
    problem = f"<div><b>Problem.</b> {_text(check.problem or 'no report')}</div>"
    return (_finding(check.evidence) if check.evidence else "") + (problem if _outcome(check) == "none" else "")


def _check_title(check: Any) -> str:
    outcome = _outcome(check)
    return _text(f"{MARKS[outcome]} {check.name} ({check.kind.value}): {'problem' if outcome == 'none' else outcome}")


def _outcome(check: Any) -> str:
    return "none" if check.problem or check.evidence is None else str(check.evidence.outcome.value)


def _frame(colour: str, head: str, body: str) -> str:
    return f"<div style='{FRAME.format(colour)}'><div>{head}</div>{body}</div>"


def _head(id_: str) -> str:
    return f"<code style='font-weight:600'>{_plain(id_)}</code>"


def _statement(text: str, latex: str | None) -> str:
    paragraphs = "".join(f"<p style='margin:.4em 0'>{_text(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()))
    return paragraphs + (f"<p style='margin:.4em 0'>{_formula(latex)}</p>" if latex else "")


def _table(terms: Iterable[tuple[str, str | None]]) -> str:
    rows = "".join(
        f"<tr><th scope='row' style='{CELL};font-weight:400;{QUIET}'>{_text(name)}</th>"
        f"<td style='{CELL}'>{_text(text)}</td></tr>"
        for name, text in terms
        if text
    )
    return f"<table style='border-collapse:collapse'><tbody>{rows}</tbody></table>" if rows else ""


def _folded(title: str, body: str) -> str:
    return f"<details style='margin:.2em 0'><summary style='cursor:pointer'>{title}</summary>{body}</details>"


def _formula(latex: str) -> str:
    r"""LaTeX between \( and \), which a notebook sets; it cannot end its own formula."""
    return rf"\({_plain(LATEX.sub('', latex))}\)"


def _text(text: str) -> str:
    """`text` escaped, with backquoted words as code; a notebook sets what stands between dollar signs."""
    parts = CODE.split(text)
    return "".join(f"<code>{_plain(part)}</code>" if i % 2 else _plain(part) for i, part in enumerate(parts))


def _plain(text: str) -> str:
    """`text` escaped; a control character or half a character is shown as the sign that stands for none."""
    return html.escape("".join("\N{REPLACEMENT CHARACTER}" if _is_unseen(c) else c for c in text))


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\n\t"


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else str(value)
