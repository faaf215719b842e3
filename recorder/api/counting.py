"""Every request is counted, by the route that it took; whatever it names is not in the counts."""

from __future__ import annotations

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recorder.api.access import Guarded
from recorder.api.metrics import Metrics

_OTHER: Final = "other"


class Counted:
    """An application around another."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status, started = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = scope.get("route")
            name = route.path_format if isinstance(route, Guarded) else _OTHER
            self._metrics.answered(name, status, time.perf_counter() - started)
