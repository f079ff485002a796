"""reports.map: every claim is a box with words, a link and a label; nothing drawn touches another thing."""

import dataclasses
import re
from itertools import combinations, pairwise
from urllib.parse import unquote

import pytest

from checks.catalogue import claims
from checks.result import ClaimResult, Kind, Outcome, Run, Verdict
from reports.map import NAMES, NARROWEST, PAGE, Map, claim_map, coordinate, status
from reports.page import render
from reports.styles import minified
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import check, claim, evidence, hostile_run, run

BYTES = 700  # of the file for a claim on the map and in its table, of the 14,000 that a page of 3 MB has for it
TENTH = 0.5  # a path's steps are rounded to a tenth of a pixel, and have at most five


@pytest.fixture(scope="module")
def example() -> Run:
    return example_run()


@pytest.fixture(scope="module")
def section(example: Run) -> Node:
    return read(render(example)).one("section", class_="map")


@pytest.fixture(scope="module")
def present() -> list[ClaimResult]:
    """Results as small as can be for every claim of the present suite."""
    found = (check("search", evidence(Kind.SAMPLED), {"mutant": Outcome.FAILS}),)
    return [
        dataclasses.replace(
            claim("any", found),
            id=item.id, paper=item.reference.paper.title, locator=item.reference.locator,
            uses=tuple(item.uses), amends=item.amends, ours=item.ours,
        )
        for item in claims()
    ]  # fmt: skip


def corners(drawn: Map) -> list[tuple[float, float, float, float]]:
    return [(box.x, box.y, box.x + box.width, box.y + box.height) for box in drawn.boxes]


def points(part: str) -> list[tuple[float, float]]:
    """Where a path goes that begins with a place and goes on in steps."""
    found: list[tuple[float, float]] = []
    for letter, text in re.findall(r"([Mhvq])([^Mhvq]*)", "M" + part):
        x, y = found[-1] if found else (0.0, 0.0)
        steps = [float(value) for value in text.split()]
        if letter in "hv":
            found.append((x + steps[0], y) if letter == "h" else (x, y + steps[0]))
        else:
            found += [(x + across, y + down) for across, down in zip(steps[::2], steps[1::2], strict=True)]
    return [(round(x, 1), round(y, 1)) for x, y in found]  # sums of tenths are tenths but for rounding


def test_boxes_stand_apart_and_inside_the_drawing(present: list[ClaimResult]) -> None:
    drawn = claim_map(present)
    boxes = corners(drawn)
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    assert all(left > 0 and top >= 0 and right <= drawn.width and bottom <= drawn.height
               for left, top, right, bottom in boxes)  # fmt: skip


def test_links_pass_no_box_and_go_from_the_right_of_one_to_the_left_of_another(present: list[ClaimResult]) -> None:
    drawn = claim_map(present)
    boxes = corners(drawn)
    for path in drawn.paths:
        for part in path.d.split("M")[1:]:
            line = points(part)
            assert line[0][0] == pytest.approx(drawn.boxes[path.source].x + drawn.box, abs=TENTH)
            target = drawn.boxes[path.target]
            assert target.y < line[-1][1] < target.y + target.height
            assert line[-1][0] == pytest.approx(drawn.boxes[path.target].x, abs=TENTH)
            for (x1, y1), (x2, y2) in pairwise(line):
                left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
                assert not [
                    box for box in boxes if box[0] < right and left < box[2] and box[1] < bottom and top < box[3]
                ]


def test_a_map_of_the_present_suite_fits_the_page_at_its_own_size_and_its_byte_limit(
    present: list[ClaimResult],
) -> None:
    assert NAMES + claim_map(present).width <= PAGE
    text = minified(render(run(*present)))
    start = text.index("<h2 id=map")
    assert text.index("</section>", start) - start < BYTES * len(present)


def test_labels_and_names_of_the_present_suite_are_whole(present: list[ClaimResult]) -> None:
    drawn = claim_map(present)
    assert not [part.lines for part in (*drawn.boxes, *drawn.bands) if "…" in "".join(part.lines)]


def test_names_of_the_present_sections_end_above_the_next_one(present: list[ClaimResult]) -> None:
    drawn = claim_map(present)
    ends = [*(band.y for band in drawn.bands[1:]), drawn.height]
    assert all(
        band.y + 16 + drawn.line * (len(band.lines) - 1) < end for band, end in zip(drawn.bands, ends, strict=True)
    )


def test_names_and_drawing_are_of_one_height_so_that_they_shrink_alike(section: Node) -> None:
    names, drawing = (section.one("svg", class_=name) for name in ("map-names", "map-drawing"))
    heights = {svg.attributes["viewbox"].split()[3] for svg in (names, drawing)}
    widths = [svg.attributes["viewbox"].split()[2] == svg.attributes["width"] for svg in (names, drawing)]
    assert len(heights) == 1
    assert all(widths)


def test_every_claim_is_a_link_that_says_its_verdict_status_and_section(example: Run, section: Node) -> None:
    links = {unquote(a.attributes["href"][1:]): a for a in section.one("svg", class_="map-drawing").every("a")}
    assert list(links) == [item.id for item in example.claims]
    for item in example.claims:
        link = links[item.id]
        assert link.attributes["class"] == f"{item.verdict.value} {status(item)}"
        for text in (item.verdict.value, item.locator, "amended" if item.amends else "as printed"):
            assert text in link.attributes["aria-label"]
        assert link.one("use").attributes["href"] == f"#map-{item.verdict.value}"
    label = links["xing2021.risk_has_closed_form"].attributes["aria-label"]
    assert label == "Risk has closed form: proved, as printed, Equation (5)"


def test_lines_join_what_the_claims_name(example: Run, section: Node) -> None:
    names = [item.id for item in example.claims]
    ends = [path.attributes["data-ends"].split() for path in section.every("path") if "data-ends" in path.attributes]
    drawn = {(names[int(source)], names[int(target)]) for source, target in ends}
    assert drawn == {(used, item.id) for item in example.claims for used in (*item.uses, item.amends) if used}
    amends = list(section.every("path", class_="amends"))
    assert len(amends) == 1
    assert amends[0].attributes["d"].count("M") == 2


def test_the_table_says_what_the_map_shows(example: Run, section: Node) -> None:
    table = section.one("table")
    rows = {row.one("a").attributes["href"]: row.text for row in table.every("tr") if list(row.every("td"))}
    assert len(rows) == len(example.claims)
    assert rows["#xing2021.optimum_is_null_beyond_threshold"] == (
        "Optimum is null beyond threshold proved as printed Risk has closed form , Risk is convex"
    )
    assert "amends Surrogate risk is convex" in rows["#xing2021.surrogate_risk_is_convex_for_large_smoothing"]
    sections = [head.text for head in table.every("th", scope="rowgroup")]
    assert sections == list(dict.fromkeys(item.locator for item in example.claims))


def test_a_second_paper_has_bands_of_its_own_below_its_name(example: Run) -> None:
    second = dataclasses.replace(example.claims[0], id="other2030.claim", paper="Another paper", uses=())
    drawn = claim_map((*example.claims, second))
    assert [band.paper for band in drawn.bands if band.paper] == [example.claims[0].paper, "Another paper"]
    assert drawn.bands[-1].lines == drawn.bands[0].lines
    assert drawn.boxes[-1].y > max(box.y for box in drawn.boxes[:-1])


def test_hostile_words_stay_words_in_their_boxes_and_circles_are_counted() -> None:
    found = read(render(hostile_run())).one("section", class_="map")
    assert not list(found.every("script")) + list(found.every("img"))
    assert "1 link would close a circle" in found.text
    drawn = claim_map([dataclasses.replace(hostile_run().claims[0], id=text) for text in ("", "x" * 5000, "א" * 300)])
    assert all(len(box.lines) <= 5 and max(map(len, box.lines)) < 40 for box in drawn.boxes)


def test_boxes_get_narrower_with_more_columns_until_the_map_must_scroll() -> None:
    item = claim("any", (check("c", evidence(Kind.SAMPLED), {}),))

    def chain(length: int) -> Map:
        return claim_map([dataclasses.replace(item, id=f"p.c{i}", uses=(f"p.c{i - 1}",)) for i in range(length)])

    assert chain(2).box > chain(7).box > NARROWEST == chain(12).box
    assert chain(7).width <= PAGE - NAMES < chain(12).width


def test_every_claim_has_one_status() -> None:
    item = claim("any", (check("c", evidence(Kind.SAMPLED), {}),))
    assert [status(item), status(dataclasses.replace(item, ours=True))] == ["printed", "ours"]
    assert status(dataclasses.replace(item, ours=True, amends="xing2021.other")) == "amended"


def test_the_map_of_no_claims_is_empty() -> None:
    drawn = claim_map([])
    assert (drawn.boxes, drawn.paths, drawn.height) == ((), (), 0)


def test_lengths_are_written_to_a_tenth() -> None:
    assert [coordinate(value) for value in (12.0, 12.04, 0.26, PAGE)] == ["12", "12", "0.3", str(PAGE)]


def test_verdicts_have_a_sample_in_the_key(section: Node) -> None:
    key = section.one("ul", class_="map-key").text
    for words in (*(verdict.value for verdict in Verdict), "as printed", "printed, refuted", "amended", "ours"):
        assert words in key
