"""Read model `steps`: each step of a session with its verdict, and the votes that agreement is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.events.event import JsonObject
from recorder.read_models.model import History, JudgedStep, Model, Rows, storable
from recorder.read_models.tables import StepRow
from recorder.review.corrections import corrected_message
from recorder.review.reviews import NO_ANSWER, Answer
from recorder.review.votes import label

STEPS: Final = StepRow.metadata.tables["step_list"]


def fold(history: History) -> Rows:
    return {STEPS.name: [_row(judged, history.submitted) for judged in history.steps]}


MODEL: Final = Model("steps", 3, (STEPS,), fold)


def _row(judged: JudgedStep, reviews: Mapping[str, Mapping[str, Answer]]) -> dict[str, Any]:
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
        # Votes that name nothing, as where to cut, may be disputed all the same.
        "share": 0.0 if votes.share is None and judged.verdict.task else votes.share,
        "pairs": votes.pairs,
        "agreeing": votes.agreeing,
        "labels": orjson.dumps(votes.labels).decode(),
        "task": judged.task,
        "given": orjson.dumps(_given(step, reviews)).decode() if votes.count else None,
    }


def _given(step: Step, reviews: Mapping[str, Mapping[str, Answer]]) -> dict[str, JsonObject]:
    """Annotator -> label, and entities of a message in which anybody marked some."""
    told: dict[str, JsonObject] = {}
    for name, review in reviews.items():
        answer = review.get(step.id, NO_ANSWER)
        if (said := label(step, answer)) is not None:
            told[name] = {"label": said, "entities": _entities(step, answer)}
    if any(each["entities"] for each in told.values()):
        return told
    return {name: {"label": each["label"]} for name, each in told.items()}


def _entities(step: Step, answer: Answer) -> list[list[Any]]:
    """Where they are and what they are, of those that have a place."""
    if step.kind != UNDERSTANDING or answer.unsure:
        return []
    return [
        [entity["start"], entity["end"], *(str(entity.get(key) or "") for key in ("entity", "role", "group"))]
        for entity in corrected_message(step, answer).entities
        if isinstance(entity.get("start"), int) and isinstance(entity.get("end"), int)
    ]


def _score(ranked: tuple[str, float]) -> float:
    return ranked[1]


def _name(name: str | None) -> str | None:
    return None if name is None else storable(name)
