"""NLU data in Markdown, as Rasa had it before YAML: `## intent:name`, then one example a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from recorder.dialogue.nlu import Example
from recorder.errors import NotationError
from recorder.formats.line_breaks import line_break_of, with_break
from recorder.formats.markdown_lines import lines_of, split, unended_comment
from recorder.formats.nlu_file import ByIntent, NluFile, NluGathering
from recorder.formats.nlu_yaml import marked
from recorder.formats.problems import Findings

SECTION: Final = re.compile(r"#+\s*(?P<kind>intent|synonym|regex|lookup)\s*:\s*(?P<name>.*)")
_ITEM: Final = re.compile(r"[-*+]\s*(?P<text>.*)")
_MARKER: Final = re.compile(r"[ \t]*[-*+][ \t]*")


def loads(text: str, name: str = "") -> NluFile:
    """Read a text; lines that mean nothing are problems beside the data."""
    findings = Findings(name)
    data = NluGathering(findings)
    kind = section = ""
    for line, content in lines_of(text, findings):
        if header := SECTION.match(content):
            kind, section = header["kind"], header["name"].strip()
        elif content.startswith("#"):
            kind = section = ""
            findings.add(line, f"expected `## intent:name`, not {content[:60]!r}")
        elif content:
            _line(line, content, kind, section, data)
    return data.file()


def _line(line: int, content: str, kind: str, section: str, data: NluGathering) -> None:
    item = _ITEM.match(content)
    if item is None and kind == "lookup":
        data.findings.add(line, f"lookup '{section}' names another file, which is not read: {content[:60]!r}")
    elif item is None:
        data.findings.add(line, f"expected a line that begins with `- `, not {content[:60]!r}")
    elif not kind:
        data.findings.add(line, "an example before any `## intent:name`")
    elif kind == "intent":
        data.marked_example(line, section, item["text"])
    else:
        data.entry(kind, section, item["text"])


def insert(text: str, name: str, by_intent: ByIntent) -> str:
    """The text with more examples: each below the last one of its intent, or in a new section at the end.

    Raises:
        NotationError: a comment never ends, so that what follows it may be none.
    """
    if line := unended_comment(text):
        raise NotationError("a comment begins here and never ends: expected `-->`", file=name, line=line)
    lines = split(with_break(text))
    line_break = line_break_of(text)
    ends = _section_ends(text)
    below: dict[int, str] = {}
    sections: list[str] = []
    for intent, examples in by_intent.items():
        end = ends.get(intent, 0)
        last, comment_goes_on = lines[end - 1] if end else ("", True)
        if comment_goes_on:
            sections.append(f"## intent:{intent}{line_break}{_items(examples, '- ', line_break)}")
        else:
            marker = _MARKER.match(last)
            below[end] = _items(examples, marker[0] if marker else "- ", line_break)
    kept = "".join(line + below.get(number, "") for number, (line, _) in enumerate(lines, 1))
    return line_break.join([kept, *sections] if kept else sections)


def _items(examples: Sequence[Example], marker: str, line_break: str) -> str:
    return "".join(f"{marker}{marked(example)}{line_break}" for example in examples)


def _section_ends(text: str) -> dict[str, int]:
    """Intent -> the line of the last example, or of the header, of the last of its sections."""
    ends: dict[str, int] = {}
    intent = None
    for line, content in lines_of(text, Findings("")):
        if content.startswith("#"):
            header = SECTION.match(content)
            intent = header["name"].strip() if header and header["kind"] == "intent" else None
        if intent is not None and content:
            ends[intent] = line
    return ends
