"""reports.formulas: MathML that carries its LaTeX, and nothing that is not MathML."""

from xml.etree import ElementTree

import pytest

from reports.formulas import formula, inline, paragraphs

READABLE = [
    r"R_L(\theta)=s^2+\epsilon^2\|\theta\|^2",
    r"\begin{cases}1 & x>0\\0 & \text{otherwise}\end{cases}",
    r"\left. \frac{d}{d t} f \right|_{\substack{ t=0 }}",
    r"\operatorname{erfc}{\left(\frac{k}{\sqrt{2}} \right)}",
    r"\int\limits_{-\infty}^{\infty} \left|{e}\right| \phi{\left(e \right)}\, de",
]
HOSTILE = [
    r"\text{<script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r"\style{background:url(x)}{x}",
    r'\class{" onclick="alert(1)}{x}',
    r'\color{red" onload="x}{y}',
    "<img src=x onerror=alert(1)>",
    r"\text{&lt;b&gt;}",
]


@pytest.mark.parametrize("latex", READABLE)
def test_formula_is_mathml_with_its_latex(latex: str) -> None:
    root = ElementTree.fromstring(formula(latex, display=True))
    assert root.tag == "math"
    assert root.get("alttext") == latex
    assert root.get("display") == "block"


@pytest.mark.parametrize("latex", HOSTILE)
def test_formula_lets_nothing_through_that_is_not_mathml(latex: str) -> None:
    root = ElementTree.fromstring(f"<p>{formula(latex)}</p>")[0]
    tags = {element.tag for element in root.iter()}
    assert tags <= {"math", "code", "mrow", "mi", "mo", "mn", "mtext", "mstyle", "msup", "mspace"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not {"href", "style", "class", "id", "onclick", "onload"} & (
        names - ({"class"} if root.tag == "code" else set())
    )


@pytest.mark.parametrize("latex", ["", r"\frac{", "_", "}{", r"\left(", "x" * 30_000, "{" * 3000 + "}" * 3000])
def test_what_cannot_be_converted_is_shown_as_written(latex: str) -> None:
    root = ElementTree.fromstring(formula(latex))
    assert root.tag == "code"
    assert (root.text or "") == latex


def test_bars_are_not_spaced_like_operators() -> None:
    bars = [mo for mo in ElementTree.fromstring(formula("|e|+1", display=True)).iter("mo") if mo.text == "|"]
    assert [bar.get("rspace") for bar in bars] == ["0", "0"]


def test_inline_formula_can_break_between_its_terms_but_not_inside_fences() -> None:
    latex = r"R(-a+b)=\|\theta-\theta_0\|_\Sigma^2-|e+f|+2"
    page = ElementTree.fromstring(f"<p>{inline('$' + latex + '$')}</p>")
    pieces = ["".join(math.itertext()) for math in page]
    assert pieces == ["R(−a+b)", "=‖θ−θ0‖Σ2", "−|e+f|", "+2"]
    assert len(ElementTree.fromstring(formula(latex, display=True)).findall("mrow")) == 1


def test_prose_has_formulas_and_code_and_is_escaped() -> None:
    text = inline("For $a<b$ call `f<T>` & <b>see</b>.")
    assert "<math><mi>a</mi></math>" in text
    assert "<code>f&lt;T&gt;</code> &amp; &lt;b&gt;see&lt;/b&gt;." in text


@pytest.mark.parametrize("text", ["it costs $5 and $6", "one $ alone", "$ spaced $", "$$", "5$"])
def test_dollars_that_are_no_formula_stay_dollars(text: str) -> None:
    assert inline(text) == text


def test_empty_lines_separate_paragraphs() -> None:
    assert paragraphs("one\ntwo\n\n  three\n") == "<p>one\ntwo</p>\n<p>three</p>"
    assert paragraphs("  ") == ""


def test_a_subscript_that_sympy_spells_inf_is_infinity() -> None:
    assert "<mi>∞</mi>" in formula("g_{inf}") or "<mo>∞</mo>" in formula("g_{inf}")
    assert "∞" not in formula(r"\inf_{x} f")
