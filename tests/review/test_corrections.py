"""Verdicts laid over a session: events in, the dialogue as it should have gone out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Slot, SlotMapping
from recorder.dialogue.steps import cut
from recorder.dialogue.tracker import replay
from recorder.events.event import Event, NewEvent
from recorder.events.session import ActionExecuted, BotUttered, Restarted, SlotSet, UserUttered
from recorder.review.corrections import CorrectedEpisode, correct, courses
from recorder.review.questions import Question, ask, spell_out
from recorder.review.reviews import Answer
from recorder.store.memory import MemoryLog

YES = Answer(confirmed=True)
DOMAIN = Domain(slots=(Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)),))


def message(intent: str | None, *entities: dict[str, Any]) -> UserUttered:
    parsed: dict[str, Any] = {"intent": {"name": intent, "confidence": 0.9}} if intent else {}
    return UserUttered("words about Rome", parsed | {"entities": list(entities)})


def asked(*events: Event) -> list[Question]:
    """Questions over these events; the ids are e0, e1, …"""
    numbered = [NewEvent(event, id=f"e{i}") for i, event in enumerate(events)]
    return ask(cut(MemoryLog().append("session/s", numbered), DOMAIN))


SEARCH = asked(
    message("search"),
    ActionExecuted("search"),
    SlotSet("found", [1]),
    BotUttered("one"),
    ActionExecuted("action_listen"),
    message("compare"),
    ActionExecuted("show_venues"),
    SlotSet("venues", [2]),
    ActionExecuted("action_listen"),
    message("bye"),
    ActionExecuted("utter_bye"),
)


def corrected(questions: list[Question], **answers: Answer) -> list[CorrectedEpisode]:
    return correct("s", questions, spell_out(questions, answers), domain=DOMAIN)


def names(episode: CorrectedEpisode) -> list[str | None]:
    return [e.intent if isinstance(e, UserUttered) else e.name for e in episode.events
            if isinstance(e, UserUttered | ActionExecuted)]  # fmt: skip


def test_a_confirmed_session_is_what_was_recorded() -> None:
    (episode,) = corrected(SEARCH, e1=YES, e4=YES, e6=YES, e8=YES, e10=YES)

    assert names(episode) == ["search", "search", "action_listen", "compare", "show_venues", "action_listen",
                              "bye", "utter_bye"]  # fmt: skip
    assert SlotSet("venues", [2]) in episode.events
    assert (episode.stopped, episode.corrected, episode.questions) == (None, 0, 5)


def test_after_a_corrected_action_the_episode_ends_and_what_it_had_set_is_gone() -> None:
    (episode,) = corrected(SEARCH, e1=YES, e4=YES, e6=Answer(action="show_concerts"), e8=YES, e10=YES)

    assert names(episode) == ["search", "search", "action_listen", "compare", "show_concerts"]
    assert SlotSet("venues", [2]) not in episode.events
    assert replay(episode.events).slots == {"found": [1]}
    assert (episode.stopped, episode.corrected) == (None, 1)


def test_the_rest_is_kept_where_the_annotator_says_that_it_holds() -> None:
    kept = Answer(action="show_concerts", kept=True)

    (episode,) = corrected(SEARCH, e1=YES, e4=YES, e6=kept, e8=YES, e10=YES)

    assert names(episode)[-4:] == ["show_concerts", "action_listen", "bye", "utter_bye"]
    assert SlotSet("venues", [2]) not in episode.events


def test_correcting_an_action_to_what_it_was_changes_nothing() -> None:
    same = Answer(action="show_venues")

    assert corrected(SEARCH, e1=YES, e4=YES, e6=same, e8=YES, e10=YES) == corrected(
        SEARCH, e1=YES, e4=YES, e6=YES, e8=YES, e10=YES
    )


def test_steps_after_a_change_are_hypothetical_to_the_end_of_the_episode_only() -> None:
    two = asked(
        message("a"), ActionExecuted("x"), ActionExecuted("y"), Restarted(), message("b"), ActionExecuted("z")
    )

    assert courses(two, {"e1": Answer(action="other")}) == ["real", "hypothetical", "real"]
    assert courses(two, {"e1": Answer(action="other", kept=True)}) == ["real", "real", "real"]
    assert courses(two, {"e1": Answer(cut=True)}) == ["cut", "cut", "real"]
    assert courses(two, {"e1": Answer(inserted=("w",))}) == ["real", "hypothetical", "real"]
    assert courses(two, {"e0": Answer(intent="c")}) == ["real", "real", "real"]


def test_an_inserted_action_comes_before_its_step_and_a_removed_one_goes() -> None:
    inserted = replace(YES, inserted=("first", "second"))

    (one,) = corrected(SEARCH, e1=inserted)
    (two,) = corrected(SEARCH, e1=YES, e4=Answer(removed=True, kept=True), e6=YES)

    assert names(one) == ["search", "first", "second", "search"]
    assert names(two)[:4] == ["search", "search", "compare", "show_venues"]


def test_a_corrected_intent_and_entities_refill_the_slots() -> None:
    rome = {"entity": "city", "value": "Rome", "start": 12, "end": 16}
    wrong = {"entity": "city", "value": "words"}
    questions = asked(
        message("greet", wrong), SlotSet("city", "words"), SlotSet("other", 1), ActionExecuted("x")
    )

    (episode,) = corrected(questions, e0=Answer(intent="travel", entities=(rome,)), e3=YES)

    first = episode.events[0]
    assert isinstance(first, UserUttered)
    assert (first.intent, first.entities) == ("travel", (rome,))
    assert episode.events[1:3] == (SlotSet("city", "Rome"), SlotSet("other", 1))
    assert [m.corrected for m in episode.messages] == [True]


def test_the_story_stops_before_what_nobody_reviewed_was_sure_of_or_agreed_on() -> None:
    (unreviewed,) = corrected(SEARCH, e1=YES)
    (unsure,) = corrected(SEARCH, e1=YES, e4=Answer(unsure=True))
    (disputed,) = correct(
        "s", SEARCH, spell_out(SEARCH, {"e1": YES, "e4": YES}), withheld={"e4": "the annotators disagree on"}
    )
    (cut_short,) = corrected(SEARCH, e1=YES, e4=YES, e6=Answer(cut=True))

    assert unreviewed.stopped == "step 2 was not reviewed"
    assert unsure.stopped == "nobody was sure of step 2"
    assert disputed.stopped == "the annotators disagree on step 2"
    assert cut_short.stopped == "cut by the annotator at step 3"
    assert names(cut_short) == ["search", "search", "action_listen"]


def test_a_message_is_an_example_although_the_dialogue_had_become_hypothetical() -> None:
    (episode,) = corrected(SEARCH, e1=Answer(action="other"), e9=Answer(intent="thanks"), e6=YES)

    assert [(m.intent, m.corrected) for m in episode.messages] == [
        ("search", False),
        ("compare", False),
        ("thanks", True),
    ]


def test_gold_steps_point_at_the_events_that_carry_their_labels() -> None:
    (episode,) = corrected(
        SEARCH, e1=YES, e4=YES, e5=Answer(intent="contrast"), e6=Answer(action="show_concerts")
    )

    labels = {
        g.step: (
            g.label,
            e.intent if isinstance(e := episode.events[g.at], UserUttered) else getattr(e, "name", ""),
        )
        for g in episode.gold
    }

    assert all(label == carried for label, carried in labels.values())
    assert labels["e5"][0] == "contrast"
    assert [g.recorded for g in episode.gold if g.step == "e6"] == ["show_venues"]


def test_slots_carried_over_from_an_earlier_session_stay() -> None:
    questions = asked(SlotSet("city", "Oslo"), message("a"), ActionExecuted("x"))

    (episode,) = corrected(questions, e2=YES)

    assert episode.events[0] == SlotSet("city", "Oslo")


ANSWERS = st.builds(
    Answer,
    confirmed=st.booleans(),
    action=st.none() | st.sampled_from(["search", "other"]),
    removed=st.booleans(),
    inserted=st.sampled_from([(), ("w",)]),
    cut=st.booleans(),
    kept=st.booleans(),
    unsure=st.booleans(),
    intent=st.none() | st.just("z"),
)


@given(
    st.dictionaries(st.sampled_from([f"e{i}" for i in range(11)]), ANSWERS),
    st.sets(st.sampled_from(["e4", "e6"])),
)
def test_any_answers_give_episodes_whose_labels_fit_their_events(
    answers: dict[str, Answer], disputed: set[str]
) -> None:
    for episode in correct(
        "s", SEARCH, spell_out(SEARCH, answers), withheld=dict.fromkeys(disputed, "odd:"), domain=DOMAIN
    ):
        for gold in episode.gold:
            event = episode.events[gold.at]
            assert gold.label == (
                event.intent if isinstance(event, UserUttered) else getattr(event, "name", None)
            )
