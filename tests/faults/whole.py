"""Whether a log is whole: what must hold after any accident."""

from __future__ import annotations

from collections import Counter
from typing import Any

from recorder.store.chain import FIRST, leaf_of, link_of, notated
from recorder.store.database import Query
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog, open_log


def ids(url: str, keys: KeySource | None = None) -> list[str]:
    """All events' ids in order; every promise of the log is held against it on the way."""
    log = open_log(url, keys=keys)
    try:
        rows = list(log.read_all())
        assert [row.position for row in rows] == [*range(1, len(rows) + 1)]
        assert log.position() == len(rows)
        versions = Counter[str]()
        for row in rows:
            assert row.event is not None
            assert row.version == versions[row.stream]
            versions[row.stream] += 1
        assert Counter({stream: log.version(stream) for stream in log.streams()}) == versions
        assert_chained(log)
        found = [row.id for row in rows]
        assert len(set(found)) == len(found)
        return found
    finally:
        log.database.close()


def assert_chained(log: SqlLog) -> None:
    columns = "position, stream, version, id, type, schema, occurred_at, recorded_at, actor, payload"
    digest = "(SELECT digest FROM streams WHERE streams.id = stream AND version = 0)"
    queries: list[Query] = [
        (f"SELECT {columns}, {digest}, link FROM events ORDER BY position", {}),
        ("SELECT link FROM log_head", {}),
    ]
    rows, head = log.database.read(queries)
    link = FIRST
    for *values, stored in rows:
        row: list[Any] = values
        row[6:8] = (notated(log.database.time(time)) for time in row[6:8])
        link = link_of(link, leaf_of(*row))
        assert link == stored
    assert link == head[0][0]
