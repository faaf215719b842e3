"""The replay's server side, run by Streamlit's own test harness; keys are tested in tests/browser."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from recorder.events.event import review_stream
from recorder.events.review import ReviewReopened, ReviewSubmitted
from recorder.review.people import operator
from recorder.services.guiding import close_guide
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.review_app.conftest import Open


def sent(app: AppTest) -> dict[str, Any]:
    """What the component was given."""
    assert not app.exception
    (component,) = app.get("bidi_component")
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def test_the_whole_session_is_sent_with_the_review_so_far(log: SqlLog, open_page: Open) -> None:
    session(log, "a__b", GREETING)
    confirmation(log, "a__b", "a__b-3")

    data = sent(open_page("replay", session="a__b", step="a__b-5"))

    assert data["session"]["session"] == "a__b"
    assert [question["id"] for question in data["session"]["questions"]] == ["a__b-3", "a__b-6"]
    assert [decision["type"] for decision in data["review"]["decisions"]] == ["step_confirmed"]
    assert data["review"]["acked"] == data["review"]["refused"] == []
    assert data["start"] == "a__b-5"


def test_who_has_submitted_nothing_yet_is_guided_unless_they_closed_the_hints(
    log: SqlLog, open_page: Open
) -> None:
    session(log, "a", GREETING)
    session(log, "b", GREETING)
    assert sent(open_page("replay", session="a"))["guide"]

    log.append(review_stream("a", "ana"), [ReviewSubmitted(7)], actor="ana")
    assert not sent(open_page("replay", session="b"))["guide"]
    log.append(review_stream("a", "ana"), [ReviewReopened()], actor="ana")
    assert sent(open_page("replay", session="b"))["guide"]
    close_guide(log, operator("ana"))
    assert not sent(open_page("replay", session="b"))["guide"]


def test_an_unknown_session_is_an_error_and_no_traceback(open_page: Open) -> None:
    app = open_page("replay", session="<b>nobody</b>")

    assert not app.exception
    assert "There is no session" in app.error[0].value


def test_without_a_session_the_least_sure_one_is_offered_and_not_opened_unasked(
    log: SqlLog, open_page: Open
) -> None:
    session(log, "sure", GREETING)
    session(log, "unsure", GREETING, REVIEWS)

    app = open_page("replay")

    assert not app.exception
    assert [button.label for button in app.button] == ["Next to review: unsure"]
    assert app.get("bidi_component") == []
    assert "session" not in app.query_params

    app.button[0].click().run()

    assert sent(app)["session"]["session"] == "unsure"


def test_with_nothing_left_it_says_so(open_page: Open) -> None:
    app = open_page("replay")

    assert not app.exception
    assert "Nothing is left" in app.success[0].value


def test_a_session_that_is_forgotten_while_it_is_open_is_said_to_be_gone(
    log: SqlLog, open_page: Open
) -> None:
    session(log, "maria", GREETING)
    session(log, "otto", GREETING)
    app = open_page("replay", session="maria")
    assert sent(app)["session"]["session"] == "maria"

    forget(log, ["maria"])
    app.run()

    assert not app.exception
    assert "There is no session" in app.error[0].value and "forgotten" in app.error[0].value
    assert app.get("bidi_component") == []
    app.query_params.clear()
    app.run()
    assert [button.label for button in app.button] == ["Next to review: otto"]
