"""A thousand annotators on one batch, in several programs that crash, each with a clock of its own.

What each of them does next is a matter of luck. Whatever comes of it, no place is given twice, no
decision that was acknowledged is lost, and a batch knows of a submitted review, or there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Lock
from typing import Any, Final

import pytest

from recorder.errors import ReviewError
from recorder.events.batches import SessionClaimed, SessionDone
from recorder.events.event import JsonObject, NewEvent, batch_stream, review_stream, session_stream
from recorder.events.session import ActionExecuted, UserUttered
from recorder.review import batches
from recorder.review.batches import SKIP_REASONS, Batch, Item
from recorder.review.people import Person
from recorder.review.reviews import replay
from recorder.services import batching
from recorder.services.batching import Task
from recorder.services.board import Board
from recorder.services.opening import open_batch
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.sql import open_log
from tests.postgres import KEYS

PEOPLE: Final = [Person(f"p{number:03}", "annotator") for number in range(1_000)]
SESSIONS: Final = 180
PROGRAMS: Final = 4
STEPS: Final = 3_000
NOON: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Crashed(Exception):
    """The program died while it appended; whether it was written, nobody was told."""


class Shaky:
    """A log whose appends now and then do not return, written or not."""

    def __init__(self, log: EventLog, luck: Random) -> None:
        self._log, self._luck = log, luck
        self.is_calm = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, *given: Any, **options: Any) -> Any:
        return self._shaken(lambda: self._log.append(*given, **options))

    def append_together(self, *given: Any) -> Any:
        return self._shaken(lambda: self._log.append_together(*given))

    def _shaken(self, write: Callable[[], Any]) -> Any:
        if not self.is_calm and self._luck.random() < 0.02:
            raise Crashed
        written = write()
        if not self.is_calm and self._luck.random() < 0.02:
            raise Crashed
        return written


@dataclass
class Time:
    """Goes on for all; each program's clock is off by something of its own, and jumps."""

    now: datetime = NOON
    off: dict[int, timedelta] = field(default_factory=dict)

    def of(self, program: int) -> Callable[[], datetime]:
        return lambda: self.now + self.off.get(program, timedelta())


@dataclass
class World:
    log: EventLog
    """What is looked at when all is over."""
    open: Callable[[], EventLog]
    """The log as another program has it."""
    time: Time = field(default_factory=Time)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Decision -> stream."""
    offered: set[str] = field(default_factory=set)
    """Who was ever given a session."""
    crashes: int = 0
    lock: Lock = field(default_factory=Lock)


class Program:
    """A thread's: a board and a desk, which are thrown away in a crash."""

    def __init__(self, world: World, number: int, seed: int) -> None:
        self._world, self._number = world, number
        self.luck = Random(f"{seed} {number}")
        self.log = Shaky(world.open(), self.luck)
        self._pressed = 0
        self.restart()

    def restart(self) -> None:
        self.board = Board(self.log, self._world.time.of(self._number))
        self.desk = Desk(self.log)

    def work(self, steps: int) -> None:
        for _ in range(steps):
            self.live()

    def live(self) -> None:
        """One step of somebody's."""
        luck, time = self.luck, self._world.time
        time.now += timedelta(seconds=luck.choice([0, 1, 5, 30]))
        if luck.random() < 0.02:
            jump = luck.choice([-86_400, -3_600, -60, 60, 1_000, 3_600, 86_400])
            time.off[self._number] = timedelta(seconds=jump * luck.random())
        if luck.random() < 0.02:
            self.restart()
        try:
            self._act(luck.choice(PEOPLE))
        except Crashed:
            with self._world.lock:
                self._world.crashes += 1
            self.restart()

    def _act(self, person: Person) -> None:
        task = self._given(person)
        if task is None or self.luck.random() < 0.1:  # a tab that is left open
            return
        for _ in range(self.luck.randint(0, 2)):
            self._press(person, task.session, "step_confirmed")
        kind = self.luck.choices(
            ["submit", "leave", "later", "skip", "release", "renew", "late"], [8, 3, 1, 1, 1, 1, 2]
        )[0]
        try:
            match kind:
                case "submit":
                    self._press(person, task.session, "review_submitted")
                    if self.luck.random() < 0.15:
                        self._press(person, task.session, "review_reopened")
                case "later":
                    batching.later(self.board, person, "b", task.session)
                case "skip":
                    batching.skip(self.board, person, "b", task.session, self.luck.choice(SKIP_REASONS))
                case "release":
                    batching.release(self.board, person, "b", task.session)
                case "renew":
                    batching.renew(self.board, person, task.session)
                case "late":  # the laptop sleeps, and sends what it has when it wakes
                    self._world.time.now += timedelta(minutes=self.luck.choice([5, 16, 40]))
                    self._press(person, task.session, "step_confirmed")
                    self._press(person, task.session, "review_submitted")
                case _:
                    pass
        except ReviewError:  # done, closed or skipped in another tab
            pass

    def _given(self, person: Person) -> Task | None:
        task = batching.claim_next(self.board, person)
        if task is not None:
            with self._world.lock:
                self._world.offered.add(person.name)
        return task

    def _press(self, person: Person, session: str, kind: str) -> None:
        self._pressed += 1
        sent: JsonObject = {"id": f"{self._number}-{self._pressed}", "type": kind}
        if kind == "review_submitted":
            sent["session_version"] = 3
        elif kind == "step_confirmed":
            question = self.luck.choice(self.desk.session(session).questions)
            made_on = self.desk.review(session, person.name).version(question.steps)
            sent |= {"step": question.id, "made_on": made_on}
        try:
            outcome = batching.decide(self.board, self.desk, session, person, [sent])
        except Crashed:
            if self.luck.random() < 0.5:
                raise
            self.restart()  # the screen sends it again
            outcome = batching.decide(self.board, self.desk, session, person, [sent])
        with self._world.lock:
            for decision in outcome.acked:
                self._world.acknowledged[decision] = review_stream(session, person.name)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        log = MemoryLog()
        yield World(log, lambda: log)
        return
    url = request.getfixturevalue("url" if request.param == "sqlite" else "postgres_url")
    keys = None if request.param == "sqlite" else KEYS
    with ExitStack() as opened:

        def another() -> EventLog:
            found = open_log(url, keys=keys)
            opened.callback(found.database.close)
            return found

        yield World(another(), another)


def queued(log: EventLog) -> list[Item]:
    """Sessions of two questions, which need one to three votes."""
    items = []
    for number in range(SESSIONS):
        said = UserUttered("hi", {"intent": {"name": "greet"}})
        events = [
            NewEvent(each, id=f"s{number}-{place}")
            for place, each in enumerate(
                (said, ActionExecuted("utter_greet"), ActionExecuted("action_listen"))
            )
        ]
        rows = log.append(session_stream(f"s{number}"), events, actor="bot")
        items.append(Item(rows[0].position, 1 + number % 3))
    return items


def test_a_thousand_annotators_on_one_batch(world: World) -> None:
    items = queued(world.log)
    open_batch(Board(world.log), Person("lea", "adjudicator"), "b", items, seed=7)
    programs = [Program(world, number, seed=11) for number in range(PROGRAMS)]

    with ThreadPoolExecutor(PROGRAMS) as pool:
        for done in [pool.submit(program.work, STEPS // PROGRAMS) for program in programs]:
            done.result()
    check(world, items)
    finish(world, programs[0])

    rounds = check(world, items)
    assert world.crashes > 20  # how many depends on who is faster
    assert len(world.offered) > 500
    assert all(rounds.is_complete(number) for number in range(SESSIONS))
    assert any(done.late for places in rounds.places for done in places.done.values())


def finish(world: World, program: Program) -> None:
    """Clocks go right, nothing crashes, and people work until nothing is left for anybody."""
    program.log.is_calm = True
    world.time.off.clear()
    world.time.now += timedelta(days=2)
    program.restart()
    for person in PEOPLE:
        while task := batching.claim_next(program.board, person):
            program._press(person, task.session, "review_submitted")


def check(world: World, items: Sequence[Item]) -> Batch:
    """Everything that must be true of the log, at every moment of it."""
    batch = Batch("b")
    rows = world.log.read(batch_stream("b"))
    for row in rows:
        at, event = row.occurred_at, row.event
        match event:
            case SessionClaimed(item=number, by=by):
                assert batch.free(number, by, at) > 0, f"a place was given twice: {row}"
                assert by not in batch.places[number].done
            case SessionDone(item=number, by=by):
                assert event == batches.done(batch, by, number, at, event.active)
            case _:
                pass
        batch.evolve(event, at)
        for number, places in enumerate(batch.places if isinstance(event, SessionDone) else ()):
            assert len(places.claims) + places.in_time <= items[number].votes
    for number, places in enumerate(batch.places):
        if len(places.done) > items[number].votes:
            assert sum(done.late for done in places.done.values()) >= len(places.done) - items[number].votes
    streams = [*world.log.streams("review/")]
    written = world.log.read_many(streams)
    ids = {row.id: row.stream for stream in streams for row in written[stream]}
    assert {decision: ids.get(decision) for decision in world.acknowledged} == world.acknowledged
    submitted = {
        stream for stream in streams if replay((row.id, row.event) for row in written[stream]).submitted
    }
    known = {
        review_stream(f"s{number}", by) for number, places in enumerate(batch.places) for by in places.done
    }
    assert known == submitted
    return batch
