"""The page of messages in a real browser, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from recorder.events.event import Event, review_stream
from recorder.events.review import DecisionUndone, IntentCorrected
from tests.browser.live import App
from tests.given import session

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.pwned=1"> my *refund*'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Thirteen of one kind, taken for the wrong intent, and two others."""
    app = App(tmp_path_factory.mktemp("messages"))
    talk = [("action_listen", 1.0)]
    for number in range(13):
        session(app.log, f"s{number:02}", ("Where is my refund?", "greet", 0.2 + number / 1000, talk))
    session(app.log, "t", (HOSTILE, "greet", 0.1, talk))
    session(app.log, "u", ("hello", "hello", 0.9, talk), ("give it back", "refund", 0.95, talk))
    app.start()
    yield app
    app.close()


def said(app: App) -> dict[str, list[Event]]:
    """Session -> what was decided there."""
    rows = app.log.read_many(app.log.streams("review/"))
    return {stream.split("/")[1]: [row.event for row in found] for stream, found in rows.items()}


def test_many_are_answered_taken_back_and_answered_again_by_keyboard(page: Page, app: App) -> None:
    page.goto(f"http://127.0.0.1:{app.port}/messages")
    expect(page.get_by_text(HOSTILE, exact=True).first).to_be_visible(timeout=30_000)
    assert page.evaluate("window.pwned") is None

    expect(page.get_by_role("button", name="Next")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("stText").get_by_text("Where is my refund?")).to_be_visible()
    expect(page.get_by_role("button", name="All 13 mean greet")).to_be_visible()
    page.keyboard.press(meaning_key(page, "refund"))
    expect(page.get_by_role("button", name="All 13 mean refund")).to_be_visible()
    page.keyboard.press("a")

    expect(page.get_by_text("Said of 13 messages: refund.")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("stText").get_by_text("hello")).to_be_visible()
    decided = said(app)
    assert sorted(decided) == [f"s{number:02}" for number in range(13)]
    assert all(isinstance(event, IntentCorrected) for events in decided.values() for event in events)
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back for 13 messages: refund.")).to_be_visible(timeout=20_000)
    assert all(isinstance(events[-1], DecisionUndone) for events in said(app).values())
    assert app.log.version(review_stream("t", "ana")) == 0


def meaning_key(page: Page, name: str) -> str:
    """The number under which a meaning stands."""
    labels = page.locator("[class*=st-key-means-] button").all_inner_texts()
    return str(next(number for number, label in enumerate(labels, 1) if label.split()[0] == name))
