"""An export compiled in shards: the same bytes, whatever the shards."""

from __future__ import annotations

import pickle
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.events.event import review_stream, session_stream
from recorder.events.review import RestConfirmed, ReviewSubmitted
from recorder.events.session import ActionExecuted, SlotSet, UserUttered
from recorder.formats import story_markdown, story_yaml
from recorder.services.compiling import (
    _ORDINARY,
    Notation,
    Part,
    _can_be_head,
    compile_export,
    compile_shards,
    merged,
    part_of,
)
from recorder.services.gold import judged, reviewed_sessions
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.shards import Here, Shard
from recorder.stories.compiler import Dialogue, story_of
from recorder.stories.story import ActionStep, Step, Story, UserStep
from tests.benchmarks.crowd import DOMAIN, crowd
from tests.formats import told
from tests.given import GREETING, session

NOTATIONS = get_args(Notation)
HOSTILE = ("a #", "- x", "yes", "a\nb", "#1", "é", "a", "a b", "a  b", "[x](y", "\u202e")


def confirmed(log: EventLog, name: str) -> None:
    ids = tuple(question.id for question in Desk(log).session(name).questions)
    log.append(review_stream(name, "ana"), [RestConfirmed(ids[0], 0, ids), ReviewSubmitted(1)])


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    """Sessions alike and unlike, with names and texts that are hard to write, one text of two intents."""
    log = MemoryLog()
    crowd(log, 12)
    for name in HOSTILE:
        session(log, name, GREETING)
        confirmed(log, name)
    for name, intent, city in (("z1", "yes", "Rome"), ("z2", "no", None), ("z3", "no", "Oslo")):
        said = [UserUttered(text, {"intent": {"name": intent}}) for text in ("ok [x](y", "ok")]
        events = [
            e for each in said for e in (each, SlotSet("city", city), ActionExecuted(f"utter_{intent}"))
        ]
        log.append(session_stream(name), events)
        confirmed(log, name)
    return log


@settings(max_examples=20)
@given(st.integers(1, 30), st.sampled_from(NOTATIONS))
def test_whatever_the_shards_the_bytes_are_the_same(log: MemoryLog, size: int, notation: Notation) -> None:
    whole = compile_export(reviewed_sessions(log, DOMAIN), DOMAIN, notation)

    sharded = compile_shards(Here(log), judged(log, size=size), DOMAIN, notation)

    assert sharded == whole
    assert whole.manifest["counts"]["sessions"] == 12 + len(HOSTILE) + 3


def test_what_is_reviewed_later_does_not_count() -> None:
    log = MemoryLog()
    crowd(log, 5)
    at = log.position()
    before = compile_shards(Here(log), judged(log))
    session(log, "later", GREETING)
    confirmed(log, "later")

    assert compile_shards(Here(log), judged(log, as_of=at, size=3)) == before


def test_a_part_says_no_more_than_the_files_will() -> None:
    log = MemoryLog()
    log.append(
        session_stream("s"),
        [
            UserUttered("my words", {"intent": {"name": "greet"}}),
            SlotSet("secret", {"pin": "4711"}),
            ActionExecuted("utter_x"),
            UserUttered("/order", {"intent": {"name": "order"}}),
        ],
    )
    confirmed(log, "s")

    (shard,) = judged(log)
    sent = pickle.dumps(part_of(reviewed_sessions(log)))

    assert b"my words" in sent
    assert b"4711" not in sent and b"/order" not in sent
    assert isinstance(shard, Shard) and b"my words" not in pickle.dumps(shard)


def test_no_sessions_make_an_empty_export() -> None:
    assert merged([]) == merged([Part()]) == compile_export([])


@given(st.from_regex(_ORDINARY, fullmatch=True))
def test_every_notation_has_words_for_an_ordinary_name(name: str) -> None:
    head = story_of([Dialogue(name, 0, ())], ())
    steps = (UserStep("a"), ActionStep("b"))

    assert not story_yaml.unwritable([Story(head.name, steps, head.metadata)])
    assert not story_markdown.unwritable([Story(head.name, steps)])


@given(told.names, told.tuples(told.steps, 1).map(told.joined), st.sampled_from(NOTATIONS))
def test_a_story_can_be_written_where_its_head_and_its_steps_can(
    name: str, steps: tuple[Step, ...], notation: Notation
) -> None:
    head = story_of([Dialogue(name, 0, ())], ())
    story = Story(head.name, steps, head.metadata if notation == "yaml" else None)
    writer = story_yaml if notation == "yaml" else story_markdown

    text = writer.steps_text(steps)

    assert (text is not None and _can_be_head(head, notation)) == (not writer.unwritable([story]))
    if text is not None:
        assert writer.dump_told([(story, text)], {}) == writer.dump([story])
