"""A server on a town, a browser on the server, and the times that both take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Error, Page
from rich.table import Table

from tests.benchmarks.town import Town
from tests.browser.live import free_port

FIRST = 1.0
"""Seconds to the first paint, at most."""
NEXT = 0.3
"""Seconds to a next page, a filter, a session, at most."""
PROGRAM = ["-m", "recorder"]
TICKS = os.sysconf("SC_CLK_TCK")

ROWS = ".list .row .main, .st-key-chips p, [data-testid=stAlert]"
ALL = "[data-testid=stMain], .list .row .main, .ask h2"
"""Also what components draw in roots of their own."""

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
        keys = {"RECORDER_MASTER_KEY_FILE": str(self.town.keys.file)}
        with (self.town.folder / "app.log").open("ab") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True, env=os.environ | keys
            )
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
    """One thing that a user does on a page, over and over."""

    page: str
    what: str
    limit: float | None
    """Seconds; None: it is asked for, and says how far it is."""
    took: list[float] = field(default_factory=list)
    """Seconds."""
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    """Seconds of processor time."""

    def row(self) -> tuple[str, ...]:
        p50, p95 = median(self.took), quantiles([*self.took, *self.took], n=20)[18]
        times = (p50, p95, min(self.took), min(self.server), min(self.browser))
        limit = "" if self.limit is None else f"{1000 * self.limit:,.0f}"
        held = "" if self.limit is None else "yes" if p50 <= self.limit else "no"
        numbers = [f"{1000 * each:,.0f}" for each in times]
        return (self.page, self.what, str(len(self.took)), *numbers, limit, held)


class Driver:
    """A browser page, and the times that it takes."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.measured: dict[tuple[str, str], Measured] = {}

    def table(self) -> Table:
        columns = (
            "page",
            "what",
            "times",
            "ms p50",
            "p95",
            "least",
            "server CPU",
            "browser CPU",
            "limit",
            "held",
        )
        table = Table(*columns, title="Every page")
        for each in self.measured.values():
            table.add_row(*each.row())
        return table

    def load(self, page: str, path: str, what: str = "", **query: str | Sequence[str]) -> None:
        """Load an address, from nothing to the first words of the page, and to all that it shows."""
        address = f"{self.server.address}/{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        begin = FROM_THE_START.replace("WATCHED", repr(ALL))
        begun = self._spent()
        self._goto(address, begin)
        if state := self._awaited(f"{page}: {what}"):
            self._note(page, f"first paint{what}", FIRST, state["first"], begun)
            self._note(page, f"all of it{what}", FIRST, state["last"], begun)

    def act(
        self, page: str, what: str, selector: str, act: Callable[[], object], limit: float | None = NEXT
    ) -> None:
        """Do something that changes what the selector shows."""
        self.page.evaluate(f"({WATCH})()")
        self.page.evaluate("(selector) => window.watch(selector, null)", selector)
        begun = self._spent()
        act()
        if state := self._awaited(f"{page}: {what}"):
            self._note(page, what, limit, state["last"] - (state["begun"] or 0), begun)

    def _goto(self, address: str, begin: str) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Page.enable")
        added = session.send("Page.addScriptToEvaluateOnNewDocument", {"source": begin})
        self.page.goto(address, wait_until="commit")
        session.send("Page.removeScriptToEvaluateOnNewDocument", added)
        session.detach()

    def _awaited(self, name: str) -> dict[str, Any] | None:
        """How it went; None: nothing changed, which is told."""
        try:
            self.page.wait_for_function("() => window.watched?.done", timeout=60_000)
        except Error:
            print(f"{name}: nothing changed", self.page.evaluate("JSON.stringify(window.watched)"))
            return None
        state: dict[str, Any] = self.page.evaluate("window.watched")
        return state

    def _note(
        self, page: str, what: str, limit: float | None, took: float, begun: tuple[float, float]
    ) -> None:
        """Args: took: milliseconds."""
        print(f"{page}: {what}: {took:,.0f} ms", file=sys.stderr)
        found = self.measured.setdefault((page, what), Measured(page, what, limit))
        found.took.append(took / 1000)
        for spent, before, now in zip((found.server, found.browser), begun, self._spent(), strict=True):
            spent.append(now - before)

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
