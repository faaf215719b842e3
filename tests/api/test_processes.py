"""`recorder serve` as a process: killed, stopped, restarted, two on one log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from recorder.events.event import session_stream
from recorder.events.session import BotUttered, UserUttered
from recorder.services.training import train
from recorder.store.model_files import ModelFiles
from recorder.store.sql import open_log
from tests.api.served import say

ROOT = Path(__file__).parents[2]
DOMAIN = """version: "3.1"
intents: [place, slow]
entities: [city]
slots:
  city:
    type: text
    mappings: [{type: from_entity, entity: city}]
actions: [action_wait]
responses:
  utter_city: [{text: "In {city} then."}]
"""
STORIES = """version: "3.1"
stories:
- story: place
  steps: [{intent: place}, {action: utter_city}]
- story: slow
  steps: [{intent: slow}, {action: action_wait}]
"""
ACTIONS = """import time

class Wait:
    def name(self):
        return "action_wait"

    def run(self, dispatcher, tracker, domain):
        time.sleep(1)
        dispatcher.utter_message(text="Waited.")
        return []
"""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that names the city it was told, and an action that takes a second."""
    folder = tmp_path_factory.mktemp("bot")
    texts = {"domain.yml": DOMAIN, "stories.yml": STORIES, "nlu.yml": 'version: "3.1"\nnlu: []\n'}
    for name, text in {**texts, "actions.py": ACTIONS}.items():
        (folder / name).write_text(text)
    train([folder / name for name in texts], ModelFiles(folder / "models"), clock=lambda: datetime.now(UTC))
    return folder


class Process:
    """A server on a port of its own."""

    def __init__(self, bot: Path, url: str, *more: str) -> None:
        words = ["serve", "--port", "0", "--database", url, "--models", str(bot / "models")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recorder", *words, "--actions", str(bot / "actions.py"), *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.search(r"http://[\d.]+:(\d+) ", self.line)
        assert found is not None, self.process.communicate()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=60)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        self.client.close()
        return self.process.returncode


Start = Callable[..., Process]


@pytest.fixture
def start(bot: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(url: str, *more: str) -> Process:
        started.append(process := Process(bot, url, *more))
        return process

    yield begin
    for each in started:
        each.process.kill()
        each.process.communicate()
        each.client.close()


def place(city: str) -> str:
    return f'/place{{"city": "{city}"}}'


def told(url: str, session: str) -> list[str | None]:
    """What was said in a session, by whomever."""
    log = open_log(url)
    try:
        events = [row.event for row in log.read(session_stream(session))]
    finally:
        log.database.close()
    return [event.text for event in events if isinstance(event, UserUttered | BotUttered)]


def test_what_was_answered_is_in_the_log_when_the_server_is_killed(url: str, start: Start) -> None:
    server, answered, go_on = start(url), dict[str, int](), threading.Event()
    go_on.set()

    def talk(session: str) -> None:
        while go_on.is_set():
            number = answered.get(session, 0)
            try:
                assert say(server.client, session, place(str(number)))[0]["text"] == f"In {number} then."
            except httpx.HTTPError:
                return
            answered[session] = number + 1

    with ThreadPoolExecutor(6) as pool:
        talks = [pool.submit(talk, f"s{number}") for number in range(6)]
        while sum(answered.values()) < 60:
            time.sleep(0.01)
        server.stop(signal.SIGKILL)
        go_on.clear()
        for each in talks:
            each.result(60)

    assert len(answered) == 6
    for session, count in answered.items():
        pairs = [text for number in range(count + 1) for text in (place(str(number)), f"In {number} then.")]
        assert told(url, session) in (pairs[:-2], pairs), "and at most the one that was not answered any more"
    again = start(url)
    assert say(again.client, "s0", place("Rome"))[0]["text"] == "In Rome then."


def test_two_servers_on_one_log_answer_one_session_right(url: str, start: Start) -> None:
    servers = [start(url), start(url)]

    def talk(number: int) -> list[str]:
        cities = [f"{number}-{i}" for i in range(15)]
        for city in cities:
            assert say(servers[number % 2].client, "shared", place(city))[0]["text"] == f"In {city} then."
        return cities

    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(talk, range(4)))

    texts = told(url, "shared")
    assert len(texts) == 120
    for cities in spoken:
        assert [text for text in texts[::2] if text in [*map(place, cities)]] == [*map(place, cities)]
    assert texts[1::2] == [(text or "")[16:-2].join(("In ", " then.")) for text in texts[::2]]


def test_a_server_that_is_stopped_answers_what_it_began_and_ends_well(url: str, start: Start) -> None:
    server = start(url)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(say, server.client, "a", "/slow")
        time.sleep(0.5)
        assert server.stop() == 0
        assert slow.result(30) == [{"recipient_id": "a", "text": "Waited."}]

    assert told(url, "a") == ["/slow", "Waited."]


def test_it_says_where_it_is_and_with_which_model(url: str, start: Start, bot: Path) -> None:
    server = start(url)
    model = ModelFiles(bot / "models").list()[0].id

    assert re.fullmatch(
        rf"Serving http://127\.0\.0\.1:\d+ \(model {model}\); http://\S+/docs lists .*\n", server.line
    )
    assert server.client.get("/ready").json()["ready"] is True
    assert "recorder_events_appended_total" in server.client.get("/metrics").text
    assert server.stop(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--host", "0.0.0.0"], "a token is needed there"),
        (["--model", "nothing"], "No model 'nothing'"),
        (["--database", "sqlite:///none.db"], "there is no such file"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(url: str, bot: Path, more: list[str], why: str) -> None:
    words = ["serve", "--port", "0", "--database", url, "--models", str(bot / "models"), *more]
    actions = ["--actions", str(bot / "actions.py")]
    done = subprocess.run(
        [sys.executable, "-m", "recorder", *words, *actions],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        env={**os.environ, "RECORDER_LOG_LEVEL": "error"},
    )

    assert done.returncode == 1 and done.stdout == ""
    assert why in done.stderr and "Traceback" not in done.stderr
