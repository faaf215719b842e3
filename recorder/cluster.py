"""Jobs on a Dask cluster: a running one, or some processes of this machine. The only user of `distributed`.

What is sent: names of sessions, a position of the log, the job with its arguments (a domain, models), and
the answers. Workers open the log by themselves, for reading: `RECORDER_DATABASE` where it is set there,
else the same URL without its password; the master key as their own environment names it.
"""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import make_url

from recorder import __version__
from recorder.errors import ClusterUnusable, RecorderError
from recorder.store.database import database_file, database_url, file_url
from recorder.store.key_source import KeySource
from recorder.store.log import EventLog
from recorder.store.shards import Job, Shard
from recorder.store.sql import open_log

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")

DATABASE: Final = "RECORDER_DATABASE"
_PATIENCE: Final = 30.0
"""Seconds to wait for the scheduler, and for its first worker."""
_READ_ONLY: Final = "-c default_transaction_read_only=on"


@contextmanager
def running(scheduler: str, url: str) -> Iterator[DaskWorkers]:
    """The workers of a cluster that is there already.

    Args:
        scheduler: its address, as `tcp://host:8786` or `tls://host:8786`.
        url: of the database.

    Raises:
        ClusterUnusable: Dask is not installed, nobody answers there, or there is no worker.
    """
    with _opened(scheduler, url) as workers:
        yield workers


@contextmanager
def local(processes: int, url: str) -> Iterator[DaskWorkers]:
    """As many processes of this machine, as long as they are needed. Raises ClusterUnusable."""
    try:
        import dask
        from distributed import LocalCluster
    except ModuleNotFoundError:
        raise _missing() from None
    settings: Mapping[str, Any] = {
        "n_workers": processes,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "security": True,  # else anybody on this machine could make them run anything
        "dashboard_address": "127.0.0.1:0",
        "memory_limit": 0,
        "env": {DATABASE: _absolute(url)},
    }
    lean: Mapping[str, Any] = {  # no pages that nobody looks at, no profile of what was done
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,
    }
    with (
        dask.config.set(lean),
        LocalCluster(**settings) as cluster,
        _opened(cluster, url) as workers,
    ):
        yield workers


@contextmanager
def _opened(cluster: Any, url: str) -> Iterator[DaskWorkers]:
    """Args: cluster: the address of a scheduler, or what distributed takes in its place."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise _missing() from None
    name = cluster if isinstance(cluster, str) else "the local cluster"
    with ExitStack() as opened:
        try:
            client = opened.enter_context(Client(cluster, timeout=_PATIENCE, set_as_default=False))
        except (OSError, ValueError) as error:
            raise ClusterUnusable(name, "no scheduler answers there") from error
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise ClusterUnusable(name, "it has no worker", f"Start one: dask worker {name}.") from error
        yield DaskWorkers(client, name, _for_others(url))


def _missing() -> ClusterUnusable:
    return ClusterUnusable("Dask", "it is not installed", "pip install 'session-recorder[dask]'.")


class DaskWorkers:
    """`Workers` that are other processes. One that dies has its shards done again by the others."""

    def __init__(self, client: Client, name: str, url: str) -> None:
        self.client = client
        self._name = name
        self._url = url

    def map(self, job: Job[T, R], shards: Sequence[Shard[T]]) -> Iterator[R]:
        """As `Workers.map`. Raises ClusterUnusable where it was lost, or does not run this program."""
        # The job is sent once, as bytes that only workers open; whoever lost it has it made again.
        sent = self.client.submit(pickle.loads, pickle.dumps(job), pure=False)
        do = partial(_do, url=self._url, version=__version__)
        futures = self.client.map(do, shards, [sent] * len(shards), pure=False)
        try:
            for future in futures:
                answer = self._answer(future)
                future.release()
                if isinstance(answer, _Failed):
                    raise answer.error
                yield answer
        finally:
            self.client.cancel([*futures, sent])

    def _answer(self, future: Future[Any]) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            raise ClusterUnusable(self._name, "one shard ended several workers", "See their logs.") from error
        except (CancelledError, OSError) as error:
            raise ClusterUnusable(self._name, "the scheduler was lost") from error
        except Exception as error:  # raised on the way to the job, where pickle lets anything out
            advice = f"Is session-recorder {__version__} installed on the scheduler and on all workers?"
            raise ClusterUnusable(self._name, f"the job was not understood ({error})", advice) from error


@dataclass(frozen=True, slots=True)
class _Failed:
    """A job's own error, told apart from those of the cluster."""

    error: Exception


def _do(shard: Shard[T], job: Job[T, R], *, url: str, version: str) -> R | _Failed:
    """Runs on a worker."""
    try:
        if version != __version__:
            advice = f"Install session-recorder {version} there."
            raise ClusterUnusable("a worker", f"it runs session-recorder {__version__}", advice)
        log = _log(os.environ.get(DATABASE) or url)
        shard.at.require(log)
        return job(log, shard)
    except Exception as error:  # handed to whoever asked, where it is raised again
        if not isinstance(error, RecorderError):
            error.add_note(traceback.format_exc())  # a bug of ours, whose place would be lost
        return _Failed(error)


@lru_cache(maxsize=4)
def _log(url: str) -> EventLog:
    """Opened once by each worker, for reading."""
    return open_log(_for_reading(url), keys=KeySource.of(os.environ))


def _for_reading(url: str) -> str:
    """The URL with sessions that cannot write; SQLite has none such."""
    if database_file(url):
        return url
    parsed = make_url(url)
    options = f"{parsed.query.get('options', '')} {_READ_ONLY}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _for_others(url: str) -> str:
    """The URL as it is sent: it means the same elsewhere, and holds no password."""
    absolute = _absolute(url)
    if database_file(absolute):
        return absolute
    sent = database_url(absolute)._replace(password=None)  # `set` takes None for "as it is"
    return sent.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=False)


def _absolute(url: str) -> str:
    file = database_file(url)
    return file_url(file.absolute()) if file else url
