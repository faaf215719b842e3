"""A process that copies, slowly enough to be killed, and says how far it is.

`python copier.py copy|backup|restore|encrypt FROM TO`: one position a line.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from recorder.store.key_source import KeySource
from recorder.upkeep import backups, copying

copying._PAGE = 20  # type: ignore[misc]


def told(done: int, total: int) -> None:
    print(done, flush=True)
    time.sleep(0.02)


def main(what: str, source: str, target: str) -> None:
    if what == "copy":
        copying.copy_log(source, target, progress=told)
    elif what == "encrypt":
        copying.copy_log(source, target, encrypt=KeySource.of(os.environ), progress=told)
    elif what == "backup":
        backups.back_up(source, Path(target), progress=told)
    else:
        backups.restore(Path(source), target, progress=told)


if __name__ == "__main__":
    main(*sys.argv[1:])
