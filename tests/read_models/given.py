"""Logs with read models, and what is in the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from recorder.read_models import generations
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.generations import Generation
from recorder.read_models.model import Model
from recorder.read_models.registry import MODELS
from recorder.read_models.session_list import Filters, SessionList
from recorder.store.sql import SqlLog

Content = dict[str, list[tuple[object, ...]]]


@dataclass
class World:
    """A log as one program sees it, with its read models."""

    log: SqlLog
    models: ReadModels
    sessions: SessionList
    known: Mapping[str, Model]

    @classmethod
    def of(cls, log: SqlLog, edition: int = 1) -> World:
        """Args: edition: of all its read models."""
        known = {name: replace(model, edition=edition) for name, model in MODELS.items()}
        return cls(
            log, ReadModels(log.engine, log, models=known), SessionList(log.engine, models=known), known
        )

    def ids(self, filters: Filters = Filters(), annotator: str = "ana") -> list[str]:  # noqa: B008  # frozen
        self.models.catch_up()
        return self.listed(filters, annotator)

    def listed(self, filters: Filters = Filters(), annotator: str = "ana") -> list[str]:  # noqa: B008  # frozen
        """As the tables are."""
        return [entry.id for entry in self.sessions.page(filters, annotator).entries]

    def generations(self) -> list[Generation]:
        with self.log.engine.connect() as connection:
            return generations.load(connection)

    def states(self) -> set[tuple[int, str]]:
        """Edition and state of each generation."""
        return {(each.edition, each.state) for each in self.generations()}

    def content(self) -> Content:
        """Table -> rows that are served, sorted, without their generation."""
        with self.log.engine.connect() as connection:
            shown = generations.shown(generations.load(connection), self.known)
            return {
                table.name: sorted(
                    (
                        tuple(row)[1:]
                        for row in connection.execute(
                            select(table).where(table.c.generation == shown[model.name])
                        )
                    ),
                    key=repr,
                )
                for model in self.known.values()
                for table in (*model.tables, *([model.sums] if model.sums is not None else []))
            }

    def count(self) -> int:
        """Rows of all generations."""
        tables = [t for model in self.known.values() for t in (*model.tables, model.sums) if t is not None]
        with self.log.engine.connect() as connection:
            return sum(len(connection.execute(select(table)).all()) for table in tables)
