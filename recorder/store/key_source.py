"""Where the master key comes from: the environment, a file, a command.

Each may hold several keys, one a line: the first is that which a rotation goes to, the others only open.
"""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recorder.errors import KeyUnusable
from recorder.store.drafts import drafting, settle, write_through

if TYPE_CHECKING:
    from recorder.store.keys import KeyRing, MasterKey

_COMMAND_TIMEOUT: Final = 30.0
"""Seconds."""
_LENGTH: Final = 32
_VARIABLE: Final = "RECORDER_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the master key comes from; at most one of the three is given."""

    value: str = field(default="", repr=False)
    """The key itself: 32 bytes in base64."""
    file: Path | None = None
    """A file that holds it."""
    command: str = ""
    """A command that prints it, without a shell."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> KeySource:
        """Raises KeyUnusable where more than one variable is set."""
        value, file, command = (environ.get(_VARIABLE + end, "") for end in ("", "_FILE", "_COMMAND"))
        if sum(map(bool, (value, file, command))) > 1:
            raise KeyUnusable(f"{_VARIABLE}, {_VARIABLE}_FILE and {_VARIABLE}_COMMAND exclude each other")
        return cls(value, Path(file) if file else None, command)

    def or_beside(self, url: str) -> KeySource:
        """Itself; where it names nothing, the file beside a database file (a server's has no such place)."""
        from recorder.store.database import database_file  # brings SQLAlchemy, which settings do without

        if self.value or self.file or self.command or not (file := database_file(url)):
            return self
        return KeySource(file=file.with_name(file.name + ".key"))

    def load(self) -> KeyRing:
        """Raises KeyUnusable: no source, no file, no key in it."""
        from recorder.store.keys import KeyRing

        return KeyRing(self.read(), self.read)

    def read(self) -> list[MasterKey]:
        """The keys as they stand there now, at least one; raises KeyUnusable."""
        from recorder.store.keys import MasterKey

        return [MasterKey(secret) for secret in _parsed(*self._text())]

    def _text(self) -> tuple[str, str]:
        """What holds the keys, and how to call it."""
        if self.value:
            return self.value, _VARIABLE
        if self.command:
            return _output(self.command), "what the key command prints"
        if self.file is None:
            raise KeyUnusable("no master key is named", _ADVICE)
        try:
            return self.file.read_text("ascii", errors="replace"), str(self.file)
        except OSError as error:
            raise KeyUnusable(f"{self.file}: {error.strerror or error}", _ADVICE) from None

    def make(self) -> KeyRing:
        """The key; its file is made with a new one if there is none. Raises KeyUnusable."""
        if self.is_file and self.file is not None and not self.file.exists():
            _write(self.file, base64.b64encode(os.urandom(_LENGTH)) + b"\n")
        return self.load()

    def replace(self, keys: Sequence[MasterKey]) -> None:
        """Let the file hold these keys, whole and on disk when this returns; who may read it stays.

        Raises:
            KeyUnusable: it is no file, or cannot be written.
        """
        assert self.file is not None
        file = self.file.resolve()  # what a link leads to, not the link
        content = b"".join(base64.b64encode(key.secret) + b"\n" for key in keys)
        try:
            _replace(file, content)
        except OSError as error:
            raise KeyUnusable(f"{file}: {error.strerror or error}", _ADVICE) from None

    @property
    def described(self) -> str:
        """For people."""
        if self.value:
            return f"the variable {_VARIABLE}"
        return "the key command" if self.command else f"the file {self.file}"

    @property
    def is_file(self) -> bool:
        return not self.value and not self.command and self.file is not None


_ADVICE: Final = f"Set {_VARIABLE}_FILE, {_VARIABLE}_COMMAND or {_VARIABLE}."


def _parsed(text: str, origin: str) -> list[bytes]:
    try:
        secrets = [base64.b64decode(line, validate=True) for line in text.split()]
    except (binascii.Error, ValueError):
        secrets = []
    if not secrets or any(len(secret) != _LENGTH for secret in secrets):
        raise KeyUnusable(f"{origin} is no key: 32 bytes in base64 are wanted")
    return secrets


def _output(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  (the operator's own command, without a shell)
            shlex.split(command), capture_output=True, timeout=_COMMAND_TIMEOUT, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # Its output may hold the key, so it is not repeated.
        raise KeyUnusable(f"the key command failed ({type(error).__name__})") from None
    return done.stdout.decode("ascii", "replace")


def _write(file: Path, content: bytes) -> None:
    """For the owner's eyes only, whole and on disk when this returns; never over what is there."""
    try:
        with drafting(file.parent) as drafts:
            write_through(drafts / file.name, content)
            (drafts / file.name).chmod(0o600)
            with suppress(FileExistsError):  # somebody else was first
                os.link(drafts / file.name, file)
            settle(file.parent)
    except OSError as error:
        raise KeyUnusable(f"{file}: {error.strerror or error}", _ADVICE) from None


def _replace(file: Path, content: bytes) -> None:
    now = file.stat()
    with drafting(file.parent) as drafts:
        draft = drafts / file.name
        write_through(draft, content)
        if (now.st_uid, now.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(draft, now.st_uid, now.st_gid)
        draft.chmod(now.st_mode & 0o777)
        draft.replace(file)
        settle(file.parent)
