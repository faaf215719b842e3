"""Read model `search`: all that was said in a session, and its words, by which sessions are found.

One question, two indexes (migration 0005): SQLite's FTS5 over the words, told of what goes by triggers;
PostgreSQL's text search vectors in a GIN index. FTS5 keeps the words of rows that are gone until its
parts are merged: see `recorder.upkeep.clearing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    table,
    text,
)
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
    said = storable(spoken(history.records))
    return {TEXTS.name: [{"text": said, "words": _line_by_line(f"{history.session}\n{said}")}]}


MODEL: Final = Model("search", 2, (TEXTS,), fold)


def _line_by_line(said: str) -> str:
    return _BREAK.join(filter(None, (" ".join(words(line)) for line in said.split("\n"))))


def holding(dialect: str, generation: int, asked: Sequence[Term]) -> Select[Any]:
    """The sessions, as the tables name them, that hold all of what was asked for, each once.

    Args:
        asked: at least one term.
    """
    if dialect == "sqlite":
        of_it = _DOCUMENTS.c.generation + 0 == generation  # found by number: nothing else is indexed there
        matching = _WORDS.c.search_words.match(_fts5(asked))
        return select(_DOCUMENTS.c.session).where(matching, _DOCUMENTS.c.number == _WORDS.c.rowid, of_it)
    return select(TEXTS.c.session).where(TEXTS.c.generation == generation, *_holds(asked))


def holds(
    dialect: str, generation: int, asked: Sequence[Term], session: ColumnElement[str]
) -> ColumnElement[bool]:
    """Whether a session is one of them; for a list that is walked until enough are found."""
    if dialect == "sqlite":
        its = (_DOCUMENTS.c.generation == generation, _DOCUMENTS.c.session == session)
        found = select(_WORDS.c.rowid).where(_WORDS.c.search_words.match(_fts5(asked)))
        return exists().where(*its, _DOCUMENTS.c.number.in_(found))
    its = (TEXTS.c.generation == generation, TEXTS.c.session == session)
    # The offset keeps it from being looked up the other way round, whatever a phrase is taken for.
    return select(TEXTS.c.session).where(*its, *_holds(asked)).offset(0).exists()


WALK: Final = {"sqlite": 1, "postgresql": 12}
"""What it takes to see whether one session holds something, in hits that are looked up meanwhile."""


def trust_index(connection: Connection) -> None:
    """For this transaction: PostgreSQL takes vectors to cost nothing, and would make them all anew."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))


def _holds(asked: Sequence[Term]) -> Iterator[ColumnElement[bool]]:
    held = func.array_to_tsvector(func.string_to_array(TEXTS.c.words, " "))
    yield held.op("@@")(cast(_tsquery(asked), TSQUERY))
    yield from _phrases(asked)


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
    for term in asked:
        if len(term.words) > 1:  # which are letters, digits and signs: nothing that LIKE knows
            yield spaced.like(f"% {' '.join(term.words)}{'%' if term.prefix else ' %'}")
