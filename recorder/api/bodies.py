"""What comes in: one JSON text, read within limits, before anything looks at it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect, Request

from recorder.api.answers import Refused

MOST: Final = 1_000_000
"""Bytes of a body."""
DEEPEST: Final = 100
"""Lists and objects within each other."""
SECONDS: Final = 10.0
"""In which a body has to be here."""
_DRAINED: Final = 8_000_000
"""Bytes that are read and dropped of a body that is too large, so that its sender gets to the answer."""


class JsonRequest(Request):
    """A request whose body is refused as soon as it is known to be none of ours."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            try:
                async with asyncio.timeout(SECONDS):
                    self._body = await self._within_limits()
            except TimeoutError:
                raise Refused(
                    408,
                    f"The body was not here after {SECONDS:.0f} seconds.",
                    headers={"Connection": "close"},
                ) from None
            except ClientDisconnect:
                raise Refused(400, "The body broke off.") from None
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parsed(await self.body())
        return self._json

    async def _within_limits(self) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size <= MOST:
                chunks.append(chunk)
            elif size > _DRAINED:
                break
        if size > MOST:
            raise Refused(413, f"The body is too large: {MOST:,} bytes are the most.", {"most": MOST})
        return b"".join(chunks)

    @property
    def says_json(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def parsed(body: bytes) -> Any:
    """The value of a JSON text; raises Refused (400)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"The body is not JSON in UTF-8: {error}.") from None
    if body.count(b"[") + body.count(b"{") > DEEPEST or b"\\u0000" in body:
        _check(value)
    return value


def _check(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        if any("\0" in text for each in level for text in _texts(each)):
            raise Refused(400, "The body holds a NUL character.")
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise Refused(400, f"The body is nested too deeply: {DEEPEST} levels are the most.", {"most": DEEPEST})


def _inside(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return list(value)
        case _:
            return []
