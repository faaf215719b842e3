"""How a database goes about the queries of the lists of a town."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from recorder.read_models.session_list import Filters, SessionList
from tests.benchmarks.town import ACTIONS, INTENTS, VOCABULARY, Town, name_of
from tests.queries import asked, plan, reads_whole


def rare(names: Sequence[str]) -> str:
    """One that hardly anybody says, among the names that are there."""
    order = {name: place for place, name in enumerate((*INTENTS.names, *ACTIONS.names))}
    return max(names, key=lambda name: order.get(name, 0))


def plans(town: Town, console: Console) -> None:
    """Of every query of the lists, how the database goes about it, and how long it takes."""
    log = town.open()
    listed = SessionList(log.engine)
    first, last = VOCABULARY.names[0], VOCABULARY.names[-5]
    common = Filters(intents=(INTENTS.names[0],))
    cases: dict[str, Callable[[], object]] = {
        "totals": lambda: listed.totals("ana"),
        "labels": listed.labels,
        "page 1": lambda: listed.page(Filters(), "ana"),
        "page 2": lambda: listed.page(Filters(), "ana", 2),
        "middle page": lambda: listed.page(Filters(), "ana", 1000),
        "last page": lambda: listed.page(Filters(), "ana", 10**6),
        "newest": lambda: listed.page(Filters(sort="newest"), "ana"),
        "search, common word": lambda: listed.page(Filters(text=first), "ana"),
        "search, rare word": lambda: listed.page(Filters(text=last), "ana"),
        "search, common words": lambda: listed.page(Filters(text=" ".join(VOCABULARY.names[:3])), "ana"),
        "intent, common": lambda: listed.page(common, "ana"),
        "intent, rare": lambda: listed.page(Filters(intents=(rare(listed.labels().intents),)), "ana"),
        "intent and source": lambda: listed.page(
            Filters(intents=(INTENTS.names[0],), sources=("web",)), "ana"
        ),
        "action, common": lambda: listed.page(Filters(actions=(ACTIONS.names[0],)), "ana"),
        "action, middle page": lambda: listed.page(Filters(actions=(ACTIONS.names[0],)), "ana", 100),
        "source": lambda: listed.page(Filters(sources=("web",)), "ana"),
        "status new": lambda: listed.page(Filters(statuses=("new",)), "ana"),
        "status new, last page": lambda: listed.page(Filters(statuses=("new",)), "ana", 10**6),
        "status submitted": lambda: listed.page(Filters(statuses=("submitted",)), "ana"),
        "sureness": lambda: listed.page(Filters(low=0.2, high=0.6), "ana"),
        "sureness, newest": lambda: listed.page(Filters(low=0.2, high=0.6, sort="newest"), "ana"),
        "next to review": lambda: listed.next_to_review("ana"),
        "next after": lambda: listed.next_to_review("ana", name_of(0)),
    }
    table = Table(
        "what", "statements", "ms of processor time", "reads a whole table", title="Queries of the lists"
    )
    told: dict[str, str] = {}
    for name, run in cases.items():
        with asked(log.engine) as found:
            run()
        took = []
        for _ in range(5):
            begun = time.process_time()
            run()
            took.append(time.process_time() - begun)
        whole = 0
        for statement, parameters in found:
            text = plan(log.engine, statement, parameters)
            whole += reads_whole(text)
            told[statement] = text
        table.add_row(name, str(len(found)), f"{1000 * min(took):.1f}", str(whole or ""))
    console.print(table)
    for statement, text in told.items():
        console.print(statement, highlight=False, markup=False, soft_wrap=True)
        console.print("    " + text.replace("\n", "\n    "), style="dim", markup=False, highlight=False)
    log.database.close()
