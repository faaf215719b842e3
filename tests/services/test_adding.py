"""What was taught, added to files that the user has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from recorder.dialogue.domain import Domain, Intent
from recorder.dialogue.nlu import Example
from recorder.errors import NotationError, OutputChanged, OutputUnwritable
from recorder.formats import story_yaml
from recorder.services import adding
from recorder.stories.story import ActionStep, Story, UserStep

NEW = Story("taught", (UserStep("bye"), ActionStep("utter_bye")))
OTHER = Story("other", (UserStep("hi"), ActionStep("utter_hi")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "stories.yml"
    file.write_text("stories:\n  - story: a\n    steps:\n      - intent: x\n      - action: y\nrules: []\n")
    return file


def test_nothing_is_written_before_it_is_asked_for(path: Path) -> None:
    before = path.read_bytes()

    addition = adding.stories(path, [NEW])

    assert addition.added == ("taught",)
    assert path.read_bytes() == before == addition.before


def test_what_was_planned_is_what_is_written(path: Path) -> None:
    addition = adding.stories(path, [NEW])

    adding.write(addition)

    assert path.read_bytes() == addition.after
    assert [story.name for story in story_yaml.loads(path.read_text()).stories] == ["a", "taught"]
    assert [file.name for file in path.parent.iterdir()] == ["stories.yml"]


def test_a_file_that_is_not_there_yet_is_written_whole(tmp_path: Path) -> None:
    adding.write(adding.stories(tmp_path / "new.yml", [NEW]))

    assert (tmp_path / "new.yml").read_text() == story_yaml.dump([NEW])


def test_where_there_is_nothing_new_the_file_is_not_touched(path: Path) -> None:
    adding.write(adding.stories(path, [NEW]))
    before = path.stat()

    adding.write(adding.stories(path, [NEW]))

    assert path.stat() == before


def test_examples_and_names_are_added_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "bot.yml").write_text("intents: [greet]\nnlu:\n- intent: greet\n  examples: |\n    - hi\n")
    path = tmp_path / "bot.yml"

    adding.write(adding.examples(path, [Example("hello", "greet")]))
    adding.write(adding.domain(path, Domain(intents=(Intent("bye"),))))
    adding.write(adding.stories(path, [NEW], {"taught": "from session s"}))

    assert path.read_text() == (
        "intents: [greet, bye]\nnlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n\n"
        "stories:\n# from session s\n- story: taught\n  steps:\n  - intent: bye\n  - action: utter_bye\n"
    )


@pytest.mark.parametrize("there", ["edited", "gone"])
def test_what_somebody_else_did_meanwhile_is_not_undone(path: Path, there: str) -> None:
    addition = adding.stories(path, [NEW])
    if there == "edited":
        path.write_text("stories: []\n")
    else:
        path.unlink()

    with pytest.raises(OutputChanged, match=r"stories\.yml was changed by somebody else"):
        adding.write(addition)

    assert (path.read_text() if path.exists() else "") == ("stories: []\n" if there == "edited" else "")
    adding.write(adding.stories(path, [NEW]))
    assert "taught" in path.read_text()


def test_a_file_that_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    first = adding.stories(tmp_path / "new.yml", [NEW])
    second = adding.stories(tmp_path / "new.yml", [OTHER])
    adding.write(first)

    with pytest.raises(OutputChanged):
        adding.write(second)

    adding.write(adding.stories(tmp_path / "new.yml", [OTHER]))
    told = story_yaml.loads((tmp_path / "new.yml").read_text()).stories
    assert [story.name for story in told] == ["taught", "other"]


def test_of_many_who_add_at_once_nobody_loses_anything(path: Path) -> None:
    def add(number: int) -> int:
        """How often somebody else was faster."""
        story = Story(f"taught {number}", (UserStep("bye"), ActionStep(f"utter_{number}")))
        for lost in range(100):
            with suppress(OutputChanged):
                adding.write(adding.stories(path, [story]))
                return lost
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))

    told = story_yaml.loads(path.read_text()).stories
    assert sorted(story.name for story in told) == sorted(
        ["a", *(f"taught {number}" for number in range(24))]
    )
    assert [file.name for file in path.parent.iterdir()] == ["stories.yml"]


def test_a_link_to_a_file_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.yml").symlink_to("new.yml")

    adding.write(adding.stories(tmp_path / "link.yml", [NEW]))

    assert (tmp_path / "link.yml").is_symlink()
    assert (tmp_path / "new.yml").read_text() == story_yaml.dump([NEW])


def test_rights_stay_and_links_are_followed(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "link.yml"
    link.symlink_to("../stories.yml")

    adding.write(adding.stories(link, [NEW]))

    assert link.is_symlink()
    assert "taught" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in folder.iterdir()] == ["link.yml"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "it is a folder"),
        ("missing/stories.yml", "there is no such folder"),
        ("stories.yml/stories.yml", "there is no such folder"),
        (f"{'x' * 300}.yml", "File name too long"),
        ("a\0b.yml", "null"),
    ],
)
def test_a_path_that_cannot_be_written_to_is_refused(path: Path, name: str, reason: str) -> None:
    (path.parent / "folder").mkdir()

    with pytest.raises(OutputUnwritable, match=reason):
        adding.write(adding.stories(path.parent / name, [NEW]))


def test_a_device_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="no ordinary file"):
        adding.stories(Path("/dev/null"), [NEW])


def test_a_file_that_is_not_text_is_refused_with_its_line(path: Path) -> None:
    path.write_bytes(b"stories:\n- story: caf\xe9\n")

    with pytest.raises(NotationError, match=r"stories\.yml:2: not UTF-8 text"):
        adding.stories(path, [NEW])
