"""Files that a disk, a crash or a hand has changed byte by byte."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from recorder.audit.verifying import Options, Report, verify
from recorder.errors import RecorderError
from recorder.events.session import UserUttered
from recorder.store.sql import SqlLog, open_log
from recorder.store.statements import EVENTS, HEAD
from tests.audit.hands import World, filled, first
from tests.postgres import KEYS, Cluster


@pytest.fixture(scope="module")
def closed(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a log in it, all of it in one file, and its key beside."""
    folder = tmp_path_factory.mktemp("closed")
    file = Path(shutil.copy(migrated, folder))
    shutil.copy(f"{migrated}.key", folder)
    log = open_log(f"sqlite:///{file}")
    filled(World(f"sqlite:///{file}", log, None))
    log.database.close()
    assert not file.with_name(f"{file.name}-wal").exists()
    return file


def content(file: Path) -> list[object]:
    """All that the log's tables hold, and what guards them."""
    with closing(sqlite3.connect(file)) as connection:
        tables = ("events", "streams", "stream_keys", "log_head")
        found: list[object] = [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables
        ]
        return [
            *found,
            connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall(),
        ]


def looked_at(closed: Path, folder: Path, changed: bytes) -> Report | None:
    """What is found in the changed file; None: it cannot even be opened, which was said in one sentence."""
    for old in folder.iterdir():
        old.unlink()
    file = folder / closed.name
    file.write_bytes(changed)
    shutil.copy(f"{closed}.key", folder)
    try:
        return verify(f"sqlite:///{file}")
    except RecorderError:
        return None


def test_a_bit_that_flips_anywhere_in_the_file_is_found_or_changes_nothing(
    closed: Path, tmp_path: Path
) -> None:
    whole, before = closed.read_bytes(), content(closed)
    chance = random.Random(3)
    missed = []

    for _ in range(250):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        changed = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
        report = looked_at(closed, tmp_path, changed)
        if report is not None and report.is_right and content(tmp_path / closed.name) != before:
            missed.append((place, bit))

    assert missed == []


def test_a_byte_that_changes_within_what_an_event_says_is_always_found(closed: Path, tmp_path: Path) -> None:
    whole = closed.read_bytes()
    with closing(sqlite3.connect(closed)) as connection:
        rows = connection.execute("SELECT position, payload FROM events").fetchall()
    chance = random.Random(4)

    for position, payload in rows:
        start = whole.index(payload)
        place = start + chance.randrange(len(payload))
        report = looked_at(
            closed, tmp_path, whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]
        )

        assert report is not None
        assert first(report, "event").position == position


@pytest.mark.parametrize("kept", [0, 1024, 2048])
def test_a_page_that_was_not_written_to_its_end_is_called_damage(
    closed: Path, tmp_path: Path, kept: int
) -> None:
    whole = closed.read_bytes()

    for start in pages_of_events(closed, whole):
        torn = whole[: start + kept] + bytes(4096 - kept) + whole[start + 4096 :]
        report = looked_at(closed, tmp_path, torn)

        assert report is None or "damage" in {each.kind for each in report.findings}


def test_sectors_of_a_page_that_changed_places_are_found(closed: Path, tmp_path: Path) -> None:
    whole, before = closed.read_bytes(), content(closed)

    for start in pages_of_events(closed, whole):
        page = whole[start : start + 4096]
        mixed = page[:1024] + page[2048:3072] + page[1024:2048] + page[3072:]
        report = looked_at(closed, tmp_path, whole[:start] + mixed + whole[start + 4096 :])

        assert report is None or not report.is_right or content(tmp_path / closed.name) == before


def pages_of_events(closed: Path, whole: bytes) -> set[int]:
    """Where they start."""
    with closing(sqlite3.connect(closed)) as connection:
        payloads = [row[0] for row in connection.execute("SELECT payload FROM events").fetchall()]
    found = {whole.index(payload) // 4096 * 4096 for payload in payloads}
    assert len(found) > 1
    return found


def test_a_file_that_was_cut_off_is_called_damage(closed: Path, tmp_path: Path) -> None:
    whole = closed.read_bytes()

    report = looked_at(closed, tmp_path, whole[: len(whole) // 2 // 4096 * 4096])

    assert report is None or "damage" in {each.kind for each in report.findings}


def test_events_that_cannot_be_read_are_damage_and_the_others_are_looked_at(
    sql_log: SqlLog, url: str
) -> None:
    world = filled(World(url, sql_log, None))
    with world.unguarded() as connection:
        connection.execute(text("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE position IN (9, 10)"))
    world.set(EVENTS, 20, actor="somebody else")

    report = world.verify()

    said = [(each.kind, each.position) for each in report.findings if each.check == "event"]
    assert said == [("damage", 9), ("forgery", 20)]
    assert "Events 9 to 10 cannot be read" in report.findings[0].what


def test_the_last_commits_that_were_lost_with_the_wal_are_a_cut(
    sql_log: SqlLog, url: str, database: Path
) -> None:
    world = filled(World(url, sql_log, None))
    with sql_log.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    early = shutil.copy(database, database.with_name("early.db"))
    sql_log.append("session/c", [UserUttered("lost")])
    outside = world.checkpoint()
    sql_log.database.close()

    Path(early).replace(database)
    for part in ("-wal", "-shm"):
        database.with_name(database.name + part).unlink(missing_ok=True)

    (found,) = world.verify(outside).findings
    assert (found.kind, found.position) == ("cut", 25)
    assert world.verify().is_right


def test_bytes_that_change_in_a_servers_files_are_found(
    cluster: Cluster, postgres_log: SqlLog, postgres_url: str
) -> None:
    world = filled(World(postgres_url, postgres_log, KEYS))
    payload = world.get(EVENTS)[11]["payload"]
    with cluster.connect(str(make_url(postgres_url).database)) as server:
        server.execute("CHECKPOINT")
        ((place,),) = server.execute("SELECT pg_relation_filepath('events')").fetchall()
    postgres_log.database.close()
    cluster.stop()
    file = cluster.data / str(place)
    whole = file.read_bytes()
    start = whole.index(payload) + 5
    file.write_bytes(whole[:start] + bytes([whole[start] ^ 1]) + whole[start + 1 :])
    cluster.start()

    assert first(world.verify(), "event").position == 12


def test_a_database_that_is_not_there_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(RecorderError, match="no such file"):
        verify(f"sqlite:///{tmp_path}/none.db")


def test_a_missing_head_is_found(world: World) -> None:
    world.run("DELETE FROM log_head")

    assert first(world.verify(), "head").kind == "forgery"
    assert world.get(HEAD) == []


def test_verifying_writes_nothing(closed: Path) -> None:
    before = closed.read_bytes()

    assert verify(f"sqlite:///{closed}", None, Options(deep=True)).is_right

    assert closed.read_bytes() == before
