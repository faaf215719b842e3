"""What several people agreed on, in words. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from recorder.dialogue.steps import UNDERSTANDING
from recorder.read_models.judgements import Due
from recorder.services.adjudicating import Refused
from recorder.services.confirming import MOST, Confirmed
from review_app.views import count, plain

_TOLD = 5
"""Refusals that are named."""


def row(due: Due) -> dict[str, Any]:
    """A row of the list; `Step` is the address of its replay."""
    said = due.label if due.label is not None else "other details"
    return {
        "All say": said if due.label == due.chosen else f"{said}, not {due.chosen}",
        "Of": "intent" if due.kind == UNDERSTANDING else "action",
        "People": due.votes,
        "Step": f"replay?{urlencode({'session': due.session, 'step': due.step})}",
        "Session": f"{due.session}, step {due.question + 1}",
    }


def heading(number: int, least: int) -> str:
    """What the list below is, in Markdown."""
    return f"**{count(number, 'step')}** on which {least} people or more say the same, and nobody else"


def button(number: int) -> str:
    """
    >>> button(12), button(1), button(2500)
    ('Confirm all 12', 'Confirm it', 'Confirm the first 1,000')
    """
    if number > MOST:
        return f"Confirm the first {MOST:,}"
    return f"Confirm all {number:,}" if number != 1 else "Confirm it"


def confirmed(done: Confirmed, *, undone: bool) -> str:
    """What became of the last press, in Markdown."""
    return f"{count(len(done.steps), 'step')} {'open again' if undone else 'confirmed'}."


def refusals(refused: tuple[Refused, ...]) -> Iterator[str]:
    """In Markdown; the first ones, and how many more."""
    for each in refused[:_TOLD]:
        yield f"{plain(each.session)}: {plain(each.reason)}"
    if len(refused) > _TOLD:
        yield f"And {count(len(refused) - _TOLD, 'other step')}."
