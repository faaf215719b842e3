"""A page of a search, and of messages, in lists of 100,000 sessions and 500,000 messages.

    python -m tests.benchmarks.bench_lists [SESSIONS]

The rows are those of 50 sessions of the benchmarks' crowd, folded, and given to so many sessions with a word
or two of their own; what is measured does not read the log. SQLite, in a file; medians of seven, wall time.
Then some sessions are forgotten, and what it takes to clear the words out of the index.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert

from recorder.dialogue.steps import cut
from recorder.events.event import review_stream, session_stream
from recorder.read_models import messages, search, sessions
from recorder.read_models.erasing import erase
from recorder.read_models.model import History
from recorder.read_models.registry import MODELS
from recorder.read_models.session_list import Filters, SessionList
from recorder.read_models.tables import CaughtUpRow
from recorder.review.people import operator
from recorder.review.questions import ask
from recorder.review.reviews import replay
from recorder.services import bulk
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from tests.benchmarks.crowd import crowd

SESSIONS = 100_000
PATTERNS = 50
AT_ONCE = 2_000
ME = operator("ben")
FILLED = (sessions.MODEL, search.MODEL, messages.MODEL)


def histories() -> Iterator[History]:
    log = MemoryLog()
    crowd(log, PATTERNS)
    for number in range(PATTERNS):
        name = f"visitor-{number:06}"
        records = log.read(session_stream(name))
        given = replay((row.id, row.event) for row in log.read(review_stream(name, "ana")))
        yield History(name, records, ask(cut(records)), {"ana": given})


def fill(log: SqlLog, count: int) -> None:
    made = [{model.name: model.fold(history) for model in FILLED} for history in histories()]
    with log.engine.execution_options(writes=True).begin() as connection:
        for model in MODELS.values():
            values = {"model": model.name, "generation": 1, "edition": model.edition, "state": "serving"}
            values |= {"position": 0, "built": 0, "holder": "", "held_until": 0.0}
            connection.execute(insert(CaughtUpRow.metadata.tables["caught_up"]).values(**values))
    for start in range(0, count, AT_ONCE):
        with log.engine.execution_options(writes=True).begin() as connection:
            _fill(connection, made, range(start, min(start + AT_ONCE, count)))
    with log.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _fill(connection: Connection, made: Sequence[dict[str, Any]], numbers: range) -> None:
    for model in FILLED:
        for table in model.tables:
            found = [
                {**row, **_own(table.name, number, row), "session": f"visitor-{number:06}", "generation": 1}
                for number in numbers
                for row in made[number % len(made)][model.name][table.name]
            ]
            if found:
                connection.execute(insert(table), found)


def _own(table: str, number: int, row: dict[str, Any]) -> dict[str, Any]:
    """What tells one session from the next."""
    own = f"note{number % 9973} ticket{number}"
    if table == "session_text":
        return {"text": f"{row['text']}\n{own}", "words": f"visitor {number:06} ¶ {row['words']} ¶ {own}"}
    if table == "message_list":
        doubt = (row["by_doubt"] * 1_000 + number % 997) / 2_000
        text = f"{row['text']} note{number % 9973}"
        return {"by_doubt": doubt, "confidence": doubt, "text": text, "alike": messages.alike(text)}
    if table == "session_list":
        return {"by_doubt": (row["by_doubt"] * 1_000 + number % 997) / 2_000}
    return {}


def took(do: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(7):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return median(times) * 1_000


def searches(log: SqlLog) -> Iterator[tuple[str, int, float, float]]:
    listed = SessionList(log.engine)
    for query in ("ticket777 ", "note12", "berlin ", "berlin opera ", '"two seats in berlin"', "be*", "zzz "):
        read = partial(listed.page, Filters(text=query), ME.name)
        yield f"search {query}", read().count, took(read), took(partial(read, 2))


def pages(log: SqlLog) -> Iterator[tuple[str, int, float, float]]:
    listed, desk = SessionList(log.engine).messages, Desk(log)
    intents: tuple[str, ...]
    for name, intents in (("messages", ()), ("messages of an intent", ("ask_venue",))):
        read = partial(bulk.following, listed, desk, ME, intents=intents)
        page = read()
        yield name, len(page), took(read), took(partial(read, after=page[-1].place))
    page = listed.page(ME.name, size=8)
    ways = [partial(bulk.alike, listed, desk, ME, message) for message in page]
    yield "messages alike", len(ways[0]()), took(ways[0]), took(ways[-1])


def cleared(log: SqlLog) -> Iterator[float]:
    """Seconds to merge the index of words, and to write the file anew, as `recorder forget` does."""
    pooled = log.engine.raw_connection()
    driver: Any = pooled.driver_connection
    for statement in ("INSERT INTO search_words (search_words) VALUES ('optimize')", "VACUUM"):
        started = time.perf_counter()
        driver.execute(statement)
        yield time.perf_counter() - started
    pooled.close()


def main(count: int = SESSIONS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/lists.db"
        upgrade(url)
        log = open_log(url)
        started = time.perf_counter()
        fill(log, count)
        filled = time.perf_counter() - started
        table = Table("page", "fit", "first page ms", "next page ms", title=f"{count:,} sessions")
        for name, fit, first, following in (*searches(log), *pages(log)):
            table.add_row(name, f"{fit:,}", f"{first:.0f}", f"{following:.0f}")
        Console().print(table)
        size = Path(folder, "lists.db").stat().st_size / 1e6
        with log.engine.execution_options(writes=True).begin() as connection:
            started = time.perf_counter()
            erase(connection, [f"visitor-{number:06}" for number in range(0, count, count // 10)])
        erased = time.perf_counter() - started
        merged, vacuumed = cleared(log)
        sys.stdout.write(
            f"{size:,.0f} MB, filled in {filled:.0f} s; ten sessions erased in {erased * 1e3:.0f} ms, "
            f"the index of words merged in {merged:.1f} s, the file rewritten in {vacuumed:.1f} s\n"
        )
        log.database.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
