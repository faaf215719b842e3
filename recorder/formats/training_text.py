"""Any text that teaches an assistant: what it holds is seen in its content, not in its name.

One YAML file may hold a domain, NLU data, stories and rules at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import NluData
from recorder.formats import domain_yaml, nlu_json, nlu_markdown, nlu_yaml, story_markdown, story_yaml
from recorder.formats.markdown_lines import lines_of
from recorder.formats.problems import Findings, Problem
from recorder.formats.yaml_reader import Document, load
from recorder.stories.story import Rule, Story

STORIES: Final = ("stories", "rules")


@dataclass(frozen=True, slots=True)
class Content:
    """What one text holds; None and empty where it holds none of that."""

    domain: Domain | None = None
    nlu: NluData | None = None
    stories: tuple[Story, ...] = ()
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    document: Document | None = None
    """The YAML behind it, for `with_domain`."""
    is_known: bool = True
    """False: nothing in the text is any of these."""


def read(text: str, name: str = "") -> Content:
    """Read a text in whatever notation it is.

    Raises:
        NotationError: it cannot be read.
    """
    lower = name.lower()
    if lower.endswith((".md", ".markdown")):
        return _markdown(text, name)
    if lower.endswith(".json") or text.lstrip().startswith('{"rasa_nlu_data"'):
        return _json(text, name)
    return _yaml(load(text, name), None)


def with_domain(content: Content, domain: Domain) -> Content:
    """The same, read knowing the domain: it says what slots that are only named are filled with."""
    return content if content.document is None else _yaml(content.document, domain)


def _json(text: str, name: str) -> Content:
    """NLU data; any other JSON is somebody else's."""
    found = nlu_json.loads(text, name)
    return Content(nlu=found.data, problems=found.problems) if found else Content(is_known=False)


def _yaml(document: Document, domain: Domain | None) -> Content:
    keys = document.root.keys()
    has_domain = not keys.isdisjoint(domain_yaml.SECTIONS)
    has_nlu, has_stories = "nlu" in keys, not keys.isdisjoint(STORIES)
    found = domain_yaml.read(document) if has_domain else None
    nlu = nlu_yaml.read(document) if has_nlu else None
    told = story_yaml.read(document, domain) if has_stories else None
    problems = [*document.problems]
    for part in (found, nlu, told):
        problems += part.problems if part else ()
    return Content(
        found.domain if found else None,
        nlu.data if nlu else None,
        told.stories if told else (),
        told.rules if told else (),
        tuple(dict.fromkeys(problems)),
        document,
        is_known=has_domain or has_nlu or has_stories or keys == {"version"},  # nothing, but on purpose
    )


_USER: Final = re.compile(r"\*\s*[^\s{:/]+\s*(?P<key>/\s*\S+)?\s*(\{.*|:.*|\[.*|\sOR\s.*)?")


def _markdown(text: str, name: str) -> Content:
    """NLU data has headers `## intent:…`; stories have `* intent` and `- action` below headers."""
    lines = [line for _, line in lines_of(text, Findings(name))]
    if any(nlu_markdown.SECTION.match(line) for line in lines):
        data, problems = nlu_markdown.loads(text, name)
        return Content(nlu=data, problems=problems)
    messages = [_USER.fullmatch(line) for line in lines if line.startswith("*")]
    has_headers = any(line.startswith(("## ", ">> ")) for line in lines)
    if not has_headers or not messages or sum(map(bool, messages)) * 2 < len(messages):
        return Content(is_known=False)
    if all(message is not None and message["key"] for message in messages):
        return _responses(text, name)
    stories, rules, problems = story_markdown.loads(text, name)
    return Content(stories=stories, rules=rules, problems=problems)


def _responses(text: str, name: str) -> Content:
    """Answers to retrieval intents: `* faq/price`, then `- words` to say, each a variation."""
    findings = Findings(name)
    responses: dict[str, tuple[dict[str, Any], ...]] = {}
    key = ""
    for line, content in lines_of(text, findings):
        if content.startswith("*"):
            key = f"utter_{content[1:].strip()}"
        elif content.startswith("-") and key:
            responses[key] = (*responses.get(key, ()), {"text": content[1:].strip()})
        elif content and not content.startswith("#"):
            findings.add(line, f"expected `* intent/key` or `- words`, not {content[:60]!r}")
    return Content(Domain(responses=responses), problems=findings.problems)
