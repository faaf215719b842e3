"""How the databases go about a page of the list: by its index, past no text and no event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from recorder.read_models.session_list import Filters, Sort
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
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


@contextmanager
def asked(world: World) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are run meanwhile, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    event.listen(world.log.engine, "before_cursor_execute", note)
    yield found
    event.remove(world.log.engine, "before_cursor_execute", note)


def plan(world: World, statement: str, parameters: Any) -> str:
    """Lines of it; of PostgreSQL's, what it does where it would rather not read a whole table."""
    with world.log.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            return "\n".join(row[-1] for row in rows)
        connection.exec_driver_sql("SET enable_seqscan = off")
        if "@@" not in statement:  # a GIN index is read in no other way
            connection.exec_driver_sql("SET enable_bitmapscan = off")
        rows = connection.exec_driver_sql("EXPLAIN " + statement, parameters)
        return "\n".join(row[0] for row in rows)


def reads_whole(plan: str) -> bool:
    """Whether any of our larger tables is read from end to end, or sorted."""
    tables = "session_list|session_text|session_label|review_list|step_list|session_tally|events|streams"
    return bool(re.search(rf"SCAN ({tables})\b(?! USING)|Seq Scan on ({tables})", plan))


@pytest.mark.parametrize("sort", ["unsure", "newest", "oldest", "longest"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_page_is_read_along_the_index_of_its_order(world: World, sort: Sort, number: int) -> None:
    with asked(world) as statements:
        page = world.sessions.page(Filters(sort=sort), "ana", number)

    assert (page.count, len(page.entries)) == (150, 50)
    plans = [plan(world, *statement) for statement in statements]
    assert not any(map(reads_whole, plans)), plans
    column = {"unsure": "doubt", "longest": "length"}.get(sort, sort)
    assert f"session_list_by_{column}" in plans[-1]
    assert not any(re.search(r"\b(session_text|events|session_tally)\b", sql) for sql, _ in statements)


def test_nothing_is_counted_that_a_counter_knows(world: World) -> None:
    with asked(world) as statements:
        world.sessions.totals("ana")
        world.sessions.labels()
        world.sessions.page(Filters(), "ana")

    assert not any("count(" in sql for sql, _ in statements)
    assert not any(reads_whole(plan(world, *statement)) for statement in statements)


@pytest.mark.parametrize(
    "filters",
    [Filters(intents=("greet",)), Filters(sources=("talk",)), Filters(statuses=("new",)), Filters(high=0.4)],
)
def test_filters_read_no_text(world: World, filters: Filters) -> None:
    with asked(world) as statements:
        assert world.sessions.page(filters, "ana").count == 150

    assert not any(re.search(r"\b(session_text|events|session_tally)\b", sql) for sql, _ in statements)
    assert not any(reads_whole(plan(world, *statement)) for statement in statements)


@pytest.mark.parametrize("text", ["hello", "which one ", '"one is"', "utter*"])
def test_a_search_reads_the_index_of_words_and_the_texts_of_one_page_alone(world: World, text: str) -> None:
    with asked(world) as statements:
        assert world.sessions.page(Filters(text=text), "ana").count == 150

    *finding, texts = [(sql, plan(world, sql, parameters)) for sql, parameters in statements]
    assert not any(reads_whole(each) for _, each in (*finding, texts))
    if world.log.engine.dialect.name == "sqlite":
        assert any("search_words VIRTUAL TABLE INDEX" in each for _, each in finding)
        assert not any("session_text" in sql for sql, _ in finding)
    assert re.search(r"session_text\S* ?(USING|.*Index Scan|.*Index Cond)|Index Scan.*session_text", texts[1])


def test_the_next_session_is_the_first_of_an_index(world: World) -> None:
    with asked(world) as statements:
        assert world.sessions.next_to_review("ana", after="s0") == "s1"

    assert not any(reads_whole(plan(world, *statement)) for statement in statements)
