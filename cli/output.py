"""Where and in which form a command prints."""

import json
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import typer
import yaml
from rich.console import Console, RenderableType

_UNLIMITED_WIDTH: Final = 10_000


class Format(StrEnum):
    """What ``-o`` may be."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def console(*, stderr: bool = False) -> Console:
    """A console that fits the terminal, or never breaks a line where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _UNLIMITED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def is_interactive(screen: Console) -> bool:
    """Whether a person watches. ``FORCE_COLOR``, which CI systems set, makes no terminal of a log."""
    return screen.file.isatty() and not screen.is_dumb_terminal


def show(form: Format, answer: object, view: Callable[[], RenderableType]) -> None:
    """Prints an answer of the API as it is, or its view."""
    match form:
        case Format.JSON:
            typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        case Format.YAML:
            typer.echo(yaml.safe_dump(answer, sort_keys=False, allow_unicode=True), nl=False)
        case Format.TABLE:
            _show(view())


def _show(view: RenderableType) -> None:
    """Text goes out as it is: a URL that rich has broken into lines is no link any more."""
    if isinstance(view, str):
        typer.echo(view)
    else:
        console().print(view)


def complain(lines: Iterable[str], label: str) -> None:
    """Prints what ended the command, on stderr: the first line after ``label``, the others below it."""
    first, *others = lines
    typer.echo("\n  ".join([f"{label}{first}", *others]), err=True)
