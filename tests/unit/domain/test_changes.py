"""What a new spec may change of a cluster that is half there, and what is forgotten with the old one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.domain.changes import changes, forgotten, unchangeable
from lambdas.domain.completion import completed
from lambdas.domain.spec import (
    AccessEntry,
    Addon,
    ClusterSpec,
    KubernetesNetworkConfig,
    NewVpc,
    Nodegroup,
    PodIdentityAssociation,
    Vpc,
    VpcConfig,
    to_json,
)

ROLE = "arn:aws:iam::123456789012:role"
OPERATORS = AccessEntry(principalArn=f"{ROLE}/platform/operators")
LEDGER = PodIdentityAssociation(namespace="pay", serviceAccount="ledger", roleArn=f"{ROLE}/a")
OLD = completed(
    ClusterSpec(
        name="bank",
        version="1.34",
        roleArn=f"{ROLE}/platform/eks",
        nodegroups=(Nodegroup(nodegroupName="workers", instanceTypes=("t3.medium",), nodeRole=f"{ROLE}/nodes"),),
        accessEntries=(OPERATORS,),
        podIdentityAssociations=(LEDGER,),
    )
)
GROUP = OLD.nodegroups[0]
LARGER = replace(GROUP, instanceTypes=("m5.large",))
THERE = {
    "cluster": "ACTIVE",
    "nodegroups/workers": "ACTIVE",
    "addons/coredns": "DEGRADED",
    "access/role/platform/operators": "THERE",
    "podidentity/pay/ledger": "THERE",
}
PINNED = Addon(addonName="coredns", addonVersion="v1.12.1-eksbuild.2")
OWN = replace(OLD, vpc=Vpc(create=NewVpc(cidr="10.64.0.0/16")))

CHANGED = {
    "version": (replace(OLD, version="1.35"), "/version"),
    "the role": (replace(OLD, roleArn=None), "/roleArn"),
    "subnets": (
        replace(OLD, resourcesVpcConfig=VpcConfig(subnetIds=("subnet-00000001", "subnet-00000002"))),
        "/resourcesVpcConfig",
    ),
    "a node group": (replace(OLD, nodegroups=(Nodegroup(nodegroupName="new"), LARGER)), "/nodegroups/1"),
    "an add-on": (completed(replace(OLD, addons=(PINNED,))), "/addons/0"),
    "an access entry": (replace(OLD, accessEntries=(replace(OPERATORS, username="ops"),)), "/accessEntries/0"),
    "a pod's role": (
        replace(OLD, podIdentityAssociations=(replace(LEDGER, roleArn=f"{ROLE}/b"),)),
        "/podIdentityAssociations/0",
    ),
}
"""A spec with one change, and where it is to be found."""

TAKEN_OUT = {
    "a node group": (replace(OLD, nodegroups=()), "/nodegroups"),
    "an add-on": (completed(replace(OLD, omitDefaultAddons=("coredns",))), "/addons"),
    "an access entry": (replace(OLD, accessEntries=()), "/accessEntries"),
    "a pod's role": (replace(OLD, podIdentityAssociations=()), "/podIdentityAssociations"),
}


def refusals(new: ClusterSpec, standing: dict[str, str], old: ClusterSpec = OLD) -> list[tuple[str, str]]:
    sent = {**to_json(new), "addons": [{"addonName": "coredns"}]}
    return [(error.pointer, error.detail) for error in unchangeable(old, new, standing, sent)]


@pytest.mark.parametrize(("new", "where"), CHANGED.values(), ids=CHANGED)
def test_what_is_there_stays_as_it_is(new: ClusterSpec, where: str) -> None:
    ((pointer, detail),) = refusals(new, THERE)
    assert pointer == where
    assert "is there already" in detail


@pytest.mark.parametrize(("new", "_"), CHANGED.values(), ids=CHANGED)
@pytest.mark.parametrize("status", ["CREATE_FAILED", "FAILED", None])
def test_what_is_not_there_or_never_worked_may_change(new: ClusterSpec, status: str | None, _: str) -> None:
    assert refusals(new, dict.fromkeys(THERE, status) if status else {}) == []


@pytest.mark.parametrize(("new", "where"), TAKEN_OUT.values(), ids=TAKEN_OUT)
@pytest.mark.parametrize("status", ["ACTIVE", "CREATE_FAILED", "THERE"])
def test_what_is_there_is_not_left_over(new: ClusterSpec, where: str, status: str) -> None:
    """Not even what failed: no run would take it away."""
    ((pointer, detail),) = refusals(new, dict.fromkeys(THERE, status))
    assert (pointer.removesuffix("/0"), f"({status})" in detail) == (where, True)


@pytest.mark.parametrize(("new", "_"), TAKEN_OUT.values(), ids=TAKEN_OUT)
def test_what_is_not_there_may_be_taken_out(new: ClusterSpec, _: str) -> None:
    assert refusals(new, {"cluster": "ACTIVE"}) == []


def test_what_is_added_and_moved_changes_nothing() -> None:
    more = replace(
        OLD,
        nodegroups=(Nodegroup(nodegroupName="spot"), GROUP),
        addons=(*reversed(OLD.addons), Addon(addonName="metrics-server")),
        accessEntries=(AccessEntry(principalArn=f"{ROLE}/more"), OPERATORS),
    )
    assert list(changes(OLD, more, to_json(more))) == []


@pytest.mark.parametrize(
    ("new", "where"),
    [
        (OLD, "/vpc"),
        (replace(OWN, vpc=Vpc(create=NewVpc(cidr="10.65.0.0/16"))), "/vpc"),
        (replace(OWN, kubernetesNetworkConfig=KubernetesNetworkConfig(ipFamily="ipv6")),
         "/kubernetesNetworkConfig/ipFamily"),
    ],
)  # fmt: skip
def test_a_vpc_that_was_made_for_the_cluster_stays(new: ClusterSpec, where: str) -> None:
    ((pointer, detail),) = refusals(new, {"network/vpc": "THERE"}, OWN)
    assert (pointer, "the VPC that was made" in detail) == (where, True)
    assert refusals(new, {}, OWN) == []
    assert len(refusals(replace(new, vpc=None), THERE | {"network/vpc": "THERE"}, OWN)) >= 1


def test_one_field_is_refused_once() -> None:
    assert [where for where, _ in refusals(OLD, THERE | {"network/vpc": "THERE"}, OWN)] == ["/vpc"]


OBSERVED: dict[str, object] = {
    "network": {"subnets": {"subnet-1": "a"}},
    "network/vpc": {"vpcId": "vpc-1"},
    "roles/cluster": {"arn": "x"},
    "roles/eks": {"arn": f"{ROLE}/platform/eks"},
    "roles/nodes": {"arn": f"{ROLE}/nodes"},
    "nodegroups/workers": {"status": "CREATE_FAILED", "remade": 1},
}


@pytest.mark.parametrize(
    ("new", "gone"),
    [
        (OLD, set()),
        (replace(OLD, version="1.35", tags={"a": "b"}), set()),
        (replace(OLD, vpc=Vpc(vpcId="vpc-2")), {"network", "network/vpc"}),
        (replace(OLD, resourcesVpcConfig=VpcConfig(subnetIds=("subnet-1", "subnet-2"))), {"network", "network/vpc"}),
        (replace(OLD, kubernetesNetworkConfig=KubernetesNetworkConfig(ipFamily="ipv6")), {"network", "network/vpc"}),
        (replace(OLD, roleArn=None), {"roles/eks"}),
        (replace(OLD, roleArn=f"{ROLE}/nodes", nodegroups=()), {"roles/eks"}),
        (replace(OLD, nodegroups=()), {"roles/nodes"}),
    ],
)
def test_what_followed_from_the_old_spec_only_is_forgotten(new: ClusterSpec, gone: set[str]) -> None:
    assert forgotten(OLD, new, OBSERVED) == gone


def test_what_nobody_knew_is_not_forgotten() -> None:
    assert forgotten(OLD, replace(OLD, roleArn=None, vpc=Vpc(vpcId="vpc-2")), {}) == frozenset()
