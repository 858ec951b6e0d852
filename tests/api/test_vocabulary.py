"""From POST to EKS: everything that a spec can say arrives where EKS has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.coverage import NOT_OFFERED
from tests.house import ACCOUNT
from tests.unit.domain.eks_members import MODEL, ways

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.house import House

    Json = Any
    Requests = dict[str, list[dict[str, Json]]]

PLATFORM = f"arn:aws:iam::{ACCOUNT}:role/platform"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
TAGS = {"team": "platform"}
CALLS = (
    "CreateCluster",
    "CreateNodegroup",
    "CreateAddon",
    "CreateAccessEntry",
    "AssociateAccessPolicy",
    "CreatePodIdentityAssociation",
)


def full_spec(home: House) -> dict[str, Json]:
    """A spec that has every member; three node groups, as some members exclude each other."""
    ec2 = home.around.aws.ec2
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="ours", Description="ours", VpcId=vpc)["GroupId"]
    ec2.create_key_pair(KeyName="platform")
    template = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "m7i.large"})[
        "LaunchTemplate"
    ]["LaunchTemplateId"]
    sizes = {"minSize": 0, "maxSize": 3, "desiredSize": 1}
    common = {"nodeRole": f"{PLATFORM}/eks-node", "scalingConfig": sizes, "subnets": subnets, "tags": TAGS}
    return {
        "name": "everything",
        "version": "1.34",
        "roleArn": f"{PLATFORM}/eks-cluster",
        "resourcesVpcConfig": {
            "subnetIds": subnets,
            "securityGroupIds": [group],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["203.0.113.0/24"],
            "controlPlaneEgressMode": "CUSTOMER_ROUTED",
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
        "remoteNetworkConfig": {
            "remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}],
            "remotePodNetworks": [{"cidrs": ["10.85.0.0/16"]}],
        },
        "logging": {"clusterLogging": [{"types": ["audit"]}, {"types": ["api"], "enabled": False}]},
        "upgradePolicy": {"supportType": "EXTENDED"},
        "zonalShiftConfig": {"enabled": True},
        "deletionProtection": False,
        "controlPlaneScalingConfig": {"tier": "tier-xl"},
        "kubeApiServerConfig": {"eventTtl": "1h", "serviceNodePortRange": {"minPort": 30000, "maxPort": 32000}},
        "kubeSchedulerConfig": {
            "nodeResourcesFit": {
                "scoringStrategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 2}]}
            }
        },
        "kubeControllerManagerConfig": {
            "podGcControllerConfig": {"terminatedPodGcThreshold": 1000},
            "horizontalPodAutoscalerControllerConfig": {"horizontalPodAutoscalerSyncPeriod": "30s"},
        },
        "accessEntries": [
            {
                "principalArn": f"{PLATFORM}/operators",
                "username": "operators",
                "kubernetesGroups": ["viewers"],
                "accessPolicies": [
                    {"policyArn": POLICY, "accessScope": {"type": "namespace", "namespaces": ["payments"]}}
                ],
                "tags": TAGS,
            }
        ],
        "addons": [
            {
                "addonName": "vpc-cni",
                "addonVersion": "v1.21.1-eksbuild.3",
                "configurationValues": {"env": {"ENABLE_PREFIX_DELEGATION": "true"}},
                "resolveConflicts": "NONE",
                "serviceAccountRoleArn": f"{PLATFORM}/payments-ledger",
                "namespaceConfig": {"namespace": "kube-system"},
                "tags": TAGS,
            },
            {
                "addonName": "aws-ebs-csi-driver",
                "podIdentityAssociations": [
                    {"serviceAccount": "ebs-csi-controller-sa", "roleArn": f"{PLATFORM}/payments-ledger"}
                ],
            },
        ],
        "podIdentityAssociations": [
            {
                "namespace": "payments",
                "serviceAccount": "ledger",
                "roleArn": f"{PLATFORM}/payments-ledger",
                "disableSessionTags": True,
                "targetRoleArn": "arn:aws:iam::210987654321:role/ledger-data",
                "policy": {"Version": "2012-10-17", "Statement": []},
                "tags": TAGS,
            }
        ],
        "nodegroups": [
            {
                "nodegroupName": "plain",
                **common,
                "instanceTypes": ["m7i.large", "m7a.large"],
                "amiType": "AL2023_x86_64_STANDARD",
                "capacityType": "SPOT",
                "diskSize": 50,
                "updateConfig": {"maxUnavailable": 2, "updateStrategy": "MINIMAL"},
                "labels": {"bank.example/tier": "batch"},
                "taints": [{"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}],
                "remoteAccess": {"ec2SshKey": "platform", "sourceSecurityGroups": [group]},
                "version": "1.34",
                "releaseVersion": "1.34.6-20261109",
                "nodeRepairConfig": {
                    "enabled": True,
                    "maxUnhealthyNodeThresholdCount": 3,
                    "maxParallelNodesRepairedCount": 1,
                    "nodeRepairConfigOverrides": [
                        {
                            "nodeMonitoringCondition": "AcceleratedHardwareReady",
                            "nodeUnhealthyReason": "NvidiaXID64Error",
                            "minRepairWaitTimeMins": 5,
                            "repairAction": "Reboot",
                        }
                    ],
                },
                "warmPoolConfig": {
                    "enabled": False,
                    "minSize": 1,
                    "maxGroupPreparedCapacity": 6,
                    "poolState": "RUNNING",
                    "reuseOnScaleIn": True,
                },
            },
            {
                "nodegroupName": "by-id",
                **common,
                "launchTemplate": {"id": template, "version": "1"},
                "updateConfig": {"maxUnavailablePercentage": 33},
                "nodeRepairConfig": {
                    "maxUnhealthyNodeThresholdPercentage": 20,
                    "maxParallelNodesRepairedPercentage": 10,
                },
            },
            {"nodegroupName": "by-name", **common, "launchTemplate": {"name": "nodes"}},
        ],
        "tags": TAGS,
    }


@dataclass(frozen=True)
class Told:
    """A spec, and the requests that its run sent to EKS, by operation."""

    spec: dict[str, Json]
    requests: Requests


@pytest.fixture(scope="module")
def told(client: Client) -> Told:
    requests: Requests = {}

    def note(params: dict[str, Json], model: Any, **_: object) -> None:  # noqa: ANN401 -- botocore's own
        requests.setdefault(model.name, []).append(json.loads(json.dumps(params)))

    client.home.around.aws.eks.meta.events.register("provide-client-params.eks", note)
    spec = full_spec(client.home)
    answer = client.post("/clusters", spec)
    assert answer.status == 202, answer.body
    ended = client.home.execute(client.home.run(answer.json["run"]["id"]))
    assert ended.status == "SUCCEEDED", ended.cause
    return Told(spec, requests)


def at(request: Json, way: tuple[str, ...]) -> list[Json]:
    """What a request has at the end of a way, in all elements of the lists on it."""
    found = [request]
    for name in way:
        elements = [one for value in found for one in (value if isinstance(value, list) else [value])]
        found = [element[name] for element in elements if name in element]
    return found


@pytest.mark.parametrize("operation", CALLS)
def test_every_member_is_sent(told: Told, operation: str) -> None:
    never = [
        way for way in ways(operation, NOT_OFFERED) if not any(at(request, way) for request in told.requests[operation])
    ]
    assert never == []


def differences(wanted: Json, sent: Json, where: str = "") -> list[str]:
    """Where a request does not say what the spec says."""
    if isinstance(wanted, dict) and isinstance(sent, dict):
        shared = wanted.keys() & sent.keys()
        missing = [f"{where}.{name} is missing" for name in sorted(wanted.keys() - shared)]
        return missing + [one for name in shared for one in differences(wanted[name], sent[name], f"{where}.{name}")]
    if isinstance(wanted, list) and isinstance(sent, list) and len(wanted) == len(sent):
        pairs = zip(wanted, sent, strict=True)
        return [one for place, (w, s) in enumerate(pairs) for one in differences(w, s, f"{where}[{place}]")]
    return [] if wanted == sent else [f"{where} is {sent}, not {wanted}"]


def wanted(spec: dict[str, Json]) -> Requests:
    """The requests that a spec asks for, as far as it says them."""
    cluster = spec.keys() & MODEL.operation_model("CreateCluster").input_shape.members.keys()  # type: ignore[union-attr] # it has one
    entries = spec["accessEntries"]
    return {
        "CreateCluster": [{member: spec[member] for member in cluster}],
        "CreateNodegroup": spec["nodegroups"],
        "CreateAddon": [_with_text(addon, "configurationValues") for addon in spec["addons"]],
        "CreateAccessEntry": [{name: entry[name] for name in entry if name != "accessPolicies"} for entry in entries],
        "AssociateAccessPolicy": [
            {"principalArn": entry["principalArn"], **policy} for entry in entries for policy in entry["accessPolicies"]
        ],
        "CreatePodIdentityAssociation": [_with_text(pods, "policy") for pods in spec["podIdentityAssociations"]],
    }


def _with_text(part: dict[str, Json], member: str) -> dict[str, Json]:
    """The part with an object in its stored form, a text."""
    return {**part, member: json.dumps(part[member], separators=(",", ":"), sort_keys=True)} if member in part else part


@pytest.mark.parametrize("operation", CALLS)
def test_what_is_said_is_sent_as_it_is(told: Told, operation: str) -> None:
    asked = wanted(told.spec)[operation]
    assert asked
    for request in asked:
        assert min((differences(request, one) for one in told.requests[operation]), key=len) == []
