"""A server of the tests' own: real sockets, in a thread of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from recorder.actions.local import LocalActions
from recorder.api import server
from recorder.api.application import application
from recorder.api.hub import Hub
from recorder.api.lines import Lines
from recorder.api.metrics import Metrics
from recorder.api.readiness import Readiness
from recorder.dialogue.tracker import Tracker
from recorder.learning.model import Proposal
from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.talking.bot import Bot
from recorder.talking.conversation import Mind
from tests.talking.test_conversation import Action, Scripted

JSON = {"Content-Type": "application/json"}


@dataclass
class Calm(Scripted):
    """Listens when the script has come to its end."""

    def rank_actions(self, so_far: Tracker) -> Proposal:
        try:
            return super().rank_actions(so_far)
        except IndexError:
            return Proposal((("action_listen", 1.0),), "learned")


def hub(
    log: EventLog | None = None,
    *,
    mind: Mind | None = None,
    actions: dict[str, Callable[[Any, Any], object]] | None = None,
    settings: Settings | None = None,
    lines: Lines | None = None,
) -> Hub:
    """What a server works with: by default a scripted mind, on a log in memory."""
    log, mind = log or MemoryLog(), mind or Calm()
    at_hand = LocalActions({name: Action(does) for name, does in (actions or {}).items()})
    settings = settings or Settings("sqlite:///nowhere.db", Path("models"))
    bot = Bot(log, mind, at_hand)
    return Hub(settings, log, mind, bot, lines or Lines(), CollectorRegistry(), Readiness(settings))


@contextmanager
def served(
    found: Hub, *, is_local: bool = True, deadline: int = 30, metrics: Metrics | None = None
) -> Iterator[httpx.Client]:
    """A client of a server that listens on a port of its own."""
    ready, opened = Event(), server.listening("127.0.0.1", 0)
    port = opened.getsockname()[1]
    app = application(found, is_local=is_local, metrics=metrics or Metrics())
    running = server.server(app, ready.set, deadline)
    thread = Thread(target=running.run, args=([opened],))
    thread.start()
    assert ready.wait(30)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        running.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


def say(client: httpx.Client, session: str, text: str, **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/webhooks/rest/webhook", json={"sender": session, "message": text, **more})
    assert answer.status_code == 200, answer.text
    replies: list[dict[str, Any]] = answer.json()
    return replies
