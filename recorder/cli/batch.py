"""`recorder batch`: queue sessions for several people, and say how far they are."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from recorder.bootstrap import Recorder, open_recorder
from recorder.cli.options import database_option, json_option, print_json, printable, user
from recorder.errors import NotationError
from recorder.read_models.session_list import Filters
from recorder.review import batches
from recorder.review.people import operator
from recorder.review.sampling import STRATEGIES, Strategy, Votes
from recorder.services import batching, measuring, opening
from recorder.services.board import Board, Listed
from recorder.settings import Settings


@click.group("batch")
def command() -> None:
    """Queue sessions for several people to review.

    Each session is given out as often as it needs votes, to somebody else each time. Who works on it
    holds it for 15 minutes after the latest sign of life; then it goes to whoever comes.
    """


def _shares(context: click.Context, option: click.Parameter, value: str) -> dict[Strategy, float]:
    shares: dict[Strategy, float] = {}
    for part in value.split(","):
        name, _, share = part.strip().partition(":")
        if name not in STRATEGIES or name in shares:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(STRATEGIES)}, each once")
        try:
            shares[name] = float(share or 1)
        except ValueError:
            raise click.BadParameter(f"{share!r} is no share: write {name}:0.5") from None
        if not 0 < shares[name] < float("inf"):
            raise click.BadParameter(f"the share of {name} must be above 0")
    return shares


def _votes(context: click.Context, option: click.Parameter, value: str) -> Votes:
    usual, *below = (part.strip() for part in value.split(","))
    found = [re.fullmatch(r"([1-9]\d?)<(0?\.\d+|1(?:\.0+)?)", part) for part in below]
    if not re.fullmatch(r"[1-9]\d?", usual) or None in found:
        raise click.BadParameter("a number, as 2; or with more for the less sure, as 1,2<0.6,3<0.3")
    return Votes(int(usual), tuple((float(each[2]), int(each[1])) for each in found if each))


def _names(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in value.split(",")))))


@command.command("open")
@click.argument("name")
@click.option(
    "--strategy",
    "shares",
    callback=_shares,
    default="uncertain:0.7,random:0.3",
    show_default=True,
    metavar="NAME:SHARE,…",
    help=f"How the sessions are chosen: {', '.join(STRATEGIES)}; several with their shares.",
)
@click.option("--size", type=click.IntRange(1, opening.MOST_SESSIONS), default=40, show_default=True)
@click.option(
    "--votes",
    callback=_votes,
    default="1",
    show_default=True,
    metavar="N[,N<CONFIDENCE…]",
    help="How many people review each session; 1,2<0.6,3<0.3: more where the model was less sure.",
)
@click.option(
    "--annotators", callback=_names, default="", metavar="NAME,…", help="Who takes part; without, everybody."
)
@click.option(
    "--blind",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Sessions in which nobody sees the model's choice before their own decision.",
)
@click.option(
    "--gold",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Sessions whose answers are known, mixed in unseen for each annotator.",
)
@click.option(
    "--guidelines",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="How to decide, in Markdown.",
)
@click.option("--due", default="", metavar="DATE", help="As 2026-05-01.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed chooses the same.")
@click.option("--intent", "intents", multiple=True, help="Only sessions in which it occurs; several: any.")
@click.option("--action", "actions", multiple=True, help="Only sessions in which it occurs; several: any.")
@click.option("--source", "sources", multiple=True, help="Only sessions from there; several: any.")
@click.option("--text", default="", help="Only sessions in which all these words occur.")
@click.option("--dry-run", is_flag=True, help="Show what would be queued; write nothing.")
@database_option
@json_option
def open_(
    name: str,
    guidelines: Path | None,
    due: str,
    dry_run: bool,
    database: str,
    as_json: bool,
    intents: tuple[str, ...],
    actions: tuple[str, ...],
    sources: tuple[str, ...],
    text: str,
    **sample: Any,
) -> None:
    """Choose sessions that nobody has reviewed, and queue them; `disagreement` takes those that were.

    What --dry-run shows is what is queued, as long as the log says the same. Sessions in an open batch
    are not chosen again. Why each one is in it is kept.
    """
    recorder = open_recorder(Settings(database))
    board, person = Board(recorder.log), operator(user())
    told = _text_of(guidelines) if guidelines else ""
    lists = recorder.lists.at_least(recorder.read_models.catch_up())
    filters = Filters(text=text, intents=intents, actions=actions, sources=sources)
    wanted = opening.Sample(filters=filters, **sample)
    found = opening.preview(board, person, lists, wanted)
    if not dry_run:
        opening.open_batch(
            board,
            person,
            name,
            found.items,
            annotators=wanted.annotators,
            seed=wanted.seed,
            due=due,
            guidelines=told,
            sampled=wanted.to_json(),
        )
    rows = [
        {"session": session, **batches.to_json(item)}
        for session, item in zip(found.sessions, found.items, strict=True)
    ]
    if as_json:
        print_json({"batch": name, "opened": not dry_run, "missing": found.missing, "sessions": rows})
        return
    for missing in found.missing:
        click.echo(f"recorder: {missing}", err=True)
    for row in rows:
        marks = [mark for mark in ("blind", "gold") if row.get(mark)]
        marks += [f"first of {', '.join(row['guided'])}"] if row.get("guided") else []
        why = "; ".join([*row.get("reasons", ()), *marks])
        votes = "1 vote" if row["votes"] == 1 else f"{row['votes']} votes"
        click.echo(printable(f"{row['session']}: {votes}; {why}"))
    done = "would be queued" if dry_run else f"are queued as batch {name}"
    click.echo(printable(f"{len(rows):,} of {found.found:,} sessions {done}."))


@command.command("list")
@database_option
@json_option
def show_all(database: str, as_json: bool) -> None:
    """Say which batches there are, and how far they are."""
    board = _board(database)
    rows = [_row(board, listed) for listed in board.listed()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        far = f"{row['complete']:,} of {row['sessions']:,} sessions complete"
        state = "closed" if row["closed"] else (f"due {row['due']}" if row["due"] else "open")
        click.echo(printable(f"{row['batch']}: {far}; {state}"))
    if not rows:
        click.echo("There are no batches.")


@command.command("show")
@click.argument("name")
@database_option
@json_option
def show(name: str, database: str, as_json: bool) -> None:
    """Say who has done what in a batch, how they do on gold, and what nobody takes."""
    recorder = open_recorder(Settings(database))
    board, person = Board(recorder.log), operator(user())
    scores = measuring.scores(board, person, name)
    with board.look(name) as shelf:
        batch, now = shelf.batch, board.clock()
        whole = batches.progress(batch, "", now)
        people = {who: batches.progress(batch, who, now) for who in batch.people()}
        stuck = [shelf.sessions[number] for number in range(len(batch.items)) if batch.is_stuck(number)]
        told: dict[str, Any] = {
            "batch": name,
            "opened": batch.opened,
            "closed": batch.closed,
            "due": batch.due,
            "sampled": batch.sampled,
            "guidelines": len(batch.guidelines),
            **{key: getattr(whole, key) for key in ("sessions", "complete", "votes", "given", "late")},
            "people": {
                who: {
                    "done": far.done,
                    "begun": far.begun,
                    "skipped": far.skipped,
                    "seconds_a_session": far.seconds,
                    "gold": asdict(scores[who]) if who in scores else None,
                }
                for who, far in people.items()
            },
            "skipped_by_all": stuck,
        }
    if as_json:
        print_json(told)
        return
    _print(told)


@command.command("close")
@click.argument("name")
@database_option
def close(name: str, database: str) -> None:
    """Give nothing more out. What people have begun can still be submitted, and is marked as late."""
    opening.close_batch(_board(database), operator(user()), name)
    click.echo(printable(f"Batch {name} is closed."))


@command.command("guidelines")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@database_option
def guidelines(name: str, file: Path | None, database: str) -> None:
    """Print how to decide in a batch; with FILE, write a new version of it."""
    board = _board(database)
    if file is not None:
        number = opening.write_guidelines(board, operator(user()), name, _text_of(file))
        click.echo(printable(f"Version {number} of the guidelines of {name}."))
        return
    versions = batching.guidelines(board, name)
    if versions:
        click.echo(versions[-1], nl=not versions[-1].endswith("\n"))
    else:
        click.echo(printable(f"Batch {name} has no guidelines."), err=True)


@command.command("gold")
@click.argument("session")
@click.option("--remove", is_flag=True, help="It is no gold any more.")
@database_option
def gold(session: str, remove: bool, database: str) -> None:
    """Let annotators be measured by what the submitted reviews of a session say."""
    opening.mark_gold(_board(database), operator(user()), session, is_gold=not remove)
    click.echo(printable(f"Session {session} is {'no longer ' if remove else ''}gold."))


def _print(told: dict[str, Any]) -> None:
    state = "closed" if told["closed"] else (f"due {told['due']}" if told["due"] else "open")
    lines = [
        f"{told['batch']}: {state}, opened {told['opened']:%Y-%m-%d %H:%M} UTC",
        f"{told['complete']:,} of {told['sessions']:,} sessions complete; "
        f"{told['given']:,} of {told['votes']:,} votes, and {told['late']:,} beyond",
    ]
    for who, far in told["people"].items():
        pace = f"; {far['seconds_a_session']:.0f} s a session" if far["seconds_a_session"] is not None else ""
        right = far["gold"] and far["gold"]["steps"] and f"{far['gold']['right']} of {far['gold']['steps']}"
        gold = f"; {right} steps of gold sessions right" if right else ""
        lines.append(f"{who}: {far['done']} done, {far['begun']} begun, {far['skipped']} skipped{pace}{gold}")
    if told["skipped_by_all"]:
        lines.append(f"Skipped by all: {', '.join(told['skipped_by_all'])}")
    for line in lines:
        click.echo(printable(line))


def _row(board: Board, listed: Listed) -> dict[str, Any]:
    complete, votes = listed.complete, listed.votes
    if listed.closed is None:
        with board.look(listed.name) as shelf:
            far = batches.progress(shelf.batch, "", board.clock())
        complete, votes = far.complete, far.given + far.late
    return {
        "batch": listed.name,
        "sessions": listed.sessions,
        "complete": complete,
        "votes": votes,
        "annotators": listed.annotators,
        "due": listed.due,
        "opened": listed.opened,
        "closed": listed.closed,
    }


def _board(database: str) -> Board:
    return Board(_recorder(database).log)


def _recorder(database: str) -> Recorder:
    return open_recorder(Settings(database))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotationError("not UTF-8", file=file) from None
