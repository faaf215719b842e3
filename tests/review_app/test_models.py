"""The models page: none, one, two, compared on what was reviewed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from pytest import MonkeyPatch

from recorder.events.event import review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.store.model_files import ModelFiles
from recorder.store.sql import SqlLog
from tests.given import model, session
from tests.review_app.conftest import Open, pressed


def trained(folder: Path, action: str, day: int) -> str:
    return model(Path(os.environ["RECORDER_MODELS"]), folder, action, day)


def reviewed(log: SqlLog, corrected_to: str) -> None:
    session(log, "a", ("hello", "greet", 0.9, [("action_wave", 0.9), ("action_listen", 1.0)]))
    decided = [ActionCorrected("a-3", 0, corrected_to), StepConfirmed("a-5", 0), ReviewSubmitted(7)]
    log.append(review_stream("a", "ana"), decided)


def labels(items: Iterable[object]) -> list[str]:
    return [str(getattr(item, "label", "")) for item in items]


def test_without_a_model_the_page_says_how_to_train_one(log: SqlLog, open_page: Open) -> None:
    app = open_page("models")

    assert not app.exception
    assert app.code[0].value.startswith("recorder train --domain")


def test_one_model_is_listed_with_its_scores_and_cannot_be_compared(
    log: SqlLog, open_page: Open, tmp_path: Path
) -> None:
    model = trained(tmp_path, "action_wave", 1)

    app = open_page("models")

    assert not app.exception
    assert list(app.dataframe[0].value["Model"]) == [model]
    assert app.dataframe[0].value["Examples"][0] == 4
    assert "second model" in app.info[0].value


def test_two_models_need_a_submitted_review_to_be_compared(
    log: SqlLog, open_page: Open, tmp_path: Path
) -> None:
    trained(tmp_path, "action_wave", 1)
    trained(tmp_path, "action_bow", 2)

    app = open_page("models")

    assert not app.exception
    assert "No review is submitted" in app.info[0].value


def test_two_models_are_compared_on_what_was_reviewed(log: SqlLog, open_page: Open, tmp_path: Path) -> None:
    old, new = trained(tmp_path, "action_wave", 1), trained(tmp_path, "action_bow", 2)
    reviewed(log, corrected_to="action_bow")

    app = pressed(open_page("models"), "Compare")

    assert [box.value for box in app.selectbox] == [old, new]
    (actions,) = [metric for metric in app.metric if metric.label == "Actions right"]
    assert actions.delta == "+1, was 0"
    assert labels(app.tabs) == ["Got better (1)", "Got worse (0)"]
    better = app.dataframe[1].value
    assert better["Step"][0] == "replay?session=a&step=a-3"
    assert better["Right"][0] == "action_bow"
    assert len(app.get("vega_lite_chart")) == 2
    json.dumps(app.get("vega_lite_chart")[0].proto.spec)


def test_no_model_is_asked_before_the_button_is_pressed(
    log: SqlLog, open_page: Open, tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    trained(tmp_path, "action_wave", 1)
    trained(tmp_path, "action_bow", 2)
    reviewed(log, corrected_to="action_bow")
    monkeypatch.setattr(ModelFiles, "load", lambda files, model: pytest.fail("a model was read"))

    app = open_page("models")

    assert not app.exception
    assert [button.label for button in app.button] == ["Compare"]
    assert not app.metric


def test_models_can_be_named_in_the_address_and_the_other_way_round(
    log: SqlLog, open_page: Open, tmp_path: Path
) -> None:
    older, newer = trained(tmp_path, "action_wave", 1), trained(tmp_path, "action_bow", 2)
    reviewed(log, corrected_to="action_bow")

    app = open_page("models")
    app.selectbox(key="old").select(newer).run()
    app.selectbox(key="new").select(older).run()
    pressed(app, "Compare")

    assert labels(app.tabs) == ["Got better (0)", "Got worse (1)"]


def test_a_damaged_model_is_told_in_a_sentence(log: SqlLog, open_page: Open, tmp_path: Path) -> None:
    trained(tmp_path, "action_wave", 1)
    damaged = trained(tmp_path, "action_bow", 2)
    reviewed(log, corrected_to="action_bow")
    (Path(os.environ["RECORDER_MODELS"]) / damaged / "model.json").write_text("{")

    app = pressed(open_page("models"), "Compare")

    assert damaged in app.error[0].value
