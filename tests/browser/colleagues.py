"""Three people who went over the demo's sessions before, each in their own way, so that screens are full."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from recorder.bootstrap import Recorder
from recorder.dialogue.domain import ACTION_LISTEN
from recorder.events.event import JsonObject
from recorder.events.session import UserUttered
from recorder.formats.decisions import CHOICE
from recorder.read_models.session_list import SessionList
from recorder.review.people import Person, operator
from recorder.review.questions import Question
from recorder.review.sampling import Votes
from recorder.services import batching, opening
from recorder.services.board import Board
from recorder.services.opening import Sample
from recorder.services.reviewing import Desk
from recorder.settings import Settings
from recorder.store.log import utc_now
from recorder.store.sql import open_log

DATA: Final = Path(__file__).parents[2] / "data"
BATCH: Final = "first look"
GUIDELINES: Final = """**Reviews** are of concerts where concerts were searched last, and of venues otherwise.

What the bot has no intent for gets `utter_default`."""
Meant = Any
"""What a message meant, as data/record.py has it."""
Habit = Callable[[Question, Meant, bool], tuple[str, str]]
"""Question, what was meant, whether the session is blind -> the intent and the action they take for right."""


def careful(question: Question, meant: Meant, blind: bool) -> tuple[str, str]:
    return meant.intent, meant.action


def trusting(question: Question, meant: Meant, blind: bool) -> tuple[str, str]:
    """Sees no mistake where the model was sure and says so."""
    action = question.action
    if blind or action is None or (action.confidence or 0) < 0.85:
        return meant.intent, meant.action
    return (question.understanding and question.understanding.chosen) or "", action.chosen or ""


def hasty(question: Question, meant: Meant, blind: bool) -> tuple[str, str]:
    """Takes every comparison for one of venues."""
    if meant.intent == "compare_reviews":
        return meant.intent, "action_show_venue_reviews"
    return meant.intent, meant.action


HABITS: Final[dict[str, Habit]] = {"bea": careful, "cleo": trusting, "dan": hasty}


def colleagues(settings: Settings, host: str) -> None:
    """Open the log of the demo and let them work in it."""
    clock = Unhurried(utc_now(), timedelta(seconds=0.8))  # or the agreement page finds them too fast
    log = open_log(settings.database, clock)
    recorder = Recorder(settings, log)
    board = Board(log, clock)
    desk = Desk(log, recorder.domain(), is_blind=partial(batching.is_blind, board))
    recorder.read_models.catch_up()
    work(board, desk, recorder.lists.at_least(log.position()), host)
    log.engine.dispose()


def work(board: Board, desk: Desk, lists: SessionList, host: str) -> None:
    """Queue 16 sessions with three votes each, and give most of the votes; the rest is for the host."""
    names = (host, *HABITS)
    shares: Any = {"uncertain": 0.5, "suspicious": 0.25, "random": 0.25}
    sample = Sample(shares, 16, Votes(3), names, blind=0.25, seed=7)
    chief = operator(host)
    chosen = opening.preview(board, chief, lists, sample)
    opening.open_batch(
        board,
        chief,
        BATCH,
        chosen.items,
        annotators=names,
        seed=7,
        due="2030-01-31",
        guidelines=GUIDELINES,
        sampled=sample.to_json(),
    )
    for turn, (name, habit) in enumerate(HABITS.items()):
        person = Person(name, "annotator")
        for number, session in enumerate(chosen.sessions):
            if number % 4 != turn:
                review(board, desk, person, session, habit)


def review(board: Board, desk: Desk, person: Person, session: str, habit: Habit) -> None:
    batching.claim(board, person, BATCH, session)
    blind = batching.is_blind(board, session, person)
    answers = list(_answers(desk, session, habit, blind))
    for number, answer in enumerate(answers):
        sent = {"id": f"{session}-{person.name}-{number}", "type": CHOICE, "made_on": 0, **answer}
        outcome = batching.decide(board, desk, session, person, [sent])
        assert not outcome.refused, outcome
    assert not batching.submit(board, desk, session, person, f"{session}-{person.name}").refused


def _answers(desk: Desk, session: str, habit: Habit, blind: bool) -> Iterator[JsonObject]:
    meant: Iterator[Meant] = iter(_meant(session))
    said: Meant = None
    for question in desk.session(session).questions:
        if question.understanding is not None:
            message = question.understanding.recorded.event
            assert isinstance(message, UserUttered)
            said = next(each for each in meant if each.text == message.text)
            intent, action = habit(question, said, blind)
            yield {"step": question.id, "intent": intent, "action": action if question.action else None}
        else:
            yield {"step": question.id, "action": ACTION_LISTEN}


def _meant(session: str) -> list[Meant]:
    visitors: dict[str, Any] = yaml.safe_load((DATA / "visitors.yml").read_text(encoding="utf-8"))
    messages = runpy.run_path(str(DATA / "record.py"))["messages"]
    return [each for each in messages(visitors[session]) if not isinstance(each, timedelta)]


class Unhurried:
    """A clock for people who think."""

    def __init__(self, now: datetime, each: timedelta) -> None:
        self.now, self.each = now, each

    def __call__(self) -> datetime:
        self.now += self.each
        return self.now
