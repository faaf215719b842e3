"""Several reviews of a session -> one answer per step, or a dispute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from recorder.review.reviews import NO_ANSWER, Answer

Status = Literal["unreviewed", "agreed", "majority", "disputed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all submitted reviews say of one step; `answer` is empty where they say nothing in common."""

    status: Status
    answer: Answer


def settle(reviews: Iterable[Mapping[str, Answer]]) -> dict[str, Verdict]:
    """Step id -> verdict, from the answers of each submitted review (spelled out, see `questions`).

    An annotator who skipped a step has no vote on it. More than half of the votes for one answer
    settle it; else it is disputed. Notes and flags are not votes.
    """
    reviews = list(reviews)
    steps = dict.fromkeys(step for review in reviews for step in review)
    return {step: _verdict([review.get(step, NO_ANSWER) for review in reviews]) for step in steps}


def _verdict(given: list[Answer]) -> Verdict:
    votes = [replace(answer, note="", flag="") for answer in given if answer.given and not answer.skipped]
    if not votes:
        return Verdict("unreviewed", NO_ANSWER)
    counted = Counter(_key(vote) for vote in votes)
    winner, count = counted.most_common(1)[0]
    answer = next(vote for vote in votes if _key(vote) == winner)
    if len(counted) == 1:
        return Verdict("agreed", answer)
    if count * 2 > len(votes):
        return Verdict("majority", answer)
    return Verdict("disputed", NO_ANSWER)


def _key(answer: Answer) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
