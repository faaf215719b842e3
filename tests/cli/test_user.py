"""`recorder user`, as somebody types it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pexpect
import pytest

from recorder.cli import main
from recorder.services.signing_in import Door
from recorder.store.schema import upgrade
from recorder.store.sql import open_log

GOOD = "correct horse battery"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    monkeypatch.setenv("RECORDER_DATABASE", url)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\nsecond line\n"))
    upgrade(url)
    return url


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["user", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_an_account_is_opened_with_a_password_from_stdin(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "add", "ana", "--role", "annotator", "--password-stdin")[:2] == (
        0,
        "ana may sign in, as annotator.\n",
    )

    assert Door(open_log(url)).sign_in("ana", GOOD, "here")


def test_as_long_as_there_is_no_admin_this_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, without = run(capsys, "add", "ana", "--oidc")
    _, _, with_one = run(capsys, "add", "root", "--oidc", "--role", "admin")

    assert "No account is an admin yet" in without
    assert with_one == ""


def test_the_password_is_asked_for_twice_and_not_shown(url: str, tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "recorder", "user", "add", "ana"], encoding="utf-8", timeout=60
    )
    child.expect("Password: ")
    child.sendline(GOOD)
    child.expect("The same again: ")
    child.sendline(GOOD)
    child.expect(pexpect.EOF)

    child.close()
    assert child.exitstatus == 0
    assert "ana may sign in, as viewer." in child.before
    assert GOOD not in child.before
    assert Door(open_log(url)).sign_in("ana", GOOD, "here")


def test_without_a_terminal_no_password_is_guessed(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "add", "ana")

    assert code != 0
    assert "--password-stdin" in err
    assert run(capsys, "list")[1] == "There are no accounts.\n"


def test_roles_are_given_and_accounts_disabled_and_listed(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "add", "Zoë", "--password-stdin")
    run(capsys, "add", "root", "--oidc", "--role", "admin")

    assert run(capsys, "role", "zoë", "adjudicator")[0] == 0
    assert run(capsys, "disable", "Zoë")[0] == 0
    assert run(capsys, "list")[1].splitlines() == [
        "Zoë: adjudicator, never there yet, disabled",
        "root: admin, OpenID, never there yet",
    ]
    assert run(capsys, "enable", "Zoë")[0] == 0
    [zoe, _] = json.loads(run(capsys, "list", "--json")[1])
    assert (zoe["name"], zoe["role"], zoe["disabled"]) == ("Zoë", "adjudicator", False)
    assert "hash" not in json.dumps(zoe)
    assert "argon2" not in json.dumps(zoe)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("role", "nobody", "admin"), "There is no account 'nobody'."),
        (("disable", "root"), "root is the only admin"),
        (("role", "root", "viewer"), "root is the only admin"),
        (("reset", "root", "--password-stdin"), "root signs in elsewhere"),
        (("add", "ROOT", "--oidc"), "There is an account 'root' already."),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    url: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    run(capsys, "add", "root", "--oidc", "--role", "admin")

    code, _, err = run(capsys, *words)

    assert code == 1
    assert complaint in err
    assert len(err.splitlines()) == 1
