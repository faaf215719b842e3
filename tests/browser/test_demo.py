"""`recorder demo` as a user starts it: the inbox is full, and Ctrl-C ends it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import free_port

pytestmark = pytest.mark.browser

SCREENS = Path(__file__).parent / "screens"
START_SECONDS = 30


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody listens at {port}")


def test_the_demo_opens_a_full_inbox_and_ends_with_ctrl_c(page: Page, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "recorder", "demo", "--no-browser", f"--port={port}", "--annotator=ana"]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        told = []
        for line in running.stdout:
            told.append(line)
            if "Review app:" in line:
                break
        wait_for(port)
        page.goto(f"http://localhost:{port}/")
        expect(page.get_by_text("0 of 40 sessions reviewed")).to_be_visible(timeout=30_000)
        expect(page.locator(".row")).to_have_count(40)
        page.screenshot(path=SCREENS / "demo.png")
    finally:
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=20)

    assert "40 sessions" in "".join(told)
    assert running.returncode == 0
    assert "Traceback" not in rest
