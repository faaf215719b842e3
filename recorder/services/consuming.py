"""Take in what a message broker delivers while it happens: each event once, each session in its order.

A message is acknowledged when the log has its events, so whoever is killed is given it again, which
the ids of the events make harmless. What is no event is put aside and holds up nothing.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from recorder.errors import DatabaseUnusable, EventConflict, EventNotStorable, NotationError
from recorder.events.codec import encode
from recorder.events.event import NewEvent, session_stream
from recorder.events.session import SessionRecorded
from recorder.formats import jsonl
from recorder.formats.json_text import parse
from recorder.ingest.broker import Consumer, Message
from recorder.ingest.conversations import conversations
from recorder.ingest.delivery import INGEST, TIMELESS, identified, lasting_id, session_id
from recorder.store.log import Batch, EventLog

BATCH: Final = 500
"""Messages in one transaction, at most."""
WAIT: Final = 0.2
"""Seconds that the first message of a batch waits for others."""
PATIENCE: Final = 60.0
"""Seconds that the database may be away."""
KEPT: Final = 10_000
"""Sessions that are remembered."""


@dataclass(slots=True)
class Tally:
    """What came of it so far. Events of our own (where a session came from) are not counted."""

    messages: int = 0
    new: int = 0
    already_there: int = 0
    rejected: int = 0


class Rejected(NamedTuple):
    """A message that is no event, and why."""

    message: Message
    reason: str


@dataclass(slots=True)
class _Session:
    """What must be known of a session to go on with it."""

    begun: bool
    timeless: frozenset[str] | None = None
    """Ids of its stored events without a time; None: not looked up yet."""
    said: Counter[bytes] = field(default_factory=Counter)
    """Of events without a time: how often the same was said."""


class _Event(NamedTuple):
    message: Message
    session: str
    new: NewEvent
    actor: str


def consume(
    log: EventLog,
    consumer: Consumer,
    *,
    reject: Callable[[Rejected], None],
    stop: Callable[[], bool],
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Take in messages until `stop` says so; the batch at hand is finished then.

    Args:
        reject: keeps a message that is no event; it is acknowledged when this returns.

    Raises:
        DatabaseUnusable: for a reason that does not pass, or for a minute; nothing was acknowledged.
        BrokerUnusable: the broker has no more messages for us.
    """
    intake, tally = Intake(log, consumer.name), Tally()
    while not stop():
        messages = consumer.receive(BATCH, WAIT)
        if messages:
            rejected = _patiently(partial(intake.take, messages, tally))
            for each in rejected:
                reject(each)
            consumer.acknowledge()
            progress(tally)
    return tally


def _patiently(take: Callable[[], list[Rejected]]) -> list[Rejected]:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return take()
        except DatabaseUnusable as error:
            if not error.passing or time.monotonic() > end:
                raise
            time.sleep(0.5)


class Intake:
    """Messages to events in the log. What it remembers of sessions is bounded, and only saves reading."""

    def __init__(self, log: EventLog, origin: str, kept: int = KEPT) -> None:
        self._log, self._origin, self._kept = log, origin, kept
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def take(self, messages: Sequence[Message], tally: Tally | None = None) -> list[Rejected]:
        """Batch their events in one transaction; returns those that are none.

        Raises:
            DatabaseUnusable: nothing was appended.
        """
        rejected: list[Rejected] = []
        events: list[_Event] = []
        try:
            for message in messages:
                try:
                    events += self._read(message)
                except (NotationError, EventNotStorable) as error:
                    rejected.append(Rejected(message, str(error)))
            new, there = self._append(events, rejected)
        except BaseException:
            self._sessions.clear()  # what was counted may not be stored
            raise
        if tally is not None:
            tally.messages += len(messages)
            tally.new += new
            tally.already_there += there
            tally.rejected += len(rejected)
        while len(self._sessions) > self._kept:
            self._sessions.popitem(last=False)
        return rejected

    def _read(self, message: Message) -> list[_Event]:
        found, problems = conversations(parse(message.body))
        if problems:
            raise NotationError(problems[0])
        events = []
        for conversation in found:
            if conversation.source == "tracker":
                raise NotationError("a tracker, where an event is expected")
            for raw in conversation.events:
                events.append(self._event(message, conversation.session, conversation.source, raw))
        return events

    def _event(self, message: Message, session: str, source: str, raw: Any) -> _Event:
        if source == "jsonl":
            line = jsonl.from_object(raw)
            encode(line.event.event)
            return _Event(message, session, line.event, line.actor)
        if message.sent_at and isinstance(raw, dict) and raw.get("timestamp") is None:
            raw = {**raw, "timestamp": message.sent_at.timestamp()}
        new, _ = identified(session, raw, partial(self._before, session, message.again))
        return _Event(message, session, new, INGEST)

    def _before(self, session: str, again: bool, digest: bytes, occurred_at: datetime | None) -> int:
        """With a time, the same content is the same event. Without one it is counted, unless it may be
        a message that is there already."""
        if occurred_at:
            return 0
        known = self._session(session)
        if known.timeless is None:
            rows = self._log.read(session_stream(session)) if known.begun else []
            known.timeless = frozenset(row.id for row in rows if row.id.startswith(TIMELESS))
        if digest not in known.said:
            while lasting_id(digest, None, known.said[digest]) in known.timeless:
                known.said[digest] += 1
        before = known.said[digest]
        if again and before:
            return before - 1
        known.said[digest] += 1
        return before

    def _session(self, session: str) -> _Session:
        known = self._sessions.get(session)
        if known is None:
            known = _Session(begun=self._log.version(session_stream(session)) > 0)
            self._sessions[session] = known
        self._sessions.move_to_end(session)
        return known

    def _append(self, events: list[_Event], rejected: list[Rejected]) -> tuple[int, int]:
        """How many were new, and how many there already. Those that stand for another event are rejected."""
        new = there = 0
        while events:
            before, again = self._log.position(), []
            groups = self._groups(events)
            batches = [self._made(session, actor, group) for (session, actor), group in groups]
            for ((session, _), group), result in zip(groups, self._log.append_many(batches), strict=True):
                if isinstance(result, EventConflict):
                    again += self._without(result.event_id, group, rejected)
                else:
                    rows = [row for row in result if row.id != session_id(session)]
                    new += sum(row.position > before for row in rows)
                    there += sum(row.position <= before for row in rows)
            events = again
        return new, there

    def _groups(self, events: list[_Event]) -> list[tuple[tuple[str, str], list[_Event]]]:
        """(session, actor) -> events, each session's in their order."""
        order = sorted(events, key=lambda each: each.session)  # stable
        grouped = groupby(order, key=lambda each: (each.session, each.actor))
        return [(key, list(group)) for key, group in grouped]

    def _made(self, session: str, actor: str, group: Sequence[_Event]) -> Batch:
        events = [each.new for each in group]
        if not self._session(session).begun and not isinstance(events[0].event, SessionRecorded):
            origin = SessionRecorded("broker", self._origin)
            events.insert(0, NewEvent(origin, session_id(session), events[0].occurred_at))
            self._session(session).begun = True
        return Batch(session_stream(session), events, actor)

    def _without(self, event_id: str, group: list[_Event], rejected: list[Rejected]) -> list[_Event]:
        """Those that are left when one id stands for something else; it may be ours, of the beginning."""
        refused = [each for each in group if each.new.id == event_id]
        reason = f"another event has the id {event_id} already"
        rejected += [Rejected(each.message, reason) for each in refused]
        return [each for each in group if each.new.id != event_id]
