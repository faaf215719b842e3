"""`recorder init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from recorder.cli import main
from recorder.errors import EventConflict
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.store.key_source import KeySource
from recorder.store.sql import open_log
from recorder.store.tables import REVISION


def test_init_says_what_it_did_and_may_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert main(["init", "--database", url]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Created {tmp_path}/new.db at schema {REVISION}.\n")
    assert f"Its master key is in {tmp_path}/new.db.key." in said
    assert main(["init", "--database", url]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_init_reports_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json", "--database", f"sqlite:///{tmp_path}/new.db"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report == {
        "database": f"{tmp_path}/new.db",
        "before": None,
        "after": REVISION,
        "key": f"{tmp_path}/new.db.key",
    }


def test_init_names_a_folder_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--database", f"sqlite:///{tmp_path}/no/new.db"]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("recorder: ") and f"{tmp_path}/no" in said.err
    assert said.err.count("\n") == 1


def test_a_new_log_may_go_without_encryption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert main(["init", "--no-encryption", "--database", url]) == 0

    assert "master key" not in capsys.readouterr().out
    assert not (tmp_path / "new.db.key").exists()
    open_log(url).append("session/a", [UserUttered("plain as day")])
    assert b"plain as day" in (tmp_path / "new.db-wal").read_bytes()


def test_the_key_may_come_from_a_file_a_command_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    (tmp_path / "key").write_text(key + "\n")
    sources = [("", key), ("_FILE", f"{tmp_path}/key"), ("_COMMAND", f"cat {tmp_path}/key")]

    for number, (end, value) in enumerate(sources):
        with monkeypatch.context() as patch:
            patch.setenv(f"RECORDER_MASTER_KEY{end}", value)
            assert main(["init", "--database", f"sqlite:///{tmp_path}/{number}.db"]) == 0

    assert [*tmp_path.glob("*.db.key")] == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"": "c2hvcnQ="}, "RECORDER_MASTER_KEY is no key: 32 bytes in base64 are wanted"),
        ({"": "no base64!"}, "is no key"),
        ({"_COMMAND": "false"}, "the key command failed"),
        ({"_COMMAND": "there-is-no-such-command"}, "the key command failed"),
        ({"": "x", "_FILE": "y"}, "exclude each other"),
    ],
)
def test_a_key_that_is_none_is_refused_and_never_repeated(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    reason: str,
) -> None:
    for end, value in variables.items():
        monkeypatch.setenv(f"RECORDER_MASTER_KEY{end}", value)

    assert main(["init", "--database", f"sqlite:///{tmp_path}/new.db"]) == 1

    said = capsys.readouterr().err
    assert reason in said
    assert "c2hvcnQ=" not in said


def test_a_server_needs_to_be_told_where_the_key_is(
    empty_postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--database", empty_postgres_url]) == 1

    assert "no master key is named. Set RECORDER_MASTER_KEY_FILE" in capsys.readouterr().err


def test_a_log_on_a_server_may_be_partitioned(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECORDER_MASTER_KEY_FILE", f"{tmp_path}/key")

    assert main(["init", "--partitions", "4", "--database", empty_postgres_url]) == 0

    log = open_log(empty_postgres_url, keys=KeySource(file=tmp_path / "key"))
    written = [log.append(f"session/{n}", [NewEvent(UserUttered(str(n)), f"e{n}")])[0] for n in range(20)]
    again = [log.append(f"session/{n}", [NewEvent(UserUttered(str(n)), f"e{n}")])[0] for n in range(20)]
    with log.engine.connect() as connection:
        tables = connection.execute(text("SELECT DISTINCT tableoid::regclass FROM events")).all()
    assert again == written == [*log.read_all()]
    assert [row.position for row in written] == [*range(1, 21)]
    assert len(tables) == 4
    with pytest.raises(EventConflict):
        log.append("session/other", [NewEvent(UserUttered("0"), "e0")])
    log.database.close()
