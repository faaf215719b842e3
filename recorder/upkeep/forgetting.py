"""Forgetting: a session's keys are thrown away, and nobody can read any more what it says.

The log stays as it is, encrypted, and its chain still verifies. One transaction, under the lock of all
who append, deletes the keys of the session's stream and of all that people said of it (reviews,
adjudications, remarks), takes away their names, takes the session out of the read models, and records that it
was done. So a session is forgotten, or it is not; whoever is interrupted between two of them goes on by
asking again. What the database still holds in places that are no longer used is another matter:
`recorder.upkeep.clearing`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from recorder.errors import NotForgettable
from recorder.events.bookkeeping import RemainsCleared, SessionForgotten, SessionsExported
from recorder.events.event import (
    FORGETTING,
    adjudication_stream,
    remarks_stream,
    review_stream,
    session_stream,
    stream_parts,
)
from recorder.read_models.erasing import erase
from recorder.store.database import translated
from recorder.store.log import EventLog
from recorder.store.sql import SqlLog
from recorder.store.statements import EVENTS, KEYS, STREAMS

Progress = Callable[[int, int], None]
"""Told how many sessions are done, and how many there are."""

NOT_SAID: Final = ("intent_ranked", "action_ranked", "session_recorded")
"""Types of events in a session's stream that nobody said or did in the conversation."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was made of the log."""

    made_at: datetime
    digest: str
    """SHA-256 of its manifest."""
    log_position: int
    sessions: frozenset[int] | None
    """Positions of the first events of those in it; None: an older program did not say."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is known of a session that was forgotten."""

    began: int | None
    """Position of its first event; None: only reviews of it were there."""
    streams: tuple[int, ...]
    digests: tuple[str, ...]
    events: int
    """How many events cannot be read any more."""


def forget(
    log: SqlLog,
    sessions: Sequence[str],
    *,
    reason: str = "",
    actor: str = "",
    progress: Progress = lambda done, total: None,
) -> list[Forgotten]:
    """Forget the sessions, one after the other; those that are not there are passed by.

    Args:
        reason: kept for ever, so it should name nobody.

    Raises:
        NotForgettable: it was recorded without encryption. Those before it are forgotten.
        DatabaseUnusable: as `EventLog.append`; or this user has no right to forget.
    """
    made = exports(log)
    done = []
    for number, session in enumerate(sessions, 1):
        with log.database.changing() as connection:
            forgotten = _known(connection, session)
            if forgotten is not None:
                _erase(connection, session, forgotten.streams)
                held = tuple(export.digest for export in made if holds(export, forgotten))
                streams, digests = forgotten.streams, forgotten.digests
                event = SessionForgotten(forgotten.began, streams, digests, reason, held)
                log.append_in(connection, FORGETTING, [event], actor=actor)
                done.append(forgotten)
        progress(number, len(sessions))
    late = [session for session, found in known(log, sessions).items() if found.began is None]
    if late:  # somebody who had it open decided on it after it was gone
        done += forget(log, late, reason=reason, actor=actor)
    return done


def known(log: SqlLog, sessions: Iterable[str]) -> dict[str, Forgotten]:
    """What would be forgotten of those sessions of which the log has anything, a review at least.

    Raises NotForgettable.
    """
    with translated(log.database.name), log.engine.connect() as connection:
        found = {session: _known(connection, session) for session in sessions}
    return {session: forgotten for session, forgotten in found.items() if forgotten is not None}


def older_than(log: SqlLog, moment: datetime) -> list[str]:
    """Sessions whose conversation ended before that moment, by the clock of its source.

    Rankings that were added later do not count; of a stream in which nothing was said, its last event does.
    """
    of_stream = select(EVENTS.c.occurred_at).where(EVENTS.c.stream == STREAMS.c.id)
    latest = of_stream.order_by(EVENTS.c.version.desc()).limit(1)
    said = latest.where(EVENTS.c.type.not_in(NOT_SAID)).scalar_subquery()
    ended = func.coalesce(said, latest.scalar_subquery())
    query = (
        select(STREAMS.c.name).where(_begins_with(session_stream("")), ended < moment).order_by(STREAMS.c.id)
    )
    with translated(log.database.name), log.engine.connect() as connection:
        return [stream_parts(name)[1] for name in connection.scalars(query)]


def moment_before(now: datetime, age: str) -> datetime:
    """The moment that lies an age back: `90d`, `12w`, `6m` (months of the calendar) or `1y`.

    >>> moment_before(datetime(2024, 3, 31), "1m")
    datetime.datetime(2024, 2, 29, 0, 0)

    Raises:
        ValueError: it is no age, or lies before the beginning of the calendar.
    """
    found = re.fullmatch(r"(\d{1,6})([dwmy])", age)
    if not found:
        raise ValueError(f"{age!r} is no age: write 90d, 12w, 6m or 1y")
    number, unit = int(found[1]), found[2]
    try:
        if unit in "dw":
            return now - timedelta(days=number * (7 if unit == "w" else 1))
        year, month = divmod(now.year * 12 + now.month - 1 - number * (12 if unit == "y" else 1), 12)
        day = min(now.day, calendar.monthrange(max(year, 1), month + 1)[1])
        return now.replace(year=year, month=month + 1, day=day)
    except (OverflowError, ValueError):
        raise ValueError(f"{age} lies before the beginning of the calendar") from None


def exports(log: EventLog) -> list[Export]:
    """All exports that the log knows of, oldest first."""
    records = [record for rows in log.read_many(log.streams("export/")).values() for record in rows]
    return [
        Export(record.recorded_at, event.digest, event.log_position, _held(event))
        for record in sorted(records, key=lambda each: each.position)
        if isinstance(event := record.event, SessionsExported)
    ]


def _held(event: SessionsExported) -> frozenset[int] | None:
    return None if event.sessions is None else frozenset(event.sessions)


def holds(export: Export, forgotten: Forgotten) -> bool:
    return export.sessions is not None and forgotten.began in export.sessions


def may_hold(export: Export, forgotten: Forgotten) -> bool:
    """Whether it is of an older program that did not say, and of a time when the session was there."""
    return export.sessions is None and (forgotten.began or 0) <= export.log_position


def has_remains(log: EventLog) -> bool:
    """Whether anything was forgotten since the places of what was forgotten were last cleared."""
    latest = log.read(FORGETTING, log.version(FORGETTING) - 2)
    return bool(latest) and not isinstance(latest[-1].event, RemainsCleared)


def note_cleared(log: EventLog, actor: str = "") -> None:
    log.append(FORGETTING, [RemainsCleared()], actor=actor)


def _known(connection: Connection, session: str) -> Forgotten | None:
    found = _streams(connection, session)
    if not found:
        return None
    if any(stream.wrapped is None for stream in found):
        raise NotForgettable
    numbers = [stream.id for stream in found]
    own = [stream.id for stream in found if stream.name == session_stream(session)]
    first = select(EVENTS.c.position).where(EVENTS.c.stream.in_(own), EVENTS.c.version == 0)
    count = select(func.count()).select_from(EVENTS).where(EVENTS.c.stream.in_(numbers))
    digests = tuple(stream.digest.hex() for stream in found)
    return Forgotten(connection.scalar(first), tuple(numbers), digests, connection.scalar(count) or 0)


def _erase(connection: Connection, session: str, streams: Sequence[int]) -> None:
    erase(connection, [session])
    connection.execute(delete(KEYS).where(KEYS.c.stream.in_(streams)))
    connection.execute(update(STREAMS).where(STREAMS.c.id.in_(streams)).values(name=None, salt=None))


def _streams(connection: Connection, session: str) -> Sequence[Row[Any, Any, Any, Any]]:
    """Number, name, digest and wrapped key of the session's stream and of those about it."""
    own = STREAMS.c.name.in_([of(session) for of in (session_stream, adjudication_stream, remarks_stream)])
    among = or_(own, _begins_with(review_stream(session, "")))
    columns = (STREAMS.c.id, STREAMS.c.name, STREAMS.c.digest, KEYS.c.wrapped)
    query = select(*columns).outerjoin(KEYS, KEYS.c.stream == STREAMS.c.id).where(among)
    return connection.execute(query.order_by(STREAMS.c.id)).all()


def _begins_with(prefix: str) -> ColumnElement[bool]:
    return and_(STREAMS.c.name >= prefix, STREAMS.c.name < prefix + "\U0010ffff")
