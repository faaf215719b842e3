"""What a test story expects of a model, laid beside what the model said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from recorder.dialogue.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    DEFAULT_LOOPS,
    DEFAULT_SLOTS,
    Domain,
)
from recorder.events.event import JsonObject
from recorder.events.prediction import Ranking
from recorder.stories.story import Story, StoryEntity, UserStep

Kind = Literal["message", "action", "wait", "slot"]
"""A message understood, an action chosen, the wait that ends a turn, a slot filled."""
Reason = Literal["intent", "entities", "action", "slot", "unknown name", "not taught", "custom action"]
"""What went wrong; `unknown name`: the story uses what the model's domain does not have; `not taught`: what
no example taught the model; `custom action`: code of the user's failed."""

UNSURE: Final = 0.5
"""A right answer with less than this may be another one after the next training."""


@dataclass(frozen=True, slots=True)
class Fault:
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step of a test story that a model answered."""

    story: Story
    place: int
    """Of the step among the story's, from 0; of a wait: the step after which the bot should wait."""
    kind: Kind
    expected: str
    """The intent, the action, or `slot = value`; a story that leaves the intent open takes any."""
    predicted: str | None
    confidence: float | None
    """Probability of what was predicted; None where nothing gives one."""
    faults: tuple[Fault, ...] = ()
    heard: UserStep | None = None
    """Of a message: what the model would write here."""
    entities: tuple[int, int, int] = (0, 0, 0)
    """Of a message: how many entities were expected, found, and both."""

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def line(self) -> int | None:
        """Where the step was read."""
        return self.story.lines[self.place + 1] if self.story.lines else None

    @property
    def is_unsure(self) -> bool:
        """Whether it was right, but only just."""
        return self.passed and self.confidence is not None and self.confidence < UNSURE


def understood(
    expected: str | None, ranking: Ranking, domain: Domain, taught: Collection[str]
) -> tuple[str | None, float | None, list[Fault]]:
    """The intent that was understood, its probability, and what is wrong with it.

    Of a retrieval intent (`faq/price`) the part counts that a model tells apart (`faq`).

    Args:
        taught: the intents that the model has examples of.
    """
    predicted, confidence = ranking[0] if ranking else (None, None)
    if expected is None:
        return predicted, confidence, []
    names = {*domain.intent_names, *DEFAULT_INTENTS}
    wanted = expected if expected in names else expected.partition("/")[0]
    if wanted not in names:
        return predicted, confidence, [_unknown("intent", expected)]
    if _is(predicted, expected):
        return predicted, confidence, []
    if wanted not in taught:
        return predicted, confidence, [_untaught("intent", expected)]
    return predicted, confidence, [Fault("intent", f"expected the intent {expected}, not {predicted}")]


def marked(
    expected: Sequence[StoryEntity], found: Sequence[JsonObject], domain: Domain, taught: Collection[str]
) -> tuple[tuple[int, int, int], list[Fault]]:
    """How many entities were expected, found, and both, and what is wrong with them.

    Two are the same that have the same name, role, group, value and place; a story that only names an
    entity leaves its value and place open.

    Args:
        taught: the entities that the model has examples, phrases or patterns of.
    """
    left = [described(entity) for entity in found]
    missing: list[StoryEntity] = []
    for entity in expected:
        match = next((one for one in left if _same(entity, one)), None)
        if match is None:
            missing.append(entity)
        else:
            left.remove(match)
    counts = len(expected), len(found), len(expected) - len(missing)
    known = {entity.name for entity in domain.entities}
    faults = [
        _unknown("entity", name) if name not in known else _untaught("entity", name)
        for name in dict.fromkeys(entity.entity for entity in missing)
        if name not in known or name not in taught
    ]
    missing = [entity for entity in missing if entity.entity in known and entity.entity in taught]
    if missing or left:
        parts = (("missing", missing), ("not expected", left))
        said = [f"{what}: {', '.join(map(_told, entities))}" for what, entities in parts if entities]
        faults.append(Fault("entities", "; ".join(said)))
    return counts, faults


def chosen(
    expected: str, ranking: Ranking, domain: Domain
) -> tuple[str | None, float | None, tuple[Fault, ...]]:
    """The action that was chosen, its probability, and what is wrong with it.

    Args:
        expected: an action, or words that a response of the domain says (end to end).
    """
    predicted, confidence = ranking[0] if ranking else (None, None)
    if predicted == expected or (predicted is not None and says(domain, predicted, expected)):
        return predicted, confidence, ()
    known = {*domain.action_names, *DEFAULT_ACTIONS}
    if expected not in known and not any(says(domain, name, expected) for name in domain.responses):
        return predicted, confidence, (_unknown("action", expected),)
    return predicted, confidence, (Fault("action", f"expected {expected}, not {predicted}"),)


def says(domain: Domain, response: str, words: str) -> bool:
    """Whether a variation of a response has these words."""
    return any(variation.get("text") == words for variation in domain.responses.get(response, ()))


def filled(name: str, expected: Any, value: Any, domain: Domain) -> tuple[Fault, ...]:
    """What is wrong with a slot's value.

    A story that only names a slot wants it filled. Numbers and truths count as what they look like.
    """
    if name not in domain.slot_names and name not in DEFAULT_SLOTS:
        return (_unknown("slot", name),)
    only_named = expected in ("filled", ["filled"])
    if (only_named and value is not None) or _as_text(value) == _as_text(expected):
        return ()
    return (Fault("slot", f"expected {name} = {expected!r}, not {value!r}"),)


def unknown_loop(name: str | None, domain: Domain) -> tuple[Fault, ...]:
    return () if name is None or name in DEFAULT_LOOPS or domain.is_form(name) else (_unknown("form", name),)


def count(outcomes: Iterable[Outcome]) -> Counter[str]:
    """Steps, and those that passed, by what was checked: keys `steps`, `steps passed`, `intents`, …"""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        parts = {"steps": outcome.passed, f"{outcome.kind}s": outcome.passed}
        if outcome.kind == "message":
            parts["intents"] = _is(outcome.predicted, outcome.expected)
        for name, passed in parts.items():
            counts[name] += 1
            counts[f"{name} passed"] += passed
        expected, found, both = outcome.entities
        counts["entities"] += expected + found - both
        counts["entities passed"] += both
    return counts


def _is(predicted: str | None, intent: str) -> bool:
    return predicted in (intent, intent.partition("/")[0])


def _unknown(kind: str, name: str) -> Fault:
    return Fault("unknown name", f"{kind} {name} is not in the model's domain")


def _untaught(kind: str, name: str) -> Fault:
    return Fault("not taught", f"{kind} {name} has no example that the model was taught")


def described(entity: JsonObject) -> StoryEntity:
    """An entity that was found, as a story has it."""
    return StoryEntity(
        str(entity["entity"]),
        entity.get("value"),
        entity.get("role"),
        entity.get("group"),
        entity.get("start"),
        entity.get("end"),
    )


def _same(expected: StoryEntity, found: StoryEntity) -> bool:
    if (expected.entity, expected.role, expected.group) != (found.entity, found.role, found.group):
        return False
    if expected.start is None:
        return expected.value == "" or _as_text(expected.value) == _as_text(found.value)
    place = (expected.start, expected.end) == (found.start, found.end)
    return place and _as_text(expected.value) == _as_text(found.value)


def _told(entity: StoryEntity) -> str:
    more = "".join(
        f", {name} {part}" for name, part in (("role", entity.role), ("group", entity.group)) if part
    )
    return f"{entity.entity} {entity.value!r}{more}"


def _as_text(value: Any) -> str:
    """As a story writes it: YAML's `2`, `2.0` and `"2"`, `true` and `"true"` are alike."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value) if isinstance(value, list | dict) else str(value)
