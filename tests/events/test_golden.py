"""What a released version wrote is read for ever.

After a change of events or of the schema: `python -m tests.golden.keep`, and look at the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from msgspec.json import Decoder

from recorder.errors import EventTooNew
from recorder.events import codec
from recorder.events.codec import EVENT_TYPES, UPCASTERS, decode, encode, schema_of
from recorder.events.event import Event, JsonObject
from recorder.events.session import Opaque, UserUttered
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from tests.golden import keep


def test_what_is_frozen_has_not_changed() -> None:
    assert keep.released()
    assert keep.sums() == keep.sums_of_today()


def test_every_row_is_still_the_event_that_it_was() -> None:
    assert keep.expected() == keep.EXPECTED.read_text()


def test_every_type_of_event_is_kept_as_this_program_writes_it() -> None:
    """`python -m tests.golden.keep` adds what is missing."""
    kept = set(keep.rows())

    assert [row for row in keep.rows_of_today() if row not in kept] == []
    assert {row.type for row in kept} == set(EVENT_TYPES)


def test_rows_of_the_present_shape_are_written_again_as_they_are() -> None:
    rows = [row for row in keep.rows() if row.schema == schema_of(row.type)]

    assert [encode(row.event()).decode() for row in rows] == [row.payload for row in rows]


class Greeted(Event, frozen=True):
    """A type with a past: `{"who"}` became `{"name"}`, then `{"first", "last"}`."""

    type: ClassVar[str] = "greeted"

    first: str
    last: str
    loud: bool = False


def _named(old: JsonObject) -> JsonObject:
    return {"name": old["who"]}


def _split(old: JsonObject) -> JsonObject:
    first, _, last = old["name"].partition(" ")
    return {"first": first, "last": last}


@contextmanager
def known(kind: type[Any], monkeypatch: pytest.MonkeyPatch, *upcasters: Any) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(EVENT_TYPES, kind.type, kind)
        patch.setitem(UPCASTERS, kind.type, upcasters)
        patch.setitem(codec._FIELDS, kind, [("first", ...), ("last", ...), ("loud", False)])
        patch.setitem(codec._TUPLES, kind, [])
        patch.setitem(codec._DECODERS, kind.type, Decoder(kind))
        yield


@pytest.mark.parametrize(
    ("schema", "payload"),
    [(1, '{"who":"Zoë Lee"}'), (2, '{"name":"Zoë Lee"}'), (3, '{"first":"Zoë","last":"Lee"}')],
)
def test_older_shapes_are_upcast_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, schema: int, payload: str
) -> None:
    with known(Greeted, monkeypatch, _named, _split):
        assert schema_of("greeted") == 3
        assert decode("greeted", payload, schema) == Greeted("Zoë", "Lee")
        assert decode("greeted", encode(Greeted("Zoë", "Lee", loud=True))) == Greeted("Zoë", "Lee", loud=True)


def test_the_log_says_in_which_shape_it_was_written(
    any_sql_log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with known(Greeted, monkeypatch):
        any_sql_log.append("session/a", [Greeted("Zoë Lee", "")])
    rows = any_sql_log.read("session/a")

    with known(Greeted, monkeypatch, lambda old: {"name": old["first"]}, _split):
        any_sql_log.append("session/a", [Greeted("Ann", "Lee")])
        assert [row.event for row in any_sql_log.read("session/a")] == [
            Greeted("Zoë", "Lee"),
            Greeted("Ann", "Lee"),
        ]
    assert [row.event for row in rows] == [Opaque("greeted", {"first": "Zoë Lee", "last": ""})]


@pytest.mark.parametrize(
    ("schema", "payload", "what"),
    [
        (2, '{"text":"hi"}', "shape 2"),
        (1, '{"text":"hi","mood":"glad"}', "a field 'mood'"),
    ],
)
def test_what_a_newer_program_wrote_is_refused_rather_than_misread(
    schema: int, payload: str, what: str
) -> None:
    with pytest.raises(EventTooNew, match=f"'user' has {what}: a newer program wrote it. Update"):
        decode("user", payload, schema)


def test_a_newer_programs_event_stops_who_folds_over_it_and_nobody_else(
    any_sql_log: SqlLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(UPCASTERS, "user", (dict,))
        any_sql_log.append("session/a", [UserUttered("hi")])
    any_sql_log.append("session/b", [UserUttered("ho")])

    (row,) = any_sql_log.read("session/a")
    with pytest.raises(EventTooNew):
        _ = row.event
    assert [row.event for row in any_sql_log.read("session/b")] == [UserUttered("ho")]
    assert [row.position for row in any_sql_log.read_all()] == [1, 2]


@pytest.mark.parametrize(("schema", "payload"), [(0, "{}"), (1, "[]"), (1, "{}"), (1, "7")])
def test_what_is_no_event_is_no_newer_one_either(schema: int, payload: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode("user", payload, schema)


def test_memory_and_database_read_the_same(sql_log: SqlLog) -> None:
    for log in (MemoryLog(), sql_log):
        events = [row.event() for row in keep.rows()]
        log.append("session/a", events)

        assert [row.event for row in log.read("session/a")] == events
