"""JSON values to YAML text in the block style of Rasa's own files, the same bytes for the same values.

A text is left unquoted only where YAML 1.1 and 1.2 both read it as that text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_PLAIN: Final = re.compile(r"[^\W\d](?:[\w/.'()+*=;,!?…’€%-]|(?<!:) (?![#\s])|:(?=[^\s]))*(?<![\s:])")
_WORD: Final = re.compile(r"[^\W\d][\w./-]*")
"""What needs no quotes inside brackets either."""
_OTHER_MEANING: Final = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null)")
_UNSAFE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_NOT_ONE_LINE: Final = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LONGEST_KEY: Final = 900
"""YAML allows 1024 bytes to a key without `?`."""


class Block(str):
    """A text of several lines, to be written as `|` with each line below; the lines must be printable."""


def dumps(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """The text of a mapping or a list, ending in a line break."""
    return "".join(f"{line}\n" for line in _lines(value))


def flow(value: Any) -> str:
    """A value on one line, collections in brackets, as it may stand inside other brackets."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and not _WORD.fullmatch(value):
        return _quoted(value)
    return scalar(value)


def fits_line(text: str) -> bool:
    """Whether a text can stand on a line of a block as it is."""
    return bool(text) and text == text.strip() and not _NOT_ONE_LINE.search(text)


def comment(text: str) -> str:
    """One line `# …` that holds `text`, whatever is in it."""
    return f"# {printable(text)}\n"


def printable(text: str) -> str:
    """`text` on one line: all that is not printable as `\\uXXXX`."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _pair(key, one)
    else:
        for one in value:
            yield from _item(one)


def _pair(key: str, value: Any) -> Iterator[str]:
    name = scalar(key)
    if len(name.encode("utf-8", "replace")) > _LONGEST_KEY:
        yield f"? {name}"
        name = ""
    if isinstance(value, Block):
        yield f"{name}: |"
        yield from (f"  {line}" for line in value.split("\n"))
    elif _is_scalar(value):
        yield f"{name}: {scalar(value)}"
    else:
        indent = "  " if isinstance(value, Mapping) or not name else ""
        yield f"{name}:"
        yield from (indent + line for line in _lines(value))


def _item(value: Any) -> Iterator[str]:
    if _is_scalar(value):
        yield f"- {scalar(value)}"
        return
    marker = "- "
    for line in _lines(value):
        yield marker + line
        marker = "  "


def _is_scalar(value: Any) -> bool:
    return not value or not isinstance(value, Mapping | list | tuple)


def scalar(value: Any) -> str:
    """A text, number, truth, null, or an empty collection, on one line."""
    if value is True or value is False or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, float) and math.isfinite(value):
        number = repr(value)
        return number if "." in number or "e" not in number else number.replace("e", ".0e")
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return _text(str(value))


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _OTHER_MEANING.fullmatch(text) and not _UNSAFE.search(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return _UNSAFE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return "\\ufffd" if "\ud800" <= char <= "\udfff" else f"\\u{ord(char):04x}"
