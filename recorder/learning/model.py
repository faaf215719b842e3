"""A trained model: messages to rankings of intents, dialogues to rankings of actions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from recorder.dialogue import fallback
from recorder.dialogue.domain import Domain, Intent
from recorder.dialogue.nlu import Example, NluData
from recorder.dialogue.tracker import Tracker, replay
from recorder.errors import TrainingError
from recorder.events import codec
from recorder.events.event import JsonObject
from recorder.events.prediction import Ranking
from recorder.events.session import UserUttered
from recorder.learning import entities, intents, policy, structured
from recorder.learning.entities import EntityTagger
from recorder.learning.intents import Guess, IntentClassifier
from recorder.learning.linear import ranked
from recorder.learning.policy import Dialogue, Policy, Proposal

__all__ = ["Dialogue", "Model", "Proposal", "Understanding", "data_hash", "train", "train_and_check"]

WAY: Final = 2
"""Counts how models are made: a change of methods or parameters gives equal data a new id."""


class Understanding(NamedTuple):
    """What a model makes of a message."""

    intent_ranking: Ranking
    """All intents of the domain, probabilities summing to 1; of structured input only its intent."""
    entities: tuple[JsonObject, ...]
    """In the order of their starts, as Rasa writes them: `entity value start end [role group] extractor`."""


@dataclass(frozen=True, slots=True)
class Model:
    """Everything learned from one set of data; never changes."""

    id: str
    """Of the content: equal data, taught in the same way, give equal ids."""
    domain: Domain
    intents: IntentClassifier | None
    """None: there were no examples; all intents are equally likely."""
    entities: EntityTagger | None
    """None: the data hold no entities."""
    policy: Policy

    def parse(self, text: str) -> Understanding:
        """What the user means. Takes any text: empty, structured (`/intent{"entity": "value"}`), long.

        Structured input with an intent that nobody knows is read as ordinary words, as Rasa does. A bot that
        is told what to do then (its domain, a story or a rule names `nlu_fallback`) hears that intent first
        where it is too unsure.
        """
        said = structured.read(text)
        if said and said.intent in structured.known_intents(self.domain):
            return Understanding(((said.intent, said.confidence),), said.entities_of(self.domain))
        return Understanding(self._intent_ranking(text), self.entities.tag(text) if self.entities else ())

    @property
    def taught(self) -> tuple[Collection[str], Collection[str]]:
        """The intents, and the entities, that this model can find."""
        return (
            self.intents.linear.classes if self.intents else (),
            self.entities.taught if self.entities else (),
        )

    def rank_actions(self, so_far: Tracker | Dialogue) -> Proposal:
        """What should come next, given a session's state or its events so far.

        With a tracker the cost does not depend on how long the session is.
        """
        tracker = so_far if isinstance(so_far, Tracker) else replay(so_far, self.domain)
        return self.policy.rank(tracker)

    def _intent_ranking(self, text: str) -> Ranking:
        names = self.domain.intent_names
        if self.intents is None:
            return ranked(dict.fromkeys(names, 1 / max(1, len(names))))
        taught = dict(self.intents.rank(text))
        ranking = ranked(dict.fromkeys(names, 0.0) | taught)
        return fallback.doubted(ranking) if fallback.NLU_FALLBACK in names else ranking


def train(
    nlu: NluData, dialogues: Sequence[Dialogue], domain: Domain, *, rules: Sequence[Dialogue] = ()
) -> Model:
    """Learn from messages, dialogues as they should go, and rules.

    A rule is a dialogue too: `ActionExecuted("...")` at its start says "whatever came before", at its end
    "do not wait for the user". `stories.events` makes dialogues of stories and rules.

    Raises:
        TrainingError: there is nothing to learn from.
    """
    return train_and_check(nlu, dialogues, domain, rules=rules)[0]


def train_and_check(
    nlu: NluData, dialogues: Sequence[Dialogue], domain: Domain, *, rules: Sequence[Dialogue] = ()
) -> tuple[Model, tuple[Guess, ...]]:
    """As `train`; also what classifiers that had not seen them said of the examples."""
    if not (nlu.examples or dialogues or rules):
        raise TrainingError("There is nothing to learn from: no examples, no stories, no rules.")
    examples = list(_own_intents(nlu.examples, domain))
    classifier, guesses = intents.fit(examples) if examples else (None, ())
    model_id = data_hash(nlu, dialogues, domain, rules)[:12]
    if any(_does_not_understand(dialogue) for dialogue in (*dialogues, *rules)):
        more = () if fallback.NLU_FALLBACK in domain.intent_names else (Intent(fallback.NLU_FALLBACK),)
        domain = replace(domain, intents=(*domain.intents, *more))
    model = Model(
        model_id,
        domain,
        classifier,
        entities.fit(nlu, [entity.name for entity in domain.entities]),
        policy.fit(dialogues, rules, domain),
    )
    return model, guesses


def _does_not_understand(dialogue: Dialogue) -> bool:
    """Whether it says what to do then."""
    return any(isinstance(e, UserUttered) and e.intent == fallback.NLU_FALLBACK for e in dialogue)


def data_hash(
    nlu: NluData, dialogues: Sequence[Dialogue], domain: Domain, rules: Sequence[Dialogue] = ()
) -> str:
    """SHA-256 of everything a model depends on, in hexadecimal; its first 12 digits are the model's id."""
    digest = sha256(
        orjson.dumps([WAY, _plain(asdict(domain)), _plain(asdict(nlu))], option=orjson.OPT_SORT_KEYS)
    )
    for kind, told in (("story", dialogues), ("rule", rules)):
        for dialogue in told:
            digest.update(kind.encode())
            for event in dialogue:
                digest.update(event.type.encode() + codec.encode(event))
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Without what is told about the data only: where it was read, and remarks."""
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items() if key not in ("line", "metadata")}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _own_intents(examples: Sequence[Example], domain: Domain) -> Iterator[Example]:
    """Examples of a retrieval intent (`faq/hours`) teach the intent (`faq`) that the domain has."""
    names = set(domain.intent_names)
    for example in examples:
        base = example.intent.partition("/")[0]
        yield replace(example, intent=base) if example.intent not in names and base in names else example
