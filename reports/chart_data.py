"""The data of all charts of a page as one compressed text, which its scripts read: a quarter of the data's size."""

import base64
import json
import zlib
from collections.abc import Mapping


def packed(charts: Mapping[str, object]) -> str:
    """`charts`, plain data by the names of their charts, as JSON, deflated (RFC 1950), in base64.

    Half a surrogate pair stays as JSON escapes it. No character of the result means anything to HTML.
    """
    text = json.dumps(charts, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), level=9)).decode("ascii")
