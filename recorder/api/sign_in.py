"""The sign-in page of the review app: a form in plain HTML, which needs no script, and the cookie it sets.

The cookie is for this server alone, hidden from scripts, and sent with no request that another site
begins. What opens is in the log; the page and the cookie know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from recorder import logs
from recorder.errors import LogError, SignInDelayed, SignInRefused
from recorder.services.signing_in import Door


@dataclass(slots=True)
class Served:
    """How this process serves the app, for the app's pages, which run in it."""

    base: str = ""
    """Where the app is on its server; "": at the root."""
    is_guarded: bool = False
    """Nobody gets in without an account, whatever becomes of the accounts."""


SERVED: Final = Served()
COOKIE: Final = "recorder_sign_in"
PATH: Final = "/sign-in"
_LARGEST: Final = 16_384
"""Bytes of a form: a name, a password, an address."""

_STYLE: Final = """
:root { color-scheme: light dark; --accent: #0b6e99; --on-accent: #fff; --line: #8a8f98; --error: #b00020; }
@media (prefers-color-scheme: dark) {
  :root { --accent: #4cb4dc; --on-accent: #0e1117; --line: #7d838d; --error: #ff8a80; }
}
* { box-sizing: border-box; }
body { font: 1rem/1.5 "Source Sans", system-ui, sans-serif; margin: 0; padding: 1rem;
       min-height: 100vh; display: grid; place-items: center; color: CanvasText; background: Canvas; }
main { width: min(22rem, 100%); }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 1rem; }
label { display: block; margin: 0 0 1rem; }
input, button { display: block; width: 100%; font: inherit; padding: .5rem .75rem; border-radius: .5rem; }
input { margin-top: .25rem; border: 1px solid var(--line); background: transparent; color: inherit; }
button { border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent);
                                                             outline-offset: 2px; }
[role=alert] { color: var(--error); margin: 0 0 1rem; }
"""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in · Session recorder</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<style>{style}</style></head><body><main><h1>Session recorder</h1>{problem}
<form method="post" action="{action}">
<label>Name<input name="name" value="{name}" autocomplete="username" autocapitalize="none"
 spellcheck="false" maxlength="64" required{focus_name}></label>
<label>Password<input name="password" type="password" autocomplete="current-password"
 maxlength="1024" required{focus_password}></label>
<input type="hidden" name="next" value="{next}">
<button>Sign in</button></form></main></body></html>"""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def routes(door: Door) -> list[Route]:
    """To be served beside the app, by the same server."""

    async def page(request: Request) -> Response:
        return _page(request, next_=_local(request.query_params.get("next", "")))

    async def sign_in(request: Request) -> Response:
        if not _is_from_here(request):
            return _page(request, HTTPStatus.FORBIDDEN, "Sign in on this page, please.")
        form = await _form(request)
        if form is None:
            return _page(request, HTTPStatus.BAD_REQUEST, "This was no name and password.")
        name, password, next_ = form["name"], form["password"], _local(form["next"])
        address = request.client.host if request.client else ""
        try:
            cookie = await to_thread.run_sync(door.sign_in, name, password, address)
        except SignInDelayed as error:
            logs.warning("sign_in_delayed", seconds=error.seconds)
            response = _page(request, HTTPStatus.TOO_MANY_REQUESTS, str(error), name, next_)
            response.headers["Retry-After"] = str(error.seconds)
            return response
        except SignInRefused as error:
            logs.warning("sign_in_refused")
            return _page(request, HTTPStatus.UNAUTHORIZED, str(error), name, next_)
        except LogError as error:
            logs.error("sign_in_failed", error=type(error).__name__)
            message = "Nobody can sign in at the moment: the log does not answer."
            return _page(request, HTTPStatus.SERVICE_UNAVAILABLE, message, name, next_)
        response = RedirectResponse(_base(request) + next_, HTTPStatus.SEE_OTHER)
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE,
            cookie,
            path=_base(request) or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    return [Route(PATH, page, methods=["GET"]), Route(PATH, sign_in, methods=["POST"])]


def address(base: str, next_: str) -> str:
    """Where to sign in, to come back to a page of the app afterwards."""
    return f"{base}{PATH}?{urlencode({'next': next_})}"


def _page(
    request: Request, status: int = HTTPStatus.OK, problem: str = "", name: str = "", next_: str = "/"
) -> Response:
    focus = " autofocus"
    text = _PAGE.format(
        style=_STYLE,
        problem=f'<p role="alert">{escape(problem)}</p>' if problem else "",
        action=escape(_base(request) + PATH),
        name=escape(name),
        next=escape(next_),
        focus_name="" if name else focus,
        focus_password=focus if name else "",
    )
    return HTMLResponse(text, status, _HEADERS)


async def _form(request: Request) -> Mapping[str, str] | None:
    """The fields of a form that the page sent; None: it is none of it, or too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return None
    found = {name: fields.get(name, [""])[0] for name in ("name", "password", "next")}
    return found if found["name"] and found["password"] else None


def _is_from_here(request: Request) -> bool:
    """Whether a page of this server sent it, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _local(next_: str) -> str:
    """A page of the app, whatever was asked for: nobody is led to another site from here."""
    is_ours = next_.startswith("/") and not next_.startswith(("//", "/\\")) and next_.isprintable()
    return next_ if is_ours and len(next_) < 2000 and not next_.startswith(PATH) else "/"


def _base(request: Request) -> str:
    """Where the app is mounted; "": at the root."""
    scope: Mapping[str, Any] = request.scope
    return str(scope.get("root_path", "")).rstrip("/")
