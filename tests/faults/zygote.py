"""A process that has the program loaded, and forks for each call that is to meet with an accident.

Wishes come as JSON lines: a list of calls that are to run at once. Their exit codes go back in one line.
A process that has forked costs a hundredth of one that starts.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import sys
import traceback
from typing import Any

import recorder.cli.export
import recorder.cli.ingest
import recorder.cli.init
import recorder.services.training
import recorder.store.postgres
import recorder.store.schema  # noqa: F401  (loaded before the first fork)

HOW = ("none", "kill", "tear", "full", "broken")
CRASHED = 70
"""Exit code after a traceback."""
_CAPABILITIES = 0x20080522
"""Version of the structures of `capset`."""


def main() -> None:
    for line in sys.stdin:
        children = [_fork(wish) for wish in json.loads(line)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(codes), flush=True)


def _fork(wish: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            os._exit(_run(**wish))
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(CRASHED)
    return child


def _run(
    call: str,
    args: list[Any],
    folder: str,
    said: str,
    how: str,
    at: int,
    clock: int,
    largest: int,
    without_rights: bool,
    environ: dict[str, str],
    constants: dict[str, Any],
    said_to_it: str,
) -> int:
    for number, path in ((0, said_to_it), (1, f"{said}.out"), (2, f"{said}.err")):
        os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (as long as the process)
    os.environ.update(environ)
    os.chdir(folder)
    for name, value in constants.items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    module, _, name = call.partition(":")
    function = getattr(importlib.import_module(module), name)
    faults = ctypes.CDLL(None)
    if without_rights:  # root too has to ask the files then
        header, none = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
        faults.capset(header, none)
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    faults.faults_clock(ctypes.c_long(clock))
    faults.faults_arm(HOW.index(how), at)
    result = function(*args)
    sys.stdout.flush()
    sys.stderr.flush()
    faults.faults_arm(0, 0)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
