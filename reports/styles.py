"""Inline styles as classes: a page of drawings repeats a few dozen styles thousands of times."""

import re

INLINE = re.compile(r' style="([^"]*)"')


def gathered(page: str) -> str:
    """`page` with every inline style as a class `c1`, `c2`, ... of its first style sheet, in order of appearance."""
    classes: dict[str, str] = {}
    body = INLINE.sub(lambda match: f' class="{classes.setdefault(match[1], f"c{len(classes) + 1}")}"', page)
    sheet = "".join(f".{name} {{{style}}}\n" for style, name in classes.items())
    return body.replace("</style>", sheet + "</style>", 1)
