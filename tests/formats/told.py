"""Any stories, NLU data and domains, for properties of the notations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.formats import annotated_text
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
)

_LOOKS_LIKE_MORE = """
yes no on y null ~ true 1 1.5 1e3 0o7 012 2020-01-01 12:30 - # ? a:b a: b#c {} [] & *x !y | > % @ `z` 'q' "
<< = é 日本 👍 .inf --- ... role group <!-- -->
"""
TRICKY = st.sampled_from([*_LOOKS_LIKE_MORE.split(), "", "a #b", "a OR b", "\u200f\u05d0", "form: a", "## a"])
texts = st.one_of(TRICKY, st.text(min_size=1, max_size=12))
names = texts.filter(bool)
integers = st.integers(-(1 << 63), (1 << 64) - 1)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
optional = st.none() | names


def tuples(of: st.SearchStrategy[Any], smallest: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=smallest, max_size=3).map(tuple)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[EntitySpan, ...]]:
    """A text with entities that can be written."""
    text, spans = "", []
    for is_marked in draw(st.lists(st.booleans(), max_size=4)):
        words = draw(texts.filter(str.strip))
        if is_marked:
            span = EntitySpan(
                len(text),
                len(text) + len(words),
                draw(names),
                draw(st.just(words) | texts),
                draw(optional),
                draw(optional),
            )
            spans.append(span)
        text += words
    return text, tuple(spans)


def writable(text: str, spans: tuple[EntitySpan, ...]) -> bool:
    return annotated_text.can_be_written(text, spans)


_spoken = marked().filter(lambda one: writable(*one) and bool(one[0]) and one[0] == one[0].strip())
entities = st.builds(
    StoryEntity, names.filter(lambda name: name not in ("role", "group")), values, optional, optional
)
slots = tuples(st.tuples(names, values), 1)


@st.composite
def spoken_steps(draw: st.DrawFn, intent: st.SearchStrategy[str | None] = optional) -> UserStep:
    text, spans = draw(_spoken)
    placed = tuple(StoryEntity(s.entity, s.value, s.role, s.group, s.start, s.end) for s in spans)
    return UserStep(draw(intent), placed, text)


_intents = names.filter(lambda name: not name.startswith("/"))
user_steps = st.builds(UserStep, _intents, tuples(entities)) | spoken_steps(st.none() | _intents)
slot_steps = st.builds(SlotStep, slots)
steps: st.SearchStrategy[Step] = st.one_of(
    user_steps,
    st.builds(ActionStep, names),
    st.builds(BotStep, names),
    slot_steps,
    st.builds(LoopStep, optional),
    st.builds(CheckpointStep, names) | st.builds(CheckpointStep, names, slots),
    st.builds(OrStep, tuples(user_steps, 1) | tuples(slot_steps, 1)),
)


def joined(told: tuple[Step, ...]) -> tuple[Step, ...]:
    """Without slot steps that follow each other."""
    kept: list[Step] = []
    for step in told:
        if not (isinstance(step, SlotStep) and kept and isinstance(kept[-1], SlotStep)):
            kept.append(step)
    return tuple(kept)


stories = st.lists(
    st.builds(Story, names, tuples(steps, 1).map(joined), values),
    max_size=3,
    unique_by=lambda story: story.name,
).map(tuple)
rules = st.lists(
    st.builds(
        Rule,
        names,
        tuples(steps, 1).map(joined),
        tuples(slot_steps | st.builds(LoopStep, optional)).map(joined),
        st.booleans(),
        st.booleans(),
        values,
    ),
    max_size=3,
    unique_by=lambda rule: rule.name,
).map(tuple)

# What Markdown has words for: names without its own signs, entities without roles, no rules.
words = st.text("abcdefgxyzåß日_-0123456789.", min_size=1, max_size=8).filter(
    lambda word: word[0] not in "_.-"
)
plain_entities = st.lists(
    st.builds(StoryEntity, names, values), max_size=3, unique_by=lambda entity: entity.entity
).map(tuple)
plain_users = st.builds(UserStep, words, plain_entities)
markdown_steps: st.SearchStrategy[Step] = st.one_of(
    plain_users,
    st.builds(ActionStep, words.filter(lambda name: name not in ("slot", "form"))),
    slot_steps,
    st.builds(LoopStep, optional),
    st.builds(CheckpointStep, words),
    st.builds(OrStep, tuples(plain_users, 2)),
)
markdown_stories = st.lists(
    st.builds(Story, words, tuples(markdown_steps, 1).map(joined)),
    max_size=3,
    unique_by=lambda story: story.name,
).map(tuple)


@st.composite
def _examples(draw: st.DrawFn) -> Example:
    text, spans = draw(_spoken)
    return Example(text, draw(names), spans, draw(st.none() | values))


_table = st.dictionaries(names, st.lists(words, min_size=1, max_size=3, unique=True).map(tuple), max_size=2)
nlu = st.builds(
    NluData,
    st.lists(_examples(), max_size=4).map(lambda found: tuple(sorted(found, key=lambda e: e.intent))),
    _table,
    _table,
    _table,
)

_mappings = st.builds(
    SlotMapping,
    names,
    optional,
    optional,
    optional,
    values,
    tuples(names),
    tuples(names),
    tuples(st.tuples(optional, optional)),
    optional,
)


def _named(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=2, unique_by=lambda one: one.name).map(tuple)


_limits = st.floats(allow_nan=False, allow_infinity=False)
domains = st.builds(
    Domain,
    intents=_named(st.builds(Intent, names, st.none() | tuples(names), tuples(names))),
    entities=_named(st.builds(Entity, names, tuples(names), tuples(names), st.booleans())),
    slots=_named(
        st.builds(
            Slot,
            names,
            names.filter(lambda kind: kind not in ("any", "unfeaturized")),
            st.booleans(),
            values,
            tuples(values),
            _limits,
            _limits,
            tuples(_mappings),
        )
    ),
    actions=st.lists(names, max_size=3, unique=True).map(tuple),
    responses=st.dictionaries(
        names.map("utter_{}".format),
        tuples(st.dictionaries(names, values, min_size=1, max_size=2)),
        max_size=2,
    ),
    forms=_named(st.builds(Form, names, tuples(names), tuples(names))),
    session_expiration_time=_limits,
    carry_over_slots=st.booleans(),
)
