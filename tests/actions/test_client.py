"""An action server over a transport that is a function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from recorder.actions.anywhere import FirstOf, Outcome
from recorder.actions.client import ActionServer, Reply
from recorder.actions.local import LocalActions
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionRejected, ActionServerSilent
from recorder.formats.endpoints_yaml import ActionEndpoint

DOMAIN = Domain(actions=("action_a", "action_b"), send_domain=("action_b",))
URL = "http://localhost:5055/webhook"
DONE = Reply(200, b'{"events": [{"event": "restart"}], "responses": []}')
REFUSED = ActionServerSilent("Connection refused", sent=False)


@dataclass
class World:
    """A server that answers what it is told to, and a clock that moves when somebody waits."""

    answers: Iterator[Reply | ActionServerSilent]
    endpoint: ActionEndpoint = field(default_factory=lambda: ActionEndpoint(URL, timeout=5.0))
    listing: Reply | ActionServerSilent = field(default_factory=lambda: Reply(404, b""))
    asked: list[dict[str, Any]] = field(default_factory=list)
    granted: list[float] = field(default_factory=list)
    listed: int = 0
    now: float = 100.0

    def transport(self, body: bytes | None, seconds: float) -> Reply:
        if body is None:
            self.listed += 1
            answer = self.listing
        else:
            self.asked.append(orjson.loads(body))
            self.granted.append(seconds)
            answer = next(self.answers)
        if isinstance(answer, ActionServerSilent):
            raise answer
        return answer

    def wait(self, seconds: float) -> None:
        self.now += seconds

    @property
    def server(self) -> ActionServer:
        return ActionServer(
            self.endpoint, self.transport, patience=1.0, pause=self.wait, clock=lambda: self.now
        )


def run(server: ActionServer, name: str = "action_a") -> Outcome:
    return server.run(name, "s", Tracker.start(DOMAIN), domain=DOMAIN)


def forever(answer: Reply | ActionServerSilent) -> Iterator[Reply | ActionServerSilent]:
    while True:
        yield answer


def test_an_action_is_asked_for_once() -> None:
    world = World(iter([DONE]))

    assert run(world.server) == Outcome([], [{"event": "restart"}])
    assert [body["next_action"] for body in world.asked] == ["action_a"]


def test_where_nothing_was_sent_it_is_asked_again_for_a_while() -> None:
    world = World(iter([REFUSED, REFUSED, DONE]))

    assert run(world.server).events
    assert world.now == pytest.approx(100.2)
    assert world.granted == pytest.approx([5.0, 4.9, 4.8])  # one time limit for all of it


def test_a_server_that_stays_away_is_given_up_and_the_user_told_how_to_start_it() -> None:
    world = World(forever(REFUSED))

    with pytest.raises(ActionFailed) as error:
        run(world.server)

    assert str(error.value) == (
        f"Action action_a failed: no action server answers at {URL} (Connection refused): "
        "start it with python -m rasa_sdk --actions actions."
    )
    assert world.now <= 101.0


@pytest.mark.parametrize(
    ("silent", "reason"),
    [
        (
            ActionServerSilent("the connection broke off", sent=True),
            "gave no answer: the connection broke off",
        ),
        (ActionServerSilent("late", sent=True, late=True), r"did not answer within 5 seconds \(`timeout:`"),
    ],
)
def test_what_may_have_been_run_is_never_asked_again(silent: ActionServerSilent, reason: str) -> None:
    world = World(iter([silent, DONE]))

    with pytest.raises(ActionFailed, match=reason):
        run(world.server)

    assert len(world.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_answer_is_an_answer(status: int) -> None:
    world = World(iter([Reply(status, b'{"error": "x", "action_name": "action_a"}'), DONE]))

    with pytest.raises(ActionFailed if status != 400 else ActionRejected):
        run(world.server)

    assert len(world.asked) == 1


@pytest.mark.parametrize(
    ("selective", "name", "sent"),
    [(False, "action_a", True), (True, "action_a", False), (True, "action_b", True)],
)
def test_the_domain_is_sent_to_those_who_want_it(selective: bool, name: str, sent: bool) -> None:
    world = World(iter([DONE]), ActionEndpoint(URL, enable_selective_domain=selective))

    run(world.server, name)

    assert ("domain" in world.asked[0]) == sent


def test_a_server_that_misses_the_domain_gets_it() -> None:
    world = World(iter([Reply(449, b"{}"), DONE]), ActionEndpoint(URL, enable_selective_domain=True))

    assert run(world.server).events
    assert ["domain" in body for body in world.asked] == [False, True]


def test_no_secret_comes_back_in_an_error() -> None:
    endpoint = ActionEndpoint(URL, (("token", "t0ken"),), {"Authorization": "Basic abc="})
    body = orjson.dumps({"error": "bad request /webhook?token=t0ken, Authorization: Basic abc="})
    world = World(iter([Reply(500, body)]), endpoint)

    with pytest.raises(ActionFailed) as error:
        run(world.server)

    assert error.value.reason.endswith("bad request /webhook?token=***, Authorization: ***")


def test_a_server_that_lists_its_actions_has_those() -> None:
    world = World(iter([]), listing=Reply(200, b'[{"name": "action_a"}]'))
    server = world.server

    assert ("action_a" in server, "action_b" in server, 5 in server) == (True, False, False)
    assert world.listed == 1


@pytest.mark.parametrize("listing", [Reply(404, b""), REFUSED])
def test_a_server_that_lists_nothing_is_believed_to_have_them_all(
    listing: Reply | ActionServerSilent,
) -> None:
    server = World(iter([]), listing=listing).server

    assert "action_a" in server
    assert "anything" in server


def test_an_address_beside_which_no_list_can_lie_is_not_asked_for_one() -> None:
    world = World(iter([]), ActionEndpoint("http://localhost/run"))

    assert "action_a" in world.server
    assert world.listed == 0


def test_what_a_server_has_is_asked_again_after_a_while() -> None:
    world = World(iter([]), listing=REFUSED)
    server = world.server
    assert "action_b" in server

    world.listing = Reply(200, b'[{"name": "action_a"}]')
    world.now += 31

    assert "action_b" not in server
    assert world.listed == 2


def test_what_is_here_is_run_here_and_the_rest_by_the_server() -> None:
    class Here:
        def run(self, *given: object) -> list[object]:
            return []

    world = World(iter([DONE]), listing=Reply(200, b'[{"name": "action_a"}, {"name": "action_b"}]'))
    both = FirstOf((LocalActions({"action_a": Here()}), world.server))

    def does(name: str) -> Outcome:
        return both.run(name, "s", Tracker.start(DOMAIN), domain=DOMAIN)

    assert (does("action_a").events, does("action_b").events) == ([], [{"event": "restart"}])
    assert ("action_b" in both, "action_c" in both) == (True, False)
    with pytest.raises(ActionFailed, match="nothing here defines it"):
        does("action_c")
