"""JSON that others wrote: the strict grammar first, then the two liberties that Python's writer takes."""

from __future__ import annotations

import json
from typing import Any

import orjson

from recorder.errors import NotationError


def parse(text: bytes) -> Any:
    """The value of one JSON text in UTF-8, with or without a byte order mark.

    `NaN` and `Infinity`, which are no JSON but which Python writes, become the texts "NaN" and
    "Infinity"; half a character (a lone surrogate) becomes U+FFFD.

    Raises:
        NotationError: it is not JSON, not UTF-8, or nested more than some hundred levels deep.
    """
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _parse_python_json(text, str(error))


def _parse_python_json(text: bytes, reason: str) -> Any:
    try:
        value = json.loads(text.decode(), parse_constant=str)
        clean = (
            json.dumps(value, ensure_ascii=False)
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
        return orjson.loads(clean)
    except UnicodeDecodeError:
        raise NotationError("not UTF-8") from None
    except RecursionError:
        raise NotationError("nested too deeply") from None
    except ValueError:
        raise NotationError(f"not JSON: {reason}") from None
