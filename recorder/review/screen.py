"""A session as plain JSON values, ready for whatever shows it: questions, effects, what set each slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from recorder.dialogue.domain import Domain, Slot, SlotMapping
from recorder.dialogue.steps import Prediction, Step
from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject, Recorded
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AgentUttered,
    AllSlotsReset,
    BotUttered,
    FollowupAction,
    LoopInterrupted,
    Opaque,
    SessionEvent,
    SlotSet,
    UserUttered,
)
from recorder.review.questions import Question


def questions(asked: Sequence[Question]) -> list[JsonObject]:
    """The questions in order, each with its message, action, rankings, effects and slot changes."""
    shown: list[JsonObject] = []
    slots: Mapping[str, Any] = {}
    sources: dict[str, str] = {}
    for question in asked:
        first = question.understanding or question.action
        before = _state_before(question)
        _note_sources(sources, first.lead if first else (), "the start of the episode")
        if question.understanding is not None:
            _note_sources(sources, question.understanding.effects, "the message")
        shown.append(
            {
                "id": question.id,
                "index": question.index,
                "episode": question.episode,
                "turn": question.turn,
                "opening": effects(first.lead if first else ()),
                "message": _message(question.understanding) if question.understanding else None,
                "action": _action(question.action) if question.action else None,
                "slots_changed": _changes(slots, before.slots, sources),
                "loop": _loop(before),
            }
        )
        slots = before.slots
        if question.action is not None:
            _note_sources(sources, question.action.effects, question.action.chosen or "the bot")
    return shown


def domain(known: Domain | None, model: str | None, asked: Iterable[Question]) -> JsonObject:
    """What may be chosen: the domain's names first, then what the session itself shows."""
    seen: dict[str, dict[str, None]] = {"intents": {}, "actions": {}, "entities": {}, "slots": {}}
    if known is not None:
        seen["intents"] |= dict.fromkeys(known.intent_names)
        seen["actions"] |= dict.fromkeys(known.action_names)
        seen["entities"] |= dict.fromkeys(entity.name for entity in known.entities)
        seen["slots"] |= dict.fromkeys(known.slot_names)
    for question in asked:
        for step in (question.understanding, question.action):
            if step is not None:
                _note_names(seen, step)
    texts = (
        {name: str(variants[0].get("text") or "") for name, variants in known.responses.items() if variants}
        if known
        else {}
    )
    return {
        "model": model,
        **{kind: list(names) for kind, names in seen.items()},
        "responses": texts,
        "forms": [form.name for form in known.forms] if known else [],
        "fills": [fill for slot in known.slots for fill in _fills(slot)] if known else [],
    }


def effects(records: Iterable[Recorded]) -> list[JsonObject]:
    """What happened, in order, as plain strings and JSON values."""
    return [shown for record in records if (shown := _effect(record.event)) is not None]


def _fills(slot: Slot) -> Iterator[JsonObject]:
    """By which entities a message fills the slot, the first fitting one counts."""
    own = (SlotMapping("from_entity", entity=slot.name),) if slot.auto_fill else ()
    for mapping in slot.mappings or own:
        if mapping.kind == "from_entity":
            yield {
                "slot": slot.name,
                "list": slot.type == "list",
                "entity": mapping.entity,
                "role": mapping.role,
                "group": mapping.group,
                "intents": mapping.intents,
                "not_intents": mapping.not_intents,
            }


def _note_names(seen: dict[str, dict[str, None]], step: Step) -> None:
    kind = "intents" if isinstance(step.recorded.event, UserUttered) else "actions"
    names = [step.chosen, *(name for prediction in step.predictions for name, _ in prediction.ranking)]
    seen[kind] |= dict.fromkeys(name for name in names if name)
    if isinstance(step.recorded.event, UserUttered):
        seen["entities"] |= dict.fromkeys(str(e["entity"]) for e in step.recorded.event.entities)
    seen["slots"] |= dict.fromkeys(r.event.name for r in step.effects if isinstance(r.event, SlotSet))


def _state_before(question: Question) -> Tracker:
    step = question.action or question.understanding
    return step.before if step is not None else Tracker()


def _message(step: Step) -> JsonObject:
    event = step.recorded.event
    if not isinstance(event, UserUttered):
        raise TypeError(f"{step.id} is no message")
    return {
        "id": step.id,
        "text": event.text,
        "intent": event.intent,
        "confidence": step.confidence,
        "entities": list(event.entities),
        "predictions": [_prediction(p) for p in step.predictions],
        "effects": effects(step.effects),
    }


def _action(step: Step) -> JsonObject:
    return {
        "id": step.id,
        "name": step.chosen,
        "confidence": step.confidence,
        "predictions": [_prediction(p) for p in step.predictions],
        "effects": effects(step.effects),
    }


def _prediction(prediction: Prediction) -> JsonObject:
    return {
        "model": prediction.model,
        "policy": prediction.policy,
        "late": prediction.late,
        "ranking": [list(entry) for entry in prediction.ranking],
    }


def _loop(before: Tracker) -> JsonObject | None:
    if before.active_loop is None:
        return None
    requested = before.slots.get("requested_slot")
    return {
        "name": before.active_loop,
        "requested": None if requested is None else str(requested),
        "rejected": before.loop_rejected,
        "interrupted": before.loop_interrupted,
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], sources: Mapping[str, str]) -> list[JsonObject]:
    if old is new:
        return []
    gone = [{"name": name, "value": None, "by": "a new episode"} for name in old if name not in new]
    return gone + [
        {"name": name, "value": value, "by": sources.get(name, "initial value")}
        for name, value in new.items()
        if name not in old or old[name] != value
    ]


def _note_sources(sources: dict[str, str], records: Iterable[Recorded], by: str) -> None:
    for record in records:
        if isinstance(record.event, SlotSet):
            sources[record.event.name] = by
        elif isinstance(record.event, AllSlotsReset):
            sources.update(dict.fromkeys(sources, f"{by}: all slots were reset"))


def _effect(event: object) -> JsonObject | None:
    match event:
        case BotUttered(text=text, data=data) | AgentUttered(text=text, data=data):
            return _bot(text, data)
        case SlotSet(name=name, value=value):
            return {"type": "slot", "name": name, "value": value}
        case ActiveLoop(name=name):
            return {"type": "loop", "name": name}
        case Opaque(kind=kind, data=data):
            return {"type": "opaque", "kind": kind, "text": _json(data)}
        case ActionExecutionRejected(name=name):
            return {"type": "event", "text": f"{name} declined to run"}
        case FollowupAction(name=name):
            return {"type": "event", "text": f"next action must be {name}"}
        case LoopInterrupted(is_interrupted=interrupted):
            return {"type": "event", "text": f"form {'interrupted' if interrupted else 'resumed'}"}
        case ActionExecuted(name=name, action_text=words):
            return {"type": "event", "text": name or words or ""}
        case SessionEvent():
            return {"type": "event", "text": event.type.replace("_", " ")}
        case _:
            return None


def _bot(text: str | None, data: JsonObject) -> JsonObject:
    buttons = data.get("buttons")
    titles = (
        [str(b.get("title", b)) if isinstance(b, dict) else str(b) for b in buttons]
        if isinstance(buttons, list)
        else []
    )
    rest = {key: value for key, value in data.items() if value and key != "buttons"}
    return {"type": "bot", "text": text, "buttons": titles, "extra": _json(rest) if rest else None}


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()
