"""The list of sessions and its filters, in words and rows. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any, Final, NamedTuple

from recorder.read_models.session_list import Entry, Filters, Page, Totals
from recorder.services.batching import Task
from recorder.services.saved_filters import Saved
from review_app.views import count, level, percent, plain, short, when
from review_app.work.views import task_badges

SORTS: Final = {
    "unsure": "Least sure first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "longest": "Longest first",
}

STATUSES: Final = {"new": "New", "in progress": "In progress", "submitted": "Submitted"}


class Chip(NamedTuple):
    """One active filter: which widget, which of its values (None: all of it), and how to call it."""

    key: str
    value: str | None
    label: str


def progress(totals: Totals, annotator: str) -> tuple[float, str]:
    """The share that the annotator has reviewed, 0.0 to 1.0, and a sentence in Markdown."""
    share = totals.submitted / totals.sessions if totals.sessions else 0.0
    rest = f", {totals.in_progress:,} begun" if totals.in_progress else ""
    done = f"{totals.submitted:,} of {count(totals.sessions, 'session')} reviewed{rest}"
    return share, f"**{plain(annotator)}**: {done}"


def found(page: Page, filters: Filters) -> str:
    """What the list below is: how many, in which order."""
    order = SORTS[filters.sort].lower()
    pages = f", page {page.number} of {page.pages:,}" if page.pages > 1 else ""
    return f"{count(page.count, 'session')}, {order}{pages}"


def veiled(sessions: int) -> str:
    """Why some are not found.

    >>> veiled(2)
    'Without 2 sessions that are blind for you: a filter would tell what is in them.'
    """
    are, them = ("is", "it") if sessions == 1 else ("are", "them")
    which = f"{count(sessions, 'session')} that {are} blind for you"
    return f"Without {which}: a filter would tell what is in {them}."


def nothing_fits(behind: int) -> str:
    """What an empty list says; `behind`: events that it does not tell of yet."""
    return f"No session fits these filters{' yet' if behind else ''}."


def chips(filters: Filters) -> Iterator[Chip]:
    """The active filters, one chip a value."""
    if filters.text.strip():
        yield Chip("q", None, f"“{short(filters.text.strip())}”")
    for status in filters.statuses:
        yield Chip("status", status, STATUSES[status].lower())
    for key, names in (
        ("intent", filters.intents),
        ("action", filters.actions),
        ("source", filters.sources),
        ("tag", filters.tags),
    ):
        for name in names:
            yield Chip(key, name, f"{key}: {short(name)}")
    if (filters.low, filters.high) != (0.0, 1.0):
        yield Chip("sure", None, f"least sure step: {percent(filters.low)} to {percent(filters.high)}")


def view_help(saved: Saved) -> str:
    """What a saved view shows, and whose it is."""
    shown = [chip.label for chip in chips(saved.filters)] or ["all sessions"]
    whose = f", for the team, by {saved.by}" if saved.shared else ""
    return f"{', '.join(shown)}; {SORTS[saved.filters.sort].lower()}{whose}"


def session_row(entry: Entry, zone: tzinfo = UTC, task: Task | None = None) -> dict[str, Any]:
    """A row of the list of sessions, as `session_list.js` draws it.

    Args:
        task: the session in a batch; of a blind one, nothing of the model is told before it is done.
    """
    row = _session_row(entry, zone)
    if task is None:
        return row
    if task.blind and task.state != "done":
        row |= {
            "tags": [],
            "step": None,
            "sure": None,
            "level": level(None),
            "sureText": "–",
            "sureHelp": "It is blind.",
        }
    return row | {"batch": task.batch, "badges": [task.batch, *task_badges(task)]}


def _session_row(entry: Entry, zone: tzinfo) -> dict[str, Any]:
    return {
        "session": entry.id,
        "step": entry.doubtful,
        "opening": entry.opening,
        "excerpt": [[piece.text, piece.hit] for piece in entry.excerpt],
        "facts": list(_facts(entry, zone)),
        "sure": entry.confidence,
        "level": level(entry.confidence),
        "sureText": percent(entry.confidence),
        "sureHelp": _sure_help(entry),
        "status": entry.status,
        "statusText": _status_text(entry),
        "flags": list(entry.flags),
        "tags": list(entry.tags),
    }


def _facts(entry: Entry, zone: tzinfo) -> Iterator[str]:
    yield short(entry.id)
    if entry.source:
        yield entry.source
    if entry.started:
        yield when(entry.started, zone)
    yield f"{count(entry.messages, 'message')}, {count(entry.questions, 'step')}"
    if entry.episodes > 1:
        yield count(entry.episodes, "episode")
    if entry.notes:
        yield count(entry.notes, "note")


def _sure_help(entry: Entry) -> str:
    if entry.confidence is None:
        return "The source kept no probabilities."
    known = (("intent", entry.intent_confidence), ("action", entry.action_confidence))
    parts = [f"{kind} {percent(value)}" for kind, value in known if value is not None]
    return f"Least sure: {', '.join(parts)}. Open the least sure step."


def _status_text(entry: Entry) -> str:
    match entry.status:
        case "submitted":
            changed = f", {entry.corrected} corrected" if entry.corrected else ""
            return f"submitted{changed}"
        case "in progress":
            return f"{entry.decided} of {entry.questions} decided"
        case _:
            return "new"
