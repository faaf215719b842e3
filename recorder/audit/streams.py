"""Streams as they begin: their names, their keys, and whether what has no name was forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import orjson
from cryptography.exceptions import InvalidTag

from recorder.audit.evidence import Findings
from recorder.audit.rows import Stream
from recorder.errors import KeyUnusable
from recorder.events.event import can_be_forgotten
from recorder.store.chain import digest_of
from recorder.store.database import Row
from recorder.store.keys import MasterKey, unseal

FindKey = Callable[[str], MasterKey | None]

FORGETS = "session_forgotten"
"""Type of the event that says that streams were forgotten."""


class Streams:
    """Holds each stream against its first event."""

    def __init__(self, findings: Findings, find: FindKey | None, *, encrypted: bool) -> None:
        """Args:
        find: gives the master key of an id, None where there is none. None: keys are not looked into.
        encrypted: what the head says.
        """
        self.keys = 0
        """How many there are."""
        self._findings = findings
        self._find = find
        self._encrypted = encrypted
        self._nameless: set[int] = set()
        self._forgotten: set[int] = set()

    def begun(self, row: Row, stream: Stream) -> None:
        """Takes the first event of a stream."""
        self.keys += stream.wrapped is not None
        for what in (*_of_name(stream), *self._of_key(row, stream)):
            said = f"Stream {stream.number} {what}."
            self._findings.add("forgery", "key" if "key" in what else "stream", said, row[0], stream.number)
        if stream.name is None:
            self._nameless.add(stream.number)

    def forgotten(self, rows: Iterable[Row]) -> None:
        """Takes events that say that streams were forgotten."""
        for row in rows:
            self._forgotten.update(_numbers(row[9]))

    def close(self) -> None:
        """Says which streams lost their names without an event that says so."""
        for number in sorted(self._nameless - self._forgotten):
            what = f"Stream {number} has lost its name, and no event says that it was forgotten."
            self._findings.add("forgery", "stream", what, None, number)

    def _of_key(self, row: Row, stream: Stream) -> Iterator[str]:
        payload = row[9]
        if not isinstance(payload, bytes):
            return  # the chain has said so
        if stream.name is None:
            if stream.wrapped is not None:
                yield "is forgotten, but its key is there"
        elif stream.wrapped is None:
            is_plain = _is_json(payload)
            if not is_plain:
                yield "has lost its key"
            elif self._encrypted and isinstance(stream.name, str) and can_be_forgotten(stream.name):
                yield "has no key, though the log is encrypted"
        elif not self._encrypted:
            yield "has a key, though the log is not encrypted"
        elif self._find is not None:
            yield from _of_cipher(self._find, row, stream)


def _of_name(stream: Stream) -> Iterator[str]:
    if stream.name is None and stream.salt is None:
        return
    try:
        fits = digest_of(stream.salt, stream.name) == stream.digest  # type: ignore[arg-type]  # told below
    except (TypeError, AttributeError, UnicodeEncodeError):  # one of them is missing, or of another type
        fits = False
    if not fits:
        yield "was renamed: its name is not the one that it began with"


def _of_cipher(find: FindKey, row: Row, stream: Stream) -> Iterator[str]:
    master = find(str(stream.master))
    if master is None:
        yield f"has a key under master key {stream.master}, which is not the log's"
        return
    try:
        unseal(master.cipher(stream.wrapped, stream.digest), row[9], str(row[3]).encode())  # type: ignore[arg-type]
    except (KeyUnusable, TypeError, ValueError):
        yield "has a key that does not fit the master key"
    except InvalidTag:
        yield "has a key that does not open its first event"


def _is_json(payload: bytes) -> bool:
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        return False
    return True


def _numbers(payload: object) -> Iterator[int]:
    """All numbers of streams that the event names, whatever it calls them."""
    try:
        told = orjson.loads(payload)  # type: ignore[arg-type]  # what is no text is caught
    except (orjson.JSONDecodeError, TypeError):
        return
    for name, value in told.items() if isinstance(told, dict) else ():
        if name.startswith(("stream", "number")):
            values = value if isinstance(value, list) else [value]
            yield from (each for each in values if isinstance(each, int))
