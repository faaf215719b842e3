"""Every page opens on an empty and on a full log, and an expected failure is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted, StepConfirmed
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.review_app.conftest import Open

PAGES = ["inbox", "replay", "models", "export", "team", "account"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_an_empty_log(page: str, open_page: Open) -> None:
    app = open_page(page)

    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_full_log(page: str, log: SqlLog, open_page: Open) -> None:
    for number in range(60):
        session(log, f"s{number}", *[GREETING, REVIEWS] * (number % 5), source=f"source {number % 3}")
        log.append(review_stream(f"s{number}", "ana"), [StepConfirmed(f"s{number}-3", 0), ReviewSubmitted(9)])

    app = open_page(page)

    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_database_is_told_in_a_sentence(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Open
) -> None:
    monkeypatch.setenv("RECORDER_DATABASE", f"sqlite:///{tmp_path / 'no_where.db'}")

    app = open_page(page)

    assert not app.exception
    assert "recorder init" in app.error[0].value


def test_an_unknown_session_is_told_in_a_sentence(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)

    app = open_page("replay", session="*gone*")

    assert not app.exception
    assert "\\*gone\\*" in app.error[0].value


def test_without_a_name_the_annotator_is_the_user_of_the_machine(
    log: SqlLog, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(log, "a", GREETING)
    monkeypatch.setenv("RECORDER_ANNOTATOR", "  ")
    monkeypatch.setenv("LOGNAME", "zoë")

    app = open_page()

    assert app.get("progress")[0].proto.text.startswith("**zoë**")
