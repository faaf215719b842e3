"""The lists follow the log: at once where little is to be done, else in the background."""

from __future__ import annotations

import time

from pytest import MonkeyPatch

from recorder.read_models.catching_up import ReadModels
from recorder.read_models.replica import Lists
from recorder.read_models.session_list import SessionList
from recorder.store.sql import SqlLog
from review_app.listing import Listing
from tests.given import GREETING, session


def listing(log: SqlLog) -> Listing:
    return Listing(log, ReadModels(log.engine, log), Lists(SessionList(log.engine)))


def test_what_was_written_just_now_is_in_the_list(sql_log: SqlLog) -> None:
    lists = listing(sql_log)
    session(sql_log, "a", GREETING)

    assert lists.glance().totals("ana").sessions == 1
    assert lists.behind == 0


def test_nobody_waits_for_much_and_it_comes_by_and_by(sql_log: SqlLog, monkeypatch: MonkeyPatch) -> None:
    lists = listing(sql_log)
    session(sql_log, "a", GREETING)
    lists.glance()
    monkeypatch.setattr(ReadModels.glance, "__defaults__", (0.0,))
    written = sum(len(session(sql_log, f"s{number}", GREETING)) for number in range(40))

    assert lists.glance().totals("ana").sessions < 41
    assert 0 < lists.behind <= written
    deadline = time.monotonic() + 60
    while lists.behind and time.monotonic() < deadline:
        time.sleep(0.02)
        shown = lists.glance()

    assert lists.behind == 0
    assert shown.totals("ana").sessions == 41
