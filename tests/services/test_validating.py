"""Files of training data, checked against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.dialogue.domain import Domain
from recorder.services import training_files, validating

DOMAIN = """\
intents: [greet, bye]
entities: [city]
slots:
  place:
    type: list
actions: [action_search]
responses:
  utter_greet:
  - text: hi
  utter_faq/price:
  - text: ten
forms:
  trip:
    required_slots: [place]
"""
NLU = (
    "nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n- intent: bye\n  examples: |\n    - ciao\n"
)


def story(*steps: str, name: str = "s") -> str:
    return f"stories:\n- story: {name}\n  steps:\n" + "".join(f"  - {step}\n" for step in steps)


def problems(folder: Path, **files: str) -> list[tuple[str, int | None, str]]:
    """File, line and message of each problem of files given as `name_yml=text`."""
    for name, text in files.items():
        (folder / name.replace("_yml", ".yml").replace("_md", ".md")).write_text(text, "utf-8")
    found = validating.validate([folder]).problems
    return [(Path(problem.file).name, problem.line, problem.message) for problem in found]


def test_counts_are_those_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(DOMAIN)
    (tmp_path / "nlu.yml").write_text(NLU)
    (tmp_path / "stories.yml").write_text(story("intent: greet", "action: utter_greet"))
    (tmp_path / "test_stories.yml").write_text(story("intent: greet\n    user: hi", "action: utter_greet"))
    (tmp_path / "rules.yml").write_text("rules:\n- rule: r\n  steps:\n  - intent: bye\n")

    report = validating.validate([tmp_path])

    counts = (report.stories, report.rules, report.tests, report.intents, report.examples)
    assert counts == (1, 1, 1, 2, 3)
    assert report.problems == ()


def test_names_that_no_domain_declares_are_reported_where_they_are_used(tmp_path: Path) -> None:
    steps = (
        "intent: hello",
        "action: action_x",
        "slot_was_set:\n    - mood: 1",
        "active_loop: f",
        "intent: greet\n    entities: [name]",
        "or:\n    - intent: other\n    - intent: greet",
        "intent: hello",
    )

    found = problems(tmp_path, domain_yml=DOMAIN, stories_yml=story(*steps))

    assert found == [
        ("stories.yml", 4, "no domain declares intent 'hello' (in 's', and 1 more)"),
        ("stories.yml", 5, "no domain declares action 'action_x' (in 's')"),
        ("stories.yml", 6, "no domain declares slot 'mood' (in 's')"),
        ("stories.yml", 8, "no domain declares form 'f' (in 's')"),
        ("stories.yml", 9, "no domain declares entity 'name' (in 's')"),
        ("stories.yml", 11, "no domain declares intent 'other' (in 's')"),
    ]


def test_what_every_assistant_has_needs_no_declaration(tmp_path: Path) -> None:
    steps = (
        "intent: nlu_fallback",
        "action: action_default_fallback",
        "action: utter_faq",
        "action: trip",
        "active_loop: trip",
        "slot_was_set:\n    - requested_slot: place",
    )

    assert problems(tmp_path, domain_yml=DOMAIN, stories_yml=story(*steps)) == []


def test_without_a_domain_names_are_not_checked(tmp_path: Path) -> None:
    assert problems(tmp_path, stories_yml=story("intent: anything")) == []


def test_a_name_that_comes_twice_is_reported_with_its_first_place(tmp_path: Path) -> None:
    found = problems(tmp_path, a_yml=story("intent: greet"), b_yml=story("intent: bye"))

    assert found == [("b.yml", 2, f"story 's' has the name of the one in {tmp_path / 'a.yml'}:2")]


def test_an_example_of_two_intents_is_reported(tmp_path: Path) -> None:
    nlu = "nlu:\n- intent: a\n  examples: |\n    - hi\n- intent: b\n  examples: |\n    - ho\n    - hi\n"

    found = problems(tmp_path, nlu_yml=nlu)

    assert found == [("nlu.yml", 8, f"'hi' is an example of 'b', and of 'a' in {tmp_path / 'nlu.yml'}:4")]


def test_intents_and_examples_that_do_not_meet_are_reported(tmp_path: Path) -> None:
    nlu = "nlu:\n- intent: greet\n  examples: |\n    - hi\n- intent: other\n  examples: |\n    - ho\n"

    assert problems(tmp_path, domain_yml=DOMAIN, nlu_yml=nlu) == [
        ("domain.yml", 1, "intent 'bye' has no examples"),
        ("nlu.yml", 7, "intent 'other' has examples, but no domain declares it"),
    ]


def test_what_cannot_be_read_is_a_fatal_problem_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("stories:\n- story: 'x\n")
    (tmp_path / "latin.md").write_bytes(b"## s\n* gr\xfc\xdfe\n")
    (tmp_path / "utf16.yml").write_text("stories: []", "utf-16")
    (tmp_path / "good.yml").write_text(story("intent: greet"))

    report = validating.validate([tmp_path, tmp_path / "missing.yml"])

    fatal = {(Path(problem.file).name, problem.line) for problem in report.problems if problem.fatal}
    assert fatal == {("bad.yml", 3), ("latin.md", 2), ("utf16.yml", 1), ("missing.yml", None)}
    assert report.stories == 1


def test_a_byte_order_mark_and_other_line_ends_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbf" + story("intent: greet").replace("\n", "\r\n").encode())
    (tmp_path / "b.md").write_bytes(b"\xef\xbb\xbf## m\r\n* greet\r\n")

    report = validating.validate([tmp_path])

    assert (report.stories, report.problems) == (2, ())


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(story("intent: greet"))

    assert validating.validate([tmp_path, tmp_path / "a.yml"]).stories == 1


@pytest.mark.parametrize("text", ["pipeline: []", ""])
def test_a_file_without_training_data_matters_only_where_it_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yml").write_text(text)
    (tmp_path / "stories.yml").write_text(story("intent: greet"))

    assert validating.validate([tmp_path]).problems == ()
    assert len(validating.validate([tmp_path / "config.yml"]).problems) == 1


def test_an_empty_folder_is_a_fatal_problem(tmp_path: Path) -> None:
    assert [problem.fatal for problem in validating.validate([tmp_path]).problems] == [True]


def test_training_files_merge_domains_and_nlu_data(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("intents: [greet]\n")
    (tmp_path / "b.yml").write_text(
        "intents: [greet, bye]\nsession_config: {session_expiration_time: 5}\n" + NLU
    )
    (tmp_path / "c.md").write_text("## intent:greet\n- hi\n- hey\n")

    files = training_files.read([tmp_path])

    assert isinstance(files.domain, Domain)
    assert files.domain.intent_names == ("greet", "bye")
    assert files.domain.session_expiration_time == 5.0
    assert [example.text for example in files.nlu.examples] == ["hi", "hello", "ciao", "hey"]


def test_every_real_bot_is_read(shared: Path) -> None:
    for bot in sorted(shared.glob("bot-*")):
        report = validating.validate([bot])

        assert not [problem for problem in report.problems if problem.fatal], bot
        assert report.stories and report.examples, bot


def test_a_regex_that_is_none_is_reported(tmp_path: Path) -> None:
    broken = "nlu:\n- regex: zip\n  examples: |\n    - \\d{5}\n    - (\\d\n"

    ((file, _, message),) = problems(tmp_path, nlu_yml=broken)

    assert file.endswith("nlu.yml")
    assert message.startswith("'(\\\\d' of regex 'zip' is no regular expression: ")
