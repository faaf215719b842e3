"""The bot's REST channel."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from recorder.api.channel import messages
from recorder.api.lines import Lines
from recorder.events.event import session_stream
from recorder.events.session import BotUttered, UserUttered
from recorder.store.memory import MemoryLog
from tests.api.served import hub, say, served


def test_the_bot_answers_and_everything_is_recorded_by_then() -> None:
    found = hub()
    with served(found) as client:
        replies = say(client, "ana/1", "place Berlin", metadata={"from": "page 3"}, input_channel="shop")

    assert replies == [{"recipient_id": "ana/1", "text": "In Berlin!"}]
    events = [row.event for row in found.log.read(session_stream("ana/1"))]
    (message,) = [event for event in events if isinstance(event, UserUttered)]
    assert message.text == "place Berlin"
    assert message.metadata == {"from": "page 3"} and message.input_channel == "shop"
    assert BotUttered in {type(event) for event in events}


def test_a_reply_is_cut_up_as_rasas_channel_does() -> None:
    buttons = [{"title": "Go", "payload": "/go"}]
    said = [
        BotUttered("One.\n\nTwo."),
        BotUttered("Which?", {"buttons": buttons, "image": "http://i"}),
        BotUttered(None, {"custom": {"a": 1}, "attachment": "x", "buttons": None}),
        BotUttered(None, {"elements": [{"title": "T", "subtitle": "S", "buttons": buttons}]}),
    ]

    assert messages("a", said) == [
        {"recipient_id": "a", "text": "One."},
        {"recipient_id": "a", "text": "Two."},
        {"recipient_id": "a", "text": "Which?", "buttons": buttons},
        {"recipient_id": "a", "image": "http://i"},
        {"recipient_id": "a", "custom": {"a": 1}},
        {"recipient_id": "a", "attachment": "x"},
        {"recipient_id": "a", "text": "T : S", "buttons": buttons},
    ]


def test_replies_may_come_as_lines() -> None:
    with served(hub()) as client:
        answer = client.post("/webhooks/rest/webhook?stream=true", json={"sender": "a", "message": "greet"})

    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"recipient_id": "a", "text": "Hello!"}
    ]


def texts(found_log: MemoryLog, session: str) -> list[str | None]:
    events = (row.event for row in found_log.read(session_stream(session)))
    return [event.text for event in events if isinstance(event, UserUttered)]


def test_messages_of_a_session_are_answered_in_their_order_and_others_do_not_wait_for_a_slow_action() -> None:
    log, go, begun = MemoryLog(), Event(), Event()

    def search(dispatcher: object, tracker: object) -> None:
        begun.set()
        assert go.wait(30)

    found = hub(log, actions={"action_search": search}, lines=Lines(quick=1))
    with served(found) as client, ThreadPoolExecutor(8) as pool:
        slow = pool.submit(say, client, "a", "search")
        assert begun.wait(30)
        behind = []
        for number in range(5):
            behind.append(pool.submit(say, client, "a", f"greet {number}"))
            time.sleep(0.05)
        assert say(client, "b", "greet")[0]["text"] == "Hello!"
        assert not slow.done() and not any(each.done() for each in behind)
        go.set()
        for each in (slow, *behind):
            each.result(30)

    assert texts(log, "a") == ["search", *(f"greet {number}" for number in range(5))]


def test_who_comes_when_too_many_wait_is_told_when_to_come_again() -> None:
    log, go, begun = MemoryLog(), Event(), Event()

    def search(dispatcher: object, tracker: object) -> None:
        begun.set()
        assert go.wait(30)

    found = hub(log, actions={"action_search": search}, lines=Lines(workers=2, most=1))
    with served(found) as client, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(say, client, "a", "search")
        assert begun.wait(30)
        answer = client.post("/webhooks/rest/webhook", json={"sender": "b", "message": "greet"})
        go.set()
        slow.result(30)

        assert answer.status_code == 429 and answer.headers["Retry-After"] == "1"
        assert answer.json()["reason"] == "TooManyRequests"
        assert not log.read(session_stream("b"))
        assert say(client, "b", "greet")


def test_a_server_that_is_told_to_stop_finishes_what_it_began() -> None:
    log, begun = MemoryLog(), Event()

    def search(dispatcher: object, tracker: object) -> None:
        begun.set()
        time.sleep(0.5)

    with ThreadPoolExecutor(1) as pool:
        with served(hub(log, actions={"action_search": search})) as client:
            # a client of its own, which outlives the other one
            url = str(client.base_url)
            slow = pool.submit(post, url, "search")
            assert begun.wait(30)
        assert slow.result(30).status_code == 200

    assert texts(log, "a") == ["search"]
    with pytest.raises(httpx.ConnectError):
        post(url, "greet")


def test_what_hangs_is_cut_off_at_the_deadline() -> None:
    begun, go = Event(), Event()

    def search(dispatcher: object, tracker: object) -> None:
        begun.set()
        go.wait(30)

    found = hub(actions={"action_search": search})
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        with served(found, deadline=1) as client:
            slow = pool.submit(post, str(client.base_url), "search")
            assert begun.wait(30)
        assert found.lines.running == 1
        assert time.monotonic() - started < 10
        go.set()
        assert slow.result(30).status_code == 503


def post(url: str, text: str) -> httpx.Response:
    return httpx.post(f"{url}/webhooks/rest/webhook", json={"sender": "a", "message": text}, timeout=30)
