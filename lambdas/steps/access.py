"""Access: who may use the Kubernetes API, and which IAM roles pods work as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.progress import Action, Ready, Report, Waiting
from lambdas.domain.requests import create_access_entry, create_pod_identity_association
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, Permission, StepContract, eks, pass_role
from lambdas.steps.reading import foreign, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation
    from lambdas.steps.convergence import Resource
    from lambdas.steps.scope import Scope

_PACE: Final = PACES[Part.ACCESS]

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
            actions=("eks:ListPodIdentityAssociations",),
            resources=(eks("cluster/*"),),
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
        pass_role("pods.eks.amazonaws.com"),
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
            yield AssociatedPolicy(scope, entry, policy)
    for association in scope.spec.podIdentityAssociations:
        yield PodIdentity(scope, association)


@dataclass(frozen=True, slots=True)
class Entry:
    """One access entry."""

    scope: Scope
    entry: AccessEntry

    @property
    def path(self) -> str:
        """``access/<principal>``."""
        return _entry_path(self.entry)

    def look(self) -> Report:
        """DescribeAccessEntry."""
        answer = found(
            lambda: self.scope.aws.eks.describe_access_entry(
                clusterName=self.scope.cluster, principalArn=self.entry.principalArn
            )
        )
        if answer is None:
            return _missing(self.path, "the principal has no access", f"{self.entry.principalArn} is let in")
        entry = answer["accessEntry"]
        if is_ours(self.scope, entry.get("tags")):
            return Report(resource=self.path, progress=Ready())
        remedy = "Delete that access entry, or take the principal out of the spec."
        return Report(
            resource=self.path, progress=foreign("AccessEntryNotOurs", entry.get("accessEntryArn", ""), remedy)
        )

    def change(self, _: Action) -> Waiting:
        """CreateAccessEntry."""
        request = create_access_entry(self.scope.spec, self.entry, tags=self.scope.tags(self.entry.tags))
        self.scope.aws.eks.create_access_entry(**request, clientRequestToken=self.scope.token(self.path, request))
        return _PACE.wait("created")


@dataclass(frozen=True, slots=True)
class AssociatedPolicy:
    """One access policy of an entry."""

    scope: Scope
    entry: AccessEntry
    policy: AccessPolicy

    @property
    def path(self) -> str:
        """``access/<principal>/<policy>``."""
        return f"{_entry_path(self.entry)}/{self.policy.policyArn.rpartition('/')[2]}"

    def look(self) -> Report:
        """ListAssociatedAccessPolicies."""
        answer = found(
            lambda: self.scope.aws.eks.list_associated_access_policies(
                clusterName=self.scope.cluster, principalArn=self.entry.principalArn
            )
        )
        associated = answer["associatedAccessPolicies"] if answer else []
        if any(policy.get("policyArn") == self.policy.policyArn for policy in associated):
            return Report(resource=self.path, progress=Ready())
        scope = self.policy.accessScope
        return _missing(
            self.path,
            "the principal does not hold this policy",
            f"it holds in {', '.join(scope.namespaces) or 'the whole cluster'}",
        )

    def change(self, _: Action) -> Waiting:
        """AssociateAccessPolicy, which may be repeated."""
        scope = self.policy.accessScope
        self.scope.aws.eks.associate_access_policy(
            clusterName=self.scope.cluster,
            principalArn=self.entry.principalArn,
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
        return f"podidentity/{self.association.namespace}/{self.association.serviceAccount}"

    def look(self) -> Report:
        """ListPodIdentityAssociations of exactly this service account."""
        answer = found(
            lambda: self.scope.aws.eks.list_pod_identity_associations(
                clusterName=self.scope.cluster,
                namespace=self.association.namespace,
                serviceAccount=self.association.serviceAccount,
            )
        )
        if answer and answer["associations"]:
            return Report(resource=self.path, progress=Ready())
        return _missing(self.path, "its service account has no role", f"its pods work as {self.association.roleArn}")

    def change(self, _: Action) -> Waiting:
        """CreatePodIdentityAssociation."""
        request = create_pod_identity_association(
            self.scope.spec, self.association, tags=self.scope.tags(self.association.tags)
        )
        self.scope.aws.eks.create_pod_identity_association(
            **request, clientRequestToken=self.scope.token(self.path, request)
        )
        return _PACE.wait("created")


def _entry_path(entry: AccessEntry) -> str:
    return f"access/{entry.principalArn.partition(':')[2].rpartition(':')[2]}"


def _missing(path: str, reason: str, consequence: str) -> Report:
    action = Action(verb="create", resource=path, reason=reason, consequence=consequence)
    return Report(resource=path, progress=_PACE.wait("not there"), action=action)
