"""Stories and rules as the events that they stand for: what a model is trained on.

A story with alternatives or checkpoints stands for several dialogues; all of them are made, up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final, NamedTuple

from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.dialogue.slots import fill
from recorder.dialogue.tracker import Tracker, evolve, replay
from recorder.events.event import Event, JsonObject
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    UserStep,
)

Dialogue = tuple[Event, ...]

ANYTHING: Final = "..."
"""Action that says "whatever came before" at the start of a dialogue, "do not wait" at its end."""
MOST: Final = 200
"""Dialogues made of the stories that begin alike, or of one rule; further ones are left out."""
LONGEST: Final = 50
"""Parts that are joined to one dialogue; what would follow them is left out."""

_PLAIN: Final[dict[str, Event]] = {
    "restart": Restarted(),
    "rewind": UserUtteranceReverted(),
    "undo": ActionReverted(),
    "reset_slots": AllSlotsReset(),
    "pause": ConversationPaused(),
    "resume": ConversationResumed(),
    "session_started": SessionStarted(),
}


class Placed(NamedTuple):
    """A step where a story has it; of an `or`, the alternative that was taken."""

    story: Story
    place: int
    """Among the story's steps, from 0."""
    step: Step


class Path(NamedTuple):
    """One way through stories that are joined at checkpoints."""

    begun: Dialogue
    """What is taken for granted: the slots that a checkpoint asks for which no story leads to."""
    steps: tuple[Placed, ...]
    told: Dialogue
    """All of it as events."""


def dialogues_of(stories: Iterable[Story], domain: Domain) -> list[Dialogue]:
    """The dialogues of stories in their order, joined at checkpoints; test stories are left out.

    A part whose checkpoint no story leads to is taken to follow anything.
    """
    found = paths_of((story for story in stories if not story.is_test), domain)
    return [path.told for path in found if any(isinstance(event, ActionExecuted) for event in path.told)]


def paths_of(stories: Iterable[Story], domain: Domain) -> list[Path]:
    """All ways through the stories, in their order."""
    parts = [part for story in stories for part in _parts(story)]
    reachable = {name for part in parts for name in part.ends}
    by_start: dict[str, list[_Part]] = {}
    for part in parts:
        for start in part.starts:
            by_start.setdefault(start.name, []).append(part)
    found: list[Path] = []
    for part in parts:
        if not part.starts or not any(start.name in reachable for start in part.starts):
            begun = _begin(part)
            ways = _continued(part, Path(begun, (), begun), by_start, frozenset(), domain)
            found += islice(ways, MOST)
    return found


def dialogues_of_rules(rules: Iterable[Rule], domain: Domain) -> list[Dialogue]:
    """The dialogues of rules: a rule that may apply anywhere begins with the action `...`."""
    found = []
    for rule in rules:
        before: Dialogue = () if rule.conversation_start else (ActionExecuted(ANYTHING),)
        asked = [event for step in rule.condition for event in events_of(step, Tracker.start(domain), domain)]
        last = ActionExecuted(ACTION_LISTEN if rule.wait_for_user_input else ANYTHING)
        steps = [_alternatives(step) for step in rule.steps if not isinstance(step, CheckpointStep)]
        for told in islice(product(*steps), MOST):
            found.append((*_told(told, (*before, *asked), domain), last))
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A story's steps between checkpoints."""

    starts: tuple[CheckpointStep, ...]
    steps: tuple[Placed, ...]
    ends: tuple[str, ...]


def _parts(story: Story) -> list[_Part]:
    parts: list[_Part] = []
    starts: list[CheckpointStep] = []
    steps: list[Placed] = []
    ends: list[CheckpointStep] = []
    for place, step in enumerate(story.steps):
        if isinstance(step, CheckpointStep):
            (ends if steps else starts).append(step)
            continue
        if ends:
            parts.append(_part(starts, steps, ends))
            starts, steps, ends = ends, [], []
        steps.append(Placed(story, place, step))
    return [*parts, _part(starts, steps, ends)]


def _part(starts: Sequence[CheckpointStep], steps: Sequence[Placed], ends: Sequence[CheckpointStep]) -> _Part:
    return _Part(tuple(starts), tuple(steps), tuple(end.name for end in ends))


def _begin(part: _Part) -> Dialogue:
    asked = tuple(SlotSet(name, value) for start in part.starts for name, value in start.conditions)
    return (ActionExecuted(ANYTHING), *asked) if part.starts else ()


def _continued(
    part: _Part,
    so_far: Path,
    by_start: Mapping[str, Sequence[_Part]],
    used: frozenset[int],
    domain: Domain,
) -> Iterator[Path]:
    """All paths that go on with `part`; none passes the same part twice."""
    used = used | {id(part)}
    for steps in _unfolded(part.steps):
        told = _told((placed.step for placed in steps), so_far.told, domain)
        following = [
            later
            for name in part.ends
            for later in by_start.get(name, ())
            if len(used) < LONGEST and id(later) not in used and _open(later, name, told, domain)
        ]
        path = so_far._replace(steps=so_far.steps + steps, told=told)
        if not following:
            yield path._replace(told=(*told, *_waiting(told)))
        for later in following:
            yield from _continued(later, path, by_start, used, domain)


def _open(part: _Part, name: str, so_far: Dialogue, domain: Domain) -> bool:
    """Whether the slots are as the part's checkpoint wants them."""
    wanted = [start.conditions for start in part.starts if start.name == name]
    slots = replay(so_far, domain).slots
    return any(all(slots.get(slot) == value for slot, value in conditions) for conditions in wanted)


def _unfolded(steps: Sequence[Placed]) -> Iterator[tuple[Placed, ...]]:
    """The steps with one alternative of each `or`, in all ways."""
    return product(*([one._replace(step=step) for step in _alternatives(one.step)] for one in steps))


def _alternatives(step: Step) -> tuple[Step, ...]:
    return step.alternatives if isinstance(step, OrStep) else (step,)


def _told(steps: Iterable[Step], so_far: Dialogue, domain: Domain) -> Dialogue:
    events = list(so_far)
    tracker = replay(events, domain)
    for step in steps:
        for event in events_of(step, tracker, domain):
            events.append(event)
            tracker = evolve(tracker, event)
    return tuple(events)


def _waiting(told: Dialogue) -> Dialogue:
    """The wait for the next message that ends a story."""
    last = next((event for event in reversed(told) if isinstance(event, ActionExecuted | UserUttered)), None)
    waits = isinstance(last, ActionExecuted) and last.name == ACTION_LISTEN
    return () if waits or last is None else (ActionExecuted(ACTION_LISTEN),)


def events_of(step: Step, before: Tracker, domain: Domain) -> list[Event]:
    """What a step stands for, with what it implies: the wait for a message, slots, a form that declines."""
    match step:
        case UserStep():
            message = user_message(step)
            listen = [] if before.latest_action == ACTION_LISTEN else [ActionExecuted(ACTION_LISTEN)]
            return [*listen, message, *fill(domain, before, message)]
        case ActionStep(name=name):
            return [*_rejected(before, name), ActionExecuted(name)]
        case BotStep(text=text):
            return [*_rejected(before, text), ActionExecuted(None, action_text=text), BotUttered(text)]
        case SlotStep(slots=slots):
            return [SlotSet(name, value) for name, value in slots]
        case LoopStep(name=name):
            return [ActiveLoop(name)]
        case EventStep(kind="followup", data=data):
            return [FollowupAction(_text(data, "name"))]
        case EventStep(kind=kind):
            return [_PLAIN[kind]] if kind in _PLAIN else []
        case _:
            return []


def _rejected(before: Tracker, action: str) -> list[Event]:
    """A story that answers a message otherwise than by the active form implies that the form declined."""
    asked = before.active_loop is not None and before.latest_action == ACTION_LISTEN
    return [ActionExecutionRejected(before.active_loop)] if asked and action != before.active_loop else []


def user_message(step: UserStep) -> UserUttered:
    """The message of a step; one that is told by its intent alone has structured words."""
    entities: list[JsonObject] = [
        {key: value for key, value in entity.items() if value is not None}
        for e in step.entities
        for entity in [{"entity": e.entity, "value": e.value, "role": e.role, "group": e.group}]
    ]
    parse: JsonObject = {"entities": entities}
    if step.intent is not None:
        parse["intent"] = {"name": step.intent, "confidence": 1.0}
    return UserUttered(step.text if step.text is not None else f"/{step.intent}", parse)


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None
