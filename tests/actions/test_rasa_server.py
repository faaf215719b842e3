"""Rasa's own action server and classes: the same comes of an action over the wire and in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recorder.actions import local
from recorder.actions.anywhere import Actions, Outcome
from recorder.actions.client import ActionServer
from recorder.actions.http import HttpTransport
from recorder.dialogue.domain import Domain, Form, Slot, SlotMapping
from recorder.dialogue.tracker import Tracker, replay
from recorder.errors import ActionFailed, ActionRejected
from recorder.events.event import Event, JsonObject, session_stream
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    Opaque,
    SessionEvent,
    SlotSet,
    UserUttered,
)
from recorder.formats.endpoints_yaml import ActionEndpoint
from recorder.formats.rasa_events import to_rasa
from recorder.learning.model import Model, train
from recorder.services.training_files import read
from recorder.store.memory import MemoryLog
from recorder.stories.events import dialogues_of
from recorder.talking.bot import Bot
from tests.action_server import BOT, ActionServerProcess, serving

ODD = Path(__file__).parent / "odd_actions.py"
FROM_CITY = SlotMapping("from_entity", entity="city", role="to", conditions=(("trip", None),))
DOMAIN = Domain(
    slots=(
        Slot("city", mappings=(FROM_CITY,)),
        Slot("mood", mappings=(SlotMapping("custom"),)),
        Slot("seen", "any", mappings=(SlotMapping("custom"),)),
        Slot("requested_slot"),
    ),
    actions=("action_look", "action_say", "validate_trip"),
    responses={"utter_ask_city": ({"text": "Where to, {name}?"},)},
    forms=(Form("trip", ("city",)),),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServerProcess]:
    process = serving(tmp_path_factory.mktemp("server"), BOT / "actions.py", ODD)
    process.start()
    yield process
    process.kill()


def at(process: ActionServerProcess, timeout: float = 30.0, patience: float = 0.0) -> ActionServer:
    endpoint = ActionEndpoint(process.url, timeout=timeout)
    return ActionServer(endpoint, HttpTransport(endpoint), patience=patience)


@pytest.fixture(params=["over the wire", "in this process"])
def actions(request: pytest.FixtureRequest, server: ActionServerProcess) -> Actions:
    return at(server) if request.param == "over the wire" else local.load(server.folder / "actions")


@dataclass
class Scene:
    """A session so far."""

    events: tuple[SessionEvent, ...] = ()

    @property
    def state(self) -> Tracker:
        return replay(self.events, DOMAIN)

    def as_rasa(self) -> list[JsonObject]:
        return [to_rasa(event, None) for event in self.events]


def message(text: str, *entities: JsonObject) -> UserUttered:
    parse_data = {
        "intent": {"name": "go", "confidence": 0.9},
        "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.95}, {"name": "go", "confidence": 0.9}],
        "entities": list(entities),
    }
    return UserUttered(text, parse_data, input_channel="talk", message_id="m1", metadata={"from": "phone"})


def does(actions: Actions, name: str, *events: SessionEvent) -> Outcome:
    scene = Scene(events)
    return actions.run(name, "s1", scene.state, domain=DOMAIN, events=scene.as_rasa)


def bare(outcome: Outcome) -> Outcome:
    return Outcome(outcome.messages, [{**event, "timestamp": None} for event in outcome.events])


TRIP = (
    ActionExecuted("action_listen"),
    message(
        "to Oslo", {"entity": "city", "value": "Rome"}, {"entity": "city", "value": "Oslo", "role": "to"}
    ),
    ActionExecuted("trip"),
    ActiveLoop("trip"),
    SlotSet("requested_slot", "city"),
    SlotSet("city", "oslo"),
)


def test_an_action_sees_the_session_as_it_is(actions: Actions) -> None:
    [event] = does(actions, "action_look", *TRIP).events
    seen = event["value"]
    domain = seen.pop("domain")

    assert seen == {
        "sender": "s1",
        "intent": "go",  # the fallback is passed over
        "entities": ["Oslo"],
        "channel": "talk",
        "loop": "trip",
        "requested": "city",
        "latest action": "trip",
        "events": [to_rasa(event, None) for event in TRIP],
        "applied": 6,
        "to validate": {"requested_slot": "city", "city": "oslo"},
        "paused": False,
    }
    assert domain["forms"] == {"trip": {"required_slots": ["city"]}}
    assert domain["slots"]["city"]["mappings"][0] == {
        "type": "from_entity",
        "entity": "city",
        "role": "to",
        "conditions": [{"active_loop": "trip"}],
    }
    assert domain["responses"] == {"utter_ask_city": [{"text": "Where to, {name}?"}]}


def test_what_an_action_does_to_its_tracker_stays_with_it(actions: Actions) -> None:
    scene = Scene(TRIP)
    state = scene.state

    actions.run("action_look", "s1", state, domain=DOMAIN, events=scene.as_rasa)

    assert state == scene.state


def test_what_an_action_says_and_returns_comes_back(actions: Actions) -> None:
    outcome = bare(does(actions, "action_say"))

    assert outcome.messages == [
        {"text": "plain"},
        {"response": "utter_ask_city", "name": "Ada", "empty": ""},
        {
            "text": "rich",
            "buttons": [{"title": "Yes", "payload": "/affirm"}],
            "image": "http://localhost/image.png",
            "attachment": "file",
            "elements": [{"title": "one"}],
            "custom": {"any": [1, None]},
        },
    ]
    assert [event["event"] for event in outcome.events] == ["slot", "reset_slots", "followup", "reminder"]


def test_an_action_may_decline(actions: Actions) -> None:
    with pytest.raises(ActionRejected, match="action_reject"):
        does(actions, "action_reject")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("action_break", "the cellar is full"),
        ("action_deep", "nested deeper than 100 levels"),
        ("action_unknown", "nothing here defines it|the action server has no such action: add it there"),
    ],
)
def test_what_goes_wrong_in_an_action_is_said(actions: Actions, name: str, reason: str) -> None:
    with pytest.raises(ActionFailed, match=reason):
        does(actions, name)


def test_it_is_known_which_actions_there_are(actions: Actions) -> None:
    assert "action_search_concerts" in actions
    assert "validate_trip" in actions
    assert "action_validate_slot_mappings" in actions
    assert "action_unknown" not in actions


@pytest.mark.parametrize(("given", "kept"), [("oslo", "Oslo"), ("Atlantis", None)])
def test_a_form_validates_what_fills_its_slots(actions: Actions, given: str, kept: str | None) -> None:
    outcome = bare(does(actions, "validate_trip", *TRIP[:-1], SlotSet("city", given)))

    values = {event["name"]: event["value"] for event in outcome.events}
    assert values["city"] == kept
    assert [said["text"] for said in outcome.messages] == ([] if kept else ["There is no Atlantis."])


def test_custom_mappings_are_extracted(actions: Actions) -> None:
    outcome = does(actions, "action_validate_slot_mappings", message("to Oslo!"))

    assert {event["name"]: event["value"] for event in outcome.events} == {"mood": "good"}


CONCERT_SCENES: dict[str, tuple[SessionEvent, ...]] = {
    "at the start": (),
    "a city": (SlotSet("city", "Paris"),),
    "an artist": (message("adele", {"entity": "artist", "value": "adele"}),),
    "an unknown artist": (message("abba", {"entity": "artist", "value": "ABBA"}),),
    "concerts": (
        SlotSet("concerts", [{"artist": "Björk", "reviews": 4.9}, {"artist": "B", "reviews": 5.0}]),
    ),
    "venues": (SlotSet("venues", [{"name": "SO36", "reviews": 4.3}]),),
}
CONCERT_ACTIONS = (
    "action_search_concerts",
    "action_search_venues",
    "action_show_concert_reviews",
    "action_show_venue_reviews",
)


@pytest.mark.parametrize("scene", CONCERT_SCENES)
@pytest.mark.parametrize("name", CONCERT_ACTIONS)
def test_the_concert_bot_does_the_same_here_and_over_the_wire(
    server: ActionServerProcess, name: str, scene: str
) -> None:
    here, there = local.load(BOT / "actions.py"), at(server)

    outcome = does(here, name, *CONCERT_SCENES[scene])

    assert outcome.messages
    assert does(there, name, *CONCERT_SCENES[scene]) == outcome


@pytest.fixture(scope="module")
def model() -> Model:
    files = read([BOT])
    assert files.domain is not None
    return train(files.nlu, dialogues_of(files.stories, files.domain), files.domain)


MESSAGES = (
    "hello",
    "concerts in Paris",
    "which one is better?",
    "venues please",
    "compare them",
    "thanks, bye",
)


def recorded(log: MemoryLog) -> list[Event]:
    return [row.event for row in log.read(session_stream("s")) if isinstance(row.event, SessionEvent)]


def talked(model: Model, actions: Actions) -> list[Event]:
    log = MemoryLog()
    bot = Bot(log, model, actions)
    for text in MESSAGES:
        bot.answer("s", text)
    return recorded(log)


def test_a_conversation_is_the_same_here_and_over_the_wire(server: ActionServerProcess, model: Model) -> None:
    here = talked(model, local.load(BOT / "actions.py"))

    assert sum(isinstance(event, ActionExecuted) and "search" in str(event.name) for event in here) >= 2
    assert talked(model, at(server)) == here


def test_a_slow_action_is_given_up_and_not_run_twice(server: ActionServerProcess) -> None:
    before, begun = time.monotonic(), server.folder / "begun"
    runs = len(begun.read_text()) if begun.exists() else 0

    with pytest.raises(ActionFailed, match=r"did not answer within 0\.5 seconds"):
        does(at(server, timeout=0.5, patience=5.0), "action_sleep")

    assert time.monotonic() - before < 5
    time.sleep(0.3)
    assert len(begun.read_text()) == runs + 1


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ActionServerProcess]:
    """A server that a test may kill."""
    process = serving(tmp_path, BOT / "actions.py", ODD)
    process.start()
    yield process
    process.kill()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_that_is_killed_in_the_middle_ends_the_action_and_not_the_conversation(
    own: ActionServerProcess, model: Model
) -> None:
    log, actions = MemoryLog(), at(own, patience=30.0)
    bot = Bot(log, model, actions)
    begun = own.folder / "begun"
    failed: list[str] = []

    def sleep() -> None:
        with pytest.raises(ActionFailed) as error:
            does(actions, "action_sleep")
        failed.append(error.value.reason)

    call = threading.Thread(target=sleep)
    call.start()
    until(begun.exists)
    own.kill()
    call.join(20)
    assert failed and "gave no answer" in failed[0]

    dead = Bot(log, model, at(own))
    said = dead.answer("s", "/search_concerts")
    failure = next(event for event in recorded(log) if isinstance(event, Opaque))
    assert failure.data["name"] == "action_search_concerts"
    assert f"no action server answers at {own.url}" in failure.data["reason"]
    assert "python -m rasa_sdk" in failure.data["reason"]
    assert said

    own.launch()  # while it starts, it is tried again
    assert [reply.text for reply in bot.answer("s", "/search_venues")] == [
        "I found venues: Big Arena and Rock Cellar."
    ]
    assert begun.read_text() == "x"  # what was lost is not run again


def test_many_threads_share_one_server(server: ActionServerProcess) -> None:
    actions = at(server)
    found: dict[str, Any] = {}

    def run(city: str) -> None:
        for _ in range(5):
            outcome = does(actions, "action_search_venues", SlotSet("city", city))
            found.setdefault(city, set()).add(outcome.messages[0]["text"])

    cities = ("Amsterdam", "Berlin", "London", "Paris")
    threads = [threading.Thread(target=run, args=(city,)) for city in cities]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert {city: len(said) for city, said in found.items()} == dict.fromkeys(cities, 1)
    assert all(f"venues in {city}" in said for city in cities for said in found[city])
