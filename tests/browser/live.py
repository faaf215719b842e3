"""The review app as users get it: a process of its own on a database of its own, to be killed at will."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from recorder.events.event import Event, NewEvent, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked, Ranking
from recorder.events.session import ActionExecuted, BotUttered, SessionRecorded, SlotSet, UserUttered
from recorder.store.log import EventLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log

INTENTS = ("search_concerts", "search_venues", "compare_reviews", "thankyou", "greet", "goodbye")
ACTIONS = (
    "action_search_concerts",
    "action_search_venues",
    "action_show_venue_reviews",
    "action_show_concert_reviews",
    "utter_greet",
    "utter_goodbye",
    "utter_default",
    "utter_youarewelcome",
    "action_listen",
)
START_SECONDS = 60


@dataclass
class App:
    """One `recorder review` at a time on `folder`/recorder.db."""

    folder: Path
    annotator: str = "ana"
    port: int = 0
    options: tuple[str, ...] = ()
    """More of the command line."""
    log: SqlLog = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.database = f"sqlite:///{self.folder / 'recorder.db'}"
        upgrade(self.database)
        self.log = open_log(self.database)
        self.port = self.port or free_port()

    def start(self) -> None:
        command = [sys.executable, "-m", "recorder", "review", "--no-browser", f"--port={self.port}"]
        command += [f"--annotator={self.annotator}", f"--database={self.database}"]
        command += [f"--models={self.folder / 'models'}", *self.options]
        with (self.folder / "app.log").open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        self._wait()

    def kill(self) -> None:
        """kill -9, as the power going out does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        self.kill()
        self.log.engine.dispose()

    def address(self, session: str, **also: str) -> str:
        return f"http://127.0.0.1:{self.port}/replay?{urlencode({'session': session, **also})}"

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=1):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise TimeoutError((self.folder / "app.log").read_text(errors="replace")[-2000:])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def long_session(log: EventLog, name: str, turns: int) -> None:
    """A session of this many user messages, two questions each, with whole rankings, entities and slots."""
    events: list[NewEvent] = [NewEvent(SessionRecorded("talk"), id=f"{name}-start")]
    for turn in range(turns):
        events += [
            NewEvent(event, id=f"{name}-{turn}-{place}") for place, event in enumerate(_turn(name, turn))
        ]
    log.append(session_stream(name), events, actor="bot")


def _turn(name: str, turn: int) -> list[Event]:
    intent, action = INTENTS[turn % len(INTENTS)], ACTIONS[turn % (len(ACTIONS) - 1)]
    city = ("Berlin", "Lisbon", "Kyoto")[turn % 3]
    text = f"turn {turn}: which concerts are there in {city} this week?"
    start = text.index(city)
    parsed = {
        "intent": {"name": intent, "confidence": 0.74},
        "entities": [{"entity": "city", "value": city, "start": start, "end": start + len(city)}],
    }
    return [
        UserUttered(text, parsed),
        IntentRanked(f"{name}-{turn}-0", "early", _ranking(INTENTS, intent)),
        SlotSet("city", city),
        ActionExecuted(action),
        ActionRanked(f"{name}-{turn}-3", "early", _ranking(ACTIONS, action), "learned"),
        SlotSet("concerts", [{"artist": "Foo Fighters", "reviews": 4.5}, {"turn": turn}]),
        BotUttered(f"Here is what I found in {city}: Foo Fighters (4.5), Katy Perry (5.0)."),
        ActionExecuted("action_listen"),
        ActionRanked(f"{name}-{turn}-7", "early", _ranking(ACTIONS, "action_listen"), "rules"),
    ]


def _ranking(names: tuple[str, ...], first: str) -> Ranking:
    rest = [name for name in names if name != first]
    return ((first, 0.74), *((name, round(0.26 / len(rest), 4)) for name in rest))
