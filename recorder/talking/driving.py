"""A conversation that somebody else leads, step by step, in place of the bot: as Rasa's HTTP API does."""

from __future__ import annotations

from collections.abc import Sequence

from recorder.dialogue.domain import DEFAULT_ACTIONS
from recorder.errors import UnknownName
from recorder.events.event import JsonObject
from recorder.events.session import ActionExecuted, UserUttered
from recorder.learning.structured import known_intents
from recorder.talking.conversation import Conversation

EXTERNAL = "EXTERNAL: "
"""How the text of a message begins that no user said; Rasa's mark."""


def add_message(
    conversation: Conversation, text: str, source: str, parse_data: JsonObject | None = None
) -> None:
    """Record a message without answering it.

    Args: parse_data: what was made of it elsewhere; None: the model is asked.
    """
    if parse_data is None:
        conversation.hear(text, source)
    else:
        conversation.take(UserUttered(text, parse_data, input_channel=source), source)
    conversation.write()


def trigger_intent(
    conversation: Conversation, intent: str, entities: Sequence[JsonObject], source: str
) -> None:
    """Answer as if the user had meant something, though they said nothing. Raises UnknownName."""
    if intent not in known_intents(conversation.domain):
        raise UnknownName("intent", intent)
    understood = {"intent": {"name": intent, "confidence": 1.0}, "entities": list(entities)}
    conversation.take(
        UserUttered(EXTERNAL + intent, understood, input_channel=source, metadata={"is_external": True}),
        source,
    )
    conversation.answer()
    conversation.write()


def execute(conversation: Conversation, action: ActionExecuted) -> None:
    """Run one action, and record it and what it brings about.

    Raises:
        UnknownName: neither the domain nor the code at hand has it.
        ActionRejected: it declined; nothing is recorded.
    """
    name = action.name or ""
    if name not in {*conversation.domain.action_names, *DEFAULT_ACTIONS}:
        raise UnknownName("action", name)
    conversation.do(action)
    conversation.write()
