"""Messages and answers to sentences. Imports no Streamlit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from recorder.read_models.message_list import Message
from recorder.services.bulk import Alike, Said
from review_app.views import count, percent, plain

KEYS: Final = 9
"""Intents that have a key."""
PILL: Final = 80
"""Characters of a message that is like another one."""


def message_facts(message: Message) -> str:
    """What the model took it for, and how sure it was."""
    taken = f"taken for {message.intent}" if message.intent else "taken for nothing"
    return plain(f"{taken}, {percent(message.confidence)} · session {message.session}")


def meanings(message: Message, intents: Sequence[str]) -> list[str]:
    """What it may mean, the likeliest first; then the other intents by name."""
    taken = [message.intent] if message.intent else []
    ranked = [name for name, _ in message.ranked if name]
    return list(dict.fromkeys([*taken, *ranked, *intents]))[:KEYS]


def meaning(name: str, probability: float | None) -> str:
    return plain(name) + ("" if probability is None else f" {percent(probability)}")


def grouped(others: Iterable[Alike]) -> list[list[Alike]]:
    """Those together that look the same: Streamlit does not tell options apart that are called the same."""
    groups: dict[str, list[Alike]] = {}
    for each in others:
        groups.setdefault(_alike(each), []).append(each)
    return list(groups.values())


def alike(group: Sequence[Alike]) -> str:
    """What a group of `grouped` is called."""
    return (f"{len(group):,} × " if len(group) > 1 else "") + _alike(group[0])


def _alike(each: Alike) -> str:
    text = " ".join(each.message.text.split())
    text = text if len(text) <= PILL else text[: PILL - 1] + "…"
    return plain(f"{text} ({each.message.intent or 'nothing'})")


def same(groups: Sequence[Sequence[Alike]]) -> list[int]:
    """Numbers of those groups that are taken for the same, unless somebody says otherwise."""
    return [number for number, group in enumerate(groups) if all(each.is_same for each in group)]


def apply(intent: str, others: int) -> str:
    """
    >>> apply("greet", 0), apply("greet", 12)
    ('It means greet', 'All 13 mean greet')
    """
    return f"It means {plain(intent)}" if not others else f"All {others + 1} mean {plain(intent)}"


def answered(intent: str, said: Said, *, undone: bool) -> str:
    many = count(len(said.done), "message")
    return f"Taken back for {many}: {plain(intent)}." if undone else f"Said of {many}: {plain(intent)}."


def refusals(said: Said) -> list[str]:
    """Each reason with how many messages it kept out."""
    reasons = Counter(reason for _, reason in said.refused)
    return [f"{count(number, 'message')} left out: {plain(reason)}" for reason, number in reasons.items()]
