"""More items and keys for a YAML text, in the style that it has: nothing in it is changed, only inserted.

Each insertion is made where PyYAML says that a value stands. That this was right is not assumed: whoever
asks for the new text reads it again (`appending.checked`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from recorder.errors import NotationError
from recorder.formats import yaml_writer
from recorder.formats.line_breaks import line_break_of
from recorder.formats.yaml_places import BREAK, Place, line_end, next_line, places
from recorder.formats.yaml_reader import Document

_DASH: Final = re.compile(r"^( *)-(?=\s|\Z)", re.MULTILINE)
_NOTHING_MORE: Final = re.compile(r"[ \t]*(?:[ \t]#.*)?(?=[\r\n]|\Z)")
_BLANK_LINE: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")
_INDICATORS: Final = re.compile(r"[|>]([-+0-9]*)[ \t]*(?:[ \t]#.*)?(?=[\r\n]|\Z)")
_NULLS: Final = ("", "~", "null", "Null", "NULL")
_CALLED: Final = {"list": "list", "map": "mapping"}


class Item(NamedTuple):
    """What is to be added to a list."""

    value: Any
    text: str = ""
    """How it is written in block style, with `- ` and comments; empty: as `yaml_writer` does."""


Added = Sequence[Item] | Mapping[str, Any]
"""To a list or to a mapping."""


class YamlInsertions:
    """A text (without a byte order mark), and what is to be inserted into it."""

    def __init__(self, text: str, document: Document) -> None:
        """Args: document: the text, read."""
        self.text = text
        self.document = document
        found = places(text, document.file)
        self.root, self.end = found.root, found.end
        self._inserted: list[tuple[int, str]] = []
        self._sections: list[tuple[int, str]] = []

    def result(self) -> str:
        """The text with all that was inserted."""
        parts, place = [], 0
        # A new section stands behind what more the last one has got, if both begin at the same place.
        for at, added in sorted((*self._inserted, *self._sections), key=lambda one: one[0]):
            parts += [self.text[place:at], added]
            place = at
        return "".join((*parts, self.text[place:]))

    def section(self, key: str) -> Place | None:
        """What stands below a key at the top.

        Raises:
            NotationError: it is there twice, or stands elsewhere.
        """
        found = [pair for pair in self.root.pairs if pair[0].value == key] if self.root else []
        if len(found) > 1:
            raise self.refusal(f"`{key}:` is here for the second time: make one section of both", found[1][0])
        if found and found[0][1].kind == "alias":
            raise self.refusal(
                f"what belongs to `{key}:` stands elsewhere, and has a name there", found[0][0]
            )
        return found[0][1] if found else None

    def extend_section(self, key: str, added: Added, *, spaced: bool = False) -> None:
        """More at the end of a section, or a new section at the end.

        Args:
            spaced: an empty line belongs between two items, where the text has no other habit.

        Raises:
            NotationError: there is no room for it.
        """
        there = self.section(key)
        if there is None:
            self._add_section(key, added, spaced)
        elif self._is_empty(there):
            self._fill(there, added, spaced)
        elif there.kind != _kind(added):
            raise self.refusal(f"expected a {_CALLED[_kind(added)]} below `{key}:`", there)
        else:
            self.extend(there, added, spaced=spaced)

    def extend(self, to: Place, added: Added, *, spaced: bool = False) -> None:
        """More at the end of a list or a mapping."""
        if to.is_flow:
            self._extend_flow(to, added)
            return
        spaced = self._is_spaced(to, spaced)
        text = _indented(_block(added, spaced), self._column(to))
        last = to.last()
        if to.kind == "map" and self._is_cut(last):
            self._insert_lines(self._line(to.pairs[-1][0]), text)
        elif self._is_kept(last):
            self._insert_lines(last.end, text)
        else:
            self._insert_lines(self._below(to), f"\n{text}" if spaced else text)

    def add_settings(self, to: Place, settings: Mapping[str, Any]) -> None:
        """A name in a list gets settings: `- city` becomes `- city: {roles: [from]}`."""
        self._inserted.append((to.end, f": {yaml_writer.flow(settings)}"))

    def add_lines(self, to: Place, lines: Sequence[str]) -> bool:
        """Lines at the end of a text of several (`|`); whether it is such a text."""
        content = BREAK.split(to.value.rstrip("\n"))
        place = next_line(self.text, to.start)
        first = self.text[place : line_end(self.text, place)]
        indent = first.removesuffix(content[0])
        if to.style != "|" or not content[0] or indent.strip(" "):
            return False
        for _ in content:
            place = next_line(self.text, place)
        self._insert_lines(place, "".join(f"{indent}{line}\n" for line in lines))
        return True

    def refusal(self, message: str, place: Place | None = None) -> NotationError:
        return NotationError(message, file=self.document.file, line=place.line if place else None)

    def _add_section(self, key: str, added: Added, spaced: bool) -> None:
        if self.root is not None and self.root.is_flow:
            self._extend_flow(self.root, {key: _value(added)})
            return
        below = _indented(_block(added, spaced), self._step(added))
        text = _indented(f"{key}:\n{below}", self._top())
        last = self.root.last() if self.root else None
        if self.root and last and self._is_cut(last):
            self._sections.append(self._lines(self._line(self.root.pairs[-1][0]), f"{text}\n"))
        else:
            follows = self.text != "" and not (last and self._is_kept(last))
            self._sections.append(self._lines(self.end, f"\n{text}" if follows else text))

    def _fill(self, there: Place, added: Added, spaced: bool) -> None:
        """Lines below a section without any; `[]`, `{}` or `~` becomes a comment."""
        if there.start < there.end:
            self._inserted.append((there.start, "# "))
        below = _indented(_block(added, spaced), self._top() + self._step(added))
        self._insert_lines(next_line(self.text, there.end), below)

    def _extend_flow(self, to: Place, added: Added) -> None:
        text = yaml_writer.flow(_value(added))[1:-1]
        place = to.children[-1].end if to.children else to.end - 1
        is_first = not to.children and all(at != place for at, _ in self._inserted)
        self._inserted.append((place, text if is_first else f", {text}"))

    def _insert_lines(self, place: int, text: str) -> None:
        self._inserted.append(self._lines(place, text))

    def _lines(self, place: int, text: str) -> tuple[int, str]:
        """What is to be inserted, in the line breaks of the text.

        Args:
            place: where a line begins, or the text's end.
        """
        is_cut = place == len(self.text) and place > 0 and not BREAK.fullmatch(self.text[-1])
        return place, (f"\n{text}" if is_cut else text).replace("\n", line_break_of(self.text))

    def _is_empty(self, there: Place) -> bool:
        """Whether nothing stands there, on one line, with nothing but a comment behind."""
        is_null = there.kind == "scalar" and there.style == "" and there.value in _NULLS
        is_bare = is_null or (there.is_flow and not there.children)
        written = self.text[there.start : there.end]
        is_below = self.root is not None and not self.root.is_flow
        ends = _NOTHING_MORE.match(self.text, there.end) is not None
        return is_bare and is_below and ends and not BREAK.search(written)

    def _is_kept(self, last: Place) -> bool:
        """Whether the empty lines after a text belong to it (`|+`)."""
        return last.is_block_text and "+" in self._indicators(last)

    def _is_cut(self, last: Place) -> bool:
        """Whether a text would get a line break if more followed: it ends with the file, in mid-line."""
        ends = not self.text[last.end :].strip() and not BREAK.fullmatch(self.text[-1:])
        return last.is_block_text and ends and "-" not in self._indicators(last)

    def _indicators(self, text: Place) -> str:
        found = _INDICATORS.search(self.text, text.start)
        return found[1] if found else ""

    def _is_spaced(self, to: Place, default: bool) -> bool:
        """Whether an empty line stands before the last of several items."""
        if to.kind == "map" or len(to.children) < 2:
            return default and to.kind == "list"
        before, last = to.children[-2:]
        end = before.last()
        text = self.text[end.start if end.is_block_text else end.end : last.start]
        return _BLANK_LINE.search(text) is not None

    def _below(self, to: Place) -> int:
        """Where the line after a block begins; comments that are indented deeper belong to it."""
        last = to.last()
        end = last.end
        if last.is_block_text:
            end = last.start + len(self.text[last.start : last.end].rstrip())
        place = next_line(self.text, end)
        deeper = re.compile(rf"(?:[ \t]*(?:\r\n|\n|\r))* {{{self._column(to) + 1},}}#.*(?:\r\n|\n|\r|\Z)")
        while comment := deeper.match(self.text, place):
            place = comment.end()
        return place

    def _column(self, to: Place) -> int:
        """How far the dashes or keys of a block are indented."""
        if to.kind == "map":
            return min(key.column for key, _ in to.pairs)
        found = _DASH.search(self.text, self._line(to))
        return len(found[1]) if found else to.column

    def _line(self, place: Place) -> int:
        """Where its line begins."""
        return max(self.text.rfind(end, 0, place.start) for end in "\n\r") + 1

    def _top(self) -> int:
        return self._column(self.root) if self.root and self.root.children else 0

    def _step(self, added: Added) -> int:
        """How much deeper than its key a section is indented: as the first one of its kind is here."""
        kind = _kind(added)
        values = [value for _, value in self.root.pairs] if self.root else []
        like = next((v for v in values if v.kind == kind and v.children and not v.is_flow), None)
        return self._column(like) - self._top() if like else 0 if kind == "list" else 2


def _kind(added: Added) -> str:
    return "map" if isinstance(added, Mapping) else "list"


def _value(added: Added) -> Any:
    return added if isinstance(added, Mapping) else [item.value for item in added]


def _block(added: Added, spaced: bool) -> str:
    if isinstance(added, Mapping):
        return yaml_writer.dumps(added)
    return ("\n" if spaced else "").join(item.text or yaml_writer.dumps([item.value]) for item in added)


def _indented(text: str, column: int) -> str:
    indent = " " * column
    return "".join(f"{indent}{line}\n" if line else "\n" for line in text.split("\n")[:-1])
