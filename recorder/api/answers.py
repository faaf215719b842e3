"""What goes back: JSON, and for every failure the body that Rasa's clients know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from recorder import __version__, logs
from recorder.errors import (
    ActionFailed,
    ActionRejected,
    EventConflict,
    EventNotStorable,
    LogError,
    ModelError,
    NotationError,
    RecorderError,
    UnknownName,
    UnknownSession,
    VersionConflict,
)

_REASONS: Final = {
    400: "BadRequest",
    401: "NotAuthenticated",
    403: "NotAuthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    408: "RequestTimeout",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
_STATUS: Final[Mapping[type[RecorderError], int]] = {
    UnknownSession: 404,
    UnknownName: 404,
    NotationError: 400,
    EventNotStorable: 400,
    VersionConflict: 409,
    EventConflict: 409,
    ModelError: 409,
    ActionFailed: 409,
    ActionRejected: 409,
}
"""Of what a client may cause; the first that fits. Whatever else goes wrong with the log is a 503."""


class Failure(BaseModel):
    """Every answer from 400 on."""

    version: str
    status: Literal["failure"]
    message: str
    """One sentence."""
    reason: str
    """The kind, in one word."""
    details: dict[str, Any]
    help: str | None
    code: int


class Refused(HTTPException):
    """An answer from 400 on, with what a program may want to know of it."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers=dict(headers or {}))
        self.details = details or {}


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(content, status, headers, "application/json")


def failure(
    status: int,
    message: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {
        "version": __version__,
        "status": "failure",
        "message": message,
        "reason": _REASONS.get(status, "InternalError"),
        "details": details or {},
        "help": None,
        "code": status,
    }
    return answer(body, status, headers)


def tell_failures(app: FastAPI) -> None:
    """Let the application answer every exception by such a body."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        details = error.details if isinstance(error, Refused) else None
        return failure(error.status_code, str(error.detail), details, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"where": ".".join(map(str, each["loc"])), "what": str(each["msg"])} for each in error.errors()
        ]
        first = f"{wrong[0]['where']}: {wrong[0]['what']}" if wrong else "the request is not valid"
        return failure(400, first, {"problems": wrong[:20]})

    @app.exception_handler(RecorderError)
    async def expected(_: Request, error: RecorderError) -> Response:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), None)
        if status is not None:
            return failure(status, str(error))
        logs.error("request_failed", error=error)
        if isinstance(error, LogError):  # its words name the database
            return failure(503, "The log cannot be used now.", headers={"Retry-After": "1"})
        return failure(500, "Something went wrong here.")

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        logs.error("request_failed", error=error, traceback=error)
        return failure(500, "Something went wrong here.")
