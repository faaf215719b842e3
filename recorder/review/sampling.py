"""Reasons to look at a session, and samples by them. Every choice depends on a seed, and on nothing else.

Suspicion is Conversation Learner's score (`LogRanker.ts`): the mean of four parts from 0 to 1, of which
two are yes or no and two grow with what went wrong up to ten times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from heapq import nsmallest
from math import floor
from typing import Final, Literal, get_args

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.errors import BatchRefused
from recorder.events.prediction import Ranking
from recorder.review.batches import Item

Strategy = Literal["uncertain", "suspicious", "unknown-path", "disagreement", "random", "oldest"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
UNSURE: Final = 0.2
"""A step is unsure when its first two choices are closer than this."""
NOT_UNDERSTOOD: Final = ("", "nlu_fallback")
"""Intents of messages that were not understood."""


def margin(ranking: Ranking) -> float | None:
    """How far the first choice is before the second; None: no two are known."""
    best = sorted((score for _, score in ranking), reverse=True)[:2]
    return best[0] - best[1] if len(best) == 2 else None


def is_unsure(step: Step) -> bool:
    """Whether the model that recorded it could hardly tell."""
    found = margin(step.predictions[0].ranking) if step.predictions else None
    return found is not None and found < UNSURE


def is_not_understood(step: Step) -> bool:
    return step.kind == UNDERSTANDING and (step.chosen or "") in NOT_UNDERSTOOD


def paths(steps: Iterable[Step]) -> list[str]:
    """For each step, what led to it in its episode, itself included, as a digest.

    Equal ones stand for the same intents and actions in the same order; waiting is no part of a path.
    """
    found: list[str] = []
    episode, path = -1, b""
    for step in steps:
        if step.episode != episode:
            episode, path = step.episode, b""
        if step.chosen != ACTION_LISTEN:
            said = f"{step.kind[0]}{step.chosen or ''}".encode("utf-8", "replace")
            path = blake2b(said, key=path, digest_size=12).digest()
        found.append(path.hex())
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session that a batch may take, as the lists tell of it."""

    session: str
    began: int
    """Position in the log of its first event."""
    confidence: float | None
    """The least of its steps."""
    unsure: int
    """Steps."""
    not_understood: int
    """Messages."""
    new_path: bool
    """It went where no reviewed session went and was right."""
    odd_end: bool
    """It ends with an action with which none of those ended."""
    disputed: int
    """Steps."""
    adjudicated: int
    """Steps."""
    ended: datetime | None
    reviewers: tuple[str, ...]
    """Who has submitted a review of it."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How suspicious a session is, and why; each part and their mean are 0.0 to 1.0."""

    new_path: float
    odd_end: float
    not_understood: float
    unsure: float

    @property
    def score(self) -> float:
        return (self.new_path + self.odd_end + self.not_understood + self.unsure) / 4


def suspicion(candidate: Candidate) -> Suspicion:
    return Suspicion(
        float(candidate.new_path),
        float(candidate.odd_end),
        min(1.0, candidate.not_understood / 10),
        min(1.0, candidate.unsure / 10),
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    candidate: Candidate
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Votes:
    """How many votes a session needs: so many, or more where its least confidence is below a bound."""

    usual: int = 1
    below: tuple[tuple[float, int], ...] = ()
    """Bound and votes. The lowest bound that a session is below of counts."""

    def of(self, confidence: float | None) -> int:
        bounds = sorted(self.below)
        return next((votes for bound, votes in bounds if (confidence or 0.0) < bound), self.usual)


def choose(
    candidates: Sequence[Candidate], shares: Mapping[Strategy, float], size: int, seed: int
) -> list[Chosen]:
    """A sample without doubles: of each strategy its share, what it takes for most urgent first.

    Where a strategy finds too few, the others fill up, in their order. Sessions with a submitted review
    are for `disagreement` alone, and all others for the rest.

    Raises BatchRefused: no strategy, or shares that are none.
    """
    if not shares or min(shares.values()) <= 0:
        raise BatchRefused(f"A sample needs one or more of {', '.join(STRATEGIES)}, with shares above 0.")
    queues = {name: _ranked(candidates, name, 2 * size, seed) for name in shares}
    quotas = _split(size, list(shares.values()))
    taken: dict[str, Chosen] = {}
    for name, quota in zip(shares, quotas, strict=True):
        _take(taken, name, queues[name], len(taken) + quota)
    for name in shares:
        _take(taken, name, queues[name], size)
    return list(taken.values())


def queue(
    chosen: Sequence[Chosen],
    gold: Sequence[Chosen],
    *,
    votes: Votes,
    blind: float,
    annotators: Collection[str],
    guided: Collection[str],
    seed: int,
) -> list[Item]:
    """What a batch of these sessions holds, gold in between.

    Args:
        blind: share of the sessions in which nobody sees the model's choice before their own.
        annotators: each of them gets each gold session.
        guided: those who have never reviewed anything; the first gold session is their first.
    """
    items = [Item(each.candidate.began, votes.of(each.candidate.confidence), each.reasons) for each in chosen]
    for place, each in enumerate(gold):
        first = tuple(sorted(guided)) if place == 0 else ()
        items.append(Item(each.candidate.began, len(annotators), each.reasons, gold=True, guided=first))
    hidden = sorted(items, key=lambda item: _luck(seed, "blind", str(item.began)))[
        : round(blind * len(items))
    ]
    mixed = sorted(items, key=lambda item: _luck(seed, "place", str(item.began))) if gold else items
    out_of_sight = {item.began for item in hidden}
    return [Item(i.began, i.votes, i.reasons, i.began in out_of_sight, i.gold, i.guided) for i in mixed]


def choose_gold(
    candidates: Sequence[Candidate],
    strategies: Iterable[Strategy],
    count: int,
    annotators: Collection[str],
    seed: int,
) -> list[Chosen]:
    """Gold sessions that none of the annotators has reviewed; they look like any other."""
    unseen = [each for each in candidates if not set(each.reviewers) & set(annotators)]
    found = sorted(unseen, key=lambda each: _luck(seed, "gold", each.session))[:count]
    names = [name for name in strategies if name != "disagreement"] or ["random"]
    return [Chosen(each, _disguise(each, names, seed)) for each in found]


def _disguise(candidate: Candidate, names: Sequence[Strategy], seed: int) -> tuple[str, ...]:
    """A reason for which it could be there."""
    start = _luck(seed, "reason", candidate.session)[0] % len(names)
    for name in (*names[start:], *names[:start]):
        if (reason := _REASONS[name](candidate)) is not None:
            return (reason,)
    return ("random",)


def _take(taken: dict[str, Chosen], name: Strategy, ranked: Iterable[Candidate], until: int) -> None:
    for each in ranked:
        if len(taken) >= until:
            return
        if each.session not in taken:
            taken[each.session] = Chosen(each, (_REASONS[name](each) or name,))


def _ranked(candidates: Iterable[Candidate], name: Strategy, most: int, seed: int) -> list[Candidate]:
    """Those that the strategy would take, the most urgent first; ties by lot."""
    urgency = _URGENCY[name]
    found = (
        (urgent, each)
        for each in candidates
        if bool(each.reviewers) == (name == "disagreement") and (urgent := urgency(each)) is not None
    )
    best = nsmallest(most, found, key=lambda pair: (pair[0], _luck(seed, name, pair[1].session)))
    return [each for _, each in best]


def _split(size: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the shares, that add up to the size: largest remainders first."""
    exact = [size * share / sum(shares) for share in shares]
    counts = [floor(each) for each in exact]
    by_rest = sorted(range(len(shares)), key=lambda place: (counts[place] - exact[place], place))
    for place in by_rest[: size - sum(counts)]:
        counts[place] += 1
    return counts


def _luck(seed: int, purpose: str, what: str) -> bytes:
    return blake2b(f"{seed}\n{purpose}\n{what}".encode("utf-8", "replace"), digest_size=8).digest()


def _uncertain(each: Candidate) -> str | None:
    return None if each.confidence is None else f"least sure step {each.confidence:.2f}"


def _suspicious(each: Candidate) -> str | None:
    score = suspicion(each).score
    parts = [
        *(["unknown path"] if each.new_path else []),
        *(["unusual end"] if each.odd_end else []),
        *([_counted(each.not_understood, "message") + " not understood"] if each.not_understood else []),
        *([_counted(each.unsure, "unsure step")] if each.unsure else []),
    ]
    return f"suspicion {score:.2f}: {', '.join(parts)}" if parts else None


def _unknown_path(each: Candidate) -> str | None:
    return "unknown path" if each.new_path else None


def _disagreement(each: Candidate) -> str | None:
    return _counted(each.disputed, "disputed step") if each.disputed else None


def _random(each: Candidate) -> str | None:
    return "random"


def _oldest(each: Candidate) -> str | None:
    return f"old: {each.ended:%Y-%m-%d}" if each.ended else None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


_REASONS: Final[Mapping[Strategy, Callable[[Candidate], str | None]]] = {
    "uncertain": _uncertain,
    "suspicious": _suspicious,
    "unknown-path": _unknown_path,
    "disagreement": _disagreement,
    "random": _random,
    "oldest": _oldest,
}
"""Why a session is taken; None: it would not be."""

_URGENCY: Final[Mapping[Strategy, Callable[[Candidate], float | None]]] = {
    "uncertain": lambda each: each.confidence,
    "suspicious": lambda each: -suspicion(each).score or None,
    "unknown-path": lambda each: -suspicion(each).score if each.new_path else None,
    "disagreement": lambda each: -each.disputed or None,
    "random": lambda each: 0.0,
    "oldest": lambda each: each.ended.timestamp() if each.ended else None,
}
"""What it takes, ascending; None: it takes no such session."""
