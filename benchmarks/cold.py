"""How long each function takes to start, as a ratio to ``boto3`` with a client for EKS on the same machine."""

from __future__ import annotations

import platform
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.frame.result import Figure, Look, Plot, Result, Series, Table
from benchmarks.starting.folders import reference, shipped, without_bytecode
from benchmarks.starting.process import seconds
from lambdas.steps.contracts import API, FUNCTIONS

if TYPE_CHECKING:
    from benchmarks.frame.result import Cell
    from lambdas.steps.contract import StepContract

ROUNDS: Final = 11
SLOW_ROUNDS: Final = 3
"""Without bytecode a start takes so long that noise matters less."""
A_REFERENCE_EACH: Final = 4
"""So many functions."""
STEP_TARGET: Final = 1.25
API_TARGET: Final = 1.65
REFERENCE: Final = "import boto3; boto3.client('eks')"
START: Final = """
import lambdas.handlers.{name}
from lambdas.handlers.looking import surroundings
around = surroundings()
"""
"""Up to the first call of AWS, which in every function is one of the registry's: its client is made."""
EVERY_CLIENT: Final = "for name in {clients!r}: getattr(around.aws, name)"
DOOR: Final = 'from lambdas.domain.admission import admit; admit(\'{"name": "simple-bank"}\')'
"""What the first spec costs beside that: pydantic, and the validator that it makes."""

_DOOR: Final = "door"
Ratios = dict[str, list[float]]
"""By function: one at each end of what was timed."""
_CLIENTS: Final = {
    "autoscaling": ("autoscaling",),
    "dynamodb": ("dynamodb",),
    "ec2": ("ec2",),
    "eks": ("eks",),
    "elasticloadbalancing": ("balancing", "classic_balancing"),
    "events": ("events",),
    "iam": ("iam",),
    "kms": ("kms",),
    "logs": ("logs",),
    "scheduler": ("scheduler",),
    "servicequotas": ("quotas",),
    "states": ("stepfunctions",),
}
"""The members of ``Aws`` for the services that permissions name."""

_ASSUMPTIONS: Final = (
    "The reference has botocore's data of every service, and bytecode. The package has the same version of botocore.",
    "Each start is a fresh process (-I -S -B) with one folder beside the standard library; both take turns.",
    "Counted: the handler's import, and all before its first call of AWS (settings, session, DynamoDB's client).",
    "Not counted: the interpreter's own start, on either side; the page cache is warm.",
    "It is the processor's time that is counted, because others may work on the same machine.",
    "The package is built by what builds it for Lambda, but with native wheels for this machine instead of arm64.",
    "Lambda's own share (fetching and unpacking the zip, its slower disk, a fraction of a processor) is not modelled.",
)
_NOTES: Final = (
    f"Medians of {ROUNDS} starts; of {SLOW_ROUNDS} without bytecode.",
    "Of botocore's data the package has only the services that Slipway calls, without documentation.",
    "Functions use botocore without boto3. The API imports pydantic when the first spec comes.",
    "A value's class compiles one function when it is imported, a standard dataclass up to seven.",
)


def run(_seeds: int) -> Result:
    """Start every function again and again, in turns with the reference."""
    with TemporaryDirectory() as scratch:
        boto3, package = reference(Path(scratch)), shipped()
        sources = without_bytecode(package, Path(scratch))
        seconds(boto3, REFERENCE, may_write=True)  # should it have no bytecode yet
        starts = {it.name: (START.format(name=it.name), EVERY_CLIENT.format(clients=_clients(it))) for it in FUNCTIONS}
        door = {_DOOR: (START.format(name=API.name), DOOR)}
        bare = _ratios(boto3, sources, {name: (start,) for name, (start, _) in starts.items()}, SLOW_ROUNDS)
        ratios = _ratios(boto3, package, {**starts, **door}, ROUNDS)
    return _result(ratios, bare)


def _clients(contract: StepContract) -> list[str]:
    """All that the function may ever need."""
    services = sorted({action.partition(":")[0] for action in contract.calls()})
    return list(chain.from_iterable(_CLIENTS[service] for service in services))


def _ratios(boto3: Path, folder: Path, codes: dict[str, tuple[str, ...]], rounds: int) -> Ratios:
    """The median at each end ÷ the median of the reference. They take turns, so that noise hits both sides alike."""
    taken: dict[str, list[list[float]]] = {name: [] for name in codes}
    references: list[float] = []
    for _ in range(rounds):
        for number, (name, code) in enumerate(codes.items()):
            if number % A_REFERENCE_EACH == 0:
                references += seconds(boto3, REFERENCE)
            taken[name].append(seconds(folder, *code))
    base = median(references)
    return {name: [round(median(end) / base, 2) for end in zip(*it, strict=True)] for name, it in taken.items()}


def _result(ratios: Ratios, bare: Ratios) -> Result:
    steps = [contract.name for contract in FUNCTIONS if contract is not API]
    slowest = max(steps, key=ratios.__getitem__)
    rows: tuple[tuple[Cell, ...], ...] = tuple((it, *ratios[it], *bare[it]) for it in (*steps, API.name))
    return Result(
        name="cold",
        title="Cold starts",
        figures=(
            Figure(name=f"slowest step ({slowest})", value=ratios[slowest][0], unit="x", at_most=STEP_TARGET),
            Figure(name="API", value=ratios[API.name][0], unit="x", at_most=API_TARGET),
            Figure(name="API with its first spec admitted", value=ratios[_DOOR][1], unit="x"),
            Figure(name="API without bytecode", value=bare[API.name][0], unit="x"),
        ),
        tables=(
            Table(
                title="Each function ÷ boto3 with a client for EKS",
                columns=(
                    "function",
                    "up to its first call",
                    "with all its clients",
                    "up to its first call, no bytecode",
                ),
                rows=rows,
            ),
        ),
        plots=(_plot(ratios, bare),),
        assumptions=_assumptions(),
        notes=_NOTES,
        measured=True,
    )


def _assumptions() -> tuple[str, ...]:
    package = f"boto3 {version('boto3')}, botocore {version('botocore')}"
    python = f"CPython {platform.python_version()}, {platform.machine()}"
    return (
        f"The reference: `{REFERENCE}`, {package}, as the package index has them.",
        f"Both: {python}.",
        *_ASSUMPTIONS,
    )


def _plot(ratios: Ratios, bare: Ratios) -> Plot:
    names = tuple(bare)
    return Plot(
        name="ratios",
        title="Cold start ÷ boto3 with a client for EKS",
        x="function",
        y="ratio",
        series=(
            Series(name="with bytecode, as shipped", xs=names, ys=tuple(ratios[name][0] for name in names)),
            Series(name="without", xs=names, ys=tuple(bare[name][0] for name in names)),
        ),
        look=Look.BARS,
    )
