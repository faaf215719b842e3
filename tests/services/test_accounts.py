"""Accounts: who may change what, and that there is always an admin."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from recorder.errors import AccountError, NotAllowed
from recorder.events.access import PasswordSet
from recorder.events.event import account_stream
from recorder.review.people import Person, operator
from recorder.services import accounts, passwords
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log

ROOT = operator("root")
GOOD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is the library's to say."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> EventLog:
    if request.param == "memory":
        return MemoryLog()
    url = f"sqlite:///{tmp_path / 'log.db'}"
    upgrade(url)
    return open_log(url)


def known(log: EventLog) -> dict[str, tuple[str, bool]]:
    return {each.name: (each.role, each.disabled) for each in accounts.roster(log, ROOT)}


def test_an_account_is_opened_with_a_role_and_it_is_noted_who_did_it(log: EventLog) -> None:
    assert not accounts.any_opened(log)

    accounts.open_account(log, ROOT, "Zoë", "annotator", password=GOOD)

    assert accounts.any_opened(log)
    assert known(log) == {"Zoë": ("annotator", False)}
    assert {row.actor for row in log.read(account_stream("Zoë"))} == {"root"}


def test_the_log_holds_a_hash_and_no_password(log: EventLog) -> None:
    accounts.open_account(log, ROOT, "ana", "viewer", password=GOOD)

    [secret] = [row.event for row in log.read(account_stream("ana")) if isinstance(row.event, PasswordSet)]
    assert secret.hash.startswith("$argon2id$")
    assert GOOD not in secret.hash
    assert "argon2" not in repr(accounts.roster(log, ROOT))


def test_in_an_encrypted_log_the_hash_is_not_in_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    upgrade(url)
    log = open_log(url)

    accounts.open_account(log, ROOT, "ana", "viewer", password=GOOD)

    assert isinstance(log, SqlLog)
    log.database.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("log.db*"))
    assert b"account_opened" in stored
    assert b"argon2" not in stored


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_a_name_is_taken_however_it_is_written(log: EventLog, name: str) -> None:
    accounts.open_account(log, ROOT, "Ana", "viewer", password=GOOD)

    with pytest.raises(AccountError, match="There is an account 'Ana' already"):
        accounts.open_account(log, ROOT, name, "admin", password=GOOD)


@pytest.mark.parametrize("name", ["", "a/b", "a\nb", "-x", "x" * 65, "<b>", "\ud800"])
def test_what_is_no_name_is_refused(log: EventLog, name: str) -> None:
    with pytest.raises(AccountError, match="is no name"):
        accounts.open_account(log, ROOT, name, "viewer", password=GOOD)

    assert not accounts.any_opened(log)


@pytest.mark.parametrize("password", ["short", "x" * 2000, "aaaaaaaaaaaa", "ana-smith-jones"])
def test_a_password_that_is_the_first_to_be_tried_is_refused(log: EventLog, password: str) -> None:
    with pytest.raises(AccountError, match="password"):
        accounts.open_account(log, ROOT, "Ana-Smith-Jones", "viewer", password=password)

    assert not accounts.any_opened(log)


def test_roles_change_and_the_same_again_is_not_noted(log: EventLog) -> None:
    accounts.open_account(log, ROOT, "ana", "viewer", password=GOOD)
    accounts.give_role(log, ROOT, "ANA", "annotator")
    accounts.give_role(log, ROOT, "ana", "annotator")

    assert known(log) == {"ana": ("annotator", False)}
    assert log.version(account_stream("ana")) == 4


@pytest.mark.parametrize("role", ["viewer", "annotator", "adjudicator"])
def test_only_an_admin_changes_anything(log: EventLog, role: str) -> None:
    accounts.open_account(log, ROOT, "ana", "viewer", password=GOOD)
    person, before = Person("ana", role), log.position()  # type: ignore[arg-type]

    changes: list[Callable[[], object]] = [
        lambda: accounts.open_account(log, person, "ben", "admin", password=GOOD),
        lambda: accounts.give_role(log, person, "ana", "admin"),
        lambda: accounts.disable(log, person, "ana"),
        lambda: accounts.enable(log, person, "ana"),
        lambda: accounts.reset_password(log, person, "ana", GOOD * 2),
    ]
    for change in changes:
        with pytest.raises(NotAllowed):
            change()
    assert log.position() == before


def test_the_last_admin_stays(log: EventLog) -> None:
    accounts.open_account(log, ROOT, "ana", "admin", password=GOOD)
    accounts.open_account(log, ROOT, "ben", "admin", password=GOOD)
    accounts.disable(log, ROOT, "ben")

    with pytest.raises(AccountError, match="ana is the only admin"):
        accounts.disable(log, ROOT, "ana")
    with pytest.raises(AccountError, match="ana is the only admin"):
        accounts.give_role(log, ROOT, "ana", "annotator")

    accounts.enable(log, ROOT, "ben")
    accounts.give_role(log, ROOT, "ana", "annotator")
    assert known(log) == {"ana": ("annotator", False), "ben": ("admin", False)}


def test_admins_who_take_each_others_role_at_once_leave_one(log: EventLog) -> None:
    names = ["ana", "ben", "cleo", "dan"]
    for name in names:
        accounts.open_account(log, ROOT, name, "admin", password=GOOD)

    def demote(name: str) -> bool:
        try:
            accounts.give_role(log, ROOT, name, "viewer")
        except AccountError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(demote, names))

    assert sorted(done) == [False, True, True, True]
    assert [role for role, _ in known(log).values()].count("admin") == 1


def test_whoever_is_vouched_for_elsewhere_has_no_password_to_reset(log: EventLog) -> None:
    accounts.open_account(log, ROOT, "ana", "viewer")

    with pytest.raises(AccountError, match="ana signs in elsewhere"):
        accounts.reset_password(log, ROOT, "ana", GOOD)


def test_ones_own_password_is_changed_by_who_knows_the_old_one(log: EventLog) -> None:
    name = accounts.open_account(log, ROOT, "ana", "viewer", password=GOOD)
    ana = Person(name, "viewer")

    with pytest.raises(AccountError, match="old password"):
        accounts.change_password(log, ana, "a guess of mine", "something else 1")
    accounts.change_password(log, ana, GOOD, "something else 1")

    [account] = accounts.roster(log, ana)
    assert passwords.fits("something else 1", account.password)
