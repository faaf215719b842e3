"""Interactive learning: a session in which the trainer says what the bot does next.

It is an ordinary session of the log, and every answer is an ordinary decision of the trainer's review of
it: both are in the log, in one transaction, when a command returns. What was taken back counts no more in
either; whatever shows or exports sessions needs to know nothing of lessons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from recorder.actions.anywhere import Actions
from recorder.dialogue import slots
from recorder.dialogue.domain import (
    ACTION_LISTEN,
    ACTION_RESTART,
    DEFAULT_ACTIONS,
    Domain,
    Intent,
)
from recorder.dialogue.live import Change, Entry
from recorder.dialogue.slots import REQUESTED_SLOT
from recorder.dialogue.steps import UNDERSTANDING, Step, cut
from recorder.dialogue.tracker import Tracker, evolve
from recorder.errors import ActionRejected, InvalidDecision, UnknownStep
from recorder.events.event import Event, JsonObject, Recorded, changed
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import (
    ActionCorrected,
    ActionInserted,
    Decision,
    DecisionRedone,
    DecisionUndone,
    ResponseWritten,
    RestConfirmed,
    StepConfirmed,
    StepSkipped,
)
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    LoopInterrupted,
    Restarted,
    SessionRecorded,
    UserUttered,
)
from recorder.learning import structured
from recorder.review.backlog import Backlog
from recorder.review.marks import Said
from recorder.review.questions import ask
from recorder.review.rereading import as_first_read, reread
from recorder.store.log import Clock, EventLog, utc_now
from recorder.talking import acting
from recorder.talking.acting import Scene
from recorder.talking.conversation import Ids, Mind, new_id, uttered
from recorder.teaching import asking, forking, undoing
from recorder.teaching.asking import (
    Ask,
    WantsAction,
    WantsBranch,
    WantsMessage,
    WantsUnderstanding,
    WantsValidation,
)
from recorder.teaching.learned import Learn, Learned
from recorder.teaching.notebook import Notebook
from recorder.teaching.taught import Taught, compile_taught, submit
from recorder.teaching.writing import Fallen, Writing

SOURCE: Final = "interactive"
CONFIRMED: Final = StepConfirmed("", 0)


class Heard(NamedTuple):
    """A message of the user's that a fork may begin before."""

    number: int
    """From 1, through the whole session."""
    step: str
    text: str
    episode: int


@dataclass(frozen=True, slots=True)
class _Act:
    """An action that is about to be done."""

    name: str
    executed: ActionExecuted
    ranked: tuple[ActionRanked, ...]
    decisions: tuple[Decision, ...]


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
        learn: Learn | None = None,
    ) -> None:
        """Args:
        session: begun if the log does not have it yet, gone on with if it does.
        learn: makes another model of the present one after each correction; None: it stays.
        """
        self.log, self.model, self.actions, self.annotator = log, model, actions, annotator
        self._base, self._learned = model.domain, Learned(learn)
        self._clock, self._ids = clock, ids
        self.sessions: list[str] = []
        """All of this run, the first one first."""
        self.domain = model.domain
        """The model's, with what was invented in this run."""
        self.warning: str | None = None
        """What the trainer should know of the latest command, if anything."""
        self._open(session)

    def _open(self, session: str) -> None:
        log, annotator = self.log, self.annotator
        self._take(Notebook(log, self._base, session, annotator, self._clock, self._ids))

    def _take(self, notebook: Notebook) -> None:
        """Go on with a session as it is in the log now."""
        self.session, self._notebook = notebook.session, notebook
        self._learned.begin(notebook)
        if self.session not in self.sessions:
            self.sessions.append(self.session)
        self._floor = undoing.floor(notebook)
        self._look_at_recorded(notebook.records)
        self._fallen: Fallen = {}
        self._past: list[Change | int] = []
        """What each command made: of the episode, or how many decisions on what was recorded before."""
        self._future: list[Change | tuple[str, ...]] = []
        """What each undo made: of the episode, or which decisions it took back, oldest first."""
        self._asked: Ask | None = None
        self._held: _Act | None = None
        """A form's run that waits for an answer about validation."""
        self._wanted: str | None = None
        """What was proposed before the trainer inserted another action."""
        self._is_stale = False
        for name, text in notebook.marks.responses().items():
            self._invent(responses={name: text})

    def _look_at_recorded(self, records: Sequence[Recorded]) -> None:
        notebook = self._notebook
        steps = cut(records, self._base)
        self._backlog = Backlog(ask(steps), notebook.marks)
        self._others = {step.id for step in steps if not undoing.is_own(notebook, step.recorded)}
        self._others |= {entry.record.id for entry in notebook.live.entries[: self._floor]}
        self._others |= {step for question in self._backlog.rest() for step in question.steps}
        """Ids of what was recorded before the trainer went on with it, or is asked about as if it were."""

    # ---- what there is

    @property
    def state(self) -> Tracker:
        """What the assistant knows at the point that is asked about."""
        question = self._backlog.open
        if question is None:
            return self._notebook.tracker
        if question.action is not None:
            return question.action.before
        assert question.understanding is not None  # a question asks about something
        return evolve(question.understanding.before, question.understanding.recorded.event)

    @property
    def history(self) -> Sequence[Entry]:
        """What counts of the episode up to the point that is asked about. Not to be changed."""
        question = self._backlog.open
        if question is None:
            return self._notebook.live.entries
        return self._backlog.history(question)

    @property
    def messages(self) -> list[Heard]:
        """All messages that count, of all episodes."""
        heard = [step for step in self._steps() if step.kind == UNDERSTANDING]
        texts = [each.recorded.event for each in heard]
        return [
            Heard(number, step.id, event.text or "" if isinstance(event, UserUttered) else "", step.episode)
            for number, (step, event) in enumerate(zip(heard, texts, strict=True), start=1)
        ]

    @property
    def can_undo(self) -> bool:
        return bool(self._held or self._past) or self._unit() is not None or bool(self._latest_decisions(1))

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def ask(self) -> Ask:
        """What comes next; writes nothing."""
        self._fresh()
        if self._held is not None:
            slot = self.state.slots.get(REQUESTED_SLOT)
            return WantsValidation(self._held.name, slot if isinstance(slot, str) else None)
        if self._asked is None:
            self._asked = self._next()
        return self._asked

    def _next(self) -> Ask:
        live, marks = self._notebook.live, self._notebook.marks
        if question := self._backlog.open:
            return asking.recorded(question, live, marks)
        turned = self._backlog.turned
        if turned is not None and any(entry.record.id == turned.id for entry in live.entries):
            return WantsBranch(turned.id, self._backlog.answer(turned).action)
        if asking.is_users_turn(live, self.state):
            return asking.buttons(live)
        return asking.proposal(live, self.state, self.model, self._wanted)

    # ---- commands

    def hear(self, text: str) -> None:
        """The user says something."""
        if not isinstance(self.ask(), WantsMessage):
            raise InvalidDecision("It is the bot's turn: say first what it does.")
        self._hear(self._writing(), text)

    def rewrite(self, text: str) -> None:
        """The user says something else than the latest message, which goes with all that followed it."""
        if isinstance(self.ask(), WantsBranch):
            raise InvalidDecision("This goes on in a fork.")
        self._pass_the_recorded()
        writing = self._writing()
        writing.back(self._latest_message())
        self._hear(writing, text)

    def confirm(self) -> None:
        """The action is right, and the understanding of the message that it answers."""
        asked = self.ask()
        if isinstance(asked, WantsUnderstanding):
            self._decide(asked.recorded, CONFIRMED)
        else:
            self._confirm(self._asked_action())

    def _confirm(self, asked: WantsAction) -> None:
        if asked.recorded:
            self._decide(asked.recorded, CONFIRMED)
        elif not asked.ranking or asked.proposed == asked.ranking[0][0]:
            executed = ActionExecuted(asked.proposed, asked.policy, asked.confidence)
            self._do(self._act(asked, executed, CONFIRMED))
        else:  # the model would do something else now, or that declined
            self._correct(asked, asked.proposed, None)

    def correct_action(self, name: str, response_text: str | None = None) -> None:
        """The bot does `name` instead; the understanding of the message is right.

        Args:
            name: any, also one that nobody knows yet: it is done without bringing anything about.
            response_text: what it says, where it is new, or should say something else.
        """
        asked = self._asked_action()
        _check_name(name)
        if name == asked.proposed and response_text is None:
            self.confirm()
        else:
            self._correct(asked, name, response_text)

    def insert(self, name: str, response_text: str | None = None) -> None:
        """The bot does `name` first; what was proposed is asked about again. See `correct_action`."""
        asked = self._asked_action()
        _check_name(name)
        words = () if response_text is None else (ResponseWritten("", 0, name, response_text),)
        self._invent(actions=() if words else (name,), responses={word.name: word.text for word in words})
        if asked.recorded:
            self._decide(asked.recorded, ActionInserted("", 0, name), *words)
        else:
            self._do(_Act(name, ActionExecuted(name), (), (CONFIRMED, *words)))
            self._wanted = asked.proposed

    def deactivate(self) -> None:
        """The active form ends."""
        if self.state.active_loop is None:
            raise InvalidDecision("No form is active.")
        self.correct_action("action_deactivate_loop")

    def validate(self, yes: bool) -> None:
        """Whether the form that goes on looks for its slot in the latest message."""
        if self._held is None:
            raise InvalidDecision("No form asks whether it should validate.")
        self._run(self._held, [] if yes else [LoopInterrupted(True)])

    def correct_message(self, intent: str, entities: Iterable[JsonObject]) -> None:
        """The latest message meant this. It fills its slots anew, and the action is asked about again.

        Args:
            entities: all that it holds, each with `entity value start end` and, where they apply, `role`
                and `group`; those that the model found as well keep what it said of them.
        """
        asked = self.ask()
        if not isinstance(asked, WantsAction | WantsUnderstanding) or asked.message is None:
            raise InvalidDecision("The bot has answered this message: undo that first.")
        _check_name(intent)
        ranked = asked.understanding or asking.known_of(asked.message)
        message, decisions = reread(asked.message, ranked, intent, entities)
        if message == asked.message:
            return
        self._invent(intents=(intent,))
        if question := self._backlog.open:
            self._decide(question.steps[0], *(decisions or [CONFIRMED]))
        else:
            self._commit(self._said_anew(self._latest_message(), message, decisions))

    def restart(self) -> None:
        """The episode ends, and stays; the next message begins another one. No undo goes behind it."""
        self._fresh()
        self._pass_the_recorded()
        # With a message that nobody answered, nobody said whether it was understood either.
        said = CONFIRMED if asking.unanswered(self._notebook.live) is None else StepSkipped("", 0)
        self._run(_Act(ACTION_RESTART, ActionExecuted(ACTION_RESTART), (), (said,)), [])

    def accept_rest(self) -> None:
        """All that was recorded and is not answered yet is right."""
        self._fresh()
        rest = [question.id for question in self._backlog.rest()]
        if not rest:
            raise InvalidDecision("Nothing that was recorded is open.")
        self._decide(rest[0], RestConfirmed("", 0, tuple(rest)))

    def fork(self, number: int) -> None:
        """Go on in a new session, from before the message with this number. The present one stays."""
        self._fresh()
        step = next((heard.step for heard in self.messages if heard.number == number), None)
        if step is None:
            raise UnknownStep(str(number))
        self._fork(step)

    def fork_before(self, step: str) -> None:
        """Go on in a new session, from before a step of a recorded one, which is no part of this run."""
        self._fresh()
        origin = self.session
        self._fork(step)
        self.sessions.remove(origin)

    def branch(self) -> None:
        """Go on in a new session from where the recorded one should have gone otherwise."""
        asked = self.ask()
        if not isinstance(asked, WantsBranch):
            raise InvalidDecision("Nothing was recorded that should have gone otherwise.")
        answer, texts = self._notebook.marks.answer(asked.recorded), self._notebook.marks.responses()
        self._fork(asked.recorded)
        for name in answer.inserted:
            self.insert(name, texts.get(name))
        if asked.action is not None:
            self.correct_action(asked.action, texts.get(asked.action))

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
            latest = self._past[-1]
            made = self._reach(latest) if isinstance(latest, Change) else self._take_back(latest)
            self._past.pop()
        elif self._unit() is not None:
            made = self._written(self._back_by_one())
        else:
            made = self._take_back(1)
        self._future.append(made)

    def redo(self) -> None:
        """Bring back what the latest undo took; an action is not run again, what it brought about is kept."""
        self._fresh()
        if not self._future:
            raise InvalidDecision("There is nothing to redo.")
        latest = self._future[-1]
        if isinstance(latest, Change):
            made: Change | int = self._reach(latest)
        else:
            made = len(self._write_decisions([Said(DecisionRedone(decision)) for decision in latest]))
        self._future.pop()
        self._past.append(made)

    def export(self) -> Taught:
        """What this run has taught so far, compiled; its reviews are submitted until the next answer."""
        self._fresh()
        submit(self.log, self.sessions, self.annotator)
        self._notebook.catch_up()
        return compile_taught(self.log, self.sessions, self._base)

    # ---- what they have in common

    def _steps(self) -> list[Step]:
        return cut(self.log.read(self._notebook.stream), self._base)

    def _asked_action(self) -> WantsAction:
        asked = self.ask()
        if not isinstance(asked, WantsAction):
            raise InvalidDecision("No action is asked about now.")
        return asked

    def _pass_the_recorded(self) -> None:
        if self._backlog.open is not None:
            raise InvalidDecision("What was recorded is asked about first.")

    def _latest_message(self) -> int:
        entries = self._notebook.live.entries
        for at in range(len(entries), 0, -1):
            if entries[at - 1].is_message:
                return at - 1
        raise InvalidDecision("The user has said nothing yet.")

    def _correct(self, asked: WantsAction, name: str, text: str | None) -> None:
        decisions: list[Decision] = [ActionCorrected("", 0, name)]
        if text is not None:
            decisions.append(ResponseWritten("", 0, name, text))
            self._invent(responses={name: text})
        else:
            self._invent(actions=(name,))
        if asked.recorded:
            self._decide(asked.recorded, *decisions)
        else:
            self._do(self._act(asked, ActionExecuted(name), *decisions))
            self.warning = _contradiction(asked, name)

    def _act(self, asked: WantsAction, executed: ActionExecuted, *decisions: Decision) -> _Act:
        ranked = ActionRanked("", self.model.id, asked.ranking, asked.policy)
        return _Act(executed.name or "", executed, (ranked,) if asked.ranking else (), decisions)

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
            effects = self._effects(act.name, writing)
        except ActionRejected:
            executed = act.executed
            writing.add(ActionExecutionRejected(act.name, executed.policy, executed.confidence))
            self._commit(writing)
            raise
        writing.step(act.executed, act.ranked, act.decisions, effects)
        self._commit(writing)

    def _effects(self, name: str, writing: Writing) -> Sequence[Event]:
        """Raises ActionFailed, ActionRejected."""
        known = {*DEFAULT_ACTIONS, *self._base.action_names, *self.domain.responses}
        if name not in known and name not in self.actions:
            return []
        return acting.effects(name, self._scene(writing))

    def _hear(self, writing: Writing, text: str) -> None:
        is_new = self._notebook.present.version == 0
        now = self._clock()  # a lesson may pause as long as it likes: no session expires meanwhile
        writing.add(*((SessionRecorded(SOURCE),) if is_new else ()))
        writing.add(*acting.opening(self._scene(writing), None if is_new else now, now))
        understood = self.model.parse(text)
        message = uttered(text, understood, SOURCE)
        ranked = IntentRanked("", self.model.id, understood.intent_ranking, understood.entities)
        writing.step(message, [ranked], (), self._filled(writing, message))
        self._commit(writing)
        named = structured.read(text)
        if named and named.intent != message.intent:
            self.warning = f"No intent is called {named.intent}: these were read as ordinary words."

    def _said_anew(self, at: int, message: UserUttered, decisions: Sequence[Decision]) -> Writing:
        """The message there as it should be understood; what followed it goes."""
        live = self._notebook.live
        told = live.predictions.get(live.entries[at].record.id, ())
        writing = self._writing()
        writing.back(at)
        writing.step(message, told, decisions, self._filled(writing, message))
        return writing

    def _filled(self, writing: Writing, message: UserUttered) -> list[Event]:
        """What a message fills that comes next: by the domain's mappings, and by code of the user's."""
        filled = slots.fill(self._base, writing.tracker, message)
        scene = self._scene(writing).after([message, *filled])
        return [*filled, *acting.understood(scene, filled)]

    def _scene(self, writing: Writing) -> Scene:
        return self._notebook.scene(self.actions, self.domain, writing.events)

    def _fork(self, step: str) -> None:
        steps = self._steps()
        if not any(each.id == step for each in steps):
            raise UnknownStep(step)
        self._is_stale = True
        self._take(forking.fork(self._notebook, steps, step, SOURCE))

    # ---- writing and going back

    def _unit(self) -> int | None:
        return None if self._backlog.open else undoing.latest_unit(self._notebook.live, self._floor)

    def _latest_decisions(self, count: int) -> tuple[str, ...]:
        """The latest decisions on what was recorded before the lesson, oldest first.

        Those of an earlier run, too, unless what they are about was copied, or a restart is behind it.
        """
        if not self._past and (self._notebook.copied[0] or self._floor == 0):
            return ()
        return undoing.latest_decisions(self._notebook.marks, self._others, count)

    def _back_by_one(self) -> Writing:
        """Take back what came last, as far as the session itself tells."""
        at, live = self._unit() or 0, self._notebook.live
        entry = live.entries[at]
        if isinstance(entry.event, UserUttered) and self._notebook.marks.answer(entry.record.id).corrected:
            first = as_first_read(entry.event, asking.ranking_of(live, at))
            return self._said_anew(at, first, ())
        writing = self._writing()
        writing.back(at)
        return writing

    def _reach(self, change: Change) -> Change:
        writing = self._writing()
        writing.reach(change)
        return self._written(writing)

    def _take_back(self, count: int) -> tuple[str, ...]:
        decisions = self._latest_decisions(count)
        if not decisions:
            raise InvalidDecision("There is nothing to undo.")
        self._write_decisions([Said(DecisionUndone(decision)) for decision in reversed(decisions)])
        return decisions

    def _decide(self, step: str, *decisions: Decision) -> None:
        """Of a step that was recorded before the lesson."""
        question = self._backlog.open
        assert question is not None  # nothing recorded is asked about otherwise
        sayings = [Said(changed(decision, step=step), question.steps) for decision in decisions]
        self._write_decisions(sayings)
        self._past.append(len(sayings))
        self._future.clear()

    def _write_decisions(self, sayings: Sequence[Said]) -> Sequence[Said]:
        self._is_stale = True  # unless all goes well
        self._notebook.write([], sayings)
        for step in self._notebook.marks.steps(saying.decision for saying in sayings):
            self._backlog.look_again(step)
        self._settle()
        return sayings

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
            self._learned.leave()
        else:
            self._past.append(change)

    def _written(self, writing: Writing) -> Change:
        self._is_stale = True  # unless all goes well
        change = writing.commit()
        if change.at < self._floor:  # what others recorded was said again, with what came after it
            self._look_at_recorded(self.log.read(self._notebook.stream))
        self._settle()
        if not any(isinstance(new.event, Restarted) for new in writing.events):
            self.model = self._learned.after(change, self._notebook, self.domain) or self.model
        return change

    def _settle(self) -> None:
        self._is_stale = False
        self._asked = self._held = self._wanted = self.warning = None

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
        domain: Domain = self.domain
        known = {*DEFAULT_ACTIONS, *domain.action_names}
        said = {name: ({"text": text},) for name, text in (responses or {}).items()}
        self.domain = replace(
            domain,
            intents=(*domain.intents, *(Intent(i) for i in intents if i not in domain.intent_names)),
            actions=(*domain.actions, *(name for name in actions if name not in known)),
            responses={**domain.responses, **said},
        )


def _contradiction(asked: WantsAction, name: str) -> str | None:
    """What to say of an answer that was taught otherwise."""
    if not asked.ranking or asked.ranking[0][0] == name or asked.policy in (None, "learned"):
        return None
    return f"What was taught before says {asked.ranking[0][0]} here ({asked.policy})."


def _check_name(name: str) -> None:
    if not name.strip():
        raise InvalidDecision("A name is needed.")
