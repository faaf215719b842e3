"""What a bot does that did not understand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue import fallback
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker, applied, replay
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

TWO_STAGE = "action_two_stage_fallback"
LISTEN = ActionExecuted("action_listen")
BEFORE: list[Event] = [
    LISTEN,
    UserUttered("hi", {"intent": {"name": "greet"}}),
    ActionExecuted("utter_greet"),
]
NAMES: dict[str, list[Event]] = {
    "action_default_ask_affirmation": [BotUttered("meant?")],
    "action_default_ask_rephrase": [BotUttered("otherwise?")],
    "action_default_fallback": [BotUttered("sorry"), UserUtteranceReverted()],
    "action_extract_slots": [SlotSet("city", "Rome")],
}


def do(name: str, events: Sequence[Event]) -> list[Event] | None:
    return [*NAMES[name]]


class Talk:
    """A dialogue in which only the fallback answers."""

    def __init__(self) -> None:
        self.events: list[Event] = [*BEFORE]

    @property
    def tracker(self) -> Tracker:
        return replay(self.events)

    def hear(self, intent: str, text: str = "words") -> str | None:
        """What the bot says to it; None: the fallback is over, without a word."""
        self.events += [LISTEN, UserUttered(text, {"intent": {"name": intent, "confidence": 0.4}})]
        brought = fallback.two_stage(self.tracker, do)
        self.events += [ActionExecuted(TWO_STAGE), *brought]
        return next((event.text for event in brought if isinstance(event, BotUttered)), None)


def live(talk: Talk) -> list[Event]:
    return applied(talk.events, collapse_loops=False)


def test_it_asks_what_was_meant_and_goes_on_as_if_that_had_been_said_at_once() -> None:
    talk = Talk()

    assert talk.hear("nlu_fallback") == "meant?"
    assert talk.tracker.active_loop == TWO_STAGE
    assert talk.hear("order", "/order") is None

    clear = UserUttered("/order", {"intent": {"name": "order", "confidence": 1.0}})
    assert live(talk) == [*BEFORE, LISTEN, clear, SlotSet("city", "Rome")]
    assert talk.tracker == replay([*BEFORE, LISTEN, clear, SlotSet("city", "Rome")])


def test_after_a_no_it_asks_to_say_it_otherwise_and_then_what_that_meant() -> None:
    talk = Talk()

    said = [talk.hear(intent) for intent in ("nlu_fallback", "out_of_scope", "nlu_fallback", "order")]

    assert said == ["meant?", "otherwise?", "meant?", None]
    assert [e.intent for e in live(talk) if isinstance(e, UserUttered)] == ["greet", "order"]


@pytest.mark.parametrize(
    "intents",
    [
        ["nlu_fallback", "nlu_fallback"],
        ["nlu_fallback", "out_of_scope", "nlu_fallback", "out_of_scope"],
        ["nlu_fallback", "out_of_scope", "nlu_fallback", "nlu_fallback"],
    ],
)
def test_it_gives_up_and_leaves_nothing_behind(intents: list[str]) -> None:
    talk = Talk()

    said = [talk.hear(intent) for intent in intents]

    assert said[-1] == "sorry"
    assert "sorry" not in said[:-1]
    assert talk.tracker == replay(BEFORE)


def test_a_default_fallback_of_ones_own_that_takes_nothing_back_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NAMES, "action_default_fallback", [BotUttered("A colleague will help.")])
    talk = Talk()

    talk.hear("nlu_fallback")

    assert talk.hear("nlu_fallback") == "A colleague will help."
    assert talk.tracker.active_loop is None
    assert not any(isinstance(event, UserUtteranceReverted) for event in talk.events)


def test_a_form_that_was_active_before_is_active_again() -> None:
    talk = Talk()
    talk.events.append(ActiveLoop("trip"))

    talk.hear("nlu_fallback")
    talk.hear("order")

    assert talk.tracker.active_loop == "trip"


@given(st.lists(st.sampled_from(["nlu_fallback", "out_of_scope", "order"]), max_size=12))
def test_whatever_is_said_it_is_over_or_it_asks(intents: list[str]) -> None:
    talk, running = Talk(), list[str]()
    for intent in intents:
        was_running = bool(running)
        said = talk.hear(intent)
        running = [*running, intent] if talk.tracker.active_loop == TWO_STAGE else []
        if running:
            assert said in ("meant?", "otherwise?")
            assert intent != "order" or not was_running
            assert running[-2:] != ["nlu_fallback"] * 2
        else:
            assert said in ("sorry", None)
            assert TWO_STAGE not in [e.name for e in live(talk) if isinstance(e, ActionExecuted)]


def test_the_question_names_the_likeliest_intent_that_is_one() -> None:
    ranking = [{"name": "nlu_fallback", "confidence": 0.8}, {"name": "order", "confidence": 0.2}]
    unclear = UserUttered("x", {"intent": {"name": "nlu_fallback"}, "intent_ranking": ranking})

    [said] = fallback.affirmation(unclear)

    assert isinstance(said, BotUttered)
    assert said.text == "Did you mean 'order'?"
    assert [button["payload"] for button in said.data["buttons"]] == ["/order", "/out_of_scope"]
    assert fallback.affirmation(None) == []


def legacy(*turns: tuple[str, str]) -> list[Event]:
    return [
        event
        for intent, action in turns
        for event in (LISTEN, UserUttered(intent, {"intent": {"name": intent}}), ActionExecuted(action))
    ]


@pytest.mark.parametrize(
    "asked",
    [
        [("x", "action_default_ask_affirmation")],
        [("x", "action_default_ask_affirmation"), ("no", "action_default_ask_rephrase")],
        [
            ("x", "action_default_ask_affirmation"),
            ("no", "action_default_ask_rephrase"),
            ("y", "action_default_ask_affirmation"),
        ],
    ],
)
def test_the_older_way_takes_its_questions_back_too(asked: list[tuple[str, str]]) -> None:
    events = [*BEFORE, *legacy(*asked), LISTEN, UserUttered("order", {"intent": {"name": "order"}})]

    after = [*events, *fallback.reverted(replay(events))]

    assert [e.intent for e in applied(after, collapse_loops=False) if isinstance(e, UserUttered)] == [
        "greet",
        "order",
    ]
    assert replay(after).latest_action == "action_listen"
    assert fallback.reverted(replay(BEFORE, Domain())) == []


rankings = st.dictionaries(
    st.sampled_from(["a", "b", "c", "nlu_fallback"]), st.integers(0, 100), min_size=2
).filter(lambda found: sum(found.values()))


@given(rankings)
def test_a_ranking_is_doubted_when_none_is_likely_enough_or_two_are_alike(counts: dict[str, int]) -> None:
    total = sum(counts.values())
    ranking = tuple(sorted(((n, c / total) for n, c in counts.items()), key=lambda one: -one[1]))
    known = [p for n, p in ranking if n != "nlu_fallback"] + [0.0, 0.0]
    clear = known[0] >= fallback.THRESHOLD and known[0] - known[1] >= fallback.AMBIGUITY

    doubted = fallback.doubted(ranking)

    assert doubted == ranking if clear else doubted[0][0] == "nlu_fallback"
    assert sum(p for _, p in doubted) == pytest.approx(1.0)
    assert [p for _, p in doubted] == sorted((p for _, p in doubted), reverse=True)
