"""Interactive learning: a session in which the trainer says what the bot does next.

It is an ordinary session of the log, and every answer is an ordinary decision of the trainer's review of
it: both are in the log, in one transaction, when a command returns. What was taken back counts no more in
either; whatever shows or exports sessions needs to know nothing of lessons.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_RESTART
from recorder.errors import ActionFailed, ActionRejected, InvalidDecision, UnknownStep
from recorder.events.event import Event, JsonObject
from recorder.events.prediction import ActionRanked
from recorder.events.review import (
    ActionCorrected,
    ActionInserted,
    Decision,
    ResponseWritten,
    RestConfirmed,
    StepConfirmed,
    StepSkipped,
)
from recorder.events.session import ActionExecuted, ActionExecutionRejected, LoopInterrupted
from recorder.review.rereading import reread
from recorder.talking import acting
from recorder.teaching import asking, forking
from recorder.teaching.asking import WantsAction, WantsBranch, WantsMessage, WantsUnderstanding
from recorder.teaching.course import Course
from recorder.teaching.page import SOURCE
from recorder.teaching.performing import Act
from recorder.teaching.taught import Taught, compile_taught, submit
from recorder.teaching.vocabulary import check_name
from recorder.teaching.writing import Writing

CONFIRMED: Final = StepConfirmed("", 0)


class Lesson(Course):
    """One run of interactive learning: a session, and what is forked from it.

    Every command is in the log when it returns. It raises ReviewError where it makes no sense now,
    ActionFailed and ActionRejected where an action could not be done, LogError where the log refused;
    after any of them the lesson goes on.
    """

    def hear(self, text: str) -> None:
        """The user says something."""
        if not isinstance(self.ask(), WantsMessage):
            raise InvalidDecision("It is the bot's turn: say first what it does.")
        self._hear(self._page.writing(), text)

    def rewrite(self, text: str) -> None:
        """The user says something else than the latest message, which goes with all that followed it."""
        if isinstance(self.ask(), WantsBranch):
            raise InvalidDecision("This goes on in a fork.")
        self._pass_the_recorded()
        writing = self._page.writing()
        writing.back(self._page.latest_message())
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
        check_name(name)
        if name == asked.proposed and response_text is None:
            self.confirm()
        else:
            self._correct(asked, name, response_text)

    def insert(self, name: str, response_text: str | None = None) -> None:
        """The bot does `name` first; what was proposed is asked about again. See `correct_action`."""
        asked = self._asked_action()
        check_name(name)
        words = () if response_text is None else (ResponseWritten("", 0, name, response_text),)
        self._vocabulary.take(
            actions=() if words else (name,), responses={word.name: word.text for word in words}
        )
        if asked.recorded:
            self._decide(asked.recorded, ActionInserted("", 0, name), *words)
        else:
            self._do(Act(ActionExecuted(name), (), (CONFIRMED, *words)))
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
        self._run(self._held, *([] if yes else [LoopInterrupted(True)]))

    def correct_message(self, intent: str, entities: Iterable[JsonObject]) -> None:
        """The latest message meant this. It fills its slots anew, and the action is asked about again.

        Args:
            entities: all that it holds, each with `entity value start end` and, where they apply, `role`
                and `group`; those that the model found as well keep what it said of them.
        """
        asked = self.ask()
        if not isinstance(asked, WantsAction | WantsUnderstanding) or asked.message is None:
            raise InvalidDecision("The bot has answered this message: undo that first.")
        check_name(intent)
        ranked = asked.understanding or asking.known_of(asked.message)
        message, decisions = reread(asked.message, ranked, intent, entities)
        if message == asked.message:
            return
        self._vocabulary.take(intents=(intent,))
        page = self._page
        if question := page.backlog.open:
            self._decide(question.steps[0], *(decisions or [CONFIRMED]))
        else:
            self._write(self._stage.hear_again(page, page.latest_message(), message, decisions))

    def restart(self) -> None:
        """The episode ends, and stays; the next message begins another one. No undo goes behind it."""
        live = self._fresh().notebook.live
        self._pass_the_recorded()
        # With a message that nobody answered, nobody said whether it was understood either.
        said = CONFIRMED if asking.unanswered(live) is None else StepSkipped("", 0)
        self._run(Act(ActionExecuted(ACTION_RESTART), (), (said,)))

    def accept_rest(self) -> None:
        """All that was recorded and is not answered yet is right."""
        rest = [question.id for question in self._fresh().backlog.rest()]
        if not rest:
            raise InvalidDecision("Nothing that was recorded is open.")
        self._decide(rest[0], RestConfirmed("", 0, tuple(rest)))

    def fork(self, number: int) -> None:
        """Go on in a new session, from before the message with this number. The present one stays."""
        step = next((heard.step for heard in self._fresh().messages if heard.number == number), None)
        if step is None:
            raise UnknownStep(str(number))
        self._fork(step)

    def fork_before(self, step: str) -> None:
        """Go on in a new session, from before a step of a recorded one, which is no part of this run."""
        origin = self._fresh().session
        self._fork(step)
        self.sessions.remove(origin)

    def branch(self) -> None:
        """Go on in a new session from where the recorded one should have gone otherwise."""
        asked = self.ask()
        if not isinstance(asked, WantsBranch):
            raise InvalidDecision("Nothing was recorded that should have gone otherwise.")
        marks = self._page.notebook.marks
        answer, texts = marks.answer(asked.recorded), marks.responses()
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
        else:
            self._reached(self._done.undo())

    def redo(self) -> None:
        """Bring back what the latest undo took; an action is not run again, what it brought about is kept."""
        self._fresh()
        self._reached(self._done.redo())

    def export(self) -> Taught:
        """What this run has taught so far, compiled; its reviews are submitted until the next answer."""
        self._fresh()
        submit(self.log, self.sessions, self.annotator)
        self._page.notebook.catch_up()
        return compile_taught(self.log, self.sessions, self._vocabulary.base)

    def _asked_action(self) -> WantsAction:
        asked = self.ask()
        if not isinstance(asked, WantsAction):
            raise InvalidDecision("No action is asked about now.")
        return asked

    def _pass_the_recorded(self) -> None:
        if self._page.backlog.open is not None:
            raise InvalidDecision("What was recorded is asked about first.")

    def _invent(self, name: str, text: str | None) -> None:
        """Take an action, or a response with its text, into the domain of this run."""
        if text is None:
            self._vocabulary.take(actions=(name,))
        else:
            self._vocabulary.take(responses={name: text})

    def _correct(self, asked: WantsAction, name: str, text: str | None) -> None:
        decisions: list[Decision] = [ActionCorrected("", 0, name), *_words(name, text)]
        self._invent(name, text)
        if asked.recorded:
            self._decide(asked.recorded, *decisions)
        else:
            self._do(self._act(asked, ActionExecuted(name), *decisions))
            self.warning = _contradiction(asked, name)

    def _act(self, asked: WantsAction, executed: ActionExecuted, *decisions: Decision) -> Act:
        ranked = ActionRanked("", self.model.id, asked.ranking, asked.policy)
        return Act(executed, (ranked,) if asked.ranking else (), decisions)

    def _do(self, act: Act) -> None:
        """Do it, unless a form goes on that was left: then it is asked first whether it should validate."""
        form, state = self.state.active_loop, self.state
        if form == act.name and state.loop_rejected and state.latest_action == ACTION_LISTEN:
            self._held = act
        elif form is not None and act.name not in (form, ACTION_LISTEN) and not state.loop_rejected:
            self._run(act, ActionExecutionRejected(form))
        else:
            self._run(act)

    def _run(self, act: Act, *before: Event) -> None:
        writing = self._page.writing()
        writing.add(*before)
        try:
            self._stage.perform(act, writing)
        except ActionRejected:
            self._write(writing)
            raise
        except ActionFailed as error:
            self._note(acting.failed(error))
            raise
        self._write(writing)

    def _hear(self, writing: Writing, text: str) -> None:
        warning = self._stage.hear(text, self.model, writing)
        self._write(writing)
        self.warning = warning

    def _decide(self, step: str, *decisions: Decision) -> None:
        """Of a step that was recorded before the lesson."""
        self._done.add(self._page.decide(step, *decisions))
        self._settle()

    def _fork(self, step: str) -> None:
        steps = self._page.steps()
        if not any(each.id == step for each in steps):
            raise UnknownStep(step)
        self._take(forking.fork(self._page.notebook, steps, step, SOURCE))


def _words(name: str, text: str | None) -> tuple[ResponseWritten, ...]:
    return () if text is None else (ResponseWritten("", 0, name, text),)


def _contradiction(asked: WantsAction, name: str) -> str | None:
    """What to say of an answer that was taught otherwise."""
    if not asked.ranking or asked.ranking[0][0] == name or asked.policy in (None, "learned"):
        return None
    return f"What was taught before says {asked.ranking[0][0]} here ({asked.policy})."
