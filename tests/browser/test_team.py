"""Four browsers, four accounts, one batch, as fast as the keys go; the server is killed in the middle.

`TEAM_SESSIONS` is how many sessions the batch has.
"""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from recorder.events.batches import SessionClaimed, SessionDone
from recorder.events.event import Recorded, batch_stream, review_stream, session_stream, stream_parts
from recorder.events.review import Decision, RestConfirmed, RestKept, ReviewSubmitted, StepConfirmed
from recorder.review.batches import Item
from recorder.review.people import Person, operator
from recorder.services import accounts, batching
from recorder.services.board import Board
from recorder.services.opening import open_batch
from tests.browser.annotator import PASSWORD, Annotator, sign_in
from tests.browser.live import App, long_session

pytestmark = pytest.mark.browser
SESSIONS = int(os.environ.get("TEAM_SESSIONS", "40"))
VOTES = 2
BLIND_EVERY = 4
TURNS = 2
NAMES = ("ana", "bo", "cleo", "dan")
BATCH = "week 12"
PATIENCE = 60 + 20 * SESSIONS
"""Seconds."""


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("team"))
    root = operator("root")
    for name in NAMES:
        accounts.open_account(app.log, root, name, "annotator", password=PASSWORD)
    yield app
    app.close()


def queue(app: App, count: int, votes: int, blind_every: int = 0) -> Board:
    items = []
    for number in range(count):
        name = f"s{number:02}"
        long_session(app.log, name, TURNS)
        began = app.log.read(session_stream(name))[0].position
        is_blind = bool(blind_every) and number % blind_every == 0
        items.append(Item(began, votes, ("random",), is_blind))
    board = Board(app.log)
    open_batch(board, operator("root"), BATCH, items, seed=7)
    return board


def done(app: App) -> list[SessionDone]:
    return [row.event for row in app.log.read(batch_stream(BATCH)) if isinstance(row.event, SessionDone)]


def reviews(app: App) -> dict[str, list[Recorded]]:
    """Stream of a review -> its rows."""
    return {stream: app.log.read(stream) for stream in app.log.streams("review/")}


def wait_for(condition: Callable[[], bool], seconds: float, every: float = 0.2) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(every)


def kill_in_the_middle_of_pressing(app: App, team: list[Annotator]) -> int:
    """kill -9, at a moment at which something was pressed that is not saved; returns how much of it."""
    wait_for(lambda: any(each.pending for each in team), 30, every=0.001)
    unsaved = sum(each.pending for each in team)
    app.kill()
    time.sleep(1)
    app.start()
    return unsaved


def test_four_browsers_share_a_batch_and_nothing_is_lost_missing_or_double(app: App) -> None:
    board = queue(app, SESSIONS, VOTES, BLIND_EVERY)
    app.start()
    team = [Annotator(app, name, PATIENCE) for name in NAMES]
    started = time.monotonic()

    for each in team:
        each.start()
    wait_for(lambda: len(done(app)) >= SESSIONS * 0.6, PATIENCE / 2)
    unsaved = kill_in_the_middle_of_pressing(app, team)
    wait_for(lambda: len(done(app)) >= SESSIONS * 1.2, PATIENCE / 2)
    team[-1].pull_the_plug.set()
    for each in team:
        each.join(PATIENCE)
    took = time.monotonic() - started

    assert [each.failure for each in team if each.failure] == []
    assert all(each.is_done for each in team), [(each.person, each.seen[-3:]) for each in team]
    assert unsaved > 0, "the server was killed while nobody was pressing"
    votes = Counter((event.item, event.by) for event in done(app))
    assert not any(event.late for event in done(app))
    assert set(votes.values()) == {1}, "nobody votes twice on a session"
    assert Counter(Counter(item for item, _ in votes).values()) == {VOTES: SESSIONS}, "none missing, no third"

    rows = reviews(app)
    submissions = [sum(isinstance(row.event, ReviewSubmitted) for row in log) for log in rows.values()]
    assert submissions == [1] * VOTES * SESSIONS
    saved = set[str]().union(*(each.saved for each in team))
    stored = {row.id for log in rows.values() for row in log}
    assert saved <= stored, "what was shown as saved is in the log"
    assert len(saved) > 0.9 * len(stored), "and nearly all was shown as saved"

    claimed = defaultdict(set)
    for row in app.log.read(batch_stream(BATCH)):
        if isinstance(row.event, SessionClaimed):
            claimed[row.event.item].add(row.event.by)
    assert {len(names) for names in claimed.values()} == {VOTES}, "no session was offered to a third"
    assert batching.claim_next(board, Person("eve", "annotator")) is None, "nor to a fifth"

    blind = {f"s{number:02}" for number in range(0, SESSIONS, BLIND_EVERY)}
    for stream, recorded in rows.items():
        said = [row.event for row in recorded if isinstance(row.event, Decision)]
        assert not any(isinstance(event, RestConfirmed) for event in said), (
            "Enter was meant for the page before"
        )
        shown = {event.shown for event in said if not isinstance(event, RestKept)}  # seen by then
        assert shown == ({"blind"} if stream_parts(stream)[1] in blind else {"model"}), said
    print(
        f"\n{SESSIONS} sessions, {len(rows)} reviews, {len(stored)} events, {len(saved)} shown as saved, "
        f"{unsaved} unsaved at the kill, {took:.0f} s; done by each: {dict(Counter(by for _, by in votes))}"
    )


def test_two_tabs_of_one_person_are_one_claim_and_one_review(app: App, page: Page) -> None:
    queue(app, 1, votes=1)
    app.start()
    sign_in(page, app, "ana")
    page.get_by_role("button", name="Next session").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".claim.mine")).to_contain_text("yours until", timeout=20_000)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".claim.mine")).to_contain_text("yours until", timeout=20_000)

    page.keyboard.press("1")
    expect(page.locator(".status")).to_contain_text("saved · event", timeout=20_000)
    other.keyboard.press("1")
    expect(other.locator(".alert")).to_contain_text("decided elsewhere", timeout=20_000)
    other.wait_for_timeout(900)
    for key in ("l", "1", "1", "1", "Enter"):
        other.keyboard.press(key)
    expect(other.locator(".claim")).to_have_text("submitted", timeout=20_000)
    page.keyboard.press("1")
    expect(page.locator(".alert")).to_contain_text("submitted", timeout=20_000)

    rows = app.log.read(review_stream("s00", "ana"))
    confirmed = [row.event.step for row in rows if isinstance(row.event, StepConfirmed)]
    assert len(confirmed) == len(set(confirmed)) == 2 * TURNS
    assert [(event.by, event.late) for event in done(app)] == [("ana", False)]
    claims = [row.event for row in app.log.read(batch_stream(BATCH)) if isinstance(row.event, SessionClaimed)]
    assert len(claims) == 1
