"""What all routes work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path
from prometheus_client import CollectorRegistry
from pydantic import StringConstraints
from starlette.requests import Request

from recorder.api.answers import Refused
from recorder.api.lines import Lines
from recorder.api.readiness import Readiness
from recorder.dialogue.domain import Domain
from recorder.errors import UnknownSession
from recorder.events.event import Recorded, session_stream
from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.talking.bot import Bot
from recorder.talking.conversation import Conversation, Mind

LONGEST: Final = 255
"""Characters of a session's id, as Rasa's databases have room for."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]+$")]
Id = Annotated[
    Name, Path(description="Id of the session: Rasa's sender id. Whatever is in it, percent-encoded.")
]


@dataclass(frozen=True, slots=True)
class Hub:
    settings: Settings
    log: EventLog
    model: Mind | None
    """None: none is trained yet, so there is no bot; everything else works."""
    bot: Bot | None
    """Talks with that model."""
    lines: Lines
    metrics: CollectorRegistry
    readiness: Readiness

    @property
    def domain(self) -> Domain | None:
        return self.model.domain if self.model else None

    def mind(self) -> Mind:
        """Raises Refused: 409, there is none."""
        if self.model is None:
            raise Refused(409, "No model is loaded: train one, and start the server again.")
        return self.model

    def talking(self) -> Bot:
        """Raises Refused: 409, there is none."""
        if self.bot is None:
            self.mind()
        assert self.bot is not None  # where there is a model there is a bot
        return self.bot

    def conversation(self, session: str, *, begun: bool = False) -> Conversation:
        """One to be led from outside. Args: begun: raises UnknownSession where there is none yet."""
        bot = self.talking()
        if begun and not self.log.version(session_stream(session)):
            raise UnknownSession(session)
        return Conversation(self.log, bot.model, bot.actions, session)

    def recorded(self, session: str) -> list[Recorded]:
        """All of a session. Raises UnknownSession."""
        rows = self.log.read(session_stream(session))
        if not rows:
            raise UnknownSession(session)
        return rows


async def _hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


At = Annotated[Hub, Depends(_hub)]
