"""The names that a lesson may use: the assistant's, and those that the trainer invents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from recorder.dialogue.domain import DEFAULT_ACTIONS, Domain, Intent
from recorder.errors import InvalidDecision


class Vocabulary:
    """What was invented stays for the whole run, also where it is undone."""

    def __init__(self, base: Domain) -> None:
        self.base = base
        """The model's domain, as it was before the lesson."""
        self.domain = base
        """With what was invented."""

    def take(
        self,
        intents: Iterable[str] = (),
        actions: Iterable[str] = (),
        responses: Mapping[str, str] | None = None,
    ) -> None:
        """Take in what is new of this; a response gets the text that is given here, known or not."""
        domain = self.domain
        known = {*DEFAULT_ACTIONS, *domain.action_names}
        said = {name: ({"text": text},) for name, text in (responses or {}).items()}
        self.domain = replace(
            domain,
            intents=(*domain.intents, *(Intent(i) for i in intents if i not in domain.intent_names)),
            actions=(*domain.actions, *(name for name in actions if name not in known)),
            responses={**domain.responses, **said},
        )

    def is_invented(self, action: str) -> bool:
        """Whether nobody knows yet what the action does, not even what it says."""
        return action not in {*DEFAULT_ACTIONS, *self.base.action_names, *self.domain.responses}


def check_name(name: str) -> None:
    """Raises InvalidDecision where it is none."""
    if not name.strip():
        raise InvalidDecision("A name is needed.")
