"""The contract of the log, with many clients at once that are killed, held by a checker of histories.

`RECORDER_CONTRACT` says how many events (`make contract`: 100,000).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from recorder.events.event import Event, NewEvent, Recorded
from recorder.store.following import follow
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from tests.postgres import KEYS, Cluster
from tests.store import clients
from tests.store.clients import Diary
from tests.store.histories import Operation, Row, Violation, check, parse

EVENTS = int(os.environ.get("RECORDER_CONTRACT", 10_000))
WRITERS, FOLLOWERS = 8, 4
KILLS = ["writer", "writer", "follower", "writer", "server"] * 4
"""Who is killed, spread evenly over the events."""
PATIENCE = 60 + EVENTS / 200
"""Seconds until a run is given up."""

Kill = Callable[[Random], None]


def judged(folder: Path, log: Sequence[Row]) -> list[Violation]:
    histories = {file.stem: parse(file.read_bytes().splitlines()) for file in sorted(folder.glob("*.jsonl"))}
    operations = [each for history in histories.values() for each in history.operations.values()]
    followers = {name: history.seen for name, history in histories.items() if name.startswith("follower")}
    _tell(operations, followers)
    return check(operations, log, followers)


def _tell(operations: Sequence[Operation], followers: dict[str, list[Row]]) -> None:
    """Seen with `pytest -s`."""
    count: dict[str, int] = {}
    for each in operations:
        name = each.outcome + (f" {each.reason}" if each.outcome == "failed" else "")
        count[name] = count.get(name, 0) + 1
    print(f"\n{count}; followers saw {[len(seen) for seen in followers.values()]}")


# A log in memory has threads for clients, the others have processes.


def test_memory_keeps_the_contract(tmp_path: Path) -> None:
    log = MemoryLog()

    run_threads(log, tmp_path)

    assert log.position() >= EVENTS
    assert judged(tmp_path, [clients.seen(row) for row in log.read_all()]) == []


def run_threads(log: EventLog, folder: Path) -> None:
    end = folder / "end"

    def watch(file: Path) -> None:
        diary = Diary(file)
        clients.watch(follow(log, stop=lambda: clients.is_over(diary, end)), diary)

    with ThreadPoolExecutor(WRITERS + FOLLOWERS) as pool:
        watching = [pool.submit(watch, folder / f"follower-{n}.jsonl") for n in range(FOLLOWERS)]
        writing = [
            pool.submit(clients.write, log, f"w{n}", 1, EVENTS // WRITERS, folder / f"writer-{n}.jsonl")
            for n in range(WRITERS)
        ]
        for each in writing:
            each.result()
        _say(end, log.position())
        for each in watching:
            each.result()


class Troupe:
    """Processes that begin again when they are killed, until they have done what they are for."""

    def __init__(self) -> None:
        self._world = multiprocessing.get_context("forkserver")
        self._world.set_forkserver_preload(["tests.store.clients"])
        self._plays: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {}
        self._cast: dict[str, BaseProcess] = {}
        self.kills = 0

    def start(self, name: str, play: Callable[..., None], *arguments: Any) -> None:
        self._plays[name] = (play, arguments)
        self._cast[name] = self._world.Process(target=play, args=arguments, name=name)
        self._cast[name].start()

    def playing(self, kind: str) -> list[str]:
        """Those who are at work; one that failed fails the test."""
        for name, process in list(self._cast.items()):
            if process.exitcode == -signal.SIGKILL:
                play, arguments = self._plays[name]
                self.start(name, play, *arguments)
            assert process.exitcode in (None, 0, -signal.SIGKILL), name
        return [name for name, each in self._cast.items() if name.startswith(kind) and each.exitcode is None]

    def kill(self, name: str) -> None:
        self._cast[name].kill()
        self._cast[name].join()
        self.kills += 1

    def close(self) -> None:
        for process in self._cast.values():
            process.kill()
            process.join()


def run_processes(url: str, key: str, folder: Path, log: SqlLog, kill: Kill | None = None) -> Troupe:
    """The whole run; returns when all that was asked for is acknowledged, and seen by the followers."""
    luck, end = Random(7), folder / "end"
    with ExitStack() as stack:
        troupe = Troupe()
        stack.callback(troupe.close)
        for n in range(FOLLOWERS):
            name = f"follower-{n}"
            troupe.start(name, clients.watch_at, url, key, folder / f"{name}.jsonl", end)
        for n in range(WRITERS):
            name = f"writer-{n}"
            quota = EVENTS // WRITERS
            troupe.start(name, clients.write_to, url, key, name, 7, quota, folder / f"{name}.jsonl")
        deadline = time.monotonic() + PATIENCE
        for number, whom in enumerate(KILLS, 1):
            while writers := troupe.playing("writer"):
                assert time.monotonic() < deadline
                if clients.patiently(log.position) >= EVENTS * number // (len(KILLS) + 2):
                    break
                time.sleep(0.02)
            if whom == "server" and kill:
                kill(luck)
            elif possible := troupe.playing(whom) or writers:
                troupe.kill(luck.choice(possible))
        while troupe.playing("writer"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        _say(end, log.position())
        while troupe.playing("follower"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return troupe


def _say(end: Path, position: int) -> None:
    """All of it at once: a follower may be reading."""
    new = end.with_suffix(".new")
    new.write_text(str(position))
    new.replace(end)


def test_sqlite_keeps_the_contract(url: str, sql_log: SqlLog, tmp_path: Path) -> None:
    troupe = run_processes(url, "", tmp_path, sql_log)

    assert troupe.kills == len(KILLS)
    assert sql_log.position() >= EVENTS
    assert judged(tmp_path, [clients.seen(row) for row in sql_log.read_all()]) == []


def test_postgresql_keeps_the_contract(
    cluster: Cluster, postgres_url: str, postgres_log: SqlLog, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(luck: Random) -> None:
        """kill -9 of a backend: the server throws all others out, too, and recovers."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with clients.patiently(cluster.connect) as server:
            found = server.execute(query, (make_url(postgres_url).database,)).fetchall()
        (pid,) = luck.choice(found)
        assert isinstance(pid, int)
        cluster.kill_backend(pid)
        killed.append(pid)

    troupe = run_processes(postgres_url, KEYS.value or "", tmp_path, postgres_log, kill)

    assert troupe.kills == 16
    assert len(killed) == 4
    assert postgres_log.position() >= EVENTS
    assert judged(tmp_path, [clients.seen(row) for row in postgres_log.read_all()]) == []


# Logs with planted faults, which real clients meet.


class Forgetful(MemoryLog):
    """Acknowledges an append now and then that it does not keep."""

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        rows = super().append(stream, events, expected_version=expected_version, actor=actor)
        with self._grown:
            if self._luck.random() < 0.05 and rows[-1:] == self._all[-1:]:
                for row in rows:
                    self._all.remove(row)
                    self._streams[stream].remove(row)
                    del self._ids[row.id]
        return rows

    def __init__(self) -> None:
        super().__init__()
        self._luck = Random(3)


def test_an_acknowledged_append_that_is_lost_is_found_by_the_checker(tmp_path: Path) -> None:
    log = Forgetful()
    for n in range(4):
        clients.write(log, f"w{n}", 1, 300, tmp_path / f"writer-{n}.jsonl")

    found = judged(tmp_path, [clients.seen(row) for row in log.read_all()])

    assert "lost" in {violation.kind for violation in found}


class Naive:
    """What looks like a log on PostgreSQL: an identity column for positions, and no lock."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._cluster, self._database = cluster, database
        self._mine = threading.local()
        with cluster.connect(database) as server:
            identity = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
            server.execute(f"CREATE TABLE naive (position {identity}, id text UNIQUE, text text)")

    @property
    def _server(self) -> psycopg.Connection[tuple[Any, ...]]:
        if not hasattr(self._mine, "server"):
            self._mine.server = self._cluster.connect(self._database)
        server: psycopg.Connection[tuple[Any, ...]] = self._mine.server
        return server

    def write(self, name: str, count: int) -> None:
        luck = Random(name)
        for number in range(count):
            with self._server.transaction():
                values = (f"{name}.{number}", f"{number}")
                self._server.execute("INSERT INTO naive (id, text) VALUES (%s, %s)", values)
                time.sleep(luck.random() * 0.01)
        self._server.close()

    def rows(self, after: int = 0) -> list[Row]:
        query = "SELECT position, id, text FROM naive WHERE position > %s ORDER BY position"
        found = self._server.execute(query, (after,)).fetchall()
        return [Row(position, "session/n", 0, identity, text) for position, identity, text in found]

    def watch(self, done: threading.Event) -> list[Row]:
        seen: list[Row] = []
        while True:
            last = done.is_set()
            seen += self.rows(seen[-1].position if seen else 0)
            if last:
                self._server.close()
                return seen


def test_a_follower_of_an_identity_column_skips_events_and_is_found_out(
    cluster: Cluster, postgres_url: str
) -> None:
    naive = Naive(cluster, str(make_url(postgres_url).database))
    done = threading.Event()
    with ThreadPoolExecutor(9) as pool:
        watching = pool.submit(naive.watch, done)
        for each in [pool.submit(naive.write, f"w{n}", 40) for n in range(8)]:
            each.result()
        done.set()
        seen = watching.result()

    found = check([], naive.rows(), {"follower": seen})
    naive._server.close()

    assert "skipped" in {violation.kind for violation in found}


# Faults in histories made by hand.

ROWS = [
    Row(1, "a", 0, "a0", "x"),
    Row(2, "a", 1, "a1", "x"),
    Row(3, "b", 0, "b0", "x"),
    Row(4, "a", 2, "a2", "x"),
]


def append(*rows: Row, invoked: int, ended: int | None = None, expected: int | None = None) -> Operation:
    events = [(row.id, row.text) for row in rows]
    places = [(row.position, row.version) for row in rows]
    outcome = "acknowledged" if ended else "unknown"
    return Operation(rows[0].stream, events, expected, invoked, outcome, ended, "", places)  # type: ignore[arg-type]


def told() -> list[Operation]:
    """Both events of the first append before all others; the last one was never answered."""
    return [
        append(*ROWS[:2], invoked=10, ended=20, expected=0),
        append(ROWS[2], invoked=30, ended=40),
        append(ROWS[3], invoked=50, expected=2),
        Operation("a", [("a9", "x")], 0, 60, "failed", 70),
    ]


def kinds(log: Sequence[Row] = ROWS, seen: Sequence[Row] = ROWS, said: Sequence[Operation] = ()) -> set[str]:
    return {violation.kind for violation in check(said or told(), log, {"f": seen})}


def renumbered(*rows: Row) -> list[Row]:
    """As they would stand, were they written in this order."""
    versions: dict[str, int] = {}
    placed = []
    for position, row in enumerate(rows, 1):
        placed.append(row._replace(position=position, version=versions.setdefault(row.stream, 0)))
        versions[row.stream] += 1
    return placed


def test_a_history_without_a_fault_is_accepted() -> None:
    assert kinds() == set()
    assert kinds(ROWS[:3], ROWS[:3]) == set()  # what was never answered may be missing


A0, A1, B0, A2 = ROWS


@pytest.mark.parametrize(
    ("fault", "log"),
    [
        ("lost", renumbered(A0, A1, A2)),
        ("doubled", renumbered(A0, A1, B0, A2, B0)),
        ("phantom", renumbered(A0, A1, B0, A2, Row(0, "b", 0, "b7", "x"))),
        ("phantom", renumbered(A0, A1, B0, A2._replace(text="y"))),
        ("changed", renumbered(A0, A1, B0._replace(text="y"), A2)),
        ("failed but written", renumbered(A0, A1, B0, A2, Row(0, "a", 0, "a9", "x"))),
        ("torn", renumbered(A0, B0, A1, A2)),
        ("order", renumbered(B0, A0, A1, A2)),
        ("gap", [A0, A1, A2]),
        ("gap", [A0, A1, B0, A2._replace(version=3)]),
    ],
)
def test_a_fault_of_the_log_is_found(fault: str, log: list[Row]) -> None:
    assert fault in kinds(log, log)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("skipped", [A0, A1, A2]),
        ("skipped", [A0, A1, B0]),
        ("seen twice", [A0, A1, A1, B0, A2]),
        ("seen out of order", [A0, B0, A1, A2]),
        ("seen otherwise", [A0, A1._replace(text="y"), B0, A2]),
        ("seen otherwise", [*ROWS, Row(5, "b", 1, "b1", "x")]),
    ],
)
def test_a_fault_of_a_follower_is_found(fault: str, seen: list[Row]) -> None:
    assert kinds(seen=seen) == {fault} or fault == "seen out of order"
    assert fault in kinds(seen=seen)


def test_an_append_at_another_version_than_it_asked_for_is_found() -> None:
    assert kinds(said=[replace(told()[0], expected=1), *told()[1:]]) == {"expected version"}


def test_half_an_append_is_found_although_nobody_acknowledged_it() -> None:
    said = [replace(told()[0], outcome="unknown"), *told()[1:]]
    rest = renumbered(A0, B0, A2)

    assert kinds(rest, rest, said) >= {"torn"}


def test_the_history_of_who_was_killed_is_read_up_to_the_last_whole_line(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonl"
    with closing(Diary(file)) as diary:
        diary.note("invoked", 0, 10, "a", [("a0", "x")], None)
    file.write_bytes(file.read_bytes() + b'["acknow')

    with closing(Diary(file)) as diary:
        assert [each.outcome for each in diary.history.operations.values()] == ["unknown"]
        diary.note("acknowledged", 0, 20, [(1, 0)])

    assert [each.rows for each in parse(file.read_bytes().splitlines()).operations.values()] == [[(1, 0)]]
