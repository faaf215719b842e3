"""Sessions that other programs record here, event by event."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.responses import Response

from recorder.api.access import Guarded
from recorder.api.answers import Refused, answer
from recorder.api.hub import At, Id
from recorder.errors import VersionConflict
from recorder.services import receiving
from recorder.services.receiving import Receipt, Taken
from recorder.services.receiving import Refused as Refusal

router = APIRouter(route_class=Guarded, tags=["recording"])

Events = dict[str, Any] | list[dict[str, Any]]
Version = Annotated[int | None, Query(ge=0, le=2**53, description="How many events the session must have.")]
_ETAG = re.compile(r'(?:W/)?"?(\d{1,15})"?')


class TakenEvent(BaseModel):
    index: int
    """In what was sent, from 0."""
    id: str
    version: int
    position: int
    new: bool


class RefusedEvent(BaseModel):
    index: int
    reason: str


class Received(BaseModel):
    session: str
    version: int
    taken: list[TakenEvent]
    refused: list[RefusedEvent]


@router.post(
    "/sessions/{session:path}/events",
    summary="Record events of a session",
    response_model=Received,
    responses={207: {"model": Received, "description": "Some were refused: which, and why."}},
)
async def events(
    session: Id,
    sent: Events,
    hub: At,
    expected_version: Version = None,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Response:
    """One event or many, in Rasa's notation, or as lines of `recorder follow` (rankings, too).

    The answer comes when they are on disk. Sent again, an event is not recorded again: it is known by
    its `id`, by `Idempotency-Key`, or by its time and content. With `expected_version` or `If-Match`
    all are taken, or none. The answer's `version`, also its `ETag`, is what to expect next.
    """
    expected = expected_version if if_match is None else _version(if_match)
    try:
        receipt = await hub.lines.behind(
            session,
            lambda: receiving.receive(
                hub.log, session, _listed(sent), key=idempotency_key, expected_version=expected
            ),
        )
    except VersionConflict as conflict:
        found = {"expected": conflict.expected, "version": conflict.actual}
        raise Refused(409 if if_match is None else 412, str(conflict), found) from None
    return told(receipt)


def told(receipt: Receipt) -> Response:
    """Everything was taken: 200, some: 207; nothing: a failure that says why."""
    body = as_json(receipt)
    if receipt.refused and not receipt.taken:
        known = any("already" in each.reason or "forgotten" in each.reason for each in receipt.refused)
        raise Refused(409 if known else 400, f"Nothing was recorded: {receipt.refused[0].reason}.", body)
    return answer(body, 207 if receipt.refused else 200, {"ETag": f'"{receipt.version}"'})


def as_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "session": receipt.session,
        "version": receipt.version,
        "taken": [_indexed(each) for each in receipt.taken],
        "refused": [_indexed(each) for each in receipt.refused],
    }


def _indexed(each: Taken | Refusal) -> dict[str, Any]:
    return {"index" if name == "place" else name: value for name, value in each._asdict().items()}


def _listed(sent: Events) -> list[dict[str, Any]]:
    return sent if isinstance(sent, list) else [sent]


def _version(etag: str) -> int:
    found = _ETAG.fullmatch(etag.strip())
    if found is None:
        raise Refused(400, 'If-Match: expected a version, as "12".')
    return int(found[1])
