"""Comments and tags in the replay, in Chromium, and the replay of who may only look."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recorder.review.people import Person, operator
from recorder.services import accounts, remarking
from recorder.services.reviewing import Desk
from recorder.services.tagging import tag, tagged
from recorder.store.memory import MemoryLog
from tests import given
from tests.browser.stage import ANA, Stage

pytestmark = pytest.mark.browser
SCREENS = Path(__file__).parent / "screens"
BEN, VERA = Person("ben", "annotator"), Person("vera", "viewer")


@pytest.fixture
def desk() -> Desk:
    log = MemoryLog()
    for name in ("ana", "ben", "Benedikta"):
        accounts.open_account(log, operator("root"), name, "annotator")
    given.session(log, "s", given.GREETING, given.REVIEWS)
    return Desk(log)


@pytest.fixture
def stage(page: Page, desk: Desk) -> Stage:
    return Stage(page, desk, "s", names=("ben", "Benedikta", "zoe"))


def say(stage: Stage, person: Person, text: str, step: str = "") -> None:
    remarking.comment(stage.board, stage.desk, "s", person, text, step, command=f"{person.name}-{text}")


def waiting(stage: Stage, person: Person) -> list[str | None]:
    found = remarking.mentions(stage.board, person, ["s"])
    return [each.comment.text if each.comment else None for each in found]


def test_a_comment_is_written_by_keyboard_and_stands_at_its_step_for_everybody(stage: Stage) -> None:
    stage.press("q")
    stage.page.keyboard.type("@be")
    expect(stage.part(".names li")).to_have_text(["ben", "Benedikta"])
    stage.press("Enter")
    stage.page.keyboard.type("<b>why</b> this?")
    stage.press("Control+Enter")

    expect(stage.part(".panel .comment .words")).to_have_text("@ben <b>why</b> this?")
    stage.settle()
    expect(stage.part(".row.current .said-by")).to_have_text("ana @ben <b>why</b> this?")
    expect(stage.part(".notes button").last).to_contain_text("1 comment")
    assert waiting(stage, BEN) == ["@ben <b>why</b> this?"]
    assert stage.stored() == [] and stage.refusals == []
    stage.press("ArrowRight")
    expect(stage.part(".panel .comment")).to_have_count(0)


def test_names_are_chosen_by_arrows_or_left_alone(stage: Stage) -> None:
    stage.press("q")
    stage.page.keyboard.type("ask @b")
    stage.press("ArrowDown", "Tab")
    stage.page.keyboard.type("and @z")
    stage.press("Escape")
    expect(stage.part("dialog")).to_have_count(1)
    stage.page.keyboard.type(" not@b")
    expect(stage.part(".names li:visible")).to_have_count(0)

    assert stage.part("dialog textarea").input_value() == "ask @Benedikta and @z not@b"


def test_a_comment_on_its_way_survives_a_reload(stage: Stage) -> None:
    stage.online = False
    stage.press("q")
    stage.page.keyboard.type("not lost")
    stage.press("Control+Enter")
    expect(stage.part(".panel .comment .who")).to_contain_text("on its way")
    expect(stage.part(".status.failed, .status.saving")).to_be_visible()
    stage.online = True

    stage.open()

    stage.settle()
    expect(stage.part(".panel .comment .words")).to_have_text("not lost")
    assert [each["text"] for each in remarking.noted(stage.board, "s", BEN)["comments"]] == ["not lost"]


def test_all_comments_lead_to_their_steps(stage: Stage) -> None:
    say(stage, BEN, "of the whole")
    say(stage, BEN, "of a step", "s-10")
    stage.open()

    stage.press("Shift+Q")
    expect(stage.part("dialog .comment .words")).to_have_text(["of the whole", "of a step"])
    stage.part("dialog .comment .link").click()
    expect(stage.part(".place")).to_have_text("step 3 of 4")
    expect(stage.part(".panel .comment .words")).to_have_text("of a step")
    stage.press("End")
    expect(stage.part(".panel .comment .words")).to_have_text("of the whole")
    stage.press("q")
    expect(stage.part("dialog h2")).to_have_text("Comment on the session")


def test_ones_own_comment_is_deleted_after_a_question(stage: Stage) -> None:
    say(stage, BEN, "not yours", "s-3")
    say(stage, ANA, "a slip", "s-3")
    stage.open()
    expect(stage.part(".panel .comment .link")).to_have_count(1)

    stage.part(".panel .comment .link").click()
    expect(stage.part("dialog h2")).to_have_text("Delete this comment?")
    stage.press("2")
    expect(stage.part(".panel .comment")).to_have_count(2)
    stage.press("Shift+Q")
    stage.part(
        "dialog .comment .link",
    ).last.click()
    stage.press("1")

    expect(stage.part(".panel .comment .words")).to_have_text("not yours")
    stage.settle()
    expect(stage.part(".panel .comment .words")).to_have_text("not yours")
    assert [each["text"] for each in remarking.noted(stage.board, "s", BEN)["comments"]] == ["not yours"]


def test_an_empty_comment_is_not_sent(stage: Stage) -> None:
    stage.press("q", "Control+Enter")
    expect(stage.part("dialog .problem")).to_have_text("Write something first.")


def test_tags_are_added_and_taken_away(stage: Stage) -> None:
    stage.press("b")
    stage.page.keyboard.type("two words")
    stage.press("Enter")
    expect(stage.part(".badge.tag")).to_have_count(1)
    stage.press("b", "1")
    expect(stage.part(".badge.tag > span")).to_have_text(["refund", "two words"])
    stage.settle()
    assert tagged(stage.desk.log, "s", ANA) == ("refund", "two words")

    stage.part(".badge.tag button").first.click()
    stage.settle()

    expect(stage.part(".badge.tag > span")).to_have_text(["two words"])
    assert tagged(stage.desk.log, "s", ANA) == ("two words",)
    assert stage.stored() == []


def test_who_may_only_look_sees_all_and_decides_nothing(page: Page, desk: Desk) -> None:
    tag(desk.log, ANA, ["s"], ["refund"])
    stage = Stage(page, desk, "s", person=VERA)
    say(stage, BEN, "look here", "s-3")
    stage.open()

    assert stage.question() == "The bot wants to [utter_greet] due to the intent."
    expect(stage.part(".ask .hint")).to_have_text("You may look; deciding takes the role annotator.")
    expect(stage.part(".panel .options, .panel .tools")).to_have_count(0)
    expect(stage.part(".panel .comment .words")).to_have_text("look here")
    expect(stage.part(".badge.tag > span")).to_have_text("refund")
    expect(stage.part(".badge.tag button")).to_have_count(0)
    for key in ("1", "2", "3", "m", "a", "n", "q", "b", "Enter", "u"):
        stage.press(key)
        expect(stage.part(".toast")).to_have_text("You may look; deciding takes the role annotator.")
        expect(stage.part("dialog")).to_have_count(0)
    stage.press("ArrowRight")
    expect(stage.part(".place")).to_have_text("step 2 of 4")
    stage.press("End")
    expect(stage.part(".end h2")).to_have_text("This is the end of the session.")
    expect(stage.part(".end button")).to_have_count(1)
    assert stage.sent == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_screenshots(page: Page, desk: Desk, dark: bool, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    tag(desk.log, ANA, ["s"], ["refund", "a rather long tag that goes on"])
    stage = Stage(page, desk, "s", dark=dark, names=("ben", "Benedikta"))
    say(stage, BEN, "Is this what the guidelines mean?\nI would have said goodbye, @ana.", "s-3")
    say(stage, ANA, "It is: see the third one.", "s-3")
    say(stage, BEN, "A nice session.")
    stage.open()
    name = f"{width}-{'dark' if dark else 'light'}"
    SCREENS.mkdir(exist_ok=True)

    page.screenshot(path=SCREENS / f"comments-{name}.png")
    stage.press("Shift+Q")
    page.screenshot(path=SCREENS / f"comments-all-{name}.png")
    stage.press("Escape", "q")
    page.keyboard.type("ask @be")
    expect(stage.part(".names li")).to_have_count(2)
    page.screenshot(path=SCREENS / f"comment-{name}.png")
    stage.person = VERA
    stage.open()
    expect(stage.part(".ask .hint")).to_be_visible()
    page.screenshot(path=SCREENS / f"viewer-{name}.png")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
