"""reports.styles: every inline style becomes a class, once."""

from reports.styles import gathered

PAGE = '<style>\np {}\n</style><path style="fill:none" d="M 0 0"/><g style="stroke:red"/><path style="fill:none"/>'


def test_equal_styles_share_a_class_of_the_first_sheet() -> None:
    found = gathered(PAGE)
    assert "style=" not in found
    assert found.count('class="c1"') == 2
    assert ".c1 {fill:none}\n.c2 {stroke:red}\n</style>" in found


def test_text_that_speaks_of_styles_is_left_alone() -> None:
    text = "<style></style><p>style=&#34;fill:none&#34;</p>"
    assert gathered(text) == text
