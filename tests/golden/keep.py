"""What was written by each released version, kept for ever; run as a command, it writes what is new.

    python -m tests.golden.keep            after a change of events or of the schema
    python -m tests.golden.keep VERSION    at a release: `next` becomes VERSION and is frozen

In a folder of a version: `rows.jsonl`, rows as the log has them (type, schema, payload), and `NNNN.sql`,
databases with such rows at that revision. `SHA256SUMS` holds what is frozen. `expected.txt` says which
events the rows are today: look at the difference before you commit it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from recorder.events.codec import EVENT_TYPES, decode, encode, schema_of
from recorder.events.event import (
    Event,
    JsonObject,
    NewEvent,
    declared,
    defaults,
    export_stream,
    review_stream,
    session_stream,
)
from recorder.events.review import Decision
from recorder.events.session import SessionEvent
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from recorder.store.tables import REVISION
from tests.golden.samples import samples
from tests.postgres import KEYS

FOLDER: Final = Path(__file__).parent
NEXT: Final = FOLDER / "next"
SUMS: Final = FOLDER / "SHA256SUMS"
EXPECTED: Final = FOLDER / "expected.txt"


@dataclass(frozen=True)
class Row:
    type: str
    schema: int
    payload: str
    """Canonical JSON."""

    def event(self) -> Event:
        return decode(self.type, self.payload, self.schema)


def rows(version: str = "*") -> list[Row]:
    """Those that a version wrote, or all."""
    files = sorted(FOLDER.glob(f"{version}/rows.jsonl"))
    return [_row(orjson.loads(line)) for file in files for line in file.read_bytes().splitlines()]


def _row(data: JsonObject) -> Row:
    payload = orjson.dumps(data["payload"], option=orjson.OPT_SORT_KEYS).decode()
    return Row(data["type"], data["schema"], payload)


def rows_of_today() -> list[Row]:
    """What this program writes."""
    events = (event for kind in EVENT_TYPES.values() for event in samples(kind))
    return [Row(event.type, schema_of(event.type), encode(event).decode()) for event in events]


def released() -> list[str]:
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir() and folder.name[0].isdigit())


def databases() -> dict[str, Path]:
    """Revision -> SQL that makes a database of it."""
    return {file.stem: file for file in sorted(FOLDER.glob("*/*.sql"))}


def restored(dump: Path, database: Path) -> Path:
    """A database made of a dump."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(dump.read_text())
    return database


def sums() -> dict[str, str]:
    """File of a released version -> digest."""
    lines = (line.split("  ", 1) for line in SUMS.read_text().splitlines())
    return {name: digest for digest, name in lines}


def sums_of_today() -> dict[str, str]:
    files = (file for version in released() for file in sorted((FOLDER / version).iterdir()))
    return {str(file.relative_to(FOLDER)): sha256(file.read_bytes()).hexdigest() for file in files}


def expected() -> str:
    return "".join(f"{row.type} {row.schema} {_shown(row.event())}\n" for row in rows())


def _shown(event: Event) -> str:
    usual = defaults(type(event))
    values = ((name, getattr(event, name)) for name in declared(type(event)))
    told = (f"{name}={value!r}" for name, value in values if name not in usual or value != usual[name])
    return f"{type(event).__name__}({', '.join(told)})"


def main(version: str = "") -> None:
    NEXT.mkdir(exist_ok=True)
    frozen = {row for each in released() for row in rows(each)}
    new = [row for row in dict.fromkeys(rows_of_today()) if row not in frozen]
    with (NEXT / "rows.jsonl").open("wb") as file:
        for row in new:
            data = {"type": row.type, "schema": row.schema, "payload": orjson.loads(row.payload)}
            file.write(orjson.dumps(data) + b"\n")
    for dump in NEXT.glob("*.sql"):
        dump.unlink()
    if REVISION not in databases():
        (NEXT / f"{REVISION}.sql").write_text("\n".join(_dump()) + "\n")
    if version:
        NEXT.rename(FOLDER / version)
        SUMS.write_text("".join(f"{digest}  {name}\n" for name, digest in sums_of_today().items()))
    EXPECTED.write_text(expected())


def _dump() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/recorder.db"
        upgrade(url, keys=KEYS)
        log = open_log(url, keys=KEYS)
        for number, (stream, event) in enumerate(_told()):
            log.append(stream, [NewEvent(event, f"e{number}") if number % 4 else event], actor="Zoë")
        log.database.close()
        with closing(sqlite3.connect(f"{folder}/recorder.db")) as connection:
            # What counted up in an older schema has left a table that no statement can make.
            yield from (line for line in connection.iterdump() if "sqlite_sequence" not in line)


def _told() -> Iterator[tuple[str, Event]]:
    for kind in EVENT_TYPES.values():
        for event in samples(kind):
            if isinstance(event, Decision):
                yield review_stream("visitor-1", "ana"), event
            elif isinstance(event, SessionEvent):
                yield session_stream("visitor-1"), event
            else:
                yield export_stream("e1"), event


if __name__ == "__main__":
    main(*sys.argv[1:])
