"""What a domain does not have yet, added to its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from recorder.dialogue.domain import Domain, Entity
from recorder.errors import NotationError
from recorder.formats import domain_yaml
from recorder.formats.appending import Appended, checked, content_of, notation_of, refused, without_mark
from recorder.formats.line_breaks import with_break
from recorder.formats.problems import Problem
from recorder.formats.yaml_insertions import Added, Item, YamlInsertions
from recorder.formats.yaml_places import Place

SECTIONS: Final = ("intents", "entities", "slots", "responses", "actions", "forms")


def append(text: str, name: str, additions: Domain) -> Appended:
    """The text with what `additions` has and it does not.

    What is there stays as it is; where it is there and is something else, that is a problem. An entity that
    is there gets the roles and groups that it has not.

    Args:
        text: of the file; "" where there is none yet.
        name: of the file, for messages.

    Raises:
        NotationError: the text cannot be read, or nothing can be added to it.
    """
    if notation_of(text, name) != "yaml":
        raise NotationError("a domain is written in YAML: name a .yml file", file=name)
    content = content_of(text, name)
    there = content.domain or Domain()
    given = domain_yaml.loads(domain_yaml.dump(additions)).domain  # as it will be read
    part = _sorted_out(given, there, name)
    added = (*_named(part.new), *(f"{label} of entity {e.name}" for e in part.labels for label in _labels(e)))
    if not added:
        return Appended(text, (), part.known, part.problems)
    body, mark = without_mark(text)
    if content.document is None or not body.strip():
        result = with_break(body) + domain_yaml.dump(part.new)
    else:
        result = _inserted(YamlInsertions(body, content.document), part, there)
    return Appended(mark + result, added, part.known, part.problems)


@dataclass(frozen=True, slots=True)
class _Part:
    """Additions, sorted out."""

    new: Domain
    labels: tuple[Entity, ...]
    """Entities that are there, with the roles and groups that they have not."""
    known: tuple[str, ...]
    problems: tuple[Problem, ...]


def _sorted_out(given: Domain, there: Domain, name: str) -> _Part:
    actions = {*there.actions, *there.responses, *(form.name for form in there.forms)}
    new = Domain(
        intents=tuple(one for one in given.intents if one.name not in there.intent_names),
        entities=tuple(one for one in given.entities if one.name not in {e.name for e in there.entities}),
        slots=tuple(one for one in given.slots if one.name not in there.slot_names),
        actions=tuple(one for one in given.actions if one not in actions),
        responses={key: value for key, value in given.responses.items() if key not in there.responses},
        forms=tuple(one for one in given.forms if not there.is_form(one.name)),
        send_domain=tuple(one for one in given.send_domain if one not in actions),
    )
    labels = tuple(_missing(given.entities, there.entities))
    has_more = {entity.name for entity in labels}
    others = [*_other_slots(given, there), *_other_responses(given, there)]
    known = [
        one
        for one in _named(given)
        if one not in {*_named(new), *others} and one.removeprefix("entity ") not in has_more
    ]
    problems = [
        Problem(name, None, f"{one} is there already, and is another one: it stays") for one in others
    ]
    return _Part(new, labels, tuple(known), tuple(problems))


def _named(domain: Domain) -> list[str]:
    """What is in a domain, each with what it is."""
    return [
        *(f"intent {name}" for name in domain.intent_names),
        *(f"entity {entity.name}" for entity in domain.entities),
        *(f"slot {name}" for name in domain.slot_names),
        *(f"response {name}" for name in domain.responses),
        *(f"action {name}" for name in domain.actions),
        *(f"form {form.name}" for form in domain.forms),
    ]


def _labels(entity: Entity) -> list[str]:
    return [*(f"role {role}" for role in entity.roles), *(f"group {group}" for group in entity.groups)]


def _missing(given: Iterable[Entity], there: Iterable[Entity]) -> Iterator[Entity]:
    known = {entity.name: entity for entity in there}
    for entity in given:
        if old := known.get(entity.name):
            roles = tuple(role for role in entity.roles if role not in old.roles)
            groups = tuple(group for group in entity.groups if group not in old.groups)
            if roles or groups:
                yield Entity(entity.name, roles, groups)


def _other_slots(given: Domain, there: Domain) -> list[str]:
    types = {slot.name: slot.type for slot in there.slots}
    return [f"slot {slot.name}" for slot in given.slots if types.get(slot.name, slot.type) != slot.type]


def _other_responses(given: Domain, there: Domain) -> list[str]:
    return [
        f"response {name}"
        for name, said in given.responses.items()
        if there.responses.get(name, said) != said
    ]


def _inserted(insertions: YamlInsertions, part: _Part, there: Domain) -> str:
    """Raises NotationError where there is no room for it."""
    new = _spoken(part.new, there)
    touched = []
    for entity in part.labels:  # first: what is added to an entity stands before an entity that follows
        _label(insertions, entity)
        touched.append("entities")
    values = domain_yaml.as_dict(new)
    for key in (key for key in SECTIONS if values[key]):
        value, section = values[key], _key(insertions, key)
        insertions.extend_section(section, _shaped(value, insertions.section(section)))
        touched.append(section)
    document = checked(insertions, *dict.fromkeys(touched))
    if domain_yaml.read(document).domain != _together(there, replace(part, new=new)):
        raise refused(document.file, *dict.fromkeys(touched))
    return insertions.result()


def _spoken(new: Domain, there: Domain) -> Domain:
    """Where a file lists its responses among its actions too, as it was needed once, the new ones as well."""
    if not new.responses or not any(name in there.actions for name in there.responses):
        return new
    return replace(new, actions=tuple(dict.fromkeys((*new.actions, *new.responses))))


def _key(insertions: YamlInsertions, key: str) -> str:
    """What a section is called here: responses were `templates` once."""
    is_old = key == "responses" and not insertions.section(key) and insertions.section("templates")
    return "templates" if is_old else key


def _shaped(value: Sequence[Any] | Mapping[str, Any], section: Place | None) -> Added:
    """A list, or a mapping where the section is one, and the other way round."""
    kind = section.kind if section and section.children else ""
    if isinstance(value, Mapping):
        if kind != "list":
            return value
        return [Item(name if not any(one.values()) else {name: one}) for name, one in value.items()]
    if kind != "map":
        return [Item(one) for one in value]
    named = [one if isinstance(one, Mapping) else {one: {}} for one in value]
    return {name: settings for one in named for name, settings in one.items()}


def _label(insertions: YamlInsertions, entity: Entity) -> None:
    """Give an entity that is listed more roles and groups; raises NotationError."""
    labels = {"roles": list(entity.roles), "groups": list(entity.groups)}
    wanted = {key: value for key, value in labels.items() if value}
    section = insertions.section("entities")
    for item in section.children if section and section.kind == "list" else ():
        if item.kind == "scalar" and item.value == entity.name:
            insertions.add_settings(item, wanted)
            return
        settings = item.find(entity.name) if item.kind == "map" else None
        if settings and settings.kind == "map" and settings.children:
            for key, names in wanted.items():
                listed = settings.find(key)
                if listed and listed.kind == "list" and listed.children:
                    insertions.extend(listed, [Item(one) for one in names])
                elif not listed:
                    insertions.extend(settings, {key: names})
            return
    what = ", ".join(_labels(entity))
    raise insertions.refusal(f"entity '{entity.name}' cannot be given {what}: write it by hand", section)


def _together(there: Domain, part: _Part) -> Domain:
    new = part.new
    more = {entity.name: entity for entity in part.labels}
    entities = (
        replace(e, roles=e.roles + more[e.name].roles, groups=e.groups + more[e.name].groups)
        if e.name in more
        else e
        for e in there.entities
    )
    return replace(
        there,
        intents=(*there.intents, *new.intents),
        entities=(*entities, *new.entities),
        slots=(*there.slots, *new.slots),
        actions=(*there.actions, *new.actions),
        responses={**there.responses, **new.responses},
        forms=(*there.forms, *new.forms),
        send_domain=(*there.send_domain, *new.send_domain),
    )
