"""Signing in through an OpenID provider, in the real app: Streamlit's own way, and what we make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from recorder.review.people import operator
from recorder.services import accounts
from tests.browser.live import App, long_session
from tests.browser.test_people import SESSION, asks
from tests.openid import Provider

pytestmark = pytest.mark.browser
ROOT = operator("root")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[App]:
    """Without any account: whom the provider vouches for gets in, and nobody else."""
    patch = pytest.MonkeyPatch()
    app = App(tmp_path_factory.mktemp("app"), options=("--host=0.0.0.0",))
    (app.folder / ".streamlit").mkdir()
    secrets = app.folder / ".streamlit" / "secrets.toml"
    secrets.write_text(provider.secrets(f"http://127.0.0.1:{app.port}"))
    patch.chdir(app.folder)  # where Streamlit looks for it
    patch.setenv("RECORDER_OIDC_ROLES", "groups:reviewers=annotator,groups:leads=adjudicator")
    long_session(app.log, SESSION, 3)
    app.start()
    yield app
    app.close()
    patch.undo()


@pytest.fixture
def come(app: App, provider: Provider, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Somebody whom the provider knows, in a browser of their own."""
    contexts = []

    def came(subject: str, groups: list[str]) -> Page:
        provider.claims = {
            "sub": subject,
            "email": f"{subject}@example.org",
            "email_verified": True,
            "groups": groups,
        }
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.goto(app.address(SESSION))
        page.get_by_role("button", name="Sign in").click(timeout=60_000)
        return page

    yield came
    for context in contexts:
        context.close()


def roles(app: App) -> dict[str, str]:
    return {each.name: each.role for each in accounts.everybody(app.log)}


def test_without_accounts_and_without_a_sign_in_there_is_nothing_to_see(app: App, page: Page) -> None:
    page.goto(app.address(SESSION))

    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    expect(page.locator(".ask h2")).to_have_count(0)
    expect(page.get_by_role("link", name="Export")).to_have_count(0)


def test_who_comes_gets_the_role_that_the_claims_say_and_may_do_so_much(
    app: App, come: Callable[..., Page]
) -> None:
    page = come("ana", ["reviewers"])

    expect(page.get_by_text("ana@example.org · annotator").first).to_be_visible(timeout=60_000)
    page.goto(app.address(SESSION))
    asks(page)
    page.keyboard.press("1")
    expect(page.locator(".status")).to_contain_text("saved · event", timeout=20_000)
    viewer = come("vera", ["others"])
    expect(viewer.get_by_text("vera@example.org · viewer").first).to_be_visible(timeout=60_000)

    assert roles(app) == {"ana@example.org": "annotator", "vera@example.org": "viewer"}
    [row] = app.log.read("review/told/ana%40example.org")
    assert row.actor == "ana@example.org"


def test_who_signs_out_or_is_disabled_is_out(app: App, come: Callable[..., Page]) -> None:
    page = come("cleo", ["leads"])
    expect(page.get_by_text("cleo@example.org · adjudicator").first).to_be_visible(timeout=60_000)

    accounts.disable(app.log, ROOT, "cleo@example.org")
    page.goto(app.address(SESSION))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    accounts.enable(app.log, ROOT, "cleo@example.org")
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("cleo@example.org · adjudicator").first).to_be_visible(timeout=60_000)
    page.goto(app.address(SESSION).replace("/replay?", "/account?"))
    page.get_by_role("button", name="Sign out").click(timeout=60_000)

    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
