"""A log as a town leaves it after two years: 100,000 sessions, two million events, some thousands reviewed.

    python -m tests.benchmarks.town FOLDER [SESSIONS] [DATABASE_URL]

The same sessions for the same number of them, whoever builds it: their lengths, words, labels, reviews
and batches come from dice that are thrown anew for each. What is said has few words that are common and
many that are rare, and so have the labels, of which there are thousands. A folder that holds the town
already is taken as it is.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Final

import orjson

from recorder.events.event import Event, NewEvent, review_stream, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import (
    ActionCorrected,
    Decision,
    IntentCorrected,
    RestConfirmed,
    ReviewSubmitted,
    StepFlagged,
    StepUnsure,
)
from recorder.events.session import ActionExecuted, BotUttered, SessionRecorded, SlotSet, UserUttered
from recorder.read_models.catching_up import ReadModels
from recorder.review.batches import Item
from recorder.review.people import operator
from recorder.services.board import Board
from recorder.services.opening import open_batch
from recorder.services.training import train
from recorder.store.database import database_file
from recorder.store.key_source import KeySource
from recorder.store.log import Batch
from recorder.store.model_files import ModelFiles
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log

SESSIONS: Final = 100_000
WAIT: Final = "action_listen"
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
TURNS: Final = (1, 2, 3, 4, 6, 10)
"""Messages of a session, each with eight events; 20 events a session on the average."""
TURNS_OF: Final = (36, 30, 19, 8, 5, 2)
LONG: Final = 500
"""Messages of the few sessions that never end, one in `SELDOM`."""
SELDOM: Final = 20_000
CITIES: Final = ("Berlin", "Lisbon", "Kyoto", "Oslo", "Quito", "Tunis", "Hanoi", "Accra")
SOURCES: Final = ("web", "app", "phone", "rasa-x", "kiosk", "mail")
ANNOTATORS: Final = ("ana", "ben", "cleo", "dev", "eva", "finn")
REVIEWED: Final = 20
"""One session in so many is reviewed, by up to three."""
BATCH: Final = 400
"""Sessions of a batch."""
BATCHES: Final = 10
AT_ONCE: Final = 200
"""Sessions that are appended in one transaction."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Words:
    """Names of which the first are common and the last are rare (Zipf)."""

    names: Sequence[str]
    weights: Sequence[float]
    """Summed up."""

    @classmethod
    def of(cls, names: Sequence[str]) -> Words:
        return cls(names, list(accumulate(1 / place for place in range(1, len(names) + 1))))

    def some(self, dice: random.Random, count: int = 1) -> list[str]:
        return dice.choices(self.names, cum_weights=self.weights, k=count)


def _spelt(count: int) -> list[str]:
    """Words that can be said."""
    heads, tails = "bdfgklmnprstvz", "aeiou"
    syllables = [head + tail for head in heads for tail in tails]
    return [
        syllables[n % 70] + syllables[n // 70 % 70] + (syllables[n // 4900] if n >= 4900 else "n")
        for n in range(count)
    ]


VOCABULARY: Final = Words.of(_spelt(8_000))
INTENTS: Final = Words.of([f"ask_{word}" for word in _spelt(2_000)])
ACTIONS: Final = Words.of([f"utter_{word}" for word in _spelt(1_500)])


@dataclass(frozen=True, slots=True)
class Town:
    """Where a town lies."""

    folder: Path
    database: str
    sessions: int
    events: int

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def keys(self) -> KeySource:
        return _keys(self.folder, self.database)

    def open(self) -> SqlLog:
        return open_log(self.database, keys=self.keys)


def _keys(folder: Path, url: str) -> KeySource:
    """The key lies beside a database file, and in the folder for a server's."""
    return KeySource(file=folder / "master.key") if database_file(url) is None else KeySource().or_beside(url)


def town(folder: Path, sessions: int = SESSIONS, url: str = "", tell: Tell = lambda doing: None) -> Town:
    """The town in this folder, built if it is not there yet.

    Args:
        url: of the database; empty: a SQLite file in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = url or f"sqlite:///{folder / 'recorder.db'}"
    mark = folder / "town.json"
    there = orjson.loads(mark.read_bytes()) if mark.exists() else {}
    if there and (there["sessions"], there["database"]) != (sessions, url):
        raise SystemExit(f"{folder} holds another town: {there}")
    keys = _keys(folder, url)
    upgrade(url, keys=keys)
    log = open_log(url, keys=keys)
    if not there:
        settle(log, sessions, tell)
        tell("models")
        _train(folder)
    tell("lists")
    ReadModels(log.engine, log).catch_up()
    built = Town(folder, url, sessions, log.position())
    if log.engine.dialect.name == "postgresql":
        with log.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    log.database.close()
    mark.write_bytes(orjson.dumps({"sessions": sessions, "database": url}))
    return built


def settle(log: SqlLog, sessions: int, tell: Tell = lambda doing: None) -> None:
    """Append the sessions, their reviews and the batches."""
    began: dict[int, int] = {}
    for start in range(0, sessions, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, sessions))
        lived = [(number, _lived(number, sessions)) for number in numbers]
        written = log.append_many(
            [Batch(session_stream(name_of(number)), events, "bot") for number, events in lived]
        )
        for number, rows in zip(numbers, written, strict=True):
            assert isinstance(rows, list)
            if number % REVIEWED == 0 or number % (sessions // (BATCHES * BATCH) or 1) == 1:
                began[number] = rows[0].position
        log.append_many([review for number, events in lived for review in _reviews(number, events)])
        tell(f"session {start:,}")
    _open_batches(log, began)


def name_of(number: int) -> str:
    return f"visitor-{number:06}"


def _lived(number: int, sessions: int) -> list[NewEvent]:
    """The events of a session, with ids that are its name and their place."""
    dice = random.Random(f"session {number}")
    turns = LONG if number % SELDOM == SELDOM // 2 else dice.choices(TURNS, TURNS_OF)[0]
    time = START + timedelta(days=730 * number / sessions, seconds=dice.randrange(80_000))
    name = name_of(number)
    events: list[Event] = [SessionRecorded(dice.choice(SOURCES))]
    for _ in range(turns):
        events += _turn(name, len(events), dice)
    return [
        NewEvent(event, id=f"{name}-{place}", occurred_at=time + timedelta(seconds=3 * place))
        for place, event in enumerate(events)
    ]


def _turn(name: str, place: int, dice: random.Random) -> list[Event]:
    """Eight events, the first of them at `place`."""
    (intent,), (action,), city = INTENTS.some(dice), ACTIONS.some(dice), dice.choice(CITIES)
    words = VOCABULARY.some(dice, dice.randint(3, 12))
    text = " ".join([*words, "in", city])
    start = len(text) - len(city)
    entity = {"entity": "city", "value": city, "start": start, "end": len(text)}
    understood = _ranking(INTENTS, intent, dice)
    parsed = {"intent": {"name": intent, "confidence": understood[0][1]}, "entities": [entity]}
    return [
        UserUttered(text, parsed),
        IntentRanked(f"{name}-{place}", "early", understood),
        SlotSet("city", city),
        ActionExecuted(action),
        ActionRanked(f"{name}-{place + 3}", "early", _ranking(ACTIONS, action, dice), "learned"),
        BotUttered(f"What we know of {words[0]} in {city} is this."),
        ActionExecuted(WAIT),
        ActionRanked(f"{name}-{place + 6}", "early", _ranking(ACTIONS, WAIT, dice), "rules"),
    ]


def _ranking(names: Words, first: str, dice: random.Random) -> tuple[tuple[str, float], ...]:
    sure = round(dice.betavariate(6, 1.5), 3)
    others = [name for name in names.some(dice, 5) if name != first]
    return ((first, sure), *((name, round((1 - sure) / 6, 4)) for name in dict.fromkeys(others)))


def _reviews(number: int, events: Sequence[NewEvent]) -> Iterator[Batch]:
    """By one to three people; one in ten is not submitted yet."""
    if number % REVIEWED:
        return
    dice = random.Random(f"reviews {number}")
    for annotator in dice.sample(ANNOTATORS, dice.choice((1, 2, 2, 3))):
        made: list[Event] = list(_decisions(name_of(number), [each.event for each in events], dice))
        if dice.random() < 0.9:
            made.append(ReviewSubmitted(len(events)))
        yield Batch(review_stream(name_of(number), annotator), made, annotator)


def _decisions(name: str, events: Sequence[Event], dice: random.Random) -> Iterator[Decision]:
    acted = [f"{name}-{place}" for place, event in enumerate(events) if isinstance(event, ActionExecuted)]
    made = 0
    if dice.random() < 0.3:
        yield IntentCorrected(f"{name}-1", 0, INTENTS.some(dice)[0])
        yield ActionCorrected(acted[-2], 0, ACTIONS.some(dice)[0])
        made = 2
    if dice.random() < 0.05:
        yield StepFlagged(acted[0], made // 2 if len(acted) > 2 else made, "bug")
    if dice.random() < 0.05 and len(acted) > 2:
        yield StepUnsure(acted[2], 0)
    yield RestConfirmed(acted[0], made, tuple(acted))


def _open_batches(log: SqlLog, began: dict[int, int]) -> None:
    """Each of sessions of its own, in two hands each."""
    board, ends = Board(log), list(began.items())
    for place in range(BATCHES):
        chosen = ends[place * BATCH : (place + 1) * BATCH]
        items = [Item(position, 2, ("random",), blind=number % 4 == 0) for number, position in chosen]
        if items:
            open_batch(board, operator("lead"), f"week {place + 1}", items, annotators=ANNOTATORS, seed=place)


def _train(folder: Path) -> None:
    """Two models that know the commonest labels."""
    intents, actions = INTENTS.names[:20], ACTIONS.names[:20]
    dice = random.Random("models")
    for day in (1, 2):
        told = [(intent, VOCABULARY.some(dice, 6)) for intent in intents for _ in range(3 + day)]
        texts = {
            "domain.yml": f'version: "3.1"\nintents: [{", ".join(intents)}]\n'
            f"entities: [city]\nslots:\n  city:\n    type: text\n    mappings: []\n"
            f"actions: [{', '.join(actions)}]\n",
            "nlu.yml": 'version: "3.1"\nnlu:\n'
            + "".join(
                f"- intent: {intent}\n  examples: |\n"
                + "".join(f"    - {' '.join(words)}\n" for its, words in told if its == intent)
                for intent in intents
            ),
            "stories.yml": 'version: "3.1"\nstories:\n'
            + "".join(
                f"- story: s{n}\n  steps:\n  - intent: {intent}\n  - action: {actions[(n + day) % 20]}\n"
                for n, intent in enumerate(intents)
            ),
        }
        files = folder / f"training-{day}"
        files.mkdir(exist_ok=True)
        for name, text in texts.items():
            (files / name).write_text(text)
        train([files / name for name in texts], ModelFiles(folder / "models"), clock=lambda: START)


def main(folder: str, sessions: str = str(SESSIONS), url: str = "") -> None:
    built = town(Path(folder), int(sessions), url, lambda doing: print(f"\r{doing}   ", end="", flush=True))
    print(f"\r{built.sessions:,} sessions, {built.events:,} events: {built.database}")


if __name__ == "__main__":
    main(*sys.argv[1:])
