"""`recorder train`, `compare` and `rank` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.store.sql import open_log
from tests.services.test_training import BOT, NLU_FILE, STORIES, reviewed_greeting

CHECKOUT = Path(__file__).parents[2]
CONCERTBOT = CHECKOUT / "data" / "concertbot"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"domain": BOT, "nlu": NLU_FILE, "stories": STORIES}.items():
        (tmp_path / f"{name}.yml").write_text(text)
    (tmp_path / "more.yml").write_text(STORIES.replace("act\n", "utter_greet\n"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    code = main(["train", "--domain", "domain.yml", "--nlu", "nlu.yml", "--json", *more])
    out, _ = capsys.readouterr()
    assert code == 0
    return str(json.loads(out)["model"])


def test_options_take_several_paths_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    at_once = train(capsys, "--stories", "stories.yml", "more.yml")
    one_by_one = train(capsys, "--stories", "stories.yml", "--stories", "more.yml")

    assert at_once == one_by_one
    assert at_once != train(capsys, "--stories", "stories.yml")


def test_the_model_is_where_the_command_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = train(capsys, "--stories=stories.yml", "--out", "here")

    assert (folder / "here" / model / "model.json").is_file()


def test_the_result_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["train", "--domain", "domain.yml", "--nlu", "nlu.yml", "--stories", "stories.yml"])

    out, _ = capsys.readouterr()
    assert code == 0
    assert "intent accuracy" in out and "Model " in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--domain", "nowhere.yml"], "nowhere.yml"),
        (["--domain", "nlu.yml"], "no domain"),
        (["--domain", "domain.yml"], "nothing to learn"),
    ],
)
def test_what_cannot_be_trained_is_one_message(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["train", *args])

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert message in err and "Traceback" not in err


def test_a_correction_shows_in_the_comparison(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDER_DATABASE", f"sqlite:///{folder}/log.db")
    main(["init"])
    capsys.readouterr()
    old = train(capsys, "--stories", "more.yml")
    new = train(capsys, "--stories", "stories.yml")
    reviewed_greeting(open_log(f"sqlite:///{folder}/log.db"))

    assert main(["compare", old, new, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kinds"]["actions"] == {
        "steps": 1,
        "old_right": 0,
        "new_right": 1,
        "better": 1,
        "worse": 0,
        "old_macro_f1": 0.0,
        "new_macro_f1": 1.0,
    }
    assert [change["right"] for change in found["better"]] == ["act"]
    assert main(["compare", old, new]) == 0
    assert "Got better" in capsys.readouterr().out


def test_ranking_twice_adds_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDER_DATABASE", f"sqlite:///{folder}/log.db")
    main(["init"])
    capsys.readouterr()
    train(capsys, "--stories", "stories.yml")
    reviewed_greeting(open_log(f"sqlite:///{folder}/log.db"))
    for ranked, there in ((1, 0), (0, 1)):
        assert main(["rank", "latest", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "sessions": 1,
            "ranked": ranked,
            "already_there": there,
            "of_another_bot": 0,
        }
    assert main(["rank", "latest", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_the_concert_bot_learns_from_its_own_files(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(CONCERTBOT / f"{name}.yml") for name in ("domain", "stories", "nlu")]

    code = main(["train", "--domain", files[0], "--stories", files[1], "--nlu", files[2], "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["problems"] == []
    assert found["scores"]["action_accuracy"] > 0.9
