"""The page of agreement, in this process."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from recorder.events.event import Event, review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.read_models.judgements import Rated
from recorder.review.drift import Week, trends
from recorder.review.people import operator
from recorder.review.rates import Rate
from recorder.services.agreeing import Bias, Ground, figures
from recorder.store.sql import SqlLog
from review_app.agreement import charts, views
from tests.given import GREETING, REVIEWS, session
from tests.review_app.conftest import Open

OPERATOR = operator("ana")


def vote(log: SqlLog, name: str, annotator: str, *decisions: Event) -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture
def judged(log: SqlLog) -> SqlLog:
    for number in range(5):
        name = f"s{number}"
        session(log, name, GREETING, REVIEWS)
        vote(log, name, "bea", StepConfirmed(f"{name}-10", 0, shown="model"))
        other = ActionCorrected(f"{name}-10", 0, "utter_other", shown="blind")
        vote(log, name, "cleo", other if number < 2 else StepConfirmed(f"{name}-10", 0, shown="blind"))
        vote(log, name, "dan", StepConfirmed(f"{name}-10", 0))
    return log


def rated(*labels: dict[str, str]) -> Ground:
    steps = [
        Rated("s", f"s-{n}", "action", "a", "agreed", {who: {"label": label} for who, label in each.items()})
        for n, each in enumerate(labels)
    ]
    people = sorted({who for each in labels for who in each})
    return Ground(tuple(steps), False, tuple(people))


def said(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info))


def test_without_two_reviews_of_a_session_the_page_says_what_it_takes(log: SqlLog, open_page: Open) -> None:
    assert "two submitted reviews" in said(open_page("agreement"))
    session(log, "s", GREETING)
    vote(log, "s", "bea", StepConfirmed("s-3", 0))
    assert "two submitted reviews" in said(open_page("agreement"))


def test_every_measure_has_its_interval_or_says_why_it_has_no_value(judged: SqlLog, open_page: Open) -> None:
    app = open_page("agreement")

    assert [each.label for each in app.metric] == [
        "Agreement",
        "Fleiss' kappa",
        "Krippendorff's α",
        "Gwet's AC1",
    ]
    assert [each.value for each in app.metric][:2] == ["100.0 %", "–"]
    assert "Undefined: everybody always gave the same label" in said(app)
    app.segmented_control(key="kind").set_value("action").run()
    assert app.metric[0].value == "73.3 %"
    assert "5 steps with 15 votes, of 3 people." in said(app)


def test_it_shows_who_follows_the_model_and_who_is_how_reliable(judged: SqlLog, open_page: Open) -> None:
    def part(name: str) -> AppTest:
        return open_page("agreement", kind="Actions", part=name)

    assert "Nobody's latest weeks differ" in said(part("Over time"))
    blind = part("Shown and blind")
    assert "No clear difference" in said(blind)
    assert {"Who", "Yes where shown", "Yes where blind"} <= {*blind.dataframe[0].value.columns}
    assert "Estimated to be right" in part("Reliability").dataframe[0].value.columns
    assert "There is no such run." in said(part("Signals"))


def test_the_pairs_of_people_and_of_labels_are_heat_maps() -> None:
    found = figures(
        rated({"a": "x", "b": "y"}, {"a": "x", "b": "x"}, {"b": "y", "c": "x"}), "action", OPERATOR
    )

    pairs, labels = charts.pair_chart(found), charts.confusion_chart(found)

    assert {(v["one"], v["other"]) for v in pairs["data"]["values"]} == {
        ("a", "b"),
        ("b", "a"),
        ("b", "c"),
        ("c", "b"),
    }
    assert [(v["one"], v["other"], v["times"]) for v in labels["data"]["values"]] == [
        ("x", "y", 2),
        ("y", "x", 2),
    ]
    assert charts.chosen({"cell": [{"one": "a", "other": "b"}]}) == ("a", "b")
    assert charts.chosen({"cell": []}) is None


def test_labels_come_with_the_lowest_alpha_first_and_what_is_undefined_last() -> None:
    found = figures(
        rated({"a": "x", "b": "x"}, {"a": "y", "b": "z"}, {"a": "x", "b": "y"}, {"a": "w", "b": "w"}),
        "action",
        OPERATOR,
    )

    rows = views.label_rows(found)

    alphas = [row["Alpha"] for row in rows]
    assert alphas == sorted(alphas, key=lambda alpha: (alpha is None, alpha))
    (row,) = views.label_rows(figures(rated({"a": "x", "b": "x"}), "action", OPERATOR))
    assert row["Alpha"] is None
    assert "same label" in row["Undefined because"]


def test_steps_lead_to_their_replay() -> None:
    (row,) = views.step_rows(rated({"b": "y", "a": "x"}).steps)

    assert row["Step"] == "replay?session=s&step=s-0"
    assert row["Votes"] == "a: x · b: y"


def test_the_pull_of_the_model_is_worded_by_its_interval() -> None:
    clear = Bias("", "action", Rate(95, 100), Rate(60, 100))

    assert "more often where they see" in views.bias_sentence([clear], "action")
    assert "less often" in views.bias_sentence([replace(clear, shown=Rate(10, 100))], "action")
    assert "No clear difference" in views.bias_sentence([replace(clear, blind=Rate(94, 100))], "action")
    assert "nothing to compare" in views.bias_sentence([replace(clear, blind=Rate(0, 0))], "action")
    assert "nothing to compare" in views.bias_sentence([clear], "understanding")
    assert views.bias_row(clear)["Apart, percentage points, 95 %"].startswith("+35.0 (")


def test_drift_has_a_chart_for_each_person_on_one_time_axis() -> None:
    weeks = [
        Week("2026-W02", "bea", Rate(3, 4)),
        Week("2026-W05", "cleo", Rate(90, 100)),
        Week("2026-W06", "cleo", Rate(60, 100)),
    ]
    bea, cleo = trends(weeks)

    drawn = [charts.drift_chart(each, weeks) for each in (bea, cleo)]

    (point,) = drawn[0]["data"]["values"]
    assert (point["week"], point["monday"], point["agreement"], point["steps"]) == (
        "2026-W02",
        "2026-01-05",
        0.75,
        4,
    )
    assert point["low"] < 0.75 < point["high"]
    assert [chart["encoding"]["x"]["scale"]["domain"] for chart in drawn] == [
        ["2025-12-29", "2026-02-09"]
    ] * 2
    assert "**cleo** less often" in views.trend_sentence([bea, cleo])
    assert "Nobody's" in views.trend_sentence([bea])
    assert views.trend_row(bea)[views.APART] == "needs more weeks"
    assert views.trend_row(cleo)[views.APART].startswith("-30.0 (")


def test_of_many_people_those_are_drawn_of_whom_most_is_known() -> None:
    found = trends(Week("2026-W02", f"p{n:02}", Rate(n, n)) for n in range(1, 16))

    assert [each.annotator for each in charts.busiest(found)] == [f"p{n:02}" for n in range(4, 16)]


def test_of_many_people_the_pull_of_the_model_is_drawn_for_those_who_decided_most() -> None:
    found = [Bias(f"p{n:02}", "action", Rate(n, n), Rate(1, 1)) for n in range(1, 16)]
    chart = charts.bias_chart([Bias("", "action", Rate(1, 1), Rate(0, 0)), *found])

    names = list(dict.fromkeys(value["who"] for value in chart["data"]["values"]))
    assert names == ["All together", *(f"p{n:02}" for n in range(4, 16))]


def test_the_pull_of_the_model_is_drawn_where_anything_is_known() -> None:
    chart = charts.bias_chart(
        [Bias("", "action", Rate(9, 10), Rate(0, 0)), Bias("bea", "action", Rate(9, 10), Rate(1, 2))]
    )

    assert [(v["who"], v["model"], v["decisions"]) for v in chart["data"]["values"]] == [
        ("All together", "shown", 10),
        ("bea", "shown", 10),
        ("bea", "blind", 2),
    ]
