"""Verdicts laid over a session: recorded events in, the dialogue as it should have gone out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Final, Literal

from recorder.dialogue.domain import Domain
from recorder.dialogue.slots import fill
from recorder.dialogue.steps import Step
from recorder.dialogue.tracker import Tracker, evolve
from recorder.events.event import Event, JsonObject, changed
from recorder.events.session import ActionExecuted, SlotSet, UserUttered
from recorder.review.questions import Question
from recorder.review.reviews import NO_ANSWER, Answer

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

Course = Literal["real", "hypothetical", "cut"]
"""Whether a question belongs to what would have happened had the bot been right so far."""


@dataclass(frozen=True, slots=True)
class GoldStep:
    """What is right at one step."""

    step: str
    kind: Literal["understanding", "action"]
    at: int
    """Index in the episode's events of the event that the label belongs to."""
    label: str
    recorded: str | None
    """What the recording model chose."""


@dataclass(frozen=True, slots=True)
class GoldMessage:
    """A message whose understanding was confirmed or corrected, whatever became of the dialogue."""

    step: str
    text: str
    intent: str
    entities: tuple[JsonObject, ...]
    corrected: bool


@dataclass(frozen=True, slots=True)
class CorrectedEpisode:
    """One episode as it should have gone, as far as the reviews tell."""

    session: str
    number: int
    """Place among the session's episodes, from 0."""
    events: tuple[Event, ...]
    gold: tuple[GoldStep, ...]
    messages: tuple[GoldMessage, ...]
    stopped: str | None
    """Why it ends before the recorded episode did; None: it does not, or ends at a correction."""
    corrected: int
    """How many of its steps differ from what was recorded."""
    questions: int


def courses(questions: Sequence[Question], answers: Mapping[str, Answer]) -> list[Course]:
    """For each question of a session, whether it still belongs to the dialogue.

    The user answered what the bot really did: after a wrong action the rest of the episode is
    hypothetical, unless the annotator says that it still holds. A cut ends the episode.
    """
    found: list[Course] = []
    for _, part in groupby(questions, key=lambda q: q.episode):
        course: Course = "real"
        for question in part:
            answer = answers.get(question.id, NO_ANSWER)
            if answer.cut and course == "real":
                course = "cut"
            found.append(course)
            if course == "real" and changes_course(question, answer) and not answer.kept:
                course = "hypothetical"
    return found


def changes_course(question: Question, answer: Answer) -> bool:
    """Whether the bot should have acted otherwise here than it did."""
    recorded = question.action.chosen if question.action else None
    return bool(answer.inserted) or answer.removed or answer.action not in (None, recorded)


def correct(
    session: str,
    questions: Sequence[Question],
    answers: Mapping[str, Answer],
    *,
    withheld: Mapping[str, str] = _NOTHING,
    domain: Domain | None = None,
) -> list[CorrectedEpisode]:
    """The session's episodes as they should have gone.

    Args:
        questions: all of the session, in order.
        answers: step id -> answer, spelled out.
        withheld: step id -> why what is said of it does not count (`verdicts.withheld`); an episode stops
            before the first one.
        domain: how corrected messages fill slots; without one, recorded slots stay.
    """
    standing = dict(zip([q.id for q in questions], courses(questions, answers), strict=True))
    episodes = []
    for number, part in groupby(questions, key=lambda q: q.episode):
        desk = _Desk(session, number, domain, answers)
        for question in part:
            desk.questions += 1
            desk.note_message(question, withheld)
            if desk.open:
                desk.take(question, standing[question.id], withheld)
        episodes.append(desk.episode())
    return episodes


@dataclass(slots=True)
class _Desk:
    """One episode while it is being put right."""

    session: str
    number: int
    domain: Domain | None
    answers: Mapping[str, Answer]
    open: bool = True
    stopped: str | None = None
    questions: int = 0
    corrected: int = 0
    events: list[Event] = field(default_factory=list)
    gold: list[GoldStep] = field(default_factory=list)
    messages: list[GoldMessage] = field(default_factory=list)
    tracker: Tracker = field(default_factory=Tracker)

    def __post_init__(self) -> None:
        self.tracker = Tracker.start(self.domain)

    def take(self, question: Question, course: Course, withheld: Mapping[str, str]) -> None:
        answer = self.answers.get(question.id, NO_ANSWER)
        reason = _reason_to_stop(question, answer, course, withheld)
        if reason is not None:
            self.open, self.stopped = False, reason or None
            return
        if self.questions == 1:
            first = question.understanding or question.action
            self._carry_over(first)
        if question.understanding is not None:
            self._take_message(question.understanding)
        for name in answer.inserted:
            self._add(ActionExecuted(name))
            self.corrected += 1
        if question.action is not None:
            self._take_action(question.action, answer)
        for name, value in answer.slots:
            self._add(SlotSet(name, value))

    def note_message(self, question: Question, withheld: Mapping[str, str]) -> None:
        """A message stays an example although the dialogue around it turned out hypothetical."""
        step = question.understanding
        if step is None or step.id in withheld:
            return
        answer = self.answers.get(step.id, NO_ANSWER)
        event = corrected_message(step, answer)
        if answer.decides and event.text and event.intent:
            self.messages.append(
                GoldMessage(step.id, event.text, event.intent, event.entities, answer.corrected)
            )

    def _carry_over(self, first: Step | None) -> None:
        """Slots that were set before the first question, as those carried over from an earlier session."""
        initial = self.tracker.slots
        for name, value in (first.before.slots if first else {}).items():
            if initial.get(name) != value:
                self._add(SlotSet(name, value))

    def _take_message(self, step: Step) -> None:
        answer = self.answers.get(step.id, NO_ANSWER)
        message = corrected_message(step, answer)
        if message.intent is not None:
            self._label(step, "understanding", message.intent)
        before = self.tracker
        self._add(message)
        effects: Sequence[Event] = [record.event for record in step.effects]
        if answer.corrected:
            self.corrected += 1
            effects = refilled(effects, message, before, self.domain)
        for event in effects:
            self._add(event)

    def _take_action(self, step: Step, answer: Answer) -> None:
        if answer.removed:
            self.corrected += 1
            return
        wanted = answer.action or step.chosen or ""
        self._label(step, "action", wanted)
        if wanted == step.chosen:
            self._add(step.recorded.event)
            for record in step.effects:
                self._add(record.event)
        else:
            self.corrected += 1
            self._add(ActionExecuted(wanted))

    def _label(self, step: Step, kind: Literal["understanding", "action"], label: str) -> None:
        self.gold.append(GoldStep(step.id, kind, len(self.events), label, step.chosen))

    def _add(self, event: Event) -> None:
        self.events.append(event)
        self.tracker = evolve(self.tracker, event)

    def episode(self) -> CorrectedEpisode:
        return CorrectedEpisode(
            session=self.session,
            number=self.number,
            events=tuple(self.events),
            gold=tuple(self.gold),
            messages=tuple(self.messages),
            stopped=self.stopped,
            corrected=self.corrected,
            questions=self.questions,
        )


def _reason_to_stop(
    question: Question, answer: Answer, course: Course, withheld: Mapping[str, str]
) -> str | None:
    """Why the episode ends before this question; "" where that needs no explanation; None: it goes on."""
    place = f"step {question.index + 1}"
    if course == "hypothetical":
        return ""
    if course == "cut":
        return f"cut by the annotator at {place}"
    if why := next((withheld[step] for step in question.steps if step in withheld), None):
        return f"{why} {place}"
    if answer.unsure:
        return f"nobody was sure of {place}"
    return None if answer.decides else f"{place} was not reviewed"


def corrected_message(step: Step, answer: Answer) -> UserUttered:
    """The message of an understanding step with the intent and entities that it should have had."""
    event = step.recorded.event
    if not isinstance(event, UserUttered):
        raise TypeError(f"{step.id} is no message")
    return as_answered(event, answer)


def as_answered(event: UserUttered, answer: Answer) -> UserUttered:
    """A message with the intent and entities that an answer gives it."""
    parsed = dict(event.parse_data)
    if answer.intent is not None:
        parsed["intent"] = {"name": answer.intent, "confidence": 1.0}
        parsed.pop("intent_ranking", None)
    if answer.entities is not None:
        parsed["entities"] = list(answer.entities)
    return changed(event, parse_data=parsed)


def refilled(
    effects: Iterable[Event], message: UserUttered, before: Tracker, domain: Domain | None
) -> list[Event]:
    """What followed a message whose understanding was corrected: its slots filled anew by the domain."""
    if domain is None:
        return list(effects)
    mapped = {slot.name for slot in domain.slots if slot.mappings or slot.auto_fill}
    others = [e for e in effects if not (isinstance(e, SlotSet) and e.name in mapped)]
    return [*fill(domain, before, message), *others]
