"""An annotator at a browser of their own, who presses keys as fast as the screen allows."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Error, Page, expect, sync_playwright

from tests.browser.conftest import QUIET
from tests.browser.live import App

PASSWORD: Final = "correct horse battery"
TIRED: Final = 40
"""Seconds without any change on the screen after which somebody opens "My work" anew."""

WATCH: Final = """
const roots = [];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (...args) {
  const root = attach.apply(this, args);
  roots.push(root);
  return root;
};
window.replay_there = () => roots.find((root) => root.isConnected && root.replay)?.replay;
window.shown_as_saved = () => JSON.parse(sessionStorage.getItem("shown_as_saved") ?? "[]");
setInterval(() => {
  const replay = window.replay_there();
  if (!replay?.header || replay.header.watched) return;
  const header = replay.header;
  const draw = header.showStatus.bind(header);
  header.watched = true;
  header.showStatus = (outbox, position) => {
    draw(outbox, position);
    if (!header.status.textContent.startsWith("saved")) return;
    const ids = new Set([...window.shown_as_saved(), ...replay.stored.map(({id}) => id)]);
    sessionStorage.setItem("shown_as_saved", JSON.stringify([...ids]));
  };
}, 20);
"""
"""Keeps which decisions stood on the screen at each moment at which it said "saved"."""

LOOK: Final = """() => {
  const replay = window.replay_there();
  if (!replay?.session) return null;
  const judged = replay.fold().judged;
  return {
    session: replay.session.session, index: replay.index, total: judged.length,
    asked: replay.question?.mask === "asked", answered: !!replay.question && !judged[replay.index].open,
    course: replay.question ? judged[replay.index].course : "end",
    open: judged.filter(({open}) => open).length,
    submitted: replay.fold().submitted, pending: replay.outbox.pending.length, blind: replay.session.blind,
    waits: performance.now() - replay.jumpedAt < 800 || performance.now() - replay.leftAt < 3000,
  };
}"""
"""What somebody sees who looks at the page; null: it is not the replay."""


@dataclass
class Annotator(threading.Thread):
    """One person; ends when nothing is left to do, or when the patience is over."""

    app: App
    person: str
    patience: float
    """Seconds."""
    saved: set[str] = field(default_factory=set)
    """Ids of the decisions that the screen showed as saved."""
    seen: list[str] = field(default_factory=list)
    """Sessions that were on the screen, one after the other."""
    pending: int = 0
    """Decisions on the screen that were not saved yet, at the last look."""
    pull_the_plug: threading.Event = field(default_factory=threading.Event)
    """The browser ends at once, and another one is opened."""
    failure: str = ""
    is_done: bool = False

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        try:
            deadline = time.monotonic() + self.patience
            while not self.is_done and time.monotonic() < deadline:
                self.sit_down(deadline)
        except Exception as error:  # the test's own thread tells it
            self.failure = f"{self.person}: {error!r}"

    def sit_down(self, deadline: float) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.add_init_script(WATCH)
            sign_in(page, self.app, self.person)
            unchanged, before = time.monotonic(), None
            while not self.is_done and time.monotonic() < deadline:
                if self.pull_the_plug.is_set():
                    self.pull_the_plug.clear()
                    break  # with whatever is not saved yet
                try:
                    now = page.evaluate(LOOK)
                    self.work(page, now)
                except Error as error:  # the page is on its way to another one
                    if "closed" in str(error):
                        raise
                    now = None
                if now != before:
                    unchanged, before = time.monotonic(), now
                elif time.monotonic() - unchanged > TIRED:
                    page.goto(f"http://127.0.0.1:{self.app.port}/work")
                    unchanged = time.monotonic()
            browser.close()

    def work(self, page: Page, now: dict[str, Any] | None) -> None:
        self.pending = now["pending"] if now else 0
        if now is None:
            self.begin(page)
            return
        if not self.seen or self.seen[-1] != now["session"]:
            self.seen.append(now["session"])
        keyboard = page.keyboard
        if now["waits"]:
            page.wait_for_timeout(50)
        elif now["submitted"]:
            keyboard.press("Enter" if not now["pending"] else "ArrowLeft")
            self.saved.update(page.evaluate("window.shown_as_saved()"))
        elif now["index"] >= now["total"] and not now["open"]:
            keyboard.press("Enter")
        elif now["index"] >= now["total"]:
            keyboard.press("l")
        elif now["course"] != "real":
            keyboard.press("t")
        elif now["asked"] and not now["pending"]:
            keyboard.press("1")
            while page.locator("dialog").count():
                keyboard.press("Control+Enter" if page.locator("dialog .marking").count() else "Enter")
        elif now["blind"]:
            keyboard.press("1" if now["answered"] else "ArrowRight")
            page.wait_for_timeout(30)
        else:
            for _ in range(now["total"] - now["index"]):
                keyboard.press("1")

    def begin(self, page: Page) -> None:
        """From "My work", where Enter opens the next session."""
        if page.get_by_text("Nothing is left for you.").is_visible():
            self.saved.update(page.evaluate("window.shown_as_saved()"))
            self.is_done = True
        elif page.get_by_role("button", name="Next session").is_visible():
            page.keyboard.press("Enter")
        page.wait_for_timeout(100)


def sign_in(page: Page, app: App, name: str) -> None:
    """By keyboard, from the address of "My work"."""
    page.goto(f"http://127.0.0.1:{app.port}/work", timeout=60_000)
    page.wait_for_url("**/sign-in?next=**", timeout=60_000)
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work", timeout=60_000)
