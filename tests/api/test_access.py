"""Who may ask what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.routing import APIRoute

from recorder.api import channel, conversations, models, pages, serving, sessions
from recorder.api.access import OPEN, SCOPE_OF
from recorder.api.application import application
from recorder.cli import main
from recorder.errors import TokenError, TokenNeeded
from recorder.services import tokens
from recorder.services.tokens import ADMIN, FRESH, SCOPES, Keeper
from recorder.store.memory import MemoryLog
from tests.api.served import hub, served

MODULES = (channel, sessions, conversations, models, pages)
BODIES = {
    "/webhooks/rest/webhook": {"sender": "a", "message": "greet"},
    "/conversations/{conversation}/messages": {"sender": "user", "text": "greet"},
    "/conversations/{conversation}/trigger_intent": {"name": "restart"},
    "/conversations/{conversation}/execute": {"name": "utter_greet"},
    "/conversations/{conversation}/tracker/events": [{"event": "pause", "id": "p"}],
    "/sessions/{session}/events": [{"event": "pause", "id": "p"}],
    "/model/parse": {"text": "greet"},
    "/model/predict": [],
}
"""What a route takes."""


def test_every_route_is_in_the_table_and_every_entry_is_a_route() -> None:
    routes = [route for module in MODULES for route in module.router.routes if isinstance(route, APIRoute)]
    found = [(method, route.path_format) for route in routes for method in route.methods or ()]

    assert sorted(found) == sorted(SCOPE_OF)
    assert set(SCOPE_OF.values()) == {OPEN, *SCOPES}


def test_the_document_says_which_routes_need_a_token() -> None:
    document = application(hub()).openapi()
    needs = {
        (method.upper(), path): told.get("x-scope", OPEN)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }

    assert needs.items() <= SCOPE_OF.items()
    assert len(needs) > 15


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """A server with a token for each scope, one that has expired, one that was revoked."""
    log = MemoryLog()
    held = {scope: tokens.issue(log, scope, [scope], actor="eva") for scope in SCOPES}
    past = datetime.now(UTC) - timedelta(seconds=1)
    held["expired"] = tokens.issue(log, "expired", SCOPES, actor="eva", expires=past)
    held["revoked"] = tokens.issue(log, "revoked", SCOPES, actor="eva")
    tokens.revoke(log, "revoked", actor="eva")
    with served(hub(log)) as client:
        yield client, held


def ask(client: httpx.Client, method: str, path: str, token: str | None) -> int:
    where = path.format(conversation="a", session="a")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return client.request(method, where, headers=headers, json=BODIES.get(path)).status_code


@pytest.mark.parametrize(("method", "path"), SCOPE_OF)
@pytest.mark.parametrize("scope", [*SCOPES, "expired", "revoked", "wrong", None])
def test_a_token_opens_what_its_scopes_say_and_nothing_else(
    guarded: tuple[httpx.Client, dict[str, str]], method: str, path: str, scope: str | None
) -> None:
    client, held = guarded
    needed = SCOPE_OF[method, path]

    status = ask(client, method, path, scope and held.get(scope, "recorder_wrong"))

    if needed == OPEN or scope in (needed, ADMIN):
        assert status not in (401, 403, 500)
    else:
        assert status == (403 if scope in SCOPES else 401)


def test_a_token_in_the_address_opens_as_well(guarded: tuple[httpx.Client, dict[str, str]]) -> None:
    client, held = guarded

    assert client.get("/status", params={"token": held["read"]}).status_code == 200
    assert client.get("/status", params={"token": "wrong"}).status_code == 401


def test_a_refusal_says_what_is_missing_and_writes_nothing(
    guarded: tuple[httpx.Client, dict[str, str]],
) -> None:
    client, held = guarded
    without = client.post("/sessions/zoe/events", json={"event": "pause"})
    other = client.post(
        "/sessions/zoe/events", json={"event": "pause"}, headers={"Authorization": f"Bearer {held['chat']}"}
    )

    assert without.headers["WWW-Authenticate"] == "Bearer"
    assert without.json()["reason"] == "NotAuthenticated"
    assert other.json()["details"] == {"scope": "ingest"}
    reader = {"Authorization": f"Bearer {held['read']}"}
    assert client.get("/conversations/zoe/tracker", headers=reader).status_code == 404


def test_a_running_server_knows_of_new_and_revoked_tokens_within_a_second() -> None:
    found = hub()
    with served(found) as client:
        assert client.get("/status").status_code == 200
        token = tokens.issue(found.log, "ana", ["read"], actor="eva")
        headers = {"Authorization": f"Bearer {token}"}
        time.sleep(FRESH + 0.1)
        assert client.get("/status").status_code == 401
        assert client.get("/status", headers=headers).status_code == 200
        tokens.revoke(found.log, "ana", actor="eva")
        time.sleep(FRESH + 0.1)
        assert client.get("/status", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:5005"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "[::1]:5005"}, 200),
        ({"Host": "evil.example:5005"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": "localhost:5005", "Origin": "http://localhost:5005"}, 200),
        ({"Host": "localhost:5005", "Origin": "http://evil.example"}, 403),
        ({"Host": "localhost:5005", "Origin": "http://localhost:8000"}, 403),
        ({"Host": "localhost:5005", "Origin": "null"}, 403),
    ],
    ids=str,
)
def test_without_tokens_no_page_of_another_site_gets_in(headers: dict[str, str], status: int) -> None:
    with served(hub()) as client:
        assert client.get("/status", headers=headers).status_code == status


def test_an_address_that_other_machines_reach_needs_a_token() -> None:
    log = MemoryLog()
    found = hub(log)

    with pytest.raises(TokenNeeded, match="recorder token add"):
        serving.bound(found, "0.0.0.0", 0)
    tokens.issue(log, "ana", ["read"], actor="eva")
    serving.bound(found, "0.0.0.0", 0).close()


def test_a_token_is_known_by_its_digest_alone() -> None:
    log = MemoryLog()
    token = tokens.issue(log, "ana", ["read", "chat"], actor="eva")
    keeper = Keeper(log)
    keeper.look()

    assert token not in repr(log.read("tokens"))
    found = keeper.find(token)
    assert found is not None and found.name == "ana" and found.scopes == ("chat", "read")
    assert keeper.find(token[:-1]) is None


def test_a_name_is_taken_until_it_is_revoked() -> None:
    log = MemoryLog()
    first = tokens.issue(log, "ana", ["read"], actor="eva")
    with pytest.raises(TokenError, match="already"):
        tokens.issue(log, "ana", ["read"], actor="eva")
    tokens.revoke(log, "ana", actor="eva")
    second = tokens.issue(log, "ana", ["read"], actor="eva")

    keeper = Keeper(log)
    keeper.look()
    assert keeper.find(first) is None and keeper.find(second) is not None
    with pytest.raises(TokenError, match="no token 'eva'"):
        tokens.revoke(log, "eva", actor="eva")


@pytest.mark.parametrize(("name", "scopes"), [("a/b", ["read"]), ("", ["read"]), ("a", []), ("a", ["all"])])
def test_a_token_without_a_name_or_with_a_scope_that_there_is_not_is_refused(
    name: str, scopes: list[str]
) -> None:
    log = MemoryLog()
    with pytest.raises(TokenError):
        tokens.issue(log, name, scopes, actor="eva")
    assert log.position() == 0


def test_the_commands(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--database", url]
    assert (
        main(["token", "add", "ana", "--scope", "chat", "--scope", "read", "--expires", "90d", *where]) == 0
    )
    token = capsys.readouterr().out.strip()
    assert main(["token", "list", "--json", *where]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert main(["token", "list", *where]) == 0
    said = capsys.readouterr().out
    assert main(["token", "revoke", "ana", *where]) == 0
    assert main(["token", "list", *where]) == 0

    assert len(token) > 45 and token not in json.dumps(listed) + said
    assert listed["name"] == "ana" and listed["scopes"] == ["chat", "read"] and listed["live"] is True
    assert "ana: chat, read; until 2" in said
    assert capsys.readouterr().out.endswith("There are no tokens.\n")
    assert main(["token", "add", "ana", "--scope", "read", "--expires", "soon", *where]) == 2
