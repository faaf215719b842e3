"""`recorder monitor` and `recorder review --monitor` as they are typed."""

from __future__ import annotations

import socket

import pytest

from recorder.api import monitoring, readiness
from recorder.cli import main, monitor
from recorder.cli.monitor import command


@pytest.mark.parametrize("line", ["monitor --port", "review --port 18531 --monitor"])
def test_a_taken_port_is_told(line: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        assert main([*line.split(), str(port), "--database", url]) == 1

    assert f"Port {port} is taken" in capsys.readouterr().err


def test_it_listens_on_this_machine_only_unless_it_is_told_otherwise() -> None:
    defaults = {each.name: each.default for each in command.params}

    assert defaults["monitor_address"] == "127.0.0.1"
    assert defaults["port"] == monitoring.DEFAULT_PORT
    assert defaults["max_lag"] == readiness.MAX_LAG
    assert monitor.LOOPBACK == "127.0.0.1"
