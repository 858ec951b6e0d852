"""A cluster that somebody makes by hand, for Slipway to adopt: two node groups, add-ons, access, and others' tags."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import boto3

from lambdas.domain.names import OWNER_TAG, RUN_TAG
from tests.house import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.house import House

ROLE = f"arn:aws:iam::{ACCOUNT}:role/platform"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"
A_WHILE = 1800
"""Seconds after which the twin has nothing left to do."""


def subnets() -> list[str]:
    """Subnets of the default VPC, in two zones."""
    found = boto3.client("ec2", region_name=REGION).describe_subnets(
        Filters=[{"Name": "default-for-az", "Values": ["true"]}]
    )["Subnets"]
    return [it["SubnetId"] for it in sorted(found, key=lambda it: it["AvailabilityZone"])][:2]


def make(home: House, name: str, **members: Any) -> None:  # noqa: ANN401 -- CreateCluster's own
    """Make the bare control plane, as a person would who takes EKS's defaults."""
    request = {
        "version": "1.34",
        "roleArn": f"{ROLE}/eks-cluster",
        "resourcesVpcConfig": {"subnetIds": subnets()},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
        "tags": {"team": "ledger"},
    }
    _patiently(home, partial(home.around.aws.eks.create_cluster, name=name, **{**request, **members}))
    home.clock.advance(A_WHILE)


def furnish(home: House, name: str) -> None:
    """Give it two node groups, two add-ons, an entry with policies, and a pod identity association."""
    eks = home.around.aws.eks
    common: Any = {"clusterName": name, "nodeRole": f"{ROLE}/eks-node", "subnets": subnets()}
    services: Any = {
        "nodegroupName": "services",
        "labels": {"tier": "services"},
        "tags": {"team": "ledger"},
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
        "taints": [{"key": "dedicated", "value": "ledger", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailablePercentage": 33},
    }
    batch: Any = {
        "nodegroupName": "batch",
        "launchTemplate": {"name": "hardened-nodes"},
        "instanceTypes": ["m7i.large"],
        "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 1},
        "capacityType": "SPOT",
    }
    for group in (services, batch):
        _patiently(home, partial(eks.create_nodegroup, **common, **group))
    eks.create_addon(clusterName=name, addonName="vpc-cni", configurationValues='{"env":{"WARM_IP_TARGET":"2"}}')
    eks.create_addon(clusterName=name, addonName="eks-pod-identity-agent")
    principal = f"{ROLE}/operators"
    eks.create_access_entry(clusterName=name, principalArn=principal, kubernetesGroups=["viewers"], tags={"of": "us"})
    for policy, scope in (("View", {"type": "cluster"}), ("Edit", {"type": "namespace", "namespaces": ["ledger"]})):
        whole: Any = {"policyArn": f"{POLICY}{policy}Policy", "accessScope": scope}
        eks.associate_access_policy(clusterName=name, principalArn=principal, **whole)
    pods: Any = {"namespace": "pay", "serviceAccount": "ledger", "roleArn": f"{ROLE}/payments-ledger"}
    _patiently(home, partial(eks.create_pod_identity_association, clusterName=name, **pods))
    home.clock.advance(A_WHILE)


def _patiently(home: House, create: Callable[[], object]) -> None:
    """Make something with a role, which EKS sees a few seconds after it was first asked about it."""
    try:
        create()
    except home.around.aws.eks.exceptions.InvalidParameterException:
        home.clock.advance(60)
        create()


def without_marks(inventory: Any) -> Any:  # noqa: ANN401 -- JSON
    """An inventory without the tags by which Slipway says what is its own."""
    if isinstance(inventory, dict):
        return {key: without_marks(it) for key, it in inventory.items() if key not in {OWNER_TAG, RUN_TAG}}
    return [without_marks(it) for it in inventory] if isinstance(inventory, list) else inventory


def owners(home: House, name: str) -> dict[str, str | None]:
    """Whose everything in a cluster is, by kind and name."""
    eks = home.around.aws.eks
    found: dict[str, str | None] = {"cluster": _owner(eks.describe_cluster(name=name)["cluster"])}
    for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
        found[f"nodegroups/{group}"] = _owner(
            eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
        )
    for addon in eks.list_addons(clusterName=name)["addons"]:
        found[f"addons/{addon}"] = _owner(eks.describe_addon(clusterName=name, addonName=addon)["addon"])
    for principal in eks.list_access_entries(clusterName=name)["accessEntries"]:
        entry = eks.describe_access_entry(clusterName=name, principalArn=principal)["accessEntry"]
        found[f"access/{principal.rpartition(':')[2]}"] = _owner(entry)
    for it in eks.list_pod_identity_associations(clusterName=name)["associations"]:
        answer = eks.describe_pod_identity_association(clusterName=name, associationId=it.get("associationId", ""))
        found[f"podidentity/{it.get('namespace')}"] = _owner(answer["association"])
    return found


def _owner(described: Any) -> str | None:  # noqa: ANN401 -- EKS's description
    owner: str | None = (described.get("tags") or {}).get(OWNER_TAG)
    return owner
