"""What is told of the server itself: that it lives, whether it is ready, what it counts, what it can do."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Header, Request
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from recorder import __version__
from recorder.api.access import SCOPE_OF, Guarded
from recorder.api.answers import answer
from recorder.api.hub import At
from recorder.services.tokens import SCOPES

router = APIRouter(route_class=Guarded, tags=["server"])


class Alive(BaseModel):
    alive: bool
    version: str


class Check(BaseModel):
    name: str
    ok: bool
    detail: str


class Ready(BaseModel):
    ready: bool
    checks: list[Check]


@router.get("/health", summary="Whether the server lives")
async def health() -> Alive:
    return Alive(alive=True, version=__version__)


@router.get(
    "/ready",
    summary="Whether the log can be worked on",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "It cannot: why."}},
)
async def ready(hub: At) -> Response:
    found = await hub.lines.beside(hub.readiness)
    return answer(found, 200 if found.ready else 503)


@router.get(
    "/metrics",
    summary="What is counted, for Prometheus and its like",
    response_class=PlainTextResponse,
    responses={200: {"content": {"application/openmetrics-text": {"schema": {"type": "string"}}}}},
)
async def metrics(hub: At, accept: Annotated[str, Header()] = "") -> Response:
    encoder, kind = choose_encoder(accept)
    return Response(await hub.lines.beside(lambda: encoder(hub.metrics)), media_type=kind)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    return answer(request.app.openapi())


_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color-scheme: light dark; }
h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; border-top: 1px solid #8886; padding-top: 1rem; }
code, pre { font: .9em ui-monospace, monospace; } pre { overflow: auto; padding: .75rem; background: #8882; }
table { border-collapse: collapse; } td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
"""
_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Session recorder</title>"
    "<meta name=viewport content='width=device-width'><style>{style}</style>"
    "<h1>Session recorder {version}</h1><p>What can be asked of this server; the same for programs: "
    "<a href=openapi.json>openapi.json</a>. A token is sent as <code>Authorization: Bearer TOKEN</code>.</p>"
    "<table>{scopes}</table>{routes}</html>"
)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Plain HTML: it needs nothing from anywhere else, and runs no script."""
    document = request.app.openapi()
    routes = "".join(
        _route(method.upper(), path, told, document)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    )
    scopes = "".join(f"<tr><td><code>{scope}</code><td>{escape(what)}" for scope, what in SCOPES.items())
    page = _PAGE.format(style=_STYLE, version=__version__, scopes=scopes, routes=routes)
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(page, headers=policy, media_type="text/html")


def _route(method: str, path: str, told: dict[str, Any], document: dict[str, Any]) -> str:
    scope = SCOPE_OF[method, path]
    opened = f"needs the scope <code>{scope}</code>" if scope else "open to anybody"
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code><td>{each['in']}"
        f"<td>{escape(each.get('description', ''))}"
        for each in told.get("parameters", ())
    )
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(content.get("schema"), document)
    body = f"<pre>{escape(_text(schema))}</pre>" if schema else ""
    return (
        f"<h2><code>{method} {escape(path)}</code></h2><p>{escape(told.get('summary', ''))}; {opened}."
        f"<p>{escape(told.get('description', ''))}<table>{rows}</table>{body}"
    )


def _resolved(schema: Any, document: dict[str, Any]) -> Any:
    if not isinstance(schema, dict) or "$ref" not in schema:
        return schema
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
