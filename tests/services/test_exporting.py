"""Reviewed sessions -> files, and what the manifest says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from recorder.dialogue.domain import Domain, Intent
from recorder.errors import OutputExists, OutputUnwritable
from recorder.events.event import review_stream, session_stream
from recorder.events.review import (
    ActionCorrected,
    Decision,
    EntitiesCorrected,
    IntentCorrected,
    ResponseWritten,
    RestConfirmed,
    RestKept,
    ReviewReopened,
    ReviewSubmitted,
    StepConfirmed,
)
from recorder.events.session import ActionExecuted, ActionReverted, UserUtteranceReverted, UserUttered
from recorder.formats import domain_yaml, nlu_yaml, story_markdown, story_yaml
from recorder.review.people import operator
from recorder.services.compiling import compile_export
from recorder.services.exporting import record, write
from recorder.services.gold import reviewed_sessions
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.stories.story import ActionStep, UserStep
from tests.given import GREETING, REVIEWS, session

CITY = {"entity": "city", "value": "Rome", "start": 9, "end": 13}


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    session(log, "s", GREETING, REVIEWS)
    return log


def ids(log: EventLog, name: str = "s") -> list[str]:
    return [question.id for question in Desk(log).session(name).questions]


def review(
    log: EventLog, *decisions: Decision, name: str = "s", annotator: str = "ana", submit: bool = True
) -> None:
    log.append(review_stream(name, annotator), [*decisions, *([ReviewSubmitted(1)] if submit else [])])


def says(text: str, intent: str, *entities: dict[str, Any]) -> UserUttered:
    return UserUttered(text, {"intent": {"name": intent}, "entities": list(entities)})


def test_a_corrected_session_becomes_its_story(log: MemoryLog) -> None:
    a, b, c, _ = ids(log)
    review(
        log, StepConfirmed(a, 0), StepConfirmed(b, 0), ActionCorrected(c, 0, "action_show_concert_reviews")
    )

    export = compile_export(reviewed_sessions(log))
    (story,) = story_yaml.loads(export.files["stories.yml"].decode()).stories

    assert story.steps == (
        UserStep("greet"),
        ActionStep("utter_greet"),
        UserStep("compare_reviews"),
        ActionStep("action_show_concert_reviews"),
    )
    assert export.manifest["counts"]["steps_corrected"] == 1
    assert export.manifest["sessions"][0]["episodes"][0]["story"] == story.name == "s"


def test_a_corrected_session_becomes_its_test_story_too(log: MemoryLog) -> None:
    a, b, c, _ = ids(log)
    review(log, StepConfirmed(a, 0), StepConfirmed(b, 0), ActionCorrected(c, 0, "action_compare"))

    export = compile_export(reviewed_sessions(log), tests=True)
    (story,) = story_yaml.loads(export.files["test_stories.yml"].decode(), "test_stories.yml").stories

    assert story.is_test and export.manifest["counts"]["tests"] == 1
    assert story.steps == (
        UserStep("greet", text="hello"),
        ActionStep("utter_greet"),
        UserStep("compare_reviews", text="which one is better"),
        ActionStep("action_compare"),
    )


@pytest.mark.parametrize(
    ("text", "entities", "told"),
    [
        ("  play in Rome ", [CITY | {"start": 10, "end": 14}], "play in [Rome](city)"),
        ("/play", [], None),
        ("play [in](Rome)", [], None),
        (
            "play in Rome",
            [CITY | {"start": 8, "end": 12}, {"entity": "all", "value": 1, "start": 0, "end": 12}],
            None,
        ),
        ("play in Rome", [{"entity": "city", "value": "Rome"}], None),
    ],
)
def test_a_test_story_has_the_words_that_its_notation_can_hold(
    text: str, entities: list[dict[str, Any]], told: str | None
) -> None:
    log = MemoryLog()
    events = [says(text, "play", *entities), ActionExecuted("act"), ActionExecuted("action_listen")]
    log.append(session_stream("s"), events)
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))))

    export = compile_export(reviewed_sessions(log), tests=True)

    written = export.files["test_stories.yml"].decode()
    (story,) = story_yaml.loads(written, "test_stories.yml").stories
    user = story.steps[0]
    assert isinstance(user, UserStep) and user.intent == "play"
    assert len(user.entities) == len(entities)
    assert (f"user: {told}" in written or f'user: "{told}"' in written) if told else user.text is None


def test_tests_go_when_the_next_export_has_none(log: MemoryLog, tmp_path: Path) -> None:
    review(log, *(StepConfirmed(step, 0) for step in ids(log)))
    write(compile_export(reviewed_sessions(log), tests=True), tmp_path)

    write(compile_export(reviewed_sessions(log)), tmp_path, force=True)

    assert not (tmp_path / "test_stories.yml").exists()


def test_only_submitted_reviews_count(log: MemoryLog) -> None:
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))), submit=False)
    assert compile_export(reviewed_sessions(log)).manifest["counts"]["sessions"] == 0

    log.append(review_stream("s", "ana"), [ReviewSubmitted(1), ReviewReopened()])
    assert compile_export(reviewed_sessions(log)).manifest["counts"]["sessions"] == 0


def test_corrected_and_confirmed_messages_become_examples_once_and_structured_ones_do_not() -> None:
    log = MemoryLog()
    turns = [
        says("trains to Rome", "greet"),
        says("/greet", "greet"),
        says("hello", "greet"),
        says("hello", "greet"),
        says("EXTERNAL: ring", "ring"),
    ]
    log.append(session_stream("s"), [e for turn in turns for e in (turn, ActionExecuted("utter_greet"))])
    questions = ids(log)
    message = Desk(log).session("s").questions[0].steps[0]
    entities = EntitiesCorrected(message, 1, (CITY | {"start": 10, "end": 14},))
    review(
        log, IntentCorrected(message, 0, "travel"), entities, RestConfirmed(questions[0], 2, tuple(questions))
    )

    nlu = nlu_yaml.loads(compile_export(reviewed_sessions(log)).files["nlu.yml"].decode()).data

    assert [(e.text, e.intent, [s.entity for s in e.entities]) for e in nlu.examples] == [
        ("trains to Rome", "travel", ["city"]),
        ("hello", "greet", []),
    ]


def test_a_text_with_two_intents_is_left_out_and_told() -> None:
    log = MemoryLog()
    log.append(
        session_stream("s"),
        [says("ok", "yes"), ActionExecuted("a"), says("ok", "thanks"), ActionExecuted("b")],
    )
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))))

    export = compile_export(reviewed_sessions(log))

    assert export.manifest["counts"]["examples"] == 0
    assert "several intents: thanks, yes" in export.manifest["messages_left_out"][0]["reason"]


def test_what_is_new_is_told_against_the_domain(log: MemoryLog) -> None:
    a, b, c, _ = ids(log)
    review(
        log,
        StepConfirmed(a, 0),
        StepConfirmed(b, 0),
        ActionCorrected(c, 0, "utter_sorry"),
        ResponseWritten(c, 1, "utter_sorry", "Sorry: {name}"),
    )
    known = Domain(intents=(Intent("greet"),), actions=("utter_greet",))

    export = compile_export(reviewed_sessions(log, known), known)
    added = domain_yaml.loads(export.files["domain_additions.yml"].decode()).domain

    assert added.intent_names == ("compare_reviews",)
    assert added.responses == {"utter_sorry": ({"text": "Sorry: {name}"},)}
    assert "utter_greet" not in added.action_names


def test_undone_and_rewound_events_never_appear() -> None:
    log = MemoryLog()
    log.append(
        session_stream("s"),
        [
            ActionExecuted("action_listen"),
            says("hi", "greet"),
            ActionExecuted("utter_wrong"),
            ActionReverted(),
            ActionExecuted("utter_greet"),
            ActionExecuted("action_listen"),
            says("mistaken", "wrong_intent"),
            ActionExecuted("utter_lost"),
            UserUtteranceReverted(),
            ActionExecuted("action_listen"),
        ],
    )
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))))

    export = compile_export(reviewed_sessions(log))

    for content in export.files.values():
        assert not any(
            word in content for word in (b"utter_wrong", b"wrong_intent", b"utter_lost", b"mistaken")
        )


def test_disagreement_stops_the_story_and_is_told(log: MemoryLog) -> None:
    a, b, c, d = ids(log)
    review(log, RestConfirmed(a, 0, (a, b, c, d)))
    review(log, RestConfirmed(a, 0, (a, b)), ActionCorrected(c, 0, "x"), RestKept(c, 1), annotator="ben")

    (told,) = compile_export(reviewed_sessions(log)).manifest["sessions"]

    assert told["annotators"] == ["ana", "ben"]
    assert told["episodes"][0]["ends_early"] == "the annotators disagree on step 3"


def test_the_same_position_of_the_log_gives_the_same_bytes(log: MemoryLog) -> None:
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))))
    first = compile_export(reviewed_sessions(log))
    at = log.position()

    record(log, first, operator("ana"))
    session(log, "t", GREETING)
    review(log, RestConfirmed(ids(log, "t")[0], 0, tuple(ids(log, "t"))), name="t")

    assert compile_export(reviewed_sessions(log, as_of=at)) == first
    assert compile_export(reviewed_sessions(log)) != first


def test_legacy_markdown_says_the_same(log: MemoryLog) -> None:
    review(log, RestConfirmed(ids(log)[0], 0, tuple(ids(log))))

    export = compile_export(reviewed_sessions(log), notation="markdown")

    stories = story_markdown.loads(export.files["stories.md"].decode()).stories
    assert [s.steps[0] for s in stories] == [UserStep("greet")]


def test_nothing_is_overwritten_unless_told_to(log: MemoryLog, tmp_path: Path) -> None:
    export = compile_export(reviewed_sessions(log))
    (tmp_path / "nlu.yml").write_text("mine")

    with pytest.raises(OutputExists):
        write(export, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["nlu.yml"]
    assert (tmp_path / "nlu.yml").read_text() == "mine"

    write(export, tmp_path, force=True)
    assert {p.name for p in tmp_path.iterdir()} == set(export.files)
    assert orjson.loads((tmp_path / "manifest.json").read_bytes()) == export.manifest


def test_stories_in_the_other_notation_go_with_the_export_they_came_from(
    log: MemoryLog, tmp_path: Path
) -> None:
    write(compile_export(reviewed_sessions(log)), tmp_path)
    markdown = compile_export(reviewed_sessions(log), notation="markdown")

    write(markdown, tmp_path, force=True)
    assert {p.name for p in tmp_path.iterdir()} == set(markdown.files)

    (tmp_path / "stories.md").write_text("edited by hand")
    write(compile_export(reviewed_sessions(log)), tmp_path, force=True)
    assert (tmp_path / "stories.md").read_text() == "edited by hand"


def test_a_folder_that_cannot_be_written_to_is_said_so(log: MemoryLog, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(OutputUnwritable):
        write(compile_export(reviewed_sessions(log)), tmp_path / "file" / "out")


def test_hostile_names_and_texts_survive_the_way_to_disk_and_back() -> None:
    log = MemoryLog()
    name = 'a/b\n"c": #<script>\u202e \U0001f600'
    texts = [
        "<script>alert(1)</script>",
        "- intent: x\n  - y",
        "\u05e9\u05dc\u05d5\u05dd",
        "[x](y",
        "a: b # c",
        "{}",
    ]
    log.append(session_stream(name), [e for t in texts for e in (says(t, "chat"), ActionExecuted("utter_x"))])
    review(log, RestConfirmed(ids(log, name)[0], 0, tuple(ids(log, name))), name=name)

    export = compile_export(reviewed_sessions(log))

    (story,) = story_yaml.loads(export.files["stories.yml"].decode()).stories
    assert story.metadata == {"sessions": [name]}
    examples = {e.text for e in nlu_yaml.loads(export.files["nlu.yml"].decode()).data.examples}
    told = {m["step"] for m in export.manifest["messages_left_out"]}
    assert len(examples) + len(told) == len(texts)
    assert examples <= set(texts)
