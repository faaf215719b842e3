"""The bot's REST channel, as Rasa has it: a message in, what the bot says to it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from recorder.api.access import Guarded
from recorder.api.answers import answer
from recorder.api.hub import At, Name
from recorder.events.event import JsonObject
from recorder.events.session import BotUttered

router = APIRouter(route_class=Guarded, tags=["bot"])


class Message(BaseModel, strict=True):
    sender: Name
    """The session."""
    message: str
    metadata: dict[str, Any] | None = None
    input_channel: Name = "rest"


class Reply(BaseModel):
    """One of these is in it, or text with buttons."""

    recipient_id: str
    text: str | None = None
    buttons: list[dict[str, Any]] | None = None
    image: str | None = None
    attachment: Any = None
    custom: Any = None


@router.get("/webhooks/rest/", summary="Whether the channel is there")
async def status() -> dict[str, str]:
    return {"status": "ok"}


@router.post(
    "/webhooks/rest/webhook",
    summary="Say something to the bot",
    response_model=list[Reply],
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def webhook(message: Message, hub: At, stream: bool = False) -> Response:
    """Answers when everything is recorded. With `stream`, one JSON object a line instead of a list."""
    bot = hub.talking()
    said = await hub.lines.behind(
        message.sender,
        lambda: bot.answer(
            message.sender, message.message, source=message.input_channel, metadata=message.metadata
        ),
    )
    replies = messages(message.sender, said)
    if stream:
        lines = b"".join(orjson.dumps(reply) + b"\n" for reply in replies)
        return Response(lines, media_type="text/event-stream")
    return answer(replies)


def messages(recipient: str, said: Sequence[BotUttered]) -> list[JsonObject]:
    """What the bot said, as Rasa's channel cuts it up: paragraphs, then whatever else, one by one."""
    return [{"recipient_id": recipient, **part} for each in said for part in _parts(each)]


def _parts(said: BotUttered) -> Iterator[JsonObject]:
    data = {key: value for key, value in said.data.items() if value}
    buttons = data.get("quick_replies") or data.get("buttons")
    if buttons:
        yield {"text": said.text or "", "buttons": buttons}
    elif said.text:
        yield from ({"text": part} for part in said.text.strip().split("\n\n"))
    for key in ("custom", "image", "attachment"):
        if key in data:
            yield {key: data[key]}
    for element in data.get("elements") or ():
        if isinstance(element, dict):
            text = f"{element.get('title', '')} : {element.get('subtitle', '')}"
            yield {"text": text, "buttons": element.get("buttons") or []}
