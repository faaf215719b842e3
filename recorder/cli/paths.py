"""Options that take several files or folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

MANY = ("--domain", "--stories", "--nlu", "--rules")

F = TypeVar("F", bound=Callable[..., Any])


class ManyValues(click.Command):
    """`--stories a b` means `--stories a --stories b`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_repeated(args)))


def _repeated(args: Sequence[str]) -> Iterator[str]:
    option, fresh = "", False
    for arg in args:
        if arg.startswith("-"):
            option, fresh = (arg, True) if arg in MANY else ("", False)
        elif option and not fresh:
            yield option
        else:
            fresh = False
        yield arg


def paths_option(name: str, what: str, *, required: bool = False) -> Callable[[F], F]:
    return click.option(
        f"--{name}",
        name,
        multiple=True,
        required=required,
        type=click.Path(path_type=Path),
        metavar="PATH…",
        help=f"{what}; files, or folders with all that is in them.",
    )
