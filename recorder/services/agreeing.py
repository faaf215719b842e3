"""Agreement: how far people say the same, of what, how that changes, and whether the model leads them.

Who adjudicates sees the figures of all; an annotator those of the sessions that they submitted themselves,
or whose batch is closed, and of other people nothing else. A step counts that two or more have judged in
submitted reviews.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.dialogue.steps import ACTION, UNDERSTANDING
from recorder.read_models.judgements import Judgements, Quick, Rated
from recorder.review import aggregation, agreement, spans
from recorder.review.aggregation import Consensus
from recorder.review.agreement import Agreement
from recorder.review.drift import Week
from recorder.review.people import Person, may, require
from recorder.review.rates import Difference, Rate, difference
from recorder.review.spans import Overlap, Span
from recorder.review.visibility import BLIND, MODEL
from recorder.services import batching
from recorder.services.board import Board

KINDS: Final = (UNDERSTANDING, ACTION)
MOST: Final = 20_000
"""Steps that are looked at."""
LABELS: Final = 50
"""Labels of which is estimated whom they are taken for: those that are given most."""
_DRAWS: Final = 5_000_000
"""Items of all samples together, of one interval: beyond some thousands of items fewer samples do."""
_LEAST_SAMPLES: Final = 200
_QUICK: Final = 200
"""Reviews with quick assent that are looked at."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the figures of one look are made of."""

    steps: tuple[Rated, ...]
    is_cut: bool
    """There are more than `MOST`: these are the first of them, by name of session."""
    people: tuple[str, ...]
    """Who judged any of them; whoever looks and may not see others: who looks."""

    def of(self, kind: str) -> list[Rated]:
        return [step for step in self.steps if step.kind == kind]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one kind of step."""

    kind: str
    all: Agreement
    pairs: Mapping[tuple[str, str], Agreement]
    """Two people, by name."""
    labels: Mapping[str, Agreement]
    """Each label against all others."""
    given: Mapping[str, int]
    """Label -> votes for it."""
    confusion: Mapping[tuple[str, str], int]
    """Two labels (a <= b) -> how often two people gave them to one step."""
    entities: Overlap | None
    """Of messages."""
    consensus: Consensus | None
    """Of the steps with three votes or more, where they are among the `LABELS`; None: there is none."""
    otherwise: tuple[tuple[Rated, str], ...]
    """Steps of which `consensus` holds another label right than most votes, with that label."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Runs of quick assent of one person: to look at, not a finding."""

    annotator: str
    decisions: int
    otherwise: int
    """Steps among them of which the verdict says something else."""
    reviews: tuple[Quick, ...]


@dataclass(frozen=True, slots=True)
class Bias:
    """How often somebody said yes to the model, where it was shown and where it was not."""

    annotator: str
    """Empty: all together."""
    kind: str
    shown: Rate
    blind: Rate

    @property
    def difference(self) -> Difference | None:
        """Shown less blind; None: one of them never was."""
        return difference(self.shown, self.blind)


def ground(judgements: Judgements, board: Board, person: Person, *, batch: str = "") -> Ground:
    """The steps that the person may see figures of.

    Args:
        batch: only its sessions; empty: all sessions.

    Raises:
        NotAllowed, UnknownBatch.
    """
    require(person, "read_own_agreement")
    sessions = batching.sessions_of(board, batch) if batch else None
    found = judgements.rated(sessions, MOST + 1)
    steps = found[:MOST]
    hidden = batching.blind_sessions(board, person)
    judges = may(person, "read_agreement")
    if not judges:  # what others said of them is the answer by which the person is measured
        hidden |= batching.gold_sessions(board, person)
    steps = [step for step in steps if step.session not in hidden]
    if not judges and not (batch and batching.is_closed(board, batch)):
        steps = [step for step in steps if person.name in step.given]
    people = sorted({name for step in steps for name in step.given}) if judges else [person.name]
    return Ground(tuple(steps), len(found) > MOST, tuple(people))


def figures(found: Ground, kind: str, person: Person) -> Figures:
    """All that can be said of one kind of step; of pairs of people, those that the person may see.

    Raises NotAllowed.
    """
    require(person, "read_own_agreement")
    steps = found.of(kind)
    ratings = [labels_of(step) for step in steps]
    samples = _samples(len(ratings))
    pairs = agreement.by_pair(ratings, samples=_LEAST_SAMPLES)
    if not may(person, "read_agreement"):
        pairs = {pair: each for pair, each in pairs.items() if person.name in pair}
    several = _frequent([step for step in steps if len(step.given) >= aggregation.VOTES])
    consensus = aggregation.dawid_skene(_votes(several)) if several else None
    return Figures(
        kind=kind,
        all=agreement.agreement(ratings, samples=samples),
        pairs=pairs,
        labels=agreement.by_label(ratings, samples=min(samples, _LEAST_SAMPLES)),
        given=Counter(label for each in ratings for label in each.values()),
        confusion=agreement.confusion(ratings),
        entities=spans.compare(map(spans_of, steps)) if kind == UNDERSTANDING else None,
        consensus=consensus,
        otherwise=tuple(_otherwise(several, consensus)) if consensus else (),
    )


def _frequent(steps: Sequence[Rated]) -> list[Rated]:
    """Those to which nobody gave a rare label: whom one tends to take it for, nothing could tell."""
    given = Counter(label for step in steps for label in labels_of(step).values())
    frequent = {label for label, _ in given.most_common(LABELS)}
    return [step for step in steps if frequent.issuperset(labels_of(step).values())]


def labels_of(step: Rated) -> dict[str, str]:
    """Annotator -> label."""
    return {name: str(said["label"]) for name, said in step.given.items()}


def spans_of(step: Rated) -> dict[str, list[Span]]:
    """Annotator -> the entities that they hold right."""
    return {
        name: [(start, end, "/".join(filter(None, what))) for start, end, *what in said.get("entities", ())]
        for name, said in step.given.items()
    }


def between(found: Ground, kind: str, one: str, other: str) -> list[Rated]:
    """Steps to which one person gave the one label and another person the other; the same: both gave it."""
    wanted = Counter((one, other))
    return [step for step in found.of(kind) if not wanted - Counter(labels_of(step).values())]


def apart(found: Ground, kind: str, one: str, other: str) -> list[Rated]:
    """Steps that these two people gave different labels."""
    return [
        step
        for step in found.of(kind)
        if len({label for name, label in labels_of(step).items() if name in (one, other)}) == 2
    ]


def drift(judgements: Judgements, board: Board, person: Person, *, batch: str = "") -> list[Week]:
    """By week, then by name; of steps with other votes or an adjudication, without dispute.

    Raises NotAllowed, UnknownBatch.
    """
    require(person, "read_own_agreement")
    same, settled = _counted(judgements, board, person, batch, "as settled", "settled")
    found = []
    for about, of in sorted(settled.items()):
        week, _, annotator = about.partition(" ")
        if _may_see(person, annotator):
            found.append(Week(week, annotator, Rate(same.get(about, 0), of)))
    return found


def signals(judgements: Judgements, board: Board, person: Person, *, batch: str = "") -> list[Signal]:
    """People with runs of quick assent, most first. Raises NotAllowed, UnknownBatch."""
    require(person, "read_agreement")
    by_annotator: dict[str, list[Quick]] = {}
    for each in judgements.quick(batching.sessions_of(board, batch) if batch else None, _QUICK):
        by_annotator.setdefault(each.annotator, []).append(each)
    found = [
        Signal(name, sum(e.decisions for e in of), sum(e.otherwise for e in of), tuple(of))
        for name, of in by_annotator.items()
    ]
    return sorted(found, key=lambda signal: (-signal.decisions, signal.annotator))


def bias(judgements: Judgements, board: Board, person: Person, *, batch: str = "") -> list[Bias]:
    """Of all together and of each person, by kind of step, where anything is known.

    Raises NotAllowed, UnknownBatch.
    """
    require(person, "read_own_agreement")
    of, yes = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    counted = _counted(judgements, board, person, batch, "decided on", "accepted")
    for into, numbers in zip((of, yes), counted, strict=True):
        for about, number in numbers.items():
            saw, kind, annotator = about.split(" ", 2)
            if _may_see(person, annotator):
                into[saw, kind, annotator] += number
                into[saw, kind, ""] += number
    there = sorted({(annotator, kind) for _, kind, annotator in of})
    if not may(person, "read_agreement"):
        there = [each for each in there if each[0]]
    return [
        Bias(
            annotator,
            kind,
            *(Rate(yes[saw, kind, annotator], of[saw, kind, annotator]) for saw in (MODEL, BLIND)),
        )
        for annotator, kind in there
    ]


def _counted(
    judgements: Judgements, board: Board, person: Person, batch: str, *names: str
) -> list[dict[str, int]]:
    """These counters of all sessions or of a batch, without what the person has a blind vote to give on."""
    hidden = batching.blind_sessions(board, person)
    if batch:
        sessions = [each for each in batching.sessions_of(board, batch) if each not in hidden]
        return judgements.counted(sessions, *names)
    found = [Counter(judgements.counter(name)) for name in names]
    if hidden:
        for whole, theirs in zip(found, judgements.counted(hidden, *names), strict=True):
            whole.subtract(theirs)
    return [{about: number for about, number in each.items() if number > 0} for each in found]


def _may_see(person: Person, annotator: str) -> bool:
    return may(person, "read_agreement") or annotator == person.name


def _samples(items: int) -> int:
    return max(_LEAST_SAMPLES, min(agreement.SAMPLES, _DRAWS // max(items, 1)))


def _votes(steps: Sequence[Rated]) -> list[tuple[str, str, str]]:
    return [
        (f"{step.session}\n{step.step}", name, label)
        for step in steps
        for name, label in labels_of(step).items()
    ]


def _otherwise(steps: Collection[Rated], consensus: Consensus) -> list[tuple[Rated, str]]:
    found = []
    for step in steps:
        label, _ = consensus.likely[f"{step.session}\n{step.step}"]
        counted = Counter(labels_of(step).values())
        if counted[label] < max(counted.values()):
            found.append((step, label))
    return found
