"""All pages of the app, in a full world and in an empty one, and how to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, expect

from recorder.events.event import NewEvent, review_stream, session_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.review.batches import Item
from recorder.review.people import Role, operator
from recorder.services import accounts, batching
from recorder.services.board import Board
from recorder.services.opening import open_batch
from tests import given
from tests.browser.annotator import PASSWORD, sign_in
from tests.browser.live import App, long_session

Scheme = Literal["light", "dark"]
WAIT: Final = 60_000
WIDE, NARROW, MAGNIFIED = (1280, 800), (400, 800), (640, 400)
"""CSS pixels. The last one is the first one at 200 %."""
_WORKING: Final = ("work", "batches", "messages", "adjudicate", "agreement")
_SETTLING: Final = ("models", "export", "team", "account")
MENU: Final = {name: name for name in (*_WORKING, *_SETTLING)} | {"inbox": "", "replay": "replay"}
FULL: Final = MENU | {
    "agreement": "agreement?kind=Actions",
    "a session": "replay?session=plain",
    "a blind session": "replay?session=blind",
    "a submitted session": "replay?session=visitor-0",
}
"""Name -> address."""


@contextmanager
def signed_in(chromium: Browser, app: App, name: str) -> Iterator[Page]:
    """A browser window of the person's own."""
    context = chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    page = context.new_page()
    sign_in(page, app, name)
    yield page
    context.close()


def full_world(folder: Path) -> App:
    """Accounts, sessions, reviews that differ, two models, a batch with a blind session and guidelines."""
    app = App(folder)
    for day, action in ((1, "action_wave"), (2, "action_bow")):
        given.model(folder / "models", folder, action, day)
    people: dict[str, Role] = {"ana": "admin", "bo": "annotator", "vera": "viewer"}
    for name, role in people.items():
        accounts.open_account(app.log, operator("root"), name, role, password=PASSWORD)
    for number in range(3):
        given.session(app.log, f"visitor-{number}", given.GREETING, given.REVIEWS)
    long_session(app.log, "plain", 8)
    long_session(app.log, "blind", 3)
    first, second = "visitor-0-3", "visitor-0-6"
    for name, action in (("ana", "action_bow"), ("bo", "action_wave")):
        said = [ActionCorrected(first, 0, action), StepConfirmed(second, 0), ReviewSubmitted(9)]
        events = [NewEvent(event, id=f"{name}-{n}") for n, event in enumerate(said)]
        app.log.append(review_stream("visitor-0", name), events, actor=name)
    items = [
        Item(app.log.read(session_stream(name))[0].position, 2, ("least sure step: 31 %",), name == "blind")
        for name in ("plain", "blind", "visitor-1")
    ]
    board = Board(app.log)
    open_batch(board, operator("ana"), "week 12", items, guidelines="# Say what is right", due="2026-01-01")
    batching.claim(board, operator("bo"), "week 12", "visitor-1")
    app.start()
    return app


def go(page: Page, app: App, address: str) -> None:
    """Open a page, wide and light."""
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"http://127.0.0.1:{app.port}/{address}")
    page.get_by_test_id("stMain").wait_for(timeout=WAIT)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is drawn, and draws nothing more."""
    expect(page.locator("h1, .ask h2, .end h2").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=WAIT)


def look(page: Page, size: tuple[int, int], scheme: Scheme = "light") -> None:
    """The same page in another size, in other colours."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_timeout(400)  # until the browser has told the app of its colours
    settle(page)
