"""`recorder test` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from tests.services.test_testing import BOT

RIGHT = """stories:
- story: right
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
"""
WRONG = RIGHT.replace("right", "wrong [red]").replace("utter_greet", "utter_price")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.yml").write_text(BOT)
    (tmp_path / "test_right.yml").write_text(RIGHT)
    (tmp_path / "test_wrong.yml").write_text(WRONG)
    assert main(["train", "--domain", "bot.yml"]) == 0
    capsys.readouterr()
    return tmp_path


def test_failing_steps_are_listed_by_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["test", "--stories", "test_right.yml", "test_wrong.yml"])

    out, err = capsys.readouterr()
    assert code == 1
    assert "test_wrong.yml:6: wrong [red]: action: expected utter_price, not utter_greet (" in out
    assert "test_right.yml" not in out + err
    assert [line.split() for line in out.splitlines() if "%" in line][:2] == [
        ["stories", "1", "2", "50.0%"],
        ["steps", "5", "6", "83.3%"],
    ]


def test_the_exit_code_is_that_of_the_share_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--stories", "test_right.yml"]) == 0
    assert main(["test", "--stories", ".", "--min-pass", "0.8"]) == 0
    assert main(["test", "--stories", ".", "--min-pass", "0.9"]) == 1


def test_json_holds_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["test", "--stories", "test_wrong.yml", "--json"])

    report = json.loads(capsys.readouterr().out)
    (story,) = report["tested"]
    assert code == 1
    assert report["counts"]["steps"] == {"checked": 3, "passed": 2}
    assert (story["file"], story["line"], story["passed"]) == ("test_wrong.yml", 2, False)
    assert [step["kind"] for step in story["steps"]] == ["message", "action", "wait"]
    assert story["steps"][1]["faults"] == [
        {"reason": "action", "message": "expected utter_price, not utter_greet"}
    ]


def test_what_failed_is_written_with_what_was_predicted(folder: Path) -> None:
    steps = "  - user: travel [to](city) Berlin\n    intent: book\n  - action: utter_greet\n"
    (folder / "test_wrong.yml").write_text(WRONG + steps)

    main(["test", "--stories", ".", "--out", "results"])

    assert (folder / "results" / "failed_test_stories.yml").read_text() == (
        'version: "3.1"\n\nstories:\n# test_wrong.yml:2\n- story: "wrong [red]"\n  steps:\n'
        "  - intent: greet\n    user: hello\n  - action: utter_price  # predicted: utter_greet\n"
        "  - intent: book  # predicted: book: travel to [Berlin](city)\n"
        '    user: "travel [to](city) Berlin"\n  - action: utter_greet  # predicted: trip_form\n'
    )
    assert "- story: right" in (folder / "results" / "successful_test_stories.yml").read_text()
    assert main(["validate", "results"]) == 0
    assert sorted(path.name for path in (folder / "results").iterdir()) == [
        "failed_test_stories.yml",
        "stories_with_warnings.yml",
        "successful_test_stories.yml",
    ]


def test_a_folder_that_cannot_be_written_to_is_one_complaint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "--stories", "test_right.yml", "--out", "bot.yml"]) == 1
    assert capsys.readouterr().err.startswith("recorder: Cannot write to bot.yml")


def test_a_line_that_cannot_be_read_is_told_and_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_right.yml").write_text(RIGHT + "  - actoin: utter_greet\n")

    code = main(["test", "--stories", "test_right.yml"])

    assert code == 1
    assert "test_right.yml:7: expected a step" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("stories:\n- story: [\n", "recorder: test_right.yml:"),
        ("stories: []\n", "recorder: There is no test story in test_right.yml."),
        ("\xff", "recorder: test_right.yml:1: not UTF-8"),
    ],
)
def test_a_malformed_file_is_one_complaint(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    (folder / "test_right.yml").write_bytes(text.encode("latin-1"))

    code = main(["test", "--stories", "test_right.yml"])

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert complaint in err and "Traceback" not in err
