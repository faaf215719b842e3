"""Whoever watches over a log is told of each transaction, and can do it no harm."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from recorder.errors import VersionConflict
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.store.observing import Written
from recorder.store.sql import SqlLog
from tests.postgres import Cluster
from tests.store.test_postgres import kill_a_backend

HI = UserUttered("hi")


def test_one_report_for_each_transaction_with_what_it_wrote(any_sql_log: SqlLog) -> None:
    told: list[Written] = []
    any_sql_log.observe = told.append

    any_sql_log.append("session/a", [NewEvent(HI, "e1"), HI])
    any_sql_log.append("session/a", [NewEvent(HI, "e1")])
    with pytest.raises(VersionConflict):
        any_sql_log.append("session/a", [HI], expected_version=7)

    assert [(report.appends, report.events, report.lost) for report in told] == [
        (1, 2, 0),
        (1, 0, 0),
        (1, 0, 0),
    ]
    assert [[type(error) for error in report.refused] for report in told] == [[], [], [VersionConflict]]
    assert all(report.error is None and report.seconds > 0 for report in told)


def test_those_who_queued_up_are_told_of_together(any_sql_log: SqlLog) -> None:
    told: list[Written] = []
    any_sql_log.observe = told.append
    with ThreadPoolExecutor(4) as pool:
        with any_sql_log.database.appending():
            waiting = [pool.submit(any_sql_log.append, f"session/{name}", [HI]) for name in "abcd"]
            while any_sql_log.waiting < 3:
                time.sleep(0.01)
        for each in waiting:
            each.result()

    assert [report.appends for report in told] == [1, 3]
    assert sum(report.events for report in told) == 4


def test_a_database_that_refuses_is_told_of_with_its_error(sql_log: SqlLog) -> None:
    told: list[Written] = []
    sql_log.observe = told.append
    sql_log.database.close()
    with sql_log.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE log_head")

    with pytest.raises(Exception, match="no such table"):
        sql_log.append("session/a", [HI])

    (report,) = told
    assert "no such table" in str(report.error) and report.events == 0


def test_an_observer_that_fails_does_no_harm(any_sql_log: SqlLog) -> None:
    def fail(report: Written) -> None:
        raise RuntimeError("full")

    any_sql_log.observe = fail
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: any_sql_log.append(f"session/{n % 4}", [HI]), range(40)))

    assert sorted(rows[0].position for rows in done) == [*range(1, 41)]


def test_a_connection_that_was_lost_is_told_of(cluster: Cluster, postgres_log: SqlLog) -> None:
    told: list[Written] = []
    postgres_log.observe = told.append
    postgres_log.append("session/a", [HI])

    kill_a_backend(cluster, postgres_log)
    postgres_log.append("session/a", [HI])

    # The one that was lost may have been written all the same: then nothing is left to be done again.
    assert [report.lost > 0 for report in told] == [False, True]
    assert postgres_log.version("session/a") == 2
