"""A live bot that records itself.

Nothing is said before it is in the log: first the message and what the model made of it, then each
action with the ranking it was chosen from and all that it brought about, one append each.
"""

from __future__ import annotations

from typing import Final

from recorder.dialogue import turns
from recorder.errors import DomainMismatch, VersionConflict
from recorder.events.session import BotUttered
from recorder.services.acting import Actions
from recorder.services.conversation import Conversation, Ids, Mind, new_id
from recorder.store.log import Clock, EventLog, utc_now

ATTEMPTS: Final = 3
"""How often a message is tried in all when somebody else writes to the session meanwhile."""


def respond(
    log: EventLog,
    model: Mind,
    actions: Actions,
    session: str,
    text: str,
    *,
    actor: str = "bot",
    source: str = "talk",
    clock: Clock = utc_now,
    ids: Ids = new_id,
) -> list[BotUttered]:
    """Answer one message; everything is in the log when this returns.

    Args:
        session: begun if the log does not have it yet, continued if it does.
        actor: who writes; `source`: how the message came in. The log keeps both.
        ids: gives an id for each event, none twice.

    Returns:
        What the bot says, in order; empty when it says nothing.

    Raises:
        VersionConflict: somebody else wrote to the session while the bot was answering. What was
            recorded up to then stays; the next message goes on from there.
        LogError: the log refused.
    """
    for attempt in range(1, ATTEMPTS + 1):
        conversation = Conversation(log, model, actions, session, actor=actor, clock=clock, ids=ids)
        try:
            conversation.hear(text, source)
            break
        except VersionConflict:  # nothing was done yet, so the message may be tried again
            if attempt == ATTEMPTS:
                raise
    heard = len(conversation.records)
    conversation.answer()
    return [r.event for r in conversation.records[heard:] if isinstance(r.event, BotUttered)]


def check(model: Mind, actions: Actions) -> None:
    """Refuse a model whose custom actions are not all at hand; raises DomainMismatch."""
    known = {*turns.BUILT_IN, *model.domain.responses, *(form.name for form in model.domain.forms)}
    custom = (name for name in model.domain.action_names if not name.startswith("utter_"))
    missing = [name for name in custom if name not in known and name not in actions]
    if missing:
        names = ", ".join(missing)
        raise DomainMismatch(model.id, f"nothing here defines {names} (name their code with --actions)")
