"""What was taught in some sessions, compiled as values: stories, examples, what the domain needs for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import Example
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import NewEvent, export_stream, review_stream, session_stream, stream_parts
from recorder.events.review import ReviewSubmitted
from recorder.review import reviews
from recorder.review.corrections import GoldMessage
from recorder.services.compiling import example_of
from recorder.services.gold import Judged, ReviewedSession, settled
from recorder.store.log import EventLog
from recorder.store.shards import Shard, Snapshot
from recorder.stories.additions import Uses, additions
from recorder.stories.compiler import Dialogue, compile_stories
from recorder.stories.story import Story


@dataclass(frozen=True, slots=True)
class Taught:
    """What a lesson adds to the training data; nothing is written yet."""

    stories: tuple[Story, ...]
    """Each once, in the order of the sessions; `metadata["sessions"]` says where it comes from."""
    examples: tuple[Example, ...]
    """Messages whose understanding was confirmed or corrected, each once; none of a `/intent`."""
    domain: Domain
    """What they use that the domain does not have yet."""
    left_out: tuple[str, ...]
    """What is not in it although it was taught, a sentence each."""


def submit(log: EventLog, sessions: Iterable[str], annotator: str) -> None:
    """Say that the annotator is done with these sessions; those without a decision are passed by.

    Raises: LogError.
    """
    for session in sessions:
        stream = review_stream(session, annotator)
        records = log.read(stream)
        review = reviews.replay((record.id, record.event) for record in records)
        if review.standing and not review.submitted:
            version = log.version(f"session/{stream.split('/')[1]}")
            log.append(
                stream, [NewEvent(ReviewSubmitted(version))], expected_version=len(records), actor=annotator
            )


def compile_taught(log: EventLog, sessions: Sequence[str], domain: Domain) -> Taught:
    """What the submitted reviews of these sessions teach, by the compiler of every export.

    Args:
        domain: the assistant's, before the lesson.
    """
    shard = Shard([_judged(log, session) for session in sessions], Snapshot.of(log))
    found = [*settled(log, shard, domain)]
    episodes = [episode for session in found for episode in session.episodes]
    compiled, left_out = compile_stories((Dialogue(e.session, e.number, e.events) for e in episodes), domain)
    stories = tuple(one.story for one in compiled)
    examples, unclear = _examples(m for episode in episodes for m in episode.messages)
    used = [Uses.of(story.steps) for story in stories]
    used += [Uses((e.intent,), tuple((s.entity, s.role, s.group) for s in e.entities)) for e in examples]
    reasons = [f"{left.dialogue.name}: {left.reason}" for left in left_out]
    reasons += [
        f"{e.session}, episode {e.number + 1}: it ends where {e.stopped}" for e in episodes if e.stopped
    ]
    added = additions(domain, Uses.together(used), _responses(found))
    return Taught(stories, tuple(examples), added, (*reasons, *unclear))


def _judged(log: EventLog, session: str) -> Judged:
    prefix = review_stream(session, "")
    return session, tuple(sorted(stream_parts(stream)[2] for stream in log.streams(prefix)))


def _responses(found: Iterable[ReviewedSession]) -> dict[str, str]:
    return {name: text for session in found for name, text in session.responses.items()}


def _examples(messages: Iterable[GoldMessage]) -> tuple[list[Example], list[str]]:
    """The examples, and why other messages make none."""
    unclear: list[str] = []
    intents: dict[str, dict[str, None]] = defaultdict(dict)
    examples: dict[Example, None] = {}
    for message in messages:
        made = example_of(message)
        if isinstance(made, str):
            unclear += [f"{message.text!r}: {made}"] * bool(made)
            continue
        intents[message.text][message.intent] = None
        examples[made[0]] = None
    for text, names in intents.items():
        if len(names) > 1:
            unclear.append(f"{text!r}: the same text was given several intents: {', '.join(names)}")
    return [example for example in examples if len(intents[example.text]) == 1], unclear


def note(log: EventLog, sessions: Iterable[str], count: int, written: bytes, actor: str) -> None:
    """Note in the log that what these sessions taught was added to a file: whoever forgets one will be told.

    Args:
        count: how much of it was new there.
        written: all that the file holds now. The same is noted once.

    Raises: LogError.
    """
    records = log.read_many(map(session_stream, sessions))
    began = tuple(sorted(rows[0].position for rows in records.values() if rows))
    latest = max((rows[-1].position for rows in records.values() if rows), default=0)
    mark = sha256(written).hexdigest()
    stream = export_stream(mark[:16])
    if log.version(stream) == 0:
        log.append(stream, [SessionsExported(latest, mark, {"added": count}, began)], actor=actor)
