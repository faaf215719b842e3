"""Every page of the app for people who see little, otherwise or not at all: axe-core, narrow, magnified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import App
from tests.browser.pages import (
    FULL,
    MAGNIFIED,
    MENU,
    NARROW,
    WAIT,
    WIDE,
    Scheme,
    full_world,
    go,
    look,
    signed_in,
)

pytestmark = pytest.mark.browser
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WRONG = ("serious", "critical")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = full_world(tmp_path_factory.mktemp("full"))
    yield app
    app.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Nothing at all, for whoever is at this machine."""
    app = App(tmp_path_factory.mktemp("empty"))
    app.start()
    yield app
    app.close()


@pytest.fixture(scope="module")
def ana(chromium: Browser, full: App) -> Iterator[Page]:
    """Signed in, as an admin."""
    with signed_in(chromium, full, "ana") as page:
        yield page


def faults(page: Page) -> list[str]:
    """What axe-core finds that is serious: rule, where, why."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:200]} {node.get('failureSummary')}"
        for each in found
        if each["impact"] in WRONG
        for node in each["nodes"][:4]
    ]


def every_look(page: Page) -> list[str]:
    """The faults in light and dark, wide and narrow, and where they were found."""
    found = []
    for scheme in SCHEMES:
        for size in (WIDE, NARROW):
            look(page, size, scheme)
            found += [f"{scheme}, {size[0]} px: {each}" for each in faults(page)]
    return found


def sideways(page: Page) -> list[str]:
    """What is wider than its place, so that one would have to scroll the page."""
    found: list[str] = page.evaluate(
        """() => {
          const main = document.querySelector("[data-testid=stMain]") ?? document.body;
          const both = [main, document.scrollingElement];
          const wide = both.filter((each) => each.scrollWidth > each.clientWidth);
          return wide.map((each) => `${each.tagName} ${each.scrollWidth} > ${each.clientWidth}`);
        }"""
    )
    return found


@pytest.mark.parametrize("name", FULL)
def test_no_page_has_a_serious_fault(ana: Page, full: App, name: str) -> None:
    go(ana, full, FULL[name])

    assert every_look(ana) == []


@pytest.mark.parametrize("name", MENU)
def test_no_empty_page_has_a_serious_fault(page: Page, empty: App, name: str) -> None:
    go(page, empty, MENU[name])

    assert every_look(page) == []


@pytest.mark.parametrize("name", FULL)
def test_nothing_is_wider_than_a_narrow_or_a_magnified_screen(ana: Page, full: App, name: str) -> None:
    go(ana, full, FULL[name])

    found = {}
    for size in (NARROW, MAGNIFIED):
        look(ana, size)
        found[size] = sideways(ana)

    assert found == {NARROW: [], MAGNIFIED: []}


def test_what_is_asked_is_seen_at_once_on_a_narrow_and_on_a_magnified_screen(ana: Page, full: App) -> None:
    go(ana, full, FULL["a session"])

    look(ana, NARROW)
    expect(ana.locator(".option").last).to_be_in_viewport()
    look(ana, MAGNIFIED)
    expect(ana.locator(".ask h2")).to_be_in_viewport()


def test_the_sign_in_page_has_no_serious_fault_and_fits(page: Page, full: App) -> None:
    page.goto(f"http://127.0.0.1:{full.port}/sign-in?next=/work")

    found = []
    for problem in (False, True):
        if problem:
            page.get_by_label("Name").fill("ana")
            page.get_by_label("Password").fill("a wrong one")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("alert")).to_be_visible()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for width, height in (WIDE, NARROW, MAGNIFIED):
                page.set_viewport_size({"width": width, "height": height})
                found += faults(page) + sideways(page)

    assert found == []


def test_dialogs_and_forms_have_no_serious_fault(ana: Page, full: App) -> None:
    go(ana, full, FULL["a session"])
    found = {}
    for scheme in SCHEMES:
        look(ana, WIDE, scheme)
        for key in ("2", "3", "e", "v", "n", "f", "h", "w", "Shift+s", "End"):
            ana.keyboard.press(key)
            if key == "End":
                ana.keyboard.press("Enter")
            expect(ana.locator("dialog")).to_be_visible()
            found[scheme, key] = faults(ana)
            ana.keyboard.press("Escape")
            expect(ana.locator("dialog")).to_have_count(0)
        ana.keyboard.press("Home")
    go(ana, full, FULL["batches"])
    ana.get_by_role("tab", name="New batch").click()
    ana.get_by_role("button", name="Preview").click()
    expect(ana.get_by_role("button", name="Open this batch")).to_be_visible(timeout=WAIT)
    found["light", "new batch"] = faults(ana)

    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize(
    ("name", "button", "shown"),
    [("models", "Compare", "What is taken for what"), ("export", "Compile", "Compiled")],
)
def test_what_a_button_computes_has_no_serious_fault(
    ana: Page, full: App, name: str, button: str, shown: str
) -> None:
    go(ana, full, FULL[name])
    ana.get_by_role("button", name=button).click()
    expect(ana.get_by_role("heading", name=shown)).to_be_visible(timeout=WAIT)

    assert every_look(ana) == []
    assert sideways(ana) == []
