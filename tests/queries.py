"""Which statements something runs, how many rows they bring, and how the database goes about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

LARGE = (
    *("events", "streams", "session_list", "session_text", "session_label", "session_tally"),
    *("review_list", "step_list"),
)
"""Tables that grow with the log."""


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are run meanwhile, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(engine: Engine, statement: str, parameters: Any) -> str:
    """Lines of it; of PostgreSQL's, what it does where it would rather not read a whole table."""
    if statement.startswith("SET "):
        return ""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            return "\n".join(row[-1] for row in rows)
        connection.exec_driver_sql("SET enable_seqscan = off")
        if "@@" not in statement:  # a GIN index is read in no other way
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        rows = connection.exec_driver_sql("EXPLAIN " + statement, parameters)
        return "\n".join(row[0] for row in rows)


def reads_whole(plan: str) -> bool:
    """Whether any of our larger tables is read from end to end, or sorted."""
    tables = "|".join(LARGE)
    return bool(re.search(rf"SCAN ({tables})\b(?! USING)|Seq Scan on ({tables})", plan))


@contextmanager
def worked(engine: Engine) -> Iterator[list[int]]:
    """How many hundred instructions SQLite's machine runs meanwhile: the same for the same work, always."""
    found: list[int] = []

    def note(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: found.append(1), 100)

    event.listen(engine, "engine_connect", note)
    try:
        yield found
    finally:
        event.remove(engine, "engine_connect", note)
        with engine.connect() as connection:
            note_off: Any = connection.connection.driver_connection
            note_off.set_progress_handler(None, 100)
