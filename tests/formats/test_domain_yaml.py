"""Domains of every generation."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.formats import domain_yaml, yaml_writer
from tests.formats import told


def read(text: str) -> Domain:
    domain, problems = domain_yaml.loads(dedent(text))
    assert not problems
    return domain


@given(told.domains)
def test_a_domain_is_the_same_after_writing_and_reading(domain: Domain) -> None:
    again, _ = domain_yaml.loads(domain_yaml.dump(domain))  # names at random are types that nobody knows

    assert again == domain


@given(told.values)
def test_any_value_in_a_place_of_a_domain_is_read_without_a_traceback(value: Any) -> None:
    for key in domain_yaml.SECTIONS:
        for document in (
            {key: value},
            {key: [value]},
            {key: {"a": value}},
            {key: {"a": {"mappings": value}}},
        ):
            domain_yaml.loads(yaml_writer.dumps(document))


def test_the_newest_notation_is_read() -> None:
    domain = read(
        """\
        version: "3.1"
        intents:
        - greet
        - inform:
            use_entities: [city]
        - chitchat:
            use_entities: []
            ignore_entities: [name]
        entities:
        - name
        - city:
            roles: [from, to]
            influence_conversation: false
        slots:
          city:
            type: text
            initial_value: Rome
            mappings:
            - type: from_entity
              entity: city
              role: to
              intent: inform
              conditions:
              - active_loop: trip
                requested_slot: city
              - active_loop: null
          size:
            type: categorical
            values: [small, 2]
            influence_conversation: false
            mappings:
            - type: from_intent
              value: true
              not_intent: [greet, inform]
        responses:
          utter_greet:
          - text: Hi {name}
            buttons:
            - title: yes
              payload: /affirm
        actions:
        - action_a
        - action_b:
            send_domain: true
        forms:
          trip:
            required_slots: [city]
            ignored_intents: chitchat
        session_config:
          session_expiration_time: 0
          carry_over_slots_to_new_session: false
        """
    )

    assert domain == Domain(
        intents=(Intent("greet"), Intent("inform", ("city",)), Intent("chitchat", (), ("name",))),
        entities=(Entity("name"), Entity("city", ("from", "to"), influence_conversation=False)),
        slots=(
            Slot(
                "city",
                initial_value="Rome",
                mappings=(
                    SlotMapping(
                        "from_entity",
                        entity="city",
                        role="to",
                        intents=("inform",),
                        conditions=(("trip", "city"), (None, None)),
                    ),
                ),
            ),
            Slot(
                "size",
                "categorical",
                influence_conversation=False,
                values=("small", 2),
                mappings=(SlotMapping("from_intent", value=True, not_intents=("greet", "inform")),),
            ),
        ),
        actions=("action_a", "action_b"),
        send_domain=("action_b",),
        responses={
            "utter_greet": ({"text": "Hi {name}", "buttons": [{"title": "yes", "payload": "/affirm"}]},)
        },
        forms=(Form("trip", ("city",), ("chitchat",)),),
        session_expiration_time=0.0,
        carry_over_slots=False,
    )


def test_the_oldest_notation_is_read() -> None:
    domain = read(
        """\
        action_factory: remote
        intents: [greet]
        slots:
          concerts:
            type: list
          notes:
            type: unfeaturized
            auto_fill: false
        templates:
          utter_greet:
          - hey there!
          utter_bye: bye
        actions:
        - actions.ActionSearch
        forms:
        - trip
        """
    )

    assert domain == Domain(
        intents=(Intent("greet"),),
        slots=(Slot("concerts", "list", auto_fill=True), Slot("notes", "any", influence_conversation=False)),
        actions=("actions.ActionSearch",),
        responses={"utter_greet": ({"text": "hey there!"},), "utter_bye": ({"text": "bye"},)},
        forms=(Form("trip"),),
    )


@pytest.mark.parametrize(
    "form",
    [
        "required_slots:\n      city:\n      - type: from_text\n        intent: inform",
        "city:\n    - type: from_text\n      intent: inform",
        "slots:\n    - name: city\n      filling:\n      - type: from_text\n        intent: [inform]",
    ],
    ids=["2.6", "2.0", "botfront"],
)
def test_mappings_written_in_a_form_hold_while_it_is_active(form: str) -> None:
    domain = domain_yaml.loads(f"slots:\n  city:\n    type: text\nforms:\n  trip:\n    {form}\n").domain

    assert domain.forms == (Form("trip", ("city",)),)
    assert domain.slots[0].mappings == (
        SlotMapping("from_text", intents=("inform",), conditions=(("trip", "city"),)),
        SlotMapping("from_entity", entity="city"),
    )


def test_a_slot_that_fills_itself_is_written_with_its_mapping() -> None:
    written = domain_yaml.dump(Domain(slots=(Slot("city", auto_fill=True),)))

    assert read(written).slots[0].mappings == (SlotMapping("from_entity", entity="city"),)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("intents: greet", 1, "expected a list below `intents:`"),
        ("intents:\n- [a]", 2, "expected a name in `intents:`"),
        ("slots: [a]", None, ""),
        ("slots:\n  a:\n    type: [b]", 2, "expected a type"),
        ("slots:\n  a:\n    type: text\n    mappings:\n    - b", 5, "expected a mapping with a `type:`"),
        ("slots:\n  a:\n    type: float\n    min_value: b", 4, "expected a number"),
        ("responses:\n  greet:\n  - text: hi", 2, "does not begin with utter_"),
        ("responses:\n  utter_greet:\n  - [hi]", 3, "as a variation"),
        ("responses: hi", 1, "expected names with settings"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(text: str, line: int | None, message: str) -> None:
    problems = domain_yaml.loads(text).problems

    assert [(one.line, message in one.message) for one in problems] == ([(line, True)] if line else [])


@pytest.mark.parametrize(
    ("slot", "problem"),
    [
        (
            "type: my.slots.Kind",
            "the type of slot 'a', 'my.slots.Kind', is a class of your own: it counts as any",
        ),
        ("type: txt", "the type of slot 'a', 'txt', is no type that is known: it counts as any"),
        ("{type: float, min_value: 2, max_value: 2}", "slot 'a' has a `max_value` that is its `min_value`"),
        (
            "mappings: [{type: from_words}]",
            "'from_words' is none of the mappings from_entity, from_text, from_intent, "
            "from_trigger_intent, custom",
        ),
        ("mappings: [{type: from_entity}]", "a mapping from_entity needs `entity:`"),
        ("mappings: [{type: from_intent, intent: yes}]", "a mapping from_intent needs `value:`"),
        ("mappings: [from_text]", "expected a mapping with a `type:` such as from_entity"),
    ],
)
def test_what_cannot_be_meant_of_a_slot_is_told_with_its_line(slot: str, problem: str) -> None:
    domain, problems = domain_yaml.loads(f"slots:\n  a:\n    {slot}\n", "domain.yml")

    assert [slot.name for slot in domain.slots] == ["a"]
    assert [(p.file, p.message) for p in problems] == [("domain.yml", problem)]
    assert problems[0].line in (2, 3)


def test_entities_may_be_kept_from_filling_slots_by_their_name() -> None:
    text = "slots:\n  city:\n    type: text\n"

    assert read(text).slots[0].auto_fill
    assert not read(text + "config:\n  store_entities_as_slots: false\n").slots[0].auto_fill
