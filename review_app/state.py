"""What pages share: the opened recorder, and who is reviewing."""

from __future__ import annotations

import atexit
import getpass
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from recorder.api.metrics import PROCESS
from recorder.api.sign_in import COOKIE, SERVED
from recorder.bootstrap import Recorder, open_recorder
from recorder.dialogue.domain import Domain
from recorder.errors import AccountError, NotSignedIn
from recorder.events.event import PEOPLE, JsonObject, session_stream
from recorder.read_models.session_list import SessionList
from recorder.review import accounts as review_accounts
from recorder.review import people
from recorder.review.accounts import Account
from recorder.review.people import Person
from recorder.services import accounts, batching, measuring, remarking, signing_in, tagging
from recorder.services.batching import Task, WorkList
from recorder.services.board import Board, Listed
from recorder.services.measuring import Score
from recorder.services.remarking import Mention
from recorder.services.reviewing import Desk, Outcome
from recorder.services.signing_in import Door
from recorder.settings import DEFAULT_DATABASE, DEFAULT_MODELS, Settings
from recorder.store.sql import SqlLog
from review_app.listing import Listing

_WHO: Final = "who"
_RUNS: Final = "runs"
_MENTIONING: Final = 50
"""Sessions with unread mentions that are looked into."""


def settings() -> Settings:
    """As `recorder review` handed them over."""
    return Settings(
        os.environ.get("RECORDER_DATABASE", DEFAULT_DATABASE),
        Path(os.environ.get("RECORDER_MODELS", DEFAULT_MODELS)),
    )


def person() -> Person:
    """Who looks at the page, as the log has it now; call it anew in each callback.

    A page says nothing of that: what counts is the cookie that came when its connection was made, or
    what an OpenID provider said then. Solo, it is the name given at the start, or the user of this machine.

    Raises:
        NotSignedIn: nobody, or no longer, or somebody who may not come in.
    """
    if is_solo():
        return people.operator(os.environ.get("RECORDER_ANNOTATOR", "").strip() or _user())
    found = _door(settings()).who(cookie())
    if found is None and is_vouched() and st.user.is_logged_in:
        roles = signing_in.read_roles(settings().oidc_roles)
        try:
            found = _door(settings()).who_by_claims(st.user.to_dict(), roles)
        except AccountError as error:
            raise NotSignedIn(str(error)) from error
    if found is None:
        raise NotSignedIn
    return found


def cookie() -> str:
    """What the browser showed when its connection was made."""
    return st.context.cookies.get(COOKIE, "")


def still(drawn_for: Person) -> Person:
    """Who a page was drawn for, as they are now: callbacks run before the page is drawn anew.

    Raises NotSignedIn, also where somebody else is there by now.
    """
    present = person()
    if present.name != drawn_for.name:
        raise NotSignedIn
    return present


def is_solo() -> bool:
    """Whether there are no accounts, so that whoever is at this machine is who it is."""
    return not (SERVED.is_guarded or is_vouched()) and not accounts.any_opened(recorder().log)


def is_vouched() -> bool:
    """Whether an OpenID provider is asked who people are."""
    return bool(providers())


def providers() -> list[str]:
    """Names of the OpenID providers that Streamlit's secrets have; "": the only one, without a name."""
    try:
        section = st.secrets.get("auth", {})
    except FileNotFoundError:
        return []
    named = [name for name, held in section.items() if isinstance(held, Mapping) and "client_id" in held]
    return named or [""] * ("client_id" in section)


def account(person: Person) -> Account:
    """That of whoever is signed in."""
    return review_accounts.named(team(), person.name)


def team() -> list[Account]:
    """Everybody's account. Raises NotAllowed."""
    return accounts.roster(recorder().log, person())


def colleagues() -> list[str]:
    """Names of the others who may be mentioned in a comment."""
    opened = _colleagues(settings(), recorder().log.version(PEOPLE))
    return [name for name in opened if name != person().name]


def known_tags() -> list[str]:
    """Tags that sessions bear, as far as the lists have followed: nobody waits for them here."""
    return list(_lists(settings()).unmoved().labels().tags)


def edition(form: str) -> str:
    """A key for the widgets of a form; another one as soon as it was dealt with, so that it is empty."""
    return f"{form}-{st.session_state.get(f'{form}-edition', 0)}"


def dealt_with(form: str) -> None:
    st.session_state[f"{form}-edition"] = st.session_state.get(f"{form}-edition", 0) + 1


def begin(person: Person) -> None:
    """What somebody else's pages kept in this browser tab is gone."""
    if st.session_state.get(_WHO) not in (None, person.name):
        st.session_state.clear()
    st.session_state[_WHO] = person.name
    st.session_state[_RUNS] = st.session_state.get(_RUNS, 0) + 1


def arrives() -> bool:
    """Whether this browser tab has just come in, asking for nothing in particular."""
    return st.session_state.get(_RUNS) == 1 and not st.query_params


def sign_out() -> None:
    """End the sign-in, of this browser only."""
    door = _door(settings())
    door.sign_out(cookie())
    if is_vouched() and st.user.is_logged_in:
        with suppress(NotSignedIn):
            door.sign_out_by_claims(person(), st.user.to_dict())
        st.logout()


def base() -> str:
    """Where the app is on its server; "": at the root."""
    return SERVED.base


def recorder() -> Recorder:
    """Raises DatabaseUnusable, DatabaseOutOfDate."""
    return _recorder(settings())


def desk() -> Desk:
    """Where the sessions under review lie open, one for all browser tabs."""
    return _desk(settings(), latest_model())


def board() -> Board:
    """Where the batches hang, one for all browser tabs."""
    return _board(settings())


def work() -> list[WorkList]:
    """What the person has to do, by batch. Raises NotAllowed."""
    return batching.mine(board(), person())


def mentioning() -> list[str]:
    """Sessions with unread comments that mention the person, some at most; none, for who has no work here."""
    me = person()
    return sessions().mentioning(me.name, _MENTIONING) if people.may(me, "comment") else []


def mentions() -> list[Mention]:
    """Unread comments that mention the person, the newest first, of some sessions. Raises NotAllowed."""
    return remarking.mentions(board(), person(), mentioning())


def mark_read(session: str) -> None:
    """Raises NotAllowed."""
    remarking.mark_read(board(), session, person())


def claim_next(batch: str) -> Task | None:
    """The session that the person should do next, which is theirs now. Raises NotAllowed."""
    return batching.claim_next(board(), person(), batch)


def guidelines(batch: str) -> list[str]:
    """All versions, the newest last."""
    return batching.guidelines(board(), batch)


def score(batch: str) -> Score:
    """How the person does on the gold sessions of a batch. Raises NotAllowed."""
    return measuring.my_score(board(), person(), batch, domain(latest_model()))


def queued(wanted: Iterable[str]) -> dict[str, Task]:
    """Session -> how it stands in an open batch of the person; the others are left out."""
    me = person()
    return batching.queued(board(), me, list(wanted)) if people.may(me, "claim") else {}


def openings(wanted: Iterable[str]) -> dict[str, str]:
    """Session -> how it begins."""
    return sessions().openings(list(wanted))


def batches() -> list[Listed]:
    """All, the newest first. Raises NotAllowed."""
    people.require(person(), "read_sessions")
    return board().listed()[::-1]


def is_due(day: str) -> bool:
    """Whether it is today, or was before."""
    return day <= datetime.now(zone()).date().isoformat()


def is_there(session: str) -> bool:
    """Whether the log has the session."""
    return recorder().log.version(session_stream(session)) > 0


def sessions() -> SessionList:
    """The list of sessions, as of now, or nearly: see `behind`. Raises NotAllowed."""
    people.require(person(), "read_sessions")
    return _lists(settings()).glance()


def behind() -> int:
    """How many of the latest events the lists do not tell of yet; they are being worked on."""
    return _lists(settings()).behind


def still_behind() -> int:
    """The same, looked at again."""
    _lists(settings()).glance()
    return behind()


def decide(session: str, person: Person, sent: Sequence[JsonObject]) -> Outcome:
    """As the replay does it. Raises NotAllowed, UnknownSession."""
    return batching.decide(board(), desk(), session, person, sent)


def tag(sessions: Sequence[str], add: Sequence[str], remove: Sequence[str] = ()) -> None:
    """Raises NotAllowed, TagUnusable, UnknownSession."""
    tagging.tag(recorder().log, person(), sessions, add, remove)


def latest_model() -> str | None:
    """Id of the model trained last; asked anew each time, since one may be trained meanwhile."""
    models = recorder().models.list()
    return models[0].id if models else None


def domain(model: str | None) -> Domain | None:
    """That of a model; None: without one. Raises ModelUnreadable."""
    return _domain(settings(), model)


def location() -> str:
    """The options that name the database, for a command to copy; empty where it is the usual one."""
    database = settings().database
    return "" if database == DEFAULT_DATABASE else f"--database {shlex.quote(database)}"


def zone() -> tzinfo:
    """The time zone of whoever looks at the page."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):  # a browser may name one that is not known here
        return UTC


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def recall(key: str) -> Any:
    """What a component or a page keeps under a key of its own; None: nothing yet."""
    return st.session_state.get(key)


def remember(key: str, value: Any) -> None:
    st.session_state[key] = value


@st.cache_resource(show_spinner=False)
def _recorder(chosen: Settings) -> Recorder:
    """Its appends are counted; a transaction in progress when the process ends is waited for."""
    opened = open_recorder(chosen, PROCESS.observe)
    assert isinstance(opened.log, SqlLog)  # bootstrap opens no other kind
    PROCESS.watch(opened.log)
    atexit.register(opened.log.database.close)
    return opened


@st.cache_resource(show_spinner=False, max_entries=2)
def _colleagues(chosen: Settings, version: int) -> list[str]:
    """As of a version of the stream of all changes of accounts."""
    everybody = accounts.everybody(_recorder(chosen).log)
    return sorted(each.name for each in everybody if people.may(each.person, "comment") and not each.disabled)


@st.cache_resource(show_spinner=False)
def _door(chosen: Settings) -> Door:
    return Door(_recorder(chosen).log, idle=signing_in.idle_time(chosen.session_hours))


@st.cache_resource(show_spinner=False, max_entries=2)
def _desk(chosen: Settings, model: str | None) -> Desk:
    is_blind = partial(batching.is_blind, _board(chosen))
    return Desk(_recorder(chosen).log, _domain(chosen, model), model, is_blind)


@st.cache_resource(show_spinner=False)
def _board(chosen: Settings) -> Board:
    return Board(_recorder(chosen).log)


@st.cache_resource(show_spinner=False)
def _lists(chosen: Settings) -> Listing:
    opened = _recorder(chosen)
    return Listing(opened.log, opened.read_models, opened.lists)


@st.cache_resource(show_spinner=False, max_entries=2)
def _domain(chosen: Settings, model: str | None) -> Domain | None:
    return _recorder(chosen).models.load(model).domain if model else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "annotator"
