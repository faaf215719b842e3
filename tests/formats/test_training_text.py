"""What a text holds is seen in its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Slot
from recorder.errors import NotationError
from recorder.formats import training_text
from recorder.stories.story import SlotStep


def test_one_file_may_hold_everything() -> None:
    text = (
        "intents: [greet]\nnlu:\n- intent: greet\n  examples: |\n    - hi\n"
        "stories:\n- story: s\n  steps:\n  - intent: greet\nrules:\n- rule: r\n  steps:\n  - action: a\n"
    )

    content = training_text.read(text, "all.yml")

    assert content.domain and content.domain.intent_names == ("greet",)
    assert content.nlu and len(content.nlu.examples) == 1
    assert (len(content.stories), len(content.rules), content.problems) == (1, 1, ())


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.md", "## intent:greet\n- hi\n", "nlu"),
        ("a.md", "# My bot\n\n## Usage\n* first do this\n* then that\n", None),
        ("a.md", "## s\n* greet\n- utter_greet\n", "stories"),
        ("a.md", "## s\n* faq/price\n  - Ten euros.\n  - It depends.\n", "domain"),
        ("a.json", '{"rasa_nlu_data": {"common_examples": []}}', "nlu"),
        ("a.json", '{"events": []}', None),
        ("a.yml", "pipeline: []", None),
        ("a.yml", "", None),
    ],
)
def test_the_kind_is_told_by_content(name: str, text: str, kind: str | None) -> None:
    content = training_text.read(text, name)

    assert content.is_known == (kind is not None)
    if kind:
        assert getattr(content, kind)


def test_a_version_and_nothing_else_is_nothing_on_purpose() -> None:
    content = training_text.read('version: "3.1"\n', "domain_additions.yml")

    assert content.is_known and content.problems == ()


def test_answers_of_retrieval_intents_are_responses() -> None:
    content = training_text.read("## s\n* faq/price\n  - Ten euros.\n  - It depends.\n", "responses.md")

    assert content.domain == Domain(
        responses={"utter_faq/price": ({"text": "Ten euros."}, {"text": "It depends."})}
    )


def test_a_problem_of_the_text_is_reported_once() -> None:
    text = "version: '3.1'\nversion: '3.1'\nintents: []\nnlu: []\nstories: []\n"

    assert len(training_text.read(text, "a.yml").problems) == 1


def test_a_domain_says_later_what_named_slots_are_filled_with() -> None:
    content = training_text.read("stories:\n- story: s\n  steps:\n  - slot_was_set:\n    - a\n", "s.yml")

    again = training_text.with_domain(content, Domain(slots=(Slot("a", "list"),)))

    assert again.stories[0].steps == (SlotStep((("a", ["filled"]),)),)


@given(st.text(), st.sampled_from(["a.md", "a.yml", "a.json", "test_a.yaml", ""]))
def test_any_text_is_content_or_an_error(text: str, name: str) -> None:
    try:
        training_text.read(text, name)
    except NotationError as error:
        assert str(error)
