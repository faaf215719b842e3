"""Read models are built beside those that are served, by one at a time, and what is served stays right."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from recorder.events.event import review_stream, session_stream
from recorder.events.review import (
    ReviewSubmitted,
)
from recorder.events.session import UserUttered
from recorder.read_models import generations, histories, rows, work
from recorder.read_models.model import History
from recorder.read_models.session_list import Filters
from recorder.read_models.tables import CaughtUpRow
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.postgres import KEYS
from tests.read_models import rebuilder
from tests.read_models.given import World

HELD = CaughtUpRow.metadata.tables["caught_up"]


@pytest.fixture
def log(any_sql_log: SqlLog) -> SqlLog:
    return any_sql_log


def hold(log: SqlLog, seconds: float, holder: str = "somebody else") -> None:
    """Somebody else is at work on all of them, for so long."""
    with log.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(HELD).values(holder=holder, held_until=time.time() + seconds))


def test_a_rebuild_takes_the_place_of_what_was_there_row_by_row(log: SqlLog) -> None:
    world = World.of(log)
    session(log, "a", GREETING, REVIEWS)
    world.models.catch_up()
    confirmation(log, "a", "a-3")
    session(log, "b", GREETING)
    world.models.catch_up()
    followed, count = world.content(), world.count()

    done = world.models.rebuild()

    assert (done.sessions, done.events) == (2, log.position())
    assert world.content() == followed
    assert world.count() == count
    assert {each.generation for each in world.generations()} == {2}
    assert world.states() == {(1, "serving")}


def test_one_model_can_be_rebuilt_alone(log: SqlLog) -> None:
    world = World.of(log)
    session(log, "a", GREETING)
    world.models.catch_up()
    before = world.content()

    assert world.models.rebuild(["steps"]).models == ("steps",)

    assert {each.model: each.generation for each in world.generations()} == {
        "counters": 1,
        "messages": 1,
        "search": 1,
        "sessions": 1,
        "signals": 1,
        "steps": 2,
    }
    assert world.content() == before


def test_another_edition_is_built_beside_and_the_older_program_keeps_its_own(log: SqlLog) -> None:
    older, newer = World.of(log), World.of(log, edition=2)
    session(log, "a", GREETING)
    assert older.ids() == ["a"]
    assert newer.listed() == ["a"]  # the other's, until its own is ready

    session(log, "b", GREETING, REVIEWS)
    assert newer.ids() == ["b", "a"]

    assert older.listed() == ["a"]
    assert older.ids() == ["b", "a"]
    assert newer.states() == {(1, "serving"), (2, "serving")}
    assert newer.models.glance(0.0).is_all  # although the other is kept for a while


def test_an_edition_that_nobody_works_at_any_more_is_deleted(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = World.of(log), World.of(log, edition=2)
    session(log, "a", GREETING)
    older.models.catch_up()
    count = older.count()
    newer.models.catch_up()

    monkeypatch.setattr(generations, "KEPT_FOR", -1.0)
    newer.models.catch_up()

    assert newer.states() == {(2, "serving")}
    assert newer.count() == count
    assert older.listed() == ["a"]


def test_what_another_holds_is_left_to_them_and_what_is_there_is_taken(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.read_models.catching_up._PATIENCE_WITH_OTHERS", 0.1)
    world = World.of(log)
    session(log, "a", GREETING)
    reached = world.models.catch_up()
    session(log, "b", GREETING)
    hold(log, 5.0)

    assert world.models.catch_up(patience=60.0) == reached
    assert world.listed() == ["a"]


@pytest.mark.parametrize("left", [-0.001, 0.2, 1e6])
def test_whoever_holds_it_and_is_gone_keeps_nobody_waiting_for_ever(log: SqlLog, left: float) -> None:
    """Its time is over, or soon will be; or its clock was wrong."""
    world = World.of(log)
    session(log, "a", GREETING)
    world.models.catch_up()
    session(log, "b", GREETING)
    hold(log, left)

    assert world.ids() == ["a", "b"]


@pytest.mark.parametrize("again", ["catch up", "rebuild"])
def test_what_was_made_from_a_longer_log_is_made_anew(log: SqlLog, again: str) -> None:
    world = World.of(log)
    session(log, "a", GREETING)
    world.models.catch_up()
    with log.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(HELD).values(position=999))
    session(log, "b", GREETING)

    if again == "rebuild":
        world.models.rebuild()

    assert world.ids() == ["a", "b"]
    assert world.states() == {(1, "serving")}


def test_two_at_once_do_the_work_once(log: SqlLog) -> None:
    for number in range(40):
        session(log, f"s{number}", GREETING)
    worlds = [World.of(log) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        reached = list(pool.map(lambda world: world.models.catch_up(), worlds))

    assert reached == [log.position()] * 4
    assert worlds[0].sessions.totals("ana").sessions == 40
    assert worlds[0].states() == {(1, "serving")}


def test_what_was_folded_before_somebody_else_went_on_is_not_written(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = World.of(log), World.of(log)
    session(log, "a", GREETING)
    slow.models.catch_up()
    session(log, "b", GREETING)
    read = histories.read
    seen: list[object] = []

    def overtaken(*given: object) -> Iterator[tuple[histories.Place, History]]:
        found = list(read(*given))  # type: ignore[arg-type]
        if not seen:
            seen.append(found)
            session(log, "c", GREETING)
            log.append(session_stream("b"), [UserUttered("more")])
            fast.models.catch_up()
        yield from found

    monkeypatch.setattr(histories, "read", overtaken)
    slow.models.catch_up()

    assert slow.ids() == ["a", "b", "c"]
    content = slow.content()
    slow.models.rebuild()
    assert slow.content() == content


def test_lists_are_whole_at_every_moment_of_a_rebuild_and_follow_the_log(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "STREAMS_AT_ONCE", 3)
    monkeypatch.setattr(rows, "_AT_ONCE", 3)
    world, other = World.of(log), World.of(log)
    for number in range(60):
        session(log, f"s{number}", GREETING)
    world.models.catch_up()
    done = threading.Event()
    counts: list[tuple[int, int, int]] = []

    def watch() -> None:
        while not done.is_set():
            session(log, f"more {len(counts)}", GREETING)
            other.models.catch_up()
            page = other.sessions.page(Filters(intents=("greet",)), "ana")
            counts.append((61 + len(counts), page.count, other.sessions.totals("ana").sessions))

    watcher = threading.Thread(target=watch)
    watcher.start()
    world.models.rebuild()
    done.set()
    watcher.join()

    assert counts
    assert all(expected == filtered == total for expected, filtered, total in counts)


@pytest.mark.parametrize("patience", [None, 0.0])
def test_a_rebuild_that_was_killed_is_finished_by_whoever_comes_next(
    log: SqlLog, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, patience: float | None
) -> None:
    is_file = log.engine.dialect.name == "sqlite"
    url = request.getfixturevalue("url" if is_file else "postgres_url")
    world = World.of(log)
    for number in range(60):
        session(log, f"s{number}", GREETING)
        confirmation(log, f"s{number}", f"s{number}-3")
    world.models.catch_up()
    before, count = world.content(), world.count()

    command = [sys.executable, rebuilder.__file__, url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for _ in range(4):
            assert process.stdout.readline()
        process.kill()

    assert (1, "building") in world.states()
    assert world.content() == before
    monkeypatch.setattr(generations, "HELD_FOR", 0.0)  # its time is over
    for _ in range(200):
        if world.states() == {(1, "serving")}:
            break
        world.models.catch_up(patience)
        assert world.content() == before
    assert world.states() == {(1, "serving")}
    assert world.count() == count
    assert {each.generation for each in world.generations()} == {2}


def test_a_glance_follows_the_log_to_its_end_where_that_is_near(log: SqlLog) -> None:
    world = World.of(log)
    session(log, "a", GREETING)
    world.models.catch_up()
    session(log, "b", GREETING)

    assert world.models.glance(60.0) == (log.position(), True)
    assert world.listed() == ["a", "b"]
    assert world.models.glance(0.0) == (log.position(), True)


def test_a_glance_is_over_after_a_while_and_says_that_there_is_more(log: SqlLog) -> None:
    world = World.of(log)
    session(log, "a", GREETING)
    reached = world.models.catch_up()
    for number in range(100):
        session(log, f"s{number}", GREETING)

    assert world.models.glance(0.0) == (reached, False)
    assert world.listed() == ["a"]
    assert world.models.catch_up() == log.position()
    assert world.models.glance(0.0).is_all


def test_a_glance_builds_nothing_where_something_is_served(log: SqlLog) -> None:
    session(log, "a", GREETING)
    World.of(log).models.catch_up()
    newer = World.of(log, edition=2)

    assert not newer.models.glance(60.0).is_all

    assert newer.states() == {(1, "serving")}
    assert newer.listed() == ["a"]


def test_nobody_waits_for_the_first_list_of_all_that_somebody_else_is_making(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.read_models.catching_up.PATIENCE", 3600.0)
    world = World.of(log)
    session(log, "a", GREETING)

    with world.models._turn:
        assert world.models.glance(0.0) == (0, False)

    assert world.models.glance(0.0) == (log.position(), True)


def test_what_is_written_is_listed_while_another_list_is_being_made_bit_by_bit(log: SqlLog) -> None:
    world = World.of(log)
    session(log, "a", GREETING)
    world.models.catch_up()
    world.models._work.begin(world.known, log.position(), anew=True)

    session(log, "b", GREETING, REVIEWS)

    assert world.models.glance(60.0) == (log.position(), False)
    assert world.listed() == ["b", "a"]
    while not world.models.go_on(0.0).is_all:
        pass
    assert {each.generation for each in world.generations()} == {2}
    assert world.listed() == ["b", "a"]


def test_no_more_is_folded_at_once_than_fits(log: SqlLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "EVENTS_AT_ONCE", 20)
    for number in range(10):
        session(log, f"s{number}", GREETING)
        confirmation(log, f"s{number}", f"s{number}-3")
    session(log, "long", *[GREETING] * 10)
    sizes = []
    fold = work.Work._fold

    def watched(self: work.Work, group: object, places: list[histories.Place]) -> work.Folded:
        sizes.append([place.size for place in places])
        return fold(self, group, places)  # type: ignore[arg-type]

    monkeypatch.setattr(work.Work, "_fold", watched)
    world = World.of(log)
    world.models.catch_up()
    world.models.rebuild()

    assert world.sessions.totals("ana").sessions == 11
    assert all(sum(each) <= 20 or len(each) == 1 for each in sizes)
    assert max(len(each) for each in sizes) > 1


def test_a_session_that_grows_often_within_a_stretch_of_the_log_is_folded_once(
    log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.of(log)
    world.models.catch_up()
    folded: list[str] = []
    read = histories.read

    def watched(*given: object) -> Iterator[tuple[histories.Place, History]]:
        for place, history in read(*given):  # type: ignore[arg-type]
            folded.append(place.key)
            yield place, history

    monkeypatch.setattr(histories, "read", watched)
    for _ in range(20):
        for name in ("a", "b"):
            log.append(session_stream(name), [UserUttered("hi")])
    world.models.catch_up()

    assert sorted(folded) == ["a", "b"]


def test_any_session_id_can_be_listed(log: SqlLog) -> None:
    for name in ("a/b", "%", "nul \0", "ü", "a?b=c"):
        log.append(session_stream("x" + name), [UserUttered("hello")])
        log.append(review_stream("x" + name, name), [ReviewSubmitted(0)])
    world = World.of(log)

    assert set(world.ids()) == {"xa/b", "x%", "xnul \0", "xü", "xa?b=c"}
    assert world.ids(Filters(text="xü")) == ["xü"]
    assert world.sessions.next_to_review("ana", after="xnul \0") is not None


def test_the_tables_are_partitioned_where_the_events_are(empty_postgres_url: str) -> None:
    upgrade(empty_postgres_url, keys=KEYS, partitions=3)
    log = open_log(empty_postgres_url, keys=KEYS)
    world = World.of(log)
    for number in range(20):
        session(log, f"s{number}", GREETING)

    assert len(world.ids()) == 20
    before = world.content()
    world.models.rebuild()

    assert world.content() == before
    with log.engine.connect() as connection:
        parts = connection.exec_driver_sql(
            "SELECT count(*) FROM step_list GROUP BY tableoid ORDER BY tableoid"
        ).all()
    assert len(parts) == 3
    log.database.close()
