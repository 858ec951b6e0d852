"""How long a warm API takes for a request, where AWS answers at once."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from logging import StreamHandler
from pathlib import Path
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import yaml
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.frame.result import Figure, Result, Table
from benchmarks.frame.statistics import percentile
from benchmarks.loopback.registry import ENVIRONMENT, EXAMPLE, provisioned
from benchmarks.loopback.server import served
from benchmarks.starting.folders import ROOT
from lambdas.handlers import api, looking
from tests.api.gateway import proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.loopback.registry import Items
    from lambdas.settings import Settings

WARMING: Final = 100
REQUESTS: Final = 1000
"""Of each kind."""
TARGET: Final = 5.0
"""Milliseconds, for 99 of 100 requests."""
ANOTHER: Final = "simple-bank-provision-1-2"
"""A run that still works, which is asked of Step Functions."""


_WHY: Final = (
    "Nine tenths of a request are botocore's work for its calls of the registry, by a profile. The same spec again was "
    "made to call twice instead of five times. Where others work on the same processors, the wall clock has that in it."
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A request, and the status that it is to be answered with."""

    name: str
    method: str
    url: str
    status: int
    body: str | None = None

    def event(self) -> dict[str, Any]:
        """What API Gateway hands over."""
        headers = {"Content-Type": "application/json"} if self.body else {}
        return proxy_event(self.method, self.url, headers, self.body)


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each request: by the clock on the wall, and of the processor; and the calls of AWS in each."""

    wall: list[float]
    processor: list[float]
    calls: int


def run(_seeds: int) -> Result:
    """Send every kind of request many times."""
    with _quiet():
        items, settings, finished = provisioned()
        known = items[f"RUN#{finished}"]
        items[f"RUN#{ANOTHER}"] = {**known, "id": {"S": ANOTHER}, "status": {"S": "RUNNING"}}
        return _measured(items, settings, finished)


def _measured(items: Items, settings: Settings, finished: str) -> Result:
    with served(items) as url, _surrounded(settings, url) as around:
        taken = {kind.name: _taken(kind, around) for kind in _kinds(finished)}
        call, _ = _times(lambda: around.registry.run(finished))
    return _result(taken, call)


def _kinds(finished: str) -> tuple[Kind, ...]:
    spec = yaml.safe_load((ROOT / "examples" / f"{EXAMPLE}.yaml").read_text())
    wrong = {**spec, "name": "simple bank", "nodegroup": []}
    return (
        Kind("GET /clusters/{name}", "GET", f"/clusters/{EXAMPLE}", 200),
        Kind("GET /runs/{id}", "GET", f"/runs/{finished}", 200),
        Kind("GET /runs/{id} at work", "GET", f"/runs/{ANOTHER}", 200),
        Kind("POST /clusters, the same spec again", "POST", "/clusters", 202, json.dumps(spec)),
        Kind("POST /clusters, wrong spec", "POST", "/clusters", 422, json.dumps(wrong)),
        Kind("POST /clusters, no JSON", "POST", "/clusters", 400, "{"),
    )


@contextmanager
def _surrounded(settings: Settings, url: str) -> Iterator[looking.Surroundings]:
    """The function's surroundings as in Lambda, but for the address of AWS."""
    with mock.patch.dict(os.environ, {**settings.to_environment(), **ENVIRONMENT, "AWS_ENDPOINT_URL": url}):
        looking.surroundings.cache_clear()
        yield looking.surroundings()
        looking.surroundings.cache_clear()


@contextmanager
def _quiet() -> Iterator[None]:
    """The functions log as ever, but to nowhere."""
    (handler,) = looking.logger.handlers
    assert isinstance(handler, StreamHandler)
    with Path(os.devnull).open("w") as nowhere:
        before = handler.setStream(nowhere)
        yield
        handler.setStream(before)


def _taken(kind: Kind, around: looking.Surroundings) -> Taken:
    calls = _Calls(around)
    event = kind.event()
    answer = api.handler(event, LambdaContext())
    assert answer["statusCode"] == kind.status, answer
    wall, processor = _times(lambda: api.handler(event, LambdaContext()))
    return Taken(wall, processor, calls.made // (1 + WARMING + REQUESTS))


class _Calls:
    """Counts what goes to AWS from now on."""

    def __init__(self, around: looking.Surroundings) -> None:
        self.made = 0
        for client in (around.aws.dynamodb, around.aws.stepfunctions):
            client.meta.events.register("before-send", self._note)

    def _note(self, **_: object) -> None:
        self.made += 1


def _times(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Milliseconds of each time that the work is done, once it is warm: on the wall, and of the processor."""
    wall, processor = [], []
    for _ in range(WARMING + REQUESTS):
        began, busy = perf_counter(), thread_time()
        work()
        wall.append((perf_counter() - began) * 1000)
        processor.append((thread_time() - busy) * 1000)
    return wall[WARMING:], processor[WARMING:]


def _result(taken: dict[str, Taken], call: list[float]) -> Result:
    slowest = max(taken, key=lambda name: percentile(taken[name].wall, 0.99))
    return Result(
        name="warm",
        title="Warm API",
        figures=(
            Figure(
                name=f"p99 of the slowest request ({slowest})",
                value=(worst := round(percentile(taken[slowest].wall, 0.99), 2)),
                unit="ms",
                at_most=TARGET,
                why=_WHY if worst > TARGET else "",
            ),
            Figure(name="p50 of reading one run from the stub", value=round(percentile(call, 0.5), 2), unit="ms"),
        ),
        tables=(
            Table(
                title="Milliseconds a request",
                columns=("request", "calls of AWS", "p50", "p99", "p50 of the processor", "p99 of the processor"),
                rows=tuple((name, it.calls, *_percentiles(it)) for name, it in taken.items()),
            ),
        ),
        assumptions=(
            "The API's own handler with API Gateway's proxy events; the registry has one cluster, made by a whole run.",
            "AWS is a process on loopback that answers GetItem and DescribeExecution from memory, without TLS.",
            "So a figure has botocore, signing and HTTP in it, and neither AWS's own time nor API Gateway's.",
            f"{REQUESTS} requests of each kind, one after the other, after {WARMING} to warm up.",
            "Not measured: plans and new specs, which take as long as their dozens of calls of EKS, EC2 and IAM.",
        ),
        notes=("Others' work on the same processors is in the wall clock's p99, and not in the processor's time.",),
        measured=True,
    )


def _percentiles(taken: Taken) -> tuple[float, ...]:
    return tuple(round(percentile(it, share), 2) for it in (taken.wall, taken.processor) for share in (0.5, 0.99))
