"""What the trainer is asked: values in, text out. The words and their places are Rasa Core's.

Of the conversation the present turn is shown, and what the bot did before it; `transcript.history` tells all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from recorder.terminal import dialog, sayings, transcript
from recorder.terminal.look import AS_TEXT, Look
from recorder.terminal.questions import (
    BeforeWhich,
    Button,
    IsItForked,
    IsItMeant,
    IsItNew,
    IsItRight,
    IsItValidated,
    Question,
    Ranking,
    StopOrNot,
    WhatInstead,
    WhatIsSaid,
    WhatItSays,
    WhichAction,
    WhichEntities,
    WhichFile,
    WhichIntent,
)
from recorder.terminal.words import one_line

_LIST_WIDTH: Final = 54
"""Columns of a list as Rasa Core prints it: number, name, probability."""

_EXPORT: Final = "0 Export current conversations as stories and quit"


def text_of(question: Question, look: Look = AS_TEXT) -> str:
    """A question as it stands on the screen, without a line end."""
    return "\n".join(_lines(question, look))


def _lines(question: Question, look: Look) -> Iterator[str]:
    match question:
        case WhatIsSaid():
            yield from _message(question)
        case IsItRight():
            yield from transcript.scene(question.scene, look)
            yield from _judgement(question, look)
        case IsItMeant(scene=scene):
            yield from transcript.scene(scene, look)
            intent = str(scene.message.intent) if scene.message else ""
            yield f"The user means [{look.paint('value', one_line(intent))}]. Is this correct?"
            yield from _menu("1 Yes", "3 The intent is wrong", _EXPORT)
        case IsItForked(scene=scene, action=action):
            yield from transcript.scene(scene, look)
            what = (
                f"the bot does [{look.paint('action', one_line(action))}]" if action else "it is as you said"
            )
            yield "What was recorded after this answers what the bot should not have done."
            yield from _menu(f"1 Go on in a fork, in which {what}", _EXPORT)
        case IsItValidated(scene=scene, form=form, slot=slot):
            yield from transcript.scene(scene, look)
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


def _menu(*lines: str) -> Iterator[str]:
    yield ""
    for line in lines:
        key, _, words = line.partition(" ")
        yield f"    {key}.\t{words}"


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
    what = sayings.KINDS[asked.kind][1]
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
