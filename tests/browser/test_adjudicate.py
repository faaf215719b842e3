"""Disputes settled in a real browser, by keys alone; the pages of adjudication and agreement as they look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from recorder.events.adjudication import StepAdjudicated
from recorder.events.event import Event, adjudication_stream, review_stream
from recorder.events.review import ActionCorrected, EntitiesCorrected, ReviewSubmitted, StepConfirmed
from tests.browser.live import App
from tests.given import GREETING, REVIEWS, session

pytestmark = pytest.mark.browser

SCREENS = Path(__file__).parent / "screens"
SESSIONS = 12
WAIT = 60_000


def vote(app: App, name: str, annotator: str, *decisions: Event) -> None:
    app.log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Sessions that three people know; on some actions they are of three minds, on some one is against."""
    app = App(tmp_path_factory.mktemp("disputes"))
    which = {"entity": "which", "value": "which", "start": 0, "end": 5}
    for number in range(SESSIONS):
        name = f"s{number:02}"
        session(app.log, name, GREETING, REVIEWS)
        action = f"{name}-10"
        yes = [StepConfirmed(f"{name}-3", 0), StepConfirmed(f"{name}-6", 0)]
        vote(app, name, "bea", *yes, StepConfirmed(action, 0, shown="model"))
        other = ActionCorrected(action, 0, "action_search_venues", shown="blind")
        vote(app, name, "cleo", *yes, other if number % 3 else StepConfirmed(action, 0, shown="blind"))
        third = ActionCorrected(
            action, 0, "action_show_concert_reviews" if number % 3 == 1 else "utter_default"
        )
        last = StepConfirmed(action, 0) if number % 3 == 2 else third
        vote(app, name, "dan", *yes, EntitiesCorrected(f"{name}-8", 0, (which,)), last)
    app.start()
    yield app
    app.close()


def address(app: App, page: str) -> str:
    return f"http://127.0.0.1:{app.port}/{page}"


def drawn(page: Page) -> None:
    """Wait until every widget is there, and with it its key."""
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    expect(page.locator("button[kind=primary]", has_text="Decide")).to_have_count(1, timeout=WAIT)


def press(page: Page, key: str, until: str, there: str) -> None:
    """Press it until the address is as it should be: a button that was just drawn may not hear its key yet.

    A second press on the same step is the same command.
    """
    for _ in range(6):
        page.keyboard.press(key)
        try:
            page.wait_for_function(until, arg=there, timeout=WAIT / 6)
            return
        except TimeoutError:
            continue
    raise AssertionError(f"{key} leads nowhere")


def verdicts(app: App) -> list[StepAdjudicated]:
    streams = app.log.streams(adjudication_stream(""))
    rows = [row.event for stream in streams for row in app.log.read(stream)]
    return [event for event in rows if isinstance(event, StepAdjudicated)]


def test_a_dispute_is_settled_and_the_next_one_opened_by_keys_alone(page: Page, app: App) -> None:
    page.goto(address(app, "adjudicate"))
    expect(page.get_by_text("3 votes, and no answer has more than half of them.")).to_be_visible(timeout=WAIT)
    drawn(page)
    opened = page.url

    page.keyboard.press("1")
    expect(page.locator("button[kind=primary]").filter(has_text="1 vote")).to_have_count(1, timeout=WAIT)
    press(page, "Control+Enter", "before => location.href !== before", opened)

    drawn(page)
    expect(page.get_by_text("Choose first")).to_have_count(0)
    (event,) = verdicts(app)
    assert len(event.decisions) == 1
    settled = page.url
    expect(page.get_by_role("button", name="Previous")).to_be_enabled(timeout=WAIT)  # it is the next one's
    press(page, "p", "there => location.href !== there", settled)
    expect(page.get_by_text("decided:")).to_be_visible(timeout=WAIT)
    drawn(page)
    press(page, "n", "there => location.href === there", settled)


def test_a_cell_of_the_confusion_lists_its_steps(page: Page, app: App) -> None:
    page.goto(address(app, "agreement?kind=Actions"))
    page.get_by_role("tab", name="Labels").click(timeout=WAIT)
    page.wait_for_url("**part=Labels**", timeout=WAIT)
    chart = page.get_by_test_id("stVegaLiteChart").locator("visible=true").first
    expect(chart).to_be_visible(timeout=WAIT)

    cells = chart.locator("svg path[aria-roledescription='rect mark'], canvas")
    expect(cells.first).to_be_visible(timeout=WAIT)
    box = chart.locator("canvas, svg").first.bounding_box()
    assert box is not None
    for across in range(1, 10):  # until a click meets a cell
        page.mouse.click(box["x"] + box["width"] * across / 10, box["y"] + 20)
        page.wait_for_timeout(700)
        if page.get_by_text("A click on a cell lists its steps.").locator("visible=true").count() == 0:
            break

    expect(page.get_by_text("steps").locator("visible=true").last).to_be_visible()
    assert page.get_by_text("A click on a cell lists its steps.").locator("visible=true").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light")])
@pytest.mark.parametrize(
    ("name", "path", "shown"),
    [
        ("adjudicate", "adjudicate", "What should the bot have done here?"),
        ("bulk", "adjudicate?task=All+but+one+agree", "as most say"),
        ("agreement", "agreement?kind=Actions", "Gwet's AC1"),
    ],
)
def test_the_pages_fit_the_screen(
    chromium: Browser, app: App, width: int, scheme: str, name: str, path: str, shown: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 1100}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page = context.new_page()
    page.goto(address(app, path))
    expect(page.get_by_text(shown).first).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    page.wait_for_timeout(500)

    page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_what_all_agree_on_is_confirmed_by_one_key_and_taken_back_by_another(page: Page, app: App) -> None:
    page.goto(address(app, "adjudicate?task=All+agree"))
    button = page.get_by_role("button", name="Confirm all")
    expect(button).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    number = re.findall(r"\d+", button.inner_text())[0]
    before = len(verdicts(app))

    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(f"{number} steps confirmed.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("There is nothing to confirm.")).to_be_visible(timeout=WAIT)
    assert len(verdicts(app)) == before + int(number)
    page.keyboard.press("u")

    expect(page.get_by_text(f"{number} steps open again.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name=f"Confirm all {number}")).to_be_visible(timeout=WAIT)
