"""All contracts: what the stack makes functions of."""

from typing import Final

from lambdas.steps import (
    access,
    addons,
    adopting,
    cluster,
    drifting,
    leftovers,
    network,
    nodegroups,
    orphans,
    roles,
    runs,
    scaling,
    sweep,
)
from lambdas.steps.contract import LEDGER, LISTING, STARTING, StepContract, distinct
from lambdas.steps.events import PUBLISHING
from lambdas.steps.preflight.permissions import PERMISSIONS as PREFLIGHT

STEPS: Final[tuple[StepContract, ...]] = (
    runs.CONTRACT,
    roles.CONTRACT,
    network.CONTRACT,
    cluster.CONTRACT,
    access.CONTRACT,
    addons.CONTRACT,
    nodegroups.CONTRACT,
    scaling.CONTRACT,
    leftovers.CONTRACT,
)
"""The functions that the state machines call."""

API: Final = StepContract(
    name="api",
    purpose="Takes specs in, starts runs and tells how they are",
    parts=(),
    timeout_seconds=28,  # API Gateway gives an answer up after 29
    permissions=distinct(
        (
            LEDGER,
            *STARTING,
            LISTING,
            *PREFLIGHT,
            *adopting.PERMISSIONS,
            PUBLISHING,
            # A plan looks with the eyes of every step that provisions and with nobody's hands.
            *(permission for step in STEPS for permission in step.reads()),
        )
    ),
)

DRIFT: Final = drifting.contract(STEPS)

FUNCTIONS: Final = (*STEPS, API, sweep.CONTRACT, DRIFT, orphans.CONTRACT)
"""All functions that there are."""
