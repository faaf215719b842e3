"""The sign-in page over HTTP: what it sets, whom it refuses, where it leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.routing import Mount

from recorder.api import sign_in
from recorder.errors import DatabaseUnusable
from recorder.review.people import Person, operator
from recorder.services import accounts, passwords
from recorder.services.signing_in import Door
from recorder.store.memory import MemoryLog

GOOD = "correct horse battery"
HERE = {"sec-fetch-site": "same-origin"}

Post = Callable[..., Response]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    log = MemoryLog()
    accounts.open_account(log, operator("root"), "Zoë", "annotator", password=GOOD)
    return Door(log)


class Client:
    """Asks the app in this process."""

    def __init__(self, door: Door, base: str = "https://recorder.example", mount: str = "") -> None:
        routes = sign_in.routes(door)
        self._app = Starlette(routes=[Mount(mount, routes=routes)] if mount else routes)
        self._base = base

    def get(self, path: str, **said: Any) -> Response:
        return self._ask("GET", path, said)

    def post(self, path: str, **said: Any) -> Response:
        return self._ask("POST", path, {"headers": HERE, **said})

    def _ask(self, method: str, path: str, said: dict[str, Any]) -> Response:
        async def ask() -> Response:
            async with AsyncClient(transport=ASGITransport(self._app), base_url=self._base) as client:
                return await client.request(method, path, **said)

        with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this one
            return pool.submit(asyncio.run, ask()).result()


@pytest.fixture
def post(door: Door) -> Post:
    asking = Client(door)
    return lambda headers=HERE, **form: asking.post("/sign-in", data=form, headers=headers)


def test_the_page_is_a_form_that_needs_no_script_and_no_other_server(door: Door) -> None:
    answer = Client(door).get("/sign-in", params={"next": "/replay?session=a&b"})

    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert 'value="/replay?session=a&amp;b"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_says_who_it_is(door: Door, post: Post) -> None:
    answer = post(name="zoë", password=GOOD, next="/replay?session=s")

    assert (answer.status_code, answer.headers["location"]) == (303, "/replay?session=s")
    said = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= set(said.split("; "))
    assert "Expires" not in said  # it goes with the browser
    assert door.who(answer.cookies[sign_in.COOKIE]) == Person("Zoë", "annotator")


def test_without_tls_on_this_machine_the_cookie_comes_back_too(door: Door) -> None:
    answer = Client(door, "http://localhost:8501").post("/sign-in", data={"name": "Zoë", "password": GOOD})

    assert "Secure" not in answer.headers["set-cookie"]


def test_mounted_elsewhere_it_leads_there(door: Door) -> None:
    answer = Client(door, mount="/review").post(
        "/review/sign-in", data={"name": "Zoë", "password": GOOD, "next": "/team"}
    )

    assert answer.headers["location"] == "/review/team"
    assert "Path=/review" in answer.headers["set-cookie"]


def test_a_wrong_password_is_told_with_the_name_kept_and_no_password(post: Post) -> None:
    answer = post(name='Z"<b>', password="a secret of mine")

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'value="Z&quot;&lt;b&gt;"' in answer.text
    assert "a secret of mine" not in answer.text
    assert "set-cookie" not in answer.headers


def test_who_tries_too_often_is_told_how_long_to_wait(post: Post) -> None:
    answers = [post(name="Zoë", password="wrong wrong wrong") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert "wait 1 second" in answers[-1].text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nSet-Cookie: x=y",
        "/sign-in?next=/",
        "",
        "/" + "x" * 5000,
    ],
)
def test_it_leads_to_pages_of_the_app_only(post: Post, elsewhere: str) -> None:
    answer = post(name="Zoë", password=GOOD, next=elsewhere)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_page_of_another_site_signs_nobody_in(post: Post, headers: dict[str, str]) -> None:
    answer = post(headers, name="Zoë", password=GOOD)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [b"", b"name=Zo%C3%AB", b"\xff\xfe", b"name=a&password=" + b"x" * 20_000, b"a=1&" * 100]
)
def test_what_is_no_name_and_password_is_refused(door: Door, body: bytes) -> None:
    answer = Client(door).post("/sign-in", content=body)

    assert answer.status_code == 400


def test_a_log_that_does_not_answer_is_told_and_nobody_gets_in(
    door: Door, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unusable(*args: object) -> str:
        raise DatabaseUnusable("the log", "it is locked")

    monkeypatch.setattr(door, "sign_in", unusable)
    answer = post(name="Zoë", password=GOOD)

    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers
