"""Read model `search`: all that was said in a session, to be searched."""

from __future__ import annotations

from typing import Final

from recorder.read_models.model import History, Model, Rows, storable
from recorder.review.summary import spoken
from recorder.store.tables import SessionTextRow

TEXTS: Final = SessionTextRow.metadata.tables["session_text"]


def fold(history: History) -> Rows:
    return {TEXTS.name: [{"text": storable(f"{history.session}\n{spoken(history.records)}".casefold())}]}


MODEL: Final = Model("search", 1, (TEXTS,), fold)
