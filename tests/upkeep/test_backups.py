"""Backups: whole or not there, brought up to date, restored."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from recorder.errors import CopyRefused, DatabaseUnusable, OutputUnwritable
from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.store import schema
from recorder.store.database import open_database
from recorder.store.sql import SqlLog, open_log
from recorder.upkeep.backups import back_up, restore
from tests.postgres import KEYS
from tests.upkeep.given import fill, forget, killed, rows
from tests.upkeep.test_copying import url_of

HI = UserUttered("hi")


def test_a_backup_is_one_file_with_all_that_the_log_holds(any_sql_log: SqlLog, tmp_path: Path) -> None:
    fill(any_sql_log)
    (tmp_path / "backups").mkdir()
    out = tmp_path / "backups" / "log.bak"

    done = back_up(url_of(any_sql_log), out)

    assert rows(f"sqlite:///{out}") == rows(any_sql_log.database)
    assert (done.target, done.events) == (str(out), 16)
    assert [*out.parent.iterdir()] == [out]
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_backup_can_be_opened_with_the_logs_master_key(
    sql_log: SqlLog, database: Path, tmp_path: Path
) -> None:
    fill(sql_log)
    back_up(url_of(sql_log), tmp_path / "log.bak")
    key = database.with_name(database.name + ".key")
    assert key.read_bytes().strip() not in (tmp_path / "log.bak").read_bytes()
    shutil.copy(key, tmp_path / "log.bak.key")

    log = open_log(f"sqlite:///{tmp_path}/log.bak")

    assert [*log.read_all()] == [*sql_log.read_all()]
    log.database.close()


def test_a_backup_that_is_killed_leaves_none(sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log, 20)

    killed("backup", url_of(sql_log), str(tmp_path / "log.bak"), after=20)

    assert not (tmp_path / "log.bak").exists()
    assert len([*tmp_path.glob(".log.bak.*.new")]) == 1
    assert back_up(url_of(sql_log), tmp_path / "log.bak").events == sql_log.position()


def test_an_update_adds_what_is_new_and_erases_what_was_forgotten(sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log)
    out = tmp_path / "log.bak"
    back_up(url_of(sql_log), out)
    secret = rows(sql_log.database)["streams"][1].wrapped
    assert secret in out.read_bytes()
    forget(sql_log, 1)
    sql_log.append(session_stream("later"), [HI])

    done = back_up(url_of(sql_log), out, again=True)

    assert (done.events, done.forgotten) == (1, 1)
    assert rows(f"sqlite:///{out}") == rows(sql_log.database)
    assert secret not in out.read_bytes()
    assert [*tmp_path.glob("log.bak*")] == [out]


def test_updating_a_backup_that_is_not_there_makes_it(sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log)

    assert back_up(url_of(sql_log), tmp_path / "log.bak", again=True).events == 16


def test_a_file_that_is_there_is_left_alone(sql_log: SqlLog, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(CopyRefused, match=r"there already\. Use --update"):
        back_up(url_of(sql_log), tmp_path / "notes.txt")
    with pytest.raises(DatabaseUnusable, match="not an SQLite database"):
        back_up(url_of(sql_log), tmp_path / "notes.txt", again=True)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_log_is_no_backup_of_itself(sql_log: SqlLog, database: Path) -> None:
    with pytest.raises(CopyRefused, match="there already"):
        back_up(url_of(sql_log), database, again=True)

    with sql_log.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_backup_of_another_log_is_not_updated(
    sql_log: SqlLog, postgres_log: SqlLog, tmp_path: Path
) -> None:
    fill(sql_log)
    fill(postgres_log)
    back_up(url_of(sql_log), tmp_path / "log.bak")

    with pytest.raises(CopyRefused, match="they differ from event 1 on"):
        back_up(url_of(postgres_log), tmp_path / "log.bak", again=True)


def test_a_folder_that_is_not_there_is_named(sql_log: SqlLog, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="No such file or directory"):
        back_up(url_of(sql_log), tmp_path / "none" / "log.bak")


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_backup_is_restored_into_either_database(
    request: pytest.FixtureRequest, sql_log: SqlLog, tmp_path: Path, to: str
) -> None:
    file = f"sqlite:///{tmp_path}/restored.db"
    url = file if to == "sqlite" else request.getfixturevalue("empty_postgres_url")
    fill(sql_log)
    back_up(url_of(sql_log), tmp_path / "log.bak")
    backup = (tmp_path / "log.bak").read_bytes()

    done = restore(tmp_path / "log.bak", url)

    assert (done.events, done.position) == (16, 16)
    assert rows(url) == rows(sql_log.database)
    assert (tmp_path / "log.bak").read_bytes() == backup
    with closing(open_database(url)) as database:
        assert [*SqlLog(database, sql_log.keys).read_all()] == [*sql_log.read_all()]


def test_nothing_is_restored_over_a_log(sql_log: SqlLog, postgres_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log)
    back_up(url_of(sql_log), tmp_path / "log.bak")
    sql_log.append(session_stream("later"), [HI])
    postgres_log.append(session_stream("there"), [HI])

    for log, held in ((sql_log, 17), (postgres_log, 1)):
        before = rows(log.database)
        with pytest.raises(CopyRefused, match=f"the target holds {held} events already"):
            restore(tmp_path / "log.bak", url_of(log))
        assert rows(log.database) == before


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_restore_that_is_killed_leaves_no_event(
    request: pytest.FixtureRequest, sql_log: SqlLog, tmp_path: Path, to: str
) -> None:
    file = f"sqlite:///{tmp_path}/restored.db"
    url = file if to == "sqlite" else request.getfixturevalue("postgres_url")
    fill(sql_log, 20)
    back_up(url_of(sql_log), tmp_path / "log.bak")

    killed("restore", str(tmp_path / "log.bak"), url, after=40)

    assert rows(url)["events"] == []
    restore(tmp_path / "log.bak", url)
    assert rows(url) == rows(sql_log.database)


def test_a_backup_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"none\.bak: there is no such file\.$"):
        restore(tmp_path / "none.bak", f"sqlite:///{tmp_path}/restored.db")

    assert [*tmp_path.iterdir()] == []


def test_a_backup_of_a_log_without_encryption_needs_no_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/plain.db"
    schema.upgrade(url, keys=KEYS, encrypted=False)
    with closing(open_log(url).database) as database:
        fill(SqlLog(database, None))

    assert back_up(url, tmp_path / "log.bak").masters == ()


def test_a_disk_that_is_full_leaves_no_backup(sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log, 100)
    out = tmp_path / "log.bak"
    command = [sys.executable, "-m", "recorder", "backup", str(out), "--database", url_of(sql_log)]
    root = Path(__file__).parents[2]

    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 500; exec "$@"', "sh", *command],
        cwd=root,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"recorder: Cannot use {tmp_path}/.log.bak."), done.stderr
    assert done.stderr.count("\n") == 1
    assert [*tmp_path.glob("*log.bak*")] == []
