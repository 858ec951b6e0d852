"""Volumes that claims in a cluster have made and nobody uses any more. They are data: each is named in the receipt."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from lambdas.domain.leavings import CLAIM_TAG, DRIVER_TAG, OWNED, Volume, cluster_tag, volume_kept
from lambdas.domain.paths import CLUSTER, VOLUMES
from lambdas.steps.contract import Permission
from lambdas.steps.things import Thing, of_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2.type_defs import VolumeTypeDef

    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

_GOING: Final = "deleting"
_EVERY: Final = ("arn:{partition}:ec2:{region}:{account}:volume/*",)
_TAGGED: Final = "EC2 chooses the ids; a condition on the tags of Kubernetes' volumes says which are meant."

PERMISSIONS: Final = (
    Permission(
        actions=("ec2:DescribeVolumes",),
        resources=("*",),
        why_wildcard="EC2's Describe actions know no narrower resource.",
    ),
    Permission(
        actions=("ec2:DeleteVolume",),
        resources=_EVERY,
        conditions={"StringEquals": {f"aws:ResourceTag/{DRIVER_TAG}": "true"}},
        why_wildcard=_TAGGED,
    ),
    Permission(
        actions=("ec2:DeleteVolume",),
        resources=_EVERY,
        conditions={"Null": {f"aws:ResourceTag/{CLAIM_TAG}": "false"}},
        why_wildcard=_TAGGED,
    ),
)


def removals(scope: Scope) -> Iterator[Removable]:
    """Those that bear the cluster's tag: EC2 keeps them in zones, not in VPCs."""
    yield from of_list(scope, VOLUMES, lambda: _listed(scope))


def _listed(scope: Scope) -> Iterator[Thing]:
    pages = scope.aws.ec2.get_paginator("describe_volumes").paginate(
        Filters=[{"Name": f"tag:{cluster_tag(scope.cluster)}", "Values": [OWNED]}]
    )
    for page in pages:
        yield from (_thing(scope, volume) for volume in page["Volumes"])


def _thing(scope: Scope, volume: VolumeTypeDef) -> Thing:
    identifier, state = volume["VolumeId"], volume["State"]
    seen = Volume(
        state=state,
        created_at=volume["CreateTime"],
        tags={tag.get("Key", ""): tag.get("Value", "") for tag in volume.get("Tags", ())},
        attached_to=tuple(it.get("InstanceId", "") for it in volume.get("Attachments", ())),
    )
    going = state == _GOING
    return Thing(
        name=identifier,
        id=identifier,
        kept="" if going else volume_kept(seen, _cluster_made_at(scope)),
        after="EC2 is deleting it" if going else "",
        take_away=partial(scope.aws.ec2.delete_volume, VolumeId=identifier),
    )


def _cluster_made_at(scope: Scope) -> datetime | None:
    noted = scope.facts(CLUSTER).get("createdAt")
    return datetime.fromisoformat(str(noted)) if noted else None
