"""The fold of an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recorder.events import access
from recorder.events.access import AccountOpened, RoleGiven, SignedIn, SignedOut
from recorder.events.event import Event, Recorded
from recorder.events.session import UserUttered
from recorder.review.accounts import KEPT, replay
from recorder.review.people import ROLES

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGESTS = st.sampled_from(["a", "b", "c"])
EVENTS = st.one_of(
    st.builds(AccountOpened, st.text(), st.sampled_from(["password", "oidc"])),
    st.builds(RoleGiven, st.sampled_from([*ROLES, "king"])),
    st.builds(access.PasswordSet, st.text()),
    st.builds(access.PasswordRehashed, st.text()),
    st.builds(access.IdentityLinked, st.text(), st.text()),
    st.builds(access.SignedIn, DIGESTS),
    st.builds(access.SignInRenewed, DIGESTS),
    st.builds(access.SignedOut, DIGESTS),
    st.builds(access.SignInsFailed, st.integers(0)),
    st.just(access.AccountDisabled()),
    st.just(access.AccountEnabled()),
    st.just(access.PeopleChanged()),
    st.just(UserUttered("hello")),
)


def records(events: list[Event], apart: timedelta = HOUR) -> list[Recorded]:
    times = [NOON + apart * number for number in range(len(events))]
    return [
        Recorded(event, str(n), "account/x", n, n + 1, time, time, "root")
        for n, (event, time) in enumerate(zip(events, times, strict=True))
    ]


@given(st.lists(EVENTS, max_size=20))
def test_whatever_happened_an_account_has_a_role_and_ended_sign_ins_stay_ended(events: list[Event]) -> None:
    account = replay(records(events))

    assert account.role in ROLES
    for digest, sign_in in account.sign_ins.items():
        after = [e for e in events if isinstance(e, SignedIn | SignedOut) and e.digest == digest]
        if isinstance(after[-1], SignedOut):
            assert sign_in.has_ended
    if account.disabled:
        live = [d for d in account.sign_ins if account.is_signed_in(d, NOON, KEPT)]
        assert live == []


@given(st.lists(EVENTS, max_size=12), st.lists(EVENTS, max_size=12))
def test_disabling_or_a_new_password_ends_every_sign_in_so_far(
    before: list[Event], after: list[Event]
) -> None:
    for ending in (access.AccountDisabled(), access.PasswordSet("new")):
        again = {each.digest for each in after if isinstance(each, SignedIn)}
        account = replay(records([*before, ending, *after]))

        assert {d for d, each in account.sign_ins.items() if not each.has_ended} <= again


def test_sign_ins_of_long_ago_are_no_longer_kept() -> None:
    account = replay(records([AccountOpened("x", "password"), SignedIn("a"), SignedIn("b")], KEPT))

    assert list(account.sign_ins) == ["b"]
