"""Four browsers, four accounts, one batch, as fast as the keys go; the server is killed in the middle.

A rehearsal, run by name: `pytest tests/browser/team_rehearsal.py`. With `TEAM_SESSIONS=40` it is the whole
batch, without fewer sessions.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from recorder.events.batches import SessionClaimed, SessionDone
from recorder.events.event import batch_stream, review_stream, session_stream, stream_parts
from recorder.events.review import Decision, RestKept, ReviewSubmitted, StepConfirmed
from recorder.review.batches import Item
from recorder.review.people import Person, operator
from recorder.services import accounts, batching
from recorder.services.board import Board
from recorder.services.opening import open_batch
from tests.browser.conftest import QUIET
from tests.browser.live import App, long_session

pytestmark = pytest.mark.browser
SESSIONS = int(os.environ.get("TEAM_SESSIONS", "8"))
TURNS = 2
NAMES = ("ana", "bo", "cleo", "dan")
PASSWORD = "correct horse battery"
BATCH = "week 12"
PATIENCE = 60 + 20 * SESSIONS
"""Seconds."""

LOOK = """() => {
  const replay = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.replay).find(Boolean);
  if (!replay?.session) return null;
  const judged = replay.fold().judged;
  return {
    session: replay.session.session, index: replay.index, total: judged.length,
    asked: replay.question?.mask === "asked", answered: !!replay.question && !judged[replay.index].open,
    course: replay.question ? judged[replay.index].course : "end",
    open: judged.filter(({open}) => open).length,
    submitted: replay.fold().submitted, pending: replay.outbox.pending.length, blind: replay.session.blind,
    dialog: !!replay.node.querySelector("dialog"), stored: replay.stored.map(({id}) => id),
    waits: performance.now() - replay.jumpedAt < 800 || performance.now() - replay.leftAt < 3000,
  };
}"""
"""What somebody sees who looks at the page."""


@dataclass
class Annotator(threading.Thread):
    """One person at a browser of their own."""

    app: App
    person: str
    saved: set[str] = field(default_factory=set)
    """Ids of the decisions that the screen showed as saved."""
    seen: list[str] = field(default_factory=list)
    """Sessions that were on the screen, one after the other."""
    pull_the_plug: threading.Event = field(default_factory=threading.Event)
    """The browser ends at once, and another one is opened."""
    failure: str = ""
    is_done: bool = False

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        try:
            deadline = time.monotonic() + PATIENCE
            while not self.is_done and time.monotonic() < deadline:
                self.sit_down(deadline)
        except Exception as error:  # the test's own thread tells it
            self.failure = f"{self.person}: {error!r}"

    def sit_down(self, deadline: float) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            sign_in(page, self.app, self.person)
            unchanged, before = time.monotonic(), None
            while not self.is_done and time.monotonic() < deadline:
                if self.pull_the_plug.is_set():
                    self.pull_the_plug.clear()
                    break  # with whatever is not saved yet
                try:
                    now = page.evaluate(LOOK)
                    self.work(page, now)
                except Error as error:  # the page is on its way to another one
                    if "closed" in str(error):
                        raise
                    now = None
                if now != before:
                    unchanged, before = time.monotonic(), now
                elif time.monotonic() - unchanged > 40:  # as somebody would who is tired of waiting
                    page.goto(f"http://127.0.0.1:{self.app.port}/work")
                    unchanged = time.monotonic()
            browser.close()

    def work(self, page: Page, now: dict[str, Any] | None) -> None:
        if now is None:
            if page.get_by_text("Nothing is left for you.").is_visible():
                self.is_done = True
            elif page.get_by_role("button", name="Next session").is_visible():
                page.keyboard.press("Enter")
            page.wait_for_timeout(100)
            return
        if not self.seen or self.seen[-1] != now["session"]:
            self.seen.append(now["session"])
        self.saved.update(now["stored"])
        keyboard = page.keyboard
        if now["waits"]:
            page.wait_for_timeout(50)
        elif now["submitted"]:
            keyboard.press("Enter" if not now["pending"] else "ArrowLeft")
        elif now["index"] >= now["total"] and not now["open"]:
            keyboard.press("Enter")
        elif now["index"] >= now["total"]:
            keyboard.press("l")
        elif now["course"] != "real":
            keyboard.press("t")
        elif now["asked"] and not now["pending"]:
            keyboard.press("1")
            while page.locator("dialog").count():
                keyboard.press("Control+Enter" if page.locator("dialog .marking").count() else "Enter")
        elif now["blind"]:
            keyboard.press("1" if now["answered"] else "ArrowRight")
            page.wait_for_timeout(30)
        else:
            for _ in range(now["total"] - now["index"]):
                keyboard.press("1")


def sign_in(page: Page, app: App, name: str) -> None:
    page.goto(f"http://127.0.0.1:{app.port}/work", timeout=60_000)
    page.wait_for_url("**/sign-in?next=**", timeout=60_000)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/work", timeout=60_000)


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


def wait_for(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)


def test_four_browsers_share_a_batch_and_nothing_is_lost_missing_or_double(app: App) -> None:
    board = queue(app, SESSIONS, votes=2, blind_every=4)
    app.start()
    team = [Annotator(app, name) for name in NAMES]
    started = time.monotonic()

    for each in team:
        each.start()
    wait_for(lambda: len(done(app)) >= SESSIONS * 0.6, PATIENCE / 2)
    app.kill()
    time.sleep(1)
    app.start()
    wait_for(lambda: len(done(app)) >= SESSIONS, PATIENCE / 2)
    team[-1].pull_the_plug.set()
    for each in team:
        each.join(PATIENCE)
    took = time.monotonic() - started

    assert [each.failure for each in team if each.failure] == []
    assert all(each.is_done for each in team), [(each.person, each.seen[-3:]) for each in team]
    votes = Counter((event.item, event.by) for event in done(app))
    by_item = Counter(item for item, _ in votes)
    late = [event for event in done(app) if event.late]
    assert set(votes.values()) == {1} and len(votes) == 2 * SESSIONS + len(late)
    assert late == [] and set(by_item.values()) == {2} and len(by_item) == SESSIONS
    rows = {stream: app.log.read(stream) for stream in app.log.streams("review/")}
    submitted = [s for s, log in rows.items() if sum(isinstance(r.event, ReviewSubmitted) for r in log) == 1]
    assert len(submitted) == len(rows) == 2 * SESSIONS
    stored = {row.id for log in rows.values() for row in log}
    shown_as_saved = set[str]().union(*(each.saved for each in team))
    assert shown_as_saved <= stored
    claimed = defaultdict(set)
    for row in app.log.read(batch_stream(BATCH)):
        if isinstance(row.event, SessionClaimed):
            claimed[row.event.item].add(row.event.by)
    assert max(len(names) for names in claimed.values()) == 2, "no session is offered to a third"
    assert batching.claim_next(board, Person("eve", "annotator")) is None, "nor to a fifth"
    decisions = [row.event for log in rows.values() for row in log if isinstance(row.event, Decision)]
    blind = {f"s{number:02}" for number in range(0, SESSIONS, 4)}
    for stream, log in rows.items():
        said = [row.event for row in log if isinstance(row.event, Decision)]
        sights = {
            event.shown for event in said if not isinstance(event, RestKept)
        }  # said of a step seen by then
        assert sights == ({"blind"} if stream_parts(stream)[1] in blind else {"model"})
    print(
        f"\n{SESSIONS} sessions, {len(submitted)} reviews, {len(decisions)} decisions, "
        f"{len(shown_as_saved)} events shown as saved, {took:.0f} s; done by each: "
        f"{dict(Counter(by for _, by in votes))}"
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
