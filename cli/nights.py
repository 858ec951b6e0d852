"""The commands for a cluster's nights and sizes."""

import re
from enum import StrEnum
from typing import Annotated, Final

import typer

from cli.client import Api
from cli.command_line import api
from cli.errors import ExitCode, UsageError
from cli.files import read_spec
from cli.night_view import arranged_text, schedule_view
from cli.output import Format, console, is_interactive, show
from cli.shapes import Arranged, Json
from cli.watch import watch

_SIZES: Final = re.compile(r"(?P<group>[^=]+)=(?P<desired>[0-9]+)(,min=(?P<least>[0-9]+))?(,max=(?P<most>[0-9]+))?")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The cluster's name.")]
Output = Annotated[Format, typer.Option("-o", "--output", help="How to print the answer.")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Such as 2026-12-31T22:00:00+01:00; by default the calendar's next event."
    ),
]
Wait = Annotated[
    bool | None,
    typer.Option("--wait/--no-wait", help="Watch the run until it ends. [default: on a terminal]", show_default=False),
]


class Deed(StrEnum):
    """What to do with a calendar."""

    SHOW = "show"
    SET = "set"
    DELETE = "delete"


def schedule(
    ctx: typer.Context,
    name: Name,
    deed: Annotated[Deed, typer.Argument(metavar="[show|set|delete]", help="What to do with it.")] = Deed.SHOW,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="For set: YAML or JSON; - for stdin.")] = None,
    *,
    wait: Wait = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a cluster's calendar, set it from a file, or delete it.

    A cluster without a calendar never sleeps by itself: deleting it wakes the cluster.

    Example: slipway schedule simple-bank set office-hours.yaml
    """
    if (deed is Deed.SET) != (file is not None):
        raise UsageError("a file goes with set, and with nothing else: slipway schedule NAME set FILE")
    if file is not None:
        calendar = read_spec(file)
        slipway = api(ctx)
        _arranged(ctx, slipway, slipway.set_schedule(name, calendar), output, wait=wait)
    elif deed is Deed.DELETE:
        slipway = api(ctx)
        _arranged(ctx, slipway, slipway.delete_schedule(name), output, wait=wait)
    else:
        found = api(ctx).schedule(name)
        show(output, found, lambda: schedule_view(found))


def sleep(
    ctx: typer.Context, name: Name, *, until: Until = None, wait: Wait = None, output: Output = Format.TABLE
) -> None:
    """Put a cluster to sleep now, for a time.

    Its node groups go to zero nodes; the control plane stays, and is paid for.

    Example: slipway sleep simple-bank --until 2026-12-31T22:00:00+01:00
    """
    slipway = api(ctx)
    _arranged(ctx, slipway, slipway.hold(name, "sleep", until), output, wait=wait)


def wake(
    ctx: typer.Context, name: Name, *, until: Until = None, wait: Wait = None, output: Output = Format.TABLE
) -> None:
    """Wake a cluster now, or keep it awake, for a time.

    Example: slipway wake simple-bank --until 2026-12-31T22:00:00+01:00
    """
    slipway = api(ctx)
    _arranged(ctx, slipway, slipway.hold(name, "wake", until), output, wait=wait)


def scale(
    ctx: typer.Context,
    name: Name,
    sizes: Annotated[
        list[str], typer.Argument(metavar="GROUP=NODES...", help="With other bounds: GROUP=0,min=0,max=5")
    ],
    *,
    wait: Wait = None,
    output: Output = Format.TABLE,
) -> None:
    """Give node groups of a cluster other sizes: at once, or at waking if it sleeps.

    Example: slipway scale simple-bank workers=2
    """
    nodegroups = [_sizes(text) for text in sizes]
    slipway = api(ctx)
    _arranged(ctx, slipway, slipway.scale(name, nodegroups), output, wait=wait)


def _sizes(text: str) -> Json:
    found = _SIZES.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not GROUP=NODES: write it like workers=2 or workers=0,min=0,max=5")
    sizes = {"desiredSize": found["desired"], "minSize": found["least"], "maxSize": found["most"]}
    return {"nodegroupName": found["group"], **{name: int(size) for name, size in sizes.items() if size is not None}}


def _arranged(ctx: typer.Context, slipway: Api, answer: Arranged, output: Format, *, wait: bool | None) -> None:
    """Prints the answer; watches the run if that was asked for, and exits with 1 if it fails."""
    show(output, answer, lambda: arranged_text(answer))
    screen = console(stderr=output != Format.TABLE)
    watches = wait or (wait is None and output == Format.TABLE and is_interactive(screen))
    run = answer["run"]
    if run and watches and not watch(slipway, run["id"], screen, ctx.obj.outside.now):
        raise typer.Exit(ExitCode.FAILED)
