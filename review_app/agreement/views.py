"""Agreement in words and rows; its charts are in `charts`. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from recorder.dialogue.steps import ACTION, UNDERSTANDING
from recorder.read_models.judgements import Rated
from recorder.review.agreement import Agreement, Coefficient
from recorder.review.drift import Trend
from recorder.review.rates import Difference, Rate
from recorder.services.agreeing import Bias, Figures, Ground, Signal, labels_of
from review_app.views import count, percent, plain

KINDS: Final = {UNDERSTANDING: "Intents", ACTION: "Actions"}
NAMES: Final = {
    "percent": "Agreement",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's α",
    "ac1": "Gwet's AC1",
}
HELP: Final = {
    "percent": "Of two votes on a step, how often they are the same. Chance is in it.",
    "cohen": "Beyond chance, of the two people who voted.",
    "fleiss": "Beyond chance, of any number of people. Low where one label is very frequent; see AC1.",
    "krippendorff": "Beyond chance, also where votes are missing. By convention, 0.8 and more can be relied "
    "on, and 0.667 and more allows tentative conclusions.",
    "ac1": "Beyond chance, and steady where one label is very frequent.",
}
SIGNAL: Final = (
    "Runs of five or more times yes, half of them within half a second, next to none taken back. "
    "That is a signal to look at, not a finding: easy sessions, and the button that confirms all the rest, "
    "look the same."
)
MOST_STEPS: Final = 200
"""Steps that a table lists."""
ALL: Final = "All together"
APART: Final = "Apart, percentage points, 95 %"


def is_empty(ground: Ground) -> bool:
    return not ground.steps


def scope(ground: Ground, kind: str, *, sees_all: bool) -> str:
    """What the figures are made of, in Markdown."""
    steps = ground.of(kind)
    votes = sum(len(step.given) for step in steps)
    whose = f"{count(len(ground.people), 'person')}" if sees_all else "sessions that you submitted yourself"
    whose = whose.replace("persons", "people")
    cut = "; there are more, and these come first by name" if ground.is_cut else ""
    return f"{count(len(steps), 'step')} with {count(votes, 'vote')}, of {whose}{cut}."


def metric(each: Coefficient) -> tuple[str, str]:
    """(value, what is to be known of it)."""
    if each.value is None:
        return "–", f"Undefined: {each.undefined}."
    return _value(each.name, each.value), _interval(each) or "Too few steps for an interval."


def _value(name: str, value: float) -> str:
    return f"{value:.1%}".replace("%", " %") if name == "percent" else f"{value:.3f}"


def _interval(each: Coefficient) -> str:
    if each.low is None or each.high is None:
        return ""
    return f"95 %: {_value(each.name, each.low)} to {_value(each.name, each.high)}"


def _cells(found: Agreement) -> dict[str, Any]:
    return {
        "Steps": found.items,
        "Agreement": rounded(found, "percent"),
        "Alpha": rounded(found, "krippendorff"),
        "AC1": rounded(found, "ac1"),
        "Alpha, 95 %": _interval(found["krippendorff"]).removeprefix("95 %: "),
        "Undefined because": found["krippendorff"].undefined,
    }


def rounded(found: Agreement, name: str) -> float | None:
    value = found[name].value
    return None if value is None else round(value, 3)


def label_rows(figures: Figures) -> list[dict[str, Any]]:
    """Each label against all others, the lowest alpha first."""
    rows = [
        {"Label": label, "Votes": figures.given[label], **_cells(each)}
        for label, each in figures.labels.items()
    ]
    return sorted(rows, key=lambda row: (row["Alpha"] is None, row["Alpha"], row["Label"]))


def pair_rows(figures: Figures) -> list[dict[str, Any]]:
    rows = [{"People": " and ".join(pair), **_cells(each)} for pair, each in figures.pairs.items()]
    return sorted(rows, key=lambda row: (row["Alpha"] is None, row["Alpha"], row["People"]))


def step_rows(steps: Iterable[Rated]) -> list[dict[str, str]]:
    """Rows of steps; `Step` is the address of its replay."""
    return [
        {
            "Step": f"replay?{urlencode({'session': step.session, 'step': step.step})}",
            "Votes": " · ".join(f"{name}: {label}" for name, label in sorted(labels_of(step).items())),
            "Recorded": step.chosen or "",
            "Verdict": step.status,
            "Session": step.session,
        }
        for step in list(steps)[:MOST_STEPS]
    ]


def trend_row(trend: Trend) -> dict[str, str]:
    return {
        "Who": trend.annotator,
        "Lately": f"{rate(trend.lately)}, since {trend.weeks[trend.since].week}",
        "Before": rate(trend.before),
        APART: _apart(trend.change) if trend.change else "needs more weeks",
    }


def trend_sentence(trends: Sequence[Trend]) -> str:
    """Who says what is settled more often or less often than before, in Markdown."""
    clear = [(each, each.change) for each in trends if each.change and each.change.is_clear]
    if not clear:
        return "Nobody's latest weeks differ clearly from those before."
    told = [
        f"**{plain(each.annotator)}** {'more' if change.value > 0 else 'less'} often"
        for each, change in clear
    ]
    return f"Lately, {', '.join(told)} than before."


def signal(each: Signal) -> str:
    """In Markdown."""
    more = f"; at {count(each.otherwise, 'step')} of them the verdict says something else"
    where = count(len(each.reviews), "review")
    return f"**{plain(each.annotator)}**: {each.decisions:,} decisions in {where}{more}"


def signal_rows(each: Signal) -> list[dict[str, Any]]:
    return [
        {
            "Session": f"replay?{urlencode({'session': one.session})}",
            "Name": one.session,
            "Decisions": one.decisions,
            "Verdict says otherwise": one.otherwise,
        }
        for one in each.reviews
    ]


def bias_row(each: Bias) -> dict[str, str]:
    apart = each.difference
    return {
        "Who": each.annotator or ALL,
        "Yes where shown": rate(each.shown),
        "Yes where blind": rate(each.blind),
        APART: _apart(apart) if apart else "needs both: sessions that were shown and blind ones",
    }


def bias_sentence(biases: Sequence[Bias], kind: str) -> str:
    """What follows for all together."""
    found = next((each for each in biases if not each.annotator and each.kind == kind), None)
    apart = found.difference if found else None
    if apart is None:
        return "There is nothing to compare yet: it takes decisions on blind sessions as well as on others."
    if not apart.is_clear:
        return "No clear difference: with so many decisions it may be chance."
    if apart.value > 0:
        return "People say yes to the model more often where they see what it chose."
    return "People say yes to the model less often where they see what it chose."


def rate(found: Rate) -> str:
    """
    >>> rate(Rate(9, 12)), rate(Rate(0, 0))
    ('75 % of 12 (47 % to 91 %)', '–')
    """
    if found.value is None:
        return "–"
    low, high = found.interval
    return f"{percent(found.value)} of {found.of:,} ({percent(low)} to {percent(high)})"


def _apart(found: Difference) -> str:
    return f"{_points(found.value)} ({_points(found.low)} to {_points(found.high)})"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}"


def entity_sentence(figures: Figures) -> str:
    """Agreement on spans, in Markdown; empty: not of messages."""
    found = figures.entities
    if found is None:
        return ""
    if found.f1_exact is None or found.f1_overlapping is None:
        return "**Entities**: nobody marked any on these messages."
    told = f"exactly the same span {percent(found.f1_exact)}, overlapping {percent(found.f1_overlapping)}"
    return (
        f"**Entities**, F1 of two people each: {told}; {count(found.spans, 'span')}, those of both counted."
    )


def reliability_rows(figures: Figures) -> list[dict[str, Any]]:
    """Each annotator's estimated chance to be right, the lowest first."""
    if figures.consensus is None:
        return []
    rows = figures.consensus.reliability.items()
    return [
        {"Annotator": name, "Estimated to be right": percent(share)}
        for name, share in sorted(rows, key=lambda each: (each[1], each[0]))
    ]


def otherwise_rows(figures: Figures) -> list[dict[str, str]]:
    return [
        {"Most likely right": label, **step_rows([step])[0]} for step, label in figures.otherwise[:MOST_STEPS]
    ]
