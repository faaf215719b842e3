"""What the trainer sees: values in, text out. The words and their places are Rasa Core's.

Of the conversation the present turn is shown, and what the bot did before it; `history` tells all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from rich.cells import cell_len

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Opaque,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from recorder.terminal import dialog
from recorder.terminal.questions import (
    BeforeWhich,
    Button,
    IsItForked,
    IsItMeant,
    IsItNew,
    IsItRight,
    IsItValidated,
    Kind,
    Question,
    Ranking,
    Scene,
    StopOrNot,
    WhatInstead,
    WhatIsSaid,
    WhatItSays,
    WhichAction,
    WhichEntities,
    WhichFile,
    WhichIntent,
)
from recorder.terminal.words import lines_of, one_line

Paint: TypeAlias = Callable[[str, str], str]
"""A role (`action`, `message`, `value`, `warning`) and a text -> the text, coloured perhaps."""
Told: TypeAlias = Callable[[Event | None, "Look"], Iterator[str]]
"""The lines that an event is told in; none: it is not."""

RULE: Final = "------"
_INDENT: Final = " " * 5
_DEEPER: Final = " " * 13
_LIST_WIDTH: Final = 54
"""Columns of a list as Rasa Core prints it: number, name, probability."""
_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "stories": ("story", "stories"),
    "examples": ("NLU example", "NLU examples"),
    "domain": ("domain addition", "domain additions"),
}
"""One, and several."""
_OPTIONS: Final[dict[Kind, str]] = {
    "stories": "--stories-out",
    "examples": "--nlu-out",
    "domain": "--domain-out",
}
DEFAULTS: Final[dict[Kind, Path]] = {
    "stories": Path("stories.md"),
    "examples": Path("nlu.md"),
    "domain": Path("domain.yml"),
}
"""What is offered where no file was named."""


def plain(role: str, text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Look:
    """How it is shown."""

    paint: Paint = plain
    width: int = 0
    """Columns of the terminal; 0: there is none, so that lines may have any length."""
    sort: bool = False
    """Lists begin with the likeliest; the numbers stay those of the domain."""


AS_TEXT: Final = Look()


def text_of(question: Question, look: Look = AS_TEXT) -> str:
    """A question as it stands on the screen, without a line end."""
    return "\n".join(_lines(question, look))


def _lines(question: Question, look: Look) -> Iterator[str]:
    match question:
        case WhatIsSaid():
            yield from _message(question)
        case IsItRight():
            yield from _scene(question.scene, look)
            yield from _judgement(question, look)
        case IsItMeant(scene=scene):
            yield from _scene(scene, look)
            intent = str(scene.message.intent) if scene.message else ""
            yield f"The user means [{look.paint('value', one_line(intent))}]. Is this correct?"
            yield from _menu("1 Yes", "3 The intent is wrong", _EXPORT)
        case IsItForked(scene=scene, action=action):
            yield from _scene(scene, look)
            what = (
                f"the bot does [{look.paint('action', one_line(action))}]" if action else "it is as you said"
            )
            yield "What was recorded after this answers what the bot should not have done."
            yield from _menu(f"1 Go on in a fork, in which {what}", _EXPORT)
        case IsItValidated(scene=scene, form=form, slot=slot):
            yield from _scene(scene, look)
            what = f" to fill the slot [{look.paint('value', one_line(slot))}]" if slot else ""
            yield f"Should [{look.paint('action', one_line(form))}] validate the next input{what}?"
            yield from _menu("1 Yes", "2 No")
        case WhichAction(scene=scene, ranking=ranking, place=place):
            first = "what is the next action for the bot?"
            yield first if place == "instead" else "what should the bot do first?"
            yield ""
            yield from _list(scene.actions, ranking, look, "action")
        case WhatItSays(action=action):
            yield f"What does the bot say in [{look.paint('action', one_line(action))}]? (nothing: enter)"
        case WhichIntent():
            yield from _intents(question, look)
        case WhichEntities():
            yield from _entities(question, look)
        case IsItNew(asked=asked, name=name):
            kind = "action" if isinstance(asked, WhichAction) else "intent"
            yield f"There is no {kind} [{one_line(name)}]. Is it a new one?"
            yield from _menu("1 Yes", "2 No")
        case BeforeWhich(scene=scene):
            yield "Before which user message do you want to fork?"
            yield ""
            for number, text in enumerate(scene.messages, 1):
                yield f"{number:>6}    {look.paint('message', one_line(text))}"
        case WhatInstead():
            yield "What does the user say instead?"
        case WhichFile():
            yield from _file(question, look)
        case StopOrNot(session=session):
            yield "Do you want to stop?"
            kept = f" (session {one_line(session)} is in the log)" if session else ""
            yield from _menu("1 No, go on", f"2 Quit without export{kept}", _EXPORT)


_EXPORT: Final = "0 Export current conversations as stories and quit"


def _menu(*lines: str) -> Iterator[str]:
    yield ""
    for line in lines:
        key, _, words = line.partition(" ")
        yield f"    {key}.\t{words}"


# --- questions ---


def _message(asked: WhatIsSaid) -> Iterator[str]:
    for number, button in enumerate(asked.buttons, 1):
        yield f"    {number}.\t{_button(button)}"
    if asked.scene.loop:
        yield r"(0 exports and quits; \0 is the user's word)"
    yield "Next user input:"


def _button(button: Button) -> str:
    return f"{one_line(button.title)}  {one_line(button.payload)}"


def _judgement(asked: IsItRight, look: Look) -> Iterator[str]:
    name = look.paint("action", one_line(asked.action))
    if asked.after_message:
        yield f"The bot wants to [{name}] due to the intent. Is this correct?"
        wrong = "2 No, intent is right but the action is wrong"
        yield from _menu("1 Yes", wrong, "3 The intent is wrong", _EXPORT)
    else:
        yield f"The bot wants to [{name}]. Is this correct?"
        yield from _menu("1 Yes.", "2 No, the action is wrong.", _EXPORT)


def _intents(asked: WhichIntent, look: Look) -> Iterator[str]:
    said = asked.scene.message.text if asked.scene.message else ""
    yield f"User said:\t{look.paint('message', one_line(said or ''))}"
    yield "What intent is this?"
    yield ""
    yield from _list(asked.scene.intents, asked.ranking, look, "message")


def _entities(asked: WhichEntities, look: Look) -> Iterator[str]:
    yield f"Which entities are in it? Mark them: {look.paint('value', '[Berlin](city)')}"
    yield "Enter keeps what is marked here:"
    yield look.paint("message", one_line(asked.marked))


def _file(asked: WhichFile, look: Look) -> Iterator[str]:
    if asked.reason:
        yield look.paint("warning", one_line(asked.reason))
    what = _KINDS[asked.kind][1]
    yield (
        f"File to export to (if file exists, this will append the {what}; - leaves them out) "
        f"[{one_line(str(asked.default))}]:"
    )


def _list(names: Sequence[str], ranking: Ranking, look: Look, role: str) -> Iterator[str]:
    numbers = {name: number for number, name in enumerate(names)}
    shown = [name for name, _ in dialog.by_probability(names, ranking)] if look.sort else names
    narrow = 0 < look.width < _LIST_WIDTH
    for name in shown:
        words, share = one_line(name), f"{ranking.get(name, 0.0):.2f}"
        number, painted = numbers[name], look.paint(role, words)
        if narrow:
            yield f"{number:>3} {share} {painted}"
        else:
            yield f"{number:>6}{' ' * max(1, 40 - cell_len(words))}{painted}    {share}"


# --- the conversation ---


def _scene(scene: Scene, look: Look) -> Iterator[str]:
    yield RULE
    yield "Chat history:"
    yield ""
    yield from _turns(_present(scene.history), look, _turn)
    yield ""
    slots = (f"{one_line(name)}: {look.paint('value', _value(v))}" for name, v in scene.slots.items())
    yield f"we currently have slots: {', '.join(slots)}".rstrip()
    if scene.loop:
        yield f"we are in the form: {look.paint('value', one_line(scene.loop))}"
    yield RULE


def _value(value: Any) -> str:
    return one_line(str(value))


def _present(history: Sequence[Event]) -> list[Event | None]:
    """From the action before the user's turn on; None: nothing was done before."""
    episode = _episodes(history)[-1]
    listens = [i for i, event in enumerate(episode[: _last(episode) + 1]) if _is_listen(event)]
    if not listens:
        return [None, *episode]
    turn = listens[-1]
    before = (event for event in reversed(episode[:turn]) if isinstance(event, ActionExecuted))
    return [next(before, None), *episode[turn:]]


def _last(episode: Sequence[Event]) -> int:
    """Where the latest message is; -1 where the user has said nothing."""
    return max((i for i, event in enumerate(episode) if isinstance(event, UserUttered)), default=-1)


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == ACTION_LISTEN


def _episodes(history: Sequence[Event]) -> list[list[Event]]:
    """The events after each start of a session and each restart; the first has those before any."""
    episodes: list[list[Event]] = [[]]
    for event in history:
        if isinstance(event, SessionStarted | Restarted):
            episodes.append([])
        else:
            episodes[-1].append(event)
    return episodes


def _turns(events: Iterable[Event | None], look: Look, told: Told) -> Iterator[str]:
    """Who did what, with room after what the user said."""
    gap = False
    for event in events:
        if lines := [*told(event, look)]:
            yield from ["", *lines] if gap else lines
            gap = isinstance(event, UserUttered)


def _turn(event: Event | None, look: Look) -> Iterator[str]:
    match event:
        case None:
            yield f"{_INDENT}bot did:    None"
        case ActionExecuted(name=name, action_text=words):
            yield f"{_INDENT}bot did:\t{look.paint('action', one_line(name or words or ''))}"
        case UserUttered():
            yield from _said(event, look)
        case Opaque(kind="action_failed", data=data):
            why = f"{data.get('name')} failed: {data.get('reason')}"
            yield f"{_INDENT}{look.paint('warning', one_line(why))}"
        case _:
            pass


def _said(message: UserUttered, look: Look) -> Iterator[str]:
    first, *more = lines_of(message.text or "")
    yield f"{_INDENT}user said:\t{look.paint('message', first)}"
    yield from (f"{_DEEPER}{look.paint('message', line)}" for line in more)
    yield ""
    yield f"{_DEEPER}whose intent is:\t{look.paint('value', one_line(str(message.intent)))}"
    for entity in message.entities:
        kind = " ".join(str(entity[key]) for key in ("entity", "role", "group") if entity.get(key))
        yield f"{_DEEPER}with {one_line(kind)}:\t{look.paint('value', _value(entity.get('value')))}"


def history(scene: Scene, look: Look = AS_TEXT) -> str:
    """The whole session with what the bot said and what was remembered."""
    lines = [RULE, "Chat history:"]
    for episode in _episodes(scene.history):
        if any(isinstance(event, UserUttered) or _is_listen(event) for event in episode):
            lines += ["", *_turns([None, *episode], look, _told)]
    return "\n".join((*lines, RULE))


def _told(event: Event | None, look: Look) -> Iterator[str]:
    match event:
        case BotUttered(text=text):
            first, *more = lines_of(text or "(no text)")
            yield f"{_INDENT}bot said:\t{first}"
            yield from (f"{_DEEPER}{line}" for line in more)
        case SlotSet(name=name, value=value):
            yield f"{_DEEPER}slot {one_line(name)}:\t{look.paint('value', _value(value))}"
        case ActiveLoop(name=name):
            yield f"{_DEEPER}form:\t{look.paint('value', one_line(str(name)))}"
        case _:
            yield from _turn(event, look)


# --- sayings ---


def greeting(model: str, session: str, so_far: int = 0) -> str:
    goes_on = f", after {so_far} events" if so_far else ""
    return (
        f"Model {one_line(model)}. Recorded as session {one_line(session)}{goes_on}.\n"
        "Bot loaded. Type a message and press enter. /help tells what else can be done."
    )


HELP: Final = """\
At a question about an action, by one key:
    1 2 3 0   as the menu says; 2 and 3 take the choice in the same line: 2 utter_greet
    u r       undo, redo, any number of levels
    b         a bot action before the one that is proposed: b utter_greet
    w         the user says something else instead of the latest message
    m         mark the entities of the latest message; the intent is right
    f         fork before an earlier message; this conversation is kept and exported too
    d         deactivate the form
    a         all the rest of what was recorded is right
    h         the whole history        ?   this
    e         export and go on         q   quit without export; nothing is lost
Where a message is asked for, the same with a slash (/undo, /fork 2), a number for a button, 0 to
export and quit, /restart to begin anew and keep what was, /intent{"entity": "value"} to say exactly
what is meant. A backslash before a message says it word for word: \\0
In a list: a number, a name, a part of one; a name that is new is asked about (+name: it is new).
Enter alone goes back. Ctrl-C asks whether to stop."""


def chosen(action: str, look: Look = AS_TEXT) -> str:
    return f"thanks! The bot will now [{look.paint('action', one_line(action))}]\n -----------"


def written(kind: Kind, path: Path, count: int, known: int = 0) -> str:
    had = f" ({known:,} it had already)" if known else ""
    return f"{_counted(kind, count)} written to {one_line(str(path))}{had}."


def not_written(kind: Kind, count: int) -> str:
    return f"{_counted(kind, count)} not written ({_OPTIONS[kind]} FILE does it); nothing is lost."


def _counted(kind: Kind, count: int) -> str:
    return f"{count:,} {_KINDS[kind][count != 1]}"
