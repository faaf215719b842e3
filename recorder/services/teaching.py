"""Interactive learning: a session in which the trainer says what the bot does next.

It is an ordinary session of the log, and every answer is an ordinary decision of the trainer's review of
it: both are in the log, in one transaction, when a command returns. What was taken back counts no more in
either; whatever shows or exports sessions needs to know nothing of lessons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from recorder.actions.anywhere import Actions
from recorder.dialogue import slots, turns
from recorder.dialogue.domain import (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    DEFAULT_ACTIONS,
    Domain,
    Intent,
)
from recorder.dialogue.live import Change, Entry
from recorder.dialogue.slots import REQUESTED_SLOT
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionRejected, InvalidDecision
from recorder.events.event import Event, JsonObject, changed
from recorder.events.prediction import ActionRanked, IntentRanked, Ranking
from recorder.events.review import (
    ActionCorrected,
    Decision,
    EntitiesCorrected,
    IntentCorrected,
    ResponseWritten,
    StepConfirmed,
    StepSkipped,
)
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    LoopInterrupted,
    Restarted,
    SessionRecorded,
    UserUttered,
)
from recorder.learning.model import Understanding
from recorder.services import acting, undoing
from recorder.services.conversation import Ids, Mind, new_id, uttered
from recorder.services.notebook import Notebook
from recorder.services.taught import Taught, compile_taught, submit
from recorder.services.writing import Fallen, Writing
from recorder.store.log import Clock, EventLog, utc_now

SOURCE: Final = "interactive"
CONFIRMED: Final = StepConfirmed("", 0)


@dataclass(frozen=True, slots=True)
class WantsMessage:
    """It is the user's turn."""

    buttons: tuple[JsonObject, ...] = ()
    """Of what the bot said since the latest message; each with `title` and `payload`."""


@dataclass(frozen=True, slots=True)
class WantsAction:
    """The bot wants to do something: is it right?"""

    proposed: str
    confidence: float | None
    policy: str | None
    ranking: Ranking
    """Of the model; empty where none was asked because the action must follow."""
    message: UserUttered | None
    """The message that it answers, where nothing was done since: intent and entities are asked about too."""
    understanding: IntentRanked | None = None
    """What a model said of that message."""


@dataclass(frozen=True, slots=True)
class WantsValidation:
    """The form goes on: should it look for its slot in the latest message?"""

    form: str
    slot: str | None


Ask = WantsMessage | WantsAction | WantsValidation


@dataclass(frozen=True, slots=True)
class _Act:
    """An action that is about to be done."""

    name: str
    executed: ActionExecuted
    ranked: tuple[ActionRanked, ...]
    decisions: tuple[Decision, ...]
    domain: Domain


class Lesson:
    """One run of interactive learning: a session, and what is forked from it.

    Every command is in the log when it returns. It raises ReviewError where it makes no sense now,
    ActionFailed and ActionRejected where an action could not be done, LogError where the log refused;
    after any of them the lesson goes on.
    """

    def __init__(
        self,
        log: EventLog,
        model: Mind,
        actions: Actions,
        *,
        annotator: str,
        session: str,
        clock: Clock = utc_now,
        ids: Ids = new_id,
    ) -> None:
        """Args: session: begun if the log does not have it yet, gone on with if it does."""
        self.log, self.model, self.actions, self.annotator = log, model, actions, annotator
        self._clock, self._ids = clock, ids
        self.sessions: list[str] = []
        """All of this run, the first one first."""
        self.domain = model.domain
        """The model's, with what was invented in this run."""
        self.warning: str | None = None
        """What the trainer should know of the latest command, if anything."""
        self._open(session)

    def _open(self, session: str) -> None:
        self.session = session
        if session not in self.sessions:
            self.sessions.append(session)
        self._notebook = Notebook(
            self.log, self.model.domain, session, self.annotator, self._clock, self._ids
        )
        self._fallen: Fallen = {}
        self._past: list[Change] = []
        self._future: list[Change] = []
        self._asked: Ask | None = None
        self._held: _Act | None = None
        """A form's run that waits for an answer about validation."""
        self._wanted: str | None = None
        """What was proposed before the trainer inserted another action."""
        self._floor = undoing.floor(self._notebook)
        self._is_stale = False
        for name, text in self._notebook.marks.responses().items():
            self._invent(responses={name: text})

    @property
    def state(self) -> Tracker:
        return self._notebook.tracker

    @property
    def history(self) -> Sequence[Entry]:
        """What counts of the present episode, in order. Not to be changed."""
        return self._notebook.live.entries

    def ask(self) -> Ask:
        """What comes next; asks no twice for what it knows, and writes nothing."""
        self._fresh()
        if self._held is not None:
            slot = self.state.slots.get(REQUESTED_SLOT)
            return WantsValidation(self._held.name, slot if isinstance(slot, str) else None)
        if self._asked is None:
            self._asked = WantsMessage(self._buttons()) if self._is_users_turn() else self._proposal()
        return self._asked

    def hear(self, text: str) -> None:
        """The user says something."""
        if not isinstance(self.ask(), WantsMessage):
            raise InvalidDecision("It is the bot's turn: say first what it does.")
        self._hear(self._writing(), text)

    def rewrite(self, text: str) -> None:
        """The user says something else than the latest message, which goes with all that followed it."""
        writing = self._writing()
        writing.back(self._latest_message())
        self._hear(writing, text)

    def confirm(self) -> None:
        """The proposed action is right, and the understanding of the message that it answers."""
        asked = self._asked_action()
        if asked.proposed == (asked.ranking[0][0] if asked.ranking else asked.proposed):
            executed = ActionExecuted(asked.proposed, asked.policy, asked.confidence)
            self._do(self._act(asked, executed, CONFIRMED))
        else:  # it stands where the model would have done something else
            self._correct(asked, asked.proposed, None)

    def correct_action(self, name: str, response_text: str | None = None) -> None:
        """The bot does `name` instead; the understanding of the message is right.

        Args:
            name: any, also one that nobody knows yet: it is done without bringing anything about.
            response_text: what it says, where it is new, or should say something else.
        """
        asked = self._asked_action()
        if not name.strip():
            raise InvalidDecision("A name is needed.")
        if name == asked.proposed and response_text is None:
            self.confirm()
        else:
            self._correct(asked, name, response_text)

    def insert(self, name: str) -> None:
        """The bot does `name` first; what was proposed is asked about again."""
        asked = self._asked_action()
        if not name.strip():
            raise InvalidDecision("A name is needed.")
        self._invent(actions=(name,))
        self._do(_Act(name, ActionExecuted(name), (), (CONFIRMED,), self.domain))
        self._wanted = asked.proposed

    def deactivate(self) -> None:
        """The active form ends."""
        if self.state.active_loop is None:
            raise InvalidDecision("No form is active.")
        self.correct_action("action_deactivate_loop")

    def validate(self, yes: bool) -> None:
        """Whether the form that goes on looks for its slot in the latest message."""
        held = self._held
        if held is None:
            raise InvalidDecision("No form asks whether it should validate.")
        self._run(held, [] if yes else [LoopInterrupted(True)])

    def correct_message(self, intent: str, entities: Iterable[JsonObject]) -> None:
        """The latest message meant this. It fills its slots anew, and the action is asked about again.

        Args:
            entities: all that it holds, each with `entity value start end` and, where they apply, `role`
                and `group`; those that the model found as well keep what it said of them.
        """
        asked = self._asked_action()
        if asked.message is None:
            raise InvalidDecision("The bot has answered this message: undo that first.")
        if not intent.strip():
            raise InvalidDecision("A name is needed.")
        at = self._latest_message()
        ranked = self._ranking(at)
        found = tuple(_as_found(entity, ranked.entities) for entity in entities)
        message = _understood(asked.message, ranked, intent, found)
        if message == asked.message:
            return
        decisions: list[Decision] = []
        if not ranked.ranking or ranked.ranking[0][0] != intent:
            decisions.append(IntentCorrected("", 0, intent))
        if found != tuple(ranked.entities):
            decisions.append(EntitiesCorrected("", 0, found))
        self._invent(intents=(intent,))
        self._commit(self._said_anew(at, message, decisions))

    def restart(self) -> None:
        """The episode ends, and stays; the next message begins another one. No undo goes behind it."""
        self._fresh()
        executed = ActionExecuted(ACTION_RESTART)
        # With a message that nobody answered, nobody said whether it was understood either.
        said = CONFIRMED if self._unanswered() is None else StepSkipped("", 0)
        self._run(_Act(ACTION_RESTART, executed, (), (said,), self.domain), [])

    @property
    def can_undo(self) -> bool:
        return bool(self._held or self._past) or self._unit() is not None

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def undo(self) -> None:
        """Take back what came last: an answer with the action, a corrected understanding, a message.

        Any number of times, also what the same trainer said in an earlier run, down to what others recorded
        and to the start of the episode.
        """
        self._fresh()
        if self._held is not None:
            self._held = None
            return
        if self._past:
            writing = self._writing()
            writing.reach(self._past[-1])
        else:
            writing = self._back_by_one()
        made = self._written(writing)
        if self._past:
            self._past.pop()
        self._future.append(made)

    def redo(self) -> None:
        """Bring back what the latest undo took; an action is not run again, what it brought about is kept."""
        self._fresh()
        if not self._future:
            raise InvalidDecision("There is nothing to redo.")
        writing = self._writing()
        writing.reach(self._future[-1])
        made = self._written(writing)
        self._future.pop()
        self._past.append(made)

    def _unit(self) -> int | None:
        return undoing.latest_unit(self._notebook.live, self._floor)

    def _back_by_one(self) -> Writing:
        """Take back what came last, as far as the session itself tells."""
        at = self._unit()
        if at is None:
            raise InvalidDecision("There is nothing to undo.")
        entry = self.history[at]
        if isinstance(entry.event, UserUttered) and self._notebook.marks.answer(entry.record.id).corrected:
            ranked = self._ranking(at)
            intent = ranked.ranking[0][0] if ranked.ranking else ""
            return self._said_anew(at, _understood(entry.event, ranked, intent, ranked.entities), ())
        writing = self._writing()
        writing.back(at)
        return writing

    def _said_anew(self, at: int, message: UserUttered, decisions: Sequence[Decision]) -> Writing:
        """The message there as it should be understood; what followed it goes."""
        live = self._notebook.live
        told = live.predictions.get(live.entries[at].record.id, ())
        writing = self._writing()
        writing.back(at)
        filled = slots.fill(self.model.domain, writing.tracker, message)
        writing.step(message, told, decisions, filled)
        return writing

    def export(self) -> Taught:
        """What this run has taught so far, compiled; its reviews are submitted until the next answer."""
        self._fresh()
        submit(self.log, self.sessions, self.annotator)
        taught = compile_taught(self.log, self.sessions, self.model.domain)
        self._is_stale = True  # its review went on without it
        return taught

    def _is_users_turn(self) -> bool:
        live, followup = self._notebook.live, self.state.followup
        latest = live.latest()
        if followup == ACTION_SESSION_START or latest is None:
            return True
        done = live.entries[latest].event
        is_listening = isinstance(done, ActionExecuted) and done.name == ACTION_LISTEN
        return followup is None and (self.state.paused or is_listening)

    def _buttons(self) -> tuple[JsonObject, ...]:
        for entry in reversed(self.history):
            if entry.is_message:
                break
            if isinstance(entry.event, BotUttered):
                return tuple(entry.event.data.get("buttons") or ())
        return ()

    def _proposal(self) -> WantsAction:
        message = self._unanswered()
        understanding = self._ranking(self._latest_message()) if message else None
        due = turns.due(self.state)
        if due is not None:
            done = turns.by_default(due)
            return WantsAction(due, done.confidence, done.policy, (), message, understanding)
        proposal = self.model.rank_actions(self.state)
        declined = self._declined()
        free = [name for name, _ in proposal.ranking if name not in declined]
        name = self._wanted or next(iter(free), ACTION_LISTEN)
        score = dict(proposal.ranking).get(name)
        return WantsAction(name, score, proposal.policy, proposal.ranking, message, understanding)

    def _unanswered(self) -> UserUttered | None:
        """The latest message, if nothing was done since."""
        latest = self._notebook.live.latest()
        event = self.history[latest].event if latest is not None else None
        return event if isinstance(event, UserUttered) else None

    def _ranking(self, at: int) -> IntentRanked:
        """What a model said of the message there, or, where no ranking was recorded, what its source said."""
        entry = self.history[at]
        told = self._notebook.live.predictions.get(entry.record.id, ())
        found = next((prediction for prediction in told if isinstance(prediction, IntentRanked)), None)
        if found is not None or not isinstance(entry.event, UserUttered):
            return found or IntentRanked("", "", ())
        return _ranking_of(entry.event)

    def _declined(self) -> set[str | None]:
        """The actions that declined at this point."""
        latest = self._notebook.live.latest() or 0
        events = (entry.event for entry in self.history[latest:])
        return {event.name for event in events if isinstance(event, ActionExecutionRejected)}

    def _asked_action(self) -> WantsAction:
        asked = self.ask()
        if not isinstance(asked, WantsAction):
            raise InvalidDecision("No action is asked about now.")
        return asked

    def _latest_message(self) -> int:
        for at in range(len(self.history), 0, -1):
            if self.history[at - 1].is_message:
                return at - 1
        raise InvalidDecision("The user has said nothing yet.")

    def _correct(self, asked: WantsAction, name: str, text: str | None) -> None:
        decisions: list[Decision] = [ActionCorrected("", 0, name)]
        if text is not None:
            decisions.append(ResponseWritten("", 0, name, text))
            self._invent(responses={name: text})
        else:
            self._invent(actions=(name,))
        self._do(self._act(asked, ActionExecuted(name), *decisions))
        if asked.policy not in (None, "learned", "default"):
            self.warning = f"What was taught before says {asked.ranking[0][0]} here ({asked.policy})."

    def _act(self, asked: WantsAction, executed: ActionExecuted, *decisions: Decision) -> _Act:
        ranked = ActionRanked("", self.model.id, asked.ranking, asked.policy)
        name = executed.name or ""
        return _Act(name, executed, (ranked,) if asked.ranking else (), decisions, self.domain)

    def _do(self, act: _Act) -> None:
        """Do it, unless a form goes on that was left: then it is asked first whether it should validate."""
        form, state = self.state.active_loop, self.state
        if form == act.name and state.loop_rejected and state.latest_action == ACTION_LISTEN:
            self._held = act
        elif form is not None and act.name not in (form, ACTION_LISTEN) and not state.loop_rejected:
            self._run(act, [ActionExecutionRejected(form)])
        else:
            self._run(act, [])

    def _run(self, act: _Act, before: Sequence[Event]) -> None:
        writing = self._writing()
        writing.add(*before)
        try:
            effects = self._effects(act, writing)
        except ActionRejected:
            executed = act.executed
            writing.add(ActionExecutionRejected(act.name, executed.policy, executed.confidence))
            self._commit(writing)
            raise
        writing.step(act.executed, act.ranked, act.decisions, effects)
        self._commit(writing)

    def _effects(self, act: _Act, writing: Writing) -> Sequence[Event]:
        """Raises ActionFailed, ActionRejected."""
        known = {*DEFAULT_ACTIONS, *self.model.domain.action_names, *act.domain.responses}
        if act.name not in known and act.name not in self.actions:
            return []
        scene = self._notebook.scene(self.actions, act.domain, writing.events)
        return acting.effects(act.name, scene)

    def _hear(self, writing: Writing, text: str) -> None:
        origin = () if self._notebook.present.version else (SessionRecorded(SOURCE),)
        now = self._clock()  # a lesson may pause as long as it likes: no session expires meanwhile
        latest = now if self._notebook.present.version else None
        writing.add(*origin, *turns.opening(self.model.domain, writing.tracker, latest, now))
        understood = self.model.parse(text)
        message = uttered(text, understood, SOURCE)
        ranked = IntentRanked("", self.model.id, understood.intent_ranking, understood.entities)
        filled = slots.fill(self.model.domain, writing.tracker, message)
        writing.step(message, [ranked], (), filled)
        self._commit(writing)

    def _writing(self) -> Writing:
        self._fresh()
        return Writing(self._notebook, self._fallen)

    def _commit(self, writing: Writing) -> None:
        change = self._written(writing)
        if not change.before:  # what opens an episode before its first message stays when that is undone
            opening = next((i for i, each in enumerate(change.after) if each.is_message), 0)
            change = Change(change.at + opening, (), change.after[opening:])
        self._future.clear()
        if any(isinstance(new.event, Restarted) for new in writing.events):
            self._past.clear()
            self._floor = 0
        else:
            self._past.append(change)

    def _written(self, writing: Writing) -> Change:
        self._is_stale = True  # unless all goes well
        change = writing.commit()
        self._is_stale = False
        self._asked = self._held = self._wanted = self.warning = None
        return change

    def _fresh(self) -> None:
        if self._is_stale:
            self._open(self.session)

    def _invent(
        self,
        intents: Iterable[str] = (),
        actions: Iterable[str] = (),
        responses: dict[str, str] | None = None,
    ) -> None:
        """Take names into the domain of this run, if they are new."""
        domain = self.domain
        known = {*DEFAULT_ACTIONS, *domain.action_names}
        said = {name: ({"text": text},) for name, text in (responses or {}).items()}
        self.domain = replace(
            domain,
            intents=(*domain.intents, *(Intent(i) for i in intents if i not in domain.intent_names)),
            actions=(*domain.actions, *(name for name in actions if name not in known)),
            responses={**domain.responses, **said},
        )


def _ranking_of(message: UserUttered) -> IntentRanked:
    """What is known of a message that no ranking was recorded for."""
    ranking = message.intent_ranking or (
        ((message.intent, message.confidence or 0.0),) if message.intent else ()
    )
    return IntentRanked("", "", ranking, message.entities)


def _understood(
    message: UserUttered, ranked: IntentRanked, intent: str, entities: tuple[JsonObject, ...]
) -> UserUttered:
    """The message as it should be understood: what the model said of it first, or what is certain now."""
    if ranked.ranking and ranked.ranking[0][0] == intent:
        first = uttered(message.text or "", Understanding(ranked.ranking, entities), "").parse_data
        return changed(message, parse_data={**message.parse_data, **first})
    said = {k: v for k, v in message.parse_data.items() if k != "intent_ranking"}
    return changed(
        message,
        parse_data={**said, "intent": {"name": intent, "confidence": 1.0}, "entities": [*entities]},
    )


def _as_found(entity: JsonObject, found: Iterable[JsonObject]) -> JsonObject:
    """With what the model said of it, where it found the same."""
    same = ("entity", "value", "start", "end", "role", "group")
    return next((each for each in found if all(each.get(k) == entity.get(k) for k in same)), entity)
