"""Every story, NLU and domain file of the real bots can be appended to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.dialogue.nlu import EntitySpan, Example
from recorder.errors import NotationError
from recorder.formats import appending_domain, appending_examples, appending_stories, training_text
from recorder.formats.appending import Appended
from recorder.formats.training_text import Content
from recorder.stories.story import ActionStep, Story, UserStep
from tests.formats.kept import assert_kept

STORIES = [Story("taught", (UserStep("ask_anew"), ActionStep("utter_anew")))]
EXAMPLES = [
    Example("words that nobody has said", "ask_anew"),
    Example("from Nowhere", "greet", (EntitySpan(5, 12, "city", "Nowhere"),)),
]
DOMAIN = Domain(
    intents=(Intent("ask_anew"),),
    entities=(Entity("place_anew"),),
    slots=(Slot("slot_anew", mappings=(SlotMapping("custom"),)),),
    actions=("action_anew",),
    responses={"utter_anew": ({"text": "anew"},)},
    forms=(Form("form_anew"),),
)


@pytest.fixture(scope="module")
def texts(shared: Path) -> dict[str, tuple[str, Content]]:
    files = [path for path in shared.rglob("*") if path.suffix in (".yml", ".yaml", ".md")]
    texts = {str(path): path.read_bytes().decode() for path in files}
    return {path: (text, training_text.read(text, path)) for path, text in texts.items()}


def test_all_of_them_take_what_belongs_there(texts: dict[str, tuple[str, Content]]) -> None:
    counts = Counter[str]()
    for path, (text, content) in texts.items():
        for kind, result in _appended(text, path, content):
            counts[kind] += 1
            assert len(result.added) == {"stories": 1, "examples": 2, "domain": 6}[kind], path
            assert not result.problems, path
            assert_kept(text, result.text)

    assert counts == {"stories": 54, "examples": 51, "domain": 29}


def _appended(text: str, path: str, content: Content) -> list[tuple[str, Appended]]:
    found = []
    if content.stories or content.rules:
        found.append(("stories", appending_stories.append(text, path, STORIES)))
    if content.nlu:
        found.append(("examples", appending_examples.append(text, path, EXAMPLES)))
    if content.domain and not path.endswith(".md"):  # Markdown with answers to retrieval intents
        found.append(("domain", appending_domain.append(text, path, DOMAIN)))
    return found


def test_what_is_something_else_is_left_alone(texts: dict[str, tuple[str, Content]]) -> None:
    others = {path: text for path, (text, content) in texts.items() if not content.is_known}

    for path, text in others.items():
        with pytest.raises(NotationError):
            appending_stories.append(text, path, STORIES)
        with pytest.raises(NotationError):
            appending_examples.append(text, path, EXAMPLES)
        with pytest.raises(NotationError):
            appending_domain.append(text, path, DOMAIN)

    assert {Path(path).name for path in others} >= {"config.yml", "SOURCE.md"}
