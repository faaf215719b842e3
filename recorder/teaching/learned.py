"""What a lesson teaches the model while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from recorder.dialogue.domain import Domain
from recorder.dialogue.live import Change, Entry
from recorder.events.session import ActionExecuted
from recorder.learning.features import history
from recorder.learning.policy import WINDOW
from recorder.learning.policy import Lesson as Point
from recorder.talking.conversation import Mind
from recorder.teaching.notebook import Notebook

Learn = Callable[[Domain, Sequence[Point], Sequence[Point]], Mind]
"""Makes a model, given the domain, what was confirmed, and what was corrected."""


class _Decided(NamedTuple):
    """An action that the trainer decided."""

    place: int
    """Among the entries of the episode."""
    point: Point
    is_corrected: bool


class Learned:
    """All that the trainer decided in this run about what comes next, as it stands now."""

    def __init__(self, learn: Learn | None) -> None:
        self._learn = learn
        self._session: str | None = None
        self._left: list[_Decided] = []
        """Of sessions and episodes that were left."""
        self._present: list[_Decided] = []

    def begin(self, notebook: Notebook) -> None:
        """Another session, or the same one read again."""
        if self._learn is None:
            return
        if self._session not in (None, notebook.session):
            self.leave()
        self._session = notebook.session
        self._present = _decided(notebook, 0)

    def leave(self) -> None:
        """The episode is over; what was taught in it stays."""
        self._left += self._present
        self._present = []

    def after(self, change: Change, notebook: Notebook, domain: Domain) -> Mind | None:
        """The model after a change; None: it is as good as it was."""
        if self._learn is None:
            return None
        self._present = [each for each in self._present if each.place < change.at]
        self._present += _decided(notebook, change.at)
        if not any(_is_corrected(entry) for entry in (*change.before, *change.after)):
            return None
        decided = [*self._left, *self._present]
        confirmed = [each.point for each in decided if not each.is_corrected]
        return self._learn(domain, confirmed, [each.point for each in decided if each.is_corrected])


def _decided(notebook: Notebook, start: int) -> list[_Decided]:
    """The decided actions of the present episode from a place on."""
    return [*_backwards(notebook, start)][::-1]


def _backwards(notebook: Notebook, start: int) -> Iterator[_Decided]:
    entries = notebook.live.entries
    actions = (i for i in range(len(entries) - 1, start - 1, -1) if entries[i].is_action)
    states = (state for state in notebook.tracker.backwards() if isinstance(state.event, ActionExecuted))
    for place, state in zip(actions, states, strict=False):
        before, name = state.previous, state.latest_action
        if before is not None and name and notebook.marks.on(entries[place].record.id):
            point = Point(before, history(before, notebook.domain, WINDOW), name)
            yield _Decided(place, point, _is_corrected(entries[place]))


def _is_corrected(entry: Entry) -> bool:
    """Whether the trainer chose it: no policy did."""
    return isinstance(entry.event, ActionExecuted) and entry.event.policy is None
