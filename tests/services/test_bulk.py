"""Messages of many sessions: one after the other, alike ones together, one answer for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest

from recorder.errors import NotAllowed
from recorder.events.event import review_stream
from recorder.events.review import IntentCorrected, ReviewSubmitted, StepConfirmed
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.message_list import Message, MessageList
from recorder.review.people import Person, operator
from recorder.services import bulk, reviewing
from recorder.services.reviewing import Desk
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import REVIEWS, Turn, confirmation, session

ANA, BEN = operator("ana"), operator("ben")


def turn(text: str, intent: str, sure: float) -> Turn:
    return (text, intent, sure, [("utter_ok", 0.9), ("action_listen", 1.0)])


@dataclass
class World:
    log: SqlLog
    blind: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.desk = Desk(self.log, is_blind=lambda session, person: session in self.blind)
        self.models = ReadModels(self.log.engine, self.log)
        self.decide = partial(reviewing.decide, self.desk)

    @property
    def listed(self) -> MessageList:
        self.models.catch_up()
        return MessageList(self.log.engine)

    def messages(self, person: Person = ANA, **filters: object) -> list[Message]:
        return bulk.following(self.listed, self.desk, person, **filters)  # type: ignore[arg-type]

    def texts(self, person: Person = ANA, **filters: object) -> list[str]:
        return [message.text for message in self.messages(person, **filters)]

    def said(self, name: str, annotator: str = "ana") -> list[object]:
        return [type(row.event) for row in self.log.read(review_stream(name, annotator))]


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    session(any_sql_log, "a", turn("I want a refund", "greet", 0.3), turn("hello", "greet", 0.9))
    session(any_sql_log, "b", turn("i want a REFUND!", "refund", 0.8))
    session(any_sql_log, "c", turn("we want a refund", "greet", 0.4))
    session(any_sql_log, "d", turn("which venue is better", "compare", 0.6))
    return World(any_sql_log)


def test_messages_come_least_sure_first_without_those_that_are_answered(world: World) -> None:
    order = ["I want a refund", "we want a refund", "which venue is better", "i want a REFUND!", "hello"]
    assert world.texts() == order

    confirmation(world.log, "d", "d-1")
    confirmation(world.log, "c", "c-3")  # the action's "yes" answers for the message as well
    world.log.append(review_stream("a", "ben"), [ReviewSubmitted(3)])

    assert world.texts() == [order[0], order[3], order[4]]
    assert world.texts(BEN) == [text for text in order if text not in (order[0], "hello")]


def test_pages_follow_each_other_along_the_order(world: World) -> None:
    seen, after = [], None
    while page := world.messages(after=after, size=2):
        seen += [message.text for message in page]
        after = page[-1].place

    assert seen == world.texts()
    assert world.texts(intents=["greet"]) == ["I want a refund", "we want a refund", "hello"]
    assert world.texts(intents=["greet", "compare"], size=2) == ["I want a refund", "we want a refund"]


def test_blind_sessions_are_not_shown_before_they_may_be(world: World) -> None:
    world.blind = {"a", "c"}

    assert world.texts() == ["which venue is better", "i want a REFUND!"]
    (_, message) = world.messages()
    assert bulk.alike(world.listed, world.desk, ANA, message) == []


def test_alike_are_the_same_words_first_and_then_what_is_like_them(world: World) -> None:
    first = world.messages()[0]

    found = bulk.alike(world.listed, world.desk, ANA, first)

    assert [each.message.text for each in found] == ["i want a REFUND!", "we want a refund"]
    assert found[0].likeness == 1.0 and 0.35 <= found[1].likeness < 1.0


def test_one_answer_for_all_confirms_or_corrects_in_each_session_and_is_one_decision_each(
    world: World,
) -> None:
    chosen = [each for each in world.messages() if "refund" in each.text.casefold()]

    said = bulk.say(world.decide, world.desk, ANA, "press", "refund", chosen)
    again = bulk.say(world.decide, world.desk, ANA, "press", "refund", chosen)

    assert {each.session for each in said.done} == {"a", "b", "c"} and said.refused == ()
    assert again == said
    assert [world.said(name) for name in "abcd"] == [
        [IntentCorrected],
        [StepConfirmed],
        [IntentCorrected],
        [],
    ]
    (row,) = world.log.read(review_stream("a", "ana"))
    assert row.event == IntentCorrected("a-1", 0, "refund", shown="model")
    assert world.texts() == ["which venue is better", "hello"]


def test_one_undo_takes_all_of_it_back(world: World) -> None:
    chosen = world.messages()
    bulk.say(world.decide, world.desk, ANA, "press", "refund", chosen)
    assert world.texts() == []

    back = bulk.take_back(world.decide, world.desk, ANA, "press", chosen)
    again = bulk.take_back(world.decide, world.desk, ANA, "press", chosen)

    assert len(back.done) == 5 and back.refused == () and again == back
    assert len(world.texts()) == 5
    assert len(bulk.say(world.decide, world.desk, ANA, "another", "refund", chosen).done) == 5
    assert world.texts() == []


def test_what_was_decided_since_is_not_undone_and_is_told(world: World) -> None:
    chosen = world.messages()
    bulk.say(world.decide, world.desk, ANA, "press", "refund", chosen)
    confirmation(world.log, "d", "d-3")

    back = bulk.take_back(world.decide, world.desk, ANA, "press", chosen)

    assert [(each.session, reason[:40]) for each, reason in back.refused] == [
        ("d", "Only the latest decision can be undone, ")
    ]
    assert {each.session for each in back.done} == {"a", "b", "c"}


def test_a_submitted_or_a_forgotten_session_refuses_and_the_others_are_done(world: World) -> None:
    chosen = world.messages()
    world.log.append(review_stream("a", "ana"), [ReviewSubmitted(3)], actor="ana")
    forget(world.log, ["b"])

    said = bulk.say(world.decide, world.desk, ANA, "press", "refund", chosen)

    assert {each.session for each in said.done} == {"c", "d"}
    assert {each.session for each, _ in said.refused} == {"a", "b"}
    assert "b" not in "".join(world.log.streams("review/b"))
    assert world.texts() == []


def test_who_may_only_read_decides_nothing(world: World) -> None:
    viewer = Person("vi", "viewer")
    chosen = world.messages(viewer)

    with pytest.raises(NotAllowed):
        bulk.say(world.decide, world.desk, viewer, "x", "refund", chosen)
    with pytest.raises(NotAllowed):
        bulk.take_back(world.decide, world.desk, viewer, "x", chosen)
    assert chosen and list(world.log.streams("review/")) == []


def test_a_message_without_words_and_an_unknown_confidence_are_listed_last(world: World) -> None:
    session(world.log, "e", turn("😀", "", 0.1), turn("  ", "greet", 0.1), REVIEWS)

    texts = world.texts()

    assert texts[0] == "😀" and "  " not in texts
    assert world.messages()[0].ranked[0] == ("other", 0.9)
