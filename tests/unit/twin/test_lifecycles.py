"""Stories on a clock that is moved by hand."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from tests.unit.twin.house import NAME, NODE_ROLE, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House


def test_a_cluster_is_creating_for_at_least_400_and_at_most_690_seconds(house: House) -> None:
    assert house.cluster()["status"] == "CREATING"
    house.wait(399)
    assert house.status() == "CREATING"
    house.wait(292)
    assert house.status() == "ACTIVE"


def test_endpoint_and_authority_appear_when_the_cluster_is_up(house: House) -> None:
    created = house.cluster()
    assert "endpoint" not in created
    assert "data" not in created["certificateAuthority"]
    house.wait(700)
    cluster = house.eks.describe_cluster(name=NAME)["cluster"]
    assert cluster["endpoint"].startswith("https://")
    certificate = x509.load_pem_x509_certificate(base64.b64decode(cluster["certificateAuthority"]["data"]))
    certificate.verify_directly_issued_by(certificate)
    identity = cluster["identity"]["oidc"]["issuer"].rpartition("/")[2]
    assert identity in cluster["endpoint"]


def test_what_nobody_said_reads_back_as_eks_fills_it_in(house: House) -> None:
    house.eks.create_cluster(
        name=NAME, roleArn=house_role(house), resourcesVpcConfig={"subnetIds": ["subnet-a", "subnet-b"]}
    )
    cluster = house.eks.describe_cluster(name=NAME)["cluster"]
    network = cluster["resourcesVpcConfig"]
    assert network["endpointPublicAccess"] is True
    assert network["endpointPrivateAccess"] is False
    assert network["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert network["controlPlaneEgressMode"] == "AWS_MANAGED"
    assert network["securityGroupIds"] == []
    assert network["vpcId"] == "vpc-1"
    assert cluster["version"] == "1.35"
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["controlPlaneScalingConfig"] == {"tier": "standard"}
    assert cluster["deletionProtection"] is False
    assert cluster["accessConfig"] == {
        "authenticationMode": "CONFIG_MAP",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    assert [setup["enabled"] for setup in cluster["logging"]["clusterLogging"]] == [False]


def house_role(house: House) -> str:
    return next(arn for arn in house.world.roles if arn.endswith("/cluster"))


def test_services_get_the_range_that_the_vpc_leaves_free(house: House) -> None:
    house.world.cidrs = ["10.96.0.0/12"]
    assert house.cluster()["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_a_subset_of_logs_reads_back_as_two_entries(house: House) -> None:
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    enabled, disabled = house.cluster(logging=logging)["logging"]["clusterLogging"]
    assert enabled == {"types": ["audit"], "enabled": True}
    assert disabled["enabled"] is False
    assert len(disabled["types"]) == 4


def test_a_deleted_cluster_is_gone_within_nine_minutes(active: House) -> None:
    assert active.eks.delete_cluster(name=NAME)["cluster"]["status"] == "DELETING"
    active.wait(60)
    assert active.status() == "DELETING"
    active.wait(480)
    status, code, message, _ = refusal(active.status)
    assert (status, code) == (404, "ResourceNotFoundException")
    assert message == f"No cluster found for name: {NAME}."


def test_a_cluster_can_be_made_again_after_its_deletion(active: House) -> None:
    active.eks.delete_cluster(name=NAME)
    active.wait(600)
    assert active.cluster()["status"] == "CREATING"
    active.wait(700)
    assert active.status() == "ACTIVE"


def test_a_node_group_takes_between_85_and_200_seconds(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    assert active.nodegroup()["status"] == "CREATING"
    active.wait(84)
    assert active.nodegroup_status() == "CREATING"
    active.wait(117)
    assert active.nodegroup_status() == "ACTIVE"
    assert active.lifecycles() == ["InService", "InService"]


def test_an_empty_node_group_needs_no_network_plugin_and_about_a_minute(active: House) -> None:
    active.nodegroup(scalingConfig={"minSize": 0, "maxSize": 2, "desiredSize": 0})
    active.wait(51)
    assert active.nodegroup_status() == "CREATING"
    active.wait(16)
    assert active.nodegroup_status() == "ACTIVE"
    assert active.lifecycles() == []


def test_the_auto_scaling_group_appears_while_the_node_group_is_being_created(active: House) -> None:
    assert "resources" not in active.nodegroup()
    active.wait(25)
    nodegroup = active.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["resources"]["autoScalingGroups"] == [{"name": active.group()["AutoScalingGroupName"]}]
    assert active.lifecycles() == ["Pending", "Pending"]


def test_without_a_network_plugin_nodes_never_join(active: House) -> None:
    active.nodegroup()
    active.wait(899)
    assert active.nodegroup_status() == "CREATING"
    active.wait(102)
    nodegroup = active.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["status"] == "CREATE_FAILED"
    (issue,) = nodegroup["health"]["issues"]
    assert issue["code"] == "NodeCreationFailure"
    assert issue["message"] == "Instances failed to join the kubernetes cluster"
    assert issue["resourceIds"] == [it["InstanceId"] for it in active.group()["Instances"]]


def test_a_network_plugin_that_comes_late_is_in_time(active: House) -> None:
    active.nodegroup()
    active.wait(600)
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.wait(19)
    assert active.nodegroup_status() == "CREATING"
    active.wait(19)
    assert active.nodegroup_status() == "ACTIVE"


def test_self_managed_add_ons_bring_a_network_plugin(house: House) -> None:
    house.active_cluster(bootstrapSelfManagedAddons=True)
    house.nodegroup()
    house.wait(200)
    assert house.nodegroup_status() == "ACTIVE"


def test_nodes_stay_out_when_their_access_entry_is_taken_away(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.nodegroup()
    active.eks.delete_access_entry(clusterName=NAME, principalArn=NODE_ROLE)
    active.wait(250)
    assert active.nodegroup_status() == "CREATING"
    active.eks.create_access_entry(clusterName=NAME, principalArn=NODE_ROLE, type="EC2_LINUX")
    assert active.nodegroup_status() == "ACTIVE"


def test_a_node_group_and_its_access_entry_are_gone_after_about_four_minutes(working: House) -> None:
    assert working.eks.list_access_entries(clusterName=NAME)["accessEntries"] == [NODE_ROLE]
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    working.wait(199)
    assert working.nodegroup_status() == "DELETING"
    assert working.status() == "ACTIVE"
    working.wait(122)
    assert working.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == []
    assert working.eks.list_access_entries(clusterName=NAME)["accessEntries"] == []
    assert working.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_an_access_entry_stays_while_another_node_group_uses_the_role(working: House) -> None:
    working.nodegroup("others")
    working.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    working.wait(330)
    assert working.eks.list_access_entries(clusterName=NAME)["accessEntries"] == [NODE_ROLE]


@pytest.mark.parametrize(
    ("addon", "fastest", "slowest"),
    [("vpc-cni", 20, 37), ("kube-proxy", 4, 25), ("eks-pod-identity-agent", 4, 25)],
)
def test_add_ons_that_need_no_node(active: House, addon: str, fastest: int, slowest: int) -> None:
    created = active.eks.create_addon(clusterName=NAME, addonName=addon)["addon"]
    assert created["status"] == "CREATING"
    active.wait(fastest - 0.1)
    assert active.addon_status(addon) == "CREATING"
    active.wait(slowest - fastest + 0.2)
    assert active.addon_status(addon) == "ACTIVE"


def test_coredns_is_degraded_without_nodes_and_active_soon_after_one(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="coredns")
    active.wait(59)
    assert active.addon_status("coredns") == "CREATING"
    active.wait(92)
    addon = active.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]
    assert addon["status"] == "DEGRADED"
    assert [issue["code"] for issue in addon["health"]["issues"]] == ["InsufficientNumberOfReplicas"]
    assert 60 <= (addon["modifiedAt"] - addon["createdAt"]).total_seconds() <= 150
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.nodegroup()
    active.wait(84)
    assert active.addon_status("coredns") == "DEGRADED"
    active.wait(160)
    assert active.addon_status("coredns") == "ACTIVE"
    assert active.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]["health"] == {"issues": []}


def test_a_sleeping_cluster_has_a_degraded_coredns_until_it_wakes(working: House) -> None:
    working.eks.create_addon(clusterName=NAME, addonName="coredns")
    working.wait(60)
    assert working.addon_status("coredns") == "ACTIVE"
    working.scale(0, 5, 0)
    working.wait(160)
    assert working.addon_status("coredns") == "DEGRADED"
    working.scale(0, 5, 1)
    working.wait(120)
    assert working.addon_status("coredns") == "ACTIVE"


def test_scale_in_is_accepted_in_seconds_and_done_in_minutes(working: House) -> None:
    working.scale(0, 5, 0)
    assert working.nodegroup_status() == "UPDATING"
    assert working.lifecycles() == ["Terminating:Wait"]
    working.wait(10)
    assert working.nodegroup_status() == "ACTIVE"
    assert working.group()["DesiredCapacity"] == 0
    working.wait(49)
    assert working.lifecycles() == ["Terminating:Wait"]
    working.wait(362)
    assert working.lifecycles() == []


def test_scale_out_is_in_service_after_42_to_60_seconds(working: House) -> None:
    working.scale(0, 5, 3)
    working.wait(41.9)
    assert working.nodegroup_status() == "ACTIVE"
    assert working.lifecycles() == ["InService", "Pending", "Pending"]
    working.wait(18.2)
    assert working.lifecycles() == ["InService", "InService", "InService"]


def test_a_deleted_add_on_is_gone_soon_and_with_it_its_software(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.wait(40)
    assert active.eks.delete_addon(clusterName=NAME, addonName="vpc-cni")["addon"]["status"] == "DELETING"
    active.wait(30)
    assert active.eks.list_addons(clusterName=NAME)["addons"] == []
    assert active.twin.inventory()["clusters"][NAME]["software"] == []


def test_a_preserved_add_on_leaves_its_software_behind(active: House) -> None:
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    active.wait(40)
    active.eks.delete_addon(clusterName=NAME, addonName="vpc-cni", preserve=True)
    active.wait(30)
    assert active.eks.list_addons(clusterName=NAME)["addons"] == []
    assert active.twin.inventory()["clusters"][NAME]["software"] == ["vpc-cni"]


def test_the_next_event_is_where_something_happens(house: House) -> None:
    assert house.twin.next_event() is None
    house.cluster()
    event = house.twin.next_event()
    assert event is not None
    house.clock.advance_to(event)
    assert house.status() == "ACTIVE"
    assert house.twin.next_event() is None
