"""Reading whole sessions and folding them, against the replay of the library eventsourcing 9.5.

    python -m tests.benchmarks.bench_read [POSTGRESQL_URL]

Both read the same conversations: 2,000 sessions of 25 events, as a live bot records them (messages,
rankings, actions, slots). The log's are encrypted, as they are by default; eventsourcing's are not.
Ours fold to trackers, theirs to an aggregate that keeps the slots and the latest action. Beside
them stands the limit: the bare driver, rows undecoded. Three rounds, in turns; medians
of processor time.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from recorder.dialogue.tracker import EVOLVES, replay
from recorder.events.event import Event, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from recorder.store.sql import SqlLog
from tests.benchmarks.bench_append import KEYS, RANKING, database, environment, fresh

SESSIONS = 2_000
AT_ONCE = 50


def conversation(number: int) -> Iterator[Event]:
    """25 events: a start, and three turns of eight."""
    yield SessionStarted()
    for turn in range(3):
        said = f"which of the venues is better for {number} of us, and how much is turn {turn}?"
        parsed = {"intent": {"name": "compare_reviews", "confidence": 0.83}, "entities": [], "text": said}
        yield UserUttered(said, parsed, "rest", f"m{number}-{turn}")
        yield IntentRanked("e" * 36, "m" * 16, RANKING)
        yield SlotSet("venues", [{"name": "Katzenclub", "reviews": 4.5}, {"name": "Foo Bar", "reviews": 4.0}])
        yield ActionRanked("e" * 36, "m" * 16, RANKING, "learned")
        yield ActionExecuted("action_show_venue_reviews", "learned", 0.83)
        yield BotUttered(f"The reviews of turn {turn} are these: four and a half of five", {"buttons": []})
        yield ActionRanked("e" * 36, "m" * 16, RANKING, "memorised")
        yield ActionExecuted("action_listen", "memorised", 1.0)


class Session(Aggregate):
    """The same conversation, as the library keeps one."""

    def __init__(self) -> None:
        self.slots: dict[str, Any] = {}
        self.latest = ""

    @event("Happened")
    def happen(self, type: str, data: Any) -> None:
        match type:
            case "slot":
                self.slots = {**self.slots, data["name"]: data["value"]}
            case "action":
                self.latest = data["name"]


def ours(log: SqlLog) -> int:
    """Fold all sessions; returns how many events were read."""
    read = 0
    names = [session_stream(str(number)) for number in range(SESSIONS)]
    for start in range(0, SESSIONS, AT_ONCE):
        for records in log.read_many(names[start : start + AT_ONCE], EVOLVES).values():
            tracker = replay(record.event for record in records)
            assert tracker.latest_action == "action_listen"
            read += records[-1].version + 1
    return read


def theirs(application: Application[UUID], ids: list[UUID]) -> int:
    read = 0
    for each in ids:
        session: Session = application.repository.get(each)
        assert session.latest == "action_listen"
        read += session.version - 1
    return read


def limit(url: str) -> int:
    sql = "SELECT stream, version, payload FROM events ORDER BY stream, version"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return len(file.execute(sql).fetchall())
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as server:
        return len(server.cursor(binary=True).execute(sql.encode()).fetchall())


def measure(url: str) -> tuple[float, float, float]:
    """Events per second: ours, theirs, the limit."""
    log = SqlLog(database(url, "FULL"), KEYS.load())
    application = Application[UUID](env=environment(url))
    ids = []
    for number in range(SESSIONS):
        told = list(conversation(number))
        log.append(session_stream(str(number)), told)
        session = Session()
        for each in told:
            session.happen(each.type, asdict(each))
        application.save(session)
        ids.append(session.id)
    ways: list[Callable[[], int]] = [
        lambda: ours(log),
        lambda: theirs(application, ids),
        lambda: limit(url),
    ]
    rounds = [[_rate(way) for way in ways] for _ in range(3)]
    log.database.close()
    application.close()
    first, second, third = (median(each) for each in zip(*rounds, strict=True))
    return first, second, third


def _rate(way: Callable[[], int]) -> float:
    started = time.process_time()
    return way() / (time.process_time() - started)


def main(server: str = "") -> None:
    table = Table("database", "log, events/s", "× eventsourcing", "of the bare driver", title="read and fold")
    for kind, where in [("SQLite", ""), *([("PostgreSQL", server)] if server else [])]:
        with fresh(where) as url:
            mine, others, most = measure(url)
        table.add_row(kind, f"{mine:,.0f}", f"{mine / others:.1f}", f"{mine / most:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
