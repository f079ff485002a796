"""LaTeX to MathML, and prose with inline formulas; whatever is not understood is shown as it was written."""

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml import converter
from markupsafe import Markup, escape

TAGS = frozenset({
    "maction", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd",
    "mtext", "mtr", "munder", "munderover", "none",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "columnspan", "depth", "displaystyle",
    "fence", "form", "height", "largeop", "linethickness", "lspace", "mathsize", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rowspan", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
})  # fmt: skip
ALONE = frozenset({"mi", "mn", "mfrac", "msqrt", "msub", "msup"})  # needs no row around it; an operator might
BARS = frozenset("|‖")  # fences here, while a browser would space them as operators between two terms
BREAKS = frozenset("=<>≤≥≠≈∼≔⇔⟺⇒⟹→+−")
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
ARROWS = frozenset("⟺⟹⟸")  # which the converter takes for letters
TIGHT = {"lspace": "0", "rspace": "0"}
IMPLIED = frozenset({"stretchy", "fence", "form"})  # of brackets: a browser's own operator dictionary says the same
# As Pandoc reads a dollar: none after an opening space or before a digit, so that prices stay prices.
INLINE = re.compile(r"\$(?=\S)([^$]+?)(?<=\S)\$(?!\d)|`([^`]+)`")
LONGEST = 600  # characters; a longer formula fills several lines: nobody reads it set, and it weighs 5 kB


def formula(latex: str, display: bool = False, alttext: bool = True) -> Markup:
    """`latex` as MathML; as code when it cannot be converted.

    A displayed formula carries the LaTeX as `alttext` unless told otherwise; an inline one, of which there are
    thousands, is one element for each term, so that a line of prose may break between them.
    """
    mode = "block" if display else "inline"
    try:
        if len(latex) > LONGEST:
            raise ValueError(f"latex must have at most {LONGEST} characters, got {len(latex)}")
        written = latex.replace(":=", r"\coloneqq ").replace("_{inf}", r"_{\infty}")  # as SymPy names such a symbol
        root = converter.convert_to_element(written, display=mode)
        pieces = [list(root)] if display else _pieces(list(root[0]))
        first, *rest = [Markup("").join(map(_element, piece)) for piece in pieces]
    except Exception:  # the converter raises a dozen unrelated exceptions on what it cannot parse
        return Markup('<code class="latex">{}</code>').format(latex)
    carried = Markup(' alttext="{}"').format(latex) if alttext and display else ""
    block = Markup(' display="block"') if display else ""
    whole = Markup("<math{}{}>{}</math>").format(block, carried, first)
    return whole + Markup("").join(Markup("<math>{}</math>").format(piece) for piece in rest)


def inline(text: str) -> Markup:
    """`text` escaped, with `$...$` as formulas and backquoted words as code."""
    parts, start = [], 0
    for match in INLINE.finditer(text):
        parts.append(escape(text[start : match.start()]))
        latex, code = match.groups()
        parts.append(formula(latex) if latex else Markup("<code>{}</code>").format(code))
        start = match.end()
    return Markup("").join([*parts, escape(text[start:])])


def paragraphs(text: str) -> Markup:
    """`text` as HTML paragraphs, which empty lines separate, each one read by `inline`."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(inline(block)) for block in blocks)


def _pieces(row: list[Element]) -> list[list[Element]]:
    """The terms of a row: it is cut before every relation or sign that stands outside all fences."""
    pieces: list[list[Element]] = [[]]
    depth, bar, term_ends = 0, False, False
    for element in row:
        mark = _mark(element)
        if mark in BREAKS and element.tag == "mo" and term_ends and not depth and not bar:
            element.set("form", "infix")  # the first operator of an element would count as a sign
            pieces.append([])
        pieces[-1].append(element)
        depth += (mark in OPENING) - (mark in CLOSING)
        bar ^= mark in BARS
        term_ends = element.tag != "mo" or mark in CLOSING or mark in BARS
    return pieces


def _mark(element: Element) -> str:
    """The operator that an element is, or that it raises or lowers something beside."""
    base = element[0] if element.tag in {"msub", "msup", "msubsup"} else element
    return html.unescape(base.text or "") if base.tag == "mo" else ""


def _element(element: Element) -> Markup:
    """An element rebuilt from what MathML knows: the converter itself escapes nothing and passes any attribute on."""
    if element.tag == "mrow" and len(element) == 1 and element[0].tag in ALONE:
        return _element(element[0])
    text = html.unescape(element.text or "")
    tag = "mo" if text in ARROWS else element.tag if element.tag in TAGS else "mrow"
    found = element.attrib | (TIGHT if tag == "mo" and text in BARS else {})
    kept = ATTRIBUTES - IMPLIED if tag == "mo" and text in OPENING | CLOSING else ATTRIBUTES
    attributes = Markup("").join(
        Markup(' {}="{}"').format(name, value) for name, value in found.items() if name in kept
    )
    body = escape(text) + Markup("").join(_element(child) for child in element)
    return Markup("<{}{}>{}</{}>").format(Markup(tag), attributes, body, Markup(tag))
