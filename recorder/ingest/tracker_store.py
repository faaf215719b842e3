"""Sessions in SQLite: Rasa X's database, Rasa's SQL tracker store, Rasa's SQL event broker.

The database is opened for reading only and never changed: not even by SQLite, which would otherwise
write files of its own beside one that was copied in WAL mode.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recorder.errors import NotationError, SourceUnreadable
from recorder.events.event import JsonObject
from recorder.formats.json_text import parse
from recorder.ingest.delivery import Part, Recording, Skipped

MAGIC: Final = b"SQLite format 3\0"
LOCK_TIMEOUT: Final = 2.0
"""Seconds to wait for another program that holds the database."""
_FAILURES: Final = (sqlite3.Error, UnicodeDecodeError)
"""Of a damaged database even the names of its columns may be no text."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a kind of store keeps its events."""

    source: str
    table: str
    columns: frozenset[str]
    """Those by which it is known."""
    places: str
    """Query of (row id, session), in the order of the rows."""
    row: str
    """Query of (event, flag) of a row id."""
    redelivers: bool = False


SCHEMAS: Final = (
    Schema(
        "rasa-x",
        "conversation_event",
        frozenset({"id", "conversation_id", "data", "is_flagged"}),
        "SELECT rowid, conversation_id FROM conversation_event ORDER BY id",
        "SELECT data, is_flagged FROM conversation_event WHERE rowid = ?",
    ),
    Schema(
        "rasa-sql",
        "events",
        frozenset({"id", "sender_id", "type_name", "data"}),
        "SELECT rowid, sender_id FROM events ORDER BY id",
        "SELECT data, 0 FROM events WHERE rowid = ?",
    ),
    Schema(
        "broker",
        "events",
        frozenset({"id", "sender_id", "data"}),
        "SELECT rowid, sender_id FROM events ORDER BY id",
        "SELECT data, 0 FROM events WHERE rowid = ?",
        redelivers=True,
    ),
)


class TrackerStore:
    """A `Source` in SQLite."""

    def __init__(self, file: str, path: Path) -> None:
        """Learn what is where; raises SourceUnreadable where there is no session at all."""
        self.file = file
        self.skipped: list[Skipped] = []
        self._path = path
        self._rows: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        try:
            with _opened(path) as database:
                self._schema = _schema(file, database)
                for row, session in database.execute(self._schema.places):
                    self._learn(row, session)
        except _FAILURES as error:
            raise SourceUnreadable(file, _reason(error)) from None
        if not self._rows:
            raise SourceUnreadable(file, "a Rasa store in which nothing happened")

    def sessions(self) -> Iterable[str]:
        return list(self._rows)

    def read(self, session: str) -> list[Part]:
        recording = Recording(self.file, session, self._schema.source, redelivers=self._schema.redelivers)
        try:
            with _opened(self._path) as database:
                flagged = self._read_rows(database, session, recording)
                recording.part.review.update(_review(database, session, flagged))
        except _FAILURES as error:
            recording.skip(None, _reason(error))
        return [recording.part]

    def _learn(self, row: int, session: object) -> None:
        if session in (None, b""):
            self.skipped.append(Skipped(self.file, row, "no sender says whose it is"))
        else:
            self._rows[_text(session)].append(row)

    def _read_rows(self, database: sqlite3.Connection, session: str, recording: Recording) -> list[str]:
        """Add the session's rows; returns the ids of the events that carry a flag."""
        flagged = []
        for row in self._rows[session]:
            data, flag = database.execute(self._schema.row, (row,)).fetchone() or (None, 0)
            event_id = _add(recording, row, data)
            if flag and event_id:
                flagged.append(event_id)
        return flagged


def is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _add(recording: Recording, row: int, data: object) -> str | None:
    if not isinstance(data, bytes):
        recording.skip(row, "the row holds no event")
        return None
    try:
        return recording.add(parse(data), row)
    except NotationError as error:
        recording.skip(row, str(error))
        return None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, for reading only; texts come as bytes, because not all of them are UTF-8.

    A database in WAL mode without its log beside it is complete and in nobody's hands: it is opened as
    immutable, since SQLite would otherwise want to create files beside it, even for reading.
    """
    with path.open("rb") as file:
        is_wal = file.read(20)[18:19] == b"\2"
    log = Path(f"{path}-wal")
    at_rest = is_wal and not (log.exists() and log.stat().st_size)
    uri = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if at_rest else ''}"
    with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_TIMEOUT)) as database:
        database.text_factory = bytes
        yield database


def _schema(file: str, database: sqlite3.Connection) -> Schema:
    for schema in SCHEMAS:
        if schema.columns <= _columns(database, schema.table):
            return schema
    if {"stream", "position"} <= _columns(database, "events"):
        raise SourceUnreadable(file, "a log of this program, not a store of Rasa's")
    raise SourceUnreadable(
        file, "no store of Rasa's: it has neither `conversation_event` nor a fitting `events`"
    )


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {_text(name) for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def _review(database: sqlite3.Connection, session: str, flagged: list[str]) -> JsonObject:
    """What people noted in Rasa X; empty where they noted nothing."""
    noted: JsonObject = {"flagged": flagged}
    if "review_status" in _columns(database, "conversation"):
        rows = _texts(database, "SELECT review_status FROM conversation WHERE sender_id = ?", session)
        noted["review_status"] = next((status for status in rows if status != "unread"), None)
    if _columns(database, "conversation_tag") and _columns(database, "conversation_to_tag_mapping"):
        noted["tags"] = _texts(
            database,
            "SELECT value FROM conversation_tag JOIN conversation_to_tag_mapping ON tag_id = id"
            " WHERE conversation_id = ? ORDER BY value",
            session,
        )
    return {key: value for key, value in noted.items() if value}


def _texts(database: sqlite3.Connection, query: str, session: str) -> list[str]:
    return [_text(value) for (value,) in database.execute(query, (session,)) if value is not None]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _reason(error: Exception) -> str:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "locked by another program; try again when that is done"
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN:
        return "cannot be opened here; copy it, with its -wal file, to a folder that can be written to"
    return f"damaged, or not to be read: {error}"
