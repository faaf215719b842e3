"""`recorder doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main


def test_doctor_says_what_is_sound_and_exits_with_0(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--database", f"sqlite:///{database}", "--models", str(tmp_path / "models")]

    assert main(["doctor", *options]) == 0
    assert "integrity_check: ok." in capsys.readouterr().out
    assert main(["doctor", "--json", *options]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert {"check": "pages", "level": "ok", "says": "integrity_check: ok.", "mend": ""} in report["findings"]


def test_doctor_says_what_to_do_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDER_MASTER_KEY", "a")
    monkeypatch.setenv("RECORDER_MASTER_KEY_FILE", "b")

    assert main(["doctor", "--json", "--database", f"sqlite:///{tmp_path}/none.db"]) == 1

    findings = json.loads(capsys.readouterr().out)["findings"]
    errors = {each["check"]: each["says"] for each in findings if each["level"] == "error"}
    assert "exclude each other" in errors["keys"]
    assert "Run `recorder init`" in errors["database"]
