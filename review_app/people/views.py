"""People and their accounts, in words and rows. Imports no Streamlit."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from recorder.review.accounts import Account
from recorder.review.people import Person
from recorder.services import accounts
from review_app.views import count, plain

SOLO: Final = (
    "There are no accounts: this app is for whoever is at this machine, and listens to nobody else. "
    "As soon as there is one, people sign in:"
)

ROLES: Final = (
    "A viewer reads. An annotator reviews, too. An adjudicator opens batches, settles what annotators "
    "disagree on, and exports. An admin says who may do what."
)


def who(person: Person, is_solo: bool) -> str:
    """Whose app it is at the moment, for its head."""
    return f"{plain(person.name)} · {'this machine only' if is_solo else person.role}"


def signed_in(person: Person) -> str:
    return f"You are signed in as **{plain(person.name)}**, {person.role}."


def member_row(account: Account, zone: tzinfo) -> dict[str, Any]:
    notes = [
        *["disabled"] * account.disabled,
        *["signs in elsewhere"] * (account.origin == accounts.OIDC),
        *[count(account.failures, "failed attempt") + " to sign in"] * bool(account.failures),
    ]
    seen = account.seen_at.astimezone(zone) if account.seen_at else None
    return {
        "Name": account.name,
        "Role": account.role,
        "Last there": f"{seen:%Y-%m-%d %H:%M}" if seen else "never yet",
        "Notes": ", ".join(notes),
    }
