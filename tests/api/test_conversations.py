"""Recorded conversations, as Rasa's clients ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from recorder.api.hub import Hub
from recorder.api.metrics import Metrics
from recorder.events.event import session_stream
from recorder.events.prediction import IntentRanked
from recorder.events.session import ActionExecuted, UserUttered
from recorder.formats import story_yaml
from recorder.stories.story import ActionStep, SlotStep, UserStep
from tests.api.served import hub, say, served


@pytest.fixture
def found() -> Hub:
    return hub()


@pytest.fixture
def client(found: Hub) -> Iterator[httpx.Client]:
    with served(found) as client:
        yield client


def got(client: httpx.Client, path: str, **query: Any) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def posted(client: httpx.Client, path: str, body: Any = None, method: str = "POST") -> Any:
    answer = client.request(method, path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def kinds(tracker: dict[str, Any]) -> list[str]:
    return [event.get("name") or event["event"] for event in tracker["events"]]


def test_the_tracker_says_what_the_bot_knew(client: httpx.Client) -> None:
    say(client, "a/b ü", "place Rome", input_channel="shop")

    tracker = got(client, "/conversations/a%2Fb%20%C3%BC/tracker")

    assert tracker["sender_id"] == "a/b ü"
    assert tracker["slots"]["city"] == "Rome"
    assert tracker["latest_message"]["text"] == "place Rome"
    assert tracker["latest_message"]["intent_ranking"] == [
        {"name": "place", "confidence": 0.9},
        {"name": "other", "confidence": 0.1},
    ]
    assert (tracker["latest_action_name"], tracker["latest_input_channel"]) == ("action_listen", "shop")
    assert tracker["paused"] is False and tracker["active_loop"] == {}
    assert kinds(tracker) == [
        "action_session_start",
        "session_started",
        "action_listen",
        "user",
        "city",
        "utter_city",
        "bot",
        "action_listen",
    ]
    assert tracker["latest_event_time"] == tracker["events"][-1]["timestamp"]


def test_a_caller_chooses_the_events_and_the_time(client: httpx.Client) -> None:
    say(client, "a", "greet")
    say(client, "a", "/restart")
    say(client, "a", "place Rome")
    path = "/conversations/a/tracker"
    everything = got(client, path, include_events="ALL")
    first = next(event for event in everything["events"] if event["event"] == "bot")

    assert got(client, path, include_events="NONE")["events"] is None
    assert kinds(got(client, path, include_events="AFTER_RESTART")).count("user") == 1
    assert kinds(got(client, path, include_events="APPLIED")).count("user") == 1
    assert kinds(everything).count("user") == 3
    then = got(client, path, include_events="ALL", until=first["timestamp"])
    assert then["events"][-1] == first and then["slots"]["city"] is None
    assert client.get(path, params={"include_events": "SOME"}).status_code == 400
    assert client.get(path, params={"until": "nan"}).status_code == 400


def test_a_conversation_is_told_as_a_story(client: httpx.Client) -> None:
    say(client, "a", "greet")
    say(client, "a", "/restart")
    say(client, "a", "place Rome")

    one = story_yaml.loads(client.get("/conversations/a/story").text)
    both = story_yaml.loads(client.get("/conversations/a/story", params={"all_sessions": True}).text)

    (story,) = one.stories
    assert [step for step in story.steps if isinstance(step, ActionStep)] == [ActionStep("utter_city")]
    assert any(isinstance(step, SlotStep) for step in story.steps)
    said = [step.intent for each in both.stories for step in each.steps if isinstance(step, UserStep)]
    assert said == ["greet", "place"]


def test_a_bot_can_be_led_step_by_step(client: httpx.Client, found: Hub) -> None:
    tracker = posted(client, "/conversations/a/messages", {"text": "place Rome", "sender": "user"})
    assert tracker["latest_message"]["intent"]["name"] == "place"
    assert kinds(tracker)[-1] == "city"

    predicted = posted(client, "/conversations/a/predict")
    assert predicted["policy"] == "memorised" and predicted["confidence"] == 0.8
    best = max(predicted["scores"], key=lambda each: float(each["score"]))["action"]
    assert [each["action"] for each in predicted["scores"]] == list(found.mind().domain.action_names)
    assert got(client, "/conversations/a/tracker") == tracker, "nothing is recorded by asking"

    led = posted(client, "/conversations/a/execute", {"name": best, "policy": "mine", "confidence": 0.5})
    assert led["messages"] == [
        {
            "recipient_id": "a",
            "text": "In Rome then, {unknown}.",
            "buttons": [{"title": "Rome", "payload": "/go"}],
        }
    ]
    done = [row.event for row in found.log.read(session_stream("a")) if isinstance(row.event, ActionExecuted)]
    assert done[-1] == ActionExecuted("utter_city", "mine", 0.5)
    assert say(client, "a", "greet") == [{"recipient_id": "a", "text": "Hello!"}]


def test_what_was_understood_elsewhere_is_recorded_as_such(client: httpx.Client, found: Hub) -> None:
    parse_data = {"intent": {"name": "greet", "confidence": 0.4}, "entities": []}
    body = {"text": "servus", "sender": "user", "parse_data": parse_data}

    tracker = posted(client, "/conversations/a/messages", body)

    assert tracker["latest_message"]["intent"] == {"name": "greet", "confidence": 0.4}
    assert not [row for row in found.log.read(session_stream("a")) if isinstance(row.event, IntentRanked)]


def test_an_intent_can_be_triggered(client: httpx.Client, found: Hub) -> None:
    led = posted(client, "/conversations/a/trigger_intent", {"name": "restart", "entities": {"city": "Rome"}})

    assert led["tracker"]["latest_action_name"] is not None
    rows = found.log.read(session_stream("a"))
    (message,) = [row.event for row in rows if isinstance(row.event, UserUttered)]
    assert message.text == "EXTERNAL: restart" and message.metadata == {"is_external": True}
    assert [*message.entities] == [{"entity": "city", "value": "Rome"}]


def test_an_action_that_there_is_not_is_refused(client: httpx.Client, found: Hub) -> None:
    say(client, "a", "greet")
    version = found.log.version(session_stream("a"))

    answer = client.post("/conversations/a/execute", json={"name": "utter_nothing"})

    assert (answer.status_code, answer.json()["reason"]) == (404, "NotFound")
    assert found.log.version(session_stream("a")) == version


def test_events_are_recorded_and_the_state_that_follows_is_told(client: httpx.Client) -> None:
    say(client, "a", "greet")

    tracker = posted(
        client, "/conversations/a/tracker/events", {"event": "slot", "name": "city", "value": "Rome"}
    )

    assert tracker["slots"]["city"] == "Rome"
    assert say(client, "a", "place") == [
        {
            "recipient_id": "a",
            "text": "In Rome then, {unknown}.",
            "buttons": [{"title": "Rome", "payload": "/go"}],
        }
    ], "the bot knows what others recorded"


def test_nothing_that_was_recorded_is_replaced(client: httpx.Client, found: Hub) -> None:
    path = "/conversations/a/tracker/events"
    say(client, "a", "greet")
    events = got(client, "/conversations/a/tracker", include_events="ALL")["events"]
    more = {"event": "slot", "name": "city", "value": "Rome", "timestamp": 1.5}

    assert kinds(posted(client, path, [*events, more], "PUT")) == [*kinds({"events": events}), "city"]
    version = found.log.version(session_stream("a"))
    assert client.put(path, json=events).status_code == 409
    assert client.put(path, json=[{**events[0], "name": "other"}, *events[1:]]).status_code == 409
    assert client.put(path, json=[]).status_code == 409
    assert found.log.version(session_stream("a")) == version
    assert kinds(posted(client, "/conversations/new/tracker/events", [more], "PUT")) == ["city"]


def test_the_model_can_be_asked_without_a_conversation(client: httpx.Client, found: Hub) -> None:
    parsed = posted(client, "/model/parse", {"text": "place Rome", "message_id": "m1"})
    events = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "x", "parse_data": {"intent": {"name": "greet"}, "entities": []}},
    ]
    predicted = posted(client, "/model/predict", events)

    assert parsed["intent"] == {"name": "place", "confidence": 0.9} and parsed["message_id"] == "m1"
    assert parsed["entities"][0]["value"] == "Rome" and len(parsed["intent_ranking"]) == 2
    scores = {each["action"]: each["score"] for each in predicted["scores"]}
    assert scores["utter_greet"] == 0.8
    assert predicted["tracker"]["events"] == events
    assert found.log.position() == 0


def test_what_the_server_is_can_be_asked(client: httpx.Client) -> None:
    assert client.get("/").text.startswith("Hello")
    assert got(client, "/version").keys() == {"version", "minimum_compatible_version"}
    assert got(client, "/status") == {
        "model_file": "models/m1",
        "model_id": "m1",
        "num_active_training_jobs": 0,
    }
    assert got(client, "/webhooks/rest/") == {"status": "ok"}
    assert got(client, "/domain")["slots"]["city"]["type"] == "text"
    in_yaml = client.get("/domain", headers={"Accept": "application/yaml"})
    assert in_yaml.text.startswith("version:") and "yaml" in in_yaml.headers["Content-Type"]
    assert client.get("/domain", headers={"Accept": "text/html"}).status_code == 406
    assert got(client, "/health")["alive"] is True
    assert "<h2><code>POST /webhooks/rest/webhook</code>" in client.get("/docs").text
    assert got(client, "/openapi.json")["openapi"].startswith("3.")


def test_without_a_model_everything_else_works() -> None:
    bare = hub()
    bare = Hub(bare.settings, bare.log, None, None, bare.lines, bare.metrics, bare.readiness)
    with served(bare) as client:
        answer = client.post("/webhooks/rest/webhook", json={"sender": "a", "message": "greet"})

        assert (answer.status_code, answer.json()["reason"]) == (409, "Conflict")
        assert client.post("/sessions/a/events", json={"event": "pause"}).status_code == 200
        assert got(client, "/conversations/a/tracker")["paused"] is True
        assert got(client, "/status")["model_id"] is None


def test_requests_are_counted_by_route_and_nothing_that_they_name_is_in_the_counts() -> None:
    metrics = Metrics()
    with served(hub(), metrics=metrics) as client:
        say(client, "maria", "greet")
        client.get("/conversations/maria/tracker")
        client.get("/conversations/otto/tracker")
        client.request("MARIA", "/maria")

    counted = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for family in metrics.registry.collect()
        if family.name == "recorder_requests"
        for sample in family.samples
        if sample.name.endswith("_total")
    }
    assert counted == {
        ("/webhooks/rest/webhook", "200"): 1,
        ("/conversations/{conversation}/tracker", "200"): 1,
        ("/conversations/{conversation}/tracker", "404"): 1,
        ("other", "404"): 1,
    }
