"""The house that step tests live in: the EKS twin, moto for the rest of AWS, one virtual clock, no server."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
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
from lambdas.domain.table import INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, PARTITION_KEY
from lambdas.handlers import runs as runs_handler
from lambdas.handlers.looking import Surroundings, look
from lambdas.settings import Settings
from lambdas.steps.contracts import STEPS
from lambdas.steps.intake import Intake
from lambdas.steps.planning import RESOURCES
from lambdas.steps.roles import POLICIES
from sandbox.clock import VirtualClock
from sandbox.neighbours import move_in
from sandbox.twin import Twin
from sandbox.twin.inprocess import attach
from sandbox.world import AwsWorld
from tests.workflows.interpreter import Execution, Interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.workflows.interpreter import Invoke

REGION = "eu-central-1"
ACCOUNT = "000000000000"
ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = "2026-11-21T09:00:00+00:00"
_PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Slipway-"


@dataclass
class Calls:
    """The actions asked of AWS, by the function that asked."""

    by_function: dict[str, set[str]] = field(default_factory=dict)
    function: str = "api"

    def note(self, model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 -- botocore's own
        """Remember an action; a transaction is as many actions as IAM asks for."""
        name = model.service_model.service_name
        service = {"stepfunctions": "states"}.get(name, name)
        asked = self.by_function.setdefault(self.function, set())
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
    around: Surroundings
    intake: Intake
    calls: Calls

    def accept(self, spec: ClusterSpec) -> tuple[ClusterRecord, Run]:
        """Take a spec in, as POST does."""
        self.calls.function = "api"
        return self.intake.accept(spec, AT)

    def execute(self, run: Run, *, invoke: Invoke | None = None, stop_after: int | None = None) -> Execution:
        """Run the state machine of a run to its end, in no real time."""
        interpreter = Interpreter(_definition(run.verb), invoke or self.invoke, self.clock, stop_after)
        return interpreter.run({"cluster": run.cluster}, run.id)

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
        """Call a function as the state machine does."""
        self.calls.function = function
        if function == "runs":
            return runs_handler.answer(self.around.registry, event)
        part = Part(event["part"])
        assert part in {contract.name: contract.parts for contract in STEPS}[function]
        return look(self.around, RESOURCES[part], part, event)


@contextmanager
def house(**twin_options: Any) -> Iterator[House]:  # noqa: ANN401 -- the twin's own options
    """A house that stands for the length of a test."""
    with _light_moto(), mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        clock = VirtualClock(START)
        world = AwsWorld(
            boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION).client
        )
        twin = Twin(clock=clock, world=world, account=ACCOUNT, region=REGION, **twin_options)
        attach(session, twin)
        calls = Calls()
        session.events.register("before-call", calls.note)
        settings = _settings(session)
        move_in(session.client("iam"))
        around = Surroundings.of(Aws(session), settings)
        executions = Executions(around.aws.stepfunctions, settings)
        yield House(
            clock, twin, around, Intake(around.registry, executions, around.aws, settings.secrets_key_arn), calls
        )


def example(name: str) -> ClusterSpec:
    """A spec of ``examples/``; inside a house, with the house's subnets in the place of the sandbox's."""
    text = (ROOT / "examples" / f"{name}.yaml").read_text()
    if "subnet-0000000" in text:
        there = boto3.client("ec2", region_name=REGION).describe_subnets()["Subnets"]
        for number, subnet in enumerate(sorted(there, key=lambda s: s["AvailabilityZone"]), start=1):
            text = text.replace(f"subnet-{number:08}", subnet["SubnetId"])
    return admit_object(yaml.safe_load(text))


@contextmanager
def _light_moto() -> Iterator[None]:
    """moto in the sandbox's account, without the machine images and managed policies that no step uses."""
    variables = {"MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    with (
        mock.patch.dict(os.environ, variables),
        mock.patch("moto.iam.models.aws_managed_policies_data", _few_policies()),
    ):
        yield


@cache
def _few_policies() -> str:
    wanted = {name for names in POLICIES.values() for name in names}
    every = json.loads(aws_managed_policies_data)
    return json.dumps({name: policy for name, policy in every.items() if name in wanted})


@cache
def _definition(verb: Verb) -> dict[str, Any]:
    text = (ROOT / "statemachines" / f"{verb}.asl.json").read_text()
    for contract in STEPS:
        text = text.replace(f"${{{contract.name.capitalize()}Function}}", contract.name)
    definition: dict[str, Any] = json.loads(text.replace("${Partition}", "aws"))
    return definition


def _settings(session: boto3.session.Session) -> Settings:
    """The settings, and the things of the stack that they name."""
    session.client("dynamodb").create_table(
        TableName="registry",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in (PARTITION_KEY, INDEX_PARTITION_KEY, INDEX_SORT_KEY)
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": INDEX_PARTITION_KEY, "KeyType": "HASH"},
                    {"AttributeName": INDEX_SORT_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    boundary = session.client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(allow))
    key = session.client("kms").create_key()
    session.client("stepfunctions").create_state_machine(
        name=f"Slipway-{Verb.PROVISION}",
        definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
    )
    return Settings(
        partition="aws",
        account=ACCOUNT,
        table="registry",
        boundary_arn=boundary["Policy"]["Arn"],
        secrets_key_arn=key["KeyMetadata"]["Arn"],
        state_machine_prefix=_PREFIX,
        passable_roles=f"arn:aws:iam::{ACCOUNT}:role/platform/*",
        usable_keys="",
    )
