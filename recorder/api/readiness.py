"""Readiness: whether a process that starts now could work on this log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final

from recorder import logs
from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, KeyUnusable, RecorderError
from recorder.settings import Settings
from recorder.store.database import Database
from recorder.store.sql import open_log
from recorder.upkeep import condition

MAX_LAG: Final = 10_000
"""Events that a read model may be behind."""
MIN_ROOM: Final = 100_000_000
"""Bytes that are to be free where the database's file lies."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str = ""
    """In words of ours only: no URL, no name, nothing that a server said."""


@dataclass(frozen=True, slots=True)
class Found:
    ready: bool
    checks: list[Check]


class Readiness:
    """Asks anew each time, or once in a while for all who ask; logs only what changed."""

    def __init__(self, settings: Settings, *, max_lag: int = MAX_LAG, fresh: float = 0.0) -> None:
        """Args: fresh: seconds for which an answer is good."""
        self._settings, self._max_lag, self._fresh = settings, max_lag, fresh
        self._failed: list[str] = []
        self._found: Found | None = None
        self._asked = 0.0
        self._lock = Lock()

    def __call__(self) -> Found:
        with self._lock:
            if self._found is None or time.monotonic() - self._asked >= self._fresh:
                self._found = self._ask()
                self._asked = time.monotonic()
            return self._found

    def _ask(self) -> Found:
        found = checks(self._settings, max_lag=self._max_lag)
        failed = [check.name for check in found if not check.ok]
        if failed != self._failed:
            logs.warning("not_ready", checks=failed) if failed else logs.info("ready")
        self._failed = failed
        return Found(not failed, found)


def checks(settings: Settings, *, max_lag: int = MAX_LAG, min_room: int = MIN_ROOM) -> list[Check]:
    """All of them, in this order; those after one that failed are left out where they need it."""
    try:
        log = open_log(settings.database, keys=settings.keys)
    except Exception as error:  # whatever keeps it shut is the answer
        logs.info("not_open", error=error)
        return _unopened(error)
    opened = [Check("database", True), Check("schema", True), Check("key", True)]
    try:
        return [*opened, *_of_database(log.database, max_lag, min_room)]
    finally:
        log.database.close()


def _unopened(error: Exception) -> list[Check]:
    """What `open_log` raised, as checks: it looks at the database, its schema, its key, in this order."""
    passed = [Check("database", True), Check("schema", True)]
    match error:
        case DatabaseOutOfDate(found=found, expected=expected):
            return [passed[0], Check("schema", False, f"it is {found or 'empty'}, {expected} is needed")]
        case KeyUnusable():
            return [*passed, Check("key", False, "the master key is missing, or it is another one")]
        case DatabaseUnusable(reason=reason):
            return [Check("database", False, re.split(r": | /", reason)[0])]
    return [Check("database", False, "it cannot be used")]


def _of_database(database: Database, max_lag: int, min_room: int) -> Iterator[Check]:
    yield _tried("writable", lambda: condition.refusal(database))
    yield _tried("room", lambda: _short_of_room(database, min_room))
    yield _tried("read_models", lambda: _behind(database, max_lag))


def _tried(name: str, fault: Callable[[], str]) -> Check:
    """`fault` says in words what is wrong; empty: nothing."""
    try:
        found = fault()
    except RecorderError as error:
        logs.warning("check_failed", checks=[name], error=error)
        found = "it could not be asked"
    return Check(name, not found, found)


def _short_of_room(database: Database, least: int) -> str:
    room = condition.room(database)
    return f"{room} bytes are free, {least} are wanted" if room is not None and room < least else ""


def _behind(database: Database, most: int) -> str:
    head, models = condition.progress(database)
    behind = {name: head - position for name, position in models.items() if head - position > most}
    return ", ".join(f"{name} is {lag} events behind" for name, lag in behind.items())
