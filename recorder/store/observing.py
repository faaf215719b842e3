"""What a log tells whoever watches over it: one report for each transaction, without what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """One transaction of those who append."""

    appends: int
    """How many were in it."""
    events: int
    """How many events it wrote."""
    seconds: float
    """From the wait for the lock to the commit."""
    lost: int
    """How often the connection was lost on the way, and the transaction done again."""
    refused: list[BaseException]
    """Why appends in it were refused; the others were written all the same."""
    error: BaseException | None
    """Why nothing was written; None: it was committed."""


Observer = Callable[[Written], None]
"""Called by whoever wrote, in its thread, before it goes on: it must be quick. What it raises is lost."""
