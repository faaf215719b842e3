"""The schema: SQLModel classes. Migrations are compared with these; the log's SQL is compiled from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

REVISION: Final = "0008"
"""The schema that this program needs: the latest migration."""

# SQLite counts up only what is called INTEGER.
_Number: Final = BigInteger().with_variant(Integer, "sqlite")
# Elsewhere the order of texts depends on the language; ours is that of their characters.
_Name: Final = Text().with_variant(Text(collation="C"), "postgresql")
_Bytes: Final = LargeBinary


def _where(condition: str) -> dict[str, Any]:
    """For an index of those rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class StreamRow(SQLModel, table=True):
    """The dictionary of streams: events know theirs by number.

    `digest` is SHA-256 of salt and name: the stream's first event commits to it. Forgetting takes name
    and salt away, and then nothing tells whose stream it was (a trigger allows no other change).
    """

    __tablename__ = "streams"
    __table_args__: Any = (UniqueConstraint("name", name="streams_name"),)

    id: int = Field(primary_key=True, sa_type=_Number)
    """In the order in which they began."""
    name: str | None = Field(sa_type=_Name)
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
    id: str = Field(sa_type=_Name)
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


class CaughtUpRow(SQLModel, table=True):
    """One generation of a read model: which edition of its fold made it, and how far it has followed the log.

    All read models are laid out alike: each row belongs to a generation and, but for sums, to a session
    by what its stream is called after `session/` (`recorder.read_models.generations`).
    """

    __tablename__ = "caught_up"

    model: str = Field(primary_key=True, sa_type=_Name)
    generation: int = Field(primary_key=True)
    edition: int
    position: int = Field(sa_type=BigInteger)
    """Every session that has no event after it is in the rows."""
    state: str = Field(sa_type=Text)
    """`building`, `built`, `serving`, `leaving`."""
    built: int = Field(sa_type=BigInteger)
    """While it is building: number of the last stream that was looked at."""
    holder: str = Field(sa_type=Text)
    """Who works at it, or was the last to."""
    held_until: float
    """Seconds since 1970, when others may take over; afterwards, when somebody last worked at it."""


class SessionRow(SQLModel, table=True):
    """Read model: one session in a list (`recorder.review.summary.Summary`).

    The list is sorted by one of the `by_…`, ascending, then by session; what is unknown comes last.
    """

    __tablename__ = "session_list"
    __table_args__: Any = (
        Index("session_list_source", "generation", "source", "session"),
        Index("session_list_by_doubt", "generation", "by_doubt", "session"),
        Index("session_list_by_newest", "generation", "by_newest", "session"),
        Index("session_list_by_oldest", "generation", "by_oldest", "session"),
        Index("session_list_by_length", "generation", "by_length", "session"),
    )

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    source: str = Field(sa_type=_Name)
    origin: str = Field(sa_type=Text)
    started: datetime | None = Field(sa_type=DateTime)
    ended: datetime | None = Field(sa_type=DateTime)
    """UTC, without saying so."""
    messages: int
    questions: int
    episodes: int
    intent_confidence: float | None
    action_confidence: float | None
    confidence: float | None
    doubtful: str | None = Field(sa_type=Text)
    opening: str = Field(sa_type=Text)
    by_doubt: float
    by_newest: float
    by_oldest: float
    by_length: int


class SessionLabelRow(SQLModel, table=True):
    """Read model: an intent or an action that occurs in a session."""

    __tablename__ = "session_label"
    __table_args__: Any = (Index("session_label_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=_Name)
    """`intent` or `action`."""
    name: str = Field(primary_key=True, sa_type=_Name)
    session: str = Field(primary_key=True, sa_type=_Name)


class ReviewRow(SQLModel, table=True):
    """Read model: how far one annotator is with one session (`recorder.review.summary.Progress`)."""

    __tablename__ = "review_list"
    __table_args__: Any = (
        Index("review_list_session", "generation", "session"),
        Index("review_list_quick", "generation", "quick", "annotator", "session", **_where("quick > 0")),
    )

    generation: int = Field(primary_key=True)
    annotator: str = Field(primary_key=True, sa_type=_Name)
    session: str = Field(primary_key=True, sa_type=_Name)
    status: str = Field(sa_type=_Name)
    decided: int
    corrected: int
    flags: str = Field(sa_type=Text)
    """Separated by spaces."""
    notes: int
    quick: int | None
    """Decisions in runs of quick assent (`recorder.review.screening`)."""
    quick_otherwise: int | None
    """Steps among them of which the verdict says otherwise."""


class SessionTextRow(SQLModel, table=True):
    """Read model: all that was said in a session, and its words, to be searched.

    What finds them is laid out differently on each kind of database: see `is_compared`.
    """

    __tablename__ = "session_text"

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    text: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    """Separated by spaces (`recorder.review.wording.words`); between lines stands a sign that is none."""


class MessageRow(SQLModel, table=True):
    """Read model: what a user said once, and what it was taken for.

    The list is sorted by `by_doubt`, ascending, then by session and number.
    """

    __tablename__ = "message_list"
    __table_args__: Any = (
        Index("message_list_by_doubt", "generation", "by_doubt", "session", "number"),
        Index("message_list_intent", "generation", "intent", "by_doubt", "session", "number"),
        Index("message_list_alike", "generation", "alike", "by_doubt", "session", "number"),
    )

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    number: int = Field(primary_key=True)
    """Place among the messages of the session that have words, from 0."""
    step: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    """Its beginning."""
    alike: str = Field(sa_type=_Name)
    """The same for messages of the same words."""
    intent: str | None = Field(sa_type=_Name)
    confidence: float | None
    ranked: str = Field(sa_type=Text)
    """JSON: the most likely intents with their probabilities, the first ones only."""
    by_doubt: float


class MessageAnswerRow(SQLModel, table=True):
    """Read model: an annotator has said what a message meant, or is done with its session."""

    __tablename__ = "message_answer"
    __table_args__: Any = (Index("message_answer_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    annotator: str = Field(primary_key=True, sa_type=_Name)
    session: str = Field(primary_key=True, sa_type=_Name)
    number: int = Field(primary_key=True)


class StepRow(SQLModel, table=True):
    """Read model: one step of a session, and what the submitted reviews say of it."""

    __tablename__ = "step_list"
    __table_args__: Any = (
        Index("step_list_status", "generation", "status", "share", "session", "number"),
        Index(
            "step_list_task", "generation", "task", "share", "session", "number", **_where("task IS NOT NULL")
        ),
        Index("step_list_shared", "generation", "session", "number", **_where("pairs > 0")),
    )

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    number: int = Field(primary_key=True)
    """Place among the session's steps, from 0."""
    step: str = Field(sa_type=Text)
    question: int
    """Place of its question among the session's, from 0."""
    kind: str = Field(sa_type=Text)
    """`understanding` or `action`."""
    predicted: str | None = Field(sa_type=Text)
    """What the recording model held most likely."""
    chosen: str | None = Field(sa_type=Text)
    """What was done."""
    confidence: float | None
    status: str = Field(sa_type=_Name)
    """The verdict's."""
    label: str | None = Field(sa_type=Text)
    """What the verdict says is right."""
    votes: int
    """How many annotators said what is right, or that they cannot tell."""
    share: float | None
    """Of the votes, for the label that has most; None: there is no vote; 0: votes that name nothing."""
    pairs: int
    """Pairs of annotators who both voted."""
    agreeing: int
    """Those of the pairs who said the same."""
    labels: str = Field(sa_type=Text)
    """JSON: label -> votes for it."""
    task: str | None = Field(sa_type=_Name)
    """What an adjudicator has to do with it (`recorder.review.verdicts.Task`)."""
    given: str | None = Field(sa_type=Text)
    """JSON: annotator -> `label` that was given, and `entities` where there are any: start, end, name, role,
    group."""


class SessionSignalRow(SQLModel, table=True):
    """Read model: what makes a session worth a look (`recorder.review.sampling`)."""

    __tablename__ = "session_signal"

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    began: int = Field(sa_type=BigInteger)
    """Position in the log of its first event."""
    unsure: int
    """Steps in which the first two choices were close."""
    not_understood: int
    """Messages."""
    disputed: int
    adjudicated: int
    """Steps by verdict."""
    ending: str = Field(sa_type=_Name)
    """Its last action, waiting aside."""
    is_right: int
    """1: the reviews say that all of it is right as it was recorded; else 0."""


class SessionPathRow(SQLModel, table=True):
    """Read model: which way a session went (`recorder.review.sampling.paths`)."""

    __tablename__ = "session_path"
    __table_args__: Any = (Index("session_path_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=_Name)
    """`end`: an episode ended there; `known`: the reviews say that it is right up to there."""
    path: str = Field(primary_key=True, sa_type=_Name)
    session: str = Field(primary_key=True, sa_type=_Name)


class TallyRow(SQLModel, table=True):
    """Read model: what one session adds to the counters."""

    __tablename__ = "session_tally"

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=_Name)
    counts: str = Field(sa_type=Text)
    """JSON: name -> about -> number."""


class CounterRow(SQLModel, table=True):
    """Read model: sums over all sessions; those that are zero are not there."""

    __tablename__ = "counter"

    generation: int = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=_Name)
    about: str = Field(primary_key=True, sa_type=_Name)
    """An annotator, an intent, an action, a source, a kind of step, a status; else empty."""
    value: int = Field(sa_type=BigInteger)


def is_compared(_object: object, name: str | None, *_rest: object) -> bool:
    """Whether migrations and these classes are to agree on a table or an index.

    Those that words are found by are in migration 0005 alone: FTS5's tables, an index of an expression.
    """
    return not (name or "").startswith("search_")
