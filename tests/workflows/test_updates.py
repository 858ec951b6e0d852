"""Everything of a running cluster that a spec can change is changed by a run, and nothing else with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.house import house
from tests.sampling import EXHAUSTIVE
from tests.workflows.attempts import POLICY, ROLE
from tests.workflows.changing import GONE, NAME, SIZES, TEAM, Ground, differences, member, updates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Json = dict[str, Any]
    Edit = Callable[[Json, Ground], None]

ANOTHER = object()
"""In the place of a value that is drawn by lot, or long: it only has to be there, and another one than before."""

OPERATORS, AUDITORS, PAYMENTS = f"{ROLE}/operators", f"{TEAM}/auditors", f"{TEAM}/payments"
ONE_LOG = [
    {"types": ["audit"], "enabled": True},
    {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False},
]
TAINT = {"key": "dedicated", "value": "web", "effect": "NO_SCHEDULE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A change of a spec: the calls by which it is made, and what there is of each path that differs afterwards."""

    edit: Edit
    calls: Json
    after: Json


def cluster(after: Json | None = None, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of the spec that are the cluster's own; ``after`` where they are not simply there afterwards."""
    return Row(
        edit=lambda spec, _: spec.update(members),
        calls={"eks:UpdateClusterConfig": 1},
        after={f"cluster|{path}": value for path, value in (after or members).items()},
    )


def network(edit: Edit, **after: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of ``resourcesVpcConfig``."""
    return Row(
        edit=edit,
        calls={"eks:UpdateClusterConfig": 1},
        after={f"cluster|resourcesVpcConfig|{name}": value for name, value in after.items()},
    )


def group(name: str, call: str, after: Json, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of a node group."""
    return Row(
        edit=lambda spec, _: member(spec["nodegroups"], name).update(members),
        calls={f"eks:{call}": 1},
        after={f"nodegroups|{name}|nodegroup|{path}": value for path, value in after.items()},
    )


def addon(name: str, after: Json, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of an add-on."""
    return Row(
        edit=lambda spec, _: member(spec["addons"], name).update(members),
        calls={"eks:UpdateAddon": 1},
        after={f"addons|{name}|addon|{path}": value for path, value in after.items()},
    )


def entry(arn: str, calls: Json, after: Json, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of an access entry."""
    return Row(
        edit=lambda spec, _: member(spec["accessEntries"], arn).update(members),
        calls=calls,
        after={f"accessEntries|{arn}|{path}": value for path, value in after.items()},
    )


def appended(kind: str, item: Json, call: str, *after: str) -> Row:
    """One more of a list."""
    return Row(
        edit=lambda spec, _: spec[kind].append(item), calls={f"eks:{call}": 1}, after=dict.fromkeys(after, ANOTHER)
    )


def without(kind: str, name: str, call: str, *after: str) -> Row:
    """One less of a list."""
    return Row(
        edit=lambda spec, _: spec[kind].remove(member(spec[kind], name)),
        calls={f"eks:{call}": 1},
        after=dict.fromkeys(after, GONE),
    )


def _pods(spec: Json, account: str) -> Json:
    return next(it for it in spec["podIdentityAssociations"] if it["serviceAccount"] == account)


OF_THE_CONTROL_PLANE = {
    "public CIDRs": network(
        lambda spec, _: spec["resourcesVpcConfig"].update(publicAccessCidrs=["198.51.100.0/24"]),
        publicAccessCidrs=["198.51.100.0/24"],
    ),
    "private endpoint": network(
        lambda spec, _: spec["resourcesVpcConfig"].update(endpointPrivateAccess=False), endpointPrivateAccess=False
    ),
    "subnets": network(lambda spec, it: spec["resourcesVpcConfig"].update(subnetIds=it.subnets), subnetIds=ANOTHER),
    "security groups": network(
        lambda spec, it: spec["resourcesVpcConfig"].update(securityGroupIds=it.groups), securityGroupIds=ANOTHER
    ),
    "logs": cluster({"logging|clusterLogging": ONE_LOG}, logging={"clusterLogging": [{"types": ["audit"]}]}),
    "upgrade policy": cluster({"upgradePolicy|supportType": "EXTENDED"}, upgradePolicy={"supportType": "EXTENDED"}),
    "zonal shift": cluster({"zonalShiftConfig|enabled": True}, zonalShiftConfig={"enabled": True}),
    "deletion protection": cluster(deletionProtection=True),
    "tier": cluster({"controlPlaneScalingConfig|tier": "tier-xl"}, controlPlaneScalingConfig={"tier": "tier-xl"}),
    "components": cluster(
        kubeApiServerConfig={"eventTtl": "2h"},
        kubeSchedulerConfig={"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated"}}},
        kubeControllerManagerConfig={"podGcControllerConfig": {"terminatedPodGcThreshold": 1000}},
    ),
    "tags": Row(
        edit=lambda spec, _: spec.update(tags={"team": "other", "cost": "7"}),
        calls={"eks:TagResource": 1, "eks:UntagResource": 1},
        after={"cluster|tags|team": "other", "cluster|tags|cost": "7", "cluster|tags|goes": GONE},
    ),
}

OF_ACCESS = {
    "entry added": appended(
        "accessEntries",
        {"principalArn": f"{ROLE}/eks-cluster"},
        "CreateAccessEntry",
        f"accessEntries|{ROLE}/eks-cluster",
    ),
    "entry removed": without("accessEntries", AUDITORS, "DeleteAccessEntry", f"accessEntries|{AUDITORS}"),
    "groups and user name": entry(
        OPERATORS,
        {"eks:UpdateAccessEntry": 1},
        {"accessEntry|kubernetesGroups": ["boatmen"], "accessEntry|username": "charon"},
        kubernetesGroups=["boatmen"],
        username="charon",
    ),
    "policies": entry(
        PAYMENTS,
        {"eks:AssociateAccessPolicy": 2, "eks:DisassociateAccessPolicy": 1},
        {"policies": ANOTHER},
        accessPolicies=[
            {
                "policyArn": f"{POLICY}EditPolicy",
                "accessScope": {"type": "namespace", "namespaces": ["ledger", "payments-*"]},
            },
            {"policyArn": f"{POLICY}AdminViewPolicy"},
        ],
    ),
    "role of pods": Row(
        edit=lambda spec, _: _pods(spec, "ledger").update(roleArn=f"{ROLE}/ebs-csi"),
        calls={"eks:UpdatePodIdentityAssociation": 1},
        after={"podIdentityAssociations|pay/ledger|roleArn": f"{ROLE}/ebs-csi"},
    ),
    "pods added": appended(
        "podIdentityAssociations",
        {"namespace": "pay", "serviceAccount": "more", "roleArn": f"{ROLE}/payments-ledger"},
        "CreatePodIdentityAssociation",
        "podIdentityAssociations|pay/more",
    ),
    "pods removed": Row(
        edit=lambda spec, _: spec["podIdentityAssociations"].remove(_pods(spec, "audit")),
        calls={"eks:DeletePodIdentityAssociation": 1},
        after={"podIdentityAssociations|pay/audit": GONE},
    ),
}

OF_ADDONS = {
    "add-on added": appended(
        "addons", {"addonName": "aws-efs-csi-driver"}, "CreateAddon", "addons|aws-efs-csi-driver", "software"
    ),
    "add-on removed": Row(
        edit=lambda spec, _: spec["addons"].remove(member(spec["addons"], "snapshot-controller")),
        calls={"eks:DeleteAddon": 1},
        after={"addons|snapshot-controller": GONE, "software": ANOTHER},
    ),
    "configuration": addon("metrics-server", {"configurationValues": ANOTHER}, configurationValues={"replicas": 3}),
    "add-on version": addon("vpc-cni", {"addonVersion": "v1.21.2-eksbuild.1"}, addonVersion="v1.21.2-eksbuild.1"),
    "add-on tags": Row(
        edit=lambda spec, _: member(spec["addons"], "vpc-cni").update(tags={"stays": "so", "new": "one"}),
        calls={"eks:TagResource": 1, "eks:UntagResource": 1},
        after={"addons|vpc-cni|addon|tags|new": "one", "addons|vpc-cni|addon|tags|goes": GONE},
    ),
    "add-on's pods": Row(
        edit=lambda spec, _: member(spec["addons"], "aws-ebs-csi-driver").update(
            podIdentityAssociations=[{"serviceAccount": "ebs-csi-controller-sa", "roleArn": f"{ROLE}/ebs-csi"}]
        ),
        calls={"eks:UpdateAddon": 1},
        after={
            "addons|aws-ebs-csi-driver|addon|podIdentityAssociations": ANOTHER,
            "podIdentityAssociations|kube-system/ebs-csi-controller-sa": ANOTHER,
        },
    ),
}

OF_NODE_GROUPS = {
    "labels": group(
        "services",
        "UpdateNodegroupConfig",
        {"labels|tier": "api", "labels|zone": "a", "labels|old": GONE},
        labels={"tier": "api", "zone": "a"},
    ),
    "taints": group("services", "UpdateNodegroupConfig", {"taints": [TAINT]}, taints=[TAINT]),
    "update configuration": group(
        "services",
        "UpdateNodegroupConfig",
        {"updateConfig|maxUnavailable": GONE, "updateConfig|maxUnavailablePercentage": 33},
        updateConfig={"maxUnavailablePercentage": 33},
    ),
    "node repair": group(
        "services",
        "UpdateNodegroupConfig",
        {"nodeRepairConfig|enabled": True, "nodeRepairConfig|nodeRepairConfigOverrides": []},
        nodeRepairConfig={"enabled": True},
    ),
    "node group's tags": group("services", "TagResource", {"tags|team": "web"}, tags={"team": "web"}),
}

ROLLING: dict[str, tuple[str, Json, Json]] = {
    "release": ("late", {"releaseVersion": "1.35.3-20261109"}, {"releaseVersion": "1.35.3-20261109"}),
    "launch template": (
        "hardened",
        {"launchTemplate": {"name": "hardened-nodes", "version": "2"}},
        {"launchTemplate|version": "2"},
    ),
}


def rolled(name: str, members: Json, after: Json) -> Row:
    row = group(name, "UpdateNodegroupVersion", after, **members)
    return Row(edit=row.edit, calls=row.calls, after={**row.after, f"groups|{name}|Instances": ANOTHER})


ROWS = {
    **OF_THE_CONTROL_PLANE,
    **OF_ACCESS,
    **OF_ADDONS,
    **OF_NODE_GROUPS,
    **{name: rolled(*said) for name, said in ROLLING.items()},
    "node group added": appended(
        "nodegroups",
        {"nodegroupName": "more", "scalingConfig": SIZES},
        "CreateNodegroup",
        "nodegroups|more",
        "groups|more",
    ),
    "node group removed": without("nodegroups", "surplus", "DeleteNodegroup", "nodegroups|surplus", "groups|surplus"),
    "sizes": Row(
        edit=lambda spec, _: member(spec["nodegroups"], "machines").update(
            scalingConfig={"minSize": 2, "maxSize": 4, "desiredSize": 2}
        ),
        calls={"eks:UpdateNodegroupConfig": 1},
        after={
            **{
                f"nodegroups|machines|nodegroup|scalingConfig|{name}": size
                for name, size in {"minSize": 2, "maxSize": 4, "desiredSize": 2}.items()
            },
            **{f"groups|machines|{name}": ANOTHER for name in ("MinSize", "MaxSize", "DesiredCapacity", "Instances")},
        },
    ),
}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with house() as home:
        found = Ground.of(home)
        found.build()
        yield found


def batches() -> list[tuple[str, ...]]:
    """Three rows of different kinds go into one PUT, to save time; each by itself where everything is tried."""
    every = 1 if EXHAUSTIVE else 3
    names, stride = list(ROWS), -(-len(ROWS) // every)
    return [tuple(names[start::stride]) for start in range(stride)]


@pytest.mark.parametrize("names", batches(), ids=", ".join)
def test_a_change_takes_effect_and_nothing_else_changes(ground: Ground, names: tuple[str, ...]) -> None:
    """Rows are independent of each other: each changes something that none of the others does."""
    rows, before = [ROWS[name] for name in names], ground.view()
    ground.changes()
    for row in rows:
        row.edit(ground.wanted, ground)
    run = ground.put(ground.spec)
    found = differences(before, ground.view())
    expected = {_place(path): value for row in rows for path, value in row.after.items()}
    assert {path: now if expected.get(path) is not ANOTHER else ANOTHER for path, (_, now) in found.items()} == expected
    assert ground.changes() == sum((Counter(row.calls) for row in rows), Counter())
    assert {it["status"] for it in updates(ground.home, NAME)} <= {"Successful"}
    assert ground.home.plan(ground.spec) == ()
    again, same = ground.home.replace(ground.spec)
    assert (same, again.lease) == (run, None)
    assert ground.changes() == {}


def _place(path: str) -> str:
    kind, _, rest = path.partition("|")
    return f"groups|{NAME}/{rest}" if kind == "groups" else f"{NAME}|{path}"
