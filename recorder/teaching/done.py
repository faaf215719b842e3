"""What a lesson's commands have made, so that they can be undone, and done again."""

from __future__ import annotations

from recorder.dialogue.live import Change
from recorder.errors import InvalidDecision
from recorder.events.review import DecisionRedone, DecisionUndone
from recorder.review.marks import Said
from recorder.teaching import undoing
from recorder.teaching.page import Page
from recorder.teaching.performing import Stage
from recorder.teaching.writing import Writing


class Done:
    """The commands of this run on one page, and what the same trainer did there before."""

    def __init__(self, page: Page, stage: Stage) -> None:
        self._page, self._stage = page, stage
        self._past: list[Change | int] = []
        """What each command made: of the episode, or how many decisions on what was recorded before."""
        self._future: list[Change | tuple[str, ...]] = []
        """What each undo made: of the episode, or which decisions it took back, oldest first."""

    @property
    def can_undo(self) -> bool:
        return bool(self._past) or self._page.unit is not None or bool(self._decisions(1))

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def add(self, made: Change | int) -> None:
        """One more command; what was undone before it cannot be done again."""
        self._future.clear()
        self._past.append(_without_opening(made) if isinstance(made, Change) else made)

    def undo(self) -> Change | None:
        """Take back what came last; what became of the episode. Raises InvalidDecision, LogError."""
        latest = self._past[-1] if self._past else None
        if isinstance(latest, Change):
            made: Change | tuple[str, ...] = self._reach(latest)
        elif latest is None and self._page.unit is not None:
            made = self._page.write(self._stage.back_by_one(self._page))
        else:
            made = self._take_back(1 if latest is None else latest)
        del self._past[-1:]
        self._future.append(made)
        return made if isinstance(made, Change) else None

    def redo(self) -> Change | None:
        """Bring back what the latest undo took. Raises InvalidDecision, LogError."""
        if not self._future:
            raise InvalidDecision("There is nothing to redo.")
        latest = self._future[-1]
        if isinstance(latest, Change):
            made: Change | int = self._reach(latest)
        else:
            self._page.say([Said(DecisionRedone(decision)) for decision in latest])
            made = len(latest)
        self._future.pop()
        self._past.append(made)
        return made if isinstance(made, Change) else None

    def _reach(self, change: Change) -> Change:
        """Make the episode what it was before the change."""
        writing: Writing = self._page.writing()
        writing.reach(change)
        return self._page.write(writing)

    def _take_back(self, count: int) -> tuple[str, ...]:
        decisions = self._decisions(count)
        if not decisions:
            raise InvalidDecision("There is nothing to undo.")
        self._page.say([Said(DecisionUndone(decision)) for decision in reversed(decisions)])
        return decisions

    def _decisions(self, count: int) -> tuple[str, ...]:
        """The latest on what was recorded before the lesson, oldest first.

        Those of an earlier run, too, unless what they are about was copied, or a restart is behind it.
        """
        page = self._page
        if not self._past and (page.notebook.copied[0] or page.floor == 0):
            return ()
        return undoing.latest_decisions(page.notebook.marks, page.others, count)


def _without_opening(change: Change) -> Change:
    """What opens an episode before its first message stays when that is undone."""
    if change.before:
        return change
    opening = next((i for i, each in enumerate(change.after) if each.is_message), 0)
    return Change(change.at + opening, (), change.after[opening:])
