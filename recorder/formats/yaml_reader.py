"""YAML text to JSON values that know their lines.

Safe by construction: values are built from the parser's events, so there is no tag that could call
anything. Plain words mean what the core schema of YAML 1.2 says: `yes`, `no`, `on` and dates are texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from recorder.errors import NotationError
from recorder.formats.problems import Findings, Problem

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_DEPTH: Final = 100
MAX_ALIASED: Final = 1_000_000
"""Values that aliases may stand for in one text; a few lines can stand for billions."""

_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER: Final = 400
_STR: Final = "tag:yaml.org,2002:str"
_CORE_TAGS: Final = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "map", "seq")}


class Map(dict[str, Any]):
    """A mapping; `lines` has the line of each key. Keys are texts, as written."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: dict[str, int] = {}


class Items(list[Any]):
    """A sequence; `lines` has the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: list[int] = []

    def lined(self) -> Iterator[tuple[int, Any]]:
        """Each item with its line."""
        return zip(self.lines, self, strict=True)


@dataclass(frozen=True, slots=True)
class Document:
    """The one mapping that a file is."""

    file: str
    root: Map
    problems: tuple[Problem, ...] = ()


def load(text: str, name: str = "") -> Document:
    """Read a YAML text that is a mapping of sections; an empty one is an empty mapping.

    Repeated keys and further documents are problems beside the result.

    Args:
        name: of the file, for messages.

    Raises:
        NotationError: not YAML, not a mapping, nested too deeply, or aliases that stand for too much.
    """
    findings = Findings(name)
    root = _root(text, findings)
    if root is None:
        root = Map(1)
    if not isinstance(root, Map):
        raise NotationError("expected sections such as `stories:` or `nlu:` at the top", file=name, line=1)
    return Document(name, root, findings.problems)


def plain(value: Any) -> Any:
    """The same value made of ordinary dicts and lists."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def _root(text: str, findings: Findings) -> Any:
    loader = None
    try:
        loader = LOADER(text)
        return _Builder(loader, findings).document()
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text, findings.file) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise NotationError(f"not YAML: {error.reason}", file=findings.file, line=line) from None
    except UnicodeEncodeError:
        raise NotationError("not YAML: half of a character", file=findings.file) from None
    finally:
        if loader is not None:
            loader.dispose()


def _not_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> NotationError:
    began = error.context_mark
    mark = error.problem_mark or began
    line = mark.line + 1 if mark else None
    where = f" {error.context}" if error.context else ""
    since = f" that began in line {began.line + 1}" if began else ""
    hint = "; indent with spaces, not with tabs" if line and _starts_with_tab(text, line) else ""
    return NotationError(f"not YAML: {error.problem}{where}{since}{hint}", file=file, line=line)


def _starts_with_tab(text: str, line: int) -> bool:
    return re.match(rf"(?:.*\n){{{line - 1}}} *\t", text) is not None


class _Open:
    """A collection that has not ended yet."""

    __slots__ = ("anchor", "before", "height", "key", "value")

    def __init__(self, value: Map | Items, anchor: str | None, before: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.key: str | None = None


class _Builder:
    """Values from events, without recursion: the depth of a text is checked, not suffered."""

    def __init__(self, loader: Any, findings: Findings) -> None:
        self.loader = loader
        self.findings = findings
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int] | None] = {}
        """Anchor -> value, how many values are in it, how many levels; None while it is still open."""
        self.count = 0
        self.aliased = 0
        self.root: Any = None

    def document(self) -> Any:
        """The first document's value; None when there is nothing."""
        take = self.loader.get_event
        documents = 0
        while type(event := take()) is not yaml.StreamEndEvent:
            if type(event) is yaml.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    line = _line(event)
                    self.findings.add(line, "only the first document of a file is read; another begins here")
                    break
            self._take(event)
        return self.root

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._begin(Map(_line(event)), event)
        elif kind is yaml.SequenceStartEvent:
            self._begin(Items(_line(event)), event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._alias(event)

    def _scalar(self, event: Any) -> None:
        line = _line(event)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.value) is Map:
            frame.key = event.value
            if event.anchor is not None:
                self.anchors[event.anchor] = (event.value, 1, 0)
            if event.value in frame.value:
                self.findings.add(line, f"`{event.value}` appears twice here; the last one counts")
            frame.value.lines[event.value] = line
            return
        if event.style in ("|", ">"):
            line += 1  # the text begins below its mark
        value = self._value(event, line)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1, 0)
        self._put(value, line, 0)

    def _value(self, event: Any, line: int) -> Any:
        if event.tag is not None and event.tag not in (_STR, "!"):
            if event.tag not in _CORE_TAGS:
                raise NotationError(
                    f"the tag {event.tag} means nothing here", file=self.findings.file, line=line
                )
            return _resolved(event.value)
        return _resolved(event.value) if event.implicit[0] else event.value

    def _begin(self, value: Map | Items, event: Any) -> None:
        line = value.line
        if event.tag is not None and event.tag not in _CORE_TAGS:
            raise NotationError(f"the tag {event.tag} means nothing here", file=self.findings.file, line=line)
        if self.stack and self.stack[-1].key is None and isinstance(self.stack[-1].value, Map):
            raise NotationError("expected a word as key", file=self.findings.file, line=line)
        self._check_depth(line, 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(value, event.anchor, self.count))

    def _end(self) -> None:
        done = self.stack.pop()
        if done.anchor is not None:
            self.anchors[done.anchor] = (done.value, self.count - done.before + 1, done.height)
        self._put(done.value, done.value.line, done.height)

    def _alias(self, event: Any) -> None:
        line, file = _line(event), self.findings.file
        anchored = self.anchors.get(event.anchor, ())
        if not anchored:
            reason = "stands inside what it names" if anchored is None else "names nothing above it"
            raise NotationError(f"the alias *{event.anchor} {reason}", file=file, line=line)
        value, size, height = anchored
        frame = self.stack[-1]
        if frame.key is None and isinstance(frame.value, Map):
            raise NotationError("expected a word as key, not an alias", file=file, line=line)
        self._check_depth(line, height)
        self.aliased += size
        self.count += size
        if self.aliased > MAX_ALIASED:
            raise NotationError(
                f"the aliases stand for more than {MAX_ALIASED:,} values", file=file, line=line
            )
        self._put(value, line, height)

    def _check_depth(self, line: int, height: int) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            raise NotationError(f"nested deeper than {MAX_DEPTH} levels", file=self.findings.file, line=line)

    def _put(self, value: Any, line: int, height: int) -> None:
        self.count += 1
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if height >= frame.height:
            frame.height = height + 1
        if type(frame.value) is Items:
            frame.value.append(value)
            frame.value.lines.append(line)
        elif isinstance(frame.value, Map) and frame.key is not None:
            frame.value[frame.key] = value
            frame.key = None


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _resolved(word: str) -> Any:
    """What an unquoted word means in the core schema of YAML 1.2; a number too large for JSON is a text."""
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in "-+.0123456789" or len(word) > _LONGEST_NUMBER:
        return word
    if _INTEGER.fullmatch(word):
        number = int(word, 0) if word[1:2] in ("o", "x") else int(word)
        return number if -(1 << 63) <= number < 1 << 64 else word
    if _FLOAT.fullmatch(word) and math.isfinite(real := float(word)):
        return real
    return word
