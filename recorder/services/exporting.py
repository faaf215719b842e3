"""Reviewed sessions -> stories, NLU examples, domain additions and a manifest, in files of their own."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import orjson

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.dialogue.steps import cut
from recorder.errors import DatabaseUnusable, OutputExists
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import (
    JsonObject,
    Recorded,
    export_stream,
    review_stream,
    session_stream,
    stream_parts,
)
from recorder.formats import annotated_text, domain_yaml, nlu_yaml, story_markdown, story_yaml
from recorder.review import reviews
from recorder.review.corrections import CorrectedEpisode, GoldMessage, correct
from recorder.review.questions import ask, spell_out
from recorder.review.verdicts import Verdict, settle
from recorder.store.log import EventLog
from recorder.stories.additions import additions
from recorder.stories.compiler import Compiled, Dialogue, LeftOut, compile_stories

Notation = Literal["yaml", "markdown"]

MANIFEST: Final = "manifest.json"
UNTRAINABLE: Final = ("Duckling", "Spacy", "Regex")
"""Extractors that are not trained: what they find is no example."""


@dataclass(frozen=True, slots=True)
class ReviewedSession:
    """A session with at least one submitted review, as it should have gone."""

    session: str
    annotators: tuple[str, ...]
    """Who submitted, sorted."""
    episodes: tuple[CorrectedEpisode, ...]
    verdicts: Mapping[str, Verdict]
    responses: Mapping[str, str]
    position: int
    """Position in the log of the newest event that was read for it."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export would write, before anything is written."""

    files: Mapping[str, bytes]
    manifest: JsonObject


def reviewed_sessions(
    log: EventLog, domain: Domain | None = None, as_of: int | None = None
) -> Iterable[ReviewedSession]:
    """All sessions with a submitted review, in the order of their names, one at a time.

    Args:
        as_of: nothing after this position of the log counts; None: all of it does.
    """
    by_session: dict[str, list[str]] = defaultdict(list)
    for stream in log.streams("review/"):
        _, session, annotator = stream_parts(stream)
        by_session[session].append(annotator)
    for session in sorted(by_session):
        found = _reviewed(log, session, sorted(by_session[session]), domain, as_of)
        if found is not None:
            yield found


def _reviewed(
    log: EventLog, session: str, annotators: Sequence[str], domain: Domain | None, as_of: int | None
) -> ReviewedSession | None:
    streams = {annotator: review_stream(session, annotator) for annotator in annotators}
    rows = log.read_many([session_stream(session), *streams.values()])
    rows = {
        stream: [r for r in part if as_of is None or r.position <= as_of] for stream, part in rows.items()
    }
    given = {name: reviews.replay((r.id, r.event) for r in rows[stream]) for name, stream in streams.items()}
    submitted = {name: review for name, review in given.items() if review.submitted}
    if not submitted:
        return None
    questions = ask(cut(rows[session_stream(session)], domain))
    decisions = {name: review.decisions() for name, review in submitted.items()}
    verdicts = settle([spell_out(questions, reviews.answers(made)) for made in decisions.values()])
    disputed = [step for step, verdict in verdicts.items() if verdict.status == "disputed"]
    answers = {step: verdict.answer for step, verdict in verdicts.items()}
    return ReviewedSession(
        session=session,
        annotators=tuple(submitted),
        episodes=tuple(correct(session, questions, answers, disputed=disputed, domain=domain)),
        verdicts=verdicts,
        responses={n: t for made in decisions.values() for n, t in reviews.responses(made).items()},
        position=max(_last(rows[session_stream(session)]), *(_last(rows[streams[n]]) for n in submitted)),
    )


def _last(rows: Sequence[Recorded]) -> int:
    return rows[-1].position if rows else 0


def compile_export(
    sessions: Iterable[ReviewedSession], domain: Domain | None = None, notation: Notation = "yaml"
) -> Export:
    """The files of an export; the same sessions give the same bytes."""
    sessions = list(sessions)
    dialogues = [Dialogue(e.session, e.number, e.events) for s in sessions for e in s.episodes]
    compiled, left_out = compile_stories(dialogues, domain)
    stories = [one.story for one in compiled]
    examples, unused = _examples(m for s in sessions for e in s.episodes for m in e.messages)
    written = {name: text for session in sessions for name, text in session.responses.items()}
    added = additions(domain or Domain(), stories, examples, written)
    files = {
        "stories.md" if notation == "markdown" else "stories.yml": (
            story_markdown.dump(stories) if notation == "markdown" else story_yaml.dump(stories)
        ).encode(),
        "nlu.yml": nlu_yaml.dump(NluData(examples=tuple(examples))).encode(),
        "domain_additions.yml": domain_yaml.dump(added).encode(),
    }
    manifest = _manifest(sessions, compiled, left_out, examples, unused, added, files)
    files[MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"
    return Export(files, manifest)


def write(export: Export, out: Path, *, force: bool = False) -> None:
    """Write the files; each one appears whole or not at all, the manifest last.

    Raises:
        OutputExists: one of them is there already and `force` is not set; nothing was written.
        DatabaseUnusable: the folder cannot be written to.
    """
    taken = [out / name for name in export.files if (out / name).exists()]
    if taken and not force:
        raise OutputExists(taken[0])
    try:
        out.mkdir(parents=True, exist_ok=True)
        drafts = {name: out / f".{name}.{os.getpid()}.new" for name in export.files}
        for name, content in export.files.items():
            drafts[name].write_bytes(content)
        for name, draft in drafts.items():
            draft.replace(out / name)
    except OSError as error:
        raise DatabaseUnusable(str(out), error.strerror or str(error)) from error


def record(log: EventLog, export: Export, *, actor: str) -> None:
    """Note in the log that the export was made; the same export is noted once."""
    digest = hashlib.sha256(export.files[MANIFEST]).hexdigest()
    event = SessionsExported(export.manifest["log_position"], digest, export.manifest["counts"])
    stream = export_stream(digest[:16])
    if log.version(stream) == 0:
        log.append(stream, [event], actor=actor)


def _examples(messages: Iterable[GoldMessage]) -> tuple[list[Example], list[JsonObject]]:
    """Examples without repeats, and the messages that make none, with the reason."""
    found: dict[Example, str] = {}
    unused: list[JsonObject] = []
    for message in messages:
        reason = _unfit(message)
        if reason is None:
            found.setdefault(_example(message), message.step)
        elif reason:
            unused.append({"step": message.step, "reason": reason})
    intents: dict[str, set[str]] = defaultdict(set)
    for example in found:
        intents[example.text].add(example.intent)
    for example, step in found.items():
        if len(intents[example.text]) > 1:
            reason = f"the same text was given several intents: {', '.join(sorted(intents[example.text]))}"
            unused.append({"step": step, "reason": reason})
    return [example for example in found if len(intents[example.text]) == 1], unused


def _unfit(message: GoldMessage) -> str | None:
    """Why a message is no example; "" where that needs no explanation."""
    if message.text.startswith(("/", "EXTERNAL: ")):
        return ""
    if not message.text.strip():
        return "the message is empty"
    example = _example(message)
    if not annotated_text.can_be_written(example.text, example.entities):
        return "its text cannot be written with its entities marked"
    return None


def _example(message: GoldMessage) -> Example:
    spans = [span for entity in message.entities if (span := _span(entity, message.text)) is not None]
    return Example(message.text, message.intent, tuple(sorted(spans, key=lambda s: (s.start, s.end))))


def _span(entity: JsonObject, text: str) -> EntitySpan | None:
    start, end = entity.get("start"), entity.get("end")
    extractor = str(entity.get("extractor") or "")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        return None
    if extractor.startswith(UNTRAINABLE):
        return None
    value, role, group = entity.get("value"), entity.get("role"), entity.get("group")
    return EntitySpan(
        start,
        end,
        str(entity["entity"]),
        value if isinstance(value, str) else orjson.dumps(value).decode(),
        role=role if isinstance(role, str) else None,
        group=group if isinstance(group, str) else None,
    )


def _manifest(
    sessions: Sequence[ReviewedSession],
    compiled: Sequence[Compiled],
    left_out: Sequence[LeftOut],
    examples: Sequence[Example],
    unused: Sequence[JsonObject],
    added: Domain,
    files: Mapping[str, bytes],
) -> JsonObject:
    story_of = {(d.session, d.number): one.story.name for one in compiled for d in one.dialogues}
    reasons = {(left.dialogue.session, left.dialogue.number): left.reason for left in left_out}
    episodes = [e for session in sessions for e in session.episodes]
    return {
        "log_position": max((session.position for session in sessions), default=0),
        "counts": {
            "sessions": len(sessions),
            "episodes": len(episodes),
            "questions": sum(e.questions for e in episodes),
            "steps_used": sum(len(e.gold) for e in episodes),
            "steps_corrected": sum(e.corrected for e in episodes),
            "stories": len(compiled),
            "examples": len(examples),
            "left_out": len(left_out),
        },
        "sessions": [
            {
                "session": session.session,
                "annotators": list(session.annotators),
                "episodes": [
                    {
                        "story": story_of.get((e.session, e.number)),
                        "questions": e.questions,
                        "steps_used": len(e.gold),
                        "steps_corrected": e.corrected,
                        "left_out": reasons.get((e.session, e.number)),
                        "ends_early": e.stopped,
                    }
                    for e in session.episodes
                ],
            }
            for session in sessions
        ],
        "messages_left_out": list(unused),
        "added": {
            "intents": list(added.intent_names),
            "entities": [entity.name for entity in added.entities],
            "slots": list(added.slot_names),
            "actions": list(added.actions),
            "responses": list(added.responses),
            "forms": [form.name for form in added.forms],
        },
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
