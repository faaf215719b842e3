"""The review app in this process: Streamlit, and the page where people sign in."""

from __future__ import annotations

import errno
import gc
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recorder import logs
from recorder.bootstrap import Recorder, open_recorder
from recorder.cli.monitor import start as monitoring
from recorder.errors import AddressRefused, PortTaken
from recorder.services import accounts
from recorder.services.signing_in import Door, idle_time
from recorder.settings import Settings

if TYPE_CHECKING:
    from streamlit import App

    from recorder.api.application import Mounted

ADDRESS: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8501
_TRIES: Final = 100
_DEADLINE: Final = 5
"""Seconds in which what was begun has to come to its end when the app is stopped."""

_BROUGHT_ALONG: Final = ("review_app.state", "review_app.views", "pandas", "streamlit.emojis")
"""Modules that a page imports, or Streamlit does for it."""

Flags = dict[str, str | bool | int | tuple[str, ...]]

_FLAGS: Final[Flags] = {
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


def check(port: int, host: str = ADDRESS) -> None:
    """Whether the app could listen there. Raises PortTaken."""
    if not is_free(port, host):
        others = range(port + 1, min(port + _TRIES, 65536))
        raise PortTaken(port, next((other for other in others if is_free(other, host)), None))


def is_free(port: int, host: str = ADDRESS) -> bool:
    """Whether a server could listen on the port now."""
    from recorder.api.server import listening

    try:
        listening(host, port).close()
    except OSError as error:  # whoever cannot listen at an address at all is told so later
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def check_people(recorder: Recorder, host: str) -> bool:
    """Whether people have to sign in there.

    Raises:
        AddressRefused: they would have to, and nobody can.
    """
    from recorder.api.access import is_loopback

    if accounts.any_opened(recorder.log):
        return True
    if is_loopback(host):
        return False
    if not _is_vouched():
        raise AddressRefused(host)
    return True


def serve(
    settings: Settings,
    *,
    port: int,
    annotator: str,
    open_browser: bool,
    host: str = ADDRESS,
    monitor: tuple[str, int] | None = None,
) -> None:
    """Run the app until Ctrl-C or SIGTERM. Call `check` before.

    Args:
        monitor: address and port at which it is monitored.

    Raises:
        DatabaseUnusable, DatabaseOutOfDate, KeyUnusable, PortTaken, AddressRefused, SettingUnusable: before
            the app is started.
    """
    recorder = open_recorder(settings)
    guarded = check_people(recorder, host)
    logs.configure(os.environ, stays=True)
    if monitor is not None:
        print(f"Monitoring: {monitoring(settings, *monitor)}/metrics, /health, /ready", flush=True)
    from recorder.api import server

    app = _app(settings, recorder, annotator, host=host, port=port, guarded=guarded, base="")
    try:
        opened = server.listening(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port, None) from None
        raise

    def ready() -> None:
        print(f"Review app: {url(host, port)} (Ctrl-C stops it)", flush=True)
        logs.info("serving", port=port)
        if open_browser:
            from streamlit.cli_util import open_browser as show

            show(url(host, port))

    server.server(app, ready, _DEADLINE, proxied=True).run(sockets=[opened])


def mounted(settings: Settings, *, host: str, port: int, annotator: str, base: str) -> Mounted:
    """The app as a part of another server, which listens there. Raises AddressRefused, SettingUnusable."""
    recorder = open_recorder(settings)
    guarded = check_people(recorder, host)
    app = _app(settings, recorder, annotator, host=host, port=port, guarded=guarded, base=base)
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


def _app(
    settings: Settings, recorder: Recorder, annotator: str, *, host: str, port: int, guarded: bool, base: str
) -> App:
    """Args: guarded: nobody gets in without an account, whatever becomes of the accounts."""
    idle = idle_time(settings.session_hours)
    os.environ["RECORDER_DATABASE"] = settings.database  # pages know nothing but the environment
    os.environ["RECORDER_MODELS"] = str(settings.models)
    os.environ["RECORDER_ANNOTATOR"] = annotator
    import streamlit  # seconds of imports, for few commands only
    from streamlit.web import bootstrap

    from recorder.api import sign_in

    _warm_up()
    sign_in.SERVED.base, sign_in.SERVED.is_guarded = base, guarded
    bootstrap.load_config_options(_flags(host, port, guarded=guarded))
    return streamlit.App(_script(), routes=sign_in.routes(Door(recorder.log, idle=idle)))


def _flags(host: str, port: int, *, guarded: bool) -> Flags:
    chosen: Flags = {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "logger.level": logs.level(os.environ),
    }
    if not guarded:  # no other site's name may lead here
        chosen["server.allowedHosts"] = ("localhost", ADDRESS, "::1")
    return _FLAGS | chosen


def _is_vouched() -> bool:
    """Whether an OpenID provider is configured for Streamlit."""
    from streamlit.runtime.secrets import secrets_singleton

    return secrets_singleton.load_if_toml_exists() and "auth" in secrets_singleton


def url(host: str, port: int) -> str:
    from recorder.api.access import is_loopback

    name = "localhost" if is_loopback(host) else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _script() -> Path:
    found = find_spec("review_app.app")
    assert found is not None and found.origin is not None  # it is in the same distribution
    return Path(found.origin)
