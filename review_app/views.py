"""Words that all pages use: counts, shares, times, and text that is no markup. Imports no Streamlit."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

LOW, MIDDLE = 0.5, 0.8
"""Below: unsure; below: so-so; above: sure."""


def count(number: int, noun: str) -> str:
    """
    >>> count(1, "session"), count(2000, "session")
    ('1 session', '2,000 sessions')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def plain(text: str) -> str:
    r"""The text as Markdown that shows just these characters.

    >>> print(plain("*a* :red[b] <i>"))
    \*a\* \:red\[b\] \<i\>
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text).replace("\n", " ")


def percent(probability: float | None) -> str:
    """
    >>> percent(0.316), percent(0.9996), percent(None)
    ('32 %', '>99 %', '–')
    """
    if probability is None:
        return "–"
    return ">99 %" if 0.995 <= probability < 1 else f"{probability:.0%}".replace("%", " %")


def level(probability: float | None) -> str:
    """`low`, `middle`, `high` or `unknown`."""
    if probability is None:
        return "unknown"
    return "low" if probability < LOW else "middle" if probability < MIDDLE else "high"


def when(time: datetime, zone: tzinfo = UTC) -> str:
    """
    >>> when(datetime(2024, 11, 3, 14, 5, tzinfo=UTC))
    '3 Nov 2024 14:05'
    """
    time = time.astimezone(zone)
    return f"{time.day} {time:%b %Y %H:%M}"


def short(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
