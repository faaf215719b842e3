"""Rasa's event JSON, both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import NotationError
from recorder.events.codec import EVENT_TYPES, decode, encode
from recorder.events.event import declared
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    LoopInterrupted,
    Opaque,
    SessionEvent,
    SessionRecorded,
    SlotSet,
    UserUttered,
)
from recorder.formats.rasa_events import RASA_EVENTS, from_rasa, to_rasa

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(texts, jsons, max_size=3)
times = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "str | None": st.none() | texts,
    "float | None": st.none() | st.floats(0, 1),
    "bool | None": st.none() | st.booleans(),
    "bool": st.booleans(),
    "JsonObject": objects,
    "JsonObject | None": st.none() | objects,
    "tuple[JsonObject, ...]": st.lists(objects, max_size=2).map(tuple),
    "Any": jsons,
}
ENVELOPE = {"event", "timestamp", "sender_id", "py/object"}


@st.composite
def events(draw: st.DrawFn, kind: type[SessionEvent]) -> SessionEvent:
    values = {name: draw(VALUES[of]) for name, of in declared(kind).items() if name != "extra"}
    extra = draw(objects.map(lambda found: {k: v for k, v in found.items() if k not in {*values, *ENVELOPE}}))
    if kind is ActionExecuted and values["name"] is None:
        values["action_text"] = draw(texts)
    return kind(**values, extra=extra)


known = st.sampled_from(list(RASA_EVENTS.values())).flatmap(events)


@given(known, times)
def test_an_event_written_for_rasa_is_read_as_it_was(event: SessionEvent, time: datetime | None) -> None:
    assert from_rasa(to_rasa(event, time)) == (event, time, None)


@given(known, times)
def test_what_rasa_writes_is_written_again_as_it_was(event: SessionEvent, time: datetime | None) -> None:
    written = to_rasa(event, time)

    assert to_rasa(*from_rasa({**written, "sender_id": "s"})[:2]) == written


@given(known)
def test_what_was_read_can_be_stored(event: SessionEvent) -> None:
    read = from_rasa(to_rasa(event, None)).event

    assert decode(read.type, encode(read)) == read


def test_every_kind_of_a_conversation_has_a_tag_of_rasas() -> None:
    ours = {Opaque, SessionRecorded}
    kinds = {kind for kind in EVENT_TYPES.values() if issubclass(kind, SessionEvent)}

    assert set(RASA_EVENTS.values()) == kinds - ours


# One object of each kind, as Rasa 3.6 dumps it.
DUMPED: list[dict[str, Any]] = [
    {
        "event": "user",
        "text": "hi 👋",
        "parse_data": {
            "intent": {"name": "greet", "confidence": 0.9},
            "entities": [{"entity": "name", "value": "Zoë", "start": 0, "end": 2}],
            "intent_ranking": [{"name": "greet", "confidence": 0.9}],
        },
        "input_channel": "rest",
        "message_id": "m1",
        "metadata": {},
    },
    {
        "event": "bot",
        "text": None,
        "data": {"buttons": None, "custom": {"a": 1}},
        "metadata": {"utter_action": "u"},
    },
    {
        "event": "action",
        "name": "utter_greet",
        "policy": "policy_1_TEDPolicy",
        "confidence": 1,
        "action_text": None,
        "hide_rule_turn": False,
        "metadata": {"model_id": "ab"},
    },
    {"event": "slot", "name": "cuisine", "value": None},
    {"event": "slot", "name": "cuisine", "value": [1, {"a": None}], "filled_by": "command"},
    {"event": "entities", "entities": [{"entity": "city", "value": "Rome"}]},
    {"event": "user_featurization", "use_text_for_featurization": True},
    {"event": "session_started"},
    {"event": "restart"},
    {"event": "rewind"},
    {"event": "undo"},
    {"event": "reset_slots"},
    {"event": "active_loop", "name": "restaurant_form"},
    {"event": "loop_interrupted", "is_interrupted": True},
    {"event": "action_execution_rejected", "name": "form", "policy": None, "confidence": 0.5},
    {"event": "followup", "name": "action_listen"},
    {"event": "pause"},
    {"event": "resume"},
    {"event": "agent", "text": "hello", "data": {}},
    {
        "event": "reminder",
        "intent": "EXTERNAL_reminder",
        "date_time": "2020-09-03T11:41:10.128172",
        "entities": {"name": "x"},
        "name": "r1",
        "kill_on_user_msg": True,
    },
    {"event": "cancel_reminder", "name": None, "intent": None, "entities": None},
    {"event": "export", "path": "stories.yml"},
    {"event": "stack", "update": "[]"},
    {"event": "flow_started", "flow_id": "f", "step_id": None},
    {"event": "topic", "topic": "x"},
]


@pytest.mark.parametrize("dumped", DUMPED, ids=lambda dumped: str(dumped["event"]))
def test_a_dump_of_rasas_comes_back_as_it_was(dumped: dict[str, Any]) -> None:
    raw = {**dumped, "timestamp": 1597098808.310759}

    event, occurred_at, problem = from_rasa(raw)

    assert to_rasa(event, occurred_at) == raw
    assert problem is None
    assert isinstance(event, Opaque) == (dumped["event"] in ("stack", "flow_started", "topic"))


def test_keys_that_are_missing_or_null_say_the_same() -> None:
    short = from_rasa({"event": "user", "text": "hi"})
    long = from_rasa(
        {"event": "user", "text": "hi", "parse_data": None, "input_channel": None, "timestamp": None}
    )

    assert short == long == (UserUttered("hi"), None, None)


def test_forms_of_the_first_generation_are_loops() -> None:
    assert from_rasa({"event": "form", "name": "f"}).event == ActiveLoop("f")
    assert from_rasa({"event": "form_validation", "validate": False}).event == LoopInterrupted(True)
    assert from_rasa({"event": "form_validation"}).event == LoopInterrupted(False)


def test_the_oldest_dumps_name_a_python_class_which_is_never_made() -> None:
    slot = {"py/object": "rasa_core.events.SlotSet", "key": "a", "value": 1, "timestamp": 0}

    assert from_rasa(slot) == (SlotSet("a", 1), datetime(1970, 1, 1, tzinfo=UTC), None)
    assert from_rasa({"py/object": "os.system", "args": "x"}).event == Opaque(
        "system", {"event": "system", "args": "x"}
    )


def test_an_event_that_is_unknown_is_kept_whole() -> None:
    raw = {"event": "agent_started", "timestamp": 5.5, "anything": [1, None]}

    event, occurred_at, problem = from_rasa({**raw, "sender_id": "s"})

    assert event == Opaque("agent_started", raw)
    assert occurred_at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=5.5)
    assert problem is None


@pytest.mark.parametrize(
    "bad",
    [
        {"event": "user", "text": 5},
        {"event": "user", "text": "hi", "parse_data": "x"},
        {"event": "user", "text": "hi", "metadata": []},
        {"event": "entities", "entities": "x"},
        {"event": "entities", "entities": [1]},
        {"event": "slot", "value": 1},
        {"event": "action"},
        {"event": "action", "name": "a", "confidence": "high"},
        {"event": "action", "name": "a", "confidence": float("nan")},
        {"event": "form_validation", "validate": "yes"},
        {"event": "restart", "timestamp": "yesterday"},
        {"event": "restart", "timestamp": True},
        {"event": "restart", "timestamp": float("nan")},
        {"event": "restart", "timestamp": float("inf")},
        {"event": "restart", "timestamp": 1e300},
        {"event": "restart", "timestamp": 10**400},
        {"event": "restart", "timestamp": [[[[]]]]},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_kind_keeps_the_event_as_opaque_and_says_so(bad: dict[str, Any]) -> None:
    event, occurred_at, problem = from_rasa(bad)

    assert event == Opaque(bad["event"], bad)
    assert occurred_at is None
    assert problem and bad["event"] in problem


@pytest.mark.parametrize("bad", [{}, {"event": None}, {"event": 5}, {"event": ""}, {"name": "x"}], ids=str)
def test_what_names_no_kind_is_no_event(bad: dict[str, Any]) -> None:
    with pytest.raises(NotationError, match="not an event"):
        from_rasa(bad)


@given(st.dictionaries(st.sampled_from([*ENVELOPE, "text", "name", "validate", "entities", "data"]), jsons))
def test_any_object_is_read_or_refused(raw: dict[str, Any]) -> None:
    try:
        event = from_rasa(raw).event
    except NotationError:
        return
    assert decode(event.type, encode(event)) == event
