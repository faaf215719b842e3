"""The list of sessions and its filters in words."""

from __future__ import annotations

from recorder.read_models.session_list import Entry, Filters, Totals
from review_app.inbox import views


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
