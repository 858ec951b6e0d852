"""Somebody changes a resource past its update operations: what drift looks like. No update object tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.twin import nodegroup_checks, nodegroup_updates
from sandbox.twin.errors import Refusal
from sandbox.twin.model import EKS, service_model
from sandbox.twin.network import existing_subnets
from sandbox.twin.nodegroups import sizes
from sandbox.twin.validation import complaints

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.twin.core import Core
    from sandbox.twin.state import AccessEntry, Addon, Association, Cluster
    from sandbox.twin.wire import Json

_NOT_TO_ALTER = {
    *(
        "arn",
        "createdAt",
        "modifiedAt",
        "status",
        "health",
        "resources",
        "identity",
        "certificateAuthority",
        "endpoint",
    ),
    *("id", "name", "connectorConfig", "outpostConfig", "publisher", "owner", "marketplaceInformation"),
    *("clusterName", "nodegroupName", "addonName", "principalArn", "associationId", "ownerArn"),
    *("nodegroupArn", "addonArn", "accessEntryArn", "associationArn", "podIdentityAssociations"),
}
"""What names a resource or what EKS alone says of it. Statuses and health issues are the rule Force's."""
_TO_FORGET = {
    *("encryptionConfig", "zonalShiftConfig", "remoteNetworkConfig", "computeConfig", "storageConfig", "tags"),
    *("kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig"),
    *("labels", "taints", "remoteAccess", "nodeRepairConfig", "warmPoolConfig", "launchTemplate"),
    *("serviceAccountRoleArn", "configurationValues", "targetRoleArn", "externalId", "policy"),
}
"""What a resource need not have: null takes it away."""


class Alteration(NamedTuple):
    """How one kind of resource is altered: its shape in the model, what names it, and how a change is written down."""

    shape: str
    names: tuple[str, ...]
    write: Callable[[Core, Json, Json], None]

    @property
    def members(self) -> dict[str, Any]:
        """The members that can be altered, with their shapes."""
        shape: Any = service_model(EKS).shape_for(self.shape)
        return {name: member for name, member in shape.members.items() if name not in _NOT_TO_ALTER}


def _cluster(core: Core, names: Json, change: Json) -> None:
    cluster: Cluster = core.cluster(names["clusterName"])
    fields = {"version": "version", "platformVersion": "platform_version", "roleArn": "role_arn"}
    _write(cluster, cluster.settings, fields, change)


def _nodegroup(core: Core, names: Json, change: Json) -> None:
    cluster, nodegroup = core.nodegroup(names["clusterName"], names["nodegroupName"])
    wanted = sizes(nodegroup) | change.pop("scalingConfig", {})
    nodegroup_checks.checked_scaling(core.quotas, wanted, names)
    nodegroup_updates.resize(core, cluster, nodegroup, wanted)
    if "subnets" in change:
        nodegroup.subnets = existing_subnets(core, change.pop("subnets"))
    fields = {"version": "version", "releaseVersion": "release_version", "nodeRole": "node_role"}
    _write(nodegroup, nodegroup.settings, fields, change)


def _addon(core: Core, names: Json, change: Json) -> None:
    addon: Addon = core.addon(names["clusterName"], names["addonName"])[1]
    addon.namespace = change.pop("namespaceConfig", {}).get("namespace", addon.namespace)
    _write(addon, addon.settings, {"addonVersion": "version"}, change)


def _access_entry(core: Core, names: Json, change: Json) -> None:
    entry: AccessEntry = core.access_entry(names["clusterName"], names["principalArn"])[1]
    _write(entry, {}, {"kubernetesGroups": "groups", "username": "username", "type": "type"}, change)


def _association(core: Core, names: Json, change: Json) -> None:
    association: Association = core.association(names["clusterName"], names["associationId"])[1]
    fields = {"namespace": "namespace", "serviceAccount": "service_account"}
    _write(association, association.settings, fields, change)


def _write(thing: Any, settings: Json, fields: dict[str, str], change: Json) -> None:  # noqa: ANN401 - five kinds
    """Write fields and tags as they are said, and what EKS only stores into the settings; null takes a setting away."""
    for name, value in change.items():
        if name == "tags":
            thing.tags.clear()
            thing.tags.update(value or {})
        elif name in fields:
            setattr(thing, fields[name], value)
        elif value is None:
            settings.pop(name, None)
        else:
            settings[name] = _merged(settings.get(name), value)


def _merged(current: object, change: object) -> object:
    """Return a structure with the members that change; anything else is replaced."""
    if not (isinstance(current, dict) and isinstance(change, dict)):
        return change
    return current | {name: _merged(current.get(name), value) for name, value in change.items()}


ALTERATIONS = {
    "AlterCluster": Alteration("Cluster", ("clusterName",), _cluster),
    "AlterNodegroup": Alteration("Nodegroup", ("clusterName", "nodegroupName"), _nodegroup),
    "AlterAddon": Alteration("Addon", ("clusterName", "addonName"), _addon),
    "AlterAccessEntry": Alteration("AccessEntry", ("clusterName", "principalArn"), _access_entry),
    "AlterPodIdentityAssociation": Alteration("PodIdentityAssociation", ("clusterName", "associationId"), _association),
}


def alter(core: Core, does: str, params: Json) -> None:
    """Change the resource that `params` name to what else they say, in the words of its Describe operation.

    Raises:
        Refusal: it is not there, or the values do not fit the model.
    """
    alteration = ALTERATIONS[does]
    missing = [name for name in alteration.names if name not in params]
    change = {name: value for name, value in params.items() if name in alteration.members}
    wrong = [
        complaint
        for name, value in change.items()
        if value is not None or name not in _TO_FORGET
        for complaint in complaints(alteration.members[name], value, name)
    ]
    if missing or wrong:
        said = [f"{name} must be given" for name in missing] + wrong
        raise Refusal("ValidationError", "; ".join(said))
    alteration.write(core, params, change)
