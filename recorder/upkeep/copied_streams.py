"""The streams and keys of a log that is copied: added as events come, brought up to date at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BindParameter, ClauseElement, bindparam, delete, null, update

from recorder.audit.rows import Rows, Stream
from recorder.errors import CopyRefused
from recorder.events.event import can_be_forgotten
from recorder.store.chain import digest_of
from recorder.store.database import Database, Query, Writer
from recorder.store.keys import MasterKey, new_key
from recorder.store.statements import KEYS, STREAMS, statements

_AT_ONCE: Final = 10_000


class CopiedStreams:
    """Writes streams of the source into the target, under keys of their own if a master key is given."""

    def __init__(self, source: Rows, target: Database, master: MasterKey | None) -> None:
        def sql(statement: ClauseElement) -> str:
            return str(statement.compile(dialect=target.dialect))

        self._source = source
        self._target = target
        self._master = master
        self._sql = statements(target.dialect, target.row_dialect)
        number: BindParameter[int] = bindparam("number")
        wrapped: dict[str, Any] = {"master": bindparam("under"), "wrapped": bindparam("as_")}
        of = KEYS.c.stream
        self._forget = sql(update(STREAMS).where(STREAMS.c.id == number).values(name=null(), salt=null()))
        self._drop_key = sql(delete(KEYS).where(of == number))
        self._wrap = sql(update(KEYS).where(of == number).values(**wrapped))
        self.forgotten = self.rewrapped = 0

    def add(self, writer: Writer, upto: int) -> None:
        """Those that the target lacks; they are numbered as they begin, so they follow its last."""
        last = Rows(self._target, writer.rows).last_stream()
        writer.run(
            [query for stream in self._source.streams(last, upto).values() for query in self._new(stream)]
        )

    def _new(self, stream: Stream) -> Iterable[Query]:
        self._check(stream)
        row = {"id": stream.number, "name": stream.name, "salt": stream.salt, "digest": stream.digest}
        yield self._sql.stream, row
        master, wrapped = stream.key
        if self._master and stream.name and can_be_forgotten(stream.name):
            master, wrapped = self._master.id, self._master.wrap(new_key(), stream.digest)
        if wrapped is not None:
            yield self._sql.key, {"stream": stream.number, "master": master, "wrapped": wrapped}

    def settle(self, writer: Writer) -> None:
        """What was forgotten or wrapped anew in the source since it was copied, is in the target too.

        What is forgotten in the target stays forgotten.
        """
        there, last = Rows(self._target, writer.rows), self._source.last_stream()
        self.add(writer, last)  # any that have no event yet
        for after in range(0, last, _AT_ONCE):
            known = there.streams(after, after + _AT_ONCE)
            for number, stream in self._source.streams(after, after + _AT_ONCE).items():
                if number in known and known[number] != stream:
                    writer.run([*self._changes(stream, known[number])])

    def _changes(self, stream: Stream, known: Stream) -> Iterable[Query]:
        self._check(stream, known)
        number = {"number": stream.number}
        if stream.name is None and known.name is not None:
            self.forgotten += 1
            yield self._forget, number
        if stream.wrapped is None and known.wrapped is not None and (stream.name is None or not self._master):
            yield self._drop_key, number
        elif stream.wrapped is not None and known.wrapped is not None and stream.key != known.key:
            self.rewrapped += 1
            yield self._wrap, {**number, "under": stream.master, "as_": stream.wrapped}

    def _check(self, stream: Stream, known: Stream | None = None) -> None:
        name, salt = stream.name, stream.salt
        fits = name is None or (salt is not None and digest_of(salt, name) == stream.digest)
        if not fits or (known is not None and known.digest != stream.digest):
            reason = f"the name of stream {stream.number} is not the one that it began with"
            raise CopyRefused(self._source.name, self._target.name, reason, "Run `recorder verify`.")
