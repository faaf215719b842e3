"""Where in a YAML text each value stands, as PyYAML's parser tells it: offsets of characters.

For texts that `yaml_reader.load` has read: what it refuses (depth, tags, faults) is not looked for here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

from recorder.errors import NotationError
from recorder.formats.yaml_reader import LOADER

Kind = Literal["scalar", "list", "map", "alias"]

BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line of YAML."""


@dataclass(slots=True)
class Place:
    """A value and where it stands; `start` is that of its anchor or tag, where it has one."""

    kind: Kind
    start: int
    end: int
    """Exclusive. Of a block collection: where what follows begins."""
    line: int
    column: int
    style: str = ""
    """Of a scalar: `|`, `>`, a quote, or nothing. Of a collection: `[` where it is in brackets."""
    value: str = ""
    """Of a scalar."""
    children: list[Place] = field(default_factory=list)
    """Items; of a map: key, value, key, value, …"""

    @property
    def is_flow(self) -> bool:
        return self.style == "["

    @property
    def is_block_text(self) -> bool:
        return self.style in ("|", ">")

    @property
    def pairs(self) -> list[tuple[Place, Place]]:
        """Of a map: keys with values."""
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    def find(self, key: str) -> Place | None:
        """The value of a key of a map, the last one if it repeats."""
        return next((value for name, value in reversed(self.pairs) if name.value == key), None)

    def last(self) -> Place:
        """The value with which this one ends."""
        inner = self
        while inner.children and not inner.is_flow:
            inner = inner.children[-1]
        return inner


@dataclass(frozen=True, slots=True)
class Places:
    """A text's only document."""

    root: Place | None
    """None: there is nothing in it."""
    end: int
    """Where more of the document may be written."""


def places(text: str, name: str = "") -> Places:
    """Args: text: without a byte order mark.

    Raises:
        NotationError: it has several documents.
    """
    loader = LOADER(text)
    try:
        return _places(loader, len(text), name)
    finally:
        loader.dispose()


def _places(loader: Any, length: int, name: str) -> Places:
    whole = Place("list", 0, length, 0, 0)
    stack = [whole]
    end = length
    documents = 0
    while type(event := loader.get_event()) is not yaml.StreamEndEvent:
        kind = type(event)
        if kind is yaml.DocumentStartEvent:
            documents += 1
            if documents == 2:
                message = "a second document begins here; nothing can be added to a file of several"
                raise NotationError(message, file=name, line=event.start_mark.line + 1)
        elif kind is yaml.DocumentEndEvent and event.explicit:
            end = event.start_mark.index
        elif kind is yaml.ScalarEvent:
            stack[-1].children.append(_place("scalar", event, event.style or "", event.value))
        elif kind is yaml.AliasEvent:
            stack[-1].children.append(_place("alias", event))
        elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
            found = _place(
                "list" if kind is yaml.SequenceStartEvent else "map", event, "[" if event.flow_style else ""
            )
            stack[-1].children.append(found)
            stack.append(found)
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            stack.pop().end = event.end_mark.index
    root = whole.children[0] if whole.children else None
    is_nothing = root is None or (root.kind == "scalar" and not root.value)
    return Places(None if is_nothing else root, end)


def _place(kind: Kind, event: Any, style: str = "", value: str = "") -> Place:
    start = event.start_mark
    return Place(kind, start.index, event.end_mark.index, start.line + 1, start.column, style, value)


def line_end(text: str, place: int) -> int:
    """Where the line of a place ends, before its break."""
    found = BREAK.search(text, place)
    return found.start() if found else len(text)


def next_line(text: str, place: int) -> int:
    """Where the line after that of a place begins; the text's end where there is none."""
    found = BREAK.search(text, place)
    return found.end() if found else len(text)
