"""How the databases go about a page of the list: by its index, past no text and no event."""

from __future__ import annotations

import re

import pytest

from recorder.read_models import search
from recorder.read_models.session_list import Filters, Sort
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.queries import asked, plan, reads_whole
from tests.read_models.given import World


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    for number in range(150):
        session(any_sql_log, f"s{number}", GREETING, REVIEWS)
    world = World.of(any_sql_log)
    world.models.catch_up()
    if any_sql_log.engine.dialect.name == "postgresql":
        with any_sql_log.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return world


@pytest.mark.parametrize("sort", ["unsure", "newest", "oldest", "longest"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_page_is_read_along_the_index_of_its_order(world: World, sort: Sort, number: int) -> None:
    with asked(world.log.engine) as statements:
        page = world.sessions.page(Filters(sort=sort), "ana", number)

    assert (page.count, len(page.entries)) == (150, 50)
    plans = [plan(world.log.engine, *statement) for statement in statements]
    assert not any(map(reads_whole, plans)), plans
    column = {"unsure": "doubt", "longest": "length"}.get(sort, sort)
    assert any(f"session_list_by_{column}" in each for each in plans)
    assert not any(re.search(r"\b(session_text|events|session_tally)\b", sql) for sql, _ in statements)


def test_nothing_is_counted_that_a_counter_knows(world: World) -> None:
    with asked(world.log.engine) as statements:
        world.sessions.totals("ana")
        world.sessions.labels()
        world.sessions.page(Filters(), "ana")

    assert not any("count(" in sql for sql, _ in statements)
    assert not any(reads_whole(plan(world.log.engine, *statement)) for statement in statements)


@pytest.mark.parametrize(
    "filters",
    [Filters(intents=("greet",)), Filters(sources=("talk",)), Filters(statuses=("new",)), Filters(high=0.4)],
)
def test_filters_read_no_text(world: World, filters: Filters) -> None:
    with asked(world.log.engine) as statements:
        assert world.sessions.page(filters, "ana").count == 150

    assert not any(re.search(r"\b(session_text|events|session_tally)\b", sql) for sql, _ in statements)
    assert not any(reads_whole(plan(world.log.engine, *statement)) for statement in statements)


@pytest.mark.parametrize("text", ["hello", "which one ", '"one is"', "utter*"])
def test_a_search_reads_the_index_of_words_and_the_texts_of_one_page_alone(world: World, text: str) -> None:
    with asked(world.log.engine) as statements:
        assert world.sessions.page(Filters(text=text), "ana").count == 150

    planned = [(sql, plan(world.log.engine, sql, parameters)) for sql, parameters in statements]
    assert not any(reads_whole(each) for _, each in planned)
    texts = next(each for each in planned if "session_text.text" in each[0])
    finding = planned[: planned.index(texts)]
    if world.log.engine.dialect.name == "sqlite":
        assert any("search_words VIRTUAL TABLE INDEX" in each for _, each in finding)
        assert not any("session_text" in sql for sql, _ in finding)
    assert re.search(r"session_text\S* ?(USING|.*Index Scan|.*Index Cond)|Index Scan.*session_text", texts[1])


@pytest.mark.parametrize("sort", ["unsure", "newest", "oldest", "longest"])
def test_many_hits_are_counted_without_the_list_and_met_with_along_the_index_of_its_order(
    world: World, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WALK", dict.fromkeys(search.WALK, 1))

    with asked(world.log.engine) as statements:
        assert world.sessions.page(Filters(text="hello ", sort=sort), "ana", 2).count == 150

    counting = [sql for sql, _ in statements if "count(" in sql]
    assert len(counting) == 1 and "session_list" not in counting[0]
    plans = [plan(world.log.engine, *statement) for statement in statements]
    assert not any(map(reads_whole, plans))
    column = {"unsure": "doubt", "longest": "length"}.get(sort, sort)
    assert any(f"session_list_by_{column}" in each for each in plans)


def test_few_hits_are_looked_up_in_the_list(world: World) -> None:
    session(world.log, "other", ("quagga", "greet", 0.9, [("utter_greet", 0.9)]))
    world.models.catch_up()

    with asked(world.log.engine) as statements:
        assert world.sessions.page(Filters(text="quagga "), "ana").count == 1

    plans = [plan(world.log.engine, *statement) for statement in statements]
    assert not any(map(reads_whole, plans))
    assert not any("session_list_by_" in each for each in plans)


@pytest.mark.parametrize("intents", [[], ["greet"], ["greet", "compare_reviews"]])
def test_messages_are_read_along_an_index_and_never_sorted_or_counted(
    world: World, intents: list[str]
) -> None:
    messages = world.sessions.messages
    first = messages.page("ana", intents=intents, size=40)

    with asked(world.log.engine) as statements:
        following = messages.page("ana", intents=intents, after=first[-1].place, size=40)

    assert [each.place for each in (*first, *following)] == sorted(
        each.place for each in messages.page("ana", intents=intents, size=80)
    )
    plans = [plan(world.log.engine, *statement) for statement in statements]
    assert not any(reads_whole(each) or re.search("TEMP B-TREE|Sort", each) for each in plans)
    assert any(f"message_list_{'intent' if intents else 'by_doubt'}" in each for each in plans)
    assert not any("count(" in sql for sql, _ in statements)


def test_the_next_session_is_the_first_of_an_index(world: World) -> None:
    with asked(world.log.engine) as statements:
        assert world.sessions.next_to_review("ana", after="s0") == "s1"

    assert not any(reads_whole(plan(world.log.engine, *statement)) for statement in statements)
