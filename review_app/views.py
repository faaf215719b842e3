"""Values to sentences, rows and chart data. Imports no Streamlit."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from recorder.events.event import JsonObject
from recorder.learning.evaluation import Answers, Comparison, Confusion
from recorder.read_models.session_list import Entry, Filters, Page, Totals
from recorder.review.accounts import Account
from recorder.review.batches import SKIP_REASONS, Item, Progress, State
from recorder.review.people import Person
from recorder.review.sampling import Strategy
from recorder.services import accounts
from recorder.services.batching import Listed, Task, WorkList
from recorder.services.measuring import Score
from recorder.services.opening import Preview
from recorder.store.model_files import ModelFile

SORTS: Final = {
    "unsure": "Least sure first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "longest": "Longest first",
}
STATUSES: Final = {"new": "New", "in progress": "In progress", "submitted": "Submitted"}
SKIPS: Final = {
    "language": "I do not know the language",
    "expertise": "I do not know the subject",
    "acquainted": "I know who it is",
    "broken": "It cannot be read",
    "other": "Something else",
}
"""Reason to leave a session to others -> in words."""
PREVIEW_LENGTH: Final = 20_000
"""Characters of a file that are shown."""
NOTHING: Final = "(nothing)"
CONFUSED: Final = 25
"""Names that a confusion shows at most."""
LOW, MIDDLE = 0.5, 0.8
"""Below: unsure; below: so-so; above: sure."""


SOLO: Final = (
    "There are no accounts: this app is for whoever is at this machine, and listens to nobody else. "
    "As soon as there is one, people sign in:"
)
ROLES: Final = (
    "A viewer reads. An annotator reviews, too. An adjudicator opens batches, settles what annotators "
    "disagree on, and exports. An admin says who may do what."
)


class Chip(NamedTuple):
    """One active filter: which widget, which of its values (None: all of it), and how to call it."""

    key: str
    value: str | None
    label: str


def count(number: int, noun: str) -> str:
    """
    >>> count(1, "session"), count(2000, "session")
    ('1 session', '2,000 sessions')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def plain(text: str) -> str:
    r"""The text as Markdown that shows just these characters.

    >>> print(plain("*a* :red[b] <i>"))
    \*a\* \:red\[b\] \<i\>
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text).replace("\n", " ")


def percent(probability: float | None) -> str:
    """
    >>> percent(0.316), percent(0.9996), percent(None)
    ('32 %', '>99 %', '–')
    """
    if probability is None:
        return "–"
    return ">99 %" if 0.995 <= probability < 1 else f"{probability:.0%}".replace("%", " %")


def who(person: Person, is_solo: bool) -> str:
    """Whose app it is at the moment, for its head."""
    return f"{plain(person.name)} · {'this machine only' if is_solo else person.role}"


def signed_in(person: Person) -> str:
    return f"You are signed in as **{plain(person.name)}**, {person.role}."


def member_row(account: Account, zone: tzinfo) -> dict[str, Any]:
    notes = [
        *["disabled"] * account.disabled,
        *["signs in elsewhere"] * (account.origin == accounts.OIDC),
        *[count(account.failures, "failed attempt") + " to sign in"] * bool(account.failures),
    ]
    seen = account.seen_at.astimezone(zone) if account.seen_at else None
    return {
        "Name": account.name,
        "Role": account.role,
        "Last there": f"{seen:%Y-%m-%d %H:%M}" if seen else "never yet",
        "Notes": ", ".join(notes),
    }


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


def nothing_fits(behind: int) -> str:
    """What an empty list says; `behind`: events that it does not tell of yet."""
    return f"No session fits these filters{' yet' if behind else ''}."


def chips(filters: Filters) -> Iterator[Chip]:
    """The active filters, one chip a value."""
    if filters.text.strip():
        yield Chip("q", None, f"“{_short(filters.text.strip())}”")
    for status in filters.statuses:
        yield Chip("status", status, STATUSES[status].lower())
    for key, names in (
        ("intent", filters.intents),
        ("action", filters.actions),
        ("source", filters.sources),
        ("tag", filters.tags),
    ):
        for name in names:
            yield Chip(key, name, f"{key}: {_short(name)}")
    if (filters.low, filters.high) != (0.0, 1.0):
        yield Chip("sure", None, f"least sure step: {percent(filters.low)} to {percent(filters.high)}")


def session_row(entry: Entry, zone: tzinfo = UTC, task: Task | None = None) -> dict[str, Any]:
    """A row of the list of sessions, as `session_list.js` draws it.

    Args:
        task: the session in a batch; of a blind one, nothing of the model is told before it is done.
    """
    row = _session_row(entry, zone)
    if task is None:
        return row
    if task.blind and task.state != "done":
        row |= {"step": None, "sure": None, "level": level(None), "sureText": "–", "sureHelp": "It is blind."}
    return row | {"batch": task.batch, "badges": [task.batch, *_task_badges(task)]}


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


def export_sentence(manifest: Mapping[str, Any]) -> str:
    """As of when, and by whom it was reviewed."""
    names = sorted({name for session in manifest["sessions"] for name in session["annotators"]})
    return f"Submitted reviews of {plain(', '.join(names))}, as of event {manifest['log_position']:,}."


def export_counts(manifest: Mapping[str, Any]) -> list[tuple[str, int]]:
    shown = {
        "Sessions": "sessions",
        "Steps used": "steps_used",
        "Corrected": "steps_corrected",
        "Stories": "stories",
        "Examples": "examples",
        "Left out": "left_out",
    }
    return [(label, manifest["counts"][name]) for label, name in shown.items()]


def left_out_rows(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is not in the export, or not whole, and why."""
    rows = [
        {"what": f"{session['session']}, part {number}", "why": episode["left_out"] or episode["ends_early"]}
        for session in manifest["sessions"]
        for number, episode in enumerate(session["episodes"], 1)
    ]
    messages = [{"what": f"message {m['step']}", "why": m["reason"]} for m in manifest["messages_left_out"]]
    return [row for row in rows if row["why"]] + messages


def preview(content: bytes) -> str:
    text = content.decode()
    return text if len(text) <= PREVIEW_LENGTH else text[:PREVIEW_LENGTH] + "\n… (the download has all of it)"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive; equal files give equal bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def model_name(model: ModelFile, zone: tzinfo = UTC) -> str:
    return f"{model.id}, trained {when(model.trained_at, zone)}"


def model_row(model: ModelFile, zone: tzinfo = UTC) -> dict[str, Any]:
    """A row of the table of models: scores are cross-validated."""
    scores = {_title(name): _score(value) for name, value in model.scores.items()}
    counts = {_title(name): value for name, value in model.counts.items()}
    return {"Model": model.id, "Trained": when(model.trained_at, zone)} | scores | counts


def comparison_counts(comparison: Comparison) -> list[tuple[str, str, str | None]]:
    """(what, the new model's result, the change or None) for intents and for actions."""
    shown = []
    for label, kind in (("Intents right", "understanding"), ("Actions right", "action")):
        part = comparison.of(kind)
        right = sum(answer.new == answer.question.right for answer in part.answers)
        change = len(part.better) - len(part.worse)
        told = f"{change:+d}, was {right - change}" if change else None
        shown.append((label, f"{right} of {len(part.answers)}", told))
    return shown


def change_row(answers: Answers) -> dict[str, str]:
    """A row of what got better or worse; `Step` is the address of its replay."""
    question = answers.question
    return {
        "Step": f"replay?{urlencode({'session': question.session, 'step': question.step})}",
        "Of": "intent" if question.kind == "understanding" else "action",
        "Right": question.right,
        "Old": _said(answers.old, answers.old_probability),
        "New": _said(answers.new, answers.new_probability),
        "Session": question.session,
    }


def mistakes(confusion: Confusion) -> int:
    return sum(number for (right, said), number in confusion.items() if right != said)


def mistakes_sentence(confusion: Confusion) -> str:
    return f"{count(mistakes(confusion), 'mistake')} in {count(sum(confusion.values()), 'step')}"


def confusion_chart(confusion: Confusion, *, dark: bool = False) -> dict[str, Any]:
    """A Vega-Lite heat map: what is right down, what was said across; mistakes red, the rest blue."""
    shown = _most_confused(confusion)
    values = [
        {"right": right, "said": said or NOTHING, "steps": number, "kind": _kind(right, said)}
        for (right, said), number in sorted(confusion.items())
        if right in shown and said in shown
    ]
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": ["right", "mistake"], "range": ["#4c9bd6", "#d6564c"]},
        "legend": {"orient": "top", "title": None},
    }
    steps = {"field": "steps", "type": "quantitative"}
    cells = {
        "mark": {"type": "rect", "cornerRadius": 2},
        "encoding": {
            "color": color,
            "opacity": steps | {"scale": {"type": "sqrt", "range": [0.35, 1]}, "legend": None},
            "tooltip": [{"field": name, "type": "nominal"} for name in ("right", "said", "steps")],
        },
    }
    numbers = {"mark": {"type": "text", "color": "#fff" if dark else "#000"}, "encoding": {"text": steps}}
    return {
        "data": {"values": values},
        "height": {"step": 24},
        "encoding": {"y": _names("right", shown), "x": _names("said", shown, labelAngle=-40)},
        "layer": [cells, numbers],
    }


def _names(field: str, shown: set[str], **axis: Any) -> dict[str, Any]:
    """An axis with the same names in the same order on either side."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": sorted(name or NOTHING for name in shown)},
        "axis": {"title": field, "labelLimit": 180, "labelOverlap": False} | axis,
    }


def _most_confused(confusion: Confusion) -> set[str]:
    """Names to draw: those in the most mistakes first, then the most frequent."""
    wrong, seen = Counter[str](), Counter[str]()
    for (right, said), number in confusion.items():
        for name in {right, said}:
            seen[name] += number
            wrong[name] += number * (right != said)
    return set(sorted(seen, key=lambda name: (-wrong[name], -seen[name], name))[:CONFUSED])


def _kind(right: str, said: str) -> str:
    return "right" if right == said else "mistake"


def _said(name: str | None, probability_of_right: float) -> str:
    return f"{name or 'nothing'} (right one: {percent(probability_of_right)})"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("f1", "F1")


def _score(value: Any) -> Any:
    return percent(value) if value is None or isinstance(value, float) else value


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
        "facts": [_short(task.session), *_holders(task)],
        "badges": _task_badges(task),
        "status": _TASK_LOOKS[task.state],
        "statusText": _task_status(task, zone),
        "flags": [],
    }


def _task_badges(task: Task) -> list[str]:
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


STRATEGY_NAMES: Final[Mapping[Strategy, str]] = {
    "uncertain": "Least sure",
    "suspicious": "Suspicious",
    "unknown-path": "Unknown path",
    "disagreement": "Disagreement",
    "random": "Random",
    "oldest": "Oldest",
}
STRATEGY_HELP: Final[Mapping[Strategy, str]] = {
    "uncertain": "Sessions with the least sure step first.",
    "suspicious": "New paths, odd ends, messages not understood, steps that were close.",
    "unknown-path": "Went where no reviewed session went and was right.",
    "disagreement": "Reviewed before, and not of one mind.",
    "random": "Any, so that the rest is known too.",
    "oldest": "Longest ago first.",
}


def sampled_row(session: str, item: Item, opening: str) -> dict[str, Any]:
    """A row of the preview of a batch, for who opens it."""
    marks = [count(item.votes, "vote"), *(["blind"] if item.blind else []), *(["gold"] if item.gold else [])]
    marks += [f"first of {', '.join(item.guided)}"] if item.guided else []
    return {
        "session": session,
        "step": None,
        "opening": opening,
        "excerpt": [],
        "facts": [_short(session)],
        "badges": [*item.reasons],
        "status": "new",
        "statusText": ", ".join(marks),
        "flags": [],
    }


def preview_sentence(found: Preview) -> str:
    """What would be queued, and of how many."""
    votes = sum(item.votes for item in found.items)
    blind = sum(item.blind for item in found.items)
    gold = sum(item.gold for item in found.items)
    words = f"{len(found.items):,} of {count(found.found, 'session')} that fit, {count(votes, 'vote')}"
    return words + (f", {blind:,} blind" if blind else "") + (f", {gold:,} gold" if gold else "")


def people_row(name: str, far: Progress, score: Score | None) -> dict[str, Any]:
    """A row of who is how far in a batch."""
    return {
        "Who": plain(name),
        "Done": far.done,
        "Begun": far.begun,
        "Skipped": far.skipped,
        "Seconds a session": "–" if far.seconds is None else f"{far.seconds:.0f}",
        "Gold": percent(score.share) if score else "–",
    }


def closed_row(listed: Listed, zone: tzinfo = UTC) -> dict[str, Any]:
    return {
        "Batch": plain(listed.name),
        "Sessions": f"{listed.complete:,} of {listed.sessions:,} complete",
        "Votes": listed.votes,
        "Closed": when(listed.closed, zone) if listed.closed else "",
    }


def gold_sentence(score: Score) -> str:
    """How the person does on sessions whose answers are known; "" while there is nothing to say."""
    if score.share is None:
        return ""
    right = f"{score.right:,} of {count(score.steps, 'step')} right, {percent(score.share)}"
    return f"On {count(score.sessions, 'session')} whose answers are known: {right}."


def level(probability: float | None) -> str:
    """`low`, `middle`, `high` or `unknown`."""
    if probability is None:
        return "unknown"
    return "low" if probability < LOW else "middle" if probability < MIDDLE else "high"


def when(time: datetime, zone: tzinfo = UTC) -> str:
    """
    >>> when(datetime(2024, 11, 3, 14, 5, tzinfo=UTC))
    '3 Nov 2024 14:05'
    """
    time = time.astimezone(zone)
    return f"{time.day} {time:%b %Y %H:%M}"


def _facts(entry: Entry, zone: tzinfo) -> Iterator[str]:
    yield _short(entry.id)
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


def _short(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
