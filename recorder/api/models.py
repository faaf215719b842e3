"""What the model would make of something; nothing is recorded."""

from __future__ import annotations

from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Header
from pydantic import BaseModel
from starlette.responses import Response

from recorder import __version__
from recorder.api.access import Guarded
from recorder.api.answers import Refused, answer
from recorder.api.hub import At, Hub
from recorder.dialogue import turns
from recorder.dialogue.tracker import Tracker, replay
from recorder.events.event import JsonObject
from recorder.formats import domain_yaml, rasa_tracker
from recorder.formats.rasa_events import from_rasa
from recorder.learning.model import Understanding

router = APIRouter(route_class=Guarded, tags=["model"])


class Text(BaseModel, strict=True):
    text: str
    message_id: str | None = None


class Score(BaseModel):
    action: str
    score: float


class Predicted(BaseModel):
    scores: list[Score]
    policy: str | None
    confidence: float
    tracker: dict[str, Any]


@router.get("/", summary="A greeting", include_in_schema=False)
async def root() -> Response:
    return Response(f"Hello from the session recorder: {__version__}", media_type="text/plain")


@router.get("/version", summary="Of this program")
async def version() -> dict[str, str]:
    return {"version": __version__, "minimum_compatible_version": __version__}


@router.get("/status", summary="Which model answers")
async def status(hub: At) -> dict[str, Any]:
    model = hub.model.id if hub.model else None
    file = str(hub.settings.models / model) if model else None
    return {"model_file": file, "model_id": model, "num_active_training_jobs": 0}


@router.get(
    "/domain",
    summary="The model's domain, in JSON or YAML",
    response_model=dict[str, Any],
    responses={200: {"content": {"application/yaml": {"schema": {"type": "string"}}}}},
)
async def domain(hub: At, accept: Annotated[str, Header()] = "*/*") -> Response:
    text = domain_yaml.dump(hub.mind().domain)
    wanted = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    for kind in wanted:
        if kind in ("*/*", "application/*") or kind.endswith("json"):
            return answer(yaml.safe_load(text))
        if kind.endswith(("yml", "yaml")):
            return Response(text, media_type="application/yaml")
    raise Refused(406, "The domain is there as application/json and as application/yaml.")


@router.post("/model/parse", summary="What a message means", response_model=dict[str, Any])
async def parse(text: Text, hub: At) -> Response:
    model = hub.mind()
    understood = await hub.lines.beside(lambda: model.parse(text.text))
    return answer({"text": text.text, "message_id": text.message_id, **parse_data(understood)})


@router.post("/model/predict", summary="What comes after these events", response_model=Predicted)
async def predict(events: list[dict[str, Any]], hub: At) -> Response:
    read = [from_rasa(each) for each in events]
    for place, each in enumerate(read):
        if each.problem:
            raise Refused(400, f"Event {place}: {each.problem}.")
    domain = hub.mind().domain
    state = replay((each.event for each in read), domain)
    return answer(await hub.lines.beside(lambda: predicted(hub, "default", state, events)))


def parse_data(understood: Understanding) -> JsonObject:
    ranking = [{"name": name, "confidence": value} for name, value in understood.intent_ranking]
    first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
    return {"intent": first, "entities": [*understood.entities], "intent_ranking": ranking}


def predicted(hub: Hub, session: str, state: Tracker, events: list[JsonObject]) -> JsonObject:
    """Scores of all actions, in the domain's order; what is due whatever a model says has all of it."""
    model = hub.mind()
    due = turns.due(state)
    proposal = None if due else model.rank_actions(state)
    ranking = dict(proposal.ranking) if proposal else {due or "": 1.0}
    names = dict.fromkeys((*model.domain.action_names, *ranking))
    return {
        "scores": [{"action": name, "score": ranking.get(name, 0.0)} for name in names],
        "policy": proposal.policy if proposal else "default",
        "confidence": max(ranking.values(), default=0.0),
        "tracker": rasa_tracker.dump(session, state, events),
    }
