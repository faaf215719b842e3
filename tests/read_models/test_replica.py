"""A read replica that is behind shows nobody an old list."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from recorder.bootstrap import open_recorder
from recorder.read_models import replica
from recorder.read_models.replica import Lists
from recorder.read_models.session_list import Filters, SessionList
from recorder.settings import Settings
from recorder.store.sql import SqlLog
from tests.given import GREETING, session
from tests.postgres import KEYS, Cluster


@pytest.fixture
def follower(cluster: Cluster, postgres_url: str) -> Iterator[Cluster]:
    """A server that streams from the tests' own; the database is there already."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        made = cluster.replica(Path(folder))
        made.start()
        yield made
        made.stop("immediate")


def names(lists: SessionList) -> list[str]:
    return [entry.id for entry in lists.page(Filters(), "ana").entries]


def test_lists_come_from_the_replica_unless_it_is_behind(
    cluster: Cluster, follower: Cluster, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(make_url(postgres_url).database)
    recorder = open_recorder(Settings(postgres_url, keys=KEYS, replica=follower.url(database)))
    assert isinstance(recorder.log, SqlLog)
    read_models, lists = recorder.read_models, recorder.lists
    assert lists.replica is not None
    session(recorder.log, "a", GREETING)

    monkeypatch.setattr(replica, "WAIT", 20.0)
    here = lists.at_least(read_models.catch_up())
    assert here is lists.replica
    assert names(here) == ["a"]

    monkeypatch.setattr(replica, "WAIT", 0.1)
    with follower.connect(database) as server:
        server.execute("SELECT pg_wal_replay_pause()")
        while server.execute("SELECT pg_get_wal_replay_pause_state()").fetchall() != [("paused",)]:
            time.sleep(0.01)
        session(recorder.log, "b", GREETING)
        there = lists.at_least(read_models.catch_up())
        assert there is lists.primary
        assert names(there) == ["a", "b"]
        server.execute("SELECT pg_wal_replay_resume()")

    monkeypatch.setattr(replica, "WAIT", 20.0)
    assert names(lists.at_least(read_models.catch_up())) == ["a", "b"]

    follower.stop("immediate")
    assert lists.at_least(read_models.catch_up()) is lists.primary
    follower.start()
    lists.replica.close()
    recorder.log.database.close()


def test_without_a_replica_the_database_itself_answers(postgres_url: str) -> None:
    recorder = open_recorder(Settings(postgres_url, keys=KEYS))
    lists = recorder.lists

    assert lists == Lists(lists.primary)
    assert lists.at_least(7) is lists.primary
    assert isinstance(recorder.log, SqlLog)
    recorder.log.database.close()
