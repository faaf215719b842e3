"""What a page of the list costs does not grow with the log. Counted, not timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted, StepConfirmed
from recorder.read_models import session_list
from recorder.read_models.session_list import Filters, SessionList
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests.given import GREETING, REVIEWS, session
from tests.queries import asked, worked
from tests.read_models.given import World

SMALL, LARGE = 50, 500


@dataclass(frozen=True)
class Cost:
    statements: int
    work: int
    """In hundreds of instructions."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """The same log, and ten times as long."""
    return [_world(tmp_path_factory.mktemp(str(size)), size) for size in (SMALL, LARGE)]


def _world(folder: Path, size: int) -> World:
    url = f"sqlite:///{folder / 'recorder.db'}"
    upgrade(url)
    log = open_log(url)
    for number in range(size):
        session(log, f"s{number:03}", GREETING, REVIEWS)
    for number in range(0, size, size // 10):
        review = [StepConfirmed(f"s{number:03}-3", 0), ReviewSubmitted(14)]
        log.append(review_stream(f"s{number:03}", "ana"), review, actor="ana")
    world = World.of(log)
    world.models.catch_up()
    return world


def cost(world: World, look: Callable[[SessionList], object]) -> Cost:
    with asked(world.log.engine) as statements, worked(world.log.engine) as work:
        look(world.sessions)
    return Cost(len(statements), len(work))


def _pages(listed: SessionList) -> int:
    return listed.totals("").sessions // 10


LOOKS: dict[str, Callable[[SessionList], object]] = {
    "first page": lambda listed: listed.page(Filters(), "ana"),
    "next page": lambda listed: listed.page(Filters(), "ana", 2),
    "last page": lambda listed: listed.page(Filters(), "ana", 10**6),
    "page before the last": lambda listed: listed.page(
        Filters(), "ana", listed.totals("").sessions // 10 - 1
    ),
    "newest first": lambda listed: listed.page(Filters(sort="newest"), "ana"),
    "longest, last page": lambda listed: listed.page(Filters(sort="longest"), "ana", 10**6),
    "what is new": lambda listed: listed.page(Filters(statuses=("new",)), "ana"),
    "totals": lambda listed: listed.totals("ana"),
    "labels": lambda listed: listed.labels(),
    "next to review": lambda listed: listed.next_to_review("ana", "s030"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_log_ten_times_as_long_costs_a_page_no_more(
    worlds: list[World], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(session_list, "PAGE_SIZE", 10)

    small, large = (cost(world, LOOKS[name]) for world in worlds)

    assert large.statements <= small.statements
    assert large.work <= 1.5 * small.work + 5, (small, large)


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(intents=("greet",)), Filters(low=0.1, high=0.9, sort="newest")]
)
def test_page_after_page_costs_the_same(
    worlds: list[World], monkeypatch: pytest.MonkeyPatch, filters: Filters
) -> None:
    monkeypatch.setattr(session_list, "PAGE_SIZE", 10)
    world = worlds[1]

    costs = [cost(world, lambda listed, n=n: listed.page(filters, "ana", n)).work for n in range(1, 26)]  # type: ignore[misc]  # mypy does not guess of n

    assert costs[-1] <= 1.2 * costs[1] + 5, costs


def test_what_is_only_counted_by_looking_is_counted_once(worlds: list[World]) -> None:
    filters = Filters(intents=("greet",), sources=("talk",))
    with asked(worlds[1].log.engine) as first:
        worlds[1].sessions.page(filters, "ana")
    with asked(worlds[1].log.engine) as second:
        worlds[1].sessions.page(filters, "ana", 2)

    assert any("count(" in sql for sql, _ in first)
    assert not any("count(" in sql for sql, _ in second)
