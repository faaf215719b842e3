"""Real sessions of Rasa X: replayed from the first step to the last, submitted, exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from recorder.events.event import stream_parts
from recorder.formats import nlu_yaml, story_markdown, story_yaml
from recorder.ingest.files import open_sources
from recorder.services.compiling import compile_export
from recorder.services.gold import reviewed_sessions
from recorder.services.ingesting import ingest
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

WITHOUT_STEPS = 2
"""Senders that only opened a session."""


@pytest.fixture
def desk(shared: Path, tmp_path: Path) -> Desk:
    log = MemoryLog()
    databases = sorted((shared / "tracker-rasax-financial").glob("*.sqlite"))
    sources, _ = open_sources(map(str, databases), tmp_path)
    assert ingest(log, sources).sessions == 9
    return Desk(log)


def sessions(desk: Desk) -> list[str]:
    return [stream_parts(stream)[1] for stream in desk.log.streams("session/")]


def test_every_session_is_replayed_step_by_step_and_exported(desk: Desk, page: Page) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    stage: Stage | None = None
    for session in sessions(desk):
        stage = replayed(stage, page, desk, session)
    assert faults == []

    export = compile_export(reviewed_sessions(desk.log))
    assert len(export.manifest["sessions"]) == 9 - WITHOUT_STEPS
    assert all(e["ends_early"] is None for s in export.manifest["sessions"] for e in s["episodes"])
    stories = story_yaml.loads(export.files["stories.yml"].decode())
    assert stories.problems == ()
    assert len(stories.stories) == export.manifest["counts"]["stories"] == 9 - WITHOUT_STEPS
    assert nlu_yaml.loads(export.files["nlu.yml"].decode()).problems == ()
    markdown = compile_export(reviewed_sessions(desk.log), notation="markdown")
    assert len(story_markdown.loads(markdown.files["stories.md"].decode()).stories) == 9 - WITHOUT_STEPS


def replayed(stage: Stage | None, page: Page, desk: Desk, session: str) -> Stage:
    """Forward to the end, then yes to everything and submit."""
    if stage is None:
        stage = Stage(page, desk, session)
    else:
        stage.session = session
        stage.open()
    questions = desk.session(session).questions
    if questions:
        stage.press("Home")
    for question in questions:
        asked = f"[{question.action.chosen}]" if question.action else "understand"
        assert asked in stage.question()
        stage.press("ArrowRight")
    if questions:
        stage.press("Enter", "Enter")
        stage.settle()
        assert [row["type"] for row in stage.stored()] == ["rest_confirmed", "review_submitted"]
    else:
        assert "nothing to review" in stage.text(".end")
    return stage
