"""Messages of a broker in the log: each event once, whatever is delivered twice, and poison put aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import DatabaseUnusable
from recorder.events.event import Recorded, session_stream
from recorder.events.session import SessionRecorded
from recorder.formats import jsonl
from recorder.ingest.broker import Message
from recorder.ingest.files import open_sources
from recorder.services.consuming import Intake, Rejected, Tally, consume
from recorder.services.ingesting import ingest
from recorder.store.log import Batch, EventLog
from recorder.store.memory import MemoryLog
from tests.ingest import given as world
from tests.ingest.given import action, actions, sent


def message(value: Any, again: bool = False, sent_at: datetime | None = None) -> Message:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return Message(body, "rasa", sent_at, again)


def messages(session: str, events: Sequence[world.Raw]) -> list[Message]:
    return [message(each) for each in sent(session, events)]


def names(log: EventLog, session: str = "s") -> str:
    rows = log.read(session_stream(session))
    return "".join(getattr(r.event, "name", "?") for r in rows if not isinstance(r.event, SessionRecorded))


class Queue:
    """A consumer of messages that are there; those that nobody acknowledged come again."""

    name = "rasa"

    def __init__(self, *batches: list[Message]) -> None:
        self.batches = list(batches)
        self.acknowledged = 0

    def receive(self, most: int, wait: float) -> list[Message]:
        return self.batches[self.acknowledged] if self.batches[self.acknowledged :] else []

    def acknowledge(self) -> None:
        self.acknowledged += 1

    def is_empty(self) -> bool:
        return self.acknowledged == len(self.batches)

    def close(self) -> None:
        pass


def drain(log: EventLog, queue: Queue) -> tuple[Tally, list[Rejected]]:
    rejected: list[Rejected] = []
    return consume(log, queue, reject=rejected.append, stop=queue.is_empty), rejected


def test_events_of_many_sessions_come_into_their_streams_in_order(log: EventLog) -> None:
    both = zip(messages("s", actions("abc")), messages("t", actions("xyz")), strict=True)

    tally, rejected = drain(log, Queue([each for pair in both for each in pair], messages("s", actions("d"))))

    assert (names(log, "s"), names(log, "t")) == ("abcd", "xyz")
    assert (tally, rejected) == (Tally(messages=7, new=7), [])
    assert log.read(session_stream("s"))[0].event == SessionRecorded("broker", "rasa")


def test_what_is_delivered_twice_is_there_once(log: EventLog) -> None:
    batch = messages("s", actions("abc"))

    tally, _ = drain(log, Queue(batch, [*batch[1:], *messages("s", actions("d"))], batch))

    assert names(log) == "abcd"
    assert (tally.new, tally.already_there) == (4, 5)


def test_the_ids_are_those_of_the_same_events_in_a_file(tmp_path: Path) -> None:
    log = MemoryLog()
    events = [*actions("ab"), action("c", None), action("c", None)]
    drain(log, Queue(messages("s", events)))

    sources, _ = open_sources([str(world.lines(tmp_path / "x", *sent("s", events)))], tmp_path)

    assert ingest(log, sources).new == 0


POISON = [
    b"\xff\x00",
    b"{",
    b"",
    b"5",
    {"event": "action", "name": "a"},
    {"sender_id": "s"},
    {"sender_id": "s", "event": None},
    {"sender_id": "s", "events": actions("a")},
]


@pytest.mark.parametrize("bad", POISON)
def test_a_message_that_is_no_event_is_put_aside_and_holds_up_nothing(bad: Any) -> None:
    log = MemoryLog()
    first, second = messages("s", actions("ab"))

    tally, rejected = drain(log, Queue([first, message(bad), second]))

    assert names(log) == "ab"
    assert [each.message for each in rejected] == [message(bad)]
    assert rejected[0].reason
    assert tally.rejected == 1


def test_our_own_lines_are_taken_and_an_id_that_stands_for_something_else_is_refused(log: EventLog) -> None:
    drain(log, Queue(messages("s", actions("ab"))))
    rows = log.read(session_stream("s"))
    copy = MemoryLog()

    drain(copy, Queue([message(jsonl.render(row).encode()) for row in rows]))

    assert [(row.id, row.event) for row in copy.read(session_stream("s"))] == [(r.id, r.event) for r in rows]
    changed = {**orjson.loads(jsonl.render(rows[1])), "payload": {"name": "z"}}
    tally, rejected = drain(log, Queue([message(changed), *messages("s", actions("c"))]))
    assert names(log) == "abc"
    assert "already" in rejected[0].reason
    assert (tally.new, tally.rejected) == (1, 1)


def test_a_session_that_somebody_else_began_goes_on(log: EventLog) -> None:
    late = Intake(log, "late")
    late._session("t")  # it has looked before the session began

    Intake(log, "early").take(messages("t", actions("a")))
    late.take(messages("t", actions("b")))

    assert names(log, "t") == "ab"
    assert [type(row.event) for row in log.read(session_stream("t"))].count(SessionRecorded) == 1


def test_events_without_a_time_are_counted_unless_they_may_have_been_delivered_before() -> None:
    log = MemoryLog()
    one = {"sender_id": "s", **action("a", None)}

    drain(log, Queue([message(one), message(one)]))
    drain(log, Queue([message(one, again=True), message(one)]))  # another process: it looks what is stored

    assert names(log) == "aaa"


def test_the_brokers_time_stands_in_for_one_that_is_missing() -> None:
    log = MemoryLog()
    at = datetime(2025, 3, 1, 9, tzinfo=UTC)

    drain(log, Queue([message({"sender_id": "s", **action("a", None)}, sent_at=at)] * 2))

    assert names(log) == "a"
    assert log.read(session_stream("s"))[1].occurred_at == at


class Counting(MemoryLog):
    """Counts the events that are read."""

    read_events = 0

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        rows = super().read(stream, after)
        self.read_events += len(rows)
        return rows


@pytest.mark.parametrize("time", [1_600_000_000.0, None])
def test_a_session_however_long_is_not_read_again_for_each_event(time: float | None) -> None:
    log = Counting()
    intake = Intake(log, "rasa")

    for number in range(500):
        at = None if time is None else time + number
        intake.take([message({"sender_id": "s", **action(str(number), at)})])

    assert log.version(session_stream("s")) == 501
    assert log.read_events <= 1


def test_what_is_remembered_of_sessions_is_bounded() -> None:
    log = MemoryLog()
    intake = Intake(log, "rasa", kept=3)

    for number in range(20):
        intake.take(messages(f"s{number % 10}", [action("a", None)]))

    assert len(intake._sessions) == 3
    assert {names(log, f"s{number}") for number in range(10)} == {"aa"}


class Away(MemoryLog):
    """Is away for a moment, the first time; what was written then is written."""

    fails = 1

    def append_many(self, batches: Sequence[Batch]) -> Any:
        done = super().append_many(batches)
        if self.fails:
            self.fails -= 1
            raise DatabaseUnusable("it", "the connection was lost", passing=True)
        return done


def test_a_database_that_is_away_for_a_moment_is_waited_for() -> None:
    log = Away()

    tally, _ = drain(log, Queue(messages("s", [*actions("ab"), action("c", 1.0)])))

    assert names(log) == "abc"
    assert (tally.new, tally.already_there) == (0, 3)


@given(st.lists(st.lists(st.integers(0, 11), max_size=5), max_size=6), st.randoms())
def test_any_batches_with_any_repetition_give_each_session_in_order(
    batches: list[list[int]], luck: Any
) -> None:
    """A broker repeats from some point on, it does not shuffle."""
    log = MemoryLog()
    stream = [message({"sender_id": f"s{n % 3}", **action(chr(97 + n), 1e9 + n)}) for n in range(12)]
    at, delivered = 0, []
    for batch in batches:
        at = luck.randint(0, at)
        delivered.append(stream[at : at + len(batch) * 3])
        at += len(batch) * 3

    drain(log, Queue(*[each for each in delivered if each], stream))

    assert [names(log, f"s{n}") for n in range(3)] == ["adgj", "behk", "cfil"]
