"""Custom actions run in this process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from recorder.actions import local
from recorder.actions.anywhere import Outcome
from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.tracker import Tracker, replay
from recorder.errors import ActionFailed, ActionRejected, ActionsUnreadable
from recorder.events.session import ActiveLoop, SlotSet, UserUttered

DOMAIN = Domain(slots=(Slot("found", "list"),), responses={"utter_x": ({"text": "x"},)})


def write(path: Path, code: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(code), encoding="utf-8")
    return path


def action(name: str, body: str = "return []", keyword: str = "def") -> str:
    return f"""
class {name.title().replace("_", "")}:
    def name(self):
        return {name!r}

    {keyword} run(self, dispatcher, tracker, domain):
        {body}
"""


def run(path: Path, name: str, state: Tracker | None = None) -> Outcome:
    return local.load(path).run(name, "s1", state or Tracker.start(DOMAIN), domain=DOMAIN)


def test_a_file_of_classes_is_a_set_of_actions(tmp_path: Path) -> None:
    file = write(tmp_path / "actions.py", action("action_a") + action("action_b"))

    actions = local.load(file)

    assert "action_a" in actions
    assert "action_b" in actions
    assert "action_c" not in actions


def test_a_folder_is_a_package_with_modules_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "bot_actions"
    write(folder / "shelf.py", "BOOKS = [1, 2]")
    body = 'return [{"event": "slot", "name": "found", "value": BOOKS + PENS}]'
    code = "from .shelf import BOOKS\nfrom bot_pens import PENS\n" + action("action_a", body)
    write(folder / "search.py", code)
    write(tmp_path / "bot_pens.py", "PENS = [3]")

    assert run(folder, "action_a").events == [{"event": "slot", "name": "found", "value": [1, 2, 3]}]


def test_a_folder_may_hold_actions_at_its_top_and_packages_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "nested_actions"
    write(folder / "__init__.py", action("action_top"))
    write(folder / "trips" / "__init__.py", "")
    write(folder / "trips" / "hotels.py", "from .. import ActionTop\n" + action("action_hotel"))
    write(folder / "notes" / "no_package.py", "1 / 0")

    assert sorted(local.load(folder).actions) == ["action_hotel", "action_top"]


def test_base_classes_are_no_actions(tmp_path: Path) -> None:
    base = """
    class Base:
        def name(self):
            raise NotImplementedError
        def run(self, dispatcher, tracker, domain):
            return []

    class Mine(Base):
        def name(self):
            return "action_mine"
    """
    assert [*local.load(write(tmp_path / "a.py", base)).actions] == ["action_mine"]


def test_an_action_may_be_a_coroutine(tmp_path: Path) -> None:
    file = write(tmp_path / "a.py", action("action_a", 'dispatcher.utter_message("hi")', "async def"))

    assert run(file, "action_a") == Outcome([{"text": "hi"}], [])


def test_an_action_may_be_a_coroutine_where_a_loop_runs_already(tmp_path: Path) -> None:
    file = write(tmp_path / "a.py", action("action_a", 'dispatcher.utter_message("hi")', "async def"))

    async def served() -> Outcome:
        return run(file, "action_a")

    with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this one
        assert pool.submit(asyncio.run, served()).result() == Outcome([{"text": "hi"}], [])


def test_an_action_sees_the_session_in_the_shape_it_knows(tmp_path: Path) -> None:
    look = """return [{"event": "slot", "name": "seen", "value": [
            tracker.sender_id, tracker.slots, tracker.get_slot("found"), tracker.get_slot("nothing"),
            tracker.latest_message["text"], tracker.get_intent_of_latest_message(),
            list(tracker.get_latest_entity_values("city", entity_role="to")),
            tracker.active_loop["name"], tracker.active_loop_name, tracker.latest_input_channel,
            tracker.is_paused(), tracker.events,
            sorted(domain), domain["slots"]["found"]["type"]]}]"""
    city = {"entity": "city", "value": "Oslo", "role": "to"}
    parse_data = {"intent": {"name": "go"}, "entities": [{"entity": "city", "value": "Rome"}, city]}
    message = UserUttered("to Oslo", parse_data, input_channel="talk")
    state = replay([message, SlotSet("found", [1]), ActiveLoop("form")], DOMAIN)

    outcome = run(write(tmp_path / "a.py", action("action_a", look)), "action_a", state)

    assert outcome.events[0]["value"] == [
        *("s1", {"found": [1]}, [1], None, "to Oslo", "go", ["Oslo"]),
        *("form", "form", "talk", False, []),
        ["actions", "entities", "forms", "intents", "responses", "session_config", "slots", "version"],
        "list",
    ]


def test_what_an_action_does_to_its_tracker_stays_with_it(tmp_path: Path) -> None:
    file = write(tmp_path / "a.py", action("action_a", 'tracker.get_slot("found").append(2)'))
    state = replay([SlotSet("found", [1])], DOMAIN)

    run(file, "action_a", state)

    assert state.slots == {"found": [1]}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("return 5", "not a list of events"),
        ("return ['greet']", "not a list of events"),
        ("return [{1: {2}}]", "no JSON"),
        ("dispatcher.utter_message(text=object())", "no JSON"),
    ],
)
def test_what_goes_wrong_inside_is_one_kind_of_error(tmp_path: Path, body: str, reason: str) -> None:
    with pytest.raises(ActionFailed, match=reason):
        run(write(tmp_path / "a.py", action("action_a", body)), "action_a")


def test_an_action_may_decline(tmp_path: Path) -> None:
    code = "class ActionExecutionRejection(Exception): pass\n" + action(
        "action_a", "raise ActionExecutionRejection"
    )

    with pytest.raises(ActionRejected, match="action_a"):
        run(write(tmp_path / "a.py", code), "action_a")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("class Broken(:", "SyntaxError"),
        ("import no_such_module_here", "No module named 'no_such_module_here'"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = 1", "no class with `name` and `run`"),
        (
            action("action_a") + action("action_a").replace("class A", "class B"),
            "two classes are named action_a",
        ),
        (action("action_a").replace("    def run", "    def __init__(self, x): 1\n    def run"), "TypeError"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, code: str, reason: str) -> None:
    with pytest.raises(ActionsUnreadable, match=reason):
        local.load(write(tmp_path / "a.py", code))


@pytest.mark.parametrize("name", ["missing.py", "empty", "actions.txt"])
def test_a_path_without_actions_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "actions.txt").touch()

    with pytest.raises(ActionsUnreadable, match=name):
        local.load(tmp_path / name)


CONCERTBOT = Path(__file__).parents[2] / "data" / "concertbot" / "actions.py"


def test_the_concert_bot_finds_concerts_and_venues() -> None:
    domain = Domain(slots=(Slot("city"), Slot("concerts", "list"), Slot("venues", "list")))
    actions = local.load(CONCERTBOT)

    def does(name: str, state: Tracker) -> tuple[str, Any]:
        outcome = actions.run(name, "s", state, domain=domain)
        return outcome.messages[0]["text"], outcome.events[0]["value"] if outcome.events else None

    anywhere, in_paris = replay([], domain), replay([SlotSet("city", "Paris")], domain)
    katy = {"entities": [{"entity": "artist", "value": "katy perry"}]}
    found = [{"artist": "Foo Fighters", "reviews": 4.5}, {"artist": "Katy Perry", "reviews": 5.0}]
    assert does("action_search_concerts", anywhere)[1] == found
    assert does("action_search_concerts", in_paris)[0] == "I found concerts in Paris: Daft Punk."
    assert does("action_search_venues", in_paris)[1][0] == {"name": "Olympia", "reviews": 4.8}
    assert does("action_show_venue_reviews", anywhere)[0] == "I have no venues to compare yet."
    best = "Concerts by reviews: Katy Perry (5.0 of 5), Foo Fighters (4.5 of 5)."
    assert does("action_show_concert_reviews", replay([SlotSet("concerts", found)], domain))[0] == best
    assert (
        does("action_show_concert_reviews", replay([UserUttered("?", katy)], domain))[0]
        == "katy perry: 5.0 of 5."
    )


WITHOUT_RASA = "import sys; sys.modules['rasa_sdk'] = None\n"


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_concert_bot_needs_no_rasa_and_works_with_it() -> None:
    code = f"""
import runpy
actions = runpy.run_path({str(CONCERTBOT)!r})
print(actions["SearchConcerts"].__mro__[1].__module__)
"""
    assert (printed(code), printed(WITHOUT_RASA + code)) == ("rasa_sdk.interfaces", "builtins")


def test_actions_made_of_rasas_classes_say_what_to_install(tmp_path: Path) -> None:
    file = write(tmp_path / "a.py", "from rasa_sdk import Action\n" + action("action_a"))
    code = f"""
from pathlib import Path
from recorder.actions import local
from recorder.errors import ActionsUnreadable
try:
    local.load(Path({str(file)!r}))
except ActionsUnreadable as error:
    print(error)
"""
    said = printed(WITHOUT_RASA + code)

    assert "rasa_sdk is not installed: pip install 'session-recorder[actions]'" in said
    assert str(file) in said


def test_actions_may_be_named_as_a_module_is(tmp_path: Path) -> None:
    write(tmp_path / "actions.py", action("action_a"))

    assert "action_a" in local.load(tmp_path / "actions")
