"""What must hold of every addition to somebody's text."""

from __future__ import annotations

from typing import Any

import yaml


def assert_kept(old: str, new: str) -> None:
    """Each line of the old text is in a line of the new one, in order; line breaks too."""
    assert old.startswith("\ufeff") == new.startswith("\ufeff")
    old, new = old.removeprefix("\ufeff"), new.removeprefix("\ufeff")
    left = iter(new.splitlines(keepends=True))
    last = len(old.splitlines()) - 1
    for number, line in enumerate(old.splitlines(keepends=True)):
        ends = line if number < last or line.endswith(("\n", "\r")) else ""
        assert any(_is_within(line, one) and one.endswith(ends[len(ends.rstrip("\r\n")) :]) for one in left)


def _is_within(line: str, other: str) -> bool:
    """Whether the characters stand there in order, others between them."""
    rest = iter(other)
    return all(char in rest for char in line)


class StrictLoader(yaml.CSafeLoader):
    """Refuses keys that repeat, as ruamel does, which Rasa reads with."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


def strict(text: str) -> Any:
    """What a YAML parser that knows nothing of ours reads."""
    return yaml.load(text, StrictLoader)
