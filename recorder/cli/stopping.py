"""SIGTERM: whoever stops a process gets what it is in the middle of finished, and no traceback."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

STOPPED: Final = 128 + signal.SIGTERM
"""Exit code of a command that was stopped before its end, as a shell would tell it."""


def at_once() -> None:
    """From now on SIGTERM ends the process as an exception does: what is open is closed, or undone."""
    signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(STOPPED)


@contextmanager
def between_steps() -> Iterator[Callable[[], bool]]:
    """Within it SIGTERM ends nothing: the function given says whether it has come. A second one ends it."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGTERM, _exit)

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)


def wait() -> None:
    """Until SIGTERM or Ctrl-C."""
    asked = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, frame: asked.set())
    asked.wait()
