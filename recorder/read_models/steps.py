"""Read model `steps`: each step of a session with its verdict, and the votes that agreement is made of."""

from __future__ import annotations

from typing import Any, Final

import orjson

from recorder.read_models.model import History, JudgedStep, Model, Rows, storable
from recorder.review.votes import label
from recorder.store.tables import StepRow

STEPS: Final = StepRow.metadata.tables["step_list"]


def fold(history: History) -> Rows:
    return {STEPS.name: [_row(judged) for judged in history.steps]}


MODEL: Final = Model("steps", 1, (STEPS,), fold)


def _row(judged: JudgedStep) -> dict[str, Any]:
    step, votes = judged.step, judged.votes
    ranking = step.predictions[0].ranking if step.predictions else ()
    return {
        "number": step.index,
        "step": storable(step.id),
        "question": judged.question,
        "kind": step.kind,
        "predicted": _name(max(ranking, key=_score)[0] if ranking else None),
        "chosen": _name(step.chosen),
        "confidence": step.confidence,
        "status": judged.verdict.status,
        "label": _name(label(step, judged.verdict.answer)),
        "votes": votes.count,
        "share": votes.share,
        "pairs": votes.pairs,
        "agreeing": votes.agreeing,
        "labels": orjson.dumps(votes.labels).decode(),
    }


def _score(ranked: tuple[str, float]) -> float:
    return ranked[1]


def _name(name: str | None) -> str | None:
    return None if name is None else storable(name)
