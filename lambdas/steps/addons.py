"""EKS add-ons: those that need no node at once, the others as soon as there is one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.addons import needs_node
from lambdas.domain.frozen import dataclass
from lambdas.domain.issues import passes
from lambdas.domain.names import RUN_TAG
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import addon_path
from lambdas.domain.planner import addons as planner
from lambdas.domain.planner import ladder, tags
from lambdas.domain.planner.addons import Chosen, Offered
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.requests import create_addon
from lambdas.steps.addon_removal import removals, surplus
from lambdas.steps.contract import ANY_NAME, LEDGER, OURS, Permission, StepContract, eks, pass_role
from lambdas.steps.first_node import first_node, groups_with_nodes
from lambdas.steps.reading import (
    adoptions,
    belongs,
    broken,
    foreign,
    is_ours,
    is_tried_again,
    issues_in,
    making_room,
    missing,
    present,
)
from lambdas.steps.updating import rolling, send, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_eks.type_defs import AddonTypeDef, DescribeAddonResponseTypeDef

    from lambdas.domain.planner import Update
    from lambdas.domain.spec import Addon
    from lambdas.steps.convergence import Changed, Resource
    from lambdas.steps.scope import Scope

__all__ = ["CONTRACT", "InstalledAddon", "removals", "resources", "surplus"]

_AT_REST: Final = frozenset({"ACTIVE", "DEGRADED", "UPDATE_FAILED"})
"""What EKS takes an update of."""

_REPLACED: Final = "the add-on is removed and installed anew; what it runs stops meanwhile"

CONTRACT: Final = StepContract(
    name="addons",
    purpose="Installs the EKS add-ons and watches them become healthy",
    parts=(Part.NETWORKING_ADDONS, Part.WORKLOAD_ADDONS),
    permissions=(
        LEDGER,
        Permission(
            actions=("eks:DescribeAddon", "eks:DescribeNodegroup", "eks:DescribePodIdentityAssociation"),
            resources=(eks("addon/*"), eks("nodegroup/*"), eks("podidentityassociation/*")),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:ListAddons", "eks:DescribeUpdate"),
            resources=(eks("cluster/*"), eks("addon/*")),
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
            actions=("eks:DescribeCluster", "eks:CreateAddon"), resources=(eks("cluster/*"),), why_wildcard=ANY_NAME
        ),
        Permission(
            actions=("eks:UpdateAddon", "eks:UntagResource"),
            resources=(eks("addon/*"),),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        Permission(actions=("eks:DeleteAddon",), resources=(eks("addon/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=(
                "eks:CreatePodIdentityAssociation",
                "eks:UpdatePodIdentityAssociation",
                "eks:DeletePodIdentityAssociation",
            ),
            resources=(eks("cluster/*"), eks("podidentityassociation/*")),
            implied=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(actions=("eks:TagResource",), resources=(eks("cluster/*"), eks("addon/*")), why_wildcard=ANY_NAME),
        pass_role("eks.amazonaws.com", "pods.eks.amazonaws.com"),
    ),
)


def resources(scope: Scope, part: Part) -> Iterator[Resource]:
    """The add-ons of one part. One look at the node groups does for all of them."""
    wanted, node = part is Part.WORKLOAD_ADDONS, cache(lambda: first_node(scope))
    named = (addon for addon in scope.spec.addons if needs_node(addon.addonName) is wanted)
    return (InstalledAddon(scope, part, addon, node) for addon in named)


@dataclass(frozen=True, slots=True)
class InstalledAddon:
    """One add-on; Ready when EKS calls it ACTIVE, or when nothing but nodes is lacking and none are wanted."""

    scope: Scope
    part: Part
    addon: Addon
    first_node: Callable[[], Progress]

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
        if not belongs(self.scope, self.path, addon.get("tags")):
            return report
        if is_tried_again(self.scope, self.path, addon["status"], addon.get("tags"), addon.get("health")):
            return making_room(report)
        if addon["status"] in _AT_REST:
            return self._compared(report, addon)
        return self._unfinished(report, addon) if isinstance(report.progress, Ready) else report

    def change(self, action: Action) -> Progress | Changed:
        """UpdateAddon or a change of tags; DeleteAddon, where one is in the way; else CreateAddon, once it can run."""
        names = {"clusterName": self.scope.cluster, "addonName": self.addon.addonName}
        if action.update is not None:
            return send(self.scope, action, names)
        if action.verb != "create":
            self.scope.aws.eks.delete_addon(clusterName=self.scope.cluster, addonName=self.addon.addonName)
            return pacing.BEING_DELETED.wait("DELETING")
        node = self._node()
        return self._create() if isinstance(node, Ready) else node

    def _create(self) -> Progress:
        scope = self.scope
        version = self._version_to_create()
        if version is None:
            return self._unknown()
        request = create_addon(scope.spec, self.addon, version=version, tags=scope.tags(self.addon.tags))
        scope.aws.eks.create_addon(**request, clientRequestToken=scope.token(self.path, request))
        return PACES[self.part].wait("CREATING")

    def _version_to_create(self) -> str | None:
        """The spec's; but on the way up only what this rung can run."""
        pinned = self.addon.addonVersion
        if pinned and not self._rungs():
            return pinned
        offer = self._offered()
        return pinned if pinned in offer.versions else offer.default

    def _compared(self, report: Report, addon: AddonTypeDef) -> Report:
        """What is there beside what the spec says, at this rung and at those to come."""
        scope, chosen = self.scope, self._chosen(addon)
        mend = addon["status"] == "UPDATE_FAILED" and isinstance(report.progress, Failed)
        return settled(
            scope,
            replace(report, facts={**report.facts, "chosen": chosen.told()}),
            (
                *adoptions(scope, self.path, addon.get("tags"), addon["addonArn"]),
                *planner.updates(self.addon, chosen.version, addon, self._roles(addon), mend=mend),
                *tags.updates(addon.get("tags"), self.addon.tags, scope.dropped_from(self.path), addon["addonArn"]),
            ),
            frozen=planner.frozen(self.addon, addon),
            replaced=_REPLACED,
            later=self._later(chosen),
        )

    def _unfinished(self, report: Report, addon: AddonTypeDef) -> Report:
        """One that only lacks nodes: it is waited for where it is to change, as EKS changes only what is at rest."""
        chosen = self._chosen(addon)
        known = replace(report, facts={**report.facts, "chosen": chosen.told()})
        changes = planner.updates(self.addon, chosen.version, addon, self._roles(addon))
        return replace(known, progress=pacing.UPDATE_IN_PROGRESS.wait(addon["status"])) if any(changes) else known

    def _chosen(self, addon: AddonTypeDef) -> Chosen:
        return planner.chosen(
            self.addon.addonVersion,
            addon.get("addonVersion", ""),
            self._decided(addon),
            self.scope.version,
            climbing=bool(self._rungs()),
            offered=self._offered,
        )

    def _decided(self, addon: AddonTypeDef) -> Chosen | None:
        """What looks remember of its version.

        Where none does, though an earlier run has made it, no look of that run ever came to it: it has the version of
        a Kubernetes that the control plane may have left behind.
        """
        known, tags = Chosen.of(self.scope.facts(self.path).get("chosen")), addon.get("tags") or {}
        if known or not is_ours(self.scope, tags) or tags.get(RUN_TAG) == self.scope.run:
            return known
        return Chosen(version=addon.get("addonVersion", ""), kubernetes="")

    def _later(self, chosen: Chosen) -> Iterator[Update]:
        """What an upgrade brings. Only who is shown it asks EKS for all its versions: a run sees when it gets there."""
        return planner.later(self.addon, chosen, self._rungs() if self.scope.is_shown else (), self._offered_for)

    def _rungs(self) -> tuple[str, ...]:
        """The Kubernetes versions that the control plane has still to go through."""
        wanted = self.scope.spec.version
        return ladder.rungs(self.scope.version, wanted) if wanted else ()

    def _roles(self, addon: AddonTypeDef) -> dict[str, str]:
        """The IAM roles of its service accounts. DescribeAddon tells only the ARNs of the associations."""
        roles: dict[str, str] = {}
        for arn in addon.get("podIdentityAssociations", ()):
            association_id = arn.rpartition("/")[2]
            answer = self.scope.aws.eks.describe_pod_identity_association(
                clusterName=self.scope.cluster, associationId=association_id
            )
            association = answer["association"]
            roles[association.get("serviceAccount", "")] = association.get("roleArn", "")
        return roles

    def _missing(self) -> Report:
        version = self.addon.addonVersion or f"the version that EKS calls default for {self.scope.version}"
        action = Action(
            verb="create",
            resource=self.path,
            reason="the cluster does not have this add-on",
            consequence=Effect.CREATED.saying(f"{self.addon.addonName} in {version}"),
        )
        return missing(self.scope, PACES[self.part].wait("not there"), action)

    def _node(self) -> Progress:
        """Whether the add-on has where to run. With no nodes wanted it goes ahead, and waits for better days."""
        if not needs_node(self.addon.addonName) or not groups_with_nodes(self.scope):
            return Ready()
        return self.first_node()

    def _offered(self) -> Offered:
        return self._offered_for(self.scope.version)

    def _offered_for(self, version: str) -> Offered:
        """DescribeAddonVersions for a Kubernetes version."""
        pages = self.scope.aws.eks.get_paginator("describe_addon_versions").paginate(
            addonName=self.addon.addonName, kubernetesVersion=version
        )
        offered = [it for page in pages for addon in page["addons"] for it in addon.get("addonVersions", ())]
        default = (it for it in offered if any(c.get("defaultVersion") for c in it.get("compatibilities", ())))
        return Offered(
            versions=tuple(it.get("addonVersion", "") for it in offered),
            default=next((it.get("addonVersion") for it in default), None),
        )

    def _unknown(self) -> Failed:
        return Failed(
            "AddonNotOffered",
            f"EKS offers no default version of {self.addon.addonName} for Kubernetes {self.scope.version}.",
            "Give the add-on's addonVersion, or another add-on: `aws eks describe-addon-versions` lists them.",
        )

    def _progress(self, answer: DescribeAddonResponseTypeDef) -> Progress:
        addon = answer["addon"]
        if not belongs(self.scope, self.path, addon.get("tags")):
            remedy = "Remove that add-on, preserving its objects if they are needed; then send the same spec again."
            return foreign("AddonNotOurs", addon["addonArn"], remedy)
        match addon["status"]:
            case "ACTIVE":
                return Ready()
            case "CREATING" | "DEGRADED" | "UPDATING" | "UPDATE_FAILED" if self._lacks_only_nodes(addon):
                return Ready()
            case "CREATING":
                return PACES[self.part].wait("CREATING", created_at=addon["createdAt"], now=answered_at(answer))
            case "DEGRADED":
                failed = broken("DEGRADED", addon.get("health"))
                return PACES[self.part].wait(
                    f"DEGRADED, {failed.cause}", created_at=addon["createdAt"], now=answered_at(answer), overdue=failed
                )
            case "UPDATING":
                return rolling(self.scope, self.path, "UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case status:
                return broken(status, addon.get("health"))

    def _lacks_only_nodes(self, addon: AddonTypeDef) -> bool:
        """Whether it waits for nodes that nobody wants: its pods start when the cluster has some again."""
        if not needs_node(self.addon.addonName) or groups_with_nodes(self.scope):
            return False
        return addon["status"] != "UPDATE_FAILED" or passes(issues_in(addon.get("health")))


def _facts(addon: AddonTypeDef) -> dict[str, object]:
    return {"status": addon["status"], "version": addon.get("addonVersion")}
