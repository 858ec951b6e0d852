"""What all commands share: the options that find the API, and how an error ends the process."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from time import sleep
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from cli.client import Api, connect
from cli.errors import CliError, ExitCode
from cli.finding import Where, find
from cli.output import complain
from cli.times import utc_now

if TYPE_CHECKING:
    from typer._click import Context  # typer publishes no other name for what it hands to a group

SHARED_OPTIONS: Final = ("--url", "--stack", "--profile", "--region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The time of the world outside, which tests replace."""

    pause: Callable[[float], None] = sleep
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the command line: what a command gets as ``ctx.obj``."""

    where: Where
    outside: Outside = field(default_factory=Outside)


class Commands(TyperGroup):
    """The top of the command line."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Takes the shared options wherever they stand, also after the command."""
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: "Context") -> Any:  # noqa: ANN401 - as typer declares it
        """Runs the command; says what ended it and exits."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            complain(error.lines, error.label)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt:
            complain(["interrupted"], "")
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments with the shared options and their values first; what follows ``--`` stays."""
    shared: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            others.append(argument)
            break
        if argument in SHARED_OPTIONS:
            shared += [argument, *_next(rest)]
        elif argument.split("=")[0] in SHARED_OPTIONS:
            shared.append(argument)
        else:
            others.append(argument)
    return [*shared, *others, *rest]


def api(ctx: typer.Context) -> Api:
    """The API that this call is for."""
    call: Call = ctx.obj
    return connect(find(call.where), call.outside.pause)


def _next(rest: Iterator[str]) -> list[str]:
    return list(islice(rest, 1))
