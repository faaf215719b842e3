"""How the read models are read: one state of them at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from recorder.read_models import generations
from recorder.read_models.generations import Generation
from recorder.read_models.model import Model
from recorder.store.database import translated


@contextmanager
def one_state(engine: Engine, name: str) -> Iterator[tuple[Connection, list[Generation]]]:
    """A connection, and the generations that there are: what is served does not change in between."""
    if engine.dialect.name == "postgresql":  # SQLite has no other way
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with translated(name), engine.connect() as connection:
        yield connection, generations.load(connection)


@contextmanager
def served(
    engine: Engine, name: str, models: Mapping[str, Model]
) -> Iterator[tuple[Connection, dict[str, int]]]:
    """A connection, and which generation of each model to read."""
    with one_state(engine, name) as (connection, there):
        yield connection, generations.shown(there, models)
