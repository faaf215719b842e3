"""The log's SQL, compiled once from the tables for one kind of database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Integer,
    String,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Dialect

from recorder.store.tables import EventRow, HeadRow, StreamKeyRow, StreamRow

EVENTS: Final = EventRow.metadata.tables["events"]
STREAMS: Final = StreamRow.metadata.tables["streams"]
KEYS: Final = StreamKeyRow.metadata.tables["stream_keys"]
HEAD: Final = HeadRow.metadata.tables["log_head"]
COLUMNS: Final = tuple(column.name for column in EVENTS.columns)

_E, _S, _K = EVENTS.c, STREAMS.c, KEYS.c
_ZERO, _ONE = literal_column("0", Integer), literal_column("1", Integer)
_STREAM = (_S.id, _S.name, _S.digest, _K.master, _K.wrapped)
_moved = update(HEAD).values(position=bindparam("to"), link=bindparam("by"))
_WITH_KEYS = STREAMS.outerjoin(KEYS, _K.stream == _S.id)


_READ = [column for column in EVENTS.c if column is not _E.link]
"""Of an event as it is read; the chain is for who verifies."""


class Statements:
    """Parameters are named, except in `event`, which takes a row in the order of `COLUMNS`.

    A query for many takes a list as one parameter: `Statements.many` makes it.
    """

    def __init__(self, dialect: Dialect, row_dialect: Dialect) -> None:
        def sql(statement: ClauseElement) -> str:
            return str(statement.compile(dialect=dialect))

        self._is_sqlite = dialect.name == "sqlite"
        text = String() if self._is_sqlite else Text()
        version = func.coalesce(
            select(func.max(_E.version) + _ONE).where(_E.stream == _S.id).scalar_subquery(), _ZERO
        )
        named = _S.name == bindparam("name", type_=text)

        event = str(insert(EVENTS).compile(dialect=row_dialect))
        self.event = event if self._is_sqlite else event.replace("%s", "%b")  # psycopg's binary format
        self.stream = sql(insert(STREAMS))
        self.key = sql(insert(KEYS))
        end = HEAD.c.position == bindparam("from"), HEAD.c.link == bindparam("via")
        self.advance = str(_moved.where(*end).compile(dialect=row_dialect))
        """The head to a position and link, from a position and link; in this order, without names."""
        self.move = sql(_moved)

        self.head = sql(select(HEAD.c.encrypted, HEAD.c.position, HEAD.c.link))
        self.last_stream = sql(select(func.coalesce(func.max(_S.id), _ZERO)))
        self.masters = sql(select(_K.master).distinct())
        self.newest_master = sql(
            select(_K.master).where(_K.stream == select(func.max(_K.stream)).scalar_subquery())
        )
        """That of the stream that began last: what a rotation has reached, for all who begin one."""
        self.place = sql(select(*_STREAM, version).select_from(_WITH_KEYS).where(named))
        """Number, name, digest, master, wrapped, version of a stream."""
        self.version = sql(select(version).select_from(STREAMS).where(named))
        self.named = sql(select(*_STREAM).select_from(_WITH_KEYS).where(self._among(_S.name, text)))
        self.numbered = sql(select(*_STREAM).select_from(_WITH_KEYS).where(self._among(_S.id, BigInteger())))
        """Number, name, digest, master, wrapped of streams."""
        self.versions = sql(select(_S.id, version).where(self._among(_S.id, BigInteger())))
        """Number and version of streams."""
        salted = (_S.id, _S.name, _S.salt, _S.digest, _K.master, _K.wrapped)
        self.salted = sql(select(*salted).select_from(_WITH_KEYS).where(self._among(_S.id, BigInteger())))
        """Number, name, salt, digest, master, wrapped of streams."""
        self.by_id = sql(select(EVENTS).where(self._among(_E.id, text)))
        self.of_stream = sql(
            select(*_READ)
            .where(
                _E.stream == select(_S.id).where(named).scalar_subquery(),
                _E.version > bindparam("after", type_=Integer()),
            )
            .order_by(_E.version)
        )
        of_streams = (
            select(*_READ).where(self._among(_E.stream, BigInteger())).order_by(_E.stream, _E.version)
        )
        self.of_streams = sql(of_streams)
        self.of_streams_and_types = sql(of_streams.where(self._among(_E.type, text, "types")))
        self.all = sql(
            select(EVENTS)
            .where(_E.position > bindparam("after", type_=BigInteger()))
            .order_by(_E.position)
            .limit(bindparam("limit", type_=Integer()))
            .offset(_ZERO)  # else SQLite's dialect adds one as a parameter
        )
        at = self._among(_E.position, BigInteger())
        self.streams_at = sql(select(_E.position, _S.name).join(STREAMS, _S.id == _E.stream).where(at))
        self.streams = sql(
            select(_S.name)
            .where(_S.name >= bindparam("first", type_=text), _S.name < bindparam("last", type_=text))
            .order_by(_S.id)
        )

    def _among(self, column: ColumnElement[Any], kind: Any, name: str = "among") -> ColumnElement[bool]:
        if self._is_sqlite:
            each = func.json_each(bindparam(name, type_=String())).table_valued("value")
            return column.in_(select(each.c.value))
        return column == func.any(bindparam(name, type_=ARRAY(kind)))

    def many(self, sql: str, among: list[Any], **others: list[Any]) -> tuple[str, dict[str, Any]]:
        """One of the queries for many, with whom it is about."""
        lists = {"among": among, **others}
        if self._is_sqlite:
            return sql, {name: orjson.dumps(each).decode() for name, each in lists.items()}
        return sql, lists


@lru_cache(maxsize=4)
def statements(dialect: Dialect, row_dialect: Dialect) -> Statements:
    return Statements(dialect, row_dialect)
