"""Forgetting: nobody can read any more what was said, and everything else stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recorder.dialogue.domain import Domain
from recorder.errors import NotForgettable, UnknownSession
from recorder.events.adjudication import StepAdjudicated
from recorder.events.bookkeeping import Erased, RemainsCleared, SessionForgotten, SessionsExported
from recorder.events.event import (
    FORGETTING,
    NewEvent,
    Recorded,
    adjudication_stream,
    review_stream,
    session_stream,
)
from recorder.events.review import ReviewSubmitted, StepConfirmed
from recorder.events.session import ActionExecuted, SessionRecorded, UserUttered
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.session_list import Filters, SessionList
from recorder.review.people import operator
from recorder.services import exporting
from recorder.services.compiling import compile_export
from recorder.services.gold import reviewed_sessions
from recorder.services.reviewing import Desk, decide, open_session, session_key
from recorder.store.database import file_url
from recorder.store.log import EventLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from recorder.upkeep import forgetting
from recorder.upkeep.forgetting import exports, forget, has_remains, moment_before, note_cleared, older_than
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.postgres import KEYS
from tests.upkeep.hunting import assert_chain

ANA = operator("ana")


def again(log: SqlLog) -> SqlLog:
    """The same log, as another process has it open."""
    if log.database.dialect.name == "sqlite":
        return open_log(file_url(Path(log.database.name)))
    return open_log(log.engine.url.render_as_string(hide_password=False), keys=KEYS)


@pytest.fixture
def log(any_sql_log: SqlLog) -> SqlLog:
    session(any_sql_log, "maria", GREETING, REVIEWS)
    session(any_sql_log, "otto", GREETING)
    confirmation(any_sql_log, "maria", "maria-3")
    confirmation(any_sql_log, "maria", "maria-3", annotator="ben")
    confirmation(any_sql_log, "otto", "otto-3")
    verdict = StepAdjudicated("maria-3", ({"type": "step_confirmed"},), "slip", "as maria said")
    any_sql_log.append(adjudication_stream("maria"), [verdict], actor="zoe")
    return any_sql_log


def test_what_is_forgotten_is_gone_and_all_else_is_as_it_was(log: SqlLog) -> None:
    before = list(log.read_all())
    theirs = {record.position for record in before if "maria" in record.stream}
    kept = [record for record in before if record.position not in theirs]

    (forgotten,) = forget(log, ["maria"], reason="asked for it", actor="ops")

    assert log.read(session_stream("maria")) == log.read(review_stream("maria", "ana")) == []
    assert [name for name in log.streams() if "maria" in name] == []
    after = list(log.read_all())
    assert [record for record in after[:-1] if record.position not in theirs] == kept
    erased = [record for record in after if record.position in theirs]
    assert all(record.event == Erased(record.type) for record in erased)
    assert forgotten.events == len(theirs)
    assert_chain(log)


def test_that_it_was_forgotten_is_recorded_and_names_nobody(log: SqlLog) -> None:
    first = log.read(session_stream("maria"))[0].position

    forget(log, ["maria"], reason="asked for it", actor="ops")

    (record,) = log.read(FORGETTING)
    assert isinstance(record.event, SessionForgotten)
    assert (record.event.began, record.event.reason, record.actor) == (first, "asked for it", "ops")
    assert len(record.event.streams) == len(record.event.digests) == 4
    assert "maria" not in repr(record)


def test_to_forget_again_does_nothing(log: SqlLog) -> None:
    forget(log, ["maria"])
    position = log.position()

    assert forget(log, ["maria", "nobody"]) == []
    assert log.position() == position


def test_a_log_that_is_not_encrypted_says_that_it_cannot_and_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/plain.db"
    upgrade(url, encrypted=False)
    log = open_log(url)
    before = session(log, "maria", GREETING)

    with pytest.raises(NotForgettable, match="recorder copy"):
        forget(log, ["maria"])

    assert log.read(session_stream("maria")) == before
    log.database.close()


def test_lists_and_search_do_not_show_it_any_more(log: SqlLog) -> None:
    models, listed = ReadModels(log.engine, log), SessionList(log.engine)
    models.catch_up()
    assert listed.page(Filters(text="better"), "ana").count == 1

    forget(log, ["maria"])

    assert [entry.id for entry in listed.page(Filters(), "ana").entries] == ["otto"]
    assert listed.page(Filters(text="better"), "ana").count == 0
    models.rebuild()
    assert [entry.id for entry in listed.page(Filters(), "ana").entries] == ["otto"]


class Interrupted:
    """A log during whose reading of sessions something else happens, once."""

    def __init__(self, log: SqlLog, then: Callable[[], object]) -> None:
        self._log, self._then = log, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def read_many(self, streams: Iterable[str]) -> dict[str, list[Recorded]]:
        found = self._log.read_many(streams)
        then, self._then = self._then, lambda: None
        then()
        return found


def test_who_follows_the_log_meanwhile_does_not_bring_it_back(log: SqlLog) -> None:
    interrupted: Any = Interrupted(log, lambda: forget(log, ["maria"]))

    ReadModels(log.engine, interrupted).catch_up()

    assert [entry.id for entry in SessionList(log.engine).page(Filters(), "ana").entries] == ["otto"]


def test_a_new_conversation_meanwhile_is_not_taken_for_the_old_one(log: SqlLog) -> None:
    def swap() -> None:
        forget(log, ["maria"])
        log.append(session_stream("maria"), [SessionRecorded("talk"), UserUttered("a new beginning")])

    interrupted: Any = Interrupted(log, swap)
    models = ReadModels(log.engine, interrupted)

    models.catch_up()
    models.catch_up()

    listed = SessionList(log.engine)
    assert listed.page(Filters(text="better"), "ana").count == 0
    assert listed.page(Filters(text="beginning"), "ana").count == 1


def test_a_process_that_wrote_to_it_before_begins_a_new_session(log: SqlLog) -> None:
    other = again(log)
    for _ in range(3):
        other.append(session_stream("maria"), [UserUttered("still here")])
    (forgotten,) = forget(log, ["maria"])

    (record,) = other.append(session_stream("maria"), [UserUttered("hello again")])

    assert record.version == 0
    assert [row.event for row in log.read(session_stream("maria"))] == [UserUttered("hello again")]
    assert forget(log, ["maria"])[0].streams != forgotten.streams
    assert_chain(log)
    other.database.close()


def test_the_process_that_forgets_begins_a_new_session_as_well(log: SqlLog) -> None:
    for _ in range(3):
        log.append(session_stream("maria"), [UserUttered("still here")])
    forget(log, ["maria"])

    assert log.append(session_stream("maria"), [UserUttered("hello again")])[0].version == 0
    assert len(log.read(session_stream("maria"))) == 1


def test_a_desk_that_has_it_open_lets_go_of_it(log: SqlLog) -> None:
    desk = Desk(log)
    shown = open_session(desk, "maria", ANA)
    desk.review("maria", "ana")
    forget(log, ["maria"])
    press = {"id": "d1", "type": "step_confirmed", "step": "maria-3", "made_on": 0}

    with pytest.raises(UnknownSession, match="may have been forgotten"):
        open_session(desk, "maria", ANA)
    with pytest.raises(UnknownSession):
        decide(desk, "maria", ANA, [press])
    assert session_key(desk, "maria", ANA) != shown["key"]
    assert [name for name in log.streams() if "maria" in name] == []


def test_a_desk_takes_a_new_session_of_that_name_for_a_new_one(log: SqlLog) -> None:
    desk = Desk(log)
    shown = open_session(desk, "otto", ANA)
    forget(log, ["otto"])
    events = [SessionRecorded("talk"), *[ActionExecuted("action_listen")] * (shown["version"] - 1)]
    log.append(session_stream("otto"), events)

    anew = open_session(desk, "otto", ANA)

    assert anew["version"] == shown["version"]
    assert anew["key"] != shown["key"]
    assert "hello" not in repr(anew)


def test_a_decision_that_comes_at_the_last_moment_is_forgotten_too(log: SqlLog) -> None:
    """Its stream begins after the session has gone, and before `forget` has ended."""

    def decide_on_it(done: int, total: int) -> None:
        if not [name for name in log.streams("review/") if "late" in name]:
            log.append(review_stream("maria", "late"), [StepConfirmed("maria-3", 0)])

    forget(log, ["maria"], progress=decide_on_it)

    assert [name for name in log.streams() if "maria" in name] == []


def test_exports_made_later_have_no_trace_and_those_made_before_are_told(log: SqlLog) -> None:
    for name in ("maria", "otto"):
        log.append(review_stream(name, "ana"), [ReviewSubmitted(9)], actor="ana")
    log.append("export/old", [SessionsExported(3, "of an older program", {})])
    with_both = compile_export(reviewed_sessions(log, Domain()))
    exporting.record(log, with_both, operator("ana"))

    (forgotten,) = forget(log, ["maria"])

    older, known = exports(log)
    assert forgetting.holds(known, forgotten) and not forgetting.may_hold(known, forgotten)
    assert forgetting.may_hold(older, forgotten) and not forgetting.holds(older, forgotten)
    event = log.read(FORGETTING)[0].event
    assert isinstance(event, SessionForgotten) and event.exports == (known.digest,)
    assert exporting.is_outdated(log, with_both)
    later = compile_export(reviewed_sessions(log, Domain()))
    assert b"maria" in b"".join(with_both.files.values())
    assert b"maria" not in b"".join(later.files.values())
    assert not exporting.is_outdated(log, later)
    exporting.record(log, later, operator("ana"))
    assert not any(forgetting.holds(export, forgotten) for export in exports(log)[2:])


def at(log: EventLog, name: str, *days: int) -> None:
    """A session with a message on each of these days of January 2024, and a ranking made much later."""
    times = [datetime(2024, 1, day, tzinfo=UTC) for day in days]
    events = [NewEvent(UserUttered("hi"), occurred_at=time) for time in times]
    log.append(session_stream(name), [SessionRecorded("talk"), *events, SessionRecorded("rasa-x")])


def test_sessions_are_as_old_as_the_last_thing_said_in_them(any_sql_log: SqlLog) -> None:
    at(any_sql_log, "a b/ü", 1, 9)
    at(any_sql_log, "young", 1, 20)
    at(any_sql_log, "silent")

    found = {day: older_than(any_sql_log, datetime(2024, 1, day, tzinfo=UTC)) for day in (9, 10, 21)}

    assert found == {9: [], 10: ["a b/ü"], 21: ["a b/ü", "young"]}


@pytest.mark.parametrize(
    ("age", "moment"),
    [
        ("90d", "2023-12-31"),
        ("2w", "2024-03-16"),
        ("1m", "2024-02-29"),
        ("13m", "2023-02-28"),
        ("1y", "2023-03-30"),
    ],
)
def test_ages(age: str, moment: str) -> None:
    assert moment_before(datetime(2024, 3, 30), age) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("age", ["90", "d", "-1d", "9999y", "999999m", "1.5y", "90 d", ""])
def test_what_is_no_age_is_refused(age: str) -> None:
    with pytest.raises(ValueError, match=r"no age|calendar"):
        moment_before(datetime(2024, 3, 30), age)


def test_remains_are_there_until_they_are_cleared(log: SqlLog) -> None:
    assert not has_remains(log)
    forget(log, ["maria"])
    assert has_remains(log)

    note_cleared(log)

    assert not has_remains(log)
    assert log.read(FORGETTING)[-1].event == RemainsCleared()
