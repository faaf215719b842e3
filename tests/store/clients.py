"""Clients of a log that write down what they do: writers with bad luck, and followers.

They run as threads, or as processes that are killed at any moment: a client that begins again reads its
own history, asks again for what was left open, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Final, Protocol, TypeVar

import orjson
import psycopg

from recorder.errors import DatabaseUnusable, EventConflict, EventNotStorable, VersionConflict
from recorder.events.event import Event, NewEvent, Recorded
from recorder.events.session import SlotSet, UserUttered
from recorder.store.database import End, Row, Writer
from recorder.store.following import follow
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog, open_log
from tests.store.histories import Outcome, parse
from tests.store.histories import Row as Seen

T = TypeVar("T")

SIZES: Final = (1, 1, 1, 1, 1, 5, 5, 5, 5, 100)
"""Events of an append: one of these."""
SHARED: Final = ("session/x", "session/y", "session/z")
"""Streams that everybody writes to."""


class Log(Protocol):
    """What a writer needs of a log; the logs with planted faults have no more."""

    def append(
        self, stream: str, events: Sequence[NewEvent | Event], *, expected_version: int | None = None
    ) -> list[Recorded]: ...

    def version(self, stream: str) -> int: ...


class Diary:
    """A client's history in a file; a line is out of the process before the next step is taken."""

    def __init__(self, file: Path) -> None:
        text = file.read_bytes() if file.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]  # who was killed may have left half a line
        self.history = parse(whole.splitlines())
        self.at = self.history.seen[-1].position if self.history.seen else 0
        """How far a follower is."""
        file.touch()
        self._file = file.open("r+b", buffering=0)
        self._file.truncate(len(whole))
        self._file.seek(len(whole))

    def note(self, *values: object) -> None:
        self._file.write(orjson.dumps(values) + b"\n")

    def close(self) -> None:
        self._file.close()


class Aborted(Exception):
    """A transaction that was given up when all was written."""


def unlucky(log: SqlLog, luck: Random) -> SqlLog:
    """The log, whose transactions now and then take long, or are rolled back at their end."""
    lucky = log.database.appending

    @contextmanager
    def appending() -> Iterator[Writer]:
        with lucky() as writer:
            yield writer
            if luck.random() < 0.1:
                time.sleep(luck.random() * 0.004)
            if luck.random() < 0.03:
                raise Aborted

    quick = log.database.extend

    def extend(before: End, after: End, rows: Sequence[Row]) -> bool:
        return luck.random() < 0.7 and quick(before, after, rows)

    log.database.appending = appending  # type: ignore[method-assign]
    log.database.extend = extend  # type: ignore[method-assign]
    return log


def write(log: Log, name: str, seed: int, quota: int, file: Path) -> None:
    """Append until `quota` events of one's own are acknowledged."""
    with closing(Diary(file)) as diary:
        _Scribe(log, name, Random(f"{seed} {name} {file.stat().st_size}"), diary).work(quota)


def watch(batches: Iterable[list[Recorded]], diary: Diary) -> None:
    """Write down what a follower is given."""
    with closing(diary):
        for rows in batches:
            diary.note("seen", [tuple(seen(row)) for row in rows])
            diary.at = rows[-1].position


def seen(row: Recorded) -> Seen:
    return Seen(row.position, row.stream, row.version, row.id, getattr(row.event, "text", ""))


class _Scribe:
    """One writer. What it does next is a matter of luck."""

    def __init__(self, log: Log, name: str, luck: Random, diary: Diary) -> None:
        self._log, self._name, self._luck, self._diary = log, name, luck, diary
        operations = diary.history.operations
        self._number = max(operations, default=-1) + 1
        self._done = [
            (each.stream, each.events, each.expected)
            for each in operations.values()
            if each.outcome == "acknowledged"
        ]
        self._ids = {identity for _, events, _ in self._done for identity, _ in events}
        self._open = [
            (each.stream, each.events, each.expected)
            for each in operations.values()
            if each.outcome == "unknown"
        ]

    def work(self, quota: int) -> None:
        while self._open or len(self._ids) < quota:
            if self._luck.random() < 0.1:
                time.sleep(self._luck.random() * 0.004)
            if self._open:  # may be written or not: asked for again, as it was
                self._append(*self._open.pop())
            else:
                self._step()

    def _step(self) -> None:
        chance = self._luck.random()
        stream = self._luck.choice((f"session/{self._name}", *SHARED))
        events = self._new(self._luck.choice(SIZES))
        if chance < 0.05 and self._done:  # the same once more
            self._append(*self._luck.choice(self._done))
        elif chance < 0.10 and self._done:  # an id of something else
            of, said, _ = self._luck.choice(self._done)
            self._append(of, [*events, (said[0][0], "something else")], None)
        elif chance < 0.15:  # nobody can write that
            self._append(stream, events, None, SlotSet("a", object()))
        elif chance < 0.35:  # right, if nobody is faster
            self._append(stream, events, patiently(lambda: self._log.version(stream)))
        elif chance < 0.40:
            self._append(stream, events, patiently(lambda: self._log.version(stream)) + 1)
        else:
            self._append(stream, events, None)

    def _new(self, count: int) -> list[tuple[str, str]]:
        names = (f"{self._name}.{self._number}.{number}" for number in range(count))
        return [(name, f"{self._luck.getrandbits(64):x}") for name in names]

    def _append(
        self, stream: str, events: list[tuple[str, str]], expected: int | None, bad: Event | None = None
    ) -> None:
        number, self._number = self._number, self._number + 1
        self._diary.note("invoked", number, time.monotonic_ns(), stream, events, expected)
        batch: list[NewEvent | Event] = [NewEvent(UserUttered(text), identity) for identity, text in events]
        outcome: Outcome = "failed"
        try:
            rows = self._log.append(stream, [*batch, bad] if bad else batch, expected_version=expected)
        except (VersionConflict, EventConflict, EventNotStorable, Aborted) as error:
            said: object = type(error).__name__
        except DatabaseUnusable as error:
            outcome, said = "unknown", str(error)
            self._open.append((stream, events, expected))
        else:
            outcome, said = "acknowledged", [(row.position, row.version) for row in rows]
            self._done.append((stream, events, expected))
            self._ids.update(identity for identity, _ in events)
        self._diary.note(outcome, number, time.monotonic_ns(), said)


# What a process runs.


def write_to(url: str, key: str, name: str, seed: int, quota: int, file: Path) -> None:
    log = _opened(url, key)
    write(unlucky(log, Random(f"{seed} {name} {file.exists()}")), name, seed, quota, file)
    log.database.close()


def watch_at(url: str, key: str, file: Path, end: Path) -> None:
    log = _opened(url, key)
    diary = Diary(file)
    watch(follow(log, diary.at, stop=lambda: is_over(diary, end), batch=100), diary)
    log.database.close()


def is_over(diary: Diary, end: Path) -> bool:
    """Whether all is seen; `end` is a file that holds the last position, once it is known."""
    return end.exists() and diary.at >= int(end.read_text())


def _opened(url: str, key: str) -> SqlLog:
    return patiently(lambda: open_log(url, keys=KeySource(value=key) if key else None))


def patiently(ask: Callable[[], T]) -> T:
    """Ask again while the server recovers."""
    while True:
        try:
            return ask()
        except (DatabaseUnusable, psycopg.OperationalError) as error:
            if not getattr(error, "passing", True):
                raise
            time.sleep(0.05)
