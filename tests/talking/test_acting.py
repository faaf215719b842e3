"""What actions bring about: default ones, responses, forms, code of the user's, one within another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.actions.local import LocalActions
from recorder.dialogue.domain import Domain, Form, Slot, SlotMapping
from recorder.dialogue.slots import fill
from recorder.dialogue.tracker import evolve_all, replay
from recorder.errors import ActionFailed, ActionRejected
from recorder.events.event import Event, JsonObject
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Opaque,
    Restarted,
    SessionEvent,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from recorder.formats.rasa_events import to_rasa
from recorder.talking import acting
from recorder.talking.acting import Scene

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
LISTEN = ActionExecuted("action_listen")
TRIGGER = SlotMapping("from_trigger_intent", value="leisure", intents=("travel",))
DOMAIN = Domain(
    slots=(
        Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)),
        Slot("why", mappings=(TRIGGER,)),
        Slot("day"),
    ),
    actions=("validate_trip", "action_ask_day"),
    responses={
        "utter_ask_trip_city": ({"text": "Where?"}, {"text": "Where to?"}),
        "utter_hello": ({"text": "Hello {city}!", "buttons": [{"title": "a", "payload": "/a"}]},),
        "utter_default": ({"text": "Sorry."},),
    },
    forms=(Form("trip", ("city", "why", "day")),),
)

Run = Callable[[Any, Any], Any]


@dataclass
class Action:
    does: Run

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[JsonObject]:
        found: list[JsonObject] | None = self.does(dispatcher, tracker)
        return found or []


class ActionExecutionRejection(Exception):
    """Named as rasa_sdk names it."""


@dataclass
class World:
    events: list[Event] = field(default_factory=list)
    actions: dict[str, Run] = field(default_factory=dict)
    domain: Domain = DOMAIN

    @property
    def scene(self) -> Scene:
        return Scene(
            "s",
            self.domain,
            replay(self.events, self.domain),
            LocalActions({name: Action(does) for name, does in self.actions.items()}),
            lambda response: 0,
            lambda: [to_rasa(event, NOON) for event in self.events if isinstance(event, SessionEvent)],
        )

    def does(self, name: str) -> list[Event]:
        return [*acting.effects(name, self.scene)]

    def knows(self, *actions: str) -> World:
        self.domain = replace(self.domain, actions=(*self.domain.actions, *actions))
        return self


def heard(intent: str = "inform", channel: str | None = None, **entities: str) -> list[Event]:
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    parse = {"intent": {"name": intent}, "entities": found}
    return [LISTEN, UserUttered("words", parse, input_channel=channel)]


def slot(name: str, value: Any) -> JsonObject:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


def test_a_response_is_filled_from_the_slots_and_names_itself() -> None:
    said = World([SlotSet("city", "Rome")]).does("utter_hello")

    assert said == [
        BotUttered(
            "Hello Rome!",
            {"buttons": [{"title": "a", "payload": "/a"}]},
            metadata={"utter_action": "utter_hello"},
        )
    ]


def test_a_response_is_chosen_by_the_channel_of_the_latest_message() -> None:
    both = {"utter_hello": ({"text": "hello"}, {"text": "hi, slack", "channel": "slack"})}
    domain = replace(DOMAIN, responses=both)

    def said(channel: str | None) -> list[Event]:
        return World(heard(channel=channel), domain=domain).does("utter_hello")

    assert [event.text for event in said("slack") if isinstance(event, BotUttered)] == ["hi, slack"]
    assert [event.text for event in said("rest") if isinstance(event, BotUttered)] == ["hello"]


def test_an_action_adds_to_the_response_that_it_names() -> None:
    def speak(dispatcher: Any, tracker: Any) -> None:
        dispatcher.utter_message(
            response="utter_hello", city="Oslo", buttons=[{"title": "b", "payload": "/b"}]
        )
        dispatcher.utter_message(text="plain", image="i.png", colour="red")

    said = World(actions={"action_x": speak}).does("action_x")

    assert said == [
        BotUttered(
            "Hello Oslo!",
            {"buttons": [{"title": "a", "payload": "/a"}, {"title": "b", "payload": "/b"}]},
            metadata={"utter_action": "utter_hello"},
        ),
        BotUttered("plain", {"image": "i.png"}, metadata={"colour": "red"}),
    ]


def test_a_response_that_is_given_twice_in_one_action_takes_turns() -> None:
    def ask(dispatcher: Any, tracker: Any) -> None:
        for _ in range(3):
            dispatcher.utter_message(response="utter_ask_trip_city")

    said = World(actions={"action_x": ask}).does("action_x")

    assert [event.text for event in said if isinstance(event, BotUttered)] == [
        "Where?",
        "Where to?",
        "Where?",
    ]


def test_default_actions_say_what_the_domain_has_for_them() -> None:
    sorry = BotUttered("Sorry.", metadata={"utter_action": "utter_default"})

    assert World(heard()).does("action_default_fallback") == [sorry, UserUtteranceReverted()]
    assert World(heard()).does("action_restart") == [Restarted()]


def test_a_default_action_is_redefined_by_code_only_where_the_domain_lists_it() -> None:
    def own(dispatcher: Any, tracker: Any) -> None:
        dispatcher.utter_message(text="A colleague will help.")

    world = World(heard(), {"action_default_fallback": own})

    assert UserUtteranceReverted() in world.does("action_default_fallback")
    assert world.knows("action_default_fallback").does("action_default_fallback") == [
        BotUttered("A colleague will help.")
    ]


def test_a_form_begins_with_what_its_message_tells_and_triggers() -> None:
    world = World([*heard("travel", city="Rome"), SlotSet("city", "Rome")])

    assert world.does("trip") == [
        ActiveLoop("trip"),
        SlotSet("why", "leisure"),
        SlotSet("requested_slot", "day"),
    ]


def test_a_validation_sees_the_slots_the_form_and_the_answers_as_the_latest_events() -> None:
    seen: dict[str, Any] = {}

    def validate(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        dispatcher.utter_message(text="Fine.")
        seen.update(slots=tracker.slots, loop=tracker.active_loop, events=tracker.events)
        return [slot("city", "ROME")]

    world = World([*heard("travel", city="Rome"), SlotSet("city", "Rome")], {"validate_trip": validate})

    assert world.does("trip") == [
        ActiveLoop("trip"),
        SlotSet("why", "leisure"),
        BotUttered("Fine."),
        SlotSet("city", "ROME"),
        SlotSet("requested_slot", "day"),
    ]
    assert seen["slots"]["why"] == "leisure"
    assert seen["loop"]["name"] == "trip"
    assert [(event["event"], event.get("name"), event.get("value")) for event in seen["events"][-4:]] == [
        ("slot", "requested_slot", None),
        ("action", "trip", None),
        ("slot", "city", "Rome"),
        ("slot", "why", "leisure"),
    ]


def test_an_action_that_asks_for_a_slot_sees_what_the_validation_said() -> None:
    def ask(dispatcher: Any, tracker: Any) -> None:
        dispatcher.utter_message(
            text=f"When in {tracker.get_slot('city')}? ({tracker.get_slot('requested_slot')})"
        )

    actions: dict[str, Run] = {"validate_trip": lambda d, t: [slot("city", "ROME")], "action_ask_day": ask}
    world = World([*heard("travel", city="Rome"), SlotSet("city", "Rome")], actions)

    assert world.does("trip")[-1] == BotUttered("When in ROME? (day)")


def test_a_validation_that_the_domain_does_not_list_is_not_run() -> None:
    world = World(heard(), {"validate_trip": lambda d, t: [slot("city", "Oz")]})
    world.domain = replace(world.domain, actions=())

    assert SlotSet("city", "Oz") not in world.does("trip")


def test_a_form_declines_what_says_nothing_to_it_and_what_its_code_declines() -> None:
    def decline(dispatcher: Any, tracker: Any) -> None:
        raise ActionExecutionRejection

    asked = [ActiveLoop("trip"), SlotSet("requested_slot", "city"), *heard()]

    with pytest.raises(ActionRejected):
        World(asked).does("trip")
    with pytest.raises(ActionRejected):
        World(heard(), {"validate_trip": decline}).does("trip")


def test_a_form_whose_code_fails_fails() -> None:
    with pytest.raises(ActionFailed, match="validate_trip"):
        World(heard(), {"validate_trip": lambda d, t: 1 / 0}).does("trip")


def test_a_form_may_be_an_action_of_ones_own() -> None:
    def own(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        return [slot("city", "mine")]

    old = World(actions={"trip": own}, domain=Domain(forms=(Form("trip"),)))

    assert old.does("trip") == [SlotSet("city", "mine")]
    assert World(heard(), {"trip": own}).does("trip")[0] == ActiveLoop("trip")
    assert World(heard(), {"trip": own}).knows("trip").does("trip") == [SlotSet("city", "mine")]


def custom_domain(*actions: str, **conditions: Any) -> Domain:
    looked_up = SlotMapping("custom", action="action_look", **conditions)
    return Domain(slots=(Slot("land", mappings=(looked_up,)), Slot("city")), actions=actions)


def test_a_custom_mapping_runs_its_action_and_takes_only_slots_and_words_from_it() -> None:
    def look(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        dispatcher.utter_message(text="Looking.")
        return [slot("land", "Italy"), {"event": "restart", "timestamp": None}]

    world = World(heard(), {"action_look": look}, custom_domain("action_look"))

    assert acting.understood(world.scene, []) == [BotUttered("Looking."), SlotSet("land", "Italy")]


def test_a_custom_mapping_of_a_form_is_asked_when_the_form_is_active() -> None:
    domain = replace(
        custom_domain("action_look", conditions=(("trip", None),)), forms=(Form("trip", ("land",)),)
    )
    world = World(heard(), {"action_look": lambda d, t: [slot("land", "Italy")]}, domain)

    assert acting.understood(world.scene, []) == []
    assert SlotSet("land", "Italy") in world.does("trip")


def test_all_that_was_filled_is_checked_by_the_action_for_it() -> None:
    checked: list[Any] = []

    def check(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        checked.extend((e["name"], e["value"]) for e in tracker.events if e["event"] == "slot")
        return [slot("city", None)]

    filled = [SlotSet("city", "Oz")]
    domain = custom_domain("action_look", "action_validate_slot_mappings")
    actions: dict[str, Run] = {
        "action_look": lambda d, t: [slot("land", "Italy")],
        "action_validate_slot_mappings": check,
    }
    world = World([*heard(), *filled], actions, domain)

    events = acting.understood(world.scene, filled)

    assert events == [SlotSet("land", "Italy"), SlotSet("city", None)]
    assert checked[-2:] == [("city", "Oz"), ("land", "Italy")]


def test_what_fails_while_a_message_is_understood_is_part_of_the_record() -> None:
    world = World(heard(), {}, custom_domain("action_look"))

    [event] = acting.understood(world.scene, [])

    assert isinstance(event, Opaque)
    assert (event.kind, event.data["name"]) == ("action_failed", "action_look")


def test_a_domain_may_say_itself_how_a_session_begins() -> None:
    def start(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        return [{"event": "session_started", "timestamp": None}, slot("city", "home")]

    world = World(actions={"action_session_start": start}).knows("action_session_start")
    begun = acting.opening(world.scene, None, NOON)

    assert [event.type for event in begun] == ["action", "session_started", "slot", "action"]
    assert evolve_all(world.scene.tracker, begun).slots["city"] == "home"
    assert acting.opening(World(heard()).scene, NOON, NOON) != begun


def test_a_session_begins_though_the_code_for_it_fails() -> None:
    world = World(actions={"action_session_start": lambda d, t: 1 / 0}).knows("action_session_start")

    begun = acting.opening(world.scene, None, NOON)

    assert SessionStarted() in begun
    assert isinstance(begun[-1], Opaque)


cities = st.sampled_from(["Rome", "Oz"])


@given(st.lists(st.tuples(st.sampled_from(["inform", "travel"]), st.none() | cities), max_size=6))
def test_what_is_recorded_amounts_to_what_the_form_saw(turns: list[tuple[str, str | None]]) -> None:
    """The state in which the last action within a form ran is the state that its record folds to."""
    states: list[tuple[dict[str, Any], str | None]] = []

    def validate(dispatcher: Any, tracker: Any) -> list[JsonObject]:
        return [slot("city", None)] if tracker.get_slot("city") == "Oz" else []

    def ask(dispatcher: Any, tracker: Any) -> None:
        states.append((tracker.slots, tracker.active_loop.get("name")))

    domain = replace(DOMAIN, responses={}, actions=("validate_trip", "action_ask_city", "action_ask_day"))
    actions: dict[str, Run] = {"validate_trip": validate, "action_ask_city": ask, "action_ask_day": ask}
    world = World([], actions, domain)
    for intent, city in turns:
        world.events += heard(intent, **({"city": city} if city else {}))
        message = world.events[-1]
        assert isinstance(message, UserUttered)
        world.events += fill(domain, world.scene.tracker, message)
        before = len(states)
        effects = _record(world)
        after = world.scene.tracker
        if len(states) > before:
            assert states[-1] == (dict(after.slots), after.active_loop)
        assert effects is None or effects[-1:] != [ActiveLoop(None)] or after.active_loop is None


def _record(world: World) -> Sequence[Event] | None:
    try:
        effects = world.does("trip")
    except ActionRejected:
        return None
    world.events += [ActionExecuted("trip"), *effects]
    return effects
