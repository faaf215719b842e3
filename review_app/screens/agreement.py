"""Agreement: how far people say the same, of what, how it changes, and whether the model leads them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from recorder.review.people import may
from recorder.services import agreeing
from review_app import state
from review_app.agreement import charts, views, widgets
from review_app.agreement import state as agreement_state
from review_app.disputes import widgets as dispute_widgets

person = state.person()
sees_all = may(person, "read_agreement")

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Agreement", anchor=False, width="content")
    batch = dispute_widgets.batch_filter()
    kind = widgets.kind_filter()
ground = agreement_state.ground(batch)
if views.is_empty(ground):
    st.info(
        "No step was judged by two people yet: it takes two submitted reviews of a session."
        if sees_all
        else "There is nothing to compare yet: you see figures of sessions that you submitted, and of closed "
        "batches.",
        icon=":material/handshake:",
    )
    st.page_link("screens/inbox.py", label="To the inbox", icon=":material/inbox:")
    st.stop()

figures = agreement_state.figures(batch, kind)
st.caption(views.scope(ground, kind, sees_all=sees_all))
widgets.coefficients(figures)

names = [
    "People",
    "Labels",
    "Over time",
    "Shown and blind",
    "Reliability",
    *(["Signals"] if sees_all else []),
]
tabs = dict(zip(names, st.tabs(names, key="part", on_change="rerun", bind="query-params"), strict=True))
# Only what is looked at is drawn: charts are what takes a browser long.
part = next((name for name, tab in tabs.items() if tab.open), names[0])
with tabs[part]:
    match part:
        case "People":
            apart = partial(agreeing.apart, ground, kind)
            what = "Agreement of two people each"
            widgets.heat_map(charts.pair_chart(figures), f"pairs-{kind}-{batch}", what, apart)
            widgets.table(views.pair_rows(figures), what)
        case "Labels":
            between = partial(agreeing.between, ground, kind)
            what = "Labels that two people gave to one step"
            widgets.heat_map(charts.confusion_chart(figures), f"labels-{kind}-{batch}", what, between)
            widgets.table(views.label_rows(figures), "Each label against all others")
        case "Over time":
            widgets.drift(agreement_state.drift(batch))
        case "Shown and blind":
            widgets.bias(agreement_state.bias(batch), kind)
        case "Reliability":
            widgets.reliability(figures)
        case "Signals":
            widgets.signals(agreement_state.signals(batch))
