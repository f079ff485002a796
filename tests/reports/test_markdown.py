"""reports.markdown: a summary for a pull request, read by GitHub's own parser."""

import dataclasses
import re
from collections.abc import Callable

import pytest

from checks.result import Kind, Run, Verdict
from reports.markdown import LIMIT, comparison_summary, run_summary
from tests.reports.earlier import earlier_runs, hostile_past
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import FAILS, HOSTILE, check, claim, evidence, hostile_run, run

cmarkgfm = pytest.importorskip("cmarkgfm", reason="cmarkgfm is not installed")

OURS = {
    "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "code", "pre", "strong", "details",
    "summary", "a",
}  # fmt: skip
PAGE = "https://example.org/report/index.html"
SEEN = HOSTILE.replace("\x07", "<0007>").replace("\ud800", "<D800>")


def html(markdown: str) -> Node:
    """What GitHub's parser makes of it, raw HTML included: nothing but ours must be there."""
    extensions = ["table", "autolink", "strikethrough", "tasklist"]
    text = cmarkgfm.markdown_to_html_with_extensions(
        markdown, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE, extensions=extensions
    )
    return read(text.replace("<br />", ""))


def tags(node: Node) -> set[str]:
    return {child.tag for child in node.every()}


def rows(table: Node) -> list[list[str]]:
    return [[cell.text for cell in line.every("td")] for line in table.one("tbody").every("tr")]


def titles(markdown: str) -> list[str]:
    return re.findall(r"(?:### |<summary>)(.*?)(?:</summary>)?\n", markdown)


def refuted(name: str, **changes: object) -> Run:
    found = evidence(
        Kind.SAMPLED, FAILS, counterexample="theta = (1, 2)\n  gap = 3", summary="It fails at $\\theta = 1$, by 3."
    )
    item = claim(name, (check("search", found, {"m": None}),), expected=Verdict.PROVED)
    return run(dataclasses.replace(item, **changes))  # type: ignore[arg-type]


def test_a_run_is_told_surprises_first() -> None:
    text = run_summary(example_run())
    assert text.startswith("## advtheory 0.1.0: 1 verdict differs from the ledger\n")
    assert titles(text) == [
        "Not as expected (1)", "Problems (3)", "New: nothing expected yet (1)", "Open, and what closes them (2)",
        "All claims (10)",
    ]  # fmt: skip
    tally, surprises, *_ = html(text).every("table")
    assert rows(tally) == [["2", "3", "1", "4"]]
    assert rows(surprises) == [["xing2021.low_dimensional_training_converges", "Theorem 2", "open", "supported"]]


def test_details_are_folded_and_every_claim_is_there() -> None:
    page = html(run_summary(example_run()))
    *_, claims = page.every("table")
    assert [row[0] for row in rows(claims)] == [item.id for item in example_run().claims]
    assert rows(claims)[0][2:] == ["proved", "4 of 4", "3 of 3", "3.4 s"]
    assert len(list(page.every("details"))) == 2


def test_a_surprising_refutation_carries_its_counterexample_and_command() -> None:
    page = html(run_summary(refuted("one")))
    assert "".join(map(str, page.one("pre").one("code").children)) == "theta = (1, 2)\n  gap = 3\n"
    assert "advtheory reproduce xing2021.one search" in [code.text for code in page.every("code")]


def test_formulas_are_written_as_github_reads_them() -> None:
    assert "It fails at $`\\theta = 1`$, by 3." in run_summary(refuted("one"))


def test_a_formula_keeps_its_bars_in_a_table() -> None:
    old, new = refuted("one", statement="$|x| \\le \\|y\\|$"), refuted("one", statement="$x$")
    table = list(html(comparison_summary(old, new)).every("table"))[-1]
    assert rows(table) == [["xing2021.one", "statement", r"$ \vert x\vert \le \Vert y\Vert $", "$ x $"]]


def test_a_run_without_surprises_says_so() -> None:
    assert "no verdict differs from the ledger" in run_summary(run(claim("a", ())))
    assert "no claim was checked" in run_summary(run())


def test_changes_are_told_verdicts_first() -> None:
    text = comparison_summary(*earlier_runs())
    assert text.startswith("## advtheory 0.1.0: 1 verdict changed, 1 claim removed, 1 claim added\n")
    assert titles(text) == [
        "Not as expected (2)", "Verdicts changed (1)", "Claims removed (1)", "Claims added (1)", "Claims edited (1)",
        "How it was run (2)", "Gaps and other numbers (2)", "Times (1)",
    ]  # fmt: skip
    tally, _, changed, *_ = html(text).every("table")
    assert rows(tally) == [["before", "3", "2", "1", "4", "10"], ["now", "1", "4", "1", "4", "10"]]
    assert rows(changed) == [["xing2021.risk_has_closed_form", "verdict", "proved", "supported"]]


def test_runs_that_do_not_differ_are_told_in_a_line() -> None:
    plain = run(claim("a", ()))
    assert comparison_summary(plain, plain).startswith("## advtheory 0.1.0: nothing changed\n")
    assert comparison_summary(plain, dataclasses.replace(plain, revision="b")).startswith(
        "## advtheory 0.1.0: no verdict changed\n"
    )


def test_names_lead_to_the_page_where_there_is_one() -> None:
    assert not list(html(run_summary(example_run())).every("a"))
    links = [link.attributes["href"] for link in html(run_summary(example_run(), PAGE)).every("a")]
    assert f"{PAGE}#xing2021.risk_is_convex" in links
    compared = html(comparison_summary(*earlier_runs(), PAGE))
    assert f"{PAGE}#xing2021.risk_has_closed_form" in [link.attributes["href"] for link in compared.every("a")]
    assert f"{PAGE}#xing2021.risk_is_smooth" not in [link.attributes["href"] for link in compared.every("a")]


HOSTILE_TEXTS: dict[str, Callable[[], str]] = {
    "run": lambda: run_summary(hostile_run()),
    "linked run": lambda: run_summary(hostile_run(), PAGE + HOSTILE),
    "comparison": lambda: comparison_summary(hostile_past(), hostile_run()),
}


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_stay_texts(text: str) -> None:
    page = html(HOSTILE_TEXTS[text]())
    assert tags(page) <= OURS
    assert all(set(node.attributes) <= {"href", "align"} for node in page.every())
    assert all(link.attributes["href"].startswith(PAGE) for link in page.every("a"))
    assert " ".join(SEEN.split()) in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", page.text)


@pytest.mark.parametrize(
    "text",
    [
        "a | b", "`tick` ``two``", "**bold** __too__ ~~gone~~", "![x](http://a.b/c.png)", "[link](javascript:alert(1))",
        "<b>", "&amp; &#60;", "http://evil.example www.evil.example", "a@b.example", "\\| \\` \\<", "$x$ and $5",
        "</details></summary>", "| --- |", "line\n\n# heading\n- item", "- [x] task",
        ":tada:", "\u200fעברית", "x" * 100_000,
    ],
)  # fmt: skip
def test_no_text_leaves_its_place(text: str) -> None:
    item = claim("one", (check(text, evidence(Kind.SAMPLED, FAILS, summary=text), {}),), id=text, locator=text,
                 problem=text, expected=Verdict.PROVED)  # fmt: skip
    page = html(run_summary(run(item, project=text, revision=text, started=text)))
    assert tags(page) <= OURS - {"a", "pre"}
    assert len(list(page.every("strong"))) == 1
    surprise = rows(list(page.every("table"))[1])
    assert len(surprise) == 1
    shown = " ".join(text.replace("\u200f", "<200F>").split())[:250]
    assert surprise[0][0].replace("\N{WORD JOINER}", "").startswith(shown)
    assert surprise[0][1].replace("\N{WORD JOINER}", "").startswith(shown)


@pytest.mark.parametrize("text", ["@everyone", "see @org/team", "fixes #12"])
def test_nobody_is_called_and_no_issue_is_linked(text: str) -> None:
    assert not re.search(r"[@#]\w", run_summary(refuted("one", locator=text)).replace("&#", ""))


def many(count: int, verdict: Verdict) -> Run:
    items = (
        dataclasses.replace(refuted(f"claim_{i}").claims[0], verdict=verdict, locator="Section | 2")
        for i in range(count)
    )
    return run(*items)


@pytest.mark.parametrize("limit", [LIMIT, 9_000])
def test_what_does_not_fit_is_counted(limit: int) -> None:
    texts = run_summary(many(3000, Verdict.OPEN), limit=limit), comparison_summary(
        many(3000, Verdict.PROVED), many(3000, Verdict.OPEN), limit=limit
    )  # fmt: skip
    for text in texts:
        assert len(text) <= limit
        page = html(text)
        shown = len(rows(list(page.every("table"))[1]))
        assert f"… and {3000 - shown} more" in text
        assert titles(text)[0] == "Not as expected (3000)"
        assert text.count("<details>") == text.count("</details>")
    assert len(texts[0]) > limit * 0.9


def test_the_limit_is_githubs() -> None:
    assert LIMIT == 65_536
    assert len(run_summary(many(3000, Verdict.OPEN))) < 65_536
