"""EKS add-ons: those that need no node at once, the others as soon as there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import CALL_ERRORS, found, removal_progress_of
from lambdas.domain import pacing
from lambdas.domain.addons import needs_node
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import ADDONS, addon_path, nodegroup_path
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report, Waiting
from lambdas.domain.requests import create_addon
from lambdas.steps import nodegroups
from lambdas.steps.contract import ANY_NAME, LEDGER, Permission, StepContract, eks, pass_role
from lambdas.steps.reading import broken, foreign, is_ours, is_tried_again, making_room, missing, present
from lambdas.steps.removal import due, gone, of_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_eks.type_defs import AddonTypeDef, DescribeAddonResponseTypeDef

    from lambdas.domain.spec import Addon, Nodegroup
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

_NO_NODE_YET: Final = "no node has joined yet"
_LAST: Final = "vpc-cni"
"""It takes the pods' network interfaces back, so it goes when nothing else does any more."""

_LONG_ENOUGH: Final = timedelta(minutes=10)
"""EKS deletes what is left of an add-on with the cluster."""

CONTRACT: Final = StepContract(
    name="addons",
    purpose="Installs the EKS add-ons and watches them become healthy",
    parts=(Part.NETWORKING_ADDONS, Part.WORKLOAD_ADDONS),
    permissions=(
        LEDGER,
        Permission(
            actions=("eks:DescribeAddon", "eks:DescribeNodegroup"),
            resources=(eks("addon/*"), eks("nodegroup/*")),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:DescribeAddonVersions",),
            resources=("*",),
            reads=True,
            why_wildcard="The catalogue of add-ons is not a resource.",
        ),
        Permission(
            actions=("eks:ListAddons", "eks:DescribeCluster"), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME
        ),
        Permission(actions=("eks:CreateAddon",), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME),
        Permission(actions=("eks:DeleteAddon",), resources=(eks("addon/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:CreatePodIdentityAssociation",),
            resources=(eks("cluster/*"),),
            implied=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:TagResource",),
            resources=(eks("cluster/*"), eks("addon/*")),
            implied=True,
            why_wildcard=ANY_NAME,
        ),
        pass_role("eks.amazonaws.com", "pods.eks.amazonaws.com"),
    ),
)


def resources(scope: Scope, part: Part) -> Iterator[Resource]:
    """The add-ons of one part."""
    wanted = part is Part.WORKLOAD_ADDONS
    return (InstalledAddon(scope, part, addon) for addon in scope.spec.addons if needs_node(addon.addonName) is wanted)


def surplus(_scope: Scope, _part: Part) -> Iterator[Removable]:
    """What the spec no longer has."""
    yield from ()


def removals(scope: Scope, part: Part) -> Iterator[Removable]:
    """The add-ons of one part that the cluster has, also those that the spec does not know, and vpc-cni last."""
    wanted = part is Part.WORKLOAD_ADDONS

    def made(names: list[str]) -> Iterator[Removable]:
        first = [Departing(scope, name) for name in names if needs_node(name) is wanted and name != _LAST]
        yield from first
        if _LAST in names and not wanted:
            yield Departing(scope, _LAST, tuple(first))

    yield from of_cluster(scope, ADDONS, lambda: _listed(scope), made)


@dataclass(frozen=True, slots=True)
class InstalledAddon:
    """One add-on; Ready when EKS calls it ACTIVE, or when nothing but nodes is lacking and none are wanted."""

    scope: Scope
    part: Part
    addon: Addon

    @property
    def path(self) -> str:
        """``addons/coredns``."""
        return addon_path(self.addon)

    def look(self) -> Report:
        """DescribeAddon."""
        answer = found(
            lambda: self.scope.aws.eks.describe_addon(clusterName=self.scope.cluster, addonName=self.addon.addonName)
        )
        if answer is None:
            return self._missing()
        addon = answer["addon"]
        report = present(self.scope, self.path, self._progress(answer), _facts(addon))
        again = is_tried_again(self.scope, self.path, addon["status"], addon.get("tags"), addon.get("health"))
        return making_room(report) if again else report

    def change(self, action: Action) -> Progress:
        """CreateAddon, once there is a node if it needs one; or DeleteAddon, where one that failed is in the way."""
        if action.verb == "delete":
            self.scope.aws.eks.delete_addon(clusterName=self.scope.cluster, addonName=self.addon.addonName)
            return pacing.BEING_DELETED.wait("DELETING")
        node = self._node()
        if not isinstance(node, Ready):
            return node
        scope = self.scope
        version = self.addon.addonVersion or self._default_version()
        if version is None:
            return self._unknown()
        request = create_addon(scope.spec, self.addon, version=version, tags=scope.tags(self.addon.tags))
        scope.aws.eks.create_addon(**request, clientRequestToken=scope.token(self.path, request))
        return PACES[self.part].wait("CREATING")

    def _missing(self) -> Report:
        version = self.addon.addonVersion or f"the version that EKS calls default for {self.scope.spec.version}"
        action = Action(
            verb="create",
            resource=self.path,
            reason="the cluster does not have this add-on",
            consequence=f"{self.addon.addonName} in {version}",
        )
        return missing(self.scope, PACES[self.part].wait("not there"), action)

    def _node(self) -> Progress:
        """Whether the add-on has where to run. With no nodes wanted it goes ahead, and waits for better days."""
        if not needs_node(self.addon.addonName) or not _groups_with_nodes(self.scope):
            return Ready()
        return first_node(self.scope)

    def _default_version(self) -> str | None:
        pages = self.scope.aws.eks.get_paginator("describe_addon_versions").paginate(
            addonName=self.addon.addonName, kubernetesVersion=self.scope.spec.version or ""
        )
        for page in pages:
            for addon in page["addons"]:
                for version in addon.get("addonVersions", ()):
                    if any(c.get("defaultVersion") for c in version.get("compatibilities", ())):
                        return version.get("addonVersion")
        return None

    def _unknown(self) -> Failed:
        return Failed(
            "AddonNotOffered",
            f"EKS offers no default version of {self.addon.addonName} for Kubernetes {self.scope.spec.version}.",
            "Give the add-on's addonVersion, or another add-on: `aws eks describe-addon-versions` lists them.",
        )

    def _progress(self, answer: DescribeAddonResponseTypeDef) -> Progress:
        addon = answer["addon"]
        if not is_ours(self.scope, addon.get("tags")):
            remedy = "Remove that add-on, preserving its objects if they are needed; then send the same spec again."
            return foreign("AddonNotOurs", addon["addonArn"], remedy)
        match addon["status"]:
            case "ACTIVE":
                return Ready()
            case "CREATING" | "DEGRADED" if self._lacks_only_nodes():
                return Ready()
            case "CREATING":
                return PACES[self.part].wait("CREATING", created_at=addon["createdAt"], now=answered_at(answer))
            case "DEGRADED":
                failed = broken("DEGRADED", addon.get("health"))
                return PACES[self.part].wait(
                    f"DEGRADED, {failed.cause}", created_at=addon["createdAt"], now=answered_at(answer), overdue=failed
                )
            case "UPDATING":
                return pacing.UPDATE_IN_PROGRESS.wait("UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case status:
                return broken(status, addon.get("health"))

    def _lacks_only_nodes(self) -> bool:
        return needs_node(self.addon.addonName) and not _groups_with_nodes(self.scope)


class Departing:
    """An add-on on its way out. It never keeps the cluster from going: after a while it is left to go with it."""

    def __init__(self, scope: Scope, name: str, after: tuple[Departing, ...] = ()) -> None:
        self.scope = scope
        self.name = name
        self.over = False
        self._after = after

    @property
    def path(self) -> str:
        """``addons/coredns``."""
        return ADDONS + self.name

    def look_for(self) -> Report:
        """DescribeAddon."""
        scope = self.scope
        answer = found(lambda: scope.aws.eks.describe_addon(clusterName=scope.cluster, addonName=self.name))
        if answer is None:
            self.over = True
            return gone(scope, self.path)
        status, now = answer["addon"]["status"], answered_at(answer)
        since = datetime.fromisoformat(str(scope.facts(self.path).get("since", now.isoformat())))
        facts = {"status": status, "since": since.isoformat()}
        if status == "DELETE_FAILED" or now - since > _LONG_ENOUGH:
            self.over = True
            return Report(resource=self.path, progress=Ready(), facts=facts)
        if not all(other.over for other in self._after):
            return Report(resource=self.path, progress=pacing.AFTER_OTHERS.wait("the other add-ons go first"))
        if status == "DELETING":
            return Report(resource=self.path, progress=pacing.DELETING.wait("DELETING"), facts=facts)
        return due(self.path, f"{self.path} is deleted", facts)

    def delete(self, _: Action) -> Progress:
        """DeleteAddon; where EKS will not have it, the add-on goes with the cluster."""
        try:
            self.scope.aws.eks.delete_addon(clusterName=self.scope.cluster, addonName=self.name)
        except CALL_ERRORS as error:
            refused = removal_progress_of(error)
            return Ready() if isinstance(refused, Failed) else refused
        return pacing.DELETING.wait("DELETING")


def _listed(scope: Scope) -> list[str]:
    pages = scope.aws.eks.get_paginator("list_addons").paginate(clusterName=scope.cluster)
    return [name for page in pages for name in page["addons"]]


def first_node(scope: Scope) -> Progress:
    """Ready as soon as one node group has nodes that joined; Failed when none ever will."""
    looks = [_joined(scope, group) for group in _groups_with_nodes(scope)]
    waiting = [look for look in looks if isinstance(look, Waiting)]
    if any(isinstance(look, Ready) for look in looks):
        return Ready()
    if waiting:
        return min(waiting, key=lambda wait: wait.retry_after_seconds)
    return Failed("NoNode", "Every node group has failed, and it runs on nodes.", "Mend the node groups first.")


def _groups_with_nodes(scope: Scope) -> list[Nodegroup]:
    awake = (group for group in scope.spec.nodegroups if not scope.is_asleep(group.nodegroupName))
    return [group for group in awake if group.scalingConfig.desiredSize]


def _joined(scope: Scope, group: Nodegroup) -> Progress | None:
    """Whether the group's nodes have joined; None if the run has given the group up."""
    if nodegroup_path(group) in scope.failed:
        return None
    answer = found(
        lambda: scope.aws.eks.describe_nodegroup(clusterName=scope.cluster, nodegroupName=group.nodegroupName)
    )
    if answer is None:
        return pacing.FIRST_NODE.wait(_NO_NODE_YET)
    nodegroup = answer["nodegroup"]
    match nodegroup["status"]:
        case "CREATING":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET, created_at=nodegroup["createdAt"], now=answered_at(answer))
        case "CREATE_FAILED":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET) if nodegroups.is_tried_again(scope, nodegroup) else None
        case "DELETING":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET)
        case _:
            return Ready()


def _facts(addon: AddonTypeDef) -> dict[str, object]:
    return {"status": addon["status"], "version": addon.get("addonVersion")}
