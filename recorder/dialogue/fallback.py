"""What a bot does that did not understand: it asks what was meant, asks to say it otherwise, gives up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recorder.dialogue.domain import (
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN,
    ACTION_TWO_STAGE_FALLBACK,
)
from recorder.dialogue.forms import Do
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event, changed
from recorder.events.prediction import Ranking
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    UserUtteranceReverted,
    UserUttered,
)

NLU_FALLBACK: Final = "nlu_fallback"
"""The intent of a message that was not understood."""
OUT_OF_SCOPE: Final = "out_of_scope"
"""The intent of a user who says no to "did you mean …?"."""
THRESHOLD: Final = 0.3
"""A message whose likeliest intent is less likely than this is not understood."""
AMBIGUITY: Final = 0.1
"""Nor is one whose two likeliest intents are closer together than this."""


def doubted(ranking: Ranking) -> Ranking:
    """The ranking, led by `nlu_fallback` where it is too unsure; its probabilities sum to 1 as before.

    The doubt is what the likeliest intent lacks to certainty; the intents share what is left, in proportion.
    """
    known = [(name, probability) for name, probability in ranking if name != NLU_FALLBACK]
    best, second, *_ = (*(probability for _, probability in known), 0.0, 0.0)
    if best >= THRESHOLD and best - second >= AMBIGUITY:
        return ranking
    share = best / (sum(probability for _, probability in known) or 1.0)
    left = ((name, probability * share) for name, probability in known)
    return ((NLU_FALLBACK, 1.0 - best), *left)


def two_stage(tracker: Tracker, do: Do) -> list[Event]:
    """What running the two-stage fallback brings about.

    It asks whether the likeliest intent was meant; after a no, to say it otherwise; then again whether that
    was meant. Once the user is understood, everything since is taken back and the dialogue goes on as if the
    clear message had been the first. After a second no, or two messages in a row that say nothing, it
    gives up.
    """
    messages = _since_it_began(tracker)
    begins = tracker.active_loop != ACTION_TWO_STAGE_FALLBACK
    intents = [message.intent for message in messages]
    if not begins and intents and intents[0] not in (NLU_FALLBACK, OUT_OF_SCOPE):
        return _clarified(messages, do)
    if intents[:2] == [NLU_FALLBACK] * 2 or intents[:3] == [OUT_OF_SCOPE, NLU_FALLBACK, OUT_OF_SCOPE]:
        return _given_up(messages, do)
    events: list[Event] = [ActiveLoop(ACTION_TWO_STAGE_FALLBACK)] if begins else []
    asks = begins or intents[:1] == [NLU_FALLBACK]
    question = ACTION_DEFAULT_ASK_AFFIRMATION if asks else ACTION_DEFAULT_ASK_REPHRASE
    return [*events, *(do(question, events) or ())]


def affirmation(message: UserUttered | None) -> list[Event]:
    """The question whether the likeliest intent was meant."""
    if message is None:
        return []
    meant = message.intent
    if meant == NLU_FALLBACK:
        meant = next((name for name, _ in message.intent_ranking if name != NLU_FALLBACK), meant)
    buttons = [{"title": "Yes", "payload": f"/{meant}"}, {"title": "No", "payload": f"/{OUT_OF_SCOPE}"}]
    said = {"utter_action": ACTION_DEFAULT_ASK_AFFIRMATION}
    return [BotUttered(f"Did you mean '{meant}'?", {"buttons": buttons}, metadata=said)]


def reverted(tracker: Tracker) -> list[Event]:
    """What `action_revert_fallback_events` brings about, for stories from before Rasa 2."""
    message = tracker.latest_message
    asked = _questions(tracker)
    if message is None or not asked:
        return []
    if asked[0] == ACTION_DEFAULT_ASK_REPHRASE:
        return [*_rewound(3), ActionExecuted(ACTION_LISTEN), message]
    if asked[0] == ACTION_DEFAULT_ASK_AFFIRMATION:
        rephrased = asked[1:2] == [ACTION_DEFAULT_ASK_REPHRASE]
        return [*_rewound(4 if rephrased else 2), ActionExecuted(ACTION_LISTEN), _certain(message)]
    return []


def _since_it_began(tracker: Tracker) -> list[UserUttered]:
    """The messages of the fallback, latest first; the last one is that which started it."""
    found = []
    for state in tracker.backwards():
        if isinstance(state.event, UserUttered):
            found.append(state.event)
            if state.active_loop != ACTION_TWO_STAGE_FALLBACK:
                break
    return found


def _clarified(messages: Sequence[UserUttered], do: Do) -> list[Event]:
    events = [
        ActiveLoop(None),
        *_rewound(len(messages)),
        ActionExecuted(ACTION_LISTEN),
        _certain(messages[0]),
    ]
    return [*events, *(do(ACTION_EXTRACT_SLOTS, events) or ())]


def _given_up(messages: Sequence[UserUttered], do: Do) -> list[Event]:
    """The default fallback takes back one message; the questions that led to it are taken back with it."""
    events: list[Event] = [ActiveLoop(None)]
    events += do(ACTION_DEFAULT_FALLBACK, events) or ()
    rewinds = any(isinstance(event, UserUtteranceReverted) for event in events)
    return [*events, *(_rewound(len(messages) - 1) if rewinds else ())]


def _rewound(count: int) -> list[Event]:
    return [UserUtteranceReverted()] * count


def _certain(message: UserUttered) -> UserUttered:
    intent = {**(message.parse_data.get("intent") or {}), "confidence": 1.0}
    return changed(message, parse_data={**message.parse_data, "intent": intent})


def _questions(tracker: Tracker) -> list[str | None]:
    """The actions of this episode, latest first, without the waiting."""
    done = (state.event for state in tracker.backwards() if isinstance(state.event, ActionExecuted))
    return [action.name for action in done if action.name != ACTION_LISTEN]
