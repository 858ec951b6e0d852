"""The step contracts: where infrastructure, runtime and state machines meet."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, PATH, ROLE_PREFIX
from lambdas.domain.pacing import Part

SLIPWAY_ROLES: Final = f"arn:{{partition}}:iam::{{account}}:role{PATH}*"
ABSENT_SLIPWAY_ROLES: Final = f"arn:{{partition}}:iam::{{account}}:role/{ROLE_PREFIX}*"
"""The same roles before they exist."""

OPERATORS_CHOICE: Final = "The operator has chosen, in cdk.json, which roles and keys a spec may name."
ANY_NAME: Final = "Clusters are named by their specs, which come after the deployment."


OURS: Final[Mapping[str, Mapping[str, str]]] = {"Null": {f"aws:ResourceTag/{OWNER_TAG}": "false"}}
"""The condition for touching only what bears Slipway's tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Actions on resources under conditions, as IAM states them.

    ``resources`` and the values of ``conditions`` are templates: ``{partition}``, ``{region}``, ``{account}``,
    ``{boundary}``, ``{keys}``, ``{table}``, ``{machines}``, ``{executions}``, ``{schedules}``, ``{scheduler_role}``,
    ``{passable_roles}`` and ``{bus}`` are filled in by the stack.
    ``reads`` marks what changes nothing: a plan needs those, and only those. ``implied`` marks what no code calls but
    AWS demands of whoever makes another call, such as ``iam:PassRole``.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)
    reads: bool = False
    implied: bool = False
    why_wildcard: str = ""
    """Why a resource ends in ``*``: the reason that the infrastructure's reviewers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContract:
    """One Lambda function: its name, the wait loops it serves and all that it may do."""

    name: str
    purpose: str
    parts: tuple[Part, ...]
    permissions: tuple[Permission, ...]
    timeout_seconds: int = 60

    def reads(self) -> tuple[Permission, ...]:
        """The permissions that change nothing."""
        return tuple(permission for permission in self.permissions if permission.reads)

    def calls(self) -> frozenset[str]:
        """Every action that the step's code calls; a test demands that the calls made are exactly these."""
        return frozenset(action for p in self.permissions if not p.implied for action in p.actions)


def pass_role(*services: str) -> Permission:
    """Handing a role to one of ``services``: one that Slipway made, or one that the operator allowed."""
    return Permission(
        actions=("iam:PassRole",),
        resources=(SLIPWAY_ROLES, "{passable_roles}"),
        conditions={"StringEquals": {"iam:PassedToService": services}},
        implied=True,
        why_wildcard="Roles are made at run time, all of them below one path.",
    )


def service_linked_role(service: str, name: str) -> str:
    """The ARN template of a role that an AWS service makes for itself."""
    return f"arn:{{partition}}:iam::{{account}}:role/aws-service-role/{service}/{name}"


def eks(resource: str) -> str:
    """The ARN template of an EKS resource."""
    return f"arn:{{partition}}:eks:{{region}}:{{account}}:{resource}"


def distinct(permissions: Iterable[Permission]) -> tuple[Permission, ...]:
    """The permissions without repetitions, for whoever has those of several."""
    found: list[Permission] = []
    for permission in permissions:
        if permission not in found:
            found.append(permission)
    return tuple(found)


LEDGER: Final = Permission(actions=("dynamodb:GetItem", "dynamodb:UpdateItem"), resources=("{table}",))
"""What every step needs to read its spec and to report."""

WRITING: Final = Permission(actions=("dynamodb:PutItem",), resources=("{table}",))
"""What whoever writes down a run or an event needs beside that."""

STARTING: Final = (
    WRITING,
    Permission(
        actions=("states:StartExecution",),
        resources=("{machines}",),
        why_wildcard="Slipway's own state machines share a prefix.",
    ),
    Permission(
        actions=("states:DescribeExecution",),
        resources=("{executions}",),
        why_wildcard="Executions are named when they start.",
    ),
)
"""What whoever starts runs needs beside that."""

LISTING: Final = Permission(
    actions=("dynamodb:Query",),
    resources=("{table}/index/*",),
    why_wildcard="The table has two indexes, named in the code.",
)
"""What whoever goes through all clusters, or all that is not published, needs."""
