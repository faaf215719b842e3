"""Reviewed sessions -> stories, NLU examples, domain additions and a manifest, in files of their own."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import orjson

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.errors import OutputExists, OutputUnwritable
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import (
    JsonObject,
    export_stream,
)
from recorder.formats import domain_yaml, nlu_yaml, story_markdown, story_yaml
from recorder.review.corrections import GoldMessage
from recorder.services.gold import ReviewedSession
from recorder.store.log import EventLog
from recorder.stories.additions import additions
from recorder.stories.compiler import Compiled, Dialogue, LeftOut, compile_stories
from recorder.stories.story import Story

Notation = Literal["yaml", "markdown"]

MANIFEST: Final = "manifest.json"
STORIES: Final[Mapping[Notation, str]] = {"yaml": "stories.yml", "markdown": "stories.md"}
UNTRAINABLE: Final = ("Duckling", "Spacy", "Regex")
"""Extractors that are not trained: what they find is no example."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export would write, before anything is written."""

    files: Mapping[str, bytes]
    manifest: JsonObject


def compile_export(
    sessions: Iterable[ReviewedSession], domain: Domain | None = None, notation: Notation = "yaml"
) -> Export:
    """The files of an export; the same sessions give the same bytes."""
    sessions = list(sessions)
    dialogues = [Dialogue(e.session, e.number, e.events) for s in sessions for e in s.episodes]
    compiled, left_out = compile_stories(dialogues, domain)
    compiled, without_words = _writable(compiled, notation)
    stories = [one.story for one in compiled]
    examples, unused = _examples(m for s in sessions for e in s.episodes for m in e.messages)
    written = {name: text for session in sessions for name, text in session.responses.items()}
    added = additions(domain or Domain(), stories, examples, written)
    comments = {one.story.name: _provenance(one) for one in compiled}
    files = {
        STORIES[notation]: _told(stories, comments, notation).encode(),
        "nlu.yml": nlu_yaml.dump(NluData(examples=tuple(examples))).encode(),
        "domain_additions.yml": domain_yaml.dump(added).encode(),
    }
    left_out += without_words
    manifest = _manifest(sessions, compiled, left_out, examples, unused, added, files)
    files[MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"
    return Export(files, manifest)


def _writable(compiled: Sequence[Compiled], notation: Notation) -> tuple[list[Compiled], list[LeftOut]]:
    """Those that the notation has words for, and the others' dialogues."""
    stories = [one.story for one in compiled]
    if notation == "markdown":
        mute = story_markdown.unwritable(_without_metadata(stories))
    else:
        mute = story_yaml.unwritable(stories)
    reason = f"{STORIES[notation]} has no words for it"
    left_out = [LeftOut(d, reason) for one in compiled if one.story.name in mute for d in one.dialogues]
    return [one for one in compiled if one.story.name not in mute], left_out


def _told(stories: Sequence[Story], comments: Mapping[str, str], notation: Notation) -> str:
    if notation == "markdown":
        return story_markdown.dump(_without_metadata(stories), comments)
    return story_yaml.dump(stories, comments=comments)


def _without_metadata(stories: Iterable[Story]) -> list[Story]:
    """As legacy Markdown can say them; the comment above a story names its sessions there."""
    return [replace(story, metadata=None) for story in stories]


def _provenance(compiled: Compiled) -> str:
    return f"from session {', '.join(dialogue.name for dialogue in compiled.dialogues)}"


def write(export: Export, out: Path, *, force: bool = False) -> None:
    """Write the files; each one appears whole or not at all, the manifest last.

    Stories of an earlier export in the other notation go, so that no trainer reads both.

    Raises:
        OutputExists: one of them is there already and `force` is not set; nothing was written.
        OutputUnwritable: the folder cannot be written to; nothing of it was replaced.
    """
    taken = [out / name for name in export.files if (out / name).exists()]
    if taken and not force:
        raise OutputExists(taken[0])
    if folder := next((path for path in taken if path.is_dir()), None):
        raise OutputUnwritable(folder, "it is a folder")
    outdated = _outdated(out, export)
    drafts = {name: out / f".{name}.{os.getpid()}.new" for name in export.files}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in export.files.items():
            _write_through(drafts[name], content)
        for name, draft in drafts.items():
            draft.replace(out / name)
        for path in outdated:
            path.unlink()
    except OSError as error:
        raise OutputUnwritable(out, error.strerror or str(error)) from error
    finally:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _outdated(out: Path, export: Export) -> list[Path]:
    """An earlier export's stories in the other notation, if they are as it wrote them."""
    try:
        earlier = orjson.loads((out / MANIFEST).read_bytes())["files"]
        others = [name for name in STORIES.values() if name not in export.files and name in earlier]
        return [out / name for name in others if _digest((out / name).read_bytes()) == earlier[name]]
    except (OSError, ValueError, KeyError, TypeError):  # no export of ours is there
        return []


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record(log: EventLog, export: Export, *, actor: str) -> None:
    """Note in the log that the export was made; the same export is noted once."""
    digest = _digest(export.files[MANIFEST])
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
    if nlu_yaml.unwritable(NluData(examples=(_example(message),))):
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
        "files": {name: _digest(content) for name, content in files.items()},
    }
