"""A trained model: messages to rankings of intents, dialogues to rankings of actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import NluData
from recorder.events.event import Event, JsonObject
from recorder.events.prediction import Ranking

if TYPE_CHECKING:
    from recorder.dialogue.tracker import Tracker

Dialogue = Sequence[Event]
"""Events of one conversation in order, as `stories.events` makes them of a story and the log holds them."""


class Understanding(NamedTuple):
    """What a model makes of a message."""

    intent_ranking: Ranking
    """All intents that the model knows, probabilities summing to 1; of structured input only its intent."""
    entities: tuple[JsonObject, ...]
    """In the order of their starts, as Rasa writes them: `entity value start end [role group] extractor`."""


class Proposal(NamedTuple):
    """What a model would do next."""

    ranking: Ranking
    """All actions of the domain, probabilities summing to 1."""
    policy: str
    """Which part of the model put the first action first: `rules`, `memorised` or `learned`."""


@dataclass(frozen=True, slots=True)
class Model:
    """Everything learned from one set of data; never changes."""

    id: str
    """Of the content: equal data and parameters give equal ids."""
    domain: Domain

    def parse(self, text: str) -> Understanding:
        """What the user means. Takes any text: empty, structured (`/intent{"entity": "value"}`), long."""
        raise NotImplementedError

    def rank_actions(self, so_far: Tracker | Dialogue) -> Proposal:
        """What should come next, given a session's state or its events so far.

        With a tracker the cost does not depend on how long the session is.
        """
        raise NotImplementedError


def train(
    nlu: NluData, dialogues: Sequence[Dialogue], domain: Domain, *, rules: Sequence[Dialogue] = ()
) -> Model:
    """Learn from messages, dialogues as they should go, and rules.

    A rule is a dialogue too: `ActionExecuted("...")` at its start says "whatever came before", at its end
    "do not wait for the user".

    Raises:
        TrainingError: there is nothing to learn from.
    """
    raise NotImplementedError
