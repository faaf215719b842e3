"""Disks that are full, broken or read-only, locks, clocks: one sentence, exit code 1, nothing by half."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recorder.events.session import UserUttered
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import current, upgrade
from recorder.store.sql import open_log
from recorder.store.tables import REVISION
from tests import given
from tests.faults.processes import Processes, Run
from tests.faults.test_killed import SESSIONS, contents, events_of, left_in, reviewed, step
from tests.faults.whole import ids
from tests.golden import keep
from tests.postgres import KEYS, Databases

SESSION = SESSIONS / "visitor-01.jsonl"
FULL = "disk is full|No space left|disk failed"
BROKEN = "disk failed|cannot be opened|Input/output error"
IMPATIENT = {"recorder.store.sqlite.BUSY_TIMEOUT": 0.05, "recorder.store.postgres.BUSY_TIMEOUT": 0.05}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A folder with all that the commands need: a log with a reviewed session, an old log, a bot."""
    folder = tmp_path_factory.mktemp("template")
    for name in (migrated.name, f"{migrated.name}.key"):
        shutil.copy(migrated.with_name(name), folder)
    reviewed(f"sqlite:///{folder}/recorder.db", "s")
    keep.restored(keep.databases()["0001"], folder / "old.db")
    given.model(folder / "models", folder, "action_wave", day=1)
    (folder / "stories.yml").write_text(given.STORIES.format(action="action_bow"))
    return folder


@pytest.fixture
def work(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "work"))


def commands(work: Path) -> dict[str, tuple[object, ...]]:
    database = ("--database", f"sqlite:///{work}/recorder.db")
    files = [word for name in ("domain", "stories", "nlu") for word in (f"--{name}", work / f"{name}.yml")]
    return {
        "init": ("init", "--database", f"sqlite:///{work}/new.db"),
        "upgrade": ("init", "--database", f"sqlite:///{work}/old.db"),
        "ingest": ("ingest", SESSION, *database),
        "export": ("export", *database, "--models", work / "models", "--out", work / "out"),
        "train": ("train", *files, "--out", work / "models"),
    }


COMMANDS = ("init", "upgrade", "ingest", "export", "train")


@pytest.mark.parametrize("how", ["full", "broken"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_or_fails_from_any_call_on(
    processes: Processes, work: Path, tmp_path: Path, how: str, name: str
) -> None:
    again = tmp_path / "again"
    size = {"init": 37, "upgrade": 97, "ingest": 13, "export": 11, "train": 89}[name]

    def run(at: int) -> Run:
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(work, again)
        return processes.cli(*commands(again)[name], how=how, at=at)

    for _, done in processes.each(run, step=step(size)):
        if done.code == 0:  # it had all that it wanted
            continue
        done.refused()
        assert left_in(again) == left_in(again / "models") == left_in(again / "out") == []
        assert contents_of(again, "models") in (contents_of(work, "models"), {})
        assert current(f"sqlite:///{again}/old.db") == "0001" and len(events_of(again / "old.db")) == 180

        assert processes.cli(*commands(again)[name]).code == 0
        ids(f"sqlite:///{again}/recorder.db")


def contents_of(work: Path, name: str) -> dict[str, bytes]:
    return {key: value for folder in (work / name).iterdir() for key, value in contents(folder).items()}


@dataclass
class SmallDisk:
    folder: Path
    limits: dict[str, int]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 400 kB where we may mount one; else one on which no file grows beyond that."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder], capture_output=True
    )
    yield SmallDisk(folder, {} if mounted.returncode == 0 else {"largest": 400 * 1024})
    if mounted.returncode == 0:
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_while_sessions_are_read(
    processes: Processes, small_disk: SmallDisk, migrated: Path
) -> None:
    folder = small_disk.folder
    for name in (migrated.name, f"{migrated.name}.key"):
        shutil.copy(migrated.with_name(name), folder)
    url = f"sqlite:///{folder}/recorder.db"

    run = processes.cli("ingest", SESSIONS, "--database", url, **small_disk.limits)

    refusal = run.refused()
    assert "the disk is full" in refusal or small_disk.limits
    found = ids(url)
    assert found
    assert ids(url) == found
    refusal = processes.cli("ingest", SESSIONS, "--database", url, **small_disk.limits).refused()
    assert ids(url)[: len(found)] == found


@pytest.fixture
def locked_down(work: Path) -> Iterator[Callable[..., None]]:
    """Takes the right to write away from files and folders; gives it back at the end."""
    taken: list[Path] = []

    def lock(*paths: Path) -> None:
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
            taken.append(path)

    yield lock
    for path in reversed(taken):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("what", ["file", "folder", "both"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_may_only_be_read(
    processes: Processes, work: Path, locked_down: Callable[..., None], what: str, name: str
) -> None:
    files = [work / "recorder.db", work / "old.db"]
    (work / "out").mkdir()
    before = contents(work / "out"), contents_of(work, "models"), events_of(work / "old.db")
    locked_down(*(files if what != "folder" else []))
    locked_down(*([work / "models", work / "out", work] if what != "file" else []))

    run = processes.cli(*commands(work)[name], without_rights=True)

    if what == "file" and name in ("init", "train"):
        assert run.code == 0
        return
    if what == "file" and name == "export":  # the files are written; that the log does not know is said
        assert run.code == 0 and "does not know of this export" in run.complained
        return
    refusal = run.refused()
    assert any(word in refusal for word in ("read-only", "cannot be opened", "Permission denied"))
    assert (contents(work / "out"), contents_of(work, "models"), events_of(work / "old.db")) == before


def into(work: Path) -> tuple[object, ...]:
    files = ("--into-stories", work / "stories.yml", "--into-domain", work / "more.yml")
    return ("export", "--database", f"sqlite:///{work}/recorder.db", "--models", work / "models", *files)


@pytest.mark.parametrize("how", ["full", "broken"])
def test_a_disk_that_cannot_take_what_is_added_to_the_users_files(
    processes: Processes, work: Path, tmp_path: Path, how: str
) -> None:
    again = tmp_path / "again"
    before = added_to(work)

    def run(at: int) -> Run:
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(work, again)
        return processes.cli(*into(again), how=how, at=at)

    for _, done in processes.each(run, step=step(7)):
        if done.code == 0:
            continue
        done.refused()
        there = added_to(again)
        assert left_in(again) == []

        assert processes.cli(*into(again)).code == 0
        after = added_to(again)
        for old, now, new in zip(before, there, after, strict=True):
            assert now in (old, new) and new != old


def added_to(work: Path) -> list[bytes]:
    files = [work / "stories.yml", work / "more.yml"]
    return [file.read_bytes() if file.exists() else b"" for file in files]


@pytest.mark.parametrize("what", ["the file", "its folder"])
def test_a_file_of_the_users_that_may_only_be_read(
    processes: Processes, work: Path, tmp_path: Path, locked_down: Callable[..., None], what: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "stories.yml").write_text("stories: []\n")
    locked_down(mine / "stories.yml" if what == "the file" else mine)

    run = processes.cli(*into(work)[:-4], "--into-stories", mine / "stories.yml", without_rights=True)

    assert f"Cannot write to {mine}/stories.yml: " in run.refused()
    assert contents(mine) == {"stories.yml": b"stories: []\n"}


@pytest.mark.parametrize("mode", ["writes", "keeps everybody out"])
@pytest.mark.parametrize("name", ["upgrade", "ingest"])
def test_what_another_program_holds(processes: Processes, work: Path, mode: str, name: str) -> None:
    file = work / ("old.db" if name == "upgrade" else "recorder.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        if mode != "writes":
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        run = processes.cli(*commands(work)[name], constants=IMPATIENT)

    assert "another program keeps it locked. Try again" in run.refused()
    assert processes.cli(*commands(work)[name]).code == 0


def test_what_another_program_holds_on_a_server(
    processes: Processes, databases: Databases, empty_postgres_url: str
) -> None:
    environ = {"RECORDER_MASTER_KEY": KEYS.value}
    init = ("init", "--database", empty_postgres_url)
    upgrade(empty_postgres_url, to="0001", keys=KEYS)
    name = empty_postgres_url.partition("?")[0].rpartition("/")[2]
    with databases.cluster.connect(name) as other, other.transaction():
        other.execute("LOCK TABLE events")
        run = processes.cli(*init, environ=environ, constants=IMPATIENT)

    assert "another program keeps it locked" in run.refused()
    assert current(empty_postgres_url) == "0001"
    assert processes.cli(*init, environ=environ).code == 0


@pytest.mark.parametrize("attempt", range(4))
def test_upgrades_at_once(processes: Processes, work: Path, attempt: int) -> None:
    wish = processes.wish("recorder.cli:main", list(map(str, commands(work)["upgrade"])))
    before = events_of(work / "old.db")

    runs = processes.together([wish] * 3)

    assert [run.code for run in runs] == [0, 0, 0], [run.complained for run in runs]
    assert sum("Upgraded" in run.said for run in runs) == 1
    assert ids(f"sqlite:///{work}/old.db") == before


@pytest.mark.parametrize("to", [None, "0001"])
def test_upgrades_at_once_on_a_server(processes: Processes, empty_postgres_url: str, to: str | None) -> None:
    if to:
        upgrade(empty_postgres_url, to=to, keys=KEYS)
    environ = {"RECORDER_MASTER_KEY": KEYS.value}
    wish = processes.wish("recorder.cli:main", ["init", "--database", empty_postgres_url], environ=environ)

    runs = processes.together([wish] * 3)

    assert [run.code for run in runs] == [0, 0, 0], [run.complained for run in runs]
    assert sum("already; nothing to do" in run.said for run in runs) == 2
    assert current(empty_postgres_url) == REVISION


def test_a_clock_that_goes_back_changes_neither_order_nor_ids(processes: Processes, url: str) -> None:
    """Positions are the order; the time is what the clock said, for a clock that was once ahead must not
    make all later times wrong."""
    for number, clock in enumerate([0, -86_400, 40 * 365 * 86_400, -40 * 365 * 86_400, 0]):
        run = processes.run("tests.faults.actions:append_unnamed", url, f"session/{number % 2}", clock=clock)
        assert run.code == 0

    names = ids(url)
    assert len(set(names)) == len(names) == 5 * 20
    log = open_log(url)
    rows = list(log.read_all())
    log.database.close()
    years = [rows[at].recorded_at.year - rows[0].recorded_at.year for at in (0, 40, 60, 80)]
    assert years[0] == years[3] == 0 and years[1] >= 39 and years[2] <= -39
    assert [row.recorded_at for row in rows] != sorted(row.recorded_at for row in rows)


def test_a_log_keeps_the_time_of_its_clock(any_log_with_clock: Callable[[Any], EventLog]) -> None:
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    times = iter([noon, noon - timedelta(hours=1), noon])
    log = any_log_with_clock(lambda: next(times))

    for _ in range(3):
        log.append("session/a", [UserUttered("hi")])

    rows = list(log.read_all())
    assert [row.recorded_at for row in rows] == [noon, noon - timedelta(hours=1), noon]
    assert [row.position for row in rows] == [1, 2, 3]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_log_with_clock(request: pytest.FixtureRequest) -> Iterator[Callable[[Any], EventLog]]:
    if request.param == "memory":
        yield MemoryLog
        return
    url = request.getfixturevalue("url" if request.param == "sqlite" else "postgres_url")
    opened = []

    def make(clock: Any) -> EventLog:
        opened.append(open_log(url, clock, KEYS if request.param == "postgresql" else None))
        return opened[-1]

    yield make
    opened[0].database.close()
