"""reports.styles: every inline style becomes a class, once; ids of drawings are short; texts stay as they are."""

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from checks.result import Verdict
from reports.styles import compacted, gathered, masks, renamed

PAGE = '<style>\np {}\n</style><path style="fill:none" d="M 0 0"/><g style="stroke:red"/><path style="fill:none"/>'


def test_equal_styles_share_a_class_of_the_first_sheet() -> None:
    found = gathered(PAGE)
    assert "style=" not in found
    assert found.count('class="c1"') == 2
    assert ".c1 {fill:none}\n.c2 {stroke:red}\n</style>" in found


def test_text_that_speaks_of_styles_is_left_alone() -> None:
    text = "<style></style><p>style=&#34;fill:none&#34;</p>"
    assert gathered(text) == text


def test_ids_of_drawings_are_short_and_still_lead_to_what_they_name() -> None:
    page = '<path id="c0123abcd-7"/><use href="#c0123abcd-7"/><g clip-path="url(#c0123abcd-9)"/><i id="c0123abcd-9"/>'
    assert renamed(page) == '<path id="s1"/><use href="#s1"/><g clip-path="url(#s2)"/><i id="s2"/>'


def test_text_that_speaks_of_ids_is_left_alone() -> None:
    text = "<p>url(#c0123abcd-7) and id=&#34;c0123abcd-7&#34;</p>"
    assert renamed(text) == text


def test_indentation_goes_and_text_in_pre_elements_stays() -> None:
    text = "<style></style>\n   <p>\n  a</p>\n<pre>\n  1 &lt; 2\n    x</pre>"
    assert compacted(text) == "<style></style>\n<p>\n  a</p>\n<pre>\n  1 &lt; 2\n    x</pre>"


def test_a_symbol_becomes_a_light_image_whose_inner_strokes_are_cut_out() -> None:
    drawn = '<path fill="currentColor" d="M1 1h2"/><path stroke="var(--page)" d="M1 2h2"/>'
    mark, icon = masks(f'<svg><symbol id="icon-open" viewBox="0 0 16 16">{drawn}</symbol></svg>').splitlines()
    assert icon == ".icon.open { --mark: var(--mark-open); }"
    image = re.fullmatch(r':root { --mark-open: url\("data:image/svg\+xml,([^"<>#]*)"\); }', mark)
    assert image is not None
    svg = ElementTree.fromstring(unquote(image[1]))
    assert (svg.attrib["color"], svg.attrib["viewBox"]) == ("white", "0 0 16 16")
    assert [path.get("fill") or path.get("stroke") for path in svg] == ["currentColor", "black"]


def test_every_icon_that_the_templates_ask_for_is_drawn() -> None:
    templates = Path(__file__).parents[2] / "reports" / "templates"
    known = set(re.findall(r"\.icon\.(\w+) ", masks((templates / "icons.html").read_text(encoding="utf-8"))))
    texts = [path.read_text(encoding="utf-8") for path in templates.glob("*.html")]
    asked = {name for text in texts for name in re.findall(r'm\.(?:icon|flag)\("(\w+)"', text)}
    assert {"warning", "open"} <= asked <= known
    assert {verdict.value for verdict in Verdict} <= known
    style = (templates.parent / "static" / "page.css").read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--mark-(\w+)\)", style)) <= known
