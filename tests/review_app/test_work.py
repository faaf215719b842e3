"""The page of one's own work, run by Streamlit's own test harness."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recorder.events.event import remarks_stream
from recorder.events.remarks import CommentMade, CommentsRead
from recorder.review.batches import Item
from recorder.review.people import operator
from recorder.services import batching
from recorder.services.board import Board
from recorder.services.opening import open_batch
from recorder.services.reviewing import Desk
from recorder.services.tagging import tag
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.review_app.conftest import Open

ANA, LEAD = operator("ana"), operator("lea")


def queued(log: SqlLog, name: str = "week 12", count: int = 3, **others: Any) -> Board:
    """A batch of so many sessions for ana and bo, the first of them blind."""
    board = Board(log)
    items = [
        Item(session(log, f"{name} s{n}", GREETING, REVIEWS)[0].position, 1, ("least sure: 31 %",), n == 0)
        for n in range(count)
    ]
    open_batch(board, LEAD, name, items, annotators=["ana", "bo"], **others)
    return board


def rows(app: AppTest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in app.get("bidi_component"):
        found += json.loads(each.proto.json)["rows"]
    return found


def test_without_a_batch_it_says_so(open_page: Open) -> None:
    app = open_page("work")

    assert not app.exception
    assert "nobody has queued sessions for you" in app.info[0].value
    assert not app.button


def test_of_many_sessions_the_first_are_listed_and_it_says_that_there_are_more(
    log: SqlLog, open_page: Open
) -> None:
    queued(log, count=batching.MOST + 1)

    app = open_page("work")

    assert not app.exception
    assert len(rows(app)) == batching.MOST
    assert f"Needs me ({batching.MOST}+)" in str(app.get("button_group")[0].proto)


def test_what_is_there_to_do_stands_under_each_batch(log: SqlLog, open_page: Open) -> None:
    queued(log, due="2020-01-01", guidelines="Say *what is right*.")
    queued(log, "second", 1)

    app = open_page("work")

    assert not app.exception
    assert [each.value for each in app.subheader] == ["week 12", "second"]
    assert [(each.label, each.proto.expanded) for each in app.expander] == [("Guidelines, version 1", True)]
    assert [row["badges"] for row in rows(app)][:1] == [["blind", "least sure: 31 %"]]
    assert {row["opening"] for row in rows(app)} == {"hello"}
    assert "sureText" not in rows(app)[0], "nothing of the model"


def test_next_claims_a_session_and_opens_it(log: SqlLog, open_page: Open) -> None:
    board = queued(log)
    app = open_page("work")

    app.button(key="next-").click().run()

    assert not app.exception
    (mine,) = batching.mine(board, ANA)[0].tasks["mine"]
    assert app.query_params["session"] == mine.session
    shown = json.loads(app.get("bidi_component")[0].proto.json)
    assert (shown["task"]["batch"], shown["task"]["state"]) == ("week 12", "mine")
    assert shown["session"]["blind"] is mine.blind


def test_what_is_done_can_be_found_again(log: SqlLog, open_page: Open) -> None:
    board = queued(log, count=1)
    batching.claim_next(board, ANA)
    batching.submit(board, Desk(log), "week 12 s0", ANA, "c1")

    app = open_page("work")

    assert not app.exception
    assert "Nothing is left for you" in app.success[0].value
    assert [(row["session"], row["statusText"]) for row in rows(app)] == [("week 12 s0", "done")]


def test_a_blind_session_tells_nothing_through_the_page(log: SqlLog, open_page: Open) -> None:
    queued(log, count=1)

    app = open_page("replay", session="week 12 s0")

    shown = json.loads(app.get("bidi_component")[0].proto.json)
    assert shown["session"]["blind"]
    questions = json.dumps(shown["session"]["questions"])
    assert "utter_greet" not in questions and "better" not in questions


def test_the_inbox_says_which_sessions_are_queued_and_nothing_of_the_model_in_blind_ones(
    log: SqlLog, open_page: Open
) -> None:
    session(log, "free", GREETING)
    queued(log, count=2)
    tag(log, ANA, ["week 12 s0", "week 12 s1"], ["refund"])

    shown = {row["session"]: row for row in rows(open_page())}

    assert "badges" not in shown["free"]
    assert shown["week 12 s1"]["badges"] == ["week 12", "least sure: 31 %"]
    assert (shown["week 12 s1"]["sureText"], shown["week 12 s1"]["step"]) == ("31 %", "week 12 s1-10")
    assert shown["week 12 s0"]["badges"] == ["week 12", "blind", "least sure: 31 %"]
    assert (shown["week 12 s1"]["tags"], shown["week 12 s0"]["tags"]) == (["refund"], [])
    assert (shown["week 12 s0"]["sureText"], shown["week 12 s0"]["step"]) == ("–", None)


@pytest.mark.parametrize(
    "asked",
    [{"intent": "greet"}, {"action": "utter_greet"}, {"tag": "refund"}, {"q": "utter_greet"}, {"q": "hello"}],
)
def test_no_filter_of_the_inbox_tells_what_is_in_a_blind_session(
    log: SqlLog, open_page: Open, asked: dict[str, str]
) -> None:
    board = queued(log, count=2)
    tag(log, ANA, ["week 12 s0", "week 12 s1"], ["refund"])

    app = open_page(**asked)

    assert [row["session"] for row in rows(app)] == ["week 12 s1"]
    assert app.caption[0].value.startswith("1 session")
    assert len(rows(open_page(status="New"))) == 2
    batching.submit(board, Desk(log), "week 12 s0", ANA, "c1")
    assert len(rows(open_page(**asked))) == 2


def mention(log: SqlLog, session: str, text: str, by: str = "bo") -> None:
    """As if there were an account `ana`, without which the app needs no sign-in."""
    log.append(remarks_stream(session), [CommentMade(text, f"{session}-3", ("ana",))], actor=by)


def test_mentions_stand_above_the_work_until_they_are_read(log: SqlLog, open_page: Open) -> None:
    session(log, "s *1*", GREETING)
    mention(log, "s *1*", "@ana <b>why</b> :red[this]?")

    app = open_page("work")

    assert not app.exception
    assert app.subheader[0].value == "1 mention"
    assert app.text[0].value == "@ana <b>why</b> :red[this]?"
    assert "**bo** in s \\*1\\*" in app.caption[0].value
    (button,) = [each for each in app.button if str(each.key).startswith("read-")]
    button.click().run()
    assert not app.exception and not app.text
    assert [row.event for row in log.read(remarks_stream("s *1*"))][1:] == [CommentsRead(1)]


def test_opening_the_session_reads_them(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    mention(log, "a", "@ana look")

    app = open_page("replay", session="a")

    shown = json.loads(app.get("bidi_component")[0].proto.json)["remarks"]
    assert [each["text"] for each in shown["comments"]] == ["@ana look"]
    assert not open_page("work").text


def test_of_a_blind_session_it_is_only_told_that_there_is_a_mention(log: SqlLog, open_page: Open) -> None:
    board = queued(log, count=1)
    mention(log, "week 12 s0", "@ana it is utter_greet")

    app = open_page("work")
    replay = open_page("replay", session="week 12 s0")

    assert not app.text and not [each for each in app.button if str(each.key).startswith("read-")]
    assert "blind" in app.caption[0].value and "bo" not in app.caption[0].value
    shown = json.loads(replay.get("bidi_component")[0].proto.json)["remarks"]
    assert (shown["comments"], shown["all"]) == ([], False)
    batching.submit(board, Desk(log), "week 12 s0", ANA, "c1")
    assert open_page("work").text[0].value == "@ana it is utter_greet"


def test_the_inbox_says_that_there_are_mentions_until_they_are_read(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    assert not open_page().get("page_link")
    mention(log, "a", "@ana look")

    (link,) = open_page().get("page_link")

    assert link.proto.label == "You are mentioned in 1 session"
    open_page("replay", session="a")
    assert not open_page().get("page_link")
