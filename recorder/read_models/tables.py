"""The schema of the read models: SQLModel classes. Migrations are compared with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from recorder.store.tables import NAME


def _where(condition: str) -> dict[str, Any]:
    """For an index of those rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class CaughtUpRow(SQLModel, table=True):
    """One generation of a read model: which edition of its fold made it, and how far it has followed the log.

    All read models are laid out alike: each row belongs to a generation and, but for sums, to a session
    by what its stream is called after `session/` (`recorder.read_models.generations`).
    """

    __tablename__ = "caught_up"

    model: str = Field(primary_key=True, sa_type=NAME)
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
    session: str = Field(primary_key=True, sa_type=NAME)
    source: str = Field(sa_type=NAME)
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
    """Read model: what a session can be found by: what occurs in it, what it bears, whom it waits for."""

    __tablename__ = "session_label"
    __table_args__: Any = (Index("session_label_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=NAME)
    """`intent`, `action`, `tag`, or `mention`: of somebody in a comment that they have not seen."""
    name: str = Field(primary_key=True, sa_type=NAME)
    session: str = Field(primary_key=True, sa_type=NAME)


class ReviewRow(SQLModel, table=True):
    """Read model: how far one annotator is with one session (`recorder.review.summary.Progress`)."""

    __tablename__ = "review_list"
    __table_args__: Any = (
        Index("review_list_session", "generation", "session"),
        Index("review_list_quick", "generation", "quick", "annotator", "session", **_where("quick > 0")),
    )

    generation: int = Field(primary_key=True)
    annotator: str = Field(primary_key=True, sa_type=NAME)
    session: str = Field(primary_key=True, sa_type=NAME)
    status: str = Field(sa_type=NAME)
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
    session: str = Field(primary_key=True, sa_type=NAME)
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
    session: str = Field(primary_key=True, sa_type=NAME)
    number: int = Field(primary_key=True)
    """Place among the messages of the session that have words, from 0."""
    step: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    """Its beginning."""
    alike: str = Field(sa_type=NAME)
    """The same for messages of the same words."""
    intent: str | None = Field(sa_type=NAME)
    confidence: float | None
    ranked: str = Field(sa_type=Text)
    """JSON: the most likely intents with their probabilities, the first ones only."""
    by_doubt: float


class MessageAnswerRow(SQLModel, table=True):
    """Read model: an annotator has said what a message meant, or is done with its session."""

    __tablename__ = "message_answer"
    __table_args__: Any = (Index("message_answer_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    annotator: str = Field(primary_key=True, sa_type=NAME)
    session: str = Field(primary_key=True, sa_type=NAME)
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
    session: str = Field(primary_key=True, sa_type=NAME)
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
    status: str = Field(sa_type=NAME)
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
    task: str | None = Field(sa_type=NAME)
    """What an adjudicator has to do with it, or may confirm (`model.JudgedStep.task`)."""
    given: str | None = Field(sa_type=Text)
    """JSON: annotator -> `label` that was given, and `entities` where there are any: start, end, name, role,
    group."""


class SessionSignalRow(SQLModel, table=True):
    """Read model: what makes a session worth a look (`recorder.review.sampling`)."""

    __tablename__ = "session_signal"

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=NAME)
    began: int = Field(sa_type=BigInteger)
    """Position in the log of its first event."""
    unsure: int
    """Steps in which the first two choices were close."""
    not_understood: int
    """Messages."""
    disputed: int
    adjudicated: int
    """Steps by verdict."""
    ending: str = Field(sa_type=NAME)
    """Its last action, waiting aside."""
    is_right: int
    """1: the reviews say that all of it is right as it was recorded; else 0."""


class SessionPathRow(SQLModel, table=True):
    """Read model: which way a session went (`recorder.review.sampling.paths`)."""

    __tablename__ = "session_path"
    __table_args__: Any = (Index("session_path_session", "generation", "session"),)

    generation: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=NAME)
    """`end`: an episode ended there; `known`: the reviews say that it is right up to there."""
    path: str = Field(primary_key=True, sa_type=NAME)
    session: str = Field(primary_key=True, sa_type=NAME)


class TallyRow(SQLModel, table=True):
    """Read model: what one session adds to the counters."""

    __tablename__ = "session_tally"

    generation: int = Field(primary_key=True)
    session: str = Field(primary_key=True, sa_type=NAME)
    counts: str = Field(sa_type=Text)
    """JSON: name -> about -> number."""


class CounterRow(SQLModel, table=True):
    """Read model: sums over all sessions; those that are zero are not there."""

    __tablename__ = "counter"

    generation: int = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=NAME)
    about: str = Field(primary_key=True, sa_type=NAME)
    """An annotator, an intent, an action, a source, a kind of step, a status; else empty."""
    value: int = Field(sa_type=BigInteger)
