"""One run of interactive learning: which session is open, what is asked of it, how it is written to."""

from __future__ import annotations

from collections.abc import Sequence

from recorder.actions.anywhere import Actions
from recorder.dialogue.domain import Domain
from recorder.dialogue.live import Change, Entry
from recorder.dialogue.slots import REQUESTED_SLOT
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event
from recorder.store.log import Clock, EventLog, utc_now
from recorder.talking.conversation import Ids, Mind, new_id
from recorder.teaching.asking import Ask, WantsValidation
from recorder.teaching.done import Done
from recorder.teaching.learned import Learn, Learned
from recorder.teaching.notebook import Notebook
from recorder.teaching.page import Heard, Page
from recorder.teaching.performing import Act, Stage
from recorder.teaching.vocabulary import Vocabulary
from recorder.teaching.writing import Writing


class Course:
    """What the commands of a lesson stand on. After any error it goes on with what the log has."""

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
        self.log, self.model, self.annotator = log, model, annotator
        self.sessions: list[str] = []
        """All of this run, the first one first."""
        self.warning: str | None = None
        """What the trainer should know of the latest command, if anything."""
        self._clock, self._ids = clock, ids
        self._vocabulary, self._learned = Vocabulary(model.domain), Learned(learn)
        self._stage = Stage(actions, self._vocabulary, clock)
        self._open(session)

    def _open(self, session: str) -> None:
        base = self._vocabulary.base
        self._take(Notebook(self.log, base, session, self.annotator, self._clock, self._ids))

    def _take(self, notebook: Notebook) -> None:
        """Go on with a session as it is in the log now."""
        self._page = Page(notebook)
        self._done = Done(self._page, self._stage)
        self._learned.begin(notebook)
        self._vocabulary.take(responses=notebook.marks.responses())
        if self.session not in self.sessions:
            self.sessions.append(self.session)
        self._settle()

    def _settle(self) -> None:
        """What was asked is answered."""
        self.warning = None
        self._asked: Ask | None = None
        self._held: Act | None = None
        """A form's run that waits for an answer about validation."""
        self._wanted: str | None = None
        """What was proposed before the trainer inserted another action."""

    # ---- what there is

    @property
    def session(self) -> str:
        """The present one."""
        return self._page.session

    @property
    def domain(self) -> Domain:
        """The model's, with what was invented in this run."""
        return self._vocabulary.domain

    @property
    def state(self) -> Tracker:
        """What the assistant knows at the point that is asked about."""
        return self._page.state

    @property
    def history(self) -> Sequence[Entry]:
        """What counts of the episode up to the point that is asked about. Not to be changed."""
        return self._page.history

    @property
    def messages(self) -> list[Heard]:
        """All messages that count, of all episodes."""
        return self._page.messages

    @property
    def can_undo(self) -> bool:
        return self._held is not None or self._done.can_undo

    @property
    def can_redo(self) -> bool:
        return self._done.can_redo

    def ask(self) -> Ask:
        """What comes next; writes nothing."""
        page = self._fresh()
        if self._held is not None:
            slot = page.state.slots.get(REQUESTED_SLOT)
            return WantsValidation(self._held.name, slot if isinstance(slot, str) else None)
        if self._asked is None:
            self._asked = page.next(self.model, self._wanted)
        return self._asked

    # ---- for the commands

    def _fresh(self) -> Page:
        """The page as the log has it."""
        if self._page.is_spoiled:
            self._open(self.session)
        return self._page

    def _write(self, writing: Writing) -> None:
        """Write a command, and learn from it."""
        change = self._page.write(writing)
        if writing.restarts:
            self._done = Done(self._page, self._stage)
            self._learned.leave()
            self._settle()
        else:
            self._done.add(change)
            self._reached(change)

    def _note(self, note: Event) -> None:
        """Write what answers nothing: the same is asked again."""
        writing = self._page.writing()
        writing.add(note)
        self._page.write(writing)

    def _reached(self, change: Change | None) -> None:
        """The episode is another one now; None: it is as it was."""
        self._settle()
        if change is not None:
            self.model = self._learned.after(change, self._page.notebook, self.domain) or self.model
