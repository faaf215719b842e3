"""200 conversations of 20 messages at once with `recorder serve`, and whether each went as it goes alone.

    python -m tests.benchmarks.bench_conversations [POSTGRESQL_URL]

The server, the action server and the people are processes of their own. Without pauses each person writes
on as soon as the answer is there, which says how much goes through; with pauses of a second on average, how
long one waits. Then the action server is killed in the middle and started again seconds later: what failed
meanwhile must be in the log as failed, and all else as it would have been.

Every session is held against the same messages answered alone, in this process: each reply, each event.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from threading import Timer
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from recorder.actions import local
from recorder.actions.anywhere import Actions, Events, Outcome
from recorder.api.channel import messages as cut_up
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed
from recorder.events.event import Event, Recorded, changed, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import ActionExecuted, Opaque
from recorder.learning.model import Model
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from recorder.store.sql import open_log
from recorder.talking.bot import Bot
from tests.benchmarks.bench_append import KEYS, fresh
from tests.benchmarks.talkers import CONCERTS, messages, model

SESSIONS: Final = 200
TURNS: Final = 20
PAUSE: Final = 1.0
"""Seconds between an answer and the next message, on average."""
DOWN: Final = 2.0
"""Seconds for which there is no action server."""

Heard = list[tuple[int, list[dict[str, Any]], float]]


@dataclass(frozen=True)
class Run:
    """What was heard, and how it was checked."""

    heard: dict[str, Heard]
    seconds: float
    busy: float
    """Seconds of processor time that the server took."""
    failed: int
    """Actions that the log says failed."""
    wrong: list[str]
    """Sessions that did not go as they go alone."""


def main(server: str = "") -> None:
    mind = model()
    table = Table(
        "conversations",
        "messages/s",
        "server ms each",
        "p50 ms",
        "p99 ms",
        "actions failed",
        "wrong sessions",
        title="200 × 20",
    )
    for name, where in [("SQLite", ""), *([("PostgreSQL", server)] if server else [])]:
        table.add_row(f"{name}, no pauses", *row(once(mind, where)))
        table.add_row(f"{name}, pauses of {PAUSE:g} s", *row(once(mind, where, pause=PAUSE)))
        table.add_row(f"{name}, action server killed", *row(once(mind, where, killed=True)))
    console = Console(width=120)
    console.print(table)
    console.print(
        f"Load of the machine over the last minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores."
    )


def row(run: Run) -> list[str]:
    waits = [1e3 * seconds for heard in run.heard.values() for _, _, seconds in heard]
    rate, busy = len(waits) / run.seconds, 1e3 * run.busy / len(waits)
    return [
        f"{rate:,.0f}",
        f"{busy:.1f}",
        f"{median(waits):.1f}",
        f"{quantiles(waits, n=100)[98]:.1f}",
        str(run.failed),
        str(len(run.wrong)),
    ]


def scripts() -> dict[str, list[str]]:
    """What each of them says: the visitors' words, from another place on for each."""
    texts = messages()
    return {f"caller {n}": [texts[(n * 13 + i) % len(texts)] for i in range(TURNS)] for n in range(SESSIONS)}


def once(mind: Model, where: str, *, pause: float = 0.0, killed: bool = False) -> Run:
    with fresh(where) as url, tempfile.TemporaryDirectory() as name:
        folder, told = Path(name), scripts()
        save(mind, folder / "models")
        (folder / "said.json").write_text(json.dumps(told), encoding="utf-8")
        with action_server(folder) as restart, serving(url, folder) as (address, server):
            timers = (
                [Timer(at, call) for at, call in zip((2.0, 2.0 + DOWN), restart, strict=True)]
                if killed
                else []
            )
            before, started = processor_time(server), time.perf_counter()
            for timer in timers:
                timer.start()
            heard = talk(address, folder / "said.json", pause)
            seconds, busy = time.perf_counter() - started, processor_time(server) - before
            for timer in timers:
                timer.join()
        log = open_log(url, keys=KEYS)
        checked = {
            session: check(log, mind, session, texts, heard[session]) for session, texts in told.items()
        }
        log.database.close()
        failed = sum(count for _, count in checked.values())
        return Run(
            heard, seconds, busy, failed, [session for session, (right, _) in checked.items() if not right]
        )


def check(log: EventLog, mind: Model, session: str, texts: Sequence[str], heard: Heard) -> tuple[bool, int]:
    """Whether the session is as it is alone, where the same actions fail; and how many did."""
    rows = log.read(session_stream(session))
    actions = FailsLike(local.load(CONCERTS / "actions.py"), rows)
    alone = MemoryLog()
    bot = Bot(alone, mind, actions)
    replies = [cut_up(session, bot.answer(session, text, source="rest")) for text in texts]
    right = replies == [answer for _, answer, _ in heard] and {status for status, _, _ in heard} == {200}
    return right and placed(rows) == placed(alone.read(session_stream(session))), actions.failures


class FailsLike:
    """Actions that fail where the log says that they did."""

    def __init__(self, actions: Actions, rows: Sequence[Recorded]) -> None:
        self._actions = actions
        events = [row.event for row in rows]
        self._reasons = iter(
            [
                after.data["reason"] if isinstance(after, Opaque) else None
                for event, after in pairwise(events)
                if isinstance(event, ActionExecuted) and event.name in actions
            ]
        )
        self.failures = 0

    def __contains__(self, name: object) -> bool:
        return name in self._actions

    def run(
        self, name: str, session: str, state: Tracker, *, domain: Domain, events: Events = list
    ) -> Outcome:
        if reason := next(self._reasons):
            self.failures += 1
            raise ActionFailed(name, reason)
        return self._actions.run(name, session, state, domain=domain, events=events)


def placed(rows: Sequence[Recorded]) -> list[Event]:
    """The events; what is about another names its place instead of its id."""
    places = {row.id: str(row.version) for row in rows}
    return [
        changed(event, about=places[event.about]) if isinstance(event, IntentRanked | ActionRanked) else event
        for event in (row.event for row in rows)
    ]


def save(mind: Model, folder: Path) -> None:
    about = {"trained_at": datetime.now(UTC), "data_hash": mind.id, "scores": {}, "counts": {}}
    ModelFiles(folder).save(mind, about)


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a server of this log, and its process."""
    command = ("serve", "--port", "0", "--database", url, "--models", str(folder / "models"))
    actions = ("--endpoints", str(folder / "endpoints.yml"))
    environ = {**os.environ, "RECORDER_MASTER_KEY": KEYS.value}
    with running([sys.executable, "-m", "recorder", *command, *actions], env=environ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1], process.pid


def processor_time(process: int) -> float:
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def action_server(folder: Path) -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """The concert bot's actions under rasa_sdk; gives what kills it, and what starts it again."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "endpoints.yml").write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{port}/webhook"\n')
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with ExitStack() as servers:

        def start() -> subprocess.Popen[str]:
            process = servers.enter_context(running(command, cwd=CONCERTS))
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    return process
                time.sleep(0.05)
            raise SystemExit(f"the action server does not listen: {' '.join(command)}")

        first = start()
        yield partial(kill, first), start


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is told to end at the end; what it started itself is killed with it."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        **options,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
        kill(process)
        assert process.stdout is not None
        process.stdout.close()


def kill(process: subprocess.Popen[str]) -> None:
    """It and all that it started: the action server's listener is a process of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def talk(address: str, file: Path, pause: float) -> dict[str, Heard]:
    command = [sys.executable, "-m", "tests.benchmarks.callers", address, str(file), str(pause)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    heard: dict[str, Heard] = json.loads(done.stdout)
    return heard


if __name__ == "__main__":
    main(*sys.argv[1:])
