"""What comes next: by rule, by heart, or as learned."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import replay
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    FollowupAction,
    SlotSet,
)
from recorder.learning import policy
from recorder.learning.policy import Policy
from tests.learning.given import DIALOGUES, DOMAIN, GREETED, LISTEN, SEARCHED, does, says

TAUGHT = policy.fit(DIALOGUES, [], DOMAIN)
ANYTHING = ActionExecuted("...")


def best(events: Iterable[Event], of: Policy = TAUGHT) -> tuple[str, str]:
    proposal = of.rank(replay(events, DOMAIN))
    return proposal.ranking[0][0], proposal.policy


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_every_dialogue_it_was_taught_is_known_by_heart(dialogue: tuple[Event, ...]) -> None:
    for lesson in policy.lessons(dialogue, DOMAIN):
        proposal = TAUGHT.rank(lesson.before)

        assert (proposal.ranking[0][0], proposal.policy) == (lesson.action, "memorised")


def test_a_greeting_where_nobody_greeted_before_is_answered_all_the_same() -> None:
    assert best([*SEARCHED, *says("compare"), *does("act_compare"), *says("greet")]) == (
        "utter_greet",
        "learned",
    )


def test_after_an_answer_the_bot_listens() -> None:
    assert best([*SEARCHED, *says("greet"), *does("utter_greet")])[0] == "action_listen"


events = st.sampled_from([LISTEN, *GREETED, *SEARCHED, *does("book_form", "nobody_knows")]) | st.builds(
    SlotSet, st.sampled_from(["found", "vip", "stranger"]), st.sampled_from([None, True, [], [1]])
)


@given(st.lists(events))
def test_any_dialogue_gets_a_ranking_of_all_actions(dialogue: list[Event]) -> None:
    ranking = TAUGHT.rank(replay(dialogue, DOMAIN)).ranking

    assert sorted(name for name, _ in ranking) == sorted(DOMAIN.action_names)
    assert sum(p for _, p in ranking) == pytest.approx(1.0)
    assert all(p > 0 for _, p in ranking)


def test_below_the_answer_known_by_heart_the_learned_ranking_stays_visible() -> None:
    ranking = dict(TAUGHT.rank(replay([*GREETED, *says("search")], DOMAIN)).ranking)

    assert ranking["act_search"] > 0.9
    assert len({round(p, 6) for p in ranking.values()}) > 2


def test_histories_with_two_answers_are_not_known_by_heart() -> None:
    torn = policy.fit([(*GREETED,), (*says("greet"), *does("utter_bye"))], [], DOMAIN)

    assert best(says("greet"), torn)[1] == "learned"


def test_one_correction_among_the_dialogues_changes_the_answer() -> None:
    venues = (*says("search"), *does("act_search"), SlotSet("vip", True))
    early = policy.fit([*DIALOGUES[:2], (*venues, *says("compare"), *does("utter_bye"), LISTEN)], [], DOMAIN)
    asked = (*SEARCHED, *says("compare"))
    assert best(asked, early)[0] == "utter_bye"

    late = policy.fit([*DIALOGUES[:2], (*asked, *does("act_compare"), LISTEN)], [], DOMAIN)

    assert best(asked, late) == ("act_compare", "memorised")
    assert best((*GREETED, *asked), late)[0] == "act_compare"


def rule(*events: Event) -> Policy:
    return policy.fit(DIALOGUES, [(ANYTHING, *events)], DOMAIN)


def test_a_rule_answers_wherever_it_fits() -> None:
    ruled = rule(*says("greet"), *does("act_search"), LISTEN)

    assert best([*SEARCHED, *says("greet")], ruled) == ("act_search", "rules")
    assert best([*SEARCHED, *says("greet"), *does("act_search")], ruled) == ("action_listen", "rules")


def test_a_rule_with_a_condition_waits_for_it() -> None:
    ruled = rule(SlotSet("vip", True), *says("goodbye"), *does("utter_greet"), LISTEN)

    assert best(says("goodbye", vip=True), ruled) == ("utter_greet", "rules")
    assert best([*GREETED, *says("goodbye", vip=False)], ruled)[0] == "utter_bye"


def test_a_rule_that_wants_a_slot_empty_waits_for_that() -> None:
    ruled = rule(SlotSet("vip", None), *says("goodbye"), *does("utter_greet"), LISTEN)

    assert best(says("goodbye"), ruled)[1] == "rules"
    assert best(says("goodbye", vip=True), ruled)[1] != "rules"


def test_a_rule_that_does_not_wait_says_nothing_of_listening() -> None:
    ruled = rule(*says("greet"), *does("act_search"), ANYTHING)

    assert best([*says("greet"), *does("act_search")], ruled)[1] != "rules"


def test_a_rule_for_the_start_holds_there_only() -> None:
    ruled = policy.fit(DIALOGUES, [(*says("greet"), *does("act_search"), LISTEN)], DOMAIN)

    assert best(says("greet"), ruled) == ("act_search", "rules")
    assert best([*SEARCHED, *says("greet")], ruled)[1] != "rules"


def test_the_more_demanding_rule_wins() -> None:
    rules = [
        (ANYTHING, *says("greet"), *does("utter_bye"), LISTEN),
        (ANYTHING, *says("greet", "city"), *does("act_search"), LISTEN),
    ]
    ruled = policy.fit(DIALOGUES, rules, DOMAIN)

    assert best(says("greet", "city"), ruled)[0] == "act_search"
    assert best(says("greet"), ruled)[0] == "utter_bye"


BOOKING = (*says("search"), *does("book_form"), ActiveLoop("book_form"))


def test_an_active_form_runs_again_after_each_answer_and_then_waits() -> None:
    assert best(BOOKING) == ("action_listen", "form")
    assert best([*BOOKING, *says("greet")]) == ("book_form", "form")
    assert best([*BOOKING, *says("greet"), *does("book_form")]) == ("action_listen", "form")


def test_a_form_that_declined_leaves_the_answer_to_others() -> None:
    declined = [*BOOKING, *says("greet"), ActionExecutionRejected("book_form")]

    assert best(declined)[1] != "form"
    assert best([*declined, *does("utter_greet", "book_form")]) == ("action_listen", "form")


def test_after_a_rule_that_knows_of_no_form_the_interrupted_form_goes_on() -> None:
    declined = [*BOOKING, *says("greet"), ActionExecutionRejected("book_form")]
    anywhere = rule(*says("greet"), *does("utter_greet"), LISTEN)
    inside = rule(ActiveLoop("book_form"), *says("greet"), *does("utter_greet"), LISTEN)

    assert best(declined, anywhere) == ("utter_greet", "rules")
    assert best([*declined, *does("utter_greet")], anywhere) == ("book_form", "rules")
    assert best([*declined, *does("utter_greet")], inside) == ("action_listen", "rules")


def test_a_rule_for_a_forms_end() -> None:
    ruled = rule(ActiveLoop("book_form"), *does("book_form"), ActiveLoop(None), *does("act_search"), LISTEN)
    filled = [*BOOKING, *says("greet"), *does("book_form"), ActiveLoop(None)]

    assert best(filled, ruled) == ("act_search", "rules")


def test_an_action_that_must_follow_comes_first() -> None:
    assert best([*GREETED, FollowupAction("act_compare")]) == ("act_compare", "followup")
    assert best([*GREETED, FollowupAction("nobody_knows")])[1] != "followup"


def test_actions_that_no_domain_declares_are_not_learned() -> None:
    odd = policy.fit([(*says("greet"), *does("nobody_knows"), LISTEN)], [], DOMAIN)

    assert "nobody_knows" not in dict(odd.rank(replay(says("greet"), DOMAIN)).ranking)


def test_actions_of_every_assistant_are_ranked_where_dialogues_use_them() -> None:
    used = policy.fit([(*says("greet"), *does("action_deactivate_loop"), LISTEN)], [], DOMAIN)

    assert best(says("greet"), used)[0] == "action_deactivate_loop"
    assert "action_deactivate_loop" not in TAUGHT.actions


def test_nothing_taught_means_all_are_equally_likely() -> None:
    empty = policy.fit([], [], Domain())

    assert empty.rank(replay([], Domain())).ranking == (("action_listen", 1.0),)
