"""Every page of the review app on a large log, in headless Chromium, with the real server behind it.

    python -m tests.benchmarks.bench_pages [--keep FOLDER] [--sessions N] [--rounds N] [--url DATABASE]
        [--only PAGE] [--only-plans]

Builds a town (`tests.benchmarks.town`: 100,000 sessions, two million events), or takes the one in
FOLDER. Measured in the page: from the loading of the page, or from the event of the click or key, to
the last change of what is looked at, a frame later. Beside it stands the processor time of the server
and of the browser, because a machine has more to do than that. Then the plan of every query of the lists.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright
from rich.console import Console
from rich.table import Table

from recorder.read_models.session_list import Labels, SessionList
from tests.benchmarks.driving import ALL, ROWS, Driver, Server
from tests.benchmarks.list_plans import plans, rare
from tests.benchmarks.town import ACTIONS, INTENTS, LONG, SELDOM, SESSIONS, VOCABULARY, Town, name_of, town
from tests.browser.conftest import QUIET

REPLAY = ".ask h2"
SCREENS = Path(__file__).parents[2] / "review_app" / "screens"


def inbox(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "inbox")
    driver.load("inbox", "")
    pages = page.get_by_test_id("stPagination")
    act("next page", ROWS, pages.get_by_label("Next page").click)
    act("next page", ROWS, pages.get_by_label("Next page").click)
    act("open a session", REPLAY, page.locator(".row .main").nth(5).click)
    act("back to the list", ROWS, page.go_back)
    act("last page", ROWS, pages.get_by_test_id("stPaginationPage").last.click)
    for sort in ("Newest first", "Oldest first", "Longest first", "Least sure first"):
        _open(driver, page.get_by_test_id("stSelectbox"))
        act("order", ROWS, page.get_by_role("option", name=sort).click)
    act("filter: status", ROWS, page.get_by_role("button", name="New", exact=True).click)
    act("filter: status off", ROWS, page.get_by_role("button", name="New", exact=True).click)
    search = page.get_by_label("Search")
    words = {"common word": VOCABULARY.names[0], "rare word": VOCABULARY.names[-5], "beginning": "b*"}
    for kind, word in words.items():
        act(f"search: {kind}", ROWS, partial(_search, search, word))
    off = page.locator(".st-key-chips").get_by_role("button").first
    act("search off", ROWS, off.click)
    for label, query in (
        ("intent, common", {"intent": INTENTS.names[0]}),
        ("intent, rare", {"intent": rare(labels.intents)}),
        ("action, common", {"action": ACTIONS.names[0]}),
        ("source", {"source": "web"}),
        ("sureness", {"sure": ("20", "60")}),
    ):
        driver.load("inbox", "", f", {label}", **query)
        act(f"filter off: {label}", ROWS, off.click)


def replay(driver: Driver, town: Town, labels: Labels) -> None:
    driver.load("replay", "replay", ", short session", session=name_of(1))
    longest = SELDOM // 2
    if longest < town.sessions:
        driver.load("replay", "replay", f", {LONG} messages", session=name_of(longest))
        driver.load("inbox", "", ", longest first", sort="Longest first")
        first = driver.page.locator(".row .main").first
        driver.act("replay", f"open, {LONG} messages", REPLAY, first.click)


def work(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "work")
    driver.load("work", "work")
    act(
        "filter: none of a kind",
        ALL,
        page.get_by_test_id("stButtonGroup").first.get_by_role("radio").first.click,
    )
    act("open the next session", REPLAY, page.get_by_role("button", name="Next session").click)


def batches(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "batches")
    driver.load("batches", "batches")
    page.get_by_role("tab", name="New batch").click()
    act(
        "preview of a new batch",
        ".list .row .main",
        page.get_by_role("button", name="Preview").click,
        limit=None,
    )


def messages(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "messages")
    driver.load("messages", "messages")
    for _ in range(3):
        act("next message", "[data-testid=stText]", partial(page.keyboard.press, "n"))
    driver.load("messages", "messages", ", an intent", of=INTENTS.names[0])
    off = page.get_by_test_id("stMultiSelect").get_by_role("button").first
    act("filter off", "[data-testid=stText]", off.click)


def adjudicate(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "adjudicate")
    driver.load("adjudicate", "adjudicate")
    for _ in range(3):
        act("next dispute", ALL, partial(page.keyboard.press, "n"))
    tasks = page.get_by_test_id("stButtonGroup").first
    act("filter: task", ALL, tasks.get_by_role("radio", name="Reopened").click)
    act("filter: task back", ALL, tasks.get_by_role("radio", name="Disputed").click)
    _open(driver, page.get_by_test_id("stSelectbox").first)
    act("filter: batch", ALL, page.get_by_role("option", name="week 1", exact=True).click)


def agreement(driver: Driver, town: Town, labels: Labels) -> None:
    page, act = driver.page, partial(driver.act, "agreement")
    driver.load("agreement", "agreement")
    kinds = page.get_by_test_id("stButtonGroup").first
    act("filter: kind", ALL, kinds.get_by_role("radio", name="Actions").click)
    act("filter: kind back", ALL, kinds.get_by_role("radio").first.click)
    _open(driver, page.get_by_test_id("stSelectbox").first)
    act("filter: batch", ALL, page.get_by_role("option", name="week 1", exact=True).click)


def models(driver: Driver, town: Town, labels: Labels) -> None:
    driver.load("models", "models")
    compare = driver.page.get_by_role("button", name="Compare")
    driver.act("models", "begin to compare", ALL, compare.click, limit=None)
    driver.page.get_by_text("What is taken for what").wait_for(timeout=600_000)


def export(driver: Driver, town: Town, labels: Labels) -> None:
    driver.load("export", "export")
    compile_ = driver.page.get_by_role("button", name="Compile")
    driver.act("export", "begin to compile", ALL, compile_.click, limit=None)
    driver.page.get_by_role("button", name="Download all files").wait_for(timeout=600_000)


def others(driver: Driver, town: Town, labels: Labels) -> None:
    for path in sorted(SCREENS.glob("*.py")):
        if path.stem not in PAGES:
            driver.load(path.stem, path.stem)


PAGES: dict[str, Callable[[Driver, Town, Labels], None]] = {
    each.__name__: each
    for each in (inbox, replay, work, batches, messages, adjudicate, agreement, models, export, others)
}
ONCE = ("models", "export")
"""What they work out is kept."""


def _search(field: Locator, word: str) -> None:
    field.fill(word)
    field.press("Enter")


def _open(driver: Driver, box: Locator) -> None:
    """A list that is drawn anew meanwhile closes."""
    option = driver.page.get_by_role("option").first
    for _ in range(10):
        driver.page.wait_for_timeout(200)
        if option.is_visible():
            return
        box.get_by_role("button").click()
    raise TimeoutError("the list does not open")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_pages")
    parser.add_argument("--keep", type=Path, help="folder of the town; it stays")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--url", default="", help="of a database for it; else a SQLite file")
    parser.add_argument("--only", action="append", choices=PAGES, help="of all pages")
    parser.add_argument("--only-plans", action="store_true")
    asked_for = parser.parse_args()
    console = Console(width=140)
    with _folder(asked_for.keep) as folder:
        built = town(folder, asked_for.sessions, asked_for.url, lambda doing: console.print(doing, end="\r"))
        console.print(f"{built.sessions:,} sessions, {built.events:,} events; load {os.getloadavg()[0]:.1f}")
        if not asked_for.only:
            plans(built, console)
        if not asked_for.only_plans:
            console.print(pages(built, asked_for.rounds, asked_for.only or list(PAGES)))
            console.print(f"load {os.getloadavg()[0]:.1f}")


def pages(built: Town, rounds: int, names: Sequence[str]) -> Table:
    log = built.open()
    labels = SessionList(log.engine).labels()
    log.database.close()
    server = Server(built)
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            driver = Driver(page, server)
            driver.load("(first visit after the start)", "")
            for name in names:
                for _ in range(1 if name in ONCE else rounds):
                    PAGES[name](driver, built, labels)
            browser.close()
    finally:
        server.stop()
    return driver.table()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


if __name__ == "__main__":
    main()
