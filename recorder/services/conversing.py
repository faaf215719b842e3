"""A live bot that records itself.

Nothing is said before it is in the log: first the message and what the model made of it, then each
action with the ranking it was chosen from and all that it brought about, one append each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

import uuid_utils

from recorder.actions.local import LocalActions
from recorder.dialogue import forms, responses, slots, turns
from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.dialogue.tracker import EVOLVES, Tracker, evolve
from recorder.errors import ActionFailed, ActionRejected, DomainMismatch, NotationError, VersionConflict
from recorder.events.event import Event, JsonObject, NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Opaque,
    SessionEvent,
    SessionRecorded,
    UserUttered,
)
from recorder.formats.rasa_events import from_rasa, to_rasa
from recorder.learning.model import Proposal, Understanding
from recorder.store.log import Clock, EventLog, utc_now

MAX_ACTIONS: Final = 10
"""More actions than this in answer to one message are a loop that the model cannot leave."""

ATTEMPTS: Final = 3
"""How often a message is tried in all when somebody else writes to the session meanwhile."""

APOLOGY: Final = "Sorry, something went wrong on my side."

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


def respond(
    log: EventLog,
    model: Mind,
    actions: LocalActions,
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
        conversation = _Conversation(log, model, actions, session, actor, clock, ids)
        try:
            conversation.hear(text, source)
            break
        except VersionConflict:  # nothing was done yet, so the message may be tried again
            if attempt == ATTEMPTS:
                raise
    heard = len(conversation.records)
    conversation.answer()
    return [r.event for r in conversation.records[heard:] if isinstance(r.event, BotUttered)]


def check(model: Mind, actions: LocalActions) -> None:
    """Refuse a model whose custom actions are not all at hand; raises DomainMismatch."""
    known = {*turns.BUILT_IN, *model.domain.responses, *(form.name for form in model.domain.forms)}
    custom = (name for name in model.domain.action_names if not name.startswith("utter_"))
    missing = [name for name in custom if name not in known and name not in actions]
    if missing:
        names = ", ".join(missing)
        raise DomainMismatch(model.id, f"nothing here defines {names} (name their code with --actions)")


class _Conversation:
    """One session while the bot answers: what is recorded, and the state that it amounts to."""

    def __init__(
        self,
        log: EventLog,
        model: Mind,
        actions: LocalActions,
        session: str,
        actor: str,
        clock: Clock,
        ids: Ids,
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

    def _new(self, event: Event, event_id: str | None = None) -> NewEvent:
        return NewEvent(event, event_id or self.ids(), self.clock())

    def _write(self, events: Iterable[NewEvent]) -> None:
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
        said = self._new(message)
        ranked = IntentRanked(said.id or "", self.model.id, understood.intent_ranking, understood.entities)
        filled = slots.fill(self.domain, tracker, message)
        self._write([*opening, said, *map(self._new, (ranked, *filled))])

    def _opening(self, source: str) -> list[NewEvent]:
        latest = self.records[-1].occurred_at if self.records else None
        origin = [] if self.records else [SessionRecorded(source)]
        opening = turns.opening(self.domain, self.tracker, latest, self.clock())
        return [self._new(event) for event in (*origin, *opening)]

    def answer(self) -> None:
        """Act until it is the user's turn again."""
        for _ in range(MAX_ACTIONS):
            if turns.due(self.tracker) is None and self.tracker.paused:
                return
            self._act()
            if self.tracker.latest_action == ACTION_LISTEN:
                return
        self._do(turns.by_default(ACTION_LISTEN), None)

    def _act(self) -> None:
        """Do what is due, or else the best that the model proposes and that does not decline."""
        due = turns.due(self.tracker)
        if due is not None:
            return self._do(turns.by_default(due), None)
        proposal = self.model.rank_actions(self.tracker)
        for name, confidence in proposal.ranking:
            try:
                return self._do(ActionExecuted(name, proposal.policy, confidence), proposal)
            except ActionRejected:
                declined = ActionExecutionRejected(name, proposal.policy, confidence)
                self._write([self._new(declined)])
        return self._do(turns.by_default(ACTION_LISTEN), proposal)

    def _do(self, action: ActionExecuted, proposal: Proposal | None) -> None:
        """Run the action, then record it with its ranking and what it brought about."""
        try:
            effects = self._run(action.name or "")
        except ActionFailed as error:
            effects = [*failure(error), turns.by_default(ACTION_LISTEN)]
        ranking_id, action_id = self.ids(), self.ids()
        events: list[NewEvent] = []
        if proposal is not None:
            ranked = ActionRanked(action_id, self.model.id, proposal.ranking, proposal.policy)
            events.append(self._new(ranked, ranking_id))
        events += [self._new(action, action_id), *map(self._new, effects)]
        self._write(events)

    def _run(self, name: str) -> Sequence[Event]:
        """What the action brings about; raises ActionFailed, ActionRejected."""
        if name in turns.BUILT_IN:
            return turns.BUILT_IN[name]
        if said := self._response(name, {}):
            return [said]
        if self.domain.is_form(name) and name not in self.actions:
            return self._fill(name)
        return self._run_custom(name)

    def _run_custom(self, name: str) -> list[Event]:
        run = self.actions.run(name, self.session, self.tracker, domain=self.domain, events=self._as_rasa)
        spoken = [self._spoken(name, message) for message in run.messages]
        return [*spoken, *(returned(name, event) for event in run.events)]

    def _fill(self, form: str) -> list[Event]:
        """Run a form; what asks for a slot is a response or a custom action."""
        if forms.declines(self.domain, self.tracker, form):
            raise ActionRejected(form)
        events = forms.run(self.domain, self.tracker, form)
        slot = forms.next_slot(self.domain, self.tracker, form)
        for name in forms.questions(form, slot) if slot else ():
            if said := self._response(name, {}):
                return [*events, said]
            if name in self.actions:
                return [*events, *self._run_custom(name)]
        return events

    def _spoken(self, action: str, message: JsonObject) -> BotUttered:
        """What an action said; it may name a response of the domain and add to it."""
        name = message.pop("response", None)
        if name is None:
            return BotUttered(message.pop("text", None), message)
        said = self._response(str(name), message)
        if said is None:
            raise ActionFailed(action, f"the domain has no response {name}")
        more: JsonObject = {key: message[key] for key in responses.RICH if key in message}
        return replace(said, text=message.get("text", said.text), data={**said.data, **more})

    def _response(self, name: str, values: JsonObject) -> BotUttered | None:
        before = sum(said_by(name, record.event) for record in self.records)
        return responses.say(self.domain, name, {**self.tracker.slots, **values}, turn=before)

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


def returned(action: str, event: JsonObject) -> SessionEvent:
    """An event that an action gave back; raises ActionFailed where it is none."""
    try:
        read = from_rasa(event)
    except NotationError as error:
        raise ActionFailed(action, str(error)) from None
    if read.problem:
        raise ActionFailed(action, read.problem)
    return read.event


def failure(error: ActionFailed) -> list[Event]:
    """What stands in the log in place of what the action should have brought about."""
    details = {"event": "action_failed", "name": error.action, "reason": error.reason}
    return [Opaque("action_failed", details), BotUttered(APOLOGY)]


def said_by(response: str, event: Event) -> bool:
    return isinstance(event, BotUttered) and (event.metadata or {}).get("utter_action") == response
