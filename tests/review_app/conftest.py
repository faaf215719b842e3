"""The app in this process, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log

APP = Path(__file__).parents[2] / "review_app" / "app.py"

Open = Callable[..., AppTest]
"""Opens the app's page with these query parameters and runs it."""


def pressed(app: AppTest, label: str) -> AppTest:
    """The app once that button was pressed and what it began in the background is over."""
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    deadline = time.monotonic() + 60
    while app.get("progress"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    assert not app.exception
    return app


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlLog]:
    """An empty log, which the app opens too, as the annotator `ana`."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    monkeypatch.setenv("RECORDER_DATABASE", url)
    monkeypatch.setenv("RECORDER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("RECORDER_ANNOTATOR", "ana")
    upgrade(url)
    log = open_log(url)
    yield log
    log.engine.dispose()
    st.cache_resource.clear()


@pytest.fixture
def open_page(log: SqlLog) -> Open:
    def opened(path: str = "", /, **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=20)
        if path:
            app.run()  # makes the pages known
            app.switch_page(f"screens/{path}.py")
        app.query_params.update(query)
        return app.run()

    return opened
