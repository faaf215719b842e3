"""Lessons from the first message to the exported file."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from recorder.actions.anywhere import Actions, Outcome
from recorder.actions.local import LocalActions
from recorder.errors import ActionFailed
from recorder.events.event import review_stream, session_stream
from recorder.events.prediction import ActionRanked
from recorder.events.review import ActionCorrected, StepConfirmed
from recorder.events.session import ActionExecuted, SlotSet, UserUttered
from recorder.formats import training_text
from recorder.terminal.questions import IsItRight, StopOrNot, WhatIsSaid
from recorder.upkeep.forgetting import exports
from tests.terminal.lessons import BOT, CONCERTS, HELLO, REVIEWS, SCENE, Interrupted, Room


def done(room: Room, session: str = "s") -> list[str | None]:
    return [event.name for event in room.events(session) if isinstance(event, ActionExecuted)]


def test_the_scene_of_the_documentation(room: Room) -> None:
    keyboard, teaching = room.teach(SCENE)

    assert teaching.failures == 0
    assert "The bot wants to [action_show_venue_reviews] due to the intent. Is this correct?" in keyboard.text
    assert "thanks! The bot will now [action_show_concert_reviews]\n -----------\nBot: " in keyboard.text
    assert f"1 story written to {room.folder / 'stories.md'}." in keyboard.transcript
    assert "* compare_reviews\n    - action_show_concert_reviews\n" in room.exported
    assert "venue" not in room.exported
    assert "action_show_venue_reviews" not in done(room)


def test_the_scene_of_the_readme_is_what_is_shown(room: Room) -> None:
    readme = (BOT.parents[1] / "README.md").read_text()
    block = next(each for each in re.findall(r"(?:(?: {4}.*)?\n)+", readme) if "bot did:" in each)

    keyboard, _ = room.teach(SCENE)

    shown = dedent(block).strip()
    assert len(shown.splitlines()) > 30
    assert f"\n{shown}\n" in keyboard.text


def test_what_the_model_wanted_stays_in_the_log_and_the_correction_is_a_decision(room: Room) -> None:
    room.teach(SCENE)

    rankings = [event for event in room.events() if isinstance(event, ActionRanked)]
    decisions = [record.event for record in room.log.read(review_stream("s", "ana"))]
    assert rankings[-2].ranking[0][0] == "action_show_venue_reviews"
    assert [event.action for event in decisions if isinstance(event, ActionCorrected)] == [
        "action_show_concert_reviews"
    ]
    assert sum(isinstance(event, StepConfirmed) for event in decisions) == 5


def test_ctrl_c_at_every_question_changes_nothing(room: Room, tmp_path: Path) -> None:
    room.teach(SCENE)
    (tmp_path / "other").mkdir()
    other = Room(tmp_path / "other", room.model)

    keyboard, _ = other.teach(SCENE, kind=Interrupted)

    assert other.events() == room.events()
    assert other.exported == room.exported
    assert len([each for each in keyboard.asked if not isinstance(each, StopOrNot)]) == len(SCENE)


def test_ctrl_c_twice_quits_and_the_end_of_the_input_too(room: Room) -> None:
    class Impatient(Interrupted):
        def read(self, question: object) -> str:
            self.asked.append(question)  # type: ignore[arg-type]
            raise KeyboardInterrupt

    keyboard, _ = room.teach([], kind=Impatient)
    ended, _ = room.teach(HELLO)

    assert [type(each) for each in keyboard.asked] == [WhatIsSaid, StopOrNot]
    assert isinstance(ended.asked[-1], WhatIsSaid)
    assert not (room.folder / "stories.md").exists()
    assert done(room) == ["action_session_start", "action_listen", "utter_greet", "action_listen"]


def test_a_lesson_is_gone_on_with_where_it_ended(room: Room) -> None:
    room.teach(HELLO[:2])

    keyboard, _ = room.teach(["1", *CONCERTS, "0"])

    asked = keyboard.asked[0]
    assert isinstance(asked, IsItRight)
    assert asked.action == "action_listen"
    assert room.exported.count("* greet") == room.exported.count("* search_concerts") == 1


def test_what_was_undone_is_not_exported(room: Room) -> None:
    room.teach([*HELLO, "/search_concerts", "1", "u", "2 utter_default", "1", "0"])

    assert "action_search_concerts" in done(room)
    assert "search_concerts\n    - utter_default\n" in room.exported
    assert "action_search_concerts" not in room.exported
    assert "slot" not in room.exported


def test_undo_and_redo_ask_what_was_asked(room: Room) -> None:
    keyboard, _ = room.teach([*HELLO, "/undo", "u", "u", "/redo", "r", "r"])

    kinds = [type(question) for question in keyboard.asked]
    assert kinds[3:] == [WhatIsSaid, IsItRight, IsItRight, WhatIsSaid, IsItRight, IsItRight, WhatIsSaid]


def test_a_wrong_intent_is_exported_as_the_right_one_only(room: Room) -> None:
    room.teach(["cheerio", "3 goodbye", "", "1", "1", "0"])

    messages = [event for event in room.events() if isinstance(event, UserUttered)]
    assert [message.intent for message in messages][-1] == "goodbye"
    assert room.exported.count("*") == 1
    assert "* goodbye\n    - utter_goodbye\n" in room.exported


def test_entities_that_are_marked_fill_their_slots_before_the_action_is_asked(room: Room) -> None:
    room.teach(["shows in Atlantis please", "3 search_concerts", "shows in [Atlantis](city) please", "q"])

    assert SlotSet("city", "Atlantis") in room.events()


def test_forks_and_restarts_are_all_kept_and_exported(room: Room) -> None:
    keyboard, teaching = room.teach(
        [*HELLO, *CONCERTS, "/fork 2", "/search_venues", "1", "1", "/restart", "/goodbye", "1", "1", "0"]
    )

    assert teaching.lesson.sessions == ["s", "s~2"]
    assert "This is session s~2 now; the other one is kept." in keyboard.text
    assert "3 stories written to" in keyboard.text
    assert all(f"* {name}" in room.exported for name in ("search_concerts", "search_venues", "goodbye"))


def test_several_conversations_make_one_file_that_can_be_read(room: Room) -> None:
    room.stories = room.folder / "stories.yml"

    room.teach([*HELLO, "/restart", *CONCERTS, "0"])

    assert room.exported.count("version:") == room.exported.count("stories:") == 1
    assert len(training_text.read(room.exported, "stories.yml").stories) == 2


def test_a_file_that_is_there_keeps_every_byte_and_gets_no_story_twice(room: Room) -> None:
    room.stories = room.folder / "stories.yml"
    theirs = 'version: "3.1"\nstories:\n    - story: theirs  # by hand\n      steps:\n      - intent: greet\n'
    room.stories.write_text(theirs + "rules: []\n")

    room.teach([*HELLO, "/export", "/export", "0"])

    assert room.exported.startswith(theirs)
    assert room.exported.endswith("rules: []\n")
    assert len(training_text.read(room.exported, "stories.yml").stories) == 2


def test_a_file_that_cannot_be_written_is_asked_for_again(room: Room) -> None:
    room.stories = room.folder / "nowhere" / "stories.md"
    (room.folder / "folder.md").mkdir()
    good = room.folder / "good.md"

    keyboard, teaching = room.teach([*HELLO, "0", str(room.folder / "folder.md"), str(good)])

    assert "there is no such folder" in keyboard.text
    assert "it is a folder" in keyboard.text
    assert "* greet" in good.read_text()
    assert teaching.failures == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_file_that_is_no_file_is_asked_for_again(room: Room) -> None:
    room.stories = Path("/dev/full")

    keyboard, teaching = room.teach([*HELLO, "0", "-"])

    assert teaching.failures == 1
    assert "it is no ordinary file" in keyboard.text
    assert "1 story not written (--stories-out FILE does it); nothing is lost." in keyboard.transcript


def test_a_broken_file_is_told_with_its_line_and_left_alone(room: Room) -> None:
    room.stories = room.folder / "stories.yml"
    room.stories.write_text("stories:\n- story: [\n")

    keyboard, _ = room.teach([*HELLO, "0", "-"])

    assert f"{room.stories}:" in keyboard.text
    assert room.exported == "stories:\n- story: [\n"


class Down(Actions):
    """A server that is down for a while."""

    def __init__(self, local: LocalActions, failures: int) -> None:
        self.local, self.failures = local, failures

    def __contains__(self, name: object) -> bool:
        return name in self.local

    def run(self, name: str, *args: object, **others: object) -> Outcome:
        if self.failures:
            self.failures -= 1
            raise ActionFailed(name, "no action server answers")
        return self.local.run(name, *args, **others)  # type: ignore[arg-type]


def test_an_action_that_cannot_be_run_is_told_of_noted_and_asked_about_again(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(room.actions, LocalActions)
    room.actions = Down(room.actions, failures=1)

    keyboard, teaching = room.teach(["/search_concerts", "1", "1", "1", "0"])

    assert "action_search_concerts failed: no action server answers" in keyboard.text
    assert capsys.readouterr().err == (
        "recorder: Action action_search_concerts failed: no action server answers.\n"
    )
    assert teaching.failures == 1
    assert done(room).count("action_search_concerts") == 1
    assert "slot{" in room.exported


def test_examples_and_what_the_domain_lacks_go_to_files_of_their_own(room: Room) -> None:
    nlu, domain = room.folder / "nlu.yml", room.folder / "domain.yml"
    nlu.write_text("nlu:\n- intent: greet\n  examples: |\n    - hello\n")
    domain.write_text("intents:\n# mine\n- greet\n")
    room.others = {"examples": nlu, "domain": domain}

    keyboard, _ = room.teach(
        ["hello", "b +utter_wait", "One moment", "1", "1", "hooray", "3 cheer", "1", "", "2 0", "0"]
    )

    assert keyboard.text.count("Bot: One moment") == 1
    assert "1 NLU example written to" in keyboard.text
    assert "(1 it had already)" in keyboard.text
    assert nlu.read_text().startswith("nlu:\n- intent: greet\n  examples: |\n    - hello\n")
    assert "- intent: cheer\n  examples: |\n    - hooray\n" in nlu.read_text()
    assert "# mine\n- greet\n- cheer\n" in domain.read_text()
    assert "utter_wait:\n  - text: One moment" in domain.read_text()


def test_what_no_file_was_named_for_is_said(room: Room) -> None:
    keyboard, _ = room.teach(["hooray", "3 +cheer", "", "2 0", "0"])

    assert "1 NLU example not written (--nlu-out FILE does it); nothing is lost." in keyboard.transcript
    assert (
        "1 domain addition not written (--domain-out FILE does it); nothing is lost." in keyboard.transcript
    )


def test_a_new_action_and_a_new_response_are_done_at_once(room: Room) -> None:
    keyboard, _ = room.teach(
        [*HELLO, "hello", "2", "+utter_again", "Hello again!", "1", "hello", "2 utter_again", "1", "0"]
    )

    assert keyboard.text.count("Bot: Hello again!") == 2
    assert "- utter_again" in room.exported


def test_a_button_is_chosen_by_its_number(room: Room) -> None:
    keyboard, _ = room.teach([*HELLO, "2", "1", "1", "0"])

    assert "    2.\tVenues  /search_venues\nNext user input:\n2\n" in keyboard.text
    assert "* search_venues" in room.exported


def test_another_message_takes_the_place_of_the_latest(room: Room) -> None:
    room.teach(["hello", "w /goodbye", "1", "1", "0"])

    assert "greet" not in room.exported
    assert "* goodbye" in room.exported


def test_an_action_may_come_first(room: Room) -> None:
    room.teach(["hello", "b utter_default", "1", "1", "0"])

    assert "* greet\n    - utter_default\n    - utter_greet\n" in room.exported


def test_the_history_shows_what_is_not_on_the_screen(room: Room) -> None:
    keyboard, _ = room.teach([*HELLO, "/restart", "/goodbye", "h", "?", "q"])

    assert "     bot said:\tHello! I know concerts" in keyboard.text
    assert "undo, redo, any number of levels" in keyboard.text


def test_a_correction_is_learned_at_once_where_that_is_wanted(room: Room) -> None:
    room.learn = True
    again = ["/restart", *CONCERTS, "which has better reviews?"]

    keyboard, _ = room.teach([*CONCERTS, *REVIEWS, *again, "q"])

    asked = keyboard.asked[-1]
    assert isinstance(asked, IsItRight)
    assert asked.action == "action_show_concert_reviews"
    assert f"Learned: the model is {room.model.id}+1-" in keyboard.text
    rankings = [event for event in room.events() if isinstance(event, ActionRanked)]
    assert rankings[-1].model.startswith(f"{room.model.id}+1-")


def test_an_answer_against_what_was_taught_is_warned_of(room: Room) -> None:
    keyboard, _ = room.teach(["hello", "2 utter_default", "q"])

    assert "Warning: What was taught before says utter_greet here" in keyboard.text


def test_what_is_unfinished_is_said_and_the_rest_exported(room: Room) -> None:
    keyboard, _ = room.teach([*HELLO, "/goodbye", "0"])

    assert any(line.startswith("left out: s, episode 1:") for line in keyboard.transcript)
    assert "* greet" in room.exported
    assert "goodbye" not in room.exported


def test_the_log_knows_of_an_export_so_that_forgetting_can_tell(room: Room) -> None:
    room.teach(["hello", "q"], session="other")

    room.teach([*HELLO, "/fork 1", *CONCERTS, "/export", "0"])

    (noted,) = exports(room.log)
    first = {name: room.log.read(session_stream(name))[0].position for name in ("s", "s~2", "other")}
    assert noted.sessions == frozenset({first["s"], first["s~2"]})


def test_what_was_undone_altogether_is_nothing_to_export(room: Room) -> None:
    keyboard, _ = room.teach([*HELLO, "/undo", "u", "u", "0"])

    assert keyboard.transcript[-1] == "There is nothing to export yet."
    assert not (room.folder / "stories.md").exists()


def test_nothing_taught_is_nothing_to_export(room: Room) -> None:
    keyboard, _ = room.teach(["0"])

    assert keyboard.transcript[-1] == "There is nothing to export yet."
    assert not [*room.folder.iterdir()]


def test_each_step_prints_a_screen_and_no_more_however_long_the_lesson(room: Room) -> None:
    keyboard, _ = room.teach([*(CONCERTS * 9), "0"])

    lines = keyboard.text.count("\n")
    assert lines < 9 * 45
