"""The first node of a cluster, for which everything waits that runs on nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.paths import nodegroup_path
from lambdas.domain.progress import Failed, Progress, Ready, Waiting
from lambdas.steps import nodegroups

if TYPE_CHECKING:
    from lambdas.domain.spec import Nodegroup
    from lambdas.steps.scope import Scope

_NO_NODE_YET: Final = "no node has joined yet"


def first_node(scope: Scope) -> Progress:
    """Ready as soon as one node group has nodes that joined; Failed when none ever will."""
    looks = [_joined(scope, group) for group in groups_with_nodes(scope)]
    waiting = [look for look in looks if isinstance(look, Waiting)]
    if any(isinstance(look, Ready) for look in looks):
        return Ready()
    if waiting:
        return min(waiting, key=lambda wait: wait.retry_after_seconds)
    return Failed("NoNode", "Every node group has failed, and it runs on nodes.", "Mend the node groups first.")


def groups_with_nodes(scope: Scope) -> list[Nodegroup]:
    """The node groups that are to have nodes now."""
    awake = (group for group in scope.spec.nodegroups if not scope.is_asleep(group.nodegroupName))
    return [group for group in awake if group.scalingConfig.desiredSize]


def _joined(scope: Scope, group: Nodegroup) -> Progress | None:
    """Whether the group's nodes have joined; None if the run has given the group up."""
    if nodegroup_path(group) in scope.failed:
        return None
    answer = found(
        lambda: scope.aws.eks.describe_nodegroup(clusterName=scope.cluster, nodegroupName=group.nodegroupName)
    )
    if answer is None:
        return pacing.FIRST_NODE.wait(_NO_NODE_YET)
    nodegroup = answer["nodegroup"]
    match nodegroup["status"]:
        case "CREATING":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET, created_at=nodegroup["createdAt"], now=answered_at(answer))
        case "CREATE_FAILED":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET) if nodegroups.is_tried_again(scope, nodegroup) else None
        case "DELETING":
            return pacing.FIRST_NODE.wait(_NO_NODE_YET)
        case _:
            return Ready()
