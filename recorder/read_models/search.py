"""Read model `search`: all that was said in a session, and its words, by which sessions are found.

One question, two indexes (migration 0005): SQLite's FTS5 over the words, told of what goes by triggers;
PostgreSQL's text search vectors in a GIN index. FTS5 keeps the words of rows that are gone until its
parts are merged: see `recorder.upkeep.clearing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, cast, column, func, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from recorder.read_models.model import History, Model, Rows, storable
from recorder.read_models.tables import SessionTextRow
from recorder.review.summary import spoken
from recorder.review.wording import Term, words

TEXTS: Final = SessionTextRow.metadata.tables["session_text"]

_BREAK: Final = " ¶ "
"""Between lines: no word of any text, so that no phrase goes on from one message to the next."""
_DOCUMENTS: Final = table("search_document", column("number"), column("generation"), column("session"))
_WORDS: Final = table("search_words", column("rowid"), column("search_words"))


def fold(history: History) -> Rows:
    text = storable(spoken(history.records))
    return {TEXTS.name: [{"text": text, "words": _line_by_line(f"{history.session}\n{text}")}]}


MODEL: Final = Model("search", 2, (TEXTS,), fold)


def _line_by_line(text: str) -> str:
    return _BREAK.join(filter(None, (" ".join(words(line)) for line in text.split("\n"))))


def holding(dialect: str, generation: int, asked: Sequence[Term]) -> Select[Any]:
    """The sessions, as the tables name them, that hold all of what was asked for; at least one term."""
    if dialect == "sqlite":
        found = select(_WORDS.c.rowid).where(_WORDS.c.search_words.match(_fts5(asked)))
        of_it = (_DOCUMENTS.c.generation == generation, _DOCUMENTS.c.number.in_(found))
        return select(_DOCUMENTS.c.session).where(*of_it)
    held = func.array_to_tsvector(func.string_to_array(TEXTS.c.words, " "))
    vector = held.op("@@")(cast(_tsquery(asked), TSQUERY))
    return select(TEXTS.c.session).where(TEXTS.c.generation == generation, vector, and_(*_phrases(asked)))


def _fts5(asked: Sequence[Term]) -> str:
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in asked)


def _tsquery(asked: Sequence[Term]) -> str:
    """All the words; that those of a phrase follow each other is looked at in the rows that have them."""
    return " & ".join(
        f"'{word}'{':*' if term.prefix and place == len(term.words) else ''}"
        for term in asked
        for place, word in enumerate(term.words, 1)
    )


def _phrases(asked: Sequence[Term]) -> Iterator[ColumnElement[bool]]:
    spaced = literal(" ").concat(TEXTS.c.words).concat(" ")
    yield literal(True)
    for term in asked:
        if len(term.words) > 1:  # which are letters, digits and signs: nothing that LIKE knows
            yield spaced.like(f"% {' '.join(term.words)}{'%' if term.prefix else ' %'}")
