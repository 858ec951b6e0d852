"""Every request that a spec can lead to is one that botocore would send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import ListShape, StringShape, StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given, settings

from lambdas.domain.requests import (
    create_access_entry,
    create_addon,
    create_cluster,
    create_nodegroup,
    create_pod_identity_association,
)
from lambdas.domain.spec import (
    AccessEntry,
    Addon,
    ClusterSpec,
    EncryptionConfig,
    Nodegroup,
    PodIdentityAssociation,
    Provider,
    ScalingConfig,
    VpcConfig,
    to_json,
)
from tests.unit.domain.strategies import specs
from tests.unit.domain.value_strategies import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    Request = dict[str, Any]

MODEL = get_session().get_service_model("eks")
ROLE = "arn:aws:iam::123456789012:role/slipway/slipway-bank-cluster"
SUBNETS = ["subnet-0000000a", "subnet-0000000b"]
TAGS = {"slipway/cluster": "bank"}
OURS = {"vpc", "nodegroups", "accessEntries", "accessPolicies", "addons", "omitDefaultAddons", "create"}
MINIMAL = ClusterSpec(name="bank")


def requests(spec: ClusterSpec, said: dict[str, str]) -> Iterator[tuple[str, Request]]:
    yield "CreateCluster", create_cluster(spec, role=ROLE, subnets=SUBNETS, tags=said)
    for group in spec.nodegroups:
        yield "CreateNodegroup", create_nodegroup(spec, group, role=ROLE, subnets=SUBNETS, tags=said)
    for addon in spec.addons:
        yield "CreateAddon", create_addon(spec, addon, version="v1.0.0-eksbuild.1", tags=said)
    for entry in spec.accessEntries:
        yield "CreateAccessEntry", create_access_entry(spec, entry, tags=said)
    for pods in spec.podIdentityAssociations:
        yield "CreatePodIdentityAssociation", create_pod_identity_association(spec, pods, tags=said)


def wrong_with(shape: Shape, value: object, where: str = "") -> Iterator[str]:
    """What a value has that the model does not know, or does not take."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from wrong_with(shape.members[name], member, f"{where}.{name}")
            else:
                yield f"{where}.{name} is not of EKS"
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for member in value:
            yield from wrong_with(shape.member, member, f"{where}[]")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{where} is {value}, not one of {shape.enum}"


def empty_members(value: object, where: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if member in (None, "", [], ()):
                yield f"{where}.{name}"
            yield from empty_members(member, f"{where}.{name}")
    if isinstance(value, list):
        for member in value:
            yield from empty_members(member, f"{where}[]")


@settings(max_examples=12, deadline=None)
@given(spec=specs(), said=tags())
def test_every_request_is_one_that_the_model_of_eks_knows(spec: ClusterSpec, said: dict[str, str]) -> None:
    before = to_json(spec)
    for operation, request in requests(spec, said):
        shape = MODEL.operation_model(operation).input_shape
        assert shape is not None
        assert ParamValidator().validate(request, shape).generate_report() == ""
        assert list(wrong_with(shape, request)) == []
        assert not OURS & set(request)
        assert request.pop("tags") == said
        assert list(empty_members(request)) == []
    assert to_json(spec) == before


def test_what_eks_would_do_by_default_and_nobody_wants_is_said() -> None:
    request = create_cluster(MINIMAL, role=ROLE, subnets=SUBNETS, tags=TAGS)
    assert request["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert request["bootstrapSelfManagedAddons"] is False
    assert request["deletionProtection"] is True
    assert request["upgradePolicy"] == {"supportType": "STANDARD"}
    assert request["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert request["resourcesVpcConfig"]["endpointPublicAccess"] is False
    (logging,) = request["logging"]["clusterLogging"]
    assert logging["enabled"] is True
    kinds = MODEL.shape_for("LogType")
    assert isinstance(kinds, StringShape)
    assert set(logging["types"]) == set(kinds.enum)


def test_a_cluster_gets_the_role_the_subnets_and_the_tags_of_the_run() -> None:
    request = create_cluster(MINIMAL, role=ROLE, subnets=tuple(SUBNETS), tags=TAGS)
    assert (request["name"], request["roleArn"], request["tags"]) == ("bank", ROLE, TAGS)
    assert request["resourcesVpcConfig"]["subnetIds"] == SUBNETS
    assert "version" not in request


def test_secrets_are_what_is_encrypted() -> None:
    key = EncryptionConfig(provider=Provider(keyArn="arn:aws:kms:eu-central-1:123456789012:key/a"))
    request = create_cluster(ClusterSpec(name="bank", encryptionConfig=(key,)), role=ROLE, subnets=SUBNETS, tags={})
    assert request["encryptionConfig"] == [
        {"provider": {"keyArn": "arn:aws:kms:eu-central-1:123456789012:key/a"}, "resources": ["secrets"]}
    ]


def test_the_word_for_the_whole_internet_stays_here() -> None:
    config = VpcConfig(endpointPublicAccess=True, publicAccessCidrs=("0.0.0.0/0",), allowPublicAccessFromAnywhere=True)
    spec = ClusterSpec(name="bank", resourcesVpcConfig=config)
    request = create_cluster(spec, role=ROLE, subnets=SUBNETS, tags={})
    assert "allowPublicAccessFromAnywhere" not in request["resourcesVpcConfig"]
    assert request["resourcesVpcConfig"]["publicAccessCidrs"] == ["0.0.0.0/0"]


@pytest.mark.parametrize(("own", "expected"), [((), SUBNETS), (("subnet-0000000c",), ["subnet-0000000c"])])
def test_a_node_groups_own_subnets_go_before_the_clusters(own: tuple[str, ...], expected: list[str]) -> None:
    group = Nodegroup(nodegroupName="a", subnets=own)
    assert create_nodegroup(MINIMAL, group, role=ROLE, subnets=SUBNETS, tags={})["subnets"] == expected


@pytest.mark.parametrize(("least", "desired"), [(0, 0), (0, 2), (2, 2)])
def test_a_size_of_zero_is_said(least: int, desired: int) -> None:
    sizes = ScalingConfig(minSize=least, maxSize=5, desiredSize=desired)
    group = Nodegroup(nodegroupName="a", scalingConfig=sizes)
    request = create_nodegroup(MINIMAL, group, role=ROLE, subnets=SUBNETS, tags={})
    assert request["scalingConfig"] == {"minSize": least, "maxSize": 5, "desiredSize": desired}
    assert (request["clusterName"], request["nodeRole"]) == ("bank", ROLE)


@pytest.mark.parametrize(
    ("wanted", "sent"), [(None, "OVERWRITE"), ("OVERWRITE", "OVERWRITE"), ("PRESERVE", "OVERWRITE"), ("NONE", "NONE")]
)
def test_a_new_add_on_has_nobodys_settings_to_preserve(wanted: Any, sent: str) -> None:  # noqa: ANN401 -- a Literal's values
    request = create_addon(MINIMAL, Addon(addonName="coredns", resolveConflicts=wanted), version="v1", tags=TAGS)
    assert request == {
        "clusterName": "bank", "addonName": "coredns", "addonVersion": "v1", "resolveConflicts": sent, "tags": TAGS,
    }  # fmt: skip


def test_an_access_entry_leaves_its_policies_to_calls_of_their_own() -> None:
    entry = AccessEntry(principalArn="arn:aws:iam::123456789012:role/team", kubernetesGroups=("payments",))
    request = create_access_entry(MINIMAL, entry, tags=TAGS)
    assert request == {
        "clusterName": "bank", "principalArn": "arn:aws:iam::123456789012:role/team", "type": "STANDARD",
        "kubernetesGroups": ["payments"], "tags": TAGS,
    }  # fmt: skip


def test_an_association_says_whether_sessions_are_tagged() -> None:
    pods = PodIdentityAssociation(namespace="payments", serviceAccount="ledger", roleArn=ROLE)
    request = create_pod_identity_association(MINIMAL, pods, tags=TAGS)
    assert request == {
        "clusterName": "bank", "namespace": "payments", "serviceAccount": "ledger", "roleArn": ROLE,
        "disableSessionTags": False, "tags": TAGS,
    }  # fmt: skip
