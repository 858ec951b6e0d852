"""The errors that AWS's services may answer with: those that EKS's model declares, and those that it does not."""

from __future__ import annotations

from functools import cache
from typing import Final

from lambdas.steps.contracts import FUNCTIONS
from sandbox.twin.model import EKS, service_model
from tests.simulation.refusals import Refused

EVERYWHERE: Final = (
    Refused("TooManyRequestsException", "Too Many Requests", status=429),
    Refused("ThrottlingException", "Rate exceeded", status=400),
    Refused("ExpiredTokenException", "The security token included in the request is expired", status=403),
    Refused("AccessDeniedException", "User is not authorized to perform this action", status=403),
    Refused("ServiceUnavailableException", "Service Unavailable", status=503),
    Refused("InternalFailure", "An internal error occurred", status=500),
)
"""What any call may meet, declared or not."""


CONTENTION: Final = {
    "dynamodb:TransactWriteItems": (
        Refused(
            "TransactionCanceledException",
            "Transaction cancelled",
            {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
        ),
    ),
    "dynamodb:UpdateItem": (Refused("TransactionConflictException", "Transaction is ongoing for the item"),),
}
"""What DynamoDB answers whoever writes what somebody else is writing."""


def operations() -> list[str]:
    """The operations of EKS that Slipway calls, as its functions' permissions say."""
    actions = {action for contract in FUNCTIONS for action in contract.calls() if action.startswith("eks:")}
    known = set(service_model(EKS).operation_names)
    return sorted(name for action in actions if (name := action.partition(":")[2]) in known)


@cache
def declared() -> dict[str, tuple[Refused, ...]]:
    """The errors that EKS's model declares for each of them, by ``eks:CreateCluster``."""
    model = service_model(EKS)
    return {
        f"eks:{name}": tuple(_refused(shape) for shape in model.operation_model(name).error_shapes)
        for name in operations()
    }


def _refused(shape: object) -> Refused:
    metadata = getattr(shape, "metadata", {})
    name = str(getattr(shape, "name", ""))
    members = (
        {"validZones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]} if name.startswith("UnsupportedAv") else {}
    )
    return Refused(name, f"{name} of the simulation", members, metadata.get("error", {}).get("httpStatusCode", 400))
