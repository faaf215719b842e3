"""Fixture: processes that are killed before, or in the middle of, the n-th call that changes anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
KILLED = -9


@dataclass(frozen=True)
class Run:
    """How a process ended."""

    code: int
    said: str
    complained: str

    @property
    def was_killed(self) -> bool:
        return self.code == KILLED

    def refused(self) -> str:
        """The one sentence with which it refused."""
        assert self.code == 1, (self.code, self.complained)
        assert "Traceback" not in self.complained
        assert self.complained.startswith("recorder: ") and self.complained.count("\n") == 1, self.complained
        return self.complained


class Processes:
    """Forks of a process that has the program loaded (`zygote.py`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        library = folder / "faults.so"
        compiler = shutil.which("cc")
        assert compiler, "these tests need a C compiler"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "faults.c"), "-ldl"]
        subprocess.run(command, check=True)
        root = str(HERE.parents[1])
        self._zygote = subprocess.Popen(
            [sys.executable, str(HERE / "zygote.py")],
            env={**os.environ, "PYTHONPATH": root, "LD_PRELOAD": str(library)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, call: str, *args: object, **how: Any) -> Run:
        """Call `module:function`; see `wish`."""
        return self.together([self.wish(call, *args, **how)])[0]

    def cli(self, *args: object, **how: Any) -> Run:
        """`recorder ARGS`."""
        return self.run("recorder.cli:main", [str(each) for each in args], **how)

    def wish(
        self,
        call: str,
        *args: object,
        how: str = "none",
        at: int = 0,
        clock: int = 0,
        largest: int = 0,
        without_rights: bool = False,
        environ: Mapping[str, str] | None = None,
        constants: Mapping[str, object] | None = None,
        typed: str = "",
    ) -> dict[str, object]:
        """What is to be done.

        Args:
            how: `kill`: it dies before the call number `at`. `tear`: the same, a write gets half way.
                `full`: from there on the disk is full. `broken`: from there on it fails.
            clock: seconds that its clock is off.
            largest: bytes that a file of its may have.
            without_rights: root may then do no more than others.
            constants: `module.NAME` -> value.
            typed: its standard input.
        """
        (self.folder / "in").write_text(typed)
        return {
            "call": call,
            "args": args,
            "how": how,
            "at": at,
            "clock": clock,
            "largest": largest,
            "without_rights": without_rights,
            "environ": dict(environ or {}),
            "constants": dict(constants or {}),
            "said_to_it": str(self.folder / "in"),
            "folder": str(self.folder),
        }

    def together(self, wishes: list[dict[str, object]]) -> list[Run]:
        """All at once."""
        places = [self.folder / f"said{number}" for number in range(len(wishes))]
        wishes = [{**wish, "said": str(place)} for wish, place in zip(wishes, places, strict=True)]
        assert self._zygote.stdin and self._zygote.stdout
        self._zygote.stdin.write(json.dumps(wishes) + "\n")
        self._zygote.stdin.flush()
        codes = json.loads(self._zygote.stdout.readline())
        texts = [[Path(f"{place}.{end}").read_text() for end in ("out", "err")] for place in places]
        return [Run(code, *text) for code, text in zip(codes, texts, strict=True)]

    def each(self, run: Callable[[int], Run], *, step: int = 1) -> Iterator[tuple[int, Run]]:
        """Run with the accident at the first call, at the next, …; at last it comes too late and is none."""
        for at in count(1, step):
            done = run(at)
            yield at, done
            if done.code == 0:
                break
            assert at < 5_000

    def close(self) -> None:
        assert self._zygote.stdin and self._zygote.stdout
        self._zygote.stdin.close()
        self._zygote.stdout.close()
        self._zygote.wait()


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    made = Processes(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()
