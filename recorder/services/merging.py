"""An export for files that the user has: what they hold already is not added again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorder.formats import domain_yaml, nlu_yaml, story_markdown, story_yaml
from recorder.services import adding
from recorder.services.adding import Addition
from recorder.services.compiling import STORIES, Export
from recorder.stories.story import Story


def plan(
    export: Export, *, stories: Path | None = None, nlu: Path | None = None, domain: Path | None = None
) -> list[Addition]:
    """What each of the files would become; they may be one and the same.

    Stories are told apart by their steps, examples by text and intent, other things by name.

    Raises:
        NotationError: a file is not what it should be; with file and line.
        OutputUnwritable: a file cannot be read, or there is no such folder.
    """
    by_place: dict[str, Addition] = {}

    def add(path: Path | None, plan_for: Callable[..., Addition], *what: Any) -> None:
        if path is not None:
            place = os.path.realpath(path)
            by_place[place] = plan_for(path, *what, onto=by_place.get(place))

    told = _stories(export) if stories else ()
    add(stories, adding.stories, told, {story.name: note for story in told if (note := _note(story))})
    add(nlu, adding.examples, nlu_yaml.loads(export.files["nlu.yml"].decode()).data.examples)
    add(domain, adding.domain, domain_yaml.loads(export.files["domain_additions.yml"].decode()).domain)
    return list(by_place.values())


def _stories(export: Export) -> tuple[Story, ...]:
    if STORIES["markdown"] in export.files:
        return story_markdown.loads(export.files[STORIES["markdown"]].decode()).stories
    return story_yaml.loads(export.files[STORIES["yaml"]].decode()).stories


def _note(story: Story) -> str:
    """Where a story is from; in legacy Markdown nothing tells it but its name."""
    sessions = story.metadata["sessions"] if isinstance(story.metadata, dict) else [story.name]
    return f"from session {', '.join(sessions)}"
