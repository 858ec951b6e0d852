"""The command that makes a cluster Slipway's which somebody else has made."""

from collections.abc import Iterator
from typing import Annotated

import typer
import yaml
from rich.console import Group, RenderableType
from rich.text import Text

from cli.command_line import api
from cli.files import read_spec
from cli.output import Format, console, is_interactive, show
from cli.plan_view import plan_view
from cli.render import accepted_text
from cli.shapes import Adoption
from cli.watch import watch


def adopt(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The cluster's name in EKS.")],
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="Take ownership, by tags.")] = False,
    file: Annotated[
        str | None,
        typer.Option("-f", "--file", metavar="FILE", help="A spec in the place of the one that describes the cluster."),
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--no-wait", help="Watch the run until it ends. [default: on a terminal]", show_default=False
        ),
    ] = None,
    output: Annotated[Format, typer.Option("-o", "--output", help="How to print the answer.")] = Format.TABLE,
) -> None:
    """Show the spec of a cluster that Slipway did not make, and take it over.

    Without --confirm nothing changes: it prints the spec that describes the cluster, the tags that a run would set,
    and what no spec can say. With --confirm the run sets the tags and changes nothing else.

    Example: slipway adopt ledger --confirm
    """
    slipway = api(ctx)
    spec = read_spec(file) if file else None
    if not confirm:
        found = slipway.adoption(name, spec)
        show(output, found, lambda: adoption_view(found))
        return
    answer = slipway.adopt(name, spec)
    show(output, answer, lambda: accepted_text(answer))
    screen = console(stderr=output != Format.TABLE)
    wanted = wait or (wait is None and output == Format.TABLE and is_interactive(screen))
    if wanted and not watch(slipway, answer["run"]["id"], screen, ctx.obj.outside.now):
        raise typer.Exit(1)


def adoption_view(found: Adoption) -> RenderableType:
    """The spec as YAML, to be kept in a file; then, as comments of it would be, the plan and what is to be known."""
    spec = yaml.safe_dump(found["spec"], sort_keys=False, allow_unicode=True)
    return Group(Text(spec), plan_view({"actions": found["actions"]}), *_remarks(found))


def _remarks(found: Adoption) -> Iterator[Text]:
    if found["undescribed"]:
        yield Text("\nNo spec says, and it stays as it is:")
    for it in found["undescribed"]:
        yield Text(f"  {it['what']}: {it['meaning']}")
    if found["hindrances"]:
        yield Text("\nTo be mended before it can be adopted:", style="bold red")
    for error in found["hindrances"]:
        yield Text(f"  {error['pointer']}: {error['detail']} -> {error['remedy']}")
    if not found["hindrances"]:
        yield Text("\nNothing was changed. To take ownership, add --confirm.")
