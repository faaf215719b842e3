"""`recorder agreement`: how far people say the same."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, print_json, user
from recorder.dialogue.steps import ACTION, UNDERSTANDING
from recorder.read_models.catching_up import PATIENCE
from recorder.review.agreement import Agreement, Coefficient
from recorder.review.drift import Trend, trends
from recorder.review.people import operator
from recorder.review.rates import Difference, Rate
from recorder.services import agreeing
from recorder.services.agreeing import Bias, Figures
from recorder.services.board import Board
from recorder.settings import Settings

TITLES = {UNDERSTANDING: "intents", ACTION: "actions"}
NAMES = {
    "percent": "agreement",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's alpha",
    "ac1": "Gwet's AC1",
}
SHOWN = 20
"""Labels and pairs of people that are printed; `--json` has them all."""


@click.command("agreement")
@click.option("--batch", default="", metavar="NAME", help="Only of its sessions. [default: of all]")
@database_option
@json_option
def command(batch: str, database: str, as_json: bool) -> int:
    """Say how far people agree who reviewed the same sessions.

    Counts what two or more have judged in submitted reviews, intents and actions apart: agreement in
    percent, Cohen's and Fleiss' kappa, Krippendorff's alpha and Gwet's AC1 with their 95 % intervals, by
    pair of people and by label; entities by their spans; how often people say yes to the model where they
    see it and where they do not; whose answers lately differ from the verdicts more or less than before.
    """
    recorder = open_recorder(Settings(database=database))
    me = operator(user())
    board = Board(recorder.log)
    judgements = recorder.lists.at_least(recorder.read_models.catch_up(PATIENCE)).judgements
    ground = agreeing.ground(judgements, board, me, batch=batch)
    found = [agreeing.figures(ground, kind, me) for kind in agreeing.KINDS]
    biases = agreeing.bias(judgements, board, me, batch=batch)
    weeks = agreeing.drift(judgements, board, me, batch=batch)
    if as_json:
        print_json(
            {
                "batch": batch or None,
                "is_cut": ground.is_cut,
                "people": list(ground.people),
                "kinds": {TITLES[each.kind]: _as_object(each) for each in found},
                "drift": [{"week": w.week, "annotator": w.annotator, **_rate(w.rate)} for w in weeks],
                "quick": [
                    {"annotator": s.annotator, "decisions": s.decisions, "otherwise": s.otherwise}
                    for s in agreeing.signals(judgements, board, me, batch=batch)
                ],
                "bias": [_bias(each) for each in biases],
            }
        )
    else:
        _print(found, biases, trends(weeks), is_cut=ground.is_cut)
    return 0


def _as_object(found: Figures) -> dict[str, Any]:
    return {
        **_agreement(found.all),
        "pairs": [{"annotators": list(pair), **_agreement(each)} for pair, each in found.pairs.items()],
        "labels": [
            {"label": label, "votes": found.given[label], **_agreement(each)}
            for label, each in found.labels.items()
        ],
        "confusion": [
            {"labels": list(pair), "pairs": number} for pair, number in sorted(found.confusion.items())
        ],
        "entities": None
        if found.entities is None
        else {
            "pairs": found.entities.pairs,
            "spans": found.entities.spans,
            "f1_exact": found.entities.f1_exact,
            "f1_overlapping": found.entities.f1_overlapping,
        },
        "reliability": dict(found.consensus.reliability) if found.consensus else None,
    }


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        "steps": found.items,
        "votes": found.votes,
        "coefficients": {each.name: _coefficient(each) for each in found.coefficients},
    }


def _coefficient(each: Coefficient) -> dict[str, Any]:
    if each.value is None:
        return {"value": None, "why": each.undefined}
    return {"value": each.value, "low": each.low, "high": each.high}


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {"hits": rate.hits, "of": rate.of, "share": rate.value, "low": low, "high": high}


def _bias(each: Bias) -> dict[str, Any]:
    apart = each.difference
    return {
        "annotator": each.annotator or None,
        "kind": TITLES[each.kind],
        "shown": _rate(each.shown),
        "blind": _rate(each.blind),
        "difference": apart and {"value": apart.value, "low": apart.low, "high": apart.high},
    }


def _print(found: list[Figures], biases: list[Bias], drifts: list[Trend], *, is_cut: bool) -> None:
    console = Console()
    if not any(each.all.items for each in found):
        console.print("No step was judged by two people yet: it takes two submitted reviews of a session.")
        return
    if is_cut:
        console.print(f"Of the first {agreeing.MOST:,} steps only, by name of session.")
    table = Table(title="Agreement, with 95 % intervals", title_justify="left")
    table.add_column("")
    for each in found:
        table.add_column(f"{TITLES[each.kind]} (n = {each.all.items:,})")
    for name, words in NAMES.items():
        cells = [_told(each.all, name) for each in found]
        if any(cells):
            table.add_row(words, *cells)
    console.print(table)
    for figures in found:
        _print_worst(console, figures)
    for bias in biases:
        if not bias.annotator and bias.blind.of:
            kind, shown, blind = TITLES[bias.kind], _share(bias.shown), _share(bias.blind)
            more = _apart(bias.difference)
            console.print(f"Yes to the model, {kind}: {shown} shown, {blind} blind{more}", highlight=False)
    for trend in drifts:
        if trend.change and trend.change.is_clear:
            lately, before = _share(trend.lately), _share(trend.before)
            more = _apart(trend.change)
            console.print(
                Text(f"Drift, {trend.annotator}: as the verdict {lately} lately, {before} before{more}")
            )


def _apart(found: Difference | None) -> str:
    return f"; apart {found.value:+.1%} ({found.low:+.1%} to {found.high:+.1%})" if found else ""


def _print_worst(console: Console, figures: Figures) -> None:
    """Labels and pairs with the lowest agreement."""
    title = f"{TITLES[figures.kind].capitalize()}: lowest agreement first"
    table = Table(title=title, title_justify="left")
    table.add_column("label, or two people", overflow="fold")
    table.add_column("n", justify="right")
    table.add_column("Krippendorff's alpha")
    rows = [
        *((label, each) for label, each in figures.labels.items()),
        *((" and ".join(pair), each) for pair, each in figures.pairs.items()),
    ]
    for name, each in sorted(rows, key=lambda row: _value(row[1]))[:SHOWN]:
        table.add_row(Text(name), f"{each.items:,}", _told(each, "krippendorff"))
    if rows:
        console.print(table)


def _value(each: Agreement) -> float:
    value = each["krippendorff"].value
    return 2.0 if value is None else value


def _told(found: Agreement, name: str) -> str:
    each = next((c for c in found.coefficients if c.name == name), None)
    if each is None:
        return ""
    if each.value is None:
        return f"undefined: {each.undefined}"
    if name == "percent":
        return f"{each.value:.1%}" + (f"  {each.low:.1%} to {each.high:.1%}" if each.low is not None else "")
    return f"{each.value:.3f}" + (f"  {each.low:.3f} to {each.high:.3f}" if each.low is not None else "")


def _share(rate: Rate) -> str:
    return f"{rate.value:.1%} of {rate.of:,}" if rate.value is not None else "never"
