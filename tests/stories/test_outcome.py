"""What counts as right when a test story is compared with a model."""

from __future__ import annotations

import pytest

from recorder.dialogue.domain import Domain, Entity, Intent, Slot
from recorder.stories import outcome
from recorder.stories.outcome import Outcome
from recorder.stories.story import ActionStep, Story, StoryEntity

DOMAIN = Domain(
    intents=(Intent("greet"), Intent("faq")),
    entities=(Entity("city"), Entity("day")),
    slots=(Slot("city"),),
    actions=("action_book",),
    responses={"utter_greet": ({"text": "Hello!"}, {"text": "Hi!"})},
)
CITIES = {"city", "day"}
BERLIN = StoryEntity("city", "Berlin", start=3, end=9)


def found(
    name: str, value: object = "Berlin", start: int = 3, end: int = 9, **more: str
) -> dict[str, object]:
    return {"entity": name, "value": value, "start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("expected", "predicted", "reason"),
    [
        ("greet", "greet", None),
        ("greet", "faq", "intent"),
        ("faq/price", "faq", None),
        ("restart", "restart", None),
        ("bye", "greet", "unknown name"),
        (None, "greet", None),
    ],
)
def test_an_intent_is_right_when_it_is_the_likeliest(
    expected: str | None, predicted: str, reason: str | None
) -> None:
    _, confidence, faults = outcome.understood(
        expected, ((predicted, 0.7), ("x", 0.3)), DOMAIN, ["greet", "faq", "restart"]
    )

    assert [fault.reason for fault in faults] == ([reason] if reason else [])
    assert confidence == 0.7


def test_an_entity_is_right_with_name_value_and_place() -> None:
    assert outcome.marked((BERLIN,), [found("city")], DOMAIN, CITIES) == ((1, 1, 1), [])

    for wrong in (found("day"), found("city", "Bonn"), found("city", end=8), found("city", role="to")):
        counts, (fault,) = outcome.marked((BERLIN,), [wrong], DOMAIN, CITIES)
        assert (counts, fault.reason) == ((1, 1, 0), "entities")


def test_an_entity_that_is_only_named_may_have_any_value_and_place() -> None:
    assert outcome.marked((StoryEntity("city"),), [found("city", "Bonn", 7, 11)], DOMAIN, CITIES)[1] == []


def test_an_entity_found_twice_is_expected_twice() -> None:
    _, (fault,) = outcome.marked((BERLIN,), [found("city"), found("city")], DOMAIN, CITIES)

    assert fault.message == "not expected: city 'Berlin'"


def test_an_entity_that_the_domain_lacks_is_no_fault_of_the_models() -> None:
    _, (fault,) = outcome.marked((StoryEntity("colour", "red"),), [], DOMAIN, CITIES)

    assert fault == outcome.Fault("unknown name", "entity colour is not in the model's domain")


def test_what_no_example_teaches_is_told_apart() -> None:
    _, _, (intent,) = outcome.understood("greet", (("faq", 1.0),), DOMAIN, ["faq"])
    _, (entity,) = outcome.marked((BERLIN,), [], DOMAIN, {"day"})

    assert intent == outcome.Fault("not taught", "intent greet has no example that the model was taught")
    assert entity == outcome.Fault("not taught", "entity city has no example that the model was taught")


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ("utter_greet", None),
        ("Hi!", None),
        ("action_book", "action"),
        ("action_listen", "action"),
        ("Good night!", "unknown name"),
        ("action_dance", "unknown name"),
    ],
)
def test_an_action_is_right_by_its_name_or_by_what_it_says(expected: str, reason: str | None) -> None:
    _, _, faults = outcome.chosen(expected, (("utter_greet", 0.9), ("action_book", 0.1)), DOMAIN)

    assert [fault.reason for fault in faults] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("expected", "value", "right"),
    [
        ("Bonn", "Bonn", True),
        ("Bonn", None, False),
        (2, "2", True),
        (2.0, 2, True),
        (True, "true", True),
        (True, 1, False),
        ("filled", "Bonn", True),
        ("filled", None, False),
        (None, None, True),
        (None, "Bonn", False),
        (["a"], ["a"], True),
    ],
)
def test_a_slot_is_right_as_it_looks(expected: object, value: object, right: bool) -> None:
    assert (outcome.filled("city", expected, value, DOMAIN) == ()) is right


def test_counts_tell_what_was_checked_and_what_passed() -> None:
    story = Story("s", (ActionStep("a"),))
    wrong = outcome.Fault("entities", "")
    outcomes = [
        Outcome(story, 0, "message", "greet", "greet", 0.9, (wrong,), entities=(2, 3, 1)),
        Outcome(story, 0, "action", "a", "a", 0.9),
        Outcome(story, 0, "wait", "action_listen", "a", 0.9, (outcome.Fault("action", ""),)),
    ]

    counts = outcome.count(outcomes)

    assert (counts["steps"], counts["steps passed"]) == (3, 1)
    assert (counts["intents"], counts["intents passed"]) == (1, 1)
    assert (counts["entities"], counts["entities passed"]) == (4, 1)
    assert (counts["waits"], counts["waits passed"]) == (1, 0)
