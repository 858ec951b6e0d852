"""One running cluster that is changed: by specs, and behind our back; and what differs afterwards, path by path."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import boto3

from lambdas.domain.admission import admit_object
from lambdas.domain.runs import RunStatus
from sandbox.twin.inventory import inventory
from tests.house import REGION
from tests.workflows.attempts import A_WHILE, POLICY, ROLE, changes
from tests.workflows.clockwork import Clockwork

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House

Json = dict[str, Any]

NAME: Final = "ferry"
TEAM: Final = "arn:aws:iam::000000000000:role/team"
AT_REST: Final = 900
"""Seconds after which instances that were replaced are gone."""

SIZES: Final = {"minSize": 1, "maxSize": 3, "desiredSize": 1}

_TIMES: Final = re.compile(r"\w+(?:At|Time)|updates")
"""When something happened, and EKS's updates, which only ever become more."""


class Gone:
    """In the place of a value that is not there."""

    def __repr__(self) -> str:
        return "GONE"


_numbers = count(1)
GONE: Final = Gone()
Differences = dict[str, tuple[Any, Any]]


def document(subnets: list[str], groups: list[str]) -> Json:
    """A cluster that has of every kind one thing to change, one to take away, and one that stays."""
    return {
        "name": NAME,
        "version": "1.35",
        "deletionProtection": False,
        "resourcesVpcConfig": {
            "subnetIds": subnets[:2],
            "securityGroupIds": groups[:1],
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24"],
        },
        "addons": [
            {"addonName": "aws-ebs-csi-driver"},
            {"addonName": "metrics-server"},
            {"addonName": "snapshot-controller"},
            {"addonName": "vpc-cni", "tags": {"stays": "so", "goes": "now"}},
        ],
        "accessEntries": [
            {"principalArn": f"{ROLE}/operators", "accessPolicies": [{"policyArn": f"{POLICY}ClusterAdminPolicy"}]},
            {"principalArn": f"{TEAM}/auditors", "kubernetesGroups": ["auditors"]},
            {
                "principalArn": f"{TEAM}/payments",
                "accessPolicies": [
                    {"policyArn": f"{POLICY}EditPolicy", "accessScope": _within("payments-*")},
                    {"policyArn": f"{POLICY}ViewPolicy"},
                ],
            },
        ],
        "podIdentityAssociations": [
            {"namespace": "pay", "serviceAccount": "ledger", "roleArn": f"{ROLE}/payments-ledger"},
            {"namespace": "pay", "serviceAccount": "audit", "roleArn": f"{ROLE}/payments-ledger"},
        ],
        "nodegroups": [
            {"nodegroupName": "services", "scalingConfig": SIZES, "labels": {"tier": "web", "old": "yes"}},
            {"nodegroupName": "late", "scalingConfig": SIZES, "releaseVersion": "1.35.3-20261023"},
            {"nodegroupName": "hardened", "scalingConfig": SIZES, "launchTemplate": _template("1")},
            {"nodegroupName": "machines", "scalingConfig": SIZES, "instanceTypes": ["m7i.large"]},
            {"nodegroupName": "surplus", "scalingConfig": SIZES},
        ],
        "tags": {"team": "platform", "goes": "soon"},
    }


def _within(*namespaces: str) -> Json:
    return {"type": "namespace", "namespaces": list(namespaces)}


def _template(version: str) -> Json:
    return {"name": "hardened-nodes", "version": version}


def member(items: list[Json], name: str) -> Json:
    """The one of the items that has this name, by whatever member names its kind."""
    return next(it for it in items if name in {it.get(key) for key in ("nodegroupName", "addonName", "principalArn")})


@dataclass
class Ground:
    """The cluster, the spec it was last sent as, and what there is to change it to."""

    home: House
    clockwork: Clockwork
    subnets: list[str]
    groups: list[str]
    wanted: Json = field(default_factory=dict)

    @classmethod
    def of(cls, home: House) -> Ground:
        """A house's, in its default VPC, with two security groups and a second version of the launch template."""
        ec2 = boto3.client("ec2", region_name=REGION)
        subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        vpc = subnets[0]["VpcId"]
        groups = [
            ec2.create_security_group(GroupName=name, Description="-", VpcId=vpc)["GroupId"] for name in ("one", "two")
        ]
        ec2.create_launch_template_version(
            LaunchTemplateName="hardened-nodes", SourceVersion="1", LaunchTemplateData={"EbsOptimized": True}
        )
        ids = sorted(it["SubnetId"] for it in subnets)
        return cls(home, Clockwork(home), ids, groups, document(ids, groups))

    @property
    def spec(self) -> ClusterSpec:
        """The spec it was last sent as."""
        return admit_object(deepcopy(self.wanted))

    def build(self) -> None:
        """Make it, and wait until nothing about it changes by itself."""
        self.settled(self.home.accept(self.spec)[1])
        self.home.clock.advance(A_WHILE)

    def edited(self, edit: Callable[[Json], None]) -> ClusterSpec:
        """The spec with a change, which stays."""
        edit(self.wanted)
        return self.spec

    def put(self, spec: ClusterSpec, *replaceable: str) -> Run:
        """Send a spec and see that its run ends well."""
        return self.settled(self.home.replace(spec, *replaceable)[1])

    def settled(self, run: Run) -> Run:
        """The run once everything has ended, well."""
        self.clockwork.settle()
        now = self.home.run(run.id)
        assert (now.status, now.error) == (RunStatus.SUCCEEDED, None)
        return now

    def changes(self) -> Counter[str]:
        """The calls that changed something since the last time."""
        made = changes(self.home.wire.changed)
        self.home.wire.forget()
        return made

    def view(self) -> Json:
        """All that the twin has once it is at rest, with names in the place of what is drawn by lot."""
        self.home.clock.advance(AT_REST)
        return view(self.home)


class Berth:
    """A cluster of a test's own in a house that they share."""

    def __init__(self, clockwork: Clockwork, **members: Any) -> None:  # noqa: ANN401 -- JSON
        self.home, self.clockwork = clockwork.home, clockwork
        self.members = {"name": f"berth-{next(_numbers)}", "roleArn": f"{ROLE}/eks-cluster", **members}
        self.home.accept(self.spec())
        self.clockwork.settle()
        self.home.wire.forget()

    @property
    def name(self) -> str:
        return str(self.members["name"])

    def spec(self, **members: Any) -> ClusterSpec:  # noqa: ANN401 -- JSON
        return admit_object({**self.members, **members})

    def run(self, run: Run) -> Run:
        """The run as it is after everything has ended."""
        self.clockwork.settle()
        return self.home.run(run.id)

    def runs(self) -> list[Run]:
        """All runs but the first, the newest first."""
        found, _ = self.home.around.registry.runs(self.name)
        return list(found[:-1])

    @property
    def cluster(self) -> Any:  # noqa: ANN401 -- EKS's description
        return self.home.around.aws.eks.describe_cluster(name=self.name)["cluster"]

    def nodegroup(self) -> Any:  # noqa: ANN401 -- EKS's description
        return self.home.around.aws.eks.describe_nodegroup(clusterName=self.name, nodegroupName="boats")["nodegroup"]


def view(home: House) -> Json:
    """The twin's inventory: groups by node group, associations by service account; without times."""
    home.twin.settle()
    found: Json = deepcopy(home.twin.intervene(inventory))
    groups = found.pop("autoScalingGroups").values()
    named = {_of_group(it): {**it, "Instances": sorted(i["InstanceId"] for i in it["Instances"])} for it in groups}
    for cluster in found["clusters"].values():
        associations = cluster["podIdentityAssociations"].values()
        cluster["podIdentityAssociations"] = {f"{it['namespace']}/{it['serviceAccount']}": it for it in associations}
    return {**found["clusters"], "groups": named}


def _of_group(group: Json) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    return f"{tags['eks:cluster-name']}/{tags['eks:nodegroup-name']}"


def differences(before: Json, after: Json) -> Differences:
    """What differs, by path: the values before and after. Lists are values, times are nothing."""
    found: Differences = {}
    _compare("", before, after, found)
    return found


def _compare(path: str, before: object, after: object, found: Differences) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            if not _TIMES.fullmatch(name):
                place = f"{path}|{name}" if path else name
                _compare(place, before.get(name, GONE), after.get(name, GONE), found)
    elif before != after:
        found[path] = (before, after)


def updates(home: House, cluster: str) -> list[Json]:
    """Every update of the cluster and of what is in it, the oldest first."""
    found: Json = home.twin.intervene(inventory)["clusters"][cluster]
    parts = [*found["nodegroups"].values(), *found["addons"].values()]
    listed = [it for part in (found, *parts) for it in part["updates"].values()]
    return sorted(listed, key=lambda it: str(it["createdAt"]))
