"""What runs actions, wherever their code is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed
from recorder.events.event import JsonObject

Events = Callable[[], list[JsonObject]]
"""Gives a session's events as Rasa writes them, all of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action brought about: what it said first, then the events that it returned."""

    messages: list[JsonObject]
    """As rasa_sdk's dispatcher collects them, without what is empty: text, response, buttons, custom, …"""
    events: list[JsonObject]
    """As Rasa writes them; `timestamp` may be None."""


class Actions(Protocol):
    """Code of the user's own, by the names of its actions. Safe to use from several threads."""

    def __contains__(self, name: object) -> bool:
        """Whether the action can be run. An action server that does not tell what it has is believed
        to have every one, so ask for names that the domain lists."""
        ...

    def run(
        self, name: str, session: str, state: Tracker, *, domain: Domain, events: Events = list
    ) -> Outcome:
        """Run one action.

        Args:
            state: the session as it stands.
            events: called where the action looks, or its server is told.

        Raises:
            ActionRejected: the action declined; another one may answer.
            ActionFailed: it could not be run, it raised, or it gave back what is no list of events.
        """
        ...


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Several places; the first that has an action runs it."""

    places: tuple[Actions, ...]

    def __contains__(self, name: object) -> bool:
        return any(name in place for place in self.places)

    def run(
        self, name: str, session: str, state: Tracker, *, domain: Domain, events: Events = list
    ) -> Outcome:
        for place in self.places:
            if name in place:
                return place.run(name, session, state, domain=domain, events=events)
        raise ActionFailed(name, "nothing here defines it")
