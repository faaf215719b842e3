"""The ASGI application: all routes on one hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp

from recorder import __version__
from recorder.api import channel, conversations, models, pages, sessions
from recorder.api.access import SCOPE_OF, Door
from recorder.api.answers import Failure, tell_failures
from recorder.api.counting import Counted
from recorder.api.hub import Hub
from recorder.api.metrics import PROCESS, Metrics
from recorder.services.tokens import Keeper

Mounted = tuple[ASGIApp, Callable[[Any], AbstractAsyncContextManager[None]]]
"""An application within this one, and what starts and stops it with this one."""

REVIEW = "/review"
"""Where the review app is, if it is there."""


def application(
    hub: Hub, *, is_local: bool = True, review: Mounted | None = None, metrics: Metrics = PROCESS
) -> FastAPI:
    """Args:
    is_local: it can be reached from this machine only, so that no tokens are needed until there are any.
    review: the review app.
    metrics: what counts the requests.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if review is None:
            yield
        else:
            async with review[1](app):
                yield
        hub.lines.close()

    app = FastAPI(
        title="Session recorder",
        version=__version__,
        description="A bot that records itself, in the words of Rasa's HTTP API; a log that takes events.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses={"4XX": {"model": Failure}, "5XX": {"model": Failure}},
    )
    app.add_middleware(Counted, metrics=metrics)
    app.state.hub = hub
    app.state.door = Door(Keeper(hub.log), is_local=is_local)
    tell_failures(app)
    for module in (channel, sessions, conversations, models, pages):
        app.include_router(module.router)
    if review is not None:
        app.add_route(REVIEW, lambda request: RedirectResponse(f"{REVIEW}/"))
        app.mount(REVIEW, review[0])
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Say in the document which scope opens a route, and that failures are JSON whatever else is not."""
    document = app.openapi()
    told_in_json = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            for status in ("4XX", "5XX"):
                told["responses"][status]["content"] = told_in_json
            if scope := SCOPE_OF[method.upper(), path]:
                told["security"] = [{"token": []}]
                told["x-scope"] = scope
