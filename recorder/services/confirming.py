"""What several people agreed on is confirmed at once: adjudicated as they all say, and taken back as one.

The lists say where; what is written is decided on the votes as the log has them, session by session, each
in one append.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.errors import EventConflict, InvalidDecision, ReviewError, VersionConflict
from recorder.events.adjudication import AdjudicationWithdrawn
from recorder.events.event import Event, NewEvent, adjudication_stream
from recorder.read_models.judgements import PAGE_SIZE, Due, Judgements
from recorder.review.people import Person, require
from recorder.review.verdicts import LEAST_AGREEING, MOST_AGREEING, UNREVIEWED, mark, settle, votes_on
from recorder.services import adjudicating
from recorder.services.adjudicating import Refused
from recorder.services.reviewing import Desk

MOST: Final = 1_000
"""Steps that one command confirms."""
_AT_ONCE: Final = 200
"""Steps that are looked up together."""

Step = tuple[str, str]
"""Session and step, by their ids."""
Progress = Callable[[int], object]
"""Told how many steps are done."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A page of the steps that several agreed on and nobody adjudicated; those by most people first."""

    due: tuple[Due, ...]
    after: Due | None
    """After which the next page begins; None: this is the last one."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a command."""

    steps: tuple[Step, ...]
    refused: tuple[Refused, ...]
    is_all: bool
    """Nothing was left when it was done."""


def agreed(
    judgements: Judgements,
    desk: Desk,
    person: Person,
    least: int,
    *,
    after: Due | None = None,
    sessions: Collection[str] | None = None,
    size: int = PAGE_SIZE,
) -> Agreed:
    """The next steps on which `least` people or more say the same, and nobody else.

    Those of blind sessions on which the person has a vote that is still to come are passed by.

    Args:
        least: 2 to 9.
        after: the last one that was looked at.
        sessions: only of these; None: of all.

    Raises:
        NotAllowed.
    """
    require(person, "adjudicate")
    least = min(max(least, LEAST_AGREEING), MOST_AGREEING)
    found = judgements.agreed(least, after=after, sessions=sessions, size=size + 1)
    page, more = found[:size], len(found) > size
    blind = {each.session: desk.is_blind(each.session, person) for each in page}
    shown = tuple(each for each in page if not blind[each.session])
    return Agreed(shown, page[-1] if more else None)


def confirm(
    judgements: Judgements,
    desk: Desk,
    person: Person,
    least: int,
    *,
    sessions: Collection[str] | None = None,
    command: str,
    progress: Progress = lambda done: None,
) -> Confirmed:
    """Adjudicate what `agreed` lists as its voters say, `MOST` steps at most.

    What is not so any more is refused, and keeps nothing else out. What was adjudicated meanwhile is left
    as it is. Repeated with the same command, it goes on where it was cut short.

    Raises:
        NotAllowed.
    """
    require(person, "adjudicate")
    done: list[Step] = []
    refused: list[Refused] = []
    after: Due | None = None
    looked = 0
    while looked < MOST:
        page = agreed(
            judgements,
            desk,
            person,
            least,
            after=after,
            sessions=sessions,
            size=min(_AT_ONCE, MOST - looked),
        )
        looked += len(page.due)
        for session, steps in _by_session((each.session, each.step) for each in page.due).items():
            try:
                made, not_made = _confirm(desk, session, steps, person, least, command)
            except ReviewError as error:  # forgotten meanwhile
                made, not_made = [], [Refused(session, step, str(error)) for step in steps]
            done += [(session, step) for step in made]
            refused += not_made
            progress(len(done))
        if page.after is None:
            return Confirmed(tuple(done), tuple(refused), True)
        after = page.after
    return Confirmed(tuple(done), tuple(refused), False)


def take_back(desk: Desk, person: Person, steps: Sequence[Step], command: str) -> list[Refused]:
    """Withdraw what `confirm` adjudicated by that command, where it still stands.

    Returns what could not be taken back: somebody decided it anew. Repeated, it does nothing more.

    Raises:
        NotAllowed.
    """
    require(person, "adjudicate")
    refused: list[Refused] = []
    for session, those in _by_session(steps).items():
        try:
            refused += _take_back(desk, session, those, person, command)
        except ReviewError as error:  # forgotten meanwhile
            refused += [Refused(session, step, str(error)) for step in those]
    return refused


def _confirm(
    desk: Desk, session: str, steps: Sequence[str], person: Person, least: int, command: str
) -> tuple[list[str], list[Refused]]:
    """The steps of one session: those that are adjudicated by this command now, and those that cannot be."""
    while True:
        folded = adjudicating.adjudications_of(desk.log, session)
        given = adjudicating.submitted(desk, session, desk.session(session).questions)
        verdicts = settle(given, folded.standing)
        done: list[str] = []
        refused: list[Refused] = []
        events: list[NewEvent] = []
        for step in steps:
            verdict, votes = verdicts.get(step, UNREVIEWED), votes_on(step, given)
            name = _id(command, session, step)
            if name in folded.events:
                done.append(step)
            elif verdict.status == "agreed" and len(votes) >= least:
                seen = {who: mark(vote) for who, vote in votes.items()}
                events.append(NewEvent(adjudicating.adjudicated(step, verdict.answer, seen=seen), id=name))
                done.append(step)
            elif verdict.status != "adjudicated":
                refused.append(Refused(session, step, "The votes have changed: look at it by itself."))
        if _append(desk, session, events, len(folded.events), person):
            return done, refused


def _take_back(desk: Desk, session: str, steps: Sequence[str], person: Person, command: str) -> list[Refused]:
    while True:
        folded = adjudicating.adjudications_of(desk.log, session)
        latest = {getattr(event, "step", ""): name for name, event in folded.events.items()}
        refused: list[Refused] = []
        events: list[NewEvent] = []
        for step in steps:
            back = _id(f"{command}\nback", session, step)
            if latest.get(step) == _id(command, session, step):
                events.append(NewEvent(AdjudicationWithdrawn(step), id=back))
            elif latest.get(step) != back:
                refused.append(Refused(session, step, "Somebody has decided it anew since."))
        if _append(desk, session, events, len(folded.events), person):
            return refused


def _append(desk: Desk, session: str, events: Sequence[NewEvent], version: int, person: Person) -> bool:
    """Whether they are in the log now; False: somebody was faster, so look again."""
    if not events:
        return True
    written: list[NewEvent | Event] = list(events)
    try:
        desk.log.append(adjudication_stream(session), written, expected_version=version, actor=person.name)
    except VersionConflict:
        return False
    except EventConflict:
        raise InvalidDecision("This command's id was used for another one.") from None
    return True


def _by_session(steps: Iterable[Step]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for session, step in steps:
        found[session].append(step)
    return found


def _id(command: str, session: str, step: str) -> str:
    said = f"{command}\n{session}\n{step}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
