"""The command for what has happened to a cluster."""

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Final

import typer
from rich.console import Console

from cli.client import Api
from cli.command_line import api
from cli.errors import UsageError
from cli.output import Format, console, show
from cli.shapes import Event
from cli.watch import POLL_SECONDS

_LATEST: Final = 50
"""More than that do not happen between two looks."""

_NONE: Final = "Nothing has happened yet: an event is told of when a run ends."


def events(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The cluster's name; it may be deleted.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on and print what happens, until Ctrl-C.")] = False,
    output: Annotated[Format, typer.Option("-o", "--output", help="How to print the answer.")] = Format.TABLE,
) -> None:
    """Print what has happened to a cluster in the last 90 days.

    The same events are on Slipway's bus in EventBridge.

    Example: slipway events simple-bank --follow
    """
    if follow and output != Format.TABLE:
        raise UsageError("--follow prints a line for each event: leave -o out")
    slipway = api(ctx)
    found = list(slipway.events(name))
    if follow:
        _follow(slipway.patient(), name, found, console())
    else:
        show(output, found, lambda: "\n".join(_lines(found)) or _NONE)


def _follow(slipway: Api, name: str, found: list[Event], screen: Console) -> None:
    """Prints each event once, as long as nobody interrupts."""
    printed: set[str] = set()
    while True:
        new = [event for event in found if event["id"] not in printed]
        for line in _lines(new):
            screen.print(line, soft_wrap=True)
        printed.update(event["id"] for event in new)
        slipway.pause(POLL_SECONDS)
        found = list(islice(slipway.events(name), _LATEST))


def _lines(events: Iterable[Event]) -> list[str]:
    """One line for each, the newest last."""
    return [f"{event['at']} {event['type']}: {event['message']}" for event in reversed(list(events))]
