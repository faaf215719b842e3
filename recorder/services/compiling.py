"""Reviewed sessions -> the files of an export: each shard of sessions by itself, then all put together.

A shard is told in the notation where its sessions are read. Putting together only merges what is
equal, gives names and joins texts, in the order of the sessions: whatever the shards, the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Literal, NamedTuple

import orjson

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import EntitySpan, Example
from recorder.events.event import Event, JsonObject
from recorder.formats import annotated_text, domain_yaml, nlu_yaml, story_markdown, story_yaml
from recorder.formats.story_file import marked_spans
from recorder.review.corrections import GoldMessage
from recorder.review.verdicts import USUAL, Rule
from recorder.services.exported import MANIFEST
from recorder.services.gold import Judged, ReviewedSession, settled
from recorder.store.log import EventLog
from recorder.store.shards import Shard, Workers
from recorder.stories.additions import Uses, additions
from recorder.stories.compiler import Compiled, Dialogue, compile_stories, spoken_steps, story_of
from recorder.stories.story import ActionStep, Step, Story, UserStep, unique_names

Notation = Literal["yaml", "markdown"]

STORIES: Final[Mapping[Notation, str]] = {"yaml": "stories.yml", "markdown": "stories.md"}
TESTS: Final = "test_stories.yml"
UNTRAINABLE: Final = ("Duckling", "Spacy", "Regex")
"""Extractors that are not trained: what they find is no example."""
_ORDINARY: Final = re.compile(r"\w(?:[\w .()@-]*[\w)])?", re.ASCII)
"""Names that every notation has words for."""
_STATUSES: Final = ("agreed", "majority", "adjudicated", "disputed")
"""Of verdicts that the manifest counts; beside them, those adjudicated that are reopened."""
_ANY_STEPS: Final = (UserStep("intent"), ActionStep("action"))


@dataclass(frozen=True, slots=True)
class Export:
    """What an export would write, before anything is written."""

    files: Mapping[str, bytes]
    manifest: JsonObject
    began: tuple[int, ...]
    """Of each session in it, the position of its first event; ascending."""


class Sketch(NamedTuple):
    """A story without its name: the dialogues that took the same steps, and what their steps look like."""

    digest: bytes
    """Of the steps."""
    text: str | None
    """The steps in the notation; None: it has no words for them."""
    uses: Uses
    dialogues: list[Dialogue]
    """Without their events."""


class Told(NamedTuple):
    """An example of an intent, told already."""

    text: str
    step: str
    """Where it was said first."""
    entities: tuple[tuple[str, str | None, str | None], ...]
    """Name, role, group."""


@dataclass(slots=True)
class Part:
    """What an export needs of some sessions: no more of their words than its files hold."""

    sessions: list[JsonObject] = field(default_factory=list)
    """As the manifest lists them; the stories' names are missing."""
    sketches: dict[bytes, Sketch] = field(default_factory=dict)
    tests: dict[bytes, Sketch] = field(default_factory=dict)
    """As the sketches, of test stories; empty where none are wanted."""
    examples: dict[tuple[str, str], Told] = field(default_factory=dict)
    """Intent and marked text -> example."""
    unused: list[JsonObject] = field(default_factory=list)
    """Messages that make no example, with the reason."""
    verdicts: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys((*_STATUSES, "reopened"), 0))
    )
    """Status -> how many steps have such a verdict, used or not."""
    responses: dict[str, str] = field(default_factory=dict)
    position: int = 0
    began: list[int] = field(default_factory=list)
    """Positions of the sessions' first events."""

    def add(self, other: Part) -> None:
        """Take in the sessions that follow."""
        self.sessions += other.sessions
        for mine, theirs in ((self.sketches, other.sketches), (self.tests, other.tests)):
            for digest, sketch in theirs.items():
                mine.setdefault(digest, sketch._replace(dialogues=[])).dialogues.extend(sketch.dialogues)
        for key, told in other.examples.items():
            self.examples.setdefault(key, told)
        self.unused += other.unused
        self.verdicts.update(other.verdicts)
        self.responses |= other.responses
        self.position = max(self.position, other.position)
        self.began += other.began


def compile_shards(
    workers: Workers,
    shards: Sequence[Shard[Judged]],
    domain: Domain | None = None,
    notation: Notation = "yaml",
    *,
    tests: bool = False,
    rule: Rule = USUAL,
) -> Export:
    """The files of an export; the same state of the log gives the same bytes, whoever works on it.

    Args:
        tests: also end-to-end test stories, in YAML.
        rule: which verdicts count.
    """
    compiled = partial(_compile, domain=domain, notation=notation, tests=tests, rule=rule)
    return merged(workers.map(compiled, shards), domain, notation, tests=tests, rule=rule)


def _compile(
    log: EventLog, shard: Shard[Judged], domain: Domain | None, notation: Notation, tests: bool, rule: Rule
) -> Part:
    return part_of(settled(log, shard, domain, rule), domain, notation, tests=tests)


def compile_export(
    sessions: Iterable[ReviewedSession],
    domain: Domain | None = None,
    notation: Notation = "yaml",
    *,
    tests: bool = False,
    rule: Rule = USUAL,
) -> Export:
    """The files of an export of these sessions, which were settled by this rule."""
    part = part_of(sessions, domain, notation, tests=tests)
    return merged([part], domain, notation, tests=tests, rule=rule)


def part_of(
    sessions: Iterable[ReviewedSession],
    domain: Domain | None = None,
    notation: Notation = "yaml",
    *,
    tests: bool = False,
) -> Part:
    """What an export needs of these sessions."""
    part = Part()
    dialogues: list[Dialogue] = []
    for session in sessions:
        dialogues += (Dialogue(e.session, e.number, e.events) for e in session.episodes)
        part.sessions.append(_listed(session))
        for verdict in session.verdicts.values():
            part.verdicts[verdict.status] += verdict.status in _STATUSES
            part.verdicts["reopened"] += verdict.reopened
        part.responses |= session.responses
        part.position = max(part.position, session.position)
        part.began.append(session.began)
        for message in (m for episode in session.episodes for m in episode.messages):
            _take_message(part, message)
    compiled, left_out = compile_stories(dialogues, domain)
    for sketch in (_sketch(one, notation) for one in compiled):
        part.sketches[sketch.digest] = sketch
    for one in compile_stories(dialogues, domain, _tested)[0] if tests else ():
        sketch = _sketch(one, "yaml")
        part.tests[sketch.digest] = sketch
    reasons = {(left.dialogue.session, left.dialogue.number): left.reason for left in left_out}
    for listed in part.sessions:
        for number, episode in enumerate(listed["episodes"]):
            episode["left_out"] = reasons.get((listed["session"], number))
    return part


def _listed(session: ReviewedSession) -> JsonObject:
    return {
        "session": session.session,
        "annotators": list(session.annotators),
        "episodes": [
            {
                "story": None,
                "questions": e.questions,
                "steps_used": len(e.gold),
                "steps_corrected": e.corrected,
                "left_out": None,
                "ends_early": e.stopped,
            }
            for e in session.episodes
        ],
    }


def _sketch(compiled: Compiled, notation: Notation) -> Sketch:
    steps = compiled.story.steps
    return Sketch(
        hashlib.sha256(repr(steps).encode(errors="surrogatepass")).digest(),
        story_markdown.steps_text(steps) if notation == "markdown" else story_yaml.steps_text(steps),
        Uses.of(steps),
        [dialogue._replace(events=()) for dialogue in compiled.dialogues],
    )


def _tested(events: Iterable[Event], domain: Domain | None) -> tuple[Step, ...]:
    """Steps to test with; words in which the entities cannot be marked are left out."""
    steps = spoken_steps(events, domain)
    return tuple(_without_words(s) if isinstance(s, UserStep) and not _can_be_marked(s) else s for s in steps)


def _can_be_marked(step: UserStep) -> bool:
    spans = marked_spans(step)
    return len(spans) == len(step.entities) and annotated_text.can_be_written(step.text or "", spans)


def _without_words(step: UserStep) -> UserStep:
    return UserStep(step.intent, tuple(replace(entity, start=None, end=None) for entity in step.entities))


def _take_message(part: Part, message: GoldMessage) -> None:
    made = example_of(message)
    if isinstance(made, str):
        if made:
            part.unused.append({"step": message.step, "reason": made})
        return
    example, marked = made
    entities = tuple((span.entity, span.role, span.group) for span in example.entities)
    part.examples.setdefault((example.intent, marked), Told(example.text, message.step, entities))


def example_of(message: GoldMessage) -> tuple[Example, str] | str:
    """The example that a message makes, and its marked text; or why it makes none.

    "" where that needs no explanation.
    """
    if message.text.startswith(("/", "EXTERNAL: ")):  # no words
        return ""
    if not message.text.strip():
        return "the message is empty"
    spans = [span for entity in message.entities if (span := _span(entity, message.text)) is not None]
    example = Example(message.text, message.intent, tuple(sorted(spans, key=lambda s: (s.start, s.end))))
    marked = nlu_yaml.marked(example)
    return "its text cannot be written with its entities marked" if marked is None else (example, marked)


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


def merged(
    parts: Iterable[Part],
    domain: Domain | None = None,
    notation: Notation = "yaml",
    *,
    tests: bool = False,
    rule: Rule = USUAL,
) -> Export:
    """The files of an export of all parts, each part taken in as it comes."""
    whole = Part()
    for part in parts:
        whole.add(part)
    told, untold = _named(whole.sketches.values(), notation)
    by_intent, examples = _gathered(whole)
    used = [sketch.uses for _, sketch in told]
    used += [Uses(intents=(intent,), entities=example.entities) for (intent, _), example in examples.items()]
    added = additions(domain or Domain(), Uses.together(used), whole.responses)
    files = {
        STORIES[notation]: _stories(told, notation).encode(),
        "nlu.yml": nlu_yaml.dump_marked(by_intent).encode(),
        "domain_additions.yml": domain_yaml.dump(added).encode(),
    }
    counted = {}
    if tests:
        tested, _ = _named(whole.tests.values(), "yaml")
        files[TESTS] = _stories(tested, "yaml").encode()
        counted["tests"] = len(tested)
    sessions = _with_stories(whole.sessions, told, untold, f"{STORIES[notation]} has no words for it")
    counts = _counts(sessions) | {"stories": len(told), "examples": len(examples)}
    manifest = {
        "log_position": whole.position,
        "counts": {name: counts[name] for name in _COUNTS} | counted,
        "verdicts": {"rule": rule, **{name: whole.verdicts[name] for name in (*_STATUSES, "reopened")}},
        "sessions": sessions,
        "messages_left_out": whole.unused,
        "added": _added(added),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files[MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"
    return Export(files, manifest, tuple(sorted(whole.began)))


def _named(sketches: Iterable[Sketch], notation: Notation) -> tuple[list[tuple[Story, Sketch]], list[Sketch]]:
    """The stories, their steps still apart, and those that the notation has no words for."""
    sketches = list(sketches)
    told, untold = [], []
    heads = unique_names(story_of(sketch.dialogues, ()) for sketch in sketches)
    for head, sketch in zip(heads, sketches, strict=True):
        if sketch.text is not None and _can_be_head(head, notation):
            told.append((head, sketch))
        else:
            untold.append(sketch)
    return told, untold


def _can_be_head(head: Story, notation: Notation) -> bool:
    """Whether the notation has words for its name, and for the names of its sessions where it has those."""
    if all(_ORDINARY.fullmatch(name) for name in (head.name, *head.metadata["sessions"])):
        return True
    if notation == "markdown":
        return not story_markdown.unwritable([Story(head.name, _ANY_STEPS)])
    return not story_yaml.unwritable([replace(head, steps=_ANY_STEPS)])


def _stories(told: Sequence[tuple[Story, Sketch]], notation: Notation) -> str:
    dump = story_markdown.dump_told if notation == "markdown" else story_yaml.dump_told
    comments = {
        head.name: f"from session {', '.join(head.metadata['sessions'])}" for head, _ in told
    }  # legacy Markdown names a story's sessions here only
    return dump([(head, sketch.text or "") for head, sketch in told], comments)


def _gathered(whole: Part) -> tuple[dict[str, list[str]], dict[tuple[str, str], Told]]:
    """The examples, marked, by intent; a text that was given several intents is none, which is noted."""
    intents: dict[str, set[str]] = defaultdict(set)
    for (intent, _), told in whole.examples.items():
        intents[told.text].add(intent)
    by_intent: dict[str, list[str]] = {}
    clear: dict[tuple[str, str], Told] = {}
    for (intent, marked), told in whole.examples.items():
        if len(intents[told.text]) == 1:
            by_intent.setdefault(intent, []).append(marked)
            clear[intent, marked] = told
        else:
            reason = f"the same text was given several intents: {', '.join(sorted(intents[told.text]))}"
            whole.unused.append({"step": told.step, "reason": reason})
    return by_intent, clear


def _with_stories(
    sessions: Sequence[JsonObject],
    told: Sequence[tuple[Story, Sketch]],
    untold: Sequence[Sketch],
    reason: str,
) -> list[JsonObject]:
    """The manifest's sessions with the story of each episode, or the reason why it has none."""
    names = {(d.session, d.number): head.name for head, sketch in told for d in sketch.dialogues}
    without = {(d.session, d.number) for sketch in untold for d in sketch.dialogues}

    def episode(session: str, number: int, known: JsonObject) -> JsonObject:
        place = session, number
        left_out = reason if place in without else known["left_out"]
        return known | {"story": names.get(place), "left_out": left_out}

    return [
        each | {"episodes": [episode(each["session"], *one) for one in enumerate(each["episodes"])]}
        for each in sessions
    ]


_COUNTS: Final = (
    "sessions",
    "episodes",
    "questions",
    "steps_used",
    "steps_corrected",
    "stories",
    "examples",
    "left_out",
)


def _counts(sessions: Sequence[JsonObject]) -> dict[str, int]:
    episodes = [episode for session in sessions for episode in session["episodes"]]
    return {
        "sessions": len(sessions),
        "episodes": len(episodes),
        "left_out": sum(episode["left_out"] is not None for episode in episodes),
        **{
            name: sum(episode[name] for episode in episodes)
            for name in ("questions", "steps_used", "steps_corrected")
        },
    }


def _added(added: Domain) -> JsonObject:
    return {
        "intents": list(added.intent_names),
        "entities": [entity.name for entity in added.entities],
        "slots": list(added.slot_names),
        "actions": list(added.actions),
        "responses": list(added.responses),
        "forms": [form.name for form in added.forms],
    }
