"""The replay: one session, step by step, in a component that never waits for the server.

The browser holds the whole session and shows each decision at once. It sends its unacknowledged
decisions as one list, again and again, until their ids come back as stored or refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from recorder.errors import NotAllowed, RecorderError
from recorder.events.event import JsonObject
from recorder.events.own import GuideClosed
from recorder.review.people import Person, may
from recorder.services import batching, guiding, remarking, reviewing
from recorder.services.batching import Task
from recorder.services.board import Board
from recorder.services.reviewing import Desk
from review_app import state
from review_app.work import views as work_views

PARTS: Final = (
    *("text", "prose", "fold", "outbox", "keys", "transcript", "panel", "dialogs", "entities"),
    *("header", "commands", "batch", "remarks", "guide", "replay"),
)
"""The scripts that make one module when they are joined in this order."""

_FOLDER = Path(__file__).parent
SCRIPT: Final = "\n".join((_FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
STYLE: Final = (_FOLDER / "replay.css").read_text(encoding="utf-8")

_component = st.components.v2.component("replay", css=STYLE, js=SCRIPT)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits where: what the replay works on."""

    desk: Desk
    board: Board
    session: str
    person: Person
    batch: str = ""
    """That the page was opened for, where the session is in several."""


def replay(seat: Seat, *, start: str | None, on_go: Callable[[str, str], None]) -> None:
    """Draw the session as the person's review has it, and take the decisions that arrive.

    Not in a fragment: a server that was killed and started again knows the page, but no fragment of it.

    Args:
        start: id of the step to begin with; None: the first undecided one.
        on_go: called when the person leaves for another session, with `next`, `later` or `skip:REASON`
            and the name of the batch, or ""; all decisions are stored then.

    Raises:
        UnknownSession
    """
    key = _key(seat.session, seat.person.name)
    outcome = f"{key}-outcome"

    def take() -> None:
        sent = _outbox(key)
        try:
            present = replace(seat, person=state.still(seat.person))
        except RecorderError as error:
            state.remember(outcome, {"acked": [], "refused": [], "error": str(error)})
            return
        state.remember(outcome, _decide(present, sent.get("decisions")))
        if _count(sent, "pulse") > (state.recall(f"{key}-pulse") or 0) and may(present.person, "claim"):
            state.remember(f"{key}-pulse", _count(sent, "pulse"))
            batching.renew(seat.board, present.person, seat.session)

    shown = _view(seat, _outbox(key)) | {"start": start}
    shown["review"] |= state.recall(outcome) or {"acked": [], "refused": [], "error": None}
    result = _component(key=key, data=shown, on_outbox_change=take, on_go_change=_nothing)
    if result.go:
        on_go(str(result.go), shown["task"]["batch"] if shown["task"] else "")


def _key(session: str, annotator: str) -> str:
    """A key that Streamlit accepts, whatever the names hold."""
    return "replay-" + hashlib.sha256(repr((session, annotator)).encode("utf-8", "replace")).hexdigest()[:16]


def _view(seat: Seat, outbox: JsonObject) -> JsonObject:
    """What the component lacks: the whole session, or only what is new in the review."""
    desk, session, person = seat.desk, seat.session, seat.person
    task = _task(seat)
    shown = {
        "task": task
        and work_views.task(task, batching.guidelines(seat.board, task.batch), seat.board.clock()),
        "may": {"decide": may(person, "decide"), "comment": may(person, "comment")},
    }
    has = outbox.get("have") == reviewing.session_key(desk, session, person)
    if not has or outbox.get("noted") != remarking.key(seat.board, session, person):
        shown["remarks"] = _remarks(seat)
    if has:
        review = reviewing.review_state(desk, session, person, _count(outbox, "count"), _asked(outbox))
        return shown | {"review": review}
    return shown | {
        "session": reviewing.open_session(desk, session, person),
        "review": reviewing.review_state(desk, session, person),
        "guide": _is_guided(seat, task),
    }


def _is_guided(seat: Seat, task: Task | None) -> bool:
    submitted = state.sessions().totals(seat.person.name).submitted
    return guiding.is_guided(seat.desk.log, seat.person, submitted=submitted, task=task)


def _remarks(seat: Seat) -> JsonObject:
    """Comments and tags; what is shown now is not unread any more."""
    if not may(seat.person, "comment"):
        return remarking.noted(seat.board, seat.session, seat.person)
    remarking.mark_read(seat.board, seat.session, seat.person)
    offered = {"names": state.colleagues(), "known": state.known_tags()}
    return remarking.noted(seat.board, seat.session, seat.person) | offered


def _task(seat: Seat) -> Task | None:
    """The session as it stands in the person's batch; None: it is in none of the open ones."""
    if not may(seat.person, "claim"):
        return None
    found = batching.tasks(seat.board, seat.person, seat.session)
    order = ("mine", "begun", "needs me", "done", "skipped", "full")
    return min(found, key=lambda each: (each.batch != seat.batch, order.index(each.state)), default=None)


def _decide(seat: Seat, sent: Any) -> JsonObject:
    """What became of what was sent; on a failure nothing is acknowledged, so all of it will be sent again."""
    made = sent if isinstance(sent, list) else []
    remarks = [each for each in made if _type(each) in remarking.KINDS]
    closed = [str(each.get("id")) for each in made if _type(each) == GuideClosed.type]
    decisions = [each for each in made if _type(each) not in (*remarking.KINDS, GuideClosed.type)]
    where = (seat.board, seat.desk, seat.session, seat.person)
    acked: list[str] = []
    refused: list[JsonObject] = []
    try:
        if decisions:
            outcome = batching.decide(*where, decisions)
            acked, refused = outcome.acked, outcome.refused
        if remarks:
            done, not_done = remarking.remark(*where, remarks)
            acked, refused = [*acked, *done], [*refused, *not_done]
        if closed:
            guiding.close_guide(seat.desk.log, seat.person)
            acked = [*acked, *closed]
    except NotAllowed as error:  # sending it again would change nothing
        return {"acked": [], "refused": [*_refusals(made, str(error))], "error": None}
    except RecorderError as error:
        return {"acked": [], "refused": [], "error": str(error)}
    return {"acked": acked, "refused": refused, "error": None}


def _type(sent: Any) -> Any:
    return sent.get("type") if isinstance(sent, dict) else None


def _refusals(sent: Sequence[Any], reason: str) -> Iterator[JsonObject]:
    for item in sent:
        if isinstance(item, dict):
            yield {"id": str(item.get("id", "")), "reason": reason}


def _outbox(key: str) -> JsonObject:
    """What the component said last; whatever a browser may have made of it."""
    held = state.recall(key)
    outbox = held.get("outbox") if held else None
    return outbox if isinstance(outbox, dict) else {}


def _count(outbox: JsonObject, name: str) -> int:
    count = outbox.get(name)
    return count if isinstance(count, int) and count > 0 else 0


def _asked(outbox: JsonObject) -> list[int] | None:
    asked = outbox.get("asked")
    return [index for index in asked if isinstance(index, int)] if isinstance(asked, list) else None


def _nothing() -> None:
    """Streamlit reports a trigger only where something listens."""
