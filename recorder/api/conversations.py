"""Recorded conversations as Rasa's clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from recorder.api import sessions
from recorder.api.access import Guarded
from recorder.api.answers import Refused, answer
from recorder.api.channel import Reply, messages
from recorder.api.hub import At, Hub, Id
from recorder.api.models import Predicted, predicted
from recorder.api.sessions import Events
from recorder.dialogue.steps import live_episodes
from recorder.dialogue.tracker import applied, replay
from recorder.events.event import JsonObject, Recorded, session_stream
from recorder.events.session import ActionExecuted, Restarted, SessionEvent, SessionRecorded
from recorder.formats import rasa_tracker, story_yaml
from recorder.formats.rasa_events import from_rasa, to_rasa
from recorder.services import driving, receiving
from recorder.services.conversation import Conversation
from recorder.stories.compiler import story_steps
from recorder.stories.story import Story, unique_names

router = APIRouter(route_class=Guarded, tags=["conversations"])

SOURCE = "http"
"""How these messages came in."""
Verbosity = Literal["ALL", "APPLIED", "AFTER_RESTART", "NONE"]
Until = Annotated[
    float | None, Query(allow_inf_nan=False, description="Seconds since 1970: what came later is left out.")
]


@router.get(
    "/conversations/{conversation:path}/tracker",
    summary="The state of a conversation",
    response_model=dict[str, Any],
)
async def tracker(
    conversation: Id, hub: At, include_events: Verbosity = "AFTER_RESTART", until: Until = None
) -> Response:
    return answer(await hub.lines.beside(lambda: _tracker(hub, conversation, include_events, until)))


@router.get("/conversations/{conversation:path}/story", summary="A conversation as a story, in YAML")
async def story(conversation: Id, hub: At, until: Until = None, all_sessions: bool = False) -> Response:
    text = await hub.lines.beside(lambda: _story(hub, conversation, until, all_sessions))
    return Response(text, media_type="text/plain")


@router.post(
    "/conversations/{conversation:path}/predict", summary="What comes next", response_model=Predicted
)
async def predict(conversation: Id, hub: At) -> Response:
    def work() -> JsonObject:
        rows = _history(hub.recorded(conversation))
        state = replay((row.event for row in rows), hub.mind().domain)
        return predicted(hub, conversation, state, _as_rasa(_after_restart(rows)))

    return answer(await hub.lines.beside(work))


class UserMessage(BaseModel, strict=True):
    text: str
    sender: Literal["user"]
    parse_data: dict[str, Any] | None = None


class Intent(BaseModel, strict=True):
    name: Annotated[str, Field(min_length=1)]
    entities: list[dict[str, Any]] | dict[str, Any] = []


class Action(BaseModel, strict=True):
    name: Annotated[str, Field(min_length=1)]
    policy: str | None = None
    confidence: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None


class Led(BaseModel):
    tracker: dict[str, Any]
    messages: list[Reply]


@router.post(
    "/conversations/{conversation:path}/messages",
    summary="Add a message of the user, without an answer",
    response_model=dict[str, Any],
)
async def add_message(
    conversation: Id, message: UserMessage, hub: At, include_events: Verbosity = "AFTER_RESTART"
) -> Response:
    def work() -> JsonObject:
        driving.add_message(hub.conversation(conversation), message.text, SOURCE, message.parse_data)
        return _tracker(hub, conversation, include_events, None)

    return answer(await hub.lines.behind(conversation, work))


@router.post(
    "/conversations/{conversation:path}/trigger_intent",
    summary="Answer as if the user had meant this",
    response_model=Led,
)
async def trigger_intent(
    conversation: Id, intent: Intent, hub: At, include_events: Verbosity = "AFTER_RESTART"
) -> Response:
    def work() -> JsonObject:
        found = intent.entities
        if isinstance(found, dict):
            found = [{"entity": name, "value": value} for name, value in found.items()]
        led = hub.conversation(conversation)
        driving.trigger_intent(led, intent.name, found, SOURCE)
        return _led(hub, led, include_events)

    return answer(await hub.lines.behind(conversation, work))


@router.post("/conversations/{conversation:path}/execute", summary="Run an action", response_model=Led)
async def execute(
    conversation: Id, action: Action, hub: At, include_events: Verbosity = "AFTER_RESTART"
) -> Response:
    def work() -> JsonObject:
        led = hub.conversation(conversation, begun=True)
        driving.execute(led, ActionExecuted(action.name, action.policy, action.confidence))
        return _led(hub, led, include_events)

    return answer(await hub.lines.behind(conversation, work))


def _led(hub: Hub, led: Conversation, verbosity: Verbosity) -> JsonObject:
    tracker = _tracker(hub, led.session, verbosity, None)
    return {"tracker": tracker, "messages": messages(led.session, led.replies)}


@router.post(
    "/conversations/{conversation:path}/tracker/events",
    summary="Record events of a conversation",
    response_model=dict[str, Any],
)
async def append(
    conversation: Id, sent: Events, hub: At, include_events: Verbosity = "AFTER_RESTART"
) -> Response:
    """As `/sessions/{session}/events`; the answer is the state that follows."""

    def work() -> JsonObject:
        listed = sent if isinstance(sent, list) else [sent]
        receipt = receiving.receive(hub.log, conversation, listed)
        if receipt.refused:
            raise Refused(409 if receipt.taken else 400, receipt.refused[0].reason, sessions.as_json(receipt))
        return _tracker(hub, conversation, include_events, None)

    return answer(await hub.lines.behind(conversation, work))


@router.put(
    "/conversations/{conversation:path}/tracker/events",
    summary="Make a conversation consist of these events",
    response_model=dict[str, Any],
)
async def replace(
    conversation: Id, sent: list[dict[str, Any]], hub: At, include_events: Verbosity = "AFTER_RESTART"
) -> Response:
    """Nothing that was recorded is ever replaced: the events have to begin with those that are there, and
    what comes after them is recorded."""

    def work() -> JsonObject:
        rows = hub.log.read(session_stream(conversation))
        rest = _beyond(_history(rows), sent)
        receipt = receiving.receive(hub.log, conversation, rest, expected_version=len(rows))
        if receipt.refused:
            raise Refused(400, receipt.refused[0].reason, sessions.as_json(receipt))
        return _tracker(hub, conversation, include_events, None)

    return answer(await hub.lines.behind(conversation, work))


def _beyond(history: Sequence[Recorded], sent: Sequence[JsonObject]) -> list[JsonObject]:
    """What was sent beyond the history. Raises Refused (409) where it does not begin with that."""
    for place, row in enumerate(history):
        said = from_rasa(sent[place]) if place < len(sent) else None
        if said is None or said.event != row.event or said.occurred_at not in (None, row.occurred_at):
            raise Refused(
                409,
                f"What was recorded is not replaced: event {place} is another one. "
                "Send what is there, and then more; or record under another name.",
                {"index": place, "recorded": len(history)},
            )
    return list(sent[len(history) :])


def _tracker(hub: Hub, session: str, verbosity: Verbosity, until: float | None) -> JsonObject:
    rows = _until(_history(hub.recorded(session)), until)
    state = replay((row.event for row in rows), hub.domain)
    shown = {
        "ALL": lambda: rows,
        "APPLIED": lambda: applied(rows, event_of=lambda row: row.event),
        "AFTER_RESTART": lambda: _after_restart(rows),
        "NONE": lambda: rows[-1:],
    }[verbosity]()
    dumped = rasa_tracker.dump(session, state, _as_rasa(shown))
    dumped["latest_event_time"] = rows[-1].occurred_at.timestamp() if rows else None
    return dumped | ({"events": None} if verbosity == "NONE" else {})


def _story(hub: Hub, session: str, until: float | None, all_sessions: bool) -> str:
    episodes = live_episodes(_until(_history(hub.recorded(session)), until))
    told = (story_steps((row.event for row in part), hub.domain) for part in episodes)
    stories = [Story(" ".join(session.split()) or "session", steps) for steps in told if steps]
    return story_yaml.dump(unique_names(stories if all_sessions else stories[-1:]))


def _history(rows: Sequence[Recorded]) -> list[Recorded]:
    """What happened in the conversation, without what was added about it."""
    return [
        row
        for row in rows
        if isinstance(row.event, SessionEvent) and not isinstance(row.event, SessionRecorded)
    ]


def _until(rows: list[Recorded], until: float | None) -> list[Recorded]:
    return rows if until is None else [row for row in rows if row.occurred_at.timestamp() <= until]


def _after_restart(rows: list[Recorded]) -> list[Recorded]:
    last = max((place for place, row in enumerate(rows) if isinstance(row.event, Restarted)), default=-1)
    return rows[last + 1 :]


def _as_rasa(rows: Sequence[Recorded]) -> list[JsonObject]:
    return [to_rasa(row.event, row.occurred_at) for row in rows if isinstance(row.event, SessionEvent)]
