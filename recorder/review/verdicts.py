"""All that people say of a session -> one verdict per step, or a dispute.

Verdicts are a function of the votes of the submitted reviews and of the adjudications that stand, and of
nothing else: in which order the votes came makes no difference, and whatever votes come later, an
adjudication stands. One that a vote contradicts which the adjudicator did not know is *reopened*: that is
shown, and the verdict stays until somebody adjudicates anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, get_args

import orjson

from recorder.review.adjudications import Adjudication
from recorder.review.reviews import NO_ANSWER, Answer

Status = Literal["unreviewed", "agreed", "majority", "adjudicated", "disputed"]
Rule = Literal["unanimous", "majority", "adjudicated"]
"""Which verdicts an export takes: those without a voice against, those of more than half as well, or only
those that were adjudicated. What was adjudicated every rule takes, what is disputed none."""
RULES: Final[tuple[Rule, ...]] = get_args(Rule)
USUAL: Final[Rule] = "majority"
Task = Literal["disputed", "reopened", "one against"]
"""What an adjudicator may have to do with a step."""
TASKS: Final[tuple[Task, ...]] = get_args(Task)

LEAST_AGREEING: Final = 2
MOST_AGREEING: Final = 9
"""How many who agree on a step are told apart; of more it is only known that they are so many."""

_TAKEN: Final[Mapping[Rule, frozenset[Status]]] = {
    "unanimous": frozenset({"agreed", "adjudicated"}),
    "majority": frozenset({"agreed", "majority", "adjudicated"}),
    "adjudicated": frozenset({"adjudicated"}),
}
_NOBODY: Final[Mapping[str, Adjudication]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all say of one step; `answer` is empty where they say nothing in common."""

    status: Status
    answer: Answer
    against: int = 0
    """How many votes are for something else; where it is disputed, than what most are for."""
    reopened: bool = False
    """It was adjudicated, and a vote that came afterwards says something else."""

    @property
    def task(self) -> Task | None:
        """What an adjudicator has to do here; "one against": all but one agree."""
        if self.status == "disputed":
            return "disputed"
        if self.reopened:
            return "reopened"
        return "one against" if self.status == "majority" and self.against == 1 else None


def agreed_by(number: int) -> str:
    """What lists say of a step on which so many people say the same, that nobody adjudicated.

    >>> agreed_by(3), agreed_by(12)
    ('agreed 3', 'agreed 9')
    """
    return f"agreed {min(number, MOST_AGREEING)}"


UNREVIEWED: Final = Verdict("unreviewed", NO_ANSWER)


def settle(
    reviews: Mapping[str, Mapping[str, Answer]], adjudications: Mapping[str, Adjudication] = _NOBODY
) -> dict[str, Verdict]:
    """Step id -> verdict.

    An annotator who skipped a step has no vote on it. More than half of the votes for one answer
    settle it; else it is disputed. Notes and flags are not votes.

    Args:
        reviews: annotator -> the answers of the submitted review (spelled out, see `questions`).
        adjudications: step id -> the one that stands.
    """
    steps = dict.fromkeys(step for review in reviews.values() for step in review)
    return {
        step: _verdict(votes_on(step, reviews), adjudications.get(step))
        for step in (*steps, *(step for step in adjudications if step not in steps))
    }


def votes_on(step: str, reviews: Mapping[str, Mapping[str, Answer]]) -> dict[str, Answer]:
    """Annotator -> what they say is right at the step, by name; without notes and flags."""
    given = ((name, reviews[name].get(step, NO_ANSWER)) for name in sorted(reviews))
    return {name: plain(answer) for name, answer in given if answer.given and not answer.skipped}


def plain(answer: Answer) -> Answer:
    """The answer without what is no vote: its note and its flag."""
    return replace(answer, note="", flag="") if answer.note or answer.flag else answer


def mark(vote: Answer) -> str:
    """Short, and the same for votes that say the same."""
    return hashlib.sha256(_key(vote)).hexdigest()[:12]


def takes(rule: Rule, status: str) -> bool:
    """Whether an export takes verdicts of this status."""
    return status in _TAKEN[rule]


def withheld(verdicts: Mapping[str, Verdict], rule: Rule = USUAL) -> dict[str, str]:
    """Step id -> why an export does not take what is said of it: a phrase that the place follows."""
    return {
        step: _WHY_NOT[rule if verdict.status != "disputed" else "majority"]
        for step, verdict in verdicts.items()
        if not takes(rule, verdict.status) and verdict.status != "unreviewed"
    }


_WHY_NOT: Final[Mapping[Rule, str]] = {
    "majority": "the annotators disagree on",
    "unanimous": "not all annotators agree on",
    "adjudicated": "nobody adjudicated",
}


def _verdict(votes: Mapping[str, Answer], adjudication: Adjudication | None) -> Verdict:
    if adjudication is not None:
        answer = plain(adjudication.answer)
        return Verdict(
            "adjudicated",
            answer,
            against=sum(vote != answer for vote in votes.values()),
            reopened=any(_contradicts(name, vote, adjudication) for name, vote in votes.items()),
        )
    if not votes:
        return UNREVIEWED
    counted = Counter(_key(vote) for vote in votes.values())
    # Of those that have the same number, one is taken that does not depend on who voted first.
    winner, count = min(counted.items(), key=lambda each: (-each[1], each[0]))
    answer = next(vote for vote in votes.values() if _key(vote) == winner)
    against = len(votes) - count
    if not against:
        return Verdict("agreed", answer)
    if count > against:
        return Verdict("majority", answer, against)
    return Verdict("disputed", NO_ANSWER, against)


def _contradicts(annotator: str, vote: Answer, adjudication: Adjudication) -> bool:
    """Whether somebody says something else since; who cannot tell says nothing."""
    if vote.unsure or _key(vote) == _key(plain(adjudication.answer)):
        return False
    return adjudication.seen.get(annotator) != mark(vote)


def _key(answer: Answer) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
