"""What one screen asks."""

from __future__ import annotations

from recorder.dialogue.steps import cut
from recorder.events.session import ActionExecuted, UserUttered
from recorder.review.questions import Question, ask, spell_out
from recorder.review.reviews import Answer
from recorder.store.memory import MemoryLog
from tests.given import GREETING, session


def hello() -> list[Question]:
    log = MemoryLog()
    return ask(cut(session(log, "s", GREETING)))


def test_the_first_action_is_asked_about_with_its_message_and_the_next_one_alone() -> None:
    greet, listen = hello()

    assert greet.understanding is not None and greet.action is not None
    assert greet.id == greet.action.id
    assert listen.understanding is None


def test_a_message_that_nothing_follows_is_asked_about_alone() -> None:
    log = MemoryLog()
    log.append("session/s", [UserUttered("a"), UserUttered("b"), ActionExecuted("x"), UserUttered("c")])

    asked = ask(cut(log.read("session/s")))

    assert [(q.index, q.understanding is not None, q.action is not None) for q in asked] == [
        (0, True, False),
        (1, True, True),
        (2, True, False),
    ]


def test_the_least_sure_step_makes_the_question_doubtful() -> None:
    assert hello()[0].confidence == 0.9


def test_an_answer_for_the_action_answers_for_its_message() -> None:
    question = hello()[0]
    message, action = question.steps

    confirmed = spell_out([question], {action: Answer(action="other")})
    corrected = spell_out([question], {action: Answer(confirmed=True), message: Answer(intent="bye")})
    unsure = spell_out([question], {action: Answer(unsure=True)})

    assert confirmed[message].confirmed
    assert not corrected[message].confirmed and corrected[message].intent == "bye"
    assert message not in unsure
