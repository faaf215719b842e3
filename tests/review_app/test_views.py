"""What the pages say, without the pages."""

from __future__ import annotations

import doctest
import io
import json
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.learning.evaluation import Answers, Comparison, Question
from recorder.read_models.session_list import Entry, Filters, Totals
from review_app import views


def entry(**changes: object) -> Entry:
    plain: dict[str, object] = dict.fromkeys(Entry.__slots__, 0)
    absent = dict.fromkeys(("started", "ended", "intent_confidence", "action_confidence", "confidence"))
    texts = {
        "id": "s",
        "source": "",
        "opening": "",
        "status": "new",
        "flags": (),
        "doubtful": None,
        "tags": (),
        "excerpt": (),
    }
    return Entry(**(plain | absent | texts | changes))  # type: ignore[arg-type]  # each test names its own


def answers(step: str, right: str, old: str | None, new: str | None) -> Answers:
    return Answers(Question("a/b", step, "understanding", right), old, new, 0.2, 0.9)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(views).failed == 0


@pytest.mark.parametrize(
    ("sure", "level"), [(None, "unknown"), (0.0, "low"), (0.5, "middle"), (0.8, "high"), (1.0, "high")]
)
def test_a_probability_has_a_level(sure: float | None, level: str) -> None:
    assert views.level(sure) == level


def test_progress_of_nothing_is_no_progress() -> None:
    assert views.progress(Totals(0, 0, 0), "ana") == (0.0, "**ana**: 0 of 0 sessions reviewed")
    assert views.progress(Totals(4, 1, 2), "a*")[1] == "**a\\***: 2 of 4 sessions reviewed, 1 begun"


def test_a_submitted_row_says_what_was_corrected() -> None:
    row = views.session_row(entry(status="submitted", corrected=3, flags=("bug",), notes=1, episodes=2))

    assert (row["statusText"], row["flags"]) == ("submitted, 3 corrected", ["bug"])
    assert row["facts"][-2:] == ["2 episodes", "1 note"]


def test_every_active_filter_has_a_chip() -> None:
    filters = Filters(text=" hi ", intents=("a", "b"), statuses=("new",), low=0.1, high=0.4)

    assert [chip.label for chip in views.chips(filters)] == [
        "“hi”",
        "new",
        "intent: a",
        "intent: b",
        "least sure step: 10 % to 40 %",
    ]
    assert not list(views.chips(Filters()))


@given(st.text())
def test_plain_text_keeps_its_characters_and_hides_none(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", views.plain(text)) == text.replace("\n", " ")


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


def test_equal_files_make_equal_archives() -> None:
    files = {"stories.yml": b"a", "nlu.yml": b"b"}

    archive = views.zipped(files)

    assert archive == views.zipped(files)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
