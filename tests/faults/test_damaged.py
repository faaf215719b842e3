"""Files that are not what was written: what can be read is right, and the rest is a sentence."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import LogError
from recorder.events.session import UserUttered
from recorder.read_models.catching_up import ReadModels
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests.faults.processes import Processes
from tests.faults.test_killed import EVERY, SESSIONS, reviewed
from tests.faults.whole import ids

PAGE = 4096
FRAME = PAGE + 24
"""A page in the -wal, with its head."""
FLIPS = 2_000 if EVERY else 40
PART = ("recorder.db", "recorder.db-wal")


@pytest.fixture(scope="module", params=[True, False], ids=["encrypted", "plain"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log of 300 events and its lists, all of it in the file itself."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, 100, encrypted=request.param)
    return folder


def fill(folder: Path, sessions: int, *, encrypted: bool = True) -> None:
    url = f"sqlite:///{folder}/recorder.db"
    upgrade(url, encrypted=encrypted)
    log = open_log(url)
    for number in range(sessions):
        log.append(f"session/{number}", [UserUttered(f"{number}.{n} {'x' * 80}") for n in range(3)])
    ReadModels(log.engine, log).catch_up()
    log.database.close()


def attempts(url: str) -> list[str]:
    """Do what users do; returns the complaints, and lets pass nothing that is no sentence for them."""

    def opened() -> None:
        log = open_log(url)
        try:
            for task in (
                lambda: [row.event for row in log.read_all()],
                lambda: [log.read(stream) for stream in log.streams()],
                lambda: log.append("session/1", [UserUttered("hi")]),
                lambda: log.append("session/new", [UserUttered("hi")]),
                lambda: ReadModels(log.engine, log).catch_up(),
            ):
                attempt(task)
        finally:
            log.database.close()

    complaints: list[str] = []

    def attempt(task: Callable[[], object]) -> None:
        try:
            task()
        except LogError as error:
            complaints.append(str(error))

    attempt(opened)
    attempt(lambda: upgrade(url))
    return complaints


def pages(filled: Path) -> int:
    return (filled / "recorder.db").stat().st_size // PAGE


@settings(max_examples=FLIPS)
@given(st.data())
def test_bytes_that_were_flipped_never_end_in_a_traceback(filled: Path, data: st.DataObject) -> None:
    page = data.draw(st.integers(0, pages(filled) - 1), "page")
    start = data.draw(st.integers(0, PAGE - 1), "start")
    garbage = data.draw(st.binary(min_size=1, max_size=600), "garbage")
    with TemporaryDirectory() as folder:
        file = shutil.copytree(filled, Path(folder, "log")) / "recorder.db"
        with file.open("r+b") as opened:
            opened.seek(page * PAGE + start)
            opened.write(garbage)

        attempts(f"sqlite:///{file}")


@pytest.mark.parametrize(
    "kind", ["events", "events_id", "streams_name", "log_head", "sqlite_schema", "header"]
)
def test_a_page_that_is_lost_is_called_damage(filled: Path, tmp_path: Path, kind: str) -> None:
    file = shutil.copytree(filled, tmp_path / "log") / "recorder.db"
    overwrite(file, root_of(file, kind), 100 if kind in ("sqlite_schema", "header") else 0)

    complaints = attempts(f"sqlite:///{file}")

    assert any("damaged" in each or "not an SQLite database" in each for each in complaints), complaints
    assert all("doctor" in each for each in complaints if "damaged" in each)


def root_of(file: Path, kind: str) -> int:
    """The page at which a table or an index begins, from 1."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name IN (?, 'sqlite_autoindex_' || ? || '_1')"
        found = connection.execute(query, (kind, kind.partition("_")[0])).fetchone()
    return int(found[0]) if found else 1


def overwrite(file: Path, page: int, start: int) -> None:
    with file.open("r+b") as opened:
        opened.seek((page - 1) * PAGE + start)
        opened.write(b"\xa5" * (PAGE - start))


@pytest.mark.parametrize("left", [0, 1, 50, 100, PAGE, 5 * PAGE + 7])
def test_a_file_that_was_cut_off(filled: Path, tmp_path: Path, left: int) -> None:
    file = shutil.copytree(filled, tmp_path / "log") / "recorder.db"
    with file.open("r+b") as opened:
        opened.truncate(left)

    complaints = attempts(f"sqlite:///{file}")

    assert complaints


def test_commands_on_a_damaged_file_say_so(processes: Processes, filled: Path, tmp_path: Path) -> None:
    file = shutil.copytree(filled, tmp_path / "log") / "recorder.db"
    reviewed(f"sqlite:///{file}", "s")
    overwrite(file, root_of(file, "events"), 0)
    database = ("--database", f"sqlite:///{file}")

    for command in (("ingest", SESSIONS / "visitor-01.jsonl"), ("export", "--out", tmp_path / "out")):
        refusal = processes.cli(*command, *database).refused()
        assert "the file is damaged. Run `recorder doctor`; restore it from a backup." in refusal
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def with_tail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str], int]]:
    """As if the power had gone: a file, and its -wal with many commits.

    Also the ids of all events, and how many of them are in the file itself.
    """
    folder = tmp_path_factory.mktemp("tail")
    fill(folder, 5)
    in_file = len(ids(f"sqlite:///{folder}/recorder.db"))
    log = open_log(f"sqlite:///{folder}/recorder.db")
    for number in range(40):
        log.append(f"session/{number}", [UserUttered(f"{number} {'y' * 300}")] * (number % 4 + 1))
    image = tmp_path_factory.mktemp("image")
    for name in (*PART, "recorder.db.key"):
        shutil.copy(folder / name, image)
    whole = [row.id for row in log.read_all()]
    yield image, whole, in_file
    log.database.close()


@settings(max_examples=1_000 if EVERY else 40)
@given(data=st.data())
def test_a_tail_that_was_cut_off_leaves_a_beginning_of_the_log(
    with_tail: tuple[Path, list[str], int], data: st.DataObject
) -> None:
    image, whole, in_file = with_tail
    size = (image / PART[1]).stat().st_size
    left = data.draw(
        st.integers(0, size) | st.integers(0, size // (PAGE + 24)).map(lambda n: 32 + n * (PAGE + 24))
    )
    garbage = data.draw(st.binary(max_size=64))
    with TemporaryDirectory() as folder:
        file = shutil.copytree(image, Path(folder, "log")) / PART[0]
        with file.with_name(PART[1]).open("r+b") as tail:
            tail.truncate(left)
            tail.seek(left)
            tail.write(garbage)  # as a disk may leave it

        found = ids(f"sqlite:///{file}")

        assert found == whole[: len(found)]
        assert len(found) >= in_file
        assert len(found) == len(whole) or left < size
        check_goes_on(f"sqlite:///{file}", found)


def check_goes_on(url: str, before: list[str]) -> None:
    log = open_log(url)
    log.append("session/1", [UserUttered("on")])
    log.database.close()
    assert ids(url)[:-1] == before


def test_a_tail_that_is_garbage_is_passed_over(
    with_tail: tuple[Path, list[str], int], tmp_path: Path
) -> None:
    image, whole, in_file = with_tail
    file = shutil.copytree(image, tmp_path / "log") / PART[0]
    file.with_name(PART[1]).write_bytes(b"\xa5" * 50_000)

    assert ids(f"sqlite:///{file}") == whole[:in_file]
    check_goes_on(f"sqlite:///{file}", whole[:in_file])


def test_shared_memory_that_is_missing_or_garbage_is_made_again(
    with_tail: tuple[Path, list[str], int], tmp_path: Path
) -> None:
    image, whole, _ = with_tail
    for garbage in (None, b"", b"\xa5" * 32_768):
        file = shutil.copytree(image, tmp_path / f"log{garbage and len(garbage)}") / PART[0]
        if garbage is not None:
            file.with_name("recorder.db-shm").write_bytes(garbage)

        assert ids(f"sqlite:///{file}") == whole


def test_the_tail_of_another_database_is_damage(
    with_tail: tuple[Path, list[str], int], filled: Path, tmp_path: Path
) -> None:
    """SQLite cannot tell whose it is: its pages come to lie over ours."""
    image, _, _ = with_tail
    file = shutil.copytree(filled, tmp_path / "log") / PART[0]
    shutil.copy(image / PART[1], file.with_name(PART[1]))

    complaints = attempts(f"sqlite:///{file}")

    assert complaints
