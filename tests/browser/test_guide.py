"""Hints in a first session, in Chromium: they follow what is done, and can be closed for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from recorder.dialogue.domain import Domain, Entity, Intent
from recorder.events.event import own_stream
from recorder.events.own import GuideClosed
from recorder.review.people import Person, operator
from recorder.services.guiding import is_closed
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from tests import given
from tests.browser.live import App
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
SCREENS = Path(__file__).parent / "screens"
DOMAIN = Domain(
    intents=(Intent("thanks"), Intent("greet"), Intent("compare_reviews")),
    entities=(Entity("city"),),
    actions=("utter_greet", "action_show_venue_reviews", "action_show_concert_reviews"),
)


def is_blind(session: str, person: Person) -> bool:
    return True


def desk(**options: Any) -> Desk:
    log = MemoryLog()
    given.session(log, "s", given.GREETING, given.REVIEWS, given.GREETING)
    return Desk(log, DOMAIN, **options)


@pytest.fixture
def stage(page: Page) -> Stage:
    return Stage(page, desk(), "s", guide=True)


def hint(stage: Stage, words: str) -> None:
    expect(stage.part(".guide p")).to_contain_text(words)


def place(stage: Stage, words: str) -> None:
    expect(stage.part(".guide .top span")).to_have_text(words)


def test_the_first_hint_names_what_the_bot_did_and_the_keys_to_judge_it(stage: Stage) -> None:
    hint(
        stage, "The bot chose utter_greet after “hello”. If a good bot would do so, press 1. If not, press 2"
    )
    place(stage, "Getting started · 1 of 6")
    expect(stage.part(".voice")).to_contain_text("Hint: The bot chose utter_greet")


def test_hints_follow_the_steps_of_who_decides(stage: Stage) -> None:
    stage.press("1")
    hint(stage, "Where the bot was wrong, 2 changes what it did")
    place(stage, "Getting started · 2 of 6")
    stage.press("1")
    hint(stage, "The message was understood as compare_reviews")
    stage.press("1")
    hint(stage, "If you cannot tell, press M")  # no message here, so nothing of its entities
    stage.press("1")
    hint(stage, "Words that the bot has to pick out of a message (city)")
    place(stage, "Getting started · 4 of 6")
    stage.press("1")
    hint(stage, "Go on like this")
    place(stage, "Getting started")
    stage.press("ArrowLeft")
    hint(stage, "You have answered this step")
    stage.press("End")
    hint(stage, "1 step not decided yet: L goes there")
    stage.press("l", "1")
    hint(stage, "Every step is decided. Enter submits")
    place(stage, "Getting started · 6 of 6")
    stage.press("Enter")
    hint(stage, "Submitted.")


def test_what_was_learned_by_doing_is_not_told(stage: Stage) -> None:
    stage.press("2")
    stage.page.keyboard.type("concert")
    stage.press("Enter")

    hint(
        stage,
        "This step is left out, since the conversation might have gone on otherwise. X goes to what counts",
    )
    stage.press("t", "ArrowLeft", "t", "ArrowRight")
    hint(stage, "If you cannot tell, press M")
    stage.press("u")
    expect(stage.part(".guide p")).not_to_contain_text("Where the bot was wrong")


def test_in_a_blind_session_no_hint_tells_what_the_bot_did(page: Page) -> None:
    stage = Stage(page, desk(is_blind=is_blind), "s", guide=True)

    hint(
        stage,
        "This session is blind: you do not see yet what the bot did. Press 1 and say what the user wants",
    )
    place(stage, "Getting started · 1 of 3")
    assert "greet" not in stage.text(".guide")
    stage.press("1")
    for name in ("thanks", "utter_greet"):
        stage.page.keyboard.type(name)
        stage.press("Enter")
        if name == "thanks":
            stage.press("Control+Enter")  # no entities
            stage.online = False
    hint(stage, "Your answer is being saved")
    stage.online = True
    hint(stage, "This is what the bot did, beside what you said")


def test_who_closes_the_hints_gets_none_any_more(stage: Stage) -> None:
    stage.part(".guide").get_by_text("No more hints").click()

    expect(stage.part(".guide")).to_be_hidden()
    stage.settle()
    assert [row.event for row in stage.desk.log.read(own_stream("ana"))] == [GuideClosed()]
    assert stage.stored() == []
    stage.open()
    expect(stage.part(".ask")).to_be_visible()
    expect(stage.part(".guide")).to_be_hidden()
    stage.press("1")  # the focus is where keys are heard
    expect(stage.part(".place").first).to_have_text("step 2 of 6")


def test_hints_that_were_closed_while_the_server_was_away_stay_closed(stage: Stage) -> None:
    stage.online = False
    stage.part(".guide").get_by_text("No more hints").click()
    stage.open()
    expect(stage.part(".guide")).to_be_hidden()
    stage.online = True

    stage.settle()
    assert len(stage.desk.log.read(own_stream("ana"))) == 1
    expect(stage.part(".guide")).to_be_hidden()


def test_without_a_guide_there_is_no_hint(page: Page) -> None:
    stage = Stage(page, desk(), "s")

    expect(stage.part(".ask")).to_be_visible()
    expect(stage.part(".guide")).to_be_hidden()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_the_hint_stands_above_the_question(page: Page, width: int, dark: bool) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    stage = Stage(page, desk(), "s", guide=True, dark=dark)

    expect(stage.part(".guide")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")
    SCREENS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENS / f"guide-{width}.png")


def test_the_app_keeps_that_they_were_closed(page: Page, tmp_path: Path) -> None:
    app = App(tmp_path)
    given.session(app.log, "s", given.GREETING)
    app.start()
    try:
        page.goto(app.address("s"))
        page.locator(".guide").get_by_text("No more hints").click(timeout=60_000)
        expect(page.locator(".guide")).to_be_hidden()
        expect(page.locator(".status").first).to_have_text("nothing to save yet", timeout=60_000)
        assert is_closed(app.log, operator("ana"))

        page.reload()

        expect(page.locator(".ask")).to_be_visible(timeout=60_000)
        expect(page.locator(".guide")).to_be_hidden()
    finally:
        app.close()
