"""The lists that pages show: they follow the log while somebody looks; what takes long, in the background."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Final

from recorder import logs
from recorder.errors import RecorderError
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.replica import Lists
from recorder.read_models.session_list import SessionList
from recorder.store.log import EventLog

_BIT: Final = 0.5
"""Seconds of work in the background without a rest."""
_REST: Final = 0.05
"""Seconds in between, in which somebody who waits has their turn."""


class Listing:
    """One for all pages; any thread may use it."""

    def __init__(self, log: EventLog, models: ReadModels, lists: Lists) -> None:
        self._log = log
        self._models = models
        self._lists = lists
        self._lock = Lock()
        self._worker: Thread | None = None
        self._reached = 0
        self.behind = 0
        """Events that they did not tell of when somebody looked last."""

    def glance(self) -> SessionList:
        """The lists as they are, after a little work on them. What is left is done by a thread of its own."""
        started = time.monotonic()
        head = self._log.position()
        reached, is_all = self._models.glance()
        self._note(reached, started)
        self.behind = max(0, head - reached)
        if not is_all:
            self._go_on()
        return self._lists.at_least(reached)

    def unmoved(self) -> SessionList:
        """The lists as they are, for what need not be the latest."""
        return self._lists.at_least(0)

    def _go_on(self) -> None:
        with self._lock:
            if self._worker is None or not self._worker.is_alive():
                self._worker = Thread(target=self._work, name="lists", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        """Bit by bit: in between, whoever looks has the lists follow what was written just now."""
        is_all = False
        with suppress(RecorderError):  # whoever looks next is told, or finds it mended
            while not is_all:
                started = time.monotonic()
                reached, is_all = self._models.go_on(_BIT)
                self._note(reached, started)
                time.sleep(_REST)

    def _note(self, reached: int, started: float) -> None:
        before, self._reached = self._reached, max(self._reached, reached)
        if reached > before > 0:
            took = time.monotonic() - started
            logs.info("caught_up", model="sessions", from_position=before, to_position=reached, seconds=took)
