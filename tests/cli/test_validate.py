"""`recorder validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main


def test_json_has_counts_and_problems_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stories.yml"
    path.write_text("stories:\n- story: s\n  steps:\n  - intent: a\n  - intent: /b\n")

    code = main(["validate", str(path), "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out) == {
        "stories": 1,
        "rules": 0,
        "tests": 0,
        "intents": 0,
        "examples": 0,
        "problems": [{"file": str(path), "line": 5, "message": "the / before intent 'b' is not needed"}],
    }


def test_text_has_a_table_and_the_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "[red]x[-red].yml").write_text("stories:\n- story: s\n  steps:\n  - action: a\n  - 5\n")

    code = main(["validate", str(tmp_path)])

    out = capsys.readouterr().out
    assert code == 0
    assert "[red]x[-red].yml:5: expected a step" in out
    assert out.endswith("1 stories, 0 rules, 0 tests, 0 intents, 0 examples, 1 problem\n")


@pytest.mark.parametrize("text", [None, "stories: [", "\x00"])
def test_the_exit_code_is_1_where_something_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    path = tmp_path / "stories.yml"
    if text is not None:
        path.write_text(text)

    assert main(["validate", str(path)]) == 1
    assert str(path) in capsys.readouterr().out


def test_what_a_file_says_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d\x1b[31m.yml").write_text("intents: [a]\n")
    (tmp_path / "s\x1b[31m.yml").write_text(
        'stories:\n- story: "a\\e[31m"\n  steps:\n  - intent: "x\\e]0;"\n'
    )

    main(["validate", str(tmp_path)])

    out = capsys.readouterr().out
    assert "intent 'x\N{REPLACEMENT CHARACTER}]0;'" in out and "\x1b" not in out


def test_a_narrow_terminal_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    (tmp_path / "d.yml").write_text("intents: [a]\nactions: [b]\nslots: {c: {type: text}}\n")
    (tmp_path / "n.yml").write_text("nlu:\n- intent: a\n  examples: |\n    - hi\n")
    (tmp_path / "s.yml").write_text("stories:\n- story: s\n  steps:\n  - intent: a\n  - action: b\n")

    main(["validate", str(tmp_path)])

    out = capsys.readouterr().out
    assert "n.yml" in out and "examples" in out and "stories" in out
