"""A text that somebody else wrote, and more in it: each character of the old one is in the new one, in order.

What an addition has made of a text is read again before anybody gets to see it: all that was told before
must be told still.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, Literal

from recorder.errors import NotationError
from recorder.formats import story_markdown, training_text
from recorder.formats.line_breaks import with_break
from recorder.formats.markdown_lines import is_blank
from recorder.formats.problems import Problem
from recorder.formats.training_text import Content
from recorder.formats.yaml_insertions import YamlInsertions
from recorder.formats.yaml_reader import Document, load

Notation = Literal["yaml", "markdown", "json"]

BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Appended:
    """A text with additions, and what became of each thing that was to be added."""

    text: str
    added: tuple[str, ...] = ()
    """Names of stories, marked examples, names of intents and the like, as they stand there now."""
    known: tuple[str, ...] = ()
    """What was there already, the same."""
    problems: tuple[Problem, ...] = ()
    """What could not be added, and why."""


def notation_of(text: str, name: str) -> Notation:
    """By the file's name; legacy JSON also by its content."""
    suffix = PurePath(name).suffix.lower()
    if suffix in (".md", ".markdown"):
        return "markdown"
    if suffix == ".json" or text.lstrip(BYTE_ORDER_MARK + " \t\r\n").startswith('{"rasa_nlu_data"'):
        return "json"
    return "yaml"


def content_of(text: str, name: str) -> Content:
    """What a file holds that is to be added to; nothing but training data is.

    Raises:
        NotationError: it cannot be read, or is something else.
    """
    text, _ = without_mark(text)
    content = training_text.read(text, name)
    if content.is_known or (not content.document.root if content.document else is_blank(text)):
        return content
    found = story_markdown.loads(text, name) if notation_of(text, name) == "markdown" else None
    has_title = any(line.startswith("# ") for line in text.splitlines())
    if found and found.stories and not found.problems and not has_title:  # stories of actions alone
        return Content(stories=found.stories, rules=found.rules)
    raise NotationError("holds no training data, so nothing is added to it", file=name)


def without_mark(text: str) -> tuple[str, str]:
    """The text, and the byte order mark before it, if any."""
    bare = text.removeprefix(BYTE_ORDER_MARK)
    return bare, text[: len(text) - len(bare)]


def checked(insertions: YamlInsertions, *sections: str, texts_too: bool = False) -> Document:
    """The result of insertions below some sections, read again.

    Args:
        texts_too: texts in the sections may have got more lines.

    Raises:
        NotationError: something else would be changed.
    """
    text, name, old = insertions.text, insertions.document.file, insertions.document.root
    ended = old if with_break(text) == text else load(with_break(text), name).root
    try:
        new = load(insertions.result(), name)
    except NotationError:
        raise refused(name, *sections) from None
    outside = [{key: value for key, value in root.items() if key not in sections} for root in (old, new.root)]
    inside = [{key: value for key, value in root.items() if key in sections} for root in (old, ended)]
    has_grown = any(only_grew(before, new.root, texts_too=texts_too) for before in inside)
    if repr(outside[0]) == repr(outside[1]) and has_grown:  # repr: 1 is not true, and keys have an order
        return new
    raise refused(name, *sections)


def only_grew(old: Any, new: Any, *, texts_too: bool = False) -> bool:
    """Whether a YAML value still says all that it said: keys and items were added, if anything.

    Args:
        texts_too: texts may have got more lines.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return all(
            key in new and only_grew(value, new[key], texts_too=texts_too) for key, value in old.items()
        )
    if isinstance(old, list) and isinstance(new, list):
        pairs = zip(old, new, strict=False)
        return len(old) <= len(new) and all(only_grew(*pair, texts_too=texts_too) for pair in pairs)
    if old is None or old == {} or old == []:
        return new == old or isinstance(new, dict | list)
    if isinstance(old, str) and isinstance(new, dict):  # a name got settings
        return list(new) == [old]
    if isinstance(old, str) and isinstance(new, str) and texts_too:
        return new == old or new.startswith(old.rstrip("\n") + "\n")
    return type(old) is type(new) and bool(old == new)


def refused(name: str, *sections: str) -> NotationError:
    """An addition would change something else."""
    message = f"no {' or '.join(sections)} can be added without changing what is there: name another file"
    return NotationError(message, file=name)
