"""The sessions as a list: filtered, sorted, a page at a time, from the read models."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Subquery, and_, func, select, tuple_

from recorder.events.event import stream_parts
from recorder.read_models import candidates, generations, search
from recorder.read_models.counters import COUNTERS
from recorder.read_models.judgements import Judgements
from recorder.read_models.kept import Kept, Place, State
from recorder.read_models.message_list import MessageList
from recorder.read_models.model import Model, key_of, storable
from recorder.read_models.reading import one_state
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
    tags: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    low: float = 0.0
    high: float = 1.0
    """Bounds of the least confidence. A session without any passes only the whole range."""
    sort: Sort = "unsure"
    without: tuple[str, ...] = ()
    """Sessions that are left out; not for keeps."""

    @property
    def tells(self) -> bool:
        """Whether it tells of a session, that it fits, something that was said, done or noted in it."""
        named = self.text.strip() or self.intents or self.actions or self.tags
        return bool(named) or (self.low, self.high) != (0.0, 1.0)


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
    tags: tuple[str, ...] = ()
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
    tags: tuple[str, ...]


class SessionList:
    """Answers from the tables as they are: let `ReadModels` catch up first."""

    def __init__(
        self, engine: Engine, name: str = "the database", models: Mapping[str, Model] = MODELS
    ) -> None:
        self._engine = engine
        self._name = name
        self._models = models
        self._kept = Kept()

    def position(self) -> int:
        """Up to where all read models tell what the log says."""
        with translated(self._name), self._engine.connect() as connection:
            return generations.reached(generations.load(connection), self._models)

    def page(self, filters: Filters, annotator: str, number: int = 1) -> Page:
        """One page of the sessions that fit; a number beyond the last page gives the last page."""
        asked = terms(filters.text)
        with self._reading() as tables:
            tables.prepare(filters)
            count = tables.count(filters, annotator)
            pages = max(1, -(-count // PAGE_SIZE))
            number = min(max(number, 1), pages)
            rows = tables.window(filters, annotator, PAGE_SIZE, (number - 1) * PAGE_SIZE, count)
            shown = [row.session for row in rows]
            texts, tags = tables.texts(shown) if asked else {}, tables.tags(shown)
        entries = [
            _entry(row, tags.get(row.session, ()), excerpt(texts.get(row.session, ""), asked)) for row in rows
        ]
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
            return tables.labels()

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

    def mentioning(self, person: str, most: int) -> list[str]:
        """Sessions with comments that mention the person and wait to be seen; at most so many."""
        with self._reading() as tables:
            return [_id(key) for key in tables.mentioning(person, most)]

    def candidates(self, filters: Filters, annotator: str) -> list[Candidate]:
        """All sessions that fit, as samples are taken from them; by name."""
        with self._reading() as tables:
            tables.prepare(filters)
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
        """One state of the database."""
        with one_state(self._engine, self._name) as (connection, there):
            generation = generations.shown(there, self._models)
            counted = {each.generation for each in there if each.model == "counters"}
            sessions = _SESSIONS.where(COUNTERS.c.generation.in_(counted))
            left = connection.execute(sessions).all()  # who is forgotten goes before any position moves
            built = ((each.generation, each.position, each.state, each.built) for each in there)
            stamp = (*map(tuple, left), *built)
            yield _Tables(connection, generation, self._kept.of(stamp))


_SESSIONS: Final = select(COUNTERS.c.generation, COUNTERS.c.value).where(COUNTERS.c.name == "sessions")


class _Tables:
    """The generations that are served, in one transaction."""

    def __init__(self, connection: Connection, generation: Mapping[str, int], kept: State) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._generation = generation
        self._session = _S.generation == generation["sessions"]
        self._kept = kept

    def prepare(self, filters: Filters) -> None:
        """Before anything is asked about these filters."""
        if terms(filters.text):
            search.trust_index(self._connection)

    def labels(self) -> Labels:
        return self._kept.known(
            "labels", lambda: Labels(*map(self.counted, ("intent", "action", "source", "tag")))
        )

    def count(self, filters: Filters, annotator: str) -> int:
        """By the counters where they know it; else once for each state of the tables."""
        chosen = _chosen(filters)
        if not chosen:
            return self.counter("sessions")
        if len(chosen) == 1 and (summed := self._summed(*chosen.popitem(), annotator)) is not None:
            return summed
        return self._kept.known(_which(filters, annotator), lambda: self._counted(filters, annotator))

    def _counted(self, filters: Filters, annotator: str) -> int:
        if "text" in (chosen := _chosen(filters)) and chosen.keys() <= {"text", "without"}:
            held = self._holding(filters)  # each session has one text
            others = _but(held.c.session, filters)
            return self._connection.scalar(select(func.count()).select_from(held).where(*others)) or 0
        conditions = self._conditions(filters, annotator)
        fitting = select(func.count()).select_from(SESSIONS).where(self._session, *conditions)
        return self._connection.scalar(fitting) or 0

    def _summed(self, kind: str, chosen: Any, annotator: str) -> int | None:
        """What the counters say of a single filter; None: nothing."""
        if kind == "sources":  # each session has one
            return sum(self.counter("source", name) for name in set(chosen))
        if kind in ("intents", "actions", "tags") and len(set(chosen)) == 1:
            return self.counter(kind[:-1], chosen[0])
        if kind == "statuses":
            begun = {status: self.counter(status, annotator) for status in ("in progress", "submitted")}
            of_each = begun | {"new": self.counter("sessions") - sum(begun.values())}
            return sum(of_each[status] for status in set(chosen))
        return None

    def window(
        self, filters: Filters, annotator: str, size: int, offset: int, count: int
    ) -> Sequence[Row[Any]]:
        """So many sessions that fit, in order. Only then is it looked up what is to be said of them.

        It is read from the nearest place that is known: the end of a page that was read before, or the
        beginning or the end of the list.

        Args:
            count: how many fit, all in all.
        """
        key = _SORT[filters.sort]
        order = (filters.sort, _which(filters, annotator))
        known, place = self._kept.nearest(order, offset)
        size = min(size, count - offset)
        left = count - offset - size
        along = self._is_met_along(count, size + min(left, offset - known))
        conditions = list(self._conditions(filters, annotator, most=count, along=along))
        if terms(filters.text) and not along:
            key = key + 0  # they are sorted: nobody walks the list for them
        fitting = select(_S.session).where(self._session, *conditions)
        if left < offset - known:
            fitting = fitting.order_by(key.desc(), _S.session.desc()).offset(left)
        else:
            behind = () if place is None else (_behind(key, place),)
            fitting = fitting.where(*behind).order_by(key, _S.session).offset(offset - known)
        chosen = fitting.limit(size).subquery()
        shown = [column for column in _S if column.name not in _HIDDEN]
        review = [
            func.coalesce(_R.status, "new").label("status"),
            func.coalesce(_R.decided, 0).label("decided"),
            func.coalesce(_R.corrected, 0).label("corrected"),
            func.coalesce(_R.flags, "").label("flags"),
            func.coalesce(_R.notes, 0).label("notes"),
        ]
        rows: Select[Any] = select(*shown, *review, key.label("place")).select_from(
            chosen.join(SESSIONS, and_(self._session, _S.session == chosen.c.session)).outerjoin(
                REVIEWS, and_(self._mine(annotator), _R.session == _S.session)
            )
        )
        found = self._connection.execute(rows.order_by(key, _S.session)).all()
        if found:
            self._kept.end(order, offset + len(found), (found[-1].place, found[-1].session))
        return found

    def _is_met_along(self, count: int, wanted: int) -> bool:
        """Whether hits of a search are met with sooner along a list than they are looked up in it."""
        return wanted * self.counter("sessions") * search.WALK[self._dialect] < count * count

    def openings(self, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for at in range(0, len(keys), _AT_ONCE):
            some = select(_S.session, _S.opening).where(
                self._session, _S.session.in_(keys[at : at + _AT_ONCE])
            )
            yield from ((row.session, row.opening) for row in self._connection.execute(some))

    def tags(self, sessions: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Session -> its tags, sorted; those without are left out."""
        of_it = (_L.generation == self._generation["sessions"], _L.kind == "tag", _L.session.in_(sessions))
        found: dict[str, tuple[str, ...]] = {}
        for name, session in self._connection.execute(select(_L.name, _L.session).where(*of_it)):
            found[session] = tuple(sorted((*found.get(session, ()), name)))
        return found

    def mentioning(self, person: str, most: int) -> Sequence[str]:
        of_it = (_L.generation == self._generation["sessions"], _L.kind == "mention")
        found = select(_L.session).where(*of_it, _L.name == storable(person)).order_by(_L.session)
        return self._connection.scalars(found.limit(most)).all()

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
            behind = _behind(_S.by_doubt, (here, after))
            if (found := self._connection.scalar(open_ones.where(behind))) is not None:
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

    def _conditions(
        self, filters: Filters, annotator: str, *, most: int = 0, along: bool = False
    ) -> Iterator[ColumnElement[bool]]:
        """Where they are to be read in their order:

        Args:
            most: how many fit.
            along: hits of a search are met with on the way.
        """
        if asked := terms(filters.text):
            if along:
                yield search.holds(self._dialect, self._generation["search"], asked, _S.session)
            else:
                yield _S.session == self._holding(filters).c.session
        for kind, names in (
            ("intent", filters.intents),
            ("action", filters.actions),
            ("tag", tuple(map(storable, filters.tags))),
        ):
            if names:
                of_it = and_(_L.generation == self._generation["sessions"], _L.kind == kind)
                yield _S.session.in_(select(_L.session).where(of_it, _L.name.in_(names)))
        yield from _but(_S.session, filters)
        if filters.sources:
            yield _S.source.in_(filters.sources)
        if filters.statuses:
            yield self._status(filters.statuses, annotator)
        if (filters.low, filters.high) != (0.0, 1.0):
            # Many of them are sooner found along the order than sorted.
            along = filters.sort == "unsure" or most < _MANY
            yield (_S.by_doubt if along else _S.by_doubt + 0.0).between(filters.low, filters.high)

    def _holding(self, filters: Filters) -> Subquery:
        return search.holding(self._dialect, self._generation["search"], terms(filters.text)).subquery()

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
_MANY: Final = 5_000
_HIDDEN: Final = ("generation", "origin", *(column.name for column in _SORT.values()))


def _chosen(filters: Filters) -> dict[str, Any]:
    """The filters that leave anything out: kind -> what is chosen."""
    nothing = Filters()
    kinds = {name: getattr(filters, name) for name in ("intents", "actions", "sources", "statuses", "tags")}
    chosen = {name: value for name, value in kinds.items() if value}
    if asked := terms(filters.text):
        chosen["text"] = tuple(asked)
    if (filters.low, filters.high) != (nothing.low, nothing.high):
        chosen["sure"] = (filters.low, filters.high)
    if filters.without:
        chosen["without"] = filters.without
    return chosen


def _which(filters: Filters, annotator: str) -> Hashable:
    """Equal where the same sessions fit."""
    return (*sorted(_chosen(filters).items()), annotator if filters.statuses else "")


def _but(session: ColumnElement[str], filters: Filters) -> Iterator[ColumnElement[bool]]:
    """What leaves out those that are not to be listed, if there are any."""
    if filters.without:
        yield session.not_in([key_of(each) for each in filters.without])


def _behind(key: ColumnElement[Any], place: Place) -> ColumnElement[bool]:
    """What comes after that place: told so that both databases begin just there in the index."""
    return tuple_(key, _S.session) > place


def _entry(row: Row[Any], tags: tuple[str, ...], found: tuple[Piece, ...]) -> Entry:
    values = dict(row._mapping)
    del values["place"]
    values["id"] = _id(values.pop("session"))
    values["started"], values["ended"] = _utc(values["started"]), _utc(values["ended"])
    values["flags"] = tuple(values["flags"].split())
    return Entry(**values, tags=tags, excerpt=found)


def _id(key: str) -> str:
    """Of a session as the tables name it."""
    return stream_parts(key)[0]


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time else None
