"""A bar for what takes longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PATIENCE: Final = 2.0
"""Seconds: what is done by then needs no bar."""


@contextmanager
def progress_bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Takes how many are done, and of how many; shown on a terminal's stderr, and nowhere else."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", total=None)
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if time.monotonic() - began > PATIENCE:
            bar.start()

    try:
        yield tell
    finally:
        bar.stop()
