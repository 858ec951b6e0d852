"""The state machines' files, before anything runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.pacing import Part
from lambdas.domain.progress import Word
from lambdas.domain.runs import Verb
from lambdas.handlers.looking import VERBS
from lambdas.steps.contracts import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = sorted((Path(__file__).parent.parent.parent / "statemachines").glob("*.asl.json"))
MACHINES = [pytest.param(json.loads(file.read_text()), id=file.name) for file in FILES]
LEDGER_VERBS = {"begin", "open", "finish", "fail"}
EXPRESSION = re.compile(r"\{% (?:\$states\.[A-Za-z.]+(?: = '[A-Za-z]+')?|'[A-Za-z]+' in \$states\.input\.progress) %\}")

LAMBDAS_OWN = ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.SdkClientException"]
BACKOFF = {"IntervalSeconds": 2, "BackoffRate": 2, "JitterStrategy": "FULL"}
RETRY = [
    {"ErrorEquals": LAMBDAS_OWN, "MaxAttempts": 12, "MaxDelaySeconds": 60, **BACKOFF},
    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 4, "MaxDelaySeconds": 30, **BACKOFF},
]
"""Lambda that takes no call for minutes, as a whole fleet goes to sleep, is no fault of a function's."""

Machine = dict[str, Any]


def levels(machine: Machine, *, caught: bool = False) -> Iterator[tuple[Machine, bool]]:
    """The machine and every branch below it, and whether what fails there is caught further up."""
    yield machine, caught
    for state in machine["States"].values():
        for branch in state.get("Branches", ()):
            yield from levels(branch, caught=caught or "Catch" in state)


def states(machine: Machine) -> Iterator[tuple[str, Machine, bool]]:
    for level, caught in levels(machine):
        for name, state in level["States"].items():
            yield name, state, caught


def targets(state: Machine) -> set[str]:
    named = {state[key] for key in ("Next", "Default") if key in state}
    return named | {rule["Next"] for key in ("Choices", "Catch") for rule in state.get(key, ())}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached_and_every_arrow_ends_at_one(machine: Machine) -> None:
    for level, _ in levels(machine):
        reached, new = set(), {level["StartAt"]}
        while new:
            reached |= new
            new = set().union(*(targets(level["States"][name]) for name in new)) - reached
        assert reached == set(level["States"])


@pytest.mark.parametrize("machine", MACHINES)
def test_a_state_name_says_one_thing_only_once(machine: Machine) -> None:
    names = [name for name, _, _ in states(machine)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Z][a-z-]*(?: [a-z-]+)+\??", name) for name in names), names


@pytest.mark.parametrize("machine", MACHINES)
def test_every_task_has_a_timeout_a_retry_and_a_catch(machine: Machine) -> None:
    for name, state, caught in states(machine):
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"], name
            assert state["Retry"] == RETRY, name
            assert caught or "Catch" in state, name
        if state["Type"] == "Parallel":
            assert caught or "Catch" in state, name


@pytest.mark.parametrize("machine", MACHINES)
def test_every_wait_says_what_it_waits_for(machine: Machine) -> None:
    waits = {name: state for name, state, _ in states(machine) if state["Type"] == "Wait"}
    assert waits
    for name, state in waits.items():
        assert name.startswith("Wait for "), name
        assert state["Comment"], name
        assert state["Seconds"] == "{% $states.input.retryAfterSeconds %}", name


@pytest.mark.parametrize("machine", MACHINES)
def test_expressions_are_a_path_or_one_comparison_with_a_progress_word(machine: Machine) -> None:
    expressions = [text for text in texts(machine["States"]) if "{%" in text]
    assert expressions
    for expression in expressions:
        assert EXPRESSION.fullmatch(expression), expression
    compared = {word for text in expressions for word in re.findall(r"'([A-Za-z]+)'", text)}
    assert compared == {str(word) for word in Word}


@pytest.mark.parametrize("machine", MACHINES)
def test_every_loop_is_work_a_question_a_wait_and_back(machine: Machine) -> None:
    for level, _ in levels(machine):
        for name, state in level["States"].items():
            if name.startswith("Wait for "):
                work = state["Next"]
                choice = level["States"][work]["Next"]
                what = name.removeprefix("Wait for ").removesuffix(" to go")
                verb, question = ("Remove", "gone?") if name.endswith(" to go") else ("Ensure", "ready?")
                assert work == f"{verb} {what}"
                assert choice.endswith(f" {question}")
                assert name in targets(level["States"][choice])


@pytest.mark.parametrize("machine", MACHINES)
def test_tasks_speak_the_contracts_words(machine: Machine) -> None:
    parts = {f"${{{contract.name.capitalize()}Function}}": contract.parts for contract in STEPS}
    for name, payload, function in payloads(machine):
        if "part" in payload:
            assert payload["verb"] in VERBS, name
            assert payload["part"] in parts[function], name
            assert name.lower().startswith((payload["verb"], "request")), name
        else:
            assert function == "${RunsFunction}", name
            assert payload["verb"] in LEDGER_VERBS, name


def test_every_part_is_made_by_one_machine_and_taken_away_by_another() -> None:
    served = {
        file.name: {
            Part(payload["part"]) for _, payload, _ in payloads(json.loads(file.read_text())) if "part" in payload
        }
        for file in FILES
    }
    removed = served.pop("destroy.asl.json")
    assert set.union(*served.values()) == set(Part) - {Part.LEFTOVERS}
    assert sum(map(len, served.values())) == len(Part) - 1
    assert removed == set(Part) - {Part.SIZES}


def test_a_machine_ensures_or_it_removes() -> None:
    verbs = {
        file.name: {payload["verb"] for _, payload, _ in payloads(json.loads(file.read_text())) if "part" in payload}
        for file in FILES
    }
    assert verbs == {
        "provision.asl.json": {"ensure"},
        "scale.asl.json": {"ensure"},
        "destroy.asl.json": {"remove", "confirm"},
    }


def test_there_is_a_machine_for_every_verb() -> None:
    assert {file.name for file in FILES} == {f"{verb}.asl.json" for verb in Verb}


def test_only_a_machine_that_schedules_start_opens_runs() -> None:
    begins = {
        file.name: payload["verb"]
        for file in FILES
        for name, payload, _ in payloads(json.loads(file.read_text()))
        if name == "Begin run"
    }
    assert begins == {"destroy.asl.json": "begin", "provision.asl.json": "begin", "scale.asl.json": "open"}


def payloads(machine: Machine) -> Iterator[tuple[str, Machine, str]]:
    for name, state, _ in states(machine):
        if state["Type"] == "Task":
            yield name, state["Arguments"]["Payload"], state["Arguments"]["FunctionName"]
