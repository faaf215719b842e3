"""Everything at once, for a long time: does anything fail, grow, or fall behind?

    python -m tests.benchmarks.soak MINUTES [POSTGRESQL_URL] [--json FILE]

Processes of their own, on one log (on SQLite without a URL): a broker's events come in, visitors chat
with the concert bot's trained model, four annotators decide and submit, a follower follows, the read
models are made again and again, the log is backed up, and sessions are forgotten now and then (backup
and forget as the commands of these names). A line a minute; at the end a table, and JSON in FILE.
The exit code is 1 when there was any error. The server's database is made for this and dropped.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil, log10
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from statistics import linear_regression
from typing import Any, Final

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from recorder.actions import local
from recorder.cli import COMMANDS
from recorder.events.event import session_stream, stream_parts
from recorder.ingest.broker import Message
from recorder.read_models.catching_up import ReadModels
from recorder.review.people import operator
from recorder.services import training, training_files
from recorder.services.consuming import Intake
from recorder.services.reviewing import Desk, decide, open_session
from recorder.store.following import follow
from recorder.store.model_files import ModelFiles
from recorder.store.sql import SqlLog, open_log
from recorder.talking.bot import respond
from tests.benchmarks.bench_append import KEYS, fresh

BOT: Final = Path(__file__).parents[2] / "data" / "concertbot"
ANNOTATORS: Final = 4
WARM: Final = 0.25
"""Share of the time in which memory may still grow."""
STEPS: Final = 40
"""Buckets of latency in each power of ten."""


@dataclass
class Latencies:
    """Milliseconds, counted in buckets 6 % wide: bounded, however long it goes on."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        self.counts[ceil(STEPS * log10(max(seconds * 1000, 0.001)))] += 1

    def quantile(self, share: float) -> float:
        left = share * self.counts.total()
        for bucket in sorted(self.counts):
            left -= self.counts[bucket]
            if left <= 0:
                return float(10 ** (bucket / STEPS))
        return 0.0


class Part:
    """What a process tells of itself, in a file that it replaces every second."""

    def __init__(self, folder: Path, name: str, url: str) -> None:
        self.folder, self.name, self.url = folder, name, url
        self.done = self.lag = 0
        self.errors: list[str] = []
        self.luck = Random(name)
        self.latencies = Latencies()
        self._told = 0.0

    def open(self) -> SqlLog:
        log = open_log(self.url, keys=KEYS)
        log.append = self.timed(log.append)  # type: ignore[method-assign]
        log.append_many = self.timed(log.append_many)  # type: ignore[method-assign]
        return log

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **more: Any) -> Any:
            started = time.perf_counter()
            try:
                return call(*arguments, **more)
            finally:
                self.latencies.add(time.perf_counter() - started)

        return timed

    def goes_on(self) -> bool:
        if time.monotonic() - self._told > 1:
            self._told = time.monotonic()
            self.tell()
        return not (self.folder / "end").exists()

    def tell(self) -> None:
        told = {
            "done": self.done,
            "lag": self.lag,
            "errors": self.errors[:5],
            "failed": len(self.errors),
            "latencies": dict(self.latencies.counts),
        }
        new = self.folder / f"{self.name}.new"
        new.write_bytes(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS))
        new.replace(self.folder / f"{self.name}.json")

    def loop(self, step: Callable[[], None], pause: float) -> None:
        while self.goes_on():
            try:
                step()
                self.done += 1
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
            time.sleep(pause * (0.5 + self.luck.random()))
        self.tell()


def ingest(part: Part) -> None:
    """Some 100 events a second, of sessions of 30 events, some delivered twice."""
    intake = Intake(part.open(), "soak")
    numbers = iter(range(sys.maxsize))
    last: list[Message] = []

    def step() -> None:
        nonlocal last
        messages = []
        for number in (next(numbers) for _ in range(20)):
            event = {
                "sender_id": f"{part.name}-{number // 300}-{number % 10}",
                "event": "user" if number % 3 else "action",
                "timestamp": 1.7e9 + number / 100,
                "text": f"message {number} of nobody@example.org",
                "name": "utter_greet",
            }
            messages.append(Message(orjson.dumps(event), "soak"))
        rejected = intake.take([*last, *messages])
        last = messages[-3:]
        assert not rejected, rejected

    part.loop(step, 0.2)


def chat(part: Part) -> None:
    """One visitor at a time, six messages each."""
    log = part.open()
    model = ModelFiles(part.folder / "models").load("latest")
    actions = local.load(BOT / "actions.py")
    texts = [each.text for each in training_files.read([BOT / "nlu.yml"]).nlu.examples]

    def step() -> None:
        session = f"{part.name}-{part.done // 6}"
        respond(log, model, actions, session, part.luck.choice(texts), source="soak")

    part.loop(step, 0.1)


def annotate(part: Part) -> None:
    """Opens one of the latest chats, confirms each question, submits."""
    desk = Desk(part.open(), ModelFiles(part.folder / "models").load("latest").domain)
    number = 0

    def step() -> None:
        nonlocal number
        chats = part.folder / "chat.json"
        if not chats.exists() or number >= orjson.loads(chats.read_bytes())["done"] // 6:
            return
        session, number = f"chat-{number}", number + 1
        if not desk.log.version(session_stream(session)):
            return
        shown = open_session(desk, session, operator(part.name))
        mine = f"{part.name}-{number}"
        decisions = [
            {"id": f"{mine}-{n}", "type": "step_confirmed", "step": question["id"], "made_on": 0}
            for n, question in enumerate(shown["questions"])
        ]
        for decision in [
            *decisions,
            {"id": f"{mine}-end", "type": "review_submitted", "session_version": shown["version"]},
        ]:
            outcome = decide(desk, session, operator(part.name), [decision])
            assert not outcome.refused, outcome.refused

    part.loop(step, 0.5)


def watch(part: Part) -> None:
    """Follows from the beginning; its lag is in positions, and the latency that of each event."""
    log, last = part.open(), 0
    for rows in follow(log, stop=lambda: not part.goes_on()):
        if rows[0].position != last + 1:
            part.errors.append(f"{rows[0].position} after {last}")
        last = rows[-1].position
        part.done += len(rows)
        part.lag = log.position() - last
        for row in rows:
            part.latencies.add(max(0.0, (datetime.now(UTC) - row.recorded_at).total_seconds()))
    part.tell()


def rebuild(part: Part) -> None:
    log = part.open()
    part.loop(lambda: _rebuilt(log), 5)


def _rebuilt(log: SqlLog) -> None:
    ReadModels(log.engine, log).rebuild()


def back_up(part: Part) -> None:
    def step() -> None:
        target = part.folder / f"backup-{part.done}.db"
        _command(part, "backup", str(target))
        for file in part.folder.glob(f"{target.name}*"):
            file.unlink()

    part.loop(step, 20)


def forget(part: Part) -> None:
    log = part.open()

    def step() -> None:
        sessions = [stream_parts(each)[1] for each in log.streams("session/ingest")]
        if len(sessions) > 40:  # one that nobody writes to any more
            _command(part, "forget", sessions[part.luck.randrange(20)], "--yes", "--no-vacuum")

    part.loop(step, 20)


def _command(part: Part, *words: str) -> None:
    environment = {
        "RECORDER_DATABASE": part.url,
        "RECORDER_MASTER_KEY": KEYS.value or "",
        "PATH": "/usr/bin:/bin",
    }
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "recorder", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=part.folder)
    if done.returncode:
        raise RuntimeError(f"recorder {words[0]}: {done.stderr.strip()[-300:]}")


def run(play: Callable[[Part], None], folder: Path, name: str, url: str) -> None:
    part = Part(folder, name, url)
    try:
        play(part)
    except Exception as error:
        part.errors.append(f"ended by {type(error).__name__}: {error}")
        part.tell()
        raise


def parts() -> Iterator[tuple[str, Callable[[Part], None]]]:
    yield from (("ingest", ingest), ("chat", chat), ("follower", watch), ("rebuild", rebuild))
    yield from ((f"annotator-{n}", annotate) for n in range(ANNOTATORS))
    if "backup" in COMMANDS:
        yield "backup", back_up
    if "forget" in COMMANDS:
        yield "forget", forget


@dataclass
class Soak:
    """What is measured from outside."""

    folder: Path
    processes: dict[str, BaseProcess]
    started: float = field(default_factory=time.monotonic)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Process -> (minutes, MB), every two seconds."""

    def look(self) -> None:
        minutes = (time.monotonic() - self.started) / 60
        for name, process in self.processes.items():
            with suppress(psutil.NoSuchProcess):
                megabytes = psutil.Process(process.pid).memory_info().rss / 1e6
                self.memory.setdefault(name, []).append((minutes, megabytes))

    def told(self) -> dict[str, dict[str, Any]]:
        files = {name: self.folder / f"{name}.json" for name in self.processes}
        return {name: orjson.loads(file.read_bytes()) for name, file in files.items() if file.exists()}

    def growth(self, name: str) -> float:
        """MB an hour, once it is warm."""
        samples = self.memory.get(name, [])
        warm = [each for each in samples if each[0] > samples[-1][0] * WARM]
        return linear_regression(*zip(*warm, strict=True)).slope * 60 if len(warm) > 2 else 0.0


def latencies(told: dict[str, dict[str, Any]], names: Sequence[str]) -> Latencies:
    counts: Counter[int] = Counter()
    for name in names:
        counts.update({int(k): v for k, v in told.get(name, {}).get("latencies", {}).items()})
    return Latencies(counts)


WRITERS: Final = ("chat", *(f"annotator-{n}" for n in range(ANNOTATORS)))
"""Those whose single appends are timed."""


def line(soak: Soak, before: Latencies, events: int) -> Latencies:
    """A word about the last minute."""
    told = soak.told()
    now = latencies(told, WRITERS)
    minute = Latencies(now.counts - before.counts)
    failed = sum(each["failed"] for each in told.values())
    total = sum(samples[-1][1] for samples in soak.memory.values())
    print(
        f"{(time.monotonic() - soak.started) / 60:6.1f} min  {failed} errors  {events:,} events  "
        f"append p50 {minute.quantile(0.5):.1f} ms, p99 {minute.quantile(0.99):.1f} ms  "
        f"follower {told.get('follower', {}).get('lag', 0)} behind  {total:,.0f} MB",
        flush=True,
    )
    return now


def report(soak: Soak, events: int) -> tuple[Table, dict[str, Any]]:
    told = soak.told()
    table = Table("process", "done", "errors", "p50, ms", "p99, ms", "MB", "MB an hour", title="soak")
    summary: dict[str, Any] = {"minutes": (time.monotonic() - soak.started) / 60, "events": events}
    for name in soak.processes:
        said = told.get(name, {"done": 0, "failed": 1, "errors": ["it never said anything"]})
        times = latencies(told, [name])
        samples = soak.memory.get(name) or [(0.0, 0.0)]
        row = {
            "done": said["done"],
            "errors": said["failed"],
            "p50": round(times.quantile(0.5), 1),
            "p99": round(times.quantile(0.99), 1),
            "megabytes": round(samples[-1][1], 1),
            "megabytes_an_hour": round(soak.growth(name), 1),
        }
        summary[name] = {
            **row,
            "first_errors": said["errors"],
            "memory": samples[:: max(1, len(samples) // 60)],
        }
        table.add_row(name, *(f"{value:,}" for value in row.values()))
    summary["append_p50"], summary["append_p99"] = (
        round(latencies(told, WRITERS).quantile(share), 1) for share in (0.5, 0.99)
    )
    return table, summary


def main(minutes: str, server: str = "", *more: str) -> int:
    out = Path(more[more.index("--json") + 1]) if "--json" in more else Path("soak.json")
    world = multiprocessing.get_context("spawn")
    with fresh(server) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [BOT / each for each in ("domain.yml", "stories.yml", "nlu.yml")]
        training.train(files, ModelFiles(folder / "models"), clock=lambda: datetime.now(UTC))
        log = open_log(url, keys=KEYS)
        processes = {
            part: world.Process(target=run, args=(play, folder, part, url), name=part)
            for part, play in parts()
        }
        for process in processes.values():
            process.start()
        soak, before, said = Soak(folder, dict(processes)), Latencies(), 0.0
        while (passed := (time.monotonic() - soak.started) / 60) < float(minutes):
            time.sleep(2)
            soak.look()
            if passed >= said + 1:
                said += 1
                before = line(soak, before, log.position())
        (folder / "end").touch()
        for process in processes.values():
            process.join(60)
        died = [part for part, process in processes.items() if process.exitcode != 0]
        for process in processes.values():
            process.kill()
        table, summary = report(soak, log.position())
        log.database.close()
    Console().print(table)
    summary["died"] = died
    out.write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    failed = sum(each["errors"] for each in summary.values() if isinstance(each, dict))
    print(f"{summary['events']:,} events, {failed} errors, append p99 {summary['append_p99']} ms; in {out}")
    for part, each in summary.items():
        for error in each["first_errors"] if isinstance(each, dict) else []:
            print(f"{part}: {error}")
    return 1 if failed or died else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
