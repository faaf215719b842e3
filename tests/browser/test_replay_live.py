"""The replay in the real app: Streamlit, its own process, a database on disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted, StepConfirmed
from tests import given
from tests.browser.live import App, long_session

pytestmark = pytest.mark.browser
LOOKING = 900
"""Milliseconds after which a step that came up by itself takes answers."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("app"))
    app.start()
    yield app
    app.close()


def confirmed(app: App, session: str) -> list[str]:
    """Steps that the annotator said yes to, in the order of the log."""
    rows = app.log.read(review_stream(session, app.annotator))
    return [row.event.step for row in rows if isinstance(row.event, StepConfirmed)]


def open_replay(app: App, page: Page, session: str, **also: str) -> None:
    page.goto(app.address(session, **also))
    expect(page.locator(".ask h2")).to_contain_text("Is this correct?", timeout=20_000)


def expect_saved(page: Page) -> None:
    expect(page.locator(".status")).to_contain_text("saved · event", timeout=20_000)


def test_a_link_opens_the_step_and_a_reload_comes_back_to_it(app: App, page: Page) -> None:
    long_session(app.log, "linked/__ 1", 3)

    open_replay(app, page, "linked/__ 1", step="linked/__ 1-1-3")
    expect(page.locator(".place")).to_have_text("step 3 of 6")
    page.keyboard.press("1")
    expect_saved(page)
    page.wait_for_url("**step=linked*1-1-7")
    page.reload()

    expect(page.locator(".place")).to_have_text("step 4 of 6")
    assert confirmed(app, "linked/__ 1") == ["linked/__ 1-1-3"]


def test_a_burst_of_keys_is_stored_whole_and_in_order(app: App, page: Page) -> None:
    long_session(app.log, "burst", 20)
    open_replay(app, page, "burst")

    for _ in range(40):
        page.keyboard.press("1")

    expect_saved(page)
    assert confirmed(app, "burst") == [f"burst-{turn}-{place}" for turn in range(20) for place in (3, 7)]


def test_a_killed_server_loses_nothing_and_stores_nothing_twice(app: App, page: Page) -> None:
    long_session(app.log, "killed", 10)
    open_replay(app, page, "killed")

    for wait in (0, 40, 90):
        page.keyboard.press("1")
        page.keyboard.press("1")
        page.wait_for_timeout(wait)
        app.kill()
        page.keyboard.press("1")
        app.start()
        expect_saved(page)

    assert confirmed(app, "killed") == [f"killed-{n // 2}-{(3, 7)[n % 2]}" for n in range(9)]


def test_two_tabs_see_each_others_decisions_and_refuse_stale_ones(app: App, page: Page) -> None:
    long_session(app.log, "twice", 2)
    other = page.context.new_page()
    open_replay(app, page, "twice")
    open_replay(app, other, "twice")

    page.keyboard.press("1")
    expect_saved(page)
    other.keyboard.press("m")

    expect(other.locator(".alert")).to_contain_text("decided elsewhere")
    expect(other.locator(".place")).to_have_text("step 1 of 4")
    expect(other.locator(".tally")).to_have_text("1 decided")
    other.wait_for_timeout(LOOKING)
    other.keyboard.press("m")
    expect_saved(other)
    assert app.log.version(review_stream("twice", "ana")) == 2


def test_next_opens_another_session_once_all_is_saved(app: App, page: Page) -> None:
    given.session(app.log, "first", given.GREETING)
    open_replay(app, page, "first")

    for key in ("1", "1", "Enter", "g"):
        page.keyboard.press(key)

    expect(page.locator(".title", has_text="first")).to_have_count(0, timeout=20_000)
    assert "session=first" not in page.url
    events = [row.event for row in app.log.read(review_stream("first", "ana"))]
    assert isinstance(events[-1], ReviewSubmitted)
