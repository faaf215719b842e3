"""A model as the rest of the program sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Intent
from recorder.dialogue.nlu import Example, NluData
from recorder.dialogue.tracker import replay
from recorder.errors import TrainingError
from recorder.learning.model import data_hash, train
from recorder.learning.parts import put_together, take_apart
from tests.learning.given import DIALOGUES, DOMAIN, GREETED, NLU

MODEL = train(NLU, DIALOGUES, DOMAIN)


def test_all_intents_of_the_domain_are_ranked_those_without_examples_last() -> None:
    ranking = MODEL.parse("hello").intent_ranking

    assert ranking[0][0] == "greet"
    assert ranking[-1] == ("compare", 0.0)


def test_structured_input_says_what_it_means() -> None:
    intents, entities = MODEL.parse('/search{"city": ["Rome", "Oslo"]}')

    assert intents == (("search", 1.0),)
    assert [(e["entity"], e["value"], e["start"], e["end"]) for e in entities] == [
        ("city", "Rome", 7, 33),
        ("city", "Oslo", 7, 33),
    ]


@pytest.mark.parametrize(
    ("text", "ranking"),
    [
        ("/greet", (("greet", 1.0),)),
        ("  /greet  ", (("greet", 1.0),)),
        ("/greet@0.4", (("greet", 0.4),)),
        ("/greet@7", (("greet", 1.0),)),
        ("/greet@1.2.3", (("greet", 0.0),)),
        ("/restart", (("restart", 1.0),)),
        ('/greet{"city": ', None),
        ("/greet{]}", (("greet", 1.0),)),
        ("/greet please", None),
        ("/nobody_knows", None),
        ("/", None),
        ("//", None),
    ],
)
def test_what_counts_as_structured(text: str, ranking: tuple[tuple[str, float]] | None) -> None:
    found = MODEL.parse(text)

    assert found.intent_ranking == ranking if ranking else len(found.intent_ranking) == 4
    assert found.entities == ()


def test_entities_that_the_domain_does_not_know_are_left_out_of_structured_input() -> None:
    assert MODEL.parse('/search{"planet": "Mars"}').entities == ()


def test_without_examples_all_intents_are_equally_likely() -> None:
    model = train(NluData(), DIALOGUES, DOMAIN)

    assert model.parse("hello") == (
        (("compare", 0.25), ("goodbye", 0.25), ("greet", 0.25), ("search", 0.25)),
        (),
    )


def test_examples_of_a_retrieval_intent_teach_the_intent() -> None:
    nlu = NluData((Example("when do you open", "faq/hours"), Example("hello", "greet")))
    model = train(nlu, [], Domain(intents=(Intent("faq"), Intent("greet"))))

    assert [name for name, _ in model.parse("do you open").intent_ranking] == ["faq", "greet"]


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(TrainingError):
        train(NluData(), [], DOMAIN)


def test_events_and_their_tracker_give_the_same_ranking() -> None:
    assert MODEL.rank_actions(GREETED) == MODEL.rank_actions(replay(GREETED, DOMAIN))


def test_equal_data_give_equal_models() -> None:
    again = train(NLU, DIALOGUES, DOMAIN)

    assert again.id == MODEL.id
    assert again.parse("hello in Rome") == MODEL.parse("hello in Rome")
    assert again.rank_actions(GREETED) == MODEL.rank_actions(GREETED)


def test_other_data_give_another_id() -> None:
    others = [
        data_hash(NluData(NLU.examples[1:]), DIALOGUES, DOMAIN),
        data_hash(NLU, DIALOGUES[1:], DOMAIN),
        data_hash(NLU, DIALOGUES, replace(DOMAIN, actions=("other",))),
        data_hash(NLU, DIALOGUES[1:], DOMAIN, rules=DIALOGUES[:1]),
    ]

    assert len({MODEL.id, *(other[:12] for other in others)}) == 5


def test_where_an_example_was_read_does_not_matter() -> None:
    moved = NluData(tuple(replace(example, line=7, metadata="x") for example in NLU.examples))

    assert data_hash(moved, DIALOGUES, DOMAIN) == data_hash(NLU, DIALOGUES, DOMAIN)


def test_a_model_taken_apart_and_put_together_is_the_same() -> None:
    again = put_together(*take_apart(MODEL))

    assert again.domain == DOMAIN
    assert again.policy.patterns == MODEL.policy.patterns
    assert again.parse("hello in Rome") == MODEL.parse("hello in Rome")
    assert again.rank_actions(GREETED) == MODEL.rank_actions(GREETED)


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    ranking = MODEL.parse(text).intent_ranking

    assert sum(p for _, p in ranking) == pytest.approx(1.0)
