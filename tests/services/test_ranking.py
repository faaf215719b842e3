"""Rankings that a model adds to sessions recorded without it."""

from __future__ import annotations

import pytest

from recorder.dialogue.domain import Domain
from recorder.errors import DomainMismatch, UnknownSession
from recorder.events.event import NewEvent, session_stream
from recorder.events.prediction import ActionRanked
from recorder.events.session import ActionExecuted
from recorder.learning.model import train
from recorder.services.ranking import rank
from recorder.store.memory import MemoryLog
from tests.learning.given import DIALOGUES, DOMAIN, GREETED, LISTEN, NLU

MODEL = train(NLU, DIALOGUES, DOMAIN)


def recorded(log: MemoryLog, name: str, *more: NewEvent) -> None:
    events = [NewEvent(event, id=f"{name}-{i}") for i, event in enumerate((*GREETED, LISTEN))]
    log.append(session_stream(name), [*events, *more])


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    recorded(log, "a")
    recorded(log, "b")
    return log


def rankings(log: MemoryLog, name: str) -> list[ActionRanked]:
    return [r.event for r in log.read(session_stream(name)) if isinstance(r.event, ActionRanked)]


def test_every_action_step_gets_a_whole_ranking_marked_as_late(log: MemoryLog) -> None:
    report = rank(log, MODEL)

    assert (report.sessions, report.ranked, report.already_there) == (2, 4, 0)
    found = rankings(log, "a")
    assert [event.about for event in found] == ["a-2", "a-3"]
    assert all(event.late and event.model == MODEL.id for event in found)
    assert [event.ranking[0][0] for event in found] == ["utter_greet", "action_listen"]
    assert {name for name, _ in found[0].ranking} == set(DOMAIN.action_names)


def test_a_second_run_adds_nothing(log: MemoryLog) -> None:
    rank(log, MODEL)
    position = log.position()

    report = rank(log, MODEL)

    assert (report.ranked, report.already_there) == (0, 4)
    assert log.position() == position


def test_steps_that_the_recording_model_ranked_are_left_alone(log: MemoryLog) -> None:
    whole = ActionRanked("c-2", "other", (("utter_greet", 0.6), ("utter_bye", 0.4)))
    recorded(log, "c", NewEvent(whole))

    rank(log, MODEL, ["c"])

    assert [(event.about, event.model) for event in rankings(log, "c")] == [
        ("c-2", "other"),
        ("c-3", MODEL.id),
    ]


def test_another_model_may_rank_them_too(log: MemoryLog) -> None:
    other = train(NLU, DIALOGUES[:1], DOMAIN)
    rank(log, MODEL)

    assert rank(log, other).ranked == 4


def test_only_the_named_sessions_are_ranked(log: MemoryLog) -> None:
    rank(log, MODEL, ["b"])

    assert not rankings(log, "a") and rankings(log, "b")


def test_an_unknown_session_stops_everything(log: MemoryLog) -> None:
    with pytest.raises(UnknownSession):
        rank(log, MODEL, ["a", "nobody"])

    assert not rankings(log, "a")


def test_sessions_of_another_bot_are_left_alone(log: MemoryLog) -> None:
    log.append(session_stream("c"), [*GREETED[:2], ActionExecuted("someone_elses")])

    assert rank(log, MODEL).of_another_bot == 1
    with pytest.raises(DomainMismatch):
        rank(log, train(NLU, [], Domain(actions=("x",))))


def test_an_empty_log_is_ranked_at_once() -> None:
    assert rank(MemoryLog(), MODEL).sessions == 0
