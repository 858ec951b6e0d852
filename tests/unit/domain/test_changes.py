"""Another spec for a known cluster: where the door points to, and what is forgotten with the old one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.changes import dropped, forgotten, is_due, other_network, refused, resized
from lambdas.domain.completion import completed
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import REFUSE, Action
from lambdas.domain.spec import (
    AccessEntry,
    Addon,
    AddonNamespaceConfig,
    ClusterSpec,
    KubernetesNetworkConfig,
    NewVpc,
    Nodegroup,
    PodIdentityAssociation,
    ScalingConfig,
    Vpc,
    VpcConfig,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.constraints import JsonValue

ROLE = "arn:aws:iam::123456789012:role"
OPERATORS = AccessEntry(principalArn=f"{ROLE}/platform/operators", type="EC2_LINUX")
LEDGER = PodIdentityAssociation(namespace="pay", serviceAccount="ledger", roleArn=f"{ROLE}/a")
OLD = completed(
    ClusterSpec(
        name="bank",
        version="1.34",
        roleArn=f"{ROLE}/platform/eks",
        nodegroups=(
            Nodegroup(nodegroupName="first"),
            Nodegroup(nodegroupName="workers", instanceTypes=("t3.medium",), nodeRole=f"{ROLE}/nodes"),
        ),
        accessEntries=(OPERATORS,),
        podIdentityAssociations=(LEDGER,),
    )
)
OWN = replace(OLD, vpc=Vpc(create=NewVpc(cidr="10.64.0.0/16")))
NAMED = replace(OLD, resourcesVpcConfig=VpcConfig(subnetIds=("subnet-00000001", "subnet-00000002")))
METRICS = Addon(addonName="metrics-server", namespaceConfig=AddonNamespaceConfig(namespace="monitoring"))


def refusal(resource: str, *fields: str) -> Action:
    differences = tuple(Difference(field, "a", "b") for field in fields)
    return Action(
        verb=REFUSE, resource=resource, reason="it is", consequence="refused: leave it", differences=differences
    )


@pytest.mark.parametrize(
    ("verb", "fields", "due"),
    [
        ("create", (), True),
        ("update", ("labels.tier",), True),
        ("update", ("scalingConfig.minSize", "scalingConfig.maxSize"), False),
        ("update", ("scalingConfig.minSize", "labels.tier"), True),
        ("wait", (), False),
        (REFUSE, ("diskSize",), False),
    ],
)
def test_what_is_work_for_a_run_that_provisions(verb: str, fields: tuple[str, ...], *, due: bool) -> None:
    """Sizes are another run's, which for a cluster that sleeps begins in the morning."""
    action = replace(refusal("nodegroups/workers", *fields), verb=verb)
    assert is_due([action]) is due
    assert not is_due([])


def pointers(spec: ClusterSpec, *actions: Action) -> list[str]:
    addons: JsonValue = [{"addonName": "metrics-server", "namespaceConfig": {"namespace": "monitoring"}}]
    sent = to_json(spec) | {"addons": addons}
    found = list(refused(actions, spec, sent))
    assert all((it.detail, it.remedy) == ("it is.", "Leave it") for it in found)
    return [it.pointer for it in found]


@pytest.mark.parametrize(
    ("resource", "field", "pointer"),
    [
        ("cluster", "version", "/version"),
        ("cluster", "kubernetesNetworkConfig.ipFamily", "/kubernetesNetworkConfig/ipFamily"),
        ("cluster", "kubernetesNetworkConfig.serviceIpv4Cidr", "/kubernetesNetworkConfig"),
        ("cluster", "vpc", "/vpc"),
        ("cluster", "encryptionConfig", "/encryptionConfig"),
        ("nodegroups/workers", "instanceTypes", "/nodegroups/1/instanceTypes"),
        ("nodegroups/workers", "subnets", "/nodegroups/1/subnets"),
        ("addons/metrics-server", "namespaceConfig.namespace", "/addons/0/namespaceConfig/namespace"),
        ("addons/coredns", "namespaceConfig", "/addons"),
        ("access/role/platform/operators", "type", "/accessEntries/0/type"),
        ("podidentity/pay/ledger", "roleArn", "/podIdentityAssociations/0/roleArn"),
    ],
)
def test_a_refusal_points_to_the_field_or_to_what_was_sent_of_it(resource: str, field: str, pointer: str) -> None:
    spec = completed(replace(OLD, addons=(*OLD.addons, METRICS)))
    assert pointers(spec, refusal(resource, field)) == [pointer]


def test_the_vpc_of_named_subnets_is_refused_where_they_are_named() -> None:
    assert pointers(NAMED, refusal("cluster", "vpc")) == ["/resourcesVpcConfig/subnetIds"]


def test_every_field_is_refused_and_what_only_stands_in_the_way_is_not() -> None:
    trouble = Action(verb=REFUSE, resource="nodegroups/workers", reason="it failed", consequence="refused: mend it")
    change = replace(refusal("cluster", "version"), verb="update")
    assert pointers(OLD, trouble, change, refusal("cluster", "roleArn", "version")) == ["/roleArn", "/version"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (OWN, OLD, "vpc"),
        (OLD, OWN, "vpc"),
        (OWN, replace(OWN, vpc=Vpc(create=NewVpc(cidr="10.65.0.0/16"))), "vpc"),
        (NAMED, OLD, "resourcesVpcConfig.subnetIds"),
    ],
)
def test_a_cluster_stays_where_it_is(old: ClusterSpec, new: ClusterSpec, field: str) -> None:
    assert [it.field for it in other_network(old, new)] == [field]


@pytest.mark.parametrize("new", [OLD, NAMED, replace(OLD, vpc=Vpc(vpcId="vpc-2"))])
def test_whether_other_subnets_lie_in_its_vpc_is_for_aws_to_say(new: ClusterSpec) -> None:
    assert other_network(OLD, new) == ()


def test_sizes_that_differ_are_asked_for() -> None:
    sizes = ScalingConfig(minSize=2, maxSize=4, desiredSize=3)
    first, workers = OLD.nodegroups
    new = replace(OLD, nodegroups=(first, replace(workers, scalingConfig=sizes), replace(first, nodegroupName="new")))
    assert resized(OLD, new, {}) == {"workers": sizes}
    assert resized(OLD, OLD, {}) == {}


@pytest.mark.parametrize(("status", "asked"), [("DELETING", True), ("ACTIVE", True), ("DELETED", False), (None, False)])
def test_a_node_group_that_comes_back_before_it_has_gone_gets_its_sizes(status: str | None, *, asked: bool) -> None:
    """It may be asleep, and creating it would say its sizes only if it had gone."""
    back = Nodegroup(nodegroupName="back")
    new = replace(OLD, nodegroups=(*OLD.nodegroups, back))
    observed: dict[str, object] = {"nodegroups/back": {"status": status}} if status else {}
    assert resized(OLD, new, observed) == ({"back": back.scalingConfig} if asked else {})


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


TAGS = {"team": "a", "cost": "7"}


@pytest.mark.parametrize(
    ("path", "tagged"),
    [
        ("cluster", lambda tags: replace(OLD, tags=tags)),
        ("nodegroups/first", lambda tags: replace(OLD, nodegroups=(Nodegroup(nodegroupName="first", tags=tags),))),
        ("addons/metrics-server", lambda tags: replace(OLD, addons=(replace(METRICS, tags=tags),))),
        ("access/role/platform/operators", lambda tags: replace(OLD, accessEntries=(replace(OPERATORS, tags=tags),))),
        ("podidentity/pay/ledger", lambda tags: replace(OLD, podIdentityAssociations=(replace(LEDGER, tags=tags),))),
    ],
)
def test_a_tag_is_dropped_until_a_spec_has_it_again(path: str, tagged: Callable[[dict[str, str]], ClusterSpec]) -> None:
    once = dropped(tagged(TAGS), tagged({"cost": "8"}), {})
    twice = dropped(tagged({"cost": "8"}), tagged({}), once)
    again = dropped(tagged({}), tagged({"team": "b"}), twice)

    assert once == {path: {"team"}}
    assert twice == {path: {"team", "cost"}}
    assert again == {path: {"cost"}}
    assert dropped(tagged({"team": "b"}), tagged(TAGS), again) == {}
