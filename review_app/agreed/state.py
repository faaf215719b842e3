"""What the list of agreed steps holds between two looks: which page is shown, what was confirmed last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from recorder.read_models.judgements import Due
from recorder.services import confirming
from recorder.services.adjudicating import Refused
from recorder.services.confirming import Agreed, Confirmed
from review_app import state
from review_app.disputes import state as dispute_state

_LATEST: Final = "agreed-latest"
_PAGES: Final = "agreed-pages"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the last press."""

    command: str
    confirmed: Confirmed
    not_undone: tuple[Refused, ...] = ()
    undone: bool = False


def number(least: int, batch: str) -> int:
    """Steps that so many people or more agree on, and nobody adjudicated."""
    by_votes = state.sessions().judgements.agreed_counts(dispute_state.sessions(batch))
    return sum(steps for votes, steps in by_votes.items() if votes >= least)


def page(least: int, batch: str) -> Agreed:
    """The one that is shown. Raises NotAllowed, UnknownBatch."""
    return confirming.agreed(
        state.sessions().judgements,
        state.desk(),
        state.person(),
        least,
        after=_after(least, batch),
        sessions=dispute_state.sessions(batch),
    )


def is_first(least: int, batch: str) -> bool:
    return _after(least, batch) is None


def next_page(least: int, batch: str, after: Due) -> None:
    state.remember(_PAGES, (least, batch, after))


def first_page() -> None:
    state.remember(_PAGES, None)


def latest() -> Answer | None:
    answer: Answer | None = state.recall(_LATEST)
    return answer


def confirm(least: int, batch: str, progress: Callable[[int], object]) -> None:
    """All of the list, as far as one command goes. Raises NotAllowed, UnknownBatch."""
    command = uuid4().hex
    done = confirming.confirm(
        state.sessions().judgements,
        state.desk(),
        state.person(),
        least,
        sessions=dispute_state.sessions(batch),
        command=command,
        progress=progress,
    )
    state.remember(_LATEST, Answer(command, done))
    first_page()


def take_back() -> None:
    """What was confirmed by the last press."""
    answer = latest()
    if answer is None or answer.undone:
        return
    left: Sequence[Refused] = confirming.take_back(
        state.desk(), state.person(), answer.confirmed.steps, answer.command
    )
    state.remember(_LATEST, Answer(answer.command, answer.confirmed, tuple(left), undone=True))


def _after(least: int, batch: str) -> Due | None:
    """Another list begins at its beginning."""
    held = state.recall(_PAGES)
    return held[2] if held and held[:2] == (least, batch) else None
