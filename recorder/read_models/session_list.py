"""The sessions as a list: filtered, sorted, a page at a time, from the read models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select

from recorder.events.event import stream_parts
from recorder.read_models import candidates, generations, search
from recorder.read_models.counters import COUNTERS
from recorder.read_models.judgements import Judgements
from recorder.read_models.message_list import MessageList
from recorder.read_models.model import Model, key_of, storable
from recorder.read_models.reading import served
from recorder.read_models.registry import MODELS
from recorder.read_models.search import TEXTS
from recorder.read_models.sessions import LABELS, REVIEWS, SESSIONS
from recorder.review.sampling import Candidate
from recorder.review.summary import Status
from recorder.review.wording import Piece, excerpt, terms
from recorder.store.database import translated

PAGE_SIZE: Final = 50
_AT_ONCE: Final = 500
"""Sessions that are named in one statement."""

Sort = Literal["unsure", "newest", "oldest", "longest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which sessions a list shows, and in which order. Within a field any value fits, all fields must."""

    text: str = ""
    """A query (`recorder.review.wording.terms`) of what was said, and of the session's id."""
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
    excerpt: tuple[Piece, ...] = ()
    """Where it holds what was searched for; empty: nothing was, or only its id does."""


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

    def __init__(
        self, engine: Engine, name: str = "the database", models: Mapping[str, Model] = MODELS
    ) -> None:
        self._engine = engine
        self._name = name
        self._models = models

    def position(self) -> int:
        """Up to where all read models tell what the log says."""
        with translated(self._name), self._engine.connect() as connection:
            return generations.reached(generations.load(connection), self._models)

    def page(self, filters: Filters, annotator: str, number: int = 1) -> Page:
        """One page of the sessions that fit; a number beyond the last page gives the last page."""
        with self._reading() as tables:
            count = tables.count(filters, annotator)
            pages = max(1, -(-count // PAGE_SIZE))
            number = min(max(number, 1), pages)
            rows = tables.window(filters, annotator, PAGE_SIZE, (number - 1) * PAGE_SIZE)
            asked = terms(filters.text)
            texts = tables.texts([row.session for row in rows]) if asked else {}
        entries = [_entry(row, excerpt(texts.get(row.session, ""), asked)) for row in rows]
        return Page(tuple(entries), count, number, pages)

    def totals(self, annotator: str) -> Totals:
        with self._reading() as tables:
            return Totals(
                tables.counter("sessions"),
                tables.counter("in progress", annotator),
                tables.counter("submitted", annotator),
            )

    def labels(self) -> Labels:
        with self._reading() as tables:
            return Labels(
                intents=tables.counted("intent"),
                actions=tables.counted("action"),
                sources=tables.counted("source"),
            )

    def openings(self, sessions: Sequence[str]) -> dict[str, str]:
        """Session -> the words that it begins with; those that are not there are left out."""
        with self._reading() as tables:
            return {
                _id(key): opening for key, opening in tables.openings([key_of(each) for each in sessions])
            }

    def next_to_review(self, annotator: str, after: str = "") -> str | None:
        """The session to take next of those not submitted: the least sure, or what follows `after`.

        After the last one it begins at the first again; never `after` itself.
        """
        with self._reading() as tables:
            key = tables.next_to_review(annotator, key_of(after) if after else "")
        return None if key is None else _id(key)

    def candidates(self, filters: Filters, annotator: str) -> list[Candidate]:
        """All sessions that fit, as samples are taken from them; by name."""
        with self._reading() as tables:
            return tables.candidates(filters, annotator)

    @property
    def judgements(self) -> Judgements:
        """What people say of the steps of the same sessions."""
        return Judgements(self._engine, self._name, self._models)

    @property
    def messages(self) -> MessageList:
        """What was said in them, from the same tables."""
        return MessageList(self._engine, self._name, self._models)

    def close(self) -> None:
        """Give its connections back."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[_Tables]:
        """One state of the database: what is served does not change in between."""
        with served(self._engine, self._name, self._models) as (connection, generation):
            yield _Tables(connection, generation)


class _Tables:
    """The generations that are served, in one transaction."""

    def __init__(self, connection: Connection, generation: Mapping[str, int]) -> None:
        self._connection = connection
        self._generation = generation
        self._session = _S.generation == generation["sessions"]

    def count(self, filters: Filters, annotator: str) -> int:
        conditions = list(self._conditions(filters, annotator))
        if not conditions:
            return self.counter("sessions")
        fitting = select(func.count()).select_from(SESSIONS).where(self._session, *conditions)
        return self._connection.scalar(fitting) or 0

    def window(self, filters: Filters, annotator: str, size: int, offset: int) -> Sequence[Row[Any]]:
        """So many sessions that fit, in order. Only then is it looked up what is to be said of them."""
        key = _SORT[filters.sort]
        fitting = select(_S.session).where(self._session, *self._conditions(filters, annotator))
        chosen = fitting.order_by(key, _S.session).limit(size).offset(offset).subquery()
        shown = [column for column in _S if column.name not in _HIDDEN]
        review = [
            func.coalesce(_R.status, "new").label("status"),
            func.coalesce(_R.decided, 0).label("decided"),
            func.coalesce(_R.corrected, 0).label("corrected"),
            func.coalesce(_R.flags, "").label("flags"),
            func.coalesce(_R.notes, 0).label("notes"),
        ]
        rows = select(*shown, *review).select_from(
            chosen.join(SESSIONS, and_(self._session, _S.session == chosen.c.session)).outerjoin(
                REVIEWS, and_(self._mine(annotator), _R.session == _S.session)
            )
        )
        return self._connection.execute(rows.order_by(key, _S.session)).all()

    def openings(self, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for at in range(0, len(keys), _AT_ONCE):
            some = select(_S.session, _S.opening).where(
                self._session, _S.session.in_(keys[at : at + _AT_ONCE])
            )
            yield from ((row.session, row.opening) for row in self._connection.execute(some))

    def texts(self, sessions: Sequence[str]) -> dict[str, str]:
        """Session -> what was said in it."""
        of_it = TEXTS.c.generation == self._generation["search"]
        rows = self._connection.execute(
            select(TEXTS.c.session, TEXTS.c.text).where(of_it, TEXTS.c.session.in_(sessions))
        )
        return {row.session: row.text for row in rows}

    def next_to_review(self, annotator: str, after: str) -> str | None:
        done = select(_R.session).where(self._mine(annotator), _R.status == "submitted")
        open_ones = (
            select(_S.session)
            .where(self._session, _S.questions > 0, _S.session != after, _S.session.not_in(done))
            .order_by(_S.by_doubt, _S.session)
            .limit(1)
        )
        place = select(_S.by_doubt).where(self._session, _S.session == after)
        here = self._connection.scalar(place)
        if here is not None:
            behind = or_(_S.by_doubt > here, and_(_S.by_doubt == here, _S.session > after))
            if (found := self._connection.scalar(open_ones.where(_S.by_doubt >= here, behind))) is not None:
                return str(found)
        return self._connection.scalar(open_ones)

    def candidates(self, filters: Filters, annotator: str) -> list[Candidate]:
        return candidates.load(self._connection, self._generation, list(self._conditions(filters, annotator)))

    def counter(self, name: str, about: str = "") -> int:
        one = select(_C.value).where(self._counters(name), _C.about == storable(about))
        return self._connection.scalar(one) or 0

    def counted(self, name: str) -> tuple[str, ...]:
        """What a counter is about, sorted."""
        return tuple(
            sorted(filter(None, self._connection.scalars(select(_C.about).where(self._counters(name)))))
        )

    def _counters(self, name: str) -> ColumnElement[bool]:
        return and_(_C.generation == self._generation["counters"], _C.name == name)

    def _mine(self, annotator: str) -> ColumnElement[bool]:
        return and_(_R.generation == self._generation["sessions"], _R.annotator == storable(annotator))

    def _conditions(self, filters: Filters, annotator: str) -> Iterator[ColumnElement[bool]]:
        if asked := terms(filters.text):
            generation = self._generation["search"]
            yield _S.session.in_(search.holding(self._connection.dialect.name, generation, asked))
        for kind, names in (("intent", filters.intents), ("action", filters.actions)):
            if names:
                of_it = and_(_L.generation == self._generation["sessions"], _L.kind == kind)
                yield _S.session.in_(select(_L.session).where(of_it, _L.name.in_(names)))
        if filters.sources:
            yield _S.source.in_(filters.sources)
        if filters.statuses:
            yield self._status(filters.statuses, annotator)
        if (filters.low, filters.high) != (0.0, 1.0):
            yield _S.by_doubt.between(filters.low, filters.high)

    def _status(self, statuses: Sequence[Status], annotator: str) -> ColumnElement[bool]:
        """Who has no review is new to it."""
        mine = select(_R.session).where(self._mine(annotator))
        if "new" in statuses:
            others = [status for status in ("in progress", "submitted") if status not in statuses]
            return _S.session.not_in(mine.where(_R.status.in_(others)))
        return _S.session.in_(mine.where(_R.status.in_(statuses)))


_S, _L, _R, _C = SESSIONS.c, LABELS.c, REVIEWS.c, COUNTERS.c
_SORT: Final[dict[Sort, ColumnElement[Any]]] = {
    "unsure": _S.by_doubt,
    "newest": _S.by_newest,
    "oldest": _S.by_oldest,
    "longest": _S.by_length,
}
"""Ascending; ties by session, so that pages never overlap."""
_HIDDEN: Final = ("generation", "origin", *(column.name for column in _SORT.values()))


def _entry(row: Row[Any], found: tuple[Piece, ...]) -> Entry:
    values = dict(row._mapping)
    values["id"] = _id(values.pop("session"))
    values["started"], values["ended"] = _utc(values["started"]), _utc(values["ended"])
    values["flags"] = tuple(values["flags"].split())
    return Entry(**values, excerpt=found)


def _id(key: str) -> str:
    """Of a session as the tables name it."""
    return stream_parts(key)[0]


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time else None
