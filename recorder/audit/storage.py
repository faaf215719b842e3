"""What the database can say of itself: its pages, its triggers, and whether its tables fit one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from recorder.audit import triggers
from recorder.audit.evidence import Findings
from recorder.audit.stored_rows import StoredRows, Unreadable
from recorder.audit.walk import Walk

_FAULTS: Final = 20
"""So many faults of its pages SQLite is asked for."""
_HEAD: Final = """SELECT id, encrypted, h.position, h.link, e.link, (SELECT max(position) FROM events)
    FROM log_head h LEFT JOIN (SELECT position, link FROM events) e ON e.position = h.position"""
_TWICE: Final = "SELECT id, min(position) FROM events GROUP BY id HAVING count(*) > 1 LIMIT 20"
_UNUSED: Final = """SELECT id FROM streams WHERE NOT EXISTS
    (SELECT 1 FROM events WHERE stream = streams.id) ORDER BY id LIMIT 20"""
_STRAY: Final = """SELECT stream FROM stream_keys WHERE NOT EXISTS
    (SELECT 1 FROM streams WHERE id = stream_keys.stream) ORDER BY stream LIMIT 20"""


def check_pages(rows: StoredRows, findings: Findings) -> None:
    """SQLite looks through its whole file; a server with checksums looks at a page when it reads it."""
    if rows.database.dialect.name != "sqlite":
        return
    try:
        (faults,) = rows.ask((f"PRAGMA integrity_check({_FAULTS})", {}))
    except Unreadable as error:
        faults = [(str(error),)]
    for (fault,) in faults:
        if fault != "ok":
            findings.add("damage", "storage", f"SQLite finds the file damaged: {fault}.")


def check_tables(rows: StoredRows, findings: Findings) -> None:
    """Triggers, ids, streams and keys."""
    for check in (_triggers, _ids, _streams, _keys):
        _looked(check, rows, findings)


def check_head(rows: StoredRows, findings: Findings, walk: Walk) -> None:
    """The head against the last event, and against the end of the walk; others may have appended since."""

    def look(rows: StoredRows, findings: Findings) -> None:
        (heads,) = rows.ask((_HEAD, {}))
        if len(heads) != 1 or heads[0][0] != 1:
            findings.add("forgery", "head", f"The log has {len(heads)} heads where one is due, with id 1.")
        for _, _, position, link, linked, last in heads[:1]:
            last = last or 0
            if position > last:
                what = f"The head is at {position}, the last event at {last}: those between were removed."
                findings.add("forgery", "head", what, last + 1)
            elif position < last:
                what = f"The head is at {position}, the last event at {last}: those between were inserted."
                findings.add("forgery", "head", what, position + 1)
            if position and linked is not None and link != linked:
                findings.add("forgery", "head", "The head has not the link of the last event.", position)
            elif position == walk.position and link != walk.link:
                findings.add("forgery", "head", "The head does not follow from the events.", position)

    _looked(look, rows, findings)


def _triggers(rows: StoredRows, findings: Findings) -> None:
    for name in triggers.missing(rows):
        what = f"The trigger {name} keeps nothing from being changed: it is missing, off or another."
        findings.add("forgery", "trigger", what)


def _ids(rows: StoredRows, findings: Findings) -> None:
    for identity, position in rows.ask((_TWICE, {}))[0]:
        findings.add("forgery", "id", f"The id {identity} is there more than once.", position)


def _streams(rows: StoredRows, findings: Findings) -> None:
    for (number,) in rows.ask((_UNUSED, {}))[0]:
        findings.add("forgery", "stream", f"Stream {number} has no events.", None, number)


def _keys(rows: StoredRows, findings: Findings) -> None:
    for (number,) in rows.ask((_STRAY, {}))[0]:
        what = f"There is a key for stream {number}, which does not exist."
        findings.add("forgery", "key", what, None, number)


def _looked(check: Callable[[StoredRows, Findings], None], rows: StoredRows, findings: Findings) -> None:
    try:
        check(rows, findings)
    except Unreadable as error:
        findings.add("damage", "storage", f"The tables of the log cannot be read: {error}.")
