"""The README's pictures, taken of the demo: `python -m tests.browser.pictures docs/pictures`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from recorder.review.people import operator
from recorder.services.guiding import close_guide
from recorder.settings import Settings
from tests.browser.colleagues import colleagues
from tests.browser.conftest import QUIET
from tests.browser.live import App

SIZE = (1280, 800)
SETTLED = 1_500
"""Milliseconds after which nothing moves any more."""
SHOWN, OTHERS = "visitor-04", ("visitor-01", "visitor-21", "visitor-29", "visitor-35")
"""Sessions in which the reviews of concerts were wanted and those of venues came."""
WRONG = "action_show_venue_reviews"


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        recorder(Path(folder), "demo", "--once", "--dir", "demo")
        app = App(Path(folder) / "demo", annotator="anna")
        close_guide(app.log, operator("anna"))
        app.start()
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
            take(page, app, out)
            app.kill()
            colleagues(Settings(app.database, app.folder / "models"), app.annotator)
            app.start()
            take_team(page, app, out)
            browser.close()
        finally:
            app.close()


def take(page: Page, app: App, out: Path) -> None:
    home = app.address("").split("/replay")[0]
    go_to_mistake(page, app, SHOWN)
    save(page, out / "replay.png")
    page.keyboard.press("2")
    save(page, out / "correct.png")
    correct(page)
    for session in OTHERS:
        go_to_mistake(page, app, session)
        page.keyboard.press("2")
        correct(page)
    retrain(app)
    page.goto(f"{home}/models")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("What is taken for what").wait_for()
    page.set_viewport_size({"width": SIZE[0], "height": 1_250})
    save(page, out / "models.png")
    page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    page.goto(home)
    save(page, out / "inbox.png")


def take_team(page: Page, app: App, out: Path) -> None:
    home = app.address("").split("/replay")[0]
    for name, shown in {
        "work": "Next session",
        "adjudicate": "What should the bot have done here?",
        "agreement": "A click on a cell lists its steps.",
    }.items():
        page.goto(f"{home}/{name}")
        page.get_by_text(shown).first.wait_for()
        save(page, out / f"{name}.png")


def go_to_mistake(page: Page, app: App, session: str) -> None:
    """Say yes to everything before it."""
    page.goto(app.address(session))
    question = page.locator(".ask h2")
    question.wait_for()
    while WRONG not in question.inner_text():
        page.keyboard.press("1")
        page.wait_for_timeout(50)


def correct(page: Page) -> None:
    page.keyboard.type("concert_rev")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.get_by_text("submitted").first.wait_for()
    page.get_by_text("saved · event").first.wait_for()
    page.wait_for_timeout(SETTLED)


def retrain(app: App) -> None:
    """Teach what was corrected, as the demo tells."""
    recorder(app.folder, "export", "--out", "export")
    files = {"--domain": "domain_additions", "--stories": "stories", "--nlu": "nlu"}
    bot = {"--domain": "domain", "--stories": "stories", "--nlu": "nlu"}
    options = [
        w for name in files for w in (name, f"concertbot/{bot[name]}.yml", f"export/{files[name]}.yml")
    ]
    recorder(app.folder, "train", *options)


def recorder(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "recorder", *arguments], cwd=folder, check=True, capture_output=True
    )


def save(page: Page, path: Path) -> None:
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
