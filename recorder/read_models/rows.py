"""Rows of read models: put in the place of those that were there of the same sessions, and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, delete, insert, select

from recorder.read_models.model import Model
from recorder.store.statements import EVENTS, STREAMS

_AT_ONCE: Final = 500
_MANY: Final = 50
"""Rows from which COPY is faster than INSERT."""

T = TypeVar("T")
Row = Mapping[str, Any]


def replace(
    connection: Connection,
    model: Model,
    generation: int,
    sessions: Sequence[str],
    rows: Mapping[str, Sequence[Row]],
) -> None:
    """Args: rows: table -> rows, each with its `session`, without its generation."""
    for part in _parts(sessions):
        if model.add_up is not None:
            (table,) = model.tables
            chosen = frozenset(part)
            new = [row for row in rows.get(table.name, ()) if row["session"] in chosen]
            model.add_up(connection, generation, part, new)
        for table in model.tables:
            connection.execute(
                delete(table).where(table.c.generation == generation, table.c.session.in_(part))
            )
    for table in model.tables:
        _insert(connection, table, [{**row, "generation": generation} for row in rows.get(table.name, ())])


def began(connection: Connection, sessions: Sequence[str]) -> dict[str, int]:
    """Session -> position of its first event, of those that the log knows by name."""
    found: dict[str, int] = {}
    first = select(STREAMS.c.name, EVENTS.c.position).join(EVENTS, EVENTS.c.stream == STREAMS.c.id)
    for part in _parts(sessions):
        names = STREAMS.c.name.in_([f"session/{key}" for key in part])
        for name, position in connection.execute(first.where(EVENTS.c.version == 0, names)):
            found[name.split("/", 1)[1]] = position
    return found


def clear(connection: Connection, model: Model, generation: int) -> bool:
    """Delete some rows of a generation; returns whether it has none left."""
    for table in model.tables:
        of_it = select(table.c.session).where(table.c.generation == generation)
        some = connection.scalars(of_it.order_by(table.c.session).limit(_AT_ONCE)).all()
        if some:
            connection.execute(
                delete(table).where(table.c.generation == generation, table.c.session.in_(set(some)))
            )
            return False
    if model.sums is not None:
        connection.execute(delete(model.sums).where(model.sums.c.generation == generation))
    return True


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if len(rows) < _MANY or connection.dialect.name != "postgresql":
        if rows:
            connection.execute(insert(table), list(rows))
        return
    names = list(rows[0])
    driver: Any = connection.connection.driver_connection  # psycopg's, which need not be installed
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
