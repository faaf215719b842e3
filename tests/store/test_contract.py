"""The contract of the log, with many clients at once that are killed, held by a checker of histories.

`RECORDER_CONTRACT` says how many events (`make contract`: 100,000).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from recorder.events.event import Event, NewEvent, Recorded
from recorder.events.session import UserUttered
from recorder.store.following import follow
from recorder.store.log import EventLog, drafts, utc_now
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from tests.postgres import KEYS, Cluster
from tests.store import clients
from tests.store.clients import Diary
from tests.store.histories import History, Operation, Row, Violation, check, parse

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
    assert len(log) >= EVENTS or len(log) >= sum(len(each.rows) for each in operations) // 2
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

    assert judged(tmp_path, [clients.seen(row) for row in log.read_all()]) == []


def run_threads(
    log: EventLog,
    folder: Path,
    events: int = EVENTS,
    batches: Callable[..., Iterator[list[Recorded]]] = follow,
) -> None:
    end = folder / "end"

    def watch(file: Path) -> None:
        diary = Diary(file)
        clients.watch(batches(log, stop=lambda: clients.is_over(diary, end)), diary)

    with ThreadPoolExecutor(WRITERS + FOLLOWERS) as pool:
        watching = [pool.submit(watch, folder / f"follower-{n}.jsonl") for n in range(FOLLOWERS)]
        writing = [
            pool.submit(clients.write, log, f"w{n}", 1, events // WRITERS, folder / f"writer-{n}.jsonl")
            for n in range(WRITERS)
        ]
        for each in writing:
            each.result()
        end.write_text(str(log.position()))
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
        end.write_text(str(log.position()))
        while troupe.playing("follower"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return troupe


def test_sqlite_keeps_the_contract(url: str, sql_log: SqlLog, tmp_path: Path) -> None:
    troupe = run_processes(url, "", tmp_path, sql_log)

    assert troupe.kills == len(KILLS)
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
    assert judged(tmp_path, [clients.seen(row) for row in postgres_log.read_all()]) == []
