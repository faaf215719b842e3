"""The schema of the log: SQLModel classes. Its SQL is made of them, and migrations are compared with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

REVISION: Final = "0008"
"""The schema that this program needs: the latest migration."""

# SQLite counts up only what is called INTEGER.
_Number: Final = BigInteger().with_variant(Integer, "sqlite")
# Elsewhere the order of texts depends on the language; ours is that of their characters.
NAME: Final = Text().with_variant(Text(collation="C"), "postgresql")
_Bytes: Final = LargeBinary


class StreamRow(SQLModel, table=True):
    """The dictionary of streams: events know theirs by number.

    `digest` is SHA-256 of salt and name: the stream's first event commits to it. Forgetting takes name
    and salt away, and then nothing tells whose stream it was (a trigger allows no other change).
    """

    __tablename__ = "streams"
    __table_args__: Any = (UniqueConstraint("name", name="streams_name"),)

    id: int = Field(primary_key=True, sa_type=_Number)
    """In the order in which they began."""
    name: str | None = Field(sa_type=NAME)
    salt: bytes | None = Field(sa_type=_Bytes)
    digest: bytes = Field(sa_type=_Bytes)


class StreamKeyRow(SQLModel, table=True):
    """The key of a stream that can be forgotten, wrapped under a master key. Deleted, the stream is."""

    __tablename__ = "stream_keys"

    stream: int = Field(primary_key=True, sa_type=_Number)
    master: str = Field(sa_type=Text)
    """Id of the master key."""
    wrapped: bytes = Field(sa_type=_Bytes)


class EventRow(SQLModel, table=True):
    """One event; rows are only ever added (migration 0003 has the triggers).

    Times are UTC with microseconds. `payload` is the JSON of the event's fields, encrypted where the
    stream has a key. `link` chains the row to all before it (`recorder.store.chain`).
    """

    __tablename__ = "events"
    __table_args__: Any = (
        UniqueConstraint("stream", "version", name="events_stream_version"),
        UniqueConstraint("id", name="events_id"),
    )

    position: int = Field(primary_key=True, sa_type=_Number, sa_column_kwargs={"autoincrement": False})
    stream: int = Field(sa_type=_Number)
    version: int
    id: str = Field(sa_type=NAME)
    type: str = Field(sa_type=Text)
    schema_: int = Field(sa_column=Column("schema", Integer, nullable=False))
    """Version of the type's shape; `recorder.events.codec` upcasts older ones."""
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True))
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    actor: str = Field(sa_type=Text)
    payload: bytes = Field(sa_type=_Bytes)
    link: bytes = Field(sa_type=_Bytes)


class HeadRow(SQLModel, table=True):
    """The end of the log, moved in the transaction that appends; one row, `id` 1."""

    __tablename__ = "log_head"

    id: int = Field(primary_key=True)
    encrypted: bool
    """Whether new streams of sessions and reviews get a key."""
    position: int = Field(sa_type=_Number)
    link: bytes = Field(sa_type=_Bytes)


def is_compared(_object: object, name: str | None, *_rest: object) -> bool:
    """Whether migrations and these classes are to agree on a table or an index.

    Those that words are found by are in migration 0005 alone: FTS5's tables, an index of an expression.
    """
    return not (name or "").startswith("search_")
