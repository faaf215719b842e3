"""What a file of NLU data amounts to, whatever its notation, and how one is gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.formats import annotated_text
from recorder.formats.problems import Findings, Problem

ByIntent = Mapping[str, Sequence[Example]]
"""Intent -> examples of it."""


class NluFile(NamedTuple):
    data: NluData
    problems: tuple[Problem, ...] = ()


class NluGathering:
    """NLU data while its file is read."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._examples: list[Example] = []
        self._tables: dict[str, dict[str, list[str]]] = {"synonym": {}, "regex": {}, "lookup": {}}

    def marked_example(self, line: int | None, intent: str, marked: str, metadata: Any = None) -> None:
        """An example as it is written, its entities marked in it."""
        parsed = annotated_text.parse(marked)
        for problem in parsed.problems:
            self.findings.add(line, f"{problem} (an example of intent '{intent}')")
        self.example(line, intent, parsed.text, parsed.entities, metadata)

    def example(
        self, line: int | None, intent: str, text: str, entities: tuple[EntitySpan, ...], metadata: Any = None
    ) -> None:
        if text:
            self._examples.append(Example(text, intent, entities, metadata, line))
        else:
            self.findings.add(line, f"an example of intent '{intent}' is empty")

    def entry(self, kind: str, name: str, text: str) -> None:
        """A text of a `synonym`, `regex` or `lookup`."""
        self._tables[kind].setdefault(name, []).append(text)

    def file(self) -> NluFile:
        synonyms, regexes, lookups = (
            {name: tuple(dict.fromkeys(texts)) for name, texts in table.items()}
            for table in self._tables.values()
        )
        return NluFile(NluData(tuple(self._examples), synonyms, regexes, lookups), self.findings.problems)
