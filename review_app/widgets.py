"""What pages draw: filters, chips, pages. They return nothing; what was chosen is in the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

import streamlit as st

from recorder.errors import AccountError
from recorder.learning.evaluation import Answers, Comparison
from recorder.read_models.session_list import Filters, Labels, Page
from recorder.review.accounts import Account
from recorder.review.people import ROLES, Person, may
from recorder.review.sampling import STRATEGIES, Votes
from recorder.services import accounts
from recorder.services.batching import Listed, WorkList
from recorder.services.measuring import Score
from recorder.services.opening import LONGEST_NAME, MOST_SESSIONS, Preview, Sample
from recorder.store.log import EventLog
from recorder.store.model_files import ModelFile
from review_app import state, views
from review_app.session_list import session_list

FIRST_STEPS = (
    ("recorder ingest PATH…", "sessions that Rasa recorded: databases, dumps, event logs"),
    ("recorder talk", "chat with a trained model; it records itself"),
    ("recorder demo", "the concert bot in a folder of its own, with sessions that need a review"),
)
FIRST_MODEL = "recorder train --domain domain.yml --stories stories.yml --nlu nlu.yml --out models"

LEGIBLE = """
[data-testid=stCaptionContainer] { color: inherit !important; opacity: 0.85; }
button kbd { color: inherit !important; }
"""
"""Streamlit's own greys, dark enough to be read."""
LEGIBLE_DARK = """
[kind^=primary], [kind^=primary] p { color: #0e1117 !important; }
.token.comment { color: #a3a8b8 !important; }
.token.builtin { color: #83c9ff !important; }
"""
"""And its white on light blue."""

SMALL_CHIPS = """<style>
.st-key-chips button { min-height: 1.8rem; padding: 0 0.6rem; border-radius: 1rem; }
.st-key-chips { min-height: 2rem; }
</style>"""


def first_steps() -> None:
    """What to do while there is no session."""
    st.info("There is no session yet. Read or record some:", icon=":material/inbox:")
    for step, what in FIRST_STEPS:
        st.caption(what)
        where = "" if "demo" in step else state.location()
        st.code(f"{step} {where}".rstrip(), language="bash")
    st.caption(f"Database: {views.plain(state.settings().database)}. Reload this page when you are done.")


def own_password() -> None:
    """Change it; whoever does signs in again."""
    with st.form(state.edition("own-password"), width=400):
        old = _secret("The old password", "own-password", "current-password")
        new = _secret("The new one", "own-password", "new-password")
        again = _secret("The new one again", "own-password", "new-password")
        if st.form_submit_button("Change and sign in again"):
            _do("own-password", "", lambda log, me: accounts.change_password(log, me, old, _same(new, again)))


def new_account() -> None:
    """Ask for a name, a role and a password, and open an account."""
    form = state.edition("new-account")
    with st.form(form):
        name = st.text_input("Name", key=f"{form}-name", max_chars=64, autocomplete="off")
        role = st.selectbox("Role", ROLES, key=f"{form}-role")
        password = _secret("Password", "new-account", "new-password")
        again = _secret("Password again", "new-account", "new-password")
        is_vouched = st.checkbox("No password: an OpenID provider says who it is", key=f"{form}-oidc")
        if st.form_submit_button("Add", type="primary"):

            def add(log: EventLog, me: Person) -> None:
                chosen = None if is_vouched else _same(password, again)
                accounts.open_account(log, me, name, role, password=chosen)

            _do("new-account", f"{name} may sign in.", add)


def change_account(team: Sequence[Account]) -> None:
    """Give a role or a password, let in or not."""
    name = st.selectbox("Who", [account.name for account in team], key="change-who")
    account = next(account for account in team if account.name == name)
    with st.form(f"role-{name}"):
        role = st.selectbox("Role", ROLES, ROLES.index(account.role))
        if st.form_submit_button("Give this role"):
            _do("", f"{name} is {role} now.", lambda log, me: accounts.give_role(log, me, name, role))
    if account.origin == accounts.PASSWORD:
        with st.form(f"{state.edition('reset')}-{name}"):
            new = _secret("New password", "reset", "new-password")
            if st.form_submit_button("Set it, and sign them out"):
                done = f"{name} has a new password."
                _do("reset", done, lambda log, me: accounts.reset_password(log, me, name, new))
    if account.disabled:
        if st.button("Let them in again", key=f"enable-{name}"):
            _do("", f"{name} may sign in.", lambda log, me: accounts.enable(log, me, name))
    elif st.button("Sign them out, and let them in no more", key=f"disable-{name}"):
        _do("", f"{name} may not sign in any more.", lambda log, me: accounts.disable(log, me, name))


def _secret(label: str, form: str, autocomplete: str) -> str:
    key = f"{state.edition(form)}-{label}"
    return st.text_input(label, key=key, type="password", autocomplete=autocomplete, max_chars=1024)


def _same(password: str, again: str) -> str:
    if password != again:
        raise AccountError("These are two different passwords; nothing was changed.")
    return password


def _do(form: str, done: str, change: Callable[[EventLog, Person], object]) -> None:
    """Say what is wrong, or that it is done, with the form empty again."""
    try:
        change(state.recorder().log, state.person())
    except AccountError as error:
        st.error(views.plain(str(error)), icon=":material/error:")
        return
    state.dealt_with(form)
    if done:
        st.toast(views.plain(done), icon=":material/check:")
    st.rerun()


def behind(events: int) -> None:
    """Say it where a list does not tell of all that is in the log yet; then draw the page again."""
    if events:
        _catching_up()


@st.fragment(run_every=1)
def _catching_up() -> None:
    left = state.still_behind()
    if not left:
        st.rerun()
    st.caption(
        f":material/hourglass: {views.count(left, 'event')} not in this list yet; they come by and by."
    )


def filter_bar(labels: Labels) -> None:
    """Search, filters and order; each is kept in the address, so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            "Search",
            key="q",
            type="search",
            live=True,
            max_chars=200,
            placeholder='Words, "a phrase", a begin*, an id',
            icon=":material/search:",
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )
        st.pills(
            "Status",
            list(views.STATUSES),
            format_func=views.STATUSES.__getitem__,
            key="status",
            selection_mode="multi",
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )
        with st.popover("Filters", icon=":material/tune:"):
            _more_filters(labels)
        st.selectbox(
            "Order",
            list(views.SORTS),
            format_func=views.SORTS.__getitem__,
            key="sort",
            width=190,
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )


def _more_filters(labels: Labels) -> None:
    offers = (
        ("intent", "Intents", labels.intents),
        ("action", "Actions", labels.actions),
        ("source", "Sources", labels.sources),
        ("tag", "Tags", labels.tags),
    )
    for key, label, names in offers:
        st.multiselect(
            label,
            names,
            key=key,
            placeholder="Any",
            bind="query-params",
            on_change=state.first_page,
        )
    st.slider(
        "Confidence of the least sure step, percent",
        *state.WHOLE_RANGE,
        value=state.WHOLE_RANGE,
        key="sure",
        bind="query-params",
        on_change=state.first_page,
    )


def chips(active: Sequence[views.Chip], sentence: str) -> None:
    """How many there are, and each active filter with a button that takes it away."""
    st.html(SMALL_CHIPS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        st.caption(sentence, width="content")
        for chip in active:
            st.button(
                views.plain(chip.label),
                key=f"drop-{chip.key}-{chip.value}",
                icon=":material/close:",
                help="Take this filter away",
                on_click=state.drop_filter,
                args=(chip.key, chip.value),
            )
        if len(active) > 1:
            st.button("Clear all", key="drop-all", type="tertiary", on_click=state.drop_all_filters)


def tag_all(page: Page) -> None:
    """Tag all sessions of this page, or take a tag away."""
    if not may(state.person(), "tag"):
        return
    borne = sorted({tag for entry in page.entries for tag in entry.tags})
    sessions = [entry.id for entry in page.entries]
    with (
        st.popover("Tag", icon=":material/sell:"),
        st.form("tag-all", border=False, clear_on_submit=True),
    ):
        st.caption(f"All {views.count(len(sessions), 'session')} of this page")
        add = st.text_input("Add a tag", max_chars=40)
        remove = st.multiselect("Take away", borne, placeholder="None")
        if st.form_submit_button("Do it") and (add.strip() or remove):
            state.tag(sessions, [add] if add.strip() else [], remove)
            st.rerun()


def pages(page: Page) -> None:
    """Page numbers, where there is more than one page."""
    if page.pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(page.pages, key="page", bind="query-params")


def first_model() -> None:
    """What to do while there is no model."""
    st.info("There is no model in this folder yet. Train one:", icon=":material/model_training:")
    st.code(FIRST_MODEL, language="bash")
    st.caption(f"Folder: {views.plain(str(state.settings().models))}")


def two_models(models: Sequence[ModelFile], zone: tzinfo) -> tuple[str, str]:
    """Ask for the ids of two models; at first the two latest."""
    names = {model.id: views.model_name(model, zone) for model in models}
    ids = list(names)
    with st.container(horizontal=True):
        old = st.selectbox("Old", ids, 1, format_func=names.__getitem__, key="old", bind="query-params")
        new = st.selectbox("New", ids, 0, format_func=names.__getitem__, key="new", bind="query-params")
    return old, new


def changes(answers: Sequence[Answers]) -> None:
    """Steps that one model gets right and the other does not, each with a link to its replay."""
    if not answers:
        st.caption("None.")
        return
    link = st.column_config.LinkColumn("Step", display_text="open", width="small")
    st.dataframe([views.change_row(each) for each in answers], hide_index=True, column_config={"Step": link})


def confusions(comparison: Comparison) -> None:
    """Both models' confusions side by side, of intents or of actions."""
    kinds = {"action": "Actions", "understanding": "Intents"}
    most = max(kinds, key=lambda kind: views.mistakes(comparison.of(kind).new_confusion))
    kind = st.segmented_control(
        "Of",
        list(kinds),
        format_func=kinds.__getitem__,
        default=most,
        required=True,
        label_visibility="collapsed",
    )
    part = comparison.of(kind)
    for column, title, confusion in zip(
        st.columns(2), ("Old", "New"), (part.old_confusion, part.new_confusion), strict=True
    ):
        with column:
            st.markdown(f"**{title}**: {views.mistakes_sentence(confusion)}")
            st.vega_lite_chart(views.confusion_chart(confusion, dark=state.is_dark()))


def next_button(batch: str, *, primary: bool = False) -> None:
    """Open what comes next for the person: in this batch, or "" for all."""
    label = "Next session" if primary else "Next in this batch"
    pressed = st.button(
        label,
        key=f"next-{batch}",
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        shortcut="Enter" if primary else None,
    )
    if pressed:
        task = state.claim_next(batch)
        if task is None:
            st.toast("Nothing is left for you here.", icon=":material/task_alt:")
        else:
            st.switch_page("screens/replay.py", query_params={"session": task.session, "batch": task.batch})


def batch_head(work: WorkList, *, several: bool) -> None:
    """Name, due day, how far it is."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(views.plain(work.batch), anchor=False, width="content")
        if work.due:
            st.badge(f"due {work.due}", color="orange" if state.is_due(work.due) else "gray")
        if several and work.progress.open:
            next_button(work.batch)
    for share, words in (views.my_share(work.progress), views.all_share(work.progress)):
        st.progress(min(1.0, share), text=words)


def gold_score(score: Score) -> None:
    if words := views.gold_sentence(score):
        st.caption(words)


def guidelines(versions: Sequence[str]) -> None:
    """The newest ones, to open."""
    if versions:
        with st.expander(f"Guidelines, version {len(versions)}", icon=":material/menu_book:"):
            st.markdown(versions[-1])


def tasks(work: WorkList, openings: Mapping[str, str], annotator: str) -> None:
    """The sessions of a batch, those of one kind at a time."""
    kinds = views.kinds(work)
    if not kinds:
        return
    chosen = st.pills(
        "Show",
        list(kinds),
        default=next(iter(kinds)),
        format_func=lambda name: f"{name} ({len(kinds[name])})",
        key=f"kind-{work.batch}",
        label_visibility="collapsed",
    )
    if chosen in kinds:
        rows = [views.task_row(task, openings.get(task.session, ""), state.zone()) for task in kinds[chosen]]
        session_list(rows, annotator, key=f"tasks-{work.batch}-{chosen}")


def batch(listed: Listed) -> None:
    """An open batch: how far, who has done what, its guidelines, and the way to close it."""
    name, far = listed.name, state.far(listed.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(views.plain(name), anchor=False, width="content")
        if listed.due:
            st.badge(f"due {listed.due}", color="orange" if state.is_due(listed.due) else "gray")
        if may(state.person(), "close_batch"):
            with st.popover("Close", icon=":material/lock:"):
                st.write("Nothing more is given out. What comes in all the same is kept, and marked as late.")
                st.button("Close this batch", key=f"close-{name}", on_click=state.close_batch, args=(name,))
    share, words = views.all_share(far.whole)
    st.progress(min(1.0, share), text=words)
    if far.people:
        st.table([views.people_row(who, each, far.scores.get(who)) for who, each in far.people.items()])
    _guidelines_of(name, far.guidelines)


def _guidelines_of(batch: str, versions: Sequence[str]) -> None:
    """The newest ones; and a form for a new version."""
    if not may(state.person(), "write_guidelines"):
        guidelines(versions)
        return
    with st.expander(f"Guidelines, version {len(versions)}" if versions else "No guidelines yet"):
        if versions:
            st.markdown(versions[-1])
        with st.form(f"guidelines-{batch}", border=False):
            text = st.text_area("A new version, in Markdown", versions[-1] if versions else "", height=160)
            if st.form_submit_button("Write this version") and text.strip():
                state.write_guidelines(batch, text)
                st.rerun()


_SAMPLE = "previewed"
_OPENED = "opened-batch"


def new_batch() -> None:
    """First what is to be in it; then, once that is shown, its name: what is shown is what is queued."""
    if opened := state.recall(_OPENED):
        st.success(f"Batch {views.plain(opened)} is open.", icon=":material/task_alt:")
        state.remember(_OPENED, None)
    sample = _sample()
    if sample is not None:
        state.remember(_SAMPLE, None)
        state.remember(_SAMPLE, (sample, state.preview(sample)))
    held = state.recall(_SAMPLE)
    if held is None:
        return
    sample, found = held
    st.markdown(f"**{views.preview_sentence(found)}**")
    for missing in found.missing:
        st.warning(views.plain(missing))
    if not found.items:
        return
    _open_as(sample, found)
    openings = state.openings(found.sessions)
    rows = [
        views.sampled_row(session, item, openings.get(session, ""))
        for session, item in zip(found.sessions, found.items, strict=True)
    ]
    session_list(rows, state.person().name, key="preview")


def _sample() -> Sample | None:
    """What was asked for by pressing the button just now."""
    labels = state.sessions().labels()
    with st.form("sample"):
        st.markdown("**Which sessions**, and in which shares")
        with st.container(horizontal=True):
            shares = {
                name: st.number_input(
                    views.STRATEGY_NAMES[name],
                    0,
                    100,
                    {"uncertain": 70, "random": 30}.get(name, 0),
                    key=f"share-{name}",
                    help=views.STRATEGY_HELP[name],
                    width=130,
                )
                for name in STRATEGIES
            }
        with st.container(horizontal=True):
            size = st.number_input("Sessions", 1, MOST_SESSIONS, 40, width=130)
            votes = st.number_input("Votes each", 1, 9, 1, width=130)
            more = st.number_input("Votes if less sure", 0, 9, 0, width=150, help="0: as many as all others.")
            below = st.number_input("… than, in percent", 1, 100, 50, width=150)
            blind = st.number_input("Blind, in percent", 0, 100, 20, width=150)
            gold = st.number_input("Gold, in percent", 0, 100, 0, width=150)
            seed = st.number_input("Seed", 0, 2**31, 1, width=130)
        annotators = st.multiselect(
            "Annotators", state.annotators(), placeholder="Everybody", accept_new_options=state.is_solo()
        )
        with st.expander("Only some sessions"):
            text = st.text_input("Words that were said")
            intents = st.multiselect("Intents", labels.intents, placeholder="Any")
            actions = st.multiselect("Actions", labels.actions, placeholder="Any")
            sources = st.multiselect("Sources", labels.sources, placeholder="Any")
        if not st.form_submit_button("Preview", type="primary", icon=":material/visibility:"):
            return None
    return Sample(
        {name: float(share) for name, share in shares.items() if share},
        size,
        votes=Votes(votes, ((below / 100, more),) if more else ()),
        annotators=tuple(annotators),
        blind=blind / 100,
        gold=gold / 100,
        seed=seed,
        filters=Filters(text=text, intents=tuple(intents), actions=tuple(actions), sources=tuple(sources)),
    )


def _open_as(sample: Sample, found: Preview) -> None:
    with st.form("open-batch"):
        with st.container(horizontal=True):
            name = st.text_input("Name of the batch", max_chars=LONGEST_NAME)
            due = st.date_input("Due", value=None)
        told = st.text_area("Guidelines, in Markdown", height=120)
        if st.form_submit_button("Open this batch", type="primary", icon=":material/inventory_2:"):
            state.open_batch(name.strip(), found, sample, due.isoformat() if due else "", told)
            state.remember(_SAMPLE, None)
            state.remember(_OPENED, name.strip())
            st.rerun()


def legible() -> None:
    """For every page: what Streamlit draws too faint."""
    st.html(f"<style>{LEGIBLE}{LEGIBLE_DARK if state.is_dark() else ''}</style>")
