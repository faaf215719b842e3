"""Recorded conversations as Rasa's clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query
from msgspec.structs import replace
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

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
from recorder.events.prediction import IntentRanked
from recorder.events.session import ActionExecuted, Restarted, SessionEvent, SessionRecorded, UserUttered
from recorder.formats import rasa_tracker, story_yaml
from recorder.formats.rasa_events import from_rasa, to_rasa
from recorder.services import receiving
from recorder.stories.compiler import story_steps
from recorder.stories.story import Story, unique_names
from recorder.talking import driving
from recorder.talking.conversation import Conversation

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


@router.get(
    "/conversations/{conversation:path}/story",
    summary="A conversation as a story, in YAML",
    response_class=PlainTextResponse,
)
async def story(conversation: Id, hub: At, until: Until = None, all_sessions: bool = False) -> Response:
    text = await hub.lines.beside(lambda: _story(hub, conversation, until, all_sessions))
    return Response(text, media_type="text/plain")


@router.post(
    "/conversations/{conversation:path}/predict", summary="What comes next", response_model=Predicted
)
async def predict(conversation: Id, hub: At) -> Response:
    def work() -> JsonObject:
        told = _history(hub.recorded(conversation))
        state = replay((each.event for each in told), hub.mind().domain)
        return predicted(hub, conversation, state, _as_rasa(_after_restart(told)))

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
async def put(
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


def _beyond(history: Sequence[Told], sent: Sequence[JsonObject]) -> list[JsonObject]:
    """What was sent beyond the history. Raises Refused (409) where it does not begin with that."""
    for place, told in enumerate(history):
        said = from_rasa(sent[place]) if place < len(sent) else None
        if said is None or said.event != told.event or said.occurred_at not in (None, told.at):
            raise Refused(
                409,
                f"What was recorded is not replaced: event {place} is another one. "
                "Send what is there, and then more; or record under another name.",
                {"index": place, "recorded": len(history)},
            )
    return list(sent[len(history) :])


def _tracker(hub: Hub, session: str, verbosity: Verbosity, until: float | None) -> JsonObject:
    told = _until(_history(hub.recorded(session)), until)
    state = replay((each.event for each in told), hub.domain)
    events = None if verbosity == "NONE" else _as_rasa(_shown(told, verbosity))
    dumped = rasa_tracker.dump(session, state, events)
    return dumped | {"latest_event_time": told[-1].at.timestamp() if told else None}


def _shown(told: list[Told], verbosity: Verbosity) -> list[Told]:
    match verbosity:
        case "APPLIED":
            return applied(told, event_of=lambda each: each.event)
        case "AFTER_RESTART":
            return _after_restart(told)
        case _:
            return told


def _story(hub: Hub, session: str, until: float | None, all_sessions: bool) -> str:
    rows = hub.recorded(session)
    if until is not None:
        rows = [row for row in rows if row.occurred_at.timestamp() <= until]
    told = (story_steps((row.event for row in part), hub.domain) for part in live_episodes(rows))
    stories = [Story(" ".join(session.split()) or "session", steps) for steps in told if steps]
    return story_yaml.dump(unique_names(stories if all_sessions else stories[-1:]))


class Told(NamedTuple):
    """Something that happened in a conversation; a message with the whole ranking of its intents."""

    event: SessionEvent
    at: datetime


def _history(rows: Sequence[Recorded]) -> list[Told]:
    """What happened in the conversation, without what was added about it."""
    ranked = {row.event.about: row.event for row in rows if isinstance(row.event, IntentRanked)}
    return [
        Told(_with_ranking(row.event, ranked.get(row.id)), row.occurred_at)
        for row in rows
        if isinstance(row.event, SessionEvent) and not isinstance(row.event, SessionRecorded)
    ]


def _with_ranking(event: SessionEvent, ranked: IntentRanked | None) -> SessionEvent:
    if ranked is None or not isinstance(event, UserUttered) or "intent_ranking" in event.parse_data:
        return event
    ranking = [{"name": name, "confidence": sure} for name, sure in ranked.ranking]
    return replace(event, parse_data={**event.parse_data, "intent_ranking": ranking})


def _until(told: list[Told], until: float | None) -> list[Told]:
    return told if until is None else [each for each in told if each.at.timestamp() <= until]


def _after_restart(told: list[Told]) -> list[Told]:
    last = max((place for place, each in enumerate(told) if isinstance(each.event, Restarted)), default=-1)
    return told[last + 1 :]


def _as_rasa(told: Sequence[Told]) -> list[JsonObject]:
    return [to_rasa(*each) for each in told]
