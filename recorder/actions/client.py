"""A Rasa-compatible action server, over a transport that is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from recorder.actions import protocol
from recorder.actions.anywhere import Events, Outcome
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionServerSilent
from recorder.formats.endpoints_yaml import ActionEndpoint

PATIENCE: Final = 2.0
"""Seconds for which a server that cannot be reached is tried again: it may be starting."""
REMEMBERED: Final = 30.0
"""Seconds for which what a server has is not asked again."""
_LISTING: Final = 2.0
_PAUSE: Final = 0.1


class Reply(NamedTuple):
    status: int
    body: bytes


Transport = Callable[[bytes | None, float], Reply]
"""Posts a body to the webhook, or asks for the list of actions beside it (None).

It takes as many seconds as it is given. Raises ActionServerSilent.
"""


class ActionServer:
    """The actions of one server; safe to use from several threads."""

    def __init__(
        self,
        endpoint: ActionEndpoint,
        transport: Transport,
        *,
        patience: float = PATIENCE,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint, self._transport = endpoint, transport
        self._patience, self._pause, self._clock = patience, pause, clock
        self._listed: tuple[float, frozenset[str] | None] | None = None
        self._domain: tuple[Domain, bytes] | None = None

    def __contains__(self, name: object) -> bool:
        """Whether the server lists the action; one that lists nothing is believed to have every one."""
        listed = self._list()
        return isinstance(name, str) and (listed is None or name in listed)

    def run(
        self, name: str, session: str, state: Tracker, *, domain: Domain, events: Events = list
    ) -> Outcome:
        """As `Actions.run`; it is asked once only, unless nothing of the request was sent."""
        said = events()
        text = self._domain_text(domain)
        always = not self._endpoint.enable_selective_domain or name in domain.send_domain
        try:
            reply = self._ask(name, protocol.request(name, session, state, said, text if always else None))
            if reply.status == protocol.DOMAIN_MISSING and not always:
                reply = self._ask(name, protocol.request(name, session, state, said, text))
            return protocol.outcome(name, *reply)
        except ActionFailed as error:
            raise ActionFailed(name, self._without_secrets(error.reason)) from None

    def _ask(self, name: str, body: bytes) -> Reply:
        """Raises ActionFailed: there is no answer."""
        until = self._clock() + self._endpoint.timeout
        last = min(until, self._clock() + self._patience)
        while True:
            try:
                return self._transport(body, until - self._clock())
            except ActionServerSilent as silent:
                if silent.sent or silent.late or self._clock() + _PAUSE > last:
                    raise ActionFailed(name, self._advice(silent)) from None
            self._pause(_PAUSE)

    def _advice(self, silent: ActionServerSilent) -> str:
        url = self._endpoint.url
        if not silent.sent:
            start = "start it with python -m rasa_sdk --actions actions"
            return f"no action server answers at {url} ({silent.reason}): {start}"
        if silent.late:
            seconds = f"{self._endpoint.timeout:g} seconds"
            return (
                f"the action server at {url} did not answer within {seconds} (`timeout:` of action_endpoint)"
            )
        return f"the action server at {url} gave no answer: {silent.reason}. Look at what it printed"

    def _without_secrets(self, text: str) -> str:
        for secret in self._endpoint.secrets:
            text = text.replace(secret, "***")
        return text

    def _list(self) -> frozenset[str] | None:
        """The names of the server's actions; None: it does not say, or cannot be reached."""
        listed = self._listed
        if listed is None or self._clock() > listed[0] + REMEMBERED:
            # Meanwhile other threads go on with what was known: one asks, not all of them.
            self._listed = (self._clock(), listed[1] if listed else None)
            self._listed = listed = (self._clock(), self._asked())
        return listed[1]

    def _asked(self) -> frozenset[str] | None:
        if not self._endpoint.url.endswith("/webhook"):
            return None
        try:
            return protocol.registered(*self._transport(None, _LISTING))
        except ActionServerSilent:
            return None

    def _domain_text(self, domain: Domain) -> bytes:
        """The domain as it is sent; kept, since it is the same from one call to the next."""
        kept = self._domain
        if kept is None or kept[0] is not domain:
            self._domain = kept = (domain, protocol.domain_text(domain))
        return kept[1]
