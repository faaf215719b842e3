"""What takes long is done once, in the background, and kept until it is asked for anew."""

from __future__ import annotations

import time
from threading import Event

import pytest

from recorder.errors import TrainingError
from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from review_app.jobs import KEPT, Job, Jobs, Tell


def over(job: Job[str] | None) -> Job[str]:
    assert job is not None
    deadline = time.monotonic() + 30
    while not job.is_over:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return job


def test_whoever_asks_meanwhile_sees_how_far_it_is_and_begins_no_second_one(sql_log: SqlLog) -> None:
    jobs, begun, go_on, runs = Jobs[str](sql_log), Event(), Event(), []

    def work(position: int, tell: Tell) -> str:
        runs.append(position)
        tell(1, 4)
        begun.set()
        assert go_on.wait(30)
        return "done"

    jobs.begin("a", work)
    assert begun.wait(30)
    jobs.begin("a", work)
    going_on = jobs.latest("a")

    assert going_on is not None
    assert (going_on.is_over, going_on.share) == (False, 0.25)
    go_on.set()
    assert over(jobs.latest("a")).result() == "done"
    assert runs == [sql_log.position()]


def test_it_is_kept_while_the_log_grows_and_done_anew_when_asked_for(sql_log: SqlLog) -> None:
    jobs = Jobs[str](sql_log)
    jobs.begin("a", lambda position, tell: f"as of {position}")
    first = over(jobs.latest("a")).result()
    sql_log.append(session_stream("s"), [UserUttered("hello")])

    assert over(jobs.latest("a")).result() == first
    jobs.begin("a", lambda position, tell: f"as of {position}")
    assert over(jobs.latest("a")).result() == f"as of {sql_log.position()}" != first


def test_what_stops_it_is_told_to_whoever_asks(sql_log: SqlLog) -> None:
    jobs = Jobs[str](sql_log)

    def fail(position: int, tell: Tell) -> str:
        raise TrainingError("no")

    jobs.begin("a", fail)

    with pytest.raises(TrainingError):
        over(jobs.latest("a")).result()


def test_it_is_dropped_when_something_is_forgotten_that_it_may_hold(sql_log: SqlLog) -> None:
    sql_log.append(session_stream("s"), [UserUttered("hello")])
    jobs = Jobs[str](sql_log)
    jobs.begin("a", lambda position, tell: "hello")
    over(jobs.latest("a"))

    forget(sql_log, ["s"])

    assert jobs.latest("a") is None


def test_a_few_are_kept(sql_log: SqlLog) -> None:
    jobs = Jobs[str](sql_log)
    for number in range(KEPT + 1):
        jobs.begin(number, lambda position, tell: "done")

    assert [jobs.latest(number) is None for number in range(KEPT + 1)] == [True] + KEPT * [False]
