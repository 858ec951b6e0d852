"""What EKS changes in place of access entries, their policies and pod identity associations, and what it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.planner.differences import Difference, Json, Update, of_set, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation

_CHANGEABLE: Final = "STANDARD"
"""EKS chooses groups and name of every other type of entry, and changes none of them."""


def entry_updates(entry: AccessEntry, actual: Json) -> Iterator[Update]:
    """UpdateAccessEntry, where it is due. A user name that the spec does not say is EKS's to choose."""
    if actual.get("type") != _CHANGEABLE:
        return
    named = {"username": entry.username} if entry.username else {}
    found = (
        *of_set("kubernetesGroups", actual.get("kubernetesGroups"), entry.kubernetesGroups),
        *said(named, actual, ("username",)),
    )
    if found:
        yield Update(
            operation="update_access_entry",
            differences=found,
            request={"kubernetesGroups": sorted(entry.kubernetesGroups), **named},
            outcome="Kubernetes knows the principal otherwise within minutes",
        )


def entry_frozen(entry: AccessEntry, actual: Json) -> tuple[Difference, ...]:
    """What differs of an entry and cannot change."""
    return said({"type": entry.type}, actual, ("type",))


def policy_updates(policy: AccessPolicy, actual: Json, names: Json) -> Iterator[Update]:
    """AssociateAccessPolicy once more, where the policy holds elsewhere. ``names`` tell which entry's it is."""
    request = policy_request(policy, names)
    there, wanted = actual.get("accessScope", {}), request["accessScope"]
    found = (
        *said(wanted, there, ("type",)),
        *of_set("namespaces", there.get("namespaces"), wanted.get("namespaces")),
    )
    if found:
        yield Update(
            operation="associate_access_policy",
            differences=tuple(Difference(f"accessScope.{it.field}", it.actual, it.wanted) for it in found),
            request=request,
            whole=True,
            outcome=f"it holds in {where(policy)}",
        )


def policy_request(policy: AccessPolicy, names: Json) -> dict[str, Any]:
    """AssociateAccessPolicy's whole request: it takes no token, and may be repeated."""
    scope = policy.accessScope
    namespaces = {"namespaces": sorted(scope.namespaces)} if scope.namespaces else {}
    return {**names, "policyArn": policy.policyArn, "accessScope": {"type": scope.type, **namespaces}}


def where(policy: AccessPolicy) -> str:
    """Where a policy holds, in words."""
    return ", ".join(sorted(policy.accessScope.namespaces)) or "the whole cluster"


def association_updates(association: PodIdentityAssociation, actual: Json) -> Iterator[Update]:
    """UpdatePodIdentityAssociation, where it is due.

    An empty ``targetRoleArn`` takes the role away; left out, it stays (aws-controllers-k8s/eks-controller#164).
    """
    there = {**actual, "disableSessionTags": bool(actual.get("disableSessionTags"))}
    wanted: dict[str, Any] = {
        "roleArn": association.roleArn,
        "disableSessionTags": association.disableSessionTags,
        **({"targetRoleArn": association.targetRoleArn} if association.targetRoleArn else {}),
    }
    found = [*said(wanted, there, wanted), *_policy(association, actual)]
    request = {**wanted, **({"policy": association.policy} if association.policy else {})}
    if actual.get("targetRoleArn") and not association.targetRoleArn:
        found.append(Difference("targetRoleArn", actual["targetRoleArn"], None))
        request["targetRoleArn"] = ""
    if found:
        yield Update(
            operation="update_pod_identity_association",
            differences=tuple(found),
            request={"associationId": actual["associationId"], **request},
            outcome="its pods get other credentials when they ask for the next ones",
        )


def association_frozen(association: PodIdentityAssociation, actual: Json) -> tuple[Difference, ...]:
    """What differs and cannot change: EKS does not say how a policy is taken away."""
    if actual.get("policy") and not association.policy:
        return (Difference("policy", actual["policy"], None),)
    return ()


def _policy(association: PodIdentityAssociation, actual: Json) -> Iterator[Difference]:
    """The policy by its meaning: both are JSON."""
    if association.policy and json.loads(actual.get("policy") or "null") != json.loads(association.policy):
        yield Difference("policy", actual.get("policy"), association.policy)
