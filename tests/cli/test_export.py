"""`recorder export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted
from recorder.formats import domain_yaml, story_yaml, training_text
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests import given

FILES = ["domain_additions.yml", "manifest.json", "nlu.yml", "stories.yml"]


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """A log with one submitted review, and a folder to export to that is not there yet."""
    url = f"sqlite:///{tmp_path}/log.db"
    upgrade(url)
    log = open_log(url)
    given.session(log, "s", given.GREETING)
    given.confirmation(log, "s", "s-3")
    log.append(review_stream("s", "ana"), [ReviewSubmitted(6)], actor="ana")
    paths = {"--database": url, "--models": f"{tmp_path}/models", "--out": f"{tmp_path}/out"}
    return [word for pair in paths.items() for word in pair]


def test_export_says_what_it_wrote_and_the_log_knows(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *options, "--json"]) == 0

    manifest = json.loads(capsys.readouterr().out)
    assert manifest["counts"]["sessions"] == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == FILES
    assert len(list(open_log(options[1]).streams("export/"))) == 1


def test_export_replaces_files_only_when_it_is_told_to_and_folders_never(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "nlu.yml").mkdir(parents=True)

    assert main(["export", *options]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["export", *options, "--force"]) == 1
    assert "it is a folder" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["nlu.yml"]


def test_a_user_without_a_name_may_export(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nameless)

    assert main(["export", *options]) == 0
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Files of the user's own, by option."""
    texts = {
        "stories.yml": (
            "stories:\n    - story: mine\n      steps:\n          - intent: thanks\n          - action: y\n"
            "\n# rules\nrules: []\n"
        ),
        "nlu.md": "## intent:greet\n* hi  <!-- mine -->\n\n## synonym:a\n* b\n",
        "domain.yml": "intents: [thanks]\nresponses: {}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    options = {"--into-stories": "stories.yml", "--into-nlu": "nlu.md", "--into-domain": "domain.yml"}
    return {option: tmp_path / name for option, name in options.items()}


def words(files: dict[str, Path]) -> list[str]:
    return [word for option, path in files.items() for word in (option, str(path))]


def test_an_export_goes_into_the_users_own_files_whose_bytes_stay(
    options: list[str], files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_text() for path in files.values()}

    assert main(["export", *options[:-2], *words(files)]) == 0

    stories, nlu, domain = (path.read_text() for path in files.values())
    assert capsys.readouterr().out.count(" added ") == 3
    assert (
        stories.replace(stories[stories.index("\n    # from session s") : stories.index("\n# rules")], "")
        == (before[files["--into-stories"]])
    )
    assert [story.name for story in story_yaml.loads(stories).stories] == ["mine", "s"]
    assert nlu == before[files["--into-nlu"]].replace("mine -->\n", "mine -->\n* hello\n")
    assert domain.startswith("intents: [thanks, greet]\nresponses: {}\n")
    assert domain_yaml.loads(domain).domain.actions == ("utter_greet",)


def test_an_export_that_is_repeated_adds_nothing(
    options: list[str], files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["export", *options, *words(files)])
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in files.values()}
    capsys.readouterr()

    assert main(["export", *options, *words(files), "--json"]) == 0

    assert {path: (path.read_bytes(), path.stat().st_ino) for path in files.values()} == before
    merged = json.loads(capsys.readouterr().out)["merged"]
    assert [(each["added"], each["problems"]) for each in merged] == [([], [])] * 3
    assert merged[0]["known"] == ["s"]


def test_one_file_may_take_everything(options: list[str], tmp_path: Path) -> None:
    bot = str(tmp_path / "bot.yml")

    assert (
        main(["export", *options[:-2], "--into-domain", bot, "--into-nlu", bot, "--into-stories", bot]) == 0
    )

    found = training_text.read(Path(bot).read_text(), bot)
    assert found.domain and found.nlu
    assert (found.domain.intent_names, found.nlu.examples[0].text) == (("greet",), "hello")
    assert [story.name for story in found.stories] == ["s"]


def test_what_contradicts_a_file_is_complained_of_and_the_rest_is_added(
    options: list[str], files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files["--into-nlu"].write_text("## intent:thanks\n- hello\n")

    assert main(["export", *options[:-2], *words(files)]) == 0

    complaint = capsys.readouterr().err
    assert "nlu.md:2: 'hello' is an example of intent 'thanks' in line 2" in complaint
    assert "from session s" in files["--into-stories"].read_text()


@pytest.mark.parametrize(
    ("option", "text", "reason"),
    [
        ("--into-stories", "stories: []\n---\nstories: []\n", "stories.yml:2: a second document"),
        ("--into-nlu", "# Read me\n", "nlu.md: holds no training data"),
        ("--into-domain", "intents:\n\t- a\n", "domain.yml:2: not YAML"),
        ("--into-domain", None, "it is a folder"),
    ],
)
def test_where_one_file_cannot_take_it_nothing_is_written_at_all(
    options: list[str],
    files: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    text: str | None,
    reason: str,
) -> None:
    if text is None:
        files[option].unlink()
        files[option].mkdir()
    else:
        files[option].write_text(text)
    before = {path: path.read_bytes() for path in files.values() if path.is_file()}

    assert main(["export", *options, *words(files)]) == 1

    complaint = capsys.readouterr().err
    assert reason in complaint and complaint.count("\n") == 1
    assert {path: path.read_bytes() for path in files.values() if path.is_file()} == before
    assert not (tmp_path / "out").exists()


def test_an_export_needs_a_place(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *options[:-2]]) == 2
    assert main(["export", *options[:-2], "--into-nlu", "a.yml", "--tests"]) == 2
    assert "--into-stories" in capsys.readouterr().err
