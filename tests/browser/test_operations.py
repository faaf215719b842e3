"""The running app as its operator has it: watched, and stopped in the middle of somebody's work."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.live import App, free_port, long_session
from tests.browser.test_replay_live import confirmed, expect_saved, open_replay

pytestmark = pytest.mark.browser


@pytest.fixture
def beside() -> int:
    return free_port()


@pytest.fixture
def app(tmp_path: Path, beside: int) -> Iterator[App]:
    app = App(tmp_path, options=("--monitor", str(beside)))
    app.start()
    yield app
    app.close()


def figure(port: int, name: str) -> float:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    (value,) = (sample.value for family in families for sample in family.samples if sample.name == name)
    return float(value)


def test_the_apps_own_appends_are_counted_and_a_stop_waits_for_the_one_in_progress(
    app: App, beside: int, page: Page
) -> None:
    long_session(app.log, "watched", 4)
    open_replay(app, page, "watched")
    before = figure(beside, "recorder_events_appended_total")
    page.keyboard.press("1")
    expect_saved(page)
    assert figure(beside, "recorder_events_appended_total") == before + 1

    assert app.process is not None
    with app.log.database.appending():  # the app's next transaction waits for this one
        page.keyboard.press("1")
        page.wait_for_timeout(1_500)
        app.process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        assert app.process.poll() is None
    code = app.process.wait(60)
    app.process = None

    said = (app.folder / "app.log").read_text()
    assert code == 0
    assert "Traceback" not in said and "watched" not in said
    assert {"stopped", "append_slow"} <= {
        json.loads(line)["event"] for line in said.splitlines() if "{" in line
    }
    assert confirmed(app, "watched") == ["watched-0-3", "watched-0-7"]
