"""One run at a time: nobody takes the lease of a run that lives, and a run whose lease is gone can do nothing more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.calendar import State
from lambdas.domain.pacing import Part
from lambdas.domain.records import Start
from lambdas.domain.runs import RunStatus, Verb
from lambdas.handlers.drift import watch
from lambdas.steps.night import Nights
from tests.house import AT, ROOT, example, house
from tests.workflows.test_definitions import states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House

    Json = dict[str, Any]

NAME = "simple-bank"


def tasks(verb: Verb) -> list[Json]:
    """The arguments of every task of a state machine."""
    definition = json.loads((ROOT / "statemachines" / f"{verb}.asl.json").read_text())
    found = [state["Arguments"] for _, state, _ in states(definition) if state["Type"] == "Task"]
    return [it for place, it in enumerate(found) if it not in found[:place]]


EVERY_TASK = [(verb, task) for verb in Verb for task in tasks(verb)]


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    """A house with a cluster that differs from its spec, so that whoever may work has something to do."""
    with house() as home:
        spec = replace(example(NAME), deletionProtection=False)
        assert home.provision(spec).status == "SUCCEEDED"
        (group,) = spec.nodegroups
        _, run = home.replace(replace(spec, nodegroups=(replace(group, labels={"a": "b"}),), tags={"a": "b"}))
        home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
        home.around.starter.attend(record(home))
        yield home


def record(home: House, name: str = NAME) -> ClusterRecord:
    found = home.around.registry.cluster(name)
    assert found is not None
    return found


def written(home: House) -> list[str]:
    """All that the registry holds."""
    items = home.around.aws.dynamodb.scan(TableName="registry", ConsistentRead=True)["Items"]
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def begun(home: House, verb: Verb) -> str:
    """A run of a verb that is given the lease, whoever had it."""
    start = Start.following(record(home), verb, AT)
    home.around.registry.start_again(record(home), start)
    return start.run


@pytest.mark.parametrize(
    ("verb", "task"),
    EVERY_TASK,
    ids=[f"{verb} {it['Payload'].get('part', '')} {it['Payload']['verb']}" for verb, it in EVERY_TASK],
)
def test_a_run_whose_lease_was_taken_changes_nothing(home: House, verb: Verb, task: Json) -> None:
    old = begun(home, verb)
    new = begun(home, verb)
    before = written(home)
    home.wire.forget()
    function = task["FunctionName"].removeprefix("${").removesuffix("Function}").lower()
    event = {**task["Payload"], "cluster": NAME, "run": old, "last": {"error": "C", "cause": "It failed. Mend it."}}
    answer = home.invoke(function, event)
    assert answer["progress"] == "Failed"
    assert written(home) == before
    assert [call for call in home.wire.changed if not call.name.startswith("dynamodb:")] == []
    assert (record(home).lease, home.run(old).status) == (new, RunStatus.FAILED)


def test_every_function_of_a_machine_is_tried() -> None:
    tried = {task["Payload"].get("part") for _, task in EVERY_TASK} - {None}
    assert tried == set(Part)


def wanted(name: str) -> ClusterSpec:
    return replace(example(NAME), name=name, deletionProtection=False)


def nights(home: House) -> Nights:
    return Nights(home.around.registry, home.around.starter)


WHOEVER_COMES: dict[str, Callable[[House, str], object]] = {
    "the same spec": lambda home, name: home.accept(wanted(name)),
    "another spec": lambda home, name: home.replace(replace(wanted(name), tags={"a": "b"})),
    "a deletion": lambda home, name: home.delete(name),
    "who wants it to sleep": lambda home, name: nights(home).hold(name, State.ASLEEP, None, home.clock.now()),
    "a schedule": lambda home, name: home.carry_out(Verb.SCALE, f"{name}-fired", name),
    "the sweep": lambda home, name: home.around.starter.attend(record(home, name)),
    "a repair": lambda home, name: home.intake.again(name, AT),
    "a look for drift": lambda home, name: watch(home.around).one(record(home, name)),
    "the end of another run": lambda home, name: home.around.starter.follow(name),
}


@pytest.mark.parametrize(("who", "comes"), WHOEVER_COMES.items(), ids=WHOEVER_COMES)
def test_a_lease_is_taken_from_no_run_that_lives(home: House, who: str, comes: Callable[[House, str], object]) -> None:
    name = who.replace(" ", "-")
    _, run = home.accept(wanted(name))
    for _ in range(2):
        comes(home, name)
        assert record(home, name).lease == run.id


def test_a_lease_is_taken_from_a_run_that_is_over(home: House) -> None:
    _, run = home.accept(wanted("over"))
    home.around.aws.stepfunctions.stop_execution(executionArn=home.intake.executions.arn(run.verb, run.id))
    _, again = home.accept(wanted("over"))
    assert (record(home, "over").lease, home.run(run.id).status) == (again.id, RunStatus.FAILED)
