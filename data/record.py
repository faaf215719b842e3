"""Record the demo's sessions: an early concert bot talks to the visitors of visitors.yml.

    python data/record.py [FOLDER]

The early bot knows all stories of the concert bot but only the first examples of each intent, so it
makes the mistakes that such a bot makes. Nothing in it is random but the visitors' pauses, and these
come from a seed: the same program and libraries record the same bytes.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from recorder.actions import local
from recorder.dialogue import steps
from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.events.event import JsonObject, Recorded, session_stream
from recorder.events.session import UserUttered
from recorder.formats import annotated_text, jsonl
from recorder.learning.model import Model, train
from recorder.services.training_files import read
from recorder.store.memory import MemoryLog
from recorder.stories.events import dialogues_of
from recorder.talking.bot import respond

HERE: Final = Path(__file__).parent
BOT: Final = HERE / "concertbot"
EXAMPLES: Final = 5
"""How many examples of each intent the early bot was taught."""
OPENED: Final = datetime(2025, 3, 3, 9, tzinfo=UTC)
"""When the first visitor came."""

ANSWERS: Final = {
    "greet": "utter_greet",
    "goodbye": "utter_goodbye",
    "thankyou": "utter_youarewelcome",
    "search_concerts": "action_search_concerts",
    "search_venues": "action_search_venues",
}
"""Intent -> what the bot should do; all others hang on what came before."""
COMPARISONS: Final = {
    "search_concerts": "action_show_concert_reviews",
    "search_venues": "action_show_venue_reviews",
}
"""What was searched last -> what "compare the reviews" should bring."""


@dataclass(frozen=True)
class Message:
    """What a visitor wrote, what it meant, and what the bot should do first."""

    text: str
    intent: str
    entities: frozenset[tuple[str, str]] | None
    """(entity, value); None where the visitor did not use words."""
    action: str


@dataclass
class Time:
    """A clock and ids that are the same every time."""

    random: Random = field(default_factory=lambda: Random(12))  # noqa: S311  # pauses, no secrets
    now: datetime = OPENED
    count: int = 0

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=self.random.randint(1, 12))
        return self.now

    def ids(self) -> str:
        """Time-ordered, as the log's own are (version 7)."""
        self.count += 1
        milliseconds = int(self.now.timestamp() * 1000)
        low = self.count << 24 | self.random.getrandbits(24)
        return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | low))

    def type_for(self, text: str) -> None:
        """Let the time pass in which somebody reads, thinks and types."""
        self.now += timedelta(seconds=self.random.uniform(3, 12) + len(text) * 0.15)


def early_model() -> Model:
    """The concert bot as it was when the visitors came."""
    data = read([BOT])
    domain = data.domain or Domain()
    return train(data.nlu.first(EXAMPLES), dialogues_of(data.stories, domain), domain)


def messages(said: Sequence[Mapping[str, Any]]) -> Iterator[Message | timedelta]:
    """A visitor's messages in order, and the long pauses between them."""
    searched = None
    for intent, words in (item for entry in said for item in entry.items()):
        if intent == "wait":
            yield timedelta(minutes=words)
            continue
        text, spans, _ = annotated_text.parse(words)
        entities = {(span.entity, span.value) for span in spans}
        if intent in ("search_concerts", "search_venues"):
            searched = intent
        if intent == "restart":
            searched = None
        marked = None if text.startswith("/") else frozenset(entities)
        yield Message(text, intent, marked, answer(intent, entities, searched))


def answer(intent: str, entities: set[tuple[str, str]], searched: str | None) -> str:
    """What the bot should do first."""
    if intent == "compare_reviews" and any(entity == "artist" for entity, _ in entities):
        return "action_show_concert_reviews"
    if intent == "compare_reviews":
        return COMPARISONS.get(searched or "", "utter_default")
    return ANSWERS.get(intent, f"action_{intent}" if intent in ("restart", "back") else "utter_default")


@dataclass
class Count:
    """How often the early bot was wrong."""

    steps: int = 0
    intents: int = 0
    entities: int = 0
    actions: int = 0

    def add(self, records: Sequence[Recorded], meant: Mapping[str, Message]) -> None:
        """Compare a session's steps with what its messages meant, by the id of the message."""
        said = None
        for step in steps.cut(records):
            self.steps += 1
            event = step.recorded.event
            if isinstance(event, UserUttered):
                said = meant[step.id]
                self.intents += event.intent != said.intent
                found = {(str(entity["entity"]), str(entity["value"])) for entity in event.entities}
                self.entities += said.entities is not None and found != said.entities
            elif said is not None:
                self.actions += step.chosen != (said.action if step.message else ACTION_LISTEN)


def visit(
    log: MemoryLog,
    model: Model,
    actions: local.LocalActions,
    session: str,
    said: Sequence[JsonObject],
    time: Time,
) -> dict[str, Message]:
    """Let one visitor talk to the bot; returns what each message meant, by the id of its event."""
    meant = {}
    for message in messages(said):
        if isinstance(message, timedelta):
            time.now += message
            continue
        time.type_for(message.text)
        before = log.version(session_stream(session))
        respond(log, model, actions, session, message.text, source="web", clock=time.clock, ids=time.ids)
        rows = log.read(session_stream(session), after=before - 1)
        meant[next(row.id for row in rows if isinstance(row.event, UserUttered))] = message
    return meant


def record(out: Path) -> Count:
    """Write one file a visitor; returns how often the bot was wrong."""
    visitors = yaml.safe_load((HERE / "visitors.yml").read_text(encoding="utf-8"))
    model, actions = early_model(), local.load(BOT / "actions.py")
    log, time, count = MemoryLog(), Time(), Count()
    out.mkdir(parents=True, exist_ok=True)
    for session, said in visitors.items():
        meant = visit(log, model, actions, session, said, time)
        rows = log.read(session_stream(session))
        count.add(rows, meant)
        lines = "".join(jsonl.render(row) + "\n" for row in rows)
        (out / f"{session}.jsonl").write_text(lines, encoding="utf-8")
        time.now += timedelta(minutes=time.random.uniform(1, 90))
    return count


if __name__ == "__main__":
    wrong = record(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "sessions")
    print(
        f"{wrong.steps} steps; wrong: {wrong.intents} intents, {wrong.entities} messages' entities, "
        f"{wrong.actions} actions."
    )
