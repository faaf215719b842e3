"""What comes next: rules, histories known by heart, and what is learned from both, in one ranking.

Whoever may decide puts an action first with `CERTAIN`; what is left is shared out as learned, so that
the ranking below stays worth reading. In order: an action that must follow, the active form, rules,
memory, the learned policy. What a trainer has just corrected comes before all but the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, NamedTuple

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, DEFAULT_ACTIONS, Domain
from recorder.dialogue.tracker import Tracker, evolve
from recorder.events.event import Event
from recorder.events.prediction import Ranking
from recorder.events.session import ActionExecuted
from recorder.learning import linear
from recorder.learning.features import ANYTHING, History, State, history, is_filling, is_fresh
from recorder.learning.linear import Linear, ranked, softmax

CERTAIN: Final = 0.9
UNSEEN: Final = 0.01
"""What all actions share alike, those that were never taught among them."""
MEMORY: Final = 5
"""How many states a history known by heart has."""
WINDOW: Final = 12
"""How many states the learned policy looks back on."""
TURNS: Final = 3
"""How many turns before the present one it looks back on."""
FADING: Final = 0.5
"""How much less a turn weighs than the next one."""
PENALTY: Final = 10.0
EMPHASIS: Final = 5
"""How often a corrected action counts where a story's counts once."""

Dialogue = Sequence[Event]
"""Events of one conversation in their order."""


_EVERYWHERE: Final = tuple(name for name in DEFAULT_ACTIONS if name not in (ANYTHING, ACTION_SESSION_START))


class Proposal(NamedTuple):
    """What a model would do next."""

    ranking: Ranking
    """All actions of the domain, and what the stories do beside them; probabilities sum to 1."""
    policy: str
    """Who put the first action first: `followup`, `taught`, `form`, `rules`, `memorised` or `learned`."""


class Lesson(NamedTuple):
    """At this point of a dialogue, that action."""

    before: Tracker
    history: History
    action: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a rule wants of the latest states, and the action that follows."""

    states: tuple[State, ...]
    at_start: bool
    """The first state is the first of the episode."""
    action: str

    @property
    def knows_of_a_loop(self) -> bool:
        return any(feature.startswith(("loop:", "!loop:")) for feature in self.states[-1])

    def fits(self, past: History) -> bool:
        if len(self.states) > len(past.states):
            return False
        if self.at_start and not (past.complete and len(past.states) == len(self.states)):
            return False
        latest = past.states[len(past.states) - len(self.states) :]
        return all(_holds(wanted, state) for wanted, state in zip(self.states, latest, strict=True))


@dataclass(frozen=True, slots=True)
class Policy:
    domain: Domain
    actions: tuple[str, ...]
    """All that are ranked: the domain's, then those every assistant has, if the dialogues do them."""
    patterns: tuple[Pattern, ...]
    """The most demanding first."""
    memory: Mapping[str, str]
    """Digest of a history -> the action that follows it."""
    learned: Linear | None
    """None: no dialogue teaches an action."""
    taught: Mapping[str, str] = field(default_factory=dict)
    """Digest of a history -> the action that a trainer said follows it, whatever else is known."""

    def rank(self, tracker: Tracker) -> Proposal:
        """All actions, as likely as they are next."""
        past = history(tracker, self.domain, WINDOW)
        shares = self._shares(past)
        decided = self._decided(tracker, past)
        if decided is None:
            return Proposal(ranked(shares), "learned")
        action, policy = decided
        shares = {name: share * (1 - CERTAIN) for name, share in shares.items()}
        return Proposal(ranked({**shares, action: shares[action] + CERTAIN}), policy)

    def _decided(self, tracker: Tracker, past: History) -> tuple[str, str] | None:
        answers = (
            (tracker.followup, "followup"),
            (self.taught.get(digest(past)) if self.taught else None, "taught"),
            (_kept_going(tracker), "form"),
            (self._ruled(tracker, past), "rules"),
            (self.memory.get(digest(past)), "memorised"),
        )
        return next(((action, policy) for action, policy in answers if action in self.actions), None)

    def _ruled(self, tracker: Tracker, past: History) -> str | None:
        """What a rule says; one that knows of no form does not end the turn of one that was interrupted."""
        pattern = next((p for p in self.patterns if p.fits(past)), None)
        if pattern is None:
            return None
        goes_on = pattern.action == ACTION_LISTEN and not is_fresh(tracker) and not pattern.knows_of_a_loop
        return (goes_on and tracker.active_loop) or pattern.action

    def _shares(self, past: History) -> dict[str, float]:
        names = self.actions
        evenly = {name: 1 / len(names) for name in names}
        if self.learned is None:
            return evenly
        scored = softmax(self.learned.scores(clues(past))).tolist()
        taught = dict(zip(self.learned.classes, scored, strict=True))
        return {name: UNSEEN * evenly[name] + (1 - UNSEEN) * taught.get(name, 0.0) for name in names}


def fit(
    dialogues: Sequence[Dialogue],
    rules: Sequence[Dialogue],
    domain: Domain,
    *,
    confirmed: Sequence[Lesson] = (),
    corrected: Sequence[Lesson] = (),
) -> Policy:
    """The policy of dialogues as they should go, and of rules.

    Actions that the domain does not have are not learned.

    Args:
        confirmed: what a trainer said is right, as a story would.
        corrected: what a trainer said instead of what was proposed; the latest one on a history counts.
    """
    told = [lesson for dialogue in dialogues for lesson in lessons(dialogue, domain)]
    told += [*confirmed, *(lesson for lesson in corrected for _ in range(EMPHASIS))]
    patterns = [pattern for rule in rules for pattern in _patterns(rule, domain)]
    used = {lesson.action for lesson in told} | {pattern.action for pattern in patterns}
    actions = tuple(dict.fromkeys((*domain.action_names, *(a for a in _EVERYWHERE if a in used))))
    patterns = [pattern for pattern in patterns if pattern.action in actions]
    free = _free(told, actions)
    memory, learned = _memory(free), _learned(free, patterns)
    return Policy(domain, actions, _demanding_first(patterns), memory, learned, _taught(corrected))


def remember(
    known: Policy, domain: Domain, confirmed: Sequence[Lesson], corrected: Sequence[Lesson]
) -> Policy:
    """As `fit`, where what the policy was fitted to is not at hand: the rest is learned by heart."""
    used = {lesson.action for lesson in (*confirmed, *corrected)}
    names = (*domain.action_names, *known.actions, *(a for a in _EVERYWHERE if a in used))
    actions = tuple(dict.fromkeys(names))
    memory = {**known.memory, **_memory(_free([*confirmed, *corrected], actions))}
    return replace(known, domain=domain, actions=actions, memory=memory, taught=_taught(corrected))


def _free(told: Sequence[Lesson], actions: Sequence[str]) -> list[Lesson]:
    """Those that teach something: forms that are only filled need no lesson."""
    return [
        lesson for lesson in told if lesson.action in actions and not is_filling(lesson.before, lesson.action)
    ]


def _taught(corrected: Sequence[Lesson]) -> dict[str, str]:
    return {digest(lesson.history): lesson.action for lesson in corrected}


def lessons(dialogue: Dialogue, domain: Domain) -> Iterator[Lesson]:
    """Each point of a dialogue where an action was chosen, in order; forms that are only filled included."""
    tracker = Tracker.start(domain)
    for event in dialogue:
        if (
            isinstance(event, ActionExecuted)
            and (action := event.name or event.action_text)
            and action != ANYTHING
        ):
            yield Lesson(tracker, history(tracker, domain, WINDOW), action)
        tracker = evolve(tracker, event)


def digest(past: History) -> str:
    """Of the latest `MEMORY` states: what a history is remembered by."""
    recent = History(past.states[-MEMORY:], past.complete and len(past.states) <= MEMORY)
    return sha256(recent.key.encode()).hexdigest()[:24]


def clues(past: History) -> dict[str, float]:
    """What the learned policy sees: the present, what this turn brought so far, and turns before, fading."""
    turns = _turns(past.states)
    now = past.states[-1]
    seen = dict.fromkeys(sorted(now), 1.0)  # sums of floats depend on their order
    meant = sorted(f for state in turns[-1] for f in state if f.startswith(("intent:", "entity:")))
    done = next((f for f in now if f.startswith("did:")), "did:")
    seen.update(dict.fromkeys((f"turn|{f}" for f in meant), 1.0))
    seen[f"{done}&{'&'.join(meant)}"] = 1.0
    if len(past.states) == 1 and past.complete:
        seen["start"] = 1.0
    for back, turn in enumerate(reversed(turns[-1 - TURNS : -1]), start=1):
        marks = (f for state in turn for f in sorted(state) if f.startswith(("intent:", "did:")))
        seen.update(dict.fromkeys((f"{back}|{f}" for f in marks), FADING**back))
    return seen


def _turns(states: Sequence[State]) -> list[list[State]]:
    """The states cut before each message; the first part may hold none."""
    turns: list[list[State]] = [[]]
    for state in states:
        if any(f.startswith("intent:") for f in state):
            turns.append([])
        turns[-1].append(state)
    return turns


def _kept_going(tracker: Tracker) -> str | None:
    """What the active form does next, as long as nothing came between; None: there is none."""
    loop = tracker.active_loop
    if loop is None or tracker.loop_rejected or tracker.loop_interrupted:
        return None
    return ACTION_LISTEN if tracker.latest_action == loop and not is_fresh(tracker) else loop


def _patterns(rule: Dialogue, domain: Domain) -> Iterator[Pattern]:
    """What a rule says, action by action; the first state after "..." only says what must hold."""
    tracker = Tracker()
    at_start = True
    for event in rule:
        if isinstance(event, ActionExecuted):
            known = tracker.latest_action not in (None, ANYTHING) or is_fresh(tracker)
            past = history(tracker, domain, WINDOW, rule=True)
            if event.name and event.name != ANYTHING and known:
                yield Pattern(past.states, at_start and past.complete, event.name)
            at_start = at_start and event.name != ANYTHING
        tracker = evolve(tracker, event)


def _demanding_first(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    unique = dict.fromkeys(patterns)
    return tuple(sorted(unique, key=lambda p: (-len(p.states), -sum(map(len, p.states)))))


def _holds(wanted: State, state: State) -> bool:
    return all(
        not any(other.startswith(feature[1:]) for other in state) if feature[0] == "!" else feature in state
        for feature in wanted
    )


def _memory(told: Sequence[Lesson]) -> dict[str, str]:
    """Histories that one action follows more often than all others together."""
    counts: dict[str, Counter[str]] = {}
    for lesson in told:
        counts.setdefault(digest(lesson.history), Counter())[lesson.action] += 1
    best = {key: found.most_common(1)[0] for key, found in counts.items()}
    return {key: action for key, (action, n) in best.items() if 2 * n > counts[key].total()}


def _learned(told: Sequence[Lesson], patterns: Sequence[Pattern]) -> Linear | None:
    pairs = [(lesson.history, lesson.action) for lesson in told]
    pairs += [(History(pattern.states, pattern.at_start), pattern.action) for pattern in patterns]
    counts = Counter((tuple(sorted(clues(past).items())), action) for past, action in pairs)
    if not counts:
        return None
    samples = [dict(sample) for sample, _ in counts]
    features = linear.vocabulary(samples)
    actions = [action for _, action in counts]
    rows = linear.matrix(samples, features)
    return linear.fit_shares(rows, actions, list(counts.values()), features, penalty=PENALTY)
