"""The replay of a session in a batch, in Chromium: blind steps, the claim, skip and later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from recorder.dialogue.domain import Domain, Intent
from recorder.review.people import Person
from recorder.services import reviewing
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from tests import given
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
SCREENS = Path(__file__).parent / "screens"
READING = 900
DOMAIN = Domain(
    intents=(Intent("thanks"), Intent("greet"), Intent("compare_reviews")),
    actions=("utter_greet", "action_show_venue_reviews", "action_show_concert_reviews"),
)


def task(**fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "batch": "week 12",
        "state": "mine",
        "until": (now + timedelta(minutes=15)).isoformat(),
        "now": now.isoformat(),
        "holders": [],
        "reasons": ["least sure step: 31 %"],
        "blind": True,
        "guided": False,
        "late": False,
        "skips": [["broken", "It cannot be read"], ["other", "Something else"]],
        "guidelines": {"version": 2, "text": "# Say what is right\nnot what is likely"},
        **fields,
    }


def is_blind(session: str, person: Person) -> bool:
    return True


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryLog(), DOMAIN, is_blind=is_blind)


@pytest.fixture
def stage(page: Page, desk: Desk) -> Stage:
    given.session(desk.log, "s", given.GREETING, given.REVIEWS)
    return Stage(page, desk, "s", task=task())


def pick(stage: Stage, *names: str) -> None:
    """Answer the step that is asked: intent and action, or only the action."""
    stage.press("1")
    for name in names:
        stage.page.keyboard.type(name)
        stage.press("Enter")


def look(stage: Stage) -> None:
    stage.page.wait_for_timeout(READING)


def test_before_the_own_answer_the_page_holds_nothing_of_the_bots(stage: Stage) -> None:
    assert stage.question() == "What does the user want, and what should the bot do next?"
    assert stage.part(".message .text").inner_text() == "hello"
    assert stage.part(".ranks").count() == stage.part(".act").count() == 0
    held = stage.page.evaluate("JSON.stringify(window.replay().session.questions)")
    assert "utter_greet" not in held and "which one is better" not in held and '"greet"' not in held


def test_names_are_offered_in_the_order_of_the_labels_without_scores(stage: Stage) -> None:
    stage.press("1")

    assert stage.part(".choices .name").all_inner_texts() == ["compare_reviews", "greet", "thanks"]
    assert set(stage.part(".choices .p").all_inner_texts()) == {""}


def test_the_answer_is_compared_with_what_the_bot_did_and_then_it_goes_on(stage: Stage) -> None:
    pick(stage, "greet", "utter_greet")

    expect(stage.part(".disclosed h2")).to_have_text("The bot did what you said.")
    assert "90 %" in stage.text(".disclosed")
    look(stage)
    stage.press("1")
    expect(stage.part(".place")).to_have_text("step 2 of 4")
    pick(stage, "action_listen")
    look(stage)
    stage.press("1")
    pick(stage, "compare", "action_show_concert")
    expect(stage.part(".disclosed.otherwise h2")).to_have_text("The bot did otherwise.")
    assert stage.part(".disclosed ins").inner_text() == "action_show_concert_reviews"
    assert stage.part(".disclosed del").inner_text() == "action_show_venue_reviews"
    assert [row["type"] for row in stage.stored()] == ["step_confirmed", "step_confirmed", "action_corrected"]
    assert stage.refusals == []


def test_a_fast_second_press_changes_nothing_of_the_answer(stage: Stage) -> None:
    stage.online = False
    pick(stage, "greet", "action_show")
    stage.press("1", "1", "2", "a")
    assert stage.part("dialog").count() == 0
    stage.online = True

    expect(stage.part(".disclosed.otherwise h2")).to_be_visible(timeout=10_000)
    stage.press("1")
    look(stage)
    stage.press("1")

    stage.settle()
    assert [row["type"] for row in stage.stored()] == ["action_corrected"]
    assert "Hypothetical" in stage.text(".bar")
    assert stage.question() == "What should the bot do next?", "what follows is asked, not shown"


def test_undo_takes_a_whole_answer_back_and_it_can_be_given_anew(stage: Stage) -> None:
    pick(stage, "thanks", "utter_greet")
    expect(stage.part(".disclosed.otherwise h2")).to_be_visible()
    look(stage)

    stage.press("u")
    stage.settle()
    assert [row["type"] for row in stage.stored()] == [
        *("intent_corrected", "step_confirmed"),
        *("decision_undone", "decision_undone"),
    ]
    assert stage.question().startswith("The bot wants to"), "it has been seen, so it is asked as ever"
    stage.press("y")
    stage.settle()
    assert stage.part(".disclosed.otherwise").count() == 1


def test_after_the_last_answer_it_is_submitted_and_the_next_is_asked_for(stage: Stage) -> None:
    for names in (("greet", "utter_greet"), ("action_listen",), ("compare", "venue"), ("action_listen",)):
        pick(stage, *names)
        expect(stage.part(".disclosed h2")).to_be_visible()
        look(stage)
        stage.press("1")
    stage.press("Enter")
    stage.settle()
    assert stage.stored()[-1]["type"] == "review_submitted"

    stage.press("Enter")

    stage.page.wait_for_function("window.asked === 'next'")


def test_the_line_of_the_batch_says_why_it_is_here_and_whose_it_is(stage: Stage) -> None:
    assert "week 12" in stage.text(".task .about")
    assert stage.part(".task .badge").all_inner_texts() == ["blind", "least sure step: 31 %"]
    assert stage.text(".claim").startswith("yours until ")


def test_a_claim_that_is_over_is_said_and_the_work_goes_on(stage: Stage) -> None:
    stage.task = task(state="begun", until=None, holders=["bo"])
    stage.press("m")
    stage.settle()

    expect(stage.part(".claim.over")).to_contain_text("your claim is over")
    assert "bo" in stage.text(".claim")
    look(stage)
    stage.press("m")
    stage.settle()
    assert [row["type"] for row in stage.stored()] == ["step_unsure", "step_unsure"]


def test_later_and_skip_are_asked_for_once_all_is_saved(stage: Stage) -> None:
    stage.press("Shift+L")
    stage.page.wait_for_function("window.asked === 'later'")
    stage.page.wait_for_timeout(3100)
    stage.press("Shift+S", "1")
    stage.page.wait_for_function("window.asked === 'skip:broken'")


def test_an_answer_that_was_stored_as_the_server_died_is_not_asked_for_again(stage: Stage) -> None:
    stage.online = False
    pick(stage, "greet", "utter_greet")
    stage.page.wait_for_function("window.outbox?.decisions.length")
    reviewing.decide(stage.desk, "s", stage.person, stage.page.evaluate("window.outbox.decisions"))
    stage.page.evaluate(
        "(data) => window.show(data)",
        {
            "session": reviewing.open_session(stage.desk, "s", stage.person),
            "review": reviewing.review_state(stage.desk, "s", stage.person)
            | {"acked": [], "refused": [], "error": None},
            "task": stage.task,
        },
    )

    stage.settle()
    expect(stage.part(".disclosed h2")).to_have_text("The bot did what you said.")


def test_guidelines_are_one_key_away_and_look_as_they_are_meant(stage: Stage) -> None:
    assert stage.task is not None
    text = "# Say what is right\nnot what is *likely*\n\n- a **city**\n- `<b>`, 2 * 3 * 4\n  goes on\n1. last"
    stage.task["guidelines"] = {"version": 2, "text": text}
    stage.open()

    stage.press("w")

    assert "version 2" in stage.text("dialog h2")
    assert stage.page.evaluate("window.replay().node.querySelector('.guidelines').innerHTML") == (
        '<h3 dir="auto">Say what is right</h3><p dir="auto">not what is <em>likely</em></p>'
        '<ul><li dir="auto">a <strong>city</strong></li>'
        '<li dir="auto"><code>&lt;b&gt;</code>, 2 * 3 * 4\ngoes on</li><li dir="auto">last</li></ul>'
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_screenshots(page: Page, desk: Desk, dark: bool, width: int) -> None:
    given.session(desk.log, "s", given.GREETING, given.REVIEWS)
    page.set_viewport_size({"width": width, "height": 800})
    stage = Stage(page, desk, "s", dark=dark, task=task())
    name = f"{width}-{'dark' if dark else 'light'}"

    SCREENS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENS / f"blind-asked-{name}.png")
    pick(stage, "thanks", "utter_greet")
    expect(stage.part(".disclosed h2")).to_be_visible()
    page.screenshot(path=SCREENS / f"blind-disclosed-{name}.png")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
