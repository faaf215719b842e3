"""Rows of the events table as the log returns them: opened when they are asked, not before.

Whoever folds over a session passes by what does not concern the fold at next to no cost.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.errors import DatabaseUnusable
from recorder.events.bookkeeping import Erased
from recorder.events.codec import decode
from recorder.events.event import Event, Recorded, forgotten_stream
from recorder.store.database import DAMAGED, Row
from recorder.store.keys import NONCE


class _Log(Protocol):
    def cipher(self, number: int, digest: bytes, master: str | None, wrapped: bytes | None) -> AESGCM | None:
        """What opens a stream's payloads; raises KeyUnusable."""
        ...

    def time(self, stored: Any) -> datetime: ...


class Opened:
    """A stream whose rows are read."""

    __slots__ = ("_cipher", "_is_open", "_key", "_log", "is_forgotten", "name")

    def __init__(self, log: _Log, number: int, name: str | None, *key: Any) -> None:
        self._log = log
        self._key = (number, *key)
        self._cipher: AESGCM | None = None
        self._is_open = False
        self.is_forgotten = name is None
        self.name = forgotten_stream(number) if name is None else name

    @classmethod
    def of(cls, log: _Log, row: Row) -> Opened:
        """Args: row: number, name, digest, master, wrapped."""
        return cls(log, *row)

    def event(self, row: Row) -> Event:
        """Raises DatabaseUnusable, KeyUnusable."""
        kind = row[4]
        if self.is_forgotten:
            return Erased(kind)
        if not self._is_open:
            self._cipher, self._is_open = self._log.cipher(*self._key), True
        cipher, payload = self._cipher, row[9]
        try:
            if cipher is not None:  # as `keys.unseal` does, without a call for each event
                payload = cipher.decrypt(payload[:NONCE], payload[NONCE:], row[3].encode())
            return decode(kind, payload, row[5])
        except (ValueError, TypeError, InvalidTag) as error:  # nothing else changes what was written
            raise damaged(row) from error

    def time(self, row: Row, column: int) -> datetime:
        """Raises DatabaseUnusable."""
        try:
            return self._log.time(row[column])
        except (ValueError, TypeError) as error:
            raise damaged(row) from error


def damaged(row: Row) -> DatabaseUnusable:
    return DatabaseUnusable(f"event {row[0]} of the log", *DAMAGED)


def _column(place: int) -> Any:
    return property(lambda record: record._row[place])


class StoredRecord(Recorded):
    """An event as the log has it, over its row."""

    __slots__ = ("_of", "_row")

    def __init__(self, of: Opened, row: Row) -> None:
        self._event = None
        self._of = of
        self._row = row

    @property
    def event(self) -> Event:
        if self._event is None:
            self._event = self._of.event(self._row)
        return self._event  # type: ignore[return-value]  # what was just opened

    @property
    def stream(self) -> str:  # type: ignore[override]  # nobody sets it
        return self._of.name

    @property
    def occurred_at(self) -> datetime:  # type: ignore[override]
        return self._of.time(self._row, 6)

    @property
    def recorded_at(self) -> datetime:  # type: ignore[override]
        return self._of.time(self._row, 7)

    position = _column(0)
    version = _column(2)
    id = _column(3)
    type = _column(4)
    actor = _column(8)


@contextmanager
def paused_collection() -> Iterator[None]:
    """While many rows are made or become records nothing is freed, and looking for it takes longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
