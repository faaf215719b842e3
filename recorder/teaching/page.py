"""One session of a lesson: what counts of it, what is open in it, and what is written to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from recorder.dialogue.live import Change, Entry
from recorder.dialogue.steps import UNDERSTANDING, Step, cut
from recorder.dialogue.tracker import Tracker, evolve
from recorder.errors import InvalidDecision
from recorder.events.event import Event, Recorded, changed
from recorder.events.review import Decision
from recorder.events.session import Restarted, SessionRecorded, SessionStarted, UserUttered
from recorder.review.backlog import Backlog
from recorder.review.marks import Said
from recorder.review.questions import ask
from recorder.talking.conversation import Mind
from recorder.teaching import asking, undoing
from recorder.teaching.asking import Ask, WantsBranch
from recorder.teaching.notebook import Notebook
from recorder.teaching.writing import Fallen, Writing

SOURCE: Final = "interactive"


class Heard(NamedTuple):
    """A message of the user's that a fork may begin before."""

    number: int
    """From 1, through the whole session."""
    step: str
    text: str
    episode: int


class Page:
    """A notebook, and how far its annotator is with it."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.is_spoiled = False
        """A write failed: what stands here may not be what the log has, so it must be opened anew."""
        self.floor = undoing.floor(notebook)
        """How many entries of the present episode no undo may take back."""
        self._fallen: Fallen = {}
        self._look_at(notebook.records)

    # ---- what there is

    @property
    def session(self) -> str:
        return self.notebook.session

    @property
    def state(self) -> Tracker:
        """What the assistant knows at the point that is asked about."""
        question = self.backlog.open
        if question is None:
            return self.notebook.tracker
        if question.action is not None:
            return question.action.before
        assert question.understanding is not None  # a question asks about something
        return evolve(question.understanding.before, question.understanding.recorded.event)

    @property
    def history(self) -> Sequence[Entry]:
        """What counts of the episode up to the point that is asked about. Not to be changed."""
        question = self.backlog.open
        return self.notebook.live.entries if question is None else self.backlog.history(question)

    @property
    def messages(self) -> list[Heard]:
        """All messages that count, of all episodes."""
        present = [entry for entry in self.notebook.live.entries if entry.is_message]
        heard = [(entry.record.id, _text(entry.event), self._episode) for entry in present]
        return [Heard(number, *each) for number, each in enumerate([*self._earlier, *heard], start=1)]

    @property
    def unit(self) -> int | None:
        """Where the latest message or action begins that may be taken back; None: there is none."""
        return None if self.backlog.open else undoing.latest_unit(self.notebook.live, self.floor)

    def steps(self) -> list[Step]:
        """All of the session."""
        return cut(self.notebook.log.read(self.notebook.stream), self.notebook.domain)

    def latest_message(self) -> int:
        """Its place among the entries of the episode. Raises InvalidDecision where there is none."""
        entries = self.notebook.live.entries
        for at in range(len(entries) - 1, -1, -1):
            if entries[at].is_message:
                return at
        raise InvalidDecision("The user has said nothing yet.")

    def next(self, model: Mind, wanted: str | None) -> Ask:
        """What comes next; `wanted`: the action that is proposed, whatever the model puts first."""
        live, marks = self.notebook.live, self.notebook.marks
        if question := self.backlog.open:
            return asking.recorded(question, live, marks)
        turned = self.backlog.turned
        if turned is not None and any(entry.record.id == turned.id for entry in live.entries):
            return WantsBranch(turned.id, self.backlog.answer(turned).action)
        if asking.is_users_turn(live, self.state):
            return asking.buttons(live)
        return asking.proposal(live, self.state, model, wanted)

    # ---- what is written to it

    def writing(self) -> Writing:
        """Begin to write; the first thing of a session is where it comes from."""
        writing = Writing(self.notebook, self._fallen)
        if self.notebook.present.version == 0:
            writing.add(SessionRecorded(SOURCE))
        return writing

    def write(self, writing: Writing) -> Change:
        """Put it into the log; what it made of the episode. Raises LogError: the page is spoiled then."""
        self.is_spoiled = True
        change = writing.commit()
        if any(isinstance(new.event, Restarted | SessionStarted) for new in writing.events):
            self._recall(self.steps())
        if change.at < self.floor:  # what others recorded was said again, with what came after it
            self._look_at(self.notebook.log.read(self.notebook.stream))
        if writing.restarts:
            self.floor = 0
        self.is_spoiled = False
        return change

    def decide(self, step: str, *decisions: Decision) -> int:
        """Write decisions on what was recorded before; how many they are. Raises LogError, as `write`."""
        question = self.backlog.open
        assert question is not None  # nothing recorded is asked about otherwise
        self.say([Said(changed(decision, step=step), question.steps) for decision in decisions])
        return len(decisions)

    def say(self, sayings: Sequence[Said]) -> None:
        """Write decisions, or what takes them back or brings them back. Raises LogError, as `write`."""
        self.is_spoiled = True
        self.notebook.write([], sayings)
        for step in self.notebook.marks.steps(saying.decision for saying in sayings):
            self.backlog.look_again(step)
        self.is_spoiled = False

    def _look_at(self, records: Sequence[Recorded]) -> None:
        """Take in what others recorded, or what is asked about as if they had."""
        notebook = self.notebook
        steps = cut(records, notebook.domain)
        self.backlog = Backlog(ask(steps), notebook.marks)
        self.others = {step.id for step in steps if not undoing.is_own(notebook, step.recorded)}
        """Ids of what was recorded before the trainer went on with it."""
        self.others |= {entry.record.id for entry in notebook.live.entries[: self.floor]}
        self.others |= {step for question in self.backlog.rest() for step in question.steps}
        self._recall(steps)

    def _recall(self, steps: Sequence[Step]) -> None:
        """Take in the messages of earlier episodes; of the present one they are in the notebook."""
        present = {entry.record.id for entry in self.notebook.live.entries}
        left = [step for step in steps if step.id not in present]
        self._earlier = [
            (step.id, _text(step.recorded.event), step.episode) for step in left if step.kind == UNDERSTANDING
        ]
        self._episode = left[-1].episode + 1 if left else 0


def _text(message: Event) -> str:
    return message.text or "" if isinstance(message, UserUttered) else ""
