"""The models page in a real browser: the comparison is drawn, and leads to the replay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from recorder.events.event import review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from tests.browser.live import App
from tests.given import model, session

pytestmark = pytest.mark.browser

SCREENS = Path(__file__).parent / "screens"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Two models, and a reviewed session that the newer one gets right."""
    app = App(tmp_path_factory.mktemp("models"))
    session(app.log, "a", ("hello", "greet", 0.9, [("action_wave", 0.9), ("action_listen", 1.0)]))
    decided = [ActionCorrected("a-3", 0, "action_bow"), StepConfirmed("a-5", 0), ReviewSubmitted(7)]
    app.log.append(review_stream("a", "ana"), decided)
    for day, action in enumerate(("action_wave", "action_bow"), 1):
        model(app.folder / "models", app.folder, action, day)
    app.start()
    yield app
    app.close()


def compare(page: Page, app: App) -> None:
    page.goto(f"http://127.0.0.1:{app.port}/models")
    page.get_by_role("button", name="Compare").click(timeout=20_000)


def test_both_confusions_are_drawn(page: Page, app: App) -> None:
    compare(page, app)

    expect(page.get_by_text("1 mistake in 1 step")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("0 mistakes in 1 step")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    expect(page.get_by_role("tab", name="Got better (1)")).to_be_visible()


def test_what_got_better_leads_to_its_replay(page: Page, app: App) -> None:
    compare(page, app)
    expect(page.get_by_test_id("stVegaLiteChart").nth(1)).to_be_visible(timeout=20_000)

    opened = follow_first_link(page)

    expect(opened.get_by_role("heading", name="The bot wants to")).to_be_visible(timeout=20_000)
    assert "session=a&step=a-3" in opened.url


def follow_first_link(page: Page) -> Page:
    """Click it in the table of changes, a canvas without elements, until it has been drawn and answers."""
    for _ in range(20):
        box = page.get_by_test_id("stDataFrame").nth(1).bounding_box()
        assert box is not None
        link = box["x"] + 22, box["y"] + 53  # first row, first column
        page.mouse.move(*link)
        page.mouse.click(*link)
        page.wait_for_timeout(500)
        if len(page.context.pages) > 1:
            return page.context.pages[-1]
    raise AssertionError("the link opens nothing")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_the_page_fits_the_screen(chromium: Browser, app: App, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 1100}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page = context.new_page()
    compare(page, app)
    expect(page.get_by_test_id("stVegaLiteChart").nth(1)).to_be_visible(timeout=20_000)

    page.screenshot(path=SCREENS / f"models-{width}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
