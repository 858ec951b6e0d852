"""Specs that each break one rule between fields, and the short hands they are written in."""

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/a"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
TEMPLATE = {"id": "lt-12345678"}
SUBNETS = ["subnet-11111111", "subnet-22222222"]
IPV6 = {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}
NEW_VPC = {"vpc": {"create": {"cidr": "10.0.0.0/16"}}}
POD = {"namespace": "a", "serviceAccount": "b", "roleArn": ROLE}
NODE_REPAIR = {"maxUnhealthyNodeThresholdCount": 1, "maxUnhealthyNodeThresholdPercentage": 1}
PARALLEL = {"maxParallelNodesRepairedCount": 1, "maxParallelNodesRepairedPercentage": 1}
REMOTE = {"ec2SshKey": "k", "sourceSecurityGroups": ["sg-11111111"]}


def vpc(**members: object) -> dict[str, Any]:
    return {"resourcesVpcConfig": members}


def group(**members: object) -> dict[str, Any]:
    return {"nodegroups": [{"nodegroupName": "g", **members}]}


def entry(**members: object) -> dict[str, Any]:
    return {"accessEntries": [{"principalArn": ROLE, **members}]}


def sizes(least: int, desired: int, most: int) -> dict[str, Any]:
    return group(scalingConfig={"minSize": least, "desiredSize": desired, "maxSize": most})


def remote(*cidrs: str) -> dict[str, Any]:
    return {"remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": list(cidrs)}]}}


def scope(**members: object) -> dict[str, Any]:
    return entry(accessPolicies=[{"policyArn": VIEW, "accessScope": members}])


# What breaks a rule, the rule, and where the error points.
BROKEN: list[tuple[dict[str, Any], str, str]] = [
    (vpc(endpointPrivateAccess=False), "an_endpoint_is_on", "/resourcesVpcConfig/endpointPrivateAccess"),
    (
        vpc(endpointPublicAccess=True),
        "public_endpoint_names_who_may_come",
        "/resourcesVpcConfig/publicAccessCidrs",
    ),
    (
        vpc(publicAccessCidrs=["203.0.113.0/24"]),
        "public_endpoint_names_who_may_come",
        "/resourcesVpcConfig/publicAccessCidrs",
    ),
    (
        vpc(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]),
        "anywhere_is_said_aloud",
        "/resourcesVpcConfig/publicAccessCidrs",
    ),
    (
        vpc(endpointPublicAccess=True, publicAccessCidrs=["128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"]),
        "anywhere_is_said_aloud",
        "/resourcesVpcConfig/publicAccessCidrs",
    ),
    (
        vpc(endpointPublicAccess=True, publicAccessCidrs=["::/0"]) | IPV6,
        "anywhere_is_said_aloud",
        "/resourcesVpcConfig/publicAccessCidrs",
    ),
    (
        vpc(endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24", "2001:db8::/32"]),
        "ipv6_blocks_need_ipv6",
        "/resourcesVpcConfig/publicAccessCidrs/1",
    ),
    (vpc(subnetIds=SUBNETS[:1]), "enough_subnets", "/resourcesVpcConfig/subnetIds"),
    ({"vpc": {}}, "one_answer_to_where", "/vpc"),
    ({"vpc": {"vpcId": "vpc-12345678", "create": {}}}, "one_answer_to_where", "/vpc"),
    ({"vpc": {"vpcId": "vpc-12345678"}} | vpc(subnetIds=SUBNETS), "one_answer_to_where", "/vpc"),
    (
        NEW_VPC | vpc(securityGroupIds=["sg-11111111"]),
        "nothing_lies_in_a_new_vpc",
        "/resourcesVpcConfig/securityGroupIds",
    ),
    (NEW_VPC | group(subnets=SUBNETS), "nothing_lies_in_a_new_vpc", "/nodegroups/0/subnets"),
    (
        NEW_VPC | group(remoteAccess=REMOTE),
        "nothing_lies_in_a_new_vpc",
        "/nodegroups/0/remoteAccess/sourceSecurityGroups",
    ),
    (
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6", "serviceIpv4Cidr": "172.20.0.0/16"}},
        "ipv6_has_no_ipv4_services",
        "/kubernetesNetworkConfig/serviceIpv4Cidr",
    ),
    (IPV6 | {"omitDefaultAddons": ["vpc-cni"]}, "ipv6_needs_the_vpc_cni", "/omitDefaultAddons"),
    (IPV6 | remote("10.80.0.0/16"), "hybrid_nodes_need_ipv4", "/remoteNetworkConfig"),
    (
        NEW_VPC | {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/12"}},
        "networks_lie_apart",
        "/kubernetesNetworkConfig/serviceIpv4Cidr",
    ),
    (
        NEW_VPC | remote("10.80.0.0/16", "10.0.5.0/24"),
        "networks_lie_apart",
        "/remoteNetworkConfig/remoteNodeNetworks/0/cidrs/1",
    ),
    (
        {
            "remoteNetworkConfig": {
                "remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}],
                "remotePodNetworks": [{"cidrs": ["10.80.7.0/24"]}],
            }
        },
        "networks_lie_apart",
        "/remoteNetworkConfig/remotePodNetworks/0/cidrs/0",
    ),
    (
        {"logging": {"clusterLogging": [{"types": ["api"]}, {"types": ["audit", "api"], "enabled": False}]}},
        "each_log_type_once",
        "/logging/clusterLogging/1/types/1",
    ),
    (
        {"kubeApiServerConfig": {"serviceNodePortRange": {"minPort": 2, "maxPort": 1}}},
        "ports_in_order",
        "/kubeApiServerConfig/serviceNodePortRange/minPort",
    ),
    (
        {
            "kubeSchedulerConfig": {
                "nodeResourcesFit": {
                    "scoringStrategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 1}] * 2}
                }
            }
        },
        "each_resource_weighted_once",
        "/kubeSchedulerConfig/nodeResourcesFit/scoringStrategy/resources/1/name",
    ),
    ({"version": "1.34"} | group(version="1.35"), "nodes_follow_the_cluster", "/nodegroups/0/version"),
    ({"version": "1.35"} | group(version="1.31"), "nodes_follow_the_cluster", "/nodegroups/0/version"),
    (
        {"version": "1.35"} | group(releaseVersion="1.34.2-20261101"),
        "releases_are_of_the_version",
        "/nodegroups/0/releaseVersion",
    ),
    (group(amiType="AL2_x86_64"), "old_images_only_on_old_versions", "/nodegroups/0/amiType"),
    ({"version": "1.33"} | group(amiType="AL2_ARM_64"), "old_images_only_on_old_versions", "/nodegroups/0/amiType"),
    (
        {"accessEntries": [{"principalArn": ROLE}, {"principalArn": ROLE}]},
        "each_principal_once",
        "/accessEntries/1/principalArn",
    ),
    (entry(type="EC2_LINUX", username="a"), "node_entries_are_bare", "/accessEntries/0/username"),
    (entry(type="EC2", kubernetesGroups=["a"]), "node_entries_are_bare", "/accessEntries/0/kubernetesGroups"),
    (
        entry(type="HYBRID_LINUX", accessPolicies=[{"policyArn": VIEW}]),
        "node_entries_are_bare",
        "/accessEntries/0/accessPolicies",
    ),
    (
        entry(type="EC2_WINDOWS", principalArn="arn:aws:iam::123456789012:user/a"),
        "node_entries_are_bare",
        "/accessEntries/0/principalArn",
    ),
    (entry(username="a{{SessionName}}"), "session_names_follow_a_colon", "/accessEntries/0/username"),
    (entry() | group(nodeRole=ROLE), "node_roles_join_as_nodes", "/accessEntries/0/principalArn"),
    (
        entry(accessPolicies=[{"policyArn": VIEW}] * 2),
        "policies_once_and_scoped",
        "/accessEntries/0/accessPolicies/1/policyArn",
    ),
    (
        scope(type="namespace"),
        "policies_once_and_scoped",
        "/accessEntries/0/accessPolicies/0/accessScope/namespaces",
    ),
    (
        scope(namespaces=["a"]),
        "policies_once_and_scoped",
        "/accessEntries/0/accessPolicies/0/accessScope/namespaces",
    ),
    (
        {"podIdentityAssociations": [POD, POD]},
        "each_service_account_once",
        "/podIdentityAssociations/1/serviceAccount",
    ),
    (
        {"podIdentityAssociations": [POD | {"policy": "{}"}]},
        "session_policies_replace_session_tags",
        "/podIdentityAssociations/0/policy",
    ),
    ({"addons": [{"addonName": "a"}, {"addonName": "a"}]}, "each_addon_once", "/addons/1/addonName"),
    (
        {"addons": [{"addonName": "vpc-cni"}], "omitDefaultAddons": ["vpc-cni"]},
        "wanted_or_omitted",
        "/addons/0/addonName",
    ),
    (
        {
            "addons": [
                {
                    "addonName": "a",
                    "serviceAccountRoleArn": ROLE,
                    "podIdentityAssociations": [{"serviceAccount": "a", "roleArn": ROLE}],
                }
            ]
        },
        "one_way_to_a_role",
        "/addons/0/serviceAccountRoleArn",
    ),
    (
        {
            "addons": [
                {"addonName": "a", "podIdentityAssociations": [{"serviceAccount": "a", "roleArn": ROLE}] * 2},
            ]
        },
        "each_account_once",
        "/addons/0/podIdentityAssociations/1/serviceAccount",
    ),
    ({"nodegroups": [{"nodegroupName": "g"}] * 2}, "each_group_once", "/nodegroups/1/nodegroupName"),
    (sizes(2, 1, 1), "sizes_in_order", "/nodegroups/0/scalingConfig/minSize"),
    (sizes(1, 0, 2), "sizes_in_order", "/nodegroups/0/scalingConfig/desiredSize"),
    (sizes(1, 3, 2), "sizes_in_order", "/nodegroups/0/scalingConfig/desiredSize"),
    (
        group(updateConfig={"maxUnavailable": 1, "maxUnavailablePercentage": 1}),
        "one_limit_for_updates",
        "/nodegroups/0/updateConfig",
    ),
    (group(updateConfig={"updateStrategy": "MINIMAL"}), "one_limit_for_updates", "/nodegroups/0/updateConfig"),
    (
        group(nodeRepairConfig=NODE_REPAIR),
        "one_limit_for_repairs",
        "/nodegroups/0/nodeRepairConfig/maxUnhealthyNodeThresholdCount",
    ),
    (
        group(nodeRepairConfig=PARALLEL),
        "one_limit_for_repairs",
        "/nodegroups/0/nodeRepairConfig/maxParallelNodesRepairedCount",
    ),
    (group(launchTemplate={}), "launch_template_has_one_name", "/nodegroups/0/launchTemplate"),
    (group(launchTemplate=TEMPLATE, diskSize=1), "launch_template_says_it_all", "/nodegroups/0/diskSize"),
    (group(launchTemplate=TEMPLATE, remoteAccess=REMOTE), "launch_template_says_it_all", "/nodegroups/0/remoteAccess"),
    (
        group(labels={"node-role.kubernetes.io/worker": "a"}),
        "labels_are_free",
        "/nodegroups/0/labels/node-role.kubernetes.io~1worker",
    ),
    (group(labels={"eks.amazonaws.com/a": "a"}), "labels_are_free", "/nodegroups/0/labels/eks.amazonaws.com~1a"),
    (
        group(taints=[{"key": "a", "effect": "NO_EXECUTE", "value": value} for value in ("x", "y")]),
        "each_taint_once",
        "/nodegroups/0/taints/1",
    ),
    (group(instanceTypes=["m7i.large", "m7g.large"]), "one_architecture", "/nodegroups/0/instanceTypes"),
    (
        group(instanceTypes=["t4g.medium"], amiType="AL2023_x86_64_STANDARD"),
        "images_fit_the_processors",
        "/nodegroups/0/instanceTypes/0",
    ),
    (
        group(instanceTypes=["g6.xlarge", "m7i.large"], amiType="AL2023_x86_64_NVIDIA"),
        "images_fit_the_accelerators",
        "/nodegroups/0/instanceTypes/1",
    ),
    (group(instanceTypes=["g6.xlarge", "m7i.large"]), "image_can_be_derived", "/nodegroups/0/amiType"),
    (
        group(amiType="AL2023_x86_64_NEURON"),
        "accelerated_images_name_their_machines",
        "/nodegroups/0/instanceTypes",
    ),
    (group(amiType="CUSTOM"), "custom_images_need_a_template", "/nodegroups/0/amiType"),
    (
        group(amiType="CUSTOM", launchTemplate=TEMPLATE, version="1.35"),
        "custom_images_have_no_version",
        "/nodegroups/0/version",
    ),
    (group(capacityType="CAPACITY_BLOCK"), "capacity_blocks_need_a_template", "/nodegroups/0/capacityType"),
    (
        group(capacityType="CAPACITY_BLOCK", launchTemplate=TEMPLATE, instanceTypes=["p5.48xlarge", "p5e.48xlarge"]),
        "capacity_blocks_need_a_template",
        "/nodegroups/0/instanceTypes",
    ),
    (
        group(amiType="CUSTOM", launchTemplate=TEMPLATE, warmPoolConfig={}),
        "warm_pools_fit_the_image",
        "/nodegroups/0/warmPoolConfig",
    ),
    (
        group(amiType="BOTTLEROCKET_x86_64", warmPoolConfig={"poolState": "HIBERNATED"}),
        "warm_pools_fit_the_image",
        "/nodegroups/0/warmPoolConfig/poolState",
    ),
    (
        group(amiType="BOTTLEROCKET_x86_64", warmPoolConfig={"reuseOnScaleIn": True}),
        "warm_pools_fit_the_image",
        "/nodegroups/0/warmPoolConfig/reuseOnScaleIn",
    ),
    (IPV6 | group(amiType="WINDOWS_CORE_2022_x86_64"), "no_windows_on_ipv6", "/nodegroups/0/amiType"),
]
