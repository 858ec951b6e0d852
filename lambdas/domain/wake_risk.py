"""Whether a node group that goes to sleep will be able to wake: warnings, which never keep it from sleeping."""

from collections.abc import Sequence
from typing import Final

from lambdas.domain.issues import Issue
from lambdas.domain.sizes import counted

UPDATING: Final = "UpdateInProgress: another update of the node group is running."


def risks(nodes: int, free_addresses: int | None, status: str, issues: Sequence[Issue]) -> tuple[str, ...]:
    """What may keep a node group from getting its nodes back, each as a code and a sentence.

    Args:
        nodes: How many it is to wake with.
        free_addresses: In its subnets, while its own nodes still hold theirs; None if that is not known. Each node
            needs one at least, and what the nodes give back at night anybody may take.
        status: EKS's word.
        issues: The entries of its ``health.issues``.
    """
    found = [f"{issue.code}: {issue.message}" for issue in issues]
    if status == "DEGRADED" and not issues:
        found.append("DEGRADED: EKS gives no reason.")
    if free_addresses is not None and free_addresses < nodes:
        free = "no free address" if not free_addresses else f"{free_addresses} free addresses"
        found.append(f"InsufficientFreeAddresses: its subnets have {free}, and it is to wake with {counted(nodes)}.")
    return tuple(found)


def unasked(error: str) -> str:
    """The risk that nobody knows."""
    return f"AddressesUnknown: EC2 did not say how many addresses are free: {error}"
