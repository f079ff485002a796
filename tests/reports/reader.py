"""A page as a tree, read by the standard library's parser."""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "img", "br", "hr", "input"}


@dataclass
class Node:
    """An element: its attributes, children and own text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Node | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def every(self, tag: str | None = None, **attributes: str) -> "Iterator[Node]":
        """The elements below, in order, with this tag and these attributes (`class_` is one of the classes)."""
        for child in self.children:
            if isinstance(child, Node):
                if tag in {None, child.tag} and all(child.matches(k, v) for k, v in attributes.items()):
                    yield child
                yield from child.every(tag, **attributes)

    def matches(self, key: str, value: str) -> bool:
        if key == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(key) == value

    def one(self, tag: str | None = None, **attributes: str) -> "Node":
        return next(self.every(tag, **attributes))


class Reader(HTMLParser):
    """Builds the tree and refuses tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Node:
    """The page as a tree; AssertionError when its tags do not match."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.open[0]


def unpacked(text: str) -> Any:
    """The data of a page's charts by their names, as its scripts read them."""
    return json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
