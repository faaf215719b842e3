"""Following the log: every event once, in order, whatever becomes of the connection."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from recorder.errors import DatabaseUnusable
from recorder.events.event import Recorded
from recorder.events.session import UserUttered
from recorder.store.database import database_url
from recorder.store.following import follow
from recorder.store.log import EventLog
from recorder.store.postgres import PostgresDatabase
from recorder.store.sql import SqlLog, open_log
from tests.postgres import KEYS, Cluster


def write(log: EventLog, count: int) -> None:
    for number in range(count):
        log.append(f"session/{number % 3}", [UserUttered(str(number))])


def positions(batches: list[list[Recorded]]) -> list[int]:
    return [row.position for rows in batches for row in rows]


def test_what_is_there_comes_in_batches_in_order(log: EventLog) -> None:
    write(log, 10)

    batches = list(follow(log, until=10, batch=4))

    assert [len(rows) for rows in batches] == [4, 4, 2]
    assert positions(batches) == [*range(1, 11)]
    assert [row.event for rows in batches for row in rows] == [UserUttered(str(each)) for each in range(10)]


def test_who_comes_back_goes_on_behind_the_position_that_it_kept(log: EventLog) -> None:
    write(log, 10)

    assert positions(list(follow(log, after=7, until=9))) == [8, 9]
    assert list(follow(log, after=10, until=10)) == []


def test_a_batch_is_read_when_it_is_asked_for(log: EventLog) -> None:
    write(log, 2)
    batches = follow(log, until=3)

    first = next(batches)
    log.append("session/late", [UserUttered("late")])

    assert positions([first]) == [1, 2]
    assert positions(list(batches)) == [3]


def test_what_is_written_while_somebody_follows_reaches_each_who_does(log: EventLog) -> None:
    with ThreadPoolExecutor(5) as pool:
        following = [pool.submit(lambda: list(follow(log, until=200, batch=7))) for _ in range(4)]
        for _ in range(4):
            write(log, 50)

        for each in following:
            assert positions(each.result(timeout=60)) == [*range(1, 201)]


def test_it_stops_when_it_is_told_to(log: EventLog) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(lambda: list(follow(log, stop=stop.is_set)))
        stop.set()

        assert following.result(timeout=60) == []


def test_an_event_that_is_missing_is_not_passed_over(sql_log: SqlLog, database: Path) -> None:
    write(sql_log, 3)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TRIGGER events_keep_delete")
        connection.execute("DELETE FROM events WHERE position = 2")

    with pytest.raises(DatabaseUnusable, match="event 2 is missing"):
        list(follow(sql_log, until=3))


def test_a_server_that_restarts_is_waited_for(cluster: Cluster, postgres_log: SqlLog) -> None:
    write(postgres_log, 5)
    batches = follow(postgres_log, until=10)
    first = next(batches)

    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(lambda: list(batches))
        time.sleep(0.2)  # it waits, on a connection
        cluster.stop("immediate")
        time.sleep(0.2)
        cluster.start()
        write(postgres_log, 5)

        assert positions([first, *rest.result(timeout=60)]) == [*range(1, 11)]


def test_patience_has_an_end() -> None:
    nowhere = PostgresDatabase(database_url("postgresql+psycopg://x@/x?host=/nowhere"), "nowhere")

    with pytest.raises(DatabaseUnusable, match="cannot be reached") as caught:
        next(follow(SqlLog(nowhere, None), patience=0.1))

    assert caught.value.passing


def test_a_reason_that_does_not_pass_is_told_at_once(postgres_log: SqlLog) -> None:
    with postgres_log.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE events CASCADE")
    with pytest.raises(Exception, match="does not exist"):
        next(follow(postgres_log))


def test_all_who_wait_in_a_process_need_one_connection_between_them(
    cluster: Cluster, postgres_log: SqlLog, postgres_url: str
) -> None:
    other = open_log(postgres_url, keys=KEYS)
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(postgres_log.wait, 0, 30.0) for _ in range(20)]
        time.sleep(0.5)  # all of them wait
        with cluster.connect() as server:
            name = make_url(postgres_url).database
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            found = server.execute(query, (name,)).fetchone()
        other.append("session/a", [UserUttered("hi")])

        assert all(each.result(timeout=20) for each in waiting)
    other.database.close()
    assert found is not None
    assert found[0] in range(1, 12)  # the pools keep up to five each, however many wait


def test_nobody_who_waits_misses_what_comes_between_two_looks(log: EventLog) -> None:
    """Each answers the other: one lost call would make it last for the whole timeout."""

    def play(first: int) -> None:
        for turn in range(first, 100, 2):
            assert turn == 0 or log.wait(turn - 1, 30)
            log.append("session/a", [UserUttered(str(turn))])

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(play, 0), pool.submit(play, 1)]:
            each.result(timeout=120)

    assert log.position() == 100
