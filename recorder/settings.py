"""Where the log and the models are; read once, from flags and environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from recorder.store.key_source import KeySource

DEFAULT_DATABASE: Final = "sqlite:///recorder.db"
DEFAULT_MODELS: Final = "models"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run of the program works on."""

    database: str = DEFAULT_DATABASE
    """SQLAlchemy URL of the log."""
    models: Path = Path(DEFAULT_MODELS)
    """Folder of trained models."""
    keys: KeySource = field(default_factory=lambda: KeySource.of(os.environ))
    """Where the master key is; none named: beside the database file."""
    scheduler: str = ""
    """Address of the Dask scheduler that batch jobs run on; "": none."""
    workers: int = 0
    """Processes of this machine that batch jobs run on, where no scheduler is named; 0: this one does."""
    replica: str | None = field(default_factory=lambda: os.environ.get("RECORDER_REPLICA") or None)
    """SQLAlchemy URL of a read replica of the database; lists of sessions are read there."""
    session_hours: str = field(default_factory=lambda: os.environ.get("RECORDER_SESSION_HOURS", ""))
    """Hours for which nobody may be there until a sign-in to the review app ends; "": 8."""
    oidc_roles: str = field(default_factory=lambda: os.environ.get("RECORDER_OIDC_ROLES", ""))
    """Which role an OpenID provider's claims give, as `signing_in.read_roles` takes it."""
    redact: str = field(default_factory=lambda: os.environ.get("RECORDER_REDACT", ""))
    """Kinds of personal data that go before anything is recorded, separated by commas."""
    patterns: str = field(default_factory=lambda: os.environ.get("RECORDER_REDACT_PATTERNS", ""))
    """More of them as `name=regular expression`, one a line."""
