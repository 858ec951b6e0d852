"""Each member of EKS's requests, one by one: what the spec says there is what is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec
import pytest

from lambdas.domain.coverage import DERIVED, NOT_OFFERED
from lambdas.domain.requests import (
    create_access_entry,
    create_addon,
    create_cluster,
    create_nodegroup,
    create_pod_identity_association,
)
from lambdas.domain.spec import AccessEntry, Addon, ClusterSpec, Nodegroup, PodIdentityAssociation
from lambdas.domain.spec.fields import FieldFacts, bare, fields_of, inner_class
from tests.unit.domain.eks_members import ways

if TYPE_CHECKING:
    from collections.abc import Callable

    Request = dict[str, Any]
    Way = tuple[str, ...]

BANK = ClusterSpec(name="bank")
# What the steps find out, for what a spec leaves open.
ROLE = "arn:aws:iam::000000000000:role/slipway/made"
SUBNETS = ["subnet-0000000a", "subnet-0000000b"]

CLASSES: dict[str, type] = {
    "CreateCluster": ClusterSpec,
    "CreateNodegroup": Nodegroup,
    "CreateAddon": Addon,
    "CreateAccessEntry": AccessEntry,
    "CreatePodIdentityAssociation": PodIdentityAssociation,
}
# As the steps call them: the spec's own role, subnets, version and tags go before what is found out.
CREATE: dict[str, Callable[[Any], Request]] = {
    "CreateCluster": lambda spec: create_cluster(
        spec, role=spec.roleArn or ROLE, subnets=spec.resourcesVpcConfig.subnetIds or SUBNETS, tags=spec.tags
    ),
    "CreateNodegroup": lambda group: create_nodegroup(
        BANK, group, role=group.nodeRole or ROLE, subnets=SUBNETS, tags=group.tags
    ),
    "CreateAddon": lambda addon: create_addon(BANK, addon, version=addon.addonVersion or "v1", tags=addon.tags),
    "CreateAccessEntry": lambda entry: create_access_entry(BANK, entry, tags=entry.tags),
    "CreatePodIdentityAssociation": lambda pods: create_pod_identity_association(BANK, pods, tags=pods.tags),
}


WAYS = [(operation, way) for operation in CLASSES for way in ways(operation, DERIVED, NOT_OFFERED)]


def telling(field: FieldFacts) -> Any:  # noqa: ANN401 -- JSON
    """A value of a field that is not its default, in the stored form."""
    assert field.doc is not None
    hint = bare(field.type)
    if get_origin(hint) is Literal:
        return next(choice for choice in reversed(get_args(hint)) if choice != field.default)
    if hint is bool:
        return not field.default
    # Settings that may be written as an object are stored as text.
    as_text = hint is str and isinstance(field.doc.example, Mapping)
    return json.dumps(field.doc.example) if as_text else field.doc.example


def saying(cls: type, way: Way) -> tuple[Request, Any]:
    """A document of a class with what it requires and one member more, and that member's value."""
    facts = {field.name: field for field in fields_of(cls)}
    required = {name: telling(field) for name, field in facts.items() if field.required}
    field = facts[way[0]]
    if len(way) == 1:
        return {**required, way[0]: telling(field)}, telling(field)
    inner = inner_class(field.type)
    assert inner is not None
    document, value = saying(inner, way[1:])
    return {**required, way[0]: [document] if get_origin(field.type) is tuple else document}, value


def sent(request: Any, way: Way) -> Any:  # noqa: ANN401 -- JSON
    """What a request has at the end of a way, in the first element of each list."""
    for name in way:
        request = (request[0] if isinstance(request, list) else request)[name]
    return request


@pytest.mark.parametrize(("operation", "way"), WAYS, ids=lambda one: one if isinstance(one, str) else ".".join(one))
def test_what_the_spec_says_is_sent(operation: str, way: Way) -> None:
    document, value = saying(CLASSES[operation], way)
    part: object = msgspec.convert(document, CLASSES[operation])
    if (operation, way) == ("CreateAddon", ("resolveConflicts",)):
        assert value == "PRESERVE"  # which EKS takes for updates only
        value = "OVERWRITE"
    assert sent(CREATE[operation](part), way) == value


@pytest.mark.parametrize(("operation", "cls"), [*CLASSES.items()])
def test_what_is_derived_is_sent_and_what_is_not_offered_is_not(operation: str, cls: type) -> None:
    document, _ = saying(cls, (next(iter(fields_of(cls))).name,))
    request = CREATE[operation](msgspec.convert(document, cls))
    # The token is made of the finished request.
    assert set(DERIVED[f"{operation}Request"]) - {"clientRequestToken"} <= set(request)
    assert not set(NOT_OFFERED.get(f"{operation}Request", {})) & set(request)
    assert request.get("clusterName", BANK.name) == BANK.name
