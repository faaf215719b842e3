"""Train a model from files, and compare two models on the reviewed sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from recorder.dialogue.domain import ACTION_LISTEN, Domain
from recorder.dialogue.tracker import Tracker, evolve
from recorder.errors import DomainMismatch, TrainingError
from recorder.formats.problems import Problem
from recorder.learning import evaluation, structured
from recorder.learning.evaluation import Answers, Asked, Comparison, Question
from recorder.learning.model import Model, data_hash, train_and_check
from recorder.review.corrections import CorrectedEpisode
from recorder.review.people import Person, require
from recorder.services import exported, training_files, validating
from recorder.services.gold import Judged, ReviewedSession, judged, settled
from recorder.store.log import EventLog
from recorder.store.model_files import ModelFile, ModelFiles
from recorder.store.shards import Here, Shard, Workers
from recorder.stories.events import dialogues_of, dialogues_of_rules


@dataclass(frozen=True, slots=True)
class Training:
    """A model that was trained and written."""

    model: Model
    file: ModelFile
    problems: tuple[Problem, ...]
    """What is wrong with the data without standing in the way."""


def train(
    paths: Iterable[Path],
    models: ModelFiles,
    *,
    clock: Callable[[], datetime],
    tell: Callable[[str], None] = lambda doing: None,
) -> Training:
    """Read files and folders, learn from all of them, write the model.

    What an intent, entity or slot that no domain declares teaches is learned all the same; steps whose
    action no domain declares are not, since no model could propose it.

    Args:
        tell: is told what is being done.

    Raises:
        TrainingError: a file cannot be read, no domain, nothing to learn from; nothing is written.
        OutputUnwritable: the model cannot be written.
    """
    tell("reading")
    paths = list(paths)
    files = training_files.read(paths)
    _refuse_unreadable(files.unreadable)
    domain = files.domain
    if domain is None:
        raise TrainingError("There is no domain in these files: name it with --domain.")
    dialogues, rules = dialogues_of(files.stories, domain), dialogues_of_rules(files.rules, domain)
    tell("learning")
    model, guesses = train_and_check(files.nlu, dialogues, domain, rules=rules)
    tell("checking")
    intents = evaluation.score(evaluation.intent_confusion(guesses))
    actions = evaluation.score(evaluation.cross_validate(dialogues, rules, domain))
    tell("writing")
    metadata = {
        "trained_at": clock(),
        "data_hash": data_hash(files.nlu, dialogues, domain, rules),
        "scores": {
            "intent_accuracy": intents.accuracy,
            "intent_macro_f1": intents.macro_f1,
            "action_accuracy": actions.accuracy,
            "action_macro_f1": actions.macro_f1,
        },
        "counts": {
            "intents": len({example.intent for example in files.nlu.examples}),
            "examples": len(files.nlu.examples),
            "stories": len(files.stories),
            "rules": len(files.rules),
            "dialogues": len(dialogues),
            "actions": len(model.policy.actions),
        },
        "log_position": _log_position(Path(file.path).parent for file in files.files),
    }
    return Training(model, models.save(model, metadata), validating.problems_of(files))


def _refuse_unreadable(problems: Sequence[Problem]) -> None:
    if problems:
        places = (f"{p.file}:{p.line}" if p.line else p.file for p in problems)
        lines = [f"{place}: {p.message}" for place, p in zip(places, problems, strict=True)]
        raise TrainingError("\n".join(["Not all of the data can be read; no model was trained.", *lines]))


def _log_position(folders: Iterable[Path]) -> int | None:
    """As of which position the exports among the data were compiled; their manifests tell."""
    positions = [exported.read_manifest(folder).get("log_position") for folder in dict.fromkeys(folders)]
    return max((position for position in positions if isinstance(position, int)), default=None)


def compare(
    log: EventLog,
    old: Model,
    new: Model,
    person: Person,
    *,
    as_of: int | None = None,
    workers: Workers | None = None,
) -> Comparison:
    """What two models say at each step of the sessions whose review is submitted.

    Args:
        as_of: nothing after this position of the log counts; None: all of it does.
        workers: who asks the models; None: this process.

    Raises:
        NotAllowed.
        DomainMismatch: a model has none of the actions that were right.
    """
    require(person, "compare_models")
    parts = (workers or Here(log)).map(partial(compared, old=old, new=new), judged(log, as_of))
    comparison = Comparison(tuple(answers for part in parts for answers in part))
    for model in (old, new):
        _refuse_stranger(model, comparison)
    return comparison


def compared(log: EventLog, shard: Shard[Judged], old: Model, new: Model) -> tuple[Answers, ...]:
    """What two models say at the reviewed steps of a shard, by session."""
    asked = (one for session in settled(log, shard, new.domain) for one in questions(session, new.domain))
    return evaluation.compare(old, new, asked).answers


def questions(session: ReviewedSession, domain: Domain) -> Iterator[Asked]:
    """The reviewed steps; structured messages are left out, since no model reads them."""
    for episode in session.episodes:
        for message in episode.messages:
            if structured.read(message.text) is None:
                question = Question(session.session, message.step, "understanding", message.intent)
                yield Asked(question, message.text)
        yield from _action_questions(episode, domain)


def _action_questions(episode: CorrectedEpisode, domain: Domain) -> Iterator[Asked]:
    before: list[Tracker] = [Tracker.start(domain)]
    for event in episode.events:
        before.append(evolve(before[-1], event))
    for step in episode.gold:
        if step.kind == "action":
            yield Asked(Question(episode.session, step.step, "action", step.label), before[step.at])


def _refuse_stranger(model: Model, comparison: Comparison) -> None:
    wanted = {answers.question.right for answers in comparison.of("action").answers} - {ACTION_LISTEN}
    if wanted and not wanted & set(model.policy.actions):
        raise DomainMismatch(model.id, f"it has none of the actions {', '.join(sorted(wanted)[:5])}")
