"""What an assistant knows of: intents, entities, slots, actions, responses, forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar

ACTION_LISTEN: Final = "action_listen"
ACTION_SESSION_START: Final = "action_session_start"
ACTION_RESTART: Final = "action_restart"
ACTION_UNLIKELY_INTENT: Final = "action_unlikely_intent"
ACTION_BACK: Final = "action_back"
ACTION_DEACTIVATE_LOOP: Final = "action_deactivate_loop"
ACTION_DEFAULT_FALLBACK: Final = "action_default_fallback"
ACTION_TWO_STAGE_FALLBACK: Final = "action_two_stage_fallback"
ACTION_DEFAULT_ASK_AFFIRMATION: Final = "action_default_ask_affirmation"
ACTION_DEFAULT_ASK_REPHRASE: Final = "action_default_ask_rephrase"
ACTION_REVERT_FALLBACK_EVENTS: Final = "action_revert_fallback_events"
ACTION_EXTRACT_SLOTS: Final = "action_extract_slots"
ACTION_VALIDATE_SLOT_MAPPINGS: Final = "action_validate_slot_mappings"

DEFAULT_ACTIONS: Final = (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    ACTION_DEFAULT_FALLBACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_REVERT_FALLBACK_EVENTS,
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    ACTION_BACK,
    "...",
    ACTION_EXTRACT_SLOTS,
    ACTION_VALIDATE_SLOT_MAPPINGS,
)
"""Actions that every assistant has; never listed in a domain, never exported."""

DEFAULT_LOOPS: Final = (ACTION_TWO_STAGE_FALLBACK,)
"""Actions of these that stay active until they are done, as forms do."""

DEFAULT_INTENTS: Final = ("restart", "back", "out_of_scope", "session_start", "nlu_fallback")
DEFAULT_SLOTS: Final = (
    "requested_slot",
    "session_started_metadata",
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influence_conversation: bool = True


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    use_entities: tuple[str, ...] | None = None
    """The entities that count for the dialogue; None: all."""
    ignore_entities: tuple[str, ...] = ()
    line: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """How a message fills a slot; `kind` is Rasa's `type`: from_entity, from_text, from_intent, …"""

    kind: str
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    value: Any = None
    intents: tuple[str, ...] = ()
    """Only for these intents; empty: for any."""
    not_intents: tuple[str, ...] = ()
    conditions: tuple[tuple[str | None, str | None], ...] = ()
    """(active loop or None for "no loop", requested slot or None for "any"); empty: always."""
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    type: str = "text"
    """text, bool, categorical, float, list, any, or a class's dotted name."""
    influence_conversation: bool = True
    initial_value: Any = None
    values: tuple[Any, ...] = ()
    min_value: float = 0.0
    max_value: float = 1.0
    mappings: tuple[SlotMapping, ...] = ()
    auto_fill: bool = False
    """Filled by an entity of its own name, as before Rasa 3 where no mappings are written."""


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """An assistant's world. Orders are those of the file: action lists are shown in them."""

    intents: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    slots: tuple[Slot, ...] = ()
    actions: tuple[str, ...] = ()
    """As listed under `actions:`."""
    send_domain: tuple[str, ...] = ()
    """Those marked `send_domain: true`."""
    responses: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """`utter_…` -> variations, each as in the file (text, buttons, image, custom, condition, …)."""
    forms: tuple[Form, ...] = ()
    session_expiration_time: float = 60.0
    """Minutes; 0: sessions never expire."""
    carry_over_slots: bool = True

    @property
    def intent_names(self) -> tuple[str, ...]:
        return tuple(intent.name for intent in self.intents)

    @property
    def action_names(self) -> tuple[str, ...]:
        """All that may come next: `action_listen`, then actions, responses and forms, in file order."""
        names = [ACTION_LISTEN, *self.actions, *self.responses, *(form.name for form in self.forms)]
        return tuple(
            dict.fromkeys(name for name in names if name == ACTION_LISTEN or name not in DEFAULT_ACTIONS)
        )

    @property
    def slot_names(self) -> tuple[str, ...]:
        return tuple(slot.name for slot in self.slots)

    def slot(self, name: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def initial_slots(self) -> dict[str, Any]:
        return {slot.name: slot.initial_value for slot in self.slots}

    def form(self, name: str) -> Form | None:
        return next((form for form in self.forms if form.name == name), None)

    def is_form(self, name: str) -> bool:
        return self.form(name) is not None

    def merge(self, other: Domain) -> Domain:
        """This domain with what `other` adds; where both define a name, this one's definition stays."""
        return replace(
            self,
            intents=_union(self.intents, other.intents),
            entities=_union(self.entities, other.entities),
            slots=_union(self.slots, other.slots),
            actions=tuple(dict.fromkeys((*self.actions, *other.actions))),
            send_domain=tuple(dict.fromkeys((*self.send_domain, *other.send_domain))),
            responses={
                **self.responses,
                **{k: v for k, v in other.responses.items() if k not in self.responses},
            },
            forms=_union(self.forms, other.forms),
            session_expiration_time=_said(
                self.session_expiration_time, other.session_expiration_time, default=60.0
            ),
            carry_over_slots=_said(self.carry_over_slots, other.carry_over_slots, default=True),
        )


def _said(mine: Said, theirs: Said, *, default: Said) -> Said:
    """What either file says, mine first; a file that says nothing holds the default."""
    return theirs if mine == default else mine


Said = TypeVar("Said", float, bool)


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_HasName)


def _union(mine: Iterable[Named], theirs: Iterable[Named]) -> tuple[Named, ...]:
    first = {item.name: item for item in reversed((*mine, *theirs))}
    return tuple(first[name] for name in dict.fromkeys(item.name for item in (*mine, *theirs)))
