"""Every kind of tampering with the tables of a log is found, and the first event is named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from msgspec import structs
from sqlalchemy import Boolean, Column, Table, delete, insert, update

from recorder.audit.stored_rows import leaf_at
from recorder.events.event import checkpoint_stream
from recorder.events.session import UserUttered
from recorder.store.chain import digest_of, link_of
from recorder.store.statements import EVENTS, HEAD, KEYS, STREAMS
from tests.audit.hands import World, first, raw

TABLES = (EVENTS, STREAMS, HEAD, KEYS)
COLUMNS = [
    pytest.param(table, column, id=f"{table.name}.{column.name}") for table in TABLES for column in table.c
]


def changed(value: Any) -> Any:
    """Another value, as near as it gets."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1_003  # none that is there
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 16)
        case bytes():
            middle = len(value) // 2
            return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
        case datetime():
            return value + timedelta(microseconds=1)
    raise TypeError(value)


def test_a_log_that_nobody_touched_is_right(world: World) -> None:
    outside = world.checkpoint()

    report = world.verify(outside, deep=True)

    assert report.is_right and not report.findings
    assert (report.events, report.streams, report.keys) == (25, 6, 4)
    assert (report.checkpoints, report.unchecked, report.keys_unchecked) == (2, 0, "")


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_change_in_any_column_is_found(world: World, table: Table, column: Column[Any]) -> None:
    rows = world.get(table)
    row = rows[len(rows) // 2]
    value = bool(row[column.name]) if isinstance(column.type, Boolean) else row[column.name]
    (key,) = table.primary_key.columns

    world.set(table, row[key.name], **{column.name: changed(value)})

    report = world.verify()
    assert not report.is_right
    assert {each.kind for each in report.findings} == {"forgery"}
    if table is EVENTS:
        assert first(report, "event").position == row["position"]


@pytest.mark.parametrize(("one", "other"), [(5, 6), (4, 20), (23, 24), (1, 2)])
@pytest.mark.parametrize("with_links", [True, False])
def test_rows_that_changed_places_are_told_to_be_moved(
    world: World, one: int, other: int, with_links: bool
) -> None:
    with world.unguarded() as connection:
        place = EVENTS.c.position
        links = {row[0]: row[10] for row in raw(connection)}
        for now, then in ((one, -1), (other, one), (-1, other)):
            connection.execute(update(EVENTS).where(place == now).values(position=then))
        for position in (one, other) if not with_links else ():
            connection.execute(update(EVENTS).where(place == position).values(link=links[position]))

    report = world.verify()

    found = {each.position: each.what for each in report.findings if each.check == "event"}
    assert found.keys() == {one, other}
    assert f"what event {other} was" in found[one]
    assert f"what event {one} was" in found[other]


def test_payloads_that_changed_places_are_found(world: World) -> None:
    rows = world.get(EVENTS)
    world.set(EVENTS, 4, payload=rows[6]["payload"])
    world.set(EVENTS, 7, payload=rows[3]["payload"])

    report = world.verify()

    assert [each.position for each in report.findings if each.check == "event"] == [4, 7]


def test_a_removed_row_is_named(world: World) -> None:
    world.run("DELETE FROM events WHERE position = 9")

    report = world.verify()

    assert first(report, "event").what == "Event 9 was removed."
    version = first(report, "version")
    assert version.stream == world.get(EVENTS)[8]["stream"] or version.position is not None


def test_removed_rows_are_told_when_the_rest_was_renumbered(world: World) -> None:
    world.run(
        "DELETE FROM events WHERE position BETWEEN 9 AND 11",
        "UPDATE events SET position = -position WHERE position > 11",
        "UPDATE events SET position = -position - 3 WHERE position < 0",
        "UPDATE log_head SET position = 21",
    )

    report = world.verify()

    (found,) = (each for each in report.findings if each.check == "event")
    assert found.position == 9
    assert "3 events before it were removed, and the rest renumbered" in found.what


def test_an_event_that_was_moved_to_the_end_is_told(world: World) -> None:
    world.run("UPDATE events SET position = 30 WHERE position = 9")

    report = world.verify()

    found = {each.position: each.what for each in report.findings if each.check == "event"}
    assert "removed" in found[9]
    assert "what event 9 was" in found[30]


def test_a_tail_that_was_removed_contradicts_the_head(world: World) -> None:
    world.run("DELETE FROM events WHERE position > 22")

    found = first(world.verify(), "head")

    assert (found.kind, found.position) == ("forgery", 23)


def test_a_tail_that_was_removed_with_the_head_is_a_cut_to_a_checkpoint(world: World) -> None:
    outside = world.checkpoint()
    cut(world, 21)

    report = world.verify(outside)

    assert [(each.kind, each.check, each.position) for each in report.findings] == [("cut", "checkpoint", 22)]
    assert "Those that are left are those that it was made of." in report.findings[0].what
    assert world.verify().is_right  # what cannot be told: see docs/audit.md


def cut(world: World, last: int) -> None:
    """As a backup would be that was made at that position."""
    link = world.get(EVENTS)[last - 1]["link"]
    with world.unguarded() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.position > last))
        connection.execute(update(HEAD).values(position=last, link=link))
        gone = STREAMS.c.id.not_in({row[1] for row in raw(connection)})
        connection.execute(delete(KEYS).where(KEYS.c.stream.not_in({row[1] for row in raw(connection)})))
        connection.execute(delete(STREAMS).where(gone))


def test_a_log_that_was_cut_and_went_on_is_found_with_a_checkpoint(world: World) -> None:
    outside = world.checkpoint()
    cut(world, 21)
    for number in range(10):
        world.log.append("session/d", [UserUttered(f"later {number}")])

    found = first(world.verify(outside), "checkpoint")

    assert found.kind == "forgery"
    assert found.position is not None and found.position <= 22


@pytest.mark.parametrize("count", [1, 3])
def test_rows_that_were_inserted_are_named(world: World, count: int) -> None:
    row = world.get(EVENTS)[6]
    world.run(
        "UPDATE events SET position = -position WHERE position >= 12",
        f"UPDATE events SET position = -position + {count} WHERE position < 0",
        f"UPDATE log_head SET position = position + {count}",
    )
    with world.unguarded() as connection:
        for number in range(count):
            new = {"position": 12 + number, "id": f"new{number}", "version": 100 + number}
            connection.execute(
                insert(EVENTS).values({EVENTS.c[name]: value for name, value in {**row, **new}.items()})
            )

    report = world.verify()

    (found,) = (each for each in report.findings if each.check == "event")
    assert (found.position, "inserted" in found.what) == (12, True)


def test_a_row_behind_the_head_is_named(world: World) -> None:
    row = {**world.get(EVENTS)[-1], "position": 25, "id": "new", "version": 3}
    with world.unguarded() as connection:
        connection.execute(insert(EVENTS).values({EVENTS.c[name]: value for name, value in row.items()}))

    report = world.verify()

    assert first(report, "event").position == 25
    assert first(report, "head").position == 25


def test_a_stream_that_was_replaced_is_found_at_its_first_event(world: World) -> None:
    mine = [row for row in world.get(EVENTS) if row["stream"] == 1]
    for row in mine:
        world.set(EVENTS, row["position"], payload=b"{}", id=f"other{row['version']}")

    report = world.verify()

    assert [each.position for each in report.findings if each.check == "event"] == [
        row["position"] for row in mine
    ]


@pytest.mark.parametrize("changes", [("name",), ("name", "salt", "digest")])
def test_a_stream_that_was_renamed_is_found(world: World, changes: tuple[str, ...]) -> None:
    row = world.get(STREAMS)[0]
    salt = b"x" * 16 if "salt" in changes else row["salt"]
    new = {"name": "session/z", "salt": salt, "digest": digest_of(salt, "session/z")}

    world.set(STREAMS, 1, **{name: new[name] for name in changes})

    found = first(world.verify(), "stream", "event")
    assert (found.position, found.stream) == (1, 1)


def test_a_stream_that_was_hashed_anew_is_found_at_the_next_event(world: World) -> None:
    """Its own links fit then; those of the others do not."""
    mine = [row for row in world.get(EVENTS) if row["stream"] == 1]
    world.set(EVENTS, mine[2]["position"], actor="somebody else")
    world.rehash(stream=1)

    found = first(world.verify(), "event")

    assert found.position in (mine[2]["position"], mine[2]["position"] + 1, mine[2]["position"] + 2)
    assert "hashed anew" in found.what


def test_a_log_that_was_hashed_anew_is_found_with_a_checkpoint_and_only_then(world: World) -> None:
    outside = world.checkpoint()
    world.set(EVENTS, 18, actor="somebody else")
    with world.unguarded() as connection:  # the checkpoint in the log goes as well
        connection.execute(delete(EVENTS).where(EVENTS.c.position == 25))
        connection.execute(delete(STREAMS).where(STREAMS.c.name == checkpoint_stream()))
    world.rehash()

    assert world.verify().is_right  # the documented remainder: nothing inside contradicts it
    (found,) = world.verify(outside).findings
    assert (found.kind, found.check) == ("forgery", "checkpoint")
    assert "what is wrong is among events 17 to 24" in found.what


def test_a_log_that_was_hashed_anew_contradicts_the_checkpoints_in_it(world: World) -> None:
    world.checkpoint()
    world.set(EVENTS, 18, actor="somebody else")
    world.rehash()

    (found,) = world.verify().findings

    assert "the checkpoint in event 25 was not made of the events that are there" in found.what


@pytest.mark.parametrize(
    "change",
    [
        {"root": "0" * 64},
        {"size": 23},
        {"peaks": ()},
        {"size": 24, "root": "0" * 64, "peaks": ("0" * 64, "0" * 64)},
    ],
    ids=str,
)
def test_a_forged_checkpoint_in_the_log_is_found(world: World, change: dict[str, Any]) -> None:
    forged = structs.replace(world.checkpoint(), **change)

    world.log.append(checkpoint_stream(), [forged])

    assert first(world.verify(), "checkpoint").kind == "forgery"


def test_a_checkpoint_of_events_that_were_still_to_come_is_found(world: World) -> None:
    outside = world.checkpoint()
    world.log.append("session/c", [outside])
    late = world.checkpoint()
    row = world.get(EVENTS)[24]
    world.set(EVENTS, 25, payload=world.get(EVENTS)[26]["payload"])
    world.rehash()

    found = [each for each in world.verify().findings if each.check == "checkpoint"]

    assert any("more than there were" in each.what and each.position == 25 for each in found)
    assert any("not in the stream of checkpoints" in each.what and each.position == 26 for each in found)
    assert (late.size, row["position"]) == (26, 25)


def test_an_event_whose_stream_has_no_row_is_found(world: World) -> None:
    world.run("DELETE FROM streams WHERE id = 2")

    report = world.verify()

    assert first(report, "event").position == 3
    assert any(each.check == "stream" and each.stream == 2 for each in report.findings)


def test_a_stream_without_events_is_found(world: World) -> None:
    values = {"id": 9, "name": "session/z", "salt": b"s", "digest": b"d"}
    with world.unguarded() as connection:
        connection.execute(insert(STREAMS).values(values))

    assert first(world.verify(), "stream").stream == 9


def test_a_link_that_alone_was_changed_is_told_from_a_changed_event(world: World) -> None:
    outside = world.checkpoint()
    world.set(EVENTS, 9, link=bytes(32))

    (found,) = world.verify(outside).findings

    assert found.position == 9
    assert "its link was changed" in found.what


def test_an_id_that_is_there_twice_is_found_even_where_the_chain_fits(world: World) -> None:
    world.run(
        *(
            ["ALTER TABLE events DROP CONSTRAINT events_id"]
            if world.log.engine.dialect.name == "postgresql"
            else [
                "CREATE TABLE other AS SELECT * FROM events",
                "DROP TABLE events",
                "CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER, version INTEGER, "
                "id TEXT, type TEXT, schema INTEGER, occurred_at TEXT, recorded_at TEXT, actor TEXT, "
                "payload BLOB, link BLOB)",
                "INSERT INTO events SELECT * FROM other",
            ]
        )
    )
    world.set(EVENTS, 9, id=world.get(EVENTS)[4]["id"])
    world.rehash()

    found = first(world.verify(), "id")

    assert found.position == 5


def test_a_stream_without_its_name_must_have_been_forgotten(world: World) -> None:
    world.set(STREAMS, 1, name=None, salt=None)
    world.run("DELETE FROM stream_keys WHERE stream = 1")

    (found,) = world.verify().findings

    assert found.stream == 1
    assert "no event says that it was forgotten" in found.what


def test_a_stream_that_an_event_says_was_forgotten_needs_no_name_and_no_key(world: World) -> None:
    world.log.append("forgetting", [UserUttered("stands in")])
    told = orjson.dumps({"streams": [1], "digests": [world.get(STREAMS)[0]["digest"].hex()]})
    world.set(EVENTS, 25, type="session_forgotten", payload=told)
    world.set(STREAMS, 1, name=None, salt=None)
    world.run("DELETE FROM stream_keys WHERE stream = 1")
    world.rehash()

    assert world.verify().is_right
    world.set(STREAMS, 2, name=None, salt=None)
    assert {each.stream for each in world.verify().findings} == {2}


def test_a_key_that_is_gone_is_found(world: World) -> None:
    world.run("DELETE FROM stream_keys WHERE stream = 1")

    found = first(world.verify(), "key")

    assert (found.stream, "has lost its key" in found.what) == (1, True)


def test_keys_that_changed_places_are_found(world: World) -> None:
    one, other = (row["wrapped"] for row in world.get(KEYS)[:2])
    world.set(KEYS, 1, wrapped=other)
    world.set(KEYS, 2, wrapped=one)

    found = [each for each in world.verify().findings if each.check == "key"]

    assert [each.stream for each in found] == [1, 2]


def test_what_cannot_be_opened_is_found_when_every_event_is_looked_into(world: World) -> None:
    """Hashed anew, so that the chain fits; but nobody can encrypt without the key."""
    world.set(EVENTS, 4, payload=b"x" * 60)
    world.rehash()

    assert world.verify().is_right
    found = first(world.verify(deep=True), "content")
    assert found.position == 4


@pytest.mark.parametrize(
    "change", [{"schema": 9}, {"payload": b"[]"}, {"payload": b"x"}, {"type": "user"}], ids=str
)
def test_a_checkpoint_in_the_log_that_is_none_any_more_is_found(world: World, change: dict[str, Any]) -> None:
    world.checkpoint()

    world.set(EVENTS, 25, **change)

    report = world.verify(deep=True)
    assert first(report, "event").position == first(report, "checkpoint").position == 25
    assert first(report, "event").kind == "forgery"


def test_a_change_below_where_it_begins_is_taken_as_it_is(world: World) -> None:
    outside = world.checkpoint()
    world.log.append("session/c", [UserUttered("later")])
    world.set(EVENTS, 4, actor="somebody else")

    assert first(world.verify(outside), "event").position == 4
    report = world.verify(outside, first=25)
    assert report.is_right
    assert (report.after, report.events) == (24, 2)
    world.set(EVENTS, 26, actor="somebody else")
    assert first(world.verify(outside, first=25), "event").position == 26


def test_a_changed_head_link_is_found(world: World) -> None:
    with world.unguarded() as connection:
        row = raw(connection)[-1]
    world.set(HEAD, 1, link=link_of(row[10], leaf_at(row, 25, None)))

    assert first(world.verify(), "head").position == 24
