"""What stories and examples use that a domain does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recorder.dialogue.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    DEFAULT_SLOTS,
    Domain,
    Entity,
    Form,
    Intent,
    Slot,
    SlotMapping,
)
from recorder.dialogue.nlu import Example
from recorder.stories.story import ActionStep, LoopStep, SlotStep, Story, StoryEntity, UserStep


def additions(
    known: Domain, stories: Iterable[Story], examples: Iterable[Example], responses: Mapping[str, str]
) -> Domain:
    """A domain of what is new, names in the order of their first use.

    Args:
        known: the domain that the assistant has; an empty one where none is known.
        responses: name -> text of the responses that annotators wrote.
    """
    stories, examples = list(stories), list(examples)
    steps = [step for story in stories for step in story.steps]
    users = [step for step in steps if isinstance(step, UserStep)]
    intents = [s.intent for s in users if s.intent] + [e.intent for e in examples]
    loops = [step.name for step in steps if isinstance(step, LoopStep) and step.name]
    new_responses = {
        name: ({"text": text},) for name, text in responses.items() if name not in known.responses
    }
    spoken = {*known.action_names, *new_responses, *loops, *DEFAULT_ACTIONS}
    actions = [step.name for step in steps if isinstance(step, ActionStep)]
    return Domain(
        intents=tuple(Intent(n) for n in _new(intents, {*known.intent_names, *DEFAULT_INTENTS})),
        entities=_entities(known, [e for user in users for e in user.entities], examples),
        slots=_slots(known, [pair for step in steps if isinstance(step, SlotStep) for pair in step.slots]),
        actions=tuple(_new(actions, spoken)),
        responses=new_responses,
        forms=tuple(Form(name) for name in _new(loops, {form.name for form in known.forms})),
    )


def _new(names: Iterable[str], known: Iterable[str]) -> list[str]:
    known = frozenset(known)
    return [name for name in dict.fromkeys(names) if name not in known]


def _entities(known: Domain, told: Iterable[StoryEntity], examples: Iterable[Example]) -> tuple[Entity, ...]:
    """New entities, and known ones with new roles or groups."""
    used = [(e.entity, e.role, e.group) for e in told]
    used += [(span.entity, span.role, span.group) for example in examples for span in example.entities]
    before = {entity.name: entity for entity in known.entities}
    found = []
    for name in dict.fromkeys(entity for entity, _, _ in used):
        old = before.get(name, Entity(name))
        roles = _new((r for e, r, _ in used if e == name and r), old.roles)
        groups = _new((g for e, _, g in used if e == name and g), old.groups)
        if name not in before or roles or groups:
            found.append(Entity(name, tuple(roles), tuple(groups), old.influence_conversation))
    return tuple(found)


def _slots(known: Domain, filled: Iterable[tuple[str, Any]]) -> tuple[Slot, ...]:
    """New slots; the type is that of the first value they are given."""
    values: dict[str, Any] = {}
    for name, value in filled:
        if values.get(name) is None:
            values[name] = value
    new = _new(values, {*known.slot_names, *DEFAULT_SLOTS})
    return tuple(Slot(name, type=_type(values[name]), mappings=(SlotMapping("custom"),)) for name in new)


def _type(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "text"
        case list():
            return "list"
        case float() if 0.0 <= value <= 1.0:
            return "float"
        case _:
            return "any"
