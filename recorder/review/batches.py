"""A batch folded from its stream: who has what, what is left, and what may come next.

A session has as many places as it needs votes. Who claims it holds a place for a while, who submits
fills one. A claim whose time is over leaves its place to whoever comes; nobody loses a decision by
that, because decisions are in a review of one's own, which knows nothing of places. What is submitted
without a place is late: kept, marked, and counted where it turns out to be needed.

Whatever clocks do, standing claims and votes in time never exceed the places: who claims the place of
somebody else's expired claim ends that claim for good.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from recorder.errors import (
    BatchOver,
    NoPlaceLeft,
    NotInBatch,
    ReviewError,
    SkipsSpent,
    UnknownSession,
)
from recorder.events.batches import (
    BatchClosed,
    BatchOpened,
    ClaimReleased,
    ClaimRenewed,
    GuidelinesWritten,
    SessionClaimed,
    SessionDone,
    SessionReopened,
    SessionSkipped,
)
from recorder.events.event import Event, JsonObject

CLAIM: Final = timedelta(minutes=15)
"""How long a claim lasts after the latest sign of life."""
_LONGEST: Final = 2 * CLAIM
"""A claim that lasts longer was made by another clock; it counts as over."""
_PULSE: Final = timedelta(minutes=1)
"""Signs of life that follow each other faster are not written."""
SKIPS_A_DAY: Final = 20
"""Sessions of a batch that one person may skip in a day (UTC)."""
SKIP_REASONS: Final = ("language", "expertise", "acquainted", "broken", "other")
"""Not my language; I do not know the subject; I know who it is; it cannot be read; something else."""

State = Literal["mine", "begun", "needs me", "done", "skipped", "full"]
"""A session for one person: claimed; claimed once, and free to go on with; free; submitted; left to
others; in the hands of others."""


@dataclass(frozen=True, slots=True)
class Item:
    """A session as it was queued."""

    began: int
    """Position in the log of its first event."""
    votes: int
    reasons: tuple[str, ...] = ()
    blind: bool = False
    gold: bool = False
    guided: tuple[str, ...] = ()
    """For whom it is the first one of all."""


@dataclass(frozen=True, slots=True)
class Done:
    """A submitted review."""

    at: datetime
    late: bool
    active: float | None
    """Seconds."""


@dataclass(slots=True)
class Places:
    """What became of one session so far. People by name."""

    claims: dict[str, datetime] = field(default_factory=dict)
    """Until when. The time may be over: it is theirs until somebody else takes the place."""
    done: dict[str, Done] = field(default_factory=dict)
    begun: dict[str, datetime] = field(default_factory=dict)
    """Who ever had it, and since when."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Why."""
    later: dict[str, int] = field(default_factory=dict)
    """Place at the end of one's own queue."""

    @property
    def in_time(self) -> int:
        return len([done for done in self.done.values() if not done.late])


@dataclass(slots=True)
class Batch:
    """The fold of one batch's stream. `evolve` is the only thing that changes it."""

    name: str = ""
    annotators: tuple[str, ...] = ()
    seed: int = 0
    due: str = ""
    sampled: JsonObject | None = None
    items: tuple[Item, ...] = ()
    places: list[Places] = field(default_factory=list)
    guidelines: list[str] = field(default_factory=list)
    """All versions, the newest last."""
    opened: datetime | None = None
    closed: bool = False
    gone: frozenset[int] = frozenset()
    """Numbers of the sessions that are forgotten. The log's other streams tell; nothing here does."""
    version: int = 0
    """Events so far."""
    skips: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By person and day."""
    active: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Person -> seconds that each session took."""

    def evolve(self, event: Event, at: datetime) -> None:
        """Take one more event of the stream, which was written at that time."""
        self.version += 1
        match event:
            case BatchOpened():
                self.items = tuple(_item(each) for each in event.items)
                self.places = [Places() for _ in self.items]
                self.annotators, self.seed, self.due = event.annotators, event.seed, event.due
                self.sampled, self.opened = event.sampled, at
            case GuidelinesWritten(text=text):
                self.guidelines.append(text)
            case BatchClosed():
                self.closed = True
            case (
                SessionClaimed(item=number)
                | ClaimRenewed(item=number)
                | ClaimReleased(item=number)
                | SessionSkipped(item=number)
                | SessionDone(item=number)
                | SessionReopened(item=number)
            ) if 0 <= number < len(self.places):
                self._move(number, event, at)
            case _:
                pass

    def _move(self, number: int, event: Event, at: datetime) -> None:
        places, votes = self.places[number], self.items[number].votes
        match event:
            case SessionClaimed(by=by, until=until):
                places.begun.setdefault(by, at)
                places.skipped.pop(by, None)
                places.later.pop(by, None)
                places.claims[by] = _time(until)
                _fit(places, votes, by)
            case ClaimRenewed(by=by, until=until) if by in places.claims:
                places.claims[by] = _time(until)
            case ClaimReleased(by=by, reason=reason):
                places.claims.pop(by, None)
                if reason == "later":
                    places.later[by] = self.version
            case SessionSkipped(by=by, reason=reason):
                places.claims.pop(by, None)
                places.skipped[by] = reason
                self.skips[by, _day(at)] += 1
            case SessionDone(by=by, late=late, active=active):
                places.claims.pop(by, None)
                places.skipped.pop(by, None)
                places.begun.setdefault(by, at)
                places.done[by] = Done(at, late, active)
                _fit(places, votes)
                if active is not None:
                    self.active[by].append(active)
            case SessionReopened(by=by, until=until):
                places.done.pop(by, None)
                if until:
                    places.claims[by] = _time(until)
                    _fit(places, votes, by)
            case _:
                pass

    def takes(self, person: str) -> bool:
        """Whether the person takes part."""
        return not self.annotators or person in self.annotators

    def free(self, number: int, person: str, now: datetime) -> int:
        """How many places the person could take, if it had none; below 0 after late work."""
        places = self.places[number]
        taken = len(places.done) - (person in places.done)
        for by, until in places.claims.items():
            taken += by != person and _lives(until, now)
        return self.items[number].votes - taken

    def state(self, number: int, person: str, now: datetime) -> State:
        places = self.places[number]
        if person in places.done:
            return "done"
        if person in places.claims and _lives(places.claims[person], now):
            return "mine"
        if person in places.skipped:
            return "skipped"
        if self.closed or number in self.gone or self.free(number, person, now) < 1:
            return "full"
        return "begun" if person in places.begun else "needs me"

    def is_complete(self, number: int) -> bool:
        """Whether it has all its votes."""
        return len(self.places[number].done) >= self.items[number].votes

    def is_stuck(self, number: int) -> bool:
        """Whether it lacks votes, and all who could give one have left it to others."""
        places = self.places[number]
        left = [who for who in self.annotators if who not in places.done and who not in places.skipped]
        return bool(self.annotators) and not left and not self.is_complete(number) and number not in self.gone

    @property
    def usual_votes(self) -> int:
        """Votes that most of the sessions need, those aside by which annotators are measured."""
        counted = Counter(item.votes for item in self.items if not item.gold)
        return counted.most_common(1)[0][0] if counted else 1

    def people(self) -> list[str]:
        """Who may take part, or does; sorted."""
        seen = {by for places in self.places for by in places.begun}
        return sorted({*self.annotators, *seen})


def next_for(batch: Batch, person: str, now: datetime) -> int | None:
    """Number of the session that the person should see next; None: there is none.

    What is claimed comes first, then what was begun, then what is free: where the fewest others are, in an
    order of the person's own. Sessions for later come last, in the order in which they were put off.
    """
    if not batch.takes(person) or batch.closed:
        return None
    rank = _order(batch.seed, person, len(batch.items))
    own = [
        number
        for number, places in enumerate(batch.places)
        if person in places.claims and number not in batch.gone and _lives(places.claims[person], now)
    ]
    if own:
        return min(own, key=rank.__getitem__)
    states = {
        number: batch.state(number, person, now)
        for number, (item, places) in enumerate(zip(batch.items, batch.places, strict=True))
        if len(places.done) < item.votes
    }
    can = [number for number, state in states.items() if state in ("begun", "needs me")]
    put_off = {number: batch.places[number].later.get(person) for number in can}
    at_once = [number for number in can if put_off[number] is None]
    if not at_once:
        return min(can, key=lambda number: put_off[number] or 0, default=None)
    if guided := [number for number in at_once if person in batch.items[number].guided]:
        return min(guided, key=rank.__getitem__)
    if begun := [number for number in at_once if states[number] == "begun"]:
        return min(begun, key=rank.__getitem__)
    load = {n: batch.items[n].votes - batch.free(n, person, now) for n in at_once}
    least = min((load[n] for n in at_once if not batch.items[n].gold), default=0)
    # Gold needs more votes than others: by load, it would come last, and be known by that.
    return min((n for n in at_once if batch.items[n].gold or load[n] == least), key=rank.__getitem__)


def claim(batch: Batch, person: str, number: int, now: datetime) -> SessionClaimed | ClaimRenewed | None:
    """Hold a place; None: the person does, and no sign of life is due.

    Raises: BatchOver, NotInBatch, UnknownSession, NoPlaceLeft, ReviewError (it is done).
    """
    _check(batch, person, number)
    places = batch.places[number]
    if person in places.done:
        raise ReviewError("You have submitted this session; reopen it to change it.")
    if person in places.claims and _lives(places.claims[person], now):
        return renew(batch, person, number, now)
    if batch.free(number, person, now) < 1:
        raise NoPlaceLeft()
    return SessionClaimed(number, person, _until(now))


def renew(batch: Batch, person: str, number: int, now: datetime) -> ClaimRenewed | None:
    """A sign of life; None: none is due, or there is nothing to renew (ask `claim` then)."""
    until = batch.places[number].claims.get(person)
    if batch.closed or until is None or not _lives(until, now):
        return None
    return ClaimRenewed(number, person, _until(now)) if now + CLAIM - until >= _PULSE else None


def release(batch: Batch, person: str, number: int, reason: str = "") -> ClaimReleased | None:
    """Give the place back; None: the person has none. With `later`, it comes at the end of the own queue."""
    _check(batch, person, number, closed=True)
    places = batch.places[number]
    if person in places.done or (person not in places.claims and reason != "later"):
        return None
    return ClaimReleased(number, person, reason)


def skip(batch: Batch, person: str, number: int, reason: str, now: datetime) -> SessionSkipped | None:
    """Leave it to others; None: the person has skipped it before.

    Raises: BatchOver, NotInBatch, UnknownSession, SkipsSpent, ReviewError (no such reason, or it is done).
    """
    _check(batch, person, number)
    places = batch.places[number]
    if reason not in SKIP_REASONS:
        raise ReviewError(f"A reason to skip is one of {', '.join(SKIP_REASONS)}, not {reason!r}.")
    if person in places.done:
        raise ReviewError("You have submitted this session, so it cannot be skipped.")
    if person in places.skipped:
        return None
    if batch.skips[person, _day(now)] >= SKIPS_A_DAY:
        raise SkipsSpent(SKIPS_A_DAY)
    return SessionSkipped(number, person, reason)


def done(
    batch: Batch, person: str, number: int, now: datetime, active: float | None = None
) -> SessionDone | None:
    """The review is submitted; None: that is known, or nothing to the batch. It is never refused."""
    places, votes = batch.places[number], batch.items[number].votes
    if not batch.takes(person) or person in places.done:
        return None
    holds = person in places.claims and _lives(places.claims[person], now)
    is_full = places.in_time >= votes or (not holds and batch.free(number, person, now) < 1)
    return SessionDone(number, person, batch.closed or is_full, active, len(batch.guidelines))


def reopen(batch: Batch, person: str, number: int, now: datetime) -> SessionReopened | None:
    """The review is open again; None: it was not done, or the batch is closed and keeps what it had."""
    was = batch.places[number].done.get(person)
    if was is None or batch.closed:
        return None
    return SessionReopened(number, person, "" if was.late else _until(now))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is, and one person in it."""

    sessions: int
    complete: int
    """Sessions with all their votes."""
    votes: int
    """Needed, in all."""
    given: int
    """Those of them that were given."""
    late: int
    """Votes beyond."""
    done: int
    """By the person, as the following."""
    begun: int
    skipped: int
    open: int
    """Sessions that the person could take now, those begun included."""
    seconds: float | None
    """Median of what a session took the person; None: none was submitted."""
    seconds_left: float | None
    """What is left, shared evenly among all who take part, at that pace."""


def progress(batch: Batch, person: str, now: datetime) -> Progress:
    there = [number for number in range(len(batch.items)) if number not in batch.gone]
    states = Counter(batch.state(number, person, now) for number in there)
    votes = sum(batch.items[number].votes for number in there)
    given = sum(min(len(batch.places[number].done), batch.items[number].votes) for number in there)
    can = states["mine"] + states["begun"] + states["needs me"]
    pace = median(batch.active[person]) if batch.active.get(person) else None
    share = -(-(votes - given) // max(1, len(batch.people())))
    return Progress(
        sessions=len(there),
        complete=sum(batch.is_complete(number) for number in there),
        votes=votes,
        given=given,
        late=sum(len(batch.places[number].done) for number in there) - given,
        done=states["done"],
        begun=states["mine"] + states["begun"],
        skipped=states["skipped"],
        open=can,
        seconds=pace,
        seconds_left=None if pace is None else pace * min(share, can),
    )


def active_seconds(times: Iterable[datetime], pause: float = 120.0) -> float | None:
    """Time from the first to the last, each pause cut to so many seconds; None: nothing lies between."""
    ordered = sorted(times)
    if len(ordered) < 2:
        return None
    gaps = ((later - earlier).total_seconds() for earlier, later in pairwise(ordered))
    return sum(min(gap, pause) for gap in gaps)


def _check(batch: Batch, person: str, number: int, *, closed: bool = False) -> None:
    if batch.closed and not closed:
        raise BatchOver(batch.name)
    if not batch.takes(person):
        raise NotInBatch(batch.name, person)
    if number in batch.gone or not 0 <= number < len(batch.items):
        raise UnknownSession(f"{number + 1} of {batch.name}", forgotten=number in batch.gone)


def _fit(places: Places, votes: int, last: str = "") -> None:
    """Where there are too few places, those leave whose time was over first, and `last` last of all."""
    while places.claims and len(places.claims) + places.in_time > votes:
        del places.claims[min(places.claims.items(), key=lambda each: (each[0] == last, each[1], each[0]))[0]]


def _lives(until: datetime, now: datetime) -> bool:
    return now < until <= now + _LONGEST


def _until(now: datetime) -> str:
    return (now + CLAIM).astimezone(UTC).isoformat()


@lru_cache(maxsize=65536)
def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


@lru_cache(maxsize=256)
def _order(seed: int, person: str, count: int) -> list[int]:
    """Number -> rank, of a person's own order."""
    said = f"{seed}\n{person}\n".encode("utf-8", "replace")
    return [
        int.from_bytes(blake2b(said + str(number).encode(), digest_size=8).digest())
        for number in range(count)
    ]


def _item(data: JsonObject) -> Item:
    return Item(
        began=data["began"],
        votes=data["votes"],
        reasons=tuple(data.get("reasons", ())),
        blind=data.get("blind", False),
        gold=data.get("gold", False),
        guided=tuple(data.get("guided", ())),
    )


def to_json(item: Item) -> JsonObject:
    """As `BatchOpened` has it."""
    data: JsonObject = {"began": item.began, "votes": item.votes}
    if item.reasons:
        data["reasons"] = list(item.reasons)
    data |= {name: True for name in ("blind", "gold") if getattr(item, name)}
    if item.guided:
        data["guided"] = list(item.guided)
    return data
