"""What a domain lacks, added to its file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.errors import NotationError
from recorder.formats import domain_yaml
from recorder.formats.appending import Appended
from recorder.formats.appending_domain import append
from tests.formats import told
from tests.formats.kept import assert_kept, strict

NEW = Domain(
    intents=(Intent("greet"), Intent("new_intent")),
    entities=(Entity("city", roles=("from",)), Entity("new_entity")),
    slots=(Slot("new_slot", mappings=(SlotMapping("custom"),)),),
    actions=("new_action",),
    responses={"utter_new": ({"text": "two\nlines"},)},
    forms=(Form("new_form"),),
)


def appended(text: str, additions: Domain = NEW) -> Appended:
    """The text with the additions; all that must always hold of it is held against it."""
    result = append(text, "domain.yml", additions)
    assert_kept(text, result.text)
    after = domain_yaml.loads(result.text).domain
    assert {*after.intent_names} >= {*additions.intent_names}
    assert {*after.slot_names} >= {*additions.slot_names}
    assert {*after.action_names} >= {*additions.action_names}
    assert {*after.responses} >= {*additions.responses}
    assert all(after.is_form(form.name) for form in additions.forms)
    labels = {(entity.name, role) for entity in after.entities for role in (None, *entity.roles)}
    assert labels >= {(entity.name, role) for entity in additions.entities for role in (None, *entity.roles)}
    strict(result.text)
    again = append(result.text, "domain.yml", additions)
    assert (again.text, again.added, again.problems) == (result.text, (), ())
    return result


@pytest.mark.parametrize(
    "text",
    [
        "intents:\n- greet\nentities:\n- city\n",
        "intents:\n  - greet: {use_entities: []}\nentities:\n  - city  # c\n\nforms:\n- a_form\n",
        "intents: [greet]\nentities: [city, name]\nactions: []\nslots: {}\nforms: {}\nresponses: {}\n",
        "intents: [\n  greet,\n  # last\n]\nentities:\n- city:\n    roles: [to]\n",
        "entities:\n- city:\n    roles:\n      - to\n    influence_conversation: false\n- 'name'\n",
        "entities:\n- city:\n    groups: [a]\n",
        "intents: [greet]\nresponses:\n  utter_a:\n  - text: |\n      hi",
        "responses:\n  utter_a:\n  - text: |+\n      hi\n\n\n\nintents:\n- greet\n",
        "responses:\n  utter_a:\n  - text: >+\n      hi\n   ",
        "templates:\n  utter_a:\n    - a\n    - b\nactions:\n- utter_a\nforms:\n- a_form\n",
        "forms:\n- a_form:\n    required_slots: [a]\nintents:\n- greet",
        "forms:\n    a_form:\n        required_slots:\n            - a\n",
        "\ufeffactions:\r\n- action_a\r\nsession_config:\r\n  session_expiration_time: 0\r\n",
        "---\nslots:\n    a:\n        type: text\n        mappings: []\n...\n# the end\n",
        "{intents: [greet], entities: [city]}\n",
        "{version: '3.1'}",
        "intents:\n  greet: {}\nentities:\n  name:\n",
        "version: '3.1'\n",
        "# nothing yet",
        "",
    ],
)
def test_whatever_a_domain_looks_like_its_bytes_stay(text: str) -> None:
    appended(text)


def test_a_domain_gets_what_it_lacks_in_its_own_style() -> None:
    text = "intents: [greet]\nactions: []\nslots:\n    a:\n        type: text\nentities:\n- city # c\n"

    assert append(text, "domain.yml", NEW).text == (
        "intents: [greet, new_intent]\nactions: # []\n- new_action\nslots:\n    a:\n        type: text\n"
        "    new_slot:\n      type: text\n      influence_conversation: true\n      mappings:\n"
        "      - type: custom\nentities:\n- city: {roles: [from]} # c\n- new_entity\n\n"
        'responses:\n    utter_new:\n    - text: "two\\nlines"\n\nforms:\n    new_form:\n'
        "      required_slots: []\n"
    )


def test_what_is_there_and_is_another_one_stays_and_is_said() -> None:
    text = "slots:\n  new_slot:\n    type: bool\nresponses:\n  utter_new:\n  - text: mine\n"

    result = append(text, "domain.yml", NEW)

    assert [problem.message for problem in result.problems] == [
        "slot new_slot is there already, and is another one: it stays",
        "response utter_new is there already, and is another one: it stays",
    ]
    assert domain_yaml.loads(result.text).domain.responses == {"utter_new": ({"text": "mine"},)}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("domain.md", "", "domain.md: a domain is written in YAML"),
        ("domain.yml", "intents: []\n---\nintents: []\n", "domain.yml:2: a second document"),
        ("domain.yml", "intents: greet\n", "domain.yml:1: expected a list below `intents:`"),
        (
            "domain.yml",
            "a: &a [greet]\nintents: *a\n",
            "domain.yml:2: what belongs to `intents:` stands elsewhere",
        ),
        ("domain.yml", "entities:\n- city:\n", "domain.yml:2: entity 'city' cannot be given role from"),
        ("domain.yml", "intents: [\n", "domain.yml:2: not YAML"),
    ],
)
def test_where_nothing_can_be_added_the_reason_is_said(name: str, text: str, reason: str) -> None:
    with pytest.raises(NotationError) as error:
        append(text, name, NEW)

    assert str(error.value).startswith(reason)


@settings(max_examples=60, deadline=None)
@given(told.domains, told.domains, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_of_any_domain_all_is_kept_and_all_new_is_read(
    old: Domain, new: Domain, ends: str, ended: bool
) -> None:
    text = domain_yaml.dump(old).replace("\n", ends)
    text = text if ended else text.rstrip("\r\n")
    before = domain_yaml.loads(text).domain

    result = append(text, "domain.yml", new)

    assert_kept(text, result.text)
    after = domain_yaml.loads(result.text).domain
    merged = before.merge(after)  # of an entity the older definition stays, without new roles and groups
    assert replace(merged, entities=after.entities) == after
    assert [entity.name for entity in merged.entities] == [entity.name for entity in after.entities]
    assert {*after.intent_names} == {*old.intent_names, *new.intent_names}
