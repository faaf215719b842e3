"""A process that rebuilds the read models, and says each time that it has come further.

`python rebuilder.py URL`: it is killed when it has said so often enough.
"""

from __future__ import annotations

import sys

from recorder.bootstrap import open_recorder
from recorder.read_models import histories
from recorder.settings import Settings
from recorder.store.sql import SqlLog
from tests.postgres import KEYS
from tests.read_models.given import World


def main(url: str) -> None:
    histories.STREAMS_AT_ONCE = 5  # type: ignore[misc]  # many small steps

    def say(done: int, total: int) -> None:
        sys.stdout.write(f"{done} of {total}\n")
        sys.stdout.flush()

    keys = KEYS if url.startswith("postgresql") else Settings().keys
    log = open_recorder(Settings(url, keys=keys)).log
    assert isinstance(log, SqlLog)
    World.of(log).models.rebuild(progress=say)  # of the edition that the tests look for


if __name__ == "__main__":
    main(*sys.argv[1:])
