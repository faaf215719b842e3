"""Models and their comparison in words and charts."""

from __future__ import annotations

import json

from recorder.learning.evaluation import Answers, Comparison, Question
from review_app.models import views


def answers(step: str, right: str, old: str | None, new: str | None) -> Answers:
    return Answers(Question("a/b", step, "understanding", right), old, new, 0.2, 0.9)


def test_a_comparison_is_counted_by_kind() -> None:
    better, worse = answers("1", "greet", "bye", "greet"), answers("2", "greet", "greet", None)
    comparison = Comparison((better, worse, answers("3", "greet", "bye", "greet")))

    assert views.comparison_counts(comparison) == [
        ("Intents right", "2 of 3", "+1, was 1"),
        ("Actions right", "0 of 0", None),
    ]
    assert views.change_row(better)["Step"] == "replay?session=a%2Fb&step=1"
    assert views.mistakes_sentence(comparison.new_confusion) == "1 mistake in 3 steps"


def test_a_confusion_shows_the_names_that_are_confused_most() -> None:
    confusion = {(f"i{n}", f"i{n}"): 10 for n in range(200)} | {("i150", "i160"): 3, ("i7", ""): 1}

    chart = views.confusion_chart(confusion)

    cells = chart["data"]["values"]
    assert {"right": "i150", "said": "i160", "steps": 3, "kind": "mistake"} in cells
    assert {"right": "i7", "said": "(nothing)", "steps": 1, "kind": "mistake"} in cells
    assert len({cell["right"] for cell in cells}) <= views.CONFUSED
    json.dumps(chart)
