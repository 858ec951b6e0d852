"""Following a run until it ends."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from cli.client import Api
from cli.errors import CliError, InterruptedByUserError, UnreachableError
from cli.output import is_interactive
from cli.problems import RefusedError
from cli.shapes import Run
from cli.timeline import ending, run_lines, run_tree
from lambdas.domain.runs import RunStatus

POLL_SECONDS: Final = 2.0

Clock = Callable[[], datetime]
Look = Callable[[Run], None]


def watch(api: Api, run_id: str, screen: Console, now: Clock) -> bool:
    """Shows the run until it ends, and then how; whether it succeeded.

    Raises:
        CliError: the API cannot be asked any more, or the user stopped watching; the run goes on.
    """
    view = live(screen, now) if is_interactive(screen) else plain(screen)
    try:
        run = follow(api.patient(), run_id, view)
    except KeyboardInterrupt:
        raise InterruptedByUserError(f"stopped watching; {_goes_on(run_id)}") from None
    except UnreachableError as error:
        raise UnreachableError(*error.lines, _goes_on(run_id)) from error
    screen.print("\n".join(ending(run, now())), soft_wrap=True)
    return run["status"] == RunStatus.SUCCEEDED


def follow(api: Api, run_id: str, view: AbstractContextManager[Look]) -> Run:
    """The run as it ended; each state of it before was shown to the view."""
    with view as look:
        while True:
            run = api.run(run_id)
            look(run)
            if run["status"] != RunStatus.RUNNING:
                return run
            api.pause(POLL_SECONDS)


def run_named(api: Api, name: str) -> str:
    """The id of the run that is meant by a cluster's name (its last one) or by the id itself."""
    try:
        cluster = api.cluster(name)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return _run_by_id(api, name)
    run = cluster["run"]
    if run is None:
        raise CliError(f"{name} has had no run yet: `slipway apply` starts one")
    return run["id"]


@contextmanager
def plain(screen: Console) -> Iterator[Look]:
    """Prints a line whenever a step has changed."""
    printed: set[str] = set()

    def look(run: Run) -> None:
        for line in run_lines(run):
            if line not in printed:
                screen.print(line)
                printed.add(line)

    yield look


@contextmanager
def live(screen: Console, now: Clock) -> Iterator[Look]:
    """Redraws the tree a few times a second, so that the times in it run."""
    picture = _Picture(now)
    with Live(picture, console=screen, refresh_per_second=4):
        yield picture.look


@dataclass(slots=True)
class _Picture:
    """The newest state of the run, drawn as of the moment of drawing."""

    now: Clock
    run: Run | None = None

    def look(self, run: Run) -> None:
        self.run = run

    def __rich__(self) -> Tree | Text:
        return run_tree(self.run, self.now()) if self.run else Text()


def _run_by_id(api: Api, run_id: str) -> str:
    try:
        return api.run(run_id)["id"]
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise CliError(f"no cluster and no run is called {run_id}: `slipway get` lists the clusters") from error


def _goes_on(run_id: str) -> str:
    return f"the run goes on, and `slipway watch {run_id}` comes back to it"
