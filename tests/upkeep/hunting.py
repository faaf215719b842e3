"""Looks for words where they must not be, and at the chain that must still be whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from recorder.review.wording import words as words_of
from recorder.store.chain import FIRST, link_after, notated
from recorder.store.database import Row
from recorder.store.sql import SqlLog


def found(folder: Path, words: Iterable[str], pattern: str = "**/*") -> list[str]:
    """Files in or below the folder that hold any of the words, in any case and usual encoding."""
    needles = list(_needles(words))
    hits: dict[str, None] = {}
    for file in sorted(folder.glob(pattern)):
        if file.is_file() and not file.is_symlink():
            held = file.read_bytes().lower()
            hits |= {
                f"{file.relative_to(folder)}: {word}": None for word, needle in needles if needle in held
            }
    return list(hits)


def _needles(words: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for word in words:
        encoded = {
            form.encode(encoding).lower()
            for form in (word, word.lower(), word.casefold(), *words_of(word))
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        }
        yield from ((word, needle) for needle in encoded)


def assert_chain(log: SqlLog) -> None:
    """Every row is bound to the one before it, to the end of the log."""
    rows = log.database.read([(log.sql.all, {"after": 0, "limit": 1_000_000})])[0]
    digests = {row[0]: bytes(row[2]) for row in _streams(log, {row[1] for row in rows})}
    link = FIRST
    for *columns, payload, stored in rows:
        occurred_at, recorded_at = (notated(log.database.time(time)) for time in columns[6:8])
        digest = digests[columns[1]] if columns[2] == 0 else None
        said = (*columns[:6], occurred_at, recorded_at, columns[8])
        link = link_after(link, said, bytes(payload), digest)
        assert link == bytes(stored), f"event {columns[0]}"
    ((_, position, head),) = log.database.read([(log.sql.head, {})])[0]
    assert (position, bytes(head)) == (len(rows), link)


def _streams(log: SqlLog, numbers: set[int]) -> list[Row]:
    return log.database.read([log.sql.many(log.sql.numbered, list(numbers))])[0]
