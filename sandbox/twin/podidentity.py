"""Pod identity associations: which service account gets which role."""

from __future__ import annotations

from string import ascii_lowercase, digits
from typing import TYPE_CHECKING

from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.paging import page
from sandbox.twin.roles import check_pod_role
from sandbox.twin.state import Association, Cluster

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_SETTINGS = ("roleArn", "targetRoleArn", "disableSessionTags", "policy")
_SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


def view(cluster: Cluster, association: Association) -> Json:
    """Return the association as EKS shows it."""
    return {
        "clusterName": cluster.name,
        "namespace": association.namespace,
        "serviceAccount": association.service_account,
        "associationArn": association.arn,
        "associationId": association.id,
        "tags": association.tags,
        "createdAt": association.created_at,
        "modifiedAt": association.modified_at,
        "ownerArn": association.owner_arn,
        **association.settings,
    }


def associate(core: Core, cluster: Cluster, params: Json, owner: str | None = None) -> Association:
    """Make an association that `check` let pass; `owner` is the ARN of the add-on it belongs to."""
    namespace, account = params["namespace"], params["serviceAccount"]
    stem = f"{cluster.name}/{namespace}/{account}"
    identifier = "a-" + core.draws.text(ascii_lowercase + digits, 17, "association", stem)
    settings = {name: params[name] for name in _SETTINGS if name in params}
    if "targetRoleArn" in params:
        settings["externalId"] = core.draws.uuid("externalId", stem)
    association = Association(
        id=identifier,
        arn=core.scope.eks(f"podidentityassociation/{cluster.name}/{identifier}"),
        created_at=core.now,
        modified_at=core.now,
        namespace=namespace,
        service_account=account,
        settings={"disableSessionTags": False, **settings},
        tags=dict(params.get("tags", {})),
        owner_arn=owner,
    )
    cluster.associations[identifier] = association
    return association


def check(core: Core, cluster: Cluster, params: Json, owner: str | None = None) -> None:
    """Refuse a role unfit for pods, and a second association for a service account (but for the owner's own)."""
    check_pod_role(core, params["roleArn"], cluster.name)
    _check_policy(params, cluster)
    for other in cluster.associations.values():
        taken = (other.namespace, other.service_account) == (params["namespace"], params["serviceAccount"])
        if taken and (owner is None or other.owner_arn != owner):
            raise in_use(f"Association already exists: {other.id}", clusterName=cluster.name)


def _check_policy(params: Json, cluster: Cluster) -> None:
    if "policy" in params and not params.get("disableSessionTags"):
        raise invalid_parameter("policy needs disableSessionTags to be true", clusterName=cluster.name)


def create(core: Core, call: Call) -> Json:
    """Answer CreatePodIdentityAssociation."""
    cluster = core.working_cluster(call.params["clusterName"])
    check(core, cluster, call.params)
    return {"association": view(cluster, associate(core, cluster, call.params))}


def describe(core: Core, call: Call) -> Json:
    """Answer DescribePodIdentityAssociation."""
    found = core.association(call.params["clusterName"], call.params["associationId"])
    return {"association": view(*found)}


def list_all(core: Core, call: Call) -> Json:
    """Answer ListPodIdentityAssociations, which can be narrowed to a namespace and a service account."""
    params = call.params
    cluster = core.cluster(params["clusterName"])
    views = [
        {name: value for name, value in view(cluster, association).items() if name in _SUMMARY}
        for association in cluster.associations.values()
        if association.namespace == params.get("namespace", association.namespace)
        and association.service_account == params.get("serviceAccount", association.service_account)
    ]
    return page(params, "associations", views)


def change(core: Core, association: Association, changed: Json) -> None:
    """Set what `changed` says of role, target role, policy and session tags."""
    association.settings |= {name: changed[name] for name in _SETTINGS if name in changed}
    if not association.settings.get("targetRoleArn", "?"):  # aws-controllers-k8s/eks-controller#164
        del association.settings["targetRoleArn"]
    association.modified_at = core.now


def update(core: Core, call: Call) -> Json:
    """Answer UpdatePodIdentityAssociation."""
    cluster, association = core.association(call.params["clusterName"], call.params["associationId"])
    changed = {name: call.params[name] for name in _SETTINGS if name in call.params}
    if not changed:
        raise invalid_parameter(f"At least one of {', '.join(_SETTINGS)} must be given", clusterName=cluster.name)
    if "roleArn" in changed:
        check_pod_role(core, changed["roleArn"], cluster.name)
    _check_policy(association.settings | changed, cluster)
    change(core, association, changed)
    return {"association": view(cluster, association)}


def delete(core: Core, call: Call) -> Json:
    """Answer DeletePodIdentityAssociation."""
    cluster, association = core.association(call.params["clusterName"], call.params["associationId"])
    del cluster.associations[association.id]
    return {"association": view(cluster, association)}


OPERATIONS: dict[str, Handler] = {
    "CreatePodIdentityAssociation": create,
    "DeletePodIdentityAssociation": delete,
    "DescribePodIdentityAssociation": describe,
    "ListPodIdentityAssociations": list_all,
    "UpdatePodIdentityAssociation": update,
}
