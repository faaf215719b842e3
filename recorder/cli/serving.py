"""The review app in this process: Streamlit, on this machine's own address only."""

from __future__ import annotations

import gc
import os
import socket
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recorder import logs
from recorder.bootstrap import open_recorder
from recorder.cli.monitor import start as monitoring
from recorder.errors import AddressRefused, PortTaken
from recorder.settings import Settings

if TYPE_CHECKING:
    from recorder.api.application import Mounted

ADDRESS: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8501
_LOOPBACK: Final = (ADDRESS, "localhost", "::1")
_TRIES: Final = 100

_BROUGHT_ALONG: Final = ("review_app.state", "review_app.views", "pandas", "streamlit.emojis")
"""Modules that a page imports, or Streamlit does for it."""

Flags = dict[str, str | bool | int | tuple[str, ...]]

_FLAGS: Final[Flags] = {
    "server.address": ADDRESS,
    "server.allowedHosts": ("localhost", ADDRESS),  # no other site's name may lead here
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 1,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "runner.magicEnabled": False,
    "logger.hideWelcomeMessage": True,
    "logger.messageFormat": "%(message)s",  # `recorder.logs` has made it a line of ours
    "logger.enableRich": False,  # it would print what the values were
    "theme.paddingTop": "0.25rem",
    "theme.headingFontSizes": ("1.5rem", "1.25rem", "1.1rem"),
    "theme.headingFontWeights": ("600", "600", "600"),
    "theme.light.primaryColor": "#0b6e99",
    "theme.dark.primaryColor": "#4cb4dc",
}
"""Everything is said here, nothing in files; a file of the user's does not change it."""


def check(port: int, address: str = ADDRESS) -> None:
    """Whether the app could listen there. Raises AddressRefused, PortTaken."""
    if address not in _LOOPBACK:
        raise AddressRefused(address)
    if not is_free(port):
        others = range(port + 1, min(port + _TRIES, 65536))
        raise PortTaken(port, next((other for other in others if is_free(other)), None))


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def serve(
    settings: Settings,
    *,
    port: int,
    annotator: str,
    open_browser: bool,
    monitor: tuple[str, int] | None = None,
) -> None:
    """Run the app until Ctrl-C or SIGTERM. Call `check` before.

    Args:
        monitor: address and port at which it is monitored.

    Raises:
        DatabaseUnusable, DatabaseOutOfDate, KeyUnusable, PortTaken: before the app is started.
    """
    open_recorder(settings)
    logs.configure(os.environ, stays=True)
    if monitor is not None:
        print(f"Monitoring: {monitoring(settings, *monitor)}/metrics, /health, /ready", flush=True)
    print(f"Review app: {url(port)} (Ctrl-C stops it)", flush=True)
    logs.info("serving", port=port)
    from streamlit.web import cli  # seconds of imports, for this command only

    _hand_over(settings, annotator)
    _warm_up()
    flags = _flags(port, headless=not open_browser)
    cli.main(["run", str(_app()), *_arguments(flags)], prog_name="recorder review", standalone_mode=False)


def mounted(settings: Settings, *, port: int, annotator: str) -> Mounted:
    """The app as a part of another server, which listens on that port of this machine."""
    import streamlit
    from streamlit.web import bootstrap

    _hand_over(settings, annotator)
    _warm_up()
    bootstrap.load_config_options(_flags(port, headless=True))
    app = streamlit.App(_app())
    return app, app.lifespan()


def _warm_up() -> None:
    """Import what the first page would have to wait for, and let the garbage collector forget it.

    Streamlit collects all garbage after each run of a page, while everybody else waits: over the modules
    alone that takes longer than the page.
    """
    for name in _BROUGHT_ALONG:
        import_module(name)
    gc.collect()
    gc.freeze()


def _hand_over(settings: Settings, annotator: str) -> None:
    """Pages know nothing but the environment."""
    os.environ["RECORDER_DATABASE"] = settings.database
    os.environ["RECORDER_MODELS"] = str(settings.models)
    os.environ["RECORDER_ANNOTATOR"] = annotator


def _flags(port: int, *, headless: bool) -> Flags:
    chosen: Flags = {"server.port": port, "server.headless": headless, "logger.level": logs.level(os.environ)}
    return _FLAGS | chosen


def url(port: int) -> str:
    return f"http://localhost:{port}"


def _arguments(flags: Flags) -> list[str]:
    """A flag of several values is given several times."""
    pairs = ((name, value if isinstance(value, tuple) else (value,)) for name, value in flags.items())
    return [f"--{name}={_word(value)}" for name, values in pairs for value in values]


def _word(value: str | bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _app() -> Path:
    found = find_spec("review_app.app")
    assert found is not None and found.origin is not None  # it is in the same distribution
    return Path(found.origin)
