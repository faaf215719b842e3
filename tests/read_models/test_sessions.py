"""The lists of sessions say what the log says, however they got there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recorder.events.event import Event, Recorded, review_stream, session_stream
from recorder.events.review import (
    ActionCorrected,
    DecisionUndone,
    ReviewSubmitted,
    SessionCut,
    StepConfirmed,
    StepFlagged,
)
from recorder.events.session import Opaque, Restarted, SessionRecorded, UserUttered
from recorder.read_models.session_list import Filters, SessionList
from recorder.read_models.sessions import ReadModels
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from recorder.store.tables import CaughtUpRow, ReviewRow, SessionLabelRow, SessionRow
from tests.given import GREETING, REVIEWS, confirmation, session

TABLES = (SessionRow, SessionLabelRow, ReviewRow, CaughtUpRow)


@dataclass
class World:
    log: SqlLog
    models: ReadModels
    sessions: SessionList

    def ids(self, filters: Filters = Filters(), annotator: str = "ana") -> list[str]:  # noqa: B008  # frozen
        self.models.catch_up()
        return [entry.id for entry in self.sessions.page(filters, annotator).entries]

    def content(self) -> list[list[tuple[object, ...]]]:
        with self.log.engine.connect() as connection:
            return [sorted((tuple(row) for row in connection.execute(select(t))), key=repr) for t in TABLES]


def opened(folder: Path) -> World:
    url = f"sqlite:///{folder / 'log.db'}"
    upgrade(url)
    log = open_log(url)
    return World(log, ReadModels(log.engine, log), SessionList(log.engine))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = opened(tmp_path)
    yield made
    made.log.engine.dispose()


def test_an_empty_log_gives_an_empty_list(world: World) -> None:
    assert world.ids() == []
    page = world.sessions.page(Filters(), "ana", number=7)
    assert (page.count, page.number, page.pages) == (0, 1, 1)
    assert world.sessions.next_to_review("ana") is None


def test_the_least_sure_session_comes_first_and_unknown_ones_last(world: World) -> None:
    session(world.log, "sure", GREETING)
    session(world.log, "unsure", GREETING, REVIEWS)
    world.log.append(session_stream("unknown"), [UserUttered("who knows")])

    assert world.ids() == ["unsure", "sure", "unknown"]


def test_a_line_says_how_long_how_sure_and_where_the_doubt_is(world: World) -> None:
    session(world.log, "a", GREETING, REVIEWS, source="rasa-x")
    world.models.catch_up()

    (entry,) = world.sessions.page(Filters(), "ana").entries

    assert (entry.source, entry.opening, entry.messages, entry.questions) == ("rasa-x", "hello", 2, 4)
    assert (entry.intent_confidence, entry.action_confidence, entry.confidence) == (0.8, 0.31, 0.31)
    assert entry.doubtful == "a-10"
    assert (entry.status, entry.decided, entry.started is not None) == ("new", 0, True)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(text="BETTER which"), ["long"]),
        (Filters(text="utter_greet"), ["long", "short"]),
        (Filters(text="long"), ["long"]),
        (Filters(text="100%"), ["odd"]),
        (Filters(text="%"), ["odd"]),
        (Filters(text="STRASSE"), ["odd"]),
        (Filters(text="x" * 100_000), []),
        (Filters(intents=("compare_reviews",)), ["long"]),
        (Filters(intents=("compare_reviews", "odd")), ["long", "odd"]),
        (Filters(actions=("utter_greet",), sources=("talk",)), ["long", "short"]),
        (Filters(sources=("broker",)), ["odd"]),
        (Filters(high=0.5), ["long"]),
        (Filters(low=0.5, high=0.92), ["short"]),
        (Filters(sort="longest"), ["long", "odd", "short"]),
        (Filters(sort="oldest"), ["short", "long", "odd"]),
        (Filters(sort="newest"), ["odd", "long", "short"]),
    ],
)
def test_filters_choose_sessions(world: World, filters: Filters, expected: list[str]) -> None:
    session(world.log, "short", GREETING)
    session(world.log, "long", GREETING, REVIEWS)
    session(world.log, "odd", ("100% <script> Straße \0 \U0001f600", "odd", 1.0, []), source="broker")

    assert world.ids(filters) == expected


def test_each_annotator_sees_their_own_progress(world: World) -> None:
    session(world.log, "a", GREETING, REVIEWS)
    confirmation(world.log, "a", "a-3")
    world.log.append(
        review_stream("a", "ana"), [ActionCorrected("a-10", 0, "action_x"), StepFlagged("a-10", 1, "bug")]
    )

    assert world.ids(Filters(statuses=("in progress",))) == ["a"]
    assert world.ids(Filters(statuses=("in progress",)), annotator="ben") == []
    assert world.ids(Filters(statuses=("new",)), annotator="ben") == ["a"]
    (entry,) = world.sessions.page(Filters(), "ana").entries
    assert (entry.status, entry.decided, entry.corrected, entry.flags) == ("in progress", 2, 1, ("bug",))


def test_a_submitted_session_is_counted_and_not_offered_again(world: World) -> None:
    session(world.log, "a", GREETING)
    session(world.log, "b", GREETING)
    world.log.append(review_stream("a", "ana"), [ReviewSubmitted(7)])
    world.models.catch_up()

    totals = world.sessions.totals("ana")

    assert (totals.sessions, totals.in_progress, totals.submitted) == (2, 0, 1)
    assert world.sessions.next_to_review("ana") == "b"
    assert world.sessions.next_to_review("ana", after="b") is None


def test_the_next_session_follows_in_the_order_of_the_inbox_and_round_again(world: World) -> None:
    session(world.log, "sure", GREETING)
    session(world.log, "unsure", GREETING, REVIEWS)
    session(world.log, "unsure too", GREETING, REVIEWS)
    world.log.append(session_stream("unknown"), [UserUttered("who knows")])
    world.models.catch_up()

    order = ["unsure", "unsure too", "sure", "unknown", "unsure"]
    for here, following in pairwise(order):
        assert world.sessions.next_to_review("ana", after=here) == following


def test_pages_hold_fifty_and_never_overlap(world: World) -> None:
    for number in range(120):
        session(world.log, f"s{number}", GREETING)
    world.models.catch_up()

    pages = [world.sessions.page(Filters(), "ana", number) for number in (1, 2, 3, 99)]

    assert [len(page.entries) for page in pages] == [50, 50, 20, 20]
    assert [page.number for page in pages] == [1, 2, 3, 3]
    assert len({entry.id for page in pages for entry in page.entries}) == 120


def test_labels_are_what_occurs_and_listening_is_not_worth_a_filter(world: World) -> None:
    session(world.log, "a", GREETING, REVIEWS)
    world.models.catch_up()

    labels = world.sessions.labels()

    assert labels.intents == ("compare_reviews", "greet")
    assert labels.actions == ("action_show_venue_reviews", "utter_greet")
    assert labels.sources == ("talk",)


def test_only_sessions_that_changed_are_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session(world.log, "a", GREETING)
    session(world.log, "b", GREETING)
    world.models.catch_up()
    confirmation(world.log, "b", "b-3")
    asked: list[str] = []
    read_many = world.log.read_many

    def watched(streams: Iterator[str]) -> dict[str, list[Recorded]]:
        found = read_many(streams)
        asked.extend(found)
        return found

    monkeypatch.setattr(world.log, "read_many", watched)
    world.models.catch_up()

    assert asked == ["session/b", "review/b/ana"]


def test_tables_of_an_older_edition_are_made_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session(world.log, "a", GREETING)
    world.models.catch_up()
    before = world.content()[:3]

    monkeypatch.setattr("recorder.read_models.sessions.EDITION", 99)
    world.models.catch_up()

    assert world.content()[:3] == before
    assert world.content()[3] == [("sessions", 99, world.log.position())]


STREAMS = [
    "session/a",
    "session/b%2F%00",
    "review/a/ana",
    "review/a/ben",
    "review/gone/ana",
    "model/m",
    "session",
]
EVENTS: list[Event] = [
    SessionRecorded("talk"),
    UserUttered("hello \0 <script>", {"intent": {"name": "greet", "confidence": 0.5}}),
    UserUttered(None, {"intent": None, "entities": 3}),
    Opaque("odd", {"event": "odd"}),
    Restarted(),
    StepConfirmed("a-1", 0),
    ActionCorrected("a-1", 0, "x"),
    DecisionUndone("nothing"),
    SessionCut("a-1", 1),
    ReviewSubmitted(3),
]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(STREAMS), st.sampled_from(EVENTS), st.booleans()), max_size=25))
def test_catching_up_bit_by_bit_gives_what_a_rebuild_gives(moves: list[tuple[str, Event, bool]]) -> None:
    with TemporaryDirectory() as folder:
        world = opened(Path(folder))
        for stream, event, catch_up in moves:
            world.log.append(stream, [event])
            if catch_up:
                world.models.catch_up()
        world.models.catch_up()
        followed = world.content()

        world.models.rebuild()

        assert world.content() == followed
        world.log.engine.dispose()
