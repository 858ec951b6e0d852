"""Everything that exists in the account, by whose it is: what a cluster looks like, and what is somebody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.domain.schedules import belonging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.slipway import Slipway

    Json = Any
    Key = tuple[str, str, str]
    """Whose it is (a cluster's name, or nothing), of what kind, and its name."""

    Things = dict[Key, Json]

_PASSING: Final = re.compile(
    r"\w*(?:At|Time|Timestamp|Date)|updates|endpoint|certificateAuthority|identity|\w+(?:Arn|ARN)|arn|Instances|resources"
    r"|associationId|clusterSecurityGroupId|AutoScalingGroupName|Tags|health|platformVersion|tokens|SuspendedProcesses|LaunchTemplate(?:Id|Name)"
)
"""Members that tell when something happened, or what was drawn by lot."""

_KEPT: Final = frozenset({"roleArn", "principalArn", "policyArn"})
_TAGS: Final = frozenset({RUN_TAG})
_EKS_OWNS: Final = "kubernetes.io/cluster/"
"""What begins the tag of what EKS makes in EC2 for a cluster."""


def everything(slipway: Slipway) -> Things:
    """All things, once everything has happened that is due by now."""
    slipway.twin.settle()
    found: Things = {}
    for finder in (_of_eks, _groups, _of_iam, _of_ec2, _logs, _schedules):
        for key, body in finder(slipway):
            assert key not in found, f"twice: {key}"
            found[key] = body
    return found


def of(things: Things, cluster: str) -> Things:
    """The things of one cluster."""
    return {key: body for key, body in things.items() if key[0] == cluster}


def but(things: Things, cluster: str) -> Things:
    """The things of all others."""
    return {key: body for key, body in things.items() if key[0] != cluster}


def differences(wanted: Things, found: Things) -> list[str]:
    """What differs, one a line."""
    lines = []
    for key in sorted({*wanted, *found}):
        name = " ".join(part for part in key if part)
        if key not in found:
            lines.append(f"missing: {name}")
        elif key not in wanted:
            lines.append(f"left over: {name}")
        else:
            lines += [f"{name}{path}" for path in _compare("", wanted[key], found[key])]
    return lines


def _compare(path: str, wanted: Json, found: Json) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted({*wanted, *found}):
            yield from _compare(f"{path}.{name}", wanted.get(name), found.get(name))
    elif wanted != found:
        yield f"{path}: {found!r} and not {wanted!r}"


def _of_eks(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    for name, cluster in slipway.twin.inventory()["clusters"].items():
        yield (name, "cluster", name), _lasting(cluster["cluster"])
        for kind in ("nodegroups", "addons"):
            for part, body in cluster[kind].items():
                yield (name, kind, part), _lasting(body[kind.removesuffix("s")])
        for arn, body in cluster["accessEntries"].items():
            policies = sorted((str(it["policyArn"]), str(sorted(it["accessScope"].items()))) for it in body["policies"])
            yield (name, "access entry", arn), {**_lasting(body["accessEntry"]), "policies": policies}
        for body in cluster["podIdentityAssociations"].values():
            place = f"{body['namespace']}/{body['serviceAccount']}"
            yield (name, "pod identity", place), {**_lasting(body), "roleArn": body["roleArn"]}


def _groups(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    for group in slipway.twin.inventory()["autoScalingGroups"].values():
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        states = sorted(it["LifecycleState"] for it in group["Instances"])
        body = {**_lasting(group), "instances": states}
        yield (tags["eks:cluster-name"], "group", tags["eks:nodegroup-name"]), body


def _of_iam(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    iam = slipway.ground.inner("iam")
    for role in iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]:
        tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
        body = {
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "attached": sorted(it["PolicyArn"] for it in role["AttachedManagedPolicies"]),
            "inline": sorted(it["PolicyName"] for it in role["RolePolicyList"]),
            "owner": tags.get(OWNER_TAG),  # what the spec says of tags is of the time when a role was made
        }
        yield (tags.get(OWNER_TAG, ""), "role", role["RoleName"]), body
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        yield ("", "OIDC provider", provider["Arn"]), None


def _of_ec2(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    ec2 = slipway.ground.inner("ec2")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        tags = {tag["Key"]: tag["Value"] for tag in group.get("Tags", ())}
        by_eks = (key.removeprefix(_EKS_OWNS) for key in tags if key.startswith(_EKS_OWNS))
        owner = next(by_eks, tags.get(OWNER_TAG, ""))
        name = re.sub(r"-\d{6,}$", "", group["GroupName"]) if owner else group["GroupId"]
        yield (owner, "security group", name), None
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        tags = {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", ())}
        yield (tags.get(OWNER_TAG, ""), "vpc", vpc["CidrBlock"]), None
    for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        yield ("", "network interface", interface["NetworkInterfaceId"]), None


def _logs(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    for group in slipway.ground.inner("logs").describe_log_groups()["logGroups"]:
        yield (group["logGroupName"].split("/")[3], "log group", group["logGroupName"]), None


def _schedules(slipway: Slipway) -> Iterator[tuple[Key, Json]]:
    """By what they say; of one that fires once, the instant is left out."""
    names = list(slipway.schedules.kept)
    for cluster in sorted({name.partition(".")[0] for name in names}):
        for name in belonging(cluster, names):
            kept = slipway.schedules.kept[name]
            said = f"{kept['ScheduleExpression']} {kept['ScheduleExpressionTimezone']}"
            yield (cluster, "schedule", re.sub(r"at\(\S+\)", "once", said)), kept["State"]


def _lasting(body: Json) -> Json:
    """The members that say what a thing is."""
    if isinstance(body, dict):
        return {
            name: {key: value for key, value in member.items() if key not in _TAGS}
            if name == "tags"
            else _lasting(member)
            for name, member in body.items()
            if member not in ({}, []) and (name in _KEPT or not _PASSING.fullmatch(name))
        }
    if isinstance(body, list):
        return sorted((_lasting(one) for one in body), key=str)
    return body
