"""Bring into the log what others recorded: every event once, every session in its own order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import PurePath
from reprlib import repr as brief

from recorder.errors import EventConflict
from recorder.events.event import NewEvent, Recorded, changed, is_forgotten, session_stream
from recorder.events.session import SessionEvent, SessionRecorded
from recorder.ingest.delivery import INGEST, Delivery, Part, Skipped, Source, session_id
from recorder.ingest.overlap import merge
from recorder.store.log import EventLog

BATCH = 500
"""Events in one transaction."""

Progress = Callable[[int, int], None]
"""Told how many sessions are done, and how many there are."""


@dataclass(slots=True)
class Report:
    """What came of it. Events of our own (where a session came from) are not counted."""

    sessions: int = 0
    """Sessions of which at least one event was read."""
    events: int = 0
    """Events read; one that stands in two files counts twice."""
    new: int = 0
    already_there: int = 0
    forgotten: int = 0
    """Events read of sessions that were forgotten: they stay out."""
    opaque: int = 0
    """How many of the events read were kept without being understood."""
    left: int = 0
    """Sessions that were not taken, because it was asked to stop."""
    skipped: list[Skipped] = field(default_factory=list)
    """What was not taken, or not as it stands, with the reason."""


def ingest(
    log: EventLog,
    sources: Sequence[Source],
    *,
    progress: Progress = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Append the sessions of all sources, one after the other.

    What several sources tell of a session is merged by the events that they share, so the order of the
    sources does not matter. An event that belongs before others which an earlier run has stored can
    only be kept at the end; the report says so.

    Args:
        stop: asked after each session; whoever runs it again gets the rest.
    """
    report = Report(skipped=[skipped for source in sources for skipped in source.skipped])
    holders: dict[str, list[Source]] = {}
    for source in sources:
        for session in source.sessions():
            holders.setdefault(session, []).append(source)
    for done, (session, having) in enumerate(holders.items(), 1):
        parts = [part for source in having for part in source.read(session)]
        report.skipped += [skipped for part in parts for skipped in part.skipped]
        _count(report, parts, _take(log, session, parts))
        progress(done, len(holders))
        report.left = len(holders) - done
        if stop():
            break
    return report


@dataclass(slots=True)
class _Taken:
    """What became of one session."""

    new: int
    refused: list[Skipped]
    remarks: list[Skipped]
    gone: int = 0
    """Events that stay out because they were forgotten."""


def _take(log: EventLog, session: str, parts: Sequence[Part]) -> _Taken:
    """Append what is new of one session.

    What was forgotten is known by its ids, of which only the log can tell: when it does, the session is
    taken once more without those. What is left of it then begins anew.
    """
    gone: set[str] = set()
    while True:
        try:
            taken = _append_new(log, session, [_without(part, gone) for part in parts], gone)
        except EventConflict as conflict:
            gone |= {each for each, stream in conflict.taken.items() if is_forgotten(stream)}
            continue
        for part in parts if gone else ():
            left_out = [delivery for delivery in part.deliveries if delivery.id in gone]
            taken.gone += len(left_out)
            if left_out:
                reason = f"{len(left_out)} of its events stay out: their session was forgotten"
                taken.remarks.append(Skipped(part.file, left_out[0].line, reason))
        return taken


def _without(part: Part, gone: set[str]) -> Part:
    kept = [delivery for delivery in part.deliveries if delivery.id not in gone]
    return replace(part, deliveries=kept) if gone else part


def _append_new(log: EventLog, session: str, parts: Sequence[Part], gone: set[str]) -> _Taken:
    """Raises EventConflict where something was forgotten that is not known to be gone yet."""
    stream = session_stream(session)
    stored = log.read(stream)
    fresh, doubtful, refused = _fresh(parts, stored)
    order = merge([_history(stored), *map(_ids, parts)], _times(parts, stored))
    new = [fresh[each] for each in order if each in fresh]
    late = _late(order, fresh, stored)
    conflicts: list[str] = []
    for actor, events in _batches(session, parts, stored, new, gone):
        conflicts += _append(log, stream, events, actor)
    lost = [each for each in conflicts if each in fresh]
    refused += [_refusal(parts, each) for each in lost]
    otherwise = _append(log, stream, [delivery.event for _, delivery in doubtful], INGEST)
    refused += [_taken(part, delivery) for part, delivery in doubtful if delivery.id in otherwise]
    refused.sort(key=lambda skipped: skipped.line or 0)
    return _Taken(len(new) - len(lost), refused, _remark(parts, session, late))


def _count(report: Report, parts: Sequence[Part], taken: _Taken) -> None:
    read = [delivery for part in parts for delivery in part.deliveries]
    report.sessions += bool(read)
    report.events += len(read)
    report.new += taken.new
    report.forgotten += taken.gone
    report.already_there += len(read) - taken.new - taken.gone - len(taken.refused)
    report.opaque += sum(delivery.is_opaque for delivery in read)
    report.skipped += taken.refused + taken.remarks


def _fresh(
    parts: Sequence[Part], stored: Sequence[Recorded]
) -> tuple[dict[str, Delivery], list[tuple[Part, Delivery]], list[Skipped]]:
    """The deliveries that are not stored, by id; those that the log has otherwise; and those that differ.

    What the log has otherwise it may have redacted: only an append can tell.
    """
    there = {row.id: row.event for row in stored}
    fresh: dict[str, Delivery] = {}
    doubtful: list[tuple[Part, Delivery]] = []
    refused = []
    for part in parts:
        for delivery in part.deliveries:
            if delivery.id in there:
                if there[delivery.id] != delivery.event.event:
                    doubtful.append((part, delivery))
            elif fresh.setdefault(delivery.id, delivery).event.event != delivery.event.event:
                refused.append(_taken(part, delivery))
    return fresh, doubtful, refused


def _history(stored: Sequence[Recorded]) -> list[str]:
    """What happened in the conversation, without what was added to the stream about it."""
    return [
        row.id
        for row in stored
        if isinstance(row.event, SessionEvent) and not isinstance(row.event, SessionRecorded)
    ]


def _ids(part: Part) -> list[str]:
    return list(dict.fromkeys(delivery.id for delivery in part.deliveries))


def _times(parts: Sequence[Part], stored: Sequence[Recorded]) -> dict[str, float]:
    times = {row.id: row.occurred_at.timestamp() for row in stored}
    for delivery in (delivery for part in parts for delivery in part.deliveries):
        time = delivery.event.occurred_at
        times[delivery.id] = time.timestamp() if time else float("-inf")
    return times


def _late(order: Sequence[str], fresh: dict[str, Delivery], stored: Sequence[Recorded]) -> list[str]:
    """The new ones that belong before something that is stored already."""
    history = frozenset(_history(stored))
    last = max((place for place, each in enumerate(order) if each in history), default=0)
    return [each for each in order[:last] if each in fresh]


def _batches(
    session: str, parts: Sequence[Part], stored: Sequence[Recorded], new: Sequence[Delivery], gone: set[str]
) -> Iterator[tuple[str, list[NewEvent]]]:
    """(actor, events) for each transaction, with our own events around those of the sources."""
    first, notes = _origins(session, parts, stored, new)
    if gone:
        first, notes = _origins_anew(session, first, notes, new, gone)
    actors = [(INGEST, each) for each in first]
    actors += [(delivery.actor, delivery.event) for delivery in new]
    actors += [(INGEST, each) for each in notes]
    for actor, group in groupby(actors, key=lambda pair: pair[0]):
        events = [event for _, event in group]
        for start in range(0, len(events), BATCH):
            yield actor, events[start : start + BATCH]


def _origins(
    session: str, parts: Sequence[Part], stored: Sequence[Recorded], new: Sequence[Delivery]
) -> tuple[list[NewEvent], list[NewEvent]]:
    """Where the session came from, once; and what people had noted of it there, once for each note.

    The notes of the source that the session came from first stand in that first event; later ones get
    an event of their own at the end, so that they change nothing of the conversation.
    """
    known = [row.event.extra.get("review") for row in stored if isinstance(row.event, SessionRecorded)]
    first: list[NewEvent] = []
    notes: list[NewEvent] = []
    for part in parts:
        if not stored and new and not first and not isinstance(new[0].event.event, SessionRecorded):
            first.append(NewEvent(_origin(part), session_id(session), new[0].event.occurred_at))
        elif part.review and part.review not in known:
            notes.append(NewEvent(_origin(part), session_id(session, part.review)))
        known.append(part.review)
    return first, notes


def _origins_anew(
    session: str, first: list[NewEvent], notes: list[NewEvent], new: Sequence[Delivery], gone: set[str]
) -> tuple[list[NewEvent], list[NewEvent]]:
    """The same where some of the session was forgotten: nothing of it comes back by way of a note."""
    anew = [
        replace(each, id=session_id(session, {"begins": new[0].id}), event=changed(each.event, extra={}))
        for each in first
        if isinstance(each.event, SessionRecorded)
    ]
    return anew, [each for each in notes if new and not first and each.id not in gone]


def _origin(part: Part) -> SessionRecorded:
    extra = {"review": part.review} if part.review else {}
    return SessionRecorded(part.source, PurePath(part.file).name, extra=extra)


def _append(log: EventLog, stream: str, events: list[NewEvent], actor: str) -> list[str]:
    """Append one batch; returns the ids that stand for something else meanwhile, which are left out.

    Raises EventConflict where any of them was forgotten; nothing is appended then.
    """
    conflicts: list[str] = []
    while events:
        try:
            log.append(stream, events, actor=actor)
            break
        except EventConflict as conflict:
            if any(map(is_forgotten, conflict.taken.values())):
                raise
            conflicts += conflict.taken
            events = [each for each in events if each.id not in conflict.taken]
    return conflicts


def _taken(part: Part, delivery: Delivery) -> Skipped:
    return Skipped(part.file, delivery.line, f"another event has the id {delivery.id} already")


def _refusal(parts: Sequence[Part], event_id: str) -> Skipped:
    return next(
        _taken(part, delivery) for part in parts for delivery in part.deliveries if delivery.id == event_id
    )


def _remark(parts: Sequence[Part], session: str, late: list[str]) -> list[Skipped]:
    if not late:
        return []
    file, line = next((p.file, d.line) for p in parts for d in p.deliveries if d.id == late[0])
    what = "1 event belongs" if len(late) == 1 else f"{len(late)} events belong"
    return [
        Skipped(file, line, f"kept at the end: {what} before what the log had of session {brief(session)}")
    ]
