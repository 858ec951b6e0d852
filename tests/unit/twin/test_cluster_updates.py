"""Updates of clusters: one at a time, told by id."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.twin.faults import Force
from tests.unit.twin.house import (
    FOREIGN_SUBNET,
    FULL_SUBNET,
    KEY,
    NAME,
    NODE_ROLE,
    ODD_SUBNET,
    refusal,
    subnet,
)

if TYPE_CHECKING:
    from tests.unit.twin.house import House

CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"resourcesVpcConfig": {"endpointPrivateAccess": True}}, "EndpointAccessUpdate"),
    ({"resourcesVpcConfig": {"publicAccessCidrs": ["203.0.113.0/24"]}}, "EndpointAccessUpdate"),
    ({"resourcesVpcConfig": {"subnetIds": ["subnet-b", "subnet-a2"]}}, "VpcConfigUpdate"),
    ({"resourcesVpcConfig": {"securityGroupIds": ["sg-1"]}}, "VpcConfigUpdate"),
    ({"resourcesVpcConfig": {"controlPlaneEgressMode": "CUSTOMER_ROUTED"}}, "ControlPlaneEgressUpdate"),
    ({"logging": {"clusterLogging": [{"types": ["api"], "enabled": True}]}}, "LoggingUpdate"),
    ({"upgradePolicy": {"supportType": "STANDARD"}}, "UpgradePolicyUpdate"),
    ({"deletionProtection": True}, "DeletionProtectionUpdate"),
    ({"zonalShiftConfig": {"enabled": True}}, "ZonalShiftConfigUpdate"),
    ({"controlPlaneScalingConfig": {"tier": "tier-xl"}}, "ControlPlaneScalingConfigUpdate"),
    ({"kubeApiServerConfig": {"eventTtl": "2h"}}, "ControlPlaneComponentConfigUpdate"),
]


NOTHING_TO_DO = {
    "LoggingUpdate": "No changes needed for the logging config provided",
    "EndpointAccessUpdate": "Cluster is already at the desired configuration with endpointPrivateAccess: ",
}


@pytest.mark.parametrize(("change", "kind"), CHANGES)
def test_a_change_of_configuration_takes_effect_when_its_update_succeeds(
    active: House, change: dict[str, Any], kind: str
) -> None:
    before = active.eks.describe_cluster(name=NAME)["cluster"]
    update = active.eks.update_cluster_config(name=NAME, **change)["update"]
    assert (update["type"], update["status"]) == (kind, "InProgress")
    active.wait(59)
    assert active.status() == "UPDATING"
    during = active.eks.describe_cluster(name=NAME)["cluster"]
    assert {**during, "status": "ACTIVE", "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    active.wait(52)
    cluster: Any = active.eks.describe_cluster(name=NAME)["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert active.eks.describe_update(name=NAME, updateId=update["id"])["update"]["status"] == "Successful"
    (member, value), *_ = change.items()
    if member == "logging":
        assert cluster[member]["clusterLogging"][0] == value["clusterLogging"][0]
    elif isinstance(value, dict):
        assert value.items() <= cluster[member].items()
    else:
        assert cluster[member] == value


@pytest.mark.parametrize(("change", "kind"), CHANGES)
def test_the_same_change_again_changes_nothing_and_is_refused(active: House, change: dict[str, Any], kind: str) -> None:
    active.eks.update_cluster_config(name=NAME, **change)
    active.wait(120)
    status, code, message, _ = refusal(lambda: active.eks.update_cluster_config(name=NAME, **change))
    assert (status, code) == (400, "InvalidParameterException")
    assert message.startswith(NOTHING_TO_DO.get(kind, f"No changes needed for the {kind} provided"))


def test_an_order_is_no_change(active: House) -> None:
    for config in ({"subnetIds": ["subnet-b", "subnet-a"]}, {"publicAccessCidrs": ["2.0.0.0/8", "1.0.0.0/8"]}):
        if "publicAccessCidrs" in config:
            turned: Any = {"publicAccessCidrs": ["1.0.0.0/8", "2.0.0.0/8"]}
            active.eks.update_cluster_config(name=NAME, resourcesVpcConfig=turned)
            active.wait(120)
        again = refusal(partial(active.call, "update_cluster_config", name=NAME, resourcesVpcConfig=config))
        assert again[:2] == (400, "InvalidParameterException")


def test_egress_does_not_come_back(active: House) -> None:
    for mode, expected in (("CUSTOMER_ROUTED", None), ("AWS_MANAGED", "cannot be changed back to AWS_MANAGED")):
        config: Any = {"controlPlaneEgressMode": mode}
        begin = partial(active.eks.update_cluster_config, name=NAME, resourcesVpcConfig=config)
        if expected is None:
            begin()
            active.wait(120)
        else:
            assert expected in refusal(begin)[2]


def test_a_tier_is_told_with_the_one_before(active: House) -> None:
    update = active.eks.update_cluster_config(name=NAME, controlPlaneScalingConfig={"tier": "tier-xl"})["update"]
    assert update["params"] == [
        {"type": "UpdatedTier", "value": "tier-xl"},
        {"type": "PreviousTier", "value": "standard"},
    ]


def test_a_failed_cluster_is_not_updated(active: House) -> None:
    active.faults.add(Force("cluster", "FAILED", cluster=NAME, now=True))
    refused = refusal(lambda: active.eks.update_cluster_config(name=NAME, deletionProtection=True))
    assert refused[:2] == (400, "InvalidRequestException")


def test_back_to_the_version_before_is_a_rollback_for_a_week(house: House) -> None:
    house.active_cluster(version="1.34")
    house.eks.update_cluster_version(name=NAME, version="1.35")
    house.wait(701)
    back = partial(house.eks.update_cluster_version, name=NAME, version="1.34")
    assert refusal(back)[:2] == (501, "NotModelledByTheTwin")
    house.wait(7 * 24 * 3600)
    assert refusal(back)[2] == "Unsupported Kubernetes minor version update from 1.35 to 1.34"


def test_a_second_update_is_refused_also_while_the_status_still_reads_active(active: House) -> None:
    update = active.eks.update_cluster_config(name=NAME, deletionProtection=True)["update"]
    assert active.status() == "ACTIVE"
    status, code, message, _ = refusal(
        lambda: active.eks.update_cluster_config(name=NAME, resourcesVpcConfig={"endpointPrivateAccess": True})
    )
    assert (status, code) == (409, "ResourceInUseException")
    assert message == (
        f"Cannot EndpointAccessUpdate because cluster {NAME} currently has update {update['id']} in progress"
    )


def test_a_cluster_cannot_go_while_it_is_being_updated(active: House) -> None:
    active.eks.update_cluster_config(name=NAME, resourcesVpcConfig={"endpointPrivateAccess": True})
    status, code, message, _ = refusal(lambda: active.eks.delete_cluster(name=NAME))
    assert (status, code) == (409, "ResourceInUseException")
    assert message == f"Cannot delete because cluster {NAME} currently has an update in progress"


def test_tags_can_change_while_a_cluster_is_being_updated(active: House) -> None:
    active.eks.update_cluster_config(name=NAME, deletionProtection=True)
    arn = active.eks.describe_cluster(name=NAME)["cluster"]["arn"]
    active.eks.tag_resource(resourceArn=arn, tags={"team": "a"})
    assert active.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "a"}


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        (["subnet-b", FULL_SUBNET, "subnet-a2"], f"Provided subnets {FULL_SUBNET} Free IPs: 3 , need at least 5 IPs"),
        (["subnet-a", ODD_SUBNET], "EKS does not support creating control plane instances in eu-central-1e"),
        ([FOREIGN_SUBNET, "subnet-foreign-2"], "Subnets must be in the cluster's VPC vpc-1"),
        (["subnet-a", "subnet-a2"], "Subnets specified must be in at least two different AZs"),
    ],
)
def test_a_cluster_cannot_move_to_these_subnets(active: House, subnets: list[str], expected: str) -> None:
    active.world.known_subnets["subnet-foreign-2"] = subnet("subnet-foreign-2", "a", vpc_id="vpc-2")
    config: Any = {"subnetIds": subnets}
    status, code, message, _ = refusal(lambda: active.eks.update_cluster_config(name=NAME, resourcesVpcConfig=config))
    assert status == 400
    assert code in {"InvalidParameterException", "InvalidRequestException"}
    assert expected in message


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"endpointPublicAccess": False}, "Private and public endpoint access cannot both be false"),
        ({"publicAccessCidrs": ["192.168.0.0/24"]}, "invalid in publicAccessCidrs: [192.168.0.0/24]"),
    ],
)
def test_endpoints_that_a_cluster_does_not_get(active: House, config: dict[str, Any], expected: str) -> None:
    status, code, message, _ = refusal(
        lambda: active.call("update_cluster_config", name=NAME, resourcesVpcConfig=config)
    )
    assert (status, code) == (400, "InvalidParameterException")
    assert expected in message


def test_a_cluster_that_is_being_created_cannot_be_updated(house: House) -> None:
    house.cluster()
    for operation, params in (
        ("update_cluster_config", {"deletionProtection": True}),
        ("update_cluster_version", {"version": "1.35"}),
    ):
        status, code, message, _ = refusal(partial(house.call, operation, name=NAME, **params))
        assert (status, code) == (400, "InvalidRequestException")
        assert message == f"Cluster '{NAME}' is not in ACTIVE status"


def test_turning_the_public_endpoint_off_empties_its_cidrs(active: House) -> None:
    config = {"endpointPublicAccess": False, "endpointPrivateAccess": True}
    active.call("update_cluster_config", name=NAME, resourcesVpcConfig=config)
    active.wait(120)
    network = active.eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]
    assert network["publicAccessCidrs"] == []


def test_the_authentication_mode_moves_one_step_at_a_time(house: House) -> None:
    house.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"}, bootstrapSelfManagedAddons=True)
    house.nodegroup()
    house.wait(250)
    refused = refusal(lambda: house.eks.update_cluster_config(name=NAME, accessConfig={"authenticationMode": "API"}))
    assert refused[2] == "Unsupported authentication mode update from CONFIG_MAP to API"
    house.eks.update_cluster_config(name=NAME, accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    house.wait(120)
    assert NODE_ROLE in house.eks.list_access_entries(clusterName=NAME)["accessEntries"]
    house.eks.update_cluster_config(name=NAME, accessConfig={"authenticationMode": "API"})
    house.wait(120)
    assert house.eks.describe_cluster(name=NAME)["cluster"]["accessConfig"]["authenticationMode"] == "API"


def test_a_version_update_takes_minutes_and_changes_the_platform_too(house: House) -> None:
    house.active_cluster(version="1.33")
    update = house.eks.update_cluster_version(name=NAME, version="1.34")["update"]
    assert update["type"] == "VersionUpdate"
    house.wait(419)
    before = house.eks.describe_cluster(name=NAME)["cluster"]
    assert (before["status"], before["version"]) == ("UPDATING", "1.33")
    house.wait(282)
    after = house.eks.describe_cluster(name=NAME)["cluster"]
    assert (after["status"], after["version"]) == ("ACTIVE", "1.34")
    assert after["platformVersion"] != before["platformVersion"]


def test_encryption_can_be_associated_once(active: House) -> None:
    config: Any = [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]
    update = active.eks.associate_encryption_config(clusterName=NAME, encryptionConfig=config)["update"]
    active.wait(120)
    assert active.eks.list_updates(name=NAME)["updateIds"] == [update["id"]]
    assert active.eks.describe_cluster(name=NAME)["cluster"]["encryptionConfig"] == config
    again = refusal(lambda: active.eks.associate_encryption_config(clusterName=NAME, encryptionConfig=config))
    assert again[1] == "InvalidParameterException"


def test_the_creator_becomes_admin_if_nothing_else_is_said(house: House) -> None:
    house.active_cluster(accessConfig={"authenticationMode": "API"})
    (creator,) = house.eks.list_access_entries(clusterName=NAME)["accessEntries"]
    assert creator == "arn:aws:iam::000000000000:root"
    policies = house.eks.list_associated_access_policies(clusterName=NAME, principalArn=creator)
    assert [it["policyArn"].rpartition("/")[2] for it in policies["associatedAccessPolicies"]] == [
        "AmazonEKSClusterAdminPolicy"
    ]
