"""Access: who may use the Kubernetes API, and which IAM roles pods work as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain.existing import NO_STATUS
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import entry_path, pods_path
from lambdas.domain.progress import Action, Failed, Ready, Report, Waiting
from lambdas.domain.requests import create_access_entry, create_pod_identity_association
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, Permission, StepContract, eks, pass_role
from lambdas.steps.reading import foreign, is_ours, missing, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Progress
    from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

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
            actions=("eks:ListPodIdentityAssociations", "eks:DescribePodIdentityAssociation"),
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
            actions=("eks:TagResource",),
            resources=(eks("cluster/*"), eks("access-entry/*"), eks("podidentityassociation/*")),
            implied=True,
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
    for association in scope.spec.podIdentityAssociations:
        yield PodIdentity(scope, association)


def surplus(_scope: Scope, _part: Part) -> Iterator[Removable]:
    """What the spec no longer has."""
    yield from ()


def removals(_scope: Scope, _part: Part) -> Iterator[Removable]:
    """None: entries and associations go with the cluster, and nothing of them is in its way."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One access entry."""

    scope: Scope
    entry: AccessEntry

    @property
    def path(self) -> str:
        """``access/<principal>``."""
        return entry_path(self.entry)

    def look(self) -> Report:
        """DescribeAccessEntry."""
        answer = found(
            lambda: self.scope.aws.eks.describe_access_entry(
                clusterName=self.scope.cluster, principalArn=self.entry.principalArn
            )
        )
        if answer is None:
            action = _creation(self.path, "the principal has no access", f"{self.entry.principalArn} is let in")
            return missing(self.scope, _PACE.wait("not there"), action)
        entry = answer["accessEntry"]
        remedy = "Delete that access entry, or take the principal out of the spec."
        progress: Progress = Ready()
        if not is_ours(self.scope, entry.get("tags")):
            progress = foreign("AccessEntryNotOurs", entry.get("accessEntryArn", ""), remedy)
        return present(self.scope, self.path, progress, _THERE)

    def change(self, _: Action) -> Waiting:
        """CreateAccessEntry."""
        request = create_access_entry(self.scope.spec, self.entry, tags=self.scope.tags(self.entry.tags))
        self.scope.aws.eks.create_access_entry(**request, clientRequestToken=self.scope.token(self.path, request))
        return _PACE.wait("created")


@dataclass(frozen=True, slots=True)
class AssociatedPolicy:
    """One access policy of an entry, which must be ours."""

    of: Entry
    policy: AccessPolicy

    @property
    def path(self) -> str:
        """``access/<principal>/<policy>``."""
        return f"{self.of.path}/{self.policy.policyArn.rpartition('/')[2]}"

    def look(self) -> Report:
        """ListAssociatedAccessPolicies, unless the entry is somebody else's."""
        entry = self.of.look().progress
        if isinstance(entry, Failed):
            return Report(resource=self.path, progress=entry)
        answer = found(
            lambda: self.of.scope.aws.eks.list_associated_access_policies(
                clusterName=self.of.scope.cluster, principalArn=self.of.entry.principalArn
            )
        )
        associated = answer["associatedAccessPolicies"] if answer else []
        if any(policy.get("policyArn") == self.policy.policyArn for policy in associated):
            return Report(resource=self.path, progress=Ready())
        scope = self.policy.accessScope
        where = ", ".join(scope.namespaces) or "the whole cluster"
        action = _creation(self.path, "the principal does not hold this policy", f"it holds in {where}")
        return Report(resource=self.path, progress=_PACE.wait("not associated"), action=action)

    def change(self, _: Action) -> Waiting:
        """AssociateAccessPolicy, which may be repeated."""
        scope = self.policy.accessScope
        self.of.scope.aws.eks.associate_access_policy(
            clusterName=self.of.scope.cluster,
            principalArn=self.of.entry.principalArn,
            policyArn=self.policy.policyArn,
            accessScope={"type": scope.type, **({"namespaces": list(scope.namespaces)} if scope.namespaces else {})},
        )
        return _PACE.wait("associated")


@dataclass(frozen=True, slots=True)
class PodIdentity:
    """The IAM role of one service account."""

    scope: Scope
    association: PodIdentityAssociation

    @property
    def path(self) -> str:
        """``podidentity/<namespace>/<service account>``."""
        return pods_path(self.association)

    def look(self) -> Report:
        """ListPodIdentityAssociations of exactly this service account."""
        answer = found(
            lambda: self.scope.aws.eks.list_pod_identity_associations(
                clusterName=self.scope.cluster,
                namespace=self.association.namespace,
                serviceAccount=self.association.serviceAccount,
            )
        )
        if not answer or not answer["associations"]:
            consequence = f"its pods work as {self.association.roleArn}"
            action = _creation(self.path, "its service account has no role", consequence)
            return missing(self.scope, _PACE.wait("not there"), action)
        return self._described(answer["associations"][0].get("associationId", ""))

    def _described(self, association_id: str) -> Report:
        """DescribePodIdentityAssociation: only this tells whose it is."""
        answer = self.scope.aws.eks.describe_pod_identity_association(
            clusterName=self.scope.cluster, associationId=association_id
        )
        association = answer["association"]
        progress: Progress = Ready()
        if not is_ours(self.scope, association.get("tags")):
            remedy = "Delete that association, or take it out of the spec."
            progress = foreign("PodIdentityAssociationNotOurs", association.get("associationArn", ""), remedy)
        return present(self.scope, self.path, progress, _THERE)

    def change(self, _: Action) -> Waiting:
        """CreatePodIdentityAssociation."""
        request = create_pod_identity_association(
            self.scope.spec, self.association, tags=self.scope.tags(self.association.tags)
        )
        self.scope.aws.eks.create_pod_identity_association(
            **request, clientRequestToken=self.scope.token(self.path, request)
        )
        return _PACE.wait("created")


def _creation(path: str, reason: str, consequence: str) -> Action:
    return Action(verb="create", resource=path, reason=reason, consequence=consequence)
