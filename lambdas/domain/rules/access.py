"""Rules about access entries and pod identity."""

from collections.abc import Iterator

from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import repeated, twice, wrong
from lambdas.domain.spec import AccessEntry, AccessScope, ClusterSpec

# EKS Auto Mode's nodes are the only ones that may be given an access policy.
TYPES_WITH_POLICIES = frozenset({"STANDARD", "EC2"})


def each_principal_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS knows one access entry for a principal."""
    yield from twice(("accessEntries",), [entry.principalArn for entry in spec.accessEntries], "principalArn")


def node_entries_are_bare(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS itself says what the entries of nodes may do."""
    for place, entry in enumerate(spec.accessEntries):
        if entry.type == "STANDARD":
            continue
        for member in _forbidden_members(entry):
            yield wrong(
                ("accessEntries", place, member),
                f"{member} cannot be given for an access entry of type {entry.type}: EKS sets it for nodes.",
                f"Leave {member} out, or set type to STANDARD if this principal is a person or a pipeline.",
            )
        if ":user/" in entry.principalArn:
            yield wrong(
                ("accessEntries", place, "principalArn"),
                f"principalArn is an IAM user, but an access entry of type {entry.type} is for a role of nodes.",
                "Give the ARN of the nodes' IAM role, or leave type out.",
            )


def _forbidden_members(entry: AccessEntry) -> Iterator[str]:
    if entry.username is not None:
        yield "username"
    if entry.kubernetesGroups:
        yield "kubernetesGroups"
    if entry.accessPolicies and entry.type not in TYPES_WITH_POLICIES:
        yield "accessPolicies"


def session_names_follow_a_colon(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS refuses `{{SessionName}}` where nothing separates it from the rest of the user name."""
    for place, entry in enumerate(spec.accessEntries):
        before, found, _ = (entry.username or "").partition("{{SessionName")
        if found and ":" not in before:
            yield wrong(
                ("accessEntries", place, "username"),
                f"username {entry.username!r} has no colon before {{{{SessionName}}}}.",
                "Put a colon before it, as in payments:{{SessionName}}.",
            )


def node_roles_join_as_nodes(spec: ClusterSpec) -> Iterator[FieldError]:
    """An entry that makes a node role a person keeps its nodes from joining."""
    node_roles = {group.nodeRole for group in spec.nodegroups}
    for place, entry in enumerate(spec.accessEntries):
        if entry.principalArn in node_roles and entry.type not in {"EC2_LINUX", "EC2_WINDOWS"}:
            yield wrong(
                ("accessEntries", place, "principalArn"),
                f"principalArn is the nodeRole of a node group, but the entry's type is {entry.type}.",
                "Leave this entry out: EKS makes the entry of a managed node group's role by itself.",
            )


def policies_once_and_scoped(spec: ClusterSpec) -> Iterator[FieldError]:
    """Each policy has one scope, and the scope says what it is about."""
    for place, entry in enumerate(spec.accessEntries):
        path = ("accessEntries", place, "accessPolicies")
        yield from twice(path, [policy.policyArn for policy in entry.accessPolicies], "policyArn")
        for index, policy in enumerate(entry.accessPolicies):
            yield from _scope_is_whole((*path, index, "accessScope", "namespaces"), policy.accessScope)


def _scope_is_whole(path: tuple[str | int, ...], scope: AccessScope) -> Iterator[FieldError]:
    if scope.type == "namespace" and not scope.namespaces:
        yield wrong(
            path,
            "namespaces is missing, but the scope's type is namespace.",
            "Name the namespaces, for example namespaces: [payments].",
        )
    if scope.type == "cluster" and scope.namespaces:
        yield wrong(
            path,
            "namespaces is given, but the scope's type is cluster, so the policy would hold everywhere.",
            "Set type to namespace, or leave namespaces out.",
        )


def each_service_account_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS knows one association for a service account."""
    accounts = [(item.namespace, item.serviceAccount) for item in spec.podIdentityAssociations]
    for place in repeated(accounts):
        yield wrong(
            ("podIdentityAssociations", place, "serviceAccount"),
            f"serviceAccount {accounts[place][1]!r} of namespace {accounts[place][0]!r} has an association already.",
            "Give each service account one role; put all its permissions into that role.",
        )


def session_policies_replace_session_tags(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS takes a session policy only when session tags are off."""
    for place, item in enumerate(spec.podIdentityAssociations):
        if item.policy is not None and not item.disableSessionTags:
            yield wrong(
                ("podIdentityAssociations", place, "policy"),
                "policy can only be given when disableSessionTags is true.",
                "Add disableSessionTags: true, or leave policy out.",
            )


ACCESS_RULES = (
    each_principal_once,
    node_entries_are_bare,
    session_names_follow_a_colon,
    node_roles_join_as_nodes,
    policies_once_and_scoped,
    each_service_account_once,
    session_policies_replace_session_tags,
)
