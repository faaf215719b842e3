"""Work on batches: who gets which session, and what becomes of it.

Every step looks at the batch on the `Board`, decides, and appends at the version that it looked at; who was
overtaken looks again. So everything here may be repeated, by any number of processes, and whoever is cut
short asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from recorder.errors import ReviewError, UnknownSession, VersionConflict
from recorder.events.event import Event, NewEvent, batch_stream, review_stream
from recorder.events.review import ReviewReopened, ReviewSubmitted
from recorder.review import batches
from recorder.review.batches import Progress, State
from recorder.review.people import Person, may, require
from recorder.review.reviews import Review
from recorder.review.visibility import Case, may_see
from recorder.services import reviewing
from recorder.services.board import Board, Shelf
from recorder.services.reviewing import Desk, Outcome
from recorder.store import log as logs
from recorder.store.log import EventLog


@dataclass(frozen=True, slots=True)
class Task:
    """A session of a batch, for one person. Whether it is gold, nobody is told."""

    batch: str
    number: int
    session: str
    state: State
    reasons: tuple[str, ...]
    blind: bool
    guided: bool
    votes: int
    """Needed."""
    given: int
    holders: tuple[str, ...]
    """Others who have it in hand."""
    until: datetime | None
    """To when the person's claim lasts; None: there is none."""
    late: bool
    """It was submitted without a place."""


_CAN_VOTE: Final = ("mine", "begun", "needs me")

Decision = Callable[[Shelf, datetime], Event | None]
"""Looks at the batch as of now: what is to be written next, or None."""


def claim_next(board: Board, person: Person, batch: str = "") -> Task | None:
    """Give the person a session: what it has in hand already, or else the next one; None: there is none.

    Args:
        batch: only of this one; empty: of all in which the person takes part.

    Raises: NotAllowed, UnknownBatch.
    """
    require(person, "claim")
    for name in [batch] if batch else _own_first(board, person):
        while (number := _next(board, name, person)) is not None:
            with board.look(name) as shelf:
                session = shelf.sessions[number]
            if is_submitted(board.log, session, person.name):  # before, in another batch or in none
                _write(board, person, name, partial(_done_before, person.name, number))
                continue
            try:
                return claim(board, person, name, session)
            except ReviewError:  # others were faster, or the person in another tab
                continue
    return None


def claim(board: Board, person: Person, batch: str, session: str) -> Task:
    """Take this session; again is the same claim.

    Raises: NotAllowed, UnknownBatch, NotInBatch, UnknownSession, BatchOver, NoPlaceLeft, ReviewError.
    """
    require(person, "claim")
    who = person.name
    _write(board, person, batch, lambda s, now: batches.claim(s.batch, who, _number(s, session), now))
    return task(board, person, batch, session)


def renew(board: Board, person: Person, session: str) -> datetime | None:
    """A sign of life, with or without a decision: the claim lasts longer, or is taken again if it may be.

    Returns until when it lasts; None: the person has no place, so that what comes in will be late.
    """
    require(person, "claim")
    lasts = None
    for batch in board.of(person.name):
        _write(board, person, batch, lambda s, now: _sign_of_life(s, person.name, session, now))
        with board.look(batch) as shelf:
            if session in shelf.numbers:
                until = shelf.batch.places[shelf.numbers[session]].claims.get(person.name)
                lasts = max(filter(None, (lasts, until)), default=None)
    return lasts


def release(board: Board, person: Person, batch: str, session: str) -> None:
    """Give it back, to whoever comes; the decisions stay."""
    require(person, "claim")
    who = person.name
    _write(board, person, batch, lambda s, now: batches.release(s.batch, who, _number(s, session)))


def later(board: Board, person: Person, batch: str, session: str) -> None:
    """Put it at the end of the person's own queue, and give the place back meanwhile."""
    require(person, "claim")
    who = person.name
    _write(board, person, batch, lambda s, now: batches.release(s.batch, who, _number(s, session), "later"))


def skip(board: Board, person: Person, batch: str, session: str, reason: str) -> None:
    """Leave it to others, for one of `batches.SKIP_REASONS`. Raises as `claim`, and SkipsSpent."""
    require(person, "claim")
    who = person.name
    _write(board, person, batch, lambda s, now: batches.skip(s.batch, who, _number(s, session), reason, now))


def decide(board: Board, desk: Desk, session: str, person: Person, sent: Sequence[Any]) -> Outcome:
    """`reviewing.decide`, and what it means to the batches that the session is in, in one transaction.

    A decision renews the claim, submitting fills a place, reopening takes the vote back. In no batch,
    nothing more happens.
    """

    def beside(review: Review) -> list[logs.Batch]:
        found = (
            _noted(board, person, batch, session, review) for batch in board.of(person.name, closed=True)
        )
        return [each for each in found if each is not None]

    return reviewing.decide(desk, session, person, sent, beside)


def submit(board: Board, desk: Desk, session: str, person: Person, command: str) -> Outcome:
    """The review is done. `command`: an id, so that it may be repeated."""
    require(person, "decide")
    version = desk.session(session).version
    return decide(
        board, desk, session, person, [_said(ReviewSubmitted.type, command, session_version=version)]
    )


def reopen(board: Board, desk: Desk, session: str, person: Person, command: str) -> Outcome:
    return decide(board, desk, session, person, [_said(ReviewReopened.type, command)])


def _said(kind: str, command: str, **fields: object) -> dict[str, object]:
    return {"id": command, "type": kind, **fields}


def task(board: Board, person: Person, batch: str, session: str) -> Task:
    """How the session stands for the person. Raises NotAllowed, UnknownBatch, UnknownSession."""
    require(person, "read_sessions")
    with board.look(batch) as shelf:
        return _task(shelf, _number(shelf, session), person.name, board.clock())


def tasks(board: Board, person: Person, session: str) -> list[Task]:
    """The session in all open batches of the person that have it. Raises NotAllowed."""
    require(person, "read_sessions")
    found = []
    for batch in board.of(person.name):
        with board.look(batch) as shelf:
            if session in shelf.numbers:
                found.append(_task(shelf, shelf.numbers[session], person.name, board.clock()))
    return found


def queued(board: Board, person: Person, sessions: Sequence[str]) -> dict[str, Task]:
    """Those of the sessions that are in an open batch of the person, as they stand in the first one.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    found: dict[str, Task] = {}
    for batch in board.of(person.name):
        with board.look(batch) as shelf:
            for session in sessions:
                if session in shelf.numbers and session not in found:
                    found[session] = _task(shelf, shelf.numbers[session], person.name, board.clock())
    return found


@dataclass(frozen=True, slots=True)
class WorkList:
    """One batch as its annotator sees it."""

    batch: str
    due: str
    closed: bool
    guidelines: int
    """Version; 0: there are none."""
    progress: Progress
    tasks: dict[State, tuple[Task, ...]]
    """What was done: the newest first. What is free: what `claim_next` gives, then those that others have
    begun; at most `MOST`."""


MOST: Final = 50
"""Sessions of one kind that a work list names; `progress` has the numbers of all."""


def mine(board: Board, person: Person) -> list[WorkList]:
    """What the person has to do, has begun, and has done, by batch. Raises NotAllowed."""
    require(person, "claim")
    return [work_list(board, person, name) for name in board.of(person.name)]


def work_list(board: Board, person: Person, batch: str) -> WorkList:
    """Raises NotAllowed, UnknownBatch."""
    require(person, "read_sessions")
    now, who = board.clock(), person.name
    with board.look(batch) as shelf:
        kinds: dict[State, list[int]] = {}
        for number in range(len(shelf.sessions)):
            if number not in shelf.batch.gone:
                kinds.setdefault(shelf.batch.state(number, who, now), []).append(number)
        places = shelf.batch.places
        kinds.get("done", []).sort(key=lambda number: places[number].done[who].at, reverse=True)
        following = batches.next_for(shelf.batch, who, now)
        kinds.get("needs me", []).sort(key=lambda each: (each != following, -len(places[each].done)))
        return WorkList(
            batch,
            shelf.batch.due,
            shelf.batch.closed,
            len(shelf.batch.guidelines),
            batches.progress(shelf.batch, who, now),
            {
                state: tuple(_task(shelf, number, who, now) for number in numbers[:MOST])
                for state, numbers in kinds.items()
            },
        )


def guidelines(board: Board, batch: str) -> list[str]:
    """All versions, the newest last. Raises UnknownBatch."""
    with board.look(batch) as shelf:
        return list(shelf.batch.guidelines)


def case(board: Board, person: Person, session: str) -> Case:
    """How the session is queued, and where the person stands with it: what `visibility.may_see` asks for.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    blind = takes_part = can_vote = False
    for name in board.open_ones():
        with board.look(name) as shelf:
            number = shelf.numbers.get(session)
            if number is None or not shelf.batch.items[number].blind:
                continue
            blind = True
            if shelf.batch.takes(person.name):
                takes_part = True
                can_vote |= shelf.batch.state(number, person.name, board.clock()) in _CAN_VOTE
    return Case(blind, takes_part, can_vote, blind and _was_submitted(board.log, session, person.name))


def is_blind(board: Board, session: str, person: Person) -> bool:
    """Whether the person must not see yet what the model made of the session; a `Desk` asks."""
    require(person, "read_sessions")
    return not may_see(person, case(board, person, session), "model")


def blind_sessions(board: Board, person: Person) -> set[str]:
    """Sessions of open batches on which the person has a vote to give blind. Raises NotAllowed."""
    require(person, "read_sessions")
    found: set[str] = set()
    now = board.clock()
    for name in board.open_ones():
        with board.look(name) as shelf:
            batch = shelf.batch
            if batch.takes(person.name):
                found.update(
                    session
                    for number, session in enumerate(shelf.sessions)
                    if session
                    and batch.items[number].blind
                    and batch.state(number, person.name, now) in _CAN_VOTE
                )
    streams = {session: review_stream(session, person.name) for session in found}
    submitted = board.log.read_many(streams.values(), types=(ReviewSubmitted.type,))  # if only once
    cases = {session: Case(True, True, True, bool(submitted[streams[session]])) for session in found}
    return {session for session in found if not may_see(person, cases[session], "model")}


def veiled(board: Board, person: Person) -> set[str]:
    """Sessions of which no list may tell what is in them: blind ones of the person's open batches, not done.

    Quick enough for every look at a list: nothing is read but what is new in the batches. Raises NotAllowed.
    """
    require(person, "read_sessions")
    judges, now = may(person, "adjudicate"), board.clock()
    found: set[str] = set()
    for name in board.of(person.name):
        with board.look(name) as shelf:
            for number, item in enumerate(shelf.batch.items):
                if item.blind and shelf.sessions[number]:
                    state = shelf.batch.state(number, person.name, now)
                    if state in _CAN_VOTE or not (judges or state == "done"):
                        found.add(shelf.sessions[number])
    return found


def gold_sessions(board: Board, person: Person) -> set[str]:
    """Sessions by which the person is measured until their batch is closed. For services, not for screens.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    found: set[str] = set()
    for name in board.open_ones():
        with board.look(name) as shelf:
            if shelf.batch.takes(person.name):
                pairs = zip(shelf.sessions, shelf.batch.items, strict=True)
                found.update(session for session, item in pairs if session and item.gold)
    return found


def sessions_of(board: Board, batch: str) -> list[str]:
    """Those of a batch that are not forgotten. Raises UnknownBatch."""
    with board.look(batch) as shelf:
        return [session for session in shelf.sessions if session]


def is_closed(board: Board, batch: str) -> bool:
    """Raises UnknownBatch."""
    with board.look(batch) as shelf:
        return shelf.batch.closed


def batches_of(board: Board, session: str) -> list[str]:
    """Names of the open batches that the session is in."""
    found = []
    for name in board.open_ones():
        with board.look(name) as shelf:
            if session in shelf.numbers:
                found.append(name)
    return found


def _own_first(board: Board, person: Person) -> list[str]:
    """The person's batches: those first in which it has something in hand."""
    names = board.of(person.name)
    return sorted(names, key=lambda name: not _has_claim(board, name, person.name))  # otherwise as they were


def _has_claim(board: Board, name: str, person: str) -> bool:
    now = board.clock()
    with board.look(name) as shelf:
        return any(
            shelf.batch.state(number, person, now) == "mine"
            for number, places in enumerate(shelf.batch.places)
            if person in places.claims
        )


def _next(board: Board, name: str, person: Person) -> int | None:
    with board.look(name) as shelf:
        return batches.next_for(shelf.batch, person.name, board.clock())


def _done_before(person: str, number: int, shelf: Shelf, now: datetime) -> Event | None:
    return batches.done(shelf.batch, person, number, now)


def _write(board: Board, person: Person, name: str, decision: Decision) -> None:
    """Append what the decision says, on the batch as it is."""
    while True:
        now = board.clock()
        with board.look(name) as shelf:
            event, version = decision(shelf, now), shelf.batch.version
        if event is None:
            return
        try:
            new = [NewEvent(event, occurred_at=now)]
            board.log.append(batch_stream(name), new, expected_version=version, actor=person.name)
        except VersionConflict:
            continue
        return


def _sign_of_life(shelf: Shelf, person: str, session: str, now: datetime) -> Event | None:
    """What a claim that is renewed, or taken again, writes."""
    number = shelf.numbers.get(session)
    if number is None or person in shelf.batch.places[number].done:
        return None
    try:
        return batches.claim(shelf.batch, person, number, now)
    except ReviewError:  # others have it by now: it will be late
        return None


def _noted(board: Board, person: Person, name: str, session: str, review: Review) -> logs.Batch | None:
    """What the batch is to know of the review as it will be; None: nothing."""
    now, who = board.clock(), person.name
    with board.look(name) as shelf:
        number, version = shelf.numbers.get(session), shelf.batch.version
        if number is None:
            return None
        event: Event | None
        if review.submitted:
            active = None
            if who not in shelf.batch.places[number].done:
                active = _active(board.log, session, who, shelf.batch.places[number].begun.get(who), now)
            event = batches.done(shelf.batch, who, number, now, active)
        elif who in shelf.batch.places[number].done:
            event = batches.reopen(shelf.batch, who, number, now)
        else:
            event = _sign_of_life(shelf, who, session, now)
    if event is None:
        return None
    return logs.Batch(batch_stream(name), [NewEvent(event, occurred_at=now)], who, version)


def _active(log: EventLog, session: str, person: str, begun: datetime | None, now: datetime) -> float | None:
    times = [record.occurred_at for record in log.read(review_stream(session, person))]
    return batches.active_seconds([*times, now, *([begun] if begun else [])])


def is_submitted(log: EventLog, session: str, person: str) -> bool:
    """Whether the person's review of the session is, in a batch or in none."""
    stream = review_stream(session, person)
    rows = log.read_many([stream], types=(ReviewSubmitted.type, ReviewReopened.type))[stream]
    return bool(rows) and rows[-1].type == ReviewSubmitted.type


def _was_submitted(log: EventLog, session: str, person: str) -> bool:
    """Whether it ever was; who opens it again has seen everything."""
    stream = review_stream(session, person)
    return bool(log.read_many([stream], types=(ReviewSubmitted.type,))[stream])


def _number(shelf: Shelf, session: str) -> int:
    try:
        return shelf.numbers[session]
    except KeyError:
        raise UnknownSession(session, forgotten=shelf.forgotten > 0) from None


def _task(shelf: Shelf, number: int, person: str, now: datetime) -> Task:
    batch = shelf.batch
    item, places, state = batch.items[number], batch.places[number], batch.state(number, person, now)
    votes, given = item.votes, len(places.done)
    if item.gold and not batch.closed:  # it needs more than others, which would tell
        votes = batch.usual_votes
        given = min(given, votes - 1)
    return Task(
        batch=batch.name,
        number=number,
        session=shelf.sessions[number],
        state=state,
        reasons=item.reasons,
        blind=item.blind,
        guided=person in item.guided,
        votes=votes,
        given=given,
        holders=tuple(sorted(by for by, until in places.claims.items() if by != person and now < until)),
        until=places.claims[person] if state == "mine" else None,
        late=state == "done" and places.done[person].late,
    )
