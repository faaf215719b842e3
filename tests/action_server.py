"""Rasa's own action server, started by its own command, with actions from files."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BOT = Path(__file__).parents[1] / "data" / "concertbot"
STARTS = 60.0
"""Seconds after which a server that does not answer will not do so any more."""


@dataclass
class ActionServerProcess:
    """`python -m rasa_sdk --actions actions` in a folder that has the module `actions`."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/webhook"

    def start(self) -> None:
        """Returns when it answers."""
        self.launch()
        until = time.monotonic() + STARTS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until, self.printed()
            time.sleep(0.05)

    def launch(self) -> None:
        """Returns at once."""
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(self.port)]
        environment = {**os.environ, "SANIC_HOST": "127.0.0.1"}
        with (self.folder / "printed").open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9, the processes that it started too."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while self._is_connectable():  # the system still takes connections for those that die
            time.sleep(0.01)

    def printed(self) -> str:
        return (self.folder / "printed").read_text(errors="replace")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _is_connectable(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serving(folder: Path, *files: Path) -> ActionServerProcess:
    """A server, not yet started, of these files' actions; of the concert bot's, where none is named."""
    package = folder / "actions"
    package.mkdir()
    (package / "__init__.py").touch()
    for file in files or (BOT / "actions.py",):
        shutil.copy(file, package / f"{file.stem}.py")
    return ActionServerProcess(folder, free_port())
