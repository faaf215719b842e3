"""Agreement as charts, in Vega-Lite. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from recorder.review.drift import Trend, Week
from recorder.services.agreeing import Bias, Figures
from review_app.agreement.views import ALL, rounded

_CELLS: Final = 25
"""Labels that a chart shows at most."""

CHARTS: Final = 12
"""People of whom something is drawn at most."""

_WEEK: Final = timedelta(days=7)

_TICKS: Final = 4

_BLUE: Final = "#4c9bd6"
"""To be seen on white and on black."""


def pair_chart(figures: Figures) -> dict[str, Any]:
    """A heat map of two people each: agreement; a cell can be chosen."""
    values = [
        {"one": one, "other": other, "agreement": rounded(each, "percent"), "steps": each.items}
        for pair, each in figures.pairs.items()
        for one, other in (pair, pair[::-1])
    ]
    people = sorted({name for pair in figures.pairs for name in pair})
    return _heat(values, people, "agreement", scheme="blues", domain=[0, 1], text=".0%")


def confusion_chart(figures: Figures) -> dict[str, Any]:
    """A heat map of labels that two people gave to one step; a cell can be chosen."""
    apart = {pair: number for pair, number in figures.confusion.items() if pair[0] != pair[1]}
    wrong: dict[str, int] = {}
    for pair, number in apart.items():
        for label in pair:
            wrong[label] = wrong.get(label, 0) + number
    shown = sorted(sorted(wrong, key=lambda label: (-wrong[label], label))[:_CELLS])
    values = [
        {"one": one, "other": other, "times": number}
        for pair, number in apart.items()
        if set(pair) <= set(shown)
        for one, other in (pair, pair[::-1])
    ]
    return _heat(values, shown, "times", scheme="oranges", text="d")


def _heat(
    values: list[dict[str, Any]], names: Sequence[str], field: str, *, scheme: str, text: str, **scale: Any
) -> dict[str, Any]:
    """Vega-Lite, with a selection `cell` of fields `one` and `other`."""
    axis = {"title": None, "labelLimit": 180, "labelOverlap": False}
    number = {"field": field, "type": "quantitative"}
    tooltip = [{"field": "one"}, {"field": "other"}, number | {"format": text}]
    if values and "steps" in values[0]:
        tooltip.append({"field": "steps", "type": "quantitative"})
    return {
        "data": {"values": values},
        "height": {"step": 26},
        "params": [{"name": "cell", "select": {"type": "point", "fields": ["one", "other"]}}],
        "mark": {"type": "rect", "cornerRadius": 2, "cursor": "pointer"},
        "encoding": {
            "y": {"field": "one", "type": "nominal", "scale": {"domain": list(names)}, "axis": axis},
            "x": {
                "field": "other",
                "type": "nominal",
                "scale": {"domain": list(names)},
                "axis": axis | {"labelAngle": -40},
            },
            "color": number
            | {"scale": {"scheme": scheme, **scale}, "legend": {"title": field, "format": text}},
            "opacity": {"condition": {"param": "cell", "value": 1}, "value": 0.35},
            "tooltip": tooltip,
        },
    }


def chosen(selection: Mapping[str, Any]) -> tuple[str, str] | None:
    """The cell that was clicked."""
    cells = selection.get("cell") or []
    if not cells or "one" not in cells[0] or "other" not in cells[0]:
        return None
    return str(cells[0]["one"]), str(cells[0]["other"])


def busiest(trends: Sequence[Trend]) -> list[Trend]:
    """Those that are drawn: of whom most is known, by name."""
    most = sorted(trends, key=lambda trend: -trend.all.of)[:CHARTS]
    return sorted(most, key=lambda trend: trend.annotator)


def drift_chart(trend: Trend, weeks: Sequence[Week]) -> dict[str, Any]:
    """One person's weeks, each with its interval.

    Args:
        weeks: of all people, so that the charts of all have one time axis; not empty.
    """
    first, last = min(each.monday for each in weeks), max(each.monday for each in weeks)
    mondays = [first + _WEEK * number for number in range((last - first) // _WEEK + 1)]
    # A day without a time is one of UTC; drawn in another zone, it would be the day before.
    x = {
        "field": "monday",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [str(first - _WEEK), str(last + _WEEK)]},
        "axis": {
            "title": None,
            "format": "%-d %b %Y",
            "values": [_moment(day) for day in mondays[:: len(mondays) // _TICKS + 1]],
            "grid": False,
        },
    }
    y: dict[str, Any] = {
        "field": "agreement",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "title": None, "values": [0, 0.5, 1]},
    }
    tooltip = [
        {"field": "week"},
        {"field": "agreement", "type": "quantitative", "format": ".1%"},
        {"field": "low", "type": "quantitative", "format": ".1%"},
        {"field": "high", "type": "quantitative", "format": ".1%"},
        {"field": "steps", "type": "quantitative"},
    ]
    between = y | {"field": "low"}
    return {
        "data": {"values": [drift_point(each) for each in trend.weeks]},
        "height": 150,
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "rule", "color": _BLUE, "opacity": 0.5, "strokeWidth": 3},
                "encoding": {"y": between, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "color": _BLUE, "point": {"size": 50, "color": _BLUE}},
                "encoding": {"y": y, "tooltip": tooltip},
            },
        ],
    }


def drift_point(week: Week) -> dict[str, Any]:
    low, high = week.rate.interval
    return {
        "week": week.week,
        "monday": str(week.monday),
        "agreement": week.rate.value,
        "low": low,
        "high": high,
        "steps": week.rate.of,
    }


def _moment(day: date) -> dict[str, Any]:
    """As Vega-Lite takes it."""
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}


def bias_chart(biases: Sequence[Bias]) -> dict[str, Any]:
    """How often each one says yes, shown and blind, with intervals; all together on top.

    Of many people, those with most decisions are drawn.
    """
    most = sorted(biases, key=lambda each: (each.annotator != "", -each.shown.of - each.blind.of))
    drawn = most[: CHARTS + 1]
    values = []
    for each in (each for each in biases if each in drawn):
        for saw, found in (("shown", each.shown), ("blind", each.blind)):
            low, high = found.interval
            if found.of:
                values.append(
                    {
                        "who": each.annotator or ALL,
                        "model": saw,
                        "yes": found.value,
                        "low": low,
                        "high": high,
                        "decisions": found.of,
                    }
                )
    x: dict[str, Any] = {
        "field": "yes",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "title": "yes to the model", "tickCount": 5},
    }
    tooltip = [
        *({"field": name, "type": "nominal"} for name in ("who", "model")),
        *({"field": name, "type": "quantitative", "format": ".1%"} for name in ("yes", "low", "high")),
        {"field": "decisions", "type": "quantitative"},
    ]
    names = list(dict.fromkeys(value["who"] for value in values))
    return {
        "data": {"values": values},
        "height": {"step": 16},
        "encoding": {
            "y": {
                "field": "who",
                "type": "nominal",
                "scale": {"domain": names, "paddingInner": 0.4},
                "axis": {"title": None, "labelLimit": 180},
            },
            "yOffset": {"field": "model", "scale": {"domain": ["shown", "blind"]}},
            "color": {
                "field": "model",
                "type": "nominal",
                "scale": {"domain": ["shown", "blind"], "range": [_BLUE, "#e0843a"]},
                "legend": {"orient": "top", "title": None, "symbolOpacity": 1},
            },
            "tooltip": tooltip,
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.5},
                "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}},
            },
            {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": {"x": x}},
        ],
    }
