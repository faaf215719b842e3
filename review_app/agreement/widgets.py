"""What the page of agreement draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from recorder.dialogue.steps import UNDERSTANDING
from recorder.read_models.judgements import Rated
from recorder.review.drift import Week, trends
from recorder.services.agreeing import LABELS, Bias, Figures, Signal
from review_app.agreement import charts, views
from review_app.views import count, plain

_SIDE_BY_SIDE = 3
_LINK = st.column_config.LinkColumn("Step", display_text="open", width="small")


def kind_filter() -> str:
    chosen = st.segmented_control(
        "Of",
        list(views.KINDS),
        format_func=views.KINDS.__getitem__,
        default=UNDERSTANDING,
        required=True,
        key="kind",
        label_visibility="collapsed",
        bind="query-params",
    )
    return chosen or UNDERSTANDING


def coefficients(figures: Figures) -> None:
    """Each measure with its interval; what is undefined says why."""
    with st.container(horizontal=True):
        for each in figures.all.coefficients:
            with st.container(border=True, width=174, gap="small"):
                value, told = views.metric(each)
                st.metric(views.NAMES[each.name], value, help=views.HELP[each.name])
                st.caption(told)
    if sentence := views.entity_sentence(figures):
        st.markdown(sentence)


def heat_map(spec: dict[str, Any], key: str, what: str, steps: Callable[[str, str], list[Rated]]) -> None:
    """A heat map; a click on a cell lists its steps."""
    if not spec["data"]["values"]:
        st.caption("Nothing to show.")
        return
    event = st.vega_lite_chart(spec, on_select="rerun", selection_mode="cell", key=key, alt=what)
    cell = charts.chosen(event["selection"])
    if cell is None:
        st.caption("A click on a cell lists its steps.")
    else:
        found = steps(*cell)
        st.markdown(f"**{plain(' and '.join(cell))}**: {count(len(found), 'step')}")
        step_table(found)


def step_table(steps: Iterable[Rated]) -> None:
    rows = views.step_rows(steps)
    if rows:
        st.dataframe(rows, hide_index=True, column_config={"Step": _LINK})
    else:
        st.caption("None.")


def table(rows: list[dict[str, Any]], what: str) -> None:
    """Columns in which nothing stands are left out."""
    if not rows:
        st.caption("None.")
        return
    shown = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
    config = {"Agreement": st.column_config.NumberColumn(format="percent")}
    st.dataframe(rows, hide_index=True, column_order=shown, column_config=config, alt=what)


def drift(weeks: list[Week]) -> None:
    """Each person's weeks, and whether the latest ones are like those before."""
    st.caption(
        "How often the verdict of now says what they said, by the week of their decision, with 95 % "
        "intervals. Steps count that others judged too, or that were adjudicated; what is disputed does not."
    )
    if not weeks:
        st.caption("Nothing is settled yet that several people judged.")
        return
    found = trends(weeks)
    st.markdown(views.trend_sentence(found))
    drawn = charts.busiest(found)
    if len(drawn) < len(found):
        st.caption(f"Drawn are the {len(drawn)} people with most steps; the table has all.")
    for start in range(0, len(drawn), _SIDE_BY_SIDE):
        row = drawn[start : start + _SIDE_BY_SIDE]
        for column, trend in zip(st.columns(_SIDE_BY_SIDE), row, strict=False):
            with column:
                st.markdown(f"**{plain(trend.annotator)}**")
                st.vega_lite_chart(
                    charts.drift_chart(trend, weeks),
                    key=f"drift-{trend.annotator}",
                    alt=f"How often the verdict says what {trend.annotator} said, by week",
                )
    table([views.trend_row(each) for each in found], "The latest weeks of each person, and those before")


def signals(found: list[Signal]) -> None:
    st.caption(views.SIGNAL)
    if not found:
        st.caption("There is no such run.")
    link = st.column_config.LinkColumn("Session", display_text="open", width="small")
    for each in found:
        st.markdown(views.signal(each))
        st.dataframe(views.signal_rows(each), hide_index=True, column_config={"Session": link})


def bias(found: list[Bias], kind: str) -> None:
    """Whether people follow the model where they see it."""
    st.markdown(views.bias_sentence(found, kind))
    of_it = [each for each in found if each.kind == kind]
    if of_it:
        st.vega_lite_chart(charts.bias_chart(of_it), alt="How often each one says yes, shown and blind")
        table([views.bias_row(each) for each in of_it], "Yes to the model, shown and blind")


def reliability(figures: Figures) -> None:
    """Who is right how often, as the votes themselves say."""
    st.caption(
        "Estimated from the votes alone (Dawid and Skene), of steps with three votes or more among the "
        f"{LABELS} labels that are given most: how likely each person is right, and where the label "
        "of most is not the likeliest one."
    )
    rows = views.reliability_rows(figures)
    if not rows:
        st.caption("No step has three votes yet.")
        return
    st.dataframe(rows, hide_index=True)
    if others := views.otherwise_rows(figures):
        st.dataframe(others, hide_index=True, column_config={"Step": _LINK})
    else:
        st.caption("The label of most is the likeliest one everywhere.")
