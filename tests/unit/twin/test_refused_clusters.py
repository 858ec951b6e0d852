"""Clusters and changes of clusters that EKS refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.twin.house import (
    DISABLED_KEY,
    FOREIGN_SUBNET,
    FULL_SUBNET,
    IAM,
    NAME,
    ODD_SUBNET,
    SUBNETS,
    House,
    cluster_params,
    new_twin,
    refusal,
)
from tests.unit.twin.refusals import IN_USE, INVALID_PARAMETER, INVALID_REQUEST, LIMIT, Case, check, ids


def vpc(*subnets: str, **more: object) -> dict[str, Any]:
    return {"resourcesVpcConfig": {"subnetIds": list(subnets), **more}}


CLUSTER_CASES = [
    Case(
        "no such role",
        {"roleArn": f"{IAM}:role/nobody"},
        INVALID_PARAMETER,
        f"Role with arn: {IAM}:role/nobody, could not be assumed because it does not exist or the trusted entity"
        " is not correct",
        {"clusterName": NAME},
    ),
    Case(
        "another trust",
        {"roleArn": f"{IAM}:role/distrusted"},
        INVALID_PARAMETER,
        "could not be assumed because it does not exist or the trusted entity is not correct",
    ),
    Case(
        "no policy",
        {"roleArn": f"{IAM}:role/powerless-cluster"},
        INVALID_PARAMETER,
        "The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the"
        " following policies [arn:aws:iam::aws:policy/AmazonEKSClusterPolicy] are attached",
    ),
    Case("one zone", vpc("subnet-a", "subnet-a2"), INVALID_PARAMETER, "must be in at least two different AZs"),
    Case("no subnet", vpc(), INVALID_PARAMETER, "subnetIds must not be empty"),
    Case("no such subnet", vpc("subnet-a", "subnet-x"), INVALID_PARAMETER, "The subnet ID 'subnet-x' does not exist"),
    Case("two VPCs", vpc("subnet-a", FOREIGN_SUBNET), INVALID_PARAMETER, "must all be in the same VPC"),
    Case("full subnet", vpc("subnet-a", FULL_SUBNET), INVALID_PARAMETER, f"{FULL_SUBNET} Free IPs: 3 , need at least"),
    Case(
        "zone without control planes",
        vpc("subnet-a", ODD_SUBNET),
        (400, "UnsupportedAvailabilityZoneException"),
        "EKS does not support creating control plane instances in eu-central-1e, the targeted availability zone",
        {"validZones": ["eu-central-1a", "eu-central-1b"]},
    ),
    Case(
        "security group elsewhere",
        vpc(*SUBNETS, securityGroupIds=["sg-foreign"]),
        INVALID_PARAMETER,
        "The security group 'sg-foreign' does not exist in VPC 'vpc-1'",
    ),
    Case(
        "no endpoint at all",
        vpc(*SUBNETS, endpointPublicAccess=False),
        INVALID_PARAMETER,
        "Private and public endpoint access cannot both be false",
    ),
    Case(
        "private public CIDR",
        vpc(*SUBNETS, publicAccessCidrs=["10.1.0.0/16"]),
        INVALID_PARAMETER,
        "The following CIDRs are invalid in publicAccessCidrs: [10.1.0.0/16]",
    ),
    Case("no CIDR", vpc(*SUBNETS, publicAccessCidrs=["home"]), INVALID_PARAMETER, "[home]"),
    Case("old version", {"version": "1.30"}, INVALID_PARAMETER, "unsupported Kubernetes version"),
    Case(
        "standard support of an extended version",
        {"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}},
        INVALID_PARAMETER,
        "extended support",
    ),
    Case(
        "disabled key",
        {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": DISABLED_KEY}}]},
        INVALID_PARAMETER,
        "The keyArn in encryptionConfig provider is invalid",
    ),
    Case(
        "service range in the VPC",
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/16"}},
        INVALID_PARAMETER,
        "that does not overlap the VPC",
    ),
    Case(
        "service range too narrow",
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.8.0.0/25"}},
        INVALID_PARAMETER,
        "between /24 and /12",
    ),
    Case(
        "IPv4 range with IPv6",
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.8.0.0/16", "ipFamily": "ipv6"}},
        INVALID_PARAMETER,
        "serviceIpv4Cidr cannot be given with ipFamily ipv6",
    ),
    Case(
        "IPv6 without IPv6 subnets",
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}, **vpc("subnet-a2", "subnet-b")},
        INVALID_PARAMETER,
        "Subnets subnet-a2 must have an IPv6 CIDR block",
    ),
    Case(
        "IPv6 callers of an IPv4 cluster",
        vpc(*SUBNETS, publicAccessCidrs=["2001:db8::/32"]),
        INVALID_PARAMETER,
        "[2001:db8::/32]",
    ),
    Case(
        "config map without an admin",
        {"accessConfig": {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False}},
        INVALID_PARAMETER,
        "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP",
    ),
    Case("bad name", {"name": "-bank"}, INVALID_PARAMETER, "Member must satisfy regular expression pattern"),
    Case("long name", {"name": "b" * 101}, INVALID_PARAMETER, "Member must have length less than or equal to 100"),
    Case(
        "word not in an enum",
        {"upgradePolicy": {"supportType": "FOREVER"}},
        INVALID_PARAMETER,
        "'upgradePolicy.supportType' failed to satisfy constraint: Member must satisfy enum value set",
    ),
    Case("short token", {"clientRequestToken": "t" * 32}, INVALID_PARAMETER, "between 33 and 126 characters"),
    Case("long token", {"clientRequestToken": "t" * 127}, INVALID_PARAMETER, "between 33 and 126 characters"),
    Case(
        "Auto Mode",
        {"computeConfig": {"enabled": True}},
        (501, "NotModelledByTheTwin"),
        "The EKS twin does not model EKS Auto Mode",
    ),
    Case(
        "Outposts",
        {"outpostConfig": {"outpostArns": ["o"], "controlPlaneInstanceType": "m5.large"}},
        (501, "NotModelledByTheTwin"),
        "The EKS twin does not model clusters on Outposts",
    ),
]


@pytest.mark.parametrize("case", CLUSTER_CASES, ids=ids)
def test_clusters_that_are_not_created(house: House, case: Case) -> None:
    check(lambda: house.eks.create_cluster(**cluster_params() | case.params), case)
    assert house.twin.inventory()["clusters"] == {}


def test_a_required_parameter_is_missed(house: House) -> None:
    params = cluster_params()
    del params["roleArn"]
    status, code, message, _ = refusal(lambda: house.eks.create_cluster(**params))
    assert (status, code) == INVALID_PARAMETER
    assert message == (
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
    )


def test_a_name_can_be_taken_once(house: House) -> None:
    house.cluster()
    status, code, message, body = refusal(house.cluster)
    assert (status, code) == IN_USE
    assert message == f"Cluster already exists with name: {NAME}"
    assert body["clusterName"] == NAME


def test_an_account_has_at_most_a_hundred_clusters(house: House) -> None:
    for number in range(100):
        house.cluster(f"c{number}")
    status, code, message, _ = refusal(house.cluster)
    assert (status, code) == LIMIT
    assert message == "Cluster limit exceeded for account."


def test_a_role_is_refused_until_it_is_visible(house: House) -> None:
    house.twin = new_twin(house.world, house.clock, propagation=8)
    assert refusal(house.cluster)[1] == "InvalidParameterException"
    house.wait(7.9)
    assert "could not be assumed" in refusal(house.cluster)[2]
    house.wait(0.1)
    assert house.cluster()["status"] == "CREATING"


def test_a_protected_cluster_is_not_deleted(house: House) -> None:
    house.active_cluster(deletionProtection=True)
    status, code, message, _ = refusal(lambda: house.eks.delete_cluster(name=NAME))
    assert (status, code) == INVALID_REQUEST
    assert "deletion protection" in message
    house.eks.update_cluster_config(name=NAME, deletionProtection=False)
    house.wait(120)
    assert house.eks.delete_cluster(name=NAME)["cluster"]["status"] == "DELETING"


def test_a_cluster_is_not_deleted_while_it_is_being_created(house: House) -> None:
    house.cluster()
    status, code, message, _ = refusal(lambda: house.eks.delete_cluster(name=NAME))
    assert (status, code) == IN_USE
    assert "currently has an update in progress" in message


def test_two_kinds_of_change_do_not_go_together(active: House) -> None:
    logging: Any = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
    status, code, message, _ = refusal(
        lambda: active.eks.update_cluster_config(name=NAME, logging=logging, deletionProtection=True)
    )
    assert (status, code) == INVALID_PARAMETER
    assert message == "Only one type of update can be allowed."


VERSION_CASES = [
    ("1.35", "Unsupported Kubernetes minor version update from 1.33 to 1.35"),
    ("1.33", "unsupported Kubernetes version update from the current version, 1.33, to 1.33"),
    ("1.32", "Unsupported Kubernetes minor version update from 1.33 to 1.32"),
    ("1.36", "unsupported Kubernetes version 1.36"),
]


@pytest.mark.parametrize(("version", "expected"), VERSION_CASES)
def test_the_version_ladder(house: House, version: str, expected: str) -> None:
    house.active_cluster(version="1.33")
    status, code, message, _ = refusal(lambda: house.eks.update_cluster_version(name=NAME, version=version))
    assert (status, code) == INVALID_PARAMETER
    assert message == expected


def test_node_groups_come_along_before_the_next_version(house: House) -> None:
    house.active_cluster(version="1.33")
    house.nodegroup("late", scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    house.wait(70)
    house.eks.update_cluster_version(name=NAME, version="1.34")
    house.wait(720)
    status, code, message, _ = refusal(lambda: house.eks.update_cluster_version(name=NAME, version="1.35"))
    assert (status, code) == INVALID_PARAMETER
    assert message == "Nodegroups late must be updated to match cluster version 1.34 before updating cluster version"


def test_a_rollback_is_not_modelled(active: House) -> None:
    status, code, *_ = refusal(
        lambda: active.eks.update_cluster_version(name=NAME, version="1.34", rollbackConfig={"timeoutMinutes": 120})
    )
    assert (status, code) == (501, "NotModelledByTheTwin")
