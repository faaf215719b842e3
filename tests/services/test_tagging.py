"""Tags of sessions: shown and looked for in the lists, forgotten with them."""

from __future__ import annotations

import pytest

from recorder.cli import main
from recorder.errors import NotAllowed, TagUnusable, UnknownSession
from recorder.events.event import remarks_stream
from recorder.read_models.session_list import Filters
from recorder.review.people import Person, operator
from recorder.services.tagging import tag, tagged
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import GREETING, session
from tests.read_models.given import World

ANA = operator("ana")


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    for name in ("a", "b/ü", "c"):
        session(any_sql_log, name, GREETING)
    return World.of(any_sql_log)


def test_many_are_tagged_at_once_and_again_changes_nothing(world: World) -> None:
    assert tag(world.log, ANA, ["a", "b/ü", "a"], ["refund", "angry"]) == 2
    assert tag(world.log, ANA, ["a", "c"], ["refund"], ["angry"]) == 2
    assert tag(world.log, ANA, ["a", "c"], ["refund"], ["angry"]) == 0

    assert [tagged(world.log, name, ANA) for name in ("a", "b/ü", "c")] == [
        ("refund",),
        ("angry", "refund"),
        ("refund",),
    ]
    assert [row.actor for row in world.log.read(remarks_stream("c"))] == ["ana"]


def test_lists_show_them_and_find_by_them(world: World) -> None:
    tag(world.log, ANA, ["a", "b/ü"], ["refund", "x"])
    tag(world.log, ANA, ["c"], ["other"])

    assert sorted(world.ids(Filters(tags=("refund",)))) == ["a", "b/ü"]
    assert sorted(world.ids(Filters(tags=("refund", "other")))) == ["a", "b/ü", "c"]
    assert world.ids(Filters(tags=("refund",), intents=("nothing",))) == []
    assert world.sessions.labels().tags == ("other", "refund", "x")
    shown = {entry.id: entry.tags for entry in world.sessions.page(Filters(), "ana").entries}
    assert shown == {"a": ("refund", "x"), "b/ü": ("refund", "x"), "c": ("other",)}
    tag(world.log, ANA, ["c"], [], ["other"])
    assert world.ids(Filters(tags=("other",))) == []
    assert world.sessions.labels().tags == ("refund", "x")


def test_tags_are_forgotten_with_the_session(world: World) -> None:
    tag(world.log, ANA, ["a"], ["refund"])
    world.models.catch_up()

    forget(world.log, ["a"])

    assert world.log.read(remarks_stream("a")) == []
    assert list(world.log.streams("remarks/")) == []
    assert world.sessions.labels().tags == ()
    with pytest.raises(UnknownSession):
        tag(world.log, ANA, ["a"], ["refund"])


def test_who_may_not_and_what_is_none_is_refused_before_anything_is_done(world: World) -> None:
    with pytest.raises(NotAllowed):
        tag(world.log, Person("vi", "viewer"), ["a"], ["x"])
    with pytest.raises(TagUnusable):
        tag(world.log, ANA, ["a"], ["x", " "])

    assert list(world.log.streams("remarks/")) == []


def test_by_command(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from recorder.store.sql import open_log

    monkeypatch.setenv("RECORDER_DATABASE", url)
    log = open_log(url)
    session(log, "a", GREETING)
    log.database.close()

    assert main(["tag", "a", "--add", "refund"]) == 0
    assert main(["tag", "a"]) == 0
    assert main(["tag", "nobody", "--add", "x"]) == 1

    said = capsys.readouterr()
    assert said.out == "1 of 1 sessions changed.\na: refund\n"
    assert said.err.startswith("recorder: ") and said.err.count("\n") == 1
