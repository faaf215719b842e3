"""One session while the bot talks: what is recorded, and the state that it amounts to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import uuid_utils

from recorder.actions.anywhere import Actions, Outcome
from recorder.dialogue import slots, turns
from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.dialogue.fallback import NLU_FALLBACK
from recorder.dialogue.present import Present, follow
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionRejected
from recorder.events.event import Event, JsonObject, NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    SessionEvent,
    SessionRecorded,
    UserUttered,
)
from recorder.formats.rasa_events import to_rasa
from recorder.learning.model import Proposal, Understanding
from recorder.store.log import Clock, EventLog, utc_now
from recorder.talking import acting
from recorder.talking.acting import Scene

MAX_ACTIONS: Final = 10
"""More actions than this in answer to one message are a loop that the model cannot leave."""

LIKELIEST: Final = 10
"""Intents that a message that was not understood keeps, as in Rasa."""

Ids = Callable[[], str]


class Mind(Protocol):
    """What a conversation needs of a model."""

    @property
    def id(self) -> str: ...
    @property
    def domain(self) -> Domain: ...
    def parse(self, text: str) -> Understanding: ...
    def rank_actions(self, so_far: Tracker) -> Proposal: ...


def new_id() -> str:
    return str(uuid_utils.uuid7())


class Conversation:
    """A session of the log that a bot goes on with.

    What is heard and done counts at once, and is in the log after the next `write`: one append for
    all of it. Only code of the user's, which acts on the world outside, has what led to it written
    before it runs.
    """

    def __init__(
        self,
        log: EventLog,
        model: Mind,
        actions: Actions,
        session: str,
        *,
        actor: str = "bot",
        clock: Clock = utc_now,
        ids: Ids = new_id,
        present: Present | None = None,
    ) -> None:
        """Args: present: the session as far as the caller knows it; None: it is read from the log."""
        self.log, self.model, self.actions, self.session = log, model, _Written(self, actions), session
        self.actor, self.clock, self.ids = actor, clock, ids
        self.stream = session_stream(session)
        self.domain = model.domain
        self._unwritten: list[NewEvent] = []
        self.stored = present or self._read()
        """As the log has it."""
        self.present = self.stored
        """With what is not written yet."""
        self.replies: list[BotUttered] = []
        """What the bot said, as the log has it."""

    @property
    def tracker(self) -> Tracker:
        return self.present.tracker

    def new(self, event: Event, event_id: str | None = None) -> NewEvent:
        return NewEvent(event, event_id or self.ids(), self.clock())

    def add(self, events: Iterable[NewEvent]) -> None:
        """Let events count that the next `write` puts into the log."""
        added = [*events]
        self._unwritten += added
        self.present = follow(self.present, added) or self._read()

    def write(self, events: Iterable[NewEvent] = ()) -> list[Recorded]:
        """Append what was added, and these events: all, or nothing where this raises.

        Raises:
            VersionConflict: somebody else wrote to the session meanwhile. The conversation is of no
                use after that.
            LogError: the log refused.
        """
        self._unwritten += events
        if not self._unwritten:
            return []
        version = self.stored.version
        rows = self.log.append(self.stream, self._unwritten, expected_version=version, actor=self.actor)
        self._unwritten = []
        self.stored = self.present = (
            follow(self.stored, rows) or self._read()
        )  # not as given: redacted, perhaps
        self.replies += (row.event for row in rows if isinstance(row.event, BotUttered))
        return rows

    def catch_up(self) -> None:
        """Take in what others wrote meanwhile; what is not written yet is dropped."""
        self._unwritten = []
        rows = self.log.read(self.stream, self.stored.version - 1)
        self.stored = self.present = (follow(self.stored, rows) if rows else None) or self._read()

    def _read(self) -> Present:
        """All of the session, with what is not written yet."""
        whole = follow(Present.start(self.domain), [*self.log.read(self.stream), *self._unwritten])
        assert whole is not None  # nothing was let go of before
        return whole

    def hear(self, text: str, source: str, metadata: JsonObject | None = None) -> None:
        """Add the message, what must come before it, and what the model makes of it."""
        understood = self.model.parse(text)
        self.take(uttered(text, understood, source, metadata), source, understood)

    def take(self, message: UserUttered, source: str, understood: Understanding | None = None) -> None:
        """Add a message that is understood, and what must come before it.

        Args: understood: how the model did; None: somebody else did.
        """
        self.add(self._opening(source, message.metadata))
        said = self.new(message)
        ranked: list[Event] = []
        if understood is not None:
            ranking = understood.intent_ranking
            ranked.append(IntentRanked(said.id or "", self.model.id, ranking, understood.entities))
        filled = slots.fill(self.domain, self.tracker, message)
        self.add([said, *map(self.new, (*ranked, *filled))])

    def fill(self) -> None:
        """Add what code of the user's finds in the latest message, if the domain names any."""
        self.add(map(self.new, acting.understood(self.scene(), turns.filled(self.tracker))))

    def _opening(self, source: str, metadata: JsonObject | None) -> list[NewEvent]:
        origin = [] if self.present.version else [SessionRecorded(source)]
        opening = acting.opening(self.scene(), self.present.latest, self.clock(), metadata)
        return [self.new(event) for event in (*origin, *opening)]

    def answer(self) -> None:
        """Act until it is the user's turn again."""
        self.fill()
        for _ in range(MAX_ACTIONS):
            if turns.due(self.tracker) is None and self.tracker.paused:
                return
            self._act()
            if turns.is_listening(self.tracker):
                return
        self.do(turns.by_default(ACTION_LISTEN))

    def _act(self) -> None:
        """Do what is due, or else the best that the model proposes and that does not decline."""
        due = turns.due(self.tracker)
        if due is not None:
            return self.do(turns.by_default(due))
        declined: set[str] = set()
        while True:
            proposal = self.model.rank_actions(self.tracker)  # what declined changes what is right
            open_to_it = ((name, sure) for name, sure in proposal.ranking if name not in declined)
            name, confidence = next(open_to_it, (None, None))
            if name is None:
                return self.do(turns.by_default(ACTION_LISTEN), proposal)
            try:
                return self.do(ActionExecuted(name, proposal.policy, confidence), proposal)
            except ActionRejected:
                declined.add(name)
                self.add([self.new(ActionExecutionRejected(name, proposal.policy, confidence))])

    def do(self, action: ActionExecuted, proposal: Proposal | None = None) -> None:
        """Run the action, then add it with the ranking it was chosen from and what it brought about.

        Raises:
            ActionRejected: it declined; nothing is added.
        """
        try:
            effects = [*acting.effects(action.name or "", self.scene())]
        except ActionFailed as error:
            effects = [*acting.failure(error), turns.by_default(ACTION_LISTEN)]
        ranking_id, action_id = self.ids(), self.ids()
        events: list[NewEvent] = []
        if proposal is not None:
            ranked = ActionRanked(action_id, self.model.id, proposal.ranking, proposal.policy)
            events.append(self.new(ranked, ranking_id))
        events += [self.new(action, action_id), *map(self.new, effects)]
        self.add(events)

    def scene(self) -> Scene:
        """What an action finds now."""
        return Scene(self.session, self.domain, self.tracker, self.actions, self._times_said, self._as_rasa)

    def _times_said(self, response: str) -> int:
        return self.present.said.get(response, 0)

    def _as_rasa(self) -> list[JsonObject]:
        records: list[Recorded | NewEvent] = [*self.log.read(self.stream), *self._unwritten]
        events = ((record.event, record.occurred_at) for record in records)
        return [
            to_rasa(e, at)
            for e, at in events
            if isinstance(e, SessionEvent) and not isinstance(e, SessionRecorded)
        ]


@dataclass(frozen=True, slots=True)
class _Written:
    """The custom actions, before each of which is written what led to it."""

    conversation: Conversation
    actions: Actions

    def __contains__(self, name: object) -> bool:
        return name in self.actions

    def run(
        self,
        name: str,
        session: str,
        state: Tracker,
        *,
        domain: Domain,
        events: Callable[[], list[JsonObject]] = list,
    ) -> Outcome:
        before = self.conversation.tracker
        self.conversation.write()
        now = self.conversation.tracker if state is before else state
        return self.actions.run(name, session, now, domain=domain, events=events)


def uttered(
    text: str, understood: Understanding, source: str, metadata: JsonObject | None = None
) -> UserUttered:
    """The message as understood; the whole ranking is an event of its own."""
    name, confidence = understood.intent_ranking[0] if understood.intent_ranking else (None, 0.0)
    parse_data = {"intent": {"name": name, "confidence": confidence}, "entities": [*understood.entities]}
    if name == NLU_FALLBACK:  # "did you mean …?" is asked of the next one
        likeliest = understood.intent_ranking[:LIKELIEST]
        parse_data["intent_ranking"] = [{"name": name, "confidence": sure} for name, sure in likeliest]
    return UserUttered(text, parse_data, input_channel=source, metadata=metadata)
