"""Access: who may use the Kubernetes API, and which IAM roles pods work as."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain.existing import NO_STATUS
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import entry_path, pods_path
from lambdas.domain.planner import access as planner
from lambdas.domain.planner import tags
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import REPLACE, Action, Ready, Report
from lambdas.domain.requests import create_access_entry, create_pod_identity_association
from lambdas.steps.access_removal import associated, policy_path, removals, surplus
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, OURS, Permission, StepContract, eks, pass_role
from lambdas.steps.reading import adoptions, belongs, foreign, missing, present
from lambdas.steps.updating import send, settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_eks.type_defs import AccessEntryTypeDef, PodIdentityAssociationTypeDef

    from lambdas.domain.planner import Update
    from lambdas.domain.progress import Progress
    from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation
    from lambdas.steps.convergence import Changed, Resource
    from lambdas.steps.scope import Scope

__all__ = ["CONTRACT", "removals", "resources", "surplus"]

_PACE: Final = PACES[Part.ACCESS]
_THERE: Final = {"status": NO_STATUS}
"""These resources have no status of their own."""

CONTRACT: Final = StepContract(
    name="access",
    purpose="Gives people access to the Kubernetes API and pods their IAM roles",
    parts=(Part.ACCESS,),
    permissions=(
        LEDGER,
        Permission(
            actions=("eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"),
            resources=(eks("access-entry/*"),),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=(
                "eks:ListAccessEntries",
                "eks:ListPodIdentityAssociations",
                "eks:DescribePodIdentityAssociation",
            ),
            resources=(eks("cluster/*"), eks("podidentityassociation/*")),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:CreateAccessEntry", "eks:CreatePodIdentityAssociation"),
            resources=(eks("cluster/*"),),
            why_wildcard=ANY_NAME,
        ),
        Permission(actions=("eks:AssociateAccessPolicy",), resources=(eks("access-entry/*"),), why_wildcard=ANY_NAME),
        Permission(
            actions=("eks:UpdateAccessEntry", "eks:DisassociateAccessPolicy", "eks:DeleteAccessEntry"),
            resources=(eks("access-entry/*"),),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:UpdatePodIdentityAssociation", "eks:DeletePodIdentityAssociation"),
            resources=(eks("podidentityassociation/*"),),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:TagResource",),
            resources=(eks("cluster/*"), eks("access-entry/*"), eks("podidentityassociation/*")),
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:UntagResource",),
            resources=(eks("access-entry/*"), eks("podidentityassociation/*")),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        pass_role("eks.amazonaws.com", "pods.eks.amazonaws.com"),  # the first for access entries of nodes
        Permission(
            actions=("iam:GetRole",), resources=("{passable_roles}",), implied=True, why_wildcard=OPERATORS_CHOICE
        ),
    ),
)


def resources(scope: Scope, _: Part) -> Iterator[Resource]:
    """Each access entry with its policies, then each pod identity association."""
    for entry in scope.spec.accessEntries:
        yield Entry(scope, entry)
        for policy in entry.accessPolicies:
            yield AssociatedPolicy(Entry(scope, entry), policy)
    listed = Associations(scope)
    for association in scope.spec.podIdentityAssociations:
        yield PodIdentity(scope, association, listed)


@dataclass(frozen=True, slots=True)
class Entry:
    """One access entry."""

    scope: Scope
    entry: AccessEntry

    @property
    def path(self) -> str:
        """``access/<principal>``."""
        return entry_path(self.entry)

    @property
    def names(self) -> dict[str, str]:
        """What names it in requests."""
        return {"clusterName": self.scope.cluster, "principalArn": self.entry.principalArn}

    def described(self) -> AccessEntryTypeDef | None:
        """DescribeAccessEntry."""
        answer = found(
            lambda: self.scope.aws.eks.describe_access_entry(
                clusterName=self.scope.cluster, principalArn=self.entry.principalArn
            )
        )
        return answer["accessEntry"] if answer else None

    def look(self) -> Report:
        """What is there beside what the spec says."""
        there = self.described()
        if there is None:
            action = _creation(self.path, "the principal has no access", f"{self.entry.principalArn} is let in")
            return missing(self.scope, _PACE.wait("not there"), action)
        report = self._present(there)
        if not isinstance(report.progress, Ready):
            return report
        return settled(
            self.scope,
            report,
            (
                *adoptions(self.scope, self.path, there.get("tags"), there["accessEntryArn"]),
                *planner.entry_updates(self.entry, there),
                *_tag_updates(self.scope, self.path, there.get("tags"), self.entry.tags, there["accessEntryArn"]),
            ),
            frozen=planner.entry_frozen(self.entry, there),
            replaced="the principal has no access for a moment",
        )

    def change(self, action: Action) -> Progress | Changed:
        """CreateAccessEntry, an update, or DeleteAccessEntry, to make it anew."""
        if action.update is not None:
            return send(self.scope, action, self.names)
        if action.verb == REPLACE:
            self.scope.aws.eks.delete_access_entry(clusterName=self.scope.cluster, principalArn=self.entry.principalArn)
            return _PACE.wait("deleted")
        request = create_access_entry(self.scope.spec, self.entry, tags=self.scope.tags(self.entry.tags))
        self.scope.aws.eks.create_access_entry(**request, clientRequestToken=self.scope.token(self.path, request))
        return _PACE.wait("created")

    def _present(self, there: AccessEntryTypeDef) -> Report:
        return present(self.scope, self.path, self.whose(there), _THERE)

    def whose(self, there: AccessEntryTypeDef) -> Progress:
        """Ready if it is ours."""
        if belongs(self.scope, self.path, there.get("tags")):
            return Ready()
        remedy = "Delete that access entry, or take the principal out of the spec."
        return foreign("AccessEntryNotOurs", there.get("accessEntryArn", ""), remedy)


@dataclass(frozen=True, slots=True)
class AssociatedPolicy:
    """One access policy of an entry, which must be ours."""

    of: Entry
    policy: AccessPolicy

    @property
    def path(self) -> str:
        """``access/<principal>/<policy>``."""
        return policy_path(self.of.path, self.policy.policyArn)

    def look(self) -> Report:
        """ListAssociatedAccessPolicies, unless the entry is somebody else's."""
        entry = self.of.described()
        whose = self.of.whose(entry) if entry else Ready()
        if not isinstance(whose, Ready):
            return Report(resource=self.path, progress=whose)
        scope = self.of.scope
        there = associated(scope, self.of.entry.principalArn).get(self.policy.policyArn)
        if there is None:
            consequence = f"it holds in {planner.where(self.policy)}"
            action = _creation(self.path, "the principal does not hold this policy", consequence)
            return missing(scope, _PACE.wait("not associated"), action)
        report = present(scope, self.path, Ready(), _THERE)
        return settled(scope, report, planner.policy_updates(self.policy, there, self.of.names))

    def change(self, action: Action) -> Progress | Changed:
        """AssociateAccessPolicy, which may be repeated, and which a second time changes where the policy holds."""
        if action.update is not None:
            return send(self.of.scope, action, self.of.names)
        self.of.scope.aws.eks.associate_access_policy(**planner.policy_request(self.policy, self.of.names))
        return _PACE.wait("associated")


class Associations:
    """Which associations the cluster has, listed once for all of a look: there may be hundreds."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def ids(self, association: PodIdentityAssociation) -> list[str]:
        """Those of a service account, which has one at most."""
        return self._ids.get((association.namespace, association.serviceAccount), [])

    @cached_property
    def _ids(self) -> dict[tuple[str, str], list[str]]:
        """ListPodIdentityAssociations."""
        pages = self._scope.aws.eks.get_paginator("list_pod_identity_associations")
        listed = found(lambda: list(pages.paginate(clusterName=self._scope.cluster))) or []
        ids: dict[tuple[str, str], list[str]] = {}
        for it in (it for page in listed for it in page["associations"]):
            ids.setdefault((it.get("namespace", ""), it.get("serviceAccount", "")), []).append(
                it.get("associationId", "")
            )
        return ids


@dataclass(frozen=True, slots=True)
class PodIdentity:
    """The IAM role of one service account."""

    scope: Scope
    association: PodIdentityAssociation
    listed: Associations

    @property
    def path(self) -> str:
        """``podidentity/<namespace>/<service account>``."""
        return pods_path(self.association)

    def look(self) -> Report:
        """What is there beside what the spec says."""
        there = self._described()
        if there is None:
            consequence = f"its pods work as {self.association.roleArn}"
            action = _creation(self.path, "its service account has no role", consequence)
            return missing(self.scope, _PACE.wait("not there"), action)
        report = self._present(there)
        if not isinstance(report.progress, Ready):
            return report
        mine = self.association
        return settled(
            self.scope,
            report,
            (
                *adoptions(self.scope, self.path, there.get("tags"), there.get("associationArn", "")),
                *planner.association_updates(mine, there),
                *_tag_updates(self.scope, self.path, there.get("tags"), mine.tags, there.get("associationArn", "")),
            ),
            frozen=planner.association_frozen(mine, there),
            replaced="pods that start meanwhile have no role",
        )

    def change(self, action: Action) -> Progress | Changed:
        """CreatePodIdentityAssociation, an update, or DeletePodIdentityAssociation, to make it anew."""
        scope = self.scope
        if action.update is not None:
            return send(scope, action, {"clusterName": scope.cluster})
        if action.verb == REPLACE:
            for association_id in self.listed.ids(self.association):
                scope.aws.eks.delete_pod_identity_association(clusterName=scope.cluster, associationId=association_id)
            return _PACE.wait("deleted")
        request = create_pod_identity_association(scope.spec, self.association, tags=scope.tags(self.association.tags))
        scope.aws.eks.create_pod_identity_association(**request, clientRequestToken=scope.token(self.path, request))
        return _PACE.wait("created")

    def _described(self) -> PodIdentityAssociationTypeDef | None:
        """DescribePodIdentityAssociation: only this tells whose it is."""
        for association_id in self.listed.ids(self.association):
            answer = self.scope.aws.eks.describe_pod_identity_association(
                clusterName=self.scope.cluster, associationId=association_id
            )
            return answer["association"]
        return None

    def _present(self, there: PodIdentityAssociationTypeDef) -> Report:
        report = present(self.scope, self.path, Ready(), _THERE)
        if belongs(self.scope, self.path, there.get("tags")):
            return report
        remedy = "Delete that association, or take it out of the spec."
        failed = foreign("PodIdentityAssociationNotOurs", there.get("associationArn", ""), remedy)
        return replace(report, progress=failed)


def _tag_updates(
    scope: Scope, path: str, actual: Mapping[str, str] | None, wanted: Mapping[str, str], arn: str
) -> Iterator[Update]:
    return tags.updates(actual, wanted, scope.dropped_from(path), arn)


def _creation(path: str, reason: str, consequence: str) -> Action:
    return Action(verb="create", resource=path, reason=reason, consequence=Effect.CREATED.saying(consequence))
