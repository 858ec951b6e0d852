"""Add-ons: create, describe, list, update, delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.twin import addon_health, podidentity, readiness
from sandbox.twin.addon_configuration import check_configuration
from sandbox.twin.catalogue import addon_entry, addon_version
from sandbox.twin.errors import in_use, invalid_parameter
from sandbox.twin.paging import page
from sandbox.twin.state import Addon, AddonStatus, Cluster
from sandbox.twin.updates import open_update
from sandbox.twin.updates import view as update_view

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

_SETTINGS = ("serviceAccountRoleArn", "configurationValues")
_IN_TRANSIT = (AddonStatus.CREATING, AddonStatus.UPDATING, AddonStatus.DELETING)
_PARAMS = {
    "addonVersion": "AddonVersion",
    "serviceAccountRoleArn": "ServiceAccountRoleArn",
    "resolveConflicts": "ResolveConflicts",
    "configurationValues": "ConfigurationValues",
    "podIdentityAssociations": "PodIdentityAssociations",
}


def view(cluster: Cluster, addon: Addon) -> Json:
    """Return the add-on as EKS shows it."""
    entry = _entry(cluster, addon.name)
    return {
        "addonName": addon.name,
        "clusterName": cluster.name,
        "status": str(addon.status),
        "addonVersion": addon.version,
        "health": {"issues": addon.issues},
        "addonArn": addon.arn,
        "createdAt": addon.created_at,
        "modifiedAt": addon.modified_at,
        "tags": addon.tags,
        "publisher": entry["publisher"],
        "owner": entry["owner"],
        "podIdentityAssociations": [it.arn for it in cluster.associations.values() if it.owner_arn == addon.arn],
        "namespaceConfig": {"namespace": addon.namespace},
        **addon.settings,
    }


def _entry(cluster: Cluster, name: str) -> Json:
    entry = addon_entry(name)
    if entry is None:
        raise _unsupported("Addon specified is not supported", cluster.name, name)
    return entry


def _unsupported(message: str, cluster_name: str, addon_name: str) -> Exception:
    """Return the refusal, whose body names cluster and add-on the wrong way round, as EKS's does."""
    return invalid_parameter(message, clusterName=addon_name, addonName=cluster_name)


def _version(cluster: Cluster, entry: Json, wanted: str | None) -> str:
    version = addon_version(entry, cluster.version, wanted)
    if version is None:
        raise _unsupported("Addon version specified is not supported", cluster.name, entry["addonName"])
    return version


def create(core: Core, call: Call) -> Json:
    """Answer CreateAddon."""
    params = call.params
    cluster, name = core.working_cluster(params["clusterName"]), params["addonName"]
    names = {"clusterName": cluster.name, "addonName": name}
    if params.get("resolveConflicts") == "PRESERVE":
        raise invalid_parameter("Resolve conflicts option preserve is not supported for operation CreateAddon", **names)
    entry = _entry(cluster, name)
    version = _version(cluster, entry, params.get("addonVersion"))
    if name in cluster.addons and cluster.addons[name].status is AddonStatus.CREATE_FAILED:
        raise invalid_parameter(f"Addon {name} already exists in CREATE_FAILED state. Delete it first.", **names)
    if name in cluster.addons:
        raise in_use("Addon already exists.", **names)
    check_configuration(entry, params.get("configurationValues"), names)
    path = f"addon/{cluster.name}/{name}"
    addon = Addon(
        name=name,
        arn=core.scope.eks(f"{path}/{core.draws.uuid(path)}"),
        created_at=core.now,
        modified_at=core.now,
        version=version,
        namespace=params.get("namespaceConfig", {}).get("namespace", entry["defaultNamespace"]),
        needs_nodes=entry["needsNodes"],
        settings={member: params[member] for member in _SETTINGS if member in params},
        tags=dict(params.get("tags", {})),
    )
    _set_associations(core, cluster, addon, params)
    cluster.addons[name] = addon
    _start(core, cluster, addon)
    return {"addon": view(cluster, addon)}


def _set_associations(core: Core, cluster: Cluster, addon: Addon, params: Json) -> None:
    """Let the add-on's own pod identity associations be those in `params`, if they name any list at all.

    One for a service account that had one keeps its identity and gets what has changed.
    """
    if "podIdentityAssociations" not in params:
        return
    wanted = [{"namespace": addon.namespace, **item} for item in params["podIdentityAssociations"]]
    for item in wanted:
        podidentity.check(core, cluster, item, owner=addon.arn)
    own = {it.service_account: it for it in cluster.associations.values() if it.owner_arn == addon.arn}
    for item in wanted:
        known = own.pop(item["serviceAccount"], None)
        if known is None:
            podidentity.associate(core, cluster, item, owner=addon.arn)
        elif known.settings["roleArn"] != item["roleArn"]:
            podidentity.change(core, known, item)
    for left in own.values():
        del cluster.associations[left.id]


def _drop_associations(cluster: Cluster, addon: Addon) -> None:
    for identifier in [it.id for it in cluster.associations.values() if it.owner_arn == addon.arn]:
        del cluster.associations[identifier]


def _start(core: Core, cluster: Cluster, addon: Addon) -> None:
    """Let the add-on install itself: after a while, or when a node is there."""
    if addon.needs_nodes:
        addon_health.look(core, cluster, addon)
    else:
        seconds = core.draws.seconds(core.latencies.addon_install(addon.name), "install", addon.arn)
        core.timeline.after(seconds, lambda: _installed(core, cluster, addon))


def _installed(core: Core, cluster: Cluster, addon: Addon) -> None:
    if addon_health.present(core, cluster, addon) and addon.status in _IN_TRANSIT[:2] and not addon.held:
        addon_health.healthy(core, cluster, addon)
        readiness.refresh(core, cluster)


def describe(core: Core, call: Call) -> Json:
    """Answer DescribeAddon."""
    return {"addon": view(*core.addon(call.params["clusterName"], call.params["addonName"]))}


def list_all(core: Core, call: Call) -> Json:
    """Answer ListAddons."""
    return page(call.params, "addons", sorted(core.cluster(call.params["clusterName"]).addons))


def _check_at_rest(cluster: Cluster, addon: Addon, verb: str) -> None:
    if addon.status in _IN_TRANSIT:
        raise in_use(
            f"Addon {addon.name} cannot be {verb} as it is currently in {addon.status} state",
            clusterName=cluster.name,
            addonName=addon.name,
        )


def update(core: Core, call: Call) -> Json:
    """Answer UpdateAddon."""
    params = call.params
    core.working_cluster(params["clusterName"])
    cluster, addon = core.addon(params["clusterName"], params["addonName"])
    entry = _entry(cluster, addon.name)
    if "addonVersion" in params:
        _version(cluster, entry, params["addonVersion"])
    _check_at_rest(cluster, addon, "updated")
    names = {"clusterName": cluster.name, "addonName": addon.name}
    check_configuration(entry, params.get("configurationValues"), names)
    _set_associations(core, cluster, addon, params)
    changes = [(kind, _text(params[member])) for member, kind in _PARAMS.items() if member in params]
    change = open_update(core, addon.updates, addon.arn, "AddonUpdate", changes)
    addon.status, addon.modified_at, addon.held = AddonStatus.UPDATING, core.now, False
    addon.version = params.get("addonVersion", addon.version)
    if "serviceAccountRoleArn" not in params:  # back to the node role: hashicorp/terraform-provider-aws#19402
        addon.settings.pop("serviceAccountRoleArn", None)
    addon.settings |= {member: params[member] for member in _SETTINGS if member in params}
    _start(core, cluster, addon)
    if addon.needs_nodes:
        seconds = core.draws.seconds(core.latencies.addon_update_deadline, "deadline", addon.arn)
        core.timeline.after(seconds, lambda: addon_health.fail_late_update(core, cluster, addon, change.id))
    return {"update": update_view(change)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def delete(core: Core, call: Call) -> Json:
    """Answer DeleteAddon. With `preserve` the workloads stay in the cluster, unmanaged."""
    cluster, addon = core.addon(call.params["clusterName"], call.params["addonName"])
    if addon.status is not AddonStatus.DELETING:
        preserve = bool(call.params.get("preserve"))
        addon.status, addon.modified_at = AddonStatus.DELETING, core.now
        addon.held, addon.deleting_since, addon.issues = False, core.now, []
        seconds = core.draws.seconds(core.latencies.addon_delete, "delete", addon.arn)
        since = core.now
        core.timeline.after(seconds, lambda: _deleted(core, cluster, addon, since, preserve=preserve))
    return {"addon": view(cluster, addon)}


def _deleted(core: Core, cluster: Cluster, addon: Addon, since: datetime, *, preserve: bool) -> None:
    if addon_health.present(core, cluster, addon) and addon.deleting_since == since:
        gone(cluster, addon)
        if not preserve:
            cluster.software.discard(addon.name)


def gone(cluster: Cluster, addon: Addon) -> None:
    """Forget the add-on and its own pod identity associations."""
    del cluster.addons[addon.name]
    _drop_associations(cluster, addon)


OPERATIONS: dict[str, Handler] = {
    "CreateAddon": create,
    "DeleteAddon": delete,
    "DescribeAddon": describe,
    "ListAddons": list_all,
    "UpdateAddon": update,
}
