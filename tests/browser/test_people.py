"""Several people in the real app: who gets in, and what becomes of messages that may not be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from recorder.events.event import review_stream
from recorder.review.people import Role, operator
from recorder.services import accounts
from tests.browser.live import App, long_session

pytestmark = pytest.mark.browser
GOOD = "correct horse battery"
ROOT = operator("root")
SESSION = "told"
KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) { super(...args); window.sockets.push(this); }
};
"""

ONLY_LOOKING = "You may look; deciding takes the role annotator."
AS_ANNOTATOR = """(said) => {
  const inside = (node) => node.replay ?? (node.shadowRoot && found(node.shadowRoot));
  const found = (root) => root.replay ?? [...root.querySelectorAll("*")].map(inside).find(Boolean);
  const replay = found(document);
  replay.outbox.add({id: crypto.randomUUID(), step: replay.question.id, ...said});
}"""

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("app"), options=("--host=0.0.0.0",))
    people: dict[str, Role] = {"root": "admin", "ana": "annotator", "vera": "viewer", "cleo": "annotator"}
    for name, role in people.items():
        accounts.open_account(app.log, ROOT, name, role, password=GOOD)
    long_session(app.log, SESSION, 3)
    app.start()
    yield app
    app.close()


@pytest.fixture
def enter(app: App, chromium: Browser) -> Iterator[Enter]:
    """Signs somebody in, in a browser of their own, on the way to a page."""
    contexts = []

    def entered(name: str, address: str = "") -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(KEEP_SOCKETS)
        page.goto(address or app.address(SESSION))
        sign_in(page, name)
        return page

    yield entered
    for context in contexts:
        context.close()


def sign_in(page: Page, name: str, password: str = GOOD) -> None:
    """By keyboard alone: the name has the focus."""
    page.wait_for_url("**/sign-in?next=**", timeout=60_000)
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def asks(page: Page) -> None:
    expect(page.locator(".ask h2")).to_contain_text("Is this correct?", timeout=30_000)


def written(app: App, name: str) -> int:
    return app.log.version(review_stream(SESSION, name))


def sent_by(page: Page) -> list[bytes]:
    """What the page sends from now on, on any connection that it makes."""
    frames: list[bytes] = []

    def take(frame: bytes | str) -> None:
        frames.append(frame if isinstance(frame, bytes) else frame.encode())

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", take)

    page.on("websocket", listen)
    return frames


def test_a_link_leads_through_the_sign_in_to_where_it_leads_and_a_reload_stays(
    app: App, enter: Enter
) -> None:
    page = enter("ana", app.address(SESSION, step=f"{SESSION}-1-3"))

    page.wait_for_url(f"**/replay?session={SESSION}&step={SESSION}-1-3")
    asks(page)
    expect(page.locator(".place")).to_have_text("step 3 of 6")
    page.reload()
    asks(page)

    assert "/replay?" in page.url
    [cookie] = [each for each in page.context.cookies() if each["name"] == "recorder_sign_in"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_a_wrong_password_is_told_and_the_page_waits_for_the_right_one(app: App, page: Page) -> None:
    page.goto(app.address(SESSION))
    sign_in(page, "cleo", "not the right one")

    expect(page.get_by_role("alert")).to_have_text("This name and this password do not go together.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    asks(page)


def test_whoever_is_not_signed_in_is_sent_nothing_of_what_was_said(app: App, page: Page) -> None:
    received: list[bytes] = []

    def take(frame: bytes | str) -> None:
        received.append(frame if isinstance(frame, bytes) else frame.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", take))
    page.context.add_cookies(
        [{"name": "recorder_sign_in", "value": "YW5h.AAAA", "url": app.address("")[:-17]}]
    )
    page.goto(app.address(SESSION))
    page.wait_for_url("**/sign-in?next=**", timeout=60_000)

    assert received
    assert not any(b"which concerts" in frame or b"step" in frame for frame in received)


def looks(page: Page) -> None:
    """The replay is there, without what decides."""
    expect(page.locator(".ask .hint")).to_have_text(ONLY_LOOKING, timeout=30_000)


def test_a_viewer_sees_the_replay_without_what_decides(app: App, enter: Enter) -> None:
    page = enter("vera")
    looks(page)
    before = app.log.position()

    page.keyboard.press("1")

    expect(page.locator(".toast")).to_have_text(ONLY_LOOKING)
    expect(page.locator(".panel .options, .panel .tools")).to_have_count(0)
    expect(page.locator(".head").get_by_role("button", name="Submit")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".place")).to_have_text("step 2 of 6")
    assert app.log.position() == before


def test_a_viewer_who_sends_decisions_all_the_same_writes_nothing(app: App, enter: Enter) -> None:
    page = enter("vera")
    looks(page)
    frames = sent_by(page)
    page.reload()
    looks(page)
    before = app.log.position()

    # Past the keys, as whoever knows the component would: it sends what an annotator's would.
    page.evaluate(AS_ANNOTATOR, {"type": "step_confirmed", "made_on": 0})
    expect(page.locator("body")).to_contain_text("that takes the role annotator", timeout=20_000)
    page.evaluate(AS_ANNOTATOR, {"type": "comment_made", "text": "hm"})
    expect(page.locator(".alert")).to_contain_text("may not comment", timeout=20_000)

    decisions = [frame for frame in frames if b"step_confirmed" in frame or b"comment_made" in frame]
    assert decisions
    assert written(app, "vera") == 0
    for frame in decisions:  # and again, past the component, as whoever crafts it would
        page.evaluate("(bytes) => window.sockets.at(-1).send(new Uint8Array(bytes))", list(frame))
    page.wait_for_timeout(1000)
    assert written(app, "vera") == 0
    assert app.log.position() == before


def test_an_annotators_message_in_a_viewers_connection_writes_nothing(app: App, enter: Enter) -> None:
    annotator = enter("cleo")
    asks(annotator)
    frames = sent_by(annotator)
    annotator.reload()
    asks(annotator)
    annotator.keyboard.press("1")
    expect(annotator.locator(".status")).to_contain_text("saved · event", timeout=20_000)
    stolen = [frame for frame in frames if b"step_confirmed" in frame]
    assert stolen
    viewer = enter("vera")
    looks(viewer)
    before = app.log.position()

    for frame in stolen:
        as_viewer = frame.replace(b"cleo", b"vera")
        for each in (frame, as_viewer):
            viewer.evaluate("(bytes) => window.sockets.at(-1).send(new Uint8Array(bytes))", list(each))
    viewer.wait_for_timeout(1000)

    assert app.log.position() == before
    assert written(app, "vera") == 0


def test_whoever_becomes_a_viewer_while_the_page_is_open_decides_no_more(app: App, enter: Enter) -> None:
    page = enter("ana")
    asks(page)
    page.keyboard.press("1")
    expect(page.locator(".status")).to_contain_text("saved · event", timeout=20_000)
    decided = written(app, "ana")

    accounts.give_role(app.log, ROOT, "ana", "viewer")
    page.wait_for_timeout(1000)
    page.keyboard.press("1")
    expect(page.locator("body")).to_contain_text("that takes the role annotator", timeout=20_000)
    looks(page)
    accounts.give_role(app.log, ROOT, "ana", "annotator")

    assert written(app, "ana") == decided


def test_whoever_is_signed_out_meanwhile_signs_in_again_and_nothing_is_lost(app: App, enter: Enter) -> None:
    page = enter("ana")
    asks(page)
    decided = written(app, "ana")
    accounts.disable(app.log, ROOT, "ana")
    accounts.enable(app.log, ROOT, "ana")

    page.wait_for_timeout(1000)
    page.keyboard.press("1")
    sign_in(page, "ana")

    asks(page)
    expect(page.locator(".status")).to_contain_text("saved · event", timeout=20_000)
    assert written(app, "ana") == decided + 1


def test_a_sign_in_outlives_a_killed_server(app: App, enter: Enter) -> None:
    page = enter("ana")
    asks(page)

    app.kill()
    app.start()
    page.reload()

    asks(page)


def test_signing_out_ends_it_in_every_tab(app: App, enter: Enter) -> None:
    page = enter("cleo", app.address(SESSION).replace("/replay?", "/account?"))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=30_000)
    other = page.context.new_page()
    other.goto(app.address(SESSION))
    asks(other)

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?next=**", timeout=30_000)
    other.reload()

    other.wait_for_url("**/sign-in?next=**", timeout=60_000)


def test_pages_beyond_a_role_are_not_shown_and_an_admin_lets_people_in(app: App, enter: Enter) -> None:
    viewer = enter("vera", app.address(SESSION).split("/replay")[0] + "/team")
    expect(viewer.get_by_role("heading", name="Team")).to_be_visible(timeout=30_000)
    expect(viewer.get_by_text("Let somebody in")).to_have_count(0)
    expect(viewer.get_by_role("link", name="Export")).to_have_count(0)

    admin = enter("root", app.address(SESSION).split("/replay")[0] + "/team")
    expect(admin.get_by_role("link", name="Export")).to_be_visible(timeout=30_000)
    admin.get_by_label("Name", exact=True).fill("dora")
    admin.get_by_label("Password", exact=True).fill(GOOD)
    admin.get_by_label("Password again").fill(GOOD)
    admin.get_by_role("button", name="Add").click()
    expect(admin.get_by_text("dora may sign in")).to_be_visible(timeout=20_000)

    dora = enter("dora")
    looks(dora)
    [opened] = [each for each in accounts.everybody(app.log) if each.name == "dora"]
    assert opened.role == "viewer"


def test_who_is_mentioned_finds_it_among_their_work_and_opens_it_at_the_step(app: App, enter: Enter) -> None:
    ana = enter("ana", app.address(SESSION, step=f"{SESSION}-1-3"))
    asks(ana)
    ana.keyboard.press("q")
    ana.keyboard.type("@cl")
    expect(ana.locator(".names li")).to_have_text(["cleo"])
    ana.keyboard.press("Enter")
    ana.keyboard.type("why <b>this</b>?")
    ana.keyboard.press("Control+Enter")
    expect(ana.locator(".panel .comment .words")).to_have_text("@cleo why <b>this</b>?")
    expect(ana.locator(".panel .comment .who")).not_to_contain_text("on its way", timeout=20_000)

    cleo = enter("cleo", app.address(SESSION).split("/replay")[0] + "/work")
    expect(cleo.get_by_role("heading", name="1 mention")).to_be_visible(timeout=30_000)
    expect(cleo.get_by_test_id("stText")).to_have_text("@cleo why <b>this</b>?")
    cleo.get_by_role("link", name="Open the session").click()
    expect(cleo.locator(".panel .comment .words")).to_have_text("@cleo why <b>this</b>?", timeout=30_000)
    expect(cleo.locator(".place")).to_have_text("step 3 of 6")

    cleo.get_by_role("link", name="My work").click()
    expect(cleo.get_by_text("nobody has queued sessions for you")).to_be_visible(timeout=30_000)
    expect(cleo.get_by_role("heading", name="1 mention")).to_have_count(0)
