"""What a typed line means, at each question."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.events.session import ActionExecuted
from recorder.terminal import dialog, letters
from recorder.terminal.commands import (
    Act,
    AskAgain,
    Command,
    Confirm,
    Deactivate,
    Export,
    Fork,
    Hear,
    Quit,
    Redo,
    Refused,
    Restart,
    Rewrite,
    ShowHelp,
    ShowHistory,
    Understand,
    Undo,
    Validate,
    WriteTo,
)
from recorder.terminal.dialog import answer
from recorder.terminal.questions import (
    BeforeWhich,
    Button,
    IsItNew,
    IsItRight,
    IsItValidated,
    Question,
    StopOrNot,
    WhatInstead,
    WhatIsSaid,
    WhatItSays,
    WhichAction,
    WhichEntities,
    WhichFile,
    WhichIntent,
)
from tests.terminal.worlds import asked, heard, scene

WORLD = scene(heard("hello", "greet"))
BERLIN = {"entity": "city", "value": "Berlin", "start": 12, "end": 18}
IN_BERLIN = scene(heard("concerts in Berlin", "search_concerts", BERLIN))


def after(question: Question, *lines: str) -> object:
    """What the last of several answers leads to."""
    found: object = question
    for line in lines:
        found = answer(found, line)  # type: ignore[arg-type]  # mypy cannot know what is on the way
    return found


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("1", Confirm()),
        ("0", Export(then_quit=True)),
        ("u", Undo()),
        ("r", Redo()),
        ("h", ShowHistory()),
        ("?", ShowHelp()),
        ("e", Export(then_quit=False)),
        ("q", Quit()),
        ("/restart", Restart()),
        ("/undo", Undo()),
        ("/stop", Quit()),
        (" 1 ", Confirm()),
    ],
)
def test_a_key_at_the_menu_is_a_command(key: str, command: Command) -> None:
    assert answer(asked(), key) == command


def test_a_wrong_action_costs_one_key_and_the_choice() -> None:
    assert after(asked(), "2", "8") == Act("action_show_concert_reviews", "instead")
    assert after(asked(), "2", "action_show_concert_reviews") == Act("action_show_concert_reviews", "instead")
    assert answer(asked(), "2 8") == Act("action_show_concert_reviews", "instead")
    assert answer(asked(), "2 utter_goodbye") == Act("utter_goodbye", "instead")


def test_an_action_may_come_before_the_one_that_is_proposed() -> None:
    assert isinstance(answer(asked(), "b"), WhichAction)
    assert answer(asked(), "b 3") == Act("utter_greet", "before")
    assert isinstance(answer(WhatIsSaid(WORLD), "/before utter_greet"), Refused)


@pytest.mark.parametrize(
    "line", ["buy_tickets", "yes", "11", "12", "1 ticket", "uu", "e please", "", "x", "/nothing", "10"]
)
def test_a_menu_refuses_what_is_no_answer(line: str) -> None:
    question = asked()

    refused = answer(question, line)

    assert isinstance(refused, Refused)
    assert "only 1, 2, 3, 0" in refused.reason


def test_only_what_stands_in_the_menu_is_answered() -> None:
    done = asked("action_listen", heard("hello", "greet"), ActionExecuted("utter_greet"), after_message=False)

    assert isinstance(answer(done, "3"), Refused)
    assert isinstance(answer(done, "m"), Refused)
    assert isinstance(answer(asked(), "d"), Refused)
    assert answer(IsItRight(scene(loop="f"), "f"), "d") == Deactivate()
    assert "3" not in letters.keys(done)
    assert "d" in letters.keys(IsItRight(scene(loop="f"), "f"))


def test_a_name_that_nobody_knows_is_asked_about() -> None:
    choice = WhichAction(WORLD, {})

    assert answer(choice, "action_new") == IsItNew(choice, "action_new")
    assert after(choice, "action_new", "1") == Act("action_new", "instead")
    assert after(choice, "action_new", "2") == choice
    assert answer(choice, "+action_new") == Act("action_new", "instead")


def test_a_part_of_a_name_finds_it_and_is_not_taken_for_it() -> None:
    refused = answer(WhichAction(WORLD, {}), "Reviews")

    found = "8 action_show_concert_reviews, 9 action_show_venue_reviews"
    assert refused == Refused(f"'Reviews' is in {found}; +Reviews makes it a new one")


@pytest.mark.parametrize("line", ["10", "99999999999999999999", "-1", "a b", "x{y}", "+7", "\x1b[2J"])
def test_a_list_refuses_what_can_be_no_name(line: str) -> None:
    assert isinstance(answer(WhichAction(WORLD, {}), line), Refused)


def test_a_new_response_is_asked_for_its_words() -> None:
    question = after(asked(), "2", "+utter_sorry")

    assert question == WhatItSays(WORLD, "utter_sorry", "instead")
    assert after(asked(), "2", "+utter_sorry", "I am sorry") == Act("utter_sorry", "instead", "I am sorry")
    assert after(asked(), "2", "+utter_sorry", "") == Act("utter_sorry", "instead")


def test_a_wrong_intent_is_chosen_and_then_the_entities_are_marked_also_when_none_were_found() -> None:
    question = after(asked(), "3", "1")

    assert question == WhichEntities(WORLD, "goodbye", "hello")
    assert after(asked(), "3", "1", "") == Understand("goodbye")
    assert after(asked(), "3", "1", "[hello](word)") == Understand(
        "goodbye", ({"entity": "word", "value": "hello", "start": 0, "end": 5},)
    )
    assert isinstance(after(asked(), "3", "brand_new", "1"), WhichEntities)


def test_marks_may_be_kept_changed_and_taken_away() -> None:
    question = WhichEntities(IN_BERLIN, "search_venues", "concerts in [Berlin](city)")

    assert answer(question, "") == Understand("search_venues")
    assert answer(question, question.marked) == Understand("search_venues")
    assert answer(question, "concerts in Berlin") == Understand("search_venues", ())
    assert answer(question, 'concerts in [Berlin]{"entity": "city", "role": "to"}') == Understand(
        "search_venues", ({**BERLIN, "role": "to"},)
    )
    assert isinstance(answer(question, "concerts in [Paris](city)"), Refused)
    assert isinstance(answer(question, "concerts in [Berlin](city"), Refused)


def test_marks_count_from_the_start_of_the_message_as_it_came() -> None:
    world = scene(heard("  to Berlin ", "search_concerts"))

    found = after(IsItRight(world, "utter_greet"), "m", "to [Berlin](city)")

    assert found == Understand(
        "search_concerts", ({"entity": "city", "value": "Berlin", "start": 5, "end": 11},)
    )


def test_in_a_structured_message_nothing_can_be_marked() -> None:
    world = scene(heard('/inform{"city": "Berlin"}', "inform", {"entity": "city", "value": "Berlin"}))

    assert isinstance(answer(IsItRight(world, "utter_greet"), "m"), Refused)
    assert after(IsItRight(world, "utter_greet"), "3", "0") == Understand("greet")


def test_a_message_is_heard_as_it_was_typed() -> None:
    question = WhatIsSaid(WORLD, (Button("Yes", "/affirm"), Button("No", "/deny")))

    assert answer(question, "hello there") == Hear("hello there")
    assert answer(question, '/greet{"name": "Ada"}') == Hear('/greet{"name": "Ada"}')
    assert answer(question, "/goodbye") == Hear("/goodbye")
    assert answer(question, "2") == Hear("/deny")
    assert answer(question, "3") == Hear("3")
    assert answer(question, "0") == Export(then_quit=True)
    assert answer(question, "\\0") == Hear("0")
    assert answer(question, "\\/undo") == Hear("/undo")
    assert answer(question, "u") == Hear("u")
    assert answer(question, "/u") == Undo()
    assert answer(question, "/fork 1") == Fork(1)
    assert answer(question, "/restart") == Restart()
    assert answer(question, " ") == question
    assert answer(question, "/home/ada is full") == Hear("/home/ada is full")


def test_an_intent_that_nobody_knows_is_questioned() -> None:
    refused = answer(WhatIsSaid(WORLD), "/unknown_intent")

    assert isinstance(refused, Refused)
    assert "There is no intent 'unknown_intent'" in refused.reason


def test_an_intent_goes_before_a_command_of_its_name() -> None:
    world = scene()
    named = WhatIsSaid(type(world)(intents=("history", "restart")))

    assert answer(named, "/history") == Hear("/history")
    assert answer(named, "/restart") == Restart()


def test_forks_and_other_messages() -> None:
    assert answer(asked(), "f") == BeforeWhich(WORLD)
    assert after(asked(), "f", "1") == answer(asked(), "f 1") == Fork(1)
    assert isinstance(answer(BeforeWhich(WORLD), "2"), Refused)
    assert isinstance(answer(IsItRight(scene(), "utter_greet"), "f"), Refused)
    assert answer(asked(), "w") == WhatInstead(WORLD)
    assert dialog.draft(WhatInstead(WORLD)) == "hello"
    assert answer(asked(), "w good bye") == Rewrite("good bye")


def test_nothing_typed_goes_back() -> None:
    for question in (WhichAction(WORLD, {}), WhichIntent(WORLD, {}), BeforeWhich(WORLD), WhatInstead(WORLD)):
        assert answer(question, " ") == AskAgain()


def test_yes_and_no() -> None:
    form = IsItValidated(WORLD, "f")

    assert [answer(form, line) for line in "1y2n"] == [Validate(True)] * 2 + [Validate(False)] * 2
    assert answer(form, "u") == Undo()
    assert isinstance(answer(form, "maybe"), Refused)
    assert isinstance(answer(IsItNew(WhichAction(WORLD, {}), "x"), "maybe"), Refused)


def test_after_ctrl_c_one_may_go_on_where_one_was() -> None:
    for question in (asked(), WhichAction(WORLD, {}), WhatIsSaid(WORLD)):
        stop = StopOrNot(question)
        assert answer(stop, "1") == question
        assert answer(stop, "2") == Quit()
        assert answer(stop, "0") == Export(then_quit=True)
        assert isinstance(answer(stop, "3"), Refused)


def test_a_file_may_be_another_or_none(tmp_path: Path) -> None:
    question = WhichFile("stories", Path("stories.md"))

    assert answer(question, "") == WriteTo(Path("stories.md"))
    assert answer(question, str(tmp_path / "x.yml")) == WriteTo(tmp_path / "x.yml")
    assert answer(question, "-") == WriteTo(None)


def test_lists_suggest_the_likeliest_first() -> None:
    assert dialog.suggestions(WhichAction(WORLD, {"utter_goodbye": 0.9}))[0] == ("utter_goodbye", 0.9)
    assert ("/greet", None) in dialog.suggestions(WhatIsSaid(WORLD))


QUESTIONS: list[Question] = [
    asked(),
    WhatIsSaid(WORLD),
    WhichAction(WORLD, {}),
    WhichIntent(WORLD, {}),
    WhichEntities(IN_BERLIN, "greet", "concerts in [Berlin](city)"),
    IsItNew(WhichAction(WORLD, {}), "x"),
    IsItValidated(WORLD, "f"),
    BeforeWhich(WORLD),
    WhatInstead(WORLD),
    WhichFile("stories", Path("s.md")),
    StopOrNot(WhatIsSaid(WORLD)),
    WhatItSays(WORLD, "utter_x", "instead"),
]


@given(st.sampled_from(QUESTIONS), st.text() | st.from_regex(r"[12ubfw/+\\[]\s?[\w(){}\[\]]{0,9}"))
def test_whatever_is_typed_has_an_answer(question: Question, line: str) -> None:
    assert answer(question, line) is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_number_of_any_length_is_no_more_than_a_wrong_number(question: Question) -> None:
    assert answer(question, "9" * 5_000) is not None


@given(st.text())
def test_a_menu_never_reads_the_start_of_a_word_as_a_key(text: str) -> None:
    line = f"1{text}"

    assert isinstance(answer(asked(), line), Confirm if line.split() == ["1"] else Refused)
