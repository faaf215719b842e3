"""Every page of the review app on a large log, in headless Chromium, with the real server behind it.

    python -m tests.benchmarks.bench_pages [--keep FOLDER] [--sessions N] [--rounds N] [--url DATABASE]

Builds a town (`tests.benchmarks.town`: 100,000 sessions, two million events), or takes the one in
FOLDER. Measured in the page: from the loading of the page, or from the event of the click or key, to
the last change of what is looked at, a frame later. Beside it stands the processor time of the server
and of the browser, because a machine has more to do than that. Then the plan of every query of the lists.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Error, Locator, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from recorder.read_models.session_list import Filters, Labels, SessionList
from recorder.store.sql import open_log
from tests.benchmarks.town import ACTIONS, INTENTS, LONG, SELDOM, SESSIONS, VOCABULARY, Town, name_of, town
from tests.browser.conftest import QUIET
from tests.browser.live import free_port
from tests.queries import asked, plan, reads_whole

FIRST = 1.0
"""Seconds to the first paint, at most."""
NEXT = 0.3
"""Seconds to a next page, a filter, a session, at most."""
PROGRAM = ["-m", "recorder"]
TICKS = os.sysconf("SC_CLK_TCK")
SCREENS = Path(__file__).parents[2] / "review_app" / "screens"

WATCH = """() => {
  const roots = () => [document, ...[...document.querySelectorAll('.stBidiComponent *')]
    .map((each) => each.shadowRoot).filter(Boolean)];
  const app = () => document.querySelector('[data-testid=stApp]');
  const idle = () => app()?.getAttribute('data-test-script-state') === 'notRunning';
  const seen = (selector) => roots().flatMap((root) => [...root.querySelectorAll(selector)])
    .map((e) => e.textContent + (e.href ?? '')).join('\\n');
  // Ready when `selector` shows something else than before and the script has run; the time is that of
  // the last change, measured after the frame that shows it.
  window.watch = (selector, since) => {
    const before = since === 0 ? '' : seen(selector);
    const state = { begun: since ?? null, first: null, last: null, text: before };
    window.watched = state;
    if (since === null) for (const kind of ['pointerdown', 'keydown', 'popstate']) {
      const begin = (event) => { state.begun ??= event.timeStamp; };
      window.addEventListener(kind, begin, { capture: true, once: true });
    }
    const look = () => {
      if (window.watched !== state) return;
      const text = seen(selector);
      if (state.begun === null) state.text = text;
      if (text !== state.text && text !== '') {
        state.last = performance.now();
        state.first ??= state.last;
        state.text = text;
      }
      state.done = state.last !== null && idle() && performance.now() - state.last > 100;
      if (!state.done) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
}"""
FROM_THE_START = f"({WATCH})(); window.watch(WATCHED, 0);"


@dataclass
class Server:
    """`recorder review` on a town."""

    town: Town
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, *PROGRAM, "review", "--no-browser", f"--port={self.port}"]
        command += ["--annotator=ana", f"--database={self.town.database}", f"--models={self.town.models}"]
        with (self.town.folder / "app.log").open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        deadline = time.monotonic() + 120
        while True:
            try:
                with urlopen(f"{self.address}/_stcore/health", timeout=1):
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Measured:
    """One thing that a user does, over and over."""

    name: str
    limit: float
    """Seconds."""
    took: list[float] = field(default_factory=list)
    """Seconds."""
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    """Seconds of processor time."""

    def row(self) -> tuple[str, ...]:
        p50, p95 = median(self.took), quantiles([*self.took, *self.took], n=20)[18]
        mark = "" if p95 <= self.limit else "over" if median(self.took) > self.limit else "p95 over"
        least = (min(self.server), min(self.browser))
        times = (p50, p95, min(self.took), *least, sum(least), self.limit)
        return (self.name, str(len(self.took)), *(f"{1000 * each:,.0f}" for each in times), mark)


class Driver:
    """A browser page, and the times that it takes."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.measured: dict[str, Measured] = {}

    def load(self, name: str, path: str, selector: str, **query: str | Sequence[str]) -> None:
        """Load an address, from nothing to all that it shows."""
        address = f"{self.server.address}/{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        begin = FROM_THE_START.replace("WATCHED", repr(selector))
        self._time(name, FIRST, lambda: self._goto(address, begin))

    def act(self, name: str, selector: str, act: Callable[[], object], limit: float = NEXT) -> None:
        """Do something that changes what the selector shows."""
        self.page.evaluate(f"({WATCH})()")
        self.page.evaluate("(selector) => window.watch(selector, null)", selector)
        self._time(name, limit, act)

    def _goto(self, address: str, begin: str) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Page.enable")
        added = session.send("Page.addScriptToEvaluateOnNewDocument", {"source": begin})
        self.page.goto(address, wait_until="commit")
        session.send("Page.removeScriptToEvaluateOnNewDocument", added)
        session.detach()

    def _time(self, name: str, limit: float, act: Callable[[], object]) -> None:
        before = self._spent()
        act()
        try:
            self.page.wait_for_function("() => window.watched?.done", timeout=60_000)
        except Error:
            print(f"{name}: nothing changed", self.page.evaluate("JSON.stringify(window.watched)"))
            return
        state = self.page.evaluate("window.watched")
        after = self._spent()
        found = self.measured.setdefault(name, Measured(name, limit))
        print(f"{name}: {state['last'] - (state['begun'] or 0):,.0f} ms", file=sys.stderr)
        found.took.append((state["last"] - (state["begun"] or 0)) / 1000)
        found.server.append(after[0] - before[0])
        found.browser.append(after[1] - before[1])

    def _spent(self) -> tuple[float, float]:
        """Processor time so far, of the server and of the browser."""
        assert self.server.process is not None
        its = self.server.process.pid
        others = [pid for pid in _below(os.getpid()) if pid != its and pid not in _below(its)]
        return _spent_by([its, *_below(its)]), _spent_by(others)


def _below(process: int) -> list[int]:
    """All processes that it has started, and those that they have."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
            parents.setdefault(parent, []).append(int(path.name))
    found = list(parents.get(process, ()))
    for each in found:
        found += parents.get(each, ())
    return found


def _spent_by(processes: list[int]) -> float:
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


ROWS = ".list .row .main, .st-key-chips p, [data-testid=stAlert]"
REPLAY = ".ask h2"
HEADING = "[data-testid=stMain] h1, [data-testid=stMain] h2"


def drive(driver: Driver, sessions: int, labels: Labels) -> None:
    """One round of everything."""
    page = driver.page
    inbox(driver, labels)
    driver.load("replay: load, short session", "replay", REPLAY, session=name_of(1))
    longest = SELDOM // 2
    if longest < sessions:
        driver.load(f"replay: load, session of {LONG} messages", "replay", REPLAY, session=name_of(longest))
        driver.load("inbox: load, longest first", "", ROWS, sort="Longest first")
        driver.act(f"open a session of {LONG} messages", REPLAY, page.locator(".row .main").first.click)
    for path in sorted(SCREENS.glob("*.py")):
        if path.stem not in ("inbox", "replay"):
            driver.load(f"{path.stem}: load", path.stem, HEADING)


def inbox(driver: Driver, labels: Labels) -> None:
    page = driver.page
    driver.load("inbox: load", "", ROWS)
    pages = page.get_by_test_id("stPagination")
    driver.act("next page", ROWS, pages.get_by_label("Next page").click)
    driver.act("next page", ROWS, pages.get_by_label("Next page").click)
    driver.act("open a session", REPLAY, page.locator(".row .main").nth(5).click)
    driver.act("back to the list", ROWS, page.go_back)
    driver.act("last page", ROWS, pages.get_by_test_id("stPaginationPage").last.click)
    for sort in ("Newest first", "Oldest first", "Longest first", "Least sure first"):
        _open_order(page)
        driver.act("order", ROWS, page.get_by_role("option", name=sort).click)
    driver.act("filter: status", ROWS, page.get_by_role("button", name="New", exact=True).click)
    driver.act("filter: status off", ROWS, page.get_by_role("button", name="New", exact=True).click)
    search = page.get_by_label("Search")
    for kind, word in (("common", VOCABULARY.names[0]), ("rare", VOCABULARY.names[-5])):
        driver.act(f"search: {kind} word", ROWS, partial(_search, search, word))
    driver.act("search off", ROWS, page.locator(".st-key-chips").get_by_role("button").first.click)
    for label, query in (
        ("intent, common", {"intent": INTENTS.names[0]}),
        ("intent, rare", {"intent": rare(labels.intents)}),
        ("action, common", {"action": ACTIONS.names[0]}),
        ("source", {"source": "web"}),
        ("sureness", {"sure": ("20", "60")}),
    ):
        driver.load(f"inbox: load, filter {label}", "", ROWS, **query)
        driver.act(
            f"filter off: {label}", ROWS, page.locator(".st-key-chips").get_by_role("button").first.click
        )


def _search(field: Locator, word: str) -> None:
    field.fill(word)
    field.press("Enter")


def _open_order(page: Page) -> None:
    """A list that is drawn anew meanwhile closes."""
    option = page.get_by_role("option").first
    for _ in range(10):
        page.wait_for_timeout(200)
        if option.is_visible():
            return
        page.get_by_test_id("stSelectbox").get_by_role("button").click()
    raise TimeoutError("the orders do not open")


def rare(names: Sequence[str]) -> str:
    """One that hardly anybody says, among the names that are there."""
    order = {name: place for place, name in enumerate((*INTENTS.names, *ACTIONS.names))}
    return max(names, key=lambda name: order.get(name, 0))


def plans(database: str, console: Console) -> None:
    """Of every query of the lists, how the database goes about it, and how long it takes."""
    log = open_log(database)
    listed = SessionList(log.engine)
    first, last = VOCABULARY.names[0], VOCABULARY.names[-5]
    common = Filters(intents=(INTENTS.names[0],))
    cases: dict[str, Callable[[], object]] = {
        "totals": lambda: listed.totals("ana"),
        "labels": listed.labels,
        "page 1": lambda: listed.page(Filters(), "ana"),
        "page 2": lambda: listed.page(Filters(), "ana", 2),
        "middle page": lambda: listed.page(Filters(), "ana", 1000),
        "last page": lambda: listed.page(Filters(), "ana", 10**6),
        "newest": lambda: listed.page(Filters(sort="newest"), "ana"),
        "search, common word": lambda: listed.page(Filters(text=first), "ana"),
        "search, rare word": lambda: listed.page(Filters(text=last), "ana"),
        "search, common words": lambda: listed.page(Filters(text=" ".join(VOCABULARY.names[:3])), "ana"),
        "intent, common": lambda: listed.page(common, "ana"),
        "intent, rare": lambda: listed.page(Filters(intents=(rare(listed.labels().intents),)), "ana"),
        "intent and source": lambda: listed.page(
            Filters(intents=(INTENTS.names[0],), sources=("web",)), "ana"
        ),
        "action, common": lambda: listed.page(Filters(actions=(ACTIONS.names[0],)), "ana"),
        "action, middle page": lambda: listed.page(Filters(actions=(ACTIONS.names[0],)), "ana", 100),
        "source": lambda: listed.page(Filters(sources=("web",)), "ana"),
        "status new": lambda: listed.page(Filters(statuses=("new",)), "ana"),
        "status new, last page": lambda: listed.page(Filters(statuses=("new",)), "ana", 10**6),
        "status submitted": lambda: listed.page(Filters(statuses=("submitted",)), "ana"),
        "sureness": lambda: listed.page(Filters(low=0.2, high=0.6), "ana"),
        "sureness, newest": lambda: listed.page(Filters(low=0.2, high=0.6, sort="newest"), "ana"),
        "next to review": lambda: listed.next_to_review("ana"),
        "next after": lambda: listed.next_to_review("ana", name_of(0)),
    }
    table = Table(
        "what", "statements", "ms of processor time", "reads a whole table", title="Queries of the lists"
    )
    told: dict[str, str] = {}
    for name, run in cases.items():
        with asked(log.engine) as found:
            run()
        took = []
        for _ in range(5):
            begun = time.process_time()
            run()
            took.append(time.process_time() - begun)
        whole = 0
        for statement, parameters in found:
            text = plan(log.engine, statement, parameters)
            whole += reads_whole(text)
            told[statement] = text
        table.add_row(name, str(len(found)), f"{1000 * min(took):.1f}", str(whole or ""))
    console.print(table)
    for statement, text in told.items():
        console.print(statement, highlight=False, markup=False, soft_wrap=True)
        console.print("    " + text.replace("\n", "\n    "), style="dim", markup=False, highlight=False)
    log.database.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_pages")
    parser.add_argument("--keep", type=Path, help="folder of the town; it stays")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--url", default="", help="of a database for it; else a SQLite file")
    parser.add_argument("--only-plans", action="store_true")
    asked_for = parser.parse_args()
    console = Console(width=140)
    with _folder(asked_for.keep) as folder:
        built = town(folder, asked_for.sessions, asked_for.url, lambda doing: console.print(doing, end="\r"))
        console.print(f"{built.sessions:,} sessions, {built.events:,} events; load {os.getloadavg()[0]:.1f}")
        plans(built.database, console)
        if not asked_for.only_plans:
            console.print(pages(built, asked_for.rounds))
            console.print(f"load {os.getloadavg()[0]:.1f}")


def pages(built: Town, rounds: int) -> Table:
    log = open_log(built.database)
    labels = SessionList(log.engine).labels()
    log.database.close()
    server = Server(built)
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            driver = Driver(page, server)
            driver.load("(first visit after the start)", "", ROWS)
            for _ in range(rounds):
                drive(driver, built.sessions, labels)
            browser.close()
    finally:
        server.stop()
    table = Table(
        "what",
        "times",
        "p50 ms",
        "p95",
        "least",
        "server CPU, least",
        "browser CPU, least",
        "both",
        "limit",
        "",
    )
    for each in driver.measured.values():
        table.add_row(*each.row())
    return table


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


if __name__ == "__main__":
    main()
