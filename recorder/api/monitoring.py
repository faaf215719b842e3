"""Monitoring over HTTP: /metrics, /health, /ready. Nothing else, and nothing that anybody said."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import make_wsgi_app

from recorder import __version__, logs
from recorder.api import readiness
from recorder.api.metrics import PROCESS, Metrics, all_metrics
from recorder.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Page = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

DEFAULT_PORT: Final = 9464
_SECONDS: Final = 10
"""After which a client that says nothing is left."""


def application(
    settings: Settings, metrics: Metrics = PROCESS, *, max_lag: int = readiness.MAX_LAG
) -> WSGIApplication:
    """The three pages, on the log that the settings name; it need not be there yet."""
    pages: dict[str, Page] = {
        "/metrics": make_wsgi_app(all_metrics(settings, metrics)),
        "/health": lambda _, start: _json(start, "200 OK", {"alive": True, "version": __version__}),
        "/ready": _ready(settings, max_lag),
    }

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        page = pages.get(environ.get("PATH_INFO", ""))
        if page is None:
            return _json(start, "404 Not Found", {"pages": list(pages)})
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _json(start, "405 Method Not Allowed", {}, ("Allow", "GET, HEAD"))
        body = page(environ, start)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    return answer


def _ready(settings: Settings, max_lag: int) -> Page:
    ask = readiness.Readiness(settings, max_lag=max_lag)

    def page(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        found = ask()
        return _json(start, "200 OK" if found.ready else "503 Service Unavailable", found)

    return page


def _json(start: StartResponse, status: str, body: object, *headers: tuple[str, str]) -> list[bytes]:
    content = orjson.dumps(body) + b"\n"
    length = str(len(content))
    start(status, [("Content-Type", "application/json"), ("Content-Length", length), *headers])
    return [content]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        logs.warning("request_failed")


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Who asks is asked every few seconds: not worth a line."""


def start(application: WSGIApplication, address: str, port: int) -> WSGIServer:
    """Answer from a thread of its own, until the process ends; port 0 takes a free one.

    Raises:
        OSError: it cannot listen there.
    """
    server_class = _Server6 if ":" in address else _Server
    server = make_server(address, port, application, server_class, _Handler)
    Thread(target=server.serve_forever, name="monitoring", daemon=True).start()
    logs.info("monitoring", port=server.server_port)
    return server
