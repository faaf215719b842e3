"""`recorder talk`, in a pseudo-terminal and with piped input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from recorder.cli import main
from recorder.events.event import session_stream
from recorder.events.session import ActionExecuted, BotUttered, UserUttered
from recorder.store.sql import open_log
from recorder.terminal.words import block
from tests.action_server import ActionServerProcess, free_port, serving

BOT = Path(__file__).parents[2] / "data" / "concertbot"
RECORDER = [sys.executable, "-m", "recorder"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the concert bot in it, trained on all that it was taught."""
    folder = tmp_path_factory.mktemp("models")
    paths = ["--domain", BOT / "domain.yml", "--stories", BOT / "stories.yml", "--nlu", BOT / "nlu.yml"]
    assert main(["train", *map(str, paths), "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    assert main(["init", "--database", url]) == 0
    return url


@pytest.fixture
def options(models: Path, database: str) -> list[str]:
    paths = {"--models": models, "--database": database, "--actions": BOT / "actions.py", "--session": "s"}
    return [str(word) for pair in paths.items() for word in pair]


@pytest.fixture
def terminal(options: list[str]) -> Iterator[pexpect.spawn[str]]:
    child = pexpect.spawn(sys.executable, [*RECORDER[1:], "talk", *options], encoding="utf-8", timeout=30)
    yield child
    child.close(force=True)


def piped(options: list[str], typed: str | bytes) -> subprocess.CompletedProcess[bytes]:
    sent = typed.encode() if isinstance(typed, str) else typed
    return subprocess.run([*RECORDER, "talk", *options], input=sent, capture_output=True, timeout=60)


def said(database: str, session: str = "s") -> list[str]:
    """Who did what, in the order of the log."""
    lines = []
    for row in open_log(database).read(session_stream(session)):
        match row.event:
            case UserUttered(text=text):
                lines.append(f"user: {text}")
            case BotUttered(text=text):
                lines.append(f"bot: {text}")
            case ActionExecuted(name=name) if name and name.startswith("action_show"):
                lines.append(name)
    return lines


def test_a_chat_in_a_terminal_is_recorded(terminal: pexpect.spawn[str], database: str) -> None:
    terminal.expect("Recorded as session s")
    terminal.expect("You: ")
    terminal.sendline("/search_concerts")
    terminal.expect("Bot: I found concerts: Foo Fighters and Katy Perry.")
    terminal.expect("You: ")
    terminal.sendline("/compare_reviews")
    terminal.expect("Bot: I have no venues to compare yet.")
    terminal.expect("You: ")
    terminal.sendline("/stop")
    terminal.expect("Replay it with `recorder review`")
    terminal.expect(pexpect.EOF)
    terminal.wait()

    assert terminal.exitstatus == 0
    assert said(database) == [
        "user: /search_concerts",
        "bot: I found concerts: Foo Fighters and Katy Perry.",
        "user: /compare_reviews",
        "action_show_venue_reviews",
        "bot: I have no venues to compare yet.",
    ]


@pytest.mark.parametrize("end", ["intr", "eof"])
def test_ctrl_c_and_ctrl_d_end_it_kindly(terminal: pexpect.spawn[str], end: str) -> None:
    terminal.expect("You: ")
    terminal.sendline("hello")
    terminal.expect("Bot: ")
    terminal.expect("You: ")

    terminal.sendintr() if end == "intr" else terminal.sendeof()

    terminal.expect("Session s is in .*Replay it with")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_what_was_shown_outlives_a_kill(terminal: pexpect.spawn[str], database: str) -> None:
    terminal.expect("You: ")
    terminal.sendline("hello")
    terminal.expect("Bot: Hello!")

    terminal.kill(signal.SIGKILL)
    terminal.expect(pexpect.EOF)

    assert [line.split(":")[0] for line in said(database)] == ["user", "bot"]


def test_piped_messages_are_answered_a_block_each(options: list[str], database: str) -> None:
    done = piped(options, 'hello\n\n/search_venues{"city": "Paris"}\r\n')

    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "Bot: Hello! I know concerts and venues. What are you looking for?",
        "     - Concerts  /search_concerts",
        "     - Venues  /search_venues",
        "Bot: I found venues in Paris: Olympia and La Cigale.",
    ]
    assert b"Recorded as session s" in done.stderr


def test_a_session_is_gone_on_with(options: list[str], database: str) -> None:
    piped(options, "/search_concerts\n")

    done = piped(options, "/compare_reviews\n")

    assert b"session s, after 12 events" in done.stderr
    assert said(database)[-3] == "user: /compare_reviews"


def test_a_session_gets_a_name_of_its_own(options: list[str], database: str) -> None:
    for _ in range(2):
        assert piped(options[:-2], "hello\n").returncode == 0

    assert len([*open_log(database).streams("session/talk-")]) == 2


def test_a_name_that_is_no_text_is_stored_as_one(options: list[str], database: str) -> None:
    done = piped([*options[:-1], os.fsdecode(b"caf\xff")], "hello\n")

    assert done.returncode == 0
    assert said(database, "caf\N{REPLACEMENT CHARACTER}")


def test_bytes_that_are_no_text_and_characters_that_steer_are_harmless(
    options: list[str], database: str
) -> None:
    done = piped(options, b"\xff\xfe hello\n\x1b]0;owned\x07\nhello \xf0\x9f\x91\x8b\n")

    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert "user: hello 👋" in said(database)


def test_the_bot_s_words_cannot_steer_the_terminal() -> None:
    buttons = [{"title": "\x1b[2J", "payload": "/x"}]

    assert block([BotUttered("a\x1b[31m\nb", {"buttons": buttons})]) == "Bot: a�[31m\n     b\n     - �[2J  /x"
    assert block([]) == "Bot: (says nothing)"


def test_what_is_missing_is_said_in_one_line(
    options: list[str], models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def complaint(*changed: str) -> str:
        assert main(["talk", *options, *changed]) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    assert "recorder train" in complaint("--models", str(tmp_path / "nothing"))
    assert "recorder init" in complaint("--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert "there is no such file" in complaint("--actions", str(tmp_path / "none.py"))
    other = tmp_path / "other.py"
    other.write_text(
        "class A:\n    def name(self): return 'action_a'\n    def run(self, d, t, o): return []\n"
    )
    assert "nothing here defines action_search_concerts" in complaint("--actions", str(other))


def test_what_is_redacted_is_never_written(options: list[str], database: str, tmp_path: Path) -> None:
    words = ["--redact", "email,card", "--redact-pattern", "ticket=T-[0-9]+"]

    done = piped([*options, *words], "write to maria@mail.org about T-77, card 4111 1111 1111 1111\n")

    assert done.returncode == 0
    assert said(database)[0] == "user: write to [email] about [ticket], card [card]"
    rows = open_log(database).read(session_stream("s"))
    assert not [row for row in rows if "maria" in repr(row) or "4111" in repr(row)]


def test_what_cannot_be_redacted_is_said_before_anything_is_written(
    options: list[str], database: str
) -> None:
    done = piped([*options, "--redact-pattern", "x=("], "hello\n")

    assert done.returncode == 1
    assert done.stderr.startswith(b"recorder: Texts cannot be redacted: the pattern of x")
    assert done.stderr.count(b"\n") == 1
    assert list(open_log(database).streams()) == []


def endpoints(folder: Path, url: str) -> Path:
    file = folder / "endpoints.yml"
    file.write_text(f"action_endpoint:\n  url: {url}\nnlg:\n  url: http://localhost\n")
    return file


def over_the_wire(models: Path, database: str, file: Path) -> list[str]:
    paths = {"--models": models, "--database": database, "--endpoints": file, "--session": "s"}
    return [str(word) for pair in paths.items() for word in pair]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServerProcess]:
    process = serving(tmp_path_factory.mktemp("server"))
    process.start()
    yield process
    process.kill()


def test_rasas_own_action_server_runs_the_actions(
    server: ActionServerProcess, models: Path, database: str, tmp_path: Path
) -> None:
    options = over_the_wire(models, database, endpoints(tmp_path, server.url))

    done = piped(options, '/search_venues{"city": "Paris"}\n')

    assert done.stdout.decode().splitlines() == ["Bot: I found venues in Paris: Olympia and La Cigale."]
    assert f"{tmp_path / 'endpoints.yml'}:3: `nlg` is not used here" in done.stderr.decode()
    assert done.returncode == 0


def test_an_action_server_that_is_not_there_is_said_and_the_chat_goes_on(
    models: Path, database: str, tmp_path: Path
) -> None:
    url = f"http://localhost:{free_port()}/webhook"

    done = piped(over_the_wire(models, database, endpoints(tmp_path, url)), "/search_venues\nhello\n")

    sorry, *rest = done.stdout.decode().splitlines()
    assert sorry == "Bot: Sorry, something went wrong on my side."
    assert rest[0].startswith("Bot: Hello!")
    reason = f"no action server answers at {url} (Connection refused): start it with python -m rasa_sdk"
    assert f"recorder: Action action_search_venues failed: {reason}" in done.stderr.decode()
    assert said(database)[:2] == ["user: /search_venues", f"bot: {sorry.removeprefix('Bot: ')}"]


def test_an_action_that_neither_place_has_is_said_at_once(
    server: ActionServerProcess, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bot = tmp_path / "domain.yml"
    bot.write_text((BOT / "domain.yml").read_text().replace("actions:\n", "actions:\n  - action_missing\n"))
    folder = str(tmp_path / "models")
    train = [
        "train",
        "--domain",
        str(bot),
        "--stories",
        str(BOT / "stories.yml"),
        "--nlu",
        str(BOT / "nlu.yml"),
    ]
    assert main([*train, "--out", folder]) == 0

    options = over_the_wire(Path(folder), database, endpoints(tmp_path, server.url))
    assert main(["talk", *options]) == 1

    advice = "name their code with --actions, or their server with --endpoints"
    assert f"nothing here defines action_missing ({advice})" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [("action_endpoint: {}", ":1: action_endpoint has no `url:`"), (None, "No such file"), ("[", "not YAML")],
)
def test_endpoints_that_cannot_be_read_end_it_before_it_began(
    models: Path,
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    reason: str,
) -> None:
    file = tmp_path / "endpoints.yml"
    if text is not None:
        file.write_text(text)

    assert main(["talk", *over_the_wire(models, database, file)]) == 1

    said_so = capsys.readouterr().err
    assert str(file) in said_so
    assert reason in said_so
