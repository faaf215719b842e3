"""A live bot that records itself.

Nothing is said before it is in the log: the message, what the model made of it, each action with the
ranking it was chosen from and all that it brought about. All this is one append, but what leads to code
of the user's, which may act on the world outside, is in the log before that code runs.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from recorder.actions.anywhere import Actions
from recorder.dialogue.domain import DEFAULT_ACTIONS
from recorder.dialogue.present import Present
from recorder.errors import DomainMismatch, VersionConflict
from recorder.events.event import FORGETTING, JsonObject
from recorder.events.session import BotUttered
from recorder.store.log import Clock, EventLog, utc_now
from recorder.talking.conversation import Conversation, Ids, Mind, new_id
from recorder.talking.one_at_a_time import OneAtATime

ATTEMPTS: Final = 10
"""How often a message is tried in all when others write to the session meanwhile."""
KEPT: Final = 1_000
"""Sessions that a bot holds in memory."""


class Bot:
    """Answers messages of any number of sessions, from any number of threads.

    Messages of one session are answered one at a time, in the order in which they came. What the next
    one needs of a session stays in memory: a cache over the log, bounded, that catches up where other
    processes wrote, and from which everything goes when anything is forgotten.
    """

    def __init__(
        self,
        log: EventLog,
        model: Mind,
        actions: Actions,
        *,
        actor: str = "bot",
        clock: Clock = utc_now,
        ids: Ids = new_id,
        kept: int = KEPT,
    ) -> None:
        """Args:
        actor: who writes.
        ids: gives an id for each event, none twice; asked from all threads, like `clock`.
        """
        self.log, self.model, self.actions = log, model, actions
        self._actor, self._clock, self._ids, self._kept = actor, clock, ids, kept
        self._turns = OneAtATime()
        self._presents: OrderedDict[str, Present] = OrderedDict()
        self._lock = Lock()
        self._forgotten = 0
        """How much was forgotten when the last of them was laid down."""

    def answer(
        self, session: str, text: str, *, source: str = "talk", metadata: JsonObject | None = None
    ) -> list[BotUttered]:
        """Answer one message; everything is in the log when this returns.

        Args:
            session: begun if the log does not have it yet, continued if it does.
            source: how the message came in; the log keeps it.
            metadata: of the message, kept as it is.

        Returns:
            What the bot says, in order; empty when it says nothing.

        Raises:
            VersionConflict: somebody else wrote to the session while an action of the user's ran. What
                was recorded up to then stays; the next message goes on from there.
            LogError: the log refused. What was recorded before code of the user's ran stays.
        """
        with self._turns.turn(session):
            for left in reversed(range(ATTEMPTS)):
                forgotten = self._heed()
                conversation = self._open(session)
                before = conversation.stored.version
                try:
                    conversation.hear(text, source, metadata)
                    conversation.answer()
                    conversation.write()
                    break
                except VersionConflict:
                    if conversation.stored.version != before or not left:
                        raise
                    conversation.catch_up()  # nothing was done yet, so the message may be tried again
                finally:
                    self._keep(session, conversation.stored, forgotten)
            return conversation.replies

    def _open(self, session: str) -> Conversation:
        with self._lock:
            present = self._presents.get(session)
        return Conversation(
            self.log,
            self.model,
            self.actions,
            session,
            actor=self._actor,
            clock=self._clock,
            ids=self._ids,
            present=present,
        )

    def _heed(self) -> int:
        """How much is forgotten now."""
        forgotten = self.log.version(FORGETTING)
        with self._lock:
            if forgotten > self._forgotten:
                self._forgotten = forgotten
                self._presents.clear()
        return forgotten

    def _keep(self, session: str, present: Present, forgotten: int) -> None:
        with self._lock:
            if forgotten < self._forgotten:  # it may be of what went meanwhile
                return
            self._presents[session] = present
            self._presents.move_to_end(session)
            while len(self._presents) > self._kept:
                self._presents.popitem(last=False)


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
    """Answer one message, as a `Bot` does that knows nothing yet: the whole session is read."""
    bot = Bot(log, model, actions, actor=actor, clock=clock, ids=ids)
    return bot.answer(session, text, source=source)


def check_actions(model: Mind, actions: Actions) -> None:
    """Refuse a model whose custom actions are not all at hand; raises DomainMismatch."""
    known = {*DEFAULT_ACTIONS, *model.domain.responses, *(form.name for form in model.domain.forms)}
    custom = (name for name in model.domain.action_names if not name.startswith("utter_"))
    missing = [name for name in custom if name not in known and name not in actions]
    if missing:
        names = ", ".join(missing)
        advice = "name their code with --actions, or their server with --endpoints"
        raise DomainMismatch(model.id, f"nothing here defines {names} ({advice})")
