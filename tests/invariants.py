"""What an account holds, and the promise that no interruption may break.

Of its cluster Slipway leaves exactly what an undisturbed run leaves, each thing once; of everybody else's nothing is
touched. The same look serves the house and the sandbox: it asks AWS's own interfaces.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.names import OWNER_TAG, PART_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Json = dict[str, Any]
    Client = Any

_OF_EC2: Final = {
    "describe_subnets": ("subnet", "SubnetId"),
    "describe_route_tables": ("route table", "RouteTableId"),
    "describe_internet_gateways": ("internet gateway", "InternetGatewayId"),
    "describe_nat_gateways": ("NAT gateway", "NatGatewayId"),
    "describe_addresses": ("address", "AllocationId"),
    "describe_security_groups": ("security group", "GroupId"),
}
"""How to ask for EC2's kinds of things, what we call them, and the member that is unique."""

_EKS_OWNS: Final = "kubernetes.io/cluster/"
"""What begins the tag of what EKS makes in EC2 for a cluster."""

_TIMES: Final = re.compile(r"\w*(?:At|Date|Time)|AvailableIpAddressCount")
"""Members that tell when something happened, or what else happens around it."""

_CHANCE: Final = (
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?![/\d])"), "address"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "uuid"),
    (re.compile(r"\b([a-z]+(?:-[a-z]+)?)-[0-9a-f]{8,17}\b"), r"\1"),
    (re.compile(r"\b(?:a-[a-z0-9]{17}|(?:AROA|AIDA)[A-Z0-9]+)\b"), "id"),
    (re.compile(r"\b[0-9A-F]{32}(?:\.[a-z0-9]{3}(?=\.))?"), "id"),
    (re.compile(r"[A-Za-z0-9+/=]{200,}"), "certificate"),
    (re.compile(r"(-provision)-\d+-\d+"), r"\1"),
    (re.compile(r"(eks-cluster-sg-\S+)-\d{9}\b"), r"\1"),
)
"""What AWS draws by lot: addresses, ids, host names; and which of the runs it was that made a thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The services that keep things: clients of the house's or of the sandbox's."""

    eks: Client
    autoscaling: Client
    iam: Client
    ec2: Client

    @classmethod
    def of(cls, client: Callable[[str], Client]) -> Account:
        """The account that these clients lead to."""
        return cls(eks=client("eks"), autoscaling=client("autoscaling"), iam=client("iam"), ec2=client("ec2"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that exists. ``owner`` is the cluster in its tag, or in the tag of what it is a part of."""

    kind: str
    id: str
    name: str
    owner: str | None
    body: Json


def things(account: Account) -> list[Thing]:
    """Everything in the account that Slipway could make, or could make a mess of."""
    return [*_of_eks(account), *_groups(account), *_roles(account), *_of_ec2(account)]


def portrait(there: Iterable[Thing], cluster: str) -> list[str]:
    """The cluster's things, one a line: without ids, times, and the names of cluster and runs."""
    own = [thing for thing in there if thing.owner == cluster]
    names = {thing.id: thing.name for thing in own} | {cluster: "*"}
    return sorted(f"{thing.kind} {thing.name} {_text(thing.body, names)}".replace(cluster, "*") for thing in own)


def foreign(there: Iterable[Thing], cluster: str) -> dict[tuple[str, str], Json]:
    """What belongs to anybody else, with every word that AWS says of it."""
    return {
        (thing.kind, thing.id): {name: said for name, said in thing.body.items() if name != "AvailableIpAddressCount"}
        for thing in there
        if thing.owner != cluster
    }


def assert_whole(account: Account, cluster: str, *, like: list[str], before: Iterable[Thing]) -> None:
    """No duplicate, nothing missing, nothing left over; and nothing foreign touched since ``before``."""
    now = things(account)
    found, wanted = Counter(portrait(now, cluster)), Counter(like)
    assert not found - wanted, "not as it should be, doubled or left over:\n" + "\n".join(found - wanted)
    assert not wanted - found, "missing:\n" + "\n".join(wanted - found)
    theirs, untouched = foreign(now, cluster), foreign(before, cluster)
    touched = [key for key in theirs | untouched if theirs.get(key) != untouched.get(key)]
    assert not touched, f"foreign, but touched: {touched}"


def assert_history(runs: list[tuple[str, str]], executions: Mapping[str, str]) -> None:
    """Of a cluster's runs, newest first, only the newest has succeeded; each had one execution, and none goes on."""
    assert [status for _, status in runs] == ["SUCCEEDED", *["FAILED"] * (len(runs) - 1)]
    assert sorted(executions) == sorted(run for run, _ in runs)
    assert "RUNNING" not in executions.values()


def _of_eks(account: Account) -> Iterator[Thing]:
    eks = account.eks
    for cluster in _pages(eks, "list_clusters", "clusters"):
        described = eks.describe_cluster(name=cluster)["cluster"]
        owner = described.get("tags", {}).get(OWNER_TAG)
        yield Thing(kind="cluster", id=described["arn"], name=cluster, owner=owner, body=described)
        for kind, id_member, body in _inside(eks, cluster):
            whose = body.get("tags", {}).get(OWNER_TAG, owner)
            name = body.get("nodegroupName") or body.get("addonName") or body.get("principalArn") or _account(body)
            yield Thing(kind=kind, id=body[id_member], name=name, owner=whose, body=body)


def _inside(eks: Client, cluster: str) -> Iterator[tuple[str, str, Json]]:
    """What belongs to one EKS cluster."""
    of = {"clusterName": cluster}
    for name in _pages(eks, "list_nodegroups", "nodegroups", **of):
        yield "nodegroup", "nodegroupArn", eks.describe_nodegroup(**of, nodegroupName=name)["nodegroup"]
    for name in _pages(eks, "list_addons", "addons", **of):
        yield "addon", "addonArn", eks.describe_addon(**of, addonName=name)["addon"]
    for principal in _pages(eks, "list_access_entries", "accessEntries", **of):
        entry = eks.describe_access_entry(**of, principalArn=principal)["accessEntry"]
        policies = _pages(
            eks, "list_associated_access_policies", "associatedAccessPolicies", principalArn=principal, **of
        )
        yield "access entry", "accessEntryArn", {**entry, "policies": sorted(policies, key=lambda it: it["policyArn"])}
    for found in _pages(eks, "list_pod_identity_associations", "associations", **of):
        described = eks.describe_pod_identity_association(**of, associationId=found["associationId"])["association"]
        yield "pod identity association", "associationArn", described
    for update in _pages(eks, "list_updates", "updateIds", name=cluster):
        yield "update", "id", eks.describe_update(name=cluster, updateId=update)["update"]


def _account(body: Json) -> str:
    return f"{body['namespace']}/{body['serviceAccount']}" if "namespace" in body else str(body["type"])


def _groups(account: Account) -> Iterator[Thing]:
    """The auto scaling groups behind node groups, each with its instances in no order."""
    for group in _pages(account.autoscaling, "describe_auto_scaling_groups", "AutoScalingGroups"):
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        instances = sorted(it["LifecycleState"] for it in group["Instances"])
        body = {**group, "Tags": tags, "Instances": instances}
        owner, name = tags["eks:cluster-name"], tags["eks:nodegroup-name"]
        yield Thing(kind="group", id=group["AutoScalingGroupName"], name=name, owner=owner, body=body)


def _roles(account: Account) -> Iterator[Thing]:
    for role in _pages(account.iam, "get_account_authorization_details", "RoleDetailList", Filter=["Role"]):
        tags = _tags(role)
        policies = sorted(policy["PolicyArn"] for policy in role["AttachedManagedPolicies"])
        body = {**role, "Tags": tags, "AttachedManagedPolicies": policies}
        name = role["RoleName"]
        yield Thing(kind="role", id=role["Arn"], name=name, owner=tags.get(OWNER_TAG), body=body)


def _of_ec2(account: Account) -> Iterator[Thing]:
    owners: dict[str, str | None] = {}
    for vpc in account.ec2.describe_vpcs()["Vpcs"]:
        identifier = vpc["VpcId"]
        owners[identifier] = _tags(vpc).get(OWNER_TAG)
        dns = {
            name: account.ec2.describe_vpc_attribute(VpcId=identifier, Attribute=name)[name[0].upper() + name[1:]]
            for name in ("enableDnsSupport", "enableDnsHostnames")
        }
        yield _found("vpc", identifier, {**vpc, **dns}, owners[identifier])
    for operation, (kind, key) in _OF_EC2.items():
        answer = getattr(account.ec2, operation)()
        for body in next(value for name, value in answer.items() if name != "ResponseMetadata"):
            yield _found(kind, body[key], body, owners.get(body.get("VpcId", "")))


def _found(kind: str, identifier: str, body: Json, owner_of_vpc: str | None) -> Thing:
    tags = _tags(body)
    by_eks = next((key.removeprefix(_EKS_OWNS) for key in tags if key.startswith(_EKS_OWNS)), None)
    name = str(tags.get(PART_TAG, "by EKS" if by_eks else body.get("GroupName", "main")))
    return Thing(
        kind=kind,
        id=identifier,
        name=name,
        owner=tags.get(OWNER_TAG, by_eks or owner_of_vpc),
        body={**body, "Tags": tags},
    )


def _pages(client: Client, operation: str, member: str, **asked: object) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page[member]


def _tags(body: Json) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in body.get("Tags") or []}


def _text(body: Any, names: dict[str, str]) -> str:  # noqa: ANN401 -- JSON
    """The body as text, in no order, with things of ours by their names and what was drawn by lot blotted out."""
    if isinstance(body, dict):
        members = (
            f"{_text(name, names)}: {_text(member, names)}"
            for name, member in body.items()
            if not _TIMES.fullmatch(name)
        )
        return f"{{{', '.join(sorted(members))}}}"
    if isinstance(body, list):
        return f"[{', '.join(sorted(_text(member, names) for member in body))}]"
    text = str(body)
    for identifier, name in names.items():
        text = text.replace(identifier, f"<{name}>")
    for pattern, word in _CHANCE:
        text = pattern.sub(word, text)
    return text
