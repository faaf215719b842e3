"""What a person may see of a session under review, before and after the own decisions.

A session may be *blind* for who has a vote on it. Then the model's choices come to light step by step,
each after the own decision on it; what others decided and wrote, once the own review is submitted.
Of a step that is asked blind, the screen gets the message's words and nothing that the bot made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from recorder.errors import InvalidDecision
from recorder.events.event import Event, JsonObject
from recorder.events.review import (
    ActionCorrected,
    ActionRemoved,
    Decision,
    EntitiesCorrected,
    IntentCorrected,
    ResponseWritten,
    RestConfirmed,
    RestKept,
    SessionCut,
    StepConfirmed,
    StepFlagged,
    StepNoted,
    StepSkipped,
    StepUnsure,
)
from recorder.events.session import UserUttered
from recorder.review.corrections import courses
from recorder.review.people import Person, may
from recorder.review.questions import Question
from recorder.review.reviews import NO_ANSWER, Review, answers, steps_of

What = Literal["model", "others"]
"""The model's rankings and what the bot did; others' decisions, comments and verdicts."""
Place = Literal["whole", "asked", "withheld"]
"""Of a step in a blind session: all of it is shown; it is asked now; it comes later."""
MODEL: Final = "model"
BLIND: Final = "blind"

_ANSWERS: Final = (
    *(StepConfirmed, RestConfirmed, ActionCorrected, IntentCorrected, ActionRemoved),
    *(StepUnsure, StepSkipped, SessionCut),
)
_ASKABLE: Final = (StepUnsure, StepSkipped, SessionCut, RestKept, StepNoted, StepFlagged, ResponseWritten)
"""What may be said of a step that is asked blind, beside the answer itself."""


@dataclass(frozen=True, slots=True)
class Case:
    """A session as it is queued, and where one person stands with it."""

    blind: bool = False
    takes_part: bool = False
    """The person may review it in an open batch."""
    can_vote: bool = False
    """There is a place for the person, or the person has one."""
    submitted: bool = False
    """The person has submitted a review of it, if only once."""


def may_see(person: Person, case: Case, what: What) -> bool:
    """Whether this may be sent to the person's screen at all, before each own decision.

    Who adjudicates sees everything, except where the own vote is still to come.
    """
    if not case.blind or case.submitted:
        return True
    judge = may(person, "adjudicate")
    votes = case.takes_part and may(person, "decide") and (case.can_vote or not judge)
    return not votes and (judge or what == "model")


def places(questions: Sequence[Question], review: Review) -> list[Place]:
    """How each question of a blind session is shown: what was ever decided, whole.

    In every episode up to the one that the reviewer has come to, the first of the others is asked.
    """
    seen = {
        step for event in review.events.values() if isinstance(event, _ANSWERS) for step in steps_of(event)
    }
    last = max((q.index for q in questions if q.id in seen), default=-1)
    until = max(last + 1, _first_open(questions, review))
    found: list[Place] = []
    asked: set[int] = set()
    for question in questions:
        if question.id in seen:
            found.append("whole")
        elif question.index <= until and question.episode not in asked:
            asked.add(question.episode)
            found.append("asked")
        else:
            found.append("withheld")
    return found


def _first_open(questions: Sequence[Question], review: Review) -> int:
    said = answers(review.decisions())
    for question, course in zip(questions, courses(questions, said), strict=True):
        if course == "real" and not said.get(question.id, NO_ANSWER).given:
            return question.index
    return len(questions)


def masked(shown: JsonObject, place: Place) -> JsonObject:
    """A question as `screen.questions` draws it, without what is not to be seen yet."""
    if place == "whole":
        return shown
    if place == "withheld":
        return {
            **{name: shown[name] for name in ("id", "index", "episode", "turn")},
            "opening": [],
            "message": None,
            "action": None,
            "slots_changed": [],
            "loop": None,
            "mask": place,
        }
    message, action, loop = shown["message"], shown["action"], shown["loop"]
    hidden: dict[str, Any] = {"confidence": None, "predictions": [], "effects": []}
    return {
        **shown,
        "message": message
        and {"id": message["id"], "text": message["text"], "intent": None, "entities": [], **hidden},
        "action": action and {"id": action["id"], "name": None, **hidden},
        "slots_changed": [
            each for each in shown["slots_changed"] if not each["by"].startswith("the message")
        ],
        "loop": loop and {**loop, "interrupted": False},
        "mask": place,
    }


def names(shown: JsonObject) -> JsonObject:
    """What may be chosen (`screen.domain`), in the order of the labels: no order tells what the bot did."""
    lists = ("intents", "actions", "entities", "slots")
    return {**shown, **{name: sorted(shown[name]) for name in lists}}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is right at a step, said by who has not seen what the bot made of it."""

    step: str
    """Id of the question."""
    made_on: int
    intent: str | None = None
    entities: tuple[JsonObject, ...] | None = None
    action: str | None = None


def spelled(choice: Choice, question: Question, command: str) -> list[tuple[str, Decision]]:
    """The choice as decisions with their ids, the one with the choice's own id last.

    Where it is what the bot did, it is a confirmation; so that a blind and a shown review say the same in
    the same words. Raises InvalidDecision: the choice says nothing of what was asked.
    """
    message, action = question.understanding, question.action
    found: list[Decision] = []
    on = choice.made_on

    def add(decision: Decision) -> None:
        nonlocal on
        found.append(decision)
        on += 1

    if message is not None:
        if not (choice.intent or "").strip():
            raise InvalidDecision("An intent is needed.")
        said = message.recorded.event
        was = said.entities if isinstance(said, UserUttered) else ()
        if choice.entities is not None and _spans(choice.entities) != _spans(was):
            add(EntitiesCorrected(message.id, on, choice.entities))
        if choice.intent and choice.intent != message.chosen and action is not None:
            add(IntentCorrected(message.id, on, choice.intent))
    if action is None:
        assert message is not None
        right = choice.intent == message.chosen
        # A confirmation would take a correction of the same step back.
        if not right or found:
            add(IntentCorrected(message.id, on, choice.intent or ""))
        else:
            add(StepConfirmed(message.id, on))
    elif not (choice.action or "").strip():
        raise InvalidDecision("An action is needed.")
    elif choice.action == action.chosen:
        add(StepConfirmed(action.id, on))
    else:
        add(ActionCorrected(action.id, on, choice.action or ""))
    ids = [f"{command}~{number}" for number in range(1, len(found))] + [command]
    return list(zip(ids, found, strict=True))


def check(event: Event, place: Mapping[str, Place]) -> None:
    """Whether this may be said in a blind session. `place`: step id -> how it is shown.

    Raises InvalidDecision.
    """
    if not isinstance(event, Decision) or isinstance(event, _ASKABLE):
        return
    if any(place.get(step, "whole") != "whole" for step in steps_of(event)):
        raise InvalidDecision("This session is blind: say first what is right at this step, then see it.")


def _spans(entities: Sequence[JsonObject]) -> list[tuple[str, ...]]:
    """What they mark; a value that an extractor has put otherwise than the words say is no difference."""
    marks = ("entity", "start", "end", "role", "group")
    return sorted(
        tuple(str(each.get(key)) for key in (*marks, *(() if each.get("end") else ("value",))))
        for each in entities
    )
