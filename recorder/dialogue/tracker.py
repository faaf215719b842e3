"""What a session amounts to at a point: a fold over its events, nothing else.

Two questions, two folds:

- `evolve`/`replay` say what the assistant knew: slots, latest message, active loop.
- `applied` says which events count for the dialogue once undone and rewound ones are gone, and,
  if asked, the turns in which a form was filled without a hitch (formats.md §1.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from recorder.dialogue.domain import ACTION_SESSION_START, Domain
from recorder.events.event import Event, changed
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturized,
    UserUtteranceReverted,
    UserUttered,
)

T = TypeVar("T")

_NONE: Final[Mapping[str, Any]] = {}
_OF_HISTORY: Final = ("event", "previous")
"""The fields that say how it came, not what is."""
_SHOWN: Final = (
    "slots",
    "latest_message",
    "latest_action",
    "active_loop",
    "loop_interrupted",
    "loop_rejected",
)
_OF_TURNS = (ActionExecuted, UserUttered, UserFeaturized)


class Tracker(Struct, frozen=True, eq=False):
    """The state after the events so far. Immutable: a later state points back to this one.

    Two are equal that hold the same, whatever led to them. A struct, because one is made for each event
    that is folded.
    """

    initial_slots: Mapping[str, Any] = _NONE
    slots: Mapping[str, Any] = _NONE
    """All slots of the domain and all that were set; never changed in place."""
    latest_message: UserUttered | None = None
    latest_action: str | None = None
    """Name of the latest action, or its words (end to end)."""
    active_loop: str | None = None
    loop_interrupted: bool = False
    loop_rejected: bool = False
    followup: str | None = None
    """The action that must come next."""
    paused: bool = False
    event: Event | None = None
    """The event that led here; None at the start of an episode."""
    previous: Tracker | None = None

    @classmethod
    def start(cls, domain: Domain | None = None) -> Tracker:
        slots = domain.initial_slots() if domain else {}
        return cls(initial_slots=slots, slots=slots)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tracker) and all(getattr(self, n) == getattr(other, n) for n in _STATE)

    def __hash__(self) -> int:
        raise TypeError("a tracker holds lists and objects")

    def __repr__(self) -> str:
        return f"Tracker({', '.join(f'{name}={getattr(self, name)!r}' for name in _SHOWN)})"

    def backwards(self) -> Iterator[Tracker]:
        """This state, the one before it, … to the first after the start of the episode."""
        state: Tracker | None = self
        while state is not None and state.event is not None:
            yield state
            state = state.previous


def replay(events: Iterable[Event], domain: Domain | None = None) -> Tracker:
    """The state after `events`, in their order."""
    return evolve_all(Tracker.start(domain), events)


def evolve_all(tracker: Tracker, events: Iterable[Event]) -> Tracker:
    """The state after further events."""
    for event in events:
        if then := _EVOLVE.get(type(event)):  # as `evolve`, without a call for each event
            tracker = then(tracker, event)
    return tracker


def evolve(tracker: Tracker, event: Event) -> Tracker:
    """The state after one more event. Total: events that do not concern it leave it as it is."""
    then = _EVOLVE.get(type(event))
    return tracker if then is None else then(tracker, event)


def _slot_set(tracker: Tracker, event: SlotSet) -> Tracker:
    return replace(tracker, event=event, previous=tracker, slots={**tracker.slots, event.name: event.value})


def _acted(tracker: Tracker, event: ActionExecuted) -> Tracker:
    rejected = tracker.loop_rejected and event.name != tracker.active_loop  # it runs again: asked anew
    done = event.name or event.action_text
    return replace(
        tracker,
        event=event,
        previous=tracker,
        latest_action=done,
        followup=None,
        loop_rejected=rejected,
        loop_interrupted=False,
    )


def _found(tracker: Tracker, event: EntitiesAdded) -> Tracker:
    return _next(tracker, event, latest_message=_with_entities(tracker.latest_message, event.entities))


def _loop(tracker: Tracker, event: ActiveLoop) -> Tracker:
    return _next(tracker, event, active_loop=event.name, loop_interrupted=False, loop_rejected=False)


def _rejected(tracker: Tracker, event: ActionExecutionRejected) -> Tracker:
    itself = event.name is not None and event.name == tracker.active_loop
    return _next(tracker, event, loop_rejected=tracker.loop_rejected or itself)


_STATE: Final = tuple(name for name in Tracker.__struct_fields__ if name not in _OF_HISTORY)
_EVOLVE: Final[dict[type[Event], Callable[[Tracker, Any], Tracker]]] = {
    SlotSet: _slot_set,
    ActionExecuted: _acted,
    UserUttered: lambda tracker, event: _next(tracker, event, latest_message=event, followup=None),
    EntitiesAdded: _found,
    ActiveLoop: _loop,
    LoopInterrupted: lambda tracker, event: _next(tracker, event, loop_interrupted=event.is_interrupted),
    ActionExecutionRejected: _rejected,
    FollowupAction: lambda tracker, event: _next(tracker, event, followup=event.name),
    ConversationPaused: lambda tracker, event: _next(tracker, event, paused=True),
    ConversationResumed: lambda tracker, event: _next(tracker, event, paused=False),
    AllSlotsReset: lambda tracker, event: _next(tracker, event, slots=tracker.initial_slots),
    SessionStarted: lambda tracker, event: _fresh(tracker),
    Restarted: lambda tracker, event: replace(_fresh(tracker), followup=ACTION_SESSION_START),
    ActionReverted: lambda tracker, event: _before(tracker, ActionExecuted),
    UserUtteranceReverted: lambda tracker, event: _before(_before(tracker, UserUttered), ActionExecuted),
}
EVOLVES: Final = frozenset(kind.type for kind in _EVOLVE)
"""Types of the events that concern a tracker: a fold need not open any other."""


UNDOES: Final = frozenset((ActionReverted.type, UserUtteranceReverted.type))
"""Those of them that go back to an earlier state."""


def shortened(tracker: Tracker, keep: int) -> Tracker:
    """The same state, with the latest `keep` states behind it and none before: no undo goes further back.

    The first that is left has an event but nothing before it, which no other state has.
    """
    left: list[Tracker] = [*islice(tracker.backwards(), keep + 1)]
    if len(left) <= keep or left[-1].previous is None:
        return tracker
    state: Tracker | None = None
    for each in reversed(left):
        state = replace(each, previous=state)
    return state or tracker


def _next(tracker: Tracker, event: Event, **changes: Any) -> Tracker:
    return replace(tracker, event=event, previous=tracker, **changes)


def _fresh(tracker: Tracker) -> Tracker:
    return Tracker(initial_slots=tracker.initial_slots, slots=tracker.initial_slots)


def _before(tracker: Tracker, kind: type[Event]) -> Tracker:
    """The state before the latest event of `kind`; the start of the episode if there is none."""
    for state in tracker.backwards():
        if isinstance(state.event, kind) and state.previous is not None:
            return state.previous
    return _fresh(tracker)


def _with_entities(message: UserUttered | None, found: Sequence[dict[str, Any]]) -> UserUttered | None:
    if message is None:
        return None
    return changed(message, parse_data={**message.parse_data, "entities": [*message.entities, *found]})


def _itself(event: Any) -> Event:
    known: Event = event
    return known


def applied(
    items: Iterable[T], *, event_of: Callable[[T], Event] = _itself, collapse_loops: bool = True
) -> list[T]:
    """What counts of one session's latest episode, in order, after undo, rewind and restart.

    Args:
        items: events, or anything from which `event_of` gets the event.
        collapse_loops: also leave out the turns in which an active loop ran again without a
            rejection or another action in between, as a story does.
    """
    items = list(items)
    loops = (
        {e.name for e in map(event_of, items) if isinstance(e, ActiveLoop) and e.name}
        if collapse_loops
        else set()
    )
    kept: list[T] = []
    swept: tuple[str | None, int] = (None, 0)  # a loop, and how much of `kept` holds only its uneventful runs
    for item in items:
        event = event_of(item)
        match event:
            case Restarted() | SessionStarted():
                kept.clear()
            case ActionReverted():
                _drop_through(kept, ActionExecuted, event_of)
            case UserUtteranceReverted():
                _drop_through(kept, UserUttered, event_of)
                _drop_through(kept, ActionExecuted, event_of)
            case ActionExecuted(name=name) if name in loops:
                start = swept[1] if swept[0] == name and swept[1] <= len(kept) else 0
                if _runs_again(kept, name, start, event_of):
                    _drop_turns(kept, name, start, event_of)
                    swept = (name, len(kept))
                else:
                    kept.append(item)
            case _:
                kept.append(item)
        if len(kept) < swept[1]:
            swept = (None, 0)
    return kept


def episodes(items: Iterable[T], *, event_of: Callable[[T], Event] = _itself) -> list[list[T]]:
    """The items cut at each restart and session start; the cutting event opens the new part.

    Parts without any item are left out. `action_session_start` stays with the part before it.
    """
    parts: list[list[T]] = [[]]
    for item in items:
        if isinstance(event_of(item), Restarted | SessionStarted):
            parts.append([])
        parts[-1].append(item)
    return [part for part in parts if part]


def _drop_through(kept: list[T], kind: type[Event], event_of: Callable[[T], Event]) -> None:
    while kept:
        if isinstance(event_of(kept.pop()), kind):
            return


def _is_action(event: Event, name: str | None) -> bool:
    return isinstance(event, ActionExecuted) and event.name == name


def _runs_again(kept: Sequence[T], loop: str | None, start: int, event_of: Callable[[T], Event]) -> bool:
    """Whether `loop` was executed before, is still active, and nothing but user turns came between.

    Args:
        start: what lies before it is known to be the loop's execution and uneventful runs; 0: nothing is.
    """
    later_action: str | None = None
    for i in range(len(kept) - 1, start - 1, -1):
        match event_of(kept[i]):
            case ActiveLoop(name=None):
                return False
            case ActionExecutionRejected(name=name) if name == loop:
                return False
            case UserUttered() if later_action is not None and later_action != loop:
                return False
            case ActionExecuted(name=name):
                if name == loop:
                    return True
                later_action = name
            case _:
                pass
    return start > 0


def _drop_turns(kept: list[T], loop: str | None, start: int, event_of: Callable[[T], Event]) -> None:
    """Take the messages and actions since the loop's latest execution; slots and the rest stay."""
    first = next(
        (i + 1 for i in range(len(kept) - 1, start - 1, -1) if _is_action(event_of(kept[i]), loop)), start
    )
    kept[first:] = [k for k in kept[first:] if not isinstance(event_of(k), _OF_TURNS)]
