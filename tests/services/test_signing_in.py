"""Signing in: cookies, expiry, throttling, roles that change, identities of an OpenID provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher

from recorder.errors import AccountError, SettingUnusable, SignInDelayed, SignInRefused
from recorder.events.access import PasswordRehashed, SignInRenewed, SignInsFailed
from recorder.events.event import Event, account_stream
from recorder.review.people import Person, operator
from recorder.services import accounts, passwords
from recorder.services.signing_in import Claim, Door, read_roles
from recorder.services.throttle import Throttle
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog

ROOT = operator("root")
GOOD = "correct horse battery"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "7",
    "iat": 1,
    "email": "ana@example.org",
    "email_verified": True,
}


class Time:
    """A clock that is set by hand; `seconds` of it for the throttle."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def log() -> EventLog:
    log = MemoryLog()
    accounts.open_account(log, ROOT, "Zoë", "annotator", password=GOOD)
    return log


@pytest.fixture
def opened(log: EventLog, time: Time) -> Callable[[], Door]:
    """A door, as a process that starts has it."""

    def door() -> Door:
        return Door(log, clock=time, throttle=partial(Throttle, seconds=time.seconds))

    return door


@pytest.fixture
def door(opened: Callable[[], Door]) -> Door:
    return opened()


def events(log: EventLog, kind: type[Event], name: str = "Zoë") -> Iterator[Event]:
    return (row.event for row in log.read(account_stream(name)) if isinstance(row.event, kind))


def fail(door: Door, name: str, address: str = "a") -> float:
    """How long one is told to wait; 0: it was only wrong."""
    try:
        door.sign_in(name, "wrong wrong wrong", address)
    except SignInRefused:
        return 0
    except SignInDelayed as error:
        return error.seconds
    raise AssertionError("a wrong password got in")


def test_whoever_knows_the_password_is_who_they_say(door: Door) -> None:
    cookie = door.sign_in("zoë ", GOOD, "a")

    assert door.who(cookie) == Person("Zoë", "annotator")


def test_the_log_does_not_hold_what_opens(door: Door, log: EventLog) -> None:
    cookie = door.sign_in("Zoë", GOOD, "a")

    said = repr([row.event for row in log.read(account_stream("Zoë"))])
    assert cookie.partition(".")[2] not in said
    assert GOOD not in said


@pytest.mark.parametrize("name", ["Zoë", "nobody", ""])
def test_a_wrong_name_and_a_wrong_password_hear_the_same(door: Door, name: str) -> None:
    with pytest.raises(SignInRefused, match=r"^This name and this password do not go together\.$"):
        door.sign_in(name, "wrong wrong wrong", "a")


def test_a_name_that_nobody_has_is_hashed_for_all_the_same(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    class Counting:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(real, name)

    fail(door, "nobody")  # whose hash it is held against is made once
    monkeypatch.setattr(passwords, "HASHER", Counting())
    fail(door, "nobody")
    for_nobody, asked = asked, []
    fail(door, "Zoë")

    assert for_nobody == ["verify"]
    assert asked == ["verify"]


@pytest.mark.parametrize(
    "cookie", ["", ".", "x", "Wm/Dqw.AAAA", "Wm_Dqw.", "Wm_Dqw.AAAA", "\u00e9.\u00e9", "a" * 9999]
)
def test_what_is_no_cookie_of_ours_is_nobody(door: Door, cookie: str) -> None:
    door.sign_in("Zoë", GOOD, "a")

    assert door.who(cookie) is None


def test_a_cookie_is_of_one_account_only(door: Door, log: EventLog) -> None:
    accounts.open_account(log, ROOT, "root", "admin", password=GOOD)
    mine, roots = door.sign_in("Zoë", GOOD, "a"), door.sign_in("root", GOOD, "a")

    assert door.who(roots.partition(".")[0] + "." + mine.partition(".")[2]) is None


def test_a_new_process_on_the_log_knows_who_is_signed_in(opened: Callable[[], Door]) -> None:
    cookie = opened().sign_in("Zoë", GOOD, "a")

    assert opened().who(cookie) == Person("Zoë", "annotator")


def test_whoever_signs_out_is_out_in_every_process_and_others_stay(opened: Callable[[], Door]) -> None:
    one, other = opened(), opened()
    here, there = one.sign_in("Zoë", GOOD, "a"), one.sign_in("Zoë", GOOD, "b")
    assert other.who(here)

    one.sign_out(here)

    assert other.who(here) is None
    assert other.who(there)


def test_a_role_holds_from_the_next_request_on(door: Door, log: EventLog) -> None:
    cookie = door.sign_in("Zoë", GOOD, "a")

    accounts.give_role(log, ROOT, "Zoë", "viewer")

    assert door.who(cookie) == Person("Zoë", "viewer")


def test_whoever_is_disabled_or_gets_a_new_password_is_out_everywhere(door: Door, log: EventLog) -> None:
    first = door.sign_in("Zoë", GOOD, "a")
    accounts.reset_password(log, ROOT, "Zoë", "another one of mine")
    second = door.sign_in("Zoë", "another one of mine", "a")
    accounts.disable(log, ROOT, "Zoë")

    assert door.who(first) is None
    assert door.who(second) is None
    with pytest.raises(SignInRefused):
        door.sign_in("Zoë", "another one of mine", "a")
    accounts.enable(log, ROOT, "Zoë")
    assert door.who(second) is None


def test_where_nobody_was_for_eight_hours_nobody_is_signed_in(door: Door, time: Time) -> None:
    cookie = door.sign_in("Zoë", GOOD, "a")

    time.passes(hours=7)
    assert door.who(cookie)
    time.passes(hours=7)
    assert door.who(cookie)
    time.passes(hours=8)
    assert door.who(cookie) is None


def test_being_there_is_noted_eight_times_in_that_time_and_not_at_each_request(
    door: Door, log: EventLog, time: Time
) -> None:
    cookie = door.sign_in("Zoë", GOOD, "a")

    for _ in range(8 * 60):
        time.passes(minutes=1)
        assert door.who(cookie)

    assert len(list(events(log, SignInRenewed))) == 7


def test_a_password_is_hashed_anew_when_the_parameters_have_changed(
    door: Door, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = door.sign_in("Zoë", GOOD, "a")
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))

    door.sign_in("Zoë", GOOD, "a")
    door.sign_in("Zoë", GOOD, "a")

    [rehashed] = events(log, PasswordRehashed)
    assert isinstance(rehashed, PasswordRehashed)
    assert "t=2" in rehashed.hash
    assert door.who(earlier)


def test_after_four_wrong_passwords_the_wait_doubles_up_to_a_minute(door: Door, time: Time) -> None:
    waits: list[float] = []
    for _ in range(14):
        waits.append(wait := fail(door, "Zoë", address=str(len(waits))))
        if wait:
            time.passes(seconds=wait)
            assert fail(door, "Zoë", address=f"{len(waits)} again") == 0

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_during_the_wait_the_right_password_is_not_even_looked_at(door: Door, time: Time) -> None:
    for _ in range(4):
        fail(door, "Zoë")

    with pytest.raises(SignInDelayed, match="wait 1 second, then"):
        door.sign_in("ZOË", GOOD, "another address")
    time.passes(seconds=1)
    assert door.sign_in("Zoë", GOOD, "a")
    assert fail(door, "Zoë") == 0


def test_a_name_that_nobody_has_has_to_wait_too(door: Door) -> None:
    assert [fail(door, "nobody") for _ in range(5)] == [0, 0, 0, 0, 1]


def test_an_address_that_tries_one_name_after_the_other_has_to_wait(door: Door) -> None:
    assert [fail(door, f"name {number}") for number in range(21)] == [*[0] * 20, 1]


def test_a_restart_does_not_open_the_door(opened: Callable[[], Door], log: EventLog, time: Time) -> None:
    door = opened()
    for number in range(8):
        time.passes(seconds=fail(door, "Zoë", str(number)))
    time.passes(seconds=60)
    [*_, noted] = events(log, SignInsFailed)

    restarted = opened()

    assert noted == SignInsFailed(4)
    assert fail(restarted, "Zoë") > 0


def test_attempts_without_end_leave_few_events(door: Door, log: EventLog, time: Time) -> None:
    for number in range(300):
        time.passes(seconds=60)
        assert fail(door, "Zoë", str(number)) == 0

    assert [event.count for event in events(log, SignInsFailed)] == [4, 8, 16, 32, 64, 128, 256]  # type: ignore[attr-defined]


def test_whoever_comes_from_a_provider_for_the_first_time_is_a_viewer(door: Door, log: EventLog) -> None:
    person = door.who_by_claims(CLAIMS)

    assert person == Person("ana@example.org", "viewer")
    assert door.who_by_claims({**CLAIMS, "iat": 2, "email": "renamed@example.org"}) == person
    assert [each.origin for each in accounts.roster(log, ROOT)] == ["password", "oidc"]


def test_a_role_that_an_admin_gave_stays_where_claims_say_nothing(door: Door, log: EventLog) -> None:
    door.who_by_claims(CLAIMS)
    accounts.give_role(log, ROOT, "ana@example.org", "adjudicator")

    assert door.who_by_claims({**CLAIMS, "iat": 2}) == Person("ana@example.org", "adjudicator")


def test_claims_give_the_highest_role_that_fits_at_each_sign_in(door: Door, log: EventLog) -> None:
    accounts.give_role(log, ROOT, "Zoë", "admin")
    roles = (Claim("groups", "staff", "annotator"), Claim("groups", "leads", "adjudicator"))

    def role(iat: int, groups: Any) -> str | None:
        person = door.who_by_claims({**CLAIMS, "iat": iat, "groups": groups}, roles)
        return person.role if person else None

    assert role(1, ["staff", "leads"]) == "adjudicator"
    assert role(2, "staff") == "annotator"
    assert role(3, ["others"]) == "viewer"
    assert role(4, None) == "viewer"


def test_claims_do_not_take_the_role_of_the_last_admin(door: Door) -> None:
    roles = (Claim("groups", "bosses", "admin"),)
    door.who_by_claims({**CLAIMS, "groups": ["bosses"]}, roles)

    assert door.who_by_claims({**CLAIMS, "iat": 2}, roles) == Person("ana@example.org", "admin")


@pytest.mark.parametrize("name", ["Zoë", "zoë"])
def test_a_provider_cannot_take_over_an_account_with_a_password(door: Door, name: str) -> None:
    with pytest.raises(AccountError, match="is somebody else's"):
        door.who_by_claims({"iss": "i", "sub": "s", "preferred_username": name})


def test_an_account_that_waits_for_somebody_is_for_a_checked_address_and_for_one_only(
    door: Door, log: EventLog
) -> None:
    accounts.open_account(log, ROOT, "ana@example.org", "annotator")

    assert door.who_by_claims({**CLAIMS, "sub": "8", "email_verified": False}) == Person("8", "viewer")
    assert door.who_by_claims(CLAIMS) == Person("ana@example.org", "annotator")
    with pytest.raises(AccountError):
        door.who_by_claims({**CLAIMS, "sub": "9"})


def test_a_sign_in_of_a_provider_that_has_ended_does_not_begin_again(
    opened: Callable[[], Door], time: Time
) -> None:
    person = opened().who_by_claims(CLAIMS)
    assert person
    opened().sign_out_by_claims(person, CLAIMS)
    assert opened().who_by_claims(CLAIMS) is None

    assert opened().who_by_claims({**CLAIMS, "iat": 2}) == person
    time.passes(hours=8)
    assert opened().who_by_claims({**CLAIMS, "iat": 2}) is None


def test_whoever_is_disabled_does_not_get_in_by_a_provider(door: Door, log: EventLog) -> None:
    door.who_by_claims(CLAIMS)
    accounts.disable(log, ROOT, "ana@example.org")

    assert door.who_by_claims(CLAIMS) is None
    with pytest.raises(AccountError, match="is disabled"):
        door.who_by_claims({**CLAIMS, "iat": 2})


def test_roles_by_claims_are_read_from_one_line() -> None:
    assert read_roles(" groups:a:b=annotator, email:x@y.z=admin,") == (
        Claim("groups", "a:b", "annotator"),
        Claim("email", "x@y.z", "admin"),
    )
    for wrong in ("groups=admin", "groups:x", "groups:x=king", ":x=admin", "groups:=admin"):
        with pytest.raises(SettingUnusable, match="is no claim:value=role"):
            read_roles(wrong)
