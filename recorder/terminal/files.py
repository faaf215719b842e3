"""What was taught, added to the trainer's own files: stories, examples, what the domain lacks."""

from __future__ import annotations

from pathlib import Path

from recorder.services import adding
from recorder.services.taught import Taught
from recorder.terminal.loop import Written
from recorder.terminal.questions import Kind


class TrainingFiles:
    def counts(self, taught: Taught) -> dict[Kind, int]:
        domain = taught.domain
        named = (
            domain.intents,
            domain.entities,
            domain.slots,
            domain.actions,
            domain.responses,
            domain.forms,
        )
        return {
            "stories": len(taught.stories),
            "examples": len(taught.examples),
            "domain": sum(map(len, named)),
        }

    def write(self, kind: Kind, path: Path, taught: Taught) -> Written:
        """Raises NotationError, OutputChanged, OutputUnwritable; nothing is written then."""
        addition = _addition(kind, path, taught)
        adding.write(addition)
        problems = tuple(problem.message for problem in addition.problems)
        return Written(len(addition.added), len(addition.known), problems)


def _addition(kind: Kind, path: Path, taught: Taught) -> adding.Addition:
    match kind:
        case "stories":
            return adding.stories(path, taught.stories)
        case "examples":
            return adding.examples(path, taught.examples)
        case "domain":
            return adding.domain(path, taught.domain)
