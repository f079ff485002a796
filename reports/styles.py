"""A smaller page of the same content: styles as classes, short ids in its drawings, no indentation, icons as masks."""

import re
from urllib.parse import quote

import minify_html

INLINE = re.compile(r' style="([^"]*)"')
DRAWN = re.compile(r' id="(c[0-9a-f]{8}-\d+)"')  # what only its own drawing refers to
REFERENCE = re.compile(r'(id="|href="#|url\(#)(c[0-9a-f]{8}-\d+)(?=["\)])')
SYMBOL = re.compile(r'<symbol id="icon-(\w+)" viewBox="([^"]*)">(.*?)</symbol>')
INDENTED = re.compile(r"^ +(?=<)", re.MULTILINE)


def minified(page: str) -> str:
    """`page` without the tags, quotes and white space that HTML lets one leave out; a browser builds the same tree.

    Half a surrogate pair, which no file can hold, becomes a question mark.
    """
    whole = page.encode("utf-8", errors="replace").decode("utf-8")
    return minify_html.minify(whole, minify_css=True, minify_js=True)


def compacted(page: str) -> str:
    """`page` with less in it that a browser does not need; texts, also those in `pre` elements, stay as they are."""
    return gathered(renamed(INDENTED.sub("", page)))


def gathered(page: str) -> str:
    """`page` with every inline style as a class `c1`, `c2`, ... of its first style sheet, in order of appearance."""
    classes: dict[str, str] = {}
    body = INLINE.sub(lambda match: f' class="{classes.setdefault(match[1], f"c{len(classes) + 1}")}"', page)
    sheet = "".join(f".{name} {{{style}}}\n" for style, name in classes.items())
    return body.replace("</style>", sheet + "</style>", 1)


def renamed(page: str) -> str:
    """`page` with the ids that drawings refer to within themselves as `s1`, `s2`, ..., in order of appearance."""
    names = {name: f"s{place}" for place, name in enumerate(dict.fromkeys(DRAWN.findall(page)), start=1)}
    return REFERENCE.sub(lambda match: match[1] + names.get(match[2], match[2]), page)


def masks(sprite: str) -> str:
    """Style rules that make an icon of every symbol of `sprite`: `--mark-NAME` is an image whose light parts show."""
    rules = []
    for name, box, drawn in SYMBOL.findall(sprite):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" color="white">{drawn}</svg>'
        image = quote(svg.replace("var(--page)", "black").replace('"', "'"), safe=" =':/,;()-.")
        rules.append(f':root {{ --mark-{name}: url("data:image/svg+xml,{image}"); }}')
        rules.append(f".icon.{name} {{ --mark: var(--mark-{name}); }}")
    return "\n".join(rules)
