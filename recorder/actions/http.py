"""An action server over HTTP: a pool of connections, and one time limit for a whole call.

Nothing is left to chance: no proxy from the environment, no redirect followed, no answer without a
limit. A library's own time limits hold for one read or write each, so that a server which sends a
byte now and then would never be given up; here every read, write and handshake gets what is left.
"""

from __future__ import annotations

import ssl
import threading
import time
import weakref
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

import httpcore

from recorder.actions.client import Reply
from recorder.errors import ActionServerSilent, EndpointUnusable
from recorder.formats.endpoints_yaml import ActionEndpoint

MAX_ANSWER: Final = 10_000_000
"""Bytes; what an action brings about is some hundred."""
CONNECTIONS: Final = 64
IDLE: Final = 15.0
"""Seconds after which an unused connection is closed."""
CONNECT: Final = 5.0
"""Seconds for a connection to come about."""
_PIECE: Final = 65_536
"""Bytes that are written before the time is looked at again."""


class HttpTransport:
    """Calls to one server; safe to use from several threads."""

    def __init__(self, endpoint: ActionEndpoint) -> None:
        """Connects to nothing yet. Raises EndpointUnusable: its certificates cannot be read."""
        query = f"?{urlencode(endpoint.query)}" if endpoint.query else ""
        self._webhook = endpoint.url + query
        self._actions = endpoint.url.removesuffix("webhook") + "actions" + query
        self._headers = [
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"session-recorder"),
            *((name.encode(), value.encode("latin-1")) for name, value in endpoint.headers.items()),
        ]
        self._call = _Call()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusting(endpoint) if endpoint.url.startswith("https:") else None,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE,
            network_backend=_Backend(self._call),
        )
        self.close = weakref.finalize(self, self._pool.close)
        """Closes what is open; also done when nobody uses the transport any more."""

    def __call__(self, body: bytes | None, seconds: float) -> Reply:
        self._call.begin(seconds)
        try:
            return self._ask(body, seconds)
        except httpcore.TimeoutException:
            raise ActionServerSilent(
                "it did not answer in time" if self._call.sent else "no connection came about in time",
                sent=self._call.sent,
                late=True,
            ) from None
        except httpcore.ConnectError as error:
            raise ActionServerSilent(_why(error), sent=False) from None
        except httpcore.RemoteProtocolError as error:
            raise ActionServerSilent(f"no whole answer came ({error})", sent=self._call.sent) from None
        except (httpcore.NetworkError, OSError):
            raise ActionServerSilent("the connection broke off", sent=self._call.sent) from None

    def _ask(self, body: bytes | None, seconds: float) -> Reply:
        method, url, headers = "GET", self._actions, self._headers
        if body is not None:
            method, url = "POST", self._webhook
            headers = [*headers, (b"Content-Type", b"application/json")]
        waits = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        with self._pool.stream(
            method, url, headers=headers, content=body, extensions={"timeout": waits}
        ) as response:
            parts: list[bytes] = []
            size = 0
            for part in response.iter_stream():
                parts.append(part)
                size += len(part)
                if size > MAX_ANSWER:
                    raise ActionServerSilent(
                        f"its answer is larger than {MAX_ANSWER // 1_000_000} MB", sent=True
                    )
            return Reply(response.status, b"".join(parts))


def _trusting(endpoint: ActionEndpoint) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=endpoint.cafile)
    except OSError as error:  # ssl.SSLError is one
        raise EndpointUnusable(
            endpoint.url, f"no certificate can be read from its cafile {endpoint.cafile} ({_why(error)})"
        ) from None


def _why(error: Exception) -> str:
    """The system's words for it, which name no host."""
    cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    return (cause.strerror if isinstance(cause, OSError) else str(cause)) or "no connection"


class _Call(threading.local):
    """The call that this thread is in: until when it may take, and whether anything was sent."""

    until = 0.0
    sent = False

    def begin(self, seconds: float) -> None:
        self.until, self.sent = time.monotonic() + seconds, False

    def left(self) -> float:
        """Seconds; raises ReadTimeout where there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _Backend(httpcore.NetworkBackend):
    """Connections whose every step takes no longer than the call has left."""

    def __init__(self, call: _Call) -> None:
        self._call, self._inner = call, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wait = min(self._call.left(), CONNECT)
        inner = self._inner.connect_tcp(host, port, wait, local_address, socket_options)
        return _Stream(self._call, inner)


class _Stream(httpcore.NetworkStream):
    def __init__(self, call: _Call, inner: httpcore.NetworkStream) -> None:
        self._call, self._inner = call, inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._call.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            left = self._call.left()
            self._call.sent = True
            self._inner.write(buffer[start : start + _PIECE], left)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, min(self._call.left(), CONNECT))
        return _Stream(self._call, inner)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
