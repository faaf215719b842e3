"""The inbox, run by Streamlit's own test harness; what the browser draws is tested in tests/browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recorder.events.event import TEAM_FILTERS, own_stream, review_stream, session_stream
from recorder.events.filters import FilterSaved
from recorder.events.review import ReviewSubmitted
from recorder.events.session import SessionRecorded
from recorder.store.sql import SqlLog
from review_app import state
from tests.given import GREETING, REVIEWS, confirmation, session
from tests.review_app.conftest import Open


def rows(app: AppTest) -> list[dict[str, Any]]:
    assert not app.exception
    (listed,) = app.get("bidi_component")
    found: list[dict[str, Any]] = json.loads(listed.proto.json)["rows"]
    return found


def test_an_empty_inbox_says_what_to_do(open_page: Open) -> None:
    app = open_page()

    assert not app.exception
    assert "recorder ingest" in app.code[0].value
    assert not app.get("bidi_component")


def test_sessions_come_least_sure_first_with_all_that_a_row_says(log: SqlLog, open_page: Open) -> None:
    session(log, "sure", GREETING)
    session(log, "unsure", REVIEWS, source="rasa-x")
    log.append(session_stream("nothing"), [SessionRecorded("tracker")])
    confirmation(log, "unsure", "unsure-3")

    shown = rows(open_page())

    assert [row["session"] for row in shown] == ["unsure", "sure", "nothing"]
    assert shown[0]["opening"] == "which one is better"
    assert shown[0]["facts"][:2] == ["unsure", "rasa-x"]
    assert (shown[0]["sureText"], shown[0]["level"], shown[0]["step"]) == ("31 %", "low", "unsure-3")
    assert (shown[0]["status"], shown[0]["statusText"]) == ("in progress", "1 of 2 decided")
    assert (shown[2]["sureText"], shown[2]["step"], shown[2]["opening"]) == ("–", None, "")


def test_a_list_that_is_behind_says_so_and_is_drawn_again_once_it_is_not(
    log: SqlLog, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(log, "a", GREETING)
    monkeypatch.setattr(state, "behind", lambda: 3)
    monkeypatch.setattr(state, "still_behind", lambda: 3)
    app = open_page(q="nothing")
    assert any("3 events not shown here yet" in each.value for each in app.caption)
    assert app.info[0].value == "No session fits these filters yet."

    def caught_up() -> int:
        monkeypatch.setattr(state, "behind", lambda: 0)
        return 0

    monkeypatch.setattr(state, "still_behind", caught_up)
    app.run()

    assert app.info[0].value == "No session fits these filters."
    assert not any("not shown here yet" in each.value for each in app.caption)


def test_filters_come_from_the_address(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    session(log, "b", REVIEWS)

    app = open_page(intent="compare_reviews", q="better", sort="Newest first")

    assert [row["session"] for row in rows(app)] == ["b"]
    chips = [each.label for each in app.button if str(each.key).startswith("drop-")]
    assert chips[:2] == ["“better”", "intent\\: compare\\_reviews"]


def test_what_the_address_holds_is_not_trusted(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)

    app = open_page(intent="nonsense", sort="'; drop table", sure=["x", "-5"], page="999999999", status="?")

    assert [row["session"] for row in rows(app)] == ["a"]


def test_a_chip_takes_its_filter_away(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    session(log, "b", REVIEWS)
    app = open_page(intent="compare_reviews")

    app.button(key="drop-intent-compare_reviews").click().run()

    assert len(rows(app)) == 2
    assert not [each for each in app.button if str(each.key).startswith("drop-")]


def test_all_filters_go_at_once(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    app = open_page(intent="greet", q="nowhere")
    assert "No session fits" in app.info[0].value

    app.button(key="drop-all").click().run()

    assert len(rows(app)) == 1


def test_progress_is_the_annotators_own(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    session(log, "b", GREETING)
    log.append(review_stream("a", "ana"), [ReviewSubmitted(8)])
    log.append(review_stream("b", "ben"), [ReviewSubmitted(8)])

    app = open_page()

    assert app.get("progress")[0].proto.text == "**ana**: 1 of 2 sessions reviewed"
    assert {row["session"]: row["status"] for row in rows(app)} == {"a": "submitted", "b": "new"}


def test_the_next_page_shows_other_sessions_and_a_filter_goes_back_to_the_first(
    log: SqlLog, open_page: Open
) -> None:
    for number in range(60):
        session(log, f"s{number:02}", GREETING)

    app = open_page()
    assert len(rows(app)) == 50
    app.pagination[0].set_value(2).run()
    assert len(rows(app)) == 10

    app.text_input(key="q").set_value("hello").run()

    assert len(rows(app)) == 50


def test_hostile_texts_stay_texts(log: SqlLog, open_page: Open) -> None:
    session(log, "<b>s</b>", ("<script>alert(1)</script> :red[x] **y**", "in*tent*", 0.5, [("a:b:c", 0.5)]))

    app = open_page(q="<script>", intent="in*tent*")

    assert rows(app)[0]["opening"] == "<script>alert(1)</script> :red[x] **y**"
    assert rows(app)[0]["excerpt"] == [
        ["<", False],
        ["script", True],
        [">alert(1)</", False],
        ["script", True],
        ["> :red[x] **y**", False],
    ]
    assert app.button(key="drop-intent-in*tent*").label == "intent\\: in\\*tent\\*"


def test_what_is_recorded_meanwhile_shows_at_the_next_look(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    app = open_page()
    session(log, "b", REVIEWS)

    app.run()

    assert [row["session"] for row in rows(app)] == ["b", "a"]


def test_all_sessions_of_a_page_are_tagged_at_once_and_found_by_the_tag(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    session(log, "b", REVIEWS)
    app = open_page(q="hello ")

    tag = next(each for each in app.text_input if each.label == "Add a tag")
    tag.set_value("*refund*")
    next(each for each in app.button if each.label == "Do it").click().run()

    assert [(row["session"], row["tags"]) for row in rows(app)] == [("a", ["*refund*"])]
    app = open_page(tag="*refund*")
    assert [row["session"] for row in rows(app)] == ["a"]
    assert app.button(key="drop-tag-*refund*").label == "tag\\: \\*refund\\*"
    assert [row["tags"] for row in rows(open_page())] == [[], ["*refund*"]]


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_what_is_shown_is_saved_under_a_name_and_shown_again(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    session(log, "b", REVIEWS)
    app = open_page(intent="compare_reviews", q="better", sort="Newest first")
    next(each for each in app.text_input if each.label.startswith("Save what")).set_value("the *best*")

    press(app, "Save this view")
    press(app, "Clear all")
    assert len(rows(app)) == 2
    app.button(key="view-own-the *best*").click().run()

    assert [row["session"] for row in rows(app)] == ["b"]
    assert app.session_state["sort"] == "newest"
    assert app.button(key="view-own-the *best*").proto.type == "primary"
    assert [chip.label for chip in app.button if str(chip.key).startswith("drop-q")] == ["“better”"]
    app.button(key="drop-view-own-the *best*").click().run()
    assert not [each for each in app.button if str(each.key).startswith("view-")]
    assert len(rows(app)) == 1, "what is shown stays"


def test_a_view_may_be_the_teams(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    app = open_page(q="hello")
    next(each for each in app.text_input if each.label.startswith("Save what")).set_value("greetings")
    next(each for each in app.checkbox if each.label == "For the whole team").check()

    press(app, "Save this view")

    assert app.button(key="view-team-greetings").help == "“hello”; least sure first, for the team, by ana"
    assert log.version(TEAM_FILTERS) == 1


def test_what_occurs_nowhere_any_more_is_left_out_of_a_view(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    shown = {"tags": ["gone"], "intents": ["greet", "gone"], "low": 0.2, "sort": "longest", "later": 1}
    log.append(own_stream("ana"), [FilterSaved("old", shown)], actor="ana")
    app = open_page()

    app.button(key="view-own-old").click().run()

    assert [row["session"] for row in rows(app)] == ["a"]
    assert app.session_state["intent"] == ["greet"] and app.session_state["tag"] == []
    assert app.session_state["sure"] == (20, 100)


def test_a_view_needs_a_name(log: SqlLog, open_page: Open) -> None:
    session(log, "a", GREETING)
    app = press(open_page(), "Save this view")

    assert "A name is one line" in app.error[0].value
