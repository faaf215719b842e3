"""The log cut into shards, and the state of it that all of them name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import DatabaseUnusable
from recorder.events.event import Event
from recorder.events.session import UserUttered
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.shards import Here, Shard, Snapshot, Watched, shards

NOW = Snapshot(0, "")


def told(*texts: str) -> MemoryLog:
    log = MemoryLog()
    events: Sequence[Event] = [UserUttered(text) for text in texts]
    log.append("session/a", events)
    return log


@given(st.lists(st.integers()), st.integers(1, 7))
def test_every_item_is_in_one_shard_and_in_its_order(items: list[int], size: int) -> None:
    cut = shards(items, NOW, size)

    assert [item for shard in cut for item in shard.items] == items
    assert all(1 <= len(shard.items) <= size for shard in cut)


def test_a_snapshot_is_the_present_or_a_position_before_it(log: EventLog) -> None:
    assert Snapshot.of(log) == NOW
    first, second = log.append("session/a", [UserUttered("a"), UserUttered("b")])

    assert Snapshot.of(log) == Snapshot.of(log, as_of=99) == Snapshot(2, second.id)
    assert Snapshot.of(log, as_of=1) == Snapshot(1, first.id)
    assert Snapshot.of(log, as_of=0) == NOW


def test_a_log_that_went_on_still_holds_the_state(log: EventLog) -> None:
    log.append("session/a", [UserUttered("a")])
    then = Snapshot.of(log)
    log.append("session/a", [UserUttered("b")])

    then.require(log)
    NOW.require(log)


def test_another_log_is_refused() -> None:
    with pytest.raises(DatabaseUnusable, match="another log"):
        Snapshot.of(told("a")).require(told("a"))


def test_a_copy_that_stays_behind_is_refused() -> None:
    with pytest.raises(DatabaseUnusable, match="not reached event 2"):
        Snapshot.of(told("a", "b")).require(told("a"), patience=0.0)


def test_a_copy_that_is_a_little_behind_is_waited_for() -> None:
    whole = told("a", "b")

    class Behind(MemoryLog):
        """Each look at its end lets it take one more event."""

        def position(self) -> int:
            self._all = list(whole.read_all(limit=len(self._all) + 1))
            return super().position()

    Snapshot.of(whole).require(Behind())


def test_progress_is_told_and_changes_nothing() -> None:
    seen: list[tuple[int, int]] = []
    here = Watched(Here(MemoryLog()), lambda done, total: seen.append((done, total)))

    answers: Iterator[int] = here.map(_sum, shards([1, 2, 3], NOW, 2))

    assert list(answers) == [3, 3]
    assert seen == [(1, 2), (2, 2)]


def _sum(log: EventLog, shard: Shard[int]) -> int:
    return sum(shard.items)
