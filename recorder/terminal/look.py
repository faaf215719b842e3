"""How what the trainer sees is shown: coloured or plain, how wide, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

Paint: TypeAlias = Callable[[str, str], str]
"""A role (`action`, `message`, `value`, `warning`) and a text -> the text, coloured perhaps."""


def plain(role: str, text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Look:
    """How it is shown."""

    paint: Paint = plain
    width: int = 0
    """Columns of the terminal; 0: there is none, so that lines may have any length."""
    sort: bool = False
    """Lists begin with the likeliest; the numbers stay those of the domain."""


AS_TEXT: Final = Look()
