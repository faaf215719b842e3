"""The inbox in a real browser, on the server that `recorder review` starts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from recorder.events.event import review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepFlagged
from tests.browser.live import App
from tests.given import GREETING, REVIEWS, Turn, session

pytestmark = pytest.mark.browser

SCREENS = Path(__file__).parent / "screens"
HOSTILE: Turn = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'> **bold** :red[x]",
    "greet",
    0.5,
    [("<b>action</b>", 0.4)],
)
ARABIC: Turn = ("مرحبا، أريد أن أرى حفلة 🎸", "search_concerts", 0.77, [("action_search_concerts", 0.66)])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Sixty sessions in all states; `least` is the least sure."""
    app = App(tmp_path_factory.mktemp("inbox"))
    session(app.log, "least", GREETING, REVIEWS, source="rasa-x")
    session(app.log, "hostile", HOSTILE)
    session(app.log, "arabic", ARABIC, source="broker")
    for number in range(57):
        session(app.log, f"visitor-{number:02}", GREETING, GREETING)
    app.log.append(review_stream("arabic", "ana"), [ActionCorrected("arabic-3", 0, "x"), ReviewSubmitted(5)])
    app.log.append(review_stream("hostile", "ana"), [StepFlagged("hostile-3", 0, "bug")])
    app.start()
    yield app
    app.close()


def open_inbox(page: Page, app: App, query: str = "") -> None:
    page.goto(f"http://127.0.0.1:{app.port}/{query}")
    expect(page.locator(".row").first).to_be_visible(timeout=20_000)


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_click_opens_the_replay_and_back_leads_to_the_same_view(page: Page, app: App) -> None:
    open_inbox(page, app, "?intent=greet&q=visitor-1*")
    expect(page.locator(".row")).to_have_count(10)

    page.locator(".row .main").nth(3).click()

    expect(page.get_by_role("heading", name="The bot wants to")).to_be_visible()
    assert asked(page) == {"session": ["visitor-13"]}
    page.go_back()
    expect(page.locator(".row")).to_have_count(10)
    assert asked(page) == {"intent": ["greet"], "q": ["visitor-1*"]}


def test_the_replay_offers_a_session_and_back_leads_to_where_one_was(page: Page, app: App) -> None:
    open_inbox(page, app)
    page.get_by_role("link", name="Replay").click()

    page.get_by_role("button", name="Next to review: least").click()
    expect(page.get_by_role("heading", name="The bot wants to")).to_be_visible()
    assert asked(page)["session"] == ["least"]

    page.get_by_role("link", name="Inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_role("heading", name="The bot wants to")).to_have_count(0)
    expect(page.locator(".main .opening").first).to_be_visible()
    page.get_by_role("link", name="Replay").click()
    expect(page.get_by_role("button", name="Go on with least")).to_be_visible()


def test_the_bar_opens_the_least_sure_step(page: Page, app: App) -> None:
    open_inbox(page, app)

    page.locator(".row .sure").first.click()

    expect(page.get_by_text("action_show_venue_reviews").first).to_be_visible()
    assert asked(page) == {"session": ["least"], "step": ["least-10"]}
    expect(page.get_by_text("step 3 of 4", exact=True)).to_be_visible()


def test_what_is_typed_is_searched_and_stays_in_the_address(page: Page, app: App) -> None:
    open_inbox(page, app)

    page.get_by_label("Search").fill("which better")

    expect(page.locator(".row")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=which"))
    page.reload()
    expect(page.locator(".row")).to_have_count(1, timeout=20_000)


def test_a_status_is_chosen_and_taken_away_by_its_chip(page: Page, app: App) -> None:
    open_inbox(page, app)

    page.get_by_role("button", name="Submitted", exact=True).click()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row .status")).to_have_text("submitted, 1 corrected")
    page.locator(".st-key-chips").get_by_role("button").click()

    expect(page.locator(".row")).to_have_count(50)


def test_rows_are_walked_with_the_arrows_and_opened_with_enter(page: Page, app: App) -> None:
    open_inbox(page, app)
    page.locator(".row .main").first.focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    second = page.locator(".row .main").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="The bot wants to")).to_be_visible()
    assert asked(page) == {"session": ["hostile"]}


def test_texts_of_users_are_only_ever_text(page: Page, app: App) -> None:
    open_inbox(page, app, "?q=%3Cscript%3E")

    expect(page.locator(".row .opening")).to_have_text(HOSTILE[0])
    expect(page.locator(".row .excerpt")).to_have_text(HOSTILE[0])
    expect(page.locator(".row mark").first).to_have_text("script")
    expect(page.locator(".row .flag")).to_have_text("bug")
    assert page.evaluate("window.pwned") is None


def test_what_a_closed_replay_could_not_save_is_told(page: Page, app: App) -> None:
    open_inbox(page, app)
    shelf = "recorder:unsaved:" + json.dumps(["hostile", app.annotator], separators=(",", ":")) + ":tab"
    page.evaluate("([key, list]) => localStorage.setItem(key, list)", [shelf, '[{"id": "d1", "type": "x"}]'])

    page.reload()

    expect(page.get_by_role("alert")).to_have_text(
        "Not saved yet: 1 decision in hostile. Open it to save them."
    )
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_role("heading", name="The bot wants to")).to_be_visible()


def test_nothing_is_asked_of_any_other_machine(page: Page, app: App) -> None:
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))

    open_inbox(page, app)
    page.wait_for_timeout(500)

    assert [
        url for url in foreign if not url.startswith((f"http://127.0.0.1:{app.port}", "data:", "blob:"))
    ] == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]
)
def test_the_list_fits_the_screen(chromium: Browser, app: App, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page = context.new_page()
    open_inbox(page, app, "?sort=Longest+first")

    page.screenshot(path=SCREENS / f"inbox-{width}-{scheme}.png")

    list_box = page.locator(".list").bounding_box()
    assert list_box is not None and list_box["x"] >= 0 and list_box["x"] + list_box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_an_empty_inbox_says_what_to_do(page: Page, tmp_path: Path) -> None:
    empty = App(tmp_path)
    empty.start()

    page.goto(f"http://127.0.0.1:{empty.port}/")

    expect(page.get_by_text("recorder ingest")).to_be_visible(timeout=20_000)
    page.screenshot(path=SCREENS / "inbox-empty.png")
    empty.close()


def test_a_view_is_saved_and_comes_back_with_its_address(page: Page, app: App) -> None:
    open_inbox(page, app, "?source=rasa-x&sort=Newest+first")
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save what is shown as").fill("from Rasa X")
    page.get_by_role("button", name="Save this view").click()
    view = page.get_by_role("button", name="from Rasa X")
    expect(view).to_be_visible()

    open_inbox(page, app)
    expect(page.locator(".row")).to_have_count(50)
    page.get_by_role("button", name="Views").click()
    view.click()

    expect(page.locator(".row")).to_have_count(1)
    expect(page).to_have_url(re.compile("source=rasa-x"))
    assert asked(page) == {"source": ["rasa-x"], "sort": ["Newest first"]}
    page.get_by_role("button", name="Delete").click()
    expect(view).to_have_count(0)
