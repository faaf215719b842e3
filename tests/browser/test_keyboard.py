"""The app without a mouse: from the sign-in page to the next session, and Tab over every page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from recorder.events.event import review_stream
from recorder.events.review import (
    ActionCorrected,
    EntitiesCorrected,
    IntentCorrected,
    ReviewSubmitted,
    StepConfirmed,
    StepNoted,
)
from tests.browser.annotator import sign_in
from tests.browser.live import App
from tests.browser.pages import FULL, WAIT, full_world, go, settle, signed_in

pytestmark = pytest.mark.browser
LONGEST_WALK: Final = 250
"""Presses of Tab after which a page should have been left."""

START: Final = """() => {
  const style = document.createElement("style");
  style.textContent = "*, ::before, ::after { transition: none !important; animation: none !important }";
  document.head.append(style);
  window.walked = [];
  window.look_of = (node) => {
    const looks = [];
    for (let at = node, up = 0; at && up < 9; at = at.parentNode?.host ?? at.parentNode, up++) {
      if (!(at instanceof Element)) continue;
      const style = getComputedStyle(at);
      const shown = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor"];
      looks.push([...shown, "backgroundColor", "color"].map((each) => style[each]));
    }
    return JSON.stringify(looks);
  };
}"""
WALK: Final = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body || node === window.walked[0]?.node) return false;
  if (node === window.walked.at(-1)?.node) return true;  // a table goes from cell to cell first
  const {left, right, top, bottom, width, height} = node.getBoundingClientRect();
  const name = node.ariaLabel || node.innerText || node.placeholder || node.tagName;
  window.walked.push({node, name, look: window.look_of(node), left, top,
    inside: right > 0 && left < innerWidth && bottom > 0 && top < innerHeight && width > 0 && height > 0});
  return true;
}"""
END: Final = """() => window.walked.map(({node, name, look, left, top, inside}) => ({
  name: name.trim().slice(0, 60), tag: node.tagName, left, top, inside, marked: look !== window.look_of(node),
}))"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = full_world(tmp_path_factory.mktemp("keys"))
    yield app
    app.close()


@pytest.fixture(scope="module")
def ana(chromium: Browser, app: App) -> Iterator[Page]:
    """Signed in, as an admin."""
    with signed_in(chromium, app, "ana") as page:
        yield page


def walk(page: Page) -> list[dict[str, Any]]:
    """What has the focus, one after the other, as Tab is pressed until it leaves the page."""
    page.evaluate(START)
    for _ in range(LONGEST_WALK):
        page.keyboard.press("Tab")
        if not page.evaluate(WALK):
            break
    else:
        pytest.fail(f"it is caught: {page.evaluate(END)[-2:]}")
    page.evaluate("document.activeElement.blur()")
    found: list[dict[str, Any]] = page.evaluate(END)
    return found


@pytest.mark.parametrize("name", FULL)
def test_tab_goes_over_the_whole_page_and_one_sees_where_it_is(ana: Page, app: App, name: str) -> None:
    go(ana, app, FULL[name])

    walked = walk(ana)

    unseen = [each for each in walked if not (each["inside"] and each["marked"])]
    assert len(walked) > 12
    assert unseen == [], "what has the focus is on the screen, and looks otherwise than without it"


def test_from_the_sign_in_page_to_the_next_session_without_a_mouse(app: App, page: Page) -> None:
    press, write = page.keyboard.press, page.keyboard.type
    sign_in(page, app, "bo")
    settle(page)
    expect(page.get_by_role("button", name="Next session")).to_be_visible(timeout=WAIT)

    press("Enter")  # what bo has in hand
    expect(page.locator(".title")).to_have_text("visitor-1", timeout=WAIT)
    press("2")
    write("action_bow")
    press("Enter")
    press("t")
    press("1")
    expect(page.locator(".place")).to_have_text("step 3 of 4")
    press("3")
    write("thanks")
    press("Enter")
    press("ArrowRight")
    press("Enter")
    write("which")
    press("Enter")
    press("Control+Enter")
    write("venue_reviews")
    press("Enter")
    expect(page.locator(".place")).to_have_text("step 4 of 4")
    press("n")
    write("They meant the concerts.")
    press("Control+Enter")
    press("u")
    press("y")
    press("1")
    press("Enter")
    expect(page.locator(".claim")).to_have_text("submitted", timeout=WAIT)
    press("o")
    expect(page.locator(".claim")).not_to_have_text("submitted", timeout=WAIT)
    press("Enter")
    expect(page.locator(".claim")).to_have_text("submitted", timeout=WAIT)
    press("Enter")
    expect(page.locator(".title")).to_have_text("blind", timeout=WAIT)

    rows = [row.event for row in app.log.read(review_stream("visitor-1", "bo"))]
    kinds = (ActionCorrected, IntentCorrected, EntitiesCorrected, StepNoted, StepConfirmed, ReviewSubmitted)
    counts = {kind.__name__: sum(isinstance(event, kind) for event in rows) for kind in kinds}
    assert counts == {
        "ActionCorrected": 1,
        "IntentCorrected": 1,
        "EntitiesCorrected": 1,
        "StepNoted": 1,
        "StepConfirmed": 3,
        "ReviewSubmitted": 2,
    }
