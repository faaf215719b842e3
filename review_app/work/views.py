"""What one person has to do in batches, in words and rows. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from recorder.events.event import JsonObject
from recorder.review.batches import SKIP_REASONS, Progress, State
from recorder.services.batching import MOST, Task, WorkList
from recorder.services.measuring import Score
from review_app.views import count, percent, short

SKIPS: Final = {
    "language": "I do not know the language",
    "expertise": "I do not know the subject",
    "acquainted": "I know who it is",
    "broken": "It cannot be read",
    "other": "Something else",
}
"""Reason to leave a session to others -> in words."""

KINDS: Final[Mapping[str, tuple[State, ...]]] = {
    "In hand": ("mine", "begun"),
    "Needs me": ("needs me",),
    "Done": ("done",),
    "Skipped": ("skipped",),
    "Others have it": ("full",),
}
"""Heading -> the states of the sessions under it."""


def kinds(work: WorkList) -> dict[str, list[Task]]:
    """Heading -> tasks; those without any are left out."""
    found = {
        name: [task for each in states for task in work.tasks.get(each, ())] for name, states in KINDS.items()
    }
    return {name: tasks for name, tasks in found.items() if tasks}


def kind_label(name: str, tasks: Sequence[Task]) -> str:
    """What a kind is called, with how many are listed."""
    return f"{name} ({len(tasks)}{'+' if len(tasks) >= MOST else ''})"


def my_share(progress: Progress) -> tuple[float, str]:
    """How far the person is, 0.0 to 1.0, and in words."""
    all_of_mine = progress.done + progress.open
    words = [f"**Mine**: {progress.done:,} done"]
    words += [f"{progress.begun:,} begun"] if progress.begun else []
    words += [f"{progress.skipped:,} skipped"] if progress.skipped else []
    words += [f"{progress.open:,} open to me"] if progress.open else []
    if progress.seconds_left:
        words.append(f"about {time_left(progress.seconds_left)} left at my pace")
    return (progress.done / all_of_mine if all_of_mine else 1.0), ", ".join(words)


def all_share(progress: Progress) -> tuple[float, str]:
    """How far everybody is together, 0.0 to 1.0, and in words."""
    sessions = f"{progress.complete:,} of {count(progress.sessions, 'session')} complete"
    late = f", {progress.late:,} late" if progress.late else ""
    words = f"**All**: {progress.given:,} of {count(progress.votes, 'vote')}, {sessions}{late}"
    return (progress.given / progress.votes if progress.votes else 1.0), words


def time_left(seconds: float) -> str:
    """
    >>> time_left(20), time_left(600), time_left(9000)
    ('1 min', '10 min', '2 h 30 min')
    """
    minutes = max(1, round(seconds / 60))
    return (
        f"{minutes} min"
        if minutes < 60
        else f"{minutes // 60} h" + f" {minutes % 60} min" * (minutes % 60 > 0)
    )


def gold_sentence(score: Score) -> str:
    """How the person does on sessions whose answers are known; "" while there is nothing to say."""
    if score.share is None:
        return ""
    right = f"{score.right:,} of {count(score.steps, 'step')} right, {percent(score.share)}"
    return f"On {count(score.sessions, 'session')} whose answers are known: {right}."


def task(task: Task, guidelines: Sequence[str], now: datetime) -> JsonObject:
    """A session of a batch, as the replay's header shows it."""
    return {
        "batch": task.batch,
        "state": task.state,
        "until": task.until.isoformat() if task.until else None,
        "now": now.isoformat(),
        "holders": list(task.holders),
        "reasons": list(task.reasons),
        "blind": task.blind,
        "guided": task.guided,
        "late": task.late,
        "skips": [[reason, SKIPS[reason]] for reason in SKIP_REASONS],
        "guidelines": {"version": len(guidelines), "text": guidelines[-1]} if guidelines else None,
    }


def task_row(task: Task, opening: str, zone: tzinfo = UTC) -> dict[str, Any]:
    """A row of a list of tasks, as `session_list.js` draws it.

    Nothing in it is from the model; nor how many votes the session needs, which would tell what is gold.
    """
    return {
        "session": task.session,
        "batch": task.batch,
        "step": None,
        "opening": opening,
        "excerpt": [],
        "facts": [short(task.session), *_holders(task)],
        "badges": task_badges(task),
        "status": _TASK_LOOKS[task.state],
        "statusText": _task_status(task, zone),
        "flags": [],
    }


def task_badges(task: Task) -> list[str]:
    """Why it is there, and how it is to be done."""
    return [*(["blind"] if task.blind else []), *(["guided"] if task.guided else []), *task.reasons]


def _holders(task: Task) -> Iterator[str]:
    if task.holders:
        yield f"in hand: {', '.join(task.holders)}"


_TASK_LOOKS: Final[Mapping[State, str]] = {
    "mine": "in progress",
    "begun": "in progress",
    "needs me": "new",
    "done": "submitted",
    "skipped": "new",
    "full": "new",
}


def _task_status(task: Task, zone: tzinfo) -> str:
    match task.state:
        case "mine" if task.until:
            return f"mine until {task.until.astimezone(zone):%H:%M}"
        case "done":
            return "done, late" if task.late else "done"
        case "needs me":
            return "needs me"
        case "full":
            return "others have it"
        case _:
            return task.state
