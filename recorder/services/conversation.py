"""One session while the bot talks: what is recorded, and the state that it amounts to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import uuid_utils

from recorder.dialogue import slots, turns
from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.dialogue.tracker import EVOLVES, Tracker, evolve
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
from recorder.services import acting
from recorder.services.acting import Actions, Scene
from recorder.store.log import Clock, EventLog, utc_now

MAX_ACTIONS: Final = 10
"""More actions than this in answer to one message are a loop that the model cannot leave."""

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

    Every method that records is durable when it returns, and raises VersionConflict where somebody
    else wrote to the session meanwhile; the conversation is of no use after that.
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
    ) -> None:
        self.log, self.model, self.actions, self.session = log, model, actions, session
        self.actor, self.clock, self.ids = actor, clock, ids
        self.stream = session_stream(session)
        self.domain = model.domain
        self.tracker = Tracker.start(self.domain)
        self.records: list[Recorded] = []
        self._follow(log.read(self.stream))

    def _follow(self, records: Sequence[Recorded]) -> None:
        for record in records:
            if record.type in EVOLVES:
                self.tracker = evolve(self.tracker, record.event)
        self.records.extend(records)

    def new(self, event: Event, event_id: str | None = None) -> NewEvent:
        return NewEvent(event, event_id or self.ids(), self.clock())

    def write(self, events: Iterable[NewEvent]) -> None:
        version = len(self.records)
        self._follow(self.log.append(self.stream, [*events], expected_version=version, actor=self.actor))

    def hear(self, text: str, source: str) -> None:
        """Record the message, what must come before it, and what the model makes of it."""
        opening = self._opening(source)
        tracker = self.tracker
        for new in opening:
            tracker = evolve(tracker, new.event)
        understood = self.model.parse(text)
        message = uttered(text, understood, source)
        said = self.new(message)
        ranked = IntentRanked(said.id or "", self.model.id, understood.intent_ranking, understood.entities)
        filled = slots.fill(self.domain, tracker, message)
        self.write([*opening, said, *map(self.new, (ranked, *filled))])

    def _opening(self, source: str) -> list[NewEvent]:
        latest = self.records[-1].occurred_at if self.records else None
        origin = [] if self.records else [SessionRecorded(source)]
        opening = turns.opening(self.domain, self.tracker, latest, self.clock())
        return [self.new(event) for event in (*origin, *opening)]

    def answer(self) -> None:
        """Act until it is the user's turn again."""
        for _ in range(MAX_ACTIONS):
            if turns.due(self.tracker) is None and self.tracker.paused:
                return
            self._act()
            if self.tracker.latest_action == ACTION_LISTEN:
                return
        self.do(turns.by_default(ACTION_LISTEN))

    def _act(self) -> None:
        """Do what is due, or else the best that the model proposes and that does not decline."""
        due = turns.due(self.tracker)
        if due is not None:
            return self.do(turns.by_default(due))
        proposal = self.model.rank_actions(self.tracker)
        for name, confidence in proposal.ranking:
            try:
                return self.do(ActionExecuted(name, proposal.policy, confidence), proposal)
            except ActionRejected:
                declined = ActionExecutionRejected(name, proposal.policy, confidence)
                self.write([self.new(declined)])
        return self.do(turns.by_default(ACTION_LISTEN), proposal)

    def do(self, action: ActionExecuted, proposal: Proposal | None = None) -> None:
        """Run the action, then record it with the ranking it was chosen from and what it brought about.

        Raises:
            ActionRejected: it declined; nothing is recorded.
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
        self.write(events)

    def scene(self) -> Scene:
        """What an action finds now."""
        return Scene(self.session, self.domain, self.tracker, self.actions, self._times_said, self._as_rasa)

    def _times_said(self, response: str) -> int:
        return sum(_is_said_by(response, record.event) for record in self.records)

    def _as_rasa(self) -> list[JsonObject]:
        events = ((record.event, record.occurred_at) for record in self.records)
        return [
            to_rasa(e, at)
            for e, at in events
            if isinstance(e, SessionEvent) and not isinstance(e, SessionRecorded)
        ]


def uttered(text: str, understood: Understanding, source: str) -> UserUttered:
    """The message as understood; the whole ranking is an event of its own."""
    name, confidence = understood.intent_ranking[0] if understood.intent_ranking else (None, 0.0)
    parse_data = {"intent": {"name": name, "confidence": confidence}, "entities": [*understood.entities]}
    return UserUttered(text, parse_data, input_channel=source)


def _is_said_by(response: str, event: Event) -> bool:
    return isinstance(event, BotUttered) and (event.metadata or {}).get("utter_action") == response
