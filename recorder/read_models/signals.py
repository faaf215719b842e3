"""Read model `signals`: what makes a session worth a look, for samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.dialogue.steps import ACTION
from recorder.read_models.model import History, JudgedStep, Model, Rows, storable
from recorder.read_models.tables import SessionPathRow, SessionSignalRow
from recorder.review.sampling import is_not_understood, is_unsure, paths
from recorder.review.votes import label

SIGNALS: Final = SessionSignalRow.metadata.tables["session_signal"]
PATHS: Final = SessionPathRow.metadata.tables["session_path"]


def fold(history: History) -> Rows:
    steps = [judged.step for judged in history.steps]
    counts: list[str] = [judged.verdict.status for judged in history.steps]
    actions = [
        step.chosen for step in steps if step.kind == ACTION and step.chosen not in (None, ACTION_LISTEN)
    ]
    signal = {
        "began": history.records[0].position,
        "unsure": sum(map(is_unsure, steps)),
        "not_understood": sum(map(is_not_understood, steps)),
        "disputed": counts.count("disputed"),
        "adjudicated": counts.count("adjudicated"),
        "ending": storable(actions[-1] or "") if actions else "",
        "is_right": int(bool(steps) and all(map(_is_right, history.steps))),
    }
    return {SIGNALS.name: [signal], PATHS.name: list(_paths(history.steps))}


MODEL: Final = Model("signals", 1, (SIGNALS, PATHS), fold)


def _paths(steps: list[JudgedStep]) -> Iterator[dict[str, Any]]:
    """Where each episode ended, and how far it is known to be right."""
    found = paths(judged.step for judged in steps)
    ends = {judged.step.episode: path for judged, path in zip(steps, found, strict=True)}
    for path in sorted(set(ends.values())):
        yield {"kind": "end", "path": path}
    known: set[str] = set()
    wrong: set[int] = set()
    """Episodes that were not right from some step on."""
    for judged, path in zip(steps, found, strict=True):
        if not _is_right(judged):
            wrong.add(judged.step.episode)
        elif judged.step.episode not in wrong:
            known.add(path)
    for path in sorted(known):
        yield {"kind": "known", "path": path}


def _is_right(judged: JudgedStep) -> bool:
    """Whether the reviews say that it is right as it was recorded."""
    settled = judged.verdict.status in ("agreed", "majority", "adjudicated")
    return settled and label(judged.step, judged.verdict.answer) == (judged.step.chosen or "")
