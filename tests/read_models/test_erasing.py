"""A session that is forgotten is in no list, and nobody who is at work puts it back."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from recorder.events.event import session_stream
from recorder.events.session import Opaque, UserUttered
from recorder.read_models import rows, work
from recorder.read_models.erasing import erase
from recorder.read_models.histories import Place
from recorder.read_models.model import Model
from recorder.read_models.registry import MODELS
from recorder.read_models.session_list import Filters
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.read_models.given import World


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    """Two sessions, of which `a` is to be forgotten; the lists do not know of them yet."""
    for name in ("a", "b"):
        session(any_sql_log, name, GREETING, REVIEWS)
        confirmation(any_sql_log, name, f"{name}-3")
    return World.of(any_sql_log)


def forget(connection: Connection, name: str = "a") -> None:
    """As `recorder forget` does it."""
    erase(connection, [name])
    streams = "name = :name OR name LIKE :reviews"
    connection.execute(
        text(f"UPDATE streams SET name = NULL, salt = NULL WHERE {streams}"),
        {"name": session_stream(name), "reviews": f"review/{name}/%"},
    )


def forgotten(world: World) -> None:
    with world.log.engine.execution_options(writes=True).begin() as connection:
        forget(connection)
    # That is written down too, by whoever does it: a log that has moved is looked at again.
    SqlLog(world.log.database, world.log.keys).append("forgetting", [Opaque("forgotten", {})])


def traces(world: World, name: str = "a") -> int:
    """Rows of the session, in all tables and generations."""
    tables = [table for model in MODELS.values() for table in model.tables]
    with world.log.engine.connect() as connection:
        return sum(
            len(connection.execute(select(table).where(table.c.session == name)).all()) for table in tables
        )


def is_right(world: World) -> None:
    """Nothing is left of `a`, all of `b`, and the sums are those of a rebuild."""
    assert world.ids() == ["b"]
    assert traces(world) == 0
    assert world.sessions.totals("ana").sessions == 1
    content = world.content()
    world.models.rebuild()
    assert world.content() == content
    assert traces(world) == 0


def test_it_leaves_all_tables_of_all_generations(world: World) -> None:
    world.models.catch_up()
    World.of(world.log, edition=2).models.catch_up()
    assert traces(world) > 10

    forgotten(world)

    assert traces(world) == 0
    assert world.listed() == ["b"]
    is_right(world)


def test_who_has_folded_it_already_does_not_write_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fold = work.Work._fold

    def interrupted(self: work.Work, group: Any, places: Sequence[Place]) -> work.Folded:
        folded = fold(self, group, places)
        if any(place.key == "a" for place in places):
            forgotten(world)
        return folded

    monkeypatch.setattr(work.Work, "_fold", interrupted)

    is_right(world)


def test_one_that_begins_anew_under_its_name_is_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.models.catch_up()
    world.log.append(session_stream("a"), [UserUttered("one more")])
    fold = work.Work._fold

    def interrupted(self: work.Work, group: Any, places: Sequence[Place]) -> work.Folded:
        folded = fold(self, group, places)
        monkeypatch.setattr(work.Work, "_fold", fold)
        forgotten(world)
        world.log.append(session_stream("a"), [UserUttered("a stranger")])
        return folded

    monkeypatch.setattr(work.Work, "_fold", interrupted)
    world.models.catch_up()

    assert world.listed(Filters(text="hello")) == ["b"]
    assert world.ids(Filters(text="hello")) == ["b"]
    assert world.ids(Filters(text="stranger")) == ["a"]


def test_who_wants_to_write_it_waits_for_the_end_of_the_forgetting(world: World) -> None:
    with ThreadPoolExecutor(1) as pool:
        with world.log.engine.execution_options(writes=True).begin() as connection:
            forget(connection)
            writing = pool.submit(world.models.catch_up)
            with pytest.raises(TimeoutError):
                writing.result(timeout=0.5)
        writing.result(timeout=20)

    is_right(world)


def test_who_forgets_waits_for_whoever_is_writing_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, writing, go_on = rows.replace, threading.Event(), threading.Event()

    def slow(
        connection: Connection,
        model: Model,
        generation: int,
        sessions: Sequence[str],
        made: Mapping[str, Sequence[rows.Row]],
    ) -> None:
        replace(connection, model, generation, sessions, made)
        if made:
            writing.set()
            go_on.wait(20)

    monkeypatch.setattr(rows, "replace", slow)
    with ThreadPoolExecutor(2) as pool:
        caught_up = pool.submit(world.models.catch_up)
        assert writing.wait(20)
        forgetting = pool.submit(forgotten, world)
        with pytest.raises(TimeoutError):
            forgetting.result(timeout=0.5)
        go_on.set()
        forgetting.result(timeout=20)
        caught_up.result(timeout=20)

    is_right(world)


def test_nobody_is_erased_beside_the_one(world: World) -> None:
    session(world.log, "a/b", GREETING)
    session(world.log, "aa", GREETING)
    world.models.catch_up()

    forgotten(world)

    assert sorted(world.ids()) == ["a/b", "aa", "b"]
