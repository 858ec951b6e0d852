"""Things of others that stand where Slipway would put its own: they are neither taken nor changed, whatever is asked.

A cluster is asked for, changed and deleted beside each. Then the account must be as if nobody had asked for anything.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lambdas.domain.admission import admit_object
from lambdas.domain.names import OWNER_TAG, PATH, RoleKind, role_name
from lambdas.domain.refusal import Refused
from lambdas.steps.intake import NameTaken, NameUnknown
from tests.simulation.forks import futures
from tests.simulation.portrait import differences, everything
from tests.simulation.slipway import Slipway
from tests.simulation.trial import REST, SOON, neighbours, outcome
from tests.simulation.workflows import ALWAYS, FULL, NAME, changed
from tests.workflows.attempts import ROLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdas.domain.runs import Run
    from tests.simulation.ground import Ground
    from tests.simulation.trial import Outcome

_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
_REFUSALS: Final = (Refused, NameTaken, NameUnknown)
_AUDITORS: Final = f"{ROLE.removesuffix('/platform')}/team/auditors"
_SILENT: Final = {"clusterLogging": [{"types": ["api"], "enabled": False}]}
"""With it a cluster writes no logs: a log group of its name is then somebody else's."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Something of somebody else's. What is ``inside`` our cluster goes with it when it is deleted."""

    name: str
    make: Callable[[Slipway], object]
    inside: bool = False
    spec: tuple[tuple[str, Any], ...] = ()
    """What the spec says beside what it says anyway; it is not changed then."""


def beside(ground: Ground, *, at_once: int, only: str = "") -> Iterator[tuple[str, Outcome]]:
    """How it goes beside each of them, or beside the one of this name (``stranger/role``)."""
    ground.fresh()  # once for all
    strangers = [it for it in STRANGERS if only in {"", f"stranger/{it.name}"}]
    works = [partial(_lived, ground, stranger) for stranger in strangers]
    for place, ended in futures(works, at_once=at_once):
        yield f"stranger/{strangers[place].name}", ended


def _lived(ground: Ground, stranger: Stranger) -> Outcome:
    slipway = Slipway(ground)
    neighbours(slipway)
    if not stranger.inside:
        stranger.make(slipway)
        slipway.pass_time(REST)
    before = everything(slipway)
    slipway.sweeps()
    began = slipway.clock.now()
    asked = admit_object({**FULL, **dict(stranger.spec)})
    _settled(slipway, lambda: slipway.accept(asked))
    mine = everything(slipway) if stranger.inside else {}
    if stranger.inside:
        stranger.make(slipway)
        slipway.pass_time(REST)
    theirs = {key: body for key, body in everything(slipway).items() if key not in mine} if mine else before
    _settled(slipway, lambda: slipway.plan(NAME, ALWAYS))
    if not stranger.spec:
        _settled(slipway, lambda: slipway.replace(changed("full")))
    now = everything(slipway)
    found = differences(theirs, {key: now[key] for key in theirs.keys() & now.keys()})
    _settled(slipway, lambda: slipway.delete(NAME))
    slipway.pass_time(REST)
    found += [f"in the end: {line}" for line in differences(before, everything(slipway))]
    return outcome(slipway, found, 1, slipway.clock.now() - began, Counter({f"stranger: {stranger.name}": 1}))


def _settled(slipway: Slipway, ask: Callable[[], Run | None]) -> None:
    """Ask, and let happen what comes of it, if anything: whoever finds a stranger in the way may well refuse."""
    try:
        ask()
    except _REFUSALS as refusal:
        slipway.history.note("refused", type(refusal).__name__)
    slipway.settle()
    slipway.pass_time(SOON)


# -- who they are


def _role(slipway: Slipway, kind: RoleKind, path: str, owner: str = "") -> None:
    slipway.ground.inner("iam").create_role(
        RoleName=role_name(NAME, kind),
        Path=path,
        AssumeRolePolicyDocument=_TRUST,
        Tags=[{"Key": OWNER_TAG, "Value": owner}] if owner else [],
    )


def _cluster(slipway: Slipway) -> None:
    eks = slipway.ground.inner("eks")
    theirs = eks.describe_cluster(name=f"{NAME}-2")["cluster"]
    eks.create_cluster(
        name=NAME,
        version=theirs["version"],
        roleArn=theirs["roleArn"],
        resourcesVpcConfig={"subnetIds": theirs["resourcesVpcConfig"]["subnetIds"]},
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        bootstrapSelfManagedAddons=False,
        clientRequestToken="d" * 33,
    )


def _nodegroup(slipway: Slipway, name: str) -> None:
    eks = slipway.ground.inner("eks")
    theirs = eks.describe_nodegroup(clusterName=f"{NAME}-2", nodegroupName="services")["nodegroup"]
    eks.create_nodegroup(
        clusterName=NAME,
        nodegroupName=name,
        subnets=theirs["subnets"],
        nodeRole=theirs["nodeRole"],
        scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
        clientRequestToken="e" * 33,
    )


def _addon(slipway: Slipway) -> None:
    slipway.ground.inner("eks").create_addon(
        clusterName=NAME, addonName="aws-ebs-csi-driver", clientRequestToken="f" * 33
    )


def _entry(slipway: Slipway) -> None:
    slipway.ground.inner("eks").create_access_entry(
        clusterName=NAME, principalArn=_AUDITORS, clientRequestToken="g" * 33
    )


def _pods(slipway: Slipway) -> None:
    slipway.ground.inner("eks").create_pod_identity_association(
        clusterName=NAME,
        namespace="audit",
        serviceAccount="reader",
        roleArn=f"{ROLE}/payments-ledger",
        clientRequestToken="h" * 33,
    )


def _log_group(slipway: Slipway) -> None:
    slipway.ground.inner("logs").create_log_group(logGroupName=f"/aws/eks/{NAME}/cluster")


def _interface(slipway: Slipway) -> None:
    ec2 = slipway.ground.inner("ec2")
    subnet = min(it["SubnetId"] for it in ec2.describe_subnets()["Subnets"])
    ec2.create_network_interface(SubnetId=subnet, Description=f"Amazon EKS {NAME}-2")


def _schedule(slipway: Slipway) -> None:
    """Of the neighbour's cluster, whose name begins like ours."""
    slipway.schedules.kept[f"{NAME}-2.0123456789ab"] = {
        "Name": f"{NAME}-2.0123456789ab",
        "State": "ENABLED",
        "ScheduleExpression": "cron(0 7 ? * * *)",
        "ScheduleExpressionTimezone": "UTC",
        "Target": {"Arn": "theirs", "Input": "{}"},
    }


STRANGERS: Final = (
    Stranger("cluster role", partial(_role, kind=RoleKind.CLUSTER, path="/")),
    Stranger("node role", partial(_role, kind=RoleKind.NODE, path="/")),
    Stranger("role below our path", partial(_role, kind=RoleKind.NODE, path=PATH)),
    Stranger("role that bears our tag", partial(_role, kind=RoleKind.CLUSTER, path="/", owner=NAME)),
    Stranger("cluster", _cluster),
    Stranger("cluster as ours would be", _cluster, spec=(("roleArn", f"{ROLE}/eks-cluster"),)),
    Stranger("log group", _log_group, spec=(("logging", _SILENT),)),
    Stranger("network interface", _interface),
    Stranger("schedule", _schedule),
    Stranger("node group", partial(_nodegroup, name="theirs"), inside=True),
    Stranger("node group of a wanted name", partial(_nodegroup, name="batch"), inside=True),
    Stranger("add-on", _addon, inside=True),
    Stranger("access entry", _entry, inside=True),
    Stranger("pod identity association", _pods, inside=True),
)
