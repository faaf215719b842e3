"""Messages and trackers to what estimators eat.

A message becomes weighted terms: words and pairs of words, and pieces of words, which forgive
misspellings. A tracker becomes its last states, one for each action that was decided: what was done
before, what the user meant, which slots are filled, which form is active.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, Domain
from recorder.dialogue.slot_types import SEEN, seen
from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject
from recorder.events.session import ActionExecuted, ActiveLoop, UserUttered

MAX_CHARACTERS: Final = 10_000
"""What comes later in a message is not looked at; nobody says what they want after that."""

ANYTHING: Final = "..."
"""Name of the action that says, in a rule, "whatever came before", or "do not wait"."""

State = frozenset[str]
"""What counts of a tracker, as `kind:name` or `kind:name=value`; `!kind:name` in a rule: must not hold."""


def words(text: str) -> list[str]:
    """Words, and pairs of neighbours; the ends of the message count as neighbours.

    >>> words("Thank you!")
    ['thank', 'you', '^ thank', 'thank you', 'you $']
    """
    found = re.findall(r"\w+", text[:MAX_CHARACTERS].lower())
    return [*found, *(f"{a} {b}" for a, b in pairwise(["^", *found, "$"]))] if found else []


def pieces(text: str) -> list[str]:
    """All runs of 3 to 5 characters within words, which carry a blank at each end; each marked by a `#`.

    >>> pieces("Hi")
    ['# hi', '#hi ', '# hi ']
    """
    padded = [f" {word} " for word in text[:MAX_CHARACTERS].lower().split()]
    return [
        f"#{word[i : i + size]}" for word in padded for size in (3, 4, 5) for i in range(len(word) - size + 1)
    ]


@dataclass(frozen=True, slots=True)
class History:
    """The latest states of a dialogue."""

    states: tuple[State, ...]
    """Oldest first; the last is the present."""
    complete: bool
    """True when they reach back to the start of the episode."""

    @property
    def key(self) -> str:
        """Equal histories have equal keys."""
        rows = (" ".join(sorted(state)) for state in self.states)
        return "\n".join(("^" if self.complete else "...", *rows))


def history(tracker: Tracker, domain: Domain, limit: int, *, rule: bool = False) -> History:
    """The last `limit` states up to `tracker`, turns in which a form was merely filled left out.

    Args:
        rule: the tracker is a rule's: what it says is not set becomes a condition too.
    """
    found: list[State] = []
    complete = True
    for before, action in islice(_decisions(tracker), limit * 50):
        if action == ANYTHING or len(found) == limit:
            complete = False
            break
        if _counts(before, action):
            found.append(_state(before, domain, rule))
    return History(tuple(reversed(found)), complete)


def _counts(before: Tracker, action: str | None) -> bool:
    if action is None:
        return True
    if not is_fresh(before):
        if before.latest_action == ANYTHING:
            return False  # what a rule demands here holds in its later states too
        if before.latest_action is None and action == ACTION_LISTEN:
            return False  # the wait that opens an episode was nobody's decision, and is not always recorded
    return not (is_filling(before, action) or action == ACTION_SESSION_START)


def is_filling(before: Tracker, action: str) -> bool:
    """Whether `action` only keeps the active form going: it runs again, or waits for its next answer."""
    loop = before.active_loop
    if loop is None or before.loop_rejected or before.loop_interrupted:
        return False
    return action == (ACTION_LISTEN if before.latest_action == loop else loop)


def _decisions(tracker: Tracker) -> Iterator[tuple[Tracker, str | None]]:
    """(state before, action taken) from the present, where no action is taken yet, backwards."""
    yield tracker, None
    for state in tracker.backwards():
        if state.previous is None:  # what came before was let go
            yield state, ANYTHING
        elif isinstance(state.event, ActionExecuted):
            yield state.previous, state.latest_action


def _state(tracker: Tracker, domain: Domain, rule: bool) -> State:
    features = set(_slot_features(tracker, domain, rule))
    if message := tracker.latest_message if is_fresh(tracker) else None:
        features.update((f"did:{ACTION_LISTEN}", f"intent:{message.intent}"))  # it waited, recorded or not
        features.update(_entity_features(message, domain))
    elif tracker.latest_action not in (None, ANYTHING):
        features.add(f"did:{tracker.latest_action}")
    if tracker.active_loop:
        features.add(f"loop:{tracker.active_loop}")
    elif rule and any(isinstance(state.event, ActiveLoop) for state in tracker.backwards()):
        features.add("!loop:")
    return frozenset(features)


def is_fresh(tracker: Tracker) -> bool:
    """Whether the latest message came after the latest action."""
    for state in tracker.backwards():
        if isinstance(state.event, UserUttered | ActionExecuted):
            return isinstance(state.event, UserUttered)
    return False


def _entity_features(message: UserUttered, domain: Domain) -> Iterator[str]:
    entities = message.entities
    if not entities:  # of most messages
        return
    meant = message.intent
    silent = {entity.name for entity in domain.entities if not entity.influence_conversation}
    intent = next((intent for intent in domain.intents if intent.name == meant), None)
    for entity in entities:
        name = str(entity["entity"])
        if name in silent or (intent and name in intent.ignore_entities):
            continue
        if intent is None or intent.use_entities is None or name in intent.use_entities:
            yield f"entity:{entity_label(entity)}"


def entity_label(entity: JsonObject) -> str:
    """`entity[#role][~group]`."""
    role, group = entity.get("role"), entity.get("group")
    return f"{entity['entity']}{f'#{role}' if role else ''}{f'~{group}' if group else ''}"


def _slot_features(tracker: Tracker, domain: Domain, rule: bool) -> Iterator[str]:
    for slot in domain.slots:
        if not slot.influence_conversation or slot.type not in SEEN or slot.name not in tracker.slots:
            continue
        if (shown := seen(slot, tracker.slots[slot.name])) is not None:
            yield f"slot:{slot.name}={shown}"
        elif rule and tracker.slots[slot.name] is None:
            yield f"!slot:{slot.name}="
