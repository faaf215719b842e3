"""Read model `messages`: what users said in all sessions, and who has answered for it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import orjson

from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.events.session import UserUttered
from recorder.read_models.model import History, Model, Rows, storable
from recorder.read_models.tables import MessageAnswerRow, MessageRow
from recorder.review.questions import spell_out
from recorder.review.reviews import NO_ANSWER, answers
from recorder.review.wording import words

MESSAGES: Final = MessageRow.metadata.tables["message_list"]
ANSWERS: Final = MessageAnswerRow.metadata.tables["message_answer"]

LENGTH: Final = 1_000
"""Characters of a message that are shown and compared."""
_RANKED: Final = 9
"""Intents that the model held most likely, as many as there are keys."""
_SUREST: Final = 2.0
"""Stands for an unknown confidence, which comes after all known ones."""


def fold(history: History) -> Rows:
    said = [
        judged.step
        for judged in history.steps
        if judged.step.kind == UNDERSTANDING and _text(judged.step).strip()
    ]
    return {
        MESSAGES.name: [_message(number, step) for number, step in enumerate(said)],
        ANSWERS.name: list(_answers(history, said)),
    }


MODEL: Final = Model("messages", 1, (MESSAGES, ANSWERS), fold)


def _message(number: int, step: Step) -> dict[str, Any]:
    text = storable(_text(step)[:LENGTH])
    ranking = step.predictions[0].ranking if step.predictions else ()
    best = sorted(ranking, key=lambda each: -each[1])[:_RANKED]
    return {
        "number": number,
        "step": storable(step.id),
        "text": text,
        "alike": alike(text),
        "intent": None if step.chosen is None else storable(step.chosen),
        "confidence": step.confidence,
        "ranked": orjson.dumps([[storable(name), score] for name, score in best]).decode(),
        "by_doubt": _SUREST if step.confidence is None else step.confidence,
    }


def _answers(history: History, said: list[Step]) -> Iterator[dict[str, Any]]:
    for annotator, review in history.reviews.items():
        given = spell_out(history.questions, answers(review.decisions()))
        for number, step in enumerate(said):
            if given.get(step.id, NO_ANSWER).given or review.submitted:
                yield {"annotator": storable(annotator), "number": number}


def alike(text: str) -> str:
    """The same for messages of the same words, in hexadecimal; those without any are alike if equal."""
    compared = " ".join(words(text)) or text
    return blake2b(compared.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _text(step: Step) -> str:
    event = step.recorded.event
    return (event.text or "") if isinstance(event, UserUttered) else ""
