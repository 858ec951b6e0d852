"""All contracts: what the stack makes functions of."""

from typing import Final

from lambdas.steps import access, addons, cluster, network, nodegroups, roles, runs
from lambdas.steps.contract import Permission, StepContract
from lambdas.steps.preflight.permissions import PERMISSIONS as PREFLIGHT

STEPS: Final[tuple[StepContract, ...]] = (
    runs.CONTRACT,
    roles.CONTRACT,
    network.CONTRACT,
    cluster.CONTRACT,
    access.CONTRACT,
    addons.CONTRACT,
    nodegroups.CONTRACT,
)
"""The functions that the state machines call."""

API: Final = StepContract(
    name="api",
    purpose="Takes specs in, starts runs and tells how they are",
    parts=(),
    timeout_seconds=28,  # API Gateway gives an answer up after 29
    permissions=(
        Permission(
            actions=("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            resources=("{table}",),
        ),
        Permission(
            actions=("dynamodb:Query",),
            resources=("{table}/index/*",),
            why_wildcard="The table has one index, named in the code.",
        ),
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
        *PREFLIGHT,
        # A plan looks with every step's eyes and with nobody's hands.
        *(permission for step in STEPS for permission in step.reads()),
    ),
)
