"""Metrics in OpenMetrics: what this process does to the log, and how the log is at the moment.

docs/operations.md has them in a table. None has a label whose values come from what users said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from weakref import WeakSet

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from recorder import __version__, logs
from recorder.errors import EventConflict, VersionConflict
from recorder.settings import Settings
from recorder.store.database import open_database
from recorder.store.observing import Written
from recorder.store.sql import SqlLog
from recorder.upkeep import condition

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_APPENDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics(Collector):
    """What one process counts; `PROCESS` is this one's."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._logs: WeakSet[SqlLog] = WeakSet()
        self._waiting: list[Callable[[], int]] = []
        self._seconds = Histogram(
            "recorder_append_seconds",
            "One transaction of those who append, from the wait for the lock to the commit.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._group = Histogram(
            "recorder_append_group_size",
            "Appends that were written in one transaction.",
            buckets=_APPENDS,
            registry=registry,
        )
        self._events = Counter("recorder_events_appended", "Events written.", registry=registry)
        self._conflicts = Counter(
            "recorder_append_conflicts", "Appends refused because somebody was first.", registry=registry
        )
        self._failures = Counter(
            "recorder_append_failures",
            "Transactions that the database refused, by the class of the error.",
            ["error"],
            registry=registry,
        )
        self._lost = Counter(
            "recorder_connections_lost", "Transactions done again on a new connection.", registry=registry
        )
        self._requests = Counter(
            "recorder_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "recorder_request_seconds",
            "One request, from its head to the last byte of the answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        for collector in (ProcessCollector, PlatformCollector):
            collector(registry=registry)
        registry.register(self)

    def observe(self, report: Written) -> None:
        """Observer of a log."""
        self._seconds.observe(report.seconds)
        if report.lost:
            self._lost.inc(report.lost)
        if report.error is not None:
            self._failures.labels(type(report.error).__name__).inc()
            return
        self._group.observe(report.appends)
        self._events.inc(report.events)
        for refusal in report.refused:
            if isinstance(refusal, (VersionConflict, EventConflict)):
                self._conflicts.inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Args: route: with names in the place of ids."""
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def ask_for_waiting(self, waiting: Callable[[], int]) -> None:
        """Tells how many requests wait, or are served, whenever somebody wants to know."""
        self._waiting.append(waiting)

    def watch(self, log: SqlLog) -> None:
        """Its queue is counted as long as it lives."""
        self._logs.add(log)

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("recorder_build", "The program.", {"version": __version__})
        waiting = sum(log.waiting for log in self._logs)
        yield _gauge(
            "recorder_appends_waiting", "Appends that wait for the transaction before them.", waiting
        )
        yield _gauge(
            "recorder_requests_waiting",
            "Requests about sessions that wait, or are served now.",
            sum(ask() for ask in self._waiting),
        )


PROCESS: Final = Metrics()


class LogMetrics(Collector):
    """How the log is, asked of the database each time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        try:
            found = list(self._of_database())
        except Exception as error:  # whatever it is, what the process counts is told all the same
            logs.warning("database_unreachable", error=error)
            found = []
        yield _gauge("recorder_database_up", "Whether the database answers.", bool(found))
        yield from found
        yield from self._of_models()

    def _of_database(self) -> Iterator[Metric]:
        database = open_database(self._settings.database)
        try:
            head, models = condition.progress(database)
            yield _gauge("recorder_log_position", "Position of the latest event.", head)
            place = GaugeMetricFamily(
                "recorder_read_model_position", "How far a read model is.", labels=["model"]
            )
            lag = GaugeMetricFamily(
                "recorder_read_model_lag_events", "Events it is behind the log.", labels=["model"]
            )
            for name, position in models.items():
                place.add_metric([name], position)
                lag.add_metric([name], max(0, head - position))
            yield place
            yield lag
            yield _gauge("recorder_database_bytes", "Bytes on disk.", condition.size(database))
            if (room := condition.room(database)) is not None:
                yield _gauge("recorder_database_room_bytes", "Bytes free where its file lies.", room)
        finally:
            database.close()

    def _of_models(self) -> Iterator[Metric]:
        from recorder.store.model_files import ModelFiles  # brings numpy

        models = ModelFiles(self._settings.models).list()
        yield _gauge("recorder_models", "Trained models in the folder.", len(models))
        if models:
            trained = models[0].trained_at.timestamp()
            yield _gauge("recorder_model_trained_timestamp_seconds", "When the latest was trained.", trained)


def all_metrics(settings: Settings, metrics: Metrics = PROCESS) -> CollectorRegistry:
    """What a process counts, and how the log of the settings is."""
    registry = CollectorRegistry()
    registry.register(metrics.registry)  # it collects, too
    registry.register(LogMetrics(settings))
    return registry


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
