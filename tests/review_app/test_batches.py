"""The page of batches, run by Streamlit's own test harness."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from recorder.review.people import operator
from recorder.services import batching
from recorder.services.board import Board
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.review_app.conftest import Open
from tests.review_app.test_work import queued


def previewed(app: AppTest) -> list[dict[str, Any]]:
    (listed,) = app.get("bidi_component")
    found: list[dict[str, Any]] = json.loads(listed.proto.json)["rows"]
    return found


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_with_nothing_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("batches")

    assert not app.exception
    assert "No batch is open" in app.info[0].value
    assert any("recorder ingest" in code.value for code in app.code)


def test_what_the_preview_shows_is_what_is_opened(log: SqlLog, open_page: Open) -> None:
    for number in range(6):
        session(log, f"s{number}", GREETING, REVIEWS)
    app = open_page("batches")
    app.number_input(key="share-random").set_value(100)
    app.number_input(key="share-uncertain").set_value(0)
    next(each for each in app.number_input if each.label == "Sessions").set_value(3)
    press(app, "Preview")
    assert not app.exception
    shown = [row["session"] for row in previewed(app)]
    assert len(shown) == 3 and all(row["badges"] for row in previewed(app))
    for number in range(6, 20):  # what comes meanwhile changes nothing
        session(log, f"s{number}", GREETING)

    next(each for each in app.text_input if each.label == "Name of the batch").set_value("week 12")
    press(app, "Open this batch")

    assert not app.exception and not app.error
    assert "week 12" in app.success[0].value
    with Board(log).look("week 12") as shelf:
        assert shelf.sessions == shown
        assert all(item.reasons for item in shelf.batch.items)


def test_a_sample_that_makes_no_sense_is_refused_in_words(log: SqlLog, open_page: Open) -> None:
    session(log, "s", GREETING)
    app = open_page("batches")
    for name in ("share-random", "share-uncertain"):
        app.number_input(key=name).set_value(0)

    press(app, "Preview")

    assert not app.exception
    assert "A sample needs" in app.error[0].value


def test_open_batches_say_how_far_who_is(log: SqlLog, open_page: Open) -> None:
    board = queued(log, guidelines="Say it.")
    batching.claim_next(board, operator("bo"))

    app = open_page("batches")

    assert not app.exception
    table = app.table[0].value
    assert list(table["Who"]) == ["ana", "bo"] and list(table["Begun"]) == [0, 1]
    assert app.expander[0].label == "Guidelines, version 1"


def test_a_batch_is_closed_and_its_guidelines_get_versions(log: SqlLog, open_page: Open) -> None:
    queued(log, guidelines="Say it.")
    app = open_page("batches")

    app.text_area[0].set_value("Say it **well**.")
    press(app, "Write this version")
    assert app.expander[0].label == "Guidelines, version 2"
    app.button(key="close-week 12").click().run()

    assert not app.exception
    assert "No batch is open" in app.info[0].value
    assert list(app.table[0].value["Batch"]) == ["week 12"]
