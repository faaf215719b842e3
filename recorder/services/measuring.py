"""How well annotators do on gold: sessions of a batch whose answers were known when it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recorder.dialogue.domain import Domain
from recorder.dialogue.steps import Step, cut
from recorder.events.event import review_stream, session_stream, stream_parts
from recorder.review import reviews
from recorder.review.people import Person, require
from recorder.review.questions import ask, spell_out
from recorder.review.verdicts import Verdict
from recorder.review.votes import label
from recorder.services.board import Board
from recorder.services.gold import settled
from recorder.store.shards import Shard, Snapshot


@dataclass(frozen=True, slots=True)
class Score:
    """One person on the gold sessions of a batch."""

    sessions: int
    """That the person has submitted."""
    steps: int
    """In them, those whose answer is known."""
    right: int

    @property
    def share(self) -> float | None:
        """Of the steps, those that were answered like that; None: there are none."""
        return self.right / self.steps if self.steps else None


def my_score(board: Board, person: Person, batch: str, domain: Domain | None = None) -> Score:
    """The person's own: how much was right, never what. Raises NotAllowed, UnknownBatch."""
    require(person, "claim")
    return _scores(board, batch, domain, person.name).get(person.name, Score(0, 0, 0))


def scores(board: Board, person: Person, batch: str, domain: Domain | None = None) -> dict[str, Score]:
    """Everybody's, by name. Raises NotAllowed, UnknownBatch."""
    require(person, "read_agreement")
    return _scores(board, batch, domain)


def _scores(board: Board, batch: str, domain: Domain | None, only: str = "") -> dict[str, Score]:
    with board.look(batch) as shelf:
        position = shelf.position
        done = {
            shelf.sessions[number]: sorted(by for by in places.done if only in ("", by))
            for number, places in enumerate(shelf.batch.places)
            if shelf.batch.items[number].gold and shelf.sessions[number]
        }
    found: dict[str, Score] = {}
    for session, people in done.items():
        if people:
            for name, score in _measured(board, session, people, position, domain):
                before = found.get(name, Score(0, 0, 0))
                found[name] = Score(
                    before.sessions + 1, before.steps + score.steps, before.right + score.right
                )
    return dict(sorted(found.items()))


def _measured(
    board: Board, session: str, people: list[str], position: int, domain: Domain | None
) -> Iterator[tuple[str, Score]]:
    """Of each who did it, without those who said then what is right."""
    known, by = _known(board, session, position, domain)
    people = [name for name in people if name not in by]
    questions = ask(cut(board.log.read(session_stream(session)), domain))
    steps = [s for q in questions for s in (q.understanding, q.action) if s is not None]
    rows = board.log.read_many(review_stream(session, name) for name in people)
    for name in people:
        review = reviews.replay((r.id, r.event) for r in rows[review_stream(session, name)])
        said = spell_out(questions, reviews.answers(review.decisions()))
        yield name, _score(steps, known, said)


def _known(
    board: Board, session: str, position: int, domain: Domain | None
) -> tuple[Mapping[str, Verdict], tuple[str, ...]]:
    """What was right when the batch was opened, by step, and who had said so."""
    given = sorted(stream_parts(stream)[-1] for stream in board.log.streams(review_stream(session, "")))
    shard = Shard([(session, tuple(given))], Snapshot.of(board.log, position))
    for reviewed in settled(board.log, shard, domain):
        return reviewed.verdicts, reviewed.annotators
    return {}, ()


def _score(steps: list[Step], known: Mapping[str, Verdict], said: Mapping[str, reviews.Answer]) -> Score:
    count = right = 0
    for step in steps:
        verdict = known.get(step.id)
        wanted = label(step, verdict.answer) if verdict else None
        if wanted is not None:
            count += 1
            right += label(step, said.get(step.id, reviews.NO_ANSWER)) == wanted
    return Score(1, count, right)
