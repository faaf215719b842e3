"""How messages fill slots."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Form, Slot, SlotMapping
from recorder.dialogue.slots import KINDS, custom, fill
from recorder.dialogue.tracker import Tracker, evolve_all, replay
from recorder.events.session import ActionExecutionRejected, ActiveLoop, SlotSet, UserUttered


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


def test_an_entity_with_a_role_does_not_fill_a_slot_that_wants_none() -> None:
    assert fill(city(), Tracker(), message("go", OSLO_TO)) == []


def test_an_intent_that_a_mapping_asks_for_counts_though_the_form_ignores_it() -> None:
    forms = (Form("trip", ignored_intents=("chitchat",)),)
    domain = Domain(slots=city(intents=("chitchat",)).slots, forms=forms)

    assert fill(domain, replay([ActiveLoop("trip")]), message("chitchat", ROME)) == [SlotSet("city", "Rome")]


def test_a_form_ignores_nothing_for_mappings_of_another_form() -> None:
    slots = city(conditions=(("hotel", None), (None, None))).slots
    domain = Domain(slots=slots, forms=(Form("trip", ignored_intents=("chitchat",)),))

    assert fill(domain, Tracker(), message("chitchat", ROME)) == [SlotSet("city", "Rome")]
    assert fill(domain, replay([ActiveLoop("trip")]), message("chitchat", ROME)) == []


def test_a_condition_may_want_that_no_form_is_active() -> None:
    domain = city(conditions=((None, None),))

    assert fill(domain, Tracker(), message("go", ROME)) == [SlotSet("city", "Rome")]
    assert fill(domain, replay([ActiveLoop("trip")]), message("go", ROME)) == []


def test_a_condition_does_not_hold_for_the_slot_whose_form_has_just_declined() -> None:
    declined = [ActiveLoop("trip"), SlotSet("requested_slot", "city"), ActionExecutionRejected("trip")]

    assert fill(city(conditions=(("trip", None),)), replay(declined), message("go", ROME)) == []
    assert fill(city(), replay(declined), message("go", ROME)) == [SlotSet("city", "Rome")]


def test_a_trigger_fills_its_slot_only_when_the_form_begins() -> None:
    trigger = SlotMapping(
        "from_trigger_intent", value="spend", intents=("search",), conditions=(("find", "x"),)
    )
    domain = Domain(slots=(Slot("kind", mappings=(trigger,)),))
    active = replay([ActiveLoop("find")])

    assert fill(domain, active, message("search"), starts=True) == [SlotSet("kind", "spend")]
    assert fill(domain, active, message("search")) == []
    assert fill(domain, active, message("other"), starts=True) == []
    assert fill(domain, replay([ActiveLoop("trip")]), message("search"), starts=True) == []


def test_an_entity_that_could_fill_two_slots_of_a_form_fills_the_one_that_was_asked_for() -> None:
    either = SlotMapping("from_entity", entity="city")
    start = SlotMapping("from_entity", entity="city", role="from")
    domain = Domain(
        slots=(Slot("start", mappings=(start, either)), Slot("end", mappings=(either,))),
        forms=(Form("trip", ("start", "end")),),
    )
    asked = replay([ActiveLoop("trip"), SlotSet("requested_slot", "end")])
    from_bonn = {"entity": "city", "value": "Bonn", "role": "from"}

    assert fill(domain, asked, message("go", ROME)) == [SlotSet("end", "Rome")]
    assert fill(domain, asked, message("go", from_bonn)) == [SlotSet("start", "Bonn")]
    assert fill(domain, Tracker(), message("go", ROME)) == [SlotSet("start", "Rome"), SlotSet("end", "Rome")]


def test_the_first_mapping_that_finds_something_counts() -> None:
    text = SlotMapping("from_text", not_intents=("chitchat",))
    domain = Domain(slots=(Slot("city", mappings=(SlotMapping("from_entity", entity="city"), text)),))

    assert fill(domain, Tracker(), message("go", ROME, text="to Rome")) == [SlotSet("city", "Rome")]
    assert fill(domain, Tracker(), message("go", text="to Rome")) == [SlotSet("city", "to Rome")]
    assert fill(domain, Tracker(), message("chitchat", text="nice weather")) == []


def test_slots_that_every_assistant_has_are_never_filled_by_a_message() -> None:
    domain = Domain(slots=(Slot("requested_slot", "any", mappings=(SlotMapping("from_text"),)),))

    assert fill(domain, Tracker(), message("go")) == []


def test_custom_mappings_name_their_action_once_unless_an_earlier_mapping_finds_the_value() -> None:
    looked_up = SlotMapping("custom", action="action_look")
    domain = Domain(
        slots=(
            Slot("city", mappings=(SlotMapping("from_entity", entity="city"), looked_up)),
            Slot("land", mappings=(SlotMapping("custom", action="action_look", intents=("go",)),)),
            Slot("mood", mappings=(SlotMapping("custom"),)),
        )
    )

    assert custom(domain, Tracker(), message("go")) == ["action_look"]
    assert custom(domain, Tracker(), message("stay", ROME)) == []


entities = st.fixed_dictionaries(
    {"entity": st.sampled_from(["city", "day"]), "value": st.none() | st.sampled_from(["a", "b"])},
    optional={"role": st.sampled_from(["to", "from"])},
)
mappings = st.builds(
    SlotMapping,
    st.sampled_from(KINDS),
    entity=st.sampled_from(["city", "day"]),
    role=st.none() | st.just("to"),
    value=st.none() | st.just("v"),
    intents=st.sampled_from([(), ("go",)]),
    not_intents=st.sampled_from([(), ("stay",)]),
    conditions=st.sampled_from([(), ((None, None),), (("trip", None),), (("trip", "s0"),)]),
)
domains = st.builds(
    lambda of_slots, ignored: Domain(
        slots=tuple(Slot(f"s{i}", kind, mappings=tuple(ms)) for i, (kind, ms) in enumerate(of_slots)),
        forms=(Form("trip", ("s0", "s1"), ignored),),
    ),
    st.lists(st.tuples(st.sampled_from(["text", "list"]), st.lists(mappings, max_size=3)), max_size=4),
    st.sampled_from([(), ("go",)]),
)


@given(domains, st.lists(entities, max_size=3), st.sampled_from(["go", "stay"]), st.booleans(), st.booleans())
def test_filling_again_changes_nothing(
    domain: Domain, found: list[dict[str, Any]], intent: str, active: bool, starts: bool
) -> None:
    before = replay([ActiveLoop("trip"), SlotSet("requested_slot", "s0")] if active else [])
    said = message(intent, *found)

    filled = fill(domain, before, said, starts=starts)

    assert fill(domain, evolve_all(before, [said, *filled]), said, starts=starts) == filled
    assert len({event.name for event in filled}) == len(filled)
    assert all(event.value not in (None, []) for event in filled)
