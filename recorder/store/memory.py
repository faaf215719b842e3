"""The log in memory: the same contract, for tests and for work that leaves nothing behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from threading import Condition

from recorder.errors import EventConflict
from recorder.events.event import Event, NewEvent, Recorded
from recorder.store.log import Batch, Clock, Draft, admit, drafts, in_utc, utc_now


class MemoryLog:
    """An `EventLog` that ends with the process."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._grown = Condition()
        self._all: list[Recorded] = []
        self._streams: defaultdict[str, list[Recorded]] = defaultdict(list)
        self._ids: dict[str, Recorded] = {}

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        return self.append_together([Batch(stream, events, actor, expected_version)])[0]

    def append_together(self, batches: Sequence[Batch]) -> list[list[Recorded]]:
        ready = [drafts(each.stream, each.events, each.actor) for each in batches]
        with self._grown:
            now = in_utc(self._clock())
            for each, fresh in zip(batches, self._admitted(batches, ready), strict=True):
                for number, draft in enumerate(fresh, self.version(each.stream)):
                    self._keep(draft.recorded(each.stream, number, len(self._all) + 1, now, each.actor))
            self._grown.notify_all()
            return [[self._ids[draft.id] for draft in batch] for batch in ready]

    def _admitted(self, batches: Sequence[Batch], ready: Sequence[Sequence[Draft]]) -> list[list[Draft]]:
        return [
            admit(
                each.stream,
                batch,
                self._ids,
                version=self.version(each.stream),
                expected_version=each.expected_version,
            )
            for each, batch in zip(batches, ready, strict=True)
        ]

    def append_many(self, batches: Sequence[Batch]) -> list[list[Recorded] | EventConflict]:
        for each in batches:
            drafts(each.stream, each.events, each.actor)  # refuses before anything is written
        done: list[list[Recorded] | EventConflict] = []
        for each in batches:
            try:
                done.append(self.append(each.stream, each.events, actor=each.actor))
            except EventConflict as error:
                done.append(error)
        return done

    def _keep(self, row: Recorded) -> None:
        self._all.append(row)
        self._streams[row.stream].append(row)
        self._ids[row.id] = row

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        return self._streams.get(stream, [])[after + 1 :]

    def read_many(
        self, streams: Iterable[str], types: Collection[str] | None = None
    ) -> dict[str, list[Recorded]]:
        return {
            stream: [record for record in self.read(stream) if types is None or record.type in types]
            for stream in streams
        }

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        return islice(self._all, after, None if limit is None else after + limit)

    def wait(self, after: int, timeout: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: len(self._all) > after, timeout)

    def version(self, stream: str) -> int:
        return len(self._streams.get(stream, ()))

    def position(self) -> int:
        return len(self._all)

    def streams_at(self, positions: Collection[int]) -> dict[int, str]:
        return {each: self._all[each - 1].stream for each in positions if 0 < each <= len(self._all)}

    def streams(self, prefix: str = "") -> Iterator[str]:
        return (stream for stream in list(self._streams) if stream.startswith(prefix))
