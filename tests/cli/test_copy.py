"""`recorder copy`, `recorder backup`, `recorder restore`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.audit.rows import Rows
from recorder.cli import main
from recorder.store.sql import SqlLog, open_log
from tests.upkeep.given import fill, rows


def test_a_log_goes_to_a_backup_and_back(
    sql_log: SqlLog, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sql_log)
    backup, restored = str(tmp_path / "log.bak"), str(tmp_path / "restored.db")

    assert main(["backup", backup, "--database", f"sqlite:///{database}"]) == 0
    said = capsys.readouterr().out
    assert f"{backup} has all 16 events; 16 were added now." in said
    assert "master key" in said and "not in it" in said
    assert main(["backup", backup, "--database", f"sqlite:///{database}"]) == 1
    assert "Use --update" in capsys.readouterr().err
    assert main(["backup", backup, "--update", "--json", "--database", f"sqlite:///{database}"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 0
    assert main(["restore", backup, restored]) == 0
    assert main(["restore", backup, restored]) == 1

    assert rows(f"sqlite:///{restored}") == rows(sql_log.database)


def test_copy_takes_files_and_urls(
    sql_log: SqlLog, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sql_log)

    assert main(["copy", str(database), f"sqlite:///{tmp_path}/to.db", "--json"]) == 0

    head = Rows(sql_log.database).head()
    assert sql_log.keys is not None
    assert json.loads(capsys.readouterr().out) == {
        "source": str(database),
        "target": f"{tmp_path}/to.db",
        "position": 16,
        "link": head.link.hex(),
        "events": 16,
        "forgotten": 0,
        "rewrapped": 0,
        "masters": sql_log.keys.ids,
    }


def test_copy_encrypts_an_old_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, sealed = f"sqlite:///{tmp_path}/plain.db", f"{tmp_path}/sealed.db"
    main(["init", "--no-encryption", "--database", plain])
    log = open_log(plain)
    fill(log)
    log.database.close()

    assert main(["copy", plain, sealed, "--encrypt"]) == 0

    assert (tmp_path / "sealed.db.key").exists()
    assert b"hello" in (tmp_path / "plain.db").read_bytes()
    assert b"hello" not in (tmp_path / "sealed.db").read_bytes()
    log = open_log(f"sqlite:///{sealed}")
    assert log.position() == 17
    log.database.close()
