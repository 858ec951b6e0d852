"""What adopting a cluster leaves unsaid, and what stands in its way."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lambdas.domain.adoption import (
    BROKEN,
    Json,
    World,
    absent_addons,
    described_entries,
    has_closed_access,
    is_claimed,
    is_of_account,
    owner_of,
)
from lambdas.domain.changes import places
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, RUN_TAG
from lambdas.domain.paths import ADDONS, CLUSTER, NODEGROUPS
from lambdas.domain.planner.tags import TAGGING
from lambdas.domain.progress import REFUSE, WAIT
from lambdas.domain.refusal import FieldError, pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.progress import Action
    from lambdas.domain.spec import ClusterSpec

_NODES: Final = frozenset({"EC2_LINUX", "EC2_WINDOWS"})
_PUT_IT: Final = "Adopt the cluster as it is, without a spec or with the one that is shown; then PUT this one."
_CHANGING: Final = frozenset({"CREATING", "PENDING", "UPDATING", "DELETING"})
_SELF_MANAGED: Final = frozenset({"vpc-cni", "kube-proxy", "coredns"})
"""What EKS installs by itself, and updates never, where nobody asks for the add-ons of these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undescribed:
    """Something of the cluster that no spec says, and what that means. It stays as it is."""

    what: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a cluster is not adopted: a conflict (409) with how it is now, or something no adoption mends (422)."""

    status: HTTPStatus
    detail: str
    why: str
    remedy: str


def undescribed(world: World) -> Iterator[Undescribed]:
    """What a spec of the cluster does not say."""
    yield from _of_control_plane(world.cluster)
    yield from _of_nodes(world)
    yield from _of_access(world)
    yield from _of_addons(world)
    yield from _left_out(world)


def objection(cluster: Json) -> Objection | None:
    """Why this cluster is not adopted, as far as its own description tells."""
    name = cluster["name"]
    if "connectorConfig" in cluster:
        return Objection(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            detail=f"The cluster {name} is only registered in EKS; it runs elsewhere.",
            why="EKS shows connected clusters and changes nothing of them.",
            remedy="Adopt clusters whose control plane EKS runs.",
        )
    return _claimed(cluster) or _unsettled(CLUSTER, cluster) or _closed(cluster)


def taken_away(spec: ClusterSpec) -> Iterator[FieldError]:
    """An adopted cluster is nothing that a run has made: a run that fails must not take it away."""
    if spec.onFailure != "keep":
        detail = "onFailure is remove, but an adopted cluster is none that Slipway made."
        yield FieldError("/onFailure", detail, "Leave onFailure out, or write keep.")


def more_than_tags(actions: Iterable[Action], spec: ClusterSpec, sent: Sent) -> Iterator[FieldError]:
    """What a run would do beside setting tags, each pointing into ``sent``: adoption changes nothing."""
    for action in actions:
        if action.verb == WAIT or (action.update is not None and action.update.operation in TAGGING):
            continue
        refused = action.verb == REFUSE and not action.differences
        remedy = action.consequence.partition(": ")[2] if refused else _PUT_IT
        detail = f"{action.resource}: {action.reason.rstrip('.')}."
        yield from (FieldError(pointer(it), detail, remedy) for it in places(action, spec, sent))


def unsettled(world: World) -> Objection | None:
    """The first node group or add-on that is being made, changed or deleted."""
    parts = [
        *((NODEGROUPS + it["nodegroupName"], it) for it in world.nodegroups),
        *((ADDONS + it["addonName"], it) for it in world.addons),
    ]
    return next(filter(None, (_unsettled(path, it) for path, it in parts)), None)


def _claimed(cluster: Json) -> Objection | None:
    owner = owner_of(cluster)
    if not owner:
        return None
    said = " and ".join(f"{key}={value}" for key, value in sorted(owner.items()))
    return Objection(
        status=HTTPStatus.CONFLICT,
        detail=f"The cluster {cluster['name']} belongs to another Slipway: it bears the tag {said}.",
        why=f"This Slipway does not know it, so the one that set {said} may still converge or delete it.",
        remedy=f"Change it through that Slipway. If nobody has that one any more, take the tags away: aws eks "
        f"untag-resource --resource-arn {cluster['arn']} --tag-keys {OWNER_TAG} {RUN_TAG}",
    )


def _unsettled(path: str, actual: Json) -> Objection | None:
    status = actual.get("status")
    if status in _CHANGING:
        return Objection(
            status=HTTPStatus.CONFLICT,
            detail=f"{path} is {status}.",
            why="What is being made, changed or deleted cannot be described yet.",
            remedy="Wait until it is ACTIVE; then send the same request again.",
        )
    if path == CLUSTER and status != "ACTIVE":
        return Objection(
            status=HTTPStatus.CONFLICT,
            detail=f"{path} is {status}.",
            why="A cluster that does not work cannot be kept as described.",
            remedy="Mend it, or delete it and POST a spec; EKS's console says what is wrong.",
        )
    return None


def _closed(cluster: Json) -> Objection | None:
    if (cluster.get("accessConfig") or {}).get("authenticationMode") != "CONFIG_MAP":
        return None
    return Objection(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail=f"The cluster {cluster['name']} has the authentication mode CONFIG_MAP.",
        why="EKS keeps no access entries for it, and Slipway gives access by nothing else.",
        remedy="Let it know access entries beside the ConfigMap, which EKS cannot take back: aws eks "
        f"update-cluster-config --name {cluster['name']} --access-config authenticationMode=API_AND_CONFIG_MAP",
    )


def _of_control_plane(cluster: Json) -> Iterator[Undescribed]:
    if (cluster.get("computeConfig") or {}).get("enabled"):
        meaning = (
            "EKS goes on running nodes, load balancing and storage by its node pools, which Slipway does not change."
        )
        yield Undescribed(what="EKS Auto Mode", meaning=meaning)
    if cluster.get("outpostConfig"):
        meaning = (
            "The control plane stays on the Outpost. Slipway updates such clusters as any other, and never moves one."
        )
        yield Undescribed(what="AWS Outposts", meaning=meaning)
    if not cluster.get("encryptionConfig"):
        meaning = "AWS encrypts the cluster's data with a key of its own. To use yours, PUT encryptionConfig, for good."
        yield Undescribed(what="no KMS key", meaning=meaning)
    mode = (cluster.get("accessConfig") or {}).get("authenticationMode")
    if mode != "API":
        meaning = "Whom the ConfigMap aws-auth lets in, Slipway neither sees nor changes; access entries are described."
        yield Undescribed(what=f"authentication mode {mode}", meaning=meaning)


def _of_nodes(world: World) -> Iterator[Undescribed]:
    for name in world.scaling_groups:
        meaning = "Its nodes are not a managed node group: Slipway neither updates them nor puts them to sleep."
        yield Undescribed(what=f"self-managed nodes in the auto scaling group {name}", meaning=meaning)
    for name in world.fargate_profiles:
        meaning = "Its pods go on running on Fargate. Deleting the cluster deletes the profile."
        yield Undescribed(what=f"Fargate profile {name}", meaning=meaning)
    for group in world.nodegroups:
        if group.get("remoteAccess") and not has_closed_access(group):
            meaning = (
                "SSH to its nodes stays open to everybody who reaches them; a spec only knows named security groups."
            )
            yield Undescribed(what=f"remote access to {NODEGROUPS}{group['nodegroupName']}", meaning=meaning)


def _of_access(world: World) -> Iterator[Undescribed]:
    for entry in described_entries(world):
        if entry.get("type") in _NODES:
            meaning = (
                "Its nodes join by this access entry, which the spec has; Slipway does not see the nodes themselves."
            )
            yield Undescribed(what=f"self-managed nodes with the role {entry['principalArn']}", meaning=meaning)
    for principal in filter(is_of_account, (it["principalArn"] for it in world.entries)):
        meaning = "The account's root user keeps its access; a spec gives access to roles and users only."
        yield Undescribed(what=f"access entry {principal}", meaning=meaning)
    for name in world.identity_providers:
        meaning = "Its users stay who they are. Slipway neither changes nor removes an identity provider."
        yield Undescribed(what=f"OIDC identity provider {name}", meaning=meaning)


def _of_addons(world: World) -> Iterator[Undescribed]:
    named = {it["addonName"] for it in world.addons}
    for name in absent_addons(world):
        if name in _SELF_MANAGED - named and not (world.cluster.get("computeConfig") or {}).get("enabled"):
            meaning = (
                "Not an EKS add-on here: if it runs, nobody but you updates it. The spec has it in omitDefaultAddons; "
                "without that EKS would take it over."
            )
            yield Undescribed(what=f"self-managed {name}", meaning=meaning)


def _left_out(world: World) -> Iterator[Undescribed]:
    """What is somebody else's, or never worked."""
    parts = [
        *((NODEGROUPS + it["nodegroupName"], it) for it in world.nodegroups),
        *((ADDONS + it["addonName"], it) for it in world.addons),
        *((f"access entry {it['principalArn']}", it) for it in world.entries),
        *((f"pod identity association {it['associationArn']}", it) for it in world.associations),
    ]
    for what, actual in parts:
        if is_claimed(actual, world.cluster["name"]):
            owner = owner_of(actual).get(OWNER_TAG) or owner_of(actual).get(RUN_TAG)
            meaning = f"It bears another Slipway's tag ({owner}) and stays with that one."
            yield Undescribed(what=what, meaning=meaning)
        elif actual.get("status") in BROKEN:
            meaning = f"It is {actual['status']}, so the spec does not have it. Delete it, or mend it and PUT it."
            yield Undescribed(what=what, meaning=meaning)
