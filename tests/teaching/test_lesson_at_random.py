"""Whatever a trainer does, in whatever order: an export holds what stands in the end, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from recorder.actions.local import LocalActions
from recorder.dialogue.domain import ACTION_LISTEN, Domain, Intent
from recorder.dialogue.steps import cut
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed
from recorder.events.event import review_stream, session_stream
from recorder.events.review import Decision
from recorder.events.session import ActionExecuted, Opaque, UserUttered
from recorder.learning.model import Proposal, Understanding
from recorder.review import reviews
from recorder.review.marks import Marks
from recorder.review.people import operator
from recorder.review.questions import ask
from recorder.services.reviewing import Desk, open_session
from recorder.store.memory import MemoryLog
from recorder.stories.story import ActionStep, Story, UserStep
from recorder.talking.bot import respond
from recorder.teaching.asking import WantsAction, WantsMessage
from recorder.teaching.lesson import Lesson

INTENTS = ("greet", "thanks", "buy")
ACTIONS = ("utter_greet", "utter_more", "action_quiet")
DOMAIN = Domain(
    intents=tuple(map(Intent, INTENTS)),
    actions=("action_quiet", "action_break"),
    responses={"utter_greet": ({"text": "Hello."},), "utter_more": ({"text": "More?"},)},
)
texts = st.sampled_from([f"{intent} {n}" for intent in INTENTS for n in range(3)])
intents = st.sampled_from([*INTENTS, "new_intent"])
actions = st.sampled_from([*ACTIONS, "action_new", ACTION_LISTEN])


class Mind:
    """Understands the first word, says one thing, then waits."""

    id, domain = "m", DOMAIN

    def parse(self, text: str) -> Understanding:
        intent = text.partition(" ")[0]
        return Understanding(((intent, 0.9), *((name, 0.05) for name in INTENTS if name != intent)), ())

    def rank_actions(self, so_far: Tracker) -> Proposal:
        best = "utter_greet" if so_far.latest_action == ACTION_LISTEN else ACTION_LISTEN
        others = [name for name in DOMAIN.action_names if name != best]
        return Proposal(((best, 0.9), *((name, 0.1 / len(others)) for name in others)), "learned")


class Quiet:
    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return []


class Break:
    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        raise RuntimeError("no such table")


@dataclass
class Turn:
    text: str
    intent: str
    actions: list[str] = field(default_factory=list)
    recorded: bool = False
    """Before the session was opened first: undo does not go behind it."""

    @property
    def is_corrected(self) -> bool:
        return self.intent != self.text.partition(" ")[0]


Episodes = list[list[Turn]]


class Taught(RuleBasedStateMachine):
    """The model: the episodes of the present session, each a list of turns; what was before each command."""

    recorded: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog()
        for text in self.recorded:
            respond(self.log, Mind(), self.code, "s", text)
        self.lesson = self.opened("s")
        self.others: dict[str, Episodes] = {}
        done = ["utter_greet", ACTION_LISTEN]
        self.episodes: Episodes = [[Turn(t, t.partition(" ")[0], [*done], True) for t in self.recorded]]
        self.past: list[Episodes] = []
        self.future: list[Episodes] = []
        if self.recorded:
            self.lesson.accept_rest()  # the machine does not undo that

    code = LocalActions({"action_quiet": Quiet(), "action_break": Break()})

    def opened(self, session: str) -> Lesson:
        return Lesson(self.log, Mind(), self.code, annotator="ana", session=session)

    def live(self) -> list[object]:
        return [entry.event for entry in self.lesson.history if not isinstance(entry.event, Opaque)]

    def changes(self) -> None:
        self.past.append(deepcopy(self.episodes))
        self.future.clear()

    @property
    def turns(self) -> list[Turn]:
        return self.episodes[-1]

    def waits(self) -> bool:
        return isinstance(self.lesson.ask(), WantsMessage)

    def acts(self) -> bool:
        return isinstance(self.lesson.ask(), WantsAction)

    def unanswered(self) -> bool:
        asked = self.lesson.ask()
        return isinstance(asked, WantsAction) and asked.message is not None

    @precondition(lambda self: self.waits())
    @rule(text=texts)
    def hear(self, text: str) -> None:
        self.changes()
        self.lesson.hear(text)
        self.turns.append(Turn(text, text.partition(" ")[0]))

    @precondition(lambda self: self.acts())
    @rule()
    def confirm(self) -> None:
        self.changes()
        asked = self.lesson.ask()
        assert isinstance(asked, WantsAction)
        self.lesson.confirm()
        self.turns[-1].actions.append(asked.proposed)

    @precondition(lambda self: self.acts())
    @rule(name=actions)
    def correct_action(self, name: str) -> None:
        self.changes()
        self.lesson.correct_action(name)
        self.turns[-1].actions.append(name)

    @precondition(lambda self: self.acts())
    @rule(name=st.sampled_from(ACTIONS))
    def insert(self, name: str) -> None:
        self.changes()
        asked = self.lesson.ask()
        self.lesson.insert(name)
        after = self.lesson.ask()
        assert isinstance(asked, WantsAction) and isinstance(after, WantsAction)
        assert after.proposed == asked.proposed
        self.turns[-1].actions.append(name)

    @precondition(lambda self: self.acts())
    @rule()
    def fail(self) -> None:
        asked, before = self.lesson.ask(), (self.live(), self.lesson.state)
        with pytest.raises(ActionFailed):
            self.lesson.correct_action("action_break")
        assert (self.lesson.ask(), self.live(), self.lesson.state) == (asked, *before)

    @precondition(lambda self: self.unanswered())
    @rule(intent=intents)
    def correct_message(self, intent: str) -> None:
        if intent == self.turns[-1].intent:
            return
        self.changes()
        self.lesson.correct_message(intent, [])
        self.turns[-1].intent = intent

    @precondition(lambda self: self.turns)
    @rule(text=texts)
    def rewrite(self, text: str) -> None:
        self.changes()
        self.lesson.rewrite(text)
        self.turns[-1] = Turn(text, text.partition(" ")[0])

    @rule()
    def restart(self) -> None:
        self.lesson.restart()
        self.episodes.append([])
        self.past.clear()
        self.future.clear()

    @rule()
    def undo(self) -> None:
        assert self.lesson.can_undo or not self.past
        if self.past:
            self.lesson.undo()
            self.future.append(self.episodes)
            self.episodes = self.past.pop()

    @rule()
    def redo(self) -> None:
        assert self.lesson.can_redo == bool(self.future)
        if self.future:
            self.lesson.redo()
            self.past.append(self.episodes)
            self.episodes = self.future.pop()

    @rule()
    def undo_and_redo(self) -> None:
        if not self.past:
            return
        before = self.live(), self.lesson.state, self.standing()
        self.lesson.undo()
        self.lesson.redo()
        assert (self.live(), self.lesson.state, self.standing()) == before

    @rule()
    def undo_everything(self) -> None:
        while self.past:
            self.undo()
        assert all(turn.recorded for turn in self.turns)
        assert not self.lesson.can_undo or any(turn.recorded for turn in self.turns)

    @precondition(lambda self: any(self.episodes))
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, sum(map(len, self.episodes))))
        self.others[self.lesson.session] = self.episodes
        self.lesson.fork(number)
        for episode in self.episodes:
            if number <= len(episode):
                self.episodes = [[replace(turn, recorded=True) for turn in deepcopy(episode[: number - 1])]]
                break
            number -= len(episode)
        self.past, self.future = [], []

    @rule()
    def begin_again(self) -> None:
        """Another run, as after a crash: nothing is lost but what a redo would bring back."""
        sessions, wanted = self.lesson.sessions, (self.live(), self.standing())
        self.lesson = self.opened(self.lesson.session)
        self.lesson.sessions[:0] = [each for each in sessions if each != self.lesson.session]
        assert (self.live(), self.standing()) == wanted
        self.past, self.future = self.as_told(), []

    def as_told(self) -> list[Episodes]:
        """What undo goes back by in another run: message by message and action by action."""
        past: list[Episodes] = []
        before = self.episodes[:-1]
        for i, turn in enumerate(self.turns):
            start = self.turns[:i]
            if turn.recorded:
                continue
            past.append([*before, start])
            if turn.is_corrected:
                past.append([*before, [*start, Turn(turn.text, turn.text.partition(" ")[0])]])
            past += (
                [*before, [*start, replace(turn, actions=turn.actions[:n])]] for n in range(len(turn.actions))
            )
        return deepcopy(past)

    def standing(self) -> list[Any]:
        """What stands of each step of the episode, by place."""
        marks = Marks(self.log.read(review_stream(self.lesson.session, "ana")))
        steps = [
            e.record.id for e in self.lesson.history if isinstance(e.event, UserUttered | ActionExecuted)
        ]
        return [marks.answer(step) for step in steps]

    @invariant()
    def counts_what_the_trainer_said(self) -> None:
        told: list[Turn] = []
        for entry in self.lesson._page.notebook.live.entries:
            event = entry.event
            if isinstance(event, UserUttered):
                told.append(Turn(event.text or "", event.intent or ""))
            elif isinstance(event, ActionExecuted) and told:
                told[-1].actions.append(event.name or "")
        assert told == [replace(turn, recorded=False) for turn in self.turns]

    @invariant()
    def is_a_session_that_the_app_takes(self) -> None:
        session, log = self.lesson.session, self.log
        if not log.version(session_stream(session)):
            return
        assert open_session(Desk(log, DOMAIN), session, operator("ana"))["version"] == log.version(
            session_stream(session)
        )
        questions = ask(cut(log.read(session_stream(session)), DOMAIN))
        steps = {step: question.steps for question in questions for step in question.steps}
        review = reviews.Review()
        for record in log.read(review_stream(session, "ana")):
            if isinstance(record.event, Decision) and steps.keys() >= set(reviews.steps_of(record.event)):
                reviews.check(review, record.event, steps)
            review.evolve(record.id, record.event)

    def teardown(self) -> None:
        sessions = {**self.others, self.lesson.session: self.episodes}
        episodes = [episode for name in self.lesson.sessions for episode in sessions[name]]
        taught = self.lesson.export()
        assert [_steps(story) for story in taught.stories] == _once(map(_expected, episodes))
        answered = [turn for episode in episodes for turn in episode if turn.actions or turn.is_corrected]
        meant: dict[str, set[str]] = {}
        for turn in answered:
            meant.setdefault(turn.text, set()).add(turn.intent)
        examples = {(e.text, e.intent) for e in taught.examples}
        assert examples == {(text, *names) for text, names in meant.items() if len(names) == 1}
        assert len(taught.examples) == len(examples)
        used = {name for story in taught.stories for name in _steps(story)} | {
            intent for _, intent in examples
        }
        new = {intent.name for intent in taught.domain.intents} | set(taught.domain.actions)
        assert new == used & {"new_intent", "action_new"}


def _steps(story: Story) -> list[str]:
    assert all(isinstance(step, UserStep | ActionStep) for step in story.steps)
    return [
        s.intent or "" if isinstance(s, UserStep) else s.name
        for s in story.steps
        if isinstance(s, UserStep | ActionStep)
    ]


def _expected(episode: list[Turn]) -> list[str]:
    """The steps of the episode's story, up to its last action."""
    steps: list[str] = []
    length = 0
    for turn in episode:
        steps.append(turn.intent)
        for name in turn.actions:
            if name != ACTION_LISTEN:
                steps.append(name)
                length = len(steps)
    return steps[:length]


def _once(stories: Iterable[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    for story in stories:
        if story and story not in found:
            found.append(story)
    return found


class TaughtAfterTheBot(Taught):
    """The same with a session that the bot had recorded."""

    recorded = ("greet 1", "buy 2")


TestTaught = Taught.TestCase
TestTaught.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestTaughtAfterTheBot = TaughtAfterTheBot.TestCase
TestTaughtAfterTheBot.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
