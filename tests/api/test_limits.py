"""What no request may be: refused with a reason, and nothing is written."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from recorder.api import bodies, server
from recorder.api.bodies import MOST
from tests.api.served import JSON, hub, served


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with served(hub()) as client:
        yield client


def message(**more: Any) -> bytes:
    return json.dumps({"sender": "a", "message": "greet", **more}).encode()


DEEP = b"[" * 200 + b"]" * 200
EVENT = {"event": "pause"}
FAULTS = {
    "1 MB": ("/webhooks/rest/webhook", message(message="x" * 1_000_000), 413),
    "not UTF-8": ("/webhooks/rest/webhook", b'{"sender": "a", "message": "\xff"}', 400),
    "half a character": ("/webhooks/rest/webhook", b'{"sender": "a", "message": "\\ud800"}', 400),
    "no JSON": ("/webhooks/rest/webhook", b"greet", 400),
    "nothing": ("/webhooks/rest/webhook", b"", 400),
    "null": ("/webhooks/rest/webhook", b"null", 400),
    "200 levels": ("/webhooks/rest/webhook", message(metadata={"a": json.loads(DEEP)}), 400),
    "NaN": ("/webhooks/rest/webhook", b'{"sender": "a", "message": NaN}', 400),
    "no sender": ("/webhooks/rest/webhook", b'{"message": "greet"}', 400),
    "an empty sender": ("/webhooks/rest/webhook", message(sender=""), 400),
    "a huge sender": ("/webhooks/rest/webhook", message(sender="x" * 256), 400),
    "a NUL in the sender": ("/webhooks/rest/webhook", message(sender="a\0b"), 400),
    "a NUL in the message": ("/webhooks/rest/webhook", message(message="a\0b"), 400),
    "a NUL in a key": ("/webhooks/rest/webhook", message(metadata={"a\0": 1}), 400),
    "a number as sender": ("/webhooks/rest/webhook", message(sender=7), 400),
    "a list as message": ("/webhooks/rest/webhook", message(message=["greet"]), 400),
    "a list": ("/webhooks/rest/webhook", b"[" + message() + b"]", 400),
    "no event": ("/sessions/a/events", b'{"name": "utter_greet"}', 400),
    "a text as event": ("/sessions/a/events", b'["pause"]', 400),
    "200 levels of an event": (
        "/sessions/a/events",
        b'{"event": "slot", "name": "s", "value": ' + DEEP + b"}",
        400,
    ),
    "an event of another session": (
        "/sessions/a/events",
        json.dumps({**EVENT, "sender_id": "b"}).encode(),
        400,
    ),
    "a huge session": (f"/sessions/{'x' * 256}/events", json.dumps(EVENT).encode(), 400),
    "a session that is not UTF-8": ("/sessions/%FFa/events", json.dumps(EVENT).encode(), 400),
    "no session": ("/sessions//events", json.dumps(EVENT).encode(), 400),
    "an unknown session": ("/conversations/nobody/execute", b'{"name": "utter_greet"}', 404),
    "an unknown intent": ("/conversations/a/trigger_intent", b'{"name": "nothing"}', 404),
    "a message of the bot": ("/conversations/a/messages", b'{"text": "hi", "sender": "bot"}', 400),
    "events that are none": ("/model/predict", b'[{"event": "slot"}]', 400),
    "an unknown page": ("/model/train", b"{}", 404),
    "an unknown version": ("/sessions/a/events?expected_version=-1", json.dumps(EVENT).encode(), 400),
    "a version that is not there": ("/sessions/a/events?expected_version=3", json.dumps(EVENT).encode(), 409),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_refused_in_rasas_words_and_nothing_is_written(client: httpx.Client, fault: str) -> None:
    path, body, status = FAULTS[fault]

    answer = client.post(path, content=body, headers=JSON)

    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told.keys() == {"version", "status", "message", "reason", "details", "help", "code"}
    assert told["code"] == status and told["status"] == "failure"
    assert 5 < len(told["message"]) < 300
    assert client.get("/conversations/a/tracker").status_code == 404


def test_a_page_is_asked_in_its_way(client: httpx.Client) -> None:
    answer = client.get("/webhooks/rest/webhook")
    text = client.post("/webhooks/rest/webhook", content=message(), headers={"Content-Type": "text/plain"})

    assert (answer.status_code, answer.json()["reason"]) == (405, "MethodNotAllowed")
    assert answer.headers["Allow"] == "POST"
    assert (text.status_code, text.json()["reason"]) == (415, "UnsupportedMediaType")


def test_a_body_without_a_length_is_counted_as_it_comes(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MOST // 10_000 + 2):
            yield b" " * 10_000

    assert client.post("/webhooks/rest/webhook", content=chunks(), headers=JSON).status_code == 413


def test_a_body_that_comes_drop_by_drop_is_not_waited_for(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.3)
    head = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"

    assert b" 408 " in raw(client, head + b"Content-Type: application/json\r\n\r\n{")


def test_who_says_nothing_is_left(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_SILENT", 0.2)

    assert raw(client, b"") == b""
    assert raw(client, b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: local") == b""


def raw(client: httpx.Client, sent: bytes) -> bytes:
    """What comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=20) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(4096):
            received += chunk
        return received
