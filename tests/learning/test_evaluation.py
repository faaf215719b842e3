"""How good a model is."""

from __future__ import annotations

from math import isnan

import pytest

from recorder.dialogue.tracker import replay
from recorder.learning.evaluation import (
    Asked,
    Question,
    Score,
    calibration_error,
    compare,
    cross_validate,
    score,
)
from recorder.learning.model import train
from tests.learning.given import DIALOGUES, DOMAIN, GREETED, NLU, SEARCHED, says


def test_scores_by_hand() -> None:
    found = score({("a", "a"): 3, ("a", "b"): 1, ("b", "b"): 1, ("c", "b"): 1})

    assert found.count == 6
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.macro_f1 == pytest.approx((6 / 7 + 2 / 4 + 0) / 3)


def test_no_answers_have_no_score() -> None:
    assert score({}) == Score(0, None, None)


def test_probabilities_that_come_true_are_calibrated() -> None:
    assert calibration_error([(True, 0.75), (True, 0.75), (True, 0.75), (False, 0.75)]) == 0.0
    assert calibration_error([(False, 1.0), (True, 1.0)]) == 0.5
    assert isnan(calibration_error([]))


def test_each_dialogue_is_answered_by_a_policy_that_does_not_know_it() -> None:
    only_here = (*says("compare"), *((*SEARCHED, *GREETED)[1:]))

    confusion = cross_validate([*DIALOGUES, only_here, *DIALOGUES], [], DOMAIN)

    waits = sum(n for (right, _), n in confusion.items() if right == "action_listen")
    assert sum(confusion.values()) - waits == 2 + 3 + 2 + 2
    assert confusion["act_compare", "act_compare"] == 0


def test_one_dialogue_cannot_be_held_out() -> None:
    assert cross_validate(DIALOGUES[:1], [], DOMAIN) == {}


def test_what_got_better_and_what_got_worse() -> None:
    old = train(NLU, DIALOGUES[:2], DOMAIN)
    new = train(NLU, DIALOGUES, DOMAIN)
    compared = (*SEARCHED, *says("compare"))
    gold = [
        Asked(Question("s", "1", "understanding", "greet"), "hello"),
        Asked(Question("s", "2", "action", "utter_greet"), replay(says("greet"), DOMAIN)),
        Asked(Question("s", "3", "action", "act_compare"), replay(compared, DOMAIN)),
    ]

    forth, back = compare(old, new, gold), compare(new, old, gold)

    assert [a.question.step for a in forth.better] == ["3"] and not forth.worse
    assert [a.question.step for a in back.worse] == ["3"] and not back.better
    assert forth.of("action").new_confusion == {
        ("utter_greet", "utter_greet"): 1,
        ("act_compare", "act_compare"): 1,
    }
    assert forth.better[0].new_probability > 0.9 > forth.better[0].old_probability


def test_nothing_reviewed_is_nothing_to_compare() -> None:
    model = train(NLU, [GREETED], DOMAIN)

    assert compare(model, model, []).answers == ()
