"""Read models: the sessions as lists want them. Caught up with the log by position, droppable, rebuilt.

Whatever is in these tables is computed from the log. What changed is folded first, outside any
transaction, so that nobody who appends has to wait; then rows and position are written in one
transaction, and only if no other process has done so meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlmodel import col

from recorder.dialogue.steps import cut
from recorder.events.event import Recorded, review_stream, session_stream, stream_parts
from recorder.review.questions import Question, ask
from recorder.review.reviews import replay
from recorder.review.summary import Summary, progress, summarise
from recorder.store.database import translated
from recorder.store.log import EventLog
from recorder.store.tables import CaughtUpRow, ReviewRow, SessionLabelRow, SessionRow

EDITION: Final = 1
"""Raise it when the folds or the tables change: the read models are then rebuilt by themselves."""
_MODEL: Final = "sessions"
_EVENTS_AT_ONCE: Final = 20_000
_ROWS_AT_ONCE: Final = 500

_MARK: Final = col(CaughtUpRow.model) == _MODEL

T = TypeVar("T")


class ReadModels:
    """Keeps the tables behind the log up to date."""

    def __init__(self, engine: Engine, log: EventLog, name: str = "the database") -> None:
        self._engine = engine
        self._log = log
        self._name = name

    def position(self) -> int:
        """How far the tables have followed the log."""
        return self._position()

    def catch_up(self) -> int:
        """Follow the log to its end; returns the position reached."""
        head = self._log.position()
        while (position := self._position()) < head:
            self._follow(position)
        return position

    def rebuild(self) -> int:
        """Forget everything and compute it again."""
        with self._writing() as connection:
            _forget(connection)
        return self.catch_up()

    def _position(self) -> int:
        """How far the tables are; what an older edition made is forgotten."""
        found = select(col(CaughtUpRow.edition), col(CaughtUpRow.position)).where(_MARK)
        with translated(self._name), self._engine.connect() as connection:
            row = connection.execute(found).first()
        if row is not None and row.edition == EDITION:
            return int(row.position)
        with self._writing() as connection:
            _forget(connection)
        return 0

    def _follow(self, position: int) -> None:
        """Take the next events of the log into the tables, unless somebody else has."""
        changed, reached = _changed(self._log.read_all(position, _EVENTS_AT_ONCE), position)
        rows = _fold(self._log, changed)
        with self._writing() as connection:
            moved = update(CaughtUpRow).where(_MARK, col(CaughtUpRow.position) == position)
            if connection.execute(moved.values(position=reached)).rowcount:
                rows.write(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.execution_options(writes=True).begin() as connection:
            yield connection


@dataclass(slots=True)
class _Rows:
    """What the tables are to hold of some sessions."""

    ids: list[str]
    sessions: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    reviews: list[dict[str, Any]]

    def write(self, connection: Connection) -> None:
        """Put these rows in the place of what was there of the same sessions."""
        for ids in _parts(self.ids):
            connection.execute(delete(SessionRow).where(col(SessionRow.id).in_(ids)))
            connection.execute(delete(SessionLabelRow).where(col(SessionLabelRow.session).in_(ids)))
            connection.execute(delete(ReviewRow).where(col(ReviewRow.session).in_(ids)))
        tables = (SessionRow, self.sessions), (SessionLabelRow, self.labels), (ReviewRow, self.reviews)
        for table, rows in tables:
            for part in _parts(rows):
                connection.execute(insert(table), part)


def _changed(records: Iterable[Recorded], position: int) -> tuple[list[str], int]:
    """The sessions that the records are about, each once, and the position of the last record."""
    sessions: dict[str, None] = {}
    for record in records:
        position = record.position
        kind, *ids = stream_parts(record.stream)
        if kind in ("session", "review") and ids:
            sessions[ids[0]] = None
    return list(sessions), position


def _fold(log: EventLog, sessions: Sequence[str]) -> _Rows:
    """Read these sessions and their reviews whole, and say what the lists say of them."""
    made = _Rows(list(sessions), [], [], [])
    for part in _parts(sessions):
        histories = log.read_many(session_stream(session) for session in part)
        for session, records in zip(part, histories.values(), strict=True):
            if not records:  # a review of nothing
                continue
            questions = ask(cut(records))
            summary = summarise(records, questions)
            made.sessions.append(_session_row(session, summary))
            made.labels.extend(_label_rows(session, summary))
            made.reviews.extend(_review_rows(log, session, questions))
    return made


def _session_row(session: str, summary: Summary) -> dict[str, Any]:
    return {
        "id": session,
        "source": summary.source,
        "origin": summary.origin,
        "started": _bare(summary.started),
        "ended": _bare(summary.ended),
        "messages": summary.messages,
        "questions": summary.questions,
        "episodes": summary.episodes,
        "intent_confidence": summary.intent_confidence,
        "action_confidence": summary.action_confidence,
        "confidence": summary.confidence,
        "doubtful": summary.doubtful,
        "opening": storable(summary.opening),
        "search_text": storable(f"{session}\n{summary.text}".casefold()),
    }


def _label_rows(session: str, summary: Summary) -> Iterator[dict[str, Any]]:
    for kind, names in (("intent", summary.intents), ("action", summary.actions)):
        for name in sorted({storable(name) for name in names}):
            yield {"kind": kind, "name": name, "session": session}


def _review_rows(log: EventLog, session: str, questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    for stream, records in log.read_many(log.streams(review_stream(session, ""))).items():
        review = progress(replay((record.id, record.event) for record in records), questions)
        yield {
            "annotator": stream_parts(stream)[-1],
            "session": session,
            "status": review.status,
            "decided": review.decided,
            "corrected": review.corrected,
            "flags": " ".join(review.flags),
            "notes": review.notes,
        }


def _forget(connection: Connection) -> None:
    """Empty tables, at the beginning of the log."""
    for table in (SessionRow, SessionLabelRow, ReviewRow):
        connection.execute(delete(table))
    connection.execute(delete(CaughtUpRow).where(_MARK))
    connection.execute(insert(CaughtUpRow).values(model=_MODEL, edition=EDITION, position=0))


def _bare(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC).replace(tzinfo=None) if time else None


def storable(text: str) -> str:
    """The text as the tables keep it, and as it must be asked for."""
    return text.replace("\0", " ")  # not every database takes a NUL, and LIKE stops at one


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _ROWS_AT_ONCE] for start in range(0, len(items), _ROWS_AT_ONCE))
