"""A process that writes to a log until it is killed, and says what was acknowledged.

`python writer.py URL STREAM [COUNT]`: one id a line, printed after the append returned.
"""

from __future__ import annotations

import itertools
import sys

from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.store.sql import open_log


def main(url: str, stream: str, count: str = "") -> None:
    log = open_log(url)
    for number in range(int(count)) if count else itertools.count():
        identity = f"{stream}#{number}"
        log.append(stream, [NewEvent(UserUttered(identity), identity)])
        log.append("session/common", [UserUttered(stream)] * 2)
        sys.stdout.write(identity + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
