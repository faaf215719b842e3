"""The sessions as a list: filtered, sorted, a page at a time, from the read models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, func, or_, select
from sqlmodel import col

from recorder.read_models.sessions import storable
from recorder.review.summary import Status
from recorder.store.database import translated
from recorder.store.tables import ReviewRow, SessionLabelRow, SessionRow

PAGE_SIZE: Final = 50
QUERY_LENGTH: Final = 200
"""Characters of a search that count."""

Sort = Literal["unsure", "newest", "oldest", "longest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which sessions a list shows, and in which order. Within a field any value fits, all fields must."""

    text: str = ""
    """Words that all occur in what was said, or in the session's id."""
    intents: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    low: float = 0.0
    high: float = 1.0
    """Bounds of the least confidence. A session without any passes only the whole range."""
    sort: Sort = "unsure"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: the session, and one annotator's review of it."""

    id: str
    source: str
    started: datetime | None
    ended: datetime | None
    messages: int
    questions: int
    episodes: int
    intent_confidence: float | None
    action_confidence: float | None
    confidence: float | None
    doubtful: str | None
    opening: str
    status: Status
    decided: int
    corrected: int
    flags: tuple[str, ...]
    notes: int


@dataclass(frozen=True, slots=True)
class Page:
    entries: tuple[Entry, ...]
    count: int
    """How many sessions fit the filters, on all pages together."""
    number: int
    """From 1."""
    pages: int
    """At least 1."""


@dataclass(frozen=True, slots=True)
class Totals:
    """All sessions, and how far one annotator is with them."""

    sessions: int
    in_progress: int
    submitted: int


@dataclass(frozen=True, slots=True)
class Labels:
    """What occurs in any session, sorted: what a filter may offer."""

    intents: tuple[str, ...]
    actions: tuple[str, ...]
    sources: tuple[str, ...]


class SessionList:
    """Answers from the tables as they are: let `ReadModels` catch up first."""

    def __init__(self, engine: Engine, name: str = "the database") -> None:
        self._engine = engine
        self._name = name

    def page(self, filters: Filters, annotator: str, number: int = 1) -> Page:
        """One page of the sessions that fit; a number beyond the last page gives the last page."""
        fitting = _fitting(filters, annotator)
        with self._reading() as connection:
            count = connection.scalar(select(func.count()).select_from(fitting.subquery())) or 0
            pages = max(1, -(-count // PAGE_SIZE))
            number = min(max(number, 1), pages)
            window = fitting.order_by(*_order(filters.sort)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
            rows = connection.execute(window).all()
        return Page(tuple(_entry(row) for row in rows), count, number, pages)

    def totals(self, annotator: str) -> Totals:
        counts = select(_STATUS, func.count()).select_from(SessionRow).outerjoin(ReviewRow, _mine(annotator))
        with self._reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(counts.group_by(_STATUS))}
        return Totals(sum(found.values()), found.get("in progress", 0), found.get("submitted", 0))

    def labels(self) -> Labels:
        names = select(col(SessionLabelRow.kind), col(SessionLabelRow.name)).distinct()
        sources = select(col(SessionRow.source)).distinct()
        with self._reading() as connection:
            found = sorted((kind, name) for kind, name in connection.execute(names))
            return Labels(
                intents=tuple(name for kind, name in found if kind == "intent"),
                actions=tuple(name for kind, name in found if kind == "action"),
                sources=tuple(sorted(source for source in connection.scalars(sources) if source)),
            )

    def next_to_review(self, annotator: str, after: str = "") -> str | None:
        """The session to take next of those not submitted: the least sure, or what follows `after`.

        After the last one it begins at the first again; never `after` itself.
        """
        open_ones = _fitting(Filters(statuses=("in progress", "new")), annotator)
        chosen = open_ones.where(col(SessionRow.id) != after, col(SessionRow.questions) > 0)
        ordered = chosen.order_by(*_order("unsure")).limit(1)
        sure = func.coalesce(col(SessionRow.confidence), SUREST)
        place = select(sure).where(col(SessionRow.id) == after).scalar_subquery()
        behind = or_(sure > place, and_(sure == place, col(SessionRow.id) > after))
        with self._reading() as connection:
            row = connection.execute(ordered.where(behind)).first() or connection.execute(ordered).first()
        return row.id if row else None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.connect() as connection:
            yield connection


SUREST: Final = 2.0
"""Stands for an unknown confidence, which comes after all known ones."""
_STATUS: Final = func.coalesce(col(ReviewRow.status), "new")


def _mine(annotator: str) -> ColumnElement[bool]:
    return and_(col(ReviewRow.session) == col(SessionRow.id), col(ReviewRow.annotator) == annotator)


def _fitting(filters: Filters, annotator: str) -> Select[Any]:
    """All sessions that fit, in no order; the columns are those that `_entry` reads."""
    session = SessionRow.metadata.tables["session_list"].c
    shown = [column for column in session if column.name not in ("search_text", "origin")]
    review = [
        _STATUS.label("status"),
        func.coalesce(col(ReviewRow.decided), 0).label("decided"),
        func.coalesce(col(ReviewRow.corrected), 0).label("corrected"),
        func.coalesce(col(ReviewRow.flags), "").label("flags"),
        func.coalesce(col(ReviewRow.notes), 0).label("notes"),
    ]
    statement = select(*shown, *review).select_from(SessionRow).outerjoin(ReviewRow, _mine(annotator))
    return statement.where(*_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for word in storable(filters.text[:QUERY_LENGTH]).casefold().split():
        yield col(SessionRow.search_text).contains(word, autoescape=True)
    for kind, names in (("intent", filters.intents), ("action", filters.actions)):
        if names:
            with_one = select(col(SessionLabelRow.session)).where(
                col(SessionLabelRow.kind) == kind, col(SessionLabelRow.name).in_(names)
            )
            yield col(SessionRow.id).in_(with_one)
    if filters.sources:
        yield col(SessionRow.source).in_(filters.sources)
    if filters.statuses:
        yield _STATUS.in_(filters.statuses)
    if (filters.low, filters.high) != (0.0, 1.0):
        yield col(SessionRow.confidence).between(filters.low, filters.high)


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    """What is unknown comes last; ties by id, so that pages never overlap."""
    session = SessionRow
    first: dict[Sort, tuple[ColumnElement[Any], ...]] = {
        "unsure": (col(session.confidence).is_(None), col(session.confidence).asc()),
        "newest": (col(session.ended).is_(None), col(session.ended).desc()),
        "oldest": (col(session.ended).is_(None), col(session.ended).asc()),
        "longest": (col(session.messages).desc(),),
    }
    return (*first[sort], col(session.id).asc())


def _entry(row: Row[Any]) -> Entry:
    values = dict(row._mapping)
    values["started"], values["ended"] = _utc(values["started"]), _utc(values["ended"])
    values["flags"] = tuple(values["flags"].split())
    return Entry(**values)


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time else None
