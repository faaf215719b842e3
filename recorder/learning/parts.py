"""A model as plain data, JSON values and arrays of numbers, and back: what a model file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.events.event import JsonObject
from recorder.learning.entities import EntityTagger, Field, Label
from recorder.learning.intents import IntentClassifier
from recorder.learning.linear import Linear
from recorder.learning.model import Model
from recorder.learning.policy import Pattern, Policy
from recorder.learning.tokens import Phrases

Arrays = dict[str, NDArray[np.float32]]


def take_apart(model: Model) -> tuple[JsonObject, Arrays]:
    """JSON values, and arrays by name."""
    arrays: Arrays = {}
    values: JsonObject = {
        "id": model.id,
        "domain": _domain_values(model.domain),
        "intents": model.intents and _intents_apart(model.intents, arrays),
        "entities": model.entities and _entities_apart(model.entities, arrays),
        "policy": _policy_apart(model.policy, arrays),
    }
    return values, arrays


def put_together(values: JsonObject, arrays: Mapping[str, NDArray[Any]]) -> Model:
    """The model again.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: these are not the parts of a model.
    """
    domain = _domain(values["domain"])
    return Model(
        str(values["id"]),
        domain,
        values["intents"] and _intents(values["intents"], arrays),
        values["entities"] and _entities(values["entities"], arrays),
        _policy(values["policy"], arrays, domain),
    )


def _linear_apart(linear: Linear, name: str, arrays: Arrays) -> JsonObject:
    arrays[f"{name}.weights"], arrays[f"{name}.intercepts"] = linear.weights, linear.intercepts
    return {"features": list(linear.features), "classes": list(linear.classes)}


def _linear(values: JsonObject, name: str, arrays: Mapping[str, NDArray[Any]]) -> Linear:
    features = {feature: row for row, feature in enumerate(values["features"])}
    weights, intercepts = arrays[f"{name}.weights"], arrays[f"{name}.intercepts"]
    classes = tuple(values["classes"])
    if weights.shape != (len(features), len(classes)) or intercepts.shape != (len(classes),):
        raise ValueError(f"the weights of {name} do not fit its features")
    return Linear(features, classes, weights, intercepts)


def _intents_apart(classifier: IntentClassifier, arrays: Arrays) -> JsonObject:
    arrays["intents.rarity"] = classifier.rarity
    return {"sharpness": classifier.sharpness, **_linear_apart(classifier.linear, "intents", arrays)}


def _intents(values: JsonObject, arrays: Mapping[str, NDArray[Any]]) -> IntentClassifier:
    linear, rarity = _linear(values, "intents", arrays), arrays["intents.rarity"]
    if rarity.shape != (len(linear.features),):
        raise ValueError("the rarities do not fit the features")
    return IntentClassifier(linear, rarity, float(values["sharpness"]))


def _entities_apart(tagger: EntityTagger, arrays: Arrays) -> JsonObject:
    field = None
    if tagger.field:
        arrays["field.moves"] = tagger.field.moves
        labels = [[label.entity, label.role, label.group] for label in tagger.field.labels]
        field = {"labels": labels, **_linear_apart(tagger.field.tags, "field", arrays)}
    return {
        "field": field,
        "lookups": {name: list(phrases) for name, phrases in tagger.phrases.lookups.items()},
        "regexes": {name: list(patterns) for name, patterns in tagger.phrases.regexes.items()},
        "names": sorted(tagger.entities),
        "synonyms": dict(tagger.synonyms),
    }


def _entities(values: JsonObject, arrays: Mapping[str, NDArray[Any]]) -> EntityTagger:
    written = values["field"]
    field = None
    if written:
        labels = tuple(Label(*label) for label in written["labels"])
        field = Field(labels, _linear(written, "field", arrays), arrays["field.moves"])
        if field.moves.shape != (len(field.tags.classes),) * 2:
            raise ValueError("the moves do not fit the tags")
    phrases = Phrases(values["lookups"], values["regexes"])
    return EntityTagger(field, phrases, frozenset(values["names"]), dict(values["synonyms"]))


def _policy_apart(policy: Policy, arrays: Arrays) -> JsonObject:
    return {
        "actions": list(policy.actions),
        "patterns": [
            {"states": [sorted(state) for state in p.states], "at_start": p.at_start, "action": p.action}
            for p in policy.patterns
        ],
        "memory": dict(policy.memory),
        **({"taught": dict(policy.taught)} if policy.taught else {}),
        "learned": policy.learned and _linear_apart(policy.learned, "policy", arrays),
    }


def _policy(values: JsonObject, arrays: Mapping[str, NDArray[Any]], domain: Domain) -> Policy:
    patterns = tuple(
        Pattern(tuple(map(frozenset, p["states"])), bool(p["at_start"]), str(p["action"]))
        for p in values["patterns"]
    )
    learned = values["learned"] and _linear(values["learned"], "policy", arrays)
    taught = dict(values.get("taught", {}))
    return Policy(domain, tuple(values["actions"]), patterns, dict(values["memory"]), learned, taught)


def _domain_values(domain: Domain) -> JsonObject:
    values = asdict(domain)
    for intent in values["intents"]:
        intent.pop("line", None)  # where it was read is no part of a model
    return values


def _domain(values: JsonObject) -> Domain:
    return Domain(
        **{
            **values,
            "intents": tuple(
                Intent(**_tuples(v, "use_entities", "ignore_entities")) for v in values["intents"]
            ),
            "entities": tuple(Entity(**_tuples(v, "roles", "groups")) for v in values["entities"]),
            "slots": tuple(_slot(v) for v in values["slots"]),
            "actions": tuple(values["actions"]),
            "send_domain": tuple(values.get("send_domain", ())),
            "responses": {name: tuple(texts) for name, texts in values["responses"].items()},
            "forms": tuple(Form(**_tuples(v, "required_slots", "ignored_intents")) for v in values["forms"]),
        }
    )


def _slot(values: JsonObject) -> Slot:
    mappings = tuple(
        SlotMapping(
            **{
                **_tuples(mapping, "intents", "not_intents"),
                "conditions": tuple(map(tuple, mapping["conditions"])),
            }
        )
        for mapping in values["mappings"]
    )
    return Slot(**{**_tuples(values, "values"), "mappings": mappings})


def _tuples(values: JsonObject, *names: str) -> JsonObject:
    """Lists under these names become tuples again; None stays."""
    return {**values, **{name: None if values[name] is None else tuple(values[name]) for name in names}}
