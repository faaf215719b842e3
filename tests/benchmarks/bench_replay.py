"""The replay in headless Chromium, with the real server and the real database behind it.

    python -m tests.benchmarks.bench_replay [TURNS] [KILLS]

Measured in the page: from the key event's own time to the first task after the frame that shows the
next step. Then keys in a burst, and the server killed between a key and its acknowledgement: what
the screen had called saved must be in the log, and nothing may be in it twice.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from recorder.events.event import review_stream
from tests.browser.conftest import QUIET
from tests.browser.live import App, long_session

SESSION = "long"
BURST = 100
GAP = 0.030
WATCH = """() => {
  window.samples = [];
  const hosts = [...document.querySelectorAll('*')];
  window.theReplay = hosts.find((host) => host.shadowRoot?.replay).shadowRoot.replay;
  window.addEventListener('keydown', (event) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      const step = window.theReplay.header.place.textContent;
      channel.port1.onmessage = () => window.samples.push([performance.now() - event.timeStamp, step]);
      channel.port2.postMessage(0);
    });
  }, {capture: true});
}"""


def main(turns: int = 500, kills: int = 50) -> None:
    console = Console()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder))
        long_session(app.log, SESSION, turns)
        app.start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        try:
            console.print(
                f"{turns} turns, {2 * turns} steps; first shown after {open_replay(app, page):.2f} s"
            )
            console.print(latencies(app, page))
            if kills:
                console.print(killed(app, page, kills))
        finally:
            app.close()


def open_replay(app: App, page: Page) -> float:
    begun = time.perf_counter()
    page.goto(app.address(SESSION))
    page.locator(".ask h2").wait_for()
    shown = time.perf_counter() - begun
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    return shown


def latencies(app: App, page: Page) -> Table:
    table = Table("key to painted next step", "keys", "p50 ms", "p95 ms", "max ms", "stored", "twice")
    forth = (("forward, no decision", "ArrowRight", 100, 0.1), ("back", "ArrowLeft", 100, 0.1))
    for name, key, count, gap in (
        *forth,
        ("1, a key each 150 ms", "1", 100, 0.15),
        ("1, a key each 30 ms", "1", BURST, GAP),
    ):
        before = len(stored(app))
        samples = press(page, key, count, gap)
        settle(page)
        ids = stored(app)
        new = len(ids) - before
        table.add_row(name, str(count), *summary(samples), str(new), str(len(ids) - len(set(ids))))
        if key == "1" and new != count:
            raise SystemExit(f"{count} keys, {new} decisions")
    return table


def press(page: Page, key: str, count: int, gap: float) -> list[float]:
    page.evaluate("window.samples = []")
    due = time.perf_counter()
    for _ in range(count):
        page.keyboard.press(key)
        due += gap
        time.sleep(max(0.0, due - time.perf_counter()))
    page.wait_for_function("count => window.samples.length >= count", arg=count)
    found: list[tuple[float, str]] = page.evaluate("window.samples")
    assert len({step for _, step in found}) > 0.8 * count, "the next step was not on the screen"
    return [ms for ms, _ in found]


def killed(app: App, page: Page, times: int) -> Table:
    """Press, kill -9 within 0 to 120 ms, look at what the screen calls saved, start again."""
    dice = random.Random(7)
    saved: set[str] = set()
    before, pressed, caught, waits = len(stored(app)), 0, 0, []
    for _ in range(times):
        for _ in range(dice.randint(1, 4)):
            page.keyboard.press("1")
            pressed += 1
        time.sleep(dice.uniform(0, 0.12))
        app.kill()
        saved.update(page.evaluate("window.theReplay.stored.map(({ id }) => id)"))
        caught += page.evaluate("window.theReplay.outbox.pending.length") > 0
        app.start()
        waits.append(until(lambda: settle(page)))
        if saved - set(stored(app)):
            raise SystemExit("something that was shown as saved is missing")
    ids = stored(app)
    if len(ids) != before + pressed:
        raise SystemExit(f"{pressed} keys, {len(ids) - before} decisions")
    table = Table(
        "kill -9", "keys", "unsaved when killed", "lost", "twice", "saved again after s, median / max"
    )
    lost = len(saved - set(ids))
    waits.sort()
    table.add_row(
        str(times),
        str(pressed),
        str(caught),
        str(lost),
        str(len(ids) - len(set(ids))),
        f"{waits[len(waits) // 2]:.1f} / {waits[-1]:.1f}",
    )
    return table


def until(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def settle(page: Page) -> None:
    page.wait_for_function("window.theReplay.outbox.pending.length === 0", timeout=60_000)


def stored(app: App) -> list[str]:
    """Ids of the decisions in the log; each key press made one of its own."""
    return [row.id for row in app.log.read(review_stream(SESSION, app.annotator))]


def summary(samples: Sequence[float]) -> tuple[str, str, str]:
    ordered = sorted(samples)
    return (
        f"{ordered[len(ordered) // 2]:.1f}",
        f"{ordered[int(len(ordered) * 0.95)]:.1f}",
        f"{ordered[-1]:.1f}",
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
