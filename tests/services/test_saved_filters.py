"""Filters with a name: whose they are, what they mean, who may change them."""

from __future__ import annotations

from typing import Any

import pytest

from recorder.errors import FilterUnusable, NotAllowed
from recorder.events.event import own_stream
from recorder.events.filters import FilterSaved
from recorder.read_models.filter_json import from_json, to_json
from recorder.read_models.session_list import Filters
from recorder.review.people import Person
from recorder.review.saved_filters import LONGEST, MOST
from recorder.services.saved_filters import drop, save, saved, share, unshare
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog

ANA, BO = Person("ana", "annotator"), Person("bo", "annotator")
LEA, VI = Person("lea", "adjudicator"), Person("vi", "viewer")
ANGRY = Filters(text="refund", tags=("angry",), statuses=("new",), low=0.1, high=0.5, sort="newest")


def named(log: Any, person: Person) -> list[tuple[str, bool]]:
    return [(each.name, each.shared) for each in saved(log, person)]


def test_own_ones_are_ones_own_and_the_teams_are_everybodys() -> None:
    log = MemoryLog()
    save(log, ANA, " angry *ones* ", ANGRY)
    save(log, ANA, "All", Filters())
    share(log, LEA, "week 12", Filters(tags=("w12",)))

    assert named(log, ANA) == [("All", False), ("angry *ones*", False), ("week 12", True)]
    assert named(log, BO) == named(log, VI) == [("week 12", True)]
    assert saved(log, ANA)[1].filters == ANGRY
    assert saved(log, VI)[0].by == "lea"


def test_a_name_that_is_taken_means_something_else_and_again_the_same_writes_nothing() -> None:
    log = MemoryLog()
    save(log, ANA, "mine", ANGRY)
    save(log, ANA, "mine", ANGRY)
    assert log.version(own_stream("ana")) == 1

    save(log, ANA, "mine", Filters(sort="oldest"))

    (only,) = saved(log, ANA)
    assert only.filters == Filters(sort="oldest")


def test_what_is_deleted_is_gone_and_may_be_deleted_again() -> None:
    log = MemoryLog()
    save(log, ANA, "x", ANGRY)
    share(log, LEA, "x", ANGRY)

    drop(log, ANA, "x")
    drop(log, ANA, "x")
    assert named(log, ANA) == [("x", True)]
    unshare(log, LEA, "x")

    assert named(log, ANA) == []
    assert log.position() == 4


def test_who_may_not_changes_nothing() -> None:
    log = MemoryLog()
    with pytest.raises(NotAllowed):
        save(log, VI, "x", ANGRY)
    with pytest.raises(NotAllowed):
        share(log, ANA, "x", ANGRY)

    assert log.position() == 0


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * (LONGEST + 1)])
def test_a_name_is_one_line(name: str) -> None:
    with pytest.raises(FilterUnusable):
        save(MemoryLog(), ANA, name, ANGRY)


def test_there_are_only_so_many() -> None:
    log = MemoryLog()
    events = [FilterSaved(f"f{number}", {}) for number in range(MOST)]
    log.append(own_stream("ana"), events, actor="ana")

    save(log, ANA, "f3", ANGRY)
    with pytest.raises(FilterUnusable):
        save(log, ANA, "one more", ANGRY)


@pytest.mark.parametrize(
    "said",
    [
        {"later": 1},
        {"text": 3, "intents": "greet", "tags": [1, None], "statuses": ["?"], "sort": "x"},
        {"low": "a", "high": None},
        {"low": -1, "high": 7},
    ],
)
def test_what_another_program_wrote_is_as_usual(said: dict[str, Any]) -> None:
    assert from_json(said) == Filters()


def test_bounds_the_wrong_way_round_are_turned() -> None:
    assert from_json({"low": 0.9, "high": 0.2}) == Filters(low=0.2, high=0.9)
    assert from_json(to_json(ANGRY)) == ANGRY


def test_the_log_keeps_what_is_looked_for_encrypted(any_sql_log: SqlLog) -> None:
    save(any_sql_log, ANA, "Wortsuche", Filters(text="Xylophonquark"))
    share(any_sql_log, LEA, "Wortsuche", Filters(text="Xylophonquark"))

    with any_sql_log.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT payload FROM events").all()
    assert len(rows) == 2 and not any(b"Xylophon" in bytes(row[0]) for row in rows)
    assert [each.filters.text for each in saved(any_sql_log, ANA)] == ["Xylophonquark"] * 2
