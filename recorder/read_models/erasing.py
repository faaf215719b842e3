"""Sessions that are forgotten leave the read models, for good."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from recorder.read_models import generations, rows
from recorder.read_models.model import key_of
from recorder.read_models.registry import MODELS


def erase(connection: Connection, sessions: Sequence[str]) -> None:
    """Delete all rows of these sessions, in all read models and generations.

    Whoever folds one of them meanwhile, in another process, waits for the end of the transaction, looks
    whether the session's stream still has its name, and leaves it out where it has not. So the name
    must go in the same transaction.

    Args:
        connection: in a transaction that writes (`execution_options(writes=True)`).
        sessions: their ids.
    """
    generations.lock(connection)
    keys = [key_of(session) for session in sessions]
    for each in generations.load(connection):
        if each.model in MODELS:
            rows.replace(connection, MODELS[each.model], each.generation, keys, {})
