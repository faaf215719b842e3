"""What the doctor finds: what was looked at, how it is, what it means, what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from recorder.errors import RecorderError

Level = Literal["ok", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    level: Level
    """`warn`: it works, but not for long or not as it should. `error`: something does not work."""
    says: str
    mend: str = ""
    """A command, or what else to do."""


def fine(check: str, says: str, mend: str = "") -> Finding:
    return Finding(check, "ok", says, mend)


def warn(check: str, says: str, mend: str = "") -> Finding:
    return Finding(check, "warn", says, mend)


def fail(check: str, says: str, mend: str = "") -> Finding:
    return Finding(check, "error", says, mend)


def guarded(check: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; whatever keeps a check from its end is one too."""
    try:
        yield from findings
    except RecorderError as error:
        yield fail(check, str(error))
    except Exception as error:  # whatever is broken is what we are here for
        said = str(error).strip().splitlines() or [""]
        yield fail(check, f"It could not be checked: {type(error).__name__}: {said[0]}")


def size(count: float) -> str:
    """Bytes for people."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
