"""What the bot says: variations, conditions, channels, placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from recorder.dialogue.domain import Domain
from recorder.dialogue.responses import say
from recorder.events.session import BotUttered


def domain(*variations: dict[str, Any]) -> Domain:
    return Domain(responses={"utter_x": variations})


def when(value: Any, name: str = "mood") -> dict[str, Any]:
    return {"condition": [{"type": "slot", "name": name, "value": value}]}


def text(known: Domain, *, turn: int = 0, channel: str | None = None, **values: Any) -> str | None:
    said = say(known, "utter_x", values, turn=turn, channel=channel)
    return said.text if said else None


def test_variations_take_turns() -> None:
    known = domain({"text": "a"}, {"text": "b"})

    assert [text(known, turn=turn) for turn in range(3)] == ["a", "b", "a"]


def test_the_channels_own_variation_comes_first_then_one_whose_condition_holds() -> None:
    plain, conditional = {"text": "plain"}, {"text": "sad", **when("bad")}
    on_slack, sad_on_slack = {"text": "slack", "channel": "slack"}, {"text": "sad slack", "channel": "slack"}
    known = domain(plain, conditional, on_slack, sad_on_slack | when("bad"))

    assert text(known) == "plain"
    assert text(known, mood="bad") == "sad"
    assert text(known, channel="slack") == "slack"
    assert text(known, channel="slack", mood="bad") == "sad slack"
    assert text(known, channel="rest") == "plain"


def test_a_variation_of_another_channel_is_no_answer() -> None:
    assert text(domain({"text": "slack", "channel": "slack"}), channel="rest") is None


def test_all_conditions_must_hold() -> None:
    both = {"text": "x", "condition": [*when(1, "a")["condition"], *when(2, "b")["condition"]]}

    assert text(domain(both), a=1) is None
    assert text(domain(both), a=1, b=2) == "x"


@pytest.mark.parametrize(
    ("value", "wanted", "holds"),
    [
        ("Bad", "bAD", True),
        ("bad", "good", False),
        (None, None, True),
        (True, True, True),
        (1, True, False),
        (False, 0, False),
        (2, 2.0, True),
        (["a"], ["a"], True),
    ],
)
def test_a_condition_compares_words_in_any_case(value: Any, wanted: Any, holds: bool) -> None:
    assert (text(domain({"text": "x", **when(wanted)}), mood=value) == "x") is holds


@pytest.mark.parametrize("condition", ["mood", [5], {"name": "mood"}, [["mood"]]])
def test_a_condition_that_is_none_does_not_hold(condition: Any) -> None:
    assert text(domain({"text": "x", "condition": condition})) is None


def test_placeholders_are_filled_wherever_they_stand() -> None:
    known = domain(
        {
            "text": "{city}, {unknown}, {city}!",
            "image": "https://x/{city}.png",
            "buttons": [{"title": "{city}", "payload": '/go{{"city": "{city}"}}'}],
            "custom": {"blocks": [{"text": {"text": "{city}"}, "n": 5}]},
        }
    )

    said = say(known, "utter_x", {"city": "Rome"})

    assert said == BotUttered(
        "Rome, {unknown}, Rome!",
        {
            "image": "https://x/Rome.png",
            "buttons": [{"title": "Rome", "payload": '/go{{"city": "Rome"}}'}],
            "custom": {"blocks": [{"text": {"text": "Rome"}, "n": 5}]},
        },
        metadata={"utter_action": "utter_x"},
    )


def test_what_else_a_variation_holds_is_kept_with_the_message() -> None:
    said = say(
        domain({"text": "x", "id": "7", "metadata": {"a": 1}, "channel": "rest"}),
        "utter_x",
        {},
        channel="rest",
    )

    assert said is not None
    assert said.metadata == {"id": "7", "metadata": {"a": 1}, "utter_action": "utter_x"}
