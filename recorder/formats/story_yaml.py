"""Stories and rules in YAML, as Rasa 2 and 3 read and write them.

A file whose name begins with `test_` holds test stories. A slot that is only named counts as filled:
`"filled"`, or `["filled"]` where a domain says that it is a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from recorder.dialogue.domain import Domain
from recorder.formats import annotated_text, yaml_writer
from recorder.formats.problems import Findings
from recorder.formats.story_file import StoryFile, changed, join, marked_spans, placed
from recorder.formats.yaml_reader import Document, Items, Map, load, plain
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
    unique_names,
)

TEST_PREFIX: Final = "test_"


def loads(text: str, name: str = "", domain: Domain | None = None) -> StoryFile:
    """Read a text; see `read`. Raises NotationError where it is no YAML."""
    return read(load(text, name), domain)


def read(document: Document, domain: Domain | None = None) -> StoryFile:
    """The stories and rules of a document, in its order; what is wrong with one is a problem beside them."""
    return _Reader(document, domain or Domain()).file()


class _Reader:
    """Reads one document; every method that meets a fault reports it and goes on."""

    def __init__(self, document: Document, domain: Domain) -> None:
        self.root = document.root
        self.findings = Findings(document.file, document.problems)
        self.is_test = PurePath(document.file).name.startswith(TEST_PREFIX)
        self.lists = {slot.name for slot in domain.slots if slot.type == "list"}

    def file(self) -> StoryFile:
        stories = [story for line, raw in self._items("stories") if (story := self._story(line, raw))]
        rules = [rule for line, raw in self._items("rules") if (rule := self._rule(line, raw))]
        return StoryFile(tuple(stories), tuple(rules), self.findings.problems)

    def _items(self, section: str) -> Iterable[tuple[int, Any]]:
        return self._list(self.root, section, self.root.get(section))

    def _list(self, parent: Map, key: str, value: Any) -> Iterable[tuple[int, Any]]:
        """The items of a list with their lines; an absent list is an empty one."""
        if isinstance(value, Items):
            return value.lined()
        if value is not None:
            self.findings.add(parent.lines[key], f"expected a list below `{key}:`")
        return ()

    def _story(self, line: int, raw: Any) -> Story | None:
        if (head := self._head(line, raw, "story")) is None:
            return None
        name, lined = head
        steps, lines = join(line, lined)
        return Story(name, steps, plain(raw.get("metadata")), self.is_test, lines)

    def _rule(self, line: int, raw: Any) -> Rule | None:
        if (head := self._head(line, raw, "rule")) is None:
            return None
        name, lined = head
        steps, lines = join(line, lined)
        condition = self._steps(raw, "condition")
        return Rule(
            name,
            steps,
            tuple(step for step in join(line, condition)[0] if isinstance(step, SlotStep | LoopStep)),
            conversation_start=raw.get("conversation_start") is True,
            wait_for_user_input=raw.get("wait_for_user_input") is not False,
            metadata=plain(raw.get("metadata")),
            lines=lines,
        )

    def _head(self, line: int, raw: Any, kind: str) -> tuple[str, list[tuple[int, Step]]] | None:
        """Name and steps; None when it is no story, or one without steps."""
        if not isinstance(raw, Map) or kind not in raw:
            self.findings.add(line, f"expected `{kind}: <name>` here")
            return None
        name = self._word(raw, kind)
        if not name:
            self.findings.add(line, f"this {kind} has no name")
        lined = self._steps(raw, "steps")
        if not lined:
            self.findings.add(line, f"{kind} '{name}' has no steps and is left out")
            return None
        return name or "", lined

    def _steps(self, raw: Map, key: str) -> list[tuple[int, Step]]:
        found = []
        for line, one in self._list(raw, key, raw.get(key)):
            if (step := self._step(line, one)) is not None:
                found.append((line, step))
        return found

    def _step(self, line: int, raw: Any) -> Step | None:
        if isinstance(raw, Map):
            for key, read_step in _STEPS:
                if key in raw:
                    return read_step(self, raw)
            if "metadata" in raw:
                return None
        kinds = ", ".join(f"`{key}:`" for key, _ in _STEPS)
        self.findings.add(line, f"expected a step ({kinds})")
        return None

    def _user(self, raw: Map) -> Step | None:
        intent = self._word(raw, "intent")
        if intent and intent.startswith("/"):
            self.findings.add(raw.lines["intent"], f"the / before intent '{intent[1:]}' is not needed")
            intent = intent[1:]
        text = self._word(raw, "user")
        entities: tuple[StoryEntity, ...] = ()
        if text is not None:
            marked = annotated_text.parse(text.strip())
            text, entities = marked.text, tuple(map(placed, marked.entities))
            for problem in marked.problems:
                self.findings.add(raw.lines["user"], problem)
        if not intent and not text:
            self.findings.add(raw.line, "a user step needs the name of an intent, or words")
            return None
        return UserStep(intent or None, entities or self._entities(raw), text or None)

    def _entities(self, raw: Map) -> tuple[StoryEntity, ...]:
        found = []
        for line, one in self._list(raw, "entities", raw.get("entities")):
            if isinstance(one, Map):
                names = [key for key in one if key not in ("role", "group")]
                role, group = self._word(one, "role"), self._word(one, "group")
                found += [StoryEntity(name, plain(one[name]), role, group) for name in names]
            elif isinstance(one, str):
                found.append(StoryEntity(one))
            else:
                self.findings.add(line, "expected the name of an entity, or `name: value`")
        return tuple(found)

    def _or(self, raw: Map) -> Step | None:
        steps = [step for _, step in self._steps(raw, "or")]
        alternatives = tuple(step for step in steps if isinstance(step, UserStep | SlotStep))
        if not alternatives or len(alternatives) < len(steps):
            self.findings.add(raw.lines["or"], "`or:` takes user steps or slots, at least one")
        return OrStep(alternatives) if alternatives else None

    def _action(self, raw: Map) -> Step | None:
        return ActionStep(name) if (name := self._needed(raw, "action")) else None

    def _bot(self, raw: Map) -> Step | None:
        return BotStep(text) if (text := self._needed(raw, "bot")) else None

    def _checkpoint(self, raw: Map) -> Step | None:
        name = self._needed(raw, "checkpoint")
        return CheckpointStep(name, self._slots(raw)) if name else None

    def _slot_was_set(self, raw: Map) -> Step | None:
        return SlotStep(slots) if (slots := self._slots(raw)) else None

    def _slots(self, raw: Map) -> tuple[tuple[str, Any], ...]:
        key = "slot_was_set"
        value = raw.get(key)
        if isinstance(value, Map):  # a list of one, its dash forgotten
            return tuple(plain(value).items())
        found: list[tuple[str, Any]] = []
        for line, one in self._list(raw, key, value):
            if isinstance(one, Map):
                found += plain(one).items()
            elif isinstance(one, str):
                found.append((one, ["filled"] if one in self.lists else "filled"))
            else:
                self.findings.add(line, "expected the name of a slot, or `name: value`")
        return tuple(found)

    def _active_loop(self, raw: Map) -> Step | None:
        return LoopStep(self._word(raw, "active_loop"))

    def _needed(self, raw: Map, key: str) -> str | None:
        word = self._word(raw, key)
        if not word:
            self.findings.add(raw.lines[key], f"expected something after `{key}:`")
        return word

    def _word(self, raw: Map, key: str) -> str | None:
        """The text below a key; numbers and truths are taken as written, as far as known."""
        value = raw.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, Map | Items):
            self.findings.add(raw.lines[key], f"expected a text after `{key}:`")
            return None
        return yaml_writer.scalar(value)


_STEPS: Final[tuple[tuple[str, Callable[[_Reader, Map], Step | None]], ...]] = (
    ("intent", _Reader._user),
    ("user", _Reader._user),
    ("or", _Reader._or),
    ("action", _Reader._action),
    ("bot", _Reader._bot),
    ("checkpoint", _Reader._checkpoint),
    ("slot_was_set", _Reader._slot_was_set),
    ("active_loop", _Reader._active_loop),
)
"""What decides the kind of a step, the first key that is there."""


def dump(
    stories: Iterable[Story], rules: Iterable[Rule] = (), comments: Mapping[str, str] | None = None
) -> str:
    """The text of a file of stories and rules, in Rasa 3.1's notation.

    Names that repeat are numbered. What the notation has no words for is left out: see `unwritable`.

    Args:
        comments: name of a story or rule -> what to write on a line above it; any text.
    """
    told = [(story, _steps_text(story.steps)) for story in stories]
    return _file({"stories": _written(told, comments or {}), "rules": _ruled(rules, comments or {})})


def steps_text(steps: Iterable[Step]) -> str | None:
    """The lines that tell a story's steps, for `dump_told`; None where the notation has no words for them."""
    story = Story("story", tuple(steps))
    text = _steps_text(story.steps)
    written = _file({"stories": _written([(story, text)], {})})
    return None if changed([story], lambda _: loads(written)) else text


def dump_told(told: Iterable[tuple[Story, str]], comments: Mapping[str, str]) -> str:
    """As `dump`, of stories whose steps are written already: their own steps are not looked at."""
    return _file({"stories": _written(told, comments)})


def item(story: Story) -> dict[str, Any]:
    """A story as an item of the list `stories:`."""
    return {**_head_items(story), "steps": _step_items(story.steps)}


def written(story: Story, comment: str | None = None) -> str:
    """The lines of such an item, below a comment."""
    return _written([(story, _steps_text(story.steps))], {} if comment is None else {story.name: comment})[0]


def _file(sections: Mapping[str, Sequence[str]]) -> str:
    texts = [f"{key}:\n" + "\n".join(items) for key, items in sections.items() if items]
    return "\n".join(['version: "3.1"\n', *(texts or ["stories: []\n"])])


def unwritable(stories: Iterable[Story]) -> tuple[str, ...]:
    """Names of the stories that are not the same after `dump` and `loads`.

    Those with legacy events, with words that look like annotations, with entities called `role` or `group`.
    """
    return changed(stories, lambda story: loads(dump([story]), TEST_PREFIX if story.is_test else ""))


def _written(told: Iterable[tuple[Story, str]], comments: Mapping[str, str]) -> list[str]:
    given = list(told)
    named = unique_names(story for story, _ in given)
    return [
        _comment(comments, old.name) + yaml_writer.dumps([_head_items(new)]) + text
        for (old, text), new in zip(given, named, strict=True)
    ]


def _ruled(rules: Iterable[Rule], comments: Mapping[str, str]) -> list[str]:
    given = tuple(rules)
    return [
        _comment(comments, old.name) + yaml_writer.dumps([_rule_items(new)])
        for old, new in zip(given, unique_names(given), strict=True)
    ]


def _comment(comments: Mapping[str, str], name: str) -> str:
    return yaml_writer.comment(comments[name]) if name in comments else ""


def _head_items(story: Story) -> dict[str, Any]:
    metadata = {} if story.metadata is None else {"metadata": story.metadata}
    return {"story": story.name, **metadata}


def _steps_text(steps: Iterable[Step]) -> str:
    """As an item of a list of stories has them, below its head."""
    lines = yaml_writer.dumps({"steps": _step_items(steps)})
    return "".join(f"  {line}\n" for line in lines.split("\n")[:-1])


def _rule_items(rule: Rule) -> dict[str, Any]:
    items: dict[str, Any] = {"rule": rule.name}
    if rule.metadata is not None:
        items["metadata"] = rule.metadata
    if rule.condition:
        items["condition"] = _step_items(rule.condition)
    if rule.conversation_start:
        items["conversation_start"] = True
    items["steps"] = _step_items(rule.steps)
    if not rule.wait_for_user_input:
        items["wait_for_user_input"] = False
    return items


def _step_items(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [item for step in steps if (item := step_item(step))]


def step_item(step: Step) -> dict[str, Any]:
    """What a step is in YAML, the key that says its kind first; empty where there are no words for it."""
    match step:
        case UserStep():
            return _user_item(step)
        case ActionStep(name=name):
            return {"action": name}
        case BotStep(text=text):
            return {"bot": text}
        case SlotStep(slots=slots):
            return {"slot_was_set": [{name: value} for name, value in slots]}
        case LoopStep(name=loop):
            return {"active_loop": loop}
        case CheckpointStep(name=name, conditions=()):
            return {"checkpoint": name}
        case CheckpointStep(name=name, conditions=slots):
            return {"checkpoint": name, "slot_was_set": [{slot: value} for slot, value in slots]}
        case OrStep(alternatives=alternatives):
            return {"or": _step_items(alternatives)}
        case _:
            return {}


def _user_item(step: UserStep) -> dict[str, Any]:
    item: dict[str, Any] = {"intent": step.intent} if step.intent else {}
    spans = marked_spans(step)
    if step.text and annotated_text.can_be_written(step.text, spans):
        item["user"] = annotated_text.render(step.text, spans)
    if step.entities and not ("user" in item and spans):
        item["entities"] = [_entity_item(entity) for entity in step.entities]
    return item


def _entity_item(entity: StoryEntity) -> Any:
    more = {"role": entity.role, "group": entity.group}
    known = {key: value for key, value in more.items() if value is not None}
    if entity.value == "" and not known:
        return entity.entity
    return {entity.entity: entity.value, **known}
