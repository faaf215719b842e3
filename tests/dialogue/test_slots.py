"""How messages fill slots."""

from __future__ import annotations

from typing import Any

from recorder.dialogue.domain import Domain, Form, Slot, SlotMapping
from recorder.dialogue.slots import fill
from recorder.dialogue.tracker import Tracker, replay
from recorder.events.session import ActiveLoop, SlotSet, UserUttered


def message(intent: str, *entities: dict[str, Any], text: str = "words") -> UserUttered:
    return UserUttered(text, {"intent": {"name": intent}, "entities": list(entities)})


def city(**mapping: Any) -> Domain:
    return Domain(slots=(Slot("city", mappings=(SlotMapping("from_entity", entity="city", **mapping),)),))


ROME = {"entity": "city", "value": "Rome"}
OSLO_TO = {"entity": "city", "value": "Oslo", "role": "to"}


def test_an_entity_fills_its_slot_and_of_several_the_last_counts() -> None:
    assert fill(city(), Tracker(), message("go", ROME, OSLO_TO)) == [SlotSet("city", "Oslo")]


def test_a_list_slot_takes_all_values() -> None:
    domain = Domain(slots=(Slot("cities", "list", mappings=(SlotMapping("from_entity", entity="city"),)),))

    assert fill(domain, Tracker(), message("go", ROME, OSLO_TO)) == [SlotSet("cities", ["Rome", "Oslo"])]


def test_a_role_must_match() -> None:
    assert fill(city(role="to"), Tracker(), message("go", ROME)) == []
    assert fill(city(role="to"), Tracker(), message("go", ROME, OSLO_TO)) == [SlotSet("city", "Oslo")]


def test_a_mapping_may_want_or_refuse_an_intent() -> None:
    assert fill(city(intents=("go",)), Tracker(), message("stay", ROME)) == []
    assert fill(city(not_intents=("go",)), Tracker(), message("go", ROME)) == []


def test_a_condition_names_the_form_and_the_slot_it_asks_for() -> None:
    domain = city(conditions=(("trip", "city"),))
    asking = replay([ActiveLoop("trip"), SlotSet("requested_slot", "city")])
    asking_else = replay([ActiveLoop("trip"), SlotSet("requested_slot", "day")])

    assert fill(domain, Tracker(), message("go", ROME)) == []
    assert fill(domain, asking_else, message("go", ROME)) == []
    assert fill(domain, asking, message("go", ROME)) == [SlotSet("city", "Rome")]


def test_a_form_ignores_its_ignored_intents() -> None:
    domain = Domain(slots=city().slots, forms=(Form("trip", ignored_intents=("chitchat",)),))

    assert fill(domain, replay([ActiveLoop("trip")]), message("chitchat", ROME)) == []


def test_text_and_intent_fill_slots_too() -> None:
    domain = Domain(
        slots=(
            Slot("wish", mappings=(SlotMapping("from_text", intents=("ask",)),)),
            Slot("sure", mappings=(SlotMapping("from_intent", value=True, intents=("yes",)),)),
        )
    )

    assert fill(domain, Tracker(), message("ask", text="a boat")) == [SlotSet("wish", "a boat")]
    assert fill(domain, Tracker(), message("yes")) == [SlotSet("sure", True)]


def test_without_mappings_only_an_old_auto_filled_slot_takes_an_entity() -> None:
    assert fill(Domain(slots=(Slot("city"),)), Tracker(), message("go", ROME)) == []
    assert fill(Domain(slots=(Slot("city", auto_fill=True),)), Tracker(), message("go", ROME)) == [
        SlotSet("city", "Rome")
    ]
