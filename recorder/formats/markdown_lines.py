"""Markdown as Rasa used it: lines, comments taken out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recorder.formats.problems import Findings

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def lines_of(text: str, findings: Findings) -> Iterator[tuple[int, str]]:
    """Each line, stripped, with its number from 1; comments are gone, also those of several lines."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text, unended = _uncommented(text)
    if unended is not None:
        findings.add(unended, "a comment begins here and never ends: expected `-->`")
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.strip()


def is_blank(text: str) -> bool:
    """Whether there are only comments in it, if anything."""
    return not any(line for _, line in lines_of(text, Findings("")))


def unended_comment(text: str) -> int | None:
    """The line where a comment begins that never ends."""
    findings = Findings("")
    list(lines_of(text, findings))
    return findings.problems[0].line if findings.problems else None


def split(text: str) -> list[tuple[str, bool]]:
    """The lines as they are written, with their breaks, and whether a comment goes on after each."""
    lines: list[tuple[str, bool]] = []
    inside = False
    for line in _LINE.findall(text):
        opens, closes = line.rfind("<!--"), line.rfind("-->")
        inside = opens > closes or (inside and closes < 0)
        lines.append((line, inside))
    return lines


def _uncommented(text: str) -> tuple[str, int | None]:
    """The text with only the line breaks left of its comments; the line of a comment that never ends."""
    parts: list[str] = []
    place = 0
    while (start := text.find("<!--", place)) >= 0:
        end = text.find("-->", start)
        if end < 0:
            return "".join((*parts, text[place:])), text.count("\n", 0, start) + 1
        parts += text[place:start], "\n" * text.count("\n", start, end)
        place = end + len("-->")
    return "".join((*parts, text[place:])), None
