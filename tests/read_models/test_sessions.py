"""The list of sessions says what the log says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from recorder.events.event import Recorded, review_stream, session_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepFlagged
from recorder.events.session import UserUttered
from recorder.read_models import session_list
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.session_list import Filters
from recorder.read_models.work import Work
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.read_models.given import World


@pytest.fixture
def world(sql_log: SqlLog) -> World:
    return World.of(sql_log)


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
        (Filters(text="😀"), ["odd"]),
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


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(sort="longest"),
        Filters(intents=("greet",), sort="newest"),
        Filters(statuses=("new",)),
        Filters(low=0.2, high=0.5, sort="oldest"),
    ],
)
def test_a_page_is_the_same_whichever_one_was_read_before(
    world: World, monkeypatch: pytest.MonkeyPatch, filters: Filters
) -> None:
    for number in range(70):
        session(world.log, f"s{number}", *([REVIEWS, GREETING] if number % 3 else [GREETING]))
    confirmation(world.log, "s7", "s7-3")
    world.models.catch_up()
    whole = [entry.id for entry in world.sessions.page(filters, "ana").entries]
    whole += [entry.id for entry in world.sessions.page(filters, "ana", 2).entries if entry.id not in whole]
    monkeypatch.setattr(session_list, "PAGE_SIZE", 7)
    pages = -(-len(whole) // 7)

    dice = random.Random(str(filters))
    for number in [dice.randint(1, pages + 1) for _ in range(40)]:
        page = world.sessions.page(filters, "ana", number)

        assert (page.count, page.pages, page.number) == (len(whole), pages, min(number, pages))
        assert [entry.id for entry in page.entries] == whole[7 * page.number - 7 : 7 * page.number]


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


def test_what_was_counted_while_a_list_was_being_built_is_counted_anew(any_sql_log: SqlLog) -> None:
    session(any_sql_log, "a", GREETING)
    world = World.of(any_sql_log)
    early = {name: model for name, model in world.known.items() if name != "search"}
    ReadModels(any_sql_log.engine, any_sql_log, models=early).catch_up()
    work = Work(any_sql_log.engine, any_sql_log, "the log", world.known)
    work.begin(["search"], any_sql_log.position())
    assert world.listed(Filters(text="hello")) == []

    assert world.ids(Filters(text="hello")) == ["a"]


def test_some_sessions_are_left_out_of_the_list_and_of_its_count(world: World) -> None:
    for name in ("a", "b/ü", "c"):
        session(world.log, name, GREETING)

    assert sorted(world.ids(Filters(without=("b/ü", "nobody")))) == ["a", "c"]
    assert world.sessions.page(Filters(intents=("greet",), without=("a",)), "ana").count == 2
    assert world.sessions.page(Filters(text="hello", without=("a", "c")), "ana").count == 1
    assert world.sessions.page(Filters(text="hello"), "ana").count == 3
