"""Meanings of letters as a reader wants them set: minus signs, and subscripts that Unicode lacks."""

import re

from markupsafe import Markup, escape

LOWERED = re.compile("_([Σ∞])")


def meaning(text: str) -> Markup:
    """`text` escaped, with signs for hyphens between spaces and with lowered letters."""
    return Markup(LOWERED.sub(r"<sub>\1</sub>", str(escape(text.replace(" - ", " − ")))))
