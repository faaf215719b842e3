"""Batches and their samples, for who opens them and looks after them. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any, Final

from recorder.review.batches import Item, Progress
from recorder.review.sampling import Strategy
from recorder.services.board import Listed
from recorder.services.measuring import Score
from recorder.services.opening import Preview
from review_app.views import count, percent, plain, short, when

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
        "facts": [short(session)],
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
