"""Many conversations at once through the REST channel of `recorder serve`, with everything on disk.

    python -m tests.benchmarks.bench_serve [CONVERSATIONS] [TURNS] [DATABASE_URL]

A server process, a client process, real sockets. Every conversation waits for its answer before it goes on,
and every answer is held against what its own session said before. First a bot that answers by itself, then
one whose every fourth turn runs an action on Rasa's action server, which is killed and started again
meanwhile. Afterwards the log is read: every message once, in order, each with its answer.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from recorder.events.event import session_stream
from recorder.events.session import BotUttered, UserUttered
from recorder.services.training import train
from recorder.store.model_files import ModelFiles
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from recorder.talking.acting import APOLOGY
from tests.action_server import ActionServerProcess, serving

ROOT: Final = Path(__file__).parents[2]
DOMAIN: Final = """version: "3.1"
intents: [place, greet, ask]
entities: [city]
slots:
  city:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: city}]
actions: [action_echo]
responses:
  utter_city: [{text: "In {city} then."}]
  utter_greet: [{text: "Hello to {city}."}]
"""
STORIES: Final = """version: "3.1"
stories:
- story: place
  steps: [{intent: place}, {action: utter_city}]
- story: greet
  steps: [{intent: greet}, {action: utter_greet}]
- story: ask
  steps: [{intent: ask}, {action: action_echo}]
"""
NLU: Final = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
    - hi there
- intent: ask
  examples: |
    - what have you got
    - tell me more about it
"""
ACTIONS: Final = """from rasa_sdk import Action

class Echo(Action):
    def name(self):
        return "action_echo"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"There is much in {tracker.get_slot('city')}.")
        return []
"""


class Turn(NamedTuple):
    text: str
    answer: str


class Spoken(NamedTuple):
    """What one conversation met."""

    session: str
    turns: list[Turn]
    answers: list[str]
    seconds: list[float]


def script(session: str, turns: int, *, asks: bool) -> Iterator[Turn]:
    """The same for all, but every session is in a city of its own, another one every other turn."""
    city = ""
    for number in range(turns):
        if number % 2 == 0:
            city = f"{session}-{number}"
            yield Turn(f'/place{{"city": "{city}"}}', f"In {city} then.")
        elif asks and number % 4 == 1:
            yield Turn("what have you got", f"There is much in {city}.")
        else:
            yield Turn("hi there", f"Hello to {city}.")


async def talk(port: int, session: str, turns: list[Turn]) -> Spoken:
    """One connection, one message after the other."""
    await asyncio.sleep(random.random())  # they do not all come at once
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    spoken = Spoken(session, turns, [], [])
    for turn in turns:
        body = orjson.dumps({"sender": session, "message": turn.text})
        head = f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        started = time.perf_counter()
        writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        told = await reader.readuntil(b"\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 200 "), told
        length = next(line for line in told.lower().splitlines() if line.startswith(b"content-length"))
        replies = orjson.loads(await reader.readexactly(int(length.split(b":")[1])))
        spoken.seconds.append(time.perf_counter() - started)
        spoken.answers.append(" | ".join(reply["text"] for reply in replies))
    writer.close()
    return spoken


async def crowd(port: int, conversations: int, turns: int, *, asks: bool, prefix: str) -> list[Spoken]:
    names = [f"{prefix}{number}" for number in range(conversations)]
    talks = (talk(port, name, list(script(name, turns, asks=asks))) for name in names)
    return list(await asyncio.gather(*talks))


class Result(NamedTuple):
    spoken: list[Spoken]
    wall: float
    cpu: float
    """Processor seconds of the server."""


def measure(pid: int, talking: Coroutine[Any, Any, list[Spoken]]) -> Result:
    before, started = cpu_of(pid), time.perf_counter()
    spoken = asyncio.run(talking)
    return Result(spoken, time.perf_counter() - started, cpu_of(pid) - before)


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def apologies(result: Result) -> int:
    """How many were told that something failed; every other answer has to be the right one."""
    count = 0
    for spoken in result.spoken:
        for turn, answer in zip(spoken.turns, spoken.answers, strict=True):
            if answer != turn.answer:
                assert turn.text == "what have you got" and answer == APOLOGY, (turn, answer)
                count += 1
    return count


def check(url: str, result: Result) -> None:
    """The log has what was said and answered: everything, in order, once."""
    log = open_log(url)
    for spoken in result.spoken:
        events = [row.event for row in log.read(session_stream(spoken.session))]
        said = [event.text for event in events if isinstance(event, UserUttered | BotUttered)]
        told = [
            text
            for turn, answer in zip(spoken.turns, spoken.answers, strict=True)
            for text in (turn.text, answer)
        ]
        assert said == told, spoken.session
    log.database.close()


def main(conversations: int = 200, turns: int = 20, url: str = "") -> None:
    console = Console()
    table = Table("bot", "conversations", "turns", "messages/s", "p50 ms", "p99 ms", "CPU ms", "apologies")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = url or f"sqlite:///{folder}/recorder.db"
        upgrade(url)
        actions = prepare(folder)
        server, port = start(folder, url)
        try:
            actions.start()
            asyncio.run(crowd(port, 20, 10, asks=True, prefix="warm"))
            plain = measure(server.pid, crowd(port, conversations, turns, asks=False, prefix="plain"))
            killed = measure(server.pid, with_a_kill(port, conversations, turns, actions))
            row(table, "answers by itself", plain, turns)
            row(table, "action server killed meanwhile", killed, turns)
            assert apologies(plain) == 0
            for result in (plain, killed):
                check(url, result)
            console.print(table)
            console.print("Every answer was that of its session; every message is in the log once, in order.")
        finally:
            actions.kill()
            server.terminate()
            server.wait(60)


def prepare(folder: Path) -> ActionServerProcess:
    """A model, and an action server that is not started yet."""
    texts = {"domain.yml": DOMAIN, "stories.yml": STORIES, "nlu.yml": NLU}
    for file, text in {**texts, "echo.py": ACTIONS}.items():
        (folder / file).write_text(text)
    train([folder / file for file in texts], ModelFiles(folder / "models"), clock=lambda: datetime.now(UTC))
    actions = serving(folder, folder / "echo.py")
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: {actions.url}\n")
    return actions


def start(folder: Path, url: str) -> tuple[subprocess.Popen[str], int]:
    """The server, and its port."""
    words = ["--port", "0", "--database", url, "--models", str(folder / "models")]
    server = subprocess.Popen(
        [sys.executable, "-m", "recorder", "serve", *words, "--endpoints", str(folder / "endpoints.yml")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    return server, int(server.stdout.readline().split()[1].rpartition(":")[2])


async def with_a_kill(
    port: int, conversations: int, turns: int, actions: ActionServerProcess
) -> list[Spoken]:
    talking = asyncio.create_task(crowd(port, conversations, turns, asks=True, prefix="killed"))
    await asyncio.sleep(2)
    await asyncio.to_thread(actions.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(actions.start)
    return await talking


def row(table: Table, name: str, result: Result, turns: int) -> None:
    seconds = [each for spoken in result.spoken for each in spoken.seconds]
    count = len(seconds)
    table.add_row(
        name,
        str(len(result.spoken)),
        str(turns),
        f"{count / result.wall:,.0f}",
        f"{median(seconds) * 1000:.1f}",
        f"{quantiles(seconds, n=100)[98] * 1000:.1f}",
        f"{result.cpu / count * 1000:.2f}",
        str(apologies(result)),
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 200, int(given[1]) if given[1:] else 20, *given[2:3])
