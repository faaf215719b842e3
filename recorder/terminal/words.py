"""What others wrote, made fit for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from recorder.events.session import BotUttered

KEPT: Final = "\n\N{ZERO WIDTH JOINER}"
"""Of what people and bots say, though they are no characters to print: lines and families of emoji."""
LONGEST: Final = 2_000
"""Characters of one text that are shown."""


def printable(text: str, keep: str = "") -> str:
    """The text, which quotes what others wrote, without what could steer the terminal, except for `keep`."""
    return "".join(
        char if char.isprintable() or char in keep else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def lines_of(text: str) -> list[str]:
    """A message line by line; what is endless is cut, and that is said. Never empty."""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
    return printable(shown, KEPT).splitlines() or [""]


def one_line(text: str) -> str:
    """As `lines_of`, in one."""
    return " ".join(lines_of(text))


def block(replies: Sequence[BotUttered]) -> str:
    """The bot's answer to one message: a line for each thing said, buttons below it."""
    return "\n".join(line for reply in replies for line in _reply(reply)) or "Bot: (says nothing)"


def _reply(reply: BotUttered) -> Iterator[str]:
    first, *more = lines_of(reply.text or "(no text)")
    yield f"Bot: {first}"
    yield from (f"     {line}" for line in more)
    for button in reply.data.get("buttons") or ():
        if isinstance(button, dict):
            yield f"     - {one_line(str(button.get('title')))}  {one_line(str(button.get('payload')))}"
    for kind in ("image", "attachment", "custom"):
        if kind in reply.data:
            yield f"     ({kind}: {one_line(str(reply.data[kind]))})"
