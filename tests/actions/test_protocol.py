"""What an action server is asked, and what its answers mean."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.actions import protocol
from recorder.actions.anywhere import Outcome
from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.tracker import replay
from recorder.errors import ActionFailed, ActionRejected
from recorder.events.session import SlotSet, UserUttered
from recorder.formats import domain_yaml
from recorder.formats.rasa_events import to_rasa

DOMAIN = Domain(slots=(Slot("city"),), actions=("action_a", "action_b"), send_domain=("action_b",))
EVENTS = (UserUttered("hi", {"intent": {"name": "greet", "confidence": 1.0}}), SlotSet("city", "Oslo"))


def asked(domain: bytes | None) -> dict[str, Any]:
    said = [to_rasa(event, None) for event in EVENTS]
    body = protocol.request("action_a", "s1", replay(EVENTS, DOMAIN), said, domain)
    parsed: dict[str, Any] = orjson.loads(body)
    return parsed


def test_a_request_names_the_action_the_session_and_all_that_happened() -> None:
    body = asked(protocol.domain_text(DOMAIN))

    assert sorted(body) == ["domain", "next_action", "sender_id", "tracker", "version"]
    assert (body["next_action"], body["sender_id"]) == ("action_a", "s1")
    assert [event["event"] for event in body["tracker"]["events"]] == ["user", "slot"]
    assert body["tracker"]["slots"] == {"city": "Oslo"}
    assert body["domain"]["actions"] == ["action_a", {"action_b": {"send_domain": True}}]


def test_a_request_may_leave_the_domain_out() -> None:
    assert "domain" not in asked(None)


def test_the_domain_that_is_sent_is_that_of_a_domain_file() -> None:
    sent = orjson.loads(protocol.domain_text(DOMAIN))

    assert domain_yaml.loads(orjson.dumps(sent).decode()).domain == DOMAIN  # JSON is YAML


def came(status: int, body: object) -> Outcome:
    return protocol.outcome("action_a", status, body if isinstance(body, bytes) else orjson.dumps(body))


def test_an_answer_holds_what_was_said_and_what_happened() -> None:
    empty: dict[str, Any] = {
        "buttons": [],
        "elements": [],
        "custom": {},
        "template": "utter_x",
        "image": None,
    }
    answer = {
        "responses": [{"text": "hi", **empty, "template": None}, {"text": None, **empty, "name": "Ada"}],
        "events": [{"event": "slot", "timestamp": None, "name": "city", "value": "Rome"}],
    }

    assert came(200, answer) == Outcome(
        [{"text": "hi"}, {"response": "utter_x", "name": "Ada"}],
        [{"event": "slot", "timestamp": None, "name": "city", "value": "Rome"}],
    )


@pytest.mark.parametrize("answer", [{}, {"events": None, "responses": None}, {"events": [], "more": 1}])
def test_an_answer_may_hold_nothing(answer: object) -> None:
    assert came(200, answer) == Outcome([], [])


def test_status_400_with_the_name_of_the_action_is_a_rejection() -> None:
    with pytest.raises(ActionRejected, match="action_a"):
        came(400, {"error": "not now", "action_name": "action_a"})


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "Invalid body request"}, "status 400: Invalid body request"),
        (400, b"<html>", "status 400"),
        (401, b"", r"refuses us \(401\): check token"),
        (403, {"error": "no"}, r"refuses us \(403\)"),
        (404, {"error": "none", "action_name": "action_a"}, "has no such action: add it there"),
        (404, b"Not found", "nothing is at this address"),
        (449, {"error": "domain"}, "status 449: domain"),
        (
            500,
            {"error": "boom", "request_body": {"secret": 1}},
            r"raised an error in the action server: boom\.$",
        ),
        (500, b"", r"raised an error in the action server\.$"),
        (503, b"busy", "status 503"),
        (302, b"", "sends us elsewhere"),
        (200, b"", "not JSON"),
        (200, b"{", "not JSON"),
        (200, b'{"events": [', "not JSON"),
        (200, b"\xff\xfe", "not JSON|not UTF-8"),
        (200, b"null", "is None, not an object"),
        (200, [], "not an object"),
        (200, {"events": {}, "responses": "hi"}, "it gave back 'hi', not a list"),
        (200, {"events": "no"}, "not a list of events"),
        (200, {"events": [1]}, "not a list of events"),
        (200, {"events": [None]}, "not a list of events"),
        (200, {"responses": [["text"]]}, "not a list of events"),
        (
            200,
            b'{"events": [{"event": "slot", "value": ' + b"[" * 200 + b"]" * 200 + b"}]}",
            "deeper than 100",
        ),
        (200, b"[" * 100_000 + b"]" * 100_000, "not JSON|nested too deeply"),
    ],
)
def test_any_other_answer_says_what_is_wrong(status: int, body: object, reason: str) -> None:
    with pytest.raises(ActionFailed, match=reason) as error:
        came(status, body)

    assert "secret" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.dictionaries(st.sampled_from(["events", "responses", "error", "action_name"]), JSON)


@given(status=st.integers(100, 599), body=st.binary() | ANSWERS.map(lambda said: orjson.dumps(said)))
def test_whatever_is_answered_is_an_outcome_or_a_clear_failure(status: int, body: bytes) -> None:
    try:
        outcome = protocol.outcome("action_a", status, body)
    except (ActionFailed, ActionRejected):
        return

    assert all(isinstance(one, dict) for one in (*outcome.messages, *outcome.events))


@pytest.mark.parametrize(
    ("status", "body", "names"),
    [
        (200, b'[{"name": "action_a"}, {"name": "action_b"}]', {"action_a", "action_b"}),
        (200, b"[]", set()),
        (200, b"{}", None),
        (200, b"[1]", None),
        (200, b"<html>", None),
        (404, b"[]", None),
    ],
)
def test_a_server_may_list_its_actions(status: int, body: bytes, names: set[str] | None) -> None:
    assert protocol.registered(status, body) == names
