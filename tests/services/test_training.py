"""Train from files, compare on reviewed sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from recorder.dialogue.domain import Domain, Intent
from recorder.errors import DomainMismatch, TrainingError
from recorder.events.event import NewEvent, review_stream, session_stream
from recorder.events.review import ActionCorrected, IntentCorrected, ReviewSubmitted, StepConfirmed
from recorder.events.session import ActionExecuted, SlotSet, UserUttered
from recorder.learning.model import Model
from recorder.learning.model import train as learn
from recorder.review.people import operator
from recorder.services.gold import reviewed_sessions
from recorder.services.training import Training, compare, questions, train
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from tests.learning.given import DIALOGUES, DOMAIN, NLU, SEARCHED, says

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
BOT = """\
version: "3.1"
intents: [greet, goodbye]
actions: [act]
responses: {utter_greet: [{text: Hi}]}
"""
NLU_FILE = """\
nlu:
- intent: greet
  examples: |
    - hello
    - hi
- intent: goodbye
  examples: |
    - bye
    - see you
"""
STORIES = """\
stories:
- story: one
  steps:
  - intent: greet
  - action: utter_greet
- story: two
  steps:
  - intent: goodbye
  - action: act
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "domain.yml").write_text(BOT)
    (tmp_path / "nlu.yml").write_text(NLU_FILE)
    (tmp_path / "stories.yml").write_text(STORIES)
    return tmp_path


def trained(folder: Path) -> Training:
    return train(sorted(folder.glob("*.yml")), ModelFiles(folder / "models"), clock=lambda: NOON)


def test_a_model_is_learned_from_files_and_written(folder: Path) -> None:
    training = trained(folder)

    assert training.file.counts == {
        "intents": 2,
        "examples": 4,
        "stories": 2,
        "rules": 0,
        "dialogues": 2,
        "actions": 3,
    }
    assert set(training.file.scores) == {
        "intent_accuracy",
        "intent_macro_f1",
        "action_accuracy",
        "action_macro_f1",
    }
    loaded = ModelFiles(folder / "models").load("latest")
    assert loaded.parse("hello").intent_ranking[0][0] == "greet"
    assert loaded.id == training.file.data_hash[:12] == training.model.id


def test_the_same_files_give_the_same_model(folder: Path) -> None:
    assert trained(folder).model.id == trained(folder).model.id


def test_one_more_story_gives_another_model(folder: Path) -> None:
    first = trained(folder).model.id
    (folder / "more.yml").write_text(
        STORIES.replace("one", "three").replace("two", "four").replace("act", "utter_greet")
    )

    assert trained(folder).model.id != first


def test_an_unreadable_file_stops_the_training_and_nothing_is_written(folder: Path) -> None:
    (folder / "bad.yml").write_text("stories: [")

    with pytest.raises(TrainingError, match=r"bad\.yml:\d"):
        trained(folder)

    assert not (folder / "models").exists()


def test_a_missing_path_is_named(folder: Path) -> None:
    with pytest.raises(TrainingError, match="nowhere"):
        train([folder, folder / "nowhere"], ModelFiles(folder / "models"), clock=lambda: NOON)


def test_without_a_domain_nothing_is_trained(folder: Path) -> None:
    (folder / "domain.yml").unlink()

    with pytest.raises(TrainingError, match="--domain"):
        trained(folder)


def test_a_domain_alone_teaches_nothing(folder: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to learn"):
        train([folder / "domain.yml"], ModelFiles(folder / "models"), clock=lambda: NOON)


def test_what_no_domain_declares_is_told_and_the_rest_is_learned(folder: Path) -> None:
    (folder / "more.yml").write_text(STORIES.replace("goodbye", "unknown").replace("act\n", "nobody_knows\n"))

    training = trained(folder)

    messages = [problem.message for problem in training.problems]
    assert any("intent 'unknown'" in message for message in messages)
    assert any("action 'nobody_knows'" in message for message in messages)
    assert "nobody_knows" not in training.model.policy.actions


def test_the_position_of_an_export_is_kept(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(orjson.dumps({"log_position": 812}))

    assert trained(folder).file.log_position == 812


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"log_position": "x"}'])
def test_a_strangers_manifest_is_passed_over(folder: Path, manifest: bytes) -> None:
    (folder / "manifest.json").write_bytes(manifest)

    assert trained(folder).file.log_position is None


def reviewed(log: MemoryLog) -> None:
    """A session in which the bot did not know what to do with `compare`, and what a person says of it."""
    asked = UserUttered("compare them", {"intent": {"name": "greet"}})
    told = [*SEARCHED, ActionExecuted("action_listen"), asked, ActionExecuted("utter_bye")]
    events = [NewEvent(event, id=f"s-{i}") for i, event in enumerate(told)]
    log.append(session_stream("s"), events)
    decisions = [
        StepConfirmed("s-2", 0),
        StepConfirmed("s-4", 0),
        IntentCorrected("s-5", 0, "compare"),
        ActionCorrected("s-6", 0, "act_compare"),
    ]
    log.append(review_stream("s", "ana"), [*decisions, ReviewSubmitted(7)])


def models() -> tuple[Model, Model]:
    return learn(NLU, DIALOGUES[:2], DOMAIN), learn(NLU, DIALOGUES, DOMAIN)


def test_the_corrected_step_is_where_the_new_model_is_better() -> None:
    log = MemoryLog()
    reviewed(log)
    old, new = models()

    comparison = compare(log, old, new, operator("ana"))

    assert [(a.question.step, a.question.right, a.new) for a in comparison.better] == [
        ("s-6", "act_compare", "act_compare")
    ]
    assert not comparison.worse
    assert [a.question.right for a in comparison.of("understanding").answers] == ["compare"]
    assert [a.question.right for a in comparison.of("action").answers] == [
        "act_search",
        "action_listen",
        "act_compare",
    ]


def test_no_review_means_nothing_to_compare() -> None:
    old, new = models()

    assert compare(MemoryLog(), old, new, operator("ana")).answers == ()


def test_a_model_of_another_bot_is_refused() -> None:
    log = MemoryLog()
    reviewed(log)
    stranger = learn(NLU, [], Domain(intents=(Intent("greet"),), actions=("other",)))

    with pytest.raises(DomainMismatch):
        compare(log, stranger, models()[1], operator("ana"))


def test_slots_that_a_correction_undid_are_not_seen() -> None:
    log = MemoryLog()
    wrong = [*says("search"), ActionExecuted("utter_bye"), SlotSet("vip", True)]
    log.append(session_stream("s"), [NewEvent(event, id=f"s-{i}") for i, event in enumerate(wrong)])
    log.append(review_stream("s", "ana"), [ActionCorrected("s-2", 0, "act_search"), ReviewSubmitted(4)])

    (session,) = reviewed_sessions(log, DOMAIN)
    (asked,) = questions(session, DOMAIN)

    assert asked.question.right == "act_search"
    assert not isinstance(asked.given, str) and asked.given.slots["vip"] is None


def test_two_domains_are_merged(folder: Path) -> None:
    (folder / "additions.yml").write_text("intents: [late]\nactions: [act_late]\n")

    model = trained(folder).model

    assert "act_late" in model.policy.actions
    assert ("late", 0.0) in model.parse("hello").intent_ranking
    assert model.domain != replace(model.domain, intents=())


def reviewed_greeting(log: EventLog) -> None:
    """A session in which `goodbye` was answered with a greeting, and corrected."""
    told = [ActionExecuted("action_listen"), *says("goodbye")[1:], ActionExecuted("utter_greet")]
    log.append(session_stream("s"), [NewEvent(event, id=f"s-{i}") for i, event in enumerate(told)])
    log.append(review_stream("s", "ana"), [ActionCorrected("s-2", 0, "act"), ReviewSubmitted(3)])
