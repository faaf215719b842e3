"""How the lines of a text end, for those who add some."""

from __future__ import annotations


def line_break_of(text: str) -> str:
    """What most lines of a text end with."""
    pairs = text.count("\r\n")
    if pairs * 2 > text.count("\n"):
        return "\r\n"
    return "\r" if "\r" in text and "\n" not in text else "\n"


def with_break(text: str) -> str:
    """The text, its last line ended."""
    return text if not text or text[-1] in "\r\n" else text + line_break_of(text)
