"""What a function's start must not load: each of these once cost a good part of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from lambdas.steps.contracts import API, FUNCTIONS

HEAVY = frozenset(
    {"aws_xray_sdk", "boto3", "moto", "multiprocessing", "mypy_boto3_eks", "pydantic", "pydantic_core"}
    | {"s3transfer", "yaml"}
)
HEAVY_FOR_STEPS = frozenset({"asyncio", "aws_lambda_powertools.event_handler", "lambdas.domain.views"})
"""The API's framework has asyncio with it."""
PROGRAM = """
import importlib, json, sys
for name in {names!r}:
    importlib.import_module("lambdas.handlers." + name)
print(json.dumps(sorted(sys.modules)))
"""


@cache
def loaded(*names: str) -> frozenset[str]:
    """The modules that there are in a fresh interpreter after it has imported these functions' handlers."""
    command = [sys.executable, "-c", PROGRAM.format(names=names)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- our own code
    return frozenset(answer.stdout.strip()[1:-1].replace('"', "").split(", "))


STEPS = tuple(contract.name for contract in FUNCTIONS if contract is not API)


@pytest.mark.parametrize("module", sorted(HEAVY | HEAVY_FOR_STEPS))
def test_no_step_loads(module: str) -> None:
    assert module not in loaded(*STEPS)


@pytest.mark.parametrize("module", sorted(HEAVY))
def test_the_api_does_not_load(module: str) -> None:
    assert module not in loaded(API.name)


def test_the_list_is_of_what_is_loaded() -> None:
    assert {"lambdas.handlers.cluster", "botocore.session", "msgspec"} <= loaded(*STEPS)
