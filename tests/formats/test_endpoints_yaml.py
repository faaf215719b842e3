"""endpoints.yml: where the action server is."""

from __future__ import annotations

from textwrap import dedent

import pytest

from recorder.errors import NotationError
from recorder.formats import endpoints_yaml
from recorder.formats.endpoints_yaml import ActionEndpoint, Endpoints

ENVIRON = {"HOST": "actions.example", "TOKEN": "t0ken", "EMPTY": ""}


def read(text: str) -> Endpoints:
    return endpoints_yaml.loads(dedent(text), "endpoints.yml", environ=ENVIRON)


def endpoint(text: str) -> ActionEndpoint:
    found = read(text).action_endpoint
    assert found is not None
    return found


def test_an_address_is_enough() -> None:
    file = read('action_endpoint:\n  url: "http://localhost:5055/webhook"\n')

    assert file == Endpoints(ActionEndpoint("http://localhost:5055/webhook"))


def test_all_that_the_server_may_want_to_know_of_us_is_read() -> None:
    found = endpoint(
        """
        action_endpoint:
          url: https://${HOST}:5055/webhook?tenant=a%20b
          token: ${TOKEN}
          token_name: key
          headers: {X-Api-Key: "k-${TOKEN}", X-Number: 7}
          basic_auth: {username: ada, password: s3cret}
          enable_selective_domain: true
          cafile: ca.pem
          timeout: 2.5
        """
    )

    assert found == ActionEndpoint(
        "https://actions.example:5055/webhook",
        (("tenant", "a b"), ("key", "t0ken")),
        {"X-Api-Key": "k-t0ken", "X-Number": "7", "Authorization": "Basic YWRhOnMzY3JldA=="},
        enable_selective_domain=True,
        cafile="ca.pem",
        timeout=2.5,
    )


def test_a_user_in_the_address_is_one_for_basic_auth() -> None:
    found = endpoint("action_endpoint: {url: 'http://ada:s3cret@localhost/webhook'}")

    assert found.url == "http://localhost/webhook"
    assert found.headers == {"Authorization": "Basic YWRhOnMzY3JldA=="}


def test_nothing_secret_is_shown() -> None:
    found = endpoint(
        """
        action_endpoint:
          url: http://ada:s3cret@localhost/webhook?key=hidden
          token: ${TOKEN}
          headers: {X: private}
        """
    )

    shown = repr(found)
    assert not any(word in shown for word in ("s3cret", "hidden", "t0ken", "private", "YWRh"))
    assert {"hidden", "t0ken", "private"} < set(found.secrets)


def test_other_endpoints_are_named_as_not_used() -> None:
    file = read(
        """\
        tracker_store:
          type: SQL
        action_endpoint:
          url: http://localhost/webhook
          retries: 3
        event_broker: {type: pika, password: "${NOT_LOOKED_AT}"}
        """
    )

    assert [(problem.line, problem.message) for problem in file.problems] == [
        (1, "`tracker_store` is not used here"),
        (5, "`retries` of action_endpoint is not used here"),
        (6, "`event_broker` is not used here"),
    ]


@pytest.mark.parametrize("text", ["", "nlg:\n  url: http://localhost\n", "action_endpoint:\n"])
def test_a_file_may_name_no_action_server(text: str) -> None:
    assert read(text).action_endpoint is None


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("action_endpoint: http://localhost", 1, "expected `url:` below"),
        ("action_endpoint:\n  token: x", 2, "has no `url:`"),
        ("action_endpoint:\n  actions_module: actions", 2, "named with --actions"),
        ("action_endpoint:\n  url: localhost:5055/webhook", 2, "no address such as"),
        ("action_endpoint:\n  url: grpc://localhost:5055", 2, "no address such as"),
        ("action_endpoint:\n  url: http://", 2, "no address such as"),
        ("action_endpoint:\n  url: 'http://local host/'", 2, "no address such as"),
        ("action_endpoint:\n  url: http://localhost:port/", 2, "is no address"),
        ("action_endpoint:\n  url: http://localhost:99999/", 2, "is no address"),
        ("action_endpoint:\n  url: 'http://[::1/'", 2, "is no address"),
        ("action_endpoint:\n  url: 'http://a..b/'", 2, "is no address"),
        ("action_endpoint:\n  url: http://${NOWHERE}/", 2, "the environment has no variable NOWHERE"),
        ("action_endpoint:\n  url: [a]", 2, "expected a text after `url:`"),
        ("action_endpoint:\n  url: http://a/\n  headers: [a]", 3, "below `headers:`"),
        ("action_endpoint:\n  url: http://a/\n  headers:\n    a b: c", 4, "cannot be sent"),
        ('action_endpoint:\n  url: http://a/\n  headers:\n    a: "b\\nc: d"', 4, "cannot be sent"),
        ("action_endpoint:\n  url: http://a/\n  headers:\n    a: \u0416", 4, "cannot be sent"),
        ("action_endpoint:\n  url: http://a/\n  basic_auth: ada", 3, "below `basic_auth:`"),
        ("action_endpoint:\n  url: http://a/\n  enable_selective_domain: maybe", 3, "true or false"),
        ("action_endpoint:\n  url: http://a/\n  timeout: soon", 3, "expected seconds"),
        ("action_endpoint:\n  url: http://a/\n  timeout: 0", 3, "expected seconds"),
        ("action_endpoint:\n  url: http://a/\n  timeout: nan", 3, "expected seconds"),
        ("action_endpoint: [", 2, "not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(NotationError) as error:
        read(text)

    assert reason in str(error.value)
    assert str(error.value).startswith(f"endpoints.yml:{line}: ")
