"""What a lesson asks next, as the session stands."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.dialogue import turns
from recorder.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START
from recorder.dialogue.live import Live
from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject
from recorder.events.prediction import IntentRanked, Ranking
from recorder.events.session import ActionExecutionRejected, BotUttered, UserUttered
from recorder.review.corrections import as_answered
from recorder.review.marks import Marks
from recorder.review.questions import Question
from recorder.talking.conversation import Mind


@dataclass(frozen=True, slots=True)
class WantsMessage:
    """It is the user's turn."""

    buttons: tuple[JsonObject, ...] = ()
    """Of what the bot said since the latest message; each with `title` and `payload`."""


@dataclass(frozen=True, slots=True)
class WantsAction:
    """The bot wants to do something, or did: is it right?"""

    proposed: str
    confidence: float | None
    policy: str | None
    ranking: Ranking
    """Of the model; empty where none is known, as for an action that must follow."""
    message: UserUttered | None
    """The message that it answers, where nothing was done since: intent and entities are asked about too."""
    understanding: IntentRanked | None = None
    """What a model said of that message."""
    recorded: str | None = None
    """Id of the step, where it was recorded before the lesson: it is decided on, and not done."""


@dataclass(frozen=True, slots=True)
class WantsUnderstanding:
    """A recorded message that nothing answered: are intent and entities right?"""

    message: UserUttered
    understanding: IntentRanked | None
    recorded: str


@dataclass(frozen=True, slots=True)
class WantsValidation:
    """The form goes on: should it look for its slot in the latest message?"""

    form: str
    slot: str | None


@dataclass(frozen=True, slots=True)
class WantsBranch:
    """What the user said from here on answers what the bot should not have done: it goes on in a fork."""

    recorded: str
    """What the bot did."""
    action: str | None
    """What it should have done; None: something else, which is asked there."""


Ask = WantsMessage | WantsAction | WantsUnderstanding | WantsValidation | WantsBranch


def is_users_turn(live: Live, state: Tracker) -> bool:
    if state.followup is not None:
        return state.followup == ACTION_SESSION_START
    return live.latest() is None or state.paused or turns.is_listening(state)


def buttons(live: Live) -> WantsMessage:
    for entry in reversed(live.entries):
        if entry.is_message:
            break
        if isinstance(entry.event, BotUttered):
            return WantsMessage(tuple(entry.event.data.get("buttons") or ()))
    return WantsMessage()


def proposal(live: Live, state: Tracker, model: Mind, wanted: str | None = None) -> WantsAction:
    """Args: wanted: what is proposed whatever the model puts first."""
    message = unanswered(live)
    at = live.latest()
    understanding = ranking_of(live, at) if message and at is not None else None
    due = turns.due(state)
    if due is not None:
        done = turns.by_default(due)
        return WantsAction(due, done.confidence, done.policy, (), message, understanding)
    proposed = model.rank_actions(state)
    declined = _declined(live)
    free = [name for name, _ in proposed.ranking if name not in declined]
    name = wanted or next(iter(free), ACTION_LISTEN)
    score = dict(proposed.ranking).get(name)
    return WantsAction(name, score, proposed.policy, proposed.ranking, message, understanding)


def recorded(question: Question, live: Live, marks: Marks) -> WantsAction | WantsUnderstanding:
    """A question about what was recorded."""
    step = question.understanding
    message, understanding = None, None
    if step is not None and isinstance(step.recorded.event, UserUttered):
        message = as_answered(step.recorded.event, marks.answer(step.id))
        told = (p for p in live.predictions.get(step.id, ()) if isinstance(p, IntentRanked))
        understanding = next(told, None) or known_of(step.recorded.event)
    if question.action is None:
        assert message is not None  # a question asks about something
        return WantsUnderstanding(message, understanding, question.id)
    action = question.action
    first = action.predictions[0] if action.predictions else None
    return WantsAction(
        action.chosen or "",
        action.confidence,
        first.policy if first else None,
        first.ranking if first else (),
        message,
        understanding,
        action.id,
    )


def unanswered(live: Live) -> UserUttered | None:
    """The latest message, if nothing was done since."""
    latest = live.latest()
    event = live.entries[latest].event if latest is not None else None
    return event if isinstance(event, UserUttered) else None


def ranking_of(live: Live, at: int) -> IntentRanked:
    """What a model said of the message there, or, where no ranking was recorded, what its source said."""
    entry = live.entries[at]
    told = (p for p in live.predictions.get(entry.record.id, ()) if isinstance(p, IntentRanked))
    found = next(told, None)
    if found is None and isinstance(entry.event, UserUttered):
        return known_of(entry.event)
    return found or IntentRanked("", "", ())


def known_of(message: UserUttered) -> IntentRanked:
    """What the source of a message said of it."""
    winner = ((message.intent, message.confidence or 0.0),) if message.intent else ()
    return IntentRanked("", "", message.intent_ranking or winner, message.entities)


def _declined(live: Live) -> set[str | None]:
    """The actions that declined at this point."""
    events = (entry.event for entry in live.entries[live.latest() or 0 :])
    return {event.name for event in events if isinstance(event, ActionExecutionRejected)}
