"""`recorder checkpoint`, `recorder verify` and `recorder prove`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.session import UserUttered
from recorder.store.sql import SqlLog
from recorder.store.statements import EVENTS
from tests.audit.hands import World, filled


@pytest.fixture
def kept(sql_log: SqlLog, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A log with a signed checkpoint, which lies in kept.json."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECORDER_DATABASE", url)
    world = filled(World(url, sql_log, None))
    assert main(["checkpoint", "--new-key", "audit.pem"]) == 0
    assert main(["checkpoint", "--sign-key", "audit.pem", "--out", "kept.json"]) == 0
    return world


def test_a_right_log_is_called_right_and_what_was_looked_at_is_told(
    kept: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--checkpoint", "kept.json", "--public-key", "audit.pem.pub", "--deep"]) == 0

    said = capsys.readouterr().out
    assert "25 events; streams that began there: 6, keys: 4, checkpoints that fit: 2, signatures: 2;" in said
    assert "events/s" in said
    assert said.endswith("Nothing is wrong.\n")


def test_without_a_checkpoint_from_outside_it_says_what_it_cannot_tell(
    kept: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify"]) == 0

    assert "rewritten as a whole" in capsys.readouterr().out


def test_without_the_master_key_the_chain_is_looked_at_and_the_keys_are_not(
    kept: World, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database.with_name(f"{database.name}.key").unlink()

    assert main(["verify"]) == 0
    assert "keys could not be looked into" in capsys.readouterr().out
    assert main(["verify", "--deep"]) == 1
    assert "cannot be opened" in capsys.readouterr().err


def test_a_changed_event_is_named_and_the_exit_code_says_so(
    kept: World, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.set(EVENTS, 9, actor="somebody else")
    capsys.readouterr()

    assert main(["verify"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("forgery  Event 9 does not follow from the one before: it was changed")
    assert "The log is not what was written: forgery." in said
    assert main(["verify", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["right"] is False
    assert [(each["check"], each["position"]) for each in report["findings"]] == [("event", 9)]
    assert report["counts"] == {"event": 1}
    assert report["unchecked"] == 1  # behind an event that is not what it was no root can be computed


def test_many_findings_of_one_kind_are_counted(kept: World, capsys: pytest.CaptureFixture[str]) -> None:
    kept.run("UPDATE events SET actor = 'x'")
    capsys.readouterr()

    assert main(["verify"]) == 1

    assert "… and 5 more about: event" in capsys.readouterr().out


def test_an_event_is_proved_and_the_proof_checked(
    kept: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = kept.get(EVENTS)[9]["id"]
    assert main(["prove", identity, "--out", "proof.json"]) == 0
    monkeypatch.setenv("RECORDER_DATABASE", "sqlite:///nothing.db")
    capsys.readouterr()

    assert main(["verify", "--proof", "proof.json", "--public-key", "audit.pem.pub"]) == 0
    assert capsys.readouterr().out == "Proved.\n"
    assert main(["verify", "--proof", "proof.json", "--checkpoint", "kept.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"right": True, "findings": []}
    assert main(["verify", "--proof", "proof.json"]) == 1
    assert "Nobody vouches" in capsys.readouterr().out


def test_growth_is_proved_and_the_proof_checked(kept: World, capsys: pytest.CaptureFixture[str]) -> None:
    kept.log.append("session/c", [UserUttered("later")])
    assert main(["checkpoint", "--sign-key", "audit.pem"]) == 0
    assert main(["prove", "--since", "kept.json", "--out", "growth.json"]) == 0

    assert main(["verify", "--proof", "growth.json", "--public-key", "audit.pem.pub"]) == 0


def test_nothing_is_ever_written_over(kept: World, capsys: pytest.CaptureFixture[str]) -> None:
    identity = kept.get(EVENTS)[9]["id"]
    before = Path("kept.json").read_bytes()

    assert main(["checkpoint", "--out", "kept.json"]) == 1
    assert main(["checkpoint", "--new-key", "audit.pem"]) == 1
    assert main(["prove", identity, "--out", "kept.json"]) == 1

    assert "it is there already" in capsys.readouterr().err
    assert Path("kept.json").read_bytes() == before
    assert kept.log.position() == 25


def test_options_that_make_no_sense_together_are_refused(
    kept: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["checkpoint", "--new-key", "other.pem", "--out", "x.json"]) == 2
    assert main(["prove", "--out", "x.json"]) == 2
    assert main(["prove", "e1", "--since", "kept.json", "--out", "x.json"]) == 2
    assert not Path("x.json").exists()


def test_an_empty_log_has_nothing_to_put_down_and_nothing_to_prove(
    sql_log: SqlLog, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["checkpoint", "--database", url]) == 1
    assert "The log is empty" in capsys.readouterr().err
    assert main(["prove", "e1", "--out", str(tmp_path / "x"), "--database", url]) == 1
    assert "there is no checkpoint" in capsys.readouterr().err
