"""Commands that run until they are told to stop, and then end what they are at."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

STOPPED: Final = 128 + signal.SIGTERM
"""Exit code of a command that was stopped before its end, as a shell would tell it."""


def at_once() -> None:
    """From now on SIGTERM ends the process as an exception does: what is open is closed, or undone."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(STOPPED)

    signal.signal(signal.SIGTERM, leave)


@contextmanager
def until_told() -> Iterator[Event]:
    """Set by the first SIGTERM or Ctrl-C; the second does what it always does."""
    told = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def tell(number: int, frame: FrameType | None) -> None:
        told.set()
        restore()

    for number in before:
        signal.signal(number, tell)
    try:
        yield told
    finally:
        restore()
