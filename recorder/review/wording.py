"""Words of a text, as they are searched, and what somebody asks for: words, beginnings*, "phrases".

A word is what letters, digits and their marks make up, without case, accents and underscores; in scripts
that put no spaces between words each character is one, so that any part of a sentence is a phrase.
Pictures and other signs beyond ASCII are words too: 😀, €.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

LENGTH: Final = 60
"""Characters of a word that count."""
QUERY_LENGTH: Final = 200
"""Characters of a query that count."""
EXCERPT: Final = 160
"""Characters of an excerpt, about."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9]+")
_WORD: Final = re.compile(r"L[LM]*|AM*|SM*")
"""In the kinds of a text's characters."""
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_SPACELESS: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Kana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_SHORTEST: Final = 2
"""Characters of a word that somebody may still be typing."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands."""

    start: int
    end: int
    text: str
    """As it is compared."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other; with `prefix`, the last one may go on. Never empty."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an excerpt: text, whatever it looks like."""

    text: str
    hit: bool


def words(text: str) -> list[str]:
    """The words of a text, in order.

    >>> words("Der Fuß_weg, café: 100% 😀")
    ['der', 'fuss', 'weg', 'cafe', '100', '😀']
    """
    if text.isascii():
        return [found[:LENGTH] for found in _PLAIN.findall(text.lower())]
    return [word.text for word in placed(text)]


def placed(text: str) -> Iterator[Word]:
    """The words of a text with their places in it."""
    if text.isascii():
        for found in _PLAIN.finditer(text):
            yield Word(found.start(), found.end(), found[0].lower()[:LENGTH])
        return
    for found in _WORD.finditer("".join(map(_kind, text))):
        if compared := _compared(text[found.start() : found.end()]):
            yield Word(found.start(), found.end(), compared[:LENGTH])


def terms(query: str) -> tuple[Term, ...]:
    """What a query asks for; all of it must occur. No query is wrong: what holds no word asks for nothing.

    The last word may be one that is still being typed: it is taken for a beginning, unless something
    follows it.

    >>> terms('red "big apple" tre* utter_gre')
    (Term(words=('red',), prefix=False), Term(words=('big', 'apple'), prefix=False), \
Term(words=('tre',), prefix=True), Term(words=('utter', 'gre'), prefix=True))
    """
    parts = query[:QUERY_LENGTH].translate(_QUOTES).split('"')
    found: dict[Term, None] = {}
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if number % 2:  # between quotation marks
            found |= dict.fromkeys(_terms([part], open_end=last))
        else:
            found |= dict.fromkeys(_terms(part.split(), open_end=last and not part[-1:].isspace()))
    return tuple(found)


def excerpt(text: str, asked: Sequence[Term]) -> tuple[Piece, ...]:
    """Where a text holds what was asked for: the line with most of it, cut, its words marked.

    Empty where it holds none.
    """
    best: tuple[int, str, list[Word]] | None = None
    for line in text.split("\n"):
        if not _may_hold(line, asked):
            continue
        kinds, hits = _hits(line, asked)
        if kinds and (best is None or kinds > best[0]):
            best = kinds, line, hits
            if kinds == len(asked):
                break
    return tuple(_pieces(best[1], best[2])) if best else ()


def _terms(chunks: Sequence[str], *, open_end: bool) -> Iterator[Term]:
    for number, chunk in enumerate(chunks):
        if held := tuple(words(chunk)):
            typing = open_end and number == len(chunks) - 1 and chunk[-1:].isalnum()
            yield Term(held, chunk.endswith("*") or (typing and len(held[-1]) >= _SHORTEST))


@lru_cache(10_000)
def _kind(char: str) -> str:
    """L letter or digit; A one of a script without spaces; M mark; S sign; else a space."""
    if char.isalnum():
        return "A" if any(low <= ord(char) <= high for low, high in _SPACELESS) else "L"
    group = category(char)[0]
    return "M" if group == "M" else "S" if group == "S" and not char.isascii() else " "


def _compared(piece: str) -> str:
    if _kind(piece[0]) == "S":
        return piece[0]
    return "".join(char for char in normalize("NFKD", piece.casefold()) if _counts(char))


def _counts(char: str) -> bool:
    """Accents of Latin, Greek and Cyrillic letters do not; vowels that other scripts write as marks do."""
    return char.isalnum() or (_kind(char) == "M" and not "\u0300" <= char <= "\u036f")


def _may_hold(line: str, asked: Sequence[Term]) -> bool:
    """A look at its letters, which is all that most lines of a long session need."""
    if not line.isascii():
        return True
    letters = line.lower()
    return any(term.words[0] in letters for term in asked)


def _hits(line: str, asked: Sequence[Term]) -> tuple[int, list[Word]]:
    """How many of the terms the line holds, and the words that they are."""
    there = list(placed(line))
    plain = [word.text for word in there]
    kinds, hits = 0, set[int]()
    for term in asked:
        found = [place for place in range(len(plain)) if _stands(term, plain, place)]
        kinds += bool(found)
        hits |= {place + offset for place in found for offset in range(len(term.words))}
    return kinds, [there[place] for place in sorted(hits)]


def _stands(term: Term, plain: Sequence[str], place: int) -> bool:
    *first, last = term.words
    here = plain[place : place + len(term.words)]
    if len(here) < len(term.words) or here[:-1] != first:
        return False
    return here[-1].startswith(last) if term.prefix else here[-1] == last


def _pieces(line: str, hits: Sequence[Word]) -> Iterator[Piece]:
    start = max(0, hits[0].start - EXCERPT // 3)
    end = min(len(line), max(start + EXCERPT, hits[0].end))
    place = start
    cut = "…" if start else ""
    for hit in hits:
        if hit.end > end:
            break
        if between := cut + line[place : hit.start]:
            yield Piece(between, False)
        yield Piece(line[hit.start : hit.end], True)
        place, cut = hit.end, ""
    if rest := line[place:end] + ("…" if end < len(line) else ""):
        yield Piece(rest, False)
