"""Sessions as they are read from the log to be folded: which ones, how large, so many at a time.

What is looked up here are names and numbers; no event is read to find out which sessions changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson
from sqlalchemy import Connection, func, select, text

from recorder.dialogue.steps import cut
from recorder.events.event import stream_parts
from recorder.read_models.model import History
from recorder.review import adjudications, comments, tags
from recorder.review.questions import ask
from recorder.review.reviews import replay
from recorder.store.log import EventLog
from recorder.store.statements import EVENTS, STREAMS

EVENTS_AT_ONCE: Final = 5_000
"""How many events are folded, and their rows written, in one go; more only where one session has more."""
STREAMS_AT_ONCE: Final = 500

_SIZE: Final = (
    select(func.coalesce(func.max(EVENTS.c.version) + 1, 0))
    .where(EVENTS.c.stream == STREAMS.c.id)
    .scalar_subquery()
)
_REVIEWS: Final = """SELECT streams.name, (SELECT max(version) + 1 FROM events WHERE stream = streams.id)
    FROM {prefixes} CROSS JOIN streams
    WHERE streams.name >= prefix.value || '/' AND streams.name < prefix.value || '0'
    ORDER BY streams.name"""
_PREFIXES: Final = {
    "sqlite": "json_each(:prefixes) AS prefix",
    "postgresql": "json_array_elements_text(CAST(:prefixes AS json)) AS prefix",
}


@dataclass(slots=True)
class Place:
    """Where a session is in the log."""

    key: str
    """As the tables name it (`model.key_of`)."""
    size: int = 0
    """Events, those about it included."""
    reviews: list[str] = field(default_factory=list)
    """Streams, by name."""
    others: set[str] = field(default_factory=set)
    """Streams of its adjudications and remarks, where there are any."""

    @property
    def stream(self) -> str:
        return f"session/{self.key}"

    @property
    def adjudication(self) -> str:
        return f"adjudication/{self.key}"

    @property
    def remarks(self) -> str:
        return f"remarks/{self.key}"

    @property
    def streams(self) -> list[str]:
        return [self.stream, *self.reviews, *sorted(self.others)]


def changed(connection: Connection, after: int, until: int) -> list[str]:
    """Keys of the sessions that events after one position, up to another, are about."""
    streams = select(EVENTS.c.stream).where(EVENTS.c.position > after, EVENTS.c.position <= until)
    names = select(STREAMS.c.name).where(STREAMS.c.id.in_(streams)).order_by(STREAMS.c.id)
    return list(dict.fromkeys(filter(None, map(_key, connection.scalars(names)))))


def following(connection: Connection, after: int) -> tuple[list[str], int]:
    """Keys of the next sessions that began, and the number of the last stream looked at.

    The same number: there is no further stream.
    """
    page = select(STREAMS.c.id, STREAMS.c.name).where(STREAMS.c.id > after)
    rows = connection.execute(page.order_by(STREAMS.c.id).limit(STREAMS_AT_ONCE)).all()
    names = [row.name for row in rows if row.name and row.name.startswith("session/")]
    return list(filter(None, map(_key, names))), rows[-1].id if rows else after


def parts(connection: Connection, keys: Sequence[str]) -> Iterator[list[Place]]:
    """The sessions that are there, with their reviews, so many at a time as may be folded at once."""
    part: list[Place] = []
    size = 0
    for start in range(0, len(keys), STREAMS_AT_ONCE):
        for place in _places(connection, keys[start : start + STREAMS_AT_ONCE]):
            if part and size + place.size > EVENTS_AT_ONCE:
                yield part
                part, size = [], 0
            part.append(place)
            size += place.size
    if part:
        yield part


def read(log: EventLog, places: Iterable[Place]) -> Iterator[tuple[Place, History]]:
    """What the log has of these sessions by now; those that are gone are left out."""
    places = list(places)
    rows = log.read_many(stream for place in places for stream in place.streams)
    for place in places:
        records = rows.pop(place.stream)
        given = {stream_parts(stream)[-1]: rows.pop(stream) for stream in place.reviews}
        over = adjudications.replay(rows.pop(place.adjudication, ()))
        remarks = rows.pop(place.remarks, [])
        borne, said = tags.replay(row.event for row in remarks), comments.replay(remarks)
        if records:
            reviews = {
                annotator: replay((record.id, record.event) for record in given[annotator])
                for annotator in sorted(given)
                if given[annotator]
            }
            decided = {name: {r.id: r.recorded_at for r in given[name]} for name in reviews}
            session = stream_parts(place.stream)[1]
            yield place, History(session, records, ask(cut(records)), reviews, decided, over, borne, said)


def _places(connection: Connection, keys: Sequence[str]) -> list[Place]:
    places = {key: Place(key) for key in keys}
    names = [name for each in places.values() for name in (each.stream, each.adjudication, each.remarks)]
    for name, size in connection.execute(select(STREAMS.c.name, _SIZE).where(STREAMS.c.name.in_(names))):
        place = places[_key(name)]
        place.size += size
        if name != place.stream:
            place.others.add(name)
    prefixes = orjson.dumps([f"review/{key}" for key in places]).decode()
    sql = text(_REVIEWS.format(prefixes=_PREFIXES[connection.dialect.name]))
    for name, size in connection.execute(sql, {"prefixes": prefixes}):
        place = places[_key(name)]
        place.reviews.append(name)
        place.size += size
    return [place for place in places.values() if place.size]


def _key(stream: str | None) -> str:
    """Of the session that a stream is of, or says something of; empty: it is neither, or nobody knows."""
    kind, *ids = (stream or "").split("/")
    return ids[0] if kind in ("session", "review", "adjudication", "remarks") and ids else ""
