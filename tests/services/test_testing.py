"""Test stories, heard and answered step by step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.actions.local import LocalActions
from recorder.dialogue.domain import DEFAULT_ACTIONS, Form
from recorder.errors import CasesUnusable
from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted, StepConfirmed
from recorder.learning.model import Model
from recorder.services import testing
from recorder.services.compiling import compile_export
from recorder.services.gold import reviewed_sessions
from recorder.services.reviewing import Desk
from recorder.services.testing import Case, Report
from recorder.services.training import train
from recorder.store.log import utc_now
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    SlotStep,
    Step,
    Story,
    UserStep,
)
from recorder.talking.bot import respond

BOT = """version: "3.1"
intents: [greet, thanks, book, ask_price]
entities: [city]
slots:
  city:
    type: text
    mappings: [{type: from_entity, entity: city}]
responses:
  utter_greet: [{text: Hello!}]
  utter_price: [{text: Ten.}]
  utter_booked: [{text: Booked.}]
  utter_welcome: [{text: Welcome.}]
  utter_ask_city: [{text: Where to?}]
forms:
  trip_form: {required_slots: [city]}
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
    - hi there
- intent: thanks
  examples: |
    - thank you
    - thanks a lot
- intent: ask_price
  examples: |
    - what does it cost
    - how much is it
- intent: book
  examples: |
    - book a trip
    - I want to travel
    - travel to [Berlin](city)
    - a trip to [Bonn](city)
rules:
- rule: price
  steps:
  - intent: ask_price
  - action: utter_price
- rule: trip
  steps:
  - intent: book
  - action: trip_form
  - active_loop: trip_form
- rule: booked
  condition:
  - active_loop: trip_form
  steps:
  - action: trip_form
  - active_loop: null
  - action: utter_booked
stories:
- story: a greeting
  steps:
  - intent: greet
  - action: utter_greet
  - intent: thanks
  - action: utter_welcome
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("bot")
    (folder / "bot.yml").write_text(BOT)
    return train([folder / "bot.yml"], ModelFiles(folder / "models"), clock=utc_now).model


def told(model: Model, folder: Path, steps: str, name: str = "test_stories.yml") -> Report:
    """Runs the stories of a text, or one story of these steps."""
    text = steps if "stories:" in steps or "## " in steps else f"stories:\n- story: one\n  steps:\n{steps}"
    (folder / name).write_text(text)
    cases, problems = testing.read([folder / name], model.domain)
    return testing.run(model, cases, problems=problems)


def faults(report: Report) -> list[tuple[int | None, str, str, str | None]]:
    """Line, reason, what was expected, what was predicted."""
    return [(o.line, f.reason, o.expected, o.predicted) for o in report.outcomes for f in o.faults]


def test_each_message_action_and_wait_is_a_step(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: hello\n    intent: greet\n  - action: utter_greet\n"
        "  - user: thank you\n    intent: thanks\n  - action: utter_welcome\n",
    )

    assert [o.kind for o in report.outcomes] == ["message", "action", "wait", "message", "action", "wait"]
    assert faults(report) == [] and report.share == 1.0


def test_after_an_error_the_storys_own_step_counts(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: hello\n    intent: greet\n  - action: utter_price\n"
        "  - user: hello\n    intent: thanks\n  - action: utter_welcome\n",
    )

    assert faults(report) == [
        (6, "action", "utter_price", "utter_greet"),
        (7, "intent", "thanks", "greet"),
    ]


def test_a_message_told_by_its_intent_is_not_heard(model: Model, tmp_path: Path) -> None:
    report = told(model, tmp_path, "  - intent: greet\n  - action: utter_greet\n")

    assert [o.kind for o in report.outcomes] == ["action", "wait"]


def test_entities_are_compared_with_those_that_are_marked(model: Model, tmp_path: Path) -> None:
    right = told(model, tmp_path, "  - user: travel to [Berlin](city)\n    intent: book\n")
    wrong = told(model, tmp_path, "  - user: travel [to](city) Berlin\n    intent: book\n")

    assert right.outcomes[0].entities == (1, 1, 1) and right.share == 1.0
    assert faults(wrong) == [(4, "entities", "book", "book")]


def test_a_form_runs_as_it_does_where_the_story_does_not_say(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: book a trip\n    intent: book\n  - action: trip_form\n"
        "  - user: travel to [Berlin](city)\n    intent: book\n  - slot_was_set:\n    - city: Berlin\n"
        "  - action: trip_form\n  - action: utter_booked\n",
    )

    assert faults(report) == []
    assert [o.kind for o in report.outcomes].count("slot") == 1


def test_an_interrupted_form_goes_on_after_a_rule(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: book a trip\n    intent: book\n  - action: trip_form\n  - active_loop: trip_form\n"
        "  - user: what does it cost\n    intent: ask_price\n  - action: utter_price\n"
        "  - action: trip_form\n  - active_loop: null\n  - action: utter_booked\n",
    )

    assert faults(report) == []


def test_of_a_form_of_rasa_1_only_its_name_is_known(model: Model, tmp_path: Path) -> None:
    legacy = replace(model.domain, forms=(Form("trip_form"),))
    unknown = replace(model, domain=legacy, policy=replace(model.policy, domain=legacy))

    report = told(
        unknown,
        tmp_path,
        '## one\n* book: book a trip\n  - trip_form\n  - form{"name": "trip_form"}\n'
        "* form: thanks: thank you\n  - form: trip_form\n* form: thanks: thank you\n  - form: trip_form\n",
        "conversation_tests.md",
    )

    assert faults(report) == []


def test_a_slot_that_a_message_fills_is_checked(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: travel to [Berlin](city)\n    intent: book\n  - slot_was_set:\n    - city: Bonn\n",
    )

    assert faults(report) == [(6, "slot", "city = 'Bonn'", "city = 'Berlin'")]


def test_names_that_the_domain_lacks_are_told_as_such(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: hello\n    intent: wave\n  - action: action_dance\n  - slot_was_set:\n    - mood: 1\n"
        "  - active_loop: dance_form\n",
    )

    assert [reason for _, reason, _, _ in faults(report)] == ["unknown name"] * 4


def test_alternatives_are_told_each_and_what_they_share_counts_once(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: hello\n    intent: greet\n  - action: utter_greet\n"
        "  - or:\n    - user: thank you\n      intent: thanks\n"
        "    - user: thanks a lot\n      intent: thanks\n"
        "  - action: utter_welcome\n",
    )

    assert faults(report) == []
    assert len(report.outcomes) == 2 + 2 * 4


def test_stories_are_joined_at_checkpoints(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "stories:\n- story: one\n  steps:\n  - user: hello\n    intent: greet\n  - action: utter_greet\n"
        "  - checkpoint: greeted\n- story: two\n  steps:\n  - checkpoint: greeted\n"
        "  - user: thank you\n    intent: thanks\n  - action: utter_welcome\n",
    )

    assert [(t.story.name, len(t.outcomes), t.passed) for t in report.stories] == [
        ("one", 3, True),
        ("two", 3, True),
    ]


def test_a_story_that_tests_nothing_is_a_problem(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "stories:\n- story: round\n  steps:\n  - checkpoint: a\n  - action: utter_greet\n  - checkpoint: a\n"
        "- story: mute\n  steps:\n  - intent: greet\n",
    )

    assert [(problem.line, problem.message.split(":")[0]) for problem in report.problems] == [
        (2, "story 'round' tests nothing"),
        (7, "story 'mute' tests nothing"),
    ]


def test_after_a_restart_the_story_goes_on_as_a_new_one(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "  - user: book a trip\n    intent: book\n  - action: trip_form\n"
        "  - user: /restart\n    intent: restart\n  - action: action_restart\n"
        "  - user: hello\n    intent: greet\n  - action: utter_greet\n",
    )

    assert faults(report) == []


steps = st.one_of(
    st.builds(UserStep, st.sampled_from(["greet", "restart", "strange"]), text=st.none() | st.text()),
    st.builds(UserStep, st.none(), text=st.text(min_size=1)),
    st.builds(
        ActionStep,
        st.sampled_from(["utter_greet", "trip_form", "strange", *DEFAULT_ACTIONS]),
    ),
    st.builds(BotStep, st.sampled_from(["Hello!", "Bye."])),
    st.builds(LoopStep, st.sampled_from([None, "trip_form", "strange"])),
    st.builds(lambda name, value: SlotStep(((name, value),)), st.sampled_from(["city", "x"]), st.text()),
    st.builds(CheckpointStep, st.sampled_from("ab")),
    st.builds(EventStep, st.sampled_from(["restart", "rewind", "undo", "reset_slots", "pause"])),
)


@settings(max_examples=40)
@given(st.lists(st.lists(steps, min_size=1, max_size=8), min_size=1, max_size=3))
def test_any_stories_are_told_to_their_end(model: Model, stories: list[list[Step]]) -> None:
    cases = [Case("f.yml", Story(f"s{i}", tuple(own), is_test=True)) for i, own in enumerate(stories)]

    report = testing.run(model, cases)

    assert [told.story for told in report.stories] == [case.story for case in cases]
    for told in report.stories:
        assert all(0 <= one.place < len(told.story.steps) for one in told.outcomes)
    assert set(testing.results(report)) == {
        "failed_test_stories.yml",
        "successful_test_stories.yml",
        "stories_with_warnings.yml",
    }


def test_legacy_markdown_is_told_as_well(model: Model, tmp_path: Path) -> None:
    report = told(
        model,
        tmp_path,
        "## one\n* greet: hello\n  - utter_greet\n* book: travel to [Bonn](city)\n  - utter_welcome\n",
        "conversation_tests.md",
    )

    assert faults(report) == [(5, "action", "utter_welcome", "trip_form")]


def test_in_a_folder_only_test_stories_are_taken(model: Model, tmp_path: Path) -> None:
    steps = "stories:\n- story: one\n  steps:\n  - user: hello\n    intent: greet\n"
    for name in ("test_a.yml", "other.yml"):
        (tmp_path / name).write_text(steps)

    cases, _ = testing.read([tmp_path], model.domain)
    named, _ = testing.read([tmp_path / "other.yml"], model.domain)

    assert [Path(case.file).name for case in cases] == ["test_a.yml"]
    assert [Path(case.file).name for case in named] == ["other.yml"]


def test_what_cannot_be_read_is_refused_by_file_and_line(model: Model, tmp_path: Path) -> None:
    (tmp_path / "test_broken.yml").write_text("stories:\n- story: [\n")

    with pytest.raises(CasesUnusable, match=r"test_broken\.yml:\d+: "):
        testing.read([tmp_path], model.domain)
    with pytest.raises(CasesUnusable, match="nowhere"):
        testing.read([tmp_path / "nowhere"], model.domain)


def test_a_folder_without_test_stories_is_refused(model: Model, tmp_path: Path) -> None:
    (tmp_path / "bot.yml").write_text(BOT)

    with pytest.raises(CasesUnusable, match="no test story"):
        testing.read([tmp_path], model.domain)


def with_action(model: Model, name: str) -> Model:
    domain = replace(model.domain, actions=(name,))
    return replace(model, domain=domain, policy=replace(model.policy, domain=domain))


@dataclass
class Book:
    """A custom action that looks at what happened, and fills a slot."""

    city: str
    seen: list[str] = field(default_factory=list)

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        self.seen += [event["event"] for event in tracker.events]
        return [{"event": "slot", "name": "city", "value": self.city}]


def test_what_an_action_brings_about_is_checked_where_it_is_run(model: Model, tmp_path: Path) -> None:
    (tmp_path / "test_.yml").write_text(
        "stories:\n- story: one\n  steps:\n  - user: hello\n    intent: greet\n  - action: action_book\n"
        "  - slot_was_set:\n    - city: Bonn\n  - user: thank you\n    intent: thanks\n"
    )
    booking = with_action(model, "action_book")
    cases, _ = testing.read([tmp_path], booking.domain)
    book = Book("Oslo")

    unrun = testing.run(booking, cases)
    run = testing.run(booking, cases, actions=LocalActions({"action_book": book}))

    assert [reason for _, reason, _, _ in faults(unrun)] == ["action"]
    assert [reason for _, reason, _, _ in faults(run)] == ["action", "slot"]
    assert book.seen == ["action", "user"]


def test_an_action_that_fails_is_a_step_that_failed(model: Model, tmp_path: Path) -> None:
    class Broken:
        def run(self, *given: Any) -> None:
            raise RuntimeError("no network")

    (tmp_path / "test_.yml").write_text("stories:\n- story: one\n  steps:\n  - action: action_book\n")
    cases, _ = testing.read([tmp_path], model.domain)

    report = testing.run(
        with_action(model, "action_book"), cases, actions=LocalActions({"action_book": Broken()})
    )

    assert "no network" in next(
        f.message for o in report.outcomes for f in o.faults if f.reason == "custom action"
    )


def test_a_reviewed_session_is_exported_as_a_test_that_its_model_passes(model: Model, tmp_path: Path) -> None:
    log = MemoryLog()
    for text in ("hello", "book a trip", "how much is it", "travel to Berlin", "/thanks"):
        respond(log, model, LocalActions(), "s", text)
    questions = Desk(log).session("s").questions
    log.append(review_stream("s", "ana"), [*(StepConfirmed(q.id, 0) for q in questions), ReviewSubmitted(1)])

    export = compile_export(reviewed_sessions(log, model.domain), model.domain, tests=True)
    report = told(model, tmp_path, export.files["test_stories.yml"].decode())

    assert faults(report) == [] and report.problems == ()
    kinds = [outcome.kind for outcome in report.outcomes]
    assert (kinds.count("message"), kinds.count("action"), kinds.count("wait")) == (4, 7, 5)
