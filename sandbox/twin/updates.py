"""Update objects: how EKS tells of a change that takes time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.errors import in_use, invalid_parameter, not_found
from sandbox.twin.paging import page
from sandbox.twin.state import Cluster, Update, UpdateStatus, running

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json


def open_update(core: Core, updates: dict[str, Update], owner: str, kind: str, params: list[tuple[str, str]]) -> Update:
    """Record a new update in progress among `updates`; `owner` is the ARN of what is updated."""
    update = Update(id=core.draws.uuid("update", owner), type=kind, created_at=core.now, params=params)
    updates[update.id] = update
    return update


def close_update(update: Update, error: Json | None = None) -> None:
    """Record that the update is over, failed if there is an error."""
    update.status = UpdateStatus.FAILED if error else UpdateStatus.SUCCESSFUL
    update.errors = [error] if error else []


def check_no_update(cluster: Cluster, kind: str) -> None:
    """Refuse a second update of the cluster itself."""
    current = running(cluster.updates)
    if current:
        raise in_use(
            f"Cannot {kind} because cluster {cluster.name} currently has update {current.id} in progress",
            clusterName=cluster.name,
        )


def view(update: Update) -> Json:
    """Return the update as EKS shows it."""
    return {
        "id": update.id,
        "status": str(update.status),
        "type": update.type,
        "params": [{"type": kind, "value": value} for kind, value in update.params],
        "createdAt": update.created_at,
        "errors": update.errors,
    }


def _updates(core: Core, params: Json) -> dict[str, Update]:
    """Return the updates of the cluster, node group or add-on that `params` name."""
    name = params["name"]
    if "nodegroupName" in params and "addonName" in params:
        raise invalid_parameter("Only one of nodegroupName and addonName can be given", clusterName=name)
    if "nodegroupName" in params:
        return core.nodegroup(name, params["nodegroupName"])[1].updates
    if "addonName" in params:
        return core.addon(name, params["addonName"])[1].updates
    return core.cluster(name).updates


def list_updates(core: Core, call: Call) -> Json:
    """Answer ListUpdates, oldest first."""
    return page(call.params, "updateIds", list(_updates(core, call.params)))


def describe_update(core: Core, call: Call) -> Json:
    """Answer DescribeUpdate."""
    update = _updates(core, call.params).get(call.params["updateId"])
    if update is None:
        message = f"No update found for ID: {call.params['updateId']}"
        raise not_found(message, clusterName=call.params["name"])
    return {"update": view(update)}


OPERATIONS: dict[str, Handler] = {
    "DescribeUpdate": describe_update,
    "ListUpdates": list_updates,
}
