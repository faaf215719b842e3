"""What only PostgreSQL has: a server that dies, roles, many connections that commit out of order."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from recorder.errors import DatabaseUnusable
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.session_list import Filters, SessionList
from recorder.store.sql import SqlLog, open_log
from tests.given import GREETING, session
from tests.postgres import KEYS, Cluster

HI = UserUttered("hi")
ROLES = Path(__file__).parents[2] / "migrations" / "roles.sql"


def run(log: SqlLog, sql: str) -> None:
    with log.engine.begin() as connection:
        connection.exec_driver_sql(sql)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "DELETE FROM streams",
        "UPDATE streams SET name = 'session/b'",
        "TRUNCATE streams",
        "DELETE FROM log_head",
        "UPDATE log_head SET position = 0",
        "TRUNCATE log_head",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_written(postgres_log: SqlLog, statement: str) -> None:
    before = postgres_log.append("session/a", [NewEvent(HI, "e1")])

    with pytest.raises(DBAPIError, match=r"only ever|only be forgotten|one head|grows shorter"):
        run(postgres_log, statement)

    assert postgres_log.read("session/a") == before


def test_a_backend_that_is_killed_loses_nothing_and_doubles_nothing(
    cluster: Cluster, postgres_log: SqlLog
) -> None:
    stop = threading.Event()
    acknowledged: list[str] = []

    def write(name: str) -> None:
        while not stop.is_set():
            acknowledged.append(postgres_log.append(f"session/{name}", [UserUttered(name)] * 3)[0].id)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, name) for name in "abcd"]
        try:
            for _ in range(3):
                time.sleep(0.3)
                kill_a_backend(cluster, postgres_log)
            time.sleep(0.5)
        finally:
            stop.set()
        for each in writers:
            each.result()

    rows = list(postgres_log.read_all())
    ids = [row.id for row in rows]
    assert set(acknowledged) <= set(ids)
    assert len(ids) == len(set(ids)) == 3 * len(acknowledged)
    assert [row.position for row in rows] == [*range(1, len(rows) + 1)]


def kill_a_backend(cluster: Cluster, log: SqlLog) -> None:
    database = make_url(log.engine.url).database
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'recorder'"
    with cluster.connect() as server:
        found = server.execute(query, (database,)).fetchall()
    for (pid,) in found[:1]:
        assert isinstance(pid, int)
        cluster.kill_backend(pid)


def test_a_follower_that_waits_is_woken_at_once(postgres_log: SqlLog, postgres_url: str) -> None:
    other = open_log(postgres_url, keys=KEYS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(postgres_log.wait, 0, 30.0)
        time.sleep(0.3)
        started = time.monotonic()
        other.append("session/a", [HI])

        assert waiting.result(timeout=20)
        assert time.monotonic() - started < 10
    other.database.close()


def test_nothing_becomes_visible_below_a_position_that_was_read(
    postgres_log: SqlLog, postgres_url: str
) -> None:
    """A writer that holds its transaction open keeps the others waiting: none commits before it."""
    slow, fast = open_log(postgres_url, keys=KEYS), open_log(postgres_url, keys=KEYS)
    with ThreadPoolExecutor(1) as pool:
        with slow.database.appending() as writer:
            writer.rows([("SELECT 1", {})])
            later = pool.submit(fast.append, "session/fast", [HI])
            time.sleep(0.3)

            assert not later.done()
            assert postgres_log.position() == 0

        assert later.result(timeout=20)[0].position == 1
    slow.database.close()
    fast.database.close()


def test_a_writer_that_waits_too_long_says_so(
    postgres_log: SqlLog, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.store.postgres.BUSY_TIMEOUT", 0.2)
    impatient = open_log(postgres_url, keys=KEYS)
    with postgres_log.database.appending() as writer:
        writer.rows([("SELECT 1", {})])
        with pytest.raises(DatabaseUnusable, match="another program keeps it locked"):
            impatient.append("session/a", [HI])

    assert impatient.append("session/a", [HI])[0].version == 0
    impatient.database.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"database": "nowhere"}, 'the server refused: database "nowhere" does not exist'),
        ({"username": "nobody"}, 'the server refused: role "nobody" does not exist'),
        ({"query": {"host": "/nowhere"}}, "it cannot be reached"),
    ],
)
def test_a_server_that_cannot_be_used_is_named_without_its_password(
    postgres_url: str, change: dict[str, Any], reason: str
) -> None:
    url = make_url(postgres_url).set(password="secret").set(**change)

    with pytest.raises(DatabaseUnusable, match=reason) as caught:
        open_log(url.render_as_string(hide_password=False), keys=KEYS)

    assert "secret" not in str(caught.value)


@pytest.fixture
def roles(cluster: Cluster, postgres_url: str) -> str:
    """The roles are made, twice; returns the URL of the database."""
    parts = make_url(postgres_url)
    psql = shutil.which("psql") or str(cluster.binaries / "psql")
    where = ["-h", str(cluster.folder), "-U", "postgres", "-d", str(parts.database)]
    names = ["-v", "app=log_app", "-v", "reader=log_reader"]
    for _ in range(2):
        command = [psql, "-qX", *where, *names, "-f", str(ROLES)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return postgres_url


def test_the_applications_role_can_append_and_nothing_else(roles: str) -> None:
    log = open_log(as_user(roles, "log_app"), keys=KEYS)

    log.append("session/a", [HI])

    assert [row.event for row in log.read("session/a")] == [HI]
    for statement in (
        "UPDATE events SET payload = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "DELETE FROM stream_keys",
        "UPDATE streams SET name = NULL, salt = NULL",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TABLE events",
        "DELETE FROM log_head",
        "SET session_replication_role = replica",
        "CREATE TABLE more (x int)",
    ):
        with pytest.raises(DBAPIError) as caught:
            run(log, statement)
        assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege), statement
    log.database.close()


def test_the_applications_role_keeps_the_lists_and_the_readers_reads_them(roles: str) -> None:
    app = open_log(as_user(roles, "log_app"), keys=KEYS)
    session(app, "a", GREETING)
    ReadModels(app.engine, app).catch_up()
    ReadModels(app.engine, app).rebuild()
    reader = open_log(as_user(roles, "log_reader"), keys=KEYS)

    assert ReadModels(reader.engine, reader).catch_up() == app.position()
    assert [entry.id for entry in SessionList(reader.engine).page(Filters(), "ana").entries] == ["a"]
    app.database.close()
    reader.database.close()


def test_a_readers_role_can_read_and_not_append(roles: str) -> None:
    log = open_log(as_user(roles, "log_reader"), keys=KEYS)

    assert log.read("session/a") == []
    with pytest.raises(DatabaseUnusable, match=r"no right to do that.*roles\.sql"):
        log.append("session/a", [HI])
    log.database.close()


def as_user(url: str, name: str) -> str:
    return make_url(url).set(username=name).render_as_string(hide_password=False)
