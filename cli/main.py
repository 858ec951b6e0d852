"""The commands of ``slipway``."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cli import adopt, events, nights
from cli import kubeconfig as kubeconfigs
from cli.client import Api
from cli.command_line import Call, Commands, Outside, api
from cli.errors import CliError, ExitCode, UsageError
from cli.files import read_spec
from cli.finding import DEFAULT_STACK, Where
from cli.output import Format, console, is_interactive, show
from cli.plan_view import drift_view, plan_view
from cli.render import accepted_text, cluster_view, clusters_table, runs_table
from cli.shapes import Accepted
from cli.versions import version as slipway_version
from cli.watch import run_named
from cli.watch import watch as watch_run
from lambdas.domain.runs import RunStatus

app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)

SpecFile = Annotated[str, typer.Option("-f", "--file", metavar="FILE", help="The spec: YAML or JSON; - for stdin.")]
Output = Annotated[Format, typer.Option("-o", "--output", help="How to print the answer.")]
Wait = Annotated[
    bool | None,
    typer.Option("--wait/--no-wait", help="Watch the run until it ends. [default: on a terminal]", show_default=False),
]
Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace", metavar="RESOURCE", help="What may be deleted and made anew, as nodegroups/workers; repeatable."
    ),
]
ClusterName = Annotated[str, typer.Argument(metavar="NAME", help="The cluster's name.")]


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the flag's value
    if wanted:
        typer.echo(f"slipway {slipway_version()}")
        raise typer.Exit


@app.callback()
def slipway(
    ctx: typer.Context,
    *,
    url: Annotated[str | None, typer.Option(envvar="SLIPWAY_URL", help="The API's URL.")] = None,
    stack: Annotated[
        str, typer.Option(envvar="SLIPWAY_STACK", help="The stack whose output tells the URL.")
    ] = DEFAULT_STACK,
    profile: Annotated[str | None, typer.Option(envvar="AWS_PROFILE", help="The AWS profile.")] = None,
    region: Annotated[str | None, typer.Option(envvar="AWS_REGION", help="The API's region.")] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, help="Print the version and exit."),
    ] = False,
) -> None:
    """Amazon EKS clusters from a description.

    The API is found by --url, or else by the output of the CloudFormation stack. Requests are signed with the
    usual AWS credentials. These options may also follow the command.

    Example: slipway apply -f simple-bank.yaml
    """
    where = Where(url=url, stack=stack, profile=profile, region=region)
    ctx.obj = Call(where=where, outside=ctx.obj or Outside())


@app.command()
def apply(ctx: typer.Context, file: SpecFile, *, wait: Wait = None, output: Output = Format.TABLE) -> None:
    """Have a cluster built as a file describes it.

    Prints the run and its console link. With --wait, exits with 1 if the run fails.

    Example: slipway apply -f simple-bank.yaml --wait
    """
    spec = read_spec(file)
    slipway_api = api(ctx)
    _accepted(ctx, slipway_api, slipway_api.create(spec), output, wait=wait)


@app.command()
def update(
    ctx: typer.Context,
    file: SpecFile,
    *,
    replace: Replace = None,
    wait: Wait = None,
    output: Output = Format.TABLE,
) -> None:
    """Give a known cluster another spec.

    What EKS can change is changed in place, and what the spec no longer has is removed: `slipway plan` shows it
    before. What cannot change is refused, unless --replace asks for it to be made anew. With --wait, exits with 1 if
    the run fails.

    Example: slipway update -f simple-bank.yaml --wait
    """
    spec = read_spec(file)
    name = spec.get("name") if isinstance(spec, dict) else None
    if not isinstance(name, str) or not name:
        raise UsageError("the spec has no name: say which cluster it is for")
    slipway_api = api(ctx)
    _accepted(ctx, slipway_api, slipway_api.update(name, spec, replace or ()), output, wait=wait)


@app.command()
def delete(
    ctx: typer.Context,
    name: ClusterName,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether that is meant.")] = False,
    wait: Wait = None,
    output: Output = Format.TABLE,
) -> None:
    """Delete a cluster and everything that was made for it.

    What is not the cluster's stays, and the end of the run says so. On a terminal it asks first. Refused while the
    spec has deletionProtection: take it out with `slipway update`. With --wait, exits with 1 if the run fails.

    Example: slipway delete simple-bank --wait
    """
    if not yes and is_interactive(console()) and not typer.confirm(f"Delete {name} and all that runs on it?", err=True):
        raise CliError(f"{name} stays as it is")
    slipway_api = api(ctx)
    _accepted(ctx, slipway_api, slipway_api.delete(name), output, wait=wait)


@app.command()
def plan(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A known cluster: what differs from its own spec now.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("-f", "--file", metavar="FILE", help="A spec: YAML or JSON; - for stdin.")
    ] = None,
    *,
    replace: Replace = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what a run would do and why; changes nothing.

    Example: slipway plan -f simple-bank.yaml
    """
    if (name is None) is (file is None):
        raise UsageError("say which cluster by its NAME, or which spec by -f FILE")
    slipway_api = api(ctx)
    anew = replace or ()
    answer = slipway_api.plan_of(name, anew) if name else slipway_api.plan(read_spec(file or ""), anew)
    show(output, answer, lambda: plan_view(answer))


@app.command()
def drift(
    ctx: typer.Context,
    name: ClusterName,
    *,
    look: Annotated[bool, typer.Option("--look", help="Look now instead of showing the last look.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what somebody changed of a cluster behind Slipway's back, and since when.

    A look comes every hour. What is done about it says the spec: drift is report, repair or off.

    Example: slipway drift simple-bank --look
    """
    found = api(ctx).drift(name, look=look)
    show(output, found, lambda: drift_view(found))


@app.command()
def get(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One cluster; all if left out.")] = None,
    *,
    output: Output = Format.TABLE,
) -> None:
    """List the clusters, or show one of them.

    Example: slipway get simple-bank -o yaml
    """
    if name is None:
        clusters = api(ctx).clusters()
        show(output, clusters, lambda: clusters_table(clusters))
    else:
        cluster = api(ctx).cluster(name)
        show(output, cluster, lambda: cluster_view(cluster))


@app.command()
def watch(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|RUN_ID", help="A cluster (its last run) or a run.")],
) -> None:
    """Follow a run until it ends.

    Exits with 0 if the run succeeds and with 1 if it fails. Ctrl-C leaves the run going.

    Example: slipway watch simple-bank
    """
    slipway_api = api(ctx)
    run_id = run_named(slipway_api, name)
    _exit_with(succeeded=watch_run(slipway_api, run_id, console(), ctx.obj.outside.now))


@app.command()
def runs(ctx: typer.Context, name: ClusterName, *, output: Output = Format.TABLE) -> None:
    """List the runs of a cluster.

    Example: slipway runs simple-bank
    """
    found = api(ctx).runs(name)
    show(output, found, lambda: runs_table(found))


@app.command()
def kubeconfig(
    ctx: typer.Context,
    name: ClusterName,
    *,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add it to the file that kubectl uses and make it current.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to this file instead.")
    ] = None,
) -> None:
    """Print a kubeconfig for a cluster, or store it.

    Example: slipway kubeconfig simple-bank --merge
    """
    if merge and output:
        raise UsageError("--merge and --output exclude each other: set KUBECONFIG to merge into another file")
    text = api(ctx).kubeconfig(name)
    if merge:
        path = kubeconfigs.default_path(os.environ)
        context = kubeconfigs.merge_into(path, text)
        typer.echo(f"{path}: context {context} is now current", err=True)
    elif output:
        kubeconfigs.write(output, text)
        typer.echo(f"{output} written", err=True)
    else:
        typer.echo(text, nl=not text.endswith("\n"))


@app.command()
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of a spec, by which an editor completes and judges.

    Begin a spec with "# yaml-language-server: $schema=spec.schema.json" for an editor to find it.

    Example: slipway schema > spec.schema.json
    """
    typer.echo(json.dumps(api(ctx).schema(), indent=2, ensure_ascii=False))


app.command("adopt")(adopt.adopt)
app.command("events")(events.events)
app.command("schedule")(nights.schedule)
app.command("sleep")(nights.sleep)
app.command("wake")(nights.wake)
app.command("scale")(nights.scale)


def _accepted(ctx: typer.Context, slipway_api: Api, answer: Accepted, output: Format, *, wait: bool | None) -> None:
    """Print what was accepted, and watch its run if that is wanted and it has not done its work already."""
    show(output, answer, lambda: accepted_text(answer))
    if answer["run"]["status"] == RunStatus.SUCCEEDED:
        return
    # The answer owns stdout when a program reads it; the watching then goes to stderr.
    screen = console(stderr=output != Format.TABLE)
    if wait or (wait is None and output == Format.TABLE and is_interactive(screen)):
        _exit_with(succeeded=watch_run(slipway_api, answer["run"]["id"], screen, ctx.obj.outside.now))


def _exit_with(*, succeeded: bool) -> None:
    if not succeeded:
        raise typer.Exit(ExitCode.FAILED)
