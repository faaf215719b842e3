"""From settings to a server that listens: what is opened, where it may listen, how it ends."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from recorder import logs
from recorder.actions.anywhere import Actions
from recorder.api import server
from recorder.api.access import is_loopback
from recorder.api.application import REVIEW, Mounted, application
from recorder.api.hub import Hub
from recorder.api.lines import Lines
from recorder.api.metrics import PROCESS, all_metrics
from recorder.api.readiness import Readiness
from recorder.bootstrap import open_recorder
from recorder.errors import TokenNeeded
from recorder.services.tokens import Keeper
from recorder.settings import Settings
from recorder.store.sql import SqlLog
from recorder.talking.bot import Bot, check_actions

_FRESH: Final = 1.0
"""Seconds for which `/ready` is not asked of the database again: anybody may ask the server."""


def hub(settings: Settings, model: str, actions: Actions) -> Hub:
    """Open everything; without any trained model there is no bot.

    Raises:
        LogError, ModelError, RedactionUnusable: as what is opened.
    """
    recorder = open_recorder(settings, PROCESS.observe)
    assert isinstance(recorder.log, SqlLog)  # no other kind is opened
    PROCESS.watch(recorder.log)
    lines = Lines()
    PROCESS.ask_for_waiting(lambda: lines.waiting)
    models = recorder.models
    mind = models.load(model) if model != "latest" or models.list() else None
    if mind is not None:
        check_actions(mind, actions)
    return Hub(
        settings,
        recorder.log,
        mind,
        Bot(recorder.log, mind, actions) if mind else None,
        lines,
        all_metrics(settings),
        Readiness(settings, fresh=_FRESH),
    )


def bound(hub: Hub, host: str, port: int) -> socket.socket:
    """A socket there.

    Raises:
        TokenNeeded: other machines could reach it, and there is no token to hold them to.
        OSError: it cannot listen there.
    """
    keeper = Keeper(hub.log)
    keeper.look()
    if not is_loopback(host) and not keeper.any_live:
        raise TokenNeeded(host)
    return server.listening(host, port)


def run(hub: Hub, opened: socket.socket, say: Callable[[str], None], review: Mounted | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; the log is closed then. Args: say: tells whoever started it."""
    host, port = opened.getsockname()[:2]
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def ready() -> None:
        bot = f"model {hub.model.id}" if hub.model else "no model, so no bot"
        say(f"Serving {where} ({bot}); {where}/docs lists what can be asked. Ctrl-C stops it.")
        if review is not None:
            say(f"Review app: {where}{REVIEW}/")
        logs.info("serving", port=port)

    app = application(hub, is_local=is_loopback(host), review=review)
    server.server(app, ready, proxied=review is not None).run(sockets=[opened])
    if not hub.lines.running and isinstance(hub.log, SqlLog):
        hub.log.database.close()
