"""What users said in all sessions as a list, the least sure first, along an index and never counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Engine, Select, exists, select, true, tuple_

from recorder.events.event import stream_parts
from recorder.read_models.messages import ANSWERS, MESSAGES
from recorder.read_models.model import Model, key_of, storable
from recorder.read_models.reading import served
from recorder.read_models.registry import MODELS

Place = tuple[float, str, int]
"""Of a message in the order of the list: doubt, session as the tables name it, number."""


@dataclass(frozen=True, slots=True)
class Message:
    session: str
    number: int
    """Place among the messages of its session, from 0."""
    step: str
    text: str
    """Its beginning, if it is long."""
    alike: str
    """The same for messages of the same words."""
    intent: str | None
    confidence: float | None
    ranked: tuple[tuple[str, float], ...]
    """The intents that the model held most likely, the likeliest first."""
    doubt: float

    @property
    def place(self) -> Place:
        return self.doubt, key_of(self.session), self.number


class MessageList:
    """Answers from the tables as they are: let `ReadModels` catch up first."""

    def __init__(
        self, engine: Engine, name: str = "the database", models: Mapping[str, Model] = MODELS
    ) -> None:
        self._engine = engine
        self._name = name
        self._models = models

    def page(
        self, annotator: str, *, intents: Sequence[str] = (), after: Place | None = None, size: int = 50
    ) -> list[Message]:
        """The next messages that the annotator has not answered for.

        Args:
            intents: only what was taken for one of these; none: all.
            after: the place of the last one that was seen; None: from the beginning.
        """
        # Each intent along the index: of several at once, all would have to be sorted.
        ways = [_M.intent == intent for intent in dict.fromkeys(intents)]
        return self._read(annotator, ways or [true()], after, size)

    def alike(self, message: Message, annotator: str, size: int) -> list[Message]:
        """Others of the same words, in the order of the list."""
        found = self._read(annotator, [_M.alike == message.alike], None, size + 1)
        return [each for each in found if each.place != message.place][:size]

    def _read(
        self, annotator: str, ways: Sequence[ColumnElement[bool]], after: Place | None, size: int
    ) -> list[Message]:
        """The next ones to which any of these conditions applies; no two apply to one message."""
        with served(self._engine, self._name, self._models) as (connection, generation):
            query = _open(generation["messages"], annotator).limit(size)
            if after is not None:
                query = query.where(tuple_(*after) < _ORDER)
            rows = [row for way in ways for row in connection.execute(query.where(way))]
        return sorted((_message(dict(row._mapping)) for row in rows), key=attrgetter("place"))[:size]


_M, _A = MESSAGES.c, ANSWERS.c
_ORDER: Final = tuple_(_M.by_doubt, _M.session, _M.number)
_SHOWN: Final = [column for column in _M if column.name not in ("generation",)]


def _open(generation: int, annotator: str) -> Select[Any]:
    answered = exists().where(
        _A.generation == generation,
        _A.annotator == storable(annotator),
        _A.session == _M.session,
        _A.number == _M.number,
    )
    query = select(*_SHOWN).where(_M.generation == generation, ~answered)
    return query.order_by(_M.by_doubt, _M.session, _M.number)


def _message(values: dict[str, Any]) -> Message:
    session, doubt, ranked = (values.pop(name) for name in ("session", "by_doubt", "ranked"))
    return Message(
        session=stream_parts(session)[0],
        ranked=tuple((name, score) for name, score in orjson.loads(ranked)),
        doubt=doubt,
        **values,
    )
