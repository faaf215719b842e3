"""Dialogues -> stories: fold, cut, merge equals, keep where each came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from recorder.dialogue.domain import (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    ACTION_UNLIKELY_INTENT,
    DEFAULT_SLOTS,
    Domain,
)
from recorder.dialogue.tracker import applied
from recorder.events.event import Event, JsonObject
from recorder.events.session import ActionExecuted, ActiveLoop, AllSlotsReset, SlotSet, UserUttered
from recorder.stories.story import (
    ActionStep,
    BotStep,
    LoopStep,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
    unique_names,
)

_OF_SESSIONS: Final = frozenset(DEFAULT_SLOTS) - {"requested_slot"}
NEVER_WRITTEN: Final = frozenset(
    {ACTION_LISTEN, ACTION_RESTART, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT, "..."}
)


class Dialogue(NamedTuple):
    """One episode of a session as it should have gone."""

    session: str
    number: int
    """Place among the session's episodes, from 0."""
    events: Sequence[Event]

    @property
    def name(self) -> str:
        return self.session if self.number == 0 else f"{self.session} part {self.number + 1}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A story and the dialogues it stands for, the one that names it first."""

    story: Story
    dialogues: tuple[Dialogue, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A dialogue that makes no story, and why."""

    dialogue: Dialogue
    reason: str


def compile_stories(
    dialogues: Iterable[Dialogue],
    domain: Domain | None = None,
    steps_of_events: Callable[[Iterable[Event], Domain | None], tuple[Step, ...]] | None = None,
) -> tuple[list[Compiled], list[LeftOut]]:
    """Stories in the order of the dialogues; dialogues with equal steps make one story.

    Args:
        steps_of_events: `story_steps` (unless given) or `spoken_steps`.
    """
    tell = steps_of_events or story_steps
    by_steps: dict[str, list[Dialogue]] = {}
    steps_of: dict[str, tuple[Step, ...]] = {}
    left_out: list[LeftOut] = []
    for dialogue in dialogues:
        steps = tell(dialogue.events, domain)
        if not any(isinstance(step, UserStep) for step in steps):
            left_out.append(LeftOut(dialogue, _why_empty(dialogue.events)))
            continue
        key = repr(steps)
        steps_of[key] = steps
        by_steps.setdefault(key, []).append(dialogue)
    stories = unique_names(story_of(same, steps_of[key]) for key, same in by_steps.items())
    return [Compiled(s, tuple(d)) for s, d in zip(stories, by_steps.values(), strict=True)], left_out


def story_of(dialogues: Sequence[Dialogue], steps: tuple[Step, ...]) -> Story:
    """A story with these steps, named after the first of the dialogues that it stands for."""
    name = " ".join(dialogues[0].name.split()) or "session"
    return Story(name, steps, metadata={"sessions": [dialogue.name for dialogue in dialogues]})


def story_steps(events: Iterable[Event], domain: Domain | None = None) -> tuple[Step, ...]:
    """What a story says of these events; it ends with the last action and what that brought about.

    It ends before a message without an intent, which no story can express. Empty where no action
    follows a message. Slots that do not influence the dialogue are left out where the domain tells; a
    form's happy path is written as its activation and its end.
    """
    return _steps(applied(events), domain, _slot_filter(domain), _step)


def spoken_steps(events: Iterable[Event], domain: Domain | None = None) -> tuple[Step, ...]:
    """As `story_steps`, to test with: messages in their words, all turns of a form, and all slots."""
    kept = applied(events, collapse_loops=False)
    return _steps(kept, domain, lambda name, value: name not in _OF_SESSIONS, _spoken)


def _steps(
    events: Iterable[Event],
    domain: Domain | None,
    counts: Callable[[str, Any], bool],
    step_of: Callable[[Event], Step | None],
) -> tuple[Step, ...]:
    steps: list[Step] = []
    initial: dict[str, Any] = domain.initial_slots() if domain else {}
    told, current = dict(initial), dict(initial)

    def flush() -> None:
        changed = tuple((name, value) for name, value in current.items() if told.get(name) != value)
        if changed:
            steps.append(SlotStep(changed))
            told.update(changed)

    for event in events:
        match event:
            case SlotSet(name=name, value=value):
                if counts(name, value):
                    current[name] = value
                continue
            case AllSlotsReset():
                current.update({name: initial.get(name) for name in current})
                continue
            case UserUttered(intent=None):
                break
        step = step_of(event)
        if step is not None:
            flush()
            steps.append(step)
    flush()
    return tuple(_trimmed(steps))


def _step(event: Event) -> Step | None:
    match event:
        case UserUttered(intent=str(intent)):
            return UserStep(intent, tuple(_entity(entity) for entity in event.entities))
        case ActionExecuted(name=None, action_text=str(text)):
            return BotStep(text)
        case ActionExecuted(name=str(name)) if name not in NEVER_WRITTEN:
            return ActionStep(name)
        case ActiveLoop(name=loop):
            return LoopStep(loop)
        case _:
            return None


def _spoken(event: Event) -> Step | None:
    """A message in its words; structured ones have none."""
    step = _step(event)
    text = event.text if isinstance(event, UserUttered) else None
    if not isinstance(step, UserStep) or not text or not text.strip() or text.startswith(("/", "EXTERNAL: ")):
        return step
    assert isinstance(event, UserUttered)
    blank = len(text) - len(text.lstrip())  # no notation keeps it
    marked = (
        replace(told, value=_as_text(told.value), start=start - blank, end=end - blank)
        if isinstance(start := entity.get("start"), int) and isinstance(end := entity.get("end"), int)
        else told
        for told, entity in zip(step.entities, event.entities, strict=True)
    )
    return UserStep(step.intent, tuple(marked), text.strip())


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _entity(entity: JsonObject) -> StoryEntity:
    role, group = entity.get("role"), entity.get("group")
    return StoryEntity(
        str(entity["entity"]),
        entity.get("value"),
        role=None if role is None else str(role),
        group=None if group is None else str(group),
    )


def _slot_filter(domain: Domain | None) -> Callable[[str, Any], bool]:
    """Whether setting a slot to a value may matter to the dialogue.

    An object fits only into slots of type `any`, which never do.
    """
    silent = (
        {s.name for s in domain.slots if not s.influence_conversation or s.type == "any"} if domain else set()
    )
    silent |= set(DEFAULT_SLOTS)
    return lambda name, value: name not in silent and not isinstance(value, dict)


def _trimmed(steps: list[Step]) -> list[Step]:
    """Without a message at the end that no action answers."""
    last = max((i for i, s in enumerate(steps) if isinstance(s, ActionStep | BotStep)), default=-1)
    end = next((i for i in range(last + 1, len(steps)) if isinstance(steps[i], UserStep)), len(steps))
    return steps[:end] if last >= 0 else []


def _why_empty(events: Sequence[Event]) -> str:
    messages = [event for event in events if isinstance(event, UserUttered)]
    if not messages:
        return "no message of the user is left in it"
    if messages[0].intent is None:
        return "its first message has no intent"
    return "no action follows a message"
