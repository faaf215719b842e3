"""Who the benchmarks of the live bot talk to, and what is said to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from recorder.dialogue.domain import DEFAULT_ACTIONS, Domain
from recorder.formats import annotated_text
from recorder.learning.model import Model, train
from recorder.services.training_files import read
from recorder.stories.events import dialogues_of

DATA: Final = Path(__file__).parents[2] / "data"
CONCERTS: Final = DATA / "concertbot"


def model(bot: Path = CONCERTS, *, says_all: bool = False) -> Model:
    """The bot's model. Args: says_all: every custom action becomes a response, so that no code is run."""
    data = read([bot])
    domain = data.domain or Domain()
    if says_all:
        domain = replace(domain, responses={**_instead(domain), **domain.responses})
    return train(data.nlu, dialogues_of(data.stories, domain), domain)


def _instead(domain: Domain) -> dict[str, tuple[dict[str, str], ...]]:
    own = {*DEFAULT_ACTIONS, *(form.name for form in domain.forms)}
    custom = [name for name in domain.action_names if not name.startswith("utter_") and name not in own]
    return {name: ({"text": f"This is what {name} found."}, {"text": "There it is."}) for name in custom}


def visitors() -> list[list[str]]:
    """What the visitors of the demo wrote, typos and all; nothing that takes back or begins anew."""
    said = yaml.safe_load((DATA / "visitors.yml").read_text(encoding="utf-8"))
    texts = [
        [
            annotated_text.parse(words)[0]
            for entry in entries
            for intent, words in entry.items()
            if intent not in ("wait", "restart", "back")
        ]
        for entries in said.values()
    ]
    return [each for each in texts if each]


def messages() -> Sequence[str]:
    """All of them, one after the other."""
    return [text for each in visitors() for text in each]
