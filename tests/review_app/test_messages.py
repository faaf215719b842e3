"""The page of messages, in this process."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from recorder.events.event import review_stream
from recorder.events.review import DecisionUndone, IntentCorrected, StepConfirmed
from recorder.store.sql import SqlLog
from tests.given import Turn, session
from tests.review_app.conftest import Open


def turn(text: str, intent: str, sure: float) -> Turn:
    return (text, intent, sure, [("utter_ok", 0.9), ("action_listen", 1.0)])


@pytest.fixture
def app(log: SqlLog, open_page: Open) -> AppTest:
    session(log, "a", turn("refund *please* <b>", "greet", 0.3))
    session(log, "b", turn("refund please", "refund", 0.4), turn("Refund, please!", "refund", 0.9))
    session(log, "c", turn("good morning", "greet", 0.5))
    return open_page("messages")


def shown(app: AppTest) -> str:
    assert not app.exception
    return app.text[0].value if app.text else ""


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label.startswith(label)]
    return button.click().run()


def events(log: SqlLog, name: str) -> list[type[object]]:
    return [type(row.event) for row in log.read(review_stream(name, "ana"))]


def test_it_says_so_where_there_is_nothing(open_page: Open) -> None:
    app = open_page("messages")

    assert app.success[0].value == "No message is left to answer for."
    assert not app.exception


def test_the_least_sure_message_is_text_with_what_it_was_taken_for(app: AppTest) -> None:
    assert shown(app) == "refund *please* <b>"
    assert "taken for greet, 30 %" in app.caption[0].value
    labels = [button.label for button in app.button]
    assert labels[0] == "other 70 %" or labels[0] == "greet 30 %"
    assert "It means greet" in labels or "All" in " ".join(labels)


def test_next_leaves_it_and_the_last_one_leads_back_to_the_first(app: AppTest) -> None:
    for expected in ("refund please", "good morning", "Refund, please!"):
        press(app, "Next")
        assert shown(app) == expected
    press(app, "Next")
    assert app.success

    press(app, "From the beginning")

    assert shown(app) == "refund *please* <b>"


def test_one_press_says_the_same_of_all_that_are_chosen_and_one_takes_it_back(
    app: AppTest, log: SqlLog
) -> None:
    press(app, "Next")
    assert shown(app) == "refund please"

    press(app, "All 2 mean refund")

    assert events(log, "b") == [StepConfirmed, StepConfirmed]
    assert shown(app) == "good morning"
    assert "Said of 2 messages: refund." in [each.value for each in app.caption]
    press(app, "Undo")
    assert events(log, "b") == [StepConfirmed, StepConfirmed, DecisionUndone, DecisionUndone]
    assert shown(app) == "refund *please* <b>"
    assert "Taken back for 2 messages: refund." in [each.value for each in app.caption]


def test_another_meaning_is_chosen_and_said_of_this_one_alone(app: AppTest, log: SqlLog) -> None:
    app.button_group(key="alike-a-0").set_value([]).run()

    press(app, "refund")
    press(app, "It means refund")

    assert events(log, "a") == [IntentCorrected]
    assert events(log, "b") == []
    assert shown(app) == "refund please"


def test_messages_with_the_same_words_are_one_choice(log: SqlLog, open_page: Open) -> None:
    for name in ("a", "b", "c", "d"):
        session(log, name, turn("refund please", "refund", 0.4 if name == "a" else 0.6))
    session(log, "e", turn("refund now please", "refund", 0.9))
    app = open_page("messages")

    pills = app.button_group(key="alike-a-0")
    assert list(pills.options) == ["3 × refund please \\(refund\\)", "refund now please \\(refund\\)"]
    pills.set_value([0]).run()
    press(app, "All 4 mean refund")

    assert [len(events(log, name)) for name in "abcde"] == [1, 1, 1, 1, 0]


def test_the_filter_is_in_the_address(log: SqlLog, open_page: Open, app: AppTest) -> None:
    app = open_page("messages", of="refund")

    assert shown(app) == "refund please"
