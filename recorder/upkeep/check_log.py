"""Is the log sound? What does not depend on the kind of its database."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select, text

from recorder.audit.rows import Rows
from recorder.errors import EventAltered, KeyUnusable
from recorder.store.chain import notated
from recorder.store.database import Database, Row, translated
from recorder.store.key_source import KeySource
from recorder.store.log import utc_now
from recorder.store.statements import EVENTS
from recorder.upkeep.findings import Finding, fail, fine, warn

VERIFY: Final = "Run `recorder verify`; it names what was changed. Restore the log from a backup."
_SKEW: Final = timedelta(minutes=1)
_LAG: Final = 100_000
"""Events that read models may be behind before it is worth a word."""
_UNWRAPPED: Final = 1_000
"""Keys of streams that are tried."""


def check_head(database: Database) -> Iterator[Finding]:
    head = Rows(database).head()
    last = str(select(func.max(EVENTS.c.position)).compile(dialect=database.dialect))
    end = database.read([(last, {})])[0][0][0] or 0
    if end < head.position:
        yield fail("head", f"The log ends at {head.position:,}, but its last event is {end:,}.", VERIFY)
    elif end > head.position:
        yield fail("head", f"There are events up to {end:,} beyond the end at {head.position:,}.", VERIFY)
    elif Rows(database).link(end) != head.link:
        yield fail("head", f"The head is not that of the last event, {end:,}.", VERIFY)
    else:
        yield fine("head", f"{head.position:,} events; the head is the last one's.")


def check_newest(database: Database, newest: int) -> Iterator[Finding]:
    """The last links of the chain, and the clock by which they were recorded."""
    rows = Rows(database)
    after = max(rows.head().position - newest, 0)
    page, link = rows.page(after, newest), rows.link(after)
    try:
        if link is None:
            raise EventAltered(rows.name, after)
        rows.checked(page, after, link)
        yield fine("chain", f"The newest {len(page):,} events fit it. `recorder verify` looks at all.")
    except EventAltered as error:
        yield fail("chain", str(error))
    yield from _clock([row[7] for row in page if isinstance(row[7], str)])


def _clock(times: Sequence[str]) -> Iterator[Finding]:
    back = sum(later < earlier for earlier, later in pairwise(times))
    mend = "Let the machine's clock be set by NTP; the order of the log does not depend on it."
    if times and times[-1] > notated(utc_now() + _SKEW):
        yield warn("clock", f"The last event was recorded at {times[-1]} UTC, which is to come.", mend)
    elif back:
        yield warn("clock", f"It went back {back:,} times within the newest {len(times):,} events.", mend)
    else:
        yield fine("clock", "It never went back within the newest events.")


def check_keys(database: Database, keys: KeySource, *, fix: bool) -> Iterator[Finding]:
    rows = Rows(database)
    head, masters = rows.head(), rows.masters()
    if not head.encrypted and not masters:
        yield fine(
            "keys",
            "The log is not encrypted: nothing in it can be forgotten.",
            "`recorder copy FROM TO --encrypt` makes one that is.",
        )
        return
    if keys.file is not None and not keys.value and not keys.command:
        yield from _key_file(keys.file, fix=fix)
    try:
        ring = keys.load()
        told = " and ".join(ring.ids)
        if strangers := set(masters) - set(ring.ids):
            reason = f"streams are encrypted under {', '.join(sorted(strangers))}, not under {told}"
            raise KeyUnusable(reason, "Name that master key.")
        last = rows.last_stream()
        for stream in rows.streams(last - _UNWRAPPED, last).values():
            if stream.wrapped is not None and (master := ring.find(stream.master or "")):
                master.unwrap(stream.wrapped, stream.digest)
    except KeyUnusable as error:
        yield fail("keys", str(error), "Without that key, what is encrypted is lost: look for a copy of it.")
    else:
        yield fine("keys", f"Master key {told} is there and fits.")


def _key_file(file: Path, *, fix: bool) -> Iterator[Finding]:
    if not file.is_file():
        return  # loading it says so
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 and fix:
        file.chmod(0o600)
        yield fine("key file", f"{file} is for its owner only now.")
    elif mode & 0o077:
        yield warn("key file", f"Others than its owner may read {file} ({mode:o}).", f"chmod 600 {file}")
    else:
        yield fine("key file", f"{file} is for its owner only.")


def check_read_models(database: Database) -> Iterator[Finding]:
    """How far what is computed from the log is behind it."""
    position = Rows(database).head().position
    with translated(database.name), database.engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM caught_up")).mappings().all()
    newest = {row.get("model"): row.get("edition") for row in sorted(found, key=_edition)}
    for row in found:
        reached, name = row.get("position"), row.get("model", "read models")
        if not isinstance(reached, int) or row.get("state", "serving") != "serving":
            continue  # one that is being made beside it
        if row.get("edition") != newest[row.get("model")]:
            continue  # for programs of an earlier version
        if reached > position:
            says = f"{name}: made from a longer log, up to {reached:,}; this one ends at {position:,}."
            yield fail("read models", says, "Run `recorder rebuild`.")
        elif position - reached > _LAG:
            says = f"{name}: {position - reached:,} events behind."
            yield warn("read models", says, "They catch up when `recorder review` is opened.")
        else:
            yield fine("read models", f"{name}: {position - reached:,} events behind.")
    if not found:
        yield fine("read models", "Not computed yet; that is done when they are needed.")


def _edition(row: Mapping[Any, Any]) -> int:
    edition = row.get("edition")
    return edition if isinstance(edition, int) else 0  # the file may be damaged


def missing(wanted: Sequence[str], found: Sequence[Row], enabled: Sequence[str]) -> Iterator[Finding]:
    """Triggers that are not there or do not fire; `found` holds names and how they are enabled."""
    there = {str(name) for name, state in found if state in enabled}
    if lacking := sorted(set(wanted) - there | {str(name) for name, _ in found} - there):
        yield fail(
            "triggers",
            f"The database does not refuse changes of what is written: {', '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} missing or switched off.",
            "Run `recorder verify`, then `recorder copy` to a new database: it has them.",
        )
    else:
        yield fine("triggers", "The database refuses changes of what is written.")
