"""`recorder init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.store.tables import REVISION


def test_init_says_what_it_did_and_may_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert main(["init", "--database", url]) == 0
    assert capsys.readouterr().out == f"Created {tmp_path}/new.db at schema {REVISION}.\n"
    assert main(["init", "--database", url]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_init_reports_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json", "--database", f"sqlite:///{tmp_path}/new.db"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report == {"database": f"{tmp_path}/new.db", "before": None, "after": REVISION}


def test_init_names_a_folder_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--database", f"sqlite:///{tmp_path}/no/new.db"]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("recorder: ") and f"{tmp_path}/no" in said.err
    assert said.err.count("\n") == 1
