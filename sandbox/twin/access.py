"""Access entries and the access policies associated with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.twin import readiness
from sandbox.twin.catalogue import access_policies
from sandbox.twin.errors import in_use, invalid_parameter, invalid_request, not_found
from sandbox.twin.machines import is_windows
from sandbox.twin.paging import page
from sandbox.twin.state import AccessEntry, AuthenticationMode, Cluster, Nodegroup

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

STANDARD = "STANDARD"
NODES, WINDOWS_NODES = "EC2_LINUX", "EC2_WINDOWS"
TYPES = (STANDARD, "FARGATE_LINUX", NODES, WINDOWS_NODES, "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
_WITH_POLICIES = (STANDARD, "EC2", "HYPERPOD_LINUX")
_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::\d{12}:(?P<kind>role|user)/.+")
_SESSION = re.compile(r"(?P<arn>arn:[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")
_SESSION_NODES = ("FARGATE_LINUX", "HYBRID_LINUX")
ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"


def uses_entries(cluster: Cluster) -> bool:
    """Does the cluster look at access entries at all?"""
    return cluster.authentication_mode is not AuthenticationMode.CONFIG_MAP


def _with_entries(cluster: Cluster) -> Cluster:
    if not uses_entries(cluster):
        raise invalid_request(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this"
            " operation.",
            clusterName=cluster.name,
        )
    return cluster


def view(cluster: Cluster, entry: AccessEntry) -> Json:
    """Return the entry as EKS shows it."""
    return {
        "clusterName": cluster.name,
        "principalArn": entry.principal_arn,
        "kubernetesGroups": entry.groups,
        "accessEntryArn": entry.arn,
        "createdAt": entry.created_at,
        "modifiedAt": entry.modified_at,
        "tags": entry.tags,
        "username": entry.username,
        "type": entry.type,
    }


def grant(core: Core, cluster: Cluster, principal: str, kind: str = STANDARD) -> AccessEntry:
    """Add an entry with the defaults of its type to the cluster."""
    sort, _, name = principal.rpartition(":")[2].partition("/")
    account = principal.split(":")[4]
    path = f"{cluster.name}/{sort}/{account}/{name or sort}"
    entry = AccessEntry(
        principal_arn=principal,
        arn=core.scope.eks(f"access-entry/{path}/{core.draws.uuid('accessEntry', path)}"),
        created_at=core.now,
        modified_at=core.now,
        type=kind,
        username=username(principal) if kind == STANDARD else _node_name(kind),
        groups=[] if kind == STANDARD else ["system:nodes"],
        tags={},
    )
    cluster.access_entries[principal] = entry
    return entry


def _node_name(kind: str) -> str:
    return "system:node:{{SessionName}}" if kind in _SESSION_NODES else "system:node:{{EC2PrivateDNSName}}"


def username(principal: str) -> str:
    """Return the user name that EKS derives from a principal: a role's carries the session's name."""
    head, _, resource = principal.rpartition(":")
    kind, _, name = resource.partition("/")
    if kind != "role":
        return principal
    account = head.replace(":iam:", ":sts:")
    return f"{account}:assumed-role/{name.rpartition('/')[2]}/{{{{SessionName}}}}"


def let_nodes_in(core: Core, cluster: Cluster, nodegroup: Nodegroup, role_id: str | None) -> None:
    """Make the entry that a managed node group's role needs, unless there is one."""
    role_arn = nodegroup.node_role
    if uses_entries(cluster) and role_arn not in cluster.access_entries:
        kind = WINDOWS_NODES if is_windows(nodegroup.settings["amiType"]) else NODES
        entry = grant(core, cluster, role_arn, kind)
        entry.made_by_eks = True
        entry.principal_id = role_id


def make_admin(core: Core, cluster: Cluster) -> None:
    """Give the cluster's creator an entry with all rights, if that was asked for."""
    wanted = cluster.settings["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]
    creator = _without_session(cluster.creator)
    if wanted and uses_entries(cluster) and creator not in cluster.access_entries:
        entry = grant(core, cluster, creator)
        _associate(core, entry, core.scope.access_policy(ADMIN_POLICY), {"type": "cluster", "namespaces": []})


def _without_session(caller: str) -> str:
    """Return the role behind a role session, as entries are for roles; its path is not to be had from there."""
    session = _SESSION.fullmatch(caller)
    return f"{session['arn']}:iam::{session['account']}:role/{session['role']}" if session else caller


def create(core: Core, call: Call) -> Json:
    """Answer CreateAccessEntry."""
    params = call.params
    cluster, principal = _with_entries(core.working_cluster(params["clusterName"])), params["principalArn"]
    kind = params.get("type", STANDARD)
    _check_new(cluster, params, kind)
    if principal in cluster.access_entries:
        raise in_use("The specified access entry resource is already in use on this cluster.", clusterName=cluster.name)
    role_id = _principal_id(core, cluster, principal)
    entry = grant(core, cluster, principal, kind)
    entry.principal_id = role_id
    entry.tags = dict(params.get("tags", {}))
    _apply(entry, params)
    readiness.refresh(core, cluster)
    return {"accessEntry": view(cluster, entry)}


def _check_new(cluster: Cluster, params: Json, kind: str) -> None:
    if kind not in TYPES:
        raise invalid_parameter(f"The type {kind} is invalid, it must be one of {list(TYPES)}")
    if kind != STANDARD and ("kubernetesGroups" in params or "username" in params):
        raise invalid_parameter(
            f"kubernetesGroups and username cannot be given for type {kind}", clusterName=cluster.name
        )
    _check_groups(cluster, params)


def _check_groups(cluster: Cluster, params: Json) -> None:
    for group in params.get("kubernetesGroups", []):
        if group.startswith("system:"):
            raise invalid_parameter(
                f"The kubernetes group name {group} is invalid, it cannot start with system:",
                clusterName=cluster.name,
            )
    name = params.get("username", "")
    if name.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
        raise invalid_parameter(
            f"The username {name} is invalid, it cannot start with a reserved prefix", clusterName=cluster.name
        )


def _principal_id(core: Core, cluster: Cluster, principal: str) -> str | None:
    """Return a role's unique id, None for a user; refuse other ARNs and a role that does not exist."""
    known = _PRINCIPAL.fullmatch(principal)
    if known and known["kind"] != "role":
        return None
    role = core.world.role(principal) if known else None
    if role is None:
        raise invalid_parameter("The specified principalArn is invalid: invalid principal.", clusterName=cluster.name)
    return role.role_id


def _apply(entry: AccessEntry, params: Json) -> None:
    entry.groups = list(params.get("kubernetesGroups", entry.groups))
    entry.username = params.get("username", entry.username)


def _found(core: Core, call: Call) -> tuple[Cluster, AccessEntry]:
    _with_entries(core.cluster(call.params["clusterName"]))
    return core.access_entry(call.params["clusterName"], call.params["principalArn"])


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeAccessEntry."""
    return {"accessEntry": view(*_found(core, call))}


def list_all(core: Core, call: Call) -> Json:
    """Answer ListAccessEntries, which can be narrowed to those with one policy."""
    cluster, policy = _with_entries(core.cluster(call.params["clusterName"])), call.params.get("associatedPolicyArn")
    arns = [arn for arn, entry in cluster.access_entries.items() if policy is None or policy in entry.policies]
    return page(call.params, "accessEntries", arns)


def update(core: Core, call: Call) -> Json:
    """Answer UpdateAccessEntry."""
    cluster, entry = _found(core, call)
    if entry.type != STANDARD:
        raise invalid_request(f"An access entry of type {entry.type} cannot be changed", clusterName=cluster.name)
    _check_groups(cluster, call.params)
    _apply(entry, call.params)
    entry.modified_at = core.now
    return {"accessEntry": view(cluster, entry)}


def delete(core: Core, call: Call) -> Json:
    """Answer DeleteAccessEntry."""
    cluster, entry = _found(core, call)
    del cluster.access_entries[entry.principal_arn]
    return {}


def associate(core: Core, call: Call) -> Json:
    """Answer AssociateAccessPolicy; a second association of the same policy replaces its scope."""
    cluster, entry = _found(core, call)
    arn, scope = call.params["policyArn"], call.params["accessScope"]
    if arn not in access_policies(core):
        raise invalid_parameter(f"The policyArn parameter format is not valid: {arn}", clusterName=cluster.name)
    if entry.type not in _WITH_POLICIES:
        raise invalid_request(
            f"Access policies cannot be associated with an access entry of type {entry.type}",
            clusterName=cluster.name,
        )
    _check_scope(scope, cluster)
    policy = _associate(core, entry, arn, {"namespaces": [], **scope})
    return {"clusterName": cluster.name, "principalArn": entry.principal_arn, "associatedAccessPolicy": policy}


def _check_scope(scope: Json, cluster: Cluster) -> None:
    if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
        raise invalid_parameter(
            "An access scope needs namespaces with type namespace, and none with type cluster",
            clusterName=cluster.name,
        )


def _associate(core: Core, entry: AccessEntry, arn: str, scope: Json) -> Json:
    since = entry.policies.get(arn, {}).get("associatedAt", core.now)
    policy = {"policyArn": arn, "accessScope": scope, "associatedAt": since, "modifiedAt": core.now}
    entry.policies[arn] = policy
    return policy


def disassociate(core: Core, call: Call) -> Json:
    """Answer DisassociateAccessPolicy."""
    cluster, entry = _found(core, call)
    arn = call.params["policyArn"]
    if arn not in entry.policies:
        raise not_found(f"The policy {arn} is not associated with the access entry", clusterName=cluster.name)
    del entry.policies[arn]
    return {}


def list_associated(core: Core, call: Call) -> Json:
    """Answer ListAssociatedAccessPolicies."""
    cluster, entry = _found(core, call)
    names = {"clusterName": cluster.name, "principalArn": entry.principal_arn}
    return names | page(call.params, "associatedAccessPolicies", list(entry.policies.values()))


def list_identity_providers(core: Core, call: Call) -> Json:
    """Answer ListIdentityProviderConfigs: nobody can associate a provider with a cluster of the twin."""
    core.cluster(call.params["clusterName"])
    return {"identityProviderConfigs": []}


OPERATIONS: dict[str, Handler] = {
    "AssociateAccessPolicy": associate,
    "CreateAccessEntry": create,
    "DeleteAccessEntry": delete,
    "DescribeAccessEntry": describe,
    "DisassociateAccessPolicy": disassociate,
    "ListAccessEntries": list_all,
    "ListAssociatedAccessPolicies": list_associated,
    "ListIdentityProviderConfigs": list_identity_providers,
    "UpdateAccessEntry": update,
}
