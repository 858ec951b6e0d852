"""The real stack, synthesised once, with a folder of one file in the place of the zip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from stacks.options import Options
from stacks.slipway import SlipwayStack

if TYPE_CHECKING:
    from collections.abc import Iterator

    Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
KEY = "arn:aws:kms:eu-central-1:123456789012:key/*"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
FULL = Options(
    stack_name="Slipway",
    passable_roles=("platform/*", "eks-admin"),
    usable_keys=(KEY,),
    log_retention_days=30,
    alarm_topic_arn=TOPIC,
)
BARE = Options(stack_name="Bare")


@dataclass(frozen=True)
class Template:
    """A synthesised template, with questions to it."""

    body: Json

    def of_type(self, kind: str) -> dict[str, Json]:
        """The resources of a CloudFormation type, by logical id."""
        return {name: it for name, it in self.body["Resources"].items() if it["Type"] == kind}

    def only(self, kind: str) -> tuple[str, Json]:
        """The one resource of a type: its logical id and its properties."""
        ((name, resource),) = self.of_type(kind).items()
        return name, resource["Properties"]

    def machine(self, verb: str) -> tuple[str, Json]:
        """The state machine of a verb: its logical id and its properties."""
        ((name, found),) = [
            (name, it["Properties"])
            for name, it in self.of_type("AWS::StepFunctions::StateMachine").items()
            if it["Properties"]["StateMachineName"].endswith(f"-{verb}")
        ]
        return name, found

    def function_id(self, name: str) -> str:
        """The logical id of the function whose handler's module has this name."""
        handler = f"lambdas.handlers.{name}.handler"
        functions = self.of_type("AWS::Lambda::Function")
        (found,) = [logical for logical, it in functions.items() if it["Properties"]["Handler"] == handler]
        return found

    def functions(self) -> dict[str, Json]:
        """The functions' properties by the names of their handlers' modules."""
        return {
            it["Properties"]["Handler"].split(".")[2]: it["Properties"]
            for it in self.of_type("AWS::Lambda::Function").values()
        }

    def statements(self, role: str) -> list[Json]:
        """All that a role may do, in plain text: intrinsic functions as ``${…}``, lists sorted."""
        return [
            _plain_statement(statement)
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]

    def every_statement(self) -> Iterator[tuple[str, Json]]:
        """The statements of every role, with the role's logical id."""
        for role in self.of_type("AWS::IAM::Role"):
            for statement in self.statements(role):
                yield role, statement


def text(value: Any) -> str:  # noqa: ANN401 -- CloudFormation JSON
    """A value with its intrinsic functions as ``${LogicalId.Arn}``."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return f"${{{argument}}}"
        case "Fn::GetAtt":
            return f"${{{'.'.join(argument)}}}"
        case "Fn::Join":
            return str(argument[0]).join(map(text, argument[1]))
    raise AssertionError(function)


def texts(value: Any) -> list[str]:  # noqa: ANN401 -- CloudFormation JSON
    """One value or several, sorted."""
    return sorted(map(text, value if isinstance(value, list) else [value]))


def _plain_statement(statement: Json) -> Json:
    assert set(statement) <= {"Action", "Effect", "Resource", "Condition"}, statement
    assert statement["Effect"] == "Allow"
    return {
        "actions": texts(statement["Action"]),
        "resources": texts(statement["Resource"]),
        "conditions": {
            operator: {key: texts(value) for key, value in keys.items()}
            for operator, keys in statement.get("Condition", {}).items()
        },
    }


def synthesised(out: Path, *options: Options) -> Path:
    """The folder with the templates of these stacks and the reviewers' report."""
    code = out / "code"
    code.mkdir()
    (code / "nothing.py").write_text("")
    app = cdk.App(outdir=str(out / "assembly"))
    for chosen in options:
        SlipwayStack(app, chosen.stack_name, options=chosen, code=code, definitions=ROOT / "statemachines")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    return out / "assembly"


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesised(tmp_path_factory.mktemp("cdk"), FULL, BARE)


@pytest.fixture(scope="session")
def template(assembly: Path) -> Template:
    """With everything that an operator can choose."""
    return Template(json.loads((assembly / "Slipway.template.json").read_text()))


@pytest.fixture(scope="session")
def bare(assembly: Path) -> Template:
    """With nothing chosen."""
    return Template(json.loads((assembly / "Bare.template.json").read_text()))
