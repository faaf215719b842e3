"""Migrated databases, and both logs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the latest schema, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "recorder.db"
    upgrade(f"sqlite:///{file}")
    return file


def copied(migrated: Path, folder: Path) -> Path:
    """The database in another folder, with its master key."""
    shutil.copy(migrated.with_name(migrated.name + ".key"), folder)
    return Path(shutil.copy(migrated, folder))


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """A database of one's own."""
    return copied(migrated, tmp_path)


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


@pytest.fixture
def sql_log(url: str) -> Iterator[SqlLog]:
    log = open_log(url)
    yield log
    log.engine.dispose()


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryLog()
    log: EventLog = request.getfixturevalue("sql_log")
    return log


@pytest.fixture(params=["memory", "sqlite"])
def fresh_log(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], EventLog]]:
    """Makes an empty log at each call, for properties that need many."""
    opened: list[SqlLog] = []

    def make() -> EventLog:
        if request.param == "memory":
            return MemoryLog()
        file = copied(migrated, tmp_path_factory.mktemp("log"))
        opened.append(open_log(f"sqlite:///{file}"))
        return opened[-1]

    yield make
    for log in opened:
        log.engine.dispose()
