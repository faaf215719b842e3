"""A session and one annotator's review of it: read together, and written together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from recorder.actions.anywhere import Actions
from recorder.dialogue.domain import Domain
from recorder.dialogue.live import Live
from recorder.dialogue.present import Present, follow
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event, JsonObject, NewEvent, Recorded, review_stream, session_stream
from recorder.events.session import SessionEvent, SessionRecorded
from recorder.formats.rasa_events import to_rasa
from recorder.review.marks import Marks, Said
from recorder.store.log import Batch, Clock, EventLog
from recorder.talking.acting import Scene
from recorder.talking.conversation import Ids

_NO_KEYS: Final[Mapping[str, str]] = {}


class Notebook:
    """What is taught in one session. The annotator writes both streams.

    Of no use after an error of the log: then it must be opened anew.
    """

    def __init__(
        self, log: EventLog, domain: Domain, session: str, annotator: str, clock: Clock, ids: Ids
    ) -> None:
        """Args: domain: gives the initial slots."""
        self.log, self.domain, self.session, self.annotator = log, domain, session, annotator
        self.clock, self.ids = clock, ids
        self.stream, self.review_stream = session_stream(session), review_stream(session, annotator)
        self.records = log.read(self.stream)
        """As it was when it was opened."""
        self.live, self.marks = Live(), Marks(log.read(self.review_stream))
        self.present = self._whole(self.records)
        for record in self.records:
            self.live.take(record)

    @property
    def tracker(self) -> Tracker:
        return self.present.tracker

    @property
    def copied(self) -> tuple[int, int]:
        """How many events of the session, and of the review, were copied from another session."""
        first = self.records[0].event if self.records else None
        facts = (first.metadata or {}) if isinstance(first, SessionRecorded) else {}
        return int(facts.get("copied", 0)), int(facts.get("decided", 0))

    def new(self, event: Event, event_id: str | None = None) -> NewEvent:
        return NewEvent(event, event_id or self.ids(), self.clock())

    def write(
        self, events: Iterable[NewEvent], sayings: Iterable[Said] = (), keys: Mapping[str, str] = _NO_KEYS
    ) -> None:
        """Write both in one transaction.

        Args:
            keys: id of an event that says an entry again -> the entry's key.

        Raises:
            VersionConflict: somebody else wrote meanwhile.
            LogError: the log refused. Nothing was written in both cases.
        """
        said, decided = self.log.append_together([*self.batches(events, sayings)])
        self.present = follow(self.present, said) or self._whole(self.log.read(self.stream))
        for record in said:
            self.live.take(record, keys.get(record.id))
        for record in decided:
            self.marks.take(record)

    def catch_up(self) -> None:
        """Take in what was written to the review elsewhere."""
        for record in self.log.read(self.review_stream, len(self.marks.review.events) - 1):
            self.marks.take(record)

    def batches(self, events: Iterable[NewEvent], sayings: Iterable[Said] = ()) -> tuple[Batch, Batch]:
        """What writing appends to the session and to the review."""
        decisions = [NewEvent(event, self.ids()) for event in self.marks.next(sayings)]
        return (
            Batch(self.stream, [*events], self.annotator, self.present.version),
            Batch(self.review_stream, decisions, self.annotator, len(self.marks.review.events)),
        )

    def scene(self, actions: Actions, domain: Domain, ahead: Iterable[NewEvent] = ()) -> Scene:
        """What an action finds that runs after `ahead`, which is not written yet."""
        ahead = [*ahead]
        present = follow(self.present, ahead) or self._whole([*self.log.read(self.stream), *ahead])
        return Scene(
            self.session,
            domain,
            present.tracker,
            actions,
            lambda response: present.said.get(response, 0),
            lambda: self._as_rasa(ahead),
        )

    def _as_rasa(self, ahead: list[NewEvent]) -> list[JsonObject]:
        records: list[Recorded | NewEvent] = [*self.log.read(self.stream), *ahead]
        return [
            to_rasa(record.event, record.occurred_at)
            for record in records
            if isinstance(record.event, SessionEvent) and not isinstance(record.event, SessionRecorded)
        ]

    def _whole(self, records: Iterable[Recorded | NewEvent]) -> Present:
        whole = follow(Present.start(self.domain), records)
        assert whole is not None  # nothing was let go of before
        return whole
