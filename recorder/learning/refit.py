"""A model that a trainer corrects, fitted anew after each correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from recorder.dialogue.domain import Domain
from recorder.learning import policy
from recorder.learning.model import Model
from recorder.learning.policy import Dialogue, Lesson


@dataclass(frozen=True, slots=True)
class Refit:
    """Makes other models of one: only what comes next is learned anew."""

    model: Model
    dialogues: Sequence[Dialogue] = ()
    """What the model was trained on, as far as it should keep counting."""
    rules: Sequence[Dialogue] = ()

    def __call__(self, domain: Domain, confirmed: Sequence[Lesson], corrected: Sequence[Lesson]) -> Model:
        """The model after what the trainer has said so far; for a corrected history it proposes that action.

        Its id tells how many corrections it knows, and differs where they do. Without dialogues and rules
        it keeps what it has learned and knows the trainer's histories by heart.

        Args: domain: with what was invented meanwhile.
        """
        if self.dialogues or self.rules:
            fitted = policy.fit(self.dialogues, self.rules, domain, confirmed=confirmed, corrected=corrected)
        else:
            fitted = policy.remember(self.model.policy, domain, confirmed, corrected)
        said = [(lesson.history.key, lesson.action) for part in (confirmed, corrected) for lesson in part]
        digest = sha256(repr((said, len(self.dialogues), len(self.rules))).encode("utf-8", "surrogatepass"))
        name = f"{self.model.id}+{len(corrected)}-{digest.hexdigest()[:6]}"
        return replace(self.model, id=name, domain=domain, policy=fitted)
