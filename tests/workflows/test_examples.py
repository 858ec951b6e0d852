"""Every example, executed over the twin, becomes the cluster that it describes. All durations are twin figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus
from lambdas.steps.contracts import STEPS
from sandbox.neighbours import KEY_ALIAS
from tests.house import ROOT, example, house

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.simulation.interpreter import Execution

EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
LEAST_EXAMPLES = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an example: its run, and what EKS says of the cluster afterwards."""

    spec: ClusterSpec
    execution: Execution
    run: Run
    cluster: dict[str, Any]
    groups: dict[str, dict[str, Any]]
    addons: dict[str, dict[str, Any]]
    entries: dict[str, str]
    """Names of the roles that are let in, and the types of their access entries."""
    key: str
    """The ARN of the neighbours' KMS key."""


@dataclass(frozen=True, slots=True)
class Street:
    """All examples, provisioned in one house one after the other, and the calls made for it, by function."""

    outcomes: dict[str, Outcome]
    calls: dict[str, set[str]]


@pytest.fixture(scope="module")
def street() -> Street:
    with house() as home:
        return Street({name: _outcome(home, name) for name in EXAMPLES}, home.calls.by_function)


def _outcome(home: House, name: str) -> Outcome:
    spec = example(name)
    _, run = home.accept(spec)
    execution = home.execute(run)
    home.calls.function = "these tests"
    eks: Any = home.around.aws.eks
    of = {"clusterName": name}
    entries = [
        eks.describe_access_entry(**of, principalArn=it) for it in eks.list_access_entries(**of)["accessEntries"]
    ]
    return Outcome(
        spec=spec,
        execution=execution,
        run=home.run(run.id),
        cluster=eks.describe_cluster(name=name)["cluster"],
        groups={
            it: eks.describe_nodegroup(**of, nodegroupName=it)["nodegroup"]
            for it in eks.list_nodegroups(**of)["nodegroups"]
        },
        addons={it: eks.describe_addon(**of, addonName=it)["addon"] for it in eks.list_addons(**of)["addons"]},
        entries={it["accessEntry"]["principalArn"].rpartition("/")[2]: it["accessEntry"]["type"] for it in entries},
        key=home.around.aws.kms.describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]["Arn"],
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_becomes_the_cluster_that_it_describes(name: str, street: Street) -> None:
    found = street.outcomes[name]
    assert (found.execution.status, found.execution.cause) == ("SUCCEEDED", "")
    assert found.execution.states[-1] == "Cluster is as described"
    assert found.run.status is RunStatus.SUCCEEDED
    assert {step.status for step in found.run.steps.values()} == {Word.READY}
    assert found.cluster["status"] == "ACTIVE"
    assert set(found.groups) == {group.nodegroupName for group in found.spec.nodegroups}
    assert set(found.addons) == {addon.addonName for addon in found.spec.addons}
    assert {entry.principalArn.rpartition("/")[2] for entry in found.spec.accessEntries} <= set(found.entries)


POINTS: dict[str, Callable[[Outcome], object]] = {
    "arm-ebs": lambda it: (
        it.groups["graviton"]["amiType"] == "AL2023_ARM_64_STANDARD"
        and it.addons["aws-ebs-csi-driver"]["podIdentityAssociations"]
    ),
    "bottlerocket": lambda it: it.groups["bottlerocket"]["amiType"] == "BOTTLEROCKET_x86_64",
    "bring-your-own": lambda it: (
        it.cluster["roleArn"].endswith("/platform/eks-cluster") and not _roles_made(it) and "eks-node" in it.entries
    ),
    "capacity-block": lambda it: (
        it.groups["reserved"]["capacityType"] == "CAPACITY_BLOCK"
        and it.groups["reserved"]["launchTemplate"]["name"] == "reserved-gpus"
    ),
    "control-plane-only": lambda it: not it.groups,
    "development": lambda it: not it.cluster["deletionProtection"],
    "existing-vpc": lambda it: it.spec.vpc and it.cluster["resourcesVpcConfig"]["vpcId"] == it.spec.vpc.vpcId,
    "gpu": lambda it: it.groups["gpu"]["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA",
    "hybrid": lambda it: (
        it.entries["hybrid-node"] == "HYBRID_LINUX"
        and it.cluster["remoteNetworkConfig"]["remotePodNetworks"] == [{"cidrs": ["10.85.0.0/16"]}]
    ),
    "ipv6": lambda it: "serviceIpv6Cidr" in it.cluster["kubernetesNetworkConfig"],
    "large": lambda it: it.cluster["controlPlaneScalingConfig"] == {"tier": "tier-xl"},
    "launch-template": lambda it: it.groups["hardened"]["launchTemplate"]["version"] == "1",
    "own-key": lambda it: it.cluster["encryptionConfig"][0]["provider"]["keyArn"] == it.key,
    "own-vpc": lambda it: "network/vpc" in it.run.steps,
    "private": lambda it: not it.cluster["resourcesVpcConfig"]["endpointPublicAccess"],
    "private-mixed": lambda it: it.cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16",
    "simple-bank": lambda it: it.cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"],
    "spot-and-on-demand": lambda it: {group["capacityType"] for group in it.groups.values()} == {"SPOT", "ON_DEMAND"},
    "teams": lambda it: {"operators", "payments", "auditors"} <= set(it.entries),
    "windows": lambda it: it.entries["eks-node-windows"] == "EC2_WINDOWS",
}
"""What each example is there to show."""


def _roles_made(it: Outcome) -> bool:
    return bool({"roles/cluster", "roles/node"} & set(it.run.steps))


def test_every_example_has_its_point() -> None:
    assert sorted(POINTS) == EXAMPLES
    assert len(EXAMPLES) >= LEAST_EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_makes_its_point(name: str, street: Street) -> None:
    assert POINTS[name](street.outcomes[name])


def test_no_example_needs_a_call_that_nobody_declared(
    street: Street,
) -> None:
    for contract in STEPS:
        assert street.calls.get(contract.name, set()) <= contract.calls(), contract.name
