"""The page of disputes, in this process."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from recorder.events.adjudication import StepAdjudicated
from recorder.events.event import Event, adjudication_stream, remarks_stream, review_stream
from recorder.events.remarks import CommentMade
from recorder.events.review import ActionCorrected, IntentCorrected, ReviewSubmitted, StepConfirmed, StepNoted
from recorder.review.batches import Item
from recorder.review.people import operator
from recorder.services import batching
from recorder.services.board import Board
from recorder.services.opening import open_batch
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.review_app.conftest import Open


def vote(log: SqlLog, name: str, annotator: str, *decisions: Event) -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture
def disputed(log: SqlLog) -> SqlLog:
    """Two disputes, of three votes (`t`) and of two (`s`), and one step on which one is against two (`u`)."""
    for name in "stu":
        session(log, name, GREETING, REVIEWS)
        vote(log, name, "bea", StepConfirmed(f"{name}-10", 0), StepNoted(f"{name}-10", 1, "fine *as is* <b>"))
        vote(log, name, "cleo", ActionCorrected(f"{name}-10", 0, "utter_other"))
    vote(log, "t", "dan", ActionCorrected("t-10", 0, "utter_third"))
    vote(log, "u", "dan", ActionCorrected("u-10", 0, "utter_other"))
    return log


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label.startswith(label)]
    return button.click().run()


def said(app: AppTest) -> str:
    assert not app.exception
    every = (*app.markdown, *app.caption, *app.text, *app.warning, *app.success, *app.info, *app.error)
    return "\n".join(str(each.value) for each in every)


def adjudicated(log: SqlLog, name: str) -> list[Event]:
    return [row.event for row in log.read(adjudication_stream(name))]


def test_without_a_session_there_is_nothing_to_adjudicate(open_page: Open) -> None:
    assert "No step is disputed." in said(open_page("adjudicate"))


def test_the_lowest_agreement_comes_first_with_its_votes_and_no_names(
    disputed: SqlLog, open_page: Open
) -> None:
    app = open_page("adjudicate")

    told = said(app)
    assert "3 votes, and no answer has more than half of them." in told
    assert "which one is better" in told
    assert "fine *as is* <b>" in [each.value for each in app.text]
    assert {"Annotator A", "Annotator B", "Annotator C"} <= set(told.splitlines())
    assert not {"bea", "cleo", "dan"} & set(told.splitlines())
    assert "2 disputed, 0 reopened, 1 all but one agree" in told


def test_what_was_said_of_the_step_is_there_to_be_opened(disputed: SqlLog, open_page: Open) -> None:
    remarks = [CommentMade("is it *this* <b>?", "t-10"), CommentMade("elsewhere", "t-3")]
    disputed.append(remarks_stream("t"), remarks, actor="cleo")

    app = open_page("adjudicate")

    assert "1 comment, with names" in [each.label for each in app.expander]
    assert "is it *this* <b>?" in [each.value for each in app.text]
    assert "elsewhere" not in said(app)


def test_names_are_shown_on_demand(disputed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate")

    told = said(app.toggle(key="hidden").set_value(False).run())

    assert {"bea", "cleo", "dan"} <= set(told.splitlines())


def test_a_verdict_is_chosen_with_a_reason_and_the_next_dispute_comes(
    disputed: SqlLog, open_page: Open
) -> None:
    app = open_page("adjudicate")

    press(app, "**utter\\_third**")
    reason = next(each for each in app.button_group if each.label == "Why they disagree")
    reason.set_value("ambiguous")
    app.text_area[0].set_value("two would do")
    press(app, "Decide")

    (event,) = adjudicated(disputed, "t")
    assert isinstance(event, StepAdjudicated)
    assert (event.decisions, event.reason, event.note) == (
        ({"type": "action_corrected", "action": "utter_third"},),
        "ambiguous",
        "two would do",
    )
    assert set(event.seen) == {"bea", "cleo", "dan"}
    assert "2 votes, and no answer" in said(app)
    press(app, "Previous")
    assert "**ana** decided: **utter\\_third**, ambiguous: two would do" in said(app)


def test_without_a_choice_nothing_is_decided(disputed: SqlLog, open_page: Open) -> None:
    app = press(open_page("adjudicate"), "Decide")

    assert "Choose first what is right" in said(app)
    assert adjudicated(disputed, "t") == []


def test_another_name_than_those_given_can_be_chosen(disputed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", session="s", step="s-10")

    other = next(each for each in app.selectbox if each.label == "Another one")
    other.set_value("utter_greet").run()
    assert "Chosen: **utter\\_greet**" in said(app)
    press(app, "Decide")

    (event,) = adjudicated(disputed, "s")
    assert isinstance(event, StepAdjudicated)
    assert event.decisions == ({"type": "action_corrected", "action": "utter_greet"},)


def test_a_vote_that_came_meanwhile_is_told_and_nothing_decided(disputed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", session="s", step="s-10")
    press(app, "Nobody can tell")
    vote(disputed, "s", "eva", StepConfirmed("s-10", 0))

    app = press(app, "Decide")

    assert "meanwhile" in said(app)
    assert adjudicated(disputed, "s") == []


def test_a_contradicted_verdict_is_shown_as_reopened_and_can_be_taken_back(
    disputed: SqlLog, open_page: Open
) -> None:
    app = open_page("adjudicate", session="s", step="s-10")
    press(app, "Nobody can tell")
    press(app, "Decide")
    vote(disputed, "s", "eva", StepConfirmed("s-10", 0))

    app = open_page("adjudicate", task="Reopened")

    assert "Reopened: a vote that came after the verdict" in said(app)
    press(app, "Take the verdict back")
    assert "1 disputed, 0 reopened, 2 all but one agree" in said(app)


def test_where_all_but_one_agree_a_whole_page_is_decided_at_once(disputed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", task="All but one agree")

    frame = app.dataframe[0].value
    assert list(frame["Most say"]) == ["utter_other"]
    assert "action_show_venue_reviews, as recorded" in frame["One says"][0]
    press(app, "Decide 1 as most say")

    (event,) = adjudicated(disputed, "u")
    assert isinstance(event, StepAdjudicated)
    assert event.decisions == ({"type": "action_corrected", "action": "utter_other"},)
    assert "There is no step on which all but one agree." in said(app)


def test_an_address_that_leads_nowhere_is_told(disputed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", session="nobody", step="s-10")

    assert "no session" in said(app)
    press(app, "To the first in the list")
    assert "3 votes" in said(app)


def test_a_rule_goes_into_the_guidelines_of_the_batch(disputed: SqlLog, open_page: Open) -> None:
    board = Board(disputed)
    began = next(r.position for r in disputed.read_all() if r.stream == "session/s")
    open_batch(board, operator("ana"), "b", [Item(began, votes=2)], guidelines="Be kind.")
    app = open_page("adjudicate", session="s", step="s-10")

    area = next(each for each in app.text_area if each.label.startswith("What holds"))
    area.set_value("Reviews are asked for by name.")
    press(app, "Add")

    assert "The guidelines of b are at version 2" in said(app).replace("\\", "")
    assert batching.guidelines(Board(disputed), "b")[-1] == "Be kind.\n\nReviews are asked for by name."


def test_a_message_is_adjudicated_by_its_intent(log: SqlLog, open_page: Open) -> None:
    session(log, "s", GREETING)
    vote(log, "s", "bea", StepConfirmed("s-3", 0))
    vote(log, "s", "cleo", IntentCorrected("s-1", 0, "bye"), StepConfirmed("s-3", 0))

    app = open_page("adjudicate")

    assert "What does the message mean?" in said(app)
    assert not [each for each in app.button if each.label.startswith("Nothing should")]
    press(app, "**bye**")
    press(app, "Decide")
    (event,) = adjudicated(log, "s")
    assert isinstance(event, StepAdjudicated)
    assert event.decisions == ({"type": "intent_corrected", "intent": "bye"},)


@pytest.fixture
def agreed(log: SqlLog) -> SqlLog:
    """Three say the same of a step in `s` and in `t`, two in `u`."""
    for name, who in (("s", 3), ("t", 3), ("u", 2)):
        session(log, name, GREETING, REVIEWS)
        for person in ("bea", "cleo", "dan")[:who]:
            vote(log, name, person, ActionCorrected(f"{name}-6", 0, "utter_*other*"))
    return log


def test_what_all_agree_on_is_counted_confirmed_and_taken_back(agreed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", task="All agree")

    assert "**2 steps** on which 3 people or more say the same" in said(app)
    rows = app.dataframe[0].value
    assert list(rows["Session"]) == ["s, step 2", "t, step 2"]
    assert list(rows["All say"]) == ["utter_*other*, not action_listen"] * 2
    assert rows["Step"][0] == "replay?session=s&step=s-6"

    press(app, "Confirm all 2")
    told = said(app)
    assert "2 steps confirmed." in told and "There is nothing to confirm." in told
    assert [event.type for name in "stu" for event in adjudicated(agreed, name)] == ["step_adjudicated"] * 2
    press(app, "Undo")
    assert "2 steps open again." in said(app)
    assert [event.type for event in adjudicated(agreed, "s")][1:] == ["adjudication_withdrawn"]
    press(app, "Confirm all 2")
    assert "2 steps confirmed." in said(app)


def test_how_many_have_to_agree_is_chosen(agreed: SqlLog, open_page: Open) -> None:
    app = open_page("adjudicate", task="All agree")

    least = next(each for each in app.button_group if each.label.startswith("People who agree"))
    least.set_value(2).run()
    assert "**3 steps** on which 2 people or more" in said(app)
    least.set_value(4).run()

    assert "There is nothing to confirm." in said(app)
    assert "**1 step**" not in said(app)


def test_pages_of_what_all_agree_on_follow_each_other(log: SqlLog, open_page: Open) -> None:
    for number in range(30):
        session(log, f"s{number:02}", GREETING)
        for person in ("bea", "cleo", "dan"):
            vote(log, f"s{number:02}", person, ActionCorrected(f"s{number:02}-6", 0, "utter_other"))
    app = open_page("adjudicate", task="All agree")
    assert len(app.dataframe[0].value) == 25

    press(app, "Next page")
    assert list(app.dataframe[0].value["Session"]) == [f"s{n}, step 2" for n in range(25, 30)]
    assert "**30 steps**" in said(app)
    press(app, "First page")
    assert len(app.dataframe[0].value) == 25
    press(app, "Confirm all 30")

    assert "30 steps confirmed." in said(app)
