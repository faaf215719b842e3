"""An export in words and rows, and its files to take away. Imports no Streamlit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from recorder.review.verdicts import USUAL, Rule, takes
from review_app.views import count, plain

PREVIEW_LENGTH: Final = 20_000
"""Bytes of a file that are shown."""
RULES: Final[Mapping[Rule, str]] = {
    "unanimous": "Unanimous",
    "majority": "Majority",
    "adjudicated": "Adjudicated",
}
_TAKEN: Final[Mapping[Rule, str]] = {
    "unanimous": "what nobody was against, and what was adjudicated",
    "majority": "what more than half said, and what was adjudicated",
    "adjudicated": "only what was adjudicated",
}


def reviewed_sentence(reviews: Mapping[str, int]) -> str:
    r"""How many reviews everybody has submitted, most first.

    >>> print(reviewed_sentence({"ana": 1, "ben": 2000}))
    2,001 submitted reviews\: ben 2,000, ana 1\.
    """
    named = ", ".join(f"{name} {number:,}" for name, number in sorted(reviews.items(), key=_most_first))
    return f"{count(sum(reviews.values()), 'submitted review')}{plain(f': {named}.') if named else ''}"


def _most_first(named: tuple[str, int]) -> tuple[int, str]:
    name, number = named
    return -number, name


def verdict_counts(verdicts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Steps by what the reviews say of them all together; what nobody has reviewed is left out."""
    shown = {
        "Steps agreed": "agreed",
        "By majority": "majority",
        "Adjudicated": "adjudicated",
        "Disputed": "disputed",
    }
    return [(label, verdicts.get(name, 0)) for label, name in shown.items()]


def rule_sentence(rule: Rule, verdicts: Mapping[str, int]) -> str:
    """What an export takes, and how many of the steps that anybody has reviewed that is.

    >>> rule_sentence("unanimous", {"agreed": 6, "majority": 2, "disputed": 1, "unreviewed": 9})
    'Takes what nobody was against, and what was adjudicated: 6 of 9 reviewed steps.'
    """
    of = sum(number for status, number in verdicts.items() if status != "unreviewed")
    taken = sum(number for status, number in verdicts.items() if takes(rule, status))
    return f"Takes {_TAKEN[rule]}: {taken:,} of {count(of, 'reviewed step')}."


def export_sentence(manifest: Mapping[str, Any]) -> str:
    """As of when, by whom it was reviewed, and which verdicts it takes."""
    names = sorted({name for session in manifest["sessions"] for name in session["annotators"]})
    said = f"Submitted reviews of {plain(', '.join(names))}, as of event {manifest['log_position']:,}."
    return f"{said} Taken is {_TAKEN[manifest['verdicts']['rule']]}."


def command(rule: Rule, location: str) -> str:
    """The command line that writes the same files.

    >>> command("majority", ""), command("unanimous", "--database x")
    ('recorder export --out DIR', 'recorder export --out DIR --verdicts unanimous --database x')
    """
    chosen = [] if rule == USUAL else ["--verdicts", rule]
    return " ".join(["recorder export --out DIR", *chosen, *filter(None, [location])])


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
    if len(content) <= PREVIEW_LENGTH:
        return content.decode()
    return content[:PREVIEW_LENGTH].decode(errors="ignore") + "\n… (the download has all of it)"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive; equal files give equal bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
