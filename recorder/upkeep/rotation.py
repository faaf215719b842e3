"""Rotation: the keys of all streams are wrapped under another master key; no event is touched.

What a source of keys holds says how far a rotation is: two keys, and it has begun; one, and it is done.
So it can be interrupted at any point and goes on when it is asked for again. The newest stream comes
first, since new streams take the master key of that one: from then on nobody uses the old one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from recorder.errors import KeyUnusable, NotRotatable
from recorder.store.database import translated
from recorder.store.key_source import KeySource
from recorder.store.keys import KeyRing, MasterKey, new_key
from recorder.store.sql import SqlLog
from recorder.store.statements import KEYS, STREAMS

BATCH: Final = 500
"""Keys in one transaction."""

Progress = Callable[[int], None]
"""Told how many keys are done."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where the keys are."""

    source: str
    at_hand: tuple[str, ...]
    """Ids of the master keys in the source; the first is where a rotation goes."""
    in_use: dict[str, int]
    """Id of a master key -> how many streams' keys are wrapped under it."""

    @property
    def is_rotating(self) -> bool:
        return len(self.in_use) > 1 or len(self.at_hand) > 1


def status(log: SqlLog, source: KeySource) -> Status:
    """Raises KeyUnusable."""
    with translated(log.database.name), log.engine.connect() as connection:
        counts = select(KEYS.c.master, func.count()).group_by(KEYS.c.master).order_by(KEYS.c.master)
        in_use = {row[0]: row[1] for row in connection.execute(counts)}
    at_hand = tuple(key.id for key in source.read()) if log.keys else ()
    return Status(source.described if log.keys else "", at_hand, in_use)


def rotate(log: SqlLog, source: KeySource, *, progress: Progress = lambda done: None) -> tuple[str, int]:
    """Go to a new master key, or on to the first of several; returns its id, and how many keys it took.

    A file gets a new key and loses the old ones at the end. Of a variable or a command the operator
    has to see to that, before and after.

    Raises:
        NotRotatable: the log is not encrypted; a variable or a command holds one key only.
        KeyUnusable: a key file cannot be written; a stream's key cannot be opened.
    """
    if log.keys is None:
        raise NotRotatable("This log is not encrypted: there is no master key to change.")
    with log.database.changing():  # one at a time
        target = _begun(source)
    log.keys.look_again()
    done = 0
    while True:
        with log.database.changing() as connection:
            rewrapped = _rewrap(connection, log.keys, target)
            if not rewrapped:
                if source.is_file:
                    source.replace([target])
                return target.id, done
        done += rewrapped
        progress(done)


def _begun(source: KeySource) -> MasterKey:
    """The key to go to: the first of several, or else a new one that is written before the old one."""
    keys = source.read()
    if len(keys) > 1:
        return keys[0]
    if not source.is_file:
        raise NotRotatable(
            f"A rotation needs two keys, and {source.described} holds one. Make another "
            "(openssl rand -base64 32) and let every process have both, the new one first, separated by "
            "a space or a line. Then run this again, and take the old one away afterwards."
        )
    target = MasterKey(new_key())
    source.replace([target, *keys])
    return target


def _rewrap(connection: Connection, ring: KeyRing, target: MasterKey) -> int:
    """The next keys, from the newest stream on; returns how many they were."""
    columns = (KEYS.c.stream, KEYS.c.master, KEYS.c.wrapped, STREAMS.c.digest)
    others = select(*columns).join(STREAMS, STREAMS.c.id == KEYS.c.stream).where(KEYS.c.master != target.id)
    rows = connection.execute(others.order_by(KEYS.c.stream.desc()).limit(BATCH)).all()
    if rows:
        change = update(KEYS).where(KEYS.c.stream == bindparam("number"))
        change = change.values(master=bindparam("to"), wrapped=bindparam("under"))
        connection.execute(change, [_moved(ring, target, *row) for row in rows])
    return len(rows)


def _moved(
    ring: KeyRing, target: MasterKey, stream: int, master: str, wrapped: bytes, digest: bytes
) -> dict[str, Any]:
    old = ring.find(master)
    if old is None:
        raise KeyUnusable(f"stream {stream} needs master key {master}", "Name it as well.")
    return {"number": stream, "to": target.id, "under": target.wrap(old.unwrap(wrapped, digest), digest)}
