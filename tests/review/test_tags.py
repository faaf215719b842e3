"""Tags: borne or not, whoever said so how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import TagUnusable
from recorder.events.remarks import SessionTagged, SessionUntagged
from recorder.review.tags import LONGEST, changes, replay

NAMES = st.sampled_from(["a", "b", "c"])
LISTS = st.lists(NAMES, max_size=3)


@given(st.lists(st.tuples(LISTS, LISTS)))
def test_changes_bring_about_what_they_are_to_and_nothing_where_it_is_so(
    presses: list[tuple[list[str], list[str]]],
) -> None:
    events = [SessionTagged("a")]
    for add, remove in presses:
        before = replay(events)
        made = changes(before, add, remove)
        events += made  # type: ignore[arg-type]

        assert set(replay(events)) == (set(before) | set(add)) - set(remove)
        assert changes(replay(events), [tag for tag in add if tag not in remove], remove) == []


def test_tags_are_bare_lines() -> None:
    assert changes((), [" x  y "], []) == [SessionTagged("x  y")]
    assert changes(("x",), [], [" x "]) == [SessionUntagged("x")]
    for wrong in ("", " ", "a\nb", "x" * (LONGEST + 1), "\0"):
        with pytest.raises(TagUnusable, match="one line"):
            changes((), [wrong], [])
