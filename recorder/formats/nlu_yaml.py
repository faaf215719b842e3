"""NLU data in YAML: intents with examples, synonyms, regular expressions, lookup tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from recorder.dialogue.nlu import Example, NluData
from recorder.errors import NotationError
from recorder.events.event import JsonObject
from recorder.formats import annotated_text, yaml_writer
from recorder.formats.nlu_file import NluFile, NluGathering
from recorder.formats.problems import Findings
from recorder.formats.yaml_reader import Document, Items, Map, load, plain

STRIPPED: Final = " \r\n"
"""What an example loses at its ends."""
KINDS: Final = ("intent", "synonym", "regex", "lookup")


def loads(text: str, name: str = "") -> NluFile:
    """Read a text; see `read`. Raises NotationError where it is no YAML."""
    return read(load(text, name))


def read(document: Document) -> NluFile:
    """The NLU data of a document; what is wrong with an item is a problem beside it.

    Of metadata, only that of single examples is kept.
    """
    findings = Findings(document.file, document.problems)
    data = NluGathering(findings)
    section = document.root.get("nlu")
    if isinstance(section, Items):
        for line, item in section.lined():
            _item(line, item, data)
    elif section is not None:
        findings.add(document.root.lines["nlu"], "expected a list below `nlu:`")
    return data.file()


def _item(line: int, item: Any, data: NluGathering) -> None:
    kind = next((kind for kind in KINDS if isinstance(item, Map) and kind in item), None)
    if kind is None:
        data.findings.add(line, "expected `intent:`, `synonym:`, `regex:` or `lookup:` with `examples:`")
        return
    name = item[kind]
    if not isinstance(name, str) or not name:
        data.findings.add(line, f"expected a name after `{kind}:`")
        return
    entries = list(_entries(item, data.findings))
    if not entries:
        data.findings.add(line, f"{kind} '{name}' has no examples")
    for entry_line, text, metadata in entries:
        if kind == "intent":
            data.marked_example(entry_line, name, text, metadata)
        else:
            data.entry(kind, name, text)


def _entries(item: Map, findings: Findings) -> Iterator[tuple[int, str, Any]]:
    """Line, text and metadata of each example: lines `- text`, or a list of texts or objects."""
    examples = item.get("examples")
    if isinstance(examples, Items):
        for line, one in examples.lined():
            text = one.get("text") if isinstance(one, Map) else one
            if isinstance(text, str):
                metadata = plain(one.get("metadata")) if isinstance(one, Map) else None
                yield line, text.strip(STRIPPED), metadata
            else:
                findings.add(line, "expected an example: `text: …`")
    elif isinstance(examples, str):
        for line, text in enumerate(examples.split("\n"), item.lines["examples"] + 1):
            if text.startswith("-"):
                yield line, text[1:].strip(STRIPPED), None
            elif text.strip():
                findings.add(line, f"expected a line that begins with `-`, not {text[:60]!r}")
    elif examples is not None:
        findings.add(item.lines["examples"], "expected examples: lines that begin with `-` below `|`")


def dump(data: NluData) -> str:
    """The text of an NLU file in Rasa 3.1's notation, examples gathered by intent.

    Spaces at the ends of a text are lost, as Rasa would lose them. What cannot be annotated is left
    out: see `unwritable`.
    """
    by_intent: dict[str, list[tuple[str, Any]]] = {}
    for example in data.examples:
        if (text := marked(example)) is not None:
            by_intent.setdefault(example.intent, []).append((text, example.metadata))
    items = _intents(by_intent)
    for kind, table in zip(KINDS[1:], (data.synonyms, data.regexes, data.lookups), strict=True):
        items += [{kind: name, "examples": _block(texts)} for name, texts in table.items() if texts]
    return _file(items)


def marked(example: Example) -> str | None:
    """An example's text with its entities marked; None where the notation has no words for it."""
    try:
        return annotated_text.render(example.text, example.entities) if example.text.strip(STRIPPED) else None
    except NotationError:
        return None


def dump_marked(by_intent: Mapping[str, Iterable[str]]) -> str:
    """As `dump`, of texts that are marked already."""
    return _file(_intents({intent: [(text, None) for text in texts] for intent, texts in by_intent.items()}))


def item(examples: Sequence[Example]) -> JsonObject:
    """Examples of one intent, as an item of the list `nlu:`; they can be marked."""
    found = [(marked(example) or "", example.metadata) for example in examples]
    return {"intent": examples[0].intent, "examples": _examples(found)}


def _file(items: Sequence[JsonObject]) -> str:
    written = "\n".join(yaml_writer.dumps([item]) for item in items)
    return 'version: "3.1"\n\n' + (f"nlu:\n{written}" if items else "nlu: []\n")


def _intents(by_intent: Mapping[str, Sequence[tuple[str, Any]]]) -> list[JsonObject]:
    return [{"intent": intent, "examples": _examples(found)} for intent, found in by_intent.items()]


def unwritable(data: NluData) -> tuple[Example, ...]:
    """Examples that `dump` leaves out: overlapping entities, texts that look like annotations."""
    return tuple(example for example in data.examples if marked(example) is None)


def _examples(found: Sequence[tuple[str, Any]]) -> Any:
    """Lines `- text`, or objects where a text is not one line or has metadata."""
    rendered = [(text.strip(STRIPPED), metadata) for text, metadata in found]
    if all(metadata is None and yaml_writer.fits_line(text) for text, metadata in rendered):
        return _block(text for text, _ in rendered)
    return [
        {"text": text} if metadata is None else {"text": text, "metadata": metadata}
        for text, metadata in rendered
    ]


def _block(texts: Iterable[str]) -> yaml_writer.Block:
    return yaml_writer.Block("\n".join(f"- {text}" for text in texts if yaml_writer.fits_line(text)))
