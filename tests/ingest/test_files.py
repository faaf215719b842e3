"""From paths to sessions."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.events.session import ActionExecuted, Opaque
from recorder.ingest.delivery import Part, Source, event_id
from recorder.ingest.files import open_sources
from tests.ingest import given as world
from tests.ingest.given import actions, sent


def opened(*paths: Path | str, scratch: Path = Path()) -> list[Source]:
    sources, skipped = open_sources(map(str, paths), scratch)
    assert not skipped
    return sources


def parts(path: Path, session: str = "s") -> list[Part]:
    (source,) = opened(path)
    return source.read(session)


def names(found: list[Part]) -> str:
    """The actions' names, in order; parts divided by a bar."""
    return "|".join(
        "".join(str(getattr(d.event.event, "name", "?")) for d in part.deliveries) for part in found
    )


def why_not(path: Path | str, scratch: Path = Path()) -> str:
    sources, skipped = open_sources([str(path)], scratch)
    assert not sources
    return skipped[0].reason


def test_lines_of_a_broker(tmp_path: Path) -> None:
    path = world.lines(
        tmp_path / "x", *sent("s", actions("ab")), *sent("t", actions("c")), *sent("s", actions("d"))
    )

    (source,) = opened(path)

    assert list(source.sessions()) == ["s", "t"]
    assert names(source.read("s")) == "abd"
    assert [delivery.line for delivery in source.read("s")[0].deliveries] == [1, 2, 4]
    assert source.read("s")[0].source == "broker"


@pytest.mark.parametrize(
    "value",
    [
        {"sender_id": "s", "slots": {}, "events": actions("ba")},
        {"name": "s", "events": actions("ba")},
        [{"sender_id": "s", "events": actions("ba")}, {"sender_id": "t", "events": actions("c")}],
    ],
)
@pytest.mark.parametrize("write", [world.document, world.lines])
def test_trackers_in_every_wrapping_keep_their_own_order(tmp_path: Path, value: Any, write: Any) -> None:
    found = parts(write(tmp_path / "x", value))

    assert names(found) == "ba"
    assert found[0].source == "tracker"


def test_an_array_of_a_brokers_events(tmp_path: Path) -> None:
    assert names(parts(world.document(tmp_path / "x", sent("s", actions("ab"))))) == "ab"


def test_two_dumps_of_one_session_in_a_file_are_two_parts(tmp_path: Path) -> None:
    dumps = [{"sender_id": "s", "events": actions(letters)} for letters in ("ab", "abc")]

    found = parts(world.lines(tmp_path / "x", *dumps))

    assert names(found) == "ab|abc"
    assert [d.id for d in found[0].deliveries] == [d.id for d in found[1].deliveries][:2]


def test_our_own_lines_keep_their_ids_and_actors(tmp_path: Path) -> None:
    line = {"session": "s", "id": "e1", "type": "action", "actor": "bot", "payload": {"name": "a"}}

    (part,) = parts(world.lines(tmp_path / "x", line))

    assert part.source == "jsonl"
    assert [(d.id, d.actor, d.event.event) for d in part.deliveries] == [("e1", "bot", ActionExecuted("a"))]


def test_the_three_kinds_of_database(tmp_path: Path) -> None:
    rows = [json.dumps(event) for event in actions("ba")]
    sql = [
        ("INSERT INTO events (sender_id, type_name, data) VALUES ('s', 'action', ?)", (row,)) for row in rows
    ]
    broker = [("INSERT INTO events (sender_id, data) VALUES ('s', ?)", (row,)) for row in rows]

    kinds = [
        parts(world.rasa_x(tmp_path / "x", "s", actions("ba"))),
        parts(world.database(tmp_path / "r", world.RASA_SQL, *sql)),
        parts(world.database(tmp_path / "b", world.BROKER, *broker)),
    ]

    assert [names(found) for found in kinds] == ["ba", "ba", "ba"]
    assert [found[0].source for found in kinds] == ["rasa-x", "rasa-sql", "broker"]
    assert len({tuple(d.id for d in found[0].deliveries) for found in kinds}) == 1


def test_what_people_noted_in_rasa_x_is_kept(tmp_path: Path) -> None:
    path = world.rasa_x(
        tmp_path / "x",
        "s",
        actions("ab"),
        ("UPDATE conversation_event SET is_flagged = 1 WHERE id = 2", ()),
        ("UPDATE conversation SET review_status = 'saved_for_later'", ()),
        ("INSERT INTO conversation_tag VALUES (7, 'angry')", ()),
        ("INSERT INTO conversation_to_tag_mapping VALUES (7, 's')", ()),
    )

    (part,) = parts(path)

    assert part.review == {
        "flagged": [part.deliveries[1].id],
        "review_status": "saved_for_later",
        "tags": ["angry"],
    }


def test_an_event_said_twice_by_a_tracker_happened_twice_and_by_a_broker_once(tmp_path: Path) -> None:
    tracker = parts(world.document(tmp_path / "t", {"sender_id": "s", "events": actions("aba")}))[0]
    broker = parts(world.lines(tmp_path / "b", *sent("s", actions("aba"))))[0]

    assert len({d.id for d in tracker.deliveries}) == 3
    assert [d.id for d in broker.deliveries] == [d.id for d in tracker.deliveries[:2]] + [
        tracker.deliveries[0].id
    ]


def test_events_without_a_time_are_told_apart_by_how_often_they_came(tmp_path: Path) -> None:
    untimed = [world.action("a", None), world.action("a", None)]

    (part,) = parts(world.lines(tmp_path / "b", *sent("s", untimed)))

    assert len({d.id for d in part.deliveries}) == 2


@pytest.mark.parametrize(
    "sender",
    ["a/b", "a\nb", "😀", "x" * 10_000, " ", "-", "'; DROP TABLE events; --", "\0", "‏שלום", "../../etc"],
)
def test_a_sender_may_be_called_anything(tmp_path: Path, sender: str) -> None:
    assert names(parts(world.lines(tmp_path / "l", *sent(sender, actions("a"))), sender)) == "a"
    assert (
        names(parts(world.document(tmp_path / "d", {"sender_id": sender, "events": actions("a")}), sender))
        == "a"
    )
    assert names(parts(world.rasa_x(tmp_path / "x", sender, actions("a")), sender)) == "a"


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = [json.dumps(line).encode() for line in sent("s", actions("abc"))]
    bad = [
        b"",
        b"nonsense",
        b"[]",
        b"5",
        b'{"event": "action"}',
        b'{"sender_id": true, "event": "x"}',
        b"\xff",
        b"null",
    ]
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([good[0], *bad, good[1], good[2][:20]]))

    (source,) = opened(path)

    assert names(source.read("s")) == "ab"
    assert [skipped.line for skipped in source.skipped] == [3, 5, 6, 7, 8, 9, 11]
    assert all(skipped.reason and skipped.file == str(path) for skipped in source.skipped)


def test_a_bad_first_line_does_not_make_the_rest_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'ame": "cut off"}\n' + json.dumps(sent("s", actions("a"))[0]).encode())

    assert names(parts(path)) == "a"


def test_bad_events_in_a_tracker_are_named_by_their_number(tmp_path: Path) -> None:
    events = [*actions("a"), 5, {"no": "event"}, {"event": "slot", "name": 5}]

    (part,) = parts(world.document(tmp_path / "x", {"sender_id": "s", "events": events}))

    assert [type(d.event.event) for d in part.deliveries] == [ActionExecuted, Opaque]
    assert [skipped.reason[:8] for skipped in part.skipped] == ["event 2:", "event 3:", "event 4:"]


def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    insert = "INSERT INTO conversation_event (conversation_id, data) VALUES (?, ?)"
    values = [("s", None), ("s", "{"), ("s", b"\xff"), ("s", 5), (None, "{}"), ("s", '{"event": "undo"}')]
    path = world.rasa_x(tmp_path / "x", "s", actions("a"), *((insert, value) for value in values))

    (source,) = opened(path)
    (part,) = source.read("s")

    assert [d.line for d in part.deliveries] == [1, 7]
    assert [skipped.line for skipped in (*source.skipped, *part.skipped)] == [6, 2, 3, 4, 5]


@pytest.mark.parametrize("depth", [200, 249, 300, 2000])
def test_a_deep_event_is_kept_or_named(tmp_path: Path, depth: int) -> None:
    deep = '{"sender_id": "s", "event": "slot", "name": "x", "value": ' + "[" * depth + "]" * depth + "}"
    path = tmp_path / "x"
    path.write_text(json.dumps(sent("s", actions("a"))[0]) + "\n" + deep)

    (source,) = opened(path)
    (part,) = source.read("s")

    kept = len(part.deliveries) == 2
    assert kept == (depth == 200) or depth == 249
    assert kept or len((*source.skipped, *part.skipped)) == 1


def test_a_line_of_five_megabytes(tmp_path: Path) -> None:
    big = {**actions("a")[0], "metadata": {"x": "y" * 5_000_000}}

    assert names(parts(world.lines(tmp_path / "x", *sent("s", [big])))) == "a"


def test_a_database_whose_words_are_no_text_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE events (id, sender_id, data)")
        database.commit()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE \xffABLE"))

    assert "damaged" in why_not(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no event"),
        (b"\n \n", "no event"),
        (b"hello", "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"\0" * 100, "not JSON"),
        (b"SQLite format 3\0", "damaged"),
        (b"SQLite format 3\0" + b"x" * 5000, "damaged"),
        (b"{}", "neither an event"),
        (b"[]", "it holds no event"),
        (b'{\n"sender_id": "s",\n"events": [\n{"event": "act', "not JSON: unexpected end"),
        (b'{"sender_id": "s", "events": null}', "include_events=ALL"),
        (b'{"sender_id": "s", "events": 5}', "expected a list"),
        (b'{"sender_id": "s", "events": []}', "nothing happened"),
        (b'{"events": [{"event": "undo"}]}', "no `sender_id`"),
    ],
)
def test_a_file_without_sessions_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    assert reason in why_not(path)


def test_databases_without_sessions_say_why(tmp_path: Path) -> None:
    assert "no store" in why_not(world.database(tmp_path / "a", "CREATE TABLE events (id INTEGER, x TEXT);"))
    assert "nothing happened" in why_not(world.database(tmp_path / "b", world.RASA_SQL))
    ours = "CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, sender_id TEXT);"
    assert "a log of this program" in why_not(world.database(tmp_path / "c", ours))


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.ingest.tracker_store.LOCK_TIMEOUT", 0.05)
    path = world.rasa_x(tmp_path / "x", "s", actions("a"))

    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in why_not(path)

    assert names(parts(path)) == "a"


def test_a_missing_path_a_folder_without_files_and_names_that_are_no_text(tmp_path: Path) -> None:
    assert why_not(tmp_path / "nowhere") == "there is no such file"
    assert why_not(tmp_path) == "a folder without files"
    assert why_not("") and why_not("a\0b")
    assert why_not(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")) == "there is no such file"


def test_a_folder_is_read_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    world.lines(tmp_path / "b" / "c" / "x", *sent("s", actions("a")))
    world.rasa_x(tmp_path / "a.db", "s", actions("b"))
    world.lines(tmp_path / ".hidden", *sent("s", actions("c")))
    world.lines(tmp_path / "a.db-wal", *sent("s", actions("d")))

    assert [names(source.read("s")) for source in opened(tmp_path)] == ["b", "a"]


def test_standard_input_and_pipes_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = world.lines(tmp_path / "x", *sent("s", actions("ab"))).read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(text,))
    writer.start()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    (tmp_path / "scratch").mkdir()

    sources = opened("-", tmp_path / "pipe", scratch=tmp_path / "scratch")

    writer.join()
    assert [names(source.read("s")) for source in sources] == ["ab", "ab"]
    assert sources[0].file == "-"


@pytest.mark.parametrize("is_live", [False, True])
def test_a_database_in_wal_mode_is_read_and_left_alone(tmp_path: Path, is_live: bool) -> None:
    path = world.rasa_x(tmp_path / "x", "s", actions("a"))
    with closing(sqlite3.connect(path)) as owner:
        owner.execute("PRAGMA journal_mode=WAL")
        owner.execute(
            "INSERT INTO conversation_event (conversation_id, data) VALUES ('s', '{\"event\": \"undo\"}')"
        )
        owner.commit()
        if is_live:
            assert len(parts(path)[0].deliveries) == 2
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    assert len(parts(path)[0].deliveries) == 2

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert list(before) == ["x"]


def test_a_file_that_changes_between_the_two_readings_is_no_disaster(tmp_path: Path) -> None:
    path = world.lines(tmp_path / "x", *sent("s", actions("ab")))
    (source,) = opened(path)

    path.write_bytes(b"short")
    (part,) = source.read("s")

    assert not part.deliveries
    assert "changed while it was read" in part.skipped[0].reason


@given(st.none() | st.datetimes(timezones=st.timezones()), st.binary())
def test_ids_are_uuids_of_version_8(at: Any, content: bytes) -> None:
    made = event_id(at, content)

    assert made[14] == "8" and made[19] in "89ab" and len(made) == 36


@given(
    st.binary()
    | st.lists(
        st.sampled_from([b'{"sender_id":"s","events":[', b"}", b"]", b'{"event":', b"\n", b'"x"'])
    ).map(b"".join)
)
def test_any_bytes_are_read_or_named(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)

    sources, skipped = open_sources([str(path)], Path())

    assert len(sources) + len(skipped) == 1
