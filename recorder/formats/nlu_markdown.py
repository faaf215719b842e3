"""NLU data in Markdown, as Rasa had it before YAML: `## intent:name`, then one example a line."""

from __future__ import annotations

import re
from typing import Final

from recorder.formats.markdown_lines import lines_of
from recorder.formats.nlu_file import NluFile, NluGathering
from recorder.formats.problems import Findings

SECTION: Final = re.compile(r"#+\s*(?P<kind>intent|synonym|regex|lookup)\s*:\s*(?P<name>.*)")
_ITEM: Final = re.compile(r"[-*+]\s*(?P<text>.*)")


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
