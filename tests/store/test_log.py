"""What every log promises, held against each of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import EventConflict, EventNotStorable, VersionConflict
from recorder.events.event import NewEvent, session_stream
from recorder.events.review import StepConfirmed
from recorder.events.session import ActionExecuted, SessionStarted, SlotSet, UserUttered
from recorder.store.log import Batch, EventLog

HI, HO = UserUttered("hi"), UserUttered("ho")
NOON = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


def texts(rows: Any) -> list[str]:
    return [row.event.text for row in rows]


def test_events_come_back_in_order_with_version_position_and_actor(log: EventLog) -> None:
    log.append("session/a", [HI], actor="bot")
    log.append("session/b", [SessionStarted()])
    log.append("session/a", [HO, ActionExecuted("utter_greet")], actor="bot")

    rows = log.read("session/a")

    assert [row.event for row in rows] == [HI, HO, ActionExecuted("utter_greet")]
    assert [row.version for row in rows] == [0, 1, 2]
    assert [row.position for row in rows] == [1, 3, 4]
    assert {row.actor for row in rows} == {"bot"}
    assert {row.stream for row in rows} == {"session/a"}


def test_an_append_returns_what_reading_returns(log: EventLog) -> None:
    odd = SlotSet("venues", ({"name": "A", 1: float("nan")}, "\ud83d\ude00"))

    written = log.append("session/a", [odd, NewEvent(HI, "e1", NOON)], actor="ingest")

    assert written == log.read("session/a") == list(log.read_all())
    assert written[0].event == SlotSet("venues", [{"name": "A", "1": None}, "😀"])


def test_a_stale_writer_is_refused_and_nothing_is_written(log: EventLog) -> None:
    log.append("session/a", [HI], expected_version=0)

    with pytest.raises(VersionConflict) as caught:
        log.append("session/a", [HO, HO], expected_version=0)

    assert (caught.value.expected, caught.value.actual) == (0, 1)
    assert texts(log.read("session/a")) == ["hi"]
    assert log.position() == 1


def test_a_version_that_is_still_to_come_is_refused(log: EventLog) -> None:
    with pytest.raises(VersionConflict):
        log.append("session/a", [HI], expected_version=1)


def test_without_an_expectation_events_go_to_the_end(log: EventLog) -> None:
    log.append("session/a", [HI])
    log.append("session/a", [HO])

    assert texts(log.read("session/a")) == ["hi", "ho"]


def test_a_repeated_append_changes_nothing_and_returns_what_is_stored(log: EventLog) -> None:
    batch = [NewEvent(HI, "e1"), NewEvent(HO, "e2", NOON)]
    first = log.append("session/a", batch, expected_version=0, actor="ann")

    again = log.append("session/a", batch, expected_version=0, actor="ben")

    assert again == first == log.read("session/a")


def test_a_batch_that_is_partly_stored_adds_only_the_rest(log: EventLog) -> None:
    log.append("session/a", [NewEvent(HI, "e1"), NewEvent(HO, "e2")])

    rows = log.append("session/a", [NewEvent(HO, "e2"), NewEvent(HI, "e3"), NewEvent(HI, "e1")])

    assert [row.id for row in rows] == ["e2", "e3", "e1"]
    assert [row.id for row in log.read("session/a")] == ["e1", "e2", "e3"]


def test_the_new_part_of_a_batch_is_held_against_the_version(log: EventLog) -> None:
    log.append("session/a", [NewEvent(HI, "e1")])

    with pytest.raises(VersionConflict):
        log.append("session/a", [NewEvent(HI, "e1"), NewEvent(HO, "e2")], expected_version=0)

    assert log.version("session/a") == 1


@pytest.mark.parametrize(
    "other",
    [
        ("session/a", NewEvent(HO, "e1", NOON)),
        ("session/a", NewEvent(StepConfirmed("s", made_on=0), "e1", NOON)),
        ("session/a", NewEvent(HI, "e1", NOON + timedelta(microseconds=1))),
        ("session/b", NewEvent(HI, "e1", NOON)),
    ],
    ids=["field", "type", "time", "stream"],
)
def test_one_id_with_two_contents_is_refused_and_nothing_is_written(
    log: EventLog, other: tuple[str, NewEvent]
) -> None:
    stream, event = other
    log.append("session/a", [NewEvent(HI, "e1", NOON)])

    with pytest.raises(EventConflict):
        log.append(stream, [HO, event])

    assert log.position() == 1


def test_an_id_given_twice_in_a_batch_is_one_event(log: EventLog) -> None:
    rows = log.append("session/a", [NewEvent(HI, "e1"), NewEvent(HI, "e1")])

    assert rows[0] == rows[1]
    assert log.version("session/a") == 1


def test_an_id_given_twice_with_two_contents_is_refused(log: EventLog) -> None:
    with pytest.raises(EventConflict):
        log.append("session/a", [NewEvent(HI, "e1"), NewEvent(HO, "e1")])

    assert log.position() == 0


def test_events_without_an_id_get_ids_that_sort_by_time(log: EventLog) -> None:
    early = log.append("session/a", [HI])[0].id
    late = log.append("session/a", [HI])[0].id

    assert early != late
    assert early[:13] <= late[:13]


def test_times_are_kept_in_utc_to_the_microsecond(log: EventLog) -> None:
    tokyo = timezone(timedelta(hours=9))
    old = datetime(1, 1, 1, tzinfo=UTC)

    rows = log.append("session/a", [NewEvent(HI, "e1", NOON.astimezone(tokyo)), NewEvent(HO, "e2", old)])

    assert [row.occurred_at for row in rows] == [NOON, old]
    assert rows == log.read("session/a")
    assert all(time.tzinfo is UTC for row in rows for time in (row.occurred_at, row.recorded_at))


def test_an_event_without_a_time_happened_when_it_was_recorded(log: EventLog) -> None:
    before = datetime.now(UTC)
    row = log.append("session/a", [HI])[0]

    assert before <= row.recorded_at == row.occurred_at <= datetime.now(UTC)


def test_a_time_without_a_zone_is_a_mistake_of_the_caller(log: EventLog) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        log.append("session/a", [NewEvent(HI, "e1", NOON.replace(tzinfo=None))])


def test_many_streams_are_read_as_one_is_and_only_the_types_asked_for(log: EventLog) -> None:
    log.append("session/a", [HI, SlotSet("x", 1), HO])
    log.append("session/b", [SlotSet("y", 2)])

    found = log.read_many(["session/b", "session/none", "session/a"], {"user", "bot"})

    assert list(found) == ["session/b", "session/none", "session/a"]
    assert found["session/a"] == [row for row in log.read("session/a") if row.type == "user"]
    assert found["session/b"] == found["session/none"] == []
    assert log.read_many(["session/a"])["session/a"] == log.read("session/a")


def test_reading_starts_after_a_version_or_a_position(log: EventLog) -> None:
    log.append("session/a", [UserUttered(str(number)) for number in range(5)])

    assert texts(log.read("session/a", after=2)) == ["3", "4"]
    assert texts(log.read_all(after=3)) == ["3", "4"]
    assert texts(log.read_all(after=1, limit=2)) == ["1", "2"]
    assert list(log.read_all(limit=0)) == list(log.read_all(after=5)) == []


def test_more_events_than_fit_one_page_are_all_read_once(log: EventLog) -> None:
    log.append("session/a", [UserUttered(str(number)) for number in range(2_500)])

    assert texts(log.read_all()) == [str(number) for number in range(2_500)]
    assert texts(log.read_all(limit=1_001)) == [str(number) for number in range(1_001)]


def test_many_streams_are_read_at_once_in_the_order_asked_for(log: EventLog) -> None:
    log.append("session/a", [HI])
    log.append("session/b", [HO, HI])

    found = log.read_many(["session/c", "session/b", "session/a"])

    assert {stream: texts(rows) for stream, rows in found.items()} == {
        "session/c": [],
        "session/b": ["ho", "hi"],
        "session/a": ["hi"],
    }
    assert list(found) == ["session/c", "session/b", "session/a"]


def test_streams_are_listed_by_prefix_in_the_order_they_began(log: EventLog) -> None:
    streams = [session_stream("b"), "review/b/ann", session_stream("a"), session_stream("Zoë/😀")]
    for stream in [*streams, streams[0]]:
        log.append(stream, [HI])

    assert list(log.streams("session/")) == [streams[0], streams[2], streams[3]]
    assert list(log.streams()) == streams


def test_many_appends_are_written_at_once_and_one_that_is_refused_keeps_out_no_other(log: EventLog) -> None:
    log.append("session/a", [NewEvent(HI, "a0")])

    first, second, third, fourth = log.append_many(
        [
            Batch("session/b", [NewEvent(HI, "b0"), HO], "bot"),
            Batch("session/b", [NewEvent(HI, "a0")]),
            Batch("session/a", [NewEvent(HI, "a0"), HO]),
            Batch("session/b", [HI], "ann"),
        ]
    )

    assert isinstance(second, EventConflict)
    assert isinstance(first, list) and isinstance(third, list) and isinstance(fourth, list)
    assert log.read("session/b") == [*first, *fourth]
    assert log.read("session/a") == third
    assert [row.position for row in log.read_all()] == [1, 2, 3, 4, 5]
    assert [row.actor for row in log.read("session/b")] == ["bot", "bot", "ann"]


def test_of_many_appends_none_is_written_when_one_cannot_be(log: EventLog) -> None:
    with pytest.raises(EventNotStorable):
        log.append_many([Batch("session/a", [HI]), Batch("session/b", [SlotSet("a", object())])])

    assert log.position() == 0


def test_appends_that_go_together_are_written_all_or_none(log: EventLog) -> None:
    together = [Batch("session/a", [HI, HO], "ann", 0), Batch("review/a/ann", [NewEvent(HI, "d0")], "ann", 0)]

    said, decided = log.append_together(together)

    assert (log.read("session/a"), log.read("review/a/ann")) == (said, decided)
    assert [row.position for row in log.read_all()] == [1, 2, 3]
    late = [[Batch("session/a", [HI], "", 2), Batch("review/a/ann", [HI], "", 0)]]
    late += [[Batch("session/a", [HI], "", 1), Batch("review/a/ann", [HI], "", 1)]]
    for batches in late:
        with pytest.raises(VersionConflict):
            log.append_together(batches)
    with pytest.raises(EventConflict):
        log.append_together([Batch("session/b", [HI]), Batch("session/a", [NewEvent(HO, "d0")])])
    assert log.position() == 3
    assert log.append_together([]) == []


def test_appends_that_go_together_may_begin_streams_and_be_repeated(log: EventLog) -> None:
    log.append("session/a", [HI])
    together = [Batch("session/a", [NewEvent(HO, "a1")]), Batch("session/b", [NewEvent(HI, "b0")], "bot", 0)]

    first = log.append_together(together)
    again = log.append_together(together)

    assert again == first
    assert list(log.streams()) == ["session/a", "session/b"]
    assert log.append("session/b", [HO])[0].version == 1


def test_an_empty_log_is_at_zero(log: EventLog) -> None:
    assert (log.position(), log.version("session/a")) == (0, 0)
    assert log.read("session/a") == list(log.read_all()) == []
    assert list(log.streams()) == []
    assert log.read_many([]) == {}


def test_nothing_to_write_writes_nothing(log: EventLog) -> None:
    assert log.append("session/a", [], expected_version=7) == []
    assert log.position() == 0


@pytest.mark.parametrize("text", ["😀 שלום", "a\0b", "<script>'\";--", "x" * 1_000_000, "é" * 5_000_000])
def test_any_text_is_kept_exactly(log: EventLog, text: str) -> None:
    log.append(session_stream(text[:20]), [UserUttered(text)], actor="Zoë '; --")

    (row,) = log.read(session_stream(text[:20]))
    assert row.event == UserUttered(text)
    assert row.actor == "Zoë '; --"


@pytest.mark.parametrize("bad", ["a\0", "\ud800"])
def test_names_that_are_no_text_are_refused(log: EventLog, bad: str) -> None:
    for stream, event, actor in [
        (bad, NewEvent(HI), ""),
        ("s", NewEvent(HI, bad), ""),
        ("s", NewEvent(HI), bad),
    ]:
        with pytest.raises(EventNotStorable):
            log.append(stream, [event], actor=actor)


def test_one_event_that_cannot_be_stored_keeps_out_the_whole_batch(log: EventLog) -> None:
    with pytest.raises(EventNotStorable):
        log.append("session/a", [HI, SlotSet("a", object())])

    assert log.position() == 0


def test_what_was_read_can_be_changed_without_harm(log: EventLog) -> None:
    rows = log.append("session/a", [HI])
    rows.clear()
    log.read("session/a").clear()

    assert len(log.read("session/a")) == 1


def test_threads_that_write_at_once_leave_no_gap_and_lose_nothing(log: EventLog) -> None:
    def write(thread: int) -> None:
        for number in range(20):
            log.append("session/a", [UserUttered(f"{thread}.{number}")] * 2, actor=str(thread))
            log.append(f"session/{thread}", [UserUttered(str(number))], expected_version=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    everything = list(log.read_all())
    assert len(everything) == 8 * 20 * 3
    assert [row.position for row in everything] == list(range(1, len(everything) + 1))
    assert [row.version for row in log.read("session/a")] == list(range(8 * 20 * 2))
    for thread in range(8):
        mine = [row.event for row in log.read("session/a") if row.actor == str(thread)]
        assert mine == [UserUttered(f"{thread}.{number}") for number in range(20) for _ in range(2)]


def test_of_writers_with_one_expectation_one_wins(log: EventLog) -> None:
    def write(number: int) -> bool:
        try:
            log.append("session/a", [UserUttered(str(number))], expected_version=0)
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1

    assert log.version("session/a") == 1


APPENDS = st.lists(
    st.tuples(
        st.sampled_from(["session/a", "session/b"]),
        st.lists(st.integers(0, 15), max_size=4),
        st.none() | st.integers(0, 6),
    ),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(APPENDS)
def test_appends_in_any_order_with_any_repetition_keep_every_promise(
    fresh_log: Callable[[], EventLog], appends: list[tuple[str, list[int], int | None]]
) -> None:
    log = fresh_log()
    model: dict[str, list[str]] = {"session/a": [], "session/b": []}

    for stream, numbers, expected in appends:
        wanted = [f"{number}{stream[-1]}" for number in numbers]
        fresh = [name for name in dict.fromkeys(wanted) if name not in model[stream]]
        batch = [NewEvent(UserUttered(name), name) for name in wanted]
        if fresh and expected not in (None, len(model[stream])):
            with pytest.raises(VersionConflict):
                log.append(stream, batch, expected_version=expected)
        else:
            rows = log.append(stream, batch, expected_version=expected)
            assert [row.id for row in rows] == wanted
            model[stream] += fresh

    for stream, names in model.items():
        assert [row.id for row in log.read(stream)] == texts(log.read(stream)) == names
        assert [row.version for row in log.read(stream)] == list(range(len(names)))
        assert log.version(stream) == len(names)
    positions = [row.position for row in log.read_all()]
    assert positions == sorted(set(positions))
    assert log.position() == max(positions, default=0)
    assert log.read_many(model) == {stream: log.read(stream) for stream in model}
