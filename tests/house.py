"""The house that step tests live in: the EKS twin, moto for the rest of AWS, one virtual clock, no server."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import yaml
from moto import mock_aws
from moto.iam.aws_managed_policies import aws_managed_policies_data

from lambdas.aws.clients import Aws
from lambdas.aws.executions import Executions
from lambdas.domain.admission import admit_object
from lambdas.domain.pacing import Part
from lambdas.domain.runs import Verb
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, OUTBOX, PARTITION_KEY
from lambdas.handlers import runs as runs_handler
from lambdas.handlers.looking import Surroundings, look, nothing
from lambdas.settings import Settings
from lambdas.steps import access, addons, cluster, leftovers, network, nodegroups, roles, scaling
from lambdas.steps.contracts import STEPS
from lambdas.steps.deletion import Deletions
from lambdas.steps.intake import Intake
from lambdas.steps.planning import RESOURCES, SURPLUS
from lambdas.steps.roles import POLICIES
from sandbox.clock import VirtualClock
from sandbox.estate import AwsEstate
from sandbox.neighbours import KEY_ALIAS, KEY_ID, MANAGED_POLICIES, PASSABLE_ROLES, move_in
from sandbox.twin import Twin
from sandbox.twin.faults import Faults
from sandbox.twin.inprocess import attach
from sandbox.world import AwsWorld
from tests.database import install
from tests.hearing import Hearing
from tests.quick import new_session
from tests.simulation.engine import Engine
from tests.simulation.interpreter import Execution, Interpreter
from tests.simulation.table import Table
from tests.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.domain.progress import Action
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.simulation.interpreter import Invoke, Stop

REGION = "eu-central-1"
ACCOUNT = "000000000000"
ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = "2026-11-21T09:00:00+00:00"
SCHEDULE_GROUP = "Slipway"
EVENT_BUS = "Slipway"
EVERY_RESOURCE = (
    RESOURCES
    | dict.fromkeys(scaling.CONTRACT.parts, scaling.resources)
    | dict.fromkeys(leftovers.CONTRACT.parts, leftovers.resources)
)
EVERY_REMOVAL = {
    part: module.removals
    for module in (access, addons, cluster, leftovers, network, nodegroups, roles, scaling)
    for part in module.CONTRACT.parts
}
_PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Slipway-"


@dataclass
class Calls:
    """The actions asked of AWS, by the function that asked."""

    by_function: dict[str, set[str]] = field(default_factory=dict)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a function has called a service."""
    function: str = "api"

    def note(self, model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 -- botocore's own
        """Remember an action; a transaction is as many actions as IAM asks for."""
        service = model.service_model.signing_name  # what IAM's actions begin with
        asked = self.by_function.setdefault(self.function, set())
        self.counted[self.function, service] += 1
        if model.name in {"TransactWriteItems", "TransactGetItems"}:
            items = json.loads(params["body"])["TransactItems"]
            asked.update(f"{service}:{verb}Item" for item in items for verb in item)
        else:
            asked.add(f"{service}:{model.name}")


@dataclass
class House:
    """One Slipway with an empty account."""

    clock: VirtualClock
    twin: Twin
    faults: Faults
    around: Surroundings
    intake: Intake
    calls: Calls
    wire: Wire
    hearing: Hearing
    table: Table

    def accept(self, spec: ClusterSpec) -> tuple[ClusterRecord, Run]:
        """Take a spec in, as POST does."""
        self.calls.function = "api"
        return self.intake.accept(spec, AT)

    def replace(self, spec: ClusterSpec, *replaceable: str) -> tuple[ClusterRecord, Run]:
        """Take another spec of a known cluster in, as PUT does."""
        self.calls.function = "api"
        return self.intake.replace(spec, AT, replaceable=frozenset(replaceable))

    def plan(self, spec: ClusterSpec) -> tuple[Action, ...]:
        """What a run would do on a cluster, known or not."""
        self.calls.function = "api"
        reviewer, record = self.intake.reviewer, self.around.registry.cluster(spec.name)
        return reviewer.plan(reviewer.vetted(spec, record=record), record)

    def delete(self, name: str) -> tuple[ClusterRecord, Run]:
        """Take in that a cluster is to go, as DELETE does."""
        self.calls.function = "api"
        return Deletions(self.around.registry, self.around.starter).accept(name)

    def execute(
        self, run: Run, *, invoke: Invoke | None = None, stop: Stop | None = None, gives_up: bool = False
    ) -> Execution:
        """Run the state machine of a run to its end, in no real time."""
        return self.carry_out(run.verb, run.id, run.cluster, invoke=invoke, stop=stop, gives_up=gives_up)

    def carry_out(
        self,
        verb: Verb,
        name: str,
        cluster: str,
        *,
        invoke: Invoke | None = None,
        stop: Stop | None = None,
        gives_up: bool = False,
    ) -> Execution:
        """Run an execution of a state machine, whoever has started it."""
        engine = Engine(self.clock)
        interpreter = Interpreter(definition(verb), invoke or self.invoke, engine, stop, gives_up)
        return engine.do(lambda: interpreter.run({"cluster": cluster}, name))

    def provision(self, spec: ClusterSpec) -> Execution:
        """Accept a spec and run it."""
        _, run = self.accept(spec)
        return self.execute(run)

    def run(self, run: str) -> Run:
        """The run as the ledger has it."""
        found = self.around.registry.run(run)
        assert found is not None, run
        return found

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, object]:
        """Call a function as the state machine does, after what EKS has done by itself meanwhile."""
        self.twin.settle()
        self.calls.function = function
        if function == "runs":
            return runs_handler.answer(self.around, event)
        part = Part(event["part"])
        assert part in {contract.name: contract.parts for contract in STEPS}[function]
        return look(self.around, EVERY_RESOURCE[part], part, event, EVERY_REMOVAL[part], SURPLUS.get(part, nothing))


@contextmanager
def house(**twin_options: Any) -> Iterator[House]:  # noqa: ANN401 -- the twin's own options
    """A house that stands for the length of a test."""
    clock = VirtualClock(START)
    with (
        light_moto(),
        _patient_clients(clock),
        mock_aws(config={"iam": {"load_aws_managed_policies": True}}),
    ):
        session = new_session(REGION)
        client = cache(new_session(REGION).client)  # clients take long to make
        twin = Twin(
            clock=clock,
            world=AwsWorld(client),
            estate=AwsEstate(client),
            account=ACCOUNT,
            region=REGION,
            **twin_options,
        )
        faults = Faults(twin, wait=clock.advance)
        table = Table(clock)
        attach(session, faults)
        install(session, table)
        wire = Wire(session)
        calls = Calls()
        session.events.register("before-call", calls.note)
        settings = _settings(client)
        move_in(client)
        around = Surroundings.of(Aws(session), settings, clock.now)
        executions = Executions(around.aws.stepfunctions, settings)
        yield House(
            clock,
            twin,
            faults,
            around,
            Intake(around.registry, executions, around.aws, settings),
            calls,
            wire,
            Hearing.at(session),
            table,
        )


def example(name: str) -> ClusterSpec:
    """A spec of ``examples/``; inside a house, with the ids of the house's things in the place of the sandbox's."""
    text = (ROOT / "examples" / f"{name}.yaml").read_text()
    for known, ids in {"subnet-0000000": _network, "vpc-0000000": _network, KEY_ID: _key}.items():
        if known in text:
            for theirs, ours in ids().items():
                text = text.replace(theirs, ours)
    return admit_object(yaml.safe_load(text))


def _network() -> dict[str, str]:
    """The default VPC and its subnets: the sandbox's ids and those here."""
    found = boto3.client("ec2", region_name=REGION).describe_subnets(
        Filters=[{"Name": "default-for-az", "Values": ["true"]}]
    )["Subnets"]
    subnets = sorted(found, key=lambda it: it["AvailabilityZone"])
    numbered = {f"subnet-{number:08}": it["SubnetId"] for number, it in enumerate(subnets, start=1)}
    return {"vpc-00000001": subnets[0]["VpcId"], **numbered}


def _key() -> dict[str, str]:
    """The neighbours' key: the sandbox's id and the one here."""
    found = boto3.client("kms", region_name=REGION).describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]
    return {KEY_ID: found["KeyId"]}


def _patient_clients(clock: VirtualClock) -> AbstractContextManager[object]:
    """botocore waits between its attempts on the house's clock, in no real time."""
    return mock.patch("botocore.endpoint.time", SimpleNamespace(sleep=clock.advance))


@contextmanager
def light_moto() -> Iterator[None]:
    """moto in the sandbox's account, without the machine images and managed policies that no step uses."""
    variables = {"MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    with (
        mock.patch.dict(os.environ, variables),
        mock.patch("moto.iam.models.aws_managed_policies_data", _few_policies()),
    ):
        yield


@cache
def _few_policies() -> str:
    wanted = {name for names in POLICIES.values() for name in names} | MANAGED_POLICIES
    every = json.loads(aws_managed_policies_data)
    return json.dumps({name: policy for name, policy in every.items() if name in wanted})


@cache
def definition(verb: Verb) -> dict[str, Any]:
    """The state machine's file, with the names of our functions for their ARNs."""
    text = (ROOT / "statemachines" / f"{verb}.asl.json").read_text()
    for contract in STEPS:
        text = text.replace(f"${{{contract.name.capitalize()}Function}}", contract.name)
    definition: dict[str, Any] = json.loads(text.replace("${Partition}", "aws"))
    return definition


def make_table(client: DynamoDBClient) -> None:
    """The registry's table, with the keys and indexes that the stack gives it."""
    indexes = {INDEX: INDEX_PARTITION_KEY, OUTBOX: OUTBOX}
    client.create_table(
        TableName="registry",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in (PARTITION_KEY, INDEX_SORT_KEY, *indexes.values())
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": "HASH"},
                    {"AttributeName": INDEX_SORT_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, key in indexes.items()
        ],
    )


def _settings(client: Callable[[str], Any]) -> Settings:
    """The settings, and the things of the stack that they name."""
    client("scheduler").create_schedule_group(Name=SCHEDULE_GROUP)
    client("events").create_event_bus(Name=EVENT_BUS)
    for verb in Verb:
        client("stepfunctions").create_state_machine(
            name=f"Slipway-{verb}",
            definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
        )
    return furnished(client)


def furnished(client: Callable[[str], Any]) -> Settings:
    """The settings, with the permissions boundary and the key that they name."""
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    boundary = client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(allow))
    key = client("kms").create_key(KeyUsage="ENCRYPT_DECRYPT")
    return Settings(
        partition="aws",
        account=ACCOUNT,
        table="registry",
        boundary_arn=boundary["Policy"]["Arn"],
        secrets_key_arn=key["KeyMetadata"]["Arn"],
        state_machine_prefix=_PREFIX,
        passable_roles=f"arn:aws:iam::{ACCOUNT}:role/{PASSABLE_ROLES}",
        usable_keys=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
        schedule_group=SCHEDULE_GROUP,
        scheduler_role_arn=f"arn:aws:iam::{ACCOUNT}:role/scheduler",
        dead_letter_arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:undelivered",
        event_bus=EVENT_BUS,
    )
