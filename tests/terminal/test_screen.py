"""The screen, held to the documentation of Rasa Core's interactive learning."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from rich.cells import cell_len

from recorder.events.session import (
    ActionExecuted,
    BotUttered,
    Opaque,
    Restarted,
    SessionStarted,
    SlotSet,
)
from recorder.terminal import screen, transcript
from recorder.terminal.look import Look
from recorder.terminal.questions import (
    Button,
    IsItNew,
    IsItRight,
    IsItValidated,
    Question,
    WhatIsSaid,
    WhichAction,
    WhichEntities,
    WhichIntent,
)
from tests.terminal.worlds import ACTIONS, FOUND, SHARES, asked, heard, scene

RANKING = dict(zip(ACTIONS, SHARES, strict=True))


def test_the_first_screen_is_the_documentations() -> None:
    slots = {"concerts": None, "venues": None}
    question = IsItRight(scene(heard("hello", "greet"), slots=slots), "utter_greet")

    assert screen.text_of(question) == dedent(
        """\
        ------
        Chat history:

             bot did:    None
             bot did:\taction_listen
             user said:\thello

                     whose intent is:\tgreet

        we currently have slots: concerts: None, venues: None
        ------
        The bot wants to [utter_greet] due to the intent. Is this correct?

            1.\tYes
            2.\tNo, intent is right but the action is wrong
            3.\tThe intent is wrong
            0.\tExport current conversations as stories and quit"""
    )


def test_the_wrong_action_looks_as_in_the_documentation() -> None:
    events = [
        heard("/search_concerts", "search_concerts"),
        ActionExecuted("action_search_concerts"),
        SlotSet("concerts", FOUND),
        ActionExecuted("action_listen"),
        heard("which has better reviews?", "compare_reviews"),
    ]
    question = IsItRight(scene(*events, slots={"concerts": FOUND, "venues": None}), ACTIONS[-1])

    assert screen.text_of(question).splitlines()[:12] == [
        "------",
        "Chat history:",
        "",
        "     bot did:\taction_search_concerts",
        "     bot did:\taction_listen",
        "     user said:\twhich has better reviews?",
        "",
        "             whose intent is:\tcompare_reviews",
        "",
        "we currently have slots: concerts: [{'artist': 'Foo Fighters', 'reviews': 4.5}, "
        "{'artist': 'Katy Perry', 'reviews': 5.0}], venues: None",
        "------",
        "The bot wants to [action_show_venue_reviews] due to the intent. Is this correct?",
    ]


def test_the_list_of_actions_is_the_documentations() -> None:
    question = WhichAction(scene(), RANKING)

    assert screen.text_of(question) == dedent(
        """\
        what is the next action for the bot?

             0                           action_listen    0.19
             1                          action_restart    0.00
             2                           utter_default    0.00
             3                             utter_greet    0.03
             4                           utter_goodbye    0.03
             5                     utter_youarewelcome    0.02
             6                  action_search_concerts    0.09
             7                    action_search_venues    0.02
             8             action_show_concert_reviews    0.29
             9               action_show_venue_reviews    0.33"""
    )


def test_a_sorted_list_keeps_the_numbers_of_the_domain() -> None:
    lines = screen.text_of(WhichAction(scene(), RANKING), Look(sort=True)).splitlines()[2:]

    assert [line.split()[0] for line in lines[:4]] == ["9", "8", "0", "6"]
    assert sorted(int(line.split()[0]) for line in lines) == [*range(10)]


def test_after_an_action_the_intent_is_not_in_question() -> None:
    done = asked("action_listen", heard("hello", "greet"), ActionExecuted("utter_greet"), after_message=False)

    assert screen.text_of(done).splitlines()[3:] == [
        "     bot did:    None",
        "     bot did:\taction_listen",
        "     user said:\thello",
        "",
        "             whose intent is:\tgreet",
        "",
        "     bot did:\tutter_greet",
        "",
        "we currently have slots:",
        "------",
        "The bot wants to [action_listen]. Is this correct?",
        "",
        "    1.\tYes.",
        "    2.\tNo, the action is wrong.",
        "    0.\tExport current conversations as stories and quit",
    ]


def test_entities_stand_below_the_intent() -> None:
    city = {"entity": "city", "value": "Berlin", "role": "from"}

    shown = screen.text_of(asked("utter_greet", heard("from Berlin", "search_concerts", city)))

    assert "whose intent is:\tsearch_concerts\n             with city from:\tBerlin\n\nwe " in shown


def test_a_long_conversation_takes_no_more_room_than_a_short_one() -> None:
    turn = [heard("hello", "greet"), ActionExecuted("utter_greet"), ActionExecuted("action_listen")]

    short, long = (screen.text_of(asked("utter_greet", *turn * n, turn[0])) for n in (2, 200))

    assert short.count("\n") == long.count("\n") < 20


def test_the_whole_history_has_every_episode_and_what_the_bot_said() -> None:
    events = [
        heard("hello", "greet"),
        ActionExecuted("utter_greet"),
        BotUttered("Hey!\nHow are you?"),
        SlotSet("city", "Berlin"),
        ActionExecuted("action_restart"),
        Restarted(),
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
        heard("bye", "goodbye"),
    ]

    shown = transcript.history(scene(*events))

    assert "     bot said:\tHey!\n             How are you?\n" in shown
    assert "             slot city:\tBerlin\n" in shown
    assert shown.index("hello") < shown.index("action_restart") < shown.index("bye")
    assert "hello" not in screen.text_of(asked("utter_greet", *events))


def test_what_failed_is_said() -> None:
    failed = Opaque("action_failed", {"name": "action_x", "reason": "the server is down"})

    shown = screen.text_of(asked("action_listen", heard("x", "greet"), ActionExecuted("action_x"), failed))

    assert "bot did:\taction_x\n     action_x failed: the server is down\n" in shown


def test_intents_entities_forms_and_new_names_are_asked_for_in_a_line_or_two() -> None:
    world = scene(heard("hello", "greet"), loop="booking_form")

    assert screen.text_of(WhichIntent(world, {"greet": 0.75})).splitlines()[:4] == [
        "User said:\thello",
        "What intent is this?",
        "",
        "     0                                   greet    0.75",
    ]
    assert screen.text_of(WhichEntities(world, "greet", "[hello](word)")).endswith("\n[hello](word)")
    assert "Is it a new one?" in screen.text_of(IsItNew(WhichAction(world, {}), "utter_new"))
    assert "Should [f] validate the next input to fill the slot [city]?" in screen.text_of(
        IsItValidated(world, "f", "city")
    )
    assert "we are in the form: booking_form\n" in screen.text_of(IsItValidated(world, "f"))
    assert screen.text_of(WhatIsSaid(scene(), (Button("Concerts", "/search_concerts"),))) == (
        "    1.\tConcerts  /search_concerts\nNext user input:"
    )


def test_what_others_wrote_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202e\x9b31m\r"
    said = heard(f"{evil}\nnext line", evil, {"entity": evil, "value": evil})
    world = scene(said, ActionExecuted(evil), slots={evil: evil}, loop=evil)
    questions: list[Question] = [
        IsItRight(world, evil),
        WhichAction(world, {}),
        WhichIntent(world, {}),
        IsItValidated(world, evil, evil),
        WhatIsSaid(world, (Button(evil, evil),)),
    ]

    shown = [screen.text_of(question) for question in questions] + [transcript.history(world)]

    assert all(char.isprintable() or char in "\n\t" for text in shown for char in text)
    assert "     user said:\t" in shown[0]
    assert "             next line" in shown[0]


def test_wide_characters_keep_the_columns_and_an_endless_text_is_cut() -> None:
    names = ("action_listen", "utter_音楽会を探す")
    world = scene(heard("音" * 100_000, "greet"))

    lines = screen.text_of(WhichAction(replace(world, actions=names), {})).splitlines()[2:]

    assert len({cell_len(line) for line in lines}) == 1
    assert "音… (100,000 characters)" in screen.text_of(IsItRight(world, "utter_greet"))


def test_a_narrow_terminal_breaks_no_name() -> None:
    lines = screen.text_of(WhichAction(scene(), RANKING), Look(width=40)).splitlines()[2:]

    assert all(len(line) <= 40 for line in lines)
    assert lines[8] == "  8 0.29 action_show_concert_reviews"
