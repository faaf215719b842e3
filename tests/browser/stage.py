"""A stage for the replay: its script in a page of its own, with the real service behind it and no Streamlit.

What Streamlit does is done here in a few lines: the component reports its state, the service takes
the decisions, the component is called again with what is new.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page

from recorder.events.event import review_stream
from recorder.events.own import GuideClosed
from recorder.review.people import Person, may
from recorder.services import guiding, remarking, reviewing
from recorder.services.board import Board
from recorder.services.reviewing import Desk
from review_app.replay import SCRIPT, STYLE

DARK = {
    "background-color": "#0e1117",
    "secondary-background-color": "#262730",
    "text-color": "#fafafa",
    "blue-background-color": "rgba(61, 157, 243, 0.2)",
    "blue-color": "#0068c9",
    "orange-text-color": "#ffbd45",
    "orange-background-color": "rgba(255, 164, 33, 0.2)",
    "yellow-background-color": "rgba(255, 255, 18, 0.2)",
    "red-text-color": "#ff6c6c",
    "red-background-color": "rgba(255, 108, 108, 0.2)",
    "green-text-color": "#5ce488",
    "violet-text-color": "#b27eff",
}
"""Streamlit's dark theme, as it reaches a component."""

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>stage</title></head>
<body style="margin: 16px; background: %s"><div id="theme" style="%s"><div id="host"></div></div>
<script type="module">
const root = document.getElementById("host").attachShadow({mode: "open"});
const style = document.createElement("style");
style.textContent = %s;
root.append(style);
const url = URL.createObjectURL(new Blob([%s], {type: "text/javascript"}));
const {default: mount} = await import(url);
const component = {
  parentElement: root,
  setStateValue: (name, value) => { window.outbox = value; window.report(JSON.stringify(value)); },
  setTriggerValue: (name, value) => { window.asked = value; },
};
window.show = (data) => mount({...component, data});
window.replay = () => root.replay;
window.ready = true;
</script></body></html>"""

ADDRESS = "http://stage.test/"
ANA = Person("ana", "annotator")


@dataclass
class Stage:
    """One tab. `online = False`: what the tab sends is lost."""

    page: Page
    desk: Desk
    session: str
    person: Person = ANA
    dark: bool = False
    online: bool = True
    task: dict[str, Any] | None = None
    """The session in its batch, as the page would tell."""
    guide: bool = False
    """Whether hints are shown, unless they were closed."""
    names: tuple[str, ...] = ()
    """Who may be mentioned."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board(self.desk.log)
        theme = "; ".join(f"--st-{name}: {value}" for name, value in (DARK if self.dark else {}).items())
        html = PAGE % ("#0e1117" if self.dark else "#fff", theme, json.dumps(STYLE), json.dumps(SCRIPT))
        html = html.replace("</style", "<\\/style")
        self.page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        self.page.expose_function("report", self._take)
        self.open()

    def open(self, step: str | None = None) -> None:
        """Load the page, as a reload does."""
        self.page.goto(ADDRESS)
        self.page.wait_for_function("window.ready")
        self._show({"acked": [], "refused": [], "error": None}, None, start=step)
        self.page.evaluate("window.replay().openedAt = -Infinity")  # who is here has looked at it

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def settle(self) -> None:
        """Wait until everything is acknowledged."""
        self.page.wait_for_function("window.replay().outbox.pending.length === 0")

    def text(self, selector: str) -> str:
        return self.part(selector).inner_text()

    def part(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def question(self) -> str:
        return " ".join(self.text(".ask h2").split())

    def stored(self) -> list[dict[str, Any]]:
        """What the log holds of the annotator's review, without ids and what was shown."""
        rows = reviewing.review_state(self.desk, self.session, self.person)["decisions"]
        plain = json.loads(json.dumps(rows))
        left_out = ("id", "shown")
        return [{name: value for name, value in row.items() if name not in left_out} for row in plain]

    def stream_length(self) -> int:
        return self.desk.log.version(review_stream(self.session, self.person.name))

    def _take(self, text: str) -> None:
        outbox = json.loads(text)
        self.sent.append(outbox)
        if not self.online:
            return
        made = outbox["decisions"]
        closed = [each["id"] for each in made if each["type"] == GuideClosed.type]
        if closed:
            guiding.close_guide(self.desk.log, self.person)
        other = (*remarking.KINDS, GuideClosed.type)
        decisions = [each for each in made if each["type"] not in other]
        remarks = [each for each in made if each["type"] in remarking.KINDS]
        outcome = reviewing.decide(self.desk, self.session, self.person, decisions)
        done, refused = remarking.remark(self.board, self.desk, self.session, self.person, remarks)
        self.refusals += [*outcome.refused, *refused]
        answer = {
            "acked": [*outcome.acked, *done, *closed],
            "refused": [*outcome.refused, *refused],
            "error": None,
        }
        self._show(answer, outbox)

    def _show(
        self, answer: dict[str, Any], outbox: dict[str, Any] | None, *, start: str | None = None
    ) -> None:
        key = reviewing.session_key(self.desk, self.session, self.person)
        has, outbox = (outbox or {}).get("have") == key, outbox or {}
        known = (outbox["count"], outbox["asked"]) if has else (0, None)
        state = reviewing.review_state(self.desk, self.session, self.person, *known)
        data: dict[str, Any] = {"review": state | answer, "start": start, "task": self.task}
        data["may"] = {command: may(self.person, command) for command in ("decide", "comment")}
        if outbox.get("noted") != remarking.key(self.board, self.session, self.person):
            noted = remarking.noted(self.board, self.session, self.person)
            data["remarks"] = noted | {"names": list(self.names), "known": ["refund"]}
        if not has:
            data["session"] = reviewing.open_session(self.desk, self.session, self.person)
            data["guide"] = self.guide and not guiding.is_closed(self.desk.log, self.person)
        self.page.evaluate("(data) => window.show(data)", data)
