"""A small bot, taught in one line."""

from __future__ import annotations

from typing import Any

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot
from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.events.event import Event
from recorder.events.session import ActionExecuted, SlotSet, UserUttered

LISTEN = ActionExecuted("action_listen")
DOMAIN = Domain(
    intents=tuple(map(Intent, ("greet", "goodbye", "search", "compare"))),
    entities=(Entity("city"), Entity("mood", influence_conversation=False)),
    slots=(Slot("found", "list"), Slot("vip", "bool"), Slot("price", "float"), Slot("note", "any")),
    actions=("act_search", "act_compare"),
    responses={"utter_greet": ({"text": "Hi"},), "utter_bye": ({"text": "Bye"},)},
    forms=(Form("book_form", ("city",)),),
)
GREETINGS = ("hello", "hi", "hey there", "good morning", "hello again")
FAREWELLS = ("bye", "goodbye", "see you", "good night", "bye bye")
SEARCHES = ("concerts in Berlin", "find concerts", "any gigs in Rome", "search concerts", "a concert in Oslo")


def example(text: str, intent: str) -> Example:
    """Capitalised words are cities."""
    cities = [word for word in text.split() if word.istitle()]
    spans = (EntitySpan(text.index(city), text.index(city) + len(city), "city", city) for city in cities)
    return Example(text, intent, tuple(spans))


NLU = NluData(
    tuple(
        example(text, intent)
        for intent, texts in {"greet": GREETINGS, "goodbye": FAREWELLS, "search": SEARCHES}.items()
        for text in texts
    )
)


def says(intent: str, *entities: str, **slots: Any) -> tuple[Event, ...]:
    """The wait for a message, the message, and the slots that it fills."""
    found = [{"entity": name, "value": "x"} for name in entities]
    message = UserUttered(f"/{intent}", {"intent": {"name": intent}, "entities": found})
    return LISTEN, message, *(SlotSet(name, value) for name, value in slots.items())


def does(*actions: str) -> tuple[Event, ...]:
    return tuple(map(ActionExecuted, actions))


GREETED = (*says("greet"), *does("utter_greet"))
SEARCHED = (*says("search"), *does("act_search"), SlotSet("found", [1]))
DIALOGUES = (
    (*GREETED, *says("goodbye"), *does("utter_bye"), LISTEN),
    (*GREETED, *SEARCHED, *says("goodbye"), *does("utter_bye"), LISTEN),
    (*SEARCHED, *says("compare"), *does("act_compare"), LISTEN),
)
