"""Sessions of others in the log: each event once, each session in its own order."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.events.event import Event, Recorded, session_stream
from recorder.events.session import SessionEvent, SessionRecorded
from recorder.formats import jsonl
from recorder.ingest.files import open_sources
from recorder.services.ingesting import Report, ingest
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from tests.ingest import given as world
from tests.ingest.given import actions, sent

FINANCIAL = "tracker-rasax-financial"


def take(log: EventLog, *paths: Path) -> Report:
    sources, skipped = open_sources(map(str, paths), Path())
    report = ingest(log, sources)
    report.skipped += skipped
    return report


def sessions(log: EventLog) -> dict[str, list[tuple[str, Event]]]:
    """The conversations themselves: ids and events, without where they came from."""
    return {
        stream: [
            (row.id, row.event) for row in log.read(stream) if not isinstance(row.event, SessionRecorded)
        ]
        for stream in log.streams("session/")
    }


def history(log: EventLog, session: str = "s") -> str:
    return "".join(getattr(event, "name", "?") for _, event in sessions(log)[session_stream(session)])


def origins(log: EventLog, session: str = "s") -> list[SessionRecorded]:
    return [row.event for row in log.read(session_stream(session)) if isinstance(row.event, SessionRecorded)]


# Real recordings


@pytest.fixture(scope="module")
def databases(shared: Path) -> list[Path]:
    return sorted((shared / FINANCIAL).glob("*.sqlite"))


def test_both_databases_hold_nine_senders_and_a_second_run_adds_nothing(databases: list[Path]) -> None:
    log = MemoryLog()

    first, position, second = take(log, *databases), log.position(), take(log, *databases)

    assert (first.sessions, first.events, first.new, first.already_there) == (9, 363, 354, 9)
    assert (second.sessions, second.events, second.new, second.already_there) == (9, 363, 0, 363)
    assert not first.skipped and not first.opaque
    assert log.position() == position


@pytest.mark.parametrize("pattern", ["*.events.jsonl", "trackers/*.json"])
def test_lines_and_trackers_give_the_sessions_of_the_databases(
    shared: Path, databases: list[Path], pattern: str
) -> None:
    from_databases, from_text = MemoryLog(), MemoryLog()

    take(from_databases, *databases)
    report = take(from_text, *sorted((shared / FINANCIAL).glob(pattern)))

    assert (report.sessions, report.events, report.new) == (9, 363, 354)
    assert sessions(from_text) == sessions(from_databases)
    assert take(from_text, *databases).new == 0


def test_one_database_after_the_other_gives_the_same(databases: list[Path]) -> None:
    together, apart = MemoryLog(), MemoryLog()

    take(together, *databases)
    for database in reversed(databases):
        take(apart, database)

    assert sessions(apart) == sessions(together)


def test_the_flag_of_the_real_database_is_kept(databases: list[Path]) -> None:
    log = MemoryLog()

    take(log, *databases)

    noted = [
        (event.source, row.id)
        for stream in log.streams()
        for event in [log.read(stream)[0].event]
        if isinstance(event, SessionRecorded) and "review" in event.extra
        for row in log.read(stream)
        if row.id in event.extra["review"]["flagged"]
    ]
    assert len(noted) == 1


def test_other_tools_dumps_are_read_in_the_order_of_their_arrays(shared: Path) -> None:
    log = MemoryLog()

    report = take(log, shared / "tracker-rasa-tests", shared / "bot-financial-demo/yaml-2022/tests/data")

    assert (report.sessions, report.opaque) == (3, 0)
    rows = log.read(session_stream("mysender"))
    assert rows[1].occurred_at > rows[2].occurred_at


# Overlaps


def dump(path: Path, letters: str) -> Path:
    return world.document(path, {"sender_id": "s", "events": actions(letters)})


def test_a_longer_dump_continues_a_session(tmp_path: Path) -> None:
    log = MemoryLog()

    take(log, dump(tmp_path / "1", "abc"))
    report = take(log, dump(tmp_path / "2", "bcde"))

    assert history(log) == "abcde"
    assert (report.new, report.already_there, report.skipped) == (2, 2, [])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10)), min_size=1, max_size=3))
def test_the_order_of_overlapping_files_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, stretches: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    files = [dump(folder / str(at), "abcdefghij"[s : s + n]) for at, (s, n) in enumerate(stretches)]
    logs = [MemoryLog() for _ in permutations(files)]

    for log, order in zip(logs, permutations(files), strict=True):
        take(log, *order)

    expected = "".join(sorted({letter for s, n in stretches for letter in "abcdefghij"[s : s + n]}))
    assert {history(log) for log in logs} == {expected}


def test_what_comes_too_late_is_kept_at_the_end_and_named(tmp_path: Path) -> None:
    log = MemoryLog()
    late = dump(tmp_path / "late", "abc")

    take(log, dump(tmp_path / "1", "cde"))
    report = take(log, late)

    assert history(log) == "cdeab"
    assert (report.new, report.already_there) == (2, 1)
    (remark,) = report.skipped
    assert remark.file == str(late)
    assert remark.reason == "kept at the end: 2 events belong before what the log had of session 's'"
    assert take(log, late).skipped == []


def test_a_redelivered_event_is_one_event(tmp_path: Path) -> None:
    log = MemoryLog()

    report = take(log, world.lines(tmp_path / "x", *sent("s", actions("abacbd"))))

    assert history(log) == "abcd"
    assert (report.events, report.new, report.already_there) == (6, 4, 2)


# What is ours


def test_a_session_says_once_where_it_came_from(tmp_path: Path) -> None:
    log = MemoryLog()

    take(log, world.lines(tmp_path / "broker.jsonl", *sent("s", actions("a"))))
    take(log, dump(tmp_path / "tracker.json", "ab"))

    assert origins(log) == [SessionRecorded("broker", "broker.jsonl")]
    assert isinstance(log.read(session_stream("s"))[0].event, SessionRecorded)


def test_flags_that_come_later_are_kept_once(tmp_path: Path) -> None:
    log = MemoryLog()
    flag = ("UPDATE conversation_event SET is_flagged = 1 WHERE id = 2", ())
    database = world.rasa_x(tmp_path / "x.db", "s", actions("ab"), flag)

    take(log, world.lines(tmp_path / "x.jsonl", *sent("s", actions("ab"))))
    for _ in range(2):
        take(log, database)

    flagged = log.read(session_stream("s"))[2].id
    assert origins(log) == [
        SessionRecorded("broker", "x.jsonl"),
        SessionRecorded("rasa-x", "x.db", extra={"review": {"flagged": [flagged]}}),
    ]
    assert history(log) == "ab"


def test_our_own_lines_give_the_same_session_again(tmp_path: Path) -> None:
    log, copy = MemoryLog(), MemoryLog()
    take(log, dump(tmp_path / "1", "abc"))
    rows = log.read(session_stream("s"))
    path = tmp_path / "ours"
    path.write_text("\n".join(map(jsonl.render, rows)))

    report = take(copy, path)

    def told(log: EventLog) -> list[object]:
        return [(row.id, row.event, row.occurred_at, row.actor) for row in log.read(session_stream("s"))]

    assert told(copy) == told(log)
    assert (report.events, report.new) == (4, 4)
    assert take(copy, path).new == 0
    assert take(log, path).new == 0


def own(event_id: str, name: str, session: str = "s") -> dict[str, object]:
    return {"session": session, "id": event_id, "type": "action", "payload": {"name": name}}


def test_an_id_that_stands_for_another_event_is_refused_alone(tmp_path: Path) -> None:
    log = MemoryLog()
    take(log, world.lines(tmp_path / "1", own("e1", "a"), own("f1", "x", "other")))

    lines = [own("e1", "changed"), own("e2", "b"), own("e2", "changed"), own("f1", "x"), own("e3", "c")]
    report = take(log, world.lines(tmp_path / "2", *lines))

    assert history(log) == "abc"
    assert (report.events, report.new, report.already_there) == (5, 2, 0)
    assert [skipped.line for skipped in report.skipped] == [1, 3, 4]
    assert all("already" in skipped.reason for skipped in report.skipped)


def test_another_ingest_at_the_same_time_is_no_disaster(tmp_path: Path) -> None:
    class Stale(MemoryLog):
        """Does not see what was appended since it was opened."""

        def read(self, stream: str, after: int = -1) -> list[Recorded]:
            return []

    log = Stale()
    take(log, dump(tmp_path / "1", "ab"))

    report = take(log, dump(tmp_path / "2", "abc"))

    rows = MemoryLog.read(log, session_stream("s"))
    assert [getattr(row.event, "name", row.event.type) for row in rows] == ["session_recorded", "a", "b", "c"]
    assert report.skipped == []


def test_a_session_of_a_thousand_events_and_the_progress(tmp_path: Path) -> None:
    log = MemoryLog()
    events = [world.action(str(at), 1e9 + at) for at in range(1200)]
    sources, _ = open_sources(
        [str(world.lines(tmp_path / "x", *sent("s", events), *sent("t", events)))], Path()
    )
    told: list[tuple[int, int]] = []

    report = ingest(log, sources, progress=lambda done, total: told.append((done, total)))

    assert report.new == 2400
    assert told == [(1, 2), (2, 2)]
    assert history(log, "s") == history(log, "t") == "".join(map(str, range(1200)))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"event": st.sampled_from(["action", "slot", "user", "undo", "?", "form"])},
            optional={
                "name": st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=3),
                "timestamp": st.none() | st.floats() | st.text(max_size=3),
                "text": st.none() | st.text(max_size=3),
                "sender_id": st.text(max_size=2),
            },
        ),
        max_size=8,
    )
)
def test_whatever_a_tracker_holds_a_second_run_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, object]]
) -> None:
    log = MemoryLog()
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(orjson.dumps({"sender_id": "s", "events": events}))

    first, before, second = take(log, path), log.position(), take(log, path)

    assert first.events == first.new + first.already_there
    assert (second.new, log.position()) == (0, before)
    assert all(isinstance(row.event, SessionEvent) for row in log.read_all())
