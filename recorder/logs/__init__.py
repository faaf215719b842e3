"""LOGS: what the program does, for whoever runs it; never what was said, nor who said it.

The faces log, and what they inject into the store; everything below returns what it has to say.
`recorder.logs.facts` lists what a line may hold: anything else is left out, whoever logs it.
Until `configure` was called nothing is logged and nothing of structlog is imported.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from recorder.errors import SettingUnusable

if TYPE_CHECKING:
    from recorder.store.observing import Written

FORMAT: Final = "RECORDER_LOG"
LEVEL: Final = "RECORDER_LOG_LEVEL"
_FORMATS: Final = ("json", "text")
_LEVELS: Final = ("debug", "info", "warning", "error")

SLOW: Final = 1.0
"""Seconds from which an append is worth a line."""


class _Silent:
    """Nobody has asked for logs."""

    def info(self, event: str, **facts: object) -> None: ...

    warning = error = info


_logger: Any = _Silent()


def info(event: str, **facts: object) -> None:
    _log("info", event, facts)


def warning(event: str, **facts: object) -> None:
    _log("warning", event, facts)


def error(event: str, **facts: object) -> None:
    _log("error", event, facts)


def _log(level: str, event: str, facts: Mapping[str, object]) -> None:
    with suppress(OSError, ValueError):  # stderr is full, or closed: what is done is done all the same
        getattr(_logger, level)(event, **facts)


def is_on() -> bool:
    return not isinstance(_logger, _Silent)


def level(environ: Mapping[str, str]) -> str:
    """From which level lines are logged. Raises SettingUnusable."""
    return _chosen(environ, LEVEL, _LEVELS) or "info"


def configure(environ: Mapping[str, str], *, stays: bool) -> None:
    """Log to stderr from now on: JSON lines, or lines for people where it is a terminal.

    What no line may hold is kept from those of other libraries too, and from what Python prints of
    an exception that nobody caught.

    Args:
        stays: the process runs until it is stopped. One that ends by itself tells in its own words
            what it did, so it logs only where RECORDER_LOG or RECORDER_LOG_LEVEL is set.

    Raises:
        SettingUnusable: one of these variables has a value that it cannot have.
    """
    global _logger
    form, least = _chosen(environ, FORMAT, _FORMATS), level(environ)
    if is_on() or not (stays or environ.get(FORMAT) or environ.get(LEVEL)):
        return
    import logging

    import structlog  # a tenth of a second, for those who log only

    from recorder.logs.facts import only_facts

    as_json = form == "json" or (not form and not sys.stderr.isatty())
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        only_facts,
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ]
    _logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, least.upper())),
        cache_logger_on_first_use=True,
    )
    _take_over(processors)


def _chosen(environ: Mapping[str, str], variable: str, values: tuple[str, ...]) -> str:
    value = environ.get(variable, "")
    if value and value not in values:
        raise SettingUnusable(variable, f"it is one of {', '.join(values)}")
    return value


def _take_over(processors: list[Any]) -> None:
    """Whatever else would be written to stderr is written by the same rules."""
    import logging

    from recorder.logs.facts import place_of

    def record(
        name: str,
        level: int,
        path: str,
        line: int,
        message: object,
        arguments: object,
        exception: Any,
        function: str | None = None,
        stack: str | None = None,
        **more: object,
    ) -> logging.LogRecord:
        """Libraries have handlers of their own, and words that quote what they worked on: those go."""
        facts: Any = {"event": "library", "place": place_of(path, line)}
        caught = exception[1] if isinstance(exception, tuple) else None
        if caught is not None:
            facts |= {"error": caught, "traceback": caught}
        for processor in processors:
            facts = processor(None, logging.getLevelName(level).lower(), facts)
        return logging.LogRecord(name, level, path, line, facts, (), None, function)

    logging.setLogRecordFactory(record)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda thread: _uncaught(thread.exc_type, thread.exc_value, thread.exc_traceback)


def _uncaught(kind: type[BaseException], caught: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        error("crashed", error=caught or kind, traceback=caught)


def written(report: Written) -> None:
    """Observer of a log: the transactions that did not go as they should."""
    from recorder.logs.facts import digest

    if report.lost:
        warning("connection_lost", times=report.lost, appends=report.appends, seconds=report.seconds)
    if report.error is not None:
        error("append_failed", error=report.error, appends=report.appends, seconds=report.seconds)
    elif report.seconds > SLOW:
        warning("append_slow", appends=report.appends, events=report.events, seconds=report.seconds)
    for refusal in report.refused:
        stream = getattr(refusal, "stream", None)
        info("append_refused", error=refusal, stream=digest(stream) if stream else None)
