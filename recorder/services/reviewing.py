"""Review of recorded sessions: show one, take decisions, say what stands."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeVar

from recorder.dialogue.domain import Domain
from recorder.dialogue.steps import cut
from recorder.errors import (
    EventConflict,
    InvalidDecision,
    ReviewError,
    UnknownSession,
    UnknownStep,
    VersionConflict,
)
from recorder.events.event import (
    FORGETTING,
    Event,
    JsonObject,
    NewEvent,
    Recorded,
    changed,
    review_stream,
    session_stream,
)
from recorder.events.review import Decision
from recorder.events.session import SessionRecorded
from recorder.formats import decisions as notation
from recorder.review import reviews, screen, visibility
from recorder.review.people import Person, require
from recorder.review.questions import Question, ask
from recorder.review.reviews import Review
from recorder.review.visibility import BLIND, MODEL, Choice, Place
from recorder.store.log import Batch, EventLog

KEPT: Final = 64
"""Sessions and reviews held in memory by one desk."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session folded as of `version`."""

    session: str
    version: int
    records: Sequence[Recorded]
    questions: Sequence[Question]
    steps_of_question: dict[str, tuple[str, ...]]
    """Step id -> ids of all steps of its question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the decisions that were sent."""

    acked: list[str]
    """Ids that are in the log now."""
    refused: list[JsonObject]
    """`id` and `reason` of the others."""
    position: int
    """Position in the log of the newest event of the review; 0: there is none."""


@dataclass(slots=True)
class Desk:
    """Where sessions lie open: what was folded stays folded and only catches up.

    A cache over the log: thread-safe, bounded, and nothing is lost with it. When anything is forgotten
    it lets go of everything: a session of the same name may begin then, as long as the one before.
    """

    log: EventLog
    domain: Domain | None = None
    """Of the model in use: initial slots, names to choose from."""
    model: str | None = None
    is_blind: Callable[[str, Person], bool] = lambda session, person: False
    """Whether the person must not see what the model made of the session: a batch says so."""
    _sessions: OrderedDict[str, OpenSession] = field(default_factory=OrderedDict)
    _reviews: OrderedDict[str, Review] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _forgotten: int = 0
    """How much was forgotten when the last of them was laid open."""

    def session(self, session: str) -> OpenSession:
        """Raises UnknownSession."""
        stream = session_stream(session)
        forgotten = self._heed()
        version = self.log.version(stream)
        if version == 0:
            raise UnknownSession(session, forgotten=forgotten > 0)
        with self._lock:
            known = self._sessions.get(session)
        if known is None or known.version != version:
            known = _fold(session, self.log.read(stream), self.domain)
            self._keep(self._sessions, session, known, forgotten)
        return known

    def review(self, session: str, annotator: str) -> Review:
        """The annotator's review as it is in the log now; the caller may evolve it."""
        stream = review_stream(session, annotator)
        forgotten = self._heed()
        with self._lock:
            known = self._reviews.get(stream)
            review = _copied(known) if known else Review()
        for record in self.log.read(stream, len(review.events) - 1):
            review.evolve(record.id, record.event, record.position)
        self._keep(self._reviews, stream, _copied(review), forgotten)
        return review

    def _heed(self) -> int:
        """How much is forgotten now."""
        forgotten = self.log.version(FORGETTING)
        with self._lock:
            if forgotten > self._forgotten:
                self._forgotten = forgotten
                self._sessions.clear()
                self._reviews.clear()
        return forgotten

    def _keep(self, shelf: OrderedDict[str, T], key: str, value: T, forgotten: int) -> None:
        with self._lock:
            if forgotten < self._forgotten:  # it may be of what went meanwhile
                return
            shelf[key] = value
            shelf.move_to_end(key)
            while len(shelf) > KEPT:
                shelf.popitem(last=False)


def open_session(desk: Desk, session: str, person: Person) -> JsonObject:
    """The session for the replay: whole, or what the person may see of a blind one.

    Raises UnknownSession, NotAllowed.
    """
    require(person, "read_sessions")
    opened = desk.session(session)
    first = opened.records[0]
    source = next((r.event.source for r in opened.records if isinstance(r.event, SessionRecorded)), "")
    shown = screen.questions(opened.questions)
    blind = desk.is_blind(session, person)
    # Names that only the session has would tell that it has them; without a domain, there are no others.
    asked = () if blind and desk.domain else opened.questions
    names = screen.domain(desk.domain, desk.model, asked)
    if blind:
        seen = visibility.places(opened.questions, desk.review(session, person.name))
        shown = [visibility.masked(each, place) for each, place in zip(shown, seen, strict=True)]
        names = visibility.names(names)
    return {
        "key": _key(session, opened.version, desk, blind=blind),
        "session": session,
        "annotator": person.name,
        "version": opened.version,
        "source": source,
        "started": first.occurred_at.isoformat(),
        "blind": blind,
        "opening": shown[0]["opening"] if shown else [],
        "questions": shown,
        "domain": names,
    }


def session_key(desk: Desk, session: str, person: Person) -> str:
    """Changes when what `open_session` would say changes, otherwise than step by step."""
    require(person, "read_sessions")
    blind = desk.is_blind(session, person)
    return _key(session, desk.log.version(session_stream(session)), desk, blind=blind)


def review_state(
    desk: Desk, session: str, person: Person, after: int = 0, asked: Sequence[int] | None = None
) -> JsonObject:
    """The person's own review so far; `after` events of it are left out because the screen has them.

    Args:
        asked: indices of the questions that the screen of a blind session asks now. What has come to light
            since comes along as `more`: questions that take the place of those the screen has.
            None: the screen has none of a blind session.

    Raises NotAllowed, UnknownSession.
    """
    require(person, "read_sessions")
    review = desk.review(session, person.name)
    rows = list(review.events.items())[after:]
    return {
        "position": review.last_position,
        "submitted": review.submitted,
        "decisions": [notation.to_json(event_id, event) for event_id, event in rows],
        "from": after,
        "more": _more(desk, session, review, asked) if asked is not None else [],
    }


def _more(desk: Desk, session: str, review: Review, asked: Sequence[int]) -> list[JsonObject]:
    questions = desk.session(session).questions
    seen = visibility.places(questions, review)
    now = [index for index, place in enumerate(seen) if place == "asked"]
    if now == sorted(asked):
        return []
    since = min((*asked, *now))
    shown = screen.questions(questions)
    return [
        visibility.masked(shown[index], place)
        for index, place in enumerate(seen)
        if index >= since and (place != "withheld" or index in asked)
    ]


def decide(
    desk: Desk,
    session: str,
    person: Person,
    sent: Sequence[Any],
    beside: Callable[[Review], Sequence[Batch]] = lambda review: (),
) -> Outcome:
    """Take decisions in the order they were made, in one append.

    Idempotent by decision id: one that is in the log already is acknowledged again. A decision that
    cannot be taken is refused with its reason; the others are taken all the same. Each is stored with
    what its maker had seen of the model.

    Args:
        beside: given the review as it will be, says what is to be appended together with the decisions,
            at which versions; asked again where one of them has changed meanwhile.

    Raises:
        NotAllowed, UnknownSession: and errors of the log, after which nothing of this call is stored.
    """
    require(person, "decide")
    stream = review_stream(session, person.name)
    foreign: dict[str, str] = {}
    blind = desk.is_blind(session, person)
    while True:
        opened = desk.session(session)
        review = desk.review(session, person.name)
        version, position = len(review.events), review.last_position
        admitted, acked, refused = _admit(_Reviewer(opened, review, blind), sent, foreign)
        if not admitted:
            return Outcome(acked, refused, position)
        try:
            mine = Batch(stream, admitted, person.name, version)
            rows, *_ = desk.log.append_together([mine, *beside(review)])
        except VersionConflict:
            continue  # another tab was faster: look again at what it wrote
        except EventConflict as error:
            foreign[error.event_id.partition("~")[0]] = "This decision's id belongs to another review."
            continue
        return Outcome(acked, refused, rows[-1].position)


@dataclass(slots=True)
class _Reviewer:
    """One person at one session. Evolves `review` by every decision it admits."""

    opened: OpenSession
    review: Review
    blind: bool

    def admit(self, command: str, said: Event | Choice) -> list[NewEvent]:
        """What is to be written; nothing where it is in the log already. Raises ReviewError."""
        places = self._places()
        events: list[tuple[str, Event]] = [(command, said)] if isinstance(said, Event) else []
        if isinstance(said, Choice):
            events += visibility.spelled(said, self._question(said.step), command)
        if command in self.review.events:
            if any(not _is_same(self.review.events.get(each), event) for each, event in events):
                raise InvalidDecision("This decision's id was used for another one.")
            return []
        if isinstance(said, Choice):
            if places.get(said.step) == "withheld":
                raise InvalidDecision("This step is not shown yet.")
        elif self.blind:
            visibility.check(said, places)
        admitted = []
        for each, event in events:
            if isinstance(event, Decision):
                event = changed(event, shown=self._shown(event, places))
            reviews.check(self.review, event, self.opened.steps_of_question)
            admitted.append(NewEvent(event, id=each))
            self.review.evolve(each, event)
        return admitted

    def _shown(self, event: Decision, places: dict[str, Place]) -> str:
        return BLIND if places.get(event.step, "whole") != "whole" else MODEL

    def _places(self) -> dict[str, Place]:
        """Step id -> how it was shown; empty: all of them whole."""
        if not self.blind:
            return {}
        found = visibility.places(self.opened.questions, self.review)
        pairs = zip(self.opened.questions, found, strict=True)
        return {step: place for question, place in pairs for step in question.steps}

    def _question(self, step: str) -> Question:
        found = next((q for q in self.opened.questions if q.id == step), None)
        if found is None:
            raise UnknownStep(step)
        return found


def _is_same(stored: Event | None, event: Event) -> bool:
    """Whether the one that came again is the one that is stored, whatever was shown meanwhile."""
    if isinstance(stored, Decision) and isinstance(event, Decision):
        return changed(stored, shown="") == changed(event, shown="")
    return stored == event


def _admit(
    reviewer: _Reviewer, sent: Sequence[Any], foreign: dict[str, str]
) -> tuple[list[NewEvent], list[str], list[JsonObject]]:
    admitted: list[NewEvent] = []
    acked: list[str] = []
    refused: list[JsonObject] = []
    for item in sent:
        decision_id = str(item.get("id", "")) if isinstance(item, dict) else ""
        try:
            decision_id, said = notation.from_json(item)
            if decision_id in foreign:
                raise InvalidDecision(foreign[decision_id])
            admitted += reviewer.admit(decision_id, said)
            acked.append(decision_id)
        except ReviewError as error:
            refused.append({"id": decision_id, "reason": str(error)})
    return admitted, acked, refused


def _fold(session: str, records: Sequence[Recorded], domain: Domain | None) -> OpenSession:
    asked = ask(cut(records, domain))
    steps = {step: question.steps for question in asked for step in question.steps}
    return OpenSession(session, len(records), records, asked, steps)


def _key(session: str, version: int, desk: Desk, *, blind: bool) -> str:
    said = f"{session}\n{version}\n{desk.model}\n{desk.log.version(FORGETTING)}\n{blind}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _copied(review: Review) -> Review:
    return Review(
        events=dict(review.events),
        standing=list(review.standing),
        undone=list(review.undone),
        versions=copy(review.versions),
        submitted=review.submitted,
        last_position=review.last_position,
    )
