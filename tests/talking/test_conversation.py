"""The live bot, and what it leaves in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recorder.actions.local import LocalActions
from recorder.dialogue import steps
from recorder.dialogue.domain import Domain, Entity, Form, Slot, SlotMapping
from recorder.dialogue.tracker import Tracker
from recorder.errors import DomainMismatch, VersionConflict
from recorder.events.event import Event, NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Opaque,
    Restarted,
    SessionRecorded,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from recorder.learning.model import Proposal, Understanding
from recorder.store.memory import MemoryLog
from recorder.talking import acting, conversation
from recorder.talking.bot import Bot, check_actions, respond

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
STREAM = session_stream("s")

DOMAIN = Domain(
    entities=(Entity("city"),),
    slots=(Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)), Slot("found", "list")),
    actions=("utter_greet", "utter_city", "action_search", "action_loop"),
    responses={
        "utter_greet": ({"text": "Hello!"}, {"text": "Hi!"}),
        "utter_city": (
            {"text": "In {city} then, {unknown}.", "buttons": [{"title": "{city}", "payload": "/go"}]},
            {"text": "In Berlin!", "condition": [{"type": "slot", "name": "city", "value": "Berlin"}]},
        ),
    },
)

NEXT = {
    "greet": ["utter_greet"],
    "place": ["utter_city"],
    "search": ["action_search"],
    "loop": ["action_loop"] * 99,
    "trip": ["trip"],
}


@dataclass
class Scripted:
    """A mind that does what `NEXT` says for the intent, then listens."""

    id: str = "m1"
    domain: Domain = DOMAIN
    before_parse: Callable[[], object] = lambda: None

    def parse(self, text: str) -> Understanding:
        self.before_parse()
        intent, _, city = text.removeprefix("/").partition(" ")
        entities = (
            ({"entity": "city", "value": city, "start": len(intent) + 1, "end": len(text)},) if city else ()
        )
        return Understanding(((intent, 0.9), ("other", 0.1)), entities)

    def rank_actions(self, so_far: Tracker) -> Proposal:
        assert so_far.latest_message is not None
        done = sum(1 for _ in since_the_message(so_far))
        best = [*NEXT.get(so_far.latest_message.intent or "", []), "action_listen"][done:][0]
        others = [name for name in self.domain.action_names if name != best]
        return Proposal(((best, 0.8), *((name, 0.2 / len(others)) for name in others)), "memorised")


def since_the_message(tracker: Tracker) -> Iterator[Event]:
    for state in tracker.backwards():
        if isinstance(state.event, UserUttered):
            return
        if isinstance(state.event, ActionExecuted):
            yield state.event


@dataclass
class Action:
    """An action that does what it is given."""

    does: Callable[[Any, Any], object]

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> object:
        return self.does(dispatcher, tracker)


class ActionExecutionRejection(Exception):
    """Named as rasa_sdk names it."""


@dataclass
class World:
    log: MemoryLog = field(default_factory=MemoryLog)
    mind: Scripted = field(default_factory=Scripted)
    actions: dict[str, Action] = field(default_factory=dict)
    now: datetime = NOON

    def say(self, text: str) -> list[str | None]:
        ids = (f"e{number:03}" for number in range(len(self.log.read(STREAM)) * 2, 10_000))
        replies = respond(
            self.log,
            self.mind,
            LocalActions(self.actions),
            "s",
            text,
            clock=lambda: self.now,
            ids=ids.__next__,
        )
        return [reply.text for reply in replies]

    @property
    def rows(self) -> list[Recorded]:
        return self.log.read(STREAM)

    @property
    def events(self) -> list[Event]:
        return [row.event for row in self.rows]


def kinds(events: Iterable[Event]) -> list[str]:
    return [f"{e.type}:{e.name}" if isinstance(e, ActionExecuted) else e.type for e in events]


OPENING = ["action:action_session_start", "session_started", "action:action_listen"]


def test_a_turn_is_recorded_in_its_natural_order() -> None:
    world = World(actions={"action_search": Action(lambda said, _: [slot("found", [1])])})

    world.say("search Berlin")

    assert kinds(world.events) == [
        "session_recorded",
        *OPENING,
        "user",
        "intent_ranked",
        "slot",
        "action_ranked",
        "action:action_search",
        "slot",
        "action_ranked",
        "action:action_listen",
    ]
    assert world.events[0] == SessionRecorded("talk")
    assert world.events[6] == SlotSet("city", "Berlin")


def test_rankings_are_whole_and_name_their_model_and_what_they_are_about() -> None:
    world = World()

    world.say("greet")

    by_id = {row.id: row.event for row in world.rows}
    for event in world.events:
        if isinstance(event, IntentRanked):
            assert isinstance(by_id[event.about], UserUttered)
            assert event.model == "m1"
        if isinstance(event, ActionRanked):
            executed = by_id[event.about]
            assert isinstance(executed, ActionExecuted)
            assert (executed.name, executed.confidence, executed.policy) == (*event.ranking[0], event.policy)
            assert {name for name, _ in event.ranking} == set(DOMAIN.action_names)
    assert [step.confidence for step in steps.cut(world.rows, DOMAIN)] == [0.9, 0.8, 0.8]


def test_the_reply_is_in_the_log_when_it_is_returned() -> None:
    world = World()

    assert world.say("greet") == ["Hello!"]
    assert any(isinstance(e, BotUttered) and e.text == "Hello!" for e in world.events)


def test_the_message_is_in_the_log_before_an_action_runs() -> None:
    world = World()
    seen: list[list[str]] = []
    world.actions["action_search"] = Action(lambda said, tracker: seen.append(kinds(world.events)))

    world.say("search")

    assert seen[0][-2:] == ["user", "intent_ranked"]


def test_variations_take_turns() -> None:
    world = World()

    assert [world.say("greet") for _ in range(3)] == [["Hello!"], ["Hi!"], ["Hello!"]]


def test_a_response_is_filled_from_the_slots() -> None:
    world = World()

    assert world.say("place Rome") == ["In Rome then, {unknown}."]
    assert [e.data for e in world.events if isinstance(e, BotUttered)] == [
        {"buttons": [{"title": "Rome", "payload": "/go"}]}
    ]


def test_a_variation_whose_condition_holds_comes_first() -> None:
    assert World().say("place Berlin") == ["In Berlin!"]


def test_an_action_may_speak_and_name_a_response() -> None:
    world = World()

    def search(dispatcher: Any, tracker: Any) -> list[dict[str, Any]]:
        dispatcher.utter_message(text="Looking in " + tracker.get_slot("city"))
        dispatcher.utter_message(
            response="utter_city", city="Oslo", buttons=[{"title": "x", "payload": "/x"}]
        )
        return [slot("found", [tracker.sender_id, len(tracker.events)])]

    world.actions["action_search"] = Action(search)

    assert world.say("search Berlin") == ["Looking in Berlin", "In Oslo then, {unknown}."]
    assert SlotSet("found", ["s", 5]) in world.events


@pytest.mark.parametrize(
    "does",
    [
        lambda said, tracker: 1 / 0,
        lambda said, tracker: "text",
        lambda said, tracker: [{"no": "event"}],
        lambda said, tracker: [{"event": "slot", "name": 5}],
        lambda said, tracker: [{"event": "slot", "name": "found", "value": object()}],
        lambda said, tracker: said.utter_message(response="utter_nothing"),
    ],
)
def test_a_failing_action_is_recorded_and_the_conversation_goes_on(does: Any) -> None:
    world = World(actions={"action_search": Action(does)})

    assert world.say("search") == [acting.APOLOGY]
    assert kinds(world.events)[-5:] == [
        "action_ranked",
        "action:action_search",
        "opaque",
        "bot",
        "action:action_listen",
    ]
    assert next(e for e in world.events if isinstance(e, Opaque)).data["name"] == "action_search"
    assert world.say("greet") == ["Hello!"]


def test_an_action_that_nobody_defines_fails_like_any_other() -> None:
    assert World().say("search") == [acting.APOLOGY]


def test_when_an_action_declines_the_next_best_answers() -> None:
    def decline(said: Any, tracker: Any) -> None:
        raise ActionExecutionRejection

    world = World(actions={"action_search": Action(decline)})

    assert world.say("search") == []
    declined, executed = world.events[-3], world.events[-1]
    assert isinstance(declined, ActionExecutionRejected)
    assert declined.name == "action_search"
    assert isinstance(executed, ActionExecuted)
    assert executed.name == "action_listen"


def test_after_an_action_declined_the_model_is_asked_anew() -> None:
    class Reconsidering(Scripted):
        def rank_actions(self, so_far: Tracker) -> Proposal:
            assert so_far.event is not None
            if isinstance(so_far.event, ActionExecutionRejected):
                return Proposal((("action_search", 0.6), ("utter_greet", 0.4)), "rules")
            return Scripted.rank_actions(self, so_far)

    def decline(said: Any, tracker: Any) -> None:
        raise ActionExecutionRejection

    world = World(mind=Reconsidering(), actions={"action_search": Action(decline)})
    world.say("search")

    assert ActionExecuted("utter_greet", "rules", 0.4) in world.events


def test_a_loop_of_actions_is_ended() -> None:
    world = World(actions={"action_loop": Action(lambda said, tracker: [])})

    world.say("loop")

    executed = [e.name for e in world.events if isinstance(e, ActionExecuted)][2:]
    assert executed == ["action_loop"] * conversation.MAX_ACTIONS + ["action_listen"]


def test_restart_begins_a_new_episode() -> None:
    world = World()
    world.say("place Rome")

    assert world.say("/restart") == []

    assert kinds(world.events)[-7:] == [
        "user",
        "intent_ranked",
        "action:action_restart",
        "restart",
        *OPENING,
    ]
    assert Restarted() in world.events
    assert world.say("place") == ["In None then, {unknown}."]


def test_back_takes_back_the_latest_message() -> None:
    world = World()
    world.say("greet")
    world.say("place Rome")

    world.say("/back")

    live = [row.event for part in steps.live_episodes(world.rows) for row in part]
    assert world.events.count(UserUtteranceReverted()) == 2
    assert [e.text for e in live if isinstance(e, UserUttered)] == ["greet"]


def test_after_an_hour_a_new_episode_begins_and_the_slots_are_carried_over() -> None:
    world = World()
    world.say("place Rome")
    world.now += timedelta(minutes=61)

    assert world.say("place") == ["In Rome then, {unknown}."]
    assert world.events.count(SessionStarted()) == 2


def test_a_turn_that_was_broken_off_is_closed_before_the_next() -> None:
    world = World()

    def die(said: Any, tracker: Any) -> None:
        raise KeyboardInterrupt

    world.actions["action_search"] = Action(die)
    with pytest.raises(KeyboardInterrupt):
        world.say("search")

    assert world.say("greet") == ["Hello!"]
    assert kinds(world.events)[4:8] == ["user", "intent_ranked", "action:action_listen", "user"]


def test_a_paused_bot_records_and_is_silent() -> None:
    world = World(actions={"action_search": Action(lambda said, tracker: [{"event": "pause"}])})
    world.say("search")

    assert world.say("greet") == []
    assert ConversationPaused() in world.events
    assert kinds(world.events)[-2:] == ["user", "intent_ranked"]


def test_a_form_asks_for_its_slots_until_they_are_filled() -> None:
    slots = (Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)), Slot("day"))
    asked = {"utter_ask_trip_city": ({"text": "Where?"},), "utter_ask_day": ({"text": "When?"},)}
    form = Form("trip", ("city", "day"))
    domain = replace(DOMAIN, slots=slots, forms=(form,), responses={**DOMAIN.responses, **asked})
    world = World(mind=Scripted(domain=domain))

    said = [world.say(text) for text in ("trip", "trip", "trip Rome", "trip Oslo")]

    # The second message gives the form nothing: it declines, and the next best action is taken.
    assert said == [["Where?"], [], ["When?"], ["When?"]]
    assert sum(isinstance(e, ActionExecutionRejected) for e in world.events) == 1
    assert [e for e in world.events if isinstance(e, ActiveLoop)] == [ActiveLoop("trip")]
    world.log.append(STREAM, [SlotSet("day", "Monday")])
    assert world.say("trip Bern") == []
    assert world.events[-4:-2] == [SlotSet("requested_slot"), ActiveLoop(None)]


def intrude(world: World, times: int) -> None:
    left = iter(range(times))
    world.mind.before_parse = lambda: [
        world.log.append(STREAM, [NewEvent(UserUttered("me too"))]) for _ in [*left][:1]
    ]


def test_a_message_that_meets_another_writer_is_tried_again() -> None:
    world = World()
    intrude(world, times=1)

    assert world.say("greet") == ["Hello!"]
    assert [e.text for e in world.events if isinstance(e, UserUttered)] == ["me too", "greet"]


def test_a_writer_in_the_midst_of_a_turn_is_an_error_and_nothing_is_mixed() -> None:
    world = World()
    world.actions["action_search"] = Action(
        lambda said, t: world.log.append(STREAM, [UserUttered("me too")]) and []
    )

    with pytest.raises(VersionConflict):
        world.say("search")

    assert kinds(world.events)[-3:] == ["user", "intent_ranked", "user"]


def test_a_model_whose_actions_are_not_at_hand_is_refused() -> None:
    with pytest.raises(DomainMismatch, match="action_search, action_loop"):
        check_actions(Scripted(), LocalActions({}))

    check_actions(Scripted(), LocalActions(dict.fromkeys(("action_search", "action_loop"))))


@pytest.mark.parametrize("text", ["", "🎸🎶", "<script>alert(1)</script>", "שלום", "x" * 1_000_000, "\x00"])
def test_any_text_is_answered_and_kept_as_it_came(text: str) -> None:
    world = World()

    world.say(text)

    assert next(e.text for e in world.events if isinstance(e, UserUttered)) == text


def slot(name: str, value: object) -> dict[str, object]:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


def test_a_session_knows_what_came_with_the_message_that_began_it() -> None:
    log = MemoryLog()
    bot = Bot(log, Scripted(), LocalActions(), clock=lambda: NOON)

    for user in ("ann", "bob"):
        bot.answer("s", "greet", metadata={"user": user})

    told = [r.event for r in log.read(STREAM) if isinstance(r.event, SlotSet)]
    assert told == [SlotSet("session_started_metadata", {"user": "ann"})]


def test_what_code_finds_in_a_message_is_recorded_before_the_bot_decides() -> None:
    looked_up = Slot("found", "list", mappings=(SlotMapping("custom", action="action_search"),))
    world = World(
        mind=Scripted(domain=replace(DOMAIN, slots=(looked_up,))),
        actions={
            "action_search": Action(lambda said, tracker: [slot("found", [tracker.latest_message["text"]])])
        },
    )

    assert world.say("greet") == ["Hello!"]
    assert kinds(world.events)[4:8] == ["user", "intent_ranked", "slot", "action_ranked"]
    assert SlotSet("found", ["greet"]) in world.events


class FallingBack(Scripted):
    """Runs the two-stage fallback for what it does not understand, and until that is over."""

    def rank_actions(self, so_far: Tracker) -> Proposal:
        assert so_far.latest_message is not None
        unclear = so_far.latest_message.intent == "nlu_fallback" or so_far.active_loop is not None
        if unclear and not any(since_the_message(so_far)):
            return Proposal((("action_two_stage_fallback", 1.0),), "rules")
        return Proposal((("action_listen", 1.0),), "rules") if unclear else super().rank_actions(so_far)


def test_a_two_stage_fallback_leaves_only_what_was_clear_and_goes_on_with_it() -> None:
    world = World(mind=FallingBack())

    assert world.say("nlu_fallback") == ["Did you mean 'other'?"]
    assert world.say("greet") == ["Hello!"]

    live = [row.event for part in steps.live_episodes(world.rows) for row in part]
    assert [e.text for e in live if isinstance(e, UserUttered)] == ["greet"]
    assert kinds(live)[-4:] == ["user", "action:utter_greet", "bot", "action:action_listen"]
