"""Jobs that workers in other processes can import."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from recorder.errors import UnknownSession
from recorder.events.session import UserUttered
from recorder.store.log import EventLog
from recorder.store.shards import Job, Shard, Workers

T = TypeVar("T")
R = TypeVar("R")


def stuck(log: EventLog, shard: Shard[T], *, job: Job[T, R], item: T, folder: Path) -> R:
    """Do the job; but the first worker that has the item half done says who it is, and gets no further."""
    answer = job(log, shard)
    if item in shard.items and not (folder / "pid").exists():
        (folder / "part").write_text(str(os.getpid()))
        (folder / "part").rename(folder / "pid")
        time.sleep(600)
    return answer


@dataclass
class Unlucky:
    """Workers of which one is to be killed when it has done its work on a shard, and not said so yet."""

    workers: Workers
    folder: Path
    shard: int

    def map(self, job: Job[T, R], shards: Sequence[Shard[T]]) -> Iterator[R]:
        item = shards[self.shard].items[0]
        return self.workers.map(partial(stuck, job=job, item=item, folder=self.folder), shards)


def deadly(log: EventLog, shard: Shard[T]) -> None:
    os.kill(os.getpid(), 9)


def refused(log: EventLog, shard: Shard[str]) -> None:
    raise UnknownSession(shard.items[0])


def broken(log: EventLog, shard: Shard[str]) -> None:
    raise ZeroDivisionError("a bug")


def writing(log: EventLog, shard: Shard[str]) -> None:
    log.append("session/a", [UserUttered("from a worker")])


def environment(log: EventLog, shard: Shard[str]) -> str:
    return os.environ.get(shard.items[0], "")
