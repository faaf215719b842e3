"""The README is true: its commands and options exist, its keys are the replay's, its pictures are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from recorder.cli import COMMANDS, group

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KEYS = (ROOT / "review_app" / "replay" / "keys.js").read_text(encoding="utf-8")
ARROWS = {"←": "ArrowLeft", "→": "ArrowRight"}


def commands() -> list[list[str]]:
    """Every command line of the README, as words."""
    whole = README.replace("\\\n", " ")
    lines = re.findall(r"^ {4}(?:\$ )?(?:\.\./\.venv/bin/)?recorder (.*)$", whole, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def command(name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_the_readme_exists_with_its_options(words: list[str]) -> None:
    found, rest = command(words[0]), words[1:]
    while isinstance(found, click.Group):
        part = found.get_command(click.Context(found), rest[0])
        assert part is not None, rest
        found, rest = part, rest[1:]

    known = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_every_command_is_in_the_readme() -> None:
    told = set(re.findall(r"^\| `recorder (\w+)", README, re.MULTILINE))

    assert told == set(COMMANDS)


def test_the_readmes_keys_are_the_replays() -> None:
    rows = re.findall(r"^\| ((?:`\S+` ?)+)\|", README, re.MULTILINE)
    told = {key for row in rows for key in re.findall(r"`(\S+)`", row)}
    registry = {
        key.lower() for keys in re.findall(r"keys: \[(.*?)\]", KEYS) for key in re.findall(r'"(.*?)"', keys)
    }

    assert {ARROWS.get(key, key).lower() for key in told} <= registry
    assert len(told) > 20


def test_the_readmes_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", README)

    assert len(pictures) >= 4
    assert all((ROOT / picture).is_file() for picture in pictures)
