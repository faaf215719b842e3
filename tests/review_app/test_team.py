"""The pages of people: who is there, what an admin changes, one's own account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from streamlit.testing.v1 import AppTest

from recorder.review.people import Role, operator
from recorder.services import accounts, passwords
from recorder.services.signing_in import Door
from recorder.store.sql import SqlLog
from review_app import state
from tests.review_app.conftest import Open

ROOT = operator("root")
GOOD = "correct horse battery"

SignIn = Callable[[str], None]


@pytest.fixture
def sign_in(log: SqlLog, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Accounts of every role, and a browser that shows the cookie of one of them."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    people: dict[str, Role] = {"rosa": "admin", "adi": "adjudicator", "ana": "annotator", "vera": "viewer"}
    for name, role in people.items():
        accounts.open_account(log, ROOT, name, role, password=GOOD)

    monkeypatch.setattr(state, "cookie", lambda: "")

    def signed_in(name: str) -> None:
        shown = Door(log).sign_in(name, GOOD, "a")
        monkeypatch.setattr(state, "cookie", lambda: shown)

    return signed_in


def people(log: SqlLog) -> dict[str, tuple[str, bool]]:
    return {each.name: (each.role, each.disabled) for each in accounts.everybody(log)}


def pressed(app: AppTest, label: str) -> AppTest:
    [button] = [each for each in app.button if each.label == label]
    return button.click().run()


def filled(app: AppTest, **texts: str) -> None:
    for label, text in texts.items():
        [field] = [each for each in app.text_input if each.label == label.replace("_", " ")]
        field.input(text)


@pytest.mark.parametrize("page", ["team", "account"])
def test_without_accounts_it_is_told_that_this_machine_is_all_there_is(page: str, open_page: Open) -> None:
    app = open_page(page)

    assert "There are no accounts" in app.info[0].value
    assert app.code[0].value.startswith("recorder user add NAME --role admin --database")


@pytest.mark.parametrize("page", ["", "inbox", "replay", "export", "team", "account"])
def test_whoever_is_not_signed_in_sees_no_page(page: str, sign_in: SignIn, open_page: Open) -> None:
    app = open_page(page)

    assert not app.exception
    assert "You are not signed in" in app.caption[0].value
    assert not app.dataframe
    assert not app.text_input


@pytest.mark.parametrize("name", ["vera", "ana", "adi"])
def test_the_team_is_seen_by_all_and_changed_by_admins_only(
    name: str, sign_in: SignIn, open_page: Open
) -> None:
    sign_in(name)
    app = open_page("team")

    assert not app.exception
    assert list(app.dataframe[0].value["Name"]) == ["rosa", "adi", "ana", "vera"]
    assert not app.button
    assert not app.text_input


def test_an_admin_lets_somebody_in(log: SqlLog, sign_in: SignIn, open_page: Open) -> None:
    sign_in("rosa")
    app = open_page("team")

    filled(app, Name="dora", Password=GOOD, Password_again=GOOD)
    app.selectbox[0].select("annotator")
    app = pressed(app, "Add")

    assert not app.exception
    assert people(log)["dora"] == ("annotator", False)
    [name] = [field for field in app.text_input if field.label == "Name"]
    assert name.value == ""
    assert Door(log).sign_in("dora", GOOD, "a")


def test_two_different_passwords_change_nothing(log: SqlLog, sign_in: SignIn, open_page: Open) -> None:
    sign_in("rosa")
    app = open_page("team")

    filled(app, Name="dora", Password=GOOD, Password_again=f"{GOOD}!")
    app = pressed(app, "Add")

    assert "two different passwords" in app.error[0].value
    assert "dora" not in people(log)


def test_an_admin_gives_roles_and_passwords_and_disables(
    log: SqlLog, sign_in: SignIn, open_page: Open
) -> None:
    sign_in("rosa")
    app = open_page("team")
    app.selectbox(key="change-who").select("ana").run()

    app.selectbox[2].select("adjudicator")
    app = pressed(app, "Give this role")
    filled(app, New_password="another one of mine")
    app = pressed(app, "Set it, and sign them out")
    assert people(log)["ana"] == ("adjudicator", False)
    assert Door(log).sign_in("ana", "another one of mine", "a")

    app = pressed(app, "Sign them out, and let them in no more")
    assert people(log)["ana"] == ("adjudicator", True)
    app = pressed(app, "Let them in again")
    assert people(log)["ana"] == ("adjudicator", False)


def test_the_only_admin_is_told_that_there_has_to_be_one(
    log: SqlLog, sign_in: SignIn, open_page: Open
) -> None:
    sign_in("rosa")
    app = open_page("team")

    app = pressed(app, "Sign them out, and let them in no more")

    assert "rosa is the only admin" in app.error[0].value
    assert people(log)["rosa"] == ("admin", False)


def test_whoever_is_admin_no_more_when_they_press_changes_nothing(
    log: SqlLog, sign_in: SignIn, open_page: Open
) -> None:
    sign_in("rosa")
    app = open_page("team")
    accounts.give_role(log, ROOT, "adi", "admin")
    accounts.give_role(log, ROOT, "rosa", "viewer")
    before = log.position()

    filled(app, Name="dora", Password=GOOD, Password_again=GOOD)
    app = pressed(app, "Add")

    assert log.position() == before
    assert not app.text_input


def test_ones_own_password_is_changed_and_ends_the_sign_in(
    log: SqlLog, sign_in: SignIn, open_page: Open
) -> None:
    sign_in("ana")
    app = open_page("account")
    assert "**ana**, annotator" in app.markdown[0].value

    filled(app, The_old_password=GOOD, The_new_one="something else 1", The_new_one_again="something else 1")
    app = pressed(app, "Change and sign in again")

    assert "You are not signed in" in app.caption[0].value
    assert Door(log).sign_in("ana", "something else 1", "a")


def test_signing_out_leads_to_the_door(log: SqlLog, sign_in: SignIn, open_page: Open) -> None:
    sign_in("ana")
    app = open_page("account")

    app = pressed(app, "Sign out")

    assert "You are not signed in" in app.caption[0].value


def test_what_one_person_kept_in_a_tab_is_not_there_for_the_next(
    log: SqlLog, sign_in: SignIn, open_page: Open
) -> None:
    sign_in("ana")
    app = open_page("inbox")
    app.session_state["mine"] = "a thing of ana's"
    sign_in("adi")

    app.run()

    assert "mine" not in app.session_state
