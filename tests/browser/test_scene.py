"""The whole circle on one machine, by the commands a user types and the keys an annotator presses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from recorder.dialogue.steps import cut
from recorder.events.event import Event, session_stream
from recorder.events.session import SessionEvent
from recorder.formats import story_yaml
from recorder.packaged import packaged
from recorder.store.model_files import ModelFiles
from recorder.stories.story import ActionStep
from tests.browser.live import App

pytestmark = pytest.mark.browser

BOT = packaged("data") / "concertbot"
WRONG, RIGHT = "action_show_venue_reviews", "action_show_concert_reviews"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path)
    yield app
    app.close()


def recorder(app: App, *arguments: str | Path, typed: str = "") -> str:
    """Run one command as a user does; returns what it printed."""
    command = [sys.executable, "-m", "recorder", *map(str, arguments)]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120, cwd=app.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def train(app: App, *more: Path) -> str:
    """Train with the bot's own data and these folders of an export; returns the model's id."""
    files = {
        "--domain": [BOT / "domain.yml", *(folder / "domain_additions.yml" for folder in more)],
        "--stories": [BOT / "stories.yml", *(folder / "stories.yml" for folder in more)],
        "--nlu": [BOT / "nlu.yml", *(folder / "nlu.yml" for folder in more)],
    }
    options = [str(part) for name, paths in files.items() for part in (name, *paths)]
    said: dict[str, Any] = json.loads(recorder(app, "train", *options, "--out", "models", "--json"))
    return str(said["model"])


def before_the_mistake(app: App) -> list[Event]:
    """What had happened when the bot chose wrongly."""
    records = app.log.read(session_stream("scene"))
    mistake = next(step for step in cut(records) if step.chosen == WRONG)
    return [
        r.event for r in records if r.version < mistake.recorded.version and isinstance(r.event, SessionEvent)
    ]


def test_a_mistake_is_recorded_replayed_corrected_compiled_and_unlearned(app: App, page: Page) -> None:
    database = ("--database", app.database)
    early = train(app)
    recorder(
        app, "talk", "--session", "scene", "--actions", BOT / "actions.py", "--models", "models", *database,
        typed="/search_concerts\n/compare_reviews\n",
    )  # fmt: skip
    so_far = before_the_mistake(app)
    models = ModelFiles(app.folder / "models")
    assert models.load(early).rank_actions(so_far).ranking[0][0] == WRONG

    app.start()
    page.goto(app.address("scene"))
    question = page.locator(".ask h2")
    expect(question).to_have_text(
        "The bot wants to [action_search_concerts] due to the intent. Is this correct?"
    )
    page.keyboard.press("1")
    expect(question).to_have_text("The bot wants to [action_listen]. Is this correct?")
    page.keyboard.press("1")
    expect(question).to_have_text(f"The bot wants to [{WRONG}] due to the intent. Is this correct?")
    page.keyboard.press("2")
    page.keyboard.type("concert_rev")
    page.keyboard.press("Enter")
    expect(page.get_by_text("hypothetical").first).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("saved · event").first).to_be_visible()
    expect(page.get_by_text("submitted").first).to_be_visible()

    recorder(app, "export", "--out", "corrected", "--models", "models", *database)
    (story,) = story_yaml.loads((app.folder / "corrected" / "stories.yml").read_text()).stories
    assert [step.name for step in story.steps if isinstance(step, ActionStep)] == [
        "action_search_concerts",
        RIGHT,
    ]
    assert WRONG not in (app.folder / "corrected" / "stories.yml").read_text()

    late = train(app, app.folder / "corrected")
    assert late != early
    assert models.load(late).rank_actions(so_far).ranking[0][0] == RIGHT

    compared = json.loads(recorder(app, "compare", early, late, "--models", "models", "--json", *database))
    assert compared["kinds"]["actions"]["new_right"] == compared["kinds"]["actions"]["old_right"] + 1
    assert compared["worse"] == []
    assert RIGHT in json.dumps(compared["better"])
