"""Where in a JSON text its values stand: offsets of characters. For texts that were read already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_DECODER: Final = json.JSONDecoder(strict=False)
_SPACE: Final = re.compile(r"\s*")


class Span(NamedTuple):
    start: int
    end: int


def first(text: str) -> int:
    """Where the text's value begins."""
    return _after_space(text, 0)


def members(text: str, at: int) -> Iterator[tuple[str, Span]]:
    """The keys of an object that begins at a place, with their values."""
    place = _after_space(text, at + 1)
    while text[place] != "}":
        key, place = _DECODER.raw_decode(text, place)
        start = _after_space(text, _after_space(text, place) + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield key, Span(start, end)
        place = _after_comma(text, end)


def items(text: str, at: int) -> Iterator[Span]:
    """The items of a list that begins at a place."""
    place = _after_space(text, at + 1)
    while text[place] != "]":
        _, end = _DECODER.raw_decode(text, place)
        yield Span(place, end)
        place = _after_comma(text, end)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _after_comma(text: str, place: int) -> int:
    place = _after_space(text, place)
    return _after_space(text, place + 1) if text[place] == "," else place
