"""The schema: SQLModel classes. Migrations are compared with these; the log's SQL is compiled from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

REVISION: Final = "0002"
"""The schema that this program needs: the latest migration."""


class EventRow(SQLModel, table=True):
    """One event; rows are only ever added (migration 0001 has the triggers).

    Times are UTC with microseconds. `payload` is the JSON text of the event's fields.
    """

    __tablename__ = "events"
    __table_args__: Any = (
        UniqueConstraint("stream", "version", name="events_stream_version"),
        UniqueConstraint("id", name="events_id"),
        {"sqlite_autoincrement": True},
    )

    # SQLite counts up only what is called INTEGER.
    position: int = Field(primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    stream: str = Field(sa_type=Text)
    version: int
    id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True))
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    actor: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)


class SessionRow(SQLModel, table=True):
    """Read model: one session in a list (`recorder.review.summary.Summary`). `id` is the session's own."""

    __tablename__ = "session_list"

    id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text, index=True)
    origin: str = Field(sa_type=Text)
    started: datetime | None = Field(sa_type=DateTime)
    ended: datetime | None = Field(sa_type=DateTime, index=True)
    """UTC, without saying so."""
    messages: int = Field(index=True)
    questions: int
    episodes: int
    intent_confidence: float | None
    action_confidence: float | None
    confidence: float | None = Field(index=True)
    doubtful: str | None = Field(sa_type=Text)
    opening: str = Field(sa_type=Text)
    search_text: str = Field(sa_type=Text)
    """All that was said, case folded."""


class SessionLabelRow(SQLModel, table=True):
    """Read model: an intent or an action that occurs in a session."""

    __tablename__ = "session_label"

    kind: str = Field(primary_key=True, sa_type=Text)
    """`intent` or `action`."""
    name: str = Field(primary_key=True, sa_type=Text)
    session: str = Field(primary_key=True, sa_type=Text, index=True)


class ReviewRow(SQLModel, table=True):
    """Read model: how far one annotator is with one session (`recorder.review.summary.Progress`)."""

    __tablename__ = "review_list"

    annotator: str = Field(primary_key=True, sa_type=Text)
    session: str = Field(primary_key=True, sa_type=Text, index=True)
    status: str = Field(sa_type=Text)
    decided: int
    corrected: int
    flags: str = Field(sa_type=Text)
    """Separated by spaces."""
    notes: int


class CaughtUpRow(SQLModel, table=True):
    """How far the read models have followed the log, and which edition of the folds made them."""

    __tablename__ = "caught_up"

    model: str = Field(primary_key=True, sa_type=Text)
    edition: int
    position: int = Field(sa_type=BigInteger)
