"""A session cut into the points where a model decided something.

An *understanding* step is a user message: which intent, which entities. An *action* step is the
next action, `action_listen` included. The first action after a message is asked about together
with the message ("due to the intent"): such a step names it in `message`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, Domain
from recorder.dialogue.tracker import Tracker, applied, episodes, evolve
from recorder.events.event import Recorded
from recorder.events.prediction import ActionRanked, IntentRanked, Ranking
from recorder.events.session import ActionExecuted, SessionEvent, SessionRecorded, UserUttered

UNDERSTANDING: Final = "understanding"
ACTION: Final = "action"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model said at one step."""

    model: str | None
    """None where the source does not name its model."""
    ranking: Ranking
    """Whole, or only the winner where the source kept no more."""
    policy: str | None = None
    late: bool = False
    """A model of ours ranked the step after the fact."""

    def confidence(self, name: str | None) -> float | None:
        """Probability of `name`; None where the ranking does not have it."""
        return next((score for ranked, score in self.ranking if ranked == name), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One point where a model decided."""

    recorded: Recorded
    """The `UserUttered` or `ActionExecuted` that stands for it; its id is the step's id."""
    kind: Literal["understanding", "action"]
    index: int
    """Place among the session's steps, from 0."""
    episode: int
    """Place among the episodes that have steps, from 0."""
    turn: int
    """How many user messages of the session came up to here, this one included."""
    before: Tracker
    predictions: tuple[Prediction, ...]
    """The recording model's first, then later models' in the order of the log."""
    message: str | None = None
    """Action step: id of the understanding step asked about with it."""
    lead: tuple[Recorded, ...] = ()
    """First step of an episode: what happened in the episode before it."""
    effects: tuple[Recorded, ...] = ()
    """What followed from it, in order, up to the next step: slots, bot messages, loops, …"""

    @property
    def id(self) -> str:
        return self.recorded.id

    @property
    def chosen(self) -> str | None:
        """The intent, or the action, that the model took."""
        event = self.recorded.event
        if isinstance(event, UserUttered):
            return event.intent
        return (event.name or event.action_text) if isinstance(event, ActionExecuted) else None

    @property
    def confidence(self) -> float | None:
        """The recording model's probability of `chosen`; None where the source gave none."""
        return self.predictions[0].confidence(self.chosen) if self.predictions else None


def live_episodes(records: Iterable[Recorded]) -> list[list[Recorded]]:
    """The session's events that count, by episode: undone and rewound ones are gone; forms stay whole.

    Predictions and bookkeeping are left out.
    """
    events = [
        r for r in records if isinstance(r.event, SessionEvent) and not isinstance(r.event, SessionRecorded)
    ]
    parts = [
        applied(part, event_of=_event, collapse_loops=False) for part in episodes(events, event_of=_event)
    ]
    return [part for part in parts if part]


def cut(records: Sequence[Recorded], domain: Domain | None = None) -> list[Step]:
    """All steps of a session, in order.

    Args:
        records: the session's stream, whole and in order.
        domain: gives the initial slots; without one, slots appear when they are set.
    """
    predictions = predictions_of(records)
    steps: list[Step] = []
    episode = turn = 0
    for part in live_episodes(records):
        before = len(steps)
        turn = _cut_episode(part, episode, turn, domain, predictions, steps)
        episode += len(steps) > before
    return steps


def _cut_episode(
    part: Sequence[Recorded],
    episode: int,
    turn: int,
    domain: Domain | None,
    predictions: dict[str, list[Prediction]],
    steps: list[Step],
) -> int:
    """Append the steps of one episode; returns the number of the latest turn."""
    tracker = Tracker.start(domain)
    starts: list[tuple[int, Tracker, int]] = []
    for i, record in enumerate(part):
        if _is_step(record, tracker):
            turn += isinstance(record.event, UserUttered)
            starts.append((i, tracker, turn))
        tracker = evolve(tracker, record.event)
    ends = [i for i, _, _ in starts[1:]] + [len(part)] * bool(starts)
    pending: str | None = None
    for (i, before, at_turn), end in zip(starts, ends, strict=True):
        record, understanding = part[i], isinstance(part[i].event, UserUttered)
        steps.append(
            Step(
                recorded=record,
                kind=UNDERSTANDING if understanding else ACTION,
                index=len(steps),
                episode=episode,
                turn=at_turn,
                before=before,
                predictions=tuple(_recorded_prediction(record, predictions.get(record.id, []))),
                message=None if understanding else pending,
                lead=tuple(part[:i]) if i == starts[0][0] else (),
                effects=tuple(part[i + 1 : end]),
            )
        )
        pending = record.id if understanding else None
    return turn


def _is_step(record: Recorded, before: Tracker) -> bool:
    event = record.event
    if isinstance(event, UserUttered):
        return True
    if not isinstance(event, ActionExecuted) or event.name == ACTION_SESSION_START:
        return False
    # The listen that opens an episode, or follows its automatic start, was nobody's decision.
    opening = before.latest_message is None and before.latest_action in (None, ACTION_SESSION_START)
    return not (event.name == ACTION_LISTEN and opening)


def predictions_of(records: Iterable[Recorded]) -> dict[str, list[Prediction]]:
    """Event id -> the predictions about it, in the order of the log."""
    found: dict[str, list[Prediction]] = {}
    for record in records:
        match record.event:
            case IntentRanked(about=about, model=model, ranking=ranking):
                found.setdefault(about, []).append(Prediction(model, ranking))
            case ActionRanked(about=about, model=model, ranking=ranking, policy=policy, late=late):
                found.setdefault(about, []).append(Prediction(model, ranking, policy, late))
            case _:
                pass
    return found


def _recorded_prediction(record: Recorded, ours: Sequence[Prediction]) -> list[Prediction]:
    """The predictions of a step; where only the source's own winner is known, that one comes first."""
    if any(not prediction.late for prediction in ours):
        return list(ours)
    event = record.event
    model = event.metadata.get("model_id") if isinstance(event, SessionEvent) and event.metadata else None
    model = model if isinstance(model, str) else None
    if isinstance(event, UserUttered) and event.intent is not None:
        ranking = event.intent_ranking or ((event.intent, event.confidence or 0.0),)
        return [Prediction(model, ranking), *ours]
    if isinstance(event, ActionExecuted) and event.confidence is not None:
        winner = ((event.name or event.action_text or "", event.confidence),)
        return [Prediction(model, winner, event.policy), *ours]
    return list(ours)


def _event(record: Recorded) -> SessionEvent:
    event = record.event
    if not isinstance(event, SessionEvent):  # callers pass session events only
        raise TypeError(f"{event!r} is not part of a session")
    return event
