"""However the tables came to hold what they hold, a rebuild gives the same, row by row."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.event import Event, adjudication_stream, remarks_stream, review_stream, session_stream
from recorder.events.remarks import CommentMade, CommentsRead, SessionTagged, SessionUntagged
from recorder.events.review import (
    ActionCorrected,
    DecisionUndone,
    ReviewSubmitted,
    SessionCut,
    StepConfirmed,
    StepUnsure,
)
from recorder.events.session import Opaque, Restarted, SessionRecorded, UserUttered
from recorder.read_models import histories, work
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.read_models.given import World

SESSION_EVENTS: list[Event] = [
    SessionRecorded("talk"),
    UserUttered("hello \0 <script>", {"intent": {"name": "greet", "confidence": 0.5}}),
    UserUttered(None, {"intent": None, "entities": 3}),
    Opaque("odd", {"event": "odd"}),
    Restarted(),
]
DECISIONS: list[Event] = [
    StepConfirmed("a-1", 0),
    ActionCorrected("a-1", 0, "x"),
    StepUnsure("a-1", 0),
    DecisionUndone("nothing"),
    SessionCut("a-1", 1),
    ReviewSubmitted(3),
]
VERDICTS: list[Event] = [
    StepAdjudicated("a-1", ({"type": "action_corrected", "action": "x"},), "slip", seen={"ana": "1"}),
    StepAdjudicated("a-1", ({"type": "step_confirmed"},), "ambiguous"),
    AdjudicationWithdrawn("a-1"),
]
REMARKS: list[Event] = [
    SessionTagged("t \0"),
    SessionTagged("u"),
    SessionUntagged("u"),
    CommentMade("@ben", "a-1", ("ben \0",)),
    CommentsRead(1),
]
Move = tuple[str, ...] | tuple[str, str, Event] | tuple[str, str, str, Event]
MOVES = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(["a", "b \0"]), st.sampled_from(SESSION_EVENTS)),
    st.tuples(
        st.just("decision"),
        st.sampled_from(["a", "b \0", "gone"]),
        st.sampled_from(["ana", "ben"]),
        st.sampled_from(DECISIONS),
    ),
    st.tuples(st.just("verdict"), st.sampled_from(["a", "b \0", "gone"]), st.sampled_from(VERDICTS)),
    st.tuples(st.just("remark"), st.sampled_from(["a", "b \0", "gone"]), st.sampled_from(REMARKS)),
    st.tuples(st.sampled_from(["turns", "model", "catch up"])),
)
LIMITS = st.tuples(st.integers(1, 30), st.integers(2, 20), st.integers(3, 30))


def check(log: SqlLog, moves: list[Move], limits: tuple[int, int, int], prefix: object) -> None:
    """The log grows from example to example; each has sessions of its own."""
    world = World.of(log)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(histories, "EVENTS_AT_ONCE", limits[0])
        patched.setattr(histories, "STREAMS_AT_ONCE", limits[1])
        patched.setattr(work, "_WINDOW", limits[2])
        for number, move in enumerate(moves):
            _move(world, move, f"{prefix} ", number)
        world.models.catch_up()
        followed = world.content()

        world.models.rebuild()

    assert world.content() == followed
    assert world.states() == {(1, "serving")}


def _move(world: World, move: Move, prefix: str, number: int) -> None:
    match move:
        case ("catch up",):
            world.models.catch_up()
        case ("turns",):
            name = f"{prefix}{number}"
            session(world.log, name, GREETING, REVIEWS)
            confirmation(world.log, name, f"{name}-3")
        case ("model",):
            world.log.append("model/m", [Restarted()])
        case ("event", str(name), Event() as event):
            world.log.append(session_stream(prefix + name), [event])
        case ("decision", str(name), str(annotator), Event() as event):
            world.log.append(review_stream(prefix + name, annotator), [event])
        case ("verdict", str(name), Event() as event):
            world.log.append(adjudication_stream(prefix + name), [event], actor="zoe")
        case ("remark", str(name), Event() as event):
            world.log.append(remarks_stream(prefix + name), [event])


SHARED = [HealthCheck.function_scoped_fixture]


@settings(max_examples=25, suppress_health_check=SHARED)
@given(moves=st.lists(MOVES, max_size=25), limits=LIMITS, prefix=st.uuids())
def test_catching_up_bit_by_bit_gives_what_a_rebuild_gives(
    sql_log: SqlLog, moves: list[Move], limits: tuple[int, int, int], prefix: object
) -> None:
    check(sql_log, moves, limits, prefix)


@settings(max_examples=8, suppress_health_check=SHARED)
@given(moves=st.lists(MOVES, min_size=10, max_size=25), limits=LIMITS, prefix=st.uuids())
def test_so_it_does_on_a_server(
    postgres_log: SqlLog, moves: list[Move], limits: tuple[int, int, int], prefix: object
) -> None:
    check(postgres_log, moves, limits, prefix)
