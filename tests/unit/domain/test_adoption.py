"""The spec that describes a cluster: the inverse of the requests that would make it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings

from lambdas.domain.admission import admit_object
from lambdas.domain.adoption import World, spec_of, to_adopt
from lambdas.domain.adoption_notes import more_than_tags, objection, undescribed, unsettled
from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.domain.planner import access, addons, cluster, nodegroups, tags
from lambdas.domain.planner.differences import Difference
from lambdas.domain.planner.node_versions import version_updates
from lambdas.domain.progress import Action
from lambdas.domain.requests import (
    create_access_entry,
    create_addon,
    create_cluster,
    create_nodegroup,
    create_pod_identity_association,
    wanted_cluster,
)
from lambdas.domain.rules.machines import default_ami_type
from lambdas.domain.spec import AccessEntry, ClusterSpec, Nodegroup, to_json, with_version
from tests.unit.domain.strategies import specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.planner import Update

Json = dict[str, Any]
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0fedcba9876543210")
CLUSTER_ROLE = "arn:aws:iam::123456789012:role/cluster"
NODE_ROLE = "arn:aws:iam::123456789012:role/node"
ADDON_VERSION = "v1.0.0-eksbuild.1"
BANK = "arn:aws:eks:eu-central-1:123456789012:cluster/bank"


def reported(spec: ClusterSpec) -> World:
    """What EKS reports of a cluster of the spec: what was asked for, and what EKS fills in by itself."""
    version = spec.version or "1.35"
    spec = with_version(spec, version)
    made = create_cluster(
        spec, role=spec.roleArn or CLUSTER_ROLE, subnets=spec.resourcesVpcConfig.subnetIds or SUBNETS, tags=spec.tags
    )
    vpc = {"publicAccessCidrs": ["0.0.0.0/0"], "vpcId": "vpc-1", "securityGroupIds": []}
    network = {"serviceIpv4Cidr": "10.100.0.0/16"} if made["kubernetesNetworkConfig"]["ipFamily"] == "ipv4" else {}
    made |= {
        "arn": BANK,
        "status": "ACTIVE",
        "platformVersion": "eks.7",
        "resourcesVpcConfig": {**vpc, **made["resourcesVpcConfig"]},
        "kubernetesNetworkConfig": {
            "elasticLoadBalancing": {"enabled": False}, **network, **made["kubernetesNetworkConfig"]
        },
        "computeConfig": {"enabled": False},
        "health": {"issues": []},
    }  # fmt: skip
    own = [_associated(create_pod_identity_association(spec, it, tags=it.tags)) for it in spec.podIdentityAssociations]
    pods: list[Json] = []
    return World(
        cluster=made,
        nodegroups=tuple(_nodegroup(spec, it, version) for it in spec.nodegroups),
        addons=tuple(_addon(spec, create_addon(spec, it, version=it.addonVersion or ADDON_VERSION, tags=it.tags), pods)
                     for it in spec.addons),
        entries=(*(_entry(create_access_entry(spec, it, tags=it.tags)) for it in spec.accessEntries), *_of_eks(spec)),
        policies={it.principalArn: tuple(_policies(it)) for it in spec.accessEntries},
        associations=(*own, *pods),
    )  # fmt: skip


def _nodegroup(spec: ClusterSpec, group: Nodegroup, version: str) -> Json:
    made = create_nodegroup(spec, group, role=group.nodeRole or NODE_ROLE, subnets=SUBNETS, tags=group.tags)
    template = made.get("launchTemplate")
    named = {"id": "lt-0123456789abcdef0", "name": "nodes", "version": "1", **template} if template else None
    return {
        "amiType": default_ami_type(group.instanceTypes), "diskSize": None if template else 20, "status": "ACTIVE",
        "resources": {"autoScalingGroups": [{"name": "eks-1"}]}, "releaseVersion": f"{version}.0-20261101",
        **made, "version": version, "launchTemplate": named, "nodegroupArn": f"arn:{group.nodegroupName}",
    }  # fmt: skip


def _addon(spec: ClusterSpec, made: Json, pods: list[Json]) -> Json:
    own = [
        {**it, "namespace": "kube-system", "associationArn": f"arn:{made['addonName']}/{number}", "ownerArn": "arn:a"}
        for number, it in enumerate(made.get("podIdentityAssociations", ()))
    ]
    pods += own
    namespace = {"namespaceConfig": {"namespace": "kube-system"}}
    described = {name: it for name, it in made.items() if name not in {"resolveConflicts", "clusterName"}}
    return {
        "clusterName": spec.name, "status": "ACTIVE", **namespace, **described, "addonArn": f"arn:{made['addonName']}",
        "podIdentityAssociations": [it["associationArn"] for it in own],
    }  # fmt: skip


def _entry(made: Json) -> Json:
    principal = made["principalArn"]
    if made["type"] != "STANDARD":
        return {**made, "kubernetesGroups": ["system:nodes"], "username": "system:node:{{EC2PrivateDNSName}}"}
    head, mark, name = principal.partition(":role/")
    session = f"{head.replace(':iam:', ':sts:')}:assumed-role/{name.rpartition('/')[2]}/{{{{SessionName}}}}"
    return {"kubernetesGroups": [], "username": session if mark else principal, **made}


def _of_eks(spec: ClusterSpec) -> Iterator[Json]:
    """The entries that EKS makes by itself."""
    for role in {it.nodeRole or NODE_ROLE for it in spec.nodegroups}:
        yield {
            "principalArn": role, "type": "EC2_LINUX", "kubernetesGroups": ["system:nodes"],
            "username": "system:node:{{EC2PrivateDNSName}}",
        }  # fmt: skip
    service = "arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
    yield {"principalArn": service, "type": "STANDARD", "kubernetesGroups": ["eks:managed"], "username": "eks:x"}


def _policies(entry: AccessEntry) -> Iterator[Json]:
    for it in entry.accessPolicies:
        scope = {"type": it.accessScope.type, "namespaces": list(it.accessScope.namespaces)}
        yield {"policyArn": it.policyArn, "accessScope": scope, "associatedAt": "2026-11-21"}


def _associated(made: Json) -> Json:
    return {**made, "associationArn": f"arn:{made['namespace']}/{made['serviceAccount']}", "associationId": "a-1"}


def planned(spec: ClusterSpec, world: World) -> Iterator[Update | Difference]:
    """Everything that the planner has to say of a spec beside this world."""
    actual = world.cluster
    wanted = wanted_cluster(spec, role=spec.roleArn or "")
    yield from cluster.updates(wanted, actual)
    yield from cluster.frozen(wanted, actual, "vpc-1")
    yield from tags.updates(actual["tags"], spec.tags, spec.tags, BANK)
    groups = {it["nodegroupName"]: it for it in world.nodegroups}
    for group in spec.nodegroups:
        there, version = groups.pop(group.nodegroupName), group.version or spec.version or ""
        yield from nodegroups.updates(group, there)
        yield from nodegroups.frozen(group, there, role=group.nodeRole or "", wanted=version)
        yield from version_updates(group, there, wanted=version, reached=spec.version or "")[0]
        yield from tags.updates(there["tags"], group.tags, group.tags, "arn")
    installed = {it["addonName"]: it for it in world.addons}
    for addon in spec.addons:
        there = installed.pop(addon.addonName)
        arns = there["podIdentityAssociations"]
        roles = {it["serviceAccount"]: it["roleArn"] for it in world.associations if it["associationArn"] in arns}
        yield from addons.updates(addon, addon.addonVersion or "none", there, roles)
        yield from addons.frozen(addon, there)
        yield from tags.updates(there["tags"], addon.tags, addon.tags, "arn")
    entries = {it["principalArn"]: it for it in world.entries}
    for entry in spec.accessEntries:
        there = entries[entry.principalArn]
        yield from access.entry_updates(entry, there)
        yield from access.entry_frozen(entry, there)
        there_policies = {it["policyArn"]: it for it in world.policies[entry.principalArn]}
        for policy in entry.accessPolicies:
            yield from access.policy_updates(policy, there_policies.pop(policy.policyArn), {})
        assert there_policies == {}
    for association in spec.podIdentityAssociations:
        (there,) = (
            it for it in world.associations
            if (it["namespace"], it["serviceAccount"]) == (association.namespace, association.serviceAccount)
            and "ownerArn" not in it
        )  # fmt: skip
        yield from access.association_updates(association, there)
        yield from access.association_frozen(association, there)
    assert (groups, installed) == ({}, {})


@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to shrink a spec takes minutes
@given(specs())
def test_the_spec_of_what_eks_reports_has_nothing_to_change(spec: ClusterSpec) -> None:
    world = reported(spec)
    found = spec_of(world)
    assert list(planned(found, world)) == []
    assert {it.principalArn for it in found.accessEntries} == {it.principalArn for it in spec.accessEntries}
    assert len(found.podIdentityAssociations) == len(spec.podIdentityAssociations)
    assert admit_object(to_json(found)) == found


def world_of(**members: Any) -> World:  # noqa: ANN401 -- JSON
    """The least that there is, with other members of the cluster."""
    return replace(LEAST, cluster={**LEAST.cluster, **members})


LEAST = reported(ClusterSpec(name="bank", version="1.34", roleArn=CLUSTER_ROLE, addons=()))
OLD = {"deletionProtection", "upgradePolicy", "zonalShiftConfig", "controlPlaneScalingConfig", "logging", "tags"}


def test_what_an_old_cluster_does_not_report_is_said_as_eks_does_it() -> None:
    world = replace(LEAST, cluster={name: it for name, it in LEAST.cluster.items() if name not in OLD} | {"tags": {}})
    spec = spec_of(world)
    assert (spec.deletionProtection, spec.upgradePolicy.supportType) == (False, "EXTENDED")
    assert spec.logging.clusterLogging == ()
    assert list(planned(spec, world)) == []


def test_what_is_open_to_everybody_is_said_aloud() -> None:
    config = {"subnetIds": [*SUBNETS], "endpointPublicAccess": True, "publicAccessCidrs": ["128.0.0.0/1", "0.0.0.0/1"]}
    spec = spec_of(world_of(resourcesVpcConfig=config))
    assert (spec.resourcesVpcConfig.allowPublicAccessFromAnywhere, spec.resourcesVpcConfig.endpointPrivateAccess) == (
        True, False,
    )  # fmt: skip


def test_a_node_group_that_is_behind_stays_so() -> None:
    behind = _nodegroup(ClusterSpec(name="bank"), Nodegroup(nodegroupName="workers"), "1.33")
    (group,) = spec_of(replace(LEAST, nodegroups=(behind,))).nodegroups
    assert (group.version, group.releaseVersion) == ("1.33", None)


MARKS = {OWNER_TAG: "bank", RUN_TAG: "bank-provision-1-1"}


def test_tags_of_aws_and_of_slipways_are_no_specs() -> None:
    assert spec_of(world_of(tags={"aws:cloudformation:stack-name": "x", "team": "a", **MARKS})).tags == {"team": "a"}


def test_what_is_ours_is_what_bears_tags() -> None:
    spec = replace(spec_of(LEAST), nodegroups=(Nodegroup(nodegroupName="workers"),))
    assert to_adopt(spec) == {"cluster", "nodegroups/workers"}


GROUP: Json = {"nodegroupName": "workers", "nodegroupArn": "arn:w", "nodeRole": NODE_ROLE, "status": "ACTIVE"}
UNDESCRIBED: dict[str, tuple[World, str]] = {
    "Auto Mode": (world_of(computeConfig={"enabled": True}), "EKS Auto Mode"),
    "Outposts": (world_of(outpostConfig={"outpostArns": ["arn:o"]}), "AWS Outposts"),
    "no key": (world_of(), "no KMS key"),
    "the ConfigMap": (
        world_of(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}), "authentication mode API_AND_CONFIG_MAP",
    ),
    "Fargate": (replace(LEAST, fargate_profiles=("batch",)), "Fargate profile batch"),
    "an identity provider": (replace(LEAST, identity_providers=("corp",)), "OIDC identity provider corp"),
    "an auto scaling group": (
        replace(LEAST, scaling_groups=("own",)), "self-managed nodes in the auto scaling group own",
    ),
    "nodes by their entry": (
        replace(LEAST, entries=({"principalArn": f"{NODE_ROLE}-2", "type": "EC2_LINUX"},)),
        f"self-managed nodes with the role {NODE_ROLE}-2",
    ),
    "an add-on by hand": (replace(LEAST, addons=()), "self-managed vpc-cni"),
    "SSH from anywhere": (
        replace(LEAST, nodegroups=({**GROUP, "remoteAccess": {"ec2SshKey": "k"}},)),
        "remote access to nodegroups/workers",
    ),
    "what never worked": (replace(LEAST, nodegroups=({**GROUP, "status": "CREATE_FAILED"},)), "nodegroups/workers"),
    "what others claim": (
        replace(LEAST, nodegroups=({**GROUP, "tags": {OWNER_TAG: "x"}},)), "nodegroups/workers",
    ),
    "the root user": (
        replace(LEAST, entries=({"principalArn": "arn:aws:iam::1:root", "type": "STANDARD"},)),
        "access entry arn:aws:iam::1:root",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDESCRIBED)
def test_what_no_spec_says_is_named_with_what_it_means(case: str) -> None:
    world, what = UNDESCRIBED[case]
    found = {it.what: it.meaning for it in undescribed(world)}
    assert found[what].endswith(".")
    if case in {"what never worked", "what others claim"}:
        assert spec_of(world).nodegroups == ()


def test_nothing_is_named_of_an_ordinary_cluster() -> None:
    spec = ClusterSpec(name="bank", version="1.34", roleArn=CLUSTER_ROLE)
    world = reported(spec)
    assert list(undescribed(replace(world, cluster={**world.cluster, "encryptionConfig": [{}]}))) == []


OBJECTIONS: dict[str, tuple[Json, int, str]] = {
    "of another Slipway": ({"tags": MARKS}, 409, "slipway/cluster=bank"),
    "of another Slipway's run": ({"tags": {RUN_TAG: "x-1"}}, 409, "slipway/run=x-1"),
    "being made": ({"status": "CREATING"}, 409, "CREATING"),
    "being changed": ({"status": "UPDATING"}, 409, "UPDATING"),
    "being deleted": ({"status": "DELETING"}, 409, "DELETING"),
    "failed": ({"status": "FAILED"}, 409, "FAILED"),
    "no access entries": ({"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, 422, "CONFIG_MAP"),
    "connected only": ({"connectorConfig": {"provider": "OTHER"}}, 422, "registered"),
}


@pytest.mark.parametrize("case", OBJECTIONS)
def test_what_is_not_adopted(case: str) -> None:
    members, status, said = OBJECTIONS[case]
    why = objection({**LEAST.cluster, **members})
    assert why is not None
    assert (why.status, said in why.detail, bool(why.remedy)) == (status, True, True)


def test_what_is_in_motion_is_waited_for_first() -> None:
    assert (objection(LEAST.cluster), unsettled(LEAST)) == (None, None)
    moving = unsettled(replace(LEAST, nodegroups=({**GROUP, "status": "UPDATING"},)))
    assert moving is not None
    assert "nodegroups/workers is UPDATING" in moving.detail


def test_whatever_would_change_is_told_where_it_was_said() -> None:
    spec = replace(spec_of(LEAST), nodegroups=(Nodegroup(nodegroupName="workers"),))
    sent = {"name": "bank", "upgradePolicy": {"supportType": "STANDARD"}, "nodegroups": [{"nodegroupName": "workers"}]}
    actions = (
        Action(verb="adopt", resource="cluster", reason="", consequence="", update=tags.adoption(MARKS, BANK)),
        Action(
            verb="update", resource="cluster", reason="it differs", consequence="in place: x",
            differences=(Difference("upgradePolicy", 1, 2),),
        ),
        Action(verb="create", resource="nodegroups/workers", reason="it is not there", consequence="created: x"),
        Action(verb="wait", resource="addons/coredns", reason="DEGRADED", consequence="A run would look again."),
        Action(verb="refuse", resource="nodegroups/workers", reason="DEGRADED.", consequence="refused: mend it."),
    )  # fmt: skip
    found = [(it.pointer, it.remedy) for it in more_than_tags(actions, spec, sent)]
    assert [pointer for pointer, _ in found] == ["/upgradePolicy", "/nodegroups/0", "/nodegroups/0"]
    assert [remedy for _, remedy in found][2] == "mend it."
