"""Fixtures: migrated databases, and the log in memory, in a file, on a server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest

from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from tests.postgres import KEYS, Databases


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
    log.database.close()


@pytest.fixture
def postgres_log(postgres_url: str) -> Iterator[SqlLog]:
    log = open_log(postgres_url, keys=KEYS)
    yield log
    log.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_sql_log(request: pytest.FixtureRequest) -> SqlLog:
    """The log in either database."""
    log: SqlLog = request.getfixturevalue("sql_log" if request.param == "sqlite" else "postgres_log")
    return log


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryLog()
    log: EventLog = request.getfixturevalue("sql_log" if request.param == "sqlite" else "postgres_log")
    return log


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def fresh_log(request: pytest.FixtureRequest) -> Iterator[Callable[[], EventLog]]:
    """Makes an empty log at each call, and closes the one before: for properties that need many."""
    new = request.getfixturevalue(f"_new_{request.param}")
    with ExitStack() as opened:

        def make() -> EventLog:
            opened.close()
            log: EventLog = opened.enter_context(new())
            return log

        yield make


@pytest.fixture
def _new_memory() -> Callable[[], AbstractContextManager[EventLog]]:
    return lambda: nullcontext(MemoryLog())


@pytest.fixture
def _new_sqlite(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[EventLog]]:
    @contextmanager
    def make() -> Iterator[EventLog]:
        log = open_log(f"sqlite:///{copied(migrated, tmp_path_factory.mktemp('log'))}")
        yield log
        log.database.close()

    return make


@pytest.fixture
def _new_postgresql(
    databases: Databases, migrated_template: str
) -> Callable[[], AbstractContextManager[EventLog]]:
    @contextmanager
    def make() -> Iterator[EventLog]:
        with databases.new(migrated_template) as url:
            log = open_log(url, keys=KEYS)
            yield log
            log.database.close()

    return make
