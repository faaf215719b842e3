"""A bot that many talk to at once: each session goes as it would alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.actions.local import LocalActions
from recorder.errors import DatabaseUnusable, VersionConflict
from recorder.events.event import Event as Happened
from recorder.events.event import NewEvent, Recorded, changed, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import UserUttered
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from recorder.talking.bot import KEPT, Bot, respond
from recorder.upkeep.forgetting import forget
from tests.talking.test_conversation import NOON, Action, Scripted, slot

TEXTS = ("greet", "place Rome", "place", "search", "loop", "/back", "/restart", "nothing")


def search(dispatcher: Any, tracker: Any) -> list[dict[str, Any]]:
    dispatcher.utter_message(text=f"{tracker.sender_id} has {len(tracker.events)}")
    return [slot("found", [len(tracker.events)])]


ACTIONS = LocalActions({"action_search": Action(search), "action_loop": Action(lambda said, tracker: [])})


def bot(log: EventLog, ids: Callable[[], str], kept: int = KEPT) -> Bot:
    return Bot(log, Scripted(), ACTIONS, clock=lambda: NOON, ids=ids, kept=kept)


def ids() -> Callable[[], str]:
    numbers = count()
    return lambda: f"e{next(numbers):06}"


def told(log: EventLog, session: str) -> list[Happened]:
    """The session's events; what is about another names its place instead of its id."""
    rows = log.read(session_stream(session))
    places = {row.id: str(row.version) for row in rows}
    return [_placed(row, places) for row in rows]


def _placed(row: Recorded, places: dict[str, str]) -> Happened:
    event = row.event
    return (
        changed(event, about=places[event.about]) if isinstance(event, IntentRanked | ActionRanked) else event
    )


def alone(texts: Sequence[str], session: str) -> tuple[list[list[str | None]], list[Happened]]:
    """What is answered and recorded where the session is read anew for each message, and is the only one."""
    log, named = MemoryLog(), ids()
    said = [respond(log, Scripted(), ACTIONS, session, text, clock=lambda: NOON, ids=named) for text in texts]
    return [[reply.text for reply in replies] for replies in said], told(log, session)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from("abc"), st.sampled_from(TEXTS)), max_size=25),
    st.sampled_from([1, 2, 1000]),
)
@settings(deadline=None, max_examples=60)
def test_sessions_that_take_turns_between_two_bots_go_as_each_goes_alone(
    messages: list[tuple[int, str, str]], kept: int
) -> None:
    log, named = MemoryLog(), ids()
    bots = [bot(log, named, kept) for _ in range(2)]
    said: dict[str, list[list[str | None]]] = {"a": [], "b": [], "c": []}

    for who, session, text in messages:
        said[session].append([reply.text for reply in bots[who].answer(session, text)])

    for session, replies in said.items():
        texts = [text for _, of, text in messages if of == session]
        assert (replies, told(log, session)) == alone(texts, session)


def test_forty_sessions_at_once_go_as_each_goes_alone() -> None:
    log = MemoryLog()
    shared = bot(log, ids(), kept=10)
    texts = {
        f"s{number}": [TEXTS[(number + turn * 3) % len(TEXTS)] for turn in range(12)] for number in range(40)
    }
    begin = Barrier(40)

    def talk(session: str) -> list[list[str | None]]:
        begin.wait()
        return [[reply.text for reply in shared.answer(session, text)] for text in texts[session]]

    with ThreadPoolExecutor(40) as threads:
        said = dict(zip(texts, threads.map(talk, texts), strict=True))

    for session in texts:
        assert (said[session], told(log, session)) == alone(texts[session], session)


def test_messages_of_one_session_are_answered_in_the_order_in_which_they_came() -> None:
    log, begun, go_on = MemoryLog(), Event(), Event()

    def wait(dispatcher: Any, tracker: Any) -> list[Any]:
        begun.set()
        go_on.wait(10)
        return []

    shared = Bot(log, Scripted(), LocalActions({"action_search": Action(wait)}))
    threads = [Thread(target=shared.answer, args=("s", "search"))]
    threads[0].start()
    assert begun.wait(10)
    for number in range(8):
        threads.append(Thread(target=shared.answer, args=("s", f"message {number}")))
        threads[-1].start()
        while len(shared._turns._queues["s"]) < number + 2:
            pass

    other = shared.answer("another", "greet")  # nobody waits for somebody else's session
    go_on.set()
    for thread in threads:
        thread.join()

    assert [reply.text for reply in other] == ["Hello!"]
    heard = [e.text for e in told(log, "s") if isinstance(e, UserUttered)]
    assert heard == ["search", *(f"message {number}" for number in range(8))]
    assert shared._turns._queues == {}


class Counting(MemoryLog):
    """Counts what a bot asks of its log."""

    def __init__(self) -> None:
        super().__init__()
        self.appends: list[int] = []
        self.read_rows = 0

    def append(self, stream: str, events: Sequence[NewEvent | Happened], **more: Any) -> list[Recorded]:
        self.appends.append(len(events))
        return super().append(stream, events, **more)

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        rows = super().read(stream, after)
        self.read_rows += len(rows)
        return rows


def test_a_message_is_one_append_and_one_more_before_each_custom_action() -> None:
    log = Counting()
    one = bot(log, ids())

    one.answer("s", "greet")
    assert len(log.appends) == 1
    one.answer("s", "search")
    assert len(log.appends) == 3


def test_what_is_known_of_a_session_is_not_read_again() -> None:
    log = Counting()
    one = bot(log, ids())

    for _ in range(50):
        one.answer("s", "place Rome")

    assert log.read_rows == 0


def test_what_another_process_wrote_is_taken_in_without_reading_what_is_known() -> None:
    log, named = Counting(), ids()
    one = bot(log, named)
    for _ in range(50):
        one.answer("s", "greet")

    log.append(session_stream("s"), [UserUttered("me too")])
    one.answer("s", "greet")

    assert log.read_rows == 1
    texts = [e.text for e in told(log, "s") if isinstance(e, UserUttered)]
    assert texts == [*["greet"] * 50, "me too", "greet"]


def test_a_writer_who_is_always_faster_is_an_error_and_nothing_of_the_message_is_recorded() -> None:
    log = MemoryLog()
    mind = Scripted(before_parse=lambda: log.append(session_stream("s"), [UserUttered("me first")]))

    with pytest.raises(VersionConflict):
        Bot(log, mind, ACTIONS).answer("s", "greet")

    assert {e.text for e in told(log, "s") if isinstance(e, UserUttered)} == {"me first"}


def test_a_log_that_refuses_is_an_error_and_the_next_message_goes_on() -> None:
    class Refusing(MemoryLog):
        is_full = False

        def append(self, stream: str, events: Sequence[Any], **more: Any) -> list[Recorded]:
            if self.is_full:
                raise DatabaseUnusable("the disk", "it is full")
            return super().append(stream, events, **more)

    log, named = Refusing(), ids()
    one = bot(log, named)
    one.answer("s", "place Rome")
    log.is_full = True
    with pytest.raises(DatabaseUnusable):
        one.answer("s", "search")
    log.is_full = False

    one.answer("s", "place")

    assert told(log, "s") == alone(["place Rome", "place"], "s")[1]


def test_a_message_carries_its_source_and_metadata() -> None:
    log = MemoryLog()

    bot(log, ids()).answer("s", "greet", source="web", metadata={"page": "/start"})

    (heard,) = (e for e in told(log, "s") if isinstance(e, UserUttered))
    assert (heard.input_channel, heard.metadata) == ("web", {"page": "/start"})


def test_what_is_forgotten_leaves_the_memory_with_the_next_message_of_anybody(any_sql_log: SqlLog) -> None:
    one = bot(any_sql_log, ids())
    one.answer("maria", "place Rome")
    one.answer("otto", "place Bern")
    forget(any_sql_log, ["maria"])

    one.answer("otto", "place")

    assert list(one._presents) == ["otto"]
    assert [reply.text for reply in one.answer("maria", "place")] == ["In None then, {unknown}."]
    assert told(any_sql_log, "maria") == alone(["place"], "maria")[1]
    assert told(any_sql_log, "otto") == alone(["place Bern", "place"], "otto")[1]


def test_a_session_forgotten_while_it_is_answered_begins_anew(any_sql_log: SqlLog) -> None:
    one = bot(any_sql_log, ids())
    one.answer("maria", "place Rome")
    mind = one.model
    assert isinstance(mind, Scripted)
    mind.before_parse = lambda: forget(any_sql_log, ["maria"])

    assert [reply.text for reply in one.answer("maria", "place")] == ["In None then, {unknown}."]
    assert told(any_sql_log, "maria") == alone(["place"], "maria")[1]
