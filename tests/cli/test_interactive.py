"""`recorder interactive`, in a pseudo-terminal and with piped input."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from recorder.cli import main
from recorder.events.event import review_stream, session_stream
from recorder.events.review import ActionCorrected
from recorder.events.session import ActionExecuted, UserUttered
from recorder.store.model_files import ModelFiles
from recorder.store.sql import open_log
from tests.action_server import serving

ROOT = Path(__file__).parents[2]
BOT = ROOT / "data" / "concertbot"
RECORDER = [sys.executable, "-m", "recorder"]
SIZE = ("COLUMNS", "LINES")
"""Variables that say another size than the terminal's, where somebody has set them."""
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in SIZE},
    "NO_COLOR": "1",
    "TERM": "xterm",
    "PROMPT_TOOLKIT_NO_CPR": "1",
}

TO_REVIEWS = ["hello", "1", "1", "/search_concerts", "1", "1", "which has better reviews?"]
AFTER_MESSAGE = """\
The bot wants to [{}] due to the intent. Is this correct?

    1.\tYes
    2.\tNo, intent is right but the action is wrong
    3.\tThe intent is wrong
    0.\tExport current conversations as stories and quit
"""
AFTER_ACTION = """\
The bot wants to [{}]. Is this correct?

    1.\tYes.
    2.\tNo, the action is wrong.
    0.\tExport current conversations as stories and quit
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the concert bot in it, trained on all that it was taught."""
    folder = tmp_path_factory.mktemp("bot") / "models" / "dialogue"
    paths = ["--domain", BOT / "domain.yml", "--stories", BOT / "stories.yml", "--nlu", BOT / "nlu.yml"]
    assert main(["train", *map(str, paths), "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    assert main(["init", "--database", url]) == 0
    return url


@pytest.fixture
def options(models: Path, database: str, tmp_path: Path) -> list[str]:
    paths = {
        "-d": models,
        "--stories-out": tmp_path / "stories_interactive.md",
        "--database": database,
        "--actions": BOT / "actions.py",
        "--session": "s",
        "--annotator": "ana",
    }
    return [str(word) for pair in paths.items() for word in pair]


class Terminal:
    """A person at a terminal, who reads before typing."""

    def __init__(self, options: list[str], columns: int = 100, kind: str = "xterm") -> None:
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            [*RECORDER[1:], "interactive", *options],
            encoding="utf-8",
            timeout=30,
            dimensions=(40, columns),
            env={**ENVIRONMENT, "TERM": kind},
        )

    def sees(self, *texts: str) -> None:
        """All of it, in this order; how a terminal breaks lines and makes room is its own affair."""
        for text in texts:
            self.child.expect(r"\s+".join(re.escape(word) for word in text.split()))

    def types(self, text: str) -> None:
        self.child.send(text)

    def says(self, text: str) -> None:
        self.sees("Next user input:")
        self.child.sendline(text)

    def ends(self) -> int | None:
        self.child.expect(pexpect.EOF)
        self.child.wait()
        status: int | None = self.child.exitstatus
        return status


def run(monkeypatch: pytest.MonkeyPatch, options: list[str], *lines: str) -> int:
    """With the lines as standard input, in this process."""
    typed = "".join(f"{line}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    return main(["interactive", *options])


@pytest.fixture
def terminal(options: list[str]) -> Iterator[Terminal]:
    opened = Terminal(options)
    yield opened
    opened.child.close(force=True)


def piped(options: list[str], *lines: str) -> subprocess.CompletedProcess[str]:
    typed = "".join(f"{line}\n" for line in lines)
    words = [*RECORDER, "interactive", *options]
    return subprocess.run(words, input=typed, capture_output=True, text=True, timeout=60)


def to_the_wrong_action(terminal: Terminal) -> None:
    """The documentation's scene up to where the bot chooses the wrong one of two possibilities."""
    terminal.says("hello")
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))
    terminal.types("1")
    terminal.sees(AFTER_ACTION.format("action_listen"))
    terminal.types("1")
    terminal.says("/search_concerts")
    terminal.sees(AFTER_MESSAGE.format("action_search_concerts"))
    terminal.types("1")
    terminal.sees(AFTER_ACTION.format("action_listen"))
    terminal.types("1")
    terminal.says("which has better reviews?")


def test_the_scene_of_the_documentation_in_a_terminal(
    terminal: Terminal, database: str, tmp_path: Path
) -> None:
    to_the_wrong_action(terminal)
    terminal.sees(
        """\
------
Chat history:

     bot did:\taction_search_concerts
     bot did:\taction_listen
     user said:\twhich has better reviews?

             whose intent is:\tcompare_reviews

we currently have slots: concerts: [{'artist': 'Foo Fighters', 'reviews': 4.5}, \
{'artist': 'Katy Perry', 'reviews': 5.0}], venues: None""",
        AFTER_MESSAGE.format("action_show_venue_reviews"),
    )
    terminal.types("2")
    terminal.sees("what is the next action for the bot?", "8 action_show_concert_reviews 0.0")
    terminal.child.sendline("8")
    terminal.sees("thanks! The bot will now [action_show_concert_reviews]", "Bot: Concerts by reviews:")
    terminal.sees(AFTER_ACTION.format("action_listen"))
    terminal.types("1")
    terminal.says("0")
    terminal.sees("1 story written to")

    assert terminal.ends() == 0
    exported = (tmp_path / "stories_interactive.md").read_text()
    assert exported.endswith("* compare_reviews\n    - action_show_concert_reviews\n")
    assert "venue" not in exported
    decided = [row.event for row in open_log(database).read(review_stream("s", "ana"))]
    assert any(isinstance(event, ActionCorrected) for event in decided)


def test_the_scene_with_rasas_own_action_server(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    server = serving(tmp_path / "server", BOT / "actions.py")
    server.start()
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(f"action_endpoint:\n  url: {server.url}\n")
    terminal = Terminal([*options[:6], "--endpoints", str(endpoints), *options[8:]])
    try:
        to_the_wrong_action(terminal)
        terminal.sees("we currently have slots: concerts: [{'artist': 'Foo Fighters'", "venues: None")
        terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))
        terminal.types("2")
        terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")
        server.kill()
        terminal.child.sendline("8")
        terminal.sees("Action action_show_concert_reviews failed: no action server answers")
        terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))
        server.start()
        terminal.types("2")
        terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")
        terminal.child.sendline("8")
        terminal.sees("Bot: Concerts by reviews: Katy Perry (5.0 of 5), Foo Fighters (4.5 of 5).")
        terminal.sees(AFTER_ACTION.format("action_listen"))
        terminal.types("1")
        terminal.says("0")
        terminal.sees("1 story written to")
        terminal.ends()
    finally:
        server.kill()
        terminal.child.close(force=True)

    exported = (tmp_path / "stories_interactive.md").read_text()
    assert exported.endswith("* compare_reviews\n    - action_show_concert_reviews\n")
    assert "slot{" in exported
    assert "venue" not in exported


def test_a_wrong_action_costs_one_key_and_the_choice(terminal: Terminal, database: str) -> None:
    to_the_wrong_action(terminal)
    terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))

    terminal.types("2")  # one key
    terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")
    terminal.types("8\r")  # the choice

    terminal.sees("Bot: Concerts by reviews:")


def test_an_action_that_was_accepted_costs_two_keys_and_the_choice(terminal: Terminal) -> None:
    to_the_wrong_action(terminal)
    terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))
    terminal.types("1")
    terminal.sees(AFTER_ACTION.format("action_listen"))

    terminal.types("u")
    terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))
    terminal.types("2")
    terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")
    terminal.types("8\r")

    terminal.sees("Bot: Concerts by reviews:")


@pytest.mark.parametrize("pause", [0.0, 0.04], ids=["pasted", "typed fast"])
def test_a_sentence_at_a_menu_answers_nothing(terminal: Terminal, database: str, pause: float) -> None:
    terminal.says("hello")
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))
    terminal.child.delaybeforesend = pause

    for part in ["1buy_tickets\r"] if not pause else "1buy_tickets\r":
        terminal.types(part)

    terminal.sees("Invalid answer '1buy_tickets', only 1, 2, 3, 0")
    rows = open_log(database).read(session_stream("s"))
    assert [row.event.text for row in rows if isinstance(row.event, UserUttered)] == ["hello"]
    assert [row.event.name for row in rows if isinstance(row.event, ActionExecuted)][-1] == "action_listen"


def test_what_is_typed_ahead_of_a_menu_answers_nothing(terminal: Terminal, database: str) -> None:
    terminal.says("hello\r1\r1\rbye")
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))

    terminal.types("q")

    assert terminal.ends() == 0
    rows = open_log(database).read(session_stream("s"))
    assert [row.event.name for row in rows if isinstance(row.event, ActionExecuted)][-1] == "action_listen"


def test_names_are_completed_from_any_part_of_them(terminal: Terminal) -> None:
    terminal.says("hello")
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))
    terminal.types("2")
    terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")

    terminal.types("youare")
    terminal.sees("utter_youarewelcome")
    terminal.types("\t\r")

    terminal.sees("thanks! The bot will now [utter_youarewelcome]")


def test_ctrl_c_asks_at_every_question(terminal: Terminal, database: str) -> None:
    def interrupted(*first: str) -> None:
        for text in first:
            terminal.sees(text)
        terminal.child.sendintr()
        terminal.sees("Do you want to stop?", "(session s is in the log)", "and quit")
        terminal.types("1")

    interrupted("Next user input:")
    terminal.says("hello")
    interrupted(AFTER_MESSAGE.format("utter_greet"))
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))
    terminal.types("2")
    interrupted("what is the next action for the bot?", "9 action_show_venue_reviews")
    terminal.sees("what is the next action for the bot?", "9 action_show_venue_reviews")
    terminal.child.sendline("")
    terminal.sees(AFTER_MESSAGE.format("utter_greet"))
    terminal.types("3")
    interrupted("What intent is this?", "5 compare_reviews")
    terminal.sees("What intent is this?", "5 compare_reviews")
    terminal.child.sendintr()
    terminal.sees("Do you want to stop?", "and quit")
    terminal.child.sendintr()

    assert terminal.ends() == 0
    assert any(isinstance(row.event, UserUttered) for row in open_log(database).read(session_stream("s")))


def test_ctrl_d_quits(terminal: Terminal) -> None:
    terminal.sees("Next user input:", ">")

    terminal.child.sendeof()

    assert terminal.ends() == 0


def test_what_was_answered_outlives_a_kill_and_is_gone_on_with(
    terminal: Terminal, options: list[str], tmp_path: Path
) -> None:
    to_the_wrong_action(terminal)
    terminal.sees(AFTER_MESSAGE.format("action_show_venue_reviews"))
    terminal.child.kill(signal.SIGKILL)
    terminal.child.expect(pexpect.EOF)

    done = piped(options, "2 8", "1", "0")

    assert done.returncode == 0, done.stderr
    assert "Recorded as session s, after" in done.stdout
    assert "The bot wants to [action_show_venue_reviews] due to the intent." in done.stdout
    exported = (tmp_path / "stories_interactive.md").read_text()
    assert exported.count("* greet") == exported.count("* search_concerts") == 1
    assert exported.endswith("* compare_reviews\n    - action_show_concert_reviews\n")


def test_a_narrow_window_breaks_lines_between_words(options: list[str]) -> None:
    terminal = Terminal(options, columns=40)
    try:
        terminal.says("hello")
        terminal.child.expect(r"Is this\s+correct\?")
        shown = str(terminal.child.before)
        terminal.sees("2. No, intent is right but the action is wrong")
        terminal.types("2")
        terminal.sees("8 0.0", "action_show_concert_reviews")
    finally:
        terminal.child.close(force=True)
    assert all(len(line.expandtabs()) <= 40 for line in shown.splitlines() if "\x1b" not in line)


def test_a_terminal_that_can_do_nothing_will_do(options: list[str]) -> None:
    terminal = Terminal(options, kind="dumb")
    try:
        terminal.says("hello")
        terminal.sees(AFTER_MESSAGE.format("utter_greet"))
        terminal.child.sendline("q")
        assert terminal.ends() == 0
    finally:
        terminal.child.close(force=True)


def test_the_documentations_command_runs_as_written(
    options: list[str], models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(models.parents[1])
    out = str(tmp_path / "stories_interactive.md")
    written = ["-d", "models/dialogue", "-u", "models/default/nlu", "--stories-out", out]

    done = piped([*written, *options[4:]], *TO_REVIEWS, "2", "8", "1", "0")

    assert done.returncode == 0, done.stderr
    assert "models/default/nlu is no model of this program" in done.stderr
    assert (tmp_path / "stories_interactive.md").read_text().endswith("- action_show_concert_reviews\n")


def test_lines_of_a_script_are_answers(options: list[str]) -> None:
    done = piped(options, "hello", "buy_tickets", "2 utter_goodbye", "1", "/quit")

    assert "Invalid answer 'buy_tickets', only 1, 2, 3, 0" in done.stdout
    assert "Bot: Goodbye, and enjoy the music!" in done.stdout
    assert "\x1b" not in done.stdout
    assert "Go on with --session s" in done.stderr


def test_a_recorded_session_is_begun_with_from_any_message(
    options: list[str], database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(options, *TO_REVIEWS, "1", "1")
    copied = [*options[:8], *options[10:]]

    done = piped([*copied, "--from", "s:3"], "which one is better?", "2 8", "1", "0")

    assert done.returncode == 0, done.stderr
    assert "Recorded as session s~2, after" in done.stdout
    exported = (tmp_path / "stories_interactive.md").read_text()
    assert exported.count("* greet") == exported.count("* compare_reviews") == 1
    assert exported.endswith("* compare_reviews\n    - action_show_concert_reviews\n")
    for wrong in ("s:9", "s", "nobody:1"):
        assert main(["interactive", *copied, "--from", wrong]) != 0
        assert "Traceback" not in capsys.readouterr().err


def test_a_session_that_somebody_else_recorded_is_asked_about_first(
    options: list[str], database: str, models: Path, tmp_path: Path
) -> None:
    talk = ["talk", "--models", str(models), *options[4:10]]
    typed = "hello\n/search_concerts\n/compare_reviews\n"
    subprocess.run([*RECORDER, *talk], input=typed, text=True, check=True, capture_output=True, timeout=60)

    done = piped(options, "1", "1", "a", "0")

    assert done.returncode == 0, done.stderr
    assert "we currently have slots: concerts: None, venues: None" in done.stdout
    assert "- action_show_venue_reviews" in (tmp_path / "stories_interactive.md").read_text()


def test_a_recorded_action_that_was_wrong_leads_to_a_fork(
    options: list[str], models: Path, tmp_path: Path
) -> None:
    talk = ["talk", "--models", str(models), *options[4:10]]
    typed = "hello\n/search_concerts\n/compare_reviews\n/goodbye\n"
    subprocess.run([*RECORDER, *talk], input=typed, text=True, check=True, capture_output=True, timeout=60)

    done = piped(options, "1", "1", "1", "1", "2 8", "1", "1", "0")

    assert "Go on in a fork, in which the bot does [action_show_concert_reviews]" in done.stdout
    assert "This is session s~2 now" in done.stdout
    exported = (tmp_path / "stories_interactive.md").read_text()
    assert "- action_show_concert_reviews" in exported
    assert "action_show_venue_reviews" not in exported


def test_bytes_that_are_no_text_do_not_end_the_lesson(options: list[str]) -> None:
    typed = b"\xff\xfe\n1\n1\n\x1b[2J\n"
    done = subprocess.run([*RECORDER, "interactive", *options], input=typed, capture_output=True, timeout=60)

    assert done.returncode == 0
    assert b"\x1b" not in done.stdout


def test_a_model_is_named_by_its_folder_a_folder_of_models_or_its_id(
    options: list[str], models: Path
) -> None:
    model = next(models.iterdir())
    for named in (["-d", str(model)], ["-d", str(models)], ["-d", model.name, "--models", str(models)]):
        done = piped([*named, "-u", named[1], *options[2:]])
        assert f"Model {model.name}." in done.stdout
    done = piped(["--models", str(models), "--model", model.name, *options[2:]])
    assert f"Model {model.name}." in done.stdout


def test_what_is_no_model_of_ours_is_said_in_one_line(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def complaint(path: Path) -> str:
        assert main(["interactive", "-d", str(path), *options[2:]]) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    rasas = tmp_path / "rasa"
    rasas.mkdir()
    (rasas / "metadata.json").write_text('{"pipeline": []}')
    archive = tmp_path / "20190515-135859.tar.gz"
    archive.write_bytes(b"")

    assert "it is a model of Rasa's" in complaint(rasas)
    assert "it is a model of Rasa's" in complaint(archive)
    assert "there is no such folder; `recorder train --out" in complaint(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "no trained model is in that folder" in complaint(tmp_path / "empty")


def test_another_model_may_understand_the_messages(options: list[str], models: Path, tmp_path: Path) -> None:
    nlu = tmp_path / "nlu.yml"
    nlu.write_text(
        "nlu:\n- intent: greet\n  examples: |\n    - ahoy\n    - ahoi\n- intent: goodbye\n"
        "  examples: |\n    - cheerio\n    - toodle\n"
    )
    trained = ["--domain", BOT / "domain.yml", "--nlu", nlu, "--out", tmp_path / "nlu"]
    assert main(["train", *map(str, trained)]) == 0

    done = piped([*options, "-u", str(tmp_path / "nlu")], "ahoy", "q")

    first = next(models.iterdir()).name
    second = next((tmp_path / "nlu").iterdir()).name
    assert f"Model {first}.{second}." in done.stdout
    assert "[utter_greet]" in done.stdout


def test_what_the_model_learned_can_be_kept_and_taught_again(
    models: Path,
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "models"
    shutil.copytree(models, mine)
    options[1] = str(mine)
    learning = [*options, "--learn", "--stories", str(BOT / "stories.yml")]

    assert run(monkeypatch, learning, *TO_REVIEWS, "2 action_show_concert_reviews", "q") == 0
    assert "--save-model keeps it" in capsys.readouterr().err
    assert len(ModelFiles(mine).list()) == 1

    again = ["/restart", *TO_REVIEWS, "2 action_show_concert_reviews", "q"]
    assert run(monkeypatch, [*learning, "--save-model"], "2 action_listen", *again) == 0
    kept, _ = ModelFiles(mine).list()
    assert f"The model that learned this is {kept.id}, in {mine}." in capsys.readouterr().err

    assert run(monkeypatch, [*options, "--session", "t"], *TO_REVIEWS, "q") == 0
    shown = capsys.readouterr().out
    assert f"Model {kept.id}." in shown
    assert shown.count("The bot wants to [action_show_concert_reviews] due to the intent.") == 1


def test_help_tells_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interactive", "--help"]) == 0

    shown = capsys.readouterr().out
    assert "python -m rasa_sdk --actions actions &" in shown
    assert all(word in shown for word in ("--core", "--nlu", "--stories-out", "--session", "--sort"))
