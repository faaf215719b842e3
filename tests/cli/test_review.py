"""`recorder review` says in a sentence why it does not start."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.store.schema import upgrade


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        yield port


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.7", "::", "example.org"])
def test_without_accounts_only_this_machine_may_reach_it(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    upgrade(url)

    assert main(["review", "--host", address, "--database", url]) == 1

    assert f"use 127.0.0.1, not {address}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["review", "demo"])
def test_a_taken_port_is_told_with_the_next_free_one(
    command: str,
    taken: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main([command, "--port", str(taken)]) == 1

    complaint = capsys.readouterr().err
    assert f"Port {taken} is taken" in complaint
    assert "is free: use --port" in complaint
    assert not list(tmp_path.iterdir())


def test_a_missing_database_is_told_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    assert main(["review", "--port", str(free)]) == 1

    assert "Run `recorder init`" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
