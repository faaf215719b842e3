"""`recorder ingest` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.session import UserUttered
from recorder.store.sql import open_log
from tests.ingest import given as world
from tests.ingest.given import actions, sent


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RECORDER_DATABASE", f"sqlite:///{tmp_path}/log.db")
    main(["init"])
    capsys.readouterr()


@pytest.mark.usefixtures("database")
def test_the_report_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = world.lines(tmp_path / "x", *sent("s", actions("ab")), {"sender_id": "s", "event": "new"}, 5)

    code = main(["ingest", "--json", str(path)])

    out, err = capsys.readouterr()
    reason = "expected an object: an event, or a tracker"
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "sessions": 1,
        "events": 3,
        "new": 3,
        "already_there": 0,
        "forgotten": 0,
        "opaque": 1,
        "left": 0,
        "skipped": [{"file": str(path), "line": 4, "reason": reason}],
    }


@pytest.mark.usefixtures("database")
def test_the_report_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = {"sender_id": "s", "event": "\x1b[2J", "timestamp": "\x1b[31m"}
    path = world.lines(tmp_path / "x", *sent("s", actions("ab")), hostile, *["bad"] * 30)

    code = main(["ingest", str(path)])

    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    assert "skipped        31" in out
    assert f"{path}:4: expected an object" in out
    assert "… and 11 more; --json lists them all" in out
    assert "\x1b" not in out


@pytest.mark.usefixtures("database")
def test_a_missing_path_is_named_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = world.lines(tmp_path / "x", *sent("s", actions("ab")))

    code = main(["ingest", "--json", str(tmp_path / "nowhere"), str(path)])

    report = json.loads(capsys.readouterr().out)
    assert code == 1
    assert report["new"] == 2
    assert report["skipped"][0]["reason"] == "there is no such file"


@pytest.mark.usefixtures("database")
def test_nothing_to_read_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello")

    assert main(["ingest", str(tmp_path / "x")]) == 1


def test_a_database_that_is_not_there_is_a_failure_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["ingest", str(tmp_path), "--database", f"sqlite:///{tmp_path}/none.db"])

    assert code == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("database")
def test_what_is_redacted_is_the_same_when_it_is_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "I am maria@mail.org, from Köln"
    entity = {"entity": "city", "start": 26, "end": 30, "value": "Köln"}
    user = {"event": "user", "text": text, "timestamp": 1e9, "parse_data": {"entities": [entity]}}
    path = world.lines(tmp_path / "x", *sent("s", [*actions("a"), user]))
    monkeypatch.setenv("RECORDER_REDACT", "email")

    reports = []
    for _ in range(2):
        assert main(["ingest", "--json", str(path)]) == 0
        reports.append(json.loads(capsys.readouterr().out))

    assert [(each["new"], each["already_there"], each["skipped"]) for each in reports] == [
        (2, 0, []),
        (0, 2, []),
    ]
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    told = [row.event for row in log.read("session/s") if isinstance(row.event, UserUttered)]
    assert [(each.text, each.entities[0]["start"]) for each in told] == [("I am [email], from Köln", 19)]
    log.database.close()


@pytest.mark.usefixtures("database")
def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", str(tmp_path), "--redact", "names"]) == 1

    assert capsys.readouterr().err == (
        "recorder: Texts cannot be redacted: there is no kind 'names'; "
        "there are email, phone, card, iban, phone:DE.\n"
    )
