"""Many reviewed sessions of one bot, the same ones for the same seed: 40 events and a review each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from recorder.dialogue.domain import Domain, Entity, Intent, Slot
from recorder.events.event import Event, NewEvent, review_stream, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import (
    ActionCorrected,
    Decision,
    IntentCorrected,
    RestConfirmed,
    ReviewSubmitted,
)
from recorder.events.session import ActionExecuted, BotUttered, SessionRecorded, SlotSet, UserUttered
from recorder.store.log import EventLog

TURNS: Final = 5
"""Messages in a session; each brings eight events."""
INTENTS: Final = tuple(
    f"ask_{topic}" for topic in ("concert", "venue", "price", "date", "artist", "review", "seat", "refund")
)
ACTIONS: Final = tuple(f"utter_{intent.removeprefix('ask_')}" for intent in INTENTS)
WAIT: Final = "action_listen"
CITIES: Final = ("Berlin", "Lisbon", "Kyoto", "Oslo", "Quito", "Tunis", "Hanoi", "Accra")
OPENINGS: Final = (
    "please tell me",
    "I wonder",
    "hello,",
    "so",
    "can you say",
    "one more thing:",
    "",
    "well,",
)
NOUNS: Final = ("a jazz trio", "the festival", "that opera", "two seats", "the late show", "an old club")
DOMAIN: Final = Domain(
    intents=tuple(map(Intent, INTENTS)),
    entities=(Entity("city"),),
    slots=(Slot("city", "text"),),
    actions=ACTIONS,
)


def crowd(log: EventLog, count: int, seed: int = 7) -> None:
    """Append `count` sessions, each with a submitted review; every sixth one corrects something."""
    dice = random.Random(seed)
    for number in range(count):
        name = f"visitor-{number:06}"
        events = list(_session(name, dice))
        numbered = [NewEvent(event, id=f"{name}-{place}") for place, event in enumerate(events)]
        log.append(session_stream(name), numbered, actor="bot")
        review = _review(name, events, dice)
        log.append(review_stream(name, "ana"), [*review, ReviewSubmitted(len(review))], actor="ana")


def _session(name: str, dice: random.Random) -> Iterator[Event]:
    yield SessionRecorded("crowd")
    for turn in range(TURNS):
        yield from _turn(name, 1 + 8 * turn, dice)


def _turn(name: str, place: int, dice: random.Random) -> Iterator[Event]:
    """Eight events, the first of them at `place`."""
    topic, city = dice.randrange(len(INTENTS)), dice.choice(CITIES)
    opening, about, day = dice.choice(OPENINGS), dice.choice(NOUNS), dice.randint(1, 90)
    text = f"{opening} {INTENTS[topic][4:]} of {about} in {city}, day {day}".strip()
    start = text.index(city)
    entity = {"entity": "city", "value": city, "start": start, "end": start + len(city)}
    yield UserUttered(text, {"intent": {"name": INTENTS[topic], "confidence": 0.8}, "entities": [entity]})
    yield IntentRanked(f"{name}-{place}", "early", _ranking(INTENTS, topic, dice))
    yield SlotSet("city", city)
    yield ActionExecuted(ACTIONS[topic])
    yield ActionRanked(f"{name}-{place + 3}", "early", _ranking((*ACTIONS, WAIT), topic, dice), "learned")
    yield BotUttered(f"This is what I know of it in {city}.")
    yield ActionExecuted(WAIT)
    yield ActionRanked(
        f"{name}-{place + 6}", "early", _ranking((*ACTIONS, WAIT), len(ACTIONS), dice), "rules"
    )


def _ranking(names: Sequence[str], first: int, dice: random.Random) -> tuple[tuple[str, float], ...]:
    sure = round(dice.uniform(0.5, 0.99), 3)
    rest = round((1 - sure) / (len(names) - 1), 4)
    return ((names[first], sure), *((name, rest) for i, name in enumerate(names) if i != first))


def _review(name: str, events: Sequence[Event], dice: random.Random) -> list[Decision]:
    acted = [f"{name}-{i}" for i, event in enumerate(events) if isinstance(event, ActionExecuted)]
    made: list[Decision] = []
    if dice.random() < 1 / 6:
        wrong = dice.randrange(TURNS - 1)
        made.append(IntentCorrected(f"{name}-{1 + 8 * wrong}", 0, dice.choice(INTENTS)))
        made.append(ActionCorrected(f"{name}-{4 + 8 * (TURNS - 1)}", 0, dice.choice(ACTIONS)))
    return [*made, RestConfirmed(acted[0], len(made), tuple(acted))]
