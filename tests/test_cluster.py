"""Batch jobs on real Dask workers: other processes, which may be killed."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import cluster
from recorder.bootstrap import open_recorder
from recorder.cli import main
from recorder.cluster import DaskWorkers
from recorder.errors import ClusterUnusable, DatabaseUnusable, RecorderError, UnknownSession, VersionConflict
from recorder.events.event import NewEvent, session_stream
from recorder.learning.model import train
from recorder.review.people import operator
from recorder.services.compiling import compile_shards
from recorder.services.gold import judged
from recorder.services.ranking import rank
from recorder.services.training import compare
from recorder.settings import Settings
from recorder.store.schema import upgrade
from recorder.store.shards import Here, Shard, Snapshot, shards
from recorder.store.sql import SqlLog, open_log
from tests import jobs
from tests.benchmarks.crowd import DOMAIN, crowd
from tests.learning import given
from tests.learning.given import DIALOGUES, GREETED, NLU
from tests.postgres import KEYS

VARIABLE = "RECORDER_MASTER_KEY"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two workers that know the master key of the tests, and of no database."""
    import dask
    from distributed import LocalCluster

    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),  # one killed worker is no reason
        LocalCluster(host="127.0.0.1", env={VARIABLE: KEYS.value}, memory_limit=0, **settings) as made,
    ):
        yield made.scheduler_address


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A log with 12 reviewed sessions, for reading."""
    url = f"sqlite:///{tmp_path_factory.mktemp('cluster')}/log.db"
    upgrade(url, keys=KEYS)
    crowd(open_log(url, keys=KEYS), 12)
    return url


@pytest.fixture
def log(url: str) -> SqlLog:
    return open_log(url, keys=KEYS)


@pytest.fixture
def workers(address: str, url: str) -> Iterator[DaskWorkers]:
    with cluster.running(address, url) as found:
        yield found


def some(log: SqlLog, *items: str) -> list[Shard[str]]:
    return shards(items, Snapshot.of(log), 1)


def test_a_killed_worker_changes_nothing(workers: DaskWorkers, log: SqlLog, tmp_path: Path) -> None:
    cut = judged(log, size=2)

    killer = threading.Thread(target=kill, args=[tmp_path / "pid"])
    killer.start()
    export = compile_shards(jobs.Unlucky(workers, tmp_path, shard=2), cut, DOMAIN)
    killer.join()

    assert export == compile_shards(Here(log), cut, DOMAIN)
    assert export.manifest["counts"]["sessions"] == 12


def kill(pid: Path) -> None:
    while not pid.exists():
        time.sleep(0.02)
    os.kill(int(pid.read_text()), signal.SIGKILL)


def test_rank_and_compare_say_the_same_on_a_cluster(
    address: str, workers: DaskWorkers, log: SqlLog, tmp_path: Path
) -> None:
    old, new = train(NLU, DIALOGUES[:2], DOMAIN), train(NLU, DIALOGUES, DOMAIN)

    ana = operator("ana")

    assert compare(log, old, new, ana, workers=workers) == compare(log, old, new, ana)

    ours, added = train(NLU, DIALOGUES, given.DOMAIN), []
    for number in range(2):
        url = f"sqlite:///{tmp_path}/{number}.db"
        upgrade(url, keys=KEYS)
        mine = open_log(url, keys=KEYS)
        for name in ("a", "b", "c"):
            mine.append(session_stream(name), [NewEvent(e, id=f"{name}-{i}") for i, e in enumerate(GREETED)])
        before = mine.position()
        with cluster.running(address, url) as found:
            rank(mine, ours, workers=found if number else None)
        added.append([(r.position, r.id, r.stream, r.event) for r in mine.read_all(before)])
    assert added[0] == added[1] and added[0]


def test_the_command_line_shares_an_export_among_processes(
    url: str,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, KEYS.value)
    monkeypatch.chdir(Path(url.removeprefix("sqlite:///")).parent)
    written = []
    for number, how in enumerate(([], ["--scheduler", address], ["--workers", "1"])):
        out = tmp_path / str(number)
        options = ["--database", "sqlite:///log.db", "--models", str(tmp_path), "--out", str(out)]
        assert main(["export", *options, *how]) == 0, capsys.readouterr().err
        written.append({path.name: path.read_bytes() for path in out.iterdir()})

    assert written[0] == written[1] == written[2]


def test_what_goes_wrong_in_a_job_is_told_as_it_is_here(workers: DaskWorkers, log: SqlLog) -> None:
    with pytest.raises(UnknownSession, match="'nobody'"):
        list(workers.map(jobs.refused, some(log, "nobody")))
    with pytest.raises(ZeroDivisionError) as caught:
        list(workers.map(jobs.broken, some(log, "a")))
    assert "jobs.py" in caught.value.__notes__[0]


def test_a_shard_that_kills_every_worker_is_given_up(workers: DaskWorkers, log: SqlLog) -> None:
    with pytest.raises(ClusterUnusable, match="ended several workers"):
        list(workers.map(jobs.deadly, some(log, "a")))


def test_a_worker_that_sees_another_log_is_refused(workers: DaskWorkers, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    upgrade(other, keys=KEYS)
    theirs = open_log(other, keys=KEYS)
    crowd(theirs, 1)

    with pytest.raises(DatabaseUnusable, match="another log"):
        list(workers.map(jobs.environment, some(theirs, "HOME")))


def test_on_postgresql_a_worker_cannot_write(address: str, postgres_log: SqlLog, postgres_url: str) -> None:
    crowd(postgres_log, 2)
    with cluster.running(address, postgres_url) as workers:
        with pytest.raises(DatabaseUnusable, match="read-only"):
            list(workers.map(jobs.writing, some(postgres_log, "a")))

        cut = judged(postgres_log, size=1)
        assert compile_shards(workers, cut) == compile_shards(Here(postgres_log), cut)


def test_no_password_and_no_key_is_sent() -> None:
    sent = cluster._for_others(
        "postgresql+psycopg://ana:secret@host:5/log?options=-c%20x%3D1&password=secret"
    )

    assert sent == "postgresql+psycopg://ana@host:5/log?options=-c+x%3D1"
    assert cluster._for_others("sqlite:///log.db") == f"sqlite:///{Path.cwd()}/log.db"
    assert "default_transaction_read_only" in cluster._for_reading(sent)


def test_no_scheduler_no_worker_no_dask_are_told_apart(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "_PATIENCE", 0.3)
    settings = Settings(url, scheduler="tcp://127.0.0.1:1", keys=KEYS)
    with pytest.raises(ClusterUnusable, match="no scheduler answers"), open_recorder(settings).workers():
        pass
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ClusterUnusable, match="no worker"),
        cluster.running(empty.scheduler_address, url),
    ):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    for chosen in (settings, Settings(url, workers=2, keys=KEYS)):
        with (
            pytest.raises(ClusterUnusable, match=r"session-recorder\[dask\]"),
            open_recorder(chosen).workers(),
        ):
            pass


@pytest.mark.parametrize(
    "error",
    [VersionConflict("s", 1, 2), DatabaseUnusable("db", "it is full"), ClusterUnusable("c", "none", "Go.")],
)
def test_an_error_reaches_another_process_as_it_was(error: RecorderError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
