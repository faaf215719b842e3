"""How good a model is: on data it was not taught, and against another model on the same gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.events.session import ActionExecuted
from recorder.learning import policy
from recorder.learning.intents import Guess
from recorder.learning.model import Dialogue, Model

FOLDS: Final = 5
MOST_CHECKED: Final = 500
"""Of more dialogues than this only every second, third, … is held out."""

Confusion = Mapping[tuple[str, str], int]
"""(what is right, what was said) -> how often."""


@dataclass(frozen=True, slots=True)
class Score:
    """How answers did."""

    count: int
    accuracy: float | None
    """None where there were no answers."""
    macro_f1: float | None
    """Mean over the classes that are right somewhere or were said somewhere."""


def score(confusion: Confusion) -> Score:
    total = sum(confusion.values())
    if not total:
        return Score(0, None, None)
    right = Counter({gold: n for (gold, said), n in confusion.items() if gold == said})
    golds, said = Counter[str](), Counter[str]()
    for (gold, answer), n in confusion.items():
        golds[gold] += n
        said[answer] += n
    each = [2 * right[name] / (golds[name] + said[name]) for name in golds | said]
    return Score(total, right.total() / total, sum(each) / len(each))


def intent_confusion(guesses: Sequence[Guess]) -> Confusion:
    return Counter((guess.intent, guess.guessed) for guess in guesses)


def cross_validate(dialogues: Sequence[Dialogue], rules: Sequence[Dialogue], domain: Domain) -> Confusion:
    """What policies that were not taught a dialogue do at each of its points, the opening wait left out.

    Dialogues with the same events count once. Fewer than two cannot be held out.
    """
    unique = list({_told(dialogue): dialogue for dialogue in dialogues}.values())
    checked = unique[:: len(unique) // MOST_CHECKED + 1]
    count = min(FOLDS, len(checked))
    confusion: Counter[tuple[str, str]] = Counter()
    for fold in range(count if count > 1 else 0):
        held_out = checked[fold::count]
        others = {id(dialogue) for dialogue in held_out}
        taught = policy.fit([d for d in unique if id(d) not in others], rules, domain)
        confusion.update(
            (lesson.action, taught.rank(lesson.before).ranking[0][0]) for lesson in _asked(held_out, domain)
        )
    return confusion


def _asked(dialogues: Sequence[Dialogue], domain: Domain) -> Iterator[policy.Lesson]:
    known = set(domain.action_names)
    for dialogue in dialogues:
        for lesson in policy.lessons(dialogue, domain):
            if lesson.action in known and lesson.before.latest_message is not None:
                yield lesson


def _told(dialogue: Dialogue) -> str:
    return "\n".join(
        event.name or "" if isinstance(event, ActionExecuted) else repr(event) for event in dialogue
    )


def calibration_error(said: Sequence[tuple[bool, float]], *, bins: int = 15) -> float:
    """How far probabilities are from what comes true, on average; 0.0 is perfect.

    Args:
        said: of each answer whether it was right, and its probability.

    Returns:
        NaN for no answers.

    Reference:
        Naeini, M. P. et al. (2015). Obtaining Well Calibrated Probabilities Using Bayesian Binning. AAAI.
    """
    boxes: list[list[tuple[bool, float]]] = [[] for _ in range(bins)]
    for right, probability in said:
        boxes[min(bins - 1, int(probability * bins))].append((right, probability))
    gaps = [abs(sum(r for r, _ in box) - sum(p for _, p in box)) for box in boxes]
    return sum(gaps) / len(said) if said else float("nan")


@dataclass(frozen=True, slots=True)
class Question:
    """A reviewed step, and what is right there."""

    session: str
    step: str
    kind: Literal["understanding", "action"]
    right: str


class Asked(NamedTuple):
    """A question with all that a model may know when it answers."""

    question: Question
    given: str | Tracker
    """The message's text, or the state before the action."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What two models say of one step: the first of each ranking, and its probability of what is right."""

    question: Question
    old: str | None
    new: str | None
    """None: the model ranks nothing."""
    old_probability: float
    new_probability: float

    @property
    def change(self) -> Literal["better", "worse", "same"]:
        was, is_now = self.old == self.question.right, self.new == self.question.right
        return "same" if was == is_now else "better" if is_now else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same gold."""

    answers: tuple[Answers, ...]

    def of(self, kind: str) -> Comparison:
        return Comparison(tuple(a for a in self.answers if a.question.kind == kind))

    @property
    def better(self) -> tuple[Answers, ...]:
        """Wrong before, right now."""
        return tuple(a for a in self.answers if a.change == "better")

    @property
    def worse(self) -> tuple[Answers, ...]:
        return tuple(a for a in self.answers if a.change == "worse")

    @property
    def old_confusion(self) -> Confusion:
        return Counter((a.question.right, a.old or "") for a in self.answers)

    @property
    def new_confusion(self) -> Confusion:
        return Counter((a.question.right, a.new or "") for a in self.answers)


def compare(old: Model, new: Model, gold: Iterable[Asked]) -> Comparison:
    """What both models say at every step of the gold, in its order."""
    return Comparison(tuple(_answers(old, new, *asked) for asked in gold))


def _answers(old: Model, new: Model, question: Question, given: str | Tracker) -> Answers:
    before, after = (_ranking(model, given) for model in (old, new))
    return Answers(
        question,
        before[0][0] if before else None,
        after[0][0] if after else None,
        dict(before).get(question.right, 0.0),
        dict(after).get(question.right, 0.0),
    )


def _ranking(model: Model, given: str | Tracker) -> Sequence[tuple[str, float]]:
    if isinstance(given, Tracker):
        return model.rank_actions(given).ranking
    return model.parse(given).intent_ranking
