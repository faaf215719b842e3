"""Messages of many sessions, one after the other, and one answer for many that are alike.

An answer is an ordinary decision in each session's review: the message's intent is confirmed or corrected,
its entities and the action that followed stay to be asked. Its id is made from the command and the message,
so that a command may be repeated, and taken back as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

from recorder.errors import ReviewError
from recorder.events.event import JsonObject
from recorder.learning.neighbours import likeness
from recorder.read_models.message_list import Message, MessageList, Place
from recorder.review.people import Person, require
from recorder.services.reviewing import Desk, OpenSession, Outcome

LEAST_LIKE: Final = 0.35
"""Likeness from which a message is offered together with another one."""
MOST_LIKE: Final = 0.65
"""From which it is taken for the same, unless the annotator says otherwise."""
_AMONG: Final = 250
"""Messages that are compared: so many of the same intent, and so many of those that come first."""
_MOST: Final = 200
"""Messages that one command may be about, and pages that are looked through for those not blind."""

Decide = Callable[[str, Person, Sequence[JsonObject]], Outcome]
"""Takes decisions on one session; as `reviewing.decide`, bound to where sessions lie open."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A message that is like the one that is asked about."""

    message: Message
    likeness: float
    """0.0 to 1.0."""

    @property
    def is_same(self) -> bool:
        return self.likeness >= MOST_LIKE


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a command."""

    done: tuple[Message, ...]
    refused: tuple[tuple[Message, str], ...]
    """With the reason."""


def following(
    listed: MessageList,
    desk: Desk,
    person: Person,
    *,
    intents: Sequence[str] = (),
    after: Place | None = None,
    size: int = 20,
) -> list[Message]:
    """The next messages that the person has not answered for, the least sure first.

    Without those of sessions that are blind for the person: their intents are not to be seen yet.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    found: list[Message] = []
    for _ in range(_MOST):
        page = listed.page(person.name, intents=intents, after=after, size=max(size, 50))
        found += islice(_visible(page, desk, person), size - len(found))
        if len(found) >= size or not page:
            break
        after = page[-1].place
    return found


def alike(listed: MessageList, desk: Desk, person: Person, message: Message, most: int = 12) -> list[Alike]:
    """Messages like this one that the person has not answered for, the likest first.

    Of the same words wherever they are; others among those of the same intent and among the least sure.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    same = listed.alike(message, person.name, most)
    near = listed.page(person.name, size=_AMONG)
    if message.intent is not None:
        near += listed.page(person.name, intents=[message.intent], size=_AMONG)
    known = {message.place, *(each.place for each in same)}
    others = list({each.place: each for each in near if each.place not in known}.values())
    scores = likeness(message.text, [each.text for each in others])
    ranked = sorted(zip(scores, others, strict=True), key=lambda each: (-each[0], each[1].place))
    found = [Alike(each, 1.0) for each in same]
    found += [Alike(each, score) for score, each in ranked if score >= LEAST_LIKE]
    by_place = {each.message.place: each for each in found[: 4 * most]}
    visible = _visible([each.message for each in by_place.values()], desk, person)
    return [by_place[message.place] for message in islice(visible, most)]


def say(
    decide: Decide, desk: Desk, person: Person, command: str, intent: str, messages: Sequence[Message]
) -> Said:
    """All of these messages mean `intent`. The same command again does what is not done yet.

    Raises NotAllowed; what a single review refuses is told.
    """
    require(person, "decide")

    def decisions(opened: OpenSession, those: Sequence[Message]) -> list[JsonObject]:
        review = desk.review(opened.session, person.name)
        made = [_decision(opened, message, command, intent) for message in those]
        for each in made:
            if each["id"] in review.events:  # said before: as it was said then
                each["made_on"] = getattr(review.events[each["id"]], "made_on", 0)
            else:
                each["made_on"] = review.version(opened.steps_of_question.get(each["step"], ()))
        return made

    return _each_session(decide, desk, person, messages, decisions)


def take_back(decide: Decide, desk: Desk, person: Person, command: str, messages: Sequence[Message]) -> Said:
    """Undo what `say` did by that command, where the person has decided nothing else since.

    Raises NotAllowed.
    """
    require(person, "decide")

    def undoings(opened: OpenSession, those: Sequence[Message]) -> list[JsonObject]:
        ids = [_id(command, message) for message in reversed(those)]
        return [{"id": f"{each}u", "type": "decision_undone", "decision": each} for each in ids]

    return _each_session(decide, desk, person, messages, undoings)


def _each_session(
    decide: Decide,
    desk: Desk,
    person: Person,
    messages: Sequence[Message],
    make: Callable[[OpenSession, Sequence[Message]], list[JsonObject]],
) -> Said:
    sessions: dict[str, list[Message]] = defaultdict(list)
    for message in sorted(messages[:_MOST], key=lambda each: each.number):
        sessions[message.session].append(message)
    done: list[Message] = []
    refused: list[tuple[Message, str]] = []
    for session, those in sessions.items():
        try:
            sent = make(desk.session(session), those)
            outcome = decide(session, person, sent)
        except ReviewError as error:  # forgotten meanwhile
            refused += [(message, str(error)) for message in those]
            continue
        reasons = {each["id"]: str(each["reason"]) for each in outcome.refused}
        for message, each in _paired(those, sent):
            if each["id"] in reasons:
                refused.append((message, reasons[each["id"]]))
            else:
                done.append(message)
    return Said(tuple(done), tuple(refused))


def _paired(those: Sequence[Message], sent: Sequence[JsonObject]) -> Iterator[tuple[Message, JsonObject]]:
    undoing = bool(sent) and sent[0]["type"] == "decision_undone"
    yield from zip(reversed(those) if undoing else those, sent, strict=True)


def _decision(opened: OpenSession, message: Message, command: str, intent: str) -> dict[str, Any]:
    said = {"id": _id(command, message), "step": message.step}
    steps = [q.understanding for q in opened.questions if q.understanding]
    if any(step.id == message.step and step.chosen == intent for step in steps):
        return {**said, "type": "step_confirmed"}
    return {**said, "type": "intent_corrected", "intent": intent}


def _id(command: str, message: Message) -> str:
    said = f"{command}\n{message.session}\n{message.step}"
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _visible(messages: Sequence[Message], desk: Desk, person: Person) -> Iterator[Message]:
    """Those that are not of blind sessions; each session is asked about when its message is wanted."""
    blind: dict[str, bool] = {}
    for each in messages:
        if each.session not in blind:
            blind[each.session] = desk.is_blind(each.session, person)
        if not blind[each.session]:
            yield each
