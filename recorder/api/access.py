"""Who may ask what: one table of all routes, and the route class that holds requests against it.

Without any token, only whoever is on this machine may ask, and no page of a web site in their browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from recorder.api.answers import Refused
from recorder.api.bodies import JsonRequest
from recorder.services.tokens import ADMIN, Keeper

OPEN: Final = ""
"""Anybody may ask: nothing is told that was recorded."""

SCOPE_OF: Final = {
    ("GET", "/"): OPEN,
    ("GET", "/version"): OPEN,
    ("GET", "/health"): OPEN,
    ("GET", "/ready"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/webhooks/rest/"): OPEN,
    ("POST", "/webhooks/rest/webhook"): "chat",
    ("GET", "/status"): "read",
    ("GET", "/domain"): "read",
    ("GET", "/conversations/{conversation}/tracker"): "read",
    ("GET", "/conversations/{conversation}/story"): "read",
    ("POST", "/conversations/{conversation}/predict"): "read",
    ("POST", "/conversations/{conversation}/tracker/events"): "ingest",
    ("PUT", "/conversations/{conversation}/tracker/events"): "ingest",
    ("POST", "/conversations/{conversation}/messages"): ADMIN,
    ("POST", "/conversations/{conversation}/trigger_intent"): ADMIN,
    ("POST", "/conversations/{conversation}/execute"): ADMIN,
    ("POST", "/sessions/{session}/events"): "ingest",
    ("POST", "/model/parse"): "parse",
    ("POST", "/model/predict"): "parse",
    ("GET", "/metrics"): "monitor",
}
"""(method, path) of every route -> the scope that opens it."""

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class Guarded(APIRoute):
    """A route that nobody gets to without the scope that the table has for it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        (scope,) = {SCOPE_OF[method, self.path_format] for method in self.methods or ()}

        async def guarded(request: Request) -> Response:
            refuse_garbled(request)
            mine = JsonRequest(request.scope, request.receive)
            body = b"" if self.body_field is None else await mine.body()
            if scope != OPEN:
                door: Door = request.app.state.door
                await door.admit(request, scope)
            if body and not mine.says_json:
                raise Refused(415, "Send JSON, with Content-Type: application/json.")
            return await handle(mine)

        return guarded


class Door:
    """Holds the tokens that requests bring against those of the log."""

    def __init__(self, keeper: Keeper, *, is_local: bool) -> None:
        """Args: is_local: the server can be reached from this machine only."""
        self._keeper, self._is_local = keeper, is_local
        self._looking = asyncio.Lock()

    async def admit(self, request: Request, scope: str) -> None:
        """Raises Refused: 401, 403; DatabaseUnusable: nobody can tell."""
        if not self._keeper.is_fresh:
            async with self._looking:
                await asyncio.to_thread(self._keeper.look)
        if self._is_local and not self._keeper.any_issued:
            return refuse_strangers(request)
        token = _given(request)
        if token is None:
            raise _unknown("A token is needed: Authorization: Bearer TOKEN.")
        found = self._keeper.find(token)
        if found is None:
            raise _unknown("The token is not known, or no longer.")
        if not found.opens(scope):
            raise Refused(403, f"The token does not open this: it needs the scope {scope}.", {"scope": scope})
        return None


def refuse_garbled(request: Request) -> None:
    """An address that is no text would be taken for another one. Raises Refused."""
    try:
        unquote_to_bytes(request.scope.get("raw_path") or b"").decode()
    except UnicodeDecodeError:
        raise Refused(400, "The address is not UTF-8.") from None


def refuse_strangers(request: Request) -> None:
    """A page of another site may lead its own name here, or send things unseen. Raises Refused."""
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in _LOCAL:
        raise Refused(403, "Without tokens, this server answers to localhost only.")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Refused(403, "Without tokens, no page of another site may ask.")


def is_loopback(address: str) -> bool:
    """Whether whoever listens there is reached from this machine only."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def _given(request: Request) -> str | None:
    """Rasa's clients write it into the address."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return token.strip()
    return request.query_params.get("token")


def _unknown(message: str) -> Refused:
    return Refused(401, message, headers={"WWW-Authenticate": "Bearer"})
