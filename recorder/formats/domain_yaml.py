"""Domains in YAML, of every generation from rasa_core 0.9 to Rasa 3.

Older ways of saying the same come out as Rasa 3 has them: `templates` as responses, `unfeaturized` slots as
`any`, mappings written in a form as mappings of its slots that hold while the form is active.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from recorder.dialogue import slots
from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.dialogue.slot_types import TYPES
from recorder.formats import yaml_writer
from recorder.formats.problems import Findings, Problem
from recorder.formats.yaml_reader import Document, Items, Map, load, plain

SECTIONS: Final = (
    "intents",
    "entities",
    "slots",
    "actions",
    "responses",
    "templates",
    "forms",
    "session_config",
)

UNFEATURIZED: Final = ("any", "unfeaturized")

_NEEDED: Final = {"from_entity": "entity", "from_intent": "value", "from_trigger_intent": "value"}


class DomainFile(NamedTuple):
    domain: Domain
    problems: tuple[Problem, ...] = ()


def loads(text: str, name: str = "") -> DomainFile:
    """Read a text; see `read`. Raises NotationError where it is no YAML."""
    return read(load(text, name))


def read(document: Document) -> DomainFile:
    """The domain of a document; what is wrong with a part is a problem beside it."""
    return _Reader(document).file()


class _Reader:
    """Reads one document; every method that meets a fault reports it and goes on."""

    def __init__(self, document: Document) -> None:
        self.root = document.root
        self.findings = Findings(document.file, document.problems)

    def file(self) -> DomainFile:
        forms = list(self._forms())
        session = self._map(self.root, "session_config")
        named = self._named(self.root, "actions")
        actions = [(name, settings.get("send_domain") is True) for name, settings, _ in named]
        domain = Domain(
            intents=tuple(self._intents()),
            entities=tuple(self._entities()),
            slots=tuple(self._slots(forms)),
            actions=tuple(dict.fromkeys(name for name, _ in actions)),
            send_domain=tuple(dict.fromkeys(name for name, sent in actions if sent)),
            responses=self._responses(),
            forms=tuple(form for form, _ in forms),
            session_expiration_time=self._number(session, "session_expiration_time", 60.0),
            carry_over_slots=session.get("carry_over_slots_to_new_session") is not False,
        )
        return DomainFile(domain, self.findings.problems)

    def _intents(self) -> Iterator[Intent]:
        for name, settings, line in self._named(self.root, "intents"):
            used = settings.get("use_entities")
            yield Intent(
                name,
                use_entities=None if used is None or used is True else self._words(settings, "use_entities"),
                ignore_entities=self._words(settings, "ignore_entities"),
                line=line,
            )

    def _entities(self) -> Iterator[Entity]:
        for name, settings, _ in self._named(self.root, "entities"):
            influences = settings.get("influence_conversation") is not False
            yield Entity(name, self._words(settings, "roles"), self._words(settings, "groups"), influences)

    def _slots(self, forms: Iterable[tuple[Form, Mapping[str, tuple[SlotMapping, ...]]]]) -> Iterator[Slot]:
        in_forms: dict[str, tuple[SlotMapping, ...]] = {}
        for _, mappings in forms:
            for name, found in mappings.items():
                in_forms[name] = in_forms.get(name, ()) + found
        for name, settings, line in self._named(self.root, "slots"):
            slot = self._slot(name, settings, line)
            if more := in_forms.get(name):
                own = (SlotMapping("from_entity", entity=name),) if slot.auto_fill else ()
                slot = replace(slot, mappings=(*slot.mappings, *more, *own), auto_fill=False)
            yield slot

    def _slot(self, name: str, settings: Map, line: int) -> Slot:
        kind = self._slot_type(name, settings, line)
        mappings = tuple(self._mappings(settings, "mappings"))
        return Slot(
            name,
            "any" if kind in UNFEATURIZED else kind,
            influence_conversation=settings.get("influence_conversation") is not False
            and kind not in UNFEATURIZED,
            initial_value=plain(settings.get("initial_value")),
            values=tuple(plain(one) for _, one in self._list(settings, "values")),
            min_value=self._number(settings, "min_value", 0.0),
            max_value=self._number(settings, "max_value", 1.0),
            mappings=mappings,
            auto_fill=self._fills_itself(settings),
        )

    def _slot_type(self, name: str, settings: Map, line: int) -> str:
        kind = settings.get("type", "text")
        if not isinstance(kind, str):
            self.findings.add(line, f"expected a type for slot '{name}', such as text, bool, list, any")
            return "any"
        if kind not in (*TYPES, *UNFEATURIZED):
            what = "a class of your own" if "." in kind else "no type that is known"
            self.findings.add(line, f"the type of slot '{name}', '{kind}', is {what}: it counts as any")
        if kind == "float" and settings.get("min_value", 0.0) == settings.get("max_value", 1.0):
            self.findings.add(line, f"slot '{name}' has a `max_value` that is its `min_value`")
        return kind

    def _fills_itself(self, settings: Map) -> bool:
        """Before Rasa 3, an entity of a slot's name fills it unless the domain says otherwise."""
        is_old = not str(self.root.get("version")).startswith("3")
        fills = self._map(self.root, "config").get("store_entities_as_slots") is not False
        return is_old and fills and "mappings" not in settings and settings.get("auto_fill") is not False

    def _mappings(
        self, parent: Map, key: str, conditions: tuple[tuple[str | None, str | None], ...] = ()
    ) -> Iterator[SlotMapping]:
        value = parent.get(key)
        for line, raw in [(value.line, value)] if isinstance(value, Map) else self._list(parent, key):
            if isinstance(raw, Map) and isinstance(raw.get("type"), str):
                self._check_mapping(line, raw)
                yield from self._mapping(raw, conditions)
            else:
                self.findings.add(line, "expected a mapping with a `type:` such as from_entity")

    def _check_mapping(self, line: int, raw: Map) -> None:
        needed = _NEEDED.get(raw["type"])
        if raw["type"] not in slots.KINDS:
            self.findings.add(line, f"'{raw['type']}' is none of the mappings {', '.join(slots.KINDS)}")
        elif needed and raw.get(needed) is None:
            self.findings.add(line, f"a mapping {raw['type']} needs `{needed}:`")

    def _mapping(
        self, raw: Map, conditions: tuple[tuple[str | None, str | None], ...]
    ) -> Iterator[SlotMapping]:
        """One mapping; more where it names several entities, as Botfront writes it."""
        own = tuple(
            (_word_or_none(one.get("active_loop")), _word_or_none(one.get("requested_slot")))
            for _, one in self._list(raw, "conditions")
            if isinstance(one, Map)
        )
        for entity in self._words(raw, "entity") or (None,):
            yield SlotMapping(
                raw["type"],
                entity=entity,
                role=_word_or_none(raw.get("role")),
                group=_word_or_none(raw.get("group")),
                value=plain(raw.get("value")),
                intents=self._words(raw, "intent"),
                not_intents=self._words(raw, "not_intent"),
                conditions=conditions or own,
                action=_word_or_none(raw.get("action")),
            )

    def _forms(self) -> Iterator[tuple[Form, Mapping[str, tuple[SlotMapping, ...]]]]:
        """Each form with the mappings that are written in it, by slot."""
        for name, settings, _ in self._named(self.root, "forms"):
            ignored = self._words(settings, "ignored_intents")
            slots = self._form_slots(settings)
            if isinstance(slots, Map):
                found = {
                    slot: tuple(self._mappings(slots, slot, ((name, slot),))) for slot in slots if slots[slot]
                }
                yield Form(name, tuple(slots), ignored), found
            else:
                yield Form(name, slots, ignored), {}

    def _form_slots(self, settings: Map) -> Map | tuple[str, ...]:
        """The required slots: names, or a mapping of names to mappings."""
        if isinstance(settings.get("required_slots"), Map):
            return self._map(settings, "required_slots")
        if "required_slots" in settings:
            return self._words(settings, "required_slots")
        slots = Map(settings.line)
        for line, raw in self._list(settings, "slots"):  # Botfront
            if isinstance(raw, Map) and isinstance(raw.get("name"), str):
                slots[raw["name"]] = raw.get("filling")
                slots.lines[raw["name"]] = line
        if "slots" in settings:
            return slots
        for key, value in settings.items():
            if key != "ignored_intents":
                slots[key] = value
                slots.lines[key] = settings.lines[key]
        return slots

    def _responses(self) -> dict[str, tuple[Mapping[str, Any], ...]]:
        found: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for section in ("responses", "templates"):
            responses = self._map(self.root, section)
            for name in responses:
                if not name.startswith("utter_"):
                    self.findings.add(responses.lines[name], f"response '{name}' does not begin with utter_")
                found[name] = tuple(self._variations(responses, name))
        return found

    def _variations(self, responses: Map, name: str) -> Iterator[Mapping[str, Any]]:
        value = responses[name]
        for line, one in (
            [(responses.lines[name], value)] if isinstance(value, str) else self._list(responses, name)
        ):
            if isinstance(one, Map):
                yield plain(one)
            elif isinstance(one, str):
                yield {"text": one}
            else:
                self.findings.add(line, f"expected `text:` or the like as a variation of '{name}'")

    def _named(self, parent: Map, key: str) -> Iterator[tuple[str, Map, int]]:
        """Name, settings and line of each: from a list of names or one-key mappings, or from a mapping."""
        value = parent.get(key)
        if isinstance(value, Map):
            for name, settings in value.items():
                yield (
                    name,
                    settings if isinstance(settings, Map) else Map(value.lines[name]),
                    value.lines[name],
                )
            return
        for line, one in self._list(parent, key):
            if isinstance(one, Map) and one:
                for name, settings in one.items():
                    yield name, settings if isinstance(settings, Map) else Map(line), line
            elif isinstance(one, str) and one:
                yield one, Map(line), line
            else:
                self.findings.add(line, f"expected a name in `{key}:`")

    def _map(self, parent: Map, key: str) -> Map:
        value = parent.get(key)
        if value is not None and not isinstance(value, Map):
            self.findings.add(parent.lines[key], f"expected names with settings below `{key}:`")
        return value if isinstance(value, Map) else Map(parent.line)

    def _list(self, parent: Map, key: str) -> Iterable[tuple[int, Any]]:
        value = parent.get(key)
        if isinstance(value, Items):
            return value.lined()
        if value is not None:
            self.findings.add(parent.lines.get(key), f"expected a list below `{key}:`")
        return ()

    def _words(self, parent: Map, key: str) -> tuple[str, ...]:
        """A list of names, or one name; none where the key is absent, null or false."""
        value = parent.get(key)
        if isinstance(value, str):
            return (value,)
        if value is False:
            return ()
        return tuple(one for _, one in self._list(parent, key) if isinstance(one, str))

    def _number(self, parent: Map, key: str, default: float) -> float:
        value = parent.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self.findings.add(parent.lines[key], f"expected a number after `{key}:`")
        return default


def _word_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def dump(domain: Domain) -> str:
    """The text of a domain file in Rasa 3.1's notation; a slot that fills itself gets the mapping for it."""
    sections = as_dict(domain)
    if sections["session_config"] == _DEFAULT_SESSION:
        del sections["session_config"]
    version = sections.pop("version")
    texts = [yaml_writer.dumps({key: value}) for key, value in sections.items() if value]
    return "\n".join([f'version: "{version}"\n', *texts])


def as_dict(domain: Domain) -> dict[str, Any]:
    """The values of a domain file in Rasa 3.1's notation, every section there: what Rasa sends to actions."""
    return {
        "version": "3.1",
        "intents": [_intent_item(intent) for intent in domain.intents],
        "entities": [_entity_item(entity) for entity in domain.entities],
        "slots": {slot.name: _slot_items(slot) for slot in domain.slots},
        "responses": {name: list(variations) for name, variations in domain.responses.items()},
        "actions": [
            {name: {"send_domain": True}} if name in domain.send_domain else name for name in domain.actions
        ],
        "forms": {form.name: _form_items(form) for form in domain.forms},
        "session_config": {
            "session_expiration_time": domain.session_expiration_time,
            "carry_over_slots_to_new_session": domain.carry_over_slots,
        },
    }


_DEFAULT_SESSION: Final = {"session_expiration_time": 60.0, "carry_over_slots_to_new_session": True}


def _intent_item(intent: Intent) -> Any:
    settings: dict[str, Any] = {}
    if intent.use_entities is not None:
        settings["use_entities"] = list(intent.use_entities)
    if intent.ignore_entities:
        settings["ignore_entities"] = list(intent.ignore_entities)
    return {intent.name: settings} if settings else intent.name


def _entity_item(entity: Entity) -> Any:
    settings: dict[str, Any] = _without_empty(roles=list(entity.roles), groups=list(entity.groups))
    if not entity.influence_conversation:
        settings["influence_conversation"] = False
    return {entity.name: settings} if settings else entity.name


def _slot_items(slot: Slot) -> dict[str, Any]:
    items: dict[str, Any] = {"type": slot.type, "influence_conversation": slot.influence_conversation}
    if slot.initial_value is not None:
        items["initial_value"] = slot.initial_value
    if slot.values:
        items["values"] = list(slot.values)
    if (slot.min_value, slot.max_value) != (0.0, 1.0):
        items |= {"min_value": slot.min_value, "max_value": slot.max_value}
    own = (SlotMapping("from_entity", entity=slot.name),) if slot.auto_fill else ()
    return items | {"mappings": [_mapping_items(mapping) for mapping in slot.mappings or own]}


def _mapping_items(mapping: SlotMapping) -> dict[str, Any]:
    items = {"type": mapping.kind} | _without_empty(
        entity=mapping.entity,
        role=mapping.role,
        group=mapping.group,
        intent=list(mapping.intents),
        not_intent=list(mapping.not_intents),
        action=mapping.action,
    )
    if mapping.value is not None:
        items["value"] = mapping.value
    if mapping.conditions:
        items["conditions"] = [
            {"active_loop": loop} | _without_empty(requested_slot=slot) for loop, slot in mapping.conditions
        ]
    return items


def _form_items(form: Form) -> dict[str, Any]:
    return {"required_slots": list(form.required_slots)} | _without_empty(
        ignored_intents=list(form.ignored_intents)
    )


def _without_empty(**items: Any) -> dict[str, Any]:
    return {key: value for key, value in items.items() if value}
