"""What stories and examples use that a domain does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from recorder.dialogue.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    DEFAULT_LOOPS,
    DEFAULT_SLOTS,
    Domain,
    Entity,
    Form,
    Intent,
    Slot,
    SlotMapping,
)
from recorder.stories.story import ActionStep, LoopStep, SlotStep, Step, UserStep

T = TypeVar("T")


class Uses(NamedTuple):
    """The names that stories or examples use, each once, in the order of their first use."""

    intents: tuple[str, ...] = ()
    entities: tuple[tuple[str, str | None, str | None], ...] = ()
    """Name, role, group."""
    slots: tuple[tuple[str, str | None], ...] = ()
    """Name and type; None: it is only ever emptied."""
    actions: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Uses:
        """What a story's steps use."""
        steps = list(steps)
        users = [step for step in steps if isinstance(step, UserStep)]
        filled = [pair for step in steps if isinstance(step, SlotStep) for pair in step.slots]
        return cls(
            _once(user.intent for user in users if user.intent),
            _once((e.entity, e.role, e.group) for user in users for e in user.entities),
            _typed((name, None if value is None else _type(value)) for name, value in filled),
            _once(step.name for step in steps if isinstance(step, ActionStep)),
            _once(step.name for step in steps if isinstance(step, LoopStep) and step.name),
        )

    @classmethod
    def together(cls, parts: Iterable[Uses]) -> Uses:
        """What all of them use."""
        parts = list(parts)
        return cls(
            _once(name for part in parts for name in part.intents),
            _once(entity for part in parts for entity in part.entities),
            _typed(slot for part in parts for slot in part.slots),
            _once(name for part in parts for name in part.actions),
            _once(name for part in parts for name in part.loops),
        )


def additions(known: Domain, used: Uses, responses: Mapping[str, str]) -> Domain:
    """A domain of what is new, names in the order of their first use.

    Args:
        known: the domain that the assistant has; an empty one where none is known.
        responses: name -> text of the responses that annotators wrote.
    """
    new_responses = {
        name: ({"text": text},) for name, text in responses.items() if name not in known.responses
    }
    spoken = {*known.action_names, *new_responses, *used.loops, *DEFAULT_ACTIONS}
    return Domain(
        intents=tuple(Intent(n) for n in _new(used.intents, {*known.intent_names, *DEFAULT_INTENTS})),
        entities=_entities(known, used),
        slots=_slots(known, used),
        actions=tuple(_new(used.actions, spoken)),
        responses=new_responses,
        forms=tuple(
            Form(name) for name in _new(used.loops, {*(f.name for f in known.forms), *DEFAULT_LOOPS})
        ),
    )


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))


def _typed(slots: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, str | None], ...]:
    """Each slot once, with the type of the first value it is given."""
    types: dict[str, str | None] = {}
    for name, kind in slots:
        types[name] = types.get(name) or kind
    return tuple(types.items())


def _new(names: Iterable[str], known: Iterable[str]) -> list[str]:
    known = frozenset(known)
    return [name for name in dict.fromkeys(names) if name not in known]


def _entities(known: Domain, used: Uses) -> tuple[Entity, ...]:
    """New entities, and known ones with new roles or groups."""
    before = {entity.name: entity for entity in known.entities}
    found = []
    for name in dict.fromkeys(entity for entity, _, _ in used.entities):
        old = before.get(name, Entity(name))
        roles = _new((r for e, r, _ in used.entities if e == name and r), old.roles)
        groups = _new((g for e, _, g in used.entities if e == name and g), old.groups)
        if name not in before or roles or groups:
            found.append(Entity(name, tuple(roles), tuple(groups), old.influence_conversation))
    return tuple(found)


def _slots(known: Domain, used: Uses) -> tuple[Slot, ...]:
    """New slots; the type is that of the first value they are given."""
    types = dict(used.slots)
    new = _new(types, {*known.slot_names, *DEFAULT_SLOTS})
    return tuple(Slot(name, type=types[name] or "any", mappings=(SlotMapping("custom"),)) for name in new)


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
