"""The questions of a recorded session that one annotator has not answered, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recorder.dialogue.live import Entry
from recorder.review.corrections import changes_course
from recorder.review.marks import Marks
from recorder.review.questions import Question
from recorder.review.reviews import Answer


class Backlog:
    """Passes each question once: what was answered, and what no longer holds after a correction.

    A message at the end that nothing answers yet is not among them: what comes after it is open.
    """

    def __init__(self, questions: Sequence[Question], marks: Marks) -> None:
        last = questions[-1] if questions else None
        self._questions = questions[:-1] if last and last.action is None else questions
        self._index = {step: q.index for q in self._questions for step in q.steps}
        self._marks = marks
        self._at = 0
        self._episodes: dict[int, tuple[list[Entry], dict[str, int]]] = {}
        self._turned: dict[int, int] = {}
        """Episode -> index of the question after which it would have gone otherwise, or should end."""

    @property
    def open(self) -> Question | None:
        """The next question; None: all that hold are answered."""
        while self._at < len(self._questions):
            question = self._questions[self._at]
            if question.episode not in self._turned:
                answer = self.answer(question)
                if not answer.given:
                    return question
                if _turns(question, answer):
                    self._turned[question.episode] = self._at
            self._at += 1
        return None

    def rest(self) -> Iterator[Question]:
        """All that are open, in order."""
        if self.open is None:
            return
        turned = set(self._turned)
        for question in self._questions[self._at :]:
            answer = self.answer(question)
            if question.episode in turned:
                continue
            if not answer.given:
                yield question
            if _turns(question, answer):
                turned.add(question.episode)

    @property
    def turned(self) -> Question | None:
        """Where the latest episode would have gone otherwise than it did, or should end."""
        last = self._questions[-1] if self._questions else None
        at = self._turned.get(last.episode) if last and self.open is None else None
        return None if at is None else self._questions[at]

    def history(self, question: Question) -> list[Entry]:
        """What counts of its episode before its action; with the message that it asks about."""
        entries, places = self._episode(question.episode)
        if question.action is not None:
            return entries[: places[question.action.id]]
        return entries[: places[question.id] + 1]

    def _episode(self, episode: int) -> tuple[list[Entry], dict[str, int]]:
        """All of an episode, and where the steps are in it."""
        if episode not in self._episodes:
            entries: list[Entry] = []
            places: dict[str, int] = {}
            steps = (
                s for q in self._questions if q.episode == episode for s in (q.understanding, q.action) if s
            )
            for step in steps:
                entries += (Entry(record, record.id) for record in step.lead)
                places[step.id] = len(entries)
                entries += (Entry(record, record.id) for record in (step.recorded, *step.effects))
            self._episodes[episode] = entries, places
        return self._episodes[episode]

    def answer(self, question: Question) -> Answer:
        return self._marks.answer(question.id)

    def look_again(self, step: str) -> None:
        """What was said of the step has changed."""
        self._at = min(self._at, self._index.get(step, self._at))
        self._turned = {episode: at for episode, at in self._turned.items() if at < self._at}


def _turns(question: Question, answer: Answer) -> bool:
    """Whether what follows in the episode no longer holds."""
    return answer.cut or (changes_course(question, answer) and not answer.kept)
