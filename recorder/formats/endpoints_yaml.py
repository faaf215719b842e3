"""`endpoints.yml`: where the action server is, and how it knows us.

Rasa's other endpoints may stand in the file; they are named as not used. `${NAME}` in a value is what
the environment has under that name.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from recorder.errors import NotationError
from recorder.formats.problems import Findings, Problem
from recorder.formats.yaml_reader import Items, Map, load

TIMEOUT: Final = 30.0
"""Seconds that an action may take, where the file does not say."""

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_NO_HEADER: Final = re.compile(r"[^\x21-\x7e\x80-\xff \t]|^\s|\s$")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_KNOWN: Final = (
    "url",
    "token",
    "token_name",
    "headers",
    "basic_auth",
    "enable_selective_domain",
    "cafile",
    "timeout",
)


@dataclass(frozen=True, slots=True)
class ActionEndpoint:
    """An action server."""

    url: str
    """Scheme, host, port and path: it may be shown."""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """With the one that basic_auth stands for."""
    enable_selective_domain: bool = False
    """The domain is sent along with actions marked `send_domain: true` alone."""
    cafile: str | None = None
    """Certificates to trust instead of the system's; from the folder where the program runs, as in Rasa."""
    timeout: float = TIMEOUT
    """Seconds for a whole call."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, the longest first."""
        values = {*(value for _, value in self.query), *self.headers.values()}
        return tuple(sorted(filter(None, values), key=len, reverse=True))


class Endpoints(NamedTuple):
    action_endpoint: ActionEndpoint | None
    problems: tuple[Problem, ...] = ()
    """What stands in the file and is not used."""


def loads(text: str, name: str = "", *, environ: Mapping[str, str]) -> Endpoints:
    """Read a text; raises NotationError where it is no YAML, or does not say where the action server is."""
    document = load(text, name)
    findings = Findings(name, document.problems)
    root = document.root
    for key, line in root.lines.items():
        if key != "action_endpoint":
            findings.add(line, f"`{key}` is not used here")
    if root.get("action_endpoint") is None:
        return Endpoints(None, findings.problems)
    return Endpoints(_Reader(name, environ).endpoint(root, findings), findings.problems)


class _Reader:
    def __init__(self, file: str, environ: Mapping[str, str]) -> None:
        self.file, self.environ = file, environ

    def endpoint(self, root: Map, findings: Findings) -> ActionEndpoint:
        given = root["action_endpoint"]
        if not isinstance(given, Map):
            raise self._wrong(root.lines["action_endpoint"], "expected `url:` below `action_endpoint:`")
        for key, line in given.lines.items():
            if key not in _KNOWN:
                findings.add(line, f"`{key}` of action_endpoint is not used here")
        url, where = self._url(given)
        token = self._text(given, "token")
        own = parse_qsl(url.query, keep_blank_values=True)
        query = [*own, *([(self._text(given, "token_name") or "token", token)] if token else [])]
        return ActionEndpoint(
            where,
            tuple(query),
            self._headers(given, url),
            self._flag(given, "enable_selective_domain"),
            self._text(given, "cafile"),
            self._seconds(given, "timeout"),
        )

    def _url(self, given: Map) -> tuple[SplitResult, str]:
        """The address in parts, and as it may be shown: without user, password and query."""
        text = self._text(given, "url")
        line = given.lines.get("url", given.line)
        if not text:
            hint = " (code that this program shall run itself is named with --actions)"
            raise self._wrong(
                line, f"action_endpoint has no `url:`{hint if 'actions_module' in given else ''}"
            )
        try:
            url = urlsplit(text)
            port, host = url.port, (url.hostname or "").encode("idna" if url.hostname else "ascii").decode()
        except ValueError:  # a port that is no number, brackets that do not close, a name that is none
            raise self._wrong(line, "the `url:` of action_endpoint is no address") from None
        if url.scheme not in ("http", "https") or not host or not text.isprintable() or " " in text:
            example = "http://localhost:5055/webhook"
            raise self._wrong(line, f"the `url:` of action_endpoint is no address such as {example}")
        place = f"[{host}]" if ":" in host else host
        return url, f"{url.scheme}://{place}{f':{port}' if port is not None else ''}{url.path or '/'}"

    def _headers(self, given: Map, url: SplitResult) -> dict[str, str]:
        found = given.get("headers") or Map(given.line)
        if not isinstance(found, Map):
            raise self._wrong(given.lines["headers"], "expected `name: value` below `headers:`")
        headers = {}
        for name in found:
            value = self._text(found, name) or ""
            if not _HEADER_NAME.fullmatch(name) or _NO_HEADER.search(value):
                raise self._wrong(found.lines[name], f"header {name!r} cannot be sent like this")
            headers[name] = value
        user, password = self._credentials(given, url)
        if user or password:
            headers["Authorization"] = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
        return headers

    def _credentials(self, given: Map, url: SplitResult) -> tuple[str, str]:
        found = given.get("basic_auth")
        if found is None:
            return unquote(url.username or ""), unquote(url.password or "")
        if not isinstance(found, Map):
            line = given.lines["basic_auth"]
            raise self._wrong(line, "expected `username:` and `password:` below `basic_auth:`")
        return self._text(found, "username") or "", self._text(found, "password") or ""

    def _text(self, parent: Map, key: str) -> str | None:
        """A plain value as text, with what it takes from the environment."""
        value, line = parent.get(key), parent.lines.get(key, parent.line)
        if value is None:
            return None
        if isinstance(value, Map | Items):
            raise self._wrong(line, f"expected a text after `{key}:`")
        text = str(value) if not isinstance(value, bool) else str(value).lower()
        return _VARIABLE.sub(lambda found: self._variable(found[1], line), text)

    def _variable(self, name: str, line: int) -> str:
        if name not in self.environ:
            raise self._wrong(line, f"the environment has no variable {name}")
        return self.environ[name]

    def _flag(self, parent: Map, key: str) -> bool:
        text = (self._text(parent, key) or "false").lower()
        if text not in ("true", "false"):
            raise self._wrong(parent.lines[key], f"expected true or false after `{key}:`")
        return text == "true"

    def _seconds(self, parent: Map, key: str) -> float:
        text = self._text(parent, key)
        try:
            seconds = TIMEOUT if text is None else float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 3600:
            raise self._wrong(parent.lines[key], f"expected seconds after `{key}:`, at most 3600")
        return seconds

    def _wrong(self, line: int | None, message: Any) -> NotationError:
        return NotationError(message, file=self.file, line=line)
