"""The replay in Chromium: what keys do, what is shown, what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from recorder.dialogue.domain import Domain, Entity, Slot, SlotMapping
from recorder.events.event import NewEvent, session_stream
from recorder.events.prediction import ActionRanked
from recorder.events.session import ActionExecuted, BotUttered, SessionRecorded, SlotSet, UserUttered
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from review_app.replay import SCRIPT
from tests import given
from tests.browser.live import long_session
from tests.browser.stage import ADDRESS, Stage

pytestmark = pytest.mark.browser
SCREENS = Path(__file__).parent / "screens"


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryLog())


@pytest.fixture
def stage(page: Page, desk: Desk) -> Stage:
    """Six steps: s-3 greets, s-6 listens, s-10 shows the wrong reviews, s-12 listens, s-15, s-18."""
    given.session(desk.log, "s", given.GREETING, given.REVIEWS, given.GREETING)
    return Stage(page, desk, "s")


def ids(stage: Stage) -> list[str]:
    found: list[str] = stage.page.evaluate("window.replay().session.questions.map(q => q.id)")
    return found


def test_no_two_commands_have_one_key_and_none_is_streamlits(page: Page) -> None:
    page.route("**/*", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.goto(ADDRESS)

    keys, idle = page.evaluate(
        """async (script) => {
          const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
          const {COMMANDS, Replay} = await import(url);
          const idle = COMMANDS.filter(({id}) => typeof Replay.prototype[id] !== "function");
          return [COMMANDS.flatMap(({keys}) => keys), idle];
        }""",
        SCRIPT + "\nexport { COMMANDS, Replay };",
    )

    assert len(keys) == len(set(keys)) > 25
    assert not {"r", "c", "Shift+r", "Shift+c"} & set(keys)
    assert idle == [], "each command of the registry does something"


def test_the_question_is_the_classic_one_to_the_letter(stage: Stage) -> None:
    assert stage.question() == "The bot wants to [utter_greet] due to the intent. Is this correct?"
    assert stage.part(".options .option span").all_inner_texts() == [
        "Yes",
        "No, intent is right but the action is wrong",
        "The intent is wrong",
    ]

    stage.press("ArrowRight")

    assert stage.question() == "The bot wants to [action_listen]. Is this correct?"
    assert stage.part(".options .option span").all_inner_texts() == ["Yes", "No, the action is wrong"]


def test_one_confirms_and_goes_on_at_once(stage: Stage) -> None:
    first, second = ids(stage)[:2]

    stage.press("1", "1")

    assert "step 3 of 6" in stage.text(".place")
    stage.settle()
    assert stage.stored() == [
        {"type": "step_confirmed", "step": first, "made_on": 0},
        {"type": "step_confirmed", "step": second, "made_on": 0},
    ]
    assert "saved · event" in stage.text(".status")


def test_two_asks_for_the_action_and_makes_the_rest_hypothetical(stage: Stage) -> None:
    stage.press("1", "1", "2")
    stage.page.keyboard.type("concert_reviews")
    assert stage.part(".choices li").all_inner_texts()[-1].startswith("new action “concert_reviews”")

    stage.page.keyboard.press("Control+A")
    stage.page.keyboard.type("action_show_concert_reviews")
    stage.press("Enter")

    stage.settle()
    assert stage.stored()[-1] == {
        "type": "action_corrected",
        "step": ids(stage)[2],
        "made_on": 0,
        "action": "action_show_concert_reviews",
    }
    assert "Hypothetical" in stage.text(".bar")
    assert stage.part(".row .act del").inner_text() == "action_show_venue_reviews"
    assert stage.part(".row.hypothetical").count() == 3


def test_the_rest_of_an_episode_can_be_kept_or_cut(stage: Stage) -> None:
    stage.press("d")
    assert stage.part(".row.hypothetical").count() == 5

    stage.press("1")
    assert "step 2 of 6" in stage.text(".place"), "a hypothetical step takes no answer"
    stage.press("t")
    assert stage.part(".row.hypothetical").count() == 0
    stage.press("1", "x")

    stage.settle()
    assert [row["type"] for row in stage.stored()] == [
        "action_removed",
        "rest_kept",
        "step_confirmed",
        "session_cut",
    ]
    assert stage.part(".row.cut").count() == 4
    assert "Every step is decided" in stage.text(".end")


def test_three_asks_for_intent_entities_and_action(stage: Stage) -> None:
    message = stage.page.evaluate("window.replay().session.questions[2].message.id")
    stage.press("ArrowRight", "ArrowRight", "3")
    stage.page.keyboard.type("search concerts")
    stage.press("Enter")

    assert "Mark the entities" in stage.text("dialog h2")
    stage.press("ArrowRight", "ArrowRight", "Enter")
    stage.page.keyboard.type("number")
    stage.press("Enter", "Control+Enter")

    assert "next action" in stage.text("dialog h2")
    stage.press("2")
    stage.settle()
    assert stage.stored() == [
        {"type": "intent_corrected", "step": message, "made_on": 0, "intent": "search_concerts"},
        {
            "type": "entities_corrected",
            "step": message,
            "made_on": 1,
            "entities": [{"entity": "number", "value": "one", "start": 6, "end": 9}],
        },
        {"type": "action_corrected", "step": ids(stage)[2], "made_on": 2, "action": "other"},
    ]


def test_a_letter_begins_the_name_of_a_new_entity_type(page: Page) -> None:
    desk = Desk(MemoryLog(), Domain(entities=(Entity("city"), Entity("artist"))))
    given.session(desk.log, "s", given.REVIEWS)
    stage = Stage(page, desk, "s")

    stage.press("e", "ArrowRight", "Enter")
    stage.page.keyboard.type("kind")
    stage.press("Enter", "Control+Enter")

    stage.settle()
    assert stage.stored()[0]["entities"] == [{"entity": "kind", "value": "which", "start": 0, "end": 5}]


def test_corrected_entities_refill_the_slots_as_the_domain_says(page: Page) -> None:
    place = Slot("place", mappings=(SlotMapping("from_entity", entity="city"),))
    bands = Slot("artist", type="list", auto_fill=True)
    desk = Desk(MemoryLog(), Domain(slots=(place, bands), entities=(Entity("city"), Entity("artist"))))
    long_session(desk.log, "s", 1)
    stage = Stage(page, desk, "s")

    stage.press("e", "ArrowRight", "1", "Control+Enter")

    rows = [" ".join(row.split()) for row in stage.part(".slots tr").all_inner_texts()]
    assert "place Berlin the corrected message" in rows
    stage.press("u", "e", "ArrowRight", "2", "Control+Enter")
    rows = [" ".join(row.split()) for row in stage.part(".slots tr").all_inner_texts()]
    assert 'artist ["turn"] the corrected message' in rows


def test_slots_that_a_corrected_action_had_set_do_not_survive_it(page: Page, desk: Desk) -> None:
    long_session(desk.log, "s", 3)
    stage = Stage(page, desk, "s")
    stage.press("ArrowRight")
    assert "concerts" in stage.text(".slots")

    stage.press("ArrowLeft", "2")
    stage.page.keyboard.type("utter_greet")
    stage.press("Enter")

    assert "concerts" not in stage.text(".slots")
    assert "1 decided · 1 corrected · 5 left out" in stage.text(".tally")
    stage.press("u", "ArrowRight")
    assert "concerts" in stage.text(".slots")


def test_a_new_response_asks_for_its_text(stage: Stage) -> None:
    stage.press("2")
    stage.page.keyboard.type("utter_welcome")
    stage.press("Enter")
    stage.page.keyboard.type("Good to see you")
    stage.press("Control+Enter")

    stage.settle()
    assert [(row["type"], row.get("text"), row["made_on"]) for row in stage.stored()] == [
        ("action_corrected", None, 0),
        ("response_written", "Good to see you", 1),
    ]


def test_undo_and_redo_are_decisions_too(stage: Stage) -> None:
    stage.press("1", "m", "u", "u", "y", "Shift+U", "u")

    stage.settle()
    assert [row["type"] for row in stage.stored()] == [
        "step_confirmed",
        "step_unsure",
        "decision_undone",
        "decision_undone",
        "decision_redone",
        "decision_redone",
        "decision_undone",
    ]
    assert "step 2 of 6" in stage.text(".place")
    stage.press("1")
    stage.settle()
    assert stage.stored()[-1]["made_on"] == 4
    assert stage.refusals == []


def test_all_the_rest_is_confirmed_in_one_decision_and_undone_in_one(stage: Stage) -> None:
    stage.press("0", "a")
    assert "6 decided" in stage.text(".tally")

    stage.press("u")

    stage.settle()
    assert stage.stored()[1] == {
        "type": "rest_confirmed",
        "step": ids(stage)[1],
        "made_on": 0,
        "steps": ids(stage)[1:],
    }
    assert "1 decided" in stage.text(".tally")


def test_submitting_asks_about_what_is_undecided(stage: Stage) -> None:
    stage.press("1", "Enter")
    assert "5 steps not decided yet" in stage.text("dialog h2")

    stage.press("Enter")

    stage.settle()
    assert [row["type"] for row in stage.stored()] == ["step_confirmed", "rest_confirmed", "review_submitted"]
    stage.press("Home", "1")
    assert stage.stream_length() == 3, "a submitted review takes no decision"
    stage.press("o", "1")
    stage.settle()
    assert stage.stored()[-1]["type"] == "review_reopened"


def test_notes_flags_slots_and_inserted_actions(stage: Stage) -> None:
    stage.press("n")
    stage.page.keyboard.type("two  artists")
    stage.press("Control+Enter", "f", "3", "v")
    stage.page.keyboard.type("concerts")
    stage.press("Enter")
    stage.page.keyboard.type('["Katy Perry"')
    stage.press("Control+Enter")
    assert "not valid JSON" in stage.text(".problem")
    stage.page.keyboard.type("]")
    stage.press("Control+Enter", "i")
    stage.page.keyboard.type("action_search_concerts")
    stage.press("Enter")

    stage.settle()
    step = ids(stage)[0]
    assert stage.stored() == [
        {"type": "step_noted", "step": step, "made_on": 0, "text": "two  artists"},
        {"type": "step_flagged", "step": step, "made_on": 1, "flag": "guideline"},
        {"type": "slot_corrected", "step": step, "made_on": 2, "name": "concerts", "value": ["Katy Perry"]},
        {"type": "action_inserted", "step": step, "made_on": 3, "action": "action_search_concerts"},
    ]
    assert stage.part(".act.inserted").count() == 1


def test_keys_meant_for_what_was_here_before_decide_nothing(stage: Stage) -> None:
    """Enter pressed once more on the way here, or 1 once more after the last step of the session before."""
    stage.page.evaluate("window.replay().openedAt = performance.now()")
    stage.press("Enter")
    assert stage.part("dialog").count() == 0
    assert stage.text(".toast") == "This session has just come up: look at it first."
    stage.page.evaluate("window.replay().jumpedAt = performance.now()")
    stage.press("1")

    assert stage.stored() == []
    assert "step 1 of 6" in stage.text(".place")
    stage.page.wait_for_timeout(900)
    stage.press("1", "Enter")
    assert "5 steps not decided yet" in stage.text("dialog h2")


def test_a_text_that_was_written_is_not_thrown_away_by_one_press(stage: Stage) -> None:
    stage.press("n")
    stage.page.keyboard.type("a thought")
    stage.press("Escape")
    assert stage.text("dialog [role=alert]") == "Not saved yet. Once more leaves without it."
    stage.page.keyboard.type("!")
    stage.press("Escape")
    assert stage.part("dialog").count() == 1, "it was written on since"

    stage.press("Control+Enter", "n", "Escape")

    assert stage.part("dialog").count() == 0, "nothing would be lost"
    stage.settle()
    assert [each["text"] for each in stage.stored()] == ["a thought!"]
    stage.press("n")
    stage.page.keyboard.type("no")
    stage.press("Escape", "Escape")
    assert stage.part("dialog").count() == 0


def test_escape_leaves_a_dialog_and_nothing_is_decided(stage: Stage) -> None:
    for key in ("2", "3", "e", "v", "n", "f", "i", "h", "?"):
        stage.press(key)
        assert stage.part("dialog").count() == 1, key
        stage.press("Tab", "Tab", "Escape")
        assert stage.part("dialog").count() == 0, key

    assert stage.stored() == []
    stage.press("1")
    stage.settle()
    assert stage.stream_length() == 1


def test_a_held_key_moves_but_never_decides(stage: Stage) -> None:
    stage.page.keyboard.down("1")
    stage.page.keyboard.down("1")
    stage.page.keyboard.down("1")
    stage.page.keyboard.up("1")

    stage.settle()
    assert stage.stream_length() == 1
    for _ in range(3):
        stage.page.keyboard.down("ArrowRight")
    assert "step 5 of 6" in stage.text(".place")


def test_keys_are_left_to_an_input_that_has_the_focus(stage: Stage) -> None:
    stage.page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<input id=other>')")
    stage.page.focus("#other")

    stage.press("1", "m", "Enter")

    assert stage.page.input_value("#other") == "1m"
    assert stage.stored() == []


def test_a_reload_before_the_acknowledgement_sends_the_decisions_again(stage: Stage) -> None:
    stage.online = False
    stage.press("1", "1", "m")
    stage.page.wait_for_function("(window.outbox?.decisions ?? []).length === 3")
    assert "sav" in stage.text(".status")
    assert "saved" not in stage.text(".status")

    stage.page.evaluate("window.report = () => {}")
    stage.online = True
    stage.open()

    assert "3 decisions of an earlier visit" in stage.text(".toast")
    stage.settle()
    assert [row["type"] for row in stage.stored()] == ["step_confirmed", "step_confirmed", "step_unsure"]
    assert stage.page.evaluate("localStorage.length") == 0


def test_what_stays_unacknowledged_is_counted_and_sent_until_it_is(stage: Stage) -> None:
    stage.online = False
    stage.press("1", "1", "1")
    stage.page.wait_for_function(
        "window.replay().header.status.textContent === 'not saved yet: 3'", timeout=10_000
    )

    stage.online = True

    stage.settle()
    assert stage.stream_length() == 3
    assert "saved · event" in stage.text(".status")


def test_a_reload_asks_where_something_else_was_stored_meanwhile(stage: Stage) -> None:
    stage.online = False
    stage.press("m")
    stage.page.wait_for_function("(window.outbox?.decisions ?? []).length === 1")
    given.confirmation(stage.desk.log, "s", ids(stage)[0])

    stage.page.evaluate("window.report = () => {}")
    stage.online = True
    stage.open()
    assert "Not saved on your last visit" in stage.text("dialog h2")
    assert "Step 1: step unsure" in stage.text("dialog")
    stage.press("2")

    stage.settle()
    assert [(row["type"], row["made_on"]) for row in stage.stored()] == [
        ("step_confirmed", 0),
        ("step_unsure", 1),
    ]


def test_a_decision_made_on_a_stale_screen_is_refused_and_shown(stage: Stage) -> None:
    given.confirmation(stage.desk.log, "s", ids(stage)[0])

    stage.press("m")

    stage.part(".alert ul").wait_for()
    assert "Not saved: 1 decision" in stage.text(".alert")
    assert "decided elsewhere" in stage.text(".alert")
    assert "step 1 of 6" in stage.text(".place")
    assert [row["type"] for row in stage.stored()] == ["step_confirmed"]
    assert "Confirmed" in stage.text(".verdict")


def test_a_key_meant_for_the_step_before_a_jump_decides_nothing(stage: Stage) -> None:
    given.confirmation(stage.desk.log, "s", ids(stage)[0])
    stage.press("m")
    stage.part(".alert ul").wait_for()

    stage.page.evaluate(
        """() => {
          window.replay().jumpedAt = performance.now();
          window.dispatchEvent(new KeyboardEvent("keydown", {key: "m", code: "KeyM"}));
        }"""
    )
    assert "step 1 of 6" in stage.text(".place")
    stage.page.wait_for_timeout(900)
    stage.press("m")
    stage.settle()

    assert [row["type"] for row in stage.stored()] == ["step_confirmed", "step_unsure"]


def test_the_end_of_a_session_without_steps_says_so(page: Page, desk: Desk) -> None:
    desk.log.append(session_stream("empty"), [SessionRecorded("talk")])

    stage = Stage(page, desk, "empty")

    assert "nothing to review" in stage.text(".end")
    stage.press("1", "2", "3", "x", "t", "a", "u", "e", "v", "n", "Enter", "ArrowRight", "Home")
    assert stage.stored() == []


HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> שלום 👩‍👩‍👧'


def hostile(desk: Desk, text: str) -> None:
    events = [
        NewEvent(UserUttered(text, {"intent": {"name": text, "confidence": 0.5}}), id="m"),
        NewEvent(SlotSet(text[:80], text)),
        NewEvent(ActionExecuted(text[:200]), id="a"),
        NewEvent(ActionRanked("a", text[:80], ((text[:80], 0.5),), text[:80])),
        NewEvent(BotUttered(text, {"buttons": [{"title": text[:80]}], "custom": {"html": text[:80]}})),
    ]
    desk.log.append(session_stream("h"), events)


def test_hostile_text_is_only_ever_text(page: Page, desk: Desk) -> None:
    hostile(desk, HOSTILE)

    stage = Stage(page, desk, "h")
    stage.press("n")
    stage.page.keyboard.insert_text(HOSTILE)
    stage.press("Control+Enter", "2", "Escape", "3", "Escape", "e", "Escape", "v", "Escape")

    stage.settle()
    assert page.evaluate("window.hacked") is None
    assert HOSTILE in stage.text(".message .text")
    assert page.evaluate("window.replay().node.querySelectorAll('script, img').length") == 0


def test_a_message_of_a_megabyte_is_cut_until_it_is_asked_for(page: Page, desk: Desk) -> None:
    hostile(desk, "word " * 200_000)
    stage = Stage(page, desk, "h")

    assert len(stage.text(".message .text")) < 2_000
    stage.part(".message .text button").click()
    assert page.evaluate("window.replay().panel.node.querySelector('.text').textContent.length") == 1_000_000
    stage.press("e")
    assert "Only the first" in stage.text("dialog")


def test_code_points_and_code_units_are_not_mixed_up(page: Page, desk: Desk) -> None:
    entity = {"entity": "artist", "value": "Adele", "start": 7, "end": 12}
    message = UserUttered(
        "👩‍👩‍👧 x Adele!", {"intent": {"name": "i"}, "entities": [entity | {"start": 8, "end": 13}]}
    )
    desk.log.append(session_stream("u"), [message, ActionExecuted("action_listen")])

    stage = Stage(page, desk, "u")

    assert stage.text(".message mark").replace("\n", "") == "Adeleartist"
    stage.press("e", "ArrowRight", "ArrowRight", "1", "Control+Enter")
    stage.settle()
    assert stage.stored()[0]["entities"][0] == {"entity": "artist", "value": "x", "start": 6, "end": 7}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 640, 1280])
def test_it_fits_without_scrolling_sideways(page: Page, desk: Desk, width: int, dark: bool) -> None:
    given.session(
        desk.log, "a-session-with-a-rather-long-name-0123456789", *[given.GREETING, given.REVIEWS] * 4
    )
    page.set_viewport_size({"width": width, "height": 800})
    stage = Stage(page, desk, "a-session-with-a-rather-long-name-0123456789", dark=dark)
    stage.press("1", "1", "d", "t", "1")

    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    SCREENS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENS / f"replay-{width}-{'dark' if dark else 'light'}.png")

    assert overflow <= 0
