"""Events to bytes and back."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recorder.events
from recorder.errors import EventNotStorable
from recorder.events.codec import EVENT_TYPES, decode, encode
from recorder.events.event import Event, declared
from recorder.events.prediction import ActionRanked
from recorder.events.session import Opaque, SlotSet, UserUttered

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)
BY_ANNOTATION: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(),
    "str | None": st.none() | st.text(),
    "int": st.integers(0, 10**6),
    "int | None": st.none() | st.integers(0, 10**6),
    "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(),
    "float | None": st.none() | st.floats(0, 1),
    "Any": JSON,
    "JsonObject": OBJECTS,
    "JsonObject | None": st.none() | OBJECTS,
    "tuple[JsonObject, ...]": st.lists(OBJECTS, max_size=2).map(tuple),
    "tuple[str, ...]": st.lists(st.text(), max_size=2).map(tuple),
    "tuple[int, ...]": st.lists(st.integers(0, 10**6), max_size=2).map(tuple),
    "tuple[int, ...] | None": st.none() | st.lists(st.integers(0, 10**6), max_size=2).map(tuple),
    "Ranking": st.lists(st.tuples(st.text(), st.floats(0, 1)), max_size=3).map(tuple),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(list(EVENT_TYPES.values())))
    return kind(**{name: draw(BY_ANNOTATION[of]) for name, of in declared(kind).items()})


@given(events())
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert decode(event.type, encode(event)) == event


@given(events(), st.randoms())
def test_equal_events_give_equal_bytes(event: Event, random: Any) -> None:
    shuffled = type(event)(
        **{name: _shuffled(getattr(event, name), random) for name in event.__struct_fields__}
    )

    assert encode(shuffled) == encode(event)


def _shuffled(value: Any, random: Any) -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: _shuffled(value[key], random) for key in keys}


@given(
    st.recursive(
        st.floats() | st.integers() | st.text(st.characters()),
        lambda i: st.lists(i) | st.dictionaries(st.text(st.characters()) | st.integers(), i),
    )
)
def test_what_json_cannot_say_is_mended_once_and_then_stays(value: Any) -> None:
    mended = decode("slot", encode(SlotSet("a", value)))

    assert decode("slot", encode(mended)) == mended


def test_every_event_class_is_in_the_table() -> None:
    for module in pkgutil.iter_modules(recorder.events.__path__):
        importlib.import_module(f"recorder.events.{module.name}")

    ours = {kind for kind in _leaves(Event) if kind.__module__.startswith("recorder.")}
    assert ours == set(EVENT_TYPES.values())
    assert all(kind.type == name for name, kind in EVENT_TYPES.items())


def _leaves(kind: type[Event]) -> list[type[Event]]:
    below = [leaf for each in kind.__subclasses__() for leaf in _leaves(each)]
    # `slots=True` makes a class anew; the one without slots may still be about.
    return below or ([kind] if "__slots__" in vars(kind) else [])


def test_a_kind_of_a_newer_program_is_kept_as_it_is() -> None:
    assert decode("levitated", b'{"height": 3}') == Opaque("levitated", {"height": 3})


def test_fields_at_their_default_are_not_stored() -> None:
    assert encode(UserUttered("hi")) == b'{"text":"hi"}'


@pytest.mark.parametrize("text", ["😀", "שלום", "a\0b", "<script>", "\r\n\u2028", "x" * 5_000_000])
def test_any_text_is_kept_exactly(text: str) -> None:
    assert decode("user", encode(UserUttered(text))) == UserUttered(text)


def test_half_a_character_becomes_a_replacement_and_two_halves_become_one() -> None:
    event = decode("user", encode(UserUttered("a\ud800b", {"k\udc00": ["\ud83d\ude00"]})))

    assert event == UserUttered("a\ufffdb", {"k\ufffd": ["😀"]})


def test_a_ranking_is_tuples_again() -> None:
    ranked = ActionRanked("e1", "m1", (("utter_greet", 0.75), ("action_listen", 0.25)))

    assert decode("action_ranked", encode(ranked)) == ranked


def test_what_is_no_json_is_refused_with_its_type() -> None:
    deep: Any = []
    for _ in range(2000):
        deep = [deep]

    for value in (deep, object(), 10**400):
        with pytest.raises(EventNotStorable, match="slot"):
            encode(SlotSet("a", value))
