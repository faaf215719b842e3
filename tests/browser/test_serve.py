"""`recorder serve --review`: the app in the process that the bot answers from."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from recorder.cli import main
from tests.api.served import say
from tests.given import model

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
ACTIONS = """class Wave:
    def name(self):
        return "action_wave"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="(waves)")
        return []


class Bow(Wave):
    def name(self):
        return "action_bow"
"""


def test_a_conversation_is_in_the_inbox_as_soon_as_it_was_held(page: Page, url: str, tmp_path: Path) -> None:
    model(tmp_path / "models", tmp_path, "action_wave", 1)
    (tmp_path / "waves.py").write_text(ACTIONS)
    where = ["--database", url, "--models", str(tmp_path / "models"), "--actions", str(tmp_path / "waves.py")]
    running = subprocess.Popen(
        [sys.executable, "-m", "recorder", "serve", "--port", "0", "--review", "--annotator", "ana", *where],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        assert running.stdout is not None
        address = running.stdout.readline().split()[1]
        assert running.stdout.readline() == f"Review app: {address}/review/\n"
        with httpx.Client(base_url=address, timeout=30) as client:
            assert say(client, "visitor 1", "hello")[0]["text"] == "(waves)"

        page.goto(f"{address}/review")
        expect(page.locator(".row")).to_have_count(1, timeout=60_000)
        page.locator(".row").click()
        expect(page.get_by_role("heading", name="The bot wants to")).to_be_visible(timeout=60_000)
        assert page.url.startswith(f"{address}/review/replay?session=visitor")
        page.goto(f"{address}/docs")
        expect(page.get_by_text("POST /sessions/{session}/events")).to_be_visible()
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)

    assert running.returncode == 0
    others = [each for each in asked if not re.match(rf"(blob:)?(http|ws)://{address[7:]}/", each)]
    assert asked and others == []


def test_without_accounts_the_app_is_not_for_others(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "add", "ana", "--scope", "admin", "--database", url]) == 0
    assert main(["serve", "--review", "--host", "0.0.0.0", "--port", "0", "--database", url]) == 1

    assert "only this machine may reach the review app" in capsys.readouterr().err
