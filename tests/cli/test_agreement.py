"""`recorder agreement`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.event import review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests.given import GREETING, session


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    upgrade(url)
    return url


def judge(url: str) -> None:
    log = open_log(url)
    for number in range(4):
        name = f"s{number}"
        session(log, name, GREETING)
        log.append(review_stream(name, "ana"), [StepConfirmed(f"{name}-3", 0), ReviewSubmitted(7)])
        other = StepConfirmed(f"{name}-3", 0) if number else ActionCorrected(f"{name}-3", 0, "utter_bye")
        log.append(review_stream(name, "ben"), [other, ReviewSubmitted(7)])


def test_it_prints_each_measure_with_its_interval_and_says_why_one_is_undefined(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(url)

    assert main(["agreement", "--database", url]) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert "intents (n = 4)" in told
    assert "actions (n = 4)" in told
    assert "75.0%" in told
    assert "undefined: everybody always gave" in told


def test_it_says_whose_answers_have_drifted(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    now = [datetime(2026, 1, 5, tzinfo=UTC)]
    log = open_log(url, clock=lambda: now[0])
    for number in range(80):
        now[0] += timedelta(hours=4)
        name = f"s{number:02}"
        session(log, name, GREETING)
        right, wrong = StepConfirmed(f"{name}-3", 0), ActionCorrected(f"{name}-3", 0, "utter_bye")
        for who, said in (("ana", right), ("ben", right), ("cleo", wrong if number > 40 else right)):
            log.append(review_stream(name, who), [said, ReviewSubmitted(7)])

    assert main(["agreement", "--database", url]) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert "Drift, cleo: as the verdict 50.0% of" in told
    assert "Drift, ana" not in told


def test_a_script_gets_all_of_it(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    judge(url)

    assert main(["agreement", "--database", url, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    actions = told["kinds"]["actions"]
    assert (actions["steps"], actions["coefficients"]["percent"]["value"]) == (4, 0.75)
    assert actions["pairs"][0]["annotators"] == ["ana", "ben"]
    assert {"labels": ["utter_bye", "utter_greet"], "pairs": 1} in actions["confusion"]
    assert told["kinds"]["intents"]["coefficients"]["cohen"]["value"] is None


def test_without_two_reviews_it_says_what_it_takes(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", "--database", url]) == 0
    assert "two submitted reviews" in capsys.readouterr().out


def test_an_unknown_batch_is_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", "--batch", "nothing", "--database", url]) == 1
    assert capsys.readouterr().err.count("\n") == 1
