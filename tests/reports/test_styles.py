"""reports.styles: every inline style becomes a class, once; ids of drawings are short; texts stay as they are."""

from reports.styles import compacted, gathered, renamed

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
