from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.preflight.roles import (
    Purpose,
    Role,
    RoleUse,
    absent,
    lacking,
    made_roles,
    shared_roles,
    trust_errors,
    uses,
    without_policies,
)
from lambdas.domain.spec import (
    Addon,
    AddonPodIdentityAssociation,
    ClusterSpec,
    KubernetesNetworkConfig,
    Nodegroup,
    PodIdentityAssociation,
    to_json,
)
from lambdas.steps.roles import POLICIES
from tests.unit.domain.preflight.judging import pointers

ARN = "arn:aws:iam::123456789012:role/platform/eks"
AWS = "arn:aws:iam::aws:policy/"
OWN_POLICY = "arn:aws:iam::123456789012:policy/own"
BARE = completed(ClusterSpec(name="bank"))
CLUSTER, NODE, POD = Purpose.CLUSTER, Purpose.NODE, Purpose.POD
NODE_NEEDS = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")


def role(*policies: str, trust: object = None) -> Role:
    attached = frozenset(it if it.startswith("arn:") else f"{AWS}{it}" for it in policies)
    return Role(arn=ARN, trust=trust, attached=attached)


def use(purpose: Purpose) -> RoleUse:
    return RoleUse(ARN, ("roleArn",), purpose)


def plugin(**members: Any) -> ClusterSpec:  # noqa: ANN401 -- Addon's own members
    return completed(ClusterSpec(name="bank", addons=(Addon(addonName="vpc-cni", **members),)))


def test_every_place_that_names_a_role_is_known_by_where_the_user_named_it() -> None:
    asked = ClusterSpec(
        name="bank",
        roleArn="a",
        nodegroups=(Nodegroup(nodegroupName="x"), Nodegroup(nodegroupName="y", nodeRole="b")),
        addons=(
            Addon(addonName="aws-ebs-csi-driver", serviceAccountRoleArn="c"),
            Addon(
                addonName="vpc-cni",
                podIdentityAssociations=(AddonPodIdentityAssociation(serviceAccount="aws-node", roleArn="d"),),
            ),
        ),
        podIdentityAssociations=(PodIdentityAssociation(namespace="n", serviceAccount="s", roleArn="e"),),
    )
    found = {it.arn: (it.path, it.purpose) for it in uses(completed(asked), to_json(asked))}
    assert found == {
        "a": (("roleArn",), CLUSTER),
        "b": (("nodegroups", 1, "nodeRole"), NODE),
        "c": (("addons", 0, "serviceAccountRoleArn"), Purpose.SERVICE_ACCOUNT),
        "d": (("addons", 1, "podIdentityAssociations", 0, "roleArn"), POD),
        "e": (("podIdentityAssociations", 0, "roleArn"), POD),
    }


@pytest.mark.parametrize("purpose", Purpose)
def test_a_role_that_is_not_there_can_be_left_out_where_slipway_would_make_one(purpose: Purpose) -> None:
    error = absent(use(purpose))
    assert pointers([error]) == ["/roleArn"]
    assert ARN in error.detail
    assert ("Slipway makes one" in error.remedy) is (purpose in {CLUSTER, NODE})


@pytest.mark.parametrize(
    ("purpose", "service", "actions", "places"),
    [
        (CLUSTER, "eks.amazonaws.com", "sts:AssumeRole", []),
        (CLUSTER, "ec2.amazonaws.com", "sts:AssumeRole", ["/roleArn"]),
        (NODE, "ec2.amazonaws.com", "sts:AssumeRole", []),
        (NODE, "eks.amazonaws.com", "sts:AssumeRole", ["/roleArn"]),
        (POD, "pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], []),
        (POD, "pods.eks.amazonaws.com", "sts:AssumeRole", ["/roleArn"]),
        (POD, "ec2.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], ["/roleArn"]),
        (Purpose.SERVICE_ACCOUNT, "ec2.amazonaws.com", "sts:AssumeRole", []),
    ],
)
def test_each_purpose_has_its_service(purpose: Purpose, service: str, actions: object, places: list[str]) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}]}
    assert pointers(trust_errors(use(purpose), role(trust=trust))) == places


@pytest.mark.parametrize(
    ("purpose", "policies", "missing"),
    [
        (CLUSTER, ["AmazonEKSClusterPolicy"], ()),
        (CLUSTER, [], ("AmazonEKSClusterPolicy",)),
        (CLUSTER, ["AmazonEKSWorkerNodePolicy"], ("AmazonEKSClusterPolicy",)),
        (CLUSTER, [OWN_POLICY], ()),
        (CLUSTER, ["AdministratorAccess"], ()),
        (NODE, NODE_NEEDS, ()),
        (NODE, ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"], ()),
        (NODE, [], NODE_NEEDS),
        (NODE, ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"], ("AmazonEC2ContainerRegistryPullOnly",)),
        (NODE, ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"], ("AmazonEKS_CNI_Policy",)),
        (NODE, ["AmazonEKSWorkerNodePolicy", OWN_POLICY], ()),
        (POD, [], ()),
        (Purpose.SERVICE_ACCOUNT, [], ()),
    ],
)
def test_what_a_role_lacks_for_certain(purpose: Purpose, policies: list[str], missing: tuple[str, ...]) -> None:
    assert lacking(use(purpose), role(*policies), BARE) == missing


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(plugin(serviceAccountRoleArn=ARN), id="by IRSA"),
        pytest.param(
            plugin(podIdentityAssociations=(AddonPodIdentityAssociation(serviceAccount="aws-node", roleArn=ARN),)),
            id="by the add-on's pod identity",
        ),
        pytest.param(
            replace(
                BARE,
                podIdentityAssociations=(
                    PodIdentityAssociation(namespace="kube-system", serviceAccount="aws-node", roleArn=ARN),
                ),
            ),
            id="by pod identity",
        ),
        pytest.param(completed(replace(BARE, addons=(), omitDefaultAddons=("vpc-cni",))), id="not there"),
        pytest.param(
            replace(BARE, kubernetesNetworkConfig=KubernetesNetworkConfig(ipFamily="ipv6")), id="of another family"
        ),
    ],
)
def test_a_network_plug_in_with_a_role_of_its_own_needs_nothing_of_the_nodes(spec: ClusterSpec) -> None:
    given = role("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
    assert lacking(use(NODE), given, spec) == ()
    assert lacking(use(NODE), given, BARE) == ("AmazonEKS_CNI_Policy",)


def test_what_is_asked_of_a_role_is_what_slipway_gives_its_own() -> None:
    for kind, purpose in zip(POLICIES, (CLUSTER, NODE), strict=True):
        assert set(lacking(use(purpose), role(), BARE)) == set(POLICIES[kind])
        assert lacking(use(purpose), role(*POLICIES[kind]), BARE) == ()


def test_a_role_without_policies_is_told_which_to_attach() -> None:
    error = without_policies(use(CLUSTER), ("AmazonEKSClusterPolicy",))
    assert pointers([error]) == ["/roleArn"]
    assert "Attach AmazonEKSClusterPolicy" in error.remedy


def test_nodes_do_not_have_the_control_planes_role() -> None:
    groups = (Nodegroup(nodegroupName="a", nodeRole="other"), Nodegroup(nodegroupName="b", nodeRole=ARN))
    assert pointers(shared_roles(ClusterSpec(name="bank", roleArn=ARN, nodegroups=groups))) == [
        "/nodegroups/1/nodeRole"
    ]
    assert pointers(shared_roles(ClusterSpec(name="bank", nodegroups=(Nodegroup(nodegroupName="a"),)))) == []


IPV6 = KubernetesNetworkConfig(ipFamily="ipv6")
PLUGIN_ROLE = PodIdentityAssociation(namespace="kube-system", serviceAccount="aws-node", roleArn=ARN)


@pytest.mark.parametrize(
    ("members", "places"),
    [
        ({}, ["/nodegroups/0/nodeRole"]),
        ({"addons": (Addon(addonName="vpc-cni", serviceAccountRoleArn=ARN),)}, []),
        ({"podIdentityAssociations": (PLUGIN_ROLE,)}, []),
        ({"nodegroups": (Nodegroup(nodegroupName="a", nodeRole=ARN),)}, []),
        ({"kubernetesNetworkConfig": KubernetesNetworkConfig()}, []),
    ],
)
def test_on_ipv6_the_network_plugin_has_a_role(members: dict[str, Any], places: list[str]) -> None:
    said = {"nodegroups": (Nodegroup(nodegroupName="a"),), "kubernetesNetworkConfig": IPV6, **members}
    assert pointers(made_roles(ClusterSpec(name="bank", **said))) == places


@pytest.mark.parametrize(("role", "places"), [(None, ["/nodegroups/1/amiType"]), (ARN, [])])
def test_on_windows_the_control_plane_has_a_role_of_yours(role: str | None, places: list[str]) -> None:
    groups = (
        Nodegroup(nodegroupName="linux"),
        Nodegroup(nodegroupName="windows", amiType="WINDOWS_CORE_2022_x86_64"),
    )
    assert pointers(made_roles(ClusterSpec(name="bank", roleArn=role, nodegroups=groups))) == places
