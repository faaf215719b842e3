"""Models and what becomes of one in another, in words, rows and charts. Imports no Streamlit."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, tzinfo
from typing import Any, Final
from urllib.parse import urlencode

from recorder.learning.evaluation import Answers, Comparison, Confusion
from recorder.store.model_files import ModelFile
from review_app.views import count, percent, when

NOTHING: Final = "(nothing)"

CONFUSED: Final = 25
"""Names that a confusion shows at most."""


def model_name(model: ModelFile, zone: tzinfo = UTC) -> str:
    return f"{model.id}, trained {when(model.trained_at, zone)}"


def model_row(model: ModelFile, zone: tzinfo = UTC) -> dict[str, Any]:
    """A row of the table of models: scores are cross-validated."""
    scores = {_title(name): _score(value) for name, value in model.scores.items()}
    counts = {_title(name): value for name, value in model.counts.items()}
    return {"Model": model.id, "Trained": when(model.trained_at, zone)} | scores | counts


def comparison_counts(comparison: Comparison) -> list[tuple[str, str, str | None]]:
    """(what, the new model's result, the change or None) for intents and for actions."""
    shown = []
    for label, kind in (("Intents right", "understanding"), ("Actions right", "action")):
        part = comparison.of(kind)
        right = sum(answer.new == answer.question.right for answer in part.answers)
        change = len(part.better) - len(part.worse)
        told = f"{change:+d}, was {right - change}" if change else None
        shown.append((label, f"{right} of {len(part.answers)}", told))
    return shown


def compared_sentence(comparison: Comparison, position: int) -> str:
    """On what, and as of when."""
    return f"On {count(len(comparison.answers), 'reviewed step')}, as of event {position:,}."


def change_row(answers: Answers) -> dict[str, str]:
    """A row of what got better or worse; `Step` is the address of its replay."""
    question = answers.question
    return {
        "Step": f"replay?{urlencode({'session': question.session, 'step': question.step})}",
        "Of": "intent" if question.kind == "understanding" else "action",
        "Right": question.right,
        "Old": _said(answers.old, answers.old_probability),
        "New": _said(answers.new, answers.new_probability),
        "Session": question.session,
    }


def mistakes(confusion: Confusion) -> int:
    return sum(number for (right, said), number in confusion.items() if right != said)


def mistakes_sentence(confusion: Confusion) -> str:
    return f"{count(mistakes(confusion), 'mistake')} in {count(sum(confusion.values()), 'step')}"


def confusion_chart(confusion: Confusion, *, dark: bool = False) -> dict[str, Any]:
    """A Vega-Lite heat map: what is right down, what was said across; mistakes red, the rest blue."""
    shown = _most_confused(confusion)
    values = [
        {"right": right, "said": said or NOTHING, "steps": number, "kind": _kind(right, said)}
        for (right, said), number in sorted(confusion.items())
        if right in shown and said in shown
    ]
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": ["right", "mistake"], "range": ["#4c9bd6", "#d6564c"]},
        "legend": {"orient": "top", "title": None},
    }
    steps = {"field": "steps", "type": "quantitative"}
    cells = {  # silent, as is the text on them: the chart is told as a whole, by its `alt`
        "mark": {"type": "rect", "cornerRadius": 2, "aria": False},
        "encoding": {
            "color": color,
            "opacity": steps | {"scale": {"type": "sqrt", "range": [0.35, 1]}, "legend": None},
            "tooltip": [{"field": name, "type": "nominal"} for name in ("right", "said", "steps")],
        },
    }
    text = {"type": "text", "color": "#fff" if dark else "#000", "aria": False}
    numbers = {"mark": text, "encoding": {"text": steps}}
    return {
        "data": {"values": values},
        "height": {"step": 24},
        "encoding": {"y": _names("right", shown), "x": _names("said", shown, labelAngle=-40)},
        "layer": [cells, numbers],
    }


def _names(field: str, shown: set[str], **axis: Any) -> dict[str, Any]:
    """An axis with the same names in the same order on either side."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": sorted(name or NOTHING for name in shown)},
        "axis": {"title": field, "labelLimit": 180, "labelOverlap": False} | axis,
    }


def _most_confused(confusion: Confusion) -> set[str]:
    """Names to draw: those in the most mistakes first, then the most frequent."""
    wrong, seen = Counter[str](), Counter[str]()
    for (right, said), number in confusion.items():
        for name in {right, said}:
            seen[name] += number
            wrong[name] += number * (right != said)
    return set(sorted(seen, key=lambda name: (-wrong[name], -seen[name], name))[:CONFUSED])


def _kind(right: str, said: str) -> str:
    return "right" if right == said else "mistake"


def _said(name: str | None, probability_of_right: float) -> str:
    return f"{name or 'nothing'} (right one: {percent(probability_of_right)})"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("f1", "F1")


def _score(value: Any) -> Any:
    return percent(value) if value is None or isinstance(value, float) else value
