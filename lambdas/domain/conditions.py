"""Which members of a spec need or exclude each other, in JSON Schema, so that an editor shows it while one writes.

What judges is `lambdas.domain.rules`; this is as much of it as a schema can say about one object. It cannot compare
values, such as sizes and addresses, nor objects that lie apart.
"""

from typing import Final

from lambdas.domain.constraints import JsonSchema, JsonValue


def _given(member: str) -> JsonSchema:
    """The member says something: null and an empty list are as good as left out."""
    return _so(member, {"not": {"enum": [None, []]}})


def _is(member: str, *, value: JsonValue) -> JsonSchema:
    """The member is given, and it is this; a default does not count."""
    return _so(member, {"const": value})


def _not(schema: JsonSchema) -> JsonSchema:
    return {"not": schema}


def _all(*schemas: JsonSchema) -> JsonSchema:
    return {"allOf": list(schemas)}


def _none_of(*members: str) -> JsonSchema:
    return _not({"anyOf": [_given(member) for member in members]})


def _exactly_one(one: str, other: str) -> JsonSchema:
    return {"oneOf": [_given(one), _given(other)]}


def _not_both(one: str, other: str) -> JsonSchema:
    return _not(_all(_given(one), _given(other)))


def _when(condition: JsonSchema, then: JsonSchema) -> JsonSchema:
    return {"if": condition, "then": then}


def _so(member: str, schema: JsonSchema) -> JsonSchema:
    """The member is given, and it is so."""
    return {"required": [member], "properties": {member: schema}}


CONDITIONS: Final[dict[str, tuple[JsonSchema, ...]]] = {
    "ClusterSpec": (_not(_all(_given("vpc"), _so("resourcesVpcConfig", _given("subnetIds")))),),
    "VpcConfig": (
        _when(_is("endpointPrivateAccess", value=False), _is("endpointPublicAccess", value=True)),
        _when(_is("endpointPublicAccess", value=True), _given("publicAccessCidrs")),
        _when(_given("publicAccessCidrs"), _is("endpointPublicAccess", value=True)),
        _when(
            _so("publicAccessCidrs", {"contains": {"enum": ["0.0.0.0/0", "::/0"]}}),
            _is("allowPublicAccessFromAnywhere", value=True),
        ),
        _not(_so("subnetIds", {"minItems": 1, "maxItems": 1})),
    ),
    "Vpc": (_exactly_one("vpcId", "create"),),
    "KubernetesNetworkConfig": (_when(_is("ipFamily", value="ipv6"), _none_of("serviceIpv4Cidr")),),
    "AccessEntry": (
        _when(_so("type", {"not": {"const": "STANDARD"}}), _none_of("username", "kubernetesGroups")),
        _when(_so("type", {"not": {"enum": ["STANDARD", "EC2"]}}), _none_of("accessPolicies")),
    ),
    "AccessScope": (
        _when(_is("type", value="namespace"), _given("namespaces")),
        _when(_given("namespaces"), _is("type", value="namespace")),
    ),
    "PodIdentityAssociation": (_when(_given("policy"), _is("disableSessionTags", value=True)),),
    "Addon": (_not_both("serviceAccountRoleArn", "podIdentityAssociations"),),
    "UpdateConfig": (_exactly_one("maxUnavailable", "maxUnavailablePercentage"),),
    "LaunchTemplate": (_exactly_one("id", "name"),),
    "NodeRepairConfig": (
        _not_both("maxUnhealthyNodeThresholdCount", "maxUnhealthyNodeThresholdPercentage"),
        _not_both("maxParallelNodesRepairedCount", "maxParallelNodesRepairedPercentage"),
    ),
    "Nodegroup": (
        _when(_given("launchTemplate"), _none_of("diskSize", "remoteAccess")),
        _when(_is("amiType", value="CUSTOM"), _given("launchTemplate")),
        _when(_is("amiType", value="CUSTOM"), _none_of("version", "releaseVersion", "warmPoolConfig")),
        _when(_is("capacityType", value="CAPACITY_BLOCK"), _given("launchTemplate")),
        _when(_is("capacityType", value="CAPACITY_BLOCK"), {"properties": {"instanceTypes": {"maxItems": 1}}}),
    ),
}
"""What each class wants of its members; each has a rule of the same sense in `lambdas.domain.rules`."""
