"""The export page: counts at once, files at the press of a button."""

from __future__ import annotations

from pytest import MonkeyPatch
from streamlit.testing.v1 import AppTest

from recorder.events.event import review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.services import compiling
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import GREETING, session
from tests.review_app.conftest import Open, pressed


def review(log: SqlLog, name: str, *annotators: str) -> None:
    session(log, name, GREETING)
    for annotator in annotators:
        decided = [StepConfirmed(f"{name}-3", 0), StepConfirmed(f"{name}-6", 0), ReviewSubmitted(8)]
        log.append(review_stream(name, annotator), decided)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def codes(app: AppTest) -> str:
    return " ".join(code.value for code in app.code)


def test_what_there_is_to_compile_is_counted_without_compiling_anything(
    log: SqlLog, open_page: Open, monkeypatch: MonkeyPatch
) -> None:
    review(log, "a", "ana", "ben")
    review(log, "b", "ben")
    monkeypatch.setattr(compiling, "part_of", None)

    app = open_page("export")

    assert not app.exception
    assert "3 submitted reviews: ben 2, ana 1" in app.caption[0].value.replace("\\", "")
    assert metrics(app)["Steps agreed"] == "6"
    assert not app.download_button


def test_an_export_is_compiled_shown_and_noted_when_it_is_taken_away(log: SqlLog, open_page: Open) -> None:
    review(log, "a", "ana")

    app = pressed(open_page("export"), "Compile")

    assert "intent: greet" in codes(app)
    assert metrics(app)["Stories"] == "1"
    assert not list(log.streams("export/"))
    app.download_button[0].click().run()
    assert len(list(log.streams("export/"))) == 1


def test_it_stays_until_it_is_compiled_anew(log: SqlLog, open_page: Open) -> None:
    review(log, "a", "ana")
    app = pressed(open_page("export"), "Compile")
    review(log, "b", "ana")

    app.run()
    assert metrics(app)["Sessions"] == "1"
    assert metrics(app)["Steps agreed"] == "6"
    pressed(app, "Compile anew")

    assert metrics(app)["Sessions"] == "2"


def test_which_verdicts_are_taken_is_chosen_and_stands_in_the_manifest(log: SqlLog, open_page: Open) -> None:
    review(log, "a", "ana", "ben", "cleo")
    log.append(review_stream("a", "dan"), [ActionCorrected("a-3", 0, "utter_wave"), ReviewSubmitted(8)])
    app = open_page("export")
    assert "more than half said" in app.caption[1].value
    assert "3 of 3 reviewed steps" in app.caption[1].value

    app.segmented_control(key="verdicts").set_value("unanimous").run()

    assert "2 of 3 reviewed steps" in app.caption[1].value
    assert "--verdicts unanimous" in codes(app)
    pressed(app, "Compile")
    assert '"rule": "unanimous"' in codes(app)
    assert metrics(app)["Stories"] == "0"
    app.segmented_control(key="verdicts").set_value("majority").run()
    assert not app.download_button
    assert metrics(pressed(app, "Compile"))["Stories"] == "1"


def test_the_choice_is_in_the_address(log: SqlLog, open_page: Open) -> None:
    review(log, "a", "ana")

    app = open_page("export", verdicts="Adjudicated")

    assert "0 of 3 reviewed steps" in app.caption[1].value


def test_others_see_what_was_compiled(log: SqlLog, open_page: Open) -> None:
    review(log, "a", "ana")
    pressed(open_page("export"), "Compile")

    assert metrics(open_page("export"))["Stories"] == "1"


def test_what_was_compiled_with_something_that_is_forgotten_is_not_shown_any_more(
    log: SqlLog, open_page: Open
) -> None:
    for name in ("maria", "otto"):
        review(log, name, "ana")
    app = pressed(open_page("export"), "Compile")
    assert "maria" in codes(app)

    forget(log, ["maria"])
    app.run()
    assert "maria" not in codes(app)
    pressed(app, "Compile")

    assert "otto" in codes(app) and "maria" not in codes(app)
