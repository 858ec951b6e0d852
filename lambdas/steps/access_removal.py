"""Access that the spec no longer has: entries, policies of entries that stay, pod identity associations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import api_error, found
from lambdas.domain.existing import NO_STATUS
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import entry_path, pods_path
from lambdas.domain.spec import AccessEntry, PodIdentityAssociation
from lambdas.steps.reading import is_ours
from lambdas.steps.removal import Settled, due, gone, left, not_ours
from lambdas.steps.surplus import ours_among, surplus_of, unwanted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from mypy_boto3_eks.type_defs import AssociatedAccessPolicyTypeDef

    from lambdas.domain.progress import Action, Report, Waiting
    from lambdas.steps.convergence import Removable
    from lambdas.steps.scope import Scope

_ENTRIES: Final = "access/"
_PODS: Final = "podidentity/"
_THERE: Final = {"status": NO_STATUS}
_DELETED: Final = PACES[Part.ACCESS].wait("deleted")
_NO_ENTRIES: Final = "authentication mode"
"""What EKS speaks of when a cluster that knows only its ConfigMap is asked for access entries."""


def surplus(scope: Scope, _: Part) -> Iterator[Removable]:
    """Entries, policies of entries and associations that are ours and that the spec no longer has.

    An entry that is ours holds the policies of the spec and no others.
    """
    entries = scope.spec.accessEntries
    policies = [policy_path(entry_path(it), policy.policyArn) for it in entries for policy in it.accessPolicies]
    yield from _surplus(scope, _ENTRIES, [*map(entry_path, entries), *policies], _of_principals)
    yield from _surplus(scope, _PODS, [*map(pods_path, scope.spec.podIdentityAssociations)], _of_pods)


def removals(_scope: Scope, _part: Part) -> Iterator[Removable]:
    """None: entries and associations go with the cluster, and nothing of them is in its way."""
    yield from ()


def policy_path(entry: str, policy_arn: str) -> str:
    """``access/<principal>/<policy>``."""
    return f"{entry}/{policy_arn.rpartition('/')[2]}"


def associated(scope: Scope, principal: str) -> dict[str, AssociatedAccessPolicyTypeDef]:
    """ListAssociatedAccessPolicies: those of one entry by their ARNs; none if there is no entry."""
    pages = scope.aws.eks.get_paginator("list_associated_access_policies")
    listed = found(lambda: list(pages.paginate(clusterName=scope.cluster, principalArn=principal)))
    return {it.get("policyArn", ""): it for page in listed or () for it in page["associatedAccessPolicies"]}


def _surplus(
    scope: Scope, prefix: str, wanted: Collection[str], listed: Callable[[Scope], Mapping[str, Removable]]
) -> Iterator[Removable]:
    there: dict[str, Removable] = {}

    def paths() -> Collection[str]:
        there.update(listed(scope))
        return there

    found_surplus = surplus_of(scope, prefix, wanted, paths, lambda path: there.get(path) or Settled(gone(scope, path)))
    yield from ours_among(scope, found_surplus)


def _of_principals(scope: Scope) -> dict[str, Removable]:
    """The removals of all entries by their paths, and of all policies of those that the spec has."""
    principals = _principals(scope)
    there: dict[str, Removable] = {}
    for principal in principals:
        entry = UnwantedEntry(scope, principal)
        there[entry.path] = entry
    for entry_of_spec in scope.spec.accessEntries:
        principal = entry_of_spec.principalArn
        for policy in associated(scope, principal) if principal in principals else ():
            held = UnwantedPolicy(UnwantedEntry(scope, principal), policy)
            there[held.path] = held
    return there


def _principals(scope: Scope) -> list[str]:
    """ListAccessEntries."""
    eks = scope.aws.eks
    try:
        pages = eks.get_paginator("list_access_entries").paginate(clusterName=scope.cluster)
        return [principal for page in pages for principal in page["accessEntries"]]
    except eks.exceptions.InvalidRequestException as refusal:
        if _NO_ENTRIES in api_error(refusal).message:
            return []
        raise


def _of_pods(scope: Scope) -> dict[str, Removable]:
    """ListPodIdentityAssociations: the removals by their paths. An add-on's own go with the add-on."""
    pages = scope.aws.eks.get_paginator("list_pod_identity_associations").paginate(clusterName=scope.cluster)
    there: dict[str, Removable] = {}
    for association in (it for page in pages for it in page["associations"] if not it.get("ownerArn")):
        namespace, account = association.get("namespace", ""), association.get("serviceAccount", "")
        path = pods_path(PodIdentityAssociation(namespace=namespace, serviceAccount=account, roleArn=""))
        there[path] = UnwantedAssociation(scope, path, association.get("associationId", ""))
    return there


@dataclass(frozen=True, slots=True)
class UnwantedEntry:
    """An access entry that the cluster has and the spec has not."""

    scope: Scope
    principal: str

    @property
    def path(self) -> str:
        """``access/<principal>``."""
        return entry_path(AccessEntry(principalArn=self.principal))

    def look_for(self) -> Report:
        """DescribeAccessEntry."""
        return unwanted(self.judged(self.path, "the entry"), f"{self.principal} has no access any more")

    def delete(self, _: Action) -> Waiting:
        """DeleteAccessEntry."""
        self.scope.aws.eks.delete_access_entry(clusterName=self.scope.cluster, principalArn=self.principal)
        return _DELETED

    def judged(self, path: str, what: str) -> Report:
        """The removal's report on the entry, or on something of it: what is not ours stays."""
        answer = found(
            lambda: self.scope.aws.eks.describe_access_entry(
                clusterName=self.scope.cluster, principalArn=self.principal
            )
        )
        if answer is None:
            return gone(self.scope, path)
        if not is_ours(self.scope, answer["accessEntry"].get("tags")):
            return left(path, not_ours(answer["accessEntry"].get("accessEntryArn", "")))
        return due(path, what, _THERE)


@dataclass(frozen=True, slots=True)
class UnwantedPolicy:
    """A policy that an entry holds and the spec does not give it."""

    of: UnwantedEntry
    policy: str

    @property
    def path(self) -> str:
        """``access/<principal>/<policy>``."""
        return policy_path(self.of.path, self.policy)

    def look_for(self) -> Report:
        """DescribeAccessEntry: only this tells whose it is."""
        return unwanted(self.of.judged(self.path, "the policy"), "the principal holds this policy no more")

    def delete(self, _: Action) -> Waiting:
        """DisassociateAccessPolicy."""
        scope = self.of.scope
        scope.aws.eks.disassociate_access_policy(
            clusterName=scope.cluster, principalArn=self.of.principal, policyArn=self.policy
        )
        return _DELETED


@dataclass(frozen=True, slots=True)
class UnwantedAssociation:
    """A pod identity association that the cluster has and the spec has not."""

    scope: Scope
    path: str
    association_id: str

    def look_for(self) -> Report:
        """DescribePodIdentityAssociation."""
        answer = found(
            lambda: self.scope.aws.eks.describe_pod_identity_association(
                clusterName=self.scope.cluster, associationId=self.association_id
            )
        )
        if answer is None:
            return gone(self.scope, self.path)
        association = answer["association"]
        if not is_ours(self.scope, association.get("tags")):
            return left(self.path, not_ours(association.get("associationArn", "")))
        report = due(self.path, "the association", _THERE)
        return unwanted(report, f"pods of {self.path.removeprefix(_PODS)} have no role any more")

    def delete(self, _: Action) -> Waiting:
        """DeletePodIdentityAssociation."""
        self.scope.aws.eks.delete_pod_identity_association(
            clusterName=self.scope.cluster, associationId=self.association_id
        )
        return _DELETED
