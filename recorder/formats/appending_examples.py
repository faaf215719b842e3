"""Examples appended to a file of NLU data: in YAML, in legacy Markdown, in legacy JSON.

They go below the intent where the file has it, else below a new one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.errors import NotationError
from recorder.formats import nlu_json, nlu_markdown, nlu_yaml, yaml_writer
from recorder.formats.appending import (
    Appended,
    Notation,
    checked,
    content_of,
    notation_of,
    refused,
    without_mark,
)
from recorder.formats.line_breaks import with_break
from recorder.formats.nlu_file import ByIntent, NluFile
from recorder.formats.problems import Problem
from recorder.formats.yaml_insertions import Item, YamlInsertions
from recorder.formats.yaml_places import Place
from recorder.formats.yaml_reader import load


def append(text: str, name: str, examples: Sequence[Example]) -> Appended:
    """The text with these examples.

    One that is there is not added. Neither is one that is there with another intent or other entities:
    that is a problem, with the line.

    Args:
        text: of the file; "" where there is none yet.
        name: of the file, for messages; it says which notation is to be used.

    Raises:
        NotationError: the text cannot be read, or nothing can be added to it.
    """
    notation = notation_of(text, name)
    content = content_of(text, name) if text.strip() else None
    if notation != "yaml" and content and not content.nlu and content.is_known:
        raise NotationError("holds no NLU data, and nothing else may stand in one file with it", file=name)
    old = content.nlu if content and content.nlu else NluData()
    new, known, problems = _sorted_out(examples, old, notation, name)
    if not new:
        return Appended(text, (), known, problems)
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in new:
        by_intent[example.intent].append(example)
    text, mark = without_mark(text)
    result = _WRITERS[notation](text, name, by_intent)
    _check(result, name, notation, old, new)
    return Appended(mark + result, tuple(nlu_yaml.marked(example) or "" for example in new), known, problems)


def _sorted_out(
    examples: Sequence[Example], old: NluData, notation: Notation, name: str
) -> tuple[list[Example], tuple[str, ...], tuple[Problem, ...]]:
    """Those to add, as they will be read; texts of those that are there; why others are not added."""
    there: dict[str, list[Example]] = defaultdict(list)
    for one in old.examples:
        there[one.text].append(one)
    new: list[Example] = []
    known, problems = [], []
    for given in examples:
        if (example := _as_written(given, notation, name)) is None:
            problems.append(Problem(name, None, f"{_shown(given)} is not added: it cannot be written here"))
        elif any(_labels(example) == _labels(one) for one in there[example.text]):
            known.append(example.text)
        elif there[example.text]:
            problems.append(_contradiction(example, there[example.text][0], name))
        else:
            there[example.text].append(example)
            new.append(example)
    return new, tuple(known), tuple(problems)


def _labels(example: Example) -> tuple[str, tuple[EntitySpan, ...]]:
    return example.intent, example.entities


def _contradiction(example: Example, other: Example, name: str) -> Problem:
    what = f"of intent '{other.intent}'" if other.intent != example.intent else "with other entities"
    where = f"in line {other.line}" if other.line else "already"
    message = f"{_shown(example)} is an example {what} {where}: it is not added to '{example.intent}'"
    return Problem(name, other.line, message)


def _shown(example: Example) -> str:
    return yaml_writer.printable(repr(example.text[:60]))


def _as_written(example: Example, notation: Notation, name: str) -> Example | None:
    """As it will be read; None where the notation has no words for it."""
    if nlu_yaml.marked(example) is None:
        return None
    fitting = example if notation == "yaml" else replace(example, metadata=None)
    try:
        found = _read(_WRITERS[notation]("", name, {example.intent: [fitting]}), name, notation)
    except (NotationError, UnicodeEncodeError):
        return None
    wanted = fitting.text.strip(nlu_yaml.STRIPPED), fitting.intent, len(fitting.entities), fitting.metadata
    read = [
        one for one in found.examples if wanted == (one.text, one.intent, len(one.entities), one.metadata)
    ]
    return replace(read[0], line=None) if len(found.examples) == len(read) == 1 else None


def _read(text: str, name: str, notation: Notation) -> NluData:
    found: NluFile | None
    if notation == "markdown":
        found = nlu_markdown.loads(text, name)
    elif notation == "json":
        found = nlu_json.loads(text, name)
    else:
        found = nlu_yaml.loads(text, name)
    return found.data if found else NluData()


def _check(text: str, name: str, notation: Notation, old: NluData, new: Sequence[Example]) -> None:
    """Raises NotationError where the result is not the old data and the new."""
    try:
        found = _read(text, name, notation)
    except NotationError:
        raise refused(name, "examples") from None
    tables = [(data.synonyms, data.regexes, data.lookups) for data in (old, found)]
    kept = Counter(found.examples) == Counter(old.examples) + Counter(new)
    if not kept or tables[0] != tables[1]:
        raise refused(name, "examples")


def _yaml(text: str, name: str, by_intent: ByIntent) -> str:
    if not text.strip():
        return with_break(text) + nlu_yaml.dump(
            NluData(tuple(e for found in by_intent.values() for e in found))
        )
    insertions = YamlInsertions(text, load(text, name))
    section = insertions.section("nlu")
    items = []
    for intent, examples in by_intent.items():
        left = _extended(insertions, _below(section, intent), examples)
        if left:
            items.append(Item(nlu_yaml.item(left)))
    if items:
        insertions.extend_section("nlu", items, spaced=True)
    checked(insertions, "nlu", texts_too=True)
    return insertions.result()


def _below(section: Place | None, intent: str) -> list[Place]:
    """What stands as `examples:` of an intent, wherever it is listed."""
    items = section.children if section and section.kind == "list" else ()
    found = []
    for item in items:
        name = item.find("intent") if item.kind == "map" else None
        if name is not None and name.value == intent and (examples := item.find("examples")):
            found.append(examples)
    return found


def _extended(
    insertions: YamlInsertions, places: Sequence[Place], examples: Sequence[Example]
) -> list[Example]:
    """Add them to what an intent has already; returns those for which there was no room."""
    for place in reversed(places):
        if place.kind == "list" and place.children:
            insertions.extend(place, [Item(_object(example)) for example in examples])
            return []
        plain = [
            e for e in examples if e.metadata is None and yaml_writer.fits_line(nlu_yaml.marked(e) or "")
        ]
        if plain and insertions.add_lines(place, [f"- {nlu_yaml.marked(example)}" for example in plain]):
            return [example for example in examples if example not in plain]
    return list(examples)


def _object(example: Example) -> dict[str, Any]:
    text = nlu_yaml.marked(example)
    return {"text": text} if example.metadata is None else {"text": text, "metadata": example.metadata}


_WRITERS: Final[Mapping[Notation, Callable[[str, str, ByIntent], str]]] = {
    "yaml": _yaml,
    "markdown": nlu_markdown.insert,
    "json": nlu_json.insert,
}
