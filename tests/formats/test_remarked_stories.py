"""Test stories with remarks beside their steps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.formats import remarked_stories, story_yaml
from recorder.formats.remarked_stories import Remarked
from recorder.stories.outcome import Outcome
from recorder.stories.story import ActionStep, SlotStep, Story, UserStep

STEPS = (UserStep("greet", text="hello"), ActionStep("utter_greet"), SlotStep((("a", "# no"), ("b", None))))
STORY = Story("one", STEPS, is_test=True)


@given(st.text(), st.dictionaries(st.integers(0, 2), st.text()))
def test_remarks_change_nothing_of_what_is_read(comment: str, remarks: dict[int, str]) -> None:
    text = remarked_stories.dump([Remarked(STORY, comment, remarks)], "none")

    assert story_yaml.loads(text, "test_.yml") == ((STORY,), (), ())


def test_a_file_without_stories_says_why() -> None:
    text = remarked_stories.dump([], "No story failed.")

    assert "# No story failed.\n" in text
    assert story_yaml.loads(text) == ((), (), ())


def test_what_passed_but_only_just_is_remarked_with_its_probability() -> None:
    assert remarked_stories.unsure(Outcome(STORY, 1, "action", "a", "a", 0.412)) == "unsure: 0.41"
    assert remarked_stories.predicted(Outcome(STORY, 1, "wait", "a", "b", 0.5)) == "predicted after it: b"
