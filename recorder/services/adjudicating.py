"""Adjudication: what people disagree on is shown side by side, and decided."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.errors import (
    EventConflict,
    InvalidDecision,
    ReviewError,
    UnknownStep,
    VersionConflict,
    VotesChanged,
)
from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.event import Event, NewEvent, adjudication_stream, review_stream, stream_parts
from recorder.read_models.judgements import PAGE_SIZE, Due, Judgements, Place
from recorder.review import adjudications, reviews
from recorder.review.adjudications import Adjudication, Adjudications
from recorder.review.people import Person, require
from recorder.review.questions import Question, spell_out
from recorder.review.reviews import Answer
from recorder.review.verdicts import UNREVIEWED, Task, Verdict, mark, plain, settle, votes_on
from recorder.review.votes import label
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog

LONGEST_NOTE: Final = 20_000
AROUND: Final = 6
"""Questions before a step, and after it, that are shown with it."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one annotator says of a step."""

    annotator: str
    answer: Answer
    label: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Case:
    """A step with all that was said of it."""

    session: str
    step: Step
    question: Question
    before: Sequence[Question]
    """Of the same episode, in order; the latest ones."""
    after: Sequence[Question]
    votes: tuple[Vote, ...]
    """By annotator."""
    verdict: Verdict
    adjudication: Adjudication | None
    mark: str
    """Changes with every vote on the step, and when it is adjudicated."""


@dataclass(frozen=True, slots=True)
class Docket:
    """A page of the steps that there is something to adjudicate in."""

    due: tuple[Due, ...]
    after: Place | None
    """Where the next page begins; None: this is the last one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A step of several that could not be adjudicated, and why."""

    session: str
    step: str
    reason: str


def docket(
    judgements: Judgements,
    desk: Desk,
    task: Task,
    person: Person,
    *,
    after: Place | None = None,
    sessions: Collection[str] | None = None,
) -> Docket:
    """The next steps with this task, those with the lowest agreement first.

    Those of blind sessions on which the person has a vote that is still to come are passed by.

    Args:
        after: where the page begins.
        sessions: only of these; None: of all.

    Raises:
        NotAllowed.
    """
    require(person, "adjudicate")
    found = judgements.due(task, after=after, sessions=sessions, size=PAGE_SIZE + 1)
    page, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    blind = {session for session in {each.session for each in page} if desk.is_blind(session, person)}
    shown = tuple(each for each in page if each.session not in blind)
    return Docket(shown, page[-1].place if more else None)


def open_case(desk: Desk, session: str, step: str, person: Person) -> Case:
    """A step with its votes, whatever is still to be done there.

    Raises:
        NotAllowed, UnknownSession, UnknownStep.
        InvalidDecision: the person's own review comes first.
    """
    require(person, "adjudicate")
    _check_not_blind(desk, session, person)
    opened = desk.session(session)
    found = next(
        (
            (question, each)
            for question in opened.questions
            for each in (question.understanding, question.action)
            if each is not None and each.id == step
        ),
        None,
    )
    if found is None:
        raise UnknownStep(step)
    question, asked = found
    episode = [each for each in opened.questions if each.episode == question.episode]
    at = question.index - episode[0].index
    folded = adjudications_of(desk.log, session)
    given = submitted(desk, session, opened.questions)
    adjudication = folded.standing.get(step)
    return Case(
        session=session,
        step=asked,
        question=question,
        before=episode[max(0, at - AROUND) : at],
        after=episode[at + 1 : at + 1 + AROUND],
        votes=tuple(
            Vote(name, vote, label(asked, vote), given[name][step].note)
            for name, vote in votes_on(step, given).items()
        ),
        verdict=settle(given, folded.standing).get(step, UNREVIEWED),
        adjudication=adjudication,
        mark=_mark(folded, given, step),
    )


def answer_of(step: Step, name: str) -> Answer:
    """The answer that says that `name` is right: an intent at a message, else an action."""
    if name == step.chosen:
        return Answer(confirmed=True)
    return Answer(intent=name) if step.kind == UNDERSTANDING else Answer(action=name)


def adjudicate(
    desk: Desk,
    session: str,
    step: str,
    answer: Answer,
    person: Person,
    *,
    reason: str = "",
    note: str = "",
    mark: str,
    command: str,
) -> None:
    """Decide what is right at a step.

    Args:
        reason: one of `adjudications.REASONS`, or empty.
        mark: of the case that the person looked at.
        command: id of this decision; the same one twice is one decision.

    Raises:
        NotAllowed, UnknownSession, UnknownStep, InvalidDecision.
        VotesChanged: somebody voted on it, or adjudicated it, since the person looked.
    """
    require(person, "adjudicate")
    answer = plain(answer)
    adjudications.check(answer, reason)
    _check_note(note)
    _write(desk, session, step, person, mark, command, _Verdict(answer, reason, note.strip()))


def withdraw(desk: Desk, session: str, step: str, person: Person, *, mark: str, command: str) -> None:
    """Let the votes decide again. Raises: as `adjudicate`; InvalidDecision where nothing was adjudicated."""
    require(person, "adjudicate")
    _write(desk, session, step, person, mark, command, None)


def adjudicate_all(
    desk: Desk, cases: Iterable[Case], person: Person, *, reason: str = "", command: str
) -> list[Refused]:
    """Decide each of the cases as most of its votes say, where all but one agree.

    What is refused keeps no other out. Repeated with the same `command` and cases it does nothing more.

    Raises:
        NotAllowed.
    """
    require(person, "adjudicate")
    refused = []
    for case in cases:
        try:
            if case.verdict.task != "one against":
                raise InvalidDecision("More than one vote is against it, or none: decide it by itself.")
            each = hashlib.sha256(f"{command}\n{case.session}\n{case.step.id}".encode("utf-8", "replace"))
            adjudicate(
                desk,
                case.session,
                case.step.id,
                case.verdict.answer,
                person,
                reason=reason,
                mark=case.mark,
                command=each.hexdigest()[:32],
            )
        except ReviewError as error:
            refused.append(Refused(case.session, case.step.id, str(error)))
    return refused


@dataclass(frozen=True, slots=True)
class _Verdict:
    answer: Answer
    reason: str
    note: str


def _write(
    desk: Desk, session: str, step: str, person: Person, shown: str, command: str, said: _Verdict | None
) -> None:
    stream = adjudication_stream(session)
    _check_not_blind(desk, session, person)
    while True:
        opened = desk.session(session)
        if step not in opened.steps_of_question:
            raise UnknownStep(step)
        folded = adjudications_of(desk.log, session)
        if command in folded.events:
            _check_same(folded.events[command], step, said)
            return
        given = submitted(desk, session, opened.questions)
        if _mark(folded, given, step) != shown:
            raise VotesChanged(step)
        if said is None and step not in folded.standing:
            raise InvalidDecision("Nothing was adjudicated here, so there is nothing to take back.")
        event = _event(step, said, {name: mark(vote) for name, vote in votes_on(step, given).items()})
        try:
            desk.log.append(
                stream,
                [NewEvent(event, id=command)],
                expected_version=len(folded.events),
                actor=person.name,
            )
        except VersionConflict:
            continue  # another adjudicator was faster: look again at what they wrote
        except EventConflict:
            raise InvalidDecision("This decision's id belongs to another one.") from None
        return


def adjudicated(
    step: str, answer: Answer, reason: str = "", note: str = "", *, seen: Mapping[str, str]
) -> StepAdjudicated:
    """What is written of a verdict. `seen`: annotator -> mark of the vote that it was made on."""
    return StepAdjudicated(step, adjudications.told(answer), reason, note, dict(seen))


def _event(step: str, said: _Verdict | None, seen: Mapping[str, str]) -> Event:
    if said is None:
        return AdjudicationWithdrawn(step)
    return adjudicated(step, said.answer, said.reason, said.note, seen=seen)


def _check_same(there: Event, step: str, said: _Verdict | None) -> None:
    """Whether a repeated command says what it said; the votes may have changed since."""
    seen = there.seen if isinstance(there, StepAdjudicated) else {}
    if there != _event(step, said, seen):
        raise InvalidDecision("This decision's id was used for another one.")


def _check_not_blind(desk: Desk, session: str, person: Person) -> None:
    """Who still has a vote on a blind session does not see those of the others."""
    if desk.is_blind(session, person):
        raise InvalidDecision("You have a vote of your own on this session: review it first.")


def _check_note(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise InvalidDecision(f"A note has at most {LONGEST_NOTE} characters.")


def adjudications_of(log: EventLog, session: str) -> Adjudications:
    """As they are in the log now."""
    return adjudications.replay(log.read(adjudication_stream(session)))


def submitted(desk: Desk, session: str, questions: Sequence[Question]) -> dict[str, dict[str, Answer]]:
    """Annotator -> the answers of the submitted review, spelled out."""
    names = [stream_parts(stream)[2] for stream in desk.log.streams(review_stream(session, ""))]
    found = {name: desk.review(session, name) for name in sorted(names)}
    return {
        name: spell_out(questions, reviews.answers(review.decisions()))
        for name, review in found.items()
        if review.submitted
    }


def _mark(folded: Adjudications, given: Mapping[str, Mapping[str, Answer]], step: str) -> str:
    said = [f"{name}={mark(vote)}" for name, vote in votes_on(step, given).items()]
    text = "\n".join([str(folded.versions[step]), *said])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
