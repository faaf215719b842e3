"""Interactive learning as a service: what a trainer says, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recorder.actions.local import LocalActions
from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.dialogue.tracker import Tracker, replay
from recorder.errors import (
    ActionFailed,
    ActionRejected,
    DatabaseUnusable,
    InvalidDecision,
    UnknownStep,
    VersionConflict,
)
from recorder.events.event import NewEvent, Recorded, review_stream, session_stream
from recorder.events.prediction import ActionRanked
from recorder.events.session import ActionExecuted, BotUttered, Opaque, SessionRecorded, UserUttered
from recorder.learning.model import Proposal, Understanding
from recorder.review.people import operator
from recorder.services import reviewing
from recorder.services.reviewing import Desk, open_session
from recorder.store.log import Batch
from recorder.store.memory import MemoryLog
from recorder.stories.story import ActionStep, LoopStep, SlotStep, Step, UserStep
from recorder.talking.bot import respond
from recorder.teaching.asking import WantsAction, WantsBranch, WantsMessage, WantsValidation
from recorder.teaching.lesson import Lesson

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

DOMAIN = Domain(
    intents=tuple(map(Intent, ("greet", "place", "thanks", "trip"))),
    entities=(Entity("city"), Entity("date")),
    slots=(
        Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)),
        Slot("date", mappings=(SlotMapping("from_entity", entity="date"),)),
        Slot("found", "list"),
    ),
    actions=("action_search", "action_break", "action_decline"),
    responses={
        "utter_greet": ({"text": "Hello!", "buttons": [{"title": "Go", "payload": "/trip"}]},),
        "utter_where": ({"text": "Where?"},),
        "utter_bye": ({"text": "Bye."},),
    },
    forms=(Form("trip_form", ("city", "date")),),
)

NEXT = {
    "greet": ["utter_greet"],
    "place": ["action_search"],
    "thanks": ["utter_where"],
    "trip": ["trip_form"],
}
"""What the model would do after a message with this intent; then it listens."""


@dataclass
class Mind:
    """Reads `intent [city]`, and does what `NEXT` says."""

    id: str = "m1"
    domain: Domain = DOMAIN

    def parse(self, text: str) -> Understanding:
        intent, _, city = text.removeprefix("/").partition(" ")
        where = {"start": len(intent) + 1, "end": len(text), "extractor": "tagger"}
        entities = ({"entity": "city", "value": city, **where},) if city else ()
        known = intent if intent in NEXT else "thanks"
        others = tuple((name, 0.1 / 3) for name in NEXT if name != known)
        return Understanding(((known, 0.9), *others), entities)

    def rank_actions(self, so_far: Tracker) -> Proposal:
        message, done = so_far.latest_message, 0
        for state in so_far.backwards():
            if isinstance(state.event, UserUttered):
                break
            done += isinstance(state.event, ActionExecuted)
        best = [*NEXT.get(message.intent or "" if message else "", ()), "action_listen"][done:][:1] or [
            "action_listen"
        ]
        others = [name for name in self.domain.action_names if name != best[0]]
        ranking = ((best[0], 0.8), *((name, 0.2 / len(others)) for name in others))
        return Proposal(ranking, "memorised")


@dataclass
class Search:
    runs: int = 0

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Sequence[dict[str, Any]]:
        self.runs += 1
        dispatcher.utter_message(text=f"Looking in {tracker.get_slot('city')}.")
        return [{"event": "slot", "name": "found", "value": ["a venue"]}]


class Break:
    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Sequence[dict[str, Any]]:
        raise RuntimeError("no such table")


class ActionExecutionRejection(Exception):
    """Named as rasa_sdk names it."""


class Decline:
    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Sequence[dict[str, Any]]:
        raise ActionExecutionRejection("not now")


@dataclass
class World:
    log: MemoryLog = field(default_factory=MemoryLog)
    now: datetime = NOON
    search: Search = field(default_factory=Search)

    @property
    def actions(self) -> LocalActions:
        return LocalActions(
            {"action_search": self.search, "action_break": Break(), "action_decline": Decline()}
        )

    def lesson(self, session: str = "s", annotator: str = "ana") -> Lesson:
        return Lesson(
            self.log, Mind(), self.actions, annotator=annotator, session=session, clock=lambda: self.now
        )


@pytest.fixture
def world() -> World:
    return World()


def confirm_all(lesson: Lesson) -> None:
    while isinstance(lesson.ask(), WantsAction):
        lesson.confirm()


def proposed(lesson: Lesson) -> str:
    asked = lesson.ask()
    assert isinstance(asked, WantsAction)
    return asked.proposed


def told(lesson: Lesson) -> list[list[str]]:
    """The stories of an export: what the user means, with entities, and what the bot does; slots as set."""
    return [[each for step in story.steps for each in _words(step)] for story in lesson.export().stories]


def _words(step: Step) -> list[str]:
    match step:
        case UserStep():
            return [f"{step.intent}{''.join(f' {e.entity}={e.value}' for e in step.entities)}"]
        case ActionStep():
            return [f"-{step.name}"]
        case SlotStep():
            return [f"{name}:={value}" for name, value in step.slots]
        case LoopStep():
            return [f"form {step.name}"]
        case _:
            return [repr(step)]


def test_a_message_is_in_the_log_before_anything_is_asked(world: World) -> None:
    lesson = world.lesson()
    assert lesson.ask() == WantsMessage()

    lesson.hear("place Berlin")

    stored = [record.type for record in world.log.read(session_stream("s"))]
    assert stored == [
        "session_recorded",
        "action",
        "session_started",
        "action",
        "user",
        "intent_ranked",
        "slot",
    ]
    asked = lesson.ask()
    assert isinstance(asked, WantsAction)
    assert (asked.proposed, asked.confidence, asked.policy) == ("action_search", 0.8, "memorised")
    assert asked.message is not None and asked.message.intent == "place"
    assert lesson.state.slots["city"] == "Berlin"


def test_a_confirmed_action_is_done_and_decided_in_one_go(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Berlin")

    lesson.confirm()

    assert lesson.state.slots["found"] == ["a venue"]
    assert [r.type for r in world.log.read(review_stream("s", "ana"))] == ["step_confirmed"]
    assert (
        world.log.read(session_stream("s"))[-1].recorded_at
        == world.log.read(review_stream("s", "ana"))[0].recorded_at
    )
    assert proposed(lesson) == "action_listen"


def test_a_corrected_action_is_run_in_place_of_the_proposed_one_which_stays_on_record(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")

    lesson.correct_action("utter_bye")

    confirm_all(lesson)
    said = [entry.event for entry in lesson.history if isinstance(entry.event, BotUttered)]
    assert [event.text for event in said] == ["Bye."]
    rankings = [r.event for r in world.log.read(session_stream("s")) if isinstance(r.event, ActionRanked)]
    assert rankings[0].ranking[0] == ("utter_greet", 0.8)
    assert told(lesson) == [["greet", "-utter_bye"]]


def test_what_was_taught_before_and_says_otherwise_is_a_warning(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")

    lesson.correct_action("utter_bye")

    assert lesson.warning == "What was taught before says utter_greet here (memorised)."
    lesson.confirm()
    assert lesson.warning is None


def test_of_a_wrong_intent_nothing_is_exported(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Berlin")

    lesson.correct_message("trip", [])

    assert lesson.state.slots["city"] is None
    assert proposed(lesson) == "trip_form"
    lesson.correct_action("utter_where")
    confirm_all(lesson)
    taught = lesson.export()
    assert told(lesson) == [["trip", "-utter_where"]]
    assert [(e.text, e.intent, e.entities) for e in taught.examples] == [("place Berlin", "trip", ())]


def test_slots_are_filled_anew_where_only_the_entities_were_wrong(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Berlin or Rome")

    marked = {"entity": "city", "value": "Rome", "start": 16, "end": 20}
    lesson.correct_message("place", [marked])

    assert lesson.state.slots["city"] == "Rome"
    confirm_all(lesson)
    assert told(lesson) == [["place city=Rome", "city:=Rome", "-action_search", "found:=['a venue']"]]
    (example,) = lesson.export().examples
    assert [(span.value, span.role) for span in example.entities] == [("Rome", None)]


def test_a_changed_role_is_a_correction(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    found = {"entity": "city", "value": "Rome", "start": 6, "end": 10}

    lesson.correct_message("place", [{**found, "role": "from"}])

    assert lesson.state.latest_message is not None
    assert lesson.state.latest_message.entities == ({**found, "role": "from"},)
    confirm_all(lesson)
    assert lesson.export().domain.entities == (Entity("city", roles=("from",)),)


def test_an_entity_that_the_model_found_too_keeps_what_it_said_of_it(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    before = world.log.position()

    lesson.correct_message("place", [{"entity": "city", "value": "Rome", "start": 6, "end": 10}])

    assert world.log.position() == before  # nothing was wrong


def test_the_first_message_can_be_corrected_and_so_can_one_without_a_confidence(world: World) -> None:
    mind = Mind()
    mind.parse = lambda text: Understanding((), ())  # type: ignore[method-assign]
    lesson = Lesson(world.log, mind, LocalActions({}), annotator="ana", session="s")
    lesson.hear("hello")

    lesson.correct_message("greet", [])

    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_a_message_whose_words_nobody_understood_makes_no_example(world: World) -> None:
    mind = Mind()
    mind.parse = lambda text: Understanding((), ())  # type: ignore[method-assign]
    lesson = Lesson(world.log, mind, LocalActions({}), annotator="ana", session="s")
    lesson.hear("hello")

    confirm_all(lesson)

    taught = lesson.export()
    assert (taught.stories, taught.examples) == ((), ())
    assert taught.left_out == ("s: its first message has no intent",)


def test_structured_messages_and_repeated_ones_make_no_examples(world: World) -> None:
    lesson = world.lesson()
    for text in ("greet", "/greet", "greet"):
        lesson.hear(text)
        confirm_all(lesson)

    assert [(e.text, e.intent) for e in lesson.export().examples] == [("greet", "greet")]


def test_an_intent_that_nobody_knows_is_not_taken_for_another_one_silently(world: World) -> None:
    lesson = world.lesson()

    lesson.hear("/praise")

    assert lesson.warning == "No intent is called praise: these were read as ordinary words."
    lesson.correct_message("praise", [])
    assert lesson.warning is None
    confirm_all(lesson)
    assert told(lesson) == []  # nothing but the wait answers it
    lesson.hear("/greet")
    assert lesson.warning is None


def test_new_names_and_texts_are_additions_to_the_domain(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    lesson.correct_message("praise", [{"entity": "town", "value": "Rome", "start": 6, "end": 10}])
    lesson.correct_action("utter_flattered", "Oh, stop it.")
    lesson.correct_action("action_blush")
    lesson.confirm()
    lesson.hear("greet")
    lesson.correct_action("utter_flattered")
    confirm_all(lesson)

    added = lesson.export().domain

    assert [intent.name for intent in added.intents] == ["praise"]
    assert [entity.name for entity in added.entities] == ["town"]
    assert added.actions == ("action_blush",)
    assert added.responses == {"utter_flattered": ({"text": "Oh, stop it."},)}
    said = [entry.event.text for entry in lesson.history if isinstance(entry.event, BotUttered)]
    assert said == ["Oh, stop it.", "Oh, stop it."]
    assert "action_blush" in lesson.domain.action_names


def test_an_export_ends_nothing(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]

    lesson.hear("thanks")
    confirm_all(lesson)

    assert told(lesson) == [["greet", "-utter_greet", "thanks", "-utter_where"]]
    kinds = [r.type for r in world.log.read(review_stream("s", "ana"))]
    assert kinds == [
        *["step_confirmed"] * 2,
        "review_submitted",
        "review_reopened",
        *["step_confirmed"] * 2,
        "review_submitted",
    ]


def test_it_is_one_turn_at_a_time(world: World) -> None:
    lesson = world.lesson()
    for command in (lesson.confirm, lesson.undo, lesson.redo, lesson.deactivate):
        with pytest.raises(InvalidDecision):
            command()
    lesson.hear("greet")

    with pytest.raises(InvalidDecision):
        lesson.hear("greet")
    with pytest.raises(InvalidDecision):
        lesson.correct_action(" ")

    lesson.confirm()
    with pytest.raises(InvalidDecision, match="answered"):
        lesson.correct_message("place", [])


def test_an_action_that_fails_leaves_a_note_and_can_be_tried_again(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    before, asked = world.log.position(), lesson.ask()

    with pytest.raises(ActionFailed, match="no such table"):
        lesson.correct_action("action_break")

    assert [record.event for record in world.log.read_all(before)] == [
        Opaque(
            "action_failed",
            {"event": "action_failed", "name": "action_break", "reason": "RuntimeError: no such table"},
        )
    ]
    assert lesson.ask() == asked
    lesson.confirm()
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_undo_passes_by_the_note_of_an_action_that_failed(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    lesson.confirm()
    opened = [entry.event for entry in lesson.history]
    with pytest.raises(ActionFailed):
        lesson.insert("action_break")

    lesson.undo()
    assert proposed(lesson) == "utter_greet"
    lesson.redo()

    assert [event for entry in lesson.history if not isinstance(event := entry.event, Opaque)] == opened
    assert proposed(lesson) == "action_listen"


def test_a_session_that_begins_with_a_restart_says_where_it_comes_from(world: World) -> None:
    lesson = world.lesson()

    lesson.restart()

    assert world.log.read(session_stream("s"))[0].event == SessionRecorded("interactive")
    lesson.hear("greet")
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_an_action_that_declines_is_not_proposed_again(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")

    with pytest.raises(ActionRejected):
        lesson.correct_action("action_decline")

    assert proposed(lesson) == "utter_greet"
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_buttons_of_the_last_reply_are_offered(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)

    assert lesson.ask() == WantsMessage(({"title": "Go", "payload": "/trip"},))


def test_a_lesson_may_rest_for_days(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)

    world.now += timedelta(days=3)
    lesson.hear("thanks")
    confirm_all(lesson)

    assert told(lesson) == [["greet", "-utter_greet", "thanks", "-utter_where"]]


def test_a_restart_keeps_what_was_before_it_and_is_no_word_on_an_unanswered_message(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)
    lesson.hear("place Rome")

    lesson.restart()

    assert lesson.ask() == WantsMessage()
    lesson.hear("thanks")
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"], ["thanks", "-utter_where"]]
    assert [e.text for e in lesson.export().examples] == ["greet", "thanks"]


def test_an_action_is_inserted_before_the_one_that_was_proposed(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")

    lesson.insert("utter_where")

    assert proposed(lesson) == "utter_greet"
    lesson.confirm()
    lesson.confirm()
    assert told(lesson) == [["greet", "-utter_where", "-utter_greet"]]


def test_another_message_takes_the_place_of_the_latest_one(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)
    lesson.hear("place Rome")
    lesson.confirm()

    lesson.rewrite("thanks")

    assert lesson.state.slots["city"] is None
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet", "thanks", "-utter_where"]]
    assert [e.text for e in lesson.export().examples] == ["greet", "thanks"]


def test_of_what_was_undone_nothing_is_exported(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    lesson.confirm()
    lesson.undo()

    assert lesson.state.slots["found"] is None
    lesson.correct_action("utter_new", "Never said.")
    lesson.undo()
    lesson.correct_action("utter_where")
    confirm_all(lesson)

    assert told(lesson) == [["place city=Rome", "city:=Rome", "-utter_where"]]
    assert lesson.export().domain.responses == {}


def test_a_redo_runs_nothing_again(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    lesson.confirm()
    lesson.undo()
    ran = world.search.runs

    lesson.redo()

    assert world.search.runs == ran == 1

    assert lesson.state.slots["found"] == ["a venue"]
    assert not lesson.can_redo
    confirm_all(lesson)
    assert told(lesson) == [["place city=Rome", "city:=Rome", "-action_search", "found:=['a venue']"]]


def test_a_corrected_understanding_is_undone_by_what_the_model_said(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    first = lesson.state
    lesson.correct_message("greet", [])
    lesson.correct_message("thanks", [])

    lesson.undo()
    assert lesson.state.latest_message is not None and lesson.state.latest_message.intent == "greet"
    lesson.undo()

    assert lesson.state == first
    lesson.redo()
    lesson.redo()
    assert lesson.state.latest_message.intent == "thanks"


def test_undo_goes_on_where_an_earlier_run_ended(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)
    lesson.hear("place Rome")
    lesson.correct_message("thanks", [])
    lesson.confirm()
    wanted = replay(entry.event for entry in lesson.history)

    lesson = world.lesson()
    seen = []
    while lesson.can_undo:
        lesson.undo()
        seen.append(
            [type(e.event).__name__ for e in lesson.history if e.is_action or e.is_message].count(
                "UserUttered"
            )
        )
    assert seen == [2, 2, 1, 1, 1, 0]
    assert lesson.ask() == WantsMessage()

    while lesson.can_redo:
        lesson.redo()
    assert replay(entry.event for entry in lesson.history) == wanted
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet", "thanks", "-utter_where"]]


def recorded(world: World, *messages: str, session: str = "s") -> None:
    """A session that the bot answered by itself."""
    for message in messages:
        respond(world.log, Mind(), world.actions, session, message, clock=lambda: world.now)


def test_a_fork_goes_on_before_an_earlier_message_and_both_are_exported(world: World) -> None:
    lesson = world.lesson()
    for text in ("greet", "place Rome"):
        lesson.hear(text)
        confirm_all(lesson)

    lesson.fork(2)

    assert (lesson.session, lesson.sessions) == ("s~2", ["s", "s~2"])
    assert lesson.ask() == WantsMessage(({"title": "Go", "payload": "/trip"},))
    assert not lesson.can_undo
    lesson.hear("thanks")
    confirm_all(lesson)
    assert told(lesson) == [
        ["greet", "-utter_greet", "place city=Rome", "city:=Rome", "-action_search", "found:=['a venue']"],
        ["greet", "-utter_greet", "thanks", "-utter_where"],
    ]
    assert [e.text for e in lesson.export().examples] == ["greet", "place Rome", "thanks"]


def test_a_fork_holds_what_was_corrected_and_undo_does_not_leave_it(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("place Rome")
    lesson.correct_message("greet", [])
    lesson.correct_action("utter_bye")
    lesson.confirm()
    lesson.hear("thanks")
    confirm_all(lesson)
    lesson.fork(2)
    opened = [entry.event for entry in lesson.history]

    lesson.hear("greet")
    confirm_all(lesson)
    while lesson.can_undo:
        lesson.undo()

    assert [entry.event for entry in lesson.history] == opened
    lesson.hear("trip")
    lesson.correct_action("utter_where")
    confirm_all(lesson)
    assert told(lesson)[1] == ["greet", "-utter_bye", "trip", "-utter_where"]


def test_forks_of_forks_are_numbered_on_and_another_episode_may_be_forked(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)
    lesson.restart()
    lesson.hear("thanks")
    confirm_all(lesson)
    assert [(heard.number, heard.text, heard.episode) for heard in lesson.messages] == [
        (1, "greet", 0),
        (2, "thanks", 1),
    ]

    lesson.fork(1)
    lesson.hear("place Rome")
    confirm_all(lesson)
    lesson.fork(1)

    assert lesson.session == "s~3"
    assert told(lesson) == [
        ["greet", "-utter_greet"],
        ["thanks", "-utter_where"],
        ["place city=Rome", "city:=Rome", "-action_search", "found:=['a venue']"],
    ]
    with pytest.raises(UnknownStep):
        lesson.fork(9)


def test_a_recorded_session_is_asked_about_first_and_gone_on_with_then(world: World) -> None:
    recorded(world, "greet", "place Rome")
    before = world.log.read(session_stream("s"))

    lesson = world.lesson()
    asked = []
    while isinstance(wanted := lesson.ask(), WantsAction):
        asked.append((wanted.proposed, wanted.message is not None, len(lesson.history)))
        lesson.confirm()

    assert asked == [
        ("utter_greet", True, 2),
        ("action_listen", False, 4),
        ("action_search", True, 7),
        ("action_listen", False, 10),
    ]
    assert world.log.read(session_stream("s")) == before
    lesson.hear("thanks")
    confirm_all(lesson)
    assert told(lesson) == [
        [
            *("greet", "-utter_greet", "place city=Rome", "city:=Rome", "-action_search"),
            *("found:=['a venue']", "thanks", "-utter_where"),
        ]
    ]


def test_undo_of_everything_is_the_recorded_session(world: World) -> None:
    recorded(world, "greet", "place Rome")
    opened = [entry.event for entry in world.lesson()._page.notebook.live.entries]
    lesson = world.lesson()
    lesson.correct_message("thanks", [])
    confirm_all(lesson)
    lesson.hear("thanks")
    lesson.confirm()

    for taught in (lesson, None):
        taught = taught or world.lesson()
        while taught.can_undo:
            taught.undo()
        assert [entry.event for entry in taught._page.notebook.live.entries] == opened
        assert proposed(taught) == "utter_greet"
        assert not taught._page.notebook.marks.review.standing
        while taught.can_redo:
            taught.redo()
        assert isinstance(taught.ask(), WantsAction) and proposed(taught) == "action_listen"


def test_what_was_recorded_can_be_accepted_at_once(world: World) -> None:
    recorded(world, "greet", "place Rome")
    lesson = world.lesson()
    lesson.confirm()

    lesson.accept_rest()

    assert isinstance(lesson.ask(), WantsMessage)
    lesson.undo()
    assert proposed(lesson) == "action_listen"
    lesson.redo()
    assert len(told(lesson)) == 1
    with pytest.raises(InvalidDecision):
        lesson.accept_rest()


def test_after_a_recorded_wrong_action_it_goes_on_in_a_fork(world: World) -> None:
    recorded(world, "greet", "place Rome")
    before = world.log.read(session_stream("s"))
    lesson = world.lesson()
    lesson.confirm()
    lesson.confirm()

    lesson.correct_action("utter_new", "What is new?")

    wanted = lesson.ask()
    assert isinstance(wanted, WantsBranch) and wanted.action == "utter_new"
    with pytest.raises(InvalidDecision):
        lesson.hear("greet")
    lesson.branch()
    assert lesson.session == "s~2"
    assert lesson.state.slots["found"] is None
    confirm_all(lesson)
    lesson.hear("thanks")
    confirm_all(lesson)
    assert world.log.read(session_stream("s")) == before
    start = ["greet", "-utter_greet", "place city=Rome", "city:=Rome", "-utter_new"]
    assert told(lesson) == [start, [*start, "thanks", "-utter_where"]]


def test_a_missing_action_and_a_corrected_message_are_in_the_fork(world: World) -> None:
    recorded(world, "place Rome")
    lesson = world.lesson()
    lesson.correct_message("greet", [])
    lesson.insert("utter_where")
    lesson.confirm()

    lesson.branch()

    assert lesson.state.slots["city"] is None
    assert proposed(lesson) == "action_search" or proposed(lesson) == "utter_greet"
    lesson.correct_action("utter_bye")
    confirm_all(lesson)
    assert told(lesson) == [
        ["greet", "-utter_where", "-action_search", "found:=['a venue']"],
        ["greet", "-utter_where", "-utter_bye"],
    ]


def test_a_lesson_may_start_before_any_step_of_a_recorded_session(world: World) -> None:
    recorded(world, "greet", "place Rome", "thanks")
    lesson = world.lesson()
    step = lesson.messages[2].step

    lesson.fork_before(step)

    lesson.accept_rest()
    lesson.hear("greet")
    confirm_all(lesson)
    assert lesson.sessions == ["s~2"]
    assert [story[-2:] for story in told(lesson)] == [["greet", "-utter_greet"]]
    assert not list(world.log.streams("review/s/"))


def test_a_form_that_is_left_is_rejected_and_asked_whether_it_should_validate(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("trip")
    lesson.confirm()
    lesson.confirm()
    assert lesson.state.active_loop == "trip_form"
    lesson.hear("greet")

    lesson.confirm()  # utter_greet: the form is left for once

    assert lesson.state.loop_rejected
    lesson.correct_action("action_listen")
    lesson.hear("place Rome")
    lesson.correct_action("trip_form")
    assert lesson.ask() == WantsValidation("trip_form", "city")
    lesson.undo()
    assert proposed(lesson) == "action_search"
    lesson.correct_action("trip_form")
    lesson.validate(yes=False)
    kinds = [record.type for record in world.log.read(session_stream("s"))]
    assert kinds.count("action_execution_rejected") == 1
    assert kinds[-6:-3].count("loop_interrupted") + kinds.count("loop_interrupted") >= 1
    lesson.deactivate()
    assert lesson.state.active_loop is None


def test_an_undo_takes_the_rejection_of_a_form_back_too(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("trip")
    confirm_all(lesson)
    lesson.hear("greet")
    before = lesson.state

    lesson.confirm()
    assert lesson.state.loop_rejected
    lesson.undo()

    assert lesson.state == before
    again = world.lesson()
    again.redo() if again.can_redo else again.confirm()
    again.undo()
    assert again.state == before


def test_two_trainers_teach_one_session_one_after_the_other(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    confirm_all(lesson)

    other = world.lesson(annotator="ben")
    confirm_all(other)
    other.hear("thanks")
    with pytest.raises(VersionConflict):
        lesson.hear("place Rome")

    assert proposed(lesson) == "utter_where"  # it read the log again
    lesson.confirm()


@pytest.mark.parametrize("broken", [0, 1])
def test_what_the_log_refuses_is_not_half_there(world: World, broken: int) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    refuse, whole = [DatabaseUnusable("it", "no room")], world.log.append_together

    def append_together(batches: Sequence[Batch]) -> list[list[Recorded]]:
        if broken:
            whole(batches)
        raise refuse.pop()

    world.log.append_together = append_together  # type: ignore[method-assign]
    with pytest.raises(DatabaseUnusable):
        lesson.confirm()
    world.log.append_together = whole  # type: ignore[method-assign]

    assert proposed(lesson) == ("action_listen" if broken else "utter_greet")
    confirm_all(lesson)
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_an_action_whose_decision_is_missing_is_asked_about_again_and_not_done_twice(world: World) -> None:
    recorded(world, "greet")
    rows = world.log.read(session_stream("s"))
    cut_off = MemoryLog()
    cut_off.append(
        session_stream("s"), [NewEvent(r.event, r.id, r.occurred_at) for r in rows[:-2]], actor="ana"
    )

    lesson = World(cut_off).lesson()

    assert proposed(lesson) == "utter_greet"
    confirm_all(lesson)
    said = [r for r in cut_off.read(session_stream("s")) if isinstance(r.event, BotUttered)]
    assert len(said) == 1
    assert told(lesson) == [["greet", "-utter_greet"]]


def test_the_app_and_a_lesson_go_on_with_each_others_work(world: World) -> None:
    lesson = world.lesson()
    lesson.hear("greet")
    lesson.confirm()
    lesson.confirm()
    recorded(world, "place Rome")
    desk = Desk(world.log, DOMAIN)
    shown = open_session(desk, "s", operator("ana"))["questions"]
    correction = {
        "id": "d1",
        "type": "action_corrected",
        "step": shown[2]["id"],
        "made_on": 0,
        "action": "utter_bye",
    }

    assert reviewing.decide(desk, "s", operator("ana"), [correction]).acked == ["d1"]

    lesson = world.lesson()
    assert isinstance(lesson.ask(), WantsBranch)
    lesson.branch()
    confirm_all(lesson)
    start = ["greet", "-utter_greet", "place city=Rome", "city:=Rome", "-utter_bye"]
    assert told(lesson) == [start]


@pytest.mark.parametrize("turns", [3, 150])
def test_a_command_reads_nothing_and_writes_as_much_however_long_the_session_is(
    world: World, turns: int
) -> None:
    lesson = world.lesson()
    for _ in range(turns):
        lesson.hear("greet")
        confirm_all(lesson)
    read, written = [0], list[int]()
    whole = world.log.read

    def count(stream: str, after: int = -1) -> list[Recorded]:
        read[0] += 1
        return whole(stream, after)

    world.log.read = count  # type: ignore[method-assign]
    commands: list[Callable[[], None]] = [
        lambda: lesson.hear("place Rome"),
        lambda: lesson.correct_message("greet", []),
        lambda: lesson.correct_action("utter_bye"),
        lesson.undo,
        lesson.redo,
        lambda: lesson.rewrite("greet"),
        lesson.confirm,
    ]
    for command in commands:
        before = world.log.position()
        command()
        lesson.ask()
        written.append(world.log.position() - before)

    assert read == [0]
    assert written == [3, 9, 4, 2, 4, 11, 4]
