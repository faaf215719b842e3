"""The server: one process, a socket, and an end in good order."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

DEADLINE: Final = 30
"""Seconds that requests have to come to their end once the server is told to stop."""
_SILENT: Final = 10.0
"""Seconds after which who has not told what it wants is left."""


class _Patient(H11Protocol):
    """Leaves clients that open a connection and say nothing, or say it drop by drop."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._seen: object = self
        self._tick()

    def _tick(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return  # it is over, or became a WebSocket
        waits = self.cycle is None or self.cycle.response_complete
        if waits and self._seen is self.cycle:
            self.transport.close()
            return
        self._seen = self.cycle if waits else self
        self.loop.call_later(_SILENT, self._tick)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but the signal is not raised again: the server has done what it was told."""
        is_main = threading.current_thread() is threading.main_thread()
        numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()  # no other can listen to them
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(2048)
    except BaseException:
        opened.close()
        raise
    return opened


def server(
    app: ASGIApp, ready: Callable[[], None], deadline: int = DEADLINE, *, proxied: bool = False
) -> uvicorn.Server:
    """One that runs until SIGTERM, Ctrl-C or its `should_exit`, and then finishes what was begun.

    Args:
        ready: called when requests are answered.
        deadline: seconds in which that has to be done; what hangs longer is cut off.
        proxied: believe what a proxy on this machine says of who asks, and how; or one that
            `FORWARDED_ALLOW_IPS` names.
    """
    config = uvicorn.Config(
        app,
        http=_Patient,
        log_config=None,
        access_log=False,  # addresses may hold tokens, and do hold names
        log_level="warning",
        server_header=False,
        proxy_headers=proxied,
        lifespan="on",
        timeout_graceful_shutdown=deadline,
    )
    return _Server(config, ready)
